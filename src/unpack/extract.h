/*
 * extract: the reverse pipeline, a bundle -> files, or a verdict.
 *
 *     xzread -> blockstream (workers) -> tarread -> policy -> stage
 */
#ifndef XZB_EXTRACT_H
#define XZB_EXTRACT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"

struct extract_request {
	const char *bundle;
	const char *dest;	/* a directory; NULL: write nothing */
	const char *const *wanted;	/* [n_wanted] names as `list` shows
					 * them: a member, or a directory
					 * and what is below it */
	size_t n_wanted;	/* 0: all */
	unsigned int n_threads;	/* 1 .. 256 */
	uint64_t memory;	/* bytes, decoders and buffers */
	const struct watch *watch;
};

/*
 * Extract, or with no dest check only.  With all members wanted, every
 * Block is decoded and every check verified to the file's last byte.  With
 * some, the names of all are judged, and the Blocks of those decoded.
 */
enum err_code extract_bundle(const struct extract_request *r,
    struct err *e);

/* Write the data of the one wanted member to fd.  A hard link stands for
 * its target.  r->dest is not used. */
enum err_code extract_cat(const struct extract_request *r, int fd,
    struct err *e);

#endif
