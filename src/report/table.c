#include "report/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define CELL 32			/* bytes of a formatted number */

const char *
table_type(enum tarread_type type)
{
	switch (type) {
	case TARREAD_FILE:
		return "file";
	case TARREAD_DIR:
		return "dir";
	case TARREAD_SYMLINK:
		return "symlink";
	case TARREAD_HARDLINK:
		return "hardlink";
	default:
		return "other";
	}
}

const char *
table_kind(enum part_kind kind)
{
	switch (kind) {
	case PART_TENSOR:
		return "tensor";
	case PART_REST:
		return "rest";
	default:
		return "member";
	}
}

/* packed / raw with digits decimals times factor; "-" for nothing. */
static void
ratio(char cell[CELL], uint64_t packed, uint64_t raw, double factor,
    int digits)
{
	if (raw == 0)
		snprintf(cell, CELL, "-");
	else
		snprintf(cell, CELL, "%.*f", digits,
		    factor * (double)packed / (double)raw);
}

static enum err_code
text_line(struct buf *to, uint64_t raw, uint64_t packed, bool apportioned,
    const char *check, const char *chain, struct err *e)
{
	char share[CELL], bits[CELL], size[CELL];

	ratio(share, packed, raw, 1, 4);
	ratio(bits, packed, raw, 8, 3);
	snprintf(size, sizeof(size), "%s%" PRIu64, apportioned ? "~" : "",
	    packed);
	return text_printf(to, e, "%12" PRIu64 " %12s %7s %6s  %-6s  %-36s  ",
	    raw, size, share, bits, check, chain);
}

static enum err_code
text_row(const struct account *a, size_t i, struct buf *to, struct err *e)
{
	const struct tarread_member *m = &a->toc->members[i];
	const struct account_row *row = &a->rows[i];
	struct buf chain;

	buf_init(&chain, (size_t)CHAIN_TEXT_MAX * 8);
	if (account_chain(a, row, &chain, e) == ERR_OK &&
	    buf_append(&chain, "", 1, e) == ERR_OK &&
	    text_line(to, m->size, row->packed_size, row->apportioned,
	    account_check(a, row), (const char *)chain.data, e) == ERR_OK)
		text_escape_name(to, m->name, e);
	buf_free(&chain);
	if (m->type == TARREAD_DIR && e->code == ERR_OK)
		text_printf(to, e, "/");
	if (m->link != NULL && e->code == ERR_OK &&
	    text_printf(to, e, " %s ", m->type == TARREAD_SYMLINK ? "->" :
	    "==") == ERR_OK)
		text_escape_name(to, m->link, e);
	return text_printf(to, e, "\n");
}

enum err_code
table_text(const struct account *a, struct buf *to, struct err *e)
{
	const struct xzread *xz = a->xz;
	char count[64];
	size_t i;

	text_printf(to, e, "%12s %12s %7s %6s  %-6s  %-36s  %s\n", "RAW",
	    "PACKED", "RATIO", "BITS", "CHECK", "CHAIN", "NAME");
	for (i = 0; i < a->toc->n_members && e->code == ERR_OK; i++)
		text_row(a, i, to, e);
	snprintf(count, sizeof(count), "%zu Block%s", xz->n_blocks,
	    xz->n_blocks == 1 ? "" : "s");
	text_line(to, 0, a->container_size, false, "", count, e);
	text_printf(to, e, "(container: headers, Index, Footer, tar end)\n");
	snprintf(count, sizeof(count), "%zu member%s", a->toc->n_members,
	    a->toc->n_members == 1 ? "" : "s");
	text_line(to, a->raw_size, xz->file_size, false, "", count, e);
	return text_printf(to, e, "(total)\n");
}

static enum err_code
tsv_line(struct buf *to, const char *kind, uint64_t raw, uint64_t packed,
    struct err *e)
{
	char share[CELL], bits[CELL];

