#include "report/treemap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define MANY 100000

static const struct treemap_rect whole = { 10, 20, 1200, 600 };

/* --- what the tests share --- */

/* Is each in proportion, and inside?  The largest error of an area, as a part
 * of the whole. */
static double
error(const uint64_t *sizes, size_t n, const struct treemap_rect *in,
    const struct treemap_rect *out)
{
	double sum = 0, most = 0, d, area = in->w * in->h;
	const double slack = 1e-6;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (double)sizes[i];
	for (i = 0; i < n; i++) {
		d = fabs(out[i].w * out[i].h / area - (double)sizes[i] / sum);
		if (d > most)
			most = d;
		if (out[i].w < 0 || out[i].h < 0 || out[i].x < in->x - slack ||
		    out[i].y < in->y - slack ||
		    out[i].x + out[i].w > in->x + in->w + slack ||
		    out[i].y + out[i].h > in->y + in->h + slack)
			return 1;
	}
	return most;
}

static bool
overlap(const struct treemap_rect *a, const struct treemap_rect *b)
{
	const double slack = 1e-6;

	return a->x + a->w > b->x + slack && b->x + b->w > a->x + slack &&
	    a->y + a->h > b->y + slack && b->y + b->h > a->y + slack;
}

static size_t
overlaps(const struct treemap_rect *r, size_t n)
{
	size_t i, j, found = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++)
			found += overlap(&r[i], &r[j]);
	}
	return found;
}

static double
aspect(const struct treemap_rect *r)
{
	return r->w > r->h ? r->w / r->h : r->h / r->w;
}

static int
falling(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x < *y) - (*x > *y);
}

/* Sizes that fall from very large to very small. */
static void
fill(uint64_t *sizes, size_t n)
{
	uint64_t state = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		state = state * 6364136223846793005U + 1442695040888963407U;
		sizes[i] = (state >> 32) >> (state >> 20 & 15);
	}
	qsort(sizes, n, sizeof(*sizes), falling);
}

/* --- the tests --- */

/* The example of the paper: 6 x 4, with areas 6 6 4 3 2 2 1. */
static void
paper(void)
{
	static const uint64_t sizes[] = { 6, 6, 4, 3, 2, 2, 1 };
	static const struct treemap_rect in = { 0, 0, 6, 4 };
	struct treemap_rect out[7];

	treemap_cut(sizes, 7, &in, out);
	CU_ASSERT_TRUE(error(sizes, 7, &in, out) < 1e-12);
	CU_ASSERT_EQUAL(overlaps(out, 7), 0);
	CU_ASSERT_DOUBLE_EQUAL(out[0].w, 3, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(out[0].h, 2, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(out[1].y, 2, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(out[2].x, 3, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(out[2].h, 7.0 / 3, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(out[6].x + out[6].w, 6, 1e-9);
	CU_ASSERT_DOUBLE_EQUAL(out[6].y + out[6].h, 4, 1e-9);
}

static void
few(void)
{
	static const uint64_t one[] = { 5 }, zeros[] = { 0, 0 };
	static const uint64_t some[] = { 8, 0, 8, 0 };
	struct treemap_rect out[4];

	treemap_cut(one, 0, &whole, out);
	treemap_cut(one, 1, &whole, out);
	CU_ASSERT_EQUAL(memcmp(&out[0], &whole, sizeof(whole)), 0);
	treemap_cut(zeros, 2, &whole, out);
	CU_ASSERT_EQUAL(out[0].w * out[0].h + out[1].w * out[1].h, 0);
	/* zeros anywhere, which are not in order */
	treemap_cut(some, 4, &whole, out);
	CU_ASSERT_TRUE(error(some, 4, &whole, out) < 1e-12);
	CU_ASSERT_EQUAL(overlaps(out, 4), 0);
}

static void
flat(void)
{
	static const uint64_t sizes[] = { 3, 2, 1 };
	static const struct treemap_rect in = { 1, 2, 0, 5 };
	struct treemap_rect out[3];
	size_t i;

	treemap_cut(sizes, 3, &in, out);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(out[i].w * out[i].h, 0);
}

static void
extremes(void)
{
	static const uint64_t sizes[] = { UINT64_MAX, UINT64_MAX, 1, 1, 0 };
	struct treemap_rect out[5];

	treemap_cut(sizes, 5, &whole, out);
	CU_ASSERT_TRUE(error(sizes, 5, &whole, out) < 1e-12);
	CU_ASSERT_EQUAL(overlaps(out, 5), 0);
}

static void
many(void)
{
	uint64_t *sizes = calloc(MANY, sizeof(*sizes));
	struct treemap_rect *out = calloc(MANY, sizeof(*out));
	double worst = 0;
	size_t i;

	if (sizes == NULL || out == NULL) {
		CU_FAIL("no memory");
	} else {
		fill(sizes, MANY);
		treemap_cut(sizes, MANY, &whole, out);
		CU_ASSERT_TRUE(error(sizes, MANY, &whole, out) < 1e-12);
		CU_ASSERT_EQUAL(overlaps(out, 1500), 0);
		for (i = 0; i < 1000; i++)
			worst = fmax(worst, aspect(&out[i]));
		CU_ASSERT_TRUE(worst < 2);
		for (i = 0; i < MANY; i++)
			sizes[i] = 7;
		treemap_cut(sizes, MANY, &whole, out);
		CU_ASSERT_TRUE(error(sizes, MANY, &whole, out) < 1e-12);
	}
	free(sizes);
	free(out);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the example of the paper", paper },
		{ "one, none, zeros", few },
		{ "nowhere to put them", flat },
		{ "very large and very small", extremes },
		{ "100,000", many },
	};

	return harness_run("treemap", tests, HARNESS_COUNT(tests));
}
