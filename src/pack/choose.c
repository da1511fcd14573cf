#include "pack/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "pack/sample.h"
#include "xz/encode.h"

#define SCREEN_SMALL ((size_t)64 << 10)	/* bytes for screening: */
#define SCREEN_LARGE ((size_t)192 << 10)	/* small or large dictionary */
#define SCREEN_CLEAR ((size_t)96 << 10)	/* where that is clear */
#define SCREEN_DEPTH 8		/* of a match finder; more takes time */
#define SMALL_DICT (UINT32_C(4) << 10)
#define MID_DICT (UINT32_C(64) << 10)
#define ANY_DICT (UINT32_C(64) << 20)	/* also what xz -9 uses */
#define HOPELESS 64			/* a screening behind by 1/64 ends */
#define CLOSE 100			/* behind by 1/100 may yet win */
#define NEAR 200			/* as small, but for 1/200 */
#define CLEAR 16			/* ahead by 1/16 needs no second look */
#define HEAT 8			/* of the bytes, an eighth first */
#define HEAT_BEHIND 64			/* behind by 1/64 is out */
#define CLIMB_MAX 8		/* trials, before a climb rests */

#define TOP 2			/* chains of a screening that go on */

struct ranked {
	struct chain chain;
	uint64_t size;		/* packed bytes; UINT64_MAX: none yet */
};

/* Chains tried on some bytes: the best first. */
struct trial {
	const uint8_t *p;	/* the bytes */
	size_t size;
	size_t heat;		/* bytes from the middle of them that a chain
				 * has to do well on first; 0: none */
	uint64_t heat_best;	/* packed bytes */
	struct ranked top[TOP];
};

/* lc, lp, pb that won on some kind of bytes; see src/README. */
static const struct {
	uint8_t lc, lp, pb;
} seeds[] = {
	{ 3, 0, 2 }, { 3, 0, 0 }, { 4, 0, 0 }, { 0, 0, 0 }, { 0, 1, 1 },
	{ 3, 1, 0 }, { 2, 2, 0 }, { 1, 2, 0 }, { 0, 2, 0 }, { 0, 2, 2 },
	{ 0, 3, 3 },
};

static void
trial_init(struct trial *t, const uint8_t *p, size_t size, size_t heat)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->p = p;
	t->size = size;
	t->heat = heat;
	t->heat_best = UINT64_MAX;
	for (i = 0; i < TOP; i++)
		t->top[i].size = UINT64_MAX;
}

/* A look at a part first: most candidates need no more. */
static enum err_code
wins_heat(struct trial *t, const struct chain *c, bool *yes, struct err *e)
{
	struct chain fitted = *c;
	uint64_t size, most = UINT64_MAX;

	*yes = true;
	if (t->heat == 0)
		return ERR_OK;
	if (t->heat_best != UINT64_MAX)
		most = t->heat_best + t->heat_best / HEAT_BEHIND;
	chain_fit(&fitted, t->heat);
	if (encode_size(t->p + (t->size / 2 & ~(size_t)15), t->heat, &fitted,
	    most, &size, e) != ERR_OK)
		return e->code;
	*yes = size <= most;
	t->heat_best = num_min(t->heat_best, size);
	return ERR_OK;
}

