#include "pack/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "pack/trial.h"

#define MERGE_LOOK ((uint64_t)128 << 10)	/* bytes of each in it */
#define SMALL_DICT (UINT32_C(64) << 10)	/* bytes: no far matches */
#define STREAK 16			/* trials that agree and so predict */
#define BRIDGE_LOOK ((uint64_t)64 << 10)	/* bytes of each side */
#define BRIDGE_MAX ((uint64_t)64 << 10)	/* bytes of a gap */
#define BLOCK_COST 32			/* bytes of container a Block costs */

struct merging {
	const struct tarstream *t;
	const struct watch *watch;
	struct unit *units;	/* [n_units] */
	size_t n_units;
};

/* --- bridges --- */

/*
 * Tensors of a kind with a little of another between them, such as their
 * scales: one Block for all, or one for each?  Tried on what is next to the
 * gap.
 */
static enum err_code
try_bridge(const struct merging *m, size_t a, size_t b, bool *yes,
    struct err *e)
{
	const struct unit *u = m->units;
	size_t na = (size_t)num_min(u[a].size, BRIDGE_LOOK), i;
	size_t nb = (size_t)num_min(u[b].size, BRIDGE_LOOK);
	uint64_t from = u[a].off + u[a].size - na;
	size_t n = (size_t)(u[b].off - from) + nb;
	uint64_t one = 0, apart = 0, size = 0;
	const struct chain *c = &u[a].choice.chains[0];
	struct source cursor = { NULL, NULL };
	uint8_t *p = malloc(n), *q;

	if (p == NULL)
		return err_nomem(e);
	if (tarstream_cursor(m->t, &cursor, e) == ERR_OK &&
	    cursor.read(cursor.ctx, from, p, n, e) == ERR_OK)
		trial_size(p, n, c, &one, e);
	if (e->code == ERR_OK && trial_size(p, na, c, &apart, e) == ERR_OK &&
	    trial_size(p + n - nb, nb, c, &size, e) == ERR_OK)
		apart += size;
	for (i = a + 1, q = p + na; i < b && e->code == ERR_OK; i++) {
		trial_size(q, (size_t)u[i].size, &u[i].choice.chains[0],
		    &size, e);
		apart += size + BLOCK_COST;
		q += u[i].size;
	}
	*yes = one < apart + BLOCK_COST;
	tarstream_cursor_end(&cursor, e);
	free(p);
	return e->code;
}

/* The unit behind a small gap that a could go on with; or 0. */
static size_t
far_side(const struct merging *m, size_t a)
{
	const struct unit *u = m->units;
	uint64_t gap = 0;
	size_t b;

	if (u[a].size < UNIT_LARGE || (u[a].kind != UNIT_NUMBERS &&
	    u[a].kind != UNIT_BINARY))
		return 0;
	for (b = a + 1; b < m->n_units && gap <= BRIDGE_MAX; b++) {
		if (u[b].pinned || u[b].kind == UNIT_FORCED)
			return 0;
		if (u[b].size >= UNIT_LARGE)
			return b > a + 1 && unit_same_type(&u[a], &u[b]) &&
			    u[a].like == u[b].like ? b : 0;
		gap += u[b].size;
	}
	return 0;
}

/* How the bridges of a leader's followers went. */
struct bridges {
	size_t like;
	bool yes;
	unsigned int n;		/* alike, one after the other */
};

static enum err_code
build_bridges(struct merging *m, struct err *e)
{
	struct bridges last = { SIZE_MAX, false, 0 };
	struct unit *u = m->units;
	size_t i, k, kept = 0, b;
	bool yes;

	for (i = 0; i < m->n_units; i++, kept++) {
		u[kept] = u[i];
		/* What follows is still in its place behind i. */
		while ((b = far_side(m, i)) != 0) {
			yes = last.yes;
			/* What a cut costs these shows in no trial. */
			if (u[i].choice.deep)
				yes = true;
			else if (last.like != u[i].like || last.n < 2) {
				if (try_bridge(m, i, b, &yes, e) != ERR_OK)
					return e->code;
				last.n = last.like == u[i].like &&
				    last.yes == yes ? last.n + 1 : 1;
				last.like = u[i].like;
				last.yes = yes;
			}
			if (!yes)
				break;
			for (k = i + 1; k <= b; k++)
				u[kept].size += u[k].size;
			/* The whole goes on from b. */
			u[b].off = u[kept].off;
			u[b].size = u[kept].size;
			u[b].choice = u[kept].choice;
			u[b].pinned = u[kept].pinned;
			i = b;
			u[kept] = u[i];
		}
	}
	m->n_units = kept;
	return ERR_OK;
}

/* --- merging neighbours --- */

