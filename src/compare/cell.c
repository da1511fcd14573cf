#include "compare/cell_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/num.h"
#include "compare/clock.h"
#include "compare/planned.h"
#include "pack/choose.h"
#include "xz/whole.h"

#define PLAN_COST 1300U		/* ns a byte, about */
#define CHAIN_COST 1200U
#define COST_UNIT 1000U		/* of these: bytes at 1 MB/s */
#define FILE_MAX ((size_t)1 << 40)	/* bytes of an encoded row */

/* --- what a column may do with a row --- */

const struct packed_member *
cell_packed_member(const struct compare *c, const struct row *row)
{
	const struct packed_member *pm;

	if (row->kind == ROW_TOTAL || c->packed.members == NULL)
		return NULL;
	pm = &c->packed.members[row->member];
	return pm->is ? pm : NULL;
}

const struct stfile_tensor *
cell_packed_tensor(const struct compare *c, const struct row *row)
{
	const struct packed_member *pm = cell_packed_member(c, row);
	const struct stfile *f;
	size_t i;

	if (pm == NULL || row->kind != ROW_TENSOR)
		return NULL;
	f = &pm->header;
	i = stfile_find(f, row->tensor);
	return i < f->n && f->tensors[i].recipe != NULL &&
	    stfile_original_size(&f->tensors[i]) == row->size ?
	    &f->tensors[i] : NULL;
}

static bool
applies(const struct compare *c, const struct row *row,
    const struct column *column)
{
	switch (column->kind) {
	case COLUMN_DELTA:
		return row->element > 0;
	case COLUMN_BCJ:
		return row->bcj != LZMA_VLI_UNKNOWN;
	case COLUMN_PACKED:
		if (c->packing_stopped || row->kind == ROW_TOTAL)
			return c->packing_stopped || c->packed.any;
		return row->kind == ROW_TENSOR ?
		    cell_packed_tensor(c, row) != NULL :
		    cell_packed_member(c, row) != NULL;
	default:
		return true;
	}
}

/* The chain of a column for a row. */
static struct chain
chain_for(const struct column *column, const struct row *row)
{
	struct chain c = column->chain;

	if (column->kind == COLUMN_DELTA)
		chain_prepend(&c, LZMA_FILTER_DELTA, row->element);
	else if (column->kind == COLUMN_BCJ)
		chain_prepend(&c, row->bcj, 0);
	chain_fit(&c, row->size);
	return c;
}

static bool
is_chain(const struct column *column)
{
	return column->kind == COLUMN_CHAIN || column->kind == COLUMN_DELTA ||
	    column->kind == COLUMN_BCJ;
}

size_t
cell_twin(const struct compare *c, size_t row, size_t column)
{
	const struct row *ro = &c->rows.v[row];
	const struct column *v = c->columns->v;
	struct chain own, other;
	size_t i;

	if (!is_chain(&v[column]))
		return c->columns->n;
	own = chain_for(&v[column], ro);
	for (i = 0; i < column; i++) {
		if (!is_chain(&v[i]) ||
		    compare_cell(c, row, i)->state == CELL_NONE)
			continue;
		other = chain_for(&v[i], ro);
		if (chain_equal(&own, &other))
			return i;
	}
	return c->columns->n;
}

static uint64_t
memory_for(const struct column *column, const struct row *row)
{
	struct chain chain;

	switch (column->kind) {
	case COLUMN_CODEC:
		return column->codec->memory(column->level, row->size);
	case COLUMN_PLAN:
	case COLUMN_PACKED:
		return CHOOSE_MEMORY;
	default:
		chain = chain_for(column, row);
		return chain_encoder_memory(&chain);
	}
}

