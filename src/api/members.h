/*
 * members: the list of a bundle, from the confined process to the caller's.
 *
 * The one has all of the bundle in its hands, and may be anybody's; so what
 * comes over is a row for each member, and each is checked.
 */
#ifndef XZB_MEMBERS_H
#define XZB_MEMBERS_H

#include <stdint.h>

#include "api/xzbundle.h"
#include "base/err.h"
#include "unpack/extract.h"

/* What all members come to. */
struct members_sum {
	uint64_t n;
	uint64_t file;			/* bytes of the bundle */
	uint64_t raw;			/* bytes */
	uint64_t container;		/* bytes */
};

/* Read the bundle of r, confined, and call member() for each.  ERR_FAIL also
 * when that asks for the end. */
enum err_code members_list(const struct extract_request *r,
    int (*member)(void *ctx, const struct xzbundle_member *m), void *ctx,
    struct members_sum *sum, struct err *e);

#endif
