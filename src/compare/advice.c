#include "compare/advice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define WIDTH 79		/* columns of a line */

/* --- sums --- */

/* What a row counts with in a column: where that does not apply to it, what it
 * would take otherwise. */
static bool
row_size(const struct compare *c, size_t row, size_t column, uint64_t *size)
{
	const struct cell *cell = compare_cell(c, row, column);
	size_t best;

	if (cell->state == CELL_NONE) {
		best = compare_best(c, row, true);
		if (best == c->columns->n)
			return false;
		cell = compare_cell(c, row, best);
	}
	*size = cell->size;
	return cell->state == CELL_DONE;
}

/* All rows together, or the bundle. */
static void
add_up(const struct compare *c, struct advice *a)
{
	size_t row = 0, i, applied;
	uint64_t size;

	if (c->rows.n > 0 && c->rows.v[c->rows.n - 1].kind == ROW_TOTAL)
		row = c->rows.n - 1;
	a->together = row + 1 == c->rows.n && c->rows.n > 0 &&
	    c->rows.v[row].kind == ROW_TOTAL;
	for (i = 0; i < c->columns->n; i++)
		a->has[i] = c->rows.n > 0;
	for (; row < c->rows.n; row++) {
		a->raw_size += c->rows.v[row].size;
		a->order0 += c->rows.v[row].order0;
		for (i = 0; i < c->columns->n; i++) {
			size = 0;
			a->has[i] &= row_size(c, row, i, &size);
			a->sizes[i] += size;
		}
	}
	/* A column that applies nowhere says nothing. */
	for (i = 0; i < c->columns->n; i++) {
		applied = 0;
		for (row = 0; row < c->rows.n; row++)
			applied += compare_cell(c, row, i)->state ==
			    CELL_DONE;
		a->has[i] &= applied > 0;
	}
}

/* The smallest column of which ok() is true. */
static size_t
smallest(const struct compare *c, const struct advice *a,
    bool (*ok)(const struct compare *, const struct column *))
{
	size_t i, best = ADVICE_NONE;

	for (i = 0; i < c->columns->n; i++) {
		if (a->has[i] && ok(c, &c->columns->v[i]) &&
		    (best == ADVICE_NONE || a->sizes[i] < a->sizes[best]))
			best = i;
	}
	return best;
}

/* A .tar.xz that the target can read. */
static bool
is_standard(const struct compare *c, const struct column *column)
{
	struct chain chain = column->chain;
	struct err own = ERR_INIT;

	if (column->kind == COLUMN_CODEC || column->kind == COLUMN_PACKED)
		return false;
	if (column->kind == COLUMN_PLAN)
		return true;
	if (column->kind == COLUMN_DELTA)
		chain_prepend(&chain, LZMA_FILTER_DELTA, 1);
	else if (column->kind == COLUMN_BCJ)
		chain_prepend(&chain, LZMA_FILTER_X86, 0);
	return chain_allowed(&chain, c->target, &own) == ERR_OK;
}

static bool
is_usual(const struct compare *c, const struct column *column)
{
	(void)c;
	return column->kind == COLUMN_CHAIN &&
	    strncmp(column->name, "xz -", 4) == 0;
}

static bool
is_rival(const struct compare *c, const struct column *column)
{
	(void)c;
	return column->kind == COLUMN_CODEC;
}

static bool
is_packed(const struct compare *c, const struct column *column)
{
	(void)c;
	return column->kind == COLUMN_PACKED;
}

enum err_code
advice_make(const struct compare *c, struct advice *a, struct err *e)
{
	memset(a, 0, sizeof(*a));
	a->sizes = calloc(c->columns->n + 1, sizeof(*a->sizes));
	a->has = calloc(c->columns->n + 1, sizeof(*a->has));
	if (a->sizes == NULL || a->has == NULL)
		return err_nomem(e);
	add_up(c, a);
	a->use = smallest(c, a, is_standard);
	a->usual = smallest(c, a, is_usual);
	a->rival = smallest(c, a, is_rival);
	a->packed = smallest(c, a, is_packed);
	return ERR_OK;
}

void
advice_free(struct advice *a)
{
	free(a->sizes);
	free(a->has);
	memset(a, 0, sizeof(*a));
}