/*
 * Sets *chain when one Block with it is smaller than two.  p holds the last
 * na bytes of a and the first nb of b.
 */
static enum err_code
try_merge(const uint8_t *p, size_t na, size_t nb, const struct unit *a,
    const struct unit *b, const struct chain **chain, struct err *e)
{
	/* Whoever is not there as a whole has more to lose. */
	bool may_a = nb == b->size, may_b = na == a->size;
	uint64_t sa, sb, both_a = UINT64_MAX, both_b = UINT64_MAX;
	const struct chain *ca = &a->choice.chains[0];
	const struct chain *cb = &b->choice.chains[0];

	*chain = NULL;
	if (trial_size(p, na, ca, &sa, e) != ERR_OK ||
	    trial_size(p + na, nb, cb, &sb, e) != ERR_OK)
		return e->code;
	if (may_a && trial_size(p, na + nb, ca, &both_a, e) != ERR_OK)
		return e->code;
	if (may_b && trial_size(p, na + nb, cb, &both_b, e) != ERR_OK)
		return e->code;
	if (num_min(both_a, both_b) < sa + sb + BLOCK_COST)
		*chain = both_a <= both_b ? ca : cb;
	return ERR_OK;
}

/* Without far matches, what is next to the border tells enough. */
static uint64_t
look(const struct unit *a, const struct unit *b)
{
	uint32_t dict = a->choice.chains[0].lzma.dict_size;

	if (dict < b->choice.chains[0].lzma.dict_size)
		dict = b->choice.chains[0].lzma.dict_size;
	return dict > SMALL_DICT ? MERGE_LOOK : MERGE_LOOK / 4;
}

static enum err_code
read_and_try(const struct merging *m, const struct unit *a,
    const struct unit *b, const struct chain **chain, struct err *e)
{
	size_t na = (size_t)num_min(a->size, look(a, b));
	size_t nb = (size_t)num_min(b->size, look(a, b));
	struct source cursor = { NULL, NULL };
	uint8_t *p = malloc(na + nb);

	*chain = NULL;
	if (p == NULL)
		return err_nomem(e);
	if (tarstream_cursor(m->t, &cursor, e) == ERR_OK &&
	    cursor.read(cursor.ctx, b->off - na, p, na + nb, e) == ERR_OK)
		try_merge(p, na, nb, a, b, chain, e);
	tarstream_cursor_end(&cursor, e);
	free(p);
	return e->code;
}

/* How the trials for a pair of kinds went, of late. */
struct streak {
	bool merged;
	unsigned int n;		/* outcomes like that, one after another */
	unsigned int asked;
};

static enum err_code
decide_pair(const struct merging *m, struct streak *s,
    const struct unit *a, const struct unit *b, const struct chain **chain,
    struct err *e)
{
	const struct unit *larger = a->size >= b->size ? a : b;

	*chain = NULL;
	if (b->pinned || a->kind == UNIT_FORCED || b->kind == UNIT_FORCED ||
	    num_min(a->size, b->size) > MERGE_LOOK)
		return ERR_OK;
	if (s->n >= STREAK && ++s->asked % STREAK != 0) {
		*chain = s->merged ? &larger->choice.chains[0] : NULL;
		return ERR_OK;
	}
	if (read_and_try(m, a, b, chain, e) != ERR_OK)
		return e->code;
	s->n = (*chain != NULL) == s->merged ? s->n + 1 : 1;
	s->merged = *chain != NULL;
	return ERR_OK;
}

static enum err_code
merge_pairs(struct merging *m, struct err *e)
{
	struct streak streaks[UNIT_KINDS][UNIT_KINDS];
	struct unit *a, *b;
	const struct chain *chain;
	size_t i, kept = 0;

	memset(streaks, 0, sizeof(streaks));
	for (i = 1; i < m->n_units; i++) {
		a = &m->units[kept];
		b = &m->units[i];
		if (watch_step(m->watch, 0, e) != ERR_OK ||
		    decide_pair(m, &streaks[a->kind][b->kind], a, b, &chain,
		    e) != ERR_OK)
			return e->code;
		if (chain == NULL) {
			m->units[++kept] = *b;
			continue;
		}
		a->mixed = !unit_same_type(a, b);
		if (chain == &b->choice.chains[0])
			a->choice = b->choice;
		a->size += b->size;
	}
	m->n_units = kept + 1;
	return ERR_OK;
}

enum err_code
merge_units(const struct tarstream *t, const struct watch *w,
    struct unit *units, size_t *n, struct err *e)
{
	struct merging m = { t, w, units, *n };

	if (build_bridges(&m, e) == ERR_OK && merge_pairs(&m, e) == ERR_OK)
		*n = m.n_units;
	return e->code;
}
