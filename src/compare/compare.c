#include "compare/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "compare/cell.h"

/* Address space and tables of a cell beside its encoder, about. */
#define CELL_ROOM ((uint64_t)16 << 20)

struct job {
	const struct compare_request *r;
	struct compare *c;
	size_t *order;		/* [n] cells, what takes longest first; owned */
	size_t n;
};

/* --- streams --- */

static enum err_code
build(const struct compare_request *r, struct compare *c, struct err *e)
{
	static const struct tarstream_options bare = { .bare = true };

	if (tarstream_build(r->scan, &bare, &c->data, e) == ERR_OK)
		tarstream_build(r->scan, &r->tar, &c->tar, e);
	return e->code;
}

static bool
wants_packed(const struct columns *columns)
{
	size_t i;

	for (i = 0; i < columns->n; i++) {
		if (columns->v[i].kind == COLUMN_PACKED)
			return true;
	}
	return false;
}

static bool
is_stopped(const struct watch *w)
{
	struct err e = ERR_INIT;

	return watch_step(w, 0, &e) != ERR_OK;
}

/* A stop in here leaves nothing packed. */
static enum err_code
pack(const struct compare_request *r, struct compare *c, struct err *e)
{
	struct err own = ERR_INIT;
	struct packed_request pr = { .scan = r->scan, .target = r->target,
	    .n_threads = r->n_threads, .memory = r->memory, .get = r->get,
	    .ctx = r->ctx, .watch = r->watch };

	if (!wants_packed(r->columns))
		return ERR_OK;
	if (packed_make(&pr, &c->packed, &own) == ERR_OK && c->packed.any)
		tarstream_build(&c->packed.scan, &r->tar, &c->packed_tar, e);
	c->unpacked = c->packed.short_of_files;
	if (own.code != ERR_OK && is_stopped(r->watch)) {
		packed_free(&c->packed);
		c->packing_stopped = true;
	} else if (own.code != ERR_OK) {
		err_copy(e, &own);
	}
	return e->code;
}

/* --- cells --- */

struct costly {
	uint64_t cost;
	size_t cell;
};

static int
compare_costs(const void *a, const void *b)
{
	const struct costly *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

/* Those that are to be done, and what that takes. */
static enum err_code
order(struct job *j, uint64_t *total, struct err *e)
{
	struct compare *c = j->c;
	size_t i, k, columns = c->columns->n, all = c->rows.n * columns;
	struct costly *v = calloc(all + 1, sizeof(*v));

	j->order = calloc(all + 1, sizeof(*j->order));
	if (v == NULL || j->order == NULL) {
		free(v);
		return err_nomem(e);
	}
	*total = 0;
	for (i = 0; i < all; i++) {
		cell_prepare(j->r, c, i / columns, i % columns, &c->cells[i]);
		if (c->cells[i].state != CELL_TODO || cell_twin(c, i / columns,
		    i % columns) < columns)
			continue;
		v[j->n].cost = cell_cost(c, i / columns, i % columns);
		v[j->n++].cell = i;
		if (!num_add(*total, v[j->n - 1].cost, total))
			*total = UINT64_MAX;
	}
	qsort(v, j->n, sizeof(*v), compare_costs);
	for (k = 0; k < j->n; k++)
		j->order[k] = v[k].cell;
	free(v);
	return ERR_OK;
}

static enum err_code
work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct job *j = ctx;
	size_t at = j->order[i], n = j->c->columns->n;
	struct err own = ERR_INIT;
	struct cell cell = j->c->cells[at];
	const struct row *row = &j->c->rows.v[at / n];

	(void)result;
	if (is_stopped(j->r->watch))
		return ERR_OK;
	if (cell_fill(j->r, j->c, at / n, at % n, &cell, &own) == ERR_OK)
		j->c->cells[at] = cell;
	else if (own.code == ERR_MEMLIMIT || err_is_nomem(&own))
		j->c->cells[at].state = CELL_MEMORY;
	else if (!is_stopped(j->r->watch))
		err_wrap(&own, "%s: %s", row->kind == ROW_TOTAL ?
		    "the bundle" : j->c->scan->members[row->member].name,
		    j->c->columns->v[at % n].name);
	return own.code == ERR_OK || j->c->cells[at].state == CELL_MEMORY ||
	    is_stopped(j->r->watch) ? ERR_OK : err_copy(e, &own);
}

