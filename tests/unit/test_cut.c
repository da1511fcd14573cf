#include "pack/cut.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define W CUT_WINDOW

static size_t
find(const uint8_t *p, size_t size, uint64_t places[CUT_MAX])
{
	struct harness_memory m = { p, size };
	struct source src = harness_source(&m);
	struct err e = ERR_INIT;
	size_t n = 99;

	CU_ASSERT_EQUAL(cut_find(&src, 0, size, places, &n, &e), ERR_OK);
	return n;
}

/* Noise of 8 bits, then of 5, then of 8 again: cut at both borders. */
static void
changes(void)
{
	uint8_t *p = harness_bytes('r', 1, 12 * W);
	uint64_t places[CUT_MAX];
	size_t i;

	CU_ASSERT_EQUAL(find(p, 12 * W, places), 0);
	for (i = 3 * W; i < 7 * W; i++)
		p[i] &= 31;
	CU_ASSERT_EQUAL(find(p, 12 * W, places), 2);
	CU_ASSERT_EQUAL(places[0], 3 * W);
	CU_ASSERT_EQUAL(places[1], 7 * W);
	/* Less than a window is never looked at. */
	CU_ASSERT_EQUAL(find(p, W - 1, places), 0);
	CU_ASSERT_EQUAL(find(p, 0, places), 0);
	free(p);
}

/* No more places than there is room for. */
static void
bounded(void)
{
	size_t i, n = 2 * (CUT_MAX + 10);
	uint8_t *p = harness_bytes('r', 1, n * W);
	uint64_t places[CUT_MAX];

	for (i = 0; i < n * W; i++) {
		if (i / (2 * W) % 2 == 1)
			p[i] &= 3;
	}
	CU_ASSERT_EQUAL(find(p, n * W, places), CUT_MAX);
	for (i = 1; i < CUT_MAX; i++)
		CU_ASSERT_EQUAL(places[i], places[i - 1] + 2 * W);
	free(p);
}

static enum err_code
broken(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	(void)ctx;
	(void)off;
	(void)buf;
	(void)size;
	return err_set(e, ERR_FAIL, "member: changed");
}

static void
failure(void)
{
	struct source src = { broken, NULL };
	struct err e = ERR_INIT;
	uint64_t places[CUT_MAX];
	size_t n;

	CU_ASSERT_EQUAL(cut_find(&src, 0, W, places, &n, &e), ERR_FAIL);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "changes", changes },
		{ "bounded", bounded },
		{ "a source that fails", failure },
	};

	return harness_run("cut", tests, HARNESS_COUNT(tests));
}