	ratio(share, packed, raw, 1, 6);
	ratio(bits, packed, raw, 8, 6);
	return text_printf(to, e, "%s\t-\t-\t%" PRIu64 "\t%" PRIu64
	    "\t%s\t%s\t-\t-\t-\n", kind, raw, packed, share, bits);
}

static enum err_code
tsv_row(const struct account *a, size_t i, struct buf *to, struct err *e)
{
	const struct tarread_member *m = &a->toc->members[i];
	const struct account_row *row = &a->rows[i];
	char share[CELL], bits[CELL];

	ratio(share, row->packed_size, m->size, 1, 6);
	ratio(bits, row->packed_size, m->size, 8, 6);
	text_printf(to, e, "member\t");
	text_escape_name(to, m->name, e);
	text_printf(to, e, "\t%s\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t",
	    table_type(m->type), m->size, row->packed_size, share, bits);
	account_chain(a, row, to, e);
	return text_printf(to, e, "\t%s\t%d\n", account_check(a, row),
	    row->apportioned);
}

enum err_code
table_tsv(const struct account *a, struct buf *to, struct err *e)
{
	size_t i;

	text_printf(to, e, "#kind\tname\ttype\traw\tpacked\tratio\tbits\t"
	    "chain\tcheck\tapportioned\n");
	for (i = 0; i < a->toc->n_members && e->code == ERR_OK; i++)
		tsv_row(a, i, to, e);
	tsv_line(to, "container", 0, a->container_size, e);
	return tsv_line(to, "total", a->raw_size, a->xz->file_size, e);
}

/* --- by Blocks --- */

/* How far above the bound, in percent or as a fraction; "-" without one. */
static void
above(char cell[CELL], uint64_t packed, uint64_t bound, bool percent)
{
	double over;

	if (bound == 0) {
		snprintf(cell, CELL, "-");
		return;
	}
	over = (double)packed / (double)bound - 1;
	if (percent)
		snprintf(cell, CELL, "%+.2f%%", 100 * over);
	else
		snprintf(cell, CELL, "%.6f", over);
}

/* The sums of the Blocks, for the total. */
static void
sum_blocks(const struct breakdown *b, uint64_t *raw, uint64_t *bound)
{
	size_t i;

	*raw = *bound = 0;
	for (i = 0; i < b->xz->n_blocks; i++) {
		*raw += b->blocks[i].raw_size;
		*bound += b->blocks[i].bound;
	}
}

static enum err_code
blocks_line(struct buf *to, const char *number, uint64_t raw,
    uint64_t packed, uint64_t bound, struct err *e)
{
	char over[CELL];

	above(over, packed, bound, true);
	return text_printf(to, e, "%6s %12" PRIu64 " %12" PRIu64 " %12"
	    PRIu64 " %8s ", number, raw, packed, bound, over);
}

static enum err_code
blocks_row(const struct breakdown *b, size_t i, struct buf *to,
    struct err *e)
{
	const struct breakdown_block *row = &b->blocks[i];
	char number[CELL];

	snprintf(number, sizeof(number), "%zu", i + 1);
	blocks_line(to, number, row->raw_size, row->packed_size, row->bound,
	    e);
	text_printf(to, e, "%7zu %7zu  %-36s  ", row->n_members,
	    row->n_tensors, row->chain);
	if (row->member == NULL)
		return text_printf(to, e, "(no data of members)\n");
	text_escape_name(to, row->member, e);
	if (row->n_members > 1)
		text_printf(to, e, " (+%zu more)", row->n_members - 1);
	return text_printf(to, e, "\n");
}

enum err_code
table_blocks_text(const struct breakdown *b, struct buf *to, struct err *e)
{
	uint64_t raw, bound;
	size_t i;

	text_printf(to, e, "%6s %12s %12s %12s %8s %7s %7s  %-36s  %s\n",
	    "BLOCK", "RAW", "PACKED", "BOUND", "OVER", "MEMBERS", "TENSORS",
	    "CHAIN", "NAME");
	for (i = 0; i < b->xz->n_blocks && e->code == ERR_OK; i++)
		blocks_row(b, i, to, e);
	sum_blocks(b, &raw, &bound);
	blocks_line(to, "-", 0, b->blocks_container, 0, e);
	text_printf(to, e, "%7s %7s  %-36s  (container: Stream Header, "
	    "Index, Footer)\n", "-", "-", "");
	blocks_line(to, "-", raw, b->xz->file_size, bound, e);
	return text_printf(to, e, "%7s %7s  %-36s  (total)\n", "-", "-",
	    "");
}

