#include "pack/search.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "xz/encode.h"

static struct tensor
tensor(const char *dtype, uint64_t rows, uint64_t cols)
{
	uint64_t shape[] = { rows, cols };
	struct err e = ERR_INIT;
	struct tensor t;

	CU_ASSERT_EQUAL(tensor_set(&t, dtype, shape, 2, &e), ERR_OK);
	return t;
}

static struct search_request
request(const struct tensor *t, const uint8_t *raw)
{
	struct search_request r = { .tensor = t, .raw = raw };

	r.rules.target = TARGET_XZ_5_0;
	r.rules.dict_max = ENCODE_BLOCK_MAX;
	return r;
}

/* The best of the search, which gives the values back. */
static const char *
best_of(const struct tensor *t, const uint8_t *raw, uint64_t *cost)
{
	struct search_request r = request(t, raw);
	const struct search_candidate *c;
	struct search_result res;
	struct err e = ERR_INIT;
	uint8_t *back = malloc(t->size);
	const char *way;
	size_t i;

	CU_ASSERT_EQUAL(search_tensor(&r, &res, &e), ERR_OK);
	c = &res.candidates[res.best];
	CU_ASSERT_STRING_EQUAL(res.candidates[0].way, "none");
	CU_ASSERT_TRUE((res.best > 0) == (res.params != NULL));
	for (i = 0; i < res.n; i++)
		CU_ASSERT_TRUE(search_cost(&res.candidates[i]) >=
		    search_cost(c) || i != 0);
	if (res.best > 0) {
		CU_ASSERT_EQUAL(res.packed.size, c->size);
		memset(back, 0xA5, t->size);
		CU_ASSERT_EQUAL(c->packing->decode(t, res.params,
		    res.packed.data, res.packed.size, back, &e), ERR_OK);
		CU_ASSERT_EQUAL(memcmp(back, raw, t->size), 0);
	}
	*cost = search_cost(c);
	way = c->packing != NULL ? c->packing->name : "none";
	search_free(&res);
	free(back);
	return way;
}

/* --- what wins --- */

/* Each kind of values has its packing. */
static void
winners(void)
{
	enum { N = 100000 };
	struct tensor i8 = tensor("I8", 100, N / 100);
	struct tensor u8 = tensor("U8", 1, 512);
	struct tensor bf16 = tensor("BF16", 100, N / 200);
	uint8_t *p = harness_bytes('r', 1, N), *raw = malloc(N);
	uint64_t cost;
	size_t i;

	/* Noise of a bell shape in a byte: entropy coded. */
	for (i = 0; i < N; i++)
		raw[i] = (uint8_t)((p[i] & 15) + (p[i] >> 4) - 15);
	CU_ASSERT_STRING_EQUAL(best_of(&i8, raw, &cost), "rans");
	/* Two values, at random: bits. */
	for (i = 0; i < N; i++)
		raw[i] = p[i] & 1 ? 1 : 0xFF;
	CU_ASSERT_STRING_EQUAL(best_of(&i8, raw, &cost), "bits");
	CU_ASSERT_TRUE(cost < N / 8 + 40);
	/* Exponents of a few values, and a random rest. */
	for (i = 0; i < N; i++)
		raw[i] = i % 2 == 0 ? p[i] : (uint8_t)(p[i] & 0x80) + 0x3C +
		    (p[i] % 9 > 2) + (p[i] % 9 > 7);
	CU_ASSERT_STRING_EQUAL(best_of(&bf16, raw, &cost), "planes");
	/* Random bytes stay. */
	CU_ASSERT_STRING_EQUAL(best_of(&i8, p, &cost), "none");
	/* So does what repeats, or goes on in steps: LZMA2 is better. */
	memcpy(raw, p, N / 2);
	memcpy(raw + N / 2, p, N / 2);
	CU_ASSERT_STRING_EQUAL(best_of(&i8, raw, &cost), "none");
	CU_ASSERT_TRUE(cost < N * 11 / 20);
	for (i = 4; i < N; i++)
		raw[i] = (uint8_t)(raw[i - 4] + (p[i] & 3));
	CU_ASSERT_STRING_EQUAL(best_of(&i8, raw, &cost), "none");
	CU_ASSERT_TRUE(cost < N / 3);
	memset(raw, 0, N);
	CU_ASSERT_STRING_EQUAL(best_of(&u8, raw, &cost), "none");
	free(p);
	free(raw);
}

/* --- one that was asked for --- */

static void
only(void)
{
	struct tensor t = tensor("I8", 10, 30);
	struct search_request r;
	struct search_result res;
	struct err e = ERR_INIT, four = ERR_INIT, empty = ERR_INIT;
	uint8_t raw[300];
	size_t i;

	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i % 3);
	/* It is taken though it takes more. */
	r = request(&t, raw);
	r.only = packing_find("base3");
	CU_ASSERT_EQUAL(search_tensor(&r, &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.n, 2);
	CU_ASSERT_EQUAL(res.best, 1);
	CU_ASSERT_PTR_EQUAL(res.candidates[1].packing, r.only);
	CU_ASSERT_EQUAL(res.packed.size, 60);
	search_free(&res);
	raw[123] = 77;
	CU_ASSERT_EQUAL(search_tensor(&r, &res, &four), ERR_UNSUPPORTED);
	CU_ASSERT_TRUE(HARNESS_SAYS(&four, "77"));
	CU_ASSERT_TRUE(HARNESS_SAYS(&four, "123"));
	search_free(&res);
	/* Nothing at all may not be what is left. */
	memset(raw, 5, sizeof(raw));
	r.only = packing_find("bits");
	CU_ASSERT_EQUAL(search_tensor(&r, &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.packed.size, 0);
	search_free(&res);
	r.no_empty = true;
	CU_ASSERT_EQUAL(search_tensor(&r, &res, &empty), ERR_UNSUPPORTED);
	search_free(&res);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
}

static void
stopped(void)
{
	struct tensor t = tensor("I8", 10, 30);
	uint8_t raw[300] = { 0 };
	struct search_request r = request(&t, raw);
	struct search_result res;
	struct err e = ERR_INIT;
	atomic_int stop = 1;
	struct watch w = { .stop = &stop };

	r.watch = &w;
	CU_ASSERT_EQUAL(search_tensor(&r, &res, &e), ERR_FAIL);
	search_free(&res);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what wins", winners },
		{ "only one", only },
		{ "stopped", stopped },
	};

	return harness_run("search", tests, HARNESS_COUNT(tests));
}
