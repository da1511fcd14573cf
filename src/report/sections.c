#include "report/sections.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "report/page.h"
#include "report/picture.h"
#include "report/table.h"

#define CHAIN_MAX 80		/* bytes of markup of a chain */

/* --- the figures in front --- */

/* What is small below a figure follows, and then end_figure(). */
static enum err_code
begin_figure(struct buf *to, const char *what, uint64_t n, const char *unit,
    struct err *e)
{
	text_printf(to, e, "<div><dt>%s</dt><dd data-v=\"%" PRIu64 "\">", what,
	    n);
	page_number(to, n, e);
	return text_printf(to, e, "<small>%s", unit);
}

static enum err_code
end_figure(struct buf *to, struct err *e)
{
	return text_printf(to, e, "</small></dd></div>\n");
}

static enum err_code
put_count(struct buf *to, const char *what, size_t n, const char *more,
    struct err *e)
{
	begin_figure(to, what, n, more, e);
	return end_figure(to, e);
}

/* A figure for bytes, with what the file is of them. */
static enum err_code
put_data(const struct report *r, struct buf *to, const char *what,
    uint64_t raw, struct err *e)
{
	double part;

	begin_figure(to, what, raw, "bytes", e);
	if (raw > 0) {
		part = (double)r->xz->file_size / (double)raw;
		text_printf(to, e, "; ratio %.4f, %.3f bits a byte", part,
		    8 * part);
	}
	return end_figure(to, e);
}

static enum err_code
put_figures(const struct report *r, struct buf *to, struct err *e)
{
	const struct account *a = &r->account;

	text_printf(to, e, "<dl class=\"figures\">\n");
	put_count(to, "File", r->xz->file_size, "bytes", e);
	put_data(r, to, "Data", a->raw_size, e);
	if (r->breakdown.any_packed)
		put_data(r, to, "Data, unpacked", r->breakdown.data_size, e);
	begin_figure(to, "Container", a->container_size, "bytes", e);
	text_printf(to, e, "; %.2f %% of the file",
	    100 * (double)a->container_size / (double)r->xz->file_size);
	end_figure(to, e);
	put_count(to, "Members", r->toc->n_members, "files, directories and "
	    "links", e);
	put_count(to, "Tensors", r->n_tensors, "found in members", e);
	put_count(to, "Blocks", r->xz->n_blocks, "each with a chain", e);
	return text_printf(to, e, "</dl>\n");
}

/* --- the limit --- */

/* The larger one of size and limit is the whole bar. */
static enum err_code
put_limit_bar(uint64_t size, uint64_t limit, struct buf *to, struct err *e)
{
	double whole = (double)num_max(size, limit);
	double within = 100 * (double)num_min(size, limit) / whole;

	text_printf(to, e, "<svg class=\"wide bar\" aria-hidden=\"true\">"
	    "<rect class=\"raw\" width=\"100%%\" height=\"100%%\"/>"
	    "<rect class=\"packed\" width=\"%.3f%%\" height=\"100%%\"/>",
	    within);
	if (size > limit)
		text_printf(to, e, "<rect class=\"over\" x=\"%.3f%%\" "
		    "width=\"%.3f%%\" height=\"100%%\"/>", within,
		    100 - within);
	return text_printf(to, e, "</svg>\n");
}

static enum err_code
put_limit(const struct report *r, struct buf *to, struct err *e)
{
	uint64_t size = r->xz->file_size;
	bool over = size > r->limit;

	text_printf(to, e, "<section>\n<h2>Limit</h2>\n");
	put_limit_bar(size, r->limit, to, e);
	text_printf(to, e, "<p>");
	page_number(to, size, e);
	text_printf(to, e, " of ");
	page_number(to, r->limit, e);
	text_printf(to, e, " bytes, %.2f %%: %s", 100 * (double)size /
	    (double)r->limit, over ? "<strong class=\"alert\">" : "");
	page_number(to, over ? size - r->limit : r->limit - size, e);
	return text_printf(to, e, "%s.</p>\n</section>\n", over ?
	    " bytes too many</strong>" : " bytes of headroom");
}

/* --- the treemap --- */

static enum err_code
put_treemap(const struct report *r, struct buf *to, struct err *e)
{
	text_printf(to, e, "<section>\n<h2>Where the bytes go</h2>\n"
	    "<figure>\n");
	picture_inline(r, false, to, e);
	picture_inline(r, true, to, e);
	text_printf(to, e, "<figcaption><span>Area: bytes of the file. "
	    "Colour: bits for a byte of data.</span>\n");
	picture_legend(to, e);
	return text_printf(to, e, "</figcaption>\n</figure>\n</section>\n");
}

