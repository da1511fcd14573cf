/*
 * rows: what is compared: the members, the tensors in them, or the bundle.
 *
 * A member or a tensor is compared by its own bytes, without headers, and the
 * bundle by those of its tar.
 */
#ifndef XZB_ROWS_H
#define XZB_ROWS_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/tarstream.h"
#include "region/region.h"

enum row_kind { ROW_MEMBER, ROW_TENSOR, ROW_TOTAL };

enum rows_view {
	ROWS_MEMBERS,		/* and the bundle */
	ROWS_TENSORS,		/* and members that have none */
	ROWS_TOTAL		/* the bundle alone */
};

struct row {
	enum row_kind kind;
	size_t member;		/* index; but of ROW_TOTAL */
	char *tensor;		/* any bytes; NULL: it is none; owned */
	char dtype[REGION_DTYPE_MAX];	/* of most of its numbers, or "" */
	uint64_t off, size;	/* in the data, or the tar; size >= 1 */
	uint32_t element;	/* bytes of most of its numbers; 0: none */
	lzma_vli bcj;		/* for most of its machine code;
				 * LZMA_VLI_UNKNOWN: it has none */
	uint64_t order0;	/* bytes: the order-0 bound */
};

struct rows {
	struct row *v;		/* [n] in the order of the tar; the bundle is
				 * the last; owned */
	size_t n, cap;
};

/* data is the bare stream of the members, tar the other.  *rows is to be freed
 * in every case. */
enum err_code rows_make(const struct tarstream *data,
    const struct tarstream *tar, enum rows_view view, const struct watch *w,
    struct rows *rows, struct err *e);

void rows_free(struct rows *rows);

#endif