/* --- words --- */

static enum err_code
put(struct buf *to, const char *line, struct err *e)
{
	return text_printf(to, e, "%s\n", line);
}

/* How much smaller b is than a, in percent of a. */
static double
saved(const struct advice *a, size_t b, size_t than)
{
	return a->sizes[than] > 0 ? 100 - 100.0 * (double)a->sizes[b] /
	    (double)a->sizes[than] : 0;
}

static const char *
more_or_less(double percent)
{
	return percent >= 0 ? "less" : "more";
}

/* Names of columns are of any length. */
static enum err_code
say_use(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	const struct column *use = &c->columns->v[a->use];
	const size_t others[2] = { a->usual, c->columns->baseline };
	size_t n = 0, i;
	double percent;

	/* Rows alone are no bundle: create would make something else. */
	text_printf(to, e, "%s ", a->together ? "Use" : "With");
	if (use->kind == COLUMN_PLAN)
		text_printf(to, e, "xzbundle%s", !a->together ? "" :
		    c->archive_size > 0 ? " repack" : " create");
	else
		text_printf(to, e, "the chain %s", use->name);
	text_printf(to, e, a->together ? ": %" PRIu64 " bytes as a standard "
	    ".tar.xz" : " all rows together take %" PRIu64 " bytes as "
	    "standard .xz files, one a row", a->sizes[a->use]);
	for (i = 0; i < 2; i++) {
		if (others[i] == ADVICE_NONE || others[i] == a->use ||
		    !a->has[others[i]] || (i == 1 && others[0] == others[1]))
			continue;
		percent = saved(a, a->use, others[i]);
		text_printf(to, e, "%s %.1f %% %s than %s",
		    n++ > 0 ? " and" : ",", percent < 0 ? -percent : percent,
		    more_or_less(percent), c->columns->v[others[i]].name);
	}
	return text_printf(to, e, a->together ? ".\n" : "; --total has the "
	    "bundle.\n");
}

static enum err_code
say_archive(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	uint64_t size = c->archive_size, use = a->sizes[a->use];
	double percent = use > 0 ? 100.0 * (double)size / (double)use - 100 :
	    0;

	if (size == 0 || !a->together)
		return e->code;
	if (size == use)
		return text_printf(to, e, "The archive as it is has as many "
		    "bytes.\n");
	return text_printf(to, e, "The archive as it is has %" PRIu64
	    " bytes, %.1f %% %s.\n", size, percent < 0 ? -percent : percent,
	    percent < 0 ? "less" : "more");
}

static enum err_code
say_rival(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	const struct column *rival = &c->columns->v[a->rival];
	char line[512];

	if (a->sizes[a->rival] < a->sizes[a->use])
		snprintf(line, sizeof(line), "%s is smaller, by %" PRIu64
		    " bytes (%.1f %%); whoever reads it needs %s.",
		    rival->name, a->sizes[a->use] - a->sizes[a->rival],
		    saved(a, a->rival, a->use), rival->needs);
	else
		snprintf(line, sizeof(line), "No other codec here is smaller; "
		    "the nearest, %s, makes %.1f %% more.", rival->name,
		    -saved(a, a->rival, a->use));
	return put(to, line, e);
}

static enum err_code
say_packed(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	const struct column *packed = &c->columns->v[a->packed];
	char line[512];

	if (a->sizes[a->packed] >= a->sizes[a->use])
		return e->code;
	snprintf(line, sizeof(line), "With packed weights (%screate --pack) "
	    "it is %" PRIu64 " bytes, %.1f %% less%s; whoever reads it needs "
	    "%s.", c->archive_size > 0 ? "extract it, and " : "",
	    a->sizes[a->packed], saved(a, a->packed, a->use),
	    a->rival != ADVICE_NONE && a->sizes[a->rival] <
	    a->sizes[a->use] && a->sizes[a->packed] < a->sizes[a->rival] ?
	    ", and less than any codec here" : "", packed->needs);
	return put(to, line, e);
}

