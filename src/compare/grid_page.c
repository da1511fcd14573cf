#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "compare/grid.h"
#include "report/page.h"
#include "report/scale.h"

#define MATRIX_ROWS 1000	/* the largest */
#define LIST_ROWS 100		/* of which each cell has a line */
#define NAME_MAX_SIZE 80	/* bytes of markup of a name in the matrix */
#define TITLE_MAX 256		/* bytes of what a cell says when pointed at */

struct page {
	const struct grid_request *r;
	const struct compare *c;
	size_t *rows;		/* [n] the largest first, so that the bundle is
				 * in front; owned */
	size_t n;
	bool used[COLUMNS_MAX];	/* which columns apply to any row */
	struct buf *to;
};

/* --- the rows --- */

static enum err_code
put_row_name(struct page *p, size_t row, struct err *e)
{
	const struct row *ro = &p->c->rows.v[row];

	text_printf(p->to, e, "<td class=\"name\"><bdi>");
	if (ro->kind == ROW_TOTAL) {
		text_printf(p->to, e, "the bundle");
	} else {
		page_name(p->to, grid_member(p->c, ro), NAME_MAX_SIZE, e);
		if (ro->tensor != NULL) {
			text_printf(p->to, e, ": ");
			page_name(p->to, ro->tensor, NAME_MAX_SIZE, e);
		}
	}
	return text_printf(p->to, e, "</bdi></td>");
}

/* --- the matrix --- */

/* Is there a row that it says something of? */
static bool
is_of_use(const struct compare *c, size_t column)
{
	size_t i;

	for (i = 0; i < c->rows.n; i++) {
		if (compare_cell(c, i, column)->state != CELL_NONE)
			return true;
	}
	return false;
}

/* The smallest and the largest of a row's cells; false if none was done. */
static bool
span(const struct compare *c, size_t row, uint64_t *least, uint64_t *most)
{
	const struct cell *cell;
	size_t i;

	*least = UINT64_MAX;
	*most = 0;
	for (i = 0; i < c->columns->n; i++) {
		cell = compare_cell(c, row, i);
		if (cell->state != CELL_DONE)
			continue;
		*least = num_min(*least, cell->size);
		*most = num_max(*most, cell->size);
	}
	return *least <= *most;
}

/* What a cell has beside its ratio, in words: no attribute may have ':' or
 * '/', see report/markup. */
static void
describe(const struct page *p, size_t row, size_t column,
    char text[TITLE_MAX])
{
	const struct compare *c = p->c;
	const struct cell *cell = compare_cell(c, row, column);
	const struct cell *base = compare_cell(c, row, c->columns->baseline);
	const struct row *ro = &c->rows.v[row];
	int n;

	n = snprintf(text, TITLE_MAX, "%" PRIu64 " bytes", cell->size);
	if (base->state == CELL_DONE && base->size > 0)
		n += snprintf(text + n, TITLE_MAX - (size_t)n, ", %+.1f %%",
		    100.0 * (double)cell->size / (double)base->size - 100);
	snprintf(text + n, TITLE_MAX - (size_t)n, "; encodes %.2f and decodes "
	    "%.1f MB a second; the decoder takes %" PRIu64 " KiB",
	    grid_speed(ro, cell->encode_ns), grid_speed(ro, cell->decode_ns),
	    (cell->decoder_memory + 1023) / 1024);
}

static enum err_code
put_heat(struct page *p, size_t row, size_t column, uint64_t least,
    uint64_t most, struct err *e)
{
	const struct cell *cell = compare_cell(p->c, row, column);
	double ratio = (double)cell->size /
	    (double)p->c->rows.v[row].size, where;
	bool best = cell->size == least;
	char title[TITLE_MAX];

	if (cell->state != CELL_DONE)
		return text_printf(p->to, e, "<td class=\"n\" title=\"%s\">-"
		    "</td>", grid_state(cell->state));
	where = most > least ? (double)(cell->size - least) /
	    (double)(most - least) : 0;
	describe(p, row, column, title);
	return text_printf(p->to, e, "<td class=\"n h%d\" data-v=\"%.6g\" "
	    "title=\"%s\">%s%.4f%s%s</td>", (int)(where *
	    (SCALE_STEPS - 1) + 0.5), ratio, title, best ? "<strong>" : "",
	    ratio, best ? "</strong>" : "", cell->pareto ? "*" : "");
}

