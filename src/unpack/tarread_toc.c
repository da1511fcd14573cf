#include <stdlib.h>
#include <string.h>

#include "unpack/tarread.h"

struct toc_growth {
	struct tarread_toc *toc;
	bool (*enough)(void *ctx, const struct tarread_member *m);
	void *ctx;		/* of it */
	size_t cap;		/* members allocated */
	uint64_t bytes;		/* of memory taken so far */
	uint64_t memory;	/* and at most */
};

/* What a member takes here, and once more in what is made of the table. */
static uint64_t
toc_cost(const struct tarread_member *m)
{
	return 2 * (2 * sizeof(*m) + strlen(m->name) + 1 +
	    (m->link != NULL ? strlen(m->link) + 1 : 0));
}

static enum err_code
toc_append(struct toc_growth *w, const struct tarread_member *m,
    struct err *e)
{
	struct tarread_toc *toc = w->toc;
	struct tarread_member *v;
	size_t more;

	w->bytes += toc_cost(m);
	if (w->bytes > w->memory)
		return err_set(e, ERR_MEMLIMIT, "the names of %zu members "
		    "and more need over %llu bytes of memory; raise "
		    "--memlimit", toc->n_members,
		    (unsigned long long)w->memory);
	if (toc->n_members == w->cap) {
		more = w->cap > 0 ? 2 * w->cap : 64;
		v = realloc(toc->members, more * sizeof(*v));
		if (v == NULL)
			return err_nomem(e);
		toc->members = v;
		w->cap = more;
	}
	if (toc->n_members > 0)
		toc->members[toc->n_members - 1].end_off = m->head_off;
	v = &toc->members[toc->n_members];
	*v = *m;
	v->name = strdup(m->name);
	v->link = m->link != NULL ? strdup(m->link) : NULL;
	if (v->name == NULL || (m->link != NULL && v->link == NULL)) {
		tarread_member_free(v);
		return err_nomem(e);
	}
	toc->n_members++;
	return ERR_OK;
}

static enum err_code
toc_walk(struct tarread *t, struct toc_growth *w, struct err *e)
{
	struct tarread_toc *toc = w->toc;
	const struct tarread_member *m;
	bool last = false;

	while (tarread_next(t, &m, e) == ERR_OK && m != NULL) {
		if (last) {
			toc->members[toc->n_members - 1].end_off = m->head_off;
			return ERR_OK;
		}
		if (toc_append(w, m, e) != ERR_OK)
			return e->code;
		last = w->enough != NULL && w->enough(w->ctx,
		    &toc->members[toc->n_members - 1]);
	}
	if (e->code != ERR_OK ||
	    tarread_tail(t, &toc->members_end, e) != ERR_OK)
		return e->code;
	if (toc->n_members > 0)
		toc->members[toc->n_members - 1].end_off = toc->members_end;
	return ERR_OK;
}

enum err_code
tarread_toc(const struct xzread *x, uint64_t memory, const struct watch *w,
    struct tarread_toc *toc, struct err *e)
{
	return tarread_toc_until(x, memory, w, NULL, NULL, toc, e);
}

enum err_code
tarread_toc_until(const struct xzread *x, uint64_t memory,
    const struct watch *w, bool (*enough)(void *ctx,
    const struct tarread_member *m), void *ctx, struct tarread_toc *toc,
    struct err *e)
{
	struct blockstream_options o = { true, 1, memory, w };
	struct toc_growth growth = { .toc = toc, .enough = enough, .ctx = ctx,
	    .memory = memory };
	struct range all = { 0, x->raw_size };
	struct blockstream *s = NULL;
	struct tarread *t = NULL;

	memset(toc, 0, sizeof(*toc));
	watch_begin(w, "reading", x->raw_size);
	if (blockstream_open(x, &all, x->raw_size > 0, &o, &s, e) == ERR_OK &&
	    tarread_open_lazy(s, &t, e) == ERR_OK)
		toc_walk(t, &growth, e);
	tarread_free(t);
	blockstream_free(s);
	return e->code;
}

enum err_code
tarread_count(const struct xzread *x, uint64_t memory, const struct watch *w,
    uint64_t most, uint64_t *n, struct err *e)
{
	struct blockstream_options o = { true, 1, memory, w };
	struct range all = { 0, x->raw_size };
	const struct tarread_member *m;
	struct blockstream *s = NULL;
	struct tarread *t = NULL;

	*n = 0;
	watch_begin(w, "reading", x->raw_size);
	if (blockstream_open(x, &all, x->raw_size > 0, &o, &s, e) == ERR_OK &&
	    tarread_open_lazy(s, &t, e) == ERR_OK) {
		while (*n <= most && tarread_next(t, &m, e) == ERR_OK &&
		    m != NULL)
			++*n;
	}
	tarread_free(t);
	blockstream_free(s);
	return e->code;
}

void
tarread_toc_free(struct tarread_toc *toc)
{
	size_t i;

	for (i = 0; i < toc->n_members; i++)
		tarread_member_free(&toc->members[i]);
	free(toc->members);
	memset(toc, 0, sizeof(*toc));
}
