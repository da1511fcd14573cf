#include "pack/deep.h"

#include "pack/litcost.h"

#define FEW 4			/* values */
#define STRAY 64		/* one byte in so many may be another */
#define BIT UINT64_C(65536)	/* of litcost */

/*
 * The depth of the match finder is worth more than the dictionary, and a short
 * nice_len, at which the encoder stops to weigh, keeps it from the worse of
 * its two ways.
 */
#define DEPTH 40
#define NICE 18

static struct chain
make(uint32_t dict, uint32_t pb, uint32_t nice)
{
	struct chain c;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = dict;
	c.lzma.lc = 0;
	c.lzma.lp = 2;
	c.lzma.pb = pb;
	c.lzma.nice_len = nice;
	c.lzma.depth = DEPTH;
	return c;
}

struct chain
deep_chain(size_t i)
{
	switch (i) {
	case 0:
		return make(UINT32_C(768) << 10, 0, NICE);
	case 1:
		return make(UINT32_C(1) << 20, 0, NICE + 1);
	case 2:
		return make(UINT32_C(2) << 20, 2, NICE + 2);
	default:
		return make(UINT32_C(256) << 10, 2, NICE);
	}
}

struct chain
deep_chain_fast(void)
{
	return make(UINT32_C(288) << 10, 2, NICE);
}

bool
deep_few(const uint64_t counts[256])
{
	uint64_t sum = 0, top[FEW] = { 0 }, n;
	size_t i, k;

	for (i = 0; i < 256; i++) {
		sum += counts[i];
		/* Insert in order. */
		n = counts[i];
		for (k = FEW; k > 0 && n > top[k - 1]; k--) {
			if (k < FEW)
				top[k] = top[k - 1];
			top[k - 1] = n;
		}
	}
	n = 0;
	for (k = 0; k < FEW; k++)
		n += top[k];
	/* Over a bit each: what is rarer than that, is left to matches. */
	return n >= sum - sum / STRAY && litcost_counts(counts) > sum * BIT;
}
