#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/* --- what is largest --- */

struct ranked {
	uint64_t size;
	size_t index;
};

static int
larger_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return x->index < y->index ? -1 : 1;
}

static uint64_t
member_size(const struct report *r, size_t i)
{
	return r->account.rows[i].packed_size;
}

static uint64_t
row_size(const struct report *r, size_t i)
{
	return r->breakdown.rows[i].packed_size;
}

static uint64_t
block_size(const struct report *r, size_t i)
{
	return r->breakdown.blocks[i].packed_size;
}

/* The indices of n things by their sizes. */
static enum err_code
rank(const struct report *r, size_t n,
    uint64_t (*size)(const struct report *, size_t), size_t **out,
    struct err *e)
{
	struct ranked *ranked = calloc(n + 1, sizeof(*ranked));
	size_t i;

	*out = calloc(n + 1, sizeof(**out));
	if (ranked == NULL || *out == NULL) {
		free(ranked);
		return err_nomem(e);
	}
	for (i = 0; i < n; i++) {
		ranked[i].size = size(r, i);
		ranked[i].index = i;
	}
	qsort(ranked, n, sizeof(*ranked), larger_first);
	for (i = 0; i < n; i++)
		(*out)[i] = ranked[i].index;
	free(ranked);
	return ERR_OK;
}

/* --- the report --- */

/* Rows are in the order of the members. */
static enum err_code
find_members(struct report *r, struct err *e)
{
	const struct breakdown *b = &r->breakdown;
	size_t i, member = 0;

	r->row_member = calloc(b->n_rows + 1, sizeof(*r->row_member));
	if (r->row_member == NULL)
		return err_nomem(e);
	for (i = 0; i < b->n_rows; i++) {
		while (member + 1 < r->toc->n_members &&
		    r->toc->members[member].name != b->rows[i].member)
			member++;
		r->row_member[i] = member;
		r->n_tensors += b->rows[i].kind == PART_TENSOR;
	}
	return ERR_OK;
}

static void
find_widest(struct report *r)
{
	size_t i;

	for (i = 0; i < r->toc->n_members; i++) {
		r->widest = num_max(r->widest, r->toc->members[i].size);
		r->widest = num_max(r->widest,
		    r->account.rows[i].packed_size);
	}
}

enum err_code
report_make(const struct report_request *q, struct report *r, struct err *e)
{
	memset(r, 0, sizeof(*r));
	r->xz = q->xz;
	r->toc = q->toc;
	r->limit = q->limit;
	if (account_make(q->xz, q->toc, q->n_threads, q->memory, q->watch,
	    &r->account, e) == ERR_OK &&
	    breakdown_make(q->xz, q->toc, q->n_threads, q->memory, q->watch,
	    &r->breakdown, e) == ERR_OK &&
	    find_members(r, e) == ERR_OK &&
	    rank(r, q->toc->n_members, member_size, &r->members, e) ==
	    ERR_OK &&
	    rank(r, r->breakdown.n_rows, row_size, &r->rows, e) == ERR_OK &&
	    rank(r, q->xz->n_blocks, block_size, &r->blocks, e) == ERR_OK)
		find_widest(r);
	return e->code;
}

void
report_free(struct report *r)
{
	account_free(&r->account);
	breakdown_free(&r->breakdown);
	free(r->members);
	free(r->rows);
	free(r->blocks);
	free(r->row_member);
	memset(r, 0, sizeof(*r));
}

/* --- sums --- */

struct report_sum
report_sum_members(const struct report *r, size_t i)
{
	struct report_sum sum = { r->toc->n_members - i, 0, 0, 0 };
	size_t at;

	for (; i < r->toc->n_members; i++) {
		at = r->members[i];
		sum.raw += r->toc->members[at].size;
		sum.packed += r->account.rows[at].packed_size;
	}
	return sum;
}

struct report_sum
report_sum_rows(const struct report *r, size_t i)
{
	struct report_sum sum = { r->breakdown.n_rows - i, 0, 0, 0 };
	const struct breakdown_row *row;

	for (; i < r->breakdown.n_rows; i++) {
		row = &r->breakdown.rows[r->rows[i]];
		sum.raw += row->raw_size;
		sum.packed += row->packed_size;
		sum.bound += row->has_bound ? row->bound : 0;
	}
	return sum;
}

struct report_sum
report_sum_blocks(const struct report *r, size_t i)
{
	struct report_sum sum = { r->xz->n_blocks - i, 0, 0, 0 };
	const struct breakdown_block *block;

	for (; i < r->xz->n_blocks; i++) {
		block = &r->breakdown.blocks[r->blocks[i]];
		sum.raw += block->raw_size;
		sum.packed += block->packed_size;
		sum.bound += block->bound;
	}
	return sum;
}
