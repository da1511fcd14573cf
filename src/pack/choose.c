#include "pack/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "xz/encode.h"

#define WINDOWS 8		/* windows of a sample, evenly spread */
#define RUN ((size_t)512 << 10)		/* bytes without a gap */
#define LARGE_RUN ((size_t)192 << 10)	/* of these, for screening */
#define SCREEN_MAX ((size_t)128 << 10)	/* bytes for screening lc, lp, pb */
#define SMALL_DICT (UINT32_C(4) << 10)
#define MID_DICT (UINT32_C(64) << 10)
#define ANY_DICT (UINT32_C(64) << 20)	/* also what xz -9 uses */
#define HOPELESS 64			/* a screening behind by 1/64 ends */
#define CLIMB_MAX 8		/* trials, before a climb rests */

/* Anchors for far repeats: one position in 256, 64 bytes of context. */
#define ANCHOR_BITS 8
#define ANCHOR_MAX (UINT64_C(64) << 20)	/* bytes looked at */

#define TOP 2			/* chains of a screening that go on */

struct ranked {
	struct chain chain;
	uint64_t size;		/* packed bytes; UINT64_MAX: none yet */
};

/* Chains tried on some bytes: the best first. */
struct trial {
	const uint8_t *p;	/* the bytes */
	size_t size;
	struct ranked top[TOP];
};

/* lc, lp, pb that won on some kind of bytes; see src/README. */
static const struct {
	uint8_t lc, lp, pb;
} seeds[] = {
	{ 3, 0, 2 }, { 3, 0, 0 }, { 4, 0, 0 }, { 0, 0, 0 }, { 0, 1, 1 },
	{ 3, 1, 0 }, { 2, 2, 0 }, { 1, 2, 0 }, { 0, 2, 2 }, { 0, 3, 3 },
};

static void
trial_init(struct trial *t, const uint8_t *p, size_t size)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->p = p;
	t->size = size;
	for (i = 0; i < TOP; i++)
		t->top[i].size = UINT64_MAX;
}

static enum err_code
try_chain(struct trial *t, const struct chain *c, struct err *e)
{
	struct chain fitted = *c;
	uint64_t size;
	size_t i;

	for (i = 0; i < TOP && t->top[i].size != UINT64_MAX; i++) {
		if (chain_equal(&t->top[i].chain, c))
			return ERR_OK;
	}
	chain_fit(&fitted, t->size);
	if (encode_size(t->p, t->size, &fitted, t->top[TOP - 1].size, &size,
	    e) != ERR_OK)
		return e->code;
	/* Insert in order; an equal size stays behind the earlier one. */
	for (i = TOP; i > 0 && size < t->top[i - 1].size; i--) {
		if (i < TOP)
			t->top[i] = t->top[i - 1];
		t->top[i - 1].chain = *c;
		t->top[i - 1].size = size;
	}
	return ERR_OK;
}

static void
set_props(struct chain *c, uint32_t lc, uint32_t lp, uint32_t pb)
{
	c->lzma.lc = lc;
	c->lzma.lp = lp;
	c->lzma.pb = pb;
}