static enum err_code
put_matrix_row(struct page *p, size_t row, struct err *e)
{
	uint64_t least, most;
	size_t i;

	text_printf(p->to, e, "<tr data-k=\"r%zu\">", row);
	put_row_name(p, row, e);
	page_cell(p->to, p->c->rows.v[row].size, e);
	if (!span(p->c, row, &least, &most))
		least = most = 0;
	for (i = 0; i < p->c->columns->n && e->code == ERR_OK; i++) {
		if (p->used[i])
			put_heat(p, row, i, least, most, e);
	}
	page_cell_ratio(p->to, p->c->rows.v[row].order0,
	    p->c->rows.v[row].size, 1, 4, e);
	return text_printf(p->to, e, "</tr>\n");
}

static enum err_code
put_head_cell(struct page *p, const char *name, bool number, struct err *e)
{
	text_printf(p->to, e, "<th scope=\"col\"%s>",
	    number ? " class=\"n\"" : "");
	page_name(p->to, name, NAME_MAX_SIZE, e);
	return text_printf(p->to, e, "</th>");
}

/* A section with a table, up to its rows. */
static enum err_code
begin_table(struct page *p, const char *title, const char *note,
    const char *filter, struct err *e)
{
	return text_printf(p->to, e, "<section>\n<h2>%s</h2>\n"
	    "<p class=\"note\">%s</p>\n<div class=\"box\" role=\"region\" "
	    "aria-label=\"%s\" tabindex=\"0\">\n<table class=\"sortable\" "
	    "data-filter=\"%s\">\n<thead>\n<tr>", title, note, title, filter);
}

static enum err_code
end_table(struct page *p, struct err *e)
{
	return text_printf(p->to, e, "</tbody>\n</table>\n</div>\n"
	    "</section>\n");
}

/* How many rows are not there. */
static enum err_code
put_rest(struct page *p, size_t shown, struct err *e)
{
	if (shown >= p->n)
		return e->code;
	text_printf(p->to, e, "<p class=\"note\">The ");
	page_number(p->to, shown, e);
	text_printf(p->to, e, " largest of ");
	page_number(p->to, p->n, e);
	return text_printf(p->to, e, " are in the next table; compare --json "
	    "has all.</p>\n");
}