/* As many threads as there is memory for the greediest cells. */
static unsigned int
threads(const struct compare_request *r, const struct compare *c)
{
	uint64_t most = CELL_ROOM;
	struct chain nine;
	size_t i;

	if (r->memory == UINT64_MAX)
		return r->n_threads;
	chain_preset(&nine, 9 | LZMA_PRESET_EXTREME);
	for (i = 0; i < c->rows.n; i++)
		most = num_max(most, c->rows.v[i].size);
	chain_fit(&nine, most);
	most += CELL_ROOM + chain_encoder_memory(&nine);
	return (unsigned int)num_max(1, num_min(r->n_threads,
	    r->memory / most));
}

/* What a column before it has made of the row is this one's as well. */
static enum err_code
copy_twins(struct compare *c, struct err *e)
{
	size_t i, twin, columns = c->columns->n;

	for (i = 0; i < c->rows.n * columns; i++) {
		if (c->cells[i].state != CELL_TODO)
			continue;
		twin = cell_twin(c, i / columns, i % columns);
		if (twin == columns)
			continue;
		c->cells[i] = *compare_cell(c, i / columns, twin);
		if (c->cells[i].chain == NULL)
			continue;
		c->cells[i].chain = strdup(c->cells[i].chain);
		if (c->cells[i].chain == NULL)
			return err_nomem(e);
	}
	return ERR_OK;
}

static enum err_code
fill(const struct compare_request *r, struct compare *c, struct err *e)
{
	struct job j = { r, c, NULL, 0 };
	struct pool_job pj = { .n_threads = threads(r, c), .work = work,
	    .ctx = &j };
	uint64_t total = 0;

	c->cells = calloc(c->rows.n * c->columns->n + 1, sizeof(*c->cells));
	if (c->cells == NULL)
		return err_nomem(e);
	if (order(&j, &total, e) == ERR_OK) {
		watch_begin(r->watch, "comparing", total);
		pj.n_items = pj.window = j.n;
		if (pool_run(&pj, NULL, e) == ERR_OK)
			copy_twins(c, e);
	}
	free(j.order);
	return e->code;
}

/* --- what is best --- */

const struct cell *
compare_cell(const struct compare *c, size_t row, size_t column)
{
	return &c->cells[row * c->columns->n + column];
}

size_t
compare_best(const struct compare *c, size_t row, bool plain)
{
	size_t i, n = c->columns->n, best = n;
	const struct cell *cell;

	for (i = 0; i < n; i++) {
		cell = compare_cell(c, row, i);
		if (cell->state == CELL_DONE && (!plain ||
		    c->columns->v[i].kind != COLUMN_PACKED) && (best == n ||
		    cell->size < compare_cell(c, row, best)->size))
			best = i;
	}
	return best;
}

static bool
beats(const struct cell *a, const struct cell *b)
{
	return a->state == CELL_DONE && a->size < b->size &&
	    a->decode_ns < b->decode_ns;
}

static void
mark(struct compare *c)
{
	size_t row, i, k, n = c->columns->n;
	struct cell *cells;

	for (row = 0; row < c->rows.n; row++) {
		cells = c->cells + row * n;
		for (i = 0; i < n; i++) {
			cells[i].pareto = cells[i].state == CELL_DONE;
			for (k = 0; k < n; k++)
				cells[i].pareto &= !beats(&cells[k],
				    &cells[i]);
			c->complete &= cells[i].state != CELL_TODO;
		}
	}
}

enum err_code
compare_make(const struct compare_request *r, struct compare *c,
    struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->scan = r->scan;
	c->columns = r->columns;
	c->archive_size = r->archive_size;
	c->target = r->target;
	c->complete = true;
	if (build(r, c, e) == ERR_OK &&
	    rows_make(c->data, c->tar, r->view, r->watch, &c->rows, e) ==
	    ERR_OK && pack(r, c, e) == ERR_OK && fill(r, c, e) == ERR_OK)
		mark(c);
	return e->code;
}

void
compare_free(struct compare *c)
{
	size_t i;

	for (i = 0; c->cells != NULL && i < c->rows.n * c->columns->n; i++)
		free(c->cells[i].chain);
	tarstream_free(c->packed_tar);
	packed_free(&c->packed);
	tarstream_free(c->tar);
	tarstream_free(c->data);
	rows_free(&c->rows);
	free(c->cells);
	memset(c, 0, sizeof(*c));
}
