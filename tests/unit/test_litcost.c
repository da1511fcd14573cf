#include "pack/litcost.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "xz/encode.h"

#define SOME ((size_t)100000)

/* Sums of uniform values, a byte each or the upper of every four. */
static uint8_t *
numbers(size_t element)
{
	uint8_t *p = harness_bytes('r', 5, SOME);
	size_t i;

	for (i = 0; i < SOME; i++) {
		if (i % element == element - 1)
			p[i] = (uint8_t)((p[i] & 7) + (p[i] >> 3 & 7) - 7);
	}
	return p;
}

/* What liblzma makes of it with settings that leave little but literals. */
static uint64_t
real_size(const uint8_t *p, const struct litcost *l)
{
	struct err e = ERR_INIT;
	struct chain c;
	uint64_t size = 0;

	chain_preset(&c, 9);
	c.lzma.dict_size = 4096;
	c.lzma.mf = LZMA_MF_BT2;
	c.lzma.nice_len = 8;
	c.lzma.depth = 1;
	c.lzma.lc = l->lc;
	c.lzma.lp = l->lp;
	c.lzma.pb = 0;
	CU_ASSERT_EQUAL(encode_size(p, SOME, &c, UINT64_MAX, &size, &e),
	    ERR_OK);
	return size;
}

/* The model is near liblzma for every setting, and in its order. */
static void
predicts(void)
{
	static const size_t elements[] = { 1, 2, 4 };
	struct litcost l[LITCOST_SETTINGS];
	uint64_t real, model;
	uint8_t *p;
	size_t i, k;

	for (k = 0; k < HARNESS_COUNT(elements); k++) {
		p = numbers(elements[k]);
		litcost_rank(p, SOME, l);
		for (i = 0; i < LITCOST_SETTINGS; i++) {
			model = l[i].cost / 65536 / 8;
			real = real_size(p, &l[i]);
			/* The flag before each literal is not in it. */
			CU_ASSERT_TRUE(model <= real);
			/* More contexts than one are no use to bytes of one
			 * kind, and the encoder turns to matches. */
			CU_ASSERT_TRUE(model + model / 100 >= real ||
			    (elements[k] == 1 && i > 0));
			CU_ASSERT_TRUE(i == 0 || l[i - 1].cost <= l[i].cost);
			CU_ASSERT_TRUE(l[i].lc + l[i].lp <= 4);
		}
		CU_ASSERT_EQUAL(1U << l[0].lp, elements[k]);
		free(p);
	}
}

static void
nothing(void)
{
	struct litcost l[LITCOST_SETTINGS];
	uint8_t one = 7;

	litcost_rank(&one, 0, l);
	CU_ASSERT_EQUAL(l[0].cost, 0);
	CU_ASSERT_EQUAL(l[0].lc + l[0].lp, 0);
	litcost_rank(&one, 1, l);
	/* Eight bits, each of which is even odds: to a step of the table. */
	CU_ASSERT_TRUE(l[0].cost > 520000 && l[0].cost < 528000);
}

static void
entropies(void)
{
	uint64_t counts[256] = { 0 };
	size_t i;

	CU_ASSERT_EQUAL(litcost_counts(counts), 0);
	counts[7] = 1;
	CU_ASSERT_EQUAL(litcost_counts(counts), 0);
	counts[7] = 256;
	counts[8] = 768;
	/* 0.81128 bits */
	CU_ASSERT_TRUE(litcost_counts(counts) / 1024 > 53100);
	CU_ASSERT_TRUE(litcost_counts(counts) / 1024 < 53200);
	for (i = 0; i < 256; i++)
		counts[i] = 4;
	CU_ASSERT_EQUAL(litcost_counts(counts), 1024 * 8 * 65536);
}

static void
deltas(void)
{
	struct err e = ERR_INIT;
	struct litcost best;
	uint8_t *p = numbers(1);
	uint32_t dist;
	size_t i;

	CU_ASSERT_EQUAL(litcost_delta(p, SOME, 1, &best, &dist, &e), ERR_OK);
	CU_ASSERT_EQUAL(dist, 0);	/* noise has none */
	for (i = 6; i < SOME; i++)
		p[i] = (uint8_t)(p[i] + p[i - 6]);
	CU_ASSERT_EQUAL(litcost_delta(p, SOME, 6, &best, &dist, &e), ERR_OK);
	CU_ASSERT_EQUAL(dist, 6);	/* the element */
	free(p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "near liblzma", predicts },
		{ "nothing and one byte", nothing },
		{ "entropy", entropies },
		{ "delta", deltas },
	};

	return harness_run("litcost", tests, HARNESS_COUNT(tests));
}
