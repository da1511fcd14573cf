/*
 * classes: rows and columns of a matrix that are alike, for one table each.
 *
 * The columns of a weight matrix belong to inputs, its rows to outputs, and
 * some have wider values than others.  A value's table is the sum of a label of
 * its row and one of its column, as widths multiply and tables are by the
 * logarithm of the width.  Measured on 12 matrices, against one table each:
 * int6 1.0 % (which was scaled by row, so columns alone), ternary 0.9 %, the
 * exponents of bf16 1.4 % by rows and columns and 0.7 % by columns alone.
 *
 * For encoders; a decoder only adds.
 */
#ifndef XZB_CLASSES_H
#define XZB_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct classes {
	unsigned int n_tables;	/* >= 1 */
	size_t n_rows;		/* 0: rows have no labels */
	size_t n_cols;
	uint16_t *labels;	/* [n_rows + n_cols], rows first; owned */
};

struct classes_input {
	const uint16_t *symbols;	/* [n], each below n_symbols */
	uint64_t n;
	size_t n_symbols;
	uint64_t cols;		/* values from a row to the next, < n */
};

/*
 * Find the labels for at most max_tables tables (2 .. 16), with labels of rows
 * if by_rows.  n_tables is 1, and there are no labels, if there is nothing to
 * be gained, or if there are more than 2^24 rows or columns.  *c is to be freed
 * in every case.
 *
 * The values are looked at seven times at most, which takes 1 to 2 s for 10^8,
 * and the room is 20 bytes for a row or column, and 1 MB.
 */
enum err_code classes_find(const struct classes_input *in,
    unsigned int max_tables, int by_rows, struct classes *c, struct err *e);
void classes_free(struct classes *c);

/* The table of each value, tables[n]. */
void classes_tables(const struct classes *c, uint64_t n, uint8_t *tables);

#endif
