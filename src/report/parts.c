#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "xz/blocksource.h"

#define TAR_BLOCK 512			/* bytes */
#define PART_COST 512			/* bytes, here and in the output */
#define READ_AGAIN 8			/* times the bundle, at most */

struct finding {
	const struct xzread *xz;
	const struct tarread_toc *toc;
	struct blocksource *blocks;
	uint64_t memory;
	uint64_t cost;			/* bytes of memory, so far */
	struct parts *p;
};

bool
parts_data(const struct xzread *xz, const struct tarread_member *m,
    uint64_t *off, uint64_t *end)
{
	uint64_t room, padded;

	if (m->type != TARREAD_FILE || m->size == 0 ||
	    m->end_off > xz->raw_size || m->head_off > m->end_off)
		return false;
	room = m->end_off - m->head_off;
	if (room < TAR_BLOCK || m->size > room - TAR_BLOCK)
		return false;
	padded = num_round_up(m->size, TAR_BLOCK);
	if (padded > room - TAR_BLOCK)
		return false;
	*off = m->end_off - padded;
	*end = *off + m->size;
	return true;
}

static enum err_code
grow(struct parts *p, struct err *e)
{
	size_t cap = p->cap > 0 ? 2 * p->cap : 64;
	struct part *parts;
	struct piece *pieces;

	if (p->n < p->cap)
		return ERR_OK;
	parts = realloc(p->parts, cap * sizeof(*parts));
	if (parts == NULL)
		return err_nomem(e);
	p->parts = parts;
	pieces = realloc(p->pieces, cap * sizeof(*pieces));
	if (pieces == NULL)
		return err_nomem(e);
	p->pieces = pieces;
	p->cap = cap;
	return ERR_OK;
}

/* Append a part.  Its name is r's (may be NULL), which loses it. */
static enum err_code
add(struct finding *f, enum part_kind kind, size_t member,
    const struct piece *piece, struct region *r, struct err *e)
{
	struct part *to;

	f->cost += PART_COST;
	if (r != NULL && r->name != NULL)
		f->cost += 8 * strlen(r->name);
	if (f->cost > f->memory)
		return err_set(e, ERR_MEMLIMIT, "the parts of %zu members "
		    "and more need over %llu bytes of memory; raise "
		    "--memlimit", member, (unsigned long long)f->memory);
	if (grow(f->p, e) != ERR_OK)
		return e->code;
	to = &f->p->parts[f->p->n];
	memset(to, 0, sizeof(*to));
	to->kind = kind;
	to->member = member;
	if (r != NULL) {
		to->name = r->name;
		r->name = NULL;
		memcpy(to->dtype, r->dtype, sizeof(to->dtype));
	}
	f->p->pieces[f->p->n++] = *piece;
	return ERR_OK;
}

/* A part without a name, and without data that is to be counted. */
static enum err_code
add_plain(struct finding *f, enum part_kind kind, size_t member,
    uint64_t off, uint64_t end, struct err *e)
{
	struct piece piece = { off, end, end, end };

	if (off == end)
		return ERR_OK;
	return add(f, kind, member, &piece, NULL, e);
}

static bool
is_tensor(const struct region *r)
{
	return r->kind != REGION_OTHER || r->name != NULL;
}

/* Cut the member, whose data begins at data_off, at its tensors. */
static enum err_code
cut(struct finding *f, size_t member, uint64_t data_off,
    struct region_list *list, struct err *e)
{
	const struct tarread_member *m = &f->toc->members[member];
	uint64_t at = m->head_off;
	struct piece piece;
	struct region *r;
	size_t i;

	for (i = 0; i < list->n; i++) {
		r = &list->regions[i];
		if (!is_tensor(r))
			continue;
		piece.off = piece.data_off = data_off + r->off;
		piece.end = piece.data_end = piece.off + r->size;
		if (add_plain(f, PART_REST, member, at, piece.off, e) !=
		    ERR_OK || add(f, PART_TENSOR, member, &piece, r, e) !=
		    ERR_OK)
			return e->code;
		at = piece.end;
	}
	return add_plain(f, PART_REST, member, at, m->end_off, e);
}

/* The regions of the member; none when it shall be one part. */
static enum err_code
find(struct finding *f, uint64_t off, uint64_t size,
    struct region_list *list, struct err *e)
{
	struct source src = blocksource_source(f->blocks);
	struct err own = ERR_INIT;
	bool any = false;
	size_t i;

	memset(list, 0, sizeof(*list));
	if (blocksource_spent(f->blocks))
		return ERR_OK;
	if (region_find(&src, off, size, list, &own) != ERR_OK &&
	    !blocksource_spent(f->blocks))
		return err_copy(e, &own);
	for (i = 0; i < list->n; i++)
		any |= is_tensor(&list->regions[i]);
	if (own.code != ERR_OK || list->warning[0] != '\0' || !any)
		region_list_free(list);
	return ERR_OK;
}

static enum err_code
add_member(struct finding *f, size_t i, struct err *e)
{
	const struct tarread_member *m = &f->toc->members[i];
	struct piece whole = { m->head_off, m->end_off, m->end_off,
	    m->end_off };
	struct region_list list;
	uint64_t off, end;

	memset(&list, 0, sizeof(list));
	if (parts_data(f->xz, m, &off, &end)) {
		whole.data_off = off;
		whole.data_end = end;
		if (find(f, off, end - off, &list, e) != ERR_OK)
			err_wrap(e, "%s", m->name);
		else if (list.n > 0)
			cut(f, i, off, &list, e);
	}
	if (e->code == ERR_OK && list.n == 0)
		add(f, PART_MEMBER, i, &whole, NULL, e);
	region_list_free(&list);
	return e->code;
}

enum err_code
parts_make(const struct xzread *xz, const struct tarread_toc *toc,
    uint64_t memory, const struct watch *w, struct parts *p, struct err *e)
{
	struct finding f = { xz, toc, NULL, memory, 0, p };
	size_t i;

	memset(p, 0, sizeof(*p));
	if (blocksource_open(xz, memory, w, &f.blocks, e) != ERR_OK)
		return e->code;
	blocksource_allow(f.blocks, READ_AGAIN * num_min(xz->raw_size,
	    UINT64_MAX / READ_AGAIN));
	for (i = 0; i < toc->n_members; i++) {
		if (add_member(&f, i, e) != ERR_OK)
			break;
	}
	blocksource_free(f.blocks);
	return e->code;
}

void
parts_free(struct parts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->parts[i].name);
	free(p->parts);
	free(p->pieces);
	memset(p, 0, sizeof(*p));
}