static enum err_code
blocks_tsv_line(struct buf *to, const char *kind, const char *number,
    uint64_t raw, uint64_t packed, uint64_t bound, struct err *e)
{
	char over[CELL];

	above(over, packed, bound, false);
	return text_printf(to, e, "%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%"
	    PRIu64 "\t%s\t", kind, number, raw, packed, bound, over);
}

enum err_code
table_blocks_tsv(const struct breakdown *b, struct buf *to, struct err *e)
{
	const struct breakdown_block *row;
	uint64_t raw, bound;
	char number[CELL];
	size_t i;

	text_printf(to, e, "#kind\tblock\traw\tpacked\tbound\tover\t"
	    "members\ttensors\tchain\tname\n");
	for (i = 0; i < b->xz->n_blocks && e->code == ERR_OK; i++) {
		row = &b->blocks[i];
		snprintf(number, sizeof(number), "%zu", i + 1);
		blocks_tsv_line(to, "block", number, row->raw_size,
		    row->packed_size, row->bound, e);
		text_printf(to, e, "%zu\t%zu\t%s\t", row->n_members,
		    row->n_tensors, row->chain);
		text_escape_name(to, row->member != NULL ? row->member : "-",
		    e);
		text_printf(to, e, "\n");
	}
	sum_blocks(b, &raw, &bound);
	blocks_tsv_line(to, "container", "-", 0, b->blocks_container, 0, e);
	text_printf(to, e, "-\t-\t-\t-\n");
	blocks_tsv_line(to, "total", "-", raw, b->xz->file_size, bound, e);
	return text_printf(to, e, "-\t-\t-\t-\n");
}

/* --- by tensors --- */

static void
bound_cell(char cell[CELL], const struct breakdown_row *row)
{
	if (row->has_bound)
		snprintf(cell, CELL, "%" PRIu64, row->bound);
	else
		snprintf(cell, CELL, "-");
}

static const char *
packing_cell(const struct breakdown_row *row)
{
	return row->packing != NULL ? row->packing : "-";
}

/* Append s, escaped, and blanks up to width bytes. */
static enum err_code
pad_escaped(struct buf *to, const char *s, size_t width, struct err *e)
{
	size_t from = to->size;

	if (text_escape(to, s, e) == ERR_OK && to->size - from < width)
		text_printf(to, e, "%*s", (int)(width - (to->size - from)),
		    "");
	return e->code;
}

/* All but the name; row may lack its strings. */
static enum err_code
tensors_line(const struct breakdown *b, const struct breakdown_row *row,
    struct buf *to, struct err *e)
{
	char share[CELL], bits[CELL], size[CELL], bound[CELL];
	struct buf chain;

	ratio(share, row->packed_size, row->raw_size, 1, 4);
	ratio(bits, row->packed_size, row->raw_size, 8, 3);
	bound_cell(bound, row);
	snprintf(size, sizeof(size), "%s%" PRIu64, row->apportioned ? "~" :
	    "", row->packed_size);
	buf_init(&chain, (size_t)CHAIN_TEXT_MAX * 8);
	measure_chain(b->chains, row->block, row->block_end, &chain, e);
	if (buf_append(&chain, "", 1, e) == ERR_OK)
		text_printf(to, e, "%12" PRIu64 " %12s %7s %6s %12s  ",
		    row->raw_size, size, share, bits, bound);
	pad_escaped(to, row->dtype != NULL ? row->dtype : "-", 8, e);
	if (b->any_packed)
		text_printf(to, e, "  %-7s", packing_cell(row));
	if (e->code == ERR_OK)
		text_printf(to, e, "  %-36s  ", chain.size > 1 ?
		    (const char *)chain.data : "-");
	buf_free(&chain);
	return e->code;
}

