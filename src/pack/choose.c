#include "pack/choosing.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "pack/sample.h"

#define BEHIND 256		/* behind by 1/256: literals rule */
#define NEAR 512			/* behind by 1/512 may yet win */

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

/* --- shared by the rules --- */

uint32_t
choosing_dict(const struct choosing *g, uint32_t dict)
{
	return (uint32_t)num_min(g->r->dict_max, dict);
}

struct chain
choosing_thorough(const struct choosing *g, uint32_t dict, size_t lit)
{
	struct chain c;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = choosing_dict(g, dict);
	c.lzma.lc = g->lit[lit].lc;
	c.lzma.lp = g->lit[lit].lp;
	c.lzma.pb = 0;
	return c;
}

void
choosing_look_hard(struct chain *c)
{
	struct chain best;

	chain_preset(&best, 9 | LZMA_PRESET_EXTREME);
	c->lzma.mf = best.lzma.mf;
	c->lzma.mode = best.lzma.mode;
	c->lzma.nice_len = best.lzma.nice_len;
	c->lzma.depth = best.lzma.depth;
}

void
choosing_props(struct chain *c, uint32_t lc, uint32_t lp, uint32_t pb)
{
	c->lzma.lc = lc;
	c->lzma.lp = lp;
	c->lzma.pb = pb;
}

enum err_code
choosing_try_usual(const struct choosing *g, struct trial *t, struct err *e)
{
	struct chain c;

	if (g->r->size > t->size)
		return ERR_OK;
	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = choosing_dict(g, CHOOSING_ANY_DICT);
	return trial_chain(t, &c, e);
}

void
choosing_also_near(struct choice *c, const struct trial *t, size_t n)
{
	const struct trial_rank *top = t->top;
	size_t i;

	for (i = 1; i < n && i < TRIAL_TOP && top[i].size != UINT64_MAX; i++) {
		if (top[i].size - top[0].size <= top[0].size / NEAR)
			choice_also(c, &top[i].chain);
	}
}

/* --- the choice --- */

enum rule { RULE_MATCHES, RULE_LITERALS, RULE_EITHER };

static enum err_code
find_rule(const struct choosing *g, enum rule *rule, struct err *e)
{
	struct chain c = choosing_thorough(g, CHOOSING_SMALL_DICT, 0);
	uint64_t small, large, usual;

	*rule = RULE_MATCHES;
	if (g->r->text || g->r->bcj != LZMA_VLI_UNKNOWN)
		return ERR_OK;
	if (trial_size(g->wide, g->wide_size, &c, &small, e) != ERR_OK)
		return e->code;
	c = choosing_thorough(g, CHOOSING_ANY_DICT, 0);
	c.lzma.nice_len = 32;
	if (trial_size(g->wide, g->wide_size, &c, &large, e) != ERR_OK)
		return e->code;
	choosing_props(&c, 3, 0, 0);
	if (trial_size(g->wide, g->wide_size, &c, &usual, e) != ERR_OK)
		return e->code;
	large = num_min(large, usual);
	if (large + large / CHOOSING_CLEAR < small)
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

	choosing_look_hard(&chain);
	chain.lzma.dict_size = choosing_dict(g, CHOOSING_ANY_DICT);
	choice_also(c, &chain);
	c->far = true;
}

static enum err_code
choose_with(struct choosing *g, struct choice *c, struct err *e)
{
	const struct choose_request *r = g->r;
	enum rule rule = RULE_EITHER;
	bool repeats = r->repeats, few = false;

	if ((!repeats && sample_repeats(r->src, r->off, r->size, &repeats,
	    e) != ERR_OK) || sample_read(r->src, r->off, r->size, g->sample,
	    &g->sample_size, e) != ERR_OK)
		return e->code;
	g->screen_size = sample_thin(g->screen, CHOOSING_SCREEN, 0,
	    SAMPLE_RUNS - 1, g->sample, g->sample_size);
	g->wide_size = sample_thin(g->wide, CHOOSING_WIDE, 1, 2, g->sample,
	    g->sample_size);
	litcost_rank(g->screen, g->screen_size, g->lit);
	if (!repeats && choosing_find_random(g, e) != ERR_OK)
		return e->code;
	if (g->random && r->effort != EFFORT_MAX) {
		choosing_random(g, c);
		return ERR_OK;
	}
	if (choosing_find_deep(g, &few, e) != ERR_OK ||
	    (!few && find_rule(g, &rule, e) != ERR_OK))
		return e->code;
	if (rule == RULE_MATCHES)
		return choosing_by_matches(g, c, e);
	if (few)
		choosing_deep(g, c);
	else if (rule == RULE_LITERALS)
		choosing_by_literals(g, c, e);
	else
		choosing_by_either(g, c, e);
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
	g.screen = malloc(CHOOSING_SCREEN);
	g.wide = malloc(CHOOSING_WIDE);
	if (g.sample == NULL || g.screen == NULL || g.wide == NULL)
		err_nomem(e);
	else
		choose_with(&g, c, e);
	c->stored = g.random;
	free(g.sample);
	free(g.screen);
	free(g.wide);
	return e->code;
}
