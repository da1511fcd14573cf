#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "wrap/phrases_part.h"

/*
 * A model (phrases_count) says what is worth a code, one after the other; then
 * a walk by single moves, judged by what the program really takes.  Sizes are
 * rough: most moves change what the encoder does everywhere, by a few bytes in
 * either direction.  So the walk goes uphill at times, less and less (simulated
 * annealing).
 *
 * Moves are weighed in batches, on all threads.  The size of a batch does not
 * depend on the threads, and so neither does what is found.
 */
#define BATCH 8
#define RANKS 256
#define RANK_EVERY 2		/* batches, at least, between two countings */
#define CALLS_MIN 12		/* fewer are not worth it */
#define HOT 2000		/* the size by this: how far it goes uphill */
#define COLD 5000		/* and at the end */
#define SEEN 4096		/* a power of two */
#define TRIES 1000		/* moves that come to nothing, in a row */

struct state {
	struct phrases p;	/* without coded */
	uint64_t cost;
	struct phrases_move move;	/* that led there */
};

struct search {
	const struct phrases_request *r;
	struct phrases_codes codes;
	uint64_t left;			/* calls of cost() and countings, which
					 * take about as long */
	uint64_t total;			/* of the walk */
	struct state here, best;
	struct state tries[BATCH];	/* [n_tries] */
	size_t n_tries;
	struct phrases_move again[BATCH];	/* [n_again]: were good, but
						 * another was taken */
	size_t n_again;
	struct phrases_rank ranks[RANKS];	/* [n_ranks] */
	size_t n_ranks;
	uint64_t seen[SEEN];		/* hashes of what was weighed */
	uint64_t random;
};

/* --- costs --- */

static enum err_code
weigh(void *ctx, size_t i, void **result, struct err *e)
{
	struct search *s = ctx;
	struct phrases p = s->tries[i].p;

	(void)result;
	memset(&p.coded, 0, sizeof(p.coded));
	if (watch_step(s->r->watch, 0, e) == ERR_OK &&
	    phrases_code(s->r, &p, e) == ERR_OK)
		s->r->cost(s->r->ctx, &p, &s->tries[i].cost, e);
	buf_free(&p.coded);
	return e->code;
}

/* Ask for the costs of all tries. */
static enum err_code
weigh_all(struct search *s, struct err *e)
{
	struct pool_job job = {
		.n_items = s->n_tries,
		.n_threads = s->r->n_threads,
		.window = BATCH,
		.work = weigh,
		.ctx = s
	};

	s->left -= s->n_tries;
	return s->n_tries == 0 ? ERR_OK : pool_run(&job, NULL, e);
}

static void
go(struct search *s, const struct state *to)
{
	s->here = *to;
	if (to->cost < s->best.cost)
		s->best = *to;
}

/* The first of the cheapest tries. */
static const struct state *
cheapest(const struct search *s)
{
	const struct state *min = &s->tries[0];
	size_t i;

	for (i = 1; i < s->n_tries; i++) {
		if (s->tries[i].cost < min->cost)
			min = &s->tries[i];
	}
	return min;
}

/* Count what might be added to these phrases, if that leaves a batch. */
static enum err_code
rank(struct search *s, const struct phrases *p, struct err *e)
{
	struct phrases own = *p;

	s->n_ranks = 0;
	if (s->left <= BATCH)
		return ERR_OK;
	s->left--;
	memset(&own.coded, 0, sizeof(own.coded));
	if (watch_step(s->r->watch, 0, e) == ERR_OK &&
	    phrases_code(s->r, &own, e) == ERR_OK)
		phrases_count(own.coded.data, own.coded.size, s->codes.mask,
		    s->ranks, RANKS, &s->n_ranks, e);
	buf_free(&own.coded);
	return e->code;
}

/* --- moves --- */

/* 0 .. n - 1; n >= 1. */
static size_t
below(struct search *s, size_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (size_t)((s->random >> 32) * n >> 32);
}

