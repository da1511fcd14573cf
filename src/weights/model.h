/*
 * model: which symbols there are, and how frequent each is, by table.
 *
 * The frequencies of a table add up to 2^precision.  They are stored as small
 * floating-point weights, and those as second differences, since counts of
 * weights lie on smooth curves; see "Tables" in xzbundle-packed(5).  On 12 int6
 * matrices of 7 M values, tables and what their rounding costs are 0.05 % of
 * the whole with one table each, 0.1 % with 8.
 */
#ifndef XZB_MODEL_H
#define XZB_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define MODEL_SYMBOLS_MAX 4096
#define MODEL_TABLES_MAX 16
#define MODEL_PRECISION_MAX 15
#define MODEL_EXPONENT_MAX 24
#define MODEL_MANTISSA_MAX 8
#define MODEL_RICE_MAX 8

struct model {
	unsigned int precision;
	unsigned int mantissa;	/* bits, of a stored weight */
	unsigned int rice;	/* bits of a difference that are not unary */
	unsigned int n_tables;	/* 1 .. MODEL_TABLES_MAX */
	size_t n_symbols;	/* 1 .. MODEL_SYMBOLS_MAX */
	/* All [n_tables][n_symbols], owned: */
	uint16_t *code;		/* of the weight, as it is stored */
	uint16_t *freq;		/* >= 1 */
	uint16_t *start;	/* the sum of the frequencies before */
};

void model_free(struct model *m);	/* legal on a zeroed value */

/*
 * The model for counts[n_tables][n_symbols] that makes tables and coded values
 * smallest; a symbol may have no counts in a table.  *bits is what the values
 * will take.  *m is to be freed in every case.
 */
enum err_code model_fit(const uint64_t *counts, unsigned int n_tables,
    size_t n_symbols, struct model *m, double *bits, struct err *e);

/* Append the tables, without the head that says how many there are. */
enum err_code model_write(const struct model *m, struct buf *out,
    struct err *e);

/*
 * Read the tables from p[size]; precision, mantissa, rice, n_tables and
 * n_symbols of *m are set, and checked here.  ERR_CORRUPT: wrong.  *m is to be
 * freed in every case.
 */
enum err_code model_read(const uint8_t *p, size_t size, struct model *m,
    struct err *e);

#endif
