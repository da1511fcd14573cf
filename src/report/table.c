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
		text_escape(to, m->name, e);
	buf_free(&chain);
	if (m->type == TARREAD_DIR && e->code == ERR_OK)
		text_printf(to, e, "/");
	if (m->link != NULL && e->code == ERR_OK &&
	    text_printf(to, e, " %s ", m->type == TARREAD_SYMLINK ? "->" :
	    "==") == ERR_OK)
		text_escape(to, m->link, e);
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
	text_escape(to, m->name, e);
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