/* A character less on the left or the right side. */
static bool
shorten(struct phrase *x, bool left)
{
	size_t n = 1;

	if (left) {
		while (n < x->size && phrases_is_inside(x->text[n]))
			n++;
		memmove(x->text, x->text + n, x->size - n);
	} else {
		while (n < x->size && phrases_is_inside(x->text[x->size - n]))
			n++;
	}
	x->size = (uint8_t)(x->size - n);
	memset(x->text + x->size, 0, sizeof(x->text) - x->size);
	return x->size >= 2;
}

/* A character more: that of one of its places. */
static bool
lengthen(struct search *s, struct phrase *x, bool left)
{
	const uint8_t *t = s->r->text, *end = t + s->r->size, *p = t, *q;
	size_t n = phrases_occur(t, s->r->size, x);

	if (n == 0)
		return false;
	for (n = below(s, n) + 1; n > 0; n--) {
		p = memmem(p, (size_t)(end - p), x->text, x->size);
		p += x->size;
	}
	q = p - x->size;
	if (left ? q == t : p == end)
		return false;
	if (left) {
		do
			q--;
		while (q > t && phrases_is_inside(*q));
	} else {
		do
			p++;
		while (p < end && phrases_is_inside(*p));
	}
	if (p - q > PHRASE_MAX)
		return false;
	x->size = (uint8_t)(p - q);
	memcpy(x->text, q, x->size);
	return true;
}

/* One of those that the model likes, the better ones more often. */
static bool
pick(struct search *s, struct phrase *x)
{
	size_t n;

	if (s->n_ranks == 0)
		return false;
	n = below(s, s->n_ranks) + 1;
	n = below(s, n) + 1;
	*x = s->ranks[below(s, n)].phrase;
	return true;
}

static bool
stretch(struct search *s, struct phrase *x)
{
	bool left = below(s, 2) != 0;

	return below(s, 2) != 0 ? shorten(x, left) : lengthen(s, x, left);
}

static bool
propose(struct search *s, struct phrases_move *m)
{
	const struct phrases *p = &s->here.p;
	size_t what = below(s, 100);

	memset(m, 0, sizeof(*m));
	if (p->n == 0 || (what < 35 && p->n < s->codes.n)) {
		m->kind = PHRASES_ADD;
		if (!pick(s, &m->b))
			return false;
		m->b.code = s->codes.v[below(s, p->n + 1)];
		return true;
	}
	m->a = p->v[below(s, p->n)];
	if (what < 43) {
		m->kind = PHRASES_DROP;
	} else if (what < 58) {
		m->kind = PHRASES_REPLACE;
		return pick(s, &m->b);
	} else if (what < 73) {
		m->kind = PHRASES_REPLACE;
		m->b = m->a;
		return stretch(s, &m->b);
	} else {
		m->kind = what < 83 ? PHRASES_SWAP : PHRASES_SHIFT;
		m->b = p->v[below(s, p->n)];
	}
	return true;
}

/* Was this weighed before?  It is remembered, if nothing takes its place. */
static bool
was_seen(struct search *s, const struct phrases *p)
{
	uint64_t hash = 0, one;
	size_t i, k;

	for (i = 0; i < p->n; i++) {
		one = 14695981039346656037u ^ p->v[i].code;
		for (k = 0; k < p->v[i].size; k++)
			one = (one ^ p->v[i].text[k]) * 1099511628211u;
		hash += one ^ one >> 29;
	}
	if (s->seen[hash % SEEN] == hash)
		return true;
	s->seen[hash % SEEN] = hash;
	return false;
}

/* Add a try, unless nothing comes of the move. */
static void
try_move(struct search *s, const struct phrases_move *m)
{
	struct state *t = &s->tries[s->n_tries];

	t->p = s->here.p;
	t->move = *m;
	if (phrases_apply(&s->codes, &t->p, m) && !was_seen(s, &t->p))
		s->n_tries++;
}