static enum err_code
put_matrix(struct page *p, struct err *e)
{
	size_t shown = (size_t)num_min(p->n, MATRIX_ROWS), i;

	put_rest(p, shown, e);
	begin_table(p, "Ratios", "Packed by raw bytes; darker is smaller, "
	    "within a row.  Point at a cell for its bytes and speeds.  * "
	    "nothing else is both smaller and faster to decode.",
	    "Filter rows", e);
	put_head_cell(p, "Name", false, e);
	put_head_cell(p, "Raw", true, e);
	for (i = 0; i < p->c->columns->n; i++) {
		if (p->used[i])
			put_head_cell(p, p->c->columns->v[i].name, true, e);
	}
	put_head_cell(p, "Order-0 entropy", true, e);
	text_printf(p->to, e, "</tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < shown && e->code == ERR_OK; i++)
		put_matrix_row(p, p->rows[i], e);
	return end_table(p, e);
}

/* --- the list of all cells --- */

static enum err_code
put_speed(struct page *p, const struct row *row, uint64_t ns, struct err *e)
{
	double v = grid_speed(row, ns);

	return text_printf(p->to, e, "<td class=\"n\" data-v=\"%.6g\">%.*f"
	    "</td>", v, v < 10 ? 2 : 1, v);
}

static enum err_code
put_line(struct page *p, size_t row, size_t column, struct err *e)
{
	const struct cell *cell = compare_cell(p->c, row, column);
	const struct cell *base = compare_cell(p->c, row,
	    p->c->columns->baseline);
	const struct row *ro = &p->c->rows.v[row];

	if (cell->state != CELL_DONE)
		return e->code;
	text_printf(p->to, e, "<tr data-k=\"r%zu\">", row);
	put_row_name(p, row, e);
	text_printf(p->to, e, "<td>");
	page_name(p->to, p->c->columns->v[column].name, NAME_MAX_SIZE, e);
	text_printf(p->to, e, "</td>");
	page_cell(p->to, cell->size, e);
	page_cell_ratio(p->to, cell->size, ro->size, 1, 4, e);
	if (base->state == CELL_DONE)
		page_cell_ratio(p->to, cell->size, base->size, 1, 4, e);
	else
		page_cell_none(p->to, e);
	put_speed(p, ro, cell->encode_ns, e);
	put_speed(p, ro, cell->decode_ns, e);
	page_cell(p->to, cell->decoder_memory, e);
	text_printf(p->to, e, "<td>%s</td><td class=\"chain\">",
	    cell->pareto ? "*" : "");
	page_name(p->to, cell->chain != NULL ? cell->chain : "-",
	    NAME_MAX_SIZE, e);
	return text_printf(p->to, e, "</td></tr>\n");
}

static enum err_code
put_list(struct page *p, struct err *e)
{
	static const char *const heads[] = { "Bytes", "Ratio", "To baseline",
	    "Encode, MB/s", "Decode, MB/s", "Decoder, bytes" };
	size_t shown = (size_t)num_min(p->n, LIST_ROWS), i, k;

	put_rest(p, shown, e);
	begin_table(p, "All figures", "Times are processor time of one "
	    "thread.", "Filter figures", e);
	put_head_cell(p, "Name", false, e);
	put_head_cell(p, "Column", false, e);
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		put_head_cell(p, heads[i], true, e);
	put_head_cell(p, "Pareto", false, e);
	put_head_cell(p, "Chain", false, e);
	text_printf(p->to, e, "</tr>\n</thead>\n<tbody>\n");
	for (i = 0; i < shown; i++) {
		for (k = 0; k < p->c->columns->n && e->code == ERR_OK; k++)
			put_line(p, p->rows[i], k, e);
	}
	return end_table(p, e);
}

/* --- the figures in front, and the advice --- */

static enum err_code
put_figure(struct page *p, const char *what, size_t column, struct err *e)
{
	if (column == ADVICE_NONE)
		return e->code;
	text_printf(p->to, e, "<div><dt>%s</dt><dd data-v=\"%" PRIu64 "\">",
	    what, p->r->advice->sizes[column]);
	page_number(p->to, p->r->advice->sizes[column], e);
	text_printf(p->to, e, "<small>");
	page_name(p->to, p->c->columns->v[column].name, NAME_MAX_SIZE, e);
	return text_printf(p->to, e, "</small></dd></div>\n");
}

static enum err_code
put_figures(struct page *p, struct err *e)
{
	const struct advice *a = p->r->advice;

	text_printf(p->to, e, "<dl class=\"figures\">\n<div><dt>Data</dt>"
	    "<dd data-v=\"%" PRIu64 "\">", a->raw_size);
	page_number(p->to, a->raw_size, e);
	text_printf(p->to, e, "<small>bytes%s</small></dd></div>\n",
	    a->together ? " of tar" : "");
	put_figure(p, "Smallest .tar.xz", a->use, e);
	put_figure(p, "Best preset", a->usual, e);
	put_figure(p, "Best other codec", a->rival, e);
	put_figure(p, "Packed weights", a->packed, e);
	return text_printf(p->to, e, "</dl>\n");
}

/* A line has names of columns as they were given. */
static enum err_code
put_sentence(struct page *p, const char *line, struct err *e)
{
	struct buf text;

	buf_init(&text, 4 * ADVICE_MAX);
	if (text_escape(&text, line, e) == ERR_OK &&
	    buf_append(&text, "", 1, e) == ERR_OK) {
		text_printf(p->to, e, "<p>");
		page_escaped(p->to, (const char *)text.data, e);
		text_printf(p->to, e, "</p>\n");
	}
	buf_free(&text);
	return e->code;
}

static enum err_code
put_advice(struct page *p, struct err *e)
{
	struct buf text;
	char *line, *rest;

	buf_init(&text, ADVICE_MAX);
	advice_lines(p->c, p->r->advice, &text, e);
	if (buf_append(&text, "", 1, e) == ERR_OK) {
		text_printf(p->to, e, "<section>\n<h2>Advice</h2>\n");
		rest = (char *)text.data;
		while ((line = strsep(&rest, "\n")) != NULL) {
			if (*line != '\0')
				put_sentence(p, line, e);
		}
		text_printf(p->to, e, "</section>\n");
	}
	buf_free(&text);
	return e->code;
}

enum err_code
grid_page(const struct grid_request *r, struct buf *to, struct err *e)
{
	struct page p = { .r = r, .c = r->c, .n = r->c->rows.n, .to = to };
	size_t i;

	for (i = 0; i < r->c->columns->n; i++)
		p.used[i] = is_of_use(r->c, i);
	if (grid_rank(r->c, &p.rows, e) == ERR_OK) {
		text_printf(to, e, "<section>\n<h2>");
		page_text(to, r->input[0] != '\0' ? r->input : "all paths",
		    e);
		text_printf(to, e, "</h2>\n");
		put_figures(&p, e);
		text_printf(to, e, "</section>\n");
		put_advice(&p, e);
		put_matrix(&p, e);
		put_list(&p, e);
	}
	free(p.rows);
	return e->code;
}
