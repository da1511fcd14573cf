#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/jsonname.h"
#include "base/text.h"
#include "compare/grid.h"

/* --- TSV --- */

enum err_code
grid_tsv_head(struct buf *to, struct err *e)
{
	return text_printf(to, e, "#input\tkind\tmember\ttensor\traw\torder0\t"
	    "column\tstate\tbytes\tratio\tto_baseline\tencode_mb_s\t"
	    "decode_mb_s\tdecoder_bytes\tblocks\tpareto\tchain\n");
}

static enum err_code
tsv_cell(const struct grid_request *r, size_t row, size_t column,
    struct buf *to, struct err *e)
{
	const struct compare *c = r->c;
	const struct row *ro = &c->rows.v[row];
	const struct cell *cell = compare_cell(c, row, column);
	const struct cell *base = compare_cell(c, row, c->columns->baseline);
	const char *member = grid_member(c, ro);

	text_escape(to, r->input, e);
	text_printf(to, e, "\t%s\t", grid_kind(ro->kind));
	text_escape(to, *member != '\0' ? member : "-", e);
	text_printf(to, e, "\t");
	text_escape(to, ro->tensor != NULL ? ro->tensor : "-", e);
	text_printf(to, e, "\t%" PRIu64 "\t%" PRIu64 "\t", ro->size,
	    ro->order0);
	text_escape(to, c->columns->v[column].name, e);
	text_printf(to, e, "\t%s", grid_state(cell->state));
	if (cell->state != CELL_DONE)
		return text_printf(to, e, "\t-\t-\t-\t-\t-\t-\t-\t-\t-\n");
	text_printf(to, e, "\t%" PRIu64 "\t%.6f", cell->size,
	    (double)cell->size / (double)ro->size);
	if (base->state == CELL_DONE)
		text_printf(to, e, "\t%.6f", (double)cell->size /
		    (double)base->size);
	else
		text_printf(to, e, "\t-");
	text_printf(to, e, "\t%.3f\t%.3f\t%" PRIu64 "\t", grid_speed(ro,
	    cell->encode_ns), grid_speed(ro, cell->decode_ns),
	    cell->decoder_memory);
	if (cell->n_blocks > 0)
		text_printf(to, e, "%zu", cell->n_blocks);
	else
		text_printf(to, e, "-");
	return text_printf(to, e, "\t%s\t%s\n", cell->pareto ? "yes" : "no",
	    cell->chain != NULL ? cell->chain : "-");
}

enum err_code
grid_tsv(const struct grid_request *r, struct buf *to, struct err *e)
{
	size_t row, i, n = r->c->columns->n;

	for (row = 0; row < r->c->rows.n; row++) {
		for (i = 0; i < n && e->code == ERR_OK; i++)
			tsv_cell(r, row, i, to, e);
	}
	return e->code;
}

/* --- JSON --- */

static enum err_code
set(json_t *object, const char *key, json_t *value, struct err *e)
{
	if (json_object_set_new(object, key, value) != 0)
		return err_nomem(e);
	return ERR_OK;
}

static enum err_code
set_name(json_t *object, const char *key, const char *hex_key,
    const char *name, struct err *e)
{
	if (jsonname_put(object, key, hex_key, name, e) != 0)
		return err_nomem(e);
	return e->code;
}

static json_t *
number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* Three decimals say it. */
static json_t *
rounded(double v)
{
	return json_real(round(v * 1e3) / 1e3);
}

static enum err_code
json_column(const struct column *c, json_t *all, struct err *e)
{
	static const char *const kinds[] = { "codec", "chain", "delta",
	    "bcj", "plan", "packed" };
	json_t *o = json_object();
	char chain[CHAIN_TEXT_MAX];

	if (json_array_append_new(all, o) != 0)
		return err_nomem(e);
	set(o, "name", json_string(c->name), e);
	set(o, "kind", json_string(kinds[c->kind]), e);
	set(o, "available", json_boolean(columns_available(c)), e);
	set(o, "needs", json_string(c->needs), e);
	if (c->kind == COLUMN_CHAIN) {
		chain_print(&c->chain, chain);
		set(o, "chain", json_string(chain), e);
	}
	return e->code;
}

static enum err_code
json_cell(const struct compare *c, size_t row, size_t column, json_t *all,
    struct err *e)
{
	const struct cell *cell = compare_cell(c, row, column);
	const struct cell *base = compare_cell(c, row, c->columns->baseline);
	const struct row *ro = &c->rows.v[row];
	json_t *o = json_object();