static enum err_code
tensors_row(const struct breakdown *b, const struct breakdown_row *row,
    struct buf *to, struct err *e)
{
	if (tensors_line(b, row, to, e) != ERR_OK)
		return e->code;
	text_escape_name(to, row->member, e);
	if (row->kind == PART_REST)
		text_printf(to, e, ": (rest)");
	else if (row->kind == PART_TENSOR && row->tensor == NULL)
		text_printf(to, e, ": (numbers)");
	else if (row->kind == PART_TENSOR &&
	    text_printf(to, e, ": ") == ERR_OK)
		text_escape(to, row->tensor, e);
	return text_printf(to, e, "\n");
}

static struct breakdown_row
sum_row(uint64_t raw, uint64_t packed)
{
	struct breakdown_row row;

	memset(&row, 0, sizeof(row));
	row.raw_size = raw;
	row.packed_size = packed;
	return row;
}

enum err_code
table_tensors_text(const struct breakdown *b, struct buf *to, struct err *e)
{
	struct breakdown_row container = sum_row(0, b->rows_container);
	struct breakdown_row total = sum_row(b->data_size,
	    b->xz->file_size);
	size_t i;

	text_printf(to, e, "%12s %12s %7s %6s %12s  %-8s%s  %-36s  %s\n",
	    "RAW", "PACKED", "RATIO", "BITS", "BOUND", "DTYPE",
	    b->any_packed ? "  PACKING" : "", "CHAIN", "NAME");
	for (i = 0; i < b->n_rows && e->code == ERR_OK; i++)
		tensors_row(b, &b->rows[i], to, e);
	tensors_line(b, &container, to, e);
	text_printf(to, e, "(container: headers, Index, Footer, tar end)\n");
	tensors_line(b, &total, to, e);
	return text_printf(to, e, "(total)\n");
}

static enum err_code
tensors_tsv_row(const struct breakdown *b, const struct breakdown_row *row,
    const char *kind, struct buf *to, struct err *e)
{
	char share[CELL], bits[CELL], bound[CELL];

	ratio(share, row->packed_size, row->raw_size, 1, 6);
	ratio(bits, row->packed_size, row->raw_size, 8, 6);
	bound_cell(bound, row);
	text_printf(to, e, "%s\t", kind);
	text_escape_name(to, row->member != NULL ? row->member : "-", e);
	text_printf(to, e, "\t");
	text_escape(to, row->tensor != NULL ? row->tensor : "-", e);
	text_printf(to, e, "\t");
	text_escape(to, row->dtype != NULL ? row->dtype : "-", e);
	text_printf(to, e, "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\t%s\t",
	    row->raw_size, row->packed_size, share, bits, bound);
	if (row->block_end == 0)
		text_printf(to, e, "-");
	measure_chain(b->chains, row->block, row->block_end, to, e);
	return text_printf(to, e, "\t%s\t%s\n", row->member == NULL ? "-" :
	    row->apportioned ? "1" : "0", packing_cell(row));
}

enum err_code
table_tensors_tsv(const struct breakdown *b, struct buf *to, struct err *e)
{
	struct breakdown_row container = sum_row(0, b->rows_container);
	struct breakdown_row total = sum_row(b->data_size,
	    b->xz->file_size);
	size_t i;

	text_printf(to, e, "#kind\tmember\ttensor\tdtype\traw\tpacked\t"
	    "ratio\tbits\tbound\tchain\tapportioned\tpacking\n");
	for (i = 0; i < b->n_rows && e->code == ERR_OK; i++)
		tensors_tsv_row(b, &b->rows[i], table_kind(b->rows[i].kind),
		    to, e);
	tensors_tsv_row(b, &container, "container", to, e);
	return tensors_tsv_row(b, &total, "total", to, e);
}
