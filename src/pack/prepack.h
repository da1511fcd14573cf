/*
 * prepack: the members of a scan that are safetensors files, packed on their
 * way into a bundle.
 *
 * The packed file has no name, and is the scan's; what is at the member's path
 * is compared with the scan before and after it was packed.
 */
#ifndef XZB_PREPACK_H
#define XZB_PREPACK_H

#include "base/err.h"
#include "pack/recode.h"
#include "pack/scan.h"

struct prepack_request {
	struct recode_request recode;	/* its fd and size are not used */
	/* A member that looks like a safetensors file, and why it is not
	 * packed, or which of its tensors are not; may be NULL. */
	void (*warn)(void *ctx, const char *member, const char *what);
	void *warn_ctx;
	/* What was made of a member, if there is a report. */
	enum err_code (*tell)(void *ctx, const char *member,
	    const struct recode_result *res, struct err *e);
	void *tell_ctx;
};

enum err_code prepack_members(const struct prepack_request *r, struct scan *s,
    struct err *e);

#endif
