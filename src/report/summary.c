#include "report/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"

#define CELL 32			/* bytes of a formatted number */
#define TEXT_MAX ((size_t)64 << 20)	/* bytes of a name, by far */

/* Columns that are left for names and chains. */
#define MEMBER_WIDTH 37
#define TENSOR_WIDTH 29
#define CHAIN_WIDTH 31

/* --- cells --- */

/* v with so many decimals, in seven columns, whatever it is; "-" if there is
 * none. */
static void
put_real(char cell[CELL], bool any, double v, int digits, const char *sign)
{
	sign = v < 0 ? "" : sign;
	if (!any)
		snprintf(cell, CELL, "-");
	else if (v < 1e6)
		snprintf(cell, CELL, "%s%.*f", sign, v < 1000 ? digits : 0,
		    v);
	else
		snprintf(cell, CELL, "%s%.0e", sign, v);
}

/* packed times factor for each of raw. */
static void
ratio(char cell[CELL], uint64_t packed, uint64_t raw, double factor,
    int digits)
{
	put_real(cell, raw > 0, factor * (double)packed /
	    (double)num_max(raw, 1), digits, "");
}

/* Append escaped text, of which as much is left out in front as has to be. */
static enum err_code
put_end(struct buf *to, const char *p, size_t width, struct err *e)
{
	const char *end = text_last(p, width);

	if (end == p)
		return text_printf(to, e, "%s\n", p);
	return text_printf(to, e, "...%s\n", text_last(p, width - 3));
}

static enum err_code
put_name(struct buf *to, const char *name, const char *tensor, size_t width,
    struct err *e)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	text_escape_name(&text, name, e);
	if (tensor != NULL && text_printf(&text, e, ": ") == ERR_OK)
		text_escape(&text, tensor, e);
	if (buf_append(&text, "", 1, e) == ERR_OK)
		put_end(to, (const char *)text.data, width, e);
	buf_free(&text);
	return e->code;
}

/* PACKED and its part of the file. */
static enum err_code
put_packed(const struct report *r, struct buf *to, uint64_t packed,
    struct err *e)
{
	char part[CELL];

	ratio(part, packed, r->xz->file_size, 100, 2);
	return text_printf(to, e, "%12" PRIu64 " %6s ", packed, part);
}

static enum err_code
put_line(const struct report *r, struct buf *to, uint64_t packed,
    uint64_t raw, struct err *e)
{
	char bits[CELL];

	ratio(bits, packed, raw, 8, 3);
	put_packed(r, to, packed, e);
	return text_printf(to, e, "%12" PRIu64 " %7s  ", raw, bits);
}

/* --- the sizes --- */

static enum err_code
put_limit(const struct report *r, struct buf *to, struct err *e)
{
	uint64_t size = r->xz->file_size;
	char part[CELL];

	ratio(part, size, r->limit, 100, 2);
	text_printf(to, e, "limit     %12" PRIu64 " bytes, %s %% used; ",
	    r->limit, part);
	if (size > r->limit)
		return text_printf(to, e, "%" PRIu64 " too many\n",
		    size - r->limit);
	return text_printf(to, e, "%" PRIu64 " left\n", r->limit - size);
}

static enum err_code
put_sizes(const struct report *r, struct buf *to, struct err *e)
{
	const struct account *a = &r->account;
	uint64_t size = r->xz->file_size;
	char share[CELL], bits[CELL], part[CELL];

	ratio(share, size, a->raw_size, 1, 4);
	ratio(bits, size, a->raw_size, 8, 3);
	ratio(part, a->container_size, size, 100, 2);
	text_printf(to, e, "file      %12" PRIu64 " bytes\n", size);
	if (report_has_limit(r))
		put_limit(r, to, e);
	text_printf(to, e, "data      %12" PRIu64 " bytes; ratio %s, %s bits "
	    "a byte\n", a->raw_size, share, bits);
	if (r->breakdown.any_packed) {
		ratio(share, size, r->breakdown.data_size, 1, 4);
		ratio(bits, size, r->breakdown.data_size, 8, 3);
		text_printf(to, e, "unpacked  %12" PRIu64 " bytes; ratio %s, "
		    "%s bits a byte\n", r->breakdown.data_size, share, bits);
	}
	text_printf(to, e, "container %12" PRIu64 " bytes, %s %% of the "
	    "file\n", a->container_size, part);
	return text_printf(to, e, "in it     %zu member%s, %zu tensor%s, %zu "
	    "Block%s\n", r->toc->n_members,
	    r->toc->n_members == 1 ? "" : "s", r->n_tensors,
	    r->n_tensors == 1 ? "" : "s", r->xz->n_blocks,
	    r->xz->n_blocks == 1 ? "" : "s");
}

/* --- what is largest --- */

