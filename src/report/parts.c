#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/stfile.h"
#include "xz/blocksource.h"

#define TAR_BLOCK 512			/* bytes */
#define PART_COST 512			/* bytes, here and in the output */
#define READ_AGAIN 8			/* times the bundle, at most */

_Static_assert(sizeof(((struct part *)0)->dtype) == TENSOR_DTYPE_MAX,
    "a dtype is as long here as there");

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

/* Append a part, which loses its name. */
static enum err_code
add(struct finding *f, struct part *part, const struct piece *piece,
    struct err *e)
{
	f->cost += PART_COST;
	if (part->name != NULL)
		f->cost += 8 * strlen(part->name);
	if (f->cost > f->memory)
		return err_set(e, ERR_MEMLIMIT, "the parts of %zu members "
		    "and more need over %llu bytes of memory; raise "
		    "--memlimit", part->member,
		    (unsigned long long)f->memory);
	if (grow(f->p, e) != ERR_OK)
		return e->code;
	f->p->parts[f->p->n] = *part;
	f->p->pieces[f->p->n++] = *piece;
	part->name = NULL;
	return ERR_OK;
}

/* A part without a name, and without data that is to be counted. */
static enum err_code
add_plain(struct finding *f, enum part_kind kind, size_t member,
    uint64_t off, uint64_t end, struct err *e)
{
	struct part part = { .kind = kind, .member = member };
	struct piece piece = { off, end, end, end };

	if (off == end)
		return ERR_OK;
	return add(f, &part, &piece, e);
}

/* A tensor of size bytes at off, whose name it loses, and before it what is
 * left from *at on; *at is behind it then. */
static enum err_code
add_tensor(struct finding *f, struct part *part, uint64_t off, uint64_t size,
    uint64_t *at, struct err *e)
{
	struct piece piece = { off, off + size, off, off + size };

	if (add_plain(f, PART_REST, part->member, *at, off, e) != ERR_OK)
		return e->code;
	*at = piece.end;
	return add(f, part, &piece, e);
}

/* --- packed tensors --- */

/* Read size bytes at off into p; *ok is false if there is no allowance left. */
static enum err_code
read_some(struct finding *f, uint64_t off, void *p, size_t size, bool *ok,
    struct err *e)
{
	struct source src = blocksource_source(f->blocks);
	struct err own = ERR_INIT;

	*ok = !blocksource_spent(f->blocks) &&
	    src.read(src.ctx, off, p, size, &own) == ERR_OK;
	return *ok || blocksource_spent(f->blocks) ? ERR_OK :
	    err_copy(e, &own);
}

/*
 * Is what is in [off, end) a packed safetensors file?  Then *s is its header
 * and the data begin at *data_off.  *s is to be freed in every case.  A recipe
 * that cannot be read is none: this is no judge.
 */
static enum err_code
find_packed(struct finding *f, uint64_t off, uint64_t end, struct stfile *s,
    uint64_t *data_off, struct err *e)
{
	uint8_t head[STFILE_PREFIX + 1];
	struct err own = ERR_INIT;
	uint64_t size = 0, room = end - off;
	char *text;
	bool ok;

	memset(s, 0, sizeof(*s));
	if (room < sizeof(head) ||
	    read_some(f, off, head, sizeof(head), &ok, e) != ERR_OK || !ok ||
	    !stfile_looks(head, sizeof(head), &size) ||
	    size > STFILE_HEADER_MAX || size > room - STFILE_PREFIX)
		return e->code;
	text = malloc((size_t)size);
	if (text == NULL)
		return err_nomem(e);
	*data_off = off + STFILE_PREFIX + size;
	if (read_some(f, off + STFILE_PREFIX, text, (size_t)size, &ok, e) ==
	    ERR_OK && ok && stfile_mentions(text, (size_t)size) &&
	    stfile_read(text, (size_t)size, end - *data_off, s, &own) ==
	    ERR_FAIL)
		err_copy(e, &own);
	free(text);
	s->packed &= own.code == ERR_OK;
	return e->code;
}

/* Cut the member at the tensors of s. */
static enum err_code
cut_packed(struct finding *f, size_t member, uint64_t data_off,
    struct stfile *s, struct err *e)
{
	const struct tarread_member *m = &f->toc->members[member];
	uint64_t at = m->head_off;
	struct stfile_tensor *t;
	struct part part;
	size_t i;

	for (i = 0; i < s->n; i++) {
		t = &s->tensors[s->by_off[i]];
		if (t->size == 0 && t->recipe == NULL)
			continue;
		memset(&part, 0, sizeof(part));
		part.kind = PART_TENSOR;
		part.member = member;
		part.name = t->name;
		memcpy(part.dtype, stfile_original(t)->dtype,
		    sizeof(part.dtype));
		if (t->recipe != NULL) {
			part.packing = t->recipe->packing->name;
			part.original_size = stfile_original_size(t);
		}
		add_tensor(f, &part, data_off + t->off, t->size, &at, e);
		t->name = part.name;
		if (e->code != ERR_OK)
			return e->code;
	}
	return add_plain(f, PART_REST, member, at, m->end_off, e);
}

/* --- others --- */

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
	struct part part;
	struct region *r;
	size_t i;

	for (i = 0; i < list->n; i++) {
		r = &list->regions[i];
		if (!is_tensor(r))
			continue;
		memset(&part, 0, sizeof(part));
		part.kind = PART_TENSOR;
		part.member = member;
		part.name = r->name;
		memcpy(part.dtype, r->dtype, sizeof(part.dtype));
		add_tensor(f, &part, data_off + r->off, r->size, &at, e);
		r->name = part.name;
		if (e->code != ERR_OK)
			return e->code;
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

/* The parts of the member whose data is [off, end); none if it shall be one
 * part. */
static enum err_code
add_parts(struct finding *f, size_t i, uint64_t off, uint64_t end,
    struct err *e)
{
	const char *name = f->toc->members[i].name;
	struct region_list list;
	struct stfile s;
	uint64_t data_off;

	memset(&list, 0, sizeof(list));
	if (find_packed(f, off, end, &s, &data_off, e) != ERR_OK)
		err_wrap(e, "%s", name);
	else if (s.packed)
		cut_packed(f, i, data_off, &s, e);
	else if (find(f, off, end - off, &list, e) != ERR_OK)
		err_wrap(e, "%s", name);
	else if (list.n > 0)
		cut(f, i, off, &list, e);
	region_list_free(&list);
	stfile_free(&s);
	return e->code;
}

static enum err_code
add_member(struct finding *f, size_t i, struct err *e)
{
	const struct tarread_member *m = &f->toc->members[i];
	struct part part = { .kind = PART_MEMBER, .member = i };
	struct piece whole = { m->head_off, m->end_off, m->end_off,
	    m->end_off };
	const size_t before = f->p->n;
	uint64_t off, end;

	if (parts_data(f->xz, m, &off, &end)) {
		whole.data_off = off;
		whole.data_end = end;
		add_parts(f, i, off, end, e);
	}
	if (e->code == ERR_OK && f->p->n == before)
		add(f, &part, &whole, e);
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