void
cell_prepare(const struct compare_request *r, const struct compare *c,
    size_t row, size_t column, struct cell *cell)
{
	const struct column *col = &c->columns->v[column];
	const struct row *ro = &c->rows.v[row];

	if (!columns_available(col))
		cell->state = CELL_MISSING;
	else if (!applies(c, ro, col))
		cell->state = CELL_NONE;
	else if (r->memory < UINT64_MAX && memory_for(col, ro) + ro->size >
	    r->memory)
		cell->state = CELL_MEMORY;
	else
		cell->state = CELL_TODO;
}

static unsigned int
cost_of(const struct column *column)
{
	switch (column->kind) {
	case COLUMN_CODEC:
		return column->codec->cost;
	case COLUMN_PLAN:
	case COLUMN_PACKED:
		return PLAN_COST;
	default:
		return CHAIN_COST;
	}
}

uint64_t
cell_cost(const struct compare *c, size_t row, size_t column)
{
	uint64_t cost;

	if (!num_mul(c->rows.v[row].size, cost_of(&c->columns->v[column]),
	    &cost))
		return UINT64_MAX;
	return cost / COST_UNIT;
}

/* --- encoding --- */

static void
advance(void *ctx, uint64_t n)
{
	const struct cell_filling *f = ctx;
	const struct watch *w = f->r->watch;

	/* The planner tells of a byte when it is planned and when it is
	 * encoded. */
	if (f->column->kind == COLUMN_PLAN ||
	    f->column->kind == COLUMN_PACKED)
		n /= 2;
	if (w != NULL && w->advance != NULL)
		w->advance(w->ctx, n * cost_of(f->column) / COST_UNIT);
}

static enum err_code
encode_codec(struct cell_filling *f, struct err *e)
{
	struct codec_job j = { &f->src, f->row->off, f->row->size,
	    f->column->level, &f->watch };

	return f->column->codec->encode(&j, &f->file, e);
}

static enum err_code
encode_chain(struct cell_filling *f, struct err *e)
{
	struct chain chain = chain_for(f->column, f->row);

	chain_print(&chain, f->chain);
	return whole_encode(&f->src, f->row->off, f->row->size, &chain,
	    &f->watch, &f->file, e);
}

static struct planned_request
planned(const struct cell_filling *f)
{
	struct planned_request r = { f->r->target, f->r->memory, &f->watch };

	return r;
}

/* The member of a row alone, from one scan or the other. */
static enum err_code
plan_member(struct cell_filling *f, const struct scan *s,
    struct planned_result *res, struct err *e)
{
	static const struct tarstream_options bare = { .bare = true };
	struct planned_request r = planned(f);
	struct scan one = *s;
	struct tarstream *t = NULL;

	one.members += f->row->member;
	one.n_members = 1;
	if (tarstream_build(&one, &bare, &t, e) == ERR_OK)
		planned_stream(&r, t, &f->file, res, e);
	tarstream_free(t);
	return e->code;
}

/* The packed bytes of a tensor. */
static enum err_code
read_tensor(const struct cell_filling *f, const struct stfile_tensor *t,
    uint8_t **p, struct err *e)
{
	const struct member *m = &f->c->packed.scan.members[f->row->member];
	const struct packed_member *pm = cell_packed_member(f->c, f->row);

	*p = malloc((size_t)t->size + 1);
	if (*p == NULL)
		return err_nomem(e);
	return scan_read_data(m, pm->data_off + t->off, *p, (size_t)t->size,
	    e);
}

static enum err_code
read_memory(void *ctx, uint64_t off, uint8_t *buf, size_t size,
    struct err *e)
{
	memcpy(buf, (const uint8_t *)ctx + off, size);
	return e->code;
}

static enum err_code
plan_packed_tensor(struct cell_filling *f, struct planned_result *res,
    struct err *e)
{
	const struct stfile_tensor *t = cell_packed_tensor(f->c, f->row);
	struct planned_request r = planned(f);
	struct source src = { read_memory, NULL };
	uint8_t *p = NULL;

	if (read_tensor(f, t, &p, e) == ERR_OK && t->size > 0) {
		src.ctx = p;
		planned_bytes(&r, &src, 0, t->size, 1, &f->file, res, e);
	}
	free(p);
	return e->code;
}

