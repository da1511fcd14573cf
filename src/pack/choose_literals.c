#include "pack/choosing.h"

#include <string.h>

#include "base/num.h"
#include "pack/deep.h"
#include "pack/sample.h"

#define TINY ((size_t)32 << 10)	/* bytes: a trial costs next to nothing */
#define LITS_TINY 9
#define LITS 3			/* settings of the model that are tried */
#define BITS_65536 (UINT64_C(8) * 65536)	/* of litcost, a byte */
#define RANDOM_MIN ((size_t)4 << 10)	/* bytes; fewer tell nothing */
#define RANDOM_GAIN 64			/* by 1/64: is worth a search */
#define DEEP_MIN ((uint64_t)64 << 10)	/* bytes; less chooses quickly */

/*
 * Match finders that find little: on weights, a match that barely pays takes
 * literals from the model that they would have taught.  Which of them does
 * best is chance, and worth up to 0.04 %.
 */
static const struct {
	lzma_match_finder mf;
	uint32_t nice, depth;
} little[] = {
	{ LZMA_MF_BT2, 8, 2 }, { LZMA_MF_BT2, 6, 1 }, { LZMA_MF_HC4, 12, 1 },
};

#define N_LITTLE (sizeof(little) / sizeof(little[0]))

static void
look_little(struct chain *c, size_t i)
{
	c->lzma.mf = little[i].mf;
	c->lzma.nice_len = little[i].nice;
	c->lzma.depth = little[i].depth;
}

static enum err_code
try_delta(const struct choosing *g, struct trial *t, struct err *e)
{
	struct litcost lit;
	struct err ignored = ERR_INIT;
	struct chain c = choosing_thorough(g, CHOOSING_SMALL_DICT, 0);
	uint32_t dist;

	chain_prepend(&c, LZMA_FILTER_DELTA, 1);
	if (g->r->effort == EFFORT_FAST ||
	    chain_allowed(&c, g->r->target, &ignored) != ERR_OK)
		return ERR_OK;
	if (litcost_delta(g->screen, num_min(g->screen_size,
	    CHOOSING_SCREEN / 4), g->r->element, &lit, &dist, e) != ERR_OK ||
	    dist == 0)
		return e->code;
	c.pre[0].dist = dist;
	choosing_props(&c, lit.lc, lit.lp, 0);
	if (trial_chain(t, &c, e) != ERR_OK)
		return e->code;
	c.lzma.dict_size = choosing_dict(g, CHOOSING_ANY_DICT);
	return trial_chain(t, &c, e);
}

/*
 * What all is encoded with: the best, what was near, if there are no more than
 * max bytes; but for single bytes, where a sample tells less than chance does,
 * all that look little, if one of them was near.
 */
static void
go_on(const struct choosing *g, const struct trial *t, uint64_t max,
    struct choice *c)
{
	struct chain chain = c->chains[0];
	bool all = g->r->effort == EFFORT_MAX;
	size_t i;

	if (g->r->effort == EFFORT_FAST || g->r->size <= t->size)
		return;
	if (all || g->r->size <= max)
		choosing_also_near(c, t, all ? CHOICE_MAX : 2);
	if (g->r->element > 1 || chain.n_pre > 0 ||
	    chain.lzma.dict_size > CHOOSING_SMALL_DICT ||
	    (!all && g->r->size > CHOOSE_ONE_BLOCK))
		return;
	look_little(&chain, 0);
	for (i = 0; i < c->n; i++) {
		if (chain_equal(&c->chains[i], &chain))
			break;
	}
	if (i == c->n)
		return;
	if (!all)
		choice_only(c, &chain, false);
	for (i = 1; i < N_LITTLE; i++) {
		look_little(&chain, i);
		choice_also(c, &chain);
	}
}