/* --- tables --- */

/* What a table shows: columns as pieces of HTML. */
struct sheet {
	const struct report *r;
	const char *title;
	const char *filter;
	const char *note;
	const char *head;
	size_t n;
	enum err_code (*put)(const struct report *r, size_t rank,
	    struct buf *to, struct err *e);
	struct report_sum (*sum)(const struct report *r, size_t rank);
	/* The cells behind the name, for a sum; n is 0 for none. */
	enum err_code (*put_sum)(const struct report *r,
	    const struct report_sum *sum, struct buf *to, struct err *e);
	uint64_t container, raw;
};

/* With count in front of the name, if it is not 0. */
static enum err_code
put_foot_row(const struct sheet *s, size_t count, const char *name,
    const struct report_sum *sum, struct buf *to, struct err *e)
{
	text_printf(to, e, "<tr><th scope=\"row\">");
	if (count > 0)
		page_number(to, count, e);
	text_printf(to, e, "%s</th>", name);
	s->put_sum(s->r, sum, to, e);
	return text_printf(to, e, "</tr>\n");
}

static enum err_code
put_foot(const struct sheet *s, size_t shown, struct buf *to, struct err *e)
{
	struct report_sum all = s->sum(s->r, 0), rest = s->sum(s->r, shown);
	struct report_sum container = { 0, 0, s->container, 0 };

	text_printf(to, e, "</tbody>\n<tfoot>\n");
	if (rest.n > 0)
		put_foot_row(s, rest.n, " more", &rest, to, e);
	put_foot_row(s, 0, "Container", &container, to, e);
	all.packed = s->r->xz->file_size;
	all.raw = s->raw;
	put_foot_row(s, 0, "Total", &all, to, e);
	return text_printf(to, e, "</tfoot>\n</table>\n</div>\n</section>\n");
}

static enum err_code
put_sheet(const struct sheet *s, struct buf *to, struct err *e)
{
	size_t shown = report_shown(s->n, SECTIONS_ROWS), i;

	text_printf(to, e, "<section>\n<h2>%s</h2>\n<p class=\"note\">%s",
	    s->title, s->note);
	if (shown < s->n) {
		text_printf(to, e, "  The ");
		page_number(to, shown, e);
		text_printf(to, e, " largest of ");
		page_number(to, s->n, e);
		text_printf(to, e, " are here; report --json has all.");
	}
	text_printf(to, e, "</p>\n<div class=\"box\" role=\"region\" "
	    "aria-label=\"%s\" tabindex=\"0\">\n<table class=\"sortable\" "
	    "data-map data-filter=\"%s\">\n<thead>\n<tr>%s</tr>\n</thead>\n"
	    "<tbody>\n", s->title, s->filter, s->head);
	for (i = 0; i < shown && e->code == ERR_OK; i++)
		s->put(s->r, i, to, e);
	return put_foot(s, shown, to, e);
}

#define HEAD(name) "<th scope=\"col\">" name "</th>"
#define HEAD_N(name) "<th scope=\"col\" class=\"n\">" name "</th>"
#define HEAD_PACKED "<th scope=\"col\" class=\"n\" aria-sort=\"descending\" " \
	"data-sum=\"packed\">Packed</th>"

/* Cells for packed and what it is for a byte of raw. */
static enum err_code
put_sizes(struct buf *to, uint64_t raw, uint64_t packed, struct err *e)
{
	page_cell(to, raw, e);
	page_cell(to, packed, e);
	page_cell_ratio(to, packed, raw, 1, 4, e);
	return page_cell_ratio(to, packed, raw, 8, 3, e);
}

static enum err_code
begin_name(struct buf *to, const char *class, struct err *e)
{
	return text_printf(to, e, "<td class=\"%s\"><bdi>", class);
}

static enum err_code
put_name(struct buf *to, const char *name, struct err *e)
{
	begin_name(to, "name", e);
	page_name(to, name, PAGE_NAME_MAX, e);
	return text_printf(to, e, "</bdi></td>");
}

/* Distinct chains of these Blocks. */
static enum err_code
put_chain(struct buf *to, char *const *chains, size_t block, size_t end,
    struct err *e)
{
	struct buf chain;