static enum err_code
try_chain(struct trial *t, const struct chain *c, struct err *e)
{
	struct chain fitted = *c;
	uint64_t size;
	bool go_on;
	size_t i;

	for (i = 0; i < TOP && t->top[i].size != UINT64_MAX; i++) {
		if (chain_equal(&t->top[i].chain, c))
			return ERR_OK;
	}
	if (wins_heat(t, c, &go_on, e) != ERR_OK || !go_on)
		return e->code;
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

/* --- the choice --- */

static uint32_t
large_dict(const struct choose_request *r)
{
	return (uint32_t)num_min(r->dict_max, ANY_DICT);
}

/* The best chain without its BCJ filter, which has to earn its place. */
static enum err_code
try_plain(struct trial *t, struct err *e)
{
	struct ranked with = t->top[0];
	struct chain plain = with.chain;

	plain.n_pre = 0;
	if (try_chain(t, &plain, e) != ERR_OK)
		return e->code;
	if (t->top[1].size == with.size && chain_equal(&t->top[1].chain,
	    &plain)) {
		t->top[0] = t->top[1];
		t->top[1] = with;
	}
	return ERR_OK;
}

/* Steps 1, 3 and 4 with the dictionary and the match finder of base. */
static enum err_code
screen(struct trial *t, const struct choose_request *r, struct chain base,
    struct err *e)
{
	if (r->bcj != LZMA_VLI_UNKNOWN)
		chain_prepend(&base, r->bcj, 0);
	if (try_seeds(t, &base, e) != ERR_OK || climb(t, e) != ERR_OK)
		return e->code;
	if (r->bcj != LZMA_VLI_UNKNOWN)
		return try_plain(t, e);
	return try_deltas(t, r->target, e);
}

/*
 * Screening for a large dictionary.  Where it is far behind the small one with
 * the same lc, lp, pb, the rest of the list is not worth the time; nor is a
 * climb that begins where one has ended.
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
	base.lzma.dict_size = large_dict(r);
	same.lzma.dict_size = base.lzma.dict_size;
	if (try_chain(t, &same, e) != ERR_OK)
		return e->code;
	if (t->top[0].size > small_size + small_size / HOPELESS)
		return ERR_OK;
	if (try_seeds(t, &base, e) != ERR_OK)
		return e->code;
	return chain_equal(&t->top[0].chain, &same) ? ERR_OK : climb(t, e);
}

/* Do matches over more than a small dictionary make it much smaller? */
static enum err_code
needs_large(const struct trial *t, const struct chain *base,
    const struct choose_request *r, bool *yes, struct err *e)
{
	struct chain c = *base;
	uint64_t small, large;

	if (encode_size(t->p, t->size, &c, UINT64_MAX, &small, e) != ERR_OK)
		return e->code;
	c.lzma.dict_size = large_dict(r);
	chain_fit(&c, t->size);
	if (encode_size(t->p, t->size, &c, UINT64_MAX, &large, e) != ERR_OK)
		return e->code;
	*yes = large + large / CLEAR < small;
	return ERR_OK;
}

/* Both screenings, or the one for a large dictionary where that is clear. */
static enum err_code
screen_both(struct trial *small, struct trial *large,
    const struct choose_request *r, struct err *e)
{
	struct chain base;
	bool yes = false;

	chain_preset(&base, LZMA_PRESET_DEFAULT);
	base.lzma.dict_size = SMALL_DICT;
	base.lzma.depth = SCREEN_DEPTH;
	if (needs_large(large, &base, r, &yes, e) != ERR_OK)
		return e->code;
	if (yes) {
		/* Such bytes are text or code, of which less tells as much. */
		large->size = num_min(large->size, SCREEN_CLEAR);
		large->heat = large->size / HEAT;
		base.lzma.dict_size = large_dict(r);
		return screen(large, r, base, e);
	}
	if (screen(small, r, base, e) != ERR_OK)
		return e->code;
	return screen_large(large, r, &small->top[0].chain, e);
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

/* Did a, tried with the same bytes, come close to b? */
static bool
near(const struct ranked *a, const struct ranked *b)
{
	return a->size != UINT64_MAX && a->size - b->size <= b->size / CLOSE;
}

/*
 * Step 2 on the whole sample, with a large dictionary: the best two of its
 * screening, and 64 KiB, which may be as good where far matches are few.
 */
static enum err_code
decide_large(const struct choose_request *r, const struct trial *large,
    bool clear, struct trial *l, struct trial *m, struct err *e)
{
	struct chain chain;
	size_t i;

	for (i = 0; i < TOP && near(&large->top[i], &large->top[0]); i++) {
		chain = large->top[i].chain;
		thorough(&chain);
		if (try_chain(l, &chain, e) != ERR_OK)
			return e->code;
	}
	if (clear)
		return ERR_OK;
	chain = l->top[0].chain;
	chain.lzma.dict_size = (uint32_t)num_min(MID_DICT, r->dict_max);
	if (try_chain(m, &chain, e) != ERR_OK)
		return e->code;
	/* All the data holds more far matches than a sample of it: near a tie
	 * the large one is taken, if one Block can hold all. */
	if (r->size <= CHOOSE_ONE_BLOCK)
		m->top[0].size += m->top[0].size / NEAR;
	return ERR_OK;
}

/*
 * Between large and small.  What samples cannot tell, the encoding of all
 * will (choice.alt):
 * - far repeats may be worth a large dictionary after all;
 * - where matches and literals cost about the same, as in ternary weights, the
 *   encoder is chaotic: two chains that tie on a sample differ by 2 % on the
 *   whole, either way.
 */
static enum err_code
decide(const struct choose_request *r, const uint8_t *p, size_t size,
    const struct trial *small, const struct trial *large, bool repeats,
    struct choice *c, struct err *e)
{
	bool clear = small->top[0].size == UINT64_MAX, wins;
	struct trial s, l, m;
	struct chain chain = small->top[0].chain;

	trial_init(&s, p, size, 0);
	trial_init(&l, p, size, 0);
	trial_init(&m, p, size, 0);
	if (decide_large(r, large, clear, &l, &m, e) != ERR_OK)
		return e->code;
	thorough(&chain);
	if (!clear && try_chain(&s, &chain, e) != ERR_OK)
		return e->code;
	if (m.top[0].size < s.top[0].size)
		s = m;
	wins = l.top[0].size < s.top[0].size;
	c->chain = wins ? l.top[0].chain : s.top[0].chain;
	c->alt = wins ? s.top[0].chain : l.top[0].chain;
	c->far = repeats;
	/* Of less than a sample everything was seen; s is empty if clear. */
	if (r->size <= size || clear)
		return ERR_OK;
	c->has_alt = repeats;
	if (!repeats && wins && r->size <= CHOOSE_ONE_BLOCK &&
	    near(&l.top[1], &l.top[0])) {
		c->has_alt = true;
		c->alt = l.top[1].chain;
	}
	return ERR_OK;
}

static enum err_code
choose_with(const struct choose_request *r, uint8_t *sample,
    uint8_t *screened, struct choice *c, struct err *e)
{
	struct trial small, large;
	bool repeats = false;
	size_t n, size;

	if (sample_repeats(r->src, r->off, r->size, &repeats, e) != ERR_OK ||
	    sample_read(r->src, r->off, r->size, sample, &size, e) != ERR_OK)
		return e->code;
	n = sample_thin(screened, SCREEN_SMALL, 0, SAMPLE_RUNS - 1, sample,
	    size);
	trial_init(&small, screened, n, n / HEAT);
	screened += SCREEN_SMALL;
	n = sample_thin(screened, SCREEN_LARGE, 1, 2, sample, size);
	trial_init(&large, screened, n, n / HEAT);
	if (screen_both(&small, &large, r, e) != ERR_OK)
		return e->code;
	return decide(r, sample, size, &small, &large, repeats, c, e);
}

enum err_code
choose_chain(const struct choose_request *r, struct choice *c, struct err *e)
{
	uint8_t *sample = malloc(SAMPLE_MAX);
	uint8_t *screened = malloc(SCREEN_SMALL + SCREEN_LARGE);

	memset(c, 0, sizeof(*c));
	if (sample == NULL || screened == NULL)
		err_nomem(e);
	else
		choose_with(r, sample, screened, c, e);
	free(sample);
	free(screened);
	return e->code;
}