static enum err_code
try_seeds(struct trial *t, const struct chain *base, struct err *e)
{
	struct chain c = *base;
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		set_props(&c, seeds[i].lc, seeds[i].lp, seeds[i].pb);
		if (try_chain(t, &c, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

/* Move to the best neighbour (one of lc, lp, pb by one) while it helps. */
static enum err_code
climb(struct trial *t, struct err *e)
{
	static const int steps[][3] = {
		{ 1, 0, 0 }, { -1, 0, 0 }, { 0, 1, 0 }, { 0, -1, 0 },
		{ 0, 0, 1 }, { 0, 0, -1 }, { 1, -1, 0 }, { -1, 1, 0 },
	};
	uint64_t before;
	unsigned int i, tries = 0;
	struct chain c, from;

	do {
		before = t->top[0].size;
		from = t->top[0].chain;
		for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			int lc = (int)from.lzma.lc + steps[i][0];
			int lp = (int)from.lzma.lp + steps[i][1];
			int pb = (int)from.lzma.pb + steps[i][2];

			if (lc < 0 || lp < 0 || pb < 0 || pb > 4 ||
			    lc + lp > 4)
				continue;
			c = from;
			set_props(&c, (uint32_t)lc, (uint32_t)lp,
			    (uint32_t)pb);
			if (try_chain(t, &c, e) != ERR_OK)
				return e->code;
			tries++;
		}
	} while (t->top[0].size < before && tries < CLIMB_MAX);
	return ERR_OK;
}

static enum err_code
try_deltas(struct trial *t, enum chain_target target, struct err *e)
{
	static const uint32_t dists[] = { 1, 2, 3, 4, 8 };
	uint64_t before = t->top[0].size;
	struct chain c, from = t->top[0].chain;
	struct err ignored = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(dists) / sizeof(dists[0]); i++) {
		c = from;
		chain_prepend(&c, LZMA_FILTER_DELTA, dists[i]);
		if (chain_allowed(&c, target, &ignored) != ERR_OK)
			return ERR_OK;
		if (try_chain(t, &c, e) != ERR_OK)
			return e->code;
		set_props(&c, 0, 0, 0);
		if (try_chain(t, &c, e) != ERR_OK)
			return e->code;
	}
	return t->top[0].size < before ? climb(t, e) : ERR_OK;
}

/* --- samples --- */

/*
 * Read all bytes; or, of more than a sample, one run from the middle, which
 * shows matches as the whole has them, and WINDOWS windows, which show what
 * else there is.  *got is the size.
 */
static enum err_code
read_sample(const struct choose_request *r, uint8_t *p, size_t *got,
    struct err *e)
{
	size_t i, window = (CHOOSE_SAMPLE_MAX - RUN) / WINDOWS;
	uint64_t at;

	if (r->size <= CHOOSE_SAMPLE_MAX) {
		*got = (size_t)r->size;
		return r->src->read(r->src->ctx, r->off, p, *got, e);
	}
	*got = CHOOSE_SAMPLE_MAX;
	/* A multiple of 16 keeps the phase of every element size. */
	at = (r->size - RUN) / 2 & ~UINT64_C(15);
	if (r->src->read(r->src->ctx, r->off + at, p, RUN, e) != ERR_OK)
		return e->code;
	p += RUN;
	for (i = 0; i < WINDOWS; i++, p += window) {
		at = (r->size - window) / (WINDOWS - 1) * i & ~UINT64_C(15);
		if (r->src->read(r->src->ctx, r->off + at, p, window, e) !=
		    ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

/* A thinner sample of the sample: a part of each window. */
static size_t
thin(uint8_t *to, const uint8_t *p, size_t size)
{
	size_t i, part = SCREEN_MAX / WINDOWS;

	if (size <= SCREEN_MAX) {
		memcpy(to, p, size);
		return size;
	}
	for (i = 0; i < WINDOWS; i++)
		memcpy(to + i * part, p + (size / WINDOWS * i & ~(size_t)15),
		    part);
	return SCREEN_MAX;
}

/* --- far repeats --- */

struct repeats {
	uint64_t *seen;		/* [mask + 1] hashes of anchors; 0: free */
	size_t mask;
	uint64_t hash;
	uint64_t anchors;
	uint64_t hits;		/* anchors seen before */
};

/* A gear hash: each byte's random word is added to the shifted hash, so the
 * value depends on the last 64 bytes alone. */
static uint64_t
gear(uint8_t byte)
{
	uint64_t z = (uint64_t)byte + UINT64_C(0x9E3779B97F4A7C15);

	/* The finaliser of splitmix64 (Steele et al. 2014). */
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

static void
count_repeats(struct repeats *r, const uint64_t *table, const uint8_t *p,
    size_t n)
{
	size_t i, at;

	for (i = 0; i < n; i++) {
		r->hash = (r->hash << 1) + table[p[i]];
		if (r->hash >> (64 - ANCHOR_BITS) != 0)
			continue;
		r->anchors++;
		at = (size_t)(r->hash >> 8) & r->mask;
		if (r->seen[at] == r->hash)
			r->hits++;
		else
			r->seen[at] = r->hash;
	}
}

/* Do more than 1 in 500 of the bytes repeat others, anywhere before? */
static enum err_code
has_repeats(const struct choose_request *r, uint8_t *piece, size_t cap,
    bool *yes, struct err *e)
{
	uint64_t size = num_min(r->size, ANCHOR_MAX), done = 0, table[256];
	struct repeats s;
	size_t n, i;

	memset(&s, 0, sizeof(s));
	s.mask = 4095;
	while (s.mask + 1 < size >> (ANCHOR_BITS - 1))
		s.mask = 2 * s.mask + 1;
	s.seen = calloc(s.mask + 1, sizeof(*s.seen));
	if (s.seen == NULL)
		return err_nomem(e);
	for (i = 0; i < 256; i++)
		table[i] = gear((uint8_t)i);
	for (; done < size && e->code == ERR_OK; done += n) {
		n = (size_t)num_min(size - done, cap);
		if (r->src->read(r->src->ctx, r->off + done, piece, n, e) ==
		    ERR_OK)
			count_repeats(&s, table, piece, n);
	}
	*yes = s.hits * 500 > s.anchors;
	free(s.seen);
	return e->code;
}

/* --- the choice --- */

/* Steps 1, 3 and 4 with the dictionary and the match finder of base. */
static enum err_code
screen(struct trial *t, const struct choose_request *r, struct chain base,
    struct err *e)
{
	if (r->bcj != LZMA_VLI_UNKNOWN)
		chain_prepend(&base, r->bcj, 0);
	if (try_seeds(t, &base, e) != ERR_OK || climb(t, e) != ERR_OK)
		return e->code;
	if (r->bcj != LZMA_VLI_UNKNOWN) {
		base = t->top[0].chain;
		base.n_pre = 0;
		return try_chain(t, &base, e);
	}
	return try_deltas(t, r->target, e);
}

/*
 * Screening for a large dictionary, on the run without gaps.  Where it is
 * far behind the small one with the same lc, lp, pb, the rest of the list
 * is not worth the time.
 */
static enum err_code
screen_large(struct trial *t, const struct choose_request *r,
    const struct chain *small, struct err *e)
{
	struct chain base, same = *small;
	uint64_t small_size;

	if (encode_size(t->p, t->size, small, UINT64_MAX, &small_size, e) !=
	    ERR_OK)
		return e->code;
	/* The filters before LZMA2 are settled by now. */
	base = *small;
	base.lzma.dict_size = (uint32_t)num_min(r->dict_max, ANY_DICT);
	same.lzma.dict_size = base.lzma.dict_size;
	if (try_chain(t, &same, e) != ERR_OK)
		return e->code;
	if (t->top[0].size > small_size + small_size / HOPELESS)
		return ERR_OK;
	if (try_seeds(t, &base, e) != ERR_OK)
		return e->code;
	return climb(t, e);
}

/* The match finder of preset 9e: screening does with less. */
static void
thorough(struct chain *c)
{
	struct chain best;

	chain_preset(&best, 9 | LZMA_PRESET_EXTREME);
	c->lzma.mf = best.lzma.mf;
	c->lzma.mode = best.lzma.mode;
	c->lzma.nice_len = best.lzma.nice_len;
	c->lzma.depth = best.lzma.depth;
}

/* Is a within 1/part of b, or below? */
static bool
near(uint64_t a, uint64_t b, uint64_t part)
{
	return a < b + b / part;
}

/*
 * Step 2 on the whole sample: the best of each screening, and 64 KiB.
 *
 * All the data holds more far matches than a sample of it: 7 MB of ternary
 * values are 1.6 % smaller with the large dictionary, while samples of 1 MiB
 * cannot tell.  So near a tie the large one is taken, where one Block can
 * hold all the data and the time for it is small.
 */
static enum err_code
decide(const struct choose_request *r, const uint8_t *p, size_t size,
    const struct trial *small, const struct trial *large, bool repeats,
    struct choice *c, struct err *e)
{
	struct trial s, l, m;
	struct chain chain;
	size_t i;

	trial_init(&s, p, size);
	trial_init(&l, p, size);
	trial_init(&m, p, size);
	for (i = 0; i < TOP && large->top[i].size != UINT64_MAX; i++) {
		chain = large->top[i].chain;
		thorough(&chain);
		if (try_chain(&l, &chain, e) != ERR_OK)
			return e->code;
	}
	chain = l.top[0].chain;
	chain.lzma.dict_size = MID_DICT;
	if (try_chain(&m, &chain, e) != ERR_OK ||
	    try_chain(&s, &small->top[0].chain, e) != ERR_OK)
		return e->code;
	if (m.top[0].size < s.top[0].size)
		s = m;
	c->chain = s.top[0].chain;
	c->alt = l.top[0].chain;
	if (l.top[0].size < s.top[0].size || (r->size <= CHOOSE_ONE_BLOCK &&
	    near(l.top[0].size, s.top[0].size, 200))) {
		c->chain = l.top[0].chain;
		c->alt = s.top[0].chain;
	}
	c->far = repeats;
	c->has_alt = repeats && r->size > size;
	return ERR_OK;
}

static enum err_code
choose_with(const struct choose_request *r, uint8_t *sample,
    uint8_t *screened, struct choice *c, struct err *e)
{
	struct trial small, large;
	struct chain base;
	bool repeats = false;
	size_t size;

	if (has_repeats(r, sample, CHOOSE_SAMPLE_MAX, &repeats, e) !=
	    ERR_OK || read_sample(r, sample, &size, e) != ERR_OK)
		return e->code;
	trial_init(&small, screened, thin(screened, sample, size));
	trial_init(&large, sample, num_min(size, LARGE_RUN));
	chain_preset(&base, LZMA_PRESET_DEFAULT);
	base.lzma.dict_size = SMALL_DICT;
	if (screen(&small, r, base, e) != ERR_OK ||
	    screen_large(&large, r, &small.top[0].chain, e) != ERR_OK)
		return e->code;
	return decide(r, sample, num_min(size, RUN), &small, &large, repeats,
	    c, e);
}

enum err_code
choose_chain(const struct choose_request *r, struct choice *c, struct err *e)
{
	uint8_t *sample = malloc(CHOOSE_SAMPLE_MAX);
	uint8_t *screened = malloc(SCREEN_MAX);

	memset(c, 0, sizeof(*c));
	if (sample == NULL || screened == NULL)
		err_nomem(e);
	else
		choose_with(r, sample, screened, c, e);
	free(sample);
	free(screened);
	return e->code;
}
