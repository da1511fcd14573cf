#include "cli/packtable.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/jsonname.h"
#include "base/text.h"

#define CELL 32			/* bytes of one that holds a number */

/* The sums of all tensors that were tried. */
struct sums {
	size_t n;
	uint64_t raw, none, best;
	struct baseline baseline;
};

static void
add(uint64_t *sum, uint64_t n)
{
	*sum = n == BASELINE_NONE || *sum == BASELINE_NONE ? BASELINE_NONE :
	    *sum + n;
}

static struct sums
sum_rows(const struct recode_result *res)
{
	const struct recode_row *row;
	struct sums s;
	size_t i;

	memset(&s, 0, sizeof(s));
	for (i = 0; i < res->n_rows; i++) {
		row = &res->rows[i];
		if (row->name == NULL)
			continue;
		s.n++;
		s.raw += row->tensor.size;
		s.none += search_cost(&row->candidates[0]);
		s.best += search_cost(&row->candidates[row->best]);
		add(&s.baseline.order0, row->baseline.order0);
		add(&s.baseline.zlib, row->baseline.zlib);
		add(&s.baseline.lzma, row->baseline.lzma);
	}
	return s;
}

static enum err_code
put_shape(struct buf *to, const struct tensor *t, struct err *e)
{
	size_t i;

	text_printf(to, e, "[");
	for (i = 0; i < t->n_dims; i++)
		text_printf(to, e, "%s%" PRIu64, i > 0 ? "," : "",
		    t->shape[i]);
	return text_printf(to, e, "]");
}

static const char *
packing_name(const struct search_candidate *c)
{
	return c->packing != NULL ? c->packing->name : "none";
}

/* --- text --- */

static enum err_code
put_cell(struct buf *to, const char *before, uint64_t n, struct err *e)
{
	char cell[CELL];

	if (n == BASELINE_NONE)
		snprintf(cell, sizeof(cell), "-");
	else
		snprintf(cell, sizeof(cell), "%s%" PRIu64, before, n);
	return text_printf(to, e, "%8s", cell);
}

static enum err_code
put_baseline(struct buf *to, const struct baseline *b, struct err *e)
{
	put_cell(to, "", b->order0, e);
	text_printf(to, e, " ");
	put_cell(to, "", b->zlib, e);
	text_printf(to, e, " ");
	return put_cell(to, "", b->lzma, e);
}

/* The best of a packing's ways, or n when there is none. */
static size_t
best_way(const struct recode_row *row, const struct packing *p)
{
	size_t i, best = row->n;

	for (i = 0; i < row->n; i++) {
		if (row->candidates[i].packing == p && (best == row->n ||
		    i == row->best || (best != row->best &&
		    search_cost(&row->candidates[i]) <
		    search_cost(&row->candidates[best]))))
			best = i;
	}
	return best;
}

static enum err_code
put_packing(struct buf *to, const struct recode_row *row,
    const struct packing *p, struct err *e)
{
	size_t i = best_way(row, p);

	text_printf(to, e, " ");
	if (i == row->n)
		return put_cell(to, "", BASELINE_NONE, e);
	return put_cell(to, i == row->best ? "*" :
	    row->candidates[i].weigh.sampled ? "~" : "",
	    search_cost(&row->candidates[i]), e);
}

static enum err_code
text_row(const struct recode_row *row, struct buf *to, struct err *e)
{
	const struct packing *const *p;

	text_escape_name(to, row->name, e);
	text_printf(to, e, ": %s ", row->tensor.dtype);
	put_shape(to, &row->tensor, e);
	text_printf(to, e, ", %" PRIu64 " bytes: %s\n", row->tensor.size,
	    row->candidates[row->best].way);
	put_baseline(to, &row->baseline, e);
	put_packing(to, row, NULL, e);
	for (p = packing_all; *p != NULL; p++)
		put_packing(to, row, *p, e);
	return text_printf(to, e, "\n");
}

