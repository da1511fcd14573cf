#include "report/breakdown.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/* --- by Blocks --- */

/* Note the member, whose data is [off, end), in each of its Blocks. */
static void
count_member(struct breakdown *b, const struct tarread_member *m,
    uint64_t off, uint64_t end)
{
	const struct xzread *xz = b->xz;
	size_t i;

	for (i = xzread_find(xz, off); i < xz->n_blocks &&
	    xz->blocks[i].raw_off < end; i++) {
		if (xz->blocks[i].raw_size == 0)
			continue;
		if (b->blocks[i].n_members++ == 0)
			b->blocks[i].member = m->name;
	}
}

static void
count_tensor(struct breakdown *b, const struct measure_row *row)
{
	size_t i;

	for (i = row->block; i < row->block_end; i++)
		b->blocks[i].n_tensors += b->xz->blocks[i].raw_size > 0;
}

static void
fill_blocks(struct breakdown *b, const struct tarread_toc *toc)
{
	const struct xzread *xz = b->xz;
	struct breakdown_block *to;
	uint64_t off, end;
	size_t i;

	b->blocks_container = xz->file_size;
	for (i = 0; i < xz->n_blocks; i++) {
		to = &b->blocks[i];
		to->raw_size = xz->blocks[i].raw_size;
		to->packed_size = xz->blocks[i].total_size;
		to->bound = b->measure.bounds[i];
		to->chain = b->measure.chains[i];
		b->blocks_container -= to->packed_size;
	}
	for (i = 0; i < toc->n_members; i++) {
		if (parts_data(xz, &toc->members[i], &off, &end))
			count_member(b, &toc->members[i], off, end);
	}
	for (i = 0; i < b->parts.n; i++) {
		if (b->parts.parts[i].kind == PART_TENSOR)
			count_tensor(b, &b->measure.rows[i]);
	}
}

/* --- by tensors --- */

static void
fill_row(const struct breakdown *b, size_t i, const struct tarread_member *m,
    struct breakdown_row *to)
{
	const struct part *part = &b->parts.parts[i];
	const struct piece *piece = &b->parts.pieces[i];
	const struct measure_row *from = &b->measure.rows[i];

	to->kind = part->kind;
	to->member = m->name;
	to->tensor = part->name;
	to->dtype = part->dtype[0] != '\0' ? part->dtype : NULL;
	to->packing = part->packing;
	to->raw_size = part->packing != NULL ? part->original_size :
	    part->kind == PART_TENSOR ? piece->end - piece->off : m->size;
	to->packed_size = from->packed_size;
	to->bound = from->bound;
	to->has_bound = piece->data_off < piece->data_end;
	to->apportioned = from->shared;
	to->block = from->block;
	to->block_end = from->block_end;
}

/* The rows of the member whose parts begin at i; *next: behind them. */
static void
fill_member(struct breakdown *b, const struct tarread_member *m, size_t i,
    size_t *next)
{
	const struct part *parts = b->parts.parts;
	const struct piece *pieces = b->parts.pieces;
	struct breakdown_row rest, row;
	size_t member = parts[i].member;

	memset(&rest, 0, sizeof(rest));
	rest.kind = PART_REST;
	rest.member = m->name;
	rest.raw_size = m->size;
	for (; i < b->parts.n && parts[i].member == member; i++) {
		fill_row(b, i, m, &row);
		b->rows_container -= row.packed_size;
		if (row.kind == PART_REST) {
			rest.packed_size += row.packed_size;
			rest.apportioned |= row.apportioned;
		} else {
			b->rows[b->n_rows++] = row;
			rest.raw_size -= pieces[i].end - pieces[i].off;
		}
	}
	/* A member with tensors has a header, so there is a rest. */
	if (parts[i - 1].kind != PART_MEMBER)
		b->rows[b->n_rows++] = rest;
	*next = i;
}

static void
fill_rows(struct breakdown *b, const struct tarread_toc *toc)
{
	size_t i = 0;

	b->rows_container = b->xz->file_size;
	while (i < b->parts.n)
		fill_member(b, &toc->members[b->parts.parts[i].member], i,
		    &i);
}

static enum err_code
add_data_sizes(struct breakdown *b, const struct tarread_toc *toc,
    struct err *e)
{
	size_t i;

	for (i = 0; i < toc->n_members; i++) {
		if (!num_add(b->data_size, toc->members[i].size,
		    &b->data_size) || b->data_size > INT64_MAX)
			return err_set(e, ERR_CORRUPT, "%s: the members "
			    "claim more bytes than there can be",
			    toc->members[i].name);
	}
	return ERR_OK;
}

/* Packed tensors count as what they were. */
static enum err_code
add_original_sizes(struct breakdown *b, struct err *e)
{
	const struct piece *pieces = b->parts.pieces;
	const struct part *parts = b->parts.parts;
	size_t i;

	for (i = 0; i < b->parts.n; i++) {
		if (parts[i].packing == NULL)
			continue;
		b->any_packed = true;
		b->data_size -= pieces[i].end - pieces[i].off;
		if (!num_add(b->data_size, parts[i].original_size,
		    &b->data_size) || b->data_size > INT64_MAX)
			return err_set(e, ERR_CORRUPT, "packed tensors claim "
			    "more bytes than there can be");
	}
	return ERR_OK;
}

enum err_code
breakdown_make(const struct xzread *xz, const struct tarread_toc *toc,
    unsigned int n_threads, uint64_t memory, const struct watch *w,
    struct breakdown *b, struct err *e)
{
	struct measure_request r = { xz, NULL, 0, true, n_threads, memory,
	    w };

	memset(b, 0, sizeof(*b));
	b->xz = xz;
	if (add_data_sizes(b, toc, e) != ERR_OK ||
	    parts_make(xz, toc, memory, w, &b->parts, e) != ERR_OK ||
	    add_original_sizes(b, e) != ERR_OK)
		return e->code;
	r.pieces = b->parts.pieces;
	r.n = b->parts.n;
	b->blocks = calloc(xz->n_blocks + 1, sizeof(*b->blocks));
	b->rows = calloc(b->parts.n + 1, sizeof(*b->rows));
	if (b->blocks == NULL || b->rows == NULL)
		return err_nomem(e);
	if (measure_make(&r, &b->measure, e) != ERR_OK)
		return e->code;
	b->chains = b->measure.chains;
	fill_blocks(b, toc);
	fill_rows(b, toc);
	return ERR_OK;
}

void
breakdown_free(struct breakdown *b)
{
	free(b->blocks);
	free(b->rows);
	measure_free(&b->measure);
	parts_free(&b->parts);
	memset(b, 0, sizeof(*b));
}
