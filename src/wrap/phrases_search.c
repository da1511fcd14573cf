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
#define COLD 20000		/* and at the end */
#define SEEN 4096		/* a power of two */
#define TRIES 1000		/* moves that come to nothing, in a row */

enum kind { ADD, DROP, REPLACE, SWAP, SHIFT };

/* What is done to phrases, by their texts, so that it can be done to others
 * as well. */
struct move {
	enum kind kind;
	struct phrase a;	/* DROP, REPLACE: this; SWAP, SHIFT: its code */
	struct phrase b;	/* ADD, REPLACE: the new one; SWAP: the other;
				 * ADD, SHIFT: its code is the one to get */
};

struct state {
	struct phrases p;	/* without coded */
	uint64_t cost;
	struct move move;	/* that led there */
};

struct search {
	const struct phrases_request *r;
	uint8_t codes[PHRASES_MAX];	/* [n_codes] rising */
	size_t n_codes;
	uint32_t mask;			/* of them */
	uint64_t left;			/* calls of cost() */
	uint64_t total;			/* of the walk */
	struct state here, best;
	struct state tries[BATCH];	/* [n_tries] */
	size_t n_tries;
	struct move again[BATCH];	/* [n_again]: moves that were good, but
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

/* Count what might be added to these phrases. */
static enum err_code
rank(struct search *s, const struct phrases *p, struct err *e)
{
	struct phrases own = *p;

	memset(&own.coded, 0, sizeof(own.coded));
	if (phrases_code(s->r, &own, e) == ERR_OK)
		phrases_count(own.coded.data, own.coded.size, s->mask,
		    s->ranks, RANKS, &s->n_ranks, e);
	buf_free(&own.coded);
	return e->code;
}

/* --- moves --- */

static struct phrase *
find(struct phrases *p, const struct phrase *x)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].size == x->size &&
		    memcmp(p->v[i].text, x->text, x->size) == 0)
			return &p->v[i];
	}
	return NULL;
}

static struct phrase *
find_code(struct phrases *p, uint8_t code)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].code == code)
			return &p->v[i];
	}
	return NULL;
}

/* The codes of phrases are always the first n, as gaps cost. */
static size_t
place_of(const struct search *s, uint8_t code)
{
	size_t i;

	for (i = 0; i + 1 < s->n_codes && s->codes[i] != code; i++)
		;
	return i;
}

static void
swap_codes(struct phrase *a, struct phrase *b)
{
	uint8_t c = a->code;

	a->code = b->code;
	b->code = c;
}

/* Give it the code at a place; those between move by one. */
static void
shift(const struct search *s, struct phrases *p, struct phrase *x, size_t to)
{
	size_t i = place_of(s, x->code);

	while (i != to) {
		i = i < to ? i + 1 : i - 1;
		swap_codes(x, find_code(p, s->codes[i]));
	}
}

/* Behind all that are as long: what is long is replaced first. */
static struct phrase *
insert(struct phrases *p, const struct phrase *x)
{
	size_t i = p->n++;

	for (; i > 0 && p->v[i - 1].size < x->size; i--)
		p->v[i] = p->v[i - 1];
	p->v[i] = *x;
	return &p->v[i];
}

static void
take_out(struct phrases *p, struct phrase *x)
{
	size_t i = (size_t)(x - p->v);

	p->n--;
	memmove(x, x + 1, (p->n - i) * sizeof(*x));
}

static bool
add(const struct search *s, struct phrases *p, const struct phrase *x)
{
	struct phrase own = *x, *new;

	if (p->n == s->n_codes || find(p, x) != NULL)
		return false;
	own.code = s->codes[p->n];
	new = insert(p, &own);
	if (x->code != 0)
		shift(s, p, new, place_of(s, x->code));
	return true;
}

