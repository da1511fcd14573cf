#include "pack/trial.h"

#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "xz/encode.h"

#define HEAT_BEHIND 64			/* behind by 1/64 is out */

void
trial_init(struct trial *t, const uint8_t *p, size_t size, size_t heat)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	t->p = p;
	t->size = size;
	t->heat = heat;
	t->heat_best = UINT64_MAX;
	for (i = 0; i < TRIAL_TOP; i++)
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

enum err_code
trial_chain(struct trial *t, const struct chain *c, struct err *e)
{
	struct chain fitted = *c;
	uint64_t size;
	bool go_on;
	size_t i;

	for (i = 0; i < TRIAL_TOP && t->top[i].size != UINT64_MAX; i++) {
		if (chain_equal(&t->top[i].chain, c))
			return ERR_OK;
	}
	if (wins_heat(t, c, &go_on, e) != ERR_OK || !go_on)
		return e->code;
	chain_fit(&fitted, t->size);
	if (encode_size(t->p, t->size, &fitted, t->top[TRIAL_TOP - 1].size,
	    &size, e) != ERR_OK)
		return e->code;
	/* Insert in order; an equal size stays behind the earlier one. */
	for (i = TRIAL_TOP; i > 0 && size < t->top[i - 1].size; i--) {
		if (i < TRIAL_TOP)
			t->top[i] = t->top[i - 1];
		t->top[i - 1].chain = *c;
		t->top[i - 1].size = size;
	}
	return ERR_OK;
}

enum err_code
trial_props(struct trial *t, const struct chain *c, uint32_t lc, uint32_t lp,
    uint32_t pb, struct err *e)
{
	struct chain with = *c;

	with.lzma.lc = lc;
	with.lzma.lp = lp;
	with.lzma.pb = pb;
	return trial_chain(t, &with, e);
}

enum err_code
trial_climb(struct trial *t, size_t max, struct err *e)
{
	static const int steps[][3] = {
		{ 1, 0, 0 }, { -1, 0, 0 }, { 0, 1, 0 }, { 0, -1, 0 },
		{ 0, 0, 1 }, { 0, 0, -1 }, { 1, -1, 0 }, { -1, 1, 0 },
	};
	uint64_t before;
	size_t i, tries = 0;
	struct chain from;

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
			if (trial_props(t, &from, (uint32_t)lc, (uint32_t)lp,
			    (uint32_t)pb, e) != ERR_OK)
				return e->code;
			tries++;
		}
	} while (t->top[0].size < before && tries < max);
	return ERR_OK;
}

enum err_code
trial_size(const uint8_t *p, size_t n, const struct chain *c, uint64_t *size,
    struct err *e)
{
	struct chain fitted = *c;

	chain_fit(&fitted, n);
	return encode_size(p, n, &fitted, UINT64_MAX, size, e);
}
