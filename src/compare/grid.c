#include "compare/grid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define WIDTH 80		/* columns of a line */
#define TEXT_MAX ((size_t)64 << 20)	/* bytes of a name, by far */
#define NAME_WIDTH 19		/* columns of a column's name */
#define BASE_WIDTH 9		/* of the percentages */
#define ROWS_SHOWN 20		/* the largest rows */

static const char *const sorts[] = { "size", "given", "encode", "decode",
    "memory" };

bool
grid_sort_parse(const char *name, enum grid_sort *sort)
{
	size_t i;

	for (i = 0; i < sizeof(sorts) / sizeof(sorts[0]); i++) {
		if (strcmp(name, sorts[i]) == 0) {
			*sort = (enum grid_sort)i;
			return true;
		}
	}
	return false;
}

const char *
grid_state(enum cell_state s)
{
	static const char *const names[] = { "stopped", "done", "none",
	    "missing", "memory" };

	return names[s];
}

const char *
grid_kind(enum row_kind k)
{
	static const char *const names[] = { "member", "tensor", "bundle" };

	return names[k];
}

const char *
grid_member(const struct compare *c, const struct row *row)
{
	return row->kind == ROW_TOTAL ? "" :
	    c->scan->members[row->member].name;
}

double
grid_speed(const struct row *row, uint64_t ns)
{
	return ns > 0 ? (double)row->size * 1e3 / (double)ns : 0;
}

/* --- text --- */

static void
megabytes(char text[16], const struct row *row, uint64_t ns)
{
	double v = grid_speed(row, ns);

	if (v <= 0)
		snprintf(text, 16, "-");
	else
		snprintf(text, 16, "%.*f", v < 10 ? 2 : v < 100 ? 1 : 0, v);
}

static void
memory(char text[16], uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes;
	size_t i = 0;

	while (v >= 1000 && i < 4) {
		v /= 1024;
		i++;
	}
	snprintf(text, 16, "%.*f %s", v < 10 && i > 0 ? 1 : 0, v, units[i]);
}

/* What a cell has that has no size. */
static const char *
why(const struct cell *cell, const struct column *column)
{
	switch (cell->state) {
	case CELL_MISSING:
		return "was left out when xzbundle was built";
	case CELL_MEMORY:
		return "takes more than --memlimit";
	case CELL_TODO:
		return "was not done";
	default:
		return column->kind == COLUMN_DELTA ? "no numbers" :
		    column->kind == COLUMN_BCJ ? "no machine code" :
		    "no packing makes it smaller";
	}
}

/* How much more or less than the baseline it is. */
static void
against(char text[16], const struct grid_request *r, size_t row,
    uint64_t size)
{
	const struct compare *c = r->c;
	const struct cell *base = compare_cell(c, row, c->columns->baseline);

	if (base->state == CELL_DONE && base->size > 0)
		snprintf(text, 16, "%+.1f %%", 100.0 * (double)size /
		    (double)base->size - 100);
	else
		snprintf(text, 16, "-");
}

static enum err_code
text_cell(const struct grid_request *r, size_t row, size_t column,
    struct buf *to, struct err *e)
{
	const struct compare *c = r->c;
	const struct cell *cell = compare_cell(c, row, column);
	const struct column *col = &c->columns->v[column];
	const struct row *ro = &c->rows.v[row];
	char enc[16], dec[16], mem[16], base[16];

	if (cell->state != CELL_DONE)
		return text_printf(to, e, "  %-*.*s %11s  %s\n", NAME_WIDTH,
		    NAME_WIDTH, col->name, "-", why(cell, col));
	megabytes(enc, ro, cell->encode_ns);
	megabytes(dec, ro, cell->decode_ns);
	memory(mem, cell->decoder_memory);
	against(base, r, row, cell->size);
	return text_printf(to, e, "%c %-*.*s %11" PRIu64 " %7.4f %9s %7s %7s "
	    "%9s\n", cell->pareto ? '*' : ' ', NAME_WIDTH, NAME_WIDTH,
	    col->name, cell->size, (double)cell->size / (double)ro->size,
	    base, enc, dec, mem);
}

