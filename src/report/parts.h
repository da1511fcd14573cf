/*
 * parts: the members of a bundle, cut where region/ finds something in them, or
 * weights/stfile packed tensors.
 *
 * A part is a tensor (or what else of a file has a name or is numbers), what
 * is left of such a member (its header, gaps, padding: several parts), or a
 * member as a whole.  Parts cover the tar up to its end marker.
 *
 * The bundle is untrusted: a member that region/ warns about, and all members
 * once finding has decoded a multiple of the bundle, are one part each.
 */
#ifndef XZB_PARTS_H
#define XZB_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "region/region.h"
#include "report/measure.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

enum part_kind {
	PART_MEMBER,		/* all of it */
	PART_TENSOR,
	PART_REST		/* of a member that has tensors */
};

struct part {
	enum part_kind kind;
	size_t member;
	char *name;		/* of the tensor, any bytes, or NULL; owned */
	char dtype[REGION_DTYPE_MAX];	/* or ""; of a packed tensor that of
					 * the original */
	const char *packing;	/* of a packed tensor, static, or NULL */
	uint64_t original_size;	/* bytes; only of a packed tensor */
};

struct parts {
	struct part *parts;	/* [n]; owned */
	struct piece *pieces;	/* [n], where they are; owned */
	size_t n;
	size_t cap;
};

/* memory bounds the decoder and, apart from it, the parts with what is made
 * of them: ERR_MEMLIMIT.  *p is to be freed in every case. */
enum err_code parts_make(const struct xzread *xz,
    const struct tarread_toc *toc, uint64_t memory, const struct watch *w,
    struct parts *p, struct err *e);

void parts_free(struct parts *p);

/* Where the member's data is in the raw bytes; false when it has none, or
 * not in one piece. */
bool parts_data(const struct xzread *xz, const struct tarread_member *m,
    uint64_t *off, uint64_t *end);

#endif