	buf_init(&chain, (size_t)CHAIN_TEXT_MAX * 8);
	measure_chain(chains, block, end, &chain, e);
	begin_name(to, "chain", e);
	if (chain.size == 0)
		text_printf(to, e, "-");
	else if (buf_append(&chain, "", 1, e) == ERR_OK)
		page_name(to, (const char *)chain.data, CHAIN_MAX, e);
	buf_free(&chain);
	return text_printf(to, e, "</bdi></td>");
}

/* --- members --- */

/* Raw and packed bytes; the widest bar of all is the largest member's. */
static enum err_code
put_bar(struct buf *to, uint64_t raw, uint64_t packed, uint64_t widest,
    struct err *e)
{
	double whole = (double)num_max(widest, 1);

	return text_printf(to, e, "<td class=\"bars\"><svg class=\"bar\" "
	    "aria-hidden=\"true\"><rect class=\"raw\" width=\"%.2f%%\" "
	    "height=\"100%%\"/><rect class=\"packed\" width=\"%.2f%%\" "
	    "height=\"100%%\"/></svg></td>", 100 * (double)raw / whole,
	    100 * (double)packed / whole);
}

static enum err_code
put_member(const struct report *r, size_t rank, struct buf *to,
    struct err *e)
{
	size_t i = r->members[rank];
	const struct tarread_member *m = &r->toc->members[i];
	const struct account_row *row = &r->account.rows[i];

	text_printf(to, e, "<tr data-k=\"m%zu\">", i);
	put_name(to, m->name, e);
	put_bar(to, m->size, row->packed_size, r->widest, e);
	put_sizes(to, m->size, row->packed_size, e);
	text_printf(to, e, "<td>%s</td>", table_type(m->type));
	put_chain(to, r->account.chains, row->block, row->block_end, e);
	return text_printf(to, e, "</tr>\n");
}

static enum err_code
sum_members(const struct report *r, const struct report_sum *sum,
    struct buf *to, struct err *e)
{
	(void)r;
	text_printf(to, e, "<td class=\"bars\"></td>");
	put_sizes(to, sum->raw, sum->packed, e);
	return text_printf(to, e, "<td></td><td></td>");
}

static enum err_code
put_members(const struct report *r, struct buf *to, struct err *e)
{
	const struct sheet s = {
		.r = r, .title = "Members", .filter = "Filter members",
		.note = "<span class=\"key raw\"></span>raw and "
		    "<span class=\"key packed\"></span>packed bytes.  Members "
		    "that share a Block have what the decoder took for each.",
		.head = HEAD("Name") "<td class=\"bars\"></td>" HEAD_N("Raw")
		    HEAD_PACKED HEAD_N("Ratio") HEAD_N("Bits/byte") HEAD("Type")
		    HEAD("Chain"),
		.n = r->toc->n_members, .put = put_member,
		.sum = report_sum_members, .put_sum = sum_members,
		.container = r->account.container_size,
		.raw = r->account.raw_size,
	};

	return put_sheet(&s, to, e);
}

/* --- tensors --- */

static enum err_code
put_row(const struct report *r, size_t rank, struct buf *to, struct err *e)
{
	size_t i = r->rows[rank];
	const struct breakdown_row *row = &r->breakdown.rows[i];

	text_printf(to, e, "<tr data-k=\"t%zu\">", i);
	put_name(to, row->kind == PART_MEMBER ? "(all)" :
	    row->kind == PART_REST ? "(rest)" :
	    row->tensor != NULL ? row->tensor : "(numbers)", e);
	put_name(to, row->member, e);
	text_printf(to, e, "<td><bdi>");
	page_name(to, row->dtype != NULL ? row->dtype : "-", 40, e);
	text_printf(to, e, "</bdi></td>");
	if (r->breakdown.any_packed)
		text_printf(to, e, "<td>%s</td>", row->packing != NULL ?
		    row->packing : "-");
	put_sizes(to, row->raw_size, row->packed_size, e);
	if (row->has_bound)
		page_cell(to, row->bound, e);
	else
		page_cell_none(to, e);
	put_chain(to, r->breakdown.chains, row->block, row->block_end, e);
	return text_printf(to, e, "</tr>\n");
}

static enum err_code
sum_rows(const struct report *r, const struct report_sum *sum, struct buf *to,
    struct err *e)
{
	text_printf(to, e, "<td></td><td></td>%s", r->breakdown.any_packed ?
	    "<td></td>" : "");
	put_sizes(to, sum->raw, sum->packed, e);
	if (sum->n > 0)
		page_cell(to, sum->bound, e);
	else
		page_cell_none(to, e);
	return text_printf(to, e, "<td></td>");
}

