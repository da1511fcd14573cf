#include "report/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "report/measure.h"

/* A sparse member may claim any size. */
static enum err_code
add_raw_sizes(struct account *a, struct err *e)
{
	size_t i;

	for (i = 0; i < a->toc->n_members; i++) {
		if (!num_add(a->raw_size, a->toc->members[i].size,
		    &a->raw_size) || a->raw_size > INT64_MAX)
			return err_set(e, ERR_CORRUPT, "%s: the members "
			    "claim more bytes than there can be",
			    a->toc->members[i].name);
	}
	return ERR_OK;
}

/* Each member is a piece. */
static struct piece *
member_pieces(const struct tarread_toc *toc)
{
	struct piece *pieces = calloc(toc->n_members + 1, sizeof(*pieces));
	size_t i;

	for (i = 0; pieces != NULL && i < toc->n_members; i++) {
		pieces[i].off = toc->members[i].head_off;
		pieces[i].end = toc->members[i].end_off;
	}
	return pieces;
}

/* Take over what was measured. */
static void
take(struct account *a, struct measure *m)
{
	const struct measure_row *from;
	struct account_row *to;
	size_t i;

	for (i = 0; i < a->toc->n_members; i++) {
		from = &m->rows[i];
		to = &a->rows[i];
		to->packed_size = from->packed_size;
		to->apportioned = from->shared;
		to->block = from->block;
		to->block_end = from->block_end;
		a->container_size -= from->packed_size;
	}
	a->chains = m->chains;
	m->chains = NULL;
}

enum err_code
account_make(const struct xzread *xz, const struct tarread_toc *toc,
    unsigned int n_threads, uint64_t memory, const struct watch *w,
    struct account *a, struct err *e)
{
	struct measure_request r = { xz, NULL, toc->n_members, false,
	    n_threads, memory, w };
	struct piece *pieces = member_pieces(toc);
	struct measure m;

	memset(a, 0, sizeof(*a));
	memset(&m, 0, sizeof(m));
	a->xz = xz;
	a->toc = toc;
	a->container_size = xz->file_size;
	a->rows = calloc(toc->n_members + 1, sizeof(*a->rows));
	r.pieces = pieces;
	if (pieces == NULL || a->rows == NULL)
		err_nomem(e);
	else if (add_raw_sizes(a, e) == ERR_OK &&
	    measure_make(&r, &m, e) == ERR_OK)
		take(a, &m);
	measure_free(&m);
	free(pieces);
	return e->code;
}

void
account_free(struct account *a)
{
	size_t i;

	for (i = 0; a->chains != NULL && i < a->xz->n_blocks; i++)
		free(a->chains[i]);
	free(a->chains);
	free(a->rows);
	memset(a, 0, sizeof(*a));
}

enum err_code
account_chain(const struct account *a, const struct account_row *row,
    struct buf *to, struct err *e)
{
	return measure_chain(a->chains, row->block, row->block_end, to, e);
}

const char *
account_check(const struct account *a, const struct account_row *row)
{
	if (row->block >= a->xz->n_blocks)
		return "none";
	return chain_check_name(a->xz->blocks[row->block].check);
}
