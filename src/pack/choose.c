#include "pack/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "pack/deep.h"
#include "pack/litcost.h"
#include "pack/sample.h"
#include "pack/trial.h"

#define SCREEN ((size_t)128 << 10)	/* bytes of all runs, for screening */
#define WIDE ((size_t)128 << 10)	/* bytes of two runs, for matches */
#define SCREEN_DEPTH 8		/* of a match finder; more takes time */
#define SMALL_DICT (UINT32_C(4) << 10)
#define MID_DICT (UINT32_C(64) << 10)
#define ANY_DICT (UINT32_C(64) << 20)	/* also what xz -9 uses */
#define CLEAR 16		/* ahead by 1/16: matches rule */
#define BITS_65536 (UINT64_C(8) * 65536)	/* of litcost, a byte */
#define DEEP_MIN ((uint64_t)64 << 10)	/* bytes; less chooses quickly */
#define BEHIND 256		/* behind by 1/256: literals rule */
#define HEAT 8			/* of the bytes, an eighth first */
#define NEAR 512			/* behind by 1/512 may yet win */
#define TWICE_MAX ((uint64_t)4 << 20)	/* bytes of these encoded twice */
#define TINY ((size_t)32 << 10)	/* bytes: a trial costs next to nothing */
#define LITS_TINY 9
#define LITS 3			/* settings of the model that are tried */
#define CLIMB_MAX 8

struct choosing {
	const struct choose_request *r;
	uint8_t *sample;	/* [sample_size] of SAMPLE_MAX; owned */
	size_t sample_size;
	uint8_t *screen;	/* [screen_size] of SCREEN; owned */
	size_t screen_size;
	uint8_t *wide;		/* [wide_size] of WIDE; owned */
	size_t wide_size;
	struct litcost lit[LITCOST_SETTINGS];	/* of the screen */
};

bool
choose_effort_parse(const char *name, enum effort *effort)
{
	static const char *const names[] = { "fast", "default", "max" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*effort = (enum effort)i;
			return true;
		}
	}
	return false;
}

/* --- chains --- */

static uint32_t
dict_of(const struct choosing *g, uint32_t dict)
{
	return (uint32_t)num_min(g->r->dict_max, dict);
}

/* Preset 9e with a dictionary and the settings of the model. */
static struct chain
thorough(const struct choosing *g, uint32_t dict, size_t lit)
{
	struct chain c;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = dict_of(g, dict);
	c.lzma.lc = g->lit[lit].lc;
	c.lzma.lp = g->lit[lit].lp;
	c.lzma.pb = 0;
	return c;
}

/* A match finder that finds little: on weights, a match that barely pays takes
 * literals from the model that they would have taught. */
static void
look_little(struct chain *c)
{
	c->lzma.mf = LZMA_MF_BT2;
	c->lzma.nice_len = 8;
	c->lzma.depth = 2;
}

/* And one that finds all: that of preset 9e.  Screening does with less. */
static void
look_hard(struct chain *c)
{
	struct chain best;

	chain_preset(&best, 9 | LZMA_PRESET_EXTREME);
	c->lzma.mf = best.lzma.mf;
	c->lzma.mode = best.lzma.mode;
	c->lzma.nice_len = best.lzma.nice_len;
	c->lzma.depth = best.lzma.depth;
}

static void
set_props(struct chain *c, uint32_t lc, uint32_t lp, uint32_t pb)
{
	c->lzma.lc = lc;
	c->lzma.lp = lp;
	c->lzma.pb = pb;
}

/* Where the sample is all there is, the result is never larger than what
 * xz -9e makes. */
static enum err_code
try_usual(const struct choosing *g, struct trial *t, struct err *e)
{
	struct chain c;

	if (g->r->size > t->size)
		return ERR_OK;
	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = dict_of(g, ANY_DICT);
	return trial_chain(t, &c, e);
}

/* --- matches rule --- */

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

static enum err_code
screen_matches(const struct choosing *g, struct trial *t, struct err *e)
{
	size_t i, n = sizeof(seeds) / sizeof(seeds[0]);
	struct chain base;

	chain_preset(&base, LZMA_PRESET_DEFAULT);
	base.lzma.dict_size = dict_of(g, ANY_DICT);
	base.lzma.depth = SCREEN_DEPTH;
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
		set_props(&chain, 3, 0, best->lzma.pb);
		choice_also(c, &chain);
	}
}