/* In so many columns: what is too much is left out in front. */
static enum err_code
text_name(const struct compare *c, const struct row *row, size_t width,
    struct buf *to, struct err *e)
{
	const char *p, *end;
	struct buf text;

	if (row->kind == ROW_TOTAL)
		return text_printf(to, e, "the bundle");
	buf_init(&text, TEXT_MAX);
	text_escape_name(&text, grid_member(c, row), e);
	if (row->tensor != NULL && text_printf(&text, e, ": ") == ERR_OK)
		text_escape_name(&text, row->tensor, e);
	if (buf_append(&text, "", 1, e) == ERR_OK) {
		p = (const char *)text.data;
		end = text_last(p, width);
		text_printf(to, e, "%s%s", end > p ? "..." : "", end > p ?
		    text_last(p, width - 3) : p);
	}
	buf_free(&text);
	return e->code;
}

/* Is there a column that says something of the row? */
static bool
has_any(const struct compare *c, size_t row)
{
	size_t i;

	for (i = 0; i < c->columns->n; i++) {
		if (compare_cell(c, row, i)->state != CELL_NONE)
			return true;
	}
	return false;
}

static enum err_code
text_row(const struct grid_request *r, size_t row, struct buf *to,
    struct err *e)
{
	const struct compare *c = r->c;
	const struct row *ro = &c->rows.v[row];
	char base[16], tail[64];
	size_t *order = NULL, n, i;
	bool any = has_any(c, row);

	snprintf(tail, sizeof(tail), ": %" PRIu64 " bytes%s%s", ro->size,
	    ro->dtype[0] != '\0' ? ", " : "", ro->dtype);
	text_name(c, ro, WIDTH - strlen(tail), to, e);
	text_printf(to, e, "%s\n", tail);
	if (grid_order(r, row, &order, &n, e) == ERR_OK) {
		for (i = 0; i < n; i++) {
			if (!any || compare_cell(c, row, order[i])->state !=
			    CELL_NONE)
				text_cell(r, row, order[i], to, e);
		}
	}
	free(order);
	against(base, r, row, ro->order0);
	return text_printf(to, e, "  %-*s %11" PRIu64 " %7.4f %9s\n\n",
	    NAME_WIDTH, "(order-0 entropy)", ro->order0, (double)ro->order0 /
	    (double)ro->size, base);
}

/* The baseline's name, below "to", or if it is long beside it. */
struct base_head {
	char above[40];
	char below[BASE_WIDTH + 1];
};

static void
base_head(const struct columns *columns, struct base_head *h)
{
	const char *name = columns->v[columns->baseline].name;
	bool fits = strlen(name) <= BASE_WIDTH;

	snprintf(h->above, sizeof(h->above), fits ? "to" : "to %.36s", name);
	snprintf(h->below, sizeof(h->below), "%s", fits ? name : "");
}

static enum err_code
text_head(const struct grid_request *r, struct buf *to, struct err *e)
{
	struct base_head h;

	base_head(r->c->columns, &h);
	return text_printf(to, e, "%51s %7s %7s %9s\n"
	    "  %-*s %11s %7s %9s %7s %7s %9s\n\n", h.above, "encode",
	    "decode", "decoder", NAME_WIDTH, "COLUMN", "BYTES", "RATIO",
	    h.below, "MB/s", "MB/s", "memory");
}

/* Which rows are shown: the largest, beside the bundle.  *shown [rows.n] is the
 * caller's in every case. */
static enum err_code
mark_shown(const struct compare *c, bool **shown, struct err *e)
{
	size_t *rows = NULL, i, n = 0;

	*shown = calloc(c->rows.n + 1, sizeof(**shown));
	if (*shown == NULL)
		return err_nomem(e);
	if (grid_rank(c, &rows, e) == ERR_OK) {
		for (i = 0; i < c->rows.n && n < ROWS_SHOWN; i++) {
			(*shown)[rows[i]] = true;
			n += c->rows.v[rows[i]].kind != ROW_TOTAL;
		}
	}
	free(rows);
	return e->code;
}