	if (json_array_append_new(all, o) != 0)
		return err_nomem(e);
	set(o, "column", json_string(c->columns->v[column].name), e);
	set(o, "state", json_string(grid_state(cell->state)), e);
	if (cell->state != CELL_DONE)
		return e->code;
	set(o, "bytes", number(cell->size), e);
	set(o, "ratio", json_real((double)cell->size / (double)ro->size), e);
	set(o, "to_baseline", base->state == CELL_DONE ? json_real(
	    (double)cell->size / (double)base->size) : json_null(), e);
	set(o, "encode_mb_s", rounded(grid_speed(ro, cell->encode_ns)), e);
	set(o, "decode_mb_s", rounded(grid_speed(ro, cell->decode_ns)), e);
	set(o, "decoder_bytes", number(cell->decoder_memory), e);
	set(o, "pareto", json_boolean(cell->pareto), e);
	if (cell->n_blocks > 0)
		set(o, "blocks", number(cell->n_blocks), e);
	if (cell->chain != NULL)
		set(o, "chain", json_string(cell->chain), e);
	return e->code;
}

static enum err_code
json_row(const struct compare *c, size_t row, json_t *all, struct err *e)
{
	const struct row *ro = &c->rows.v[row];
	json_t *o = json_object(), *cells = json_array();
	size_t i;

	if (json_array_append_new(all, o) != 0) {
		json_decref(cells);
		return err_nomem(e);
	}
	set(o, "kind", json_string(grid_kind(ro->kind)), e);
	if (ro->kind != ROW_TOTAL)
		set_name(o, "member", "member_hex", grid_member(c, ro), e);
	if (ro->tensor != NULL)
		set_name(o, "tensor", "tensor_hex", ro->tensor, e);
	if (ro->dtype[0] != '\0')
		set_name(o, "dtype", NULL, ro->dtype, e);
	set(o, "raw_bytes", number(ro->size), e);
	set(o, "order0_bytes", number(ro->order0), e);
	set(o, "cells", cells, e);
	for (i = 0; i < c->columns->n && e->code == ERR_OK; i++)
		json_cell(c, row, i, cells, e);
	return e->code;
}

static enum err_code
json_choice(json_t *o, const char *key, const struct grid_request *r,
    size_t column, struct err *e)
{
	json_t *choice;

	if (column == ADVICE_NONE)
		return e->code;
	choice = json_object();
	set(o, key, choice, e);
	if (e->code != ERR_OK)
		return e->code;
	set(choice, "column", json_string(r->c->columns->v[column].name), e);
	set(choice, "bytes", number(r->advice->sizes[column]), e);
	return set(choice, "needs",
	    json_string(r->c->columns->v[column].needs), e);
}

static enum err_code
json_advice(const struct grid_request *r, json_t *o, struct err *e)
{
	const struct advice *a = r->advice;

	set(o, "raw_bytes", number(a->raw_size), e);
	set(o, "order0_bytes", number(a->order0), e);
	json_choice(o, "use", r, a->use, e);
	json_choice(o, "usual", r, a->usual, e);
	json_choice(o, "rival", r, a->rival, e);
	return json_choice(o, "packed", r, a->packed, e);
}

enum err_code
grid_json(const struct grid_request *r, struct buf *to, struct err *e)
{
	const struct columns *columns = r->c->columns;
	json_t *o = json_object(), *cols = json_array(), *rows = json_array(),
	    *advice = json_object();
	size_t i;

	set_name(o, "input", "input_hex", r->input, e);
	set(o, "complete", json_boolean(r->c->complete), e);
	set(o, "baseline", json_string(columns->v[columns->baseline].name),
	    e);
	set(o, "columns", cols, e);
	set(o, "rows", rows, e);
	set(o, "advice", advice, e);
	for (i = 0; i < columns->n && e->code == ERR_OK; i++)
		json_column(&columns->v[i], cols, e);
	for (i = 0; i < r->c->rows.n && e->code == ERR_OK; i++)
		json_row(r->c, i, rows, e);
	if (e->code == ERR_OK)
		json_advice(r, advice, e);
	if (e->code == ERR_OK && json_dump_callback(o, buf_sink, to,
	    JSON_INDENT(1) | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)) !=
	    0)
		err_set(e, ERR_FAIL, "the JSON is too large");
	json_decref(o);
	return e->code;
}