#define ROWS_HEAD HEAD("Name") HEAD("Member") HEAD("Type")
#define ROWS_TAIL HEAD_N("Raw") HEAD_PACKED HEAD_N("Ratio") \
	HEAD_N("Bits/byte") HEAD_N("Order-0 bound") HEAD("Chain")

static enum err_code
put_rows(const struct report *r, struct buf *to, struct err *e)
{
	const struct sheet s = {
		.r = r, .title = "Tensors", .filter = "Filter tensors",
		.note = "Tensors, what is left of their members, and members "
		    "without any.  The bound is what bytes take that are coded "
		    "by how often each value occurs, and by nothing else.",
		.head = r->breakdown.any_packed ?
		    ROWS_HEAD HEAD("Packing") ROWS_TAIL : ROWS_HEAD ROWS_TAIL,
		.n = r->breakdown.n_rows, .put = put_row,
		.sum = report_sum_rows, .put_sum = sum_rows,
		.container = r->breakdown.rows_container,
		.raw = r->breakdown.data_size,
	};

	return put_sheet(&s, to, e);
}

/* --- Blocks --- */

/* How far above the bound, in percent. */
static enum err_code
put_over(struct buf *to, uint64_t packed, uint64_t bound, struct err *e)
{
	double over;

	if (bound == 0)
		return page_cell_none(to, e);
	over = (double)packed / (double)bound - 1;
	return text_printf(to, e, "<td class=\"n\" data-v=\"%.6g\">%+.2f %%"
	    "</td>", over, 100 * over);
}

static enum err_code
put_block_sizes(struct buf *to, uint64_t raw, uint64_t packed, uint64_t bound,
    struct err *e)
{
	page_cell(to, raw, e);
	page_cell(to, packed, e);
	if (bound > 0)
		page_cell(to, bound, e);
	else
		page_cell_none(to, e);
	return put_over(to, packed, bound, e);
}

static enum err_code
put_block(const struct report *r, size_t rank, struct buf *to, struct err *e)
{
	size_t i = r->blocks[rank];
	const struct breakdown_block *b = &r->breakdown.blocks[i];

	text_printf(to, e, "<tr>");
	page_cell(to, i + 1, e);
	put_block_sizes(to, b->raw_size, b->packed_size, b->bound, e);
	page_cell(to, b->n_members, e);
	page_cell(to, b->n_tensors, e);
	put_chain(to, r->breakdown.chains, i, i + 1, e);
	put_name(to, b->member != NULL ? b->member : "-", e);
	return text_printf(to, e, "</tr>\n");
}

static enum err_code
sum_blocks(const struct report *r, const struct report_sum *sum,
    struct buf *to, struct err *e)
{
	(void)r;
	put_block_sizes(to, sum->raw, sum->packed, sum->bound, e);
	return text_printf(to, e, "<td></td><td></td><td></td><td></td>");
}

static enum err_code
put_blocks(const struct report *r, struct buf *to, struct err *e)
{
	const struct sheet s = {
		.r = r, .title = "Blocks", .filter = "Filter Blocks",
		.note = "Each Block has a chain of its own.  Raw has the "
		    "headers of the tar too, packed those of the Block; over "
		    "is how far packed is above the order-0 bound.",
		.head = HEAD_N("Block") HEAD_N("Raw") HEAD_PACKED
		    HEAD_N("Order-0 bound") HEAD_N("Over") HEAD_N("Members")
		    HEAD_N("Tensors") HEAD("Chain") HEAD("First member"),
		.n = r->xz->n_blocks, .put = put_block,
		.sum = report_sum_blocks, .put_sum = sum_blocks,
		.container = r->breakdown.blocks_container,
		.raw = report_sum_blocks(r, 0).raw,
	};

	return put_sheet(&s, to, e);
}

enum err_code
sections_html(const struct report *r, struct buf *to, struct err *e)
{
	put_figures(r, to, e);
	if (report_has_limit(r))
		put_limit(r, to, e);
	if (put_treemap(r, to, e) == ERR_OK &&
	    put_members(r, to, e) == ERR_OK &&
	    (r->n_tensors == 0 || put_rows(r, to, e) == ERR_OK))
		put_blocks(r, to, e);
	return e->code;
}