enum err_code
packtable_text(const struct recode_result *res, struct buf *to, struct err *e)
{
	struct sums s = sum_rows(res);
	size_t i;

	text_printf(to, e, "%8s %8s %8s %8s %8s %8s %8s %8s %8s\n", "ORDER-0",
	    "ZLIB-9", "LZMA-9", "NONE", "BITS", "BASE3", "BITMASK", "RANS",
	    "PLANES");
	for (i = 0; i < res->n_rows && e->code == ERR_OK; i++) {
		if (res->rows[i].name != NULL)
			text_row(&res->rows[i], to, e);
	}
	text_printf(to, e, "%zu tensor%s, %" PRIu64 " bytes: %" PRIu64
	    " in the bundle\n", s.n, s.n == 1 ? "" : "s", s.raw, s.best);
	put_baseline(to, &s.baseline, e);
	text_printf(to, e, " ");
	put_cell(to, "", s.none, e);
	text_printf(to, e, "\n");
	if (res->left_size > 0)
		text_printf(to, e, "others, which nothing was tried on: %"
		    PRIu64 " bytes\n", res->left_size);
	if (res->outcome == RECODE_PACKED)
		return text_printf(to, e, "header: %" PRIu64 " bytes before, %"
		    PRIu64 " with the recipe\n", res->header_before,
		    res->header_after);
	return text_printf(to, e, "not packed: nothing would be gained\n");
}

/* --- TSV --- */

/* The columns that say which tensor. */
static enum err_code
tsv_tensor(struct buf *to, const char *kind, const struct recode_row *row,
    struct err *e)
{
	text_printf(to, e, "%s\t", kind);
	text_escape(to, row->name, e);
	text_printf(to, e, "\t%s\t", row->tensor.dtype);
	put_shape(to, &row->tensor, e);
	return text_printf(to, e, "\t%" PRIu64 "\t", row->tensor.size);
}

static enum err_code
tsv_end(struct buf *to, const char *packing, const char *way, uint64_t n,
    const char *flags, struct err *e)
{
	char cell[CELL];

	snprintf(cell, sizeof(cell), "%" PRIu64, n);
	return text_printf(to, e, "%s\t%s\t%s\t%s\n", packing, way,
	    n == BASELINE_NONE ? "-" : cell, flags);
}

static enum err_code
tsv_row(const struct recode_row *row, struct buf *to, struct err *e)
{
	const struct search_candidate *c;
	char flags[8];
	size_t i;

	tsv_tensor(to, "baseline", row, e);
	tsv_end(to, "-", "order-0", row->baseline.order0, "-\t-", e);
	tsv_tensor(to, "baseline", row, e);
	tsv_end(to, "-", "zlib -9", row->baseline.zlib, "-\t-", e);
	tsv_tensor(to, "baseline", row, e);
	tsv_end(to, "-", "lzma preset 9", row->baseline.lzma, "-\t-", e);
	for (i = 0; i < row->n && e->code == ERR_OK; i++) {
		c = &row->candidates[i];
		snprintf(flags, sizeof(flags), "%d\t%d", c->weigh.sampled,
		    i == row->best);
		tsv_tensor(to, "candidate", row, e);
		tsv_end(to, packing_name(c), c->way, search_cost(c), flags, e);
	}
	return e->code;
}

enum err_code
packtable_tsv(const struct recode_result *res, struct buf *to, struct err *e)
{
	struct sums s = sum_rows(res);
	struct { const char *way; uint64_t n; } totals[] = {
		{ "order-0", s.baseline.order0 },
		{ "zlib -9", s.baseline.zlib },
		{ "lzma preset 9", s.baseline.lzma },
		{ "none", s.none }, { "best", s.best },
	};
	size_t i;

	text_printf(to, e, "#kind\ttensor\tdtype\tshape\traw\tpacking\tway\t"
	    "bytes\tsampled\tchosen\n");
	for (i = 0; i < res->n_rows && e->code == ERR_OK; i++) {
		if (res->rows[i].name != NULL)
			tsv_row(&res->rows[i], to, e);
	}
	for (i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		text_printf(to, e, "total\t-\t-\t-\t%" PRIu64 "\t", s.raw);
		tsv_end(to, "-", totals[i].way, totals[i].n, "-\t-", e);
	}
	text_printf(to, e, "header\t-\t-\t-\t-\t");
	tsv_end(to, "-", "none", res->header_before, "-\t-", e);
	text_printf(to, e, "header\t-\t-\t-\t-\t");
	return tsv_end(to, "-", "best", res->header_after, "-\t-", e);
}

