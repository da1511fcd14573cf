/*
 * capsule: a bundle -> one Python file that unpacks it, and runs a script of
 * it as if it were in the folder that was bundled.
 *
 * As a zip file it is
 *
 *     the bundle, as it is
 *     the loader (contrib/python/capsule), compressed
 *     a zip of one member, __main__.py, which runs the loader
 *
 * since Python runs a zip file, and such a file may have anything before it
 * (PKWARE's APPNOTE.TXT, 4.1.9).  As a source it has the first two in a
 * literal.
 *
 * The bundle has to pass what extract would accept.  So what it holds need not
 * be judged again when it is unpacked: its checks say that it is the same.
 */
#ifndef XZB_CAPSULE_H
#define XZB_CAPSULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sandbox.h"
#include "base/watch.h"
#include "unpack/extract.h"
#include "wrap/encoding.h"

struct capsule_request {
	const char *bundle;
	const char *main;	/* a member, or one without the directory that
				 * all members are in */
	const char *python;	/* a program, looked up in PATH */
	enum encoding encoding;
	const char *dir;	/* where the private directory is made, or
				 * NULL */
	bool keep;		/* it stays */
	bool in_memory;		/* there is none */
	bool numpy;		/* weights are unpacked by numpy, which has to
				 * be there */
	const struct extract_rules *rules;
	unsigned int n_threads;
	const struct watch *watch;
};

struct capsule_result {
	uint64_t bundle_size;	/* bytes */
	uint64_t payload_size;	/* bytes that it takes in the result */
	uint64_t loader_size;	/* bytes of the loader, compressed */
	uint64_t size;		/* bytes of the result */
	uint64_t files;		/* in the bundle */
	uint64_t unpacked;	/* of these, packed weights */
	enum encoding encoding;	/* that was chosen */
	struct sandbox_state sandbox;
};

/*
 * Write the result to fd, a new file that can be read, and verify it.  Errors
 * name the bundle; they are those of extract_bundle() and of script_wrap(), and
 * ERR_FAIL: there is no such member.
 */
enum err_code capsule_wrap(const struct capsule_request *r, int fd,
    struct capsule_result *out, struct err *e);

#endif