static enum err_code
text_rows(const struct grid_request *r, struct buf *to, struct err *e)
{
	const struct compare *c = r->c;
	bool *shown = NULL;
	uint64_t left = 0;
	size_t i, n = 0;

	if (mark_shown(c, &shown, e) == ERR_OK)
		text_head(r, to, e);
	for (i = 0; i < c->rows.n && e->code == ERR_OK; i++) {
		if (c->rows.v[i].kind == ROW_TOTAL && n > 0)
			break;
		if (c->rows.v[i].kind == ROW_TOTAL || shown[i]) {
			text_row(r, i, to, e);
		} else {
			n++;
			left += c->rows.v[i].size;
		}
	}
	free(shown);
	if (n > 0)
		text_printf(to, e, "and %zu smaller ones of %" PRIu64 " bytes "
		    "together: --best has a line for each\n\n", n, left);
	if (i < c->rows.n)
		text_row(r, i, to, e);
	return e->code;
}

/* The columns that numbers and names of columns take in the lines of
 * text_best(), so that most is left for names. */
struct widths {
	int raw, best, bytes;
};

static int
digits(uint64_t n)
{
	return snprintf(NULL, 0, "%" PRIu64, n);
}

static int
wider(int a, int b)
{
	return a > b ? a : b;
}

static void
measure(const struct compare *c, struct widths *w)
{
	size_t i, best;

	*w = (struct widths){ 3, 4, 5 };	/* of their heads */
	for (i = 0; i < c->rows.n; i++) {
		best = compare_best(c, i, false);
		if (best == c->columns->n)
			continue;
		w->raw = wider(w->raw, digits(c->rows.v[i].size));
		w->bytes = wider(w->bytes, digits(compare_cell(c, i,
		    best)->size));
		w->best = wider(w->best, (int)strlen(
		    c->columns->v[best].name));
	}
	if (w->best > NAME_WIDTH)
		w->best = NAME_WIDTH;
}

static enum err_code
text_best_row(const struct grid_request *r, const struct widths *w,
    size_t row, struct buf *to, struct err *e)
{
	const struct compare *c = r->c;
	const struct row *ro = &c->rows.v[row];
	size_t best = compare_best(c, row, false);
	const struct cell *cell;
	char base[16];

	if (best == c->columns->n)
		return e->code;
	cell = compare_cell(c, row, best);
	against(base, r, row, cell->size);
	text_printf(to, e, "%*" PRIu64 "  %-*.*s %*" PRIu64 " %7.4f %9s  ",
	    w->raw, ro->size, w->best, w->best, c->columns->v[best].name,
	    w->bytes, cell->size, (double)cell->size / (double)ro->size,
	    base);
	text_name(c, ro, (size_t)(WIDTH - w->raw - w->best - w->bytes - 23),
	    to, e);
	return text_printf(to, e, "\n");
}

/* A line for each row. */
static enum err_code
text_best(const struct grid_request *r, struct buf *to, struct err *e)
{
	struct base_head h;
	struct widths w;
	size_t *order = NULL, n, i;

	base_head(r->c->columns, &h);
	measure(r->c, &w);
	text_printf(to, e, "%*s\n%*s  %-*s %*s %7s %9s  %s\n", w.raw +
	    w.best + w.bytes + 21, h.above, w.raw, "RAW", w.best, "BEST",
	    w.bytes, "BYTES", "RATIO", h.below, "NAME");
	if (grid_order(r, 0, &order, &n, e) != ERR_OK)
		n = 0;
	for (i = 0; i < n && e->code == ERR_OK; i++)
		text_best_row(r, &w, order[i], to, e);
	free(order);
	return text_printf(to, e, "\n");
}

/* The names that were cut. */
static enum err_code
text_long_names(const struct columns *columns, struct buf *to, struct err *e)
{
	size_t i;

	for (i = 0; i < columns->n; i++) {
		if (strlen(columns->v[i].name) > NAME_WIDTH)
			text_printf(to, e, "%.*s is\n  %s\n", NAME_WIDTH,
			    columns->v[i].name, columns->v[i].name);
	}
	return e->code;
}

enum err_code
grid_text(const struct grid_request *r, struct buf *to, struct err *e)
{
	if (r->best)
		text_best(r, to, e);
	else
		text_rows(r, to, e);
	if (!r->best)
		text_printf(to, e, "* nothing else is both smaller and faster "
		    "to decode\n");
	text_long_names(r->c->columns, to, e);
	return advice_text(r->c, r->advice, to, e);
}
