#include "pack/choosing.h"

#define SCREEN_DEPTH 8		/* of a match finder; more takes time */
#define HEAT 8			/* of the bytes, an eighth first */
#define TWICE_MAX ((uint64_t)4 << 20)	/* bytes of these encoded twice */
#define CLIMB_MAX 8

static const struct {
	uint8_t lc, lp, pb;
} seeds[] = {
	{ 3, 0, 0 }, { 4, 0, 0 }, { 3, 0, 2 }, { 0, 0, 0 }, { 0, 1, 1 },
	{ 2, 2, 2 }, { 0, 2, 2 }, { 0, 3, 3 }, { 1, 2, 0 },
};

static enum err_code
try_deltas(const struct choosing *g, struct trial *t, struct err *e)
{
	static const uint32_t dists[] = { 1, 2, 3, 4, 8 };
	uint64_t before = t->top[0].size;
	struct chain c, from = t->top[0].chain;
	struct err ignored = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(dists) / sizeof(dists[0]); i++) {
		c = from;
		chain_prepend(&c, LZMA_FILTER_DELTA, dists[i]);
		if (chain_allowed(&c, g->r->target, &ignored) != ERR_OK)
			return ERR_OK;
		if (trial_chain(t, &c, e) != ERR_OK ||
		    trial_props(t, &c, 0, 0, 0, e) != ERR_OK)
			return e->code;
	}
	return t->top[0].size < before ? trial_climb(t, CLIMB_MAX, e) :
	    ERR_OK;
}

/* The best chain without its BCJ filter, which has to earn its place. */
static enum err_code
try_plain(struct trial *t, struct err *e)
{
	struct chain plain = t->top[0].chain;

	plain.n_pre = 0;
	return trial_chain(t, &plain, e);
}

enum err_code
choosing_screen_matches(const struct choosing *g, struct trial *t,
    struct err *e)
{
	size_t i, n = sizeof(seeds) / sizeof(seeds[0]);
	struct chain base;

	chain_preset(&base, LZMA_PRESET_DEFAULT);
	base.lzma.dict_size = choosing_dict(g, CHOOSING_ANY_DICT);
	base.lzma.depth = SCREEN_DEPTH;
	if (g->r->size <= g->wide_size)
		choosing_look_hard(&base);
	if (g->r->bcj != LZMA_VLI_UNKNOWN)
		chain_prepend(&base, g->r->bcj, 0);
	if (g->r->effort == EFFORT_FAST)
		n = 3;
	for (i = 0; i < n; i++) {
		if (trial_props(t, &base, seeds[i].lc, seeds[i].lp,
		    seeds[i].pb, e) != ERR_OK)
			return e->code;
	}
	if (g->r->effort != EFFORT_FAST &&
	    trial_climb(t, CLIMB_MAX, e) != ERR_OK)
		return e->code;
	if (g->r->bcj != LZMA_VLI_UNKNOWN)
		return try_plain(t, e);
	return g->r->effort == EFFORT_FAST ? ERR_OK : try_deltas(g, t, e);
}

/* More text is more to learn from than a sample is: what needs that, goes
 * on. */
static void
also_more(const struct chain *best, uint64_t size, struct choice *c)
{
	struct chain chain = *best;

	if (size <= TWICE_MAX && best->lzma.lp == 0) {
		chain.lzma.lc = best->lzma.lc < 4 ? best->lzma.lc + 1 : 3;
		choice_also(c, &chain);
	} else if (size > TWICE_MAX && best->lzma.lc + best->lzma.lp < 3) {
		choosing_props(&chain, 3, 0, best->lzma.pb);
		choice_also(c, &chain);
	}
}

/* Where the sample is all there is, other ways to find matches, which are as
 * good as the first one now and then. */
static enum err_code
try_finders(const struct choosing *g, struct trial *t, struct err *e)
{
	struct chain chain = t->top[0].chain;

	if (g->r->effort == EFFORT_FAST || g->r->size > t->size)
		return ERR_OK;
	chain.lzma.nice_len = 128;
	if (trial_chain(t, &chain, e) != ERR_OK)
		return e->code;
	chain = t->top[0].chain;
	chain.lzma.mf = LZMA_MF_BT2;
	return trial_chain(t, &chain, e);
}

enum err_code
choosing_by_matches(const struct choosing *g, struct choice *c, struct err *e)
{
	struct chain chain;
	struct trial screen, t;
	/* What all is like, a sample of text tells no better than a screen. */
	size_t i, n = g->r->effort == EFFORT_FAST || (g->r->text &&
	    g->r->effort == EFFORT_DEFAULT) ? 1 : 2;

	trial_init(&screen, g->wide, g->wide_size,
	    g->r->size > g->wide_size ? g->wide_size / HEAT : 0);
	if (choosing_screen_matches(g, &screen, e) != ERR_OK)
		return e->code;
	trial_init(&t, g->sample, g->sample_size, 0);
	if (n == 1 && g->r->size > t.size) {
		chain = screen.top[0].chain;
		choosing_look_hard(&chain);
		choice_only(c, &chain, true);
		if (g->r->effort != EFFORT_FAST)
			also_more(&chain, g->r->size, c);
		return ERR_OK;
	}
	for (i = 0; i < n && screen.top[i].size != UINT64_MAX; i++) {
		chain = screen.top[i].chain;
		choosing_look_hard(&chain);
		if (trial_chain(&t, &chain, e) != ERR_OK)
			return e->code;
	}
	if (choosing_try_usual(g, &t, e) != ERR_OK ||
	    try_finders(g, &t, e) != ERR_OK)
		return e->code;
	choice_only(c, &t.top[0].chain, true);
	if (g->r->effort == EFFORT_DEFAULT && g->r->size > t.size)
		also_more(&t.top[0].chain, g->r->size, c);
	if (g->r->effort == EFFORT_MAX) {
		also_more(&t.top[0].chain, g->r->size, c);
		for (i = 1; i < 3 && t.top[i].size != UINT64_MAX; i++)
			choice_also(c, &t.top[i].chain);
		chain = t.top[0].chain;
		chain.lzma.nice_len = 64;
		choice_also(c, &chain);
	}
	return ERR_OK;
}