static enum err_code
choose_matches(const struct choosing *g, struct choice *c, struct err *e)
{
	struct chain chain;
	struct trial screen, t;
	size_t i, n = g->r->effort == EFFORT_FAST ? 1 : 2;

	trial_init(&screen, g->wide, g->wide_size, g->wide_size / HEAT);
	if (screen_matches(g, &screen, e) != ERR_OK)
		return e->code;
	trial_init(&t, g->sample, g->sample_size, 0);
	if (n == 1 && g->r->size > t.size) {
		chain = screen.top[0].chain;
		look_hard(&chain);
		choice_only(c, &chain, true);
		return ERR_OK;
	}
	for (i = 0; i < n && screen.top[i].size != UINT64_MAX; i++) {
		chain = screen.top[i].chain;
		look_hard(&chain);
		if (trial_chain(&t, &chain, e) != ERR_OK)
			return e->code;
	}
	if (try_usual(g, &t, e) != ERR_OK)
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

/* --- literals rule --- */

static enum err_code
try_delta(const struct choosing *g, struct trial *t, struct err *e)
{
	struct litcost lit;
	struct err ignored = ERR_INIT;
	struct chain c = thorough(g, SMALL_DICT, 0);
	uint32_t dist;

	chain_prepend(&c, LZMA_FILTER_DELTA, 1);
	if (g->r->effort == EFFORT_FAST ||
	    chain_allowed(&c, g->r->target, &ignored) != ERR_OK)
		return ERR_OK;
	if (litcost_delta(g->screen, num_min(g->screen_size, SCREEN / 4),
	    g->r->element, &lit, &dist, e) != ERR_OK || dist == 0)
		return e->code;
	c.pre[0].dist = dist;
	set_props(&c, lit.lc, lit.lp, 0);
	if (trial_chain(t, &c, e) != ERR_OK)
		return e->code;
	c.lzma.dict_size = dict_of(g, ANY_DICT);
	return trial_chain(t, &c, e);
}

/* Go on with others that were behind by 1/part at most, n in all. */
static void
also_near(struct choice *c, const struct trial *t, uint64_t part, size_t n)
{
	const struct trial_rank *top = t->top;
	size_t i;

	for (i = 1; i < n && i < TRIAL_TOP && top[i].size != UINT64_MAX; i++) {
		if (top[i].size - top[0].size <= top[0].size / part)
			choice_also(c, &top[i].chain);
	}
}

static enum err_code
choose_literals(const struct choosing *g, struct choice *c, struct err *e)
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
		chain = thorough(g, SMALL_DICT, i);
		look_little(&chain);
		if (trial_chain(&t, &chain, e) != ERR_OK)
			return e->code;
	}
	chain = thorough(g, SMALL_DICT, 0);
	set_props(&chain, t.top[0].chain.lzma.lc, t.top[0].chain.lzma.lp, 0);
	if (trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	chain.lzma.dict_size = dict_of(g, MID_DICT);
	if (trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	chain = t.top[0].chain;
	chain.lzma.pb = chain.lzma.lp;
	if (chain.lzma.pb > 0 && g->r->effort != EFFORT_FAST &&
	    trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	if (try_delta(g, &t, e) != ERR_OK ||
	    try_usual(g, &t, e) != ERR_OK)
		return e->code;
	choice_only(c, &t.top[0].chain, false);
	if (g->r->effort == EFFORT_MAX || (g->r->effort == EFFORT_DEFAULT &&
	    g->r->size > t.size && g->r->size <= CHOOSE_ONE_BLOCK))
		also_near(c, &t, NEAR,
		    g->r->effort == EFFORT_MAX ? CHOICE_MAX : 2);
	return ERR_OK;
}

/* --- either --- */

static struct chain
deep(const struct choosing *g, size_t i)
{
	struct chain c = g->r->effort == EFFORT_FAST ? deep_chain_fast() :
	    deep_chain(i);

	c.lzma.dict_size = dict_of(g, c.lzma.dict_size);
	return c;
}

static void
choose_deep(const struct choosing *g, struct choice *c)
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
static enum err_code
find_deep(const struct choosing *g, bool *yes, struct err *e)
{
	uint64_t counts[256] = { 0 }, matches, literals;
	struct chain chain;
	size_t i;

	for (i = 0; i < g->wide_size; i++)
		counts[g->wide[i]]++;
	*yes = false;
	if (g->r->size < DEEP_MIN || !deep_few(counts))
		return ERR_OK;
	chain = deep(g, 0);
	if (trial_size(g->wide, g->wide_size, &chain, &matches, e) != ERR_OK)
		return e->code;
	chain = thorough(g, SMALL_DICT, 0);
	look_little(&chain);
	if (trial_size(g->wide, g->wide_size, &chain, &literals, e) != ERR_OK)
		return e->code;
	*yes = matches < literals &&
	    matches + matches / CLEAR > litcost_counts(counts) / BITS_65536;
	return ERR_OK;
}

static enum err_code
choose_either(const struct choosing *g, struct choice *c, struct err *e)
{
	struct chain chain, best;
	struct trial t;
	size_t i;

	trial_init(&t, g->sample, g->sample_size > SAMPLE_MAX / 2 ?
	    SAMPLE_MAX / 2 : g->sample_size, 0);
	for (i = 0; i < LITS; i++) {
		chain = thorough(g, i == 1 ? MID_DICT : SMALL_DICT, 0);
		if (i == 2)
			look_little(&chain);
		if (trial_chain(&t, &chain, e) != ERR_OK)
			return e->code;
	}
	chain = thorough(g, ANY_DICT, 0);
	if (g->r->effort != EFFORT_FAST && g->r->size <= g->sample_size &&
	    trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	if (try_delta(g, &t, e) != ERR_OK ||
	    try_usual(g, &t, e) != ERR_OK)
		return e->code;
	best = t.top[0].chain;
	chain = deep(g, 0);
	if (trial_chain(&t, &chain, e) != ERR_OK)
		return e->code;
	if (g->r->size > t.size && !chain_equal(&best, &t.top[0].chain)) {
		choose_deep(g, c);
		return ERR_OK;
	}
	choice_only(c, &t.top[0].chain, false);
	if (g->r->effort != EFFORT_FAST && g->r->size > t.size)
		also_near(c, &t, NEAR,
		    g->r->effort == EFFORT_MAX ? CHOICE_MAX : 2);
	return ERR_OK;
}

/* --- the choice --- */

enum rule { RULE_MATCHES, RULE_LITERALS, RULE_EITHER };

static enum err_code
find_rule(const struct choosing *g, enum rule *rule, struct err *e)
{
	struct chain c = thorough(g, SMALL_DICT, 0);
	uint64_t small, large, usual;

	*rule = RULE_MATCHES;
	if (g->r->text || g->r->bcj != LZMA_VLI_UNKNOWN)
		return ERR_OK;
	if (trial_size(g->wide, g->wide_size, &c, &small, e) != ERR_OK)
		return e->code;
	c = thorough(g, ANY_DICT, 0);
	c.lzma.nice_len = 32;
	if (trial_size(g->wide, g->wide_size, &c, &large, e) != ERR_OK)
		return e->code;
	set_props(&c, 3, 0, 0);
	if (trial_size(g->wide, g->wide_size, &c, &usual, e) != ERR_OK)
		return e->code;
	large = num_min(large, usual);
	if (large + large / CLEAR < small)
		*rule = RULE_MATCHES;
	else if (large > small + small / BEHIND)
		*rule = RULE_LITERALS;
	else
		*rule = RULE_EITHER;
	return ERR_OK;
}

/* Far repeats may be worth a large dictionary after all: the encoding of all
 * will tell. */
static void
also_far(const struct choosing *g, struct choice *c)
{
	struct chain chain = c->chains[0];

	look_hard(&chain);
	chain.lzma.dict_size = dict_of(g, ANY_DICT);
	choice_also(c, &chain);
	c->far = true;
}

static enum err_code
choose_with(struct choosing *g, struct choice *c, struct err *e)
{
	const struct choose_request *r = g->r;
	enum rule rule = RULE_EITHER;
	bool repeats = false, few = false;

	if (sample_repeats(r->src, r->off, r->size, &repeats, e) !=
	    ERR_OK || sample_read(r->src, r->off, r->size, g->sample,
	    &g->sample_size, e) != ERR_OK)
		return e->code;
	g->screen_size = sample_thin(g->screen, SCREEN, 0, SAMPLE_RUNS - 1,
	    g->sample, g->sample_size);
	g->wide_size = sample_thin(g->wide, WIDE, 1, 2, g->sample,
	    g->sample_size);
	litcost_rank(g->screen, g->screen_size, g->lit);
	if (find_deep(g, &few, e) != ERR_OK ||
	    (!few && find_rule(g, &rule, e) != ERR_OK))
		return e->code;
	if (rule == RULE_MATCHES)
		return choose_matches(g, c, e);
	if (few)
		choose_deep(g, c);
	else if (rule == RULE_LITERALS)
		choose_literals(g, c, e);
	else
		choose_either(g, c, e);
	if (e->code == ERR_OK && repeats && r->size > g->sample_size)
		also_far(g, c);
	return e->code;
}

enum err_code
choose_chain(const struct choose_request *r, struct choice *c, struct err *e)
{
	struct choosing g = { .r = r };

	memset(c, 0, sizeof(*c));
	g.sample = malloc(SAMPLE_MAX);
	g.screen = malloc(SCREEN);
	g.wide = malloc(WIDE);
	if (g.sample == NULL || g.screen == NULL || g.wide == NULL)
		err_nomem(e);
	else
		choose_with(&g, c, e);
	free(g.sample);
	free(g.screen);
	free(g.wide);
	return e->code;
}