enum err_code
choosing_by_literals(const struct choosing *g, struct choice *c, struct err *e)
{
	size_t i, n = LITS;
	struct chain chain;
	struct trial t;

	if (g->r->effort == EFFORT_FAST)
		n = 1;
	else if (g->r->size <= TINY)
		n = LITS_TINY;
	trial_init(&t, g->sample, g->sample_size, 0);
	for (i = 0; i < n; i++) {
		chain = choosing_thorough(g, CHOOSING_SMALL_DICT, i);
		look_little(&chain, 0);
		if (trial_chain(&t, &chain, e) != ERR_OK)
			return e->code;
	}
	chain = choosing_thorough(g, CHOOSING_SMALL_DICT, 0);
	choosing_props(&chain, t.top[0].chain.lzma.lc,
	    t.top[0].chain.lzma.lp, 0);
	if (trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	chain.lzma.dict_size = choosing_dict(g, CHOOSING_MID_DICT);
	if (trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	chain = t.top[0].chain;
	chain.lzma.pb = chain.lzma.lp;
	if (chain.lzma.pb > 0 && g->r->effort != EFFORT_FAST &&
	    trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	if (try_delta(g, &t, e) != ERR_OK ||
	    choosing_try_usual(g, &t, e) != ERR_OK)
		return e->code;
	choice_only(c, &t.top[0].chain, false);
	go_on(g, &t, CHOOSE_ONE_BLOCK, c);
	return ERR_OK;
}

/* --- nothing to gain --- */

/* Would the n bytes at p gain by a delta filter? */
static bool
delta_gains(const struct choosing *g, const uint8_t *p, size_t n)
{
	const uint32_t dists[] = { 1, 2, 3, 4, 8, 16, g->r->element };
	uint64_t counts[256], bits;
	size_t i, k;

	for (k = 0; k < sizeof(dists) / sizeof(dists[0]); k++) {
		if (dists[k] == 0 || dists[k] > 256)
			continue;
		memset(counts, 0, sizeof(counts));
		for (i = dists[k]; i < n; i++)
			counts[(uint8_t)(p[i] - p[i - dists[k]])]++;
		bits = (n - dists[k]) * BITS_65536;
		if (litcost_counts(counts) < bits - bits / RANDOM_GAIN)
			return true;
	}
	return false;
}

enum err_code
choosing_find_random(struct choosing *g, struct err *e)
{
	struct chain c;
	uint64_t size;

	if (g->r->text || g->r->bcj != LZMA_VLI_UNKNOWN ||
	    g->screen_size < RANDOM_MIN ||
	    g->lit[0].cost < g->screen_size * BITS_65536 ||
	    delta_gains(g, g->screen, g->screen_size))
		return ERR_OK;
	c = choosing_thorough(g, CHOOSING_ANY_DICT, 0);
	if (trial_size(g->wide, g->wide_size, &c, &size, e) == ERR_OK)
		g->random = size >= g->wide_size;
	return e->code;
}

void
choosing_random(const struct choosing *g, struct choice *c)
{
	struct chain chain = choosing_thorough(g, CHOOSING_SMALL_DICT, 0);

	look_little(&chain, 0);
	choice_only(c, &chain, false);
}

/* --- either --- */

static struct chain
deep(const struct choosing *g, size_t i)
{
	struct chain c = g->r->effort == EFFORT_FAST ? deep_chain_fast() :
	    deep_chain(i);

	c.lzma.dict_size = choosing_dict(g, c.lzma.dict_size);
	return c;
}

void
choosing_deep(const struct choosing *g, struct choice *c)
{
	struct chain chain = deep(g, 0);
	size_t i;

	choice_only(c, &chain, false);
	c->deep = true;
	for (i = 1; g->r->effort == EFFORT_MAX && i < DEEP_CHAINS; i++) {
		chain = deep(g, i);
		choice_also(c, &chain);
	}
}

/* Few values: do the chains for such do better than literals, and no better
 * than if there were nothing to match?  Two trials tell. */
enum err_code
choosing_find_deep(const struct choosing *g, bool *yes, struct err *e)
{
	uint64_t counts[256], matches, literals;
	struct chain chain;

	litcost_count(g->wide, g->wide_size, counts);
	*yes = false;
	if (g->r->size < DEEP_MIN || !deep_few(counts))
		return ERR_OK;
	chain = deep(g, 0);
	if (trial_size(g->wide, g->wide_size, &chain, &matches, e) != ERR_OK)
		return e->code;
	chain = choosing_thorough(g, CHOOSING_SMALL_DICT, 0);
	look_little(&chain, 0);
	if (trial_size(g->wide, g->wide_size, &chain, &literals, e) != ERR_OK)
		return e->code;
	*yes = matches < literals &&
	    matches + matches / CHOOSING_CLEAR >
	    litcost_counts(counts) / BITS_65536;
	return ERR_OK;
}

enum err_code
choosing_by_either(const struct choosing *g, struct choice *c, struct err *e)
{
	struct chain chain, best;
	struct trial t;
	size_t i;

	trial_init(&t, g->sample, g->sample_size > SAMPLE_MAX / 2 ?
	    SAMPLE_MAX / 2 : g->sample_size, 0);
	for (i = 0; i < LITS; i++) {
		chain = choosing_thorough(g, i == 1 ? CHOOSING_MID_DICT :
		    CHOOSING_SMALL_DICT, 0);
		if (i == 2)
			look_little(&chain, 0);
		if (trial_chain(&t, &chain, e) != ERR_OK)
			return e->code;
	}
	chain = choosing_thorough(g, CHOOSING_ANY_DICT, 0);
	if (g->r->effort != EFFORT_FAST && g->r->size <= g->sample_size &&
	    trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	/* Tables, and other small pieces, have settings of their own. */
	if (g->r->effort != EFFORT_FAST && g->r->size <= g->wide_size &&
	    choosing_screen_matches(g, &t, e) != ERR_OK)
		return e->code;
	if (try_delta(g, &t, e) != ERR_OK ||
	    choosing_try_usual(g, &t, e) != ERR_OK)
		return e->code;
	best = t.top[0].chain;
	chain = deep(g, 0);
	if (trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	if (g->r->size > t.size && !chain_equal(&best, &t.top[0].chain)) {
		choosing_deep(g, c);
		return ERR_OK;
	}
	choice_only(c, &t.top[0].chain, false);
	go_on(g, &t, UINT64_MAX, c);
	return ERR_OK;
}