/* --- the walk --- */

/* The state to go to after a batch, or NULL. */
static const struct state *
judge(struct search *s)
{
	const struct state *to = cheapest(s);
	double heat = (double)s->here.cost / HOT *
	    pow((double)HOT / COLD, 1 - (double)s->left / (double)s->total);
	size_t i;

	if (to->cost < s->here.cost)
		return to;
	for (i = 0; i < s->n_tries; i++) {
		to = &s->tries[i];
		if ((double)below(s, 1 << 20) < (1 << 20) * exp(-(double)
		    (to->cost - s->here.cost) / heat))
			return to;
	}
	return NULL;
}

/* Go on from the batch; moves that were as good on their own are tried
 * again.  false: it stays where it is. */
static bool
step(struct search *s)
{
	const struct state *to = judge(s);
	size_t i;

	s->n_again = 0;
	for (i = 0; to != NULL && i < s->n_tries; i++) {
		if (&s->tries[i] != to && s->tries[i].cost < s->here.cost)
			s->again[s->n_again++] = s->tries[i].move;
	}
	if (to != NULL)
		go(s, to);
	return to != NULL;
}

static enum err_code
walk(struct search *s, struct err *e)
{
	struct phrases_move m;
	size_t i, most, age = RANK_EVERY;
	bool moved = true;

	s->total = s->left > 0 ? s->left : 1;
	while (s->left > 0) {
		if (moved && age >= RANK_EVERY) {
			if (rank(s, &s->here.p, e) != ERR_OK)
				return e->code;
			age = 0;
			moved = false;
		}
		s->n_tries = 0;
		most = s->left < BATCH ? (size_t)s->left : BATCH;
		for (i = 0; i < s->n_again && s->n_tries < most; i++)
			try_move(s, &s->again[i]);
		for (i = 0; i < TRIES && s->n_tries < most; i++) {
			if (propose(s, &m))
				try_move(s, &m);
		}
		if (s->n_tries == 0)
			break;
		if (weigh_all(s, e) != ERR_OK)
			return e->code;
		moved = step(s) || moved;
		age++;
	}
	return ERR_OK;
}

/* --- the start --- */

/* What the model likes best, one after the other, as far as there are codes;
 * and a few of the states on the way. */
static enum err_code
start(struct search *s, struct err *e)
{
	struct phrases p = s->here.p;
	size_t i, n;

	s->tries[s->n_tries++].p = p;
	do {
		n = p.n;
		if (rank(s, &p, e) != ERR_OK)
			return e->code;
		for (i = 0; i < s->n_ranks && p.n == n; i++)
			phrases_add(&s->codes, &p, &s->ranks[i].phrase);
		if (p.n > n && p.n % 5 == 4 && s->n_tries < BATCH - 1)
			s->tries[s->n_tries++].p = p;
	} while (p.n > n);
	s->tries[s->n_tries++].p = p;
	for (i = 0; i < s->n_tries; i++) {
		if (!phrases_settle(&s->codes, &s->tries[i].p))
			s->tries[i].p.n = 0;
	}
	if (weigh_all(s, e) == ERR_OK) {
		s->best = s->tries[0];
		go(s, cheapest(s));
	}
	return e->code;
}

enum err_code
phrases_search(const struct phrases_request *r, struct phrases *p,
    struct err *e)
{
	struct search *s;

	if (r->budget / r->size < CALLS_MIN)
		return ERR_OK;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_nomem(e);
	s->r = r;
	s->random = 88172645463325252u;
	s->left = r->budget / r->size;
	s->here.p = *p;
	phrases_codes(p, &s->codes);
	if (start(s, e) == ERR_OK && walk(s, e) == ERR_OK) {
		s->best.p.coded = p->coded;
		*p = s->best.p;
		phrases_code(r, p, e);
	}
	free(s);
	return e->code;
}