static enum err_code
put_members(const struct report *r, struct buf *to, struct err *e)
{
	size_t n = report_shown(r->toc->n_members, SUMMARY_ROWS), i, at;
	struct report_sum rest = report_sum_members(r, n);

	text_printf(to, e, "\n%12s %6s %12s %7s  %s\n", "PACKED", "%", "RAW",
	    "BITS", "MEMBER");
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		at = r->members[i];
		put_line(r, to, r->account.rows[at].packed_size,
		    r->toc->members[at].size, e);
		put_name(to, r->toc->members[at].name, NULL, MEMBER_WIDTH, e);
	}
	if (rest.n > 0) {
		put_line(r, to, rest.packed, rest.raw, e);
		text_printf(to, e, "(%zu more)\n", rest.n);
	}
	put_line(r, to, r->account.container_size, 0, e);
	text_printf(to, e, "(container)\n");
	put_line(r, to, r->xz->file_size, r->account.raw_size, e);
	return text_printf(to, e, "(total)\n");
}

/* Is it what a type looks like? */
static bool
plain(const char *dtype)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_<>|=";

	return dtype != NULL && dtype[0] != '\0' &&
	    dtype[strspn(dtype, letters)] == '\0';
}

static enum err_code
put_tensor(const struct report *r, size_t i, struct buf *to, struct err *e)
{
	const struct breakdown_row *row = &r->breakdown.rows[i];

	put_line(r, to, row->packed_size, row->raw_size, e);
	text_printf(to, e, "%-6.6s  ", plain(row->dtype) ? row->dtype : "-");
	return put_name(to, row->member, row->kind == PART_REST ? "(rest)" :
	    row->kind == PART_MEMBER ? NULL :
	    row->tensor != NULL ? row->tensor : "(numbers)", TENSOR_WIDTH, e);
}

static enum err_code
put_tensors(const struct report *r, struct buf *to, struct err *e)
{
	size_t n = report_shown(r->breakdown.n_rows, SUMMARY_ROWS), i;
	struct report_sum rest = report_sum_rows(r, n);

	text_printf(to, e, "\n%12s %6s %12s %7s  %-6s  %s\n", "PACKED", "%",
	    "RAW", "BITS", "DTYPE", "TENSOR");
	for (i = 0; i < n && e->code == ERR_OK; i++)
		put_tensor(r, r->rows[i], to, e);
	if (rest.n > 0) {
		put_line(r, to, rest.packed, rest.raw, e);
		text_printf(to, e, "%-6s  (%zu more)\n", "-", rest.n);
	}
	put_line(r, to, r->breakdown.rows_container, 0, e);
	text_printf(to, e, "%-6s  (container)\n", "-");
	put_line(r, to, r->xz->file_size, r->breakdown.data_size, e);
	return text_printf(to, e, "%-6s  (total)\n", "-");
}

/* BLOCK may be text. */
static enum err_code
put_block(const struct report *r, struct buf *to, const char *number,
    uint64_t packed, uint64_t raw, uint64_t bound, const char *chain,
    struct err *e)
{
	char over[CELL];

	put_real(over, bound > 0, 100 * ((double)packed /
	    (double)num_max(bound, 1) - 1), 2, "+");
	put_packed(r, to, packed, e);
	return text_printf(to, e, "%12" PRIu64 " %8s %5s  %.*s%s\n", raw,
	    over, number, strlen(chain) > CHAIN_WIDTH ? CHAIN_WIDTH - 3 :
	    CHAIN_WIDTH, chain, strlen(chain) > CHAIN_WIDTH ? "..." : "");
}

static enum err_code
put_blocks(const struct report *r, struct buf *to, struct err *e)
{
	size_t n = report_shown(r->xz->n_blocks, SUMMARY_ROWS), i;
	struct report_sum rest = report_sum_blocks(r, n);
	struct report_sum all = report_sum_blocks(r, 0);
	const struct breakdown_block *b;
	char text[CELL];

	text_printf(to, e, "\n%12s %6s %12s %8s %5s  %s\n", "PACKED", "%",
	    "RAW", "OVER %", "BLOCK", "CHAIN");
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		b = &r->breakdown.blocks[r->blocks[i]];
		snprintf(text, sizeof(text), "%zu", r->blocks[i] + 1);
		put_block(r, to, text, b->packed_size, b->raw_size, b->bound,
		    b->chain, e);
	}
	snprintf(text, sizeof(text), "(%zu more)", rest.n);
	if (rest.n > 0)
		put_block(r, to, "-", rest.packed, rest.raw, rest.bound, text,
		    e);
	put_block(r, to, "-", r->breakdown.blocks_container, 0, 0,
	    "(container)", e);
	return put_block(r, to, "-", r->xz->file_size, all.raw, all.bound,
	    "(total)", e);
}

enum err_code
summary_text(const struct report *r, struct buf *to, struct err *e)
{
	if (put_sizes(r, to, e) == ERR_OK && put_members(r, to, e) == ERR_OK &&
	    (r->n_tensors == 0 || put_tensors(r, to, e) == ERR_OK))
		put_blocks(r, to, e);
	return e->code;
}