/* --- JSON --- */

static json_t *
number(uint64_t n)
{
	return n == BASELINE_NONE ? json_null() : json_integer((json_int_t)n);
}

static int
put_baseline_json(json_t *o, const struct baseline *b)
{
	return json_object_set_new(o, "order0_bytes", number(b->order0)) |
	    json_object_set_new(o, "zlib_bytes", number(b->zlib)) |
	    json_object_set_new(o, "lzma_bytes", number(b->lzma));
}

static json_t *
candidate_json(const struct search_candidate *c, int *r)
{
	json_t *o = json_object();

	*r |= json_object_set_new(o, "packing", json_string(packing_name(c)));
	*r |= json_object_set_new(o, "way", json_string(c->way));
	*r |= json_object_set_new(o, "bytes", number(search_cost(c)));
	*r |= json_object_set_new(o, "sampled",
	    json_boolean(c->weigh.sampled));
	return o;
}

static json_t *
row_json(const struct recode_row *row, int *r, struct err *e)
{
	json_t *o = json_object(), *shape = json_array(), *list = json_array();
	size_t i;

	*r |= jsonname_put(o, "name", NULL, row->name, e);
	*r |= json_object_set_new(o, "dtype", json_string(row->tensor.dtype));
	for (i = 0; i < row->tensor.n_dims; i++)
		*r |= json_array_append_new(shape,
		    number(row->tensor.shape[i]));
	*r |= json_object_set_new(o, "shape", shape);
	*r |= json_object_set_new(o, "raw_bytes", number(row->tensor.size));
	*r |= put_baseline_json(o, &row->baseline);
	*r |= json_object_set_new(o, "chosen",
	    json_string(row->candidates[row->best].way));
	for (i = 0; i < row->n; i++)
		*r |= json_array_append_new(list,
		    candidate_json(&row->candidates[i], r));
	*r |= json_object_set_new(o, "candidates", list);
	return o;
}

enum err_code
packtable_json(const struct recode_result *res, struct buf *to, struct err *e)
{
	json_t *o = json_object(), *total = json_object();
	json_t *list = json_array();
	struct sums s = sum_rows(res);
	size_t i;
	int r;

	r = json_object_set_new(o, "packed",
	    json_boolean(res->outcome == RECODE_PACKED));
	r |= json_object_set_new(o, "header_before_bytes",
	    number(res->header_before));
	r |= json_object_set_new(o, "header_after_bytes",
	    number(res->header_after));
	r |= json_object_set_new(total, "raw_bytes", number(s.raw));
	r |= put_baseline_json(total, &s.baseline);
	r |= json_object_set_new(total, "none_bytes", number(s.none));
	r |= json_object_set_new(total, "best_bytes", number(s.best));
	r |= json_object_set_new(o, "total", total);
	for (i = 0; i < res->n_rows && r == 0; i++) {
		if (res->rows[i].name != NULL)
			r |= json_array_append_new(list,
			    row_json(&res->rows[i], &r, e));
	}
	r |= json_object_set_new(o, "tensors", list);
	if (r == 0)
		r = json_dump_callback(o, buf_sink, to, JSON_INDENT(1) |
		    JSON_ENSURE_ASCII);
	json_decref(o);
	return r != 0 ? err_nomem(e) : buf_append(to, "\n", 1, e);
}
