#include "pack/litcost.h"

#include <stdlib.h>
#include <string.h>

#define PROB_BITS 11
#define PROB_ONE (1U << PROB_BITS)
#define MOVE 5
#define DELTA_GAIN 64		/* ahead by 1/64: worth a trial */
#define CONTEXTS 16		/* lc + lp <= 4 */
#define PRICES (PROB_ONE >> 2)	/* probabilities in steps of four */

struct model {
	uint16_t probs[CONTEXTS][256];
	uint32_t prices[PRICES];	/* of a bit with this probability */
};

/* log2(x) for x >= 1, in 1/65536, in integers alone: plans must not depend
 * on a libm.  Each squaring of the mantissa gives one more bit. */
static uint64_t
log2_fixed(uint64_t x)
{
	uint64_t whole = 63 - (uint64_t)__builtin_clzll(x);
	uint64_t m = x << (63 - whole) >> 32, fraction = 0;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		m = m * m >> 31;
		fraction <<= 1;
		if (m >> 32 != 0) {
			fraction |= 1;
			m >>= 1;
		}
	}
	return whole << 16 | fraction;
}

static void
make_prices(uint32_t *prices)
{
	uint32_t i;

	/* The middle of each step of four, in halves. */
	for (i = 0; i < PRICES; i++)
		prices[i] = (uint32_t)(log2_fixed(2 * PRICES) -
		    log2_fixed(2 * i + 1));
}

static uint64_t
run_model(struct model *m, const uint8_t *p, size_t n, unsigned int lc,
    unsigned int lp)
{
	uint8_t before = 0;
	uint64_t cost = 0;
	uint16_t *probs;
	unsigned int node, bit, k;
	size_t i;

	for (i = 0; i < CONTEXTS; i++) {
		for (k = 0; k < 256; k++)
			m->probs[i][k] = PROB_ONE / 2;
	}
	for (i = 0; i < n; i++) {
		probs = m->probs[(i & ((1U << lp) - 1)) << lc |
		    (unsigned int)before >> (8 - lc)];
		before = p[i];
		node = 1;
		for (k = 8; k-- > 0;) {
			bit = before >> k & 1;
			if (bit == 0) {
				cost += m->prices[probs[node] >> 2];
				probs[node] += (PROB_ONE - probs[node]) >>
				    MOVE;
			} else {
				cost += m->prices[(PROB_ONE - probs[node]) >>
				    2];
				probs[node] -= probs[node] >> MOVE;
			}
			node = node << 1 | bit;
		}
	}
	return cost;
}

static int
by_cost(const void *a, const void *b)
{
	const struct litcost *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	if (x->lc + x->lp != y->lc + y->lp)
		return x->lc + x->lp - (y->lc + y->lp);
	return x->lc - y->lc;
}

void
litcost_rank(const uint8_t *p, size_t n,
    struct litcost out[LITCOST_SETTINGS])
{
	struct model m;
	unsigned int lc, lp;
	size_t k = 0;

	make_prices(m.prices);
	for (lp = 0; lp <= 4; lp++) {
		for (lc = 0; lc + lp <= 4; lc++, k++) {
			out[k].lc = (uint8_t)lc;
			out[k].lp = (uint8_t)lp;
			out[k].cost = run_model(&m, p, n, lc, lp);
		}
	}
	qsort(out, LITCOST_SETTINGS, sizeof(out[0]), by_cost);
}

/* Difference of each byte of p to the one dist before, as the delta filter
 * has it (.xz format 1.1.0, 5.3.3). */
static void
delta_bytes(uint8_t *to, const uint8_t *p, size_t n, size_t dist)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = (uint8_t)(p[i] - (i >= dist ? p[i - dist] : 0));
}

enum err_code
litcost_delta(const uint8_t *p, size_t n, uint32_t element,
    struct litcost *best, uint32_t *dist, struct err *e)
{
	const uint32_t dists[] = { 1, 2, 4, element, 8, 3, 16, 256 };
	struct litcost lit[LITCOST_SETTINGS];
	uint8_t *bytes = malloc(n + 1);
	uint64_t least;
	size_t i;

	*dist = 0;
	if (bytes == NULL)
		return err_nomem(e);
	litcost_rank(p, n, lit);
	least = lit[0].cost - lit[0].cost / DELTA_GAIN;
	for (i = 0; i < sizeof(dists) / sizeof(dists[0]); i++) {
		if (dists[i] == 0 || dists[i] > 256)
			continue;
		delta_bytes(bytes, p, n, dists[i]);
		litcost_rank(bytes, n, lit);
		if (lit[0].cost < least) {
			least = lit[0].cost;
			*best = lit[0];
			*dist = dists[i];
		}
	}
	free(bytes);
	return ERR_OK;
}

void
litcost_count(const uint8_t *p, size_t n, uint64_t counts[256])
{
	size_t i;

	memset(counts, 0, 256 * sizeof(counts[0]));
	for (i = 0; i < n; i++)
		counts[p[i]]++;
}

uint64_t
litcost_counts(const uint64_t counts[256])
{
	uint64_t bits = 0, n = 0;
	size_t i;

	for (i = 0; i < 256; i++)
		n += counts[i];
	for (i = 0; i < 256; i++) {
		if (counts[i] > 0)
			bits += counts[i] * (log2_fixed(n) -
			    log2_fixed(counts[i]));
	}
	return bits;
}