/* Nothing was asked for that makes a .tar.xz. */
static enum err_code
say_only(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	size_t best = a->rival;
	char line[512];

	if (best == ADVICE_NONE || (a->packed != ADVICE_NONE &&
	    a->sizes[a->packed] < a->sizes[best]))
		best = a->packed;
	if (best == ADVICE_NONE)
		return e->code;
	snprintf(line, sizeof(line), "The smallest of these is %s, with "
	    "%" PRIu64 " bytes; whoever reads it needs %s.  With --codec "
	    "xzbundle the planner takes part.", c->columns->v[best].name,
	    a->sizes[best], c->columns->v[best].needs);
	return put(to, line, e);
}

static enum err_code
say_missing(const struct compare *c, struct buf *to, struct err *e)
{
	const struct column *col;
	char line[512] = "";
	size_t i, n = 0;

	for (i = 0; i < c->columns->n && n < sizeof(line); i++) {
		col = &c->columns->v[i];
		if (!columns_available(col))
			n += (size_t)snprintf(line + n, sizeof(line) - n,
			    "%s %s (%s)", n > 0 ? "," : "Left out, as "
			    "xzbundle was built without them:",
			    col->codec->name, col->codec->package);
	}
	return n > 0 ? put(to, line, e) : e->code;
}

static enum err_code
say_unfinished(const struct compare *c, struct buf *to, struct err *e)
{
	size_t i, n[CELL_MEMORY + 1] = { 0 };
	char line[128];

	for (i = 0; i < c->rows.n * c->columns->n; i++)
		n[c->cells[i].state]++;
	if (!c->complete) {
		snprintf(line, sizeof(line), "Stopped when %zu of %zu were "
		    "done; what is missing may be smaller.", n[CELL_DONE],
		    n[CELL_DONE] + n[CELL_TODO]);
		put(to, line, e);
	}
	if (n[CELL_MEMORY] > 0) {
		snprintf(line, sizeof(line), "%zu of %zu take more than "
		    "--memlimit; with more of it they may be smaller.",
		    n[CELL_MEMORY], n[CELL_MEMORY] + n[CELL_DONE]);
		put(to, line, e);
	}
	return e->code;
}

enum err_code
advice_lines(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	say_unfinished(c, to, e);
	if (a->use != ADVICE_NONE) {
		say_use(c, a, to, e);
		say_archive(c, a, to, e);
		if (a->rival != ADVICE_NONE)
			say_rival(c, a, to, e);
		if (a->packed != ADVICE_NONE)
			say_packed(c, a, to, e);
	} else {
		say_only(c, a, to, e);
	}
	if (c->unpacked)
		put(to, "Some files were not packed: from an archive no more "
		    "than four are; extract it and compare the folder.", e);
	return say_missing(c, to, e);
}

/* --- lists --- */

/* Up to the next space where a line may end: not before an option, as in
 * "xz -6", nor before '%'. */
static size_t
unbroken(const char *text)
{
	size_t n = strcspn(text + 1, " ") + 1;

	while (text[n] == ' ' && (text[n + 1] == '%' || (text[n + 1] == '-' &&
	    text[n + 2] != '-')))
		n += strcspn(text + n + 1, " ") + 1;
	return n;
}

/* Append it, broken where it has spaces, the later lines indented. */
static enum err_code
wrap(struct buf *to, const char *text, struct err *e)
{
	size_t column = 2, n;

	text_printf(to, e, "- ");
	for (; *text != '\0'; text += n) {
		n = unbroken(text);
		if (column + n > WIDTH) {
			text_printf(to, e, "\n  ");
			column = 2;
			text += *text == ' ';
			n = unbroken(text);
		}
		text_printf(to, e, "%.*s", (int)n, text);
		column += n;
	}
	return text_printf(to, e, "\n");
}

enum err_code
advice_text(const struct compare *c, const struct advice *a, struct buf *to,
    struct err *e)
{
	struct buf lines;
	char *line, *rest;

	buf_init(&lines, ADVICE_MAX);
	if (advice_lines(c, a, &lines, e) == ERR_OK &&
	    buf_append(&lines, "", 1, e) == ERR_OK) {
		rest = (char *)lines.data;
		while ((line = strsep(&rest, "\n")) != NULL) {
			if (*line != '\0')
				wrap(to, line, e);
		}
	}
	buf_free(&lines);
	return e->code;
}
