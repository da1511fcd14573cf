/*
 * cell: one cell of a comparison: encode, decode, compare with the original.
 */
#ifndef XZB_CELL_H
#define XZB_CELL_H

#include <stddef.h>
#include <stdint.h>

#include "compare/compare.h"

/* Does the column apply to the row at all, and is there memory?  Sets the
 * state: CELL_TODO if it is to be done. */
void cell_prepare(const struct compare_request *r, const struct compare *c,
    size_t row, size_t column, struct cell *cell);

/* The column before it that makes the very same of the row, or columns->n: of
 * small rows presets differ in nothing but a dictionary that is not used. */
size_t cell_twin(const struct compare *c, size_t row, size_t column);

/* The work that it takes, in microseconds about. */
uint64_t cell_cost(const struct compare *c, size_t row, size_t column);

/* Fill a CELL_TODO.  Any number of threads may.  The watch is told of up to
 * cell_cost(). */
enum err_code cell_fill(const struct compare_request *r,
    const struct compare *c, size_t row, size_t column, struct cell *cell,
    struct err *e);

#endif
