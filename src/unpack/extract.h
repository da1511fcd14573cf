/*
 * extract: a bundle -> files, or a verdict; the parent's side.
 *
 *     open the bundle -> stage -> worker (unpack/inside) -> publish
 *
 * Nothing here looks into the bundle: all that parses it runs in a confined
 * child (base/worker), which gets descriptors of the bundle and the stage.
 */
#ifndef XZB_EXTRACT_H
#define XZB_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/name.h"
#include "base/sandbox.h"
#include "base/watch.h"
#include "unpack/limits.h"
#include "unpack/manifest.h"
#include "unpack/stage.h"
#include "xz/xzread.h"

/* What of a bundle is accepted.  All zeros and the default limits: the strict
 * profile. */
struct extract_rules {
	struct limits limits;	/* borrowed strings */
	enum name_rules names;
	bool links;		/* symlinks and hard links inside the tree */
	struct xzread_rules xz;
	bool unpack;		/* packed safetensors files become their
				 * originals */
	bool weak;		/* go on without a part of the sandbox */
};

struct extract_request {
	const char *bundle;
	const char *const *wanted;	/* [n_wanted] names as `list` shows
					 * them: a member, or a directory
					 * and what is below it */
	size_t n_wanted;	/* 0: all */
	unsigned int n_threads;	/* 1 .. 256 */
	struct extract_rules rules;
	const struct watch *watch;

	/* extract */
	const char *dest;	/* a directory; NULL: write nothing */
	enum stage_mode mode;
	bool keep_mtime;	/* of files */
	const char *manifest;	/* where it goes, or NULL */
	enum manifest_form form;

	/* check: what goes into the result's text */
	bool collect;		/* all violations, not the first alone */
	bool json;		/* one object, for text the lines of each */
	bool sniff;		/* files that an evaluator should look at */
};

/* What was done; plain data. */
struct extract_stats {
	uint64_t files;
	uint64_t dirs;		/* members, not parents made for others, which
				 * LIMIT_MEMBERS counts too */
	uint64_t links;
	uint64_t bytes;		/* of files, as they are written */
	uint64_t unpacked;	/* files, of those above */
	uint64_t dropped;	/* attributes and the like, left out */
	uint64_t file_size;	/* of the bundle */
	struct limits_seen seen;
	bool complete;		/* nothing was left unread, so that all that is
				 * wrong was found */
};

struct extract_result {
	struct extract_stats stats;
	struct sandbox_state sandbox;
	struct buf text;	/* of check; it may hold hostile bytes */
};

void extract_result_init(struct extract_result *res);
void extract_result_free(struct extract_result *res);

/*
 * Extract, or with no dest check only.  With all members wanted, every
 * Block is decoded and every check verified to the file's last byte.  With
 * some, the names of all are judged, and the Blocks of those decoded.
 * The destination is complete or what it was; so is the manifest.
 */
enum err_code extract_bundle(const struct extract_request *r,
    struct extract_result *res, struct err *e);

/* Write the data of the one wanted member to fd.  A hard link stands for
 * its target. */
enum err_code extract_cat(const struct extract_request *r, int fd,
    struct extract_result *res, struct err *e);

/*
 * Run anything else that reads a bundle, confined and without write access:
 * run(ctx, bundle's descriptor, put, watch) gets the bundle; what it puts is
 * in res->text.
 */
struct extract_output;
enum err_code extract_put(struct extract_output *out, const void *p,
    size_t n, struct err *e);
enum err_code extract_confined(const struct extract_request *r,
    enum err_code (*run)(void *ctx, int fd, struct extract_output *out,
    const struct watch *w, struct err *e), void *ctx,
    struct extract_result *res, struct err *e);

#endif