/* false: it cannot be done to these. */
static bool
apply(const struct search *s, struct phrases *p, const struct move *m)
{
	struct phrase *a = find(p, &m->a), *b = find(p, &m->b), own;

	if (m->kind != ADD && a == NULL)
		return false;
	switch (m->kind) {
	case ADD:
		return place_of(s, m->b.code) <= p->n && add(s, p, &m->b);
	case DROP:
		shift(s, p, a, p->n - 1);
		take_out(p, a);
		return true;
	case REPLACE:
		if (b != NULL)
			return false;
		own = m->b;
		own.code = a->code;
		take_out(p, a);
		insert(p, &own);
		return true;
	case SWAP:
		if (b == NULL || a == b)
			return false;
		swap_codes(a, b);
		return true;
	case SHIFT:
		if (a->code == m->b.code || place_of(s, m->b.code) >= p->n)
			return false;
		shift(s, p, a, place_of(s, m->b.code));
		return true;
	}
	return false;
}

/* The last of the list must be one that may be.  false: there is none. */
static bool
settle(const struct search *s, struct phrases *p)
{
	struct phrase *x;
	size_t i;

	for (i = p->n; i-- > 0;) {
		x = find_code(p, s->codes[i]);
		if (phrases_may_end(x->text[x->size - 1])) {
			swap_codes(x, find_code(p, s->codes[p->n - 1]));
			return true;
		}
	}
	return p->n == 0;
}

/* --- which moves --- */

/* 0 .. n - 1; n >= 1. */
static size_t
below(struct search *s, size_t n)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return (size_t)((s->random >> 32) * n >> 32);
}

static bool
is_inside(uint8_t c)
{
	return (c & 0xC0) == 0x80;
}

/* A character less on the left or the right side. */
static bool
shorten(struct phrase *x, bool left)
{
	size_t n = 1;

	if (left) {
		while (n < x->size && is_inside(x->text[n]))
			n++;
		memmove(x->text, x->text + n, x->size - n);
	} else {
		while (n < x->size && is_inside(x->text[x->size - n]))
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
		while (q > t && is_inside(*q));
	} else {
		do
			p++;
		while (p < end && is_inside(*p));
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
propose(struct search *s, struct move *m)
{
	const struct phrases *p = &s->here.p;
	size_t what = below(s, 100);

	memset(m, 0, sizeof(*m));
	if (p->n == 0 || (what < 35 && p->n < s->n_codes)) {
		m->kind = ADD;
		if (!pick(s, &m->b))
			return false;
		m->b.code = s->codes[below(s, p->n + 1)];
		return true;
	}
	m->a = p->v[below(s, p->n)];
	if (what < 43) {
		m->kind = DROP;
	} else if (what < 58) {
		m->kind = REPLACE;
		return pick(s, &m->b);
	} else if (what < 73) {
		m->kind = REPLACE;
		m->b = m->a;
		return stretch(s, &m->b);
	} else {
		m->kind = what < 83 ? SWAP : SHIFT;
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
try_move(struct search *s, const struct move *m)
{
	struct state *t = &s->tries[s->n_tries];

	t->p = s->here.p;
	t->move = *m;
	if (apply(s, &t->p, m) && settle(s, &t->p) && !was_seen(s, &t->p))
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
	struct move m;
	size_t i, most, age = RANK_EVERY;
	bool moved = true;

	s->total = s->left;
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
		for (i = 0; i < s->n_ranks && p.n == n; i++) {
			if (add(s, &p, &s->ranks[i].phrase) && p.n % 5 == 4 &&
			    s->n_tries < BATCH - 1)
				s->tries[s->n_tries++].p = p;
		}
	} while (p.n > n);
	s->tries[s->n_tries++].p = p;
	for (i = 0; i < s->n_tries; i++) {
		if (!settle(s, &s->tries[i].p))
			s->tries[i].p.n = 0;
	}
	if (weigh_all(s, e) == ERR_OK) {
		s->best = s->tries[0];
		go(s, cheapest(s));
	}
	return e->code;
}

static void
find_codes(struct search *s, uint32_t used)
{
	uint8_t c;

	for (c = 1; c < 32; c++) {
		if (c == '\n' || c == '\r' || (used >> c & 1) != 0)
			continue;
		s->codes[s->n_codes++] = c;
		s->mask |= (uint32_t)1 << c;
	}
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
	find_codes(s, p->own);
	if (start(s, e) == ERR_OK && walk(s, e) == ERR_OK) {
		s->best.p.coded = p->coded;
		*p = s->best.p;
		phrases_code(r, p, e);
	}
	free(s);
	return e->code;
}
