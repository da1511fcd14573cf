#include "pack/weigh.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "pack/choose.h"
#include "xz/encode.h"

static const struct weigh_rules rules = { TARGET_XZ_5_0, ENCODE_BLOCK_MAX };

static struct weigh
weigh(const uint8_t *p, size_t n, uint32_t element, enum weigh_care care)
{
	struct err e = ERR_INIT;
	struct weigh w;

	CU_ASSERT_EQUAL(weigh_bytes(&rules, p, n, element, care, &w, &e),
	    ERR_OK);
	CU_ASSERT_TRUE(w.least <= w.size);
	CU_ASSERT_TRUE(w.care >= care);
	return w;
}

/* What the planner's chains make of all bytes. */
static uint64_t
planned(const uint8_t *p, size_t n, uint32_t element)
{
	struct harness_memory m = { p, n };
	struct source src = harness_source(&m);
	struct choose_request r = { .src = &src, .size = n,
	    .bcj = LZMA_VLI_UNKNOWN, .element = element,
	    .target = TARGET_XZ_5_0, .effort = EFFORT_DEFAULT,
	    .dict_max = ENCODE_BLOCK_MAX };
	struct err e = ERR_INIT;
	struct choice c;
	uint64_t size, least = UINT64_MAX;
	size_t i;

	CU_ASSERT_EQUAL(choose_chain(&r, &c, &e), ERR_OK);
	for (i = 0; i < c.n; i++) {
		chain_fit(&c.chains[i], n);
		CU_ASSERT_EQUAL(encode_size(p, n, &c.chains[i], UINT64_MAX,
		    &size, &e), ERR_OK);
		least = size < least ? size : least;
	}
	return least;
}

/* Random bytes are what they are, and that is known at once. */
static void
stored(void)
{
	static const size_t sizes[] = { 1, 64, 5000, 70000, 2200000 };
	uint8_t *p = harness_bytes('r', 1, 2200000);
	struct weigh w;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		w = weigh(p, sizes[i], 1, WEIGH_QUICK);
		CU_ASSERT_TRUE(w.size > sizes[i]);
		CU_ASSERT_TRUE(w.size <= sizes[i] + 4 + sizes[i] / 20000);
		CU_ASSERT_EQUAL(w.least, w.size);
		CU_ASSERT_EQUAL(w.care, WEIGH_WELL);
		CU_ASSERT_FALSE(w.sampled);
	}
	w = weigh(p, 0, 1, WEIGH_QUICK);
	CU_ASSERT_EQUAL(w.size, 0);
	free(p);
}

/* With each care, bytes that are alike all over: noise, words, text. */
static void
close_enough(void)
{
	enum { N = 300000 };
	uint8_t *p = harness_bytes('r', 2, N), *t = harness_bytes('t', 3, N);
	uint64_t size;
	struct weigh w;
	int kind, care;
	size_t i;

	for (kind = 0; kind < 3; kind++) {
		for (i = 0; i < N; i++)
			p[i] = kind == 0 ? (uint8_t)((p[i] & 15) + (p[i] >> 4)) :
			    kind == 1 ? (uint8_t)(i % 2 != 0 ? p[i] & 7 :
			    p[i] * 77) : t[i];
		size = planned(p, N, kind == 1 ? 2 : 1);
		for (care = WEIGH_QUICK; care <= WEIGH_WELL; care++) {
			w = weigh(p, N, kind == 1 ? 2 : 1, care);
			CU_ASSERT_TRUE(w.least <= size + size / 500);
			CU_ASSERT_TRUE(w.size >= size - size / 200);
			CU_ASSERT_TRUE(kind == 2 || w.size <= size +
			    size / 20);
		}
		CU_ASSERT_TRUE(w.size <= size + size / 500);
	}
	free(p);
	free(t);
}

/* What only a search finds, may be anything until it is made. */
static void
doubtful(void)
{
	enum { N = 400000 };
	uint8_t *p = harness_bytes('r', 4, N);
	struct weigh w;
	uint32_t v;
	size_t i;

	memcpy(p + N / 2, p, N / 2);
	w = weigh(p, N, 1, WEIGH_QUICK);
	CU_ASSERT_EQUAL(w.least, 0);
	CU_ASSERT_NOT_EQUAL(w.care, WEIGH_WELL);
	CU_ASSERT_TRUE(weigh(p, N, 1, WEIGH_WELL).size < N * 11 / 20);
	for (i = 0; i + 4 <= N; i += 4) {
		v = (uint32_t)(i / 4 * 1000003);
		memcpy(p + i, &v, 4);
	}
	w = weigh(p, N, 4, WEIGH_QUICK);
	CU_ASSERT_EQUAL(w.least, 0);
	CU_ASSERT_TRUE(weigh(p, N, 4, WEIGH_WELL).size < N / 20);
	free(p);
}

static void
texts(void)
{
	struct err e = ERR_INIT;
	uint64_t size = 1;
	char text[1000];

	memset(text, 'a', sizeof(text));
	CU_ASSERT_EQUAL(weigh_text((uint8_t *)text, 0, &size, &e), ERR_OK);
	CU_ASSERT_EQUAL(size, 0);
	CU_ASSERT_EQUAL(weigh_text((uint8_t *)text, sizeof(text), &size, &e),
	    ERR_OK);
	CU_ASSERT_TRUE(size > 0 && size < 40);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what is stored", stored },
		{ "close enough", close_enough },
		{ "what a sample cannot tell", doubtful },
		{ "texts", texts },
	};

	return harness_run("weigh", tests, HARNESS_COUNT(tests));
}