static enum err_code
encode_planned(struct cell_filling *f, struct err *e)
{
	const struct compare *c = f->c;
	bool pack = f->column->kind == COLUMN_PACKED;
	struct planned_request r = planned(f);
	struct planned_result res;

	memset(&res, 0, sizeof(res));
	if (f->row->kind == ROW_TOTAL)
		planned_stream(&r, pack ? c->packed_tar : c->tar, &f->file,
		    &res, e);
	else if (f->row->kind == ROW_MEMBER)
		plan_member(f, pack ? &c->packed.scan : c->scan, &res, e);
	else if (pack)
		plan_packed_tensor(f, &res, e);
	else
		planned_bytes(&r, &f->src, f->row->off, f->row->size,
		    (uint32_t)num_max(f->row->element, 1), &f->file, &res, e);
	f->cell->n_blocks = res.n_blocks;
	memcpy(f->chain, res.chain, sizeof(res.chain));
	return e->code;
}

uint64_t
cell_packing_ns(const struct cell_filling *f, bool pack)
{
	const struct packed *p = &f->c->packed;
	const struct packed_member *pm = cell_packed_member(f->c, f->row);
	uint64_t sum = 0;
	size_t i;

	if (pm != NULL) {
		sum = pack ? pm->pack_ns : pm->unpack_ns;
		return f->row->kind == ROW_MEMBER ? sum : (uint64_t)(
		    (double)sum * (double)f->row->size / (double)
		    f->c->scan->members[f->row->member].size);
	}
	for (i = 0; i < p->scan.n_members; i++)
		sum += pack ? p->members[i].pack_ns :
		    p->members[i].unpack_ns;
	return sum;
}

static enum err_code
encode(struct cell_filling *f, struct err *e)
{
	uint64_t begin = clock_thread_ns();

	switch (f->column->kind) {
	case COLUMN_CODEC:
		encode_codec(f, e);
		break;
	case COLUMN_PLAN:
	case COLUMN_PACKED:
		encode_planned(f, e);
		break;
	default:
		encode_chain(f, e);
	}
	f->cell->encode_ns = clock_thread_ns() - begin;
	f->cell->size = f->file.size;
	if (f->column->kind == COLUMN_PACKED)
		f->cell->encode_ns += cell_packing_ns(f, true);
	return e->code;
}

/* --- both --- */

static enum err_code
fill(struct cell_filling *f, struct err *e)
{
	const struct compare *c = f->c;

	f->piece = malloc(CODEC_PIECE);
	if (f->piece == NULL)
		return err_nomem(e);
	if (tarstream_cursor(f->row->kind == ROW_TOTAL ? c->tar : c->data,
	    &f->src, e) == ERR_OK && encode(f, e) == ERR_OK)
		cell_decode(f, e);
	tarstream_cursor_end(&f->src, e);
	free(f->piece);
	return e->code;
}

static enum err_code
keep_chain(struct cell_filling *f, struct err *e)
{
	if (f->chain[0] == '\0')
		return ERR_OK;
	f->cell->chain = strdup(f->chain);
	return f->cell->chain != NULL ? ERR_OK : err_nomem(e);
}

enum err_code
cell_fill(const struct compare_request *r, const struct compare *c,
    size_t row, size_t column, struct cell *cell, struct err *e)
{
	struct cell_filling f = { .r = r, .c = c, .row = &c->rows.v[row],
	    .column = &c->columns->v[column], .cell = cell };

	f.watch.advance = advance;
	f.watch.ctx = &f;
	if (r->watch != NULL) {
		f.watch.stop = r->watch->stop;
		f.watch.quit = r->watch->quit;
	}
	buf_init(&f.file, FILE_MAX);
	if (fill(&f, e) == ERR_OK && keep_chain(&f, e) == ERR_OK)
		cell->state = CELL_DONE;
	buf_free(&f.file);
	return e->code;
}
