#include "pack/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "pack/trial.h"

#define MERGE_LOOK ((uint64_t)128 << 10)	/* bytes of each in it */
#define SMALL_DICT (UINT32_C(64) << 10)	/* bytes: no far matches */
#define STREAK 16			/* trials that agree and so predict */
#define BRIDGE_LOOK ((uint64_t)64 << 10)	/* bytes of each side */
#define BRIDGE_MAX ((uint64_t)64 << 10)	/* bytes of a gap */
#define UNLIKE 8			/* the smaller is an eighth at least */
#define AHEAD 256			/* pairs tried before they are asked */
#define BLOCK_COST 32			/* bytes of container a Block costs */

/* Who a pair's Block would go by. */
enum merge_by { BY_UNKNOWN, BY_NONE, BY_A, BY_B };

struct merging {
	const struct merge_request *r;
	struct unit *units;	/* [n_units] */
	size_t n_units;
	bool deep_only;		/* the others have not chosen yet */
	enum merge_by ahead[AHEAD];	/* of unit i and the next one */
};

/* --- bridges --- */

/*
 * Tensors of a kind with a little of another between them, such as their
 * scales: one Block for all, or one for each?  Tried on what is next to the
 * gap.
 */
static enum err_code
try_bridge(const struct merging *m, const struct unit *a, size_t last,
    size_t b, bool *yes, struct err *e)
{
	const struct unit *u = m->units;
	size_t na = (size_t)num_min(a->size, BRIDGE_LOOK), i;
	size_t nb = (size_t)num_min(u[b].size, BRIDGE_LOOK);
	uint64_t from = a->off + a->size - na;
	size_t n = (size_t)(u[b].off - from) + nb;
	uint64_t one = 0, apart = 0, size = 0;
	const struct chain *c = &a->choice.chains[0];
	struct source cursor = { NULL, NULL };
	uint8_t *p = malloc(n), *q;

	if (p == NULL)
		return err_nomem(e);
	if (tarstream_cursor(m->r->t, &cursor, e) == ERR_OK &&
	    cursor.read(cursor.ctx, from, p, n, e) == ERR_OK)
		trial_size(p, n, c, &one, e);
	if (e->code == ERR_OK && trial_size(p, na, c, &apart, e) == ERR_OK &&
	    trial_size(p + n - nb, nb, c, &size, e) == ERR_OK)
		apart += size;
	for (i = last + 1, q = p + na; i < b && e->code == ERR_OK; i++) {
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

/* The unit behind a small gap after unit `last`, the end of a, that a could go
 * on with; or 0. */
static size_t
far_side(const struct merging *m, const struct unit *a, size_t last)
{
	const struct unit *u = m->units;
	uint64_t gap = 0;
	size_t b;

	if (a->fixed || a->size < UNIT_LARGE || (a->kind != UNIT_NUMBERS &&
	    a->kind != UNIT_BINARY))
		return 0;
	for (b = last + 1; b < m->n_units && gap <= BRIDGE_MAX; b++) {
		if (u[b].pinned || u[b].fixed || u[b].kind == UNIT_FORCED)
			return 0;
		if (u[b].size >= UNIT_LARGE)
			return b > last + 1 && unit_same_type(a, &u[b]) &&
			    a->leader == u[b].leader ? b : 0;
		gap += u[b].size;
	}
	return 0;
}

/* How the bridges of a leader's followers went. */
struct bridges {
	uint64_t leader;
	bool yes;
	unsigned int n;		/* alike, one after the other */
};

/* Shall a, which ends with unit `last`, go on to the end of unit b? */
static enum err_code
decide_bridge(const struct merging *m, struct bridges *s,
    const struct unit *a, size_t last, size_t b, bool *yes, struct err *e)
{
	*yes = a->choice.deep;
	/* What a cut costs these shows in no trial. */
	if (a->choice.deep || m->deep_only)
		return ERR_OK;
	*yes = s->yes;
	if (s->leader == a->leader && s->n >= 2)
		return ERR_OK;
	if (try_bridge(m, a, last, b, yes, e) != ERR_OK)
		return e->code;
	s->n = s->leader == a->leader && s->yes == *yes ? s->n + 1 : 1;
	s->leader = a->leader;
	s->yes = *yes;
	return ERR_OK;
}

/* Add u to a; what has not chosen never will, and is done. */
static enum err_code
take_next(const struct merging *m, struct unit *a, const struct unit *u,
    struct err *e)
{
	a->size += u->size;
	a->crossing += u->crossing;
	return watch_step(m->r->watch, u->choice.n == 0 ? u->size : 0, e);
}

static enum err_code
build_bridges(struct merging *m, struct err *e)
{
	struct bridges s = { UINT64_MAX, false, 0 };
	struct unit *u = m->units, a;
	size_t i, kept = 0, b;
	bool yes;

	for (i = 0; i < m->n_units; i++) {
		a = u[i];
		while ((b = far_side(m, &a, i)) != 0) {
			if (decide_bridge(m, &s, &a, i, b, &yes, e) != ERR_OK)
				return e->code;
			if (!yes)
				break;
			while (i < b) {
				if (take_next(m, &a, &u[++i], e) != ERR_OK)
					return e->code;
			}
		}
		u[kept++] = a;
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
look(const struct merging *m, const struct unit *a, const struct unit *b)
{
	uint32_t dict = a->choice.chains[0].lzma.dict_size;

	if (dict < b->choice.chains[0].lzma.dict_size)
		dict = b->choice.chains[0].lzma.dict_size;
	return dict > SMALL_DICT && !m->r->fast ? MERGE_LOOK : MERGE_LOOK / 4;
}

static enum err_code
read_and_try(const struct merging *m, const struct unit *a,
    const struct unit *b, const struct chain **chain, struct err *e)
{
	size_t na = (size_t)num_min(a->size, look(m, a, b));
	size_t nb = (size_t)num_min(b->size, look(m, a, b));
	struct source cursor = { NULL, NULL };
	uint8_t *p = malloc(na + nb);

	*chain = NULL;
	if (p == NULL)
		return err_nomem(e);
	if (tarstream_cursor(m->r->t, &cursor, e) == ERR_OK &&
	    cursor.read(cursor.ctx, b->off - na, p, na + nb, e) == ERR_OK)
		try_merge(p, na, nb, a, b, chain, e);
	tarstream_cursor_end(&cursor, e);
	free(p);
	return e->code;
}

static enum err_code
try_pair(const struct merging *m, const struct unit *a, const struct unit *b,
    enum merge_by *by, struct err *e)
{
	const struct chain *chain;

	if (read_and_try(m, a, b, &chain, e) != ERR_OK)
		return e->code;
	*by = chain == NULL ? BY_NONE :
	    chain == &a->choice.chains[0] ? BY_A : BY_B;
	return ERR_OK;
}

static bool
may_merge(const struct unit *a, const struct unit *b)
{
	return !b->pinned && !a->fixed && !b->fixed &&
	    a->kind != UNIT_FORCED && b->kind != UNIT_FORCED &&
	    num_min(a->size, b->size) <= MERGE_LOOK;
}

/* Most pairs stay as they are, so the first are tried ahead of time, by all
 * workers. */
static enum err_code
ahead_work(void *ctx, size_t i, void **result, struct err *e)
{
	struct merging *m = ctx;
	const struct unit *u = m->units;

	(void)result;
	if (watch_step(m->r->watch, 0, e) != ERR_OK ||
	    !may_merge(&u[i], &u[i + 1]))
		return e->code;
	return try_pair(m, &u[i], &u[i + 1], &m->ahead[i], e);
}

static enum err_code
try_ahead(struct merging *m, struct err *e)
{
	struct pool_job job;

	memset(&job, 0, sizeof(job));
	job.n_items = (size_t)num_min(AHEAD, m->n_units - 1);
	job.n_threads = m->r->n_threads;
	job.crew = m->r->crew;
	job.window = AHEAD;
	job.work = ahead_work;
	job.ctx = m;
	return job.n_items > 0 ? pool_run(&job, NULL, e) : ERR_OK;
}

/* How the trials for a pair of kinds went, of late. */
struct streak {
	bool merged;
	unsigned int n;		/* outcomes like that, one after another */
	unsigned int asked;
};

/* *by is BY_UNKNOWN, or what was found ahead of time. */
static enum err_code
decide_pair(const struct merging *m, struct streak *s,
    const struct unit *a, const struct unit *b, enum merge_by *by,
    struct err *e)
{
	if (!may_merge(a, b)) {
		*by = BY_NONE;
		return ERR_OK;
	}
	if (*by == BY_UNKNOWN && s->n >= STREAK && ++s->asked % STREAK != 0) {
		*by = !s->merged ? BY_NONE : a->size >= b->size ? BY_A : BY_B;
		return ERR_OK;
	}
	if (*by == BY_UNKNOWN && try_pair(m, a, b, by, e) != ERR_OK)
		return e->code;
	s->n = (*by != BY_NONE) == s->merged ? s->n + 1 : 1;
	s->merged = *by != BY_NONE;
	return ERR_OK;
}

/* Would both together choose otherwise than either? */
static bool
unlike(const struct unit *a, const struct unit *b)
{
	return num_max(a->size, b->size) / UNLIKE <=
	    num_min(a->size, b->size) &&
	    !chain_equal(&a->choice.chains[0], &b->choice.chains[0]);
}

static void
join(struct unit *a, const struct unit *b, enum merge_by by)
{
	if (by == BY_B) {
		a->choice = b->choice;
		a->kind = b->kind;
		a->bcj = b->bcj;
		a->element = b->element;
		memcpy(a->dtype, b->dtype, sizeof(a->dtype));
	}
	a->size += b->size;
	a->crossing += b->crossing;
}

static enum err_code
merge_pairs(struct merging *m, struct err *e)
{
	struct streak streaks[UNIT_KINDS][UNIT_KINDS];
	struct unit *a, *b;
	enum merge_by by, before = BY_NONE;
	size_t i, kept = 0;

	memset(streaks, 0, sizeof(streaks));
	for (i = 1; i < m->n_units; i++) {
		a = &m->units[kept];
		b = &m->units[i];
		/* Is a as it was when this was tried? */
		by = before == BY_NONE && i <= AHEAD ? m->ahead[i - 1] :
		    BY_UNKNOWN;
		if (watch_step(m->r->watch, 0, e) != ERR_OK ||
		    decide_pair(m, &streaks[a->kind][b->kind], a, b, &by,
		    e) != ERR_OK)
			return e->code;
		before = by;
		if (by == BY_NONE) {
			m->units[++kept] = *b;
			continue;
		}
		a->mixed |= b->mixed || unlike(a, b);
		join(a, b, by);
	}
	m->n_units = kept + 1;
	return ERR_OK;
}

enum err_code
merge_units(const struct merge_request *r, struct unit *units, size_t *n,
    struct err *e)
{
	struct merging m = { .r = r, .units = units, .n_units = *n };

	if (build_bridges(&m, e) == ERR_OK && try_ahead(&m, e) == ERR_OK &&
	    merge_pairs(&m, e) == ERR_OK)
		*n = m.n_units;
	return e->code;
}

enum err_code
merge_deep(const struct merge_request *r, struct unit *units, size_t *n,
    struct err *e)
{
	struct merging m = { .r = r, .units = units, .n_units = *n,
	    .deep_only = true };

	if (build_bridges(&m, e) == ERR_OK)
		*n = m.n_units;
	return e->code;
}
