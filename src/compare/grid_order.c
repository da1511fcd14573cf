#include <stdlib.h>

#include "compare/grid.h"

struct ranked {
	size_t index;
	bool done;
	double key;		/* the least comes first */
};

static int
compare_ranks(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->done != y->done)
		return x->done ? -1 : 1;
	if (x->done && x->key < y->key)
		return -1;
	if (x->done && x->key > y->key)
		return 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static double
key(const struct grid_request *r, size_t row, size_t column)
{
	const struct cell *cell = compare_cell(r->c, row, column);
	double raw = (double)r->c->rows.v[row].size;

	switch (r->sort) {
	case GRID_ENCODE:
		return (double)cell->encode_ns / raw;
	case GRID_DECODE:
		return (double)cell->decode_ns / raw;
	case GRID_MEMORY:
		return (double)cell->decoder_memory;
	case GRID_SIZE:
		/* Of rows those come first that take most. */
		return r->best ? -(double)cell->size : (double)cell->size;
	default:
		return 0;
	}
}

enum err_code
grid_order(const struct grid_request *r, size_t row, size_t **order,
    size_t *n, struct err *e)
{
	const struct compare *c = r->c;
	struct ranked *v;
	size_t i, col;

	*n = r->best ? c->rows.n : c->columns->n;
	v = calloc(*n + 1, sizeof(*v));
	*order = calloc(*n + 1, sizeof(**order));
	if (v == NULL || *order == NULL) {
		free(v);
		return err_nomem(e);
	}
	for (i = 0; i < *n; i++) {
		col = r->best ? compare_best(c, i, false) : i;
		v[i].index = i;
		if (col == c->columns->n)
			continue;
		v[i].done = compare_cell(c, r->best ? i : row, col)->state ==
		    CELL_DONE || (r->best && r->sort == GRID_GIVEN);
		v[i].key = key(r, r->best ? i : row, col);
	}
	qsort(v, *n, sizeof(*v), compare_ranks);
	for (i = 0; i < *n; i++)
		(*order)[i] = v[i].index;
	free(v);
	return ERR_OK;
}

struct sized {
	uint64_t size;
	size_t row;
};

static int
compare_sizes(const void *a, const void *b)
{
	const struct sized *x = a, *y = b;

	if (x->size != y->size)
		return x->size > y->size ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

enum err_code
grid_rank(const struct compare *c, size_t **rows, struct err *e)
{
	struct sized *v = calloc(c->rows.n + 1, sizeof(*v));
	size_t i;

	*rows = calloc(c->rows.n + 1, sizeof(**rows));
	if (v == NULL || *rows == NULL) {
		free(v);
		return err_nomem(e);
	}
	for (i = 0; i < c->rows.n; i++)
		v[i] = (struct sized){ c->rows.v[i].size, i };
	qsort(v, c->rows.n, sizeof(*v), compare_sizes);
	for (i = 0; i < c->rows.n; i++)
		(*rows)[i] = v[i].row;
	free(v);
	return ERR_OK;
}
