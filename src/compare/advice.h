/*
 * advice: what a comparison tells to do, honest also where that is not LZMA.
 *
 * Of the bundle, or where that was not compared of all rows together.
 */
#ifndef XZB_ADVICE_H
#define XZB_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "compare/compare.h"

#define ADVICE_NONE SIZE_MAX

struct advice {
	bool together;		/* it is of the bundle */
	uint64_t raw_size;
	uint64_t order0;	/* bytes, of the rows */
	uint64_t *sizes;	/* [columns->n], of all rows together; only if
				 * has[i]; owned */
	bool *has;		/* [columns->n]; where a column does not apply
				 * to a row, the planner's size counts; owned */
	size_t use;		/* the smallest standard .tar.xz: a column, or
				 * ADVICE_NONE */
	size_t usual;		/* what most would have used: the best preset,
				 * or ADVICE_NONE */
	size_t rival;		/* the smallest codec that is not LZMA, or
				 * ADVICE_NONE */
	size_t packed;		/* that column, if it has a size, or
				 * ADVICE_NONE */
};

/* *a is to be freed in every case. */
enum err_code advice_make(const struct compare *c, struct advice *a,
    struct err *e);
void advice_free(struct advice *a);

/* Bytes of it, with the longest names that a file of chains has. */
#define ADVICE_MAX ((size_t)8 << 20)

/* Append it, a sentence or two a line. */
enum err_code advice_lines(const struct compare *c, const struct advice *a,
    struct buf *to, struct err *e);

/* The same as items of a list, in lines of up to 79 columns. */
enum err_code advice_text(const struct compare *c, const struct advice *a,
    struct buf *to, struct err *e);

#endif
