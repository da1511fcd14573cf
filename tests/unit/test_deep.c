#include "pack/deep.h"

#include <string.h>

#include "harness.h"

static void
few(void)
{
	static const struct {
		uint64_t n[6];		/* of the values 0 .. 5 */
		bool few;
	} cases[] = {
		{ { 100, 100, 100 }, true },
		{ { 25, 25, 25, 25 }, true },
		{ { 1000, 2000, 1000, 0, 10 }, true },
		/* Others are more than one in 64. */
		{ { 1000, 1000, 1000, 0, 30, 30 }, true },
		{ { 1000, 1000, 1000, 1000, 50, 50 }, false },
		{ { 20, 20, 20, 20, 20 }, false },
		/* A bit each, or less. */
		{ { 100, 100 }, false },
		{ { 1000, 10, 10 }, false },
		{ { 7 }, false },
		{ { 0 }, false },
	};
	uint64_t counts[256];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		memset(counts, 0, sizeof(counts));
		memcpy(counts + 250, cases[i].n, sizeof(cases[i].n));
		CU_ASSERT_EQUAL(deep_few(counts), cases[i].few);
	}
}

/* All are legal, and none is there twice. */
static void
chains(void)
{
	struct err e = ERR_INIT;
	struct chain c[DEEP_CHAINS + 1];
	size_t i, k;

	for (i = 0; i < DEEP_CHAINS + 1; i++) {
		c[i] = i < DEEP_CHAINS ? deep_chain(i) : deep_chain_fast();
		CU_ASSERT_EQUAL(chain_allowed(&c[i], TARGET_ANY, &e), ERR_OK);
		for (k = 0; k < i; k++)
			CU_ASSERT_FALSE(chain_equal(&c[i], &c[k]));
	}
	CU_ASSERT(c[DEEP_CHAINS].lzma.dict_size < c[0].lzma.dict_size);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "few values", few },
		{ "chains", chains },
	};

	return harness_run("deep", tests, HARNESS_COUNT(tests));
}
