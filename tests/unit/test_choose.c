#include "pack/choose.h"
#include "pack/deep.h"
#include "pack/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "xz/encode.h"

#define NONE LZMA_VLI_UNKNOWN
#define SOME ((size_t)12000)		/* bytes, enough to tell chains apart */

/* --- bytes of which the best chain is known --- */

static uint32_t
next(uint32_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 17;
	*x ^= *x << 5;
	return *x >> 7;
}

/* The sum of four dice: small signed values, like quantized weights. */
static uint8_t
noise(uint32_t *x)
{
	return (uint8_t)((next(x) & 15) + (next(x) & 15) + (next(x) & 15) +
	    (next(x) & 15) - 30);
}

/* A record of 4 bytes: two of noise, two of few values. */
static void
record(uint32_t *x, uint8_t *p)
{
	p[0] = (uint8_t)next(x);
	p[1] = (uint8_t)next(x);
	p[2] = (uint8_t)(64 + (next(x) & 3) * 5 + (next(x) & 7));
	p[3] = (uint8_t)(0x3F + (next(x) & 1) * 0x80);
}

/* Calls of 20 functions; absolute or, as x86 has it, relative. */
static void
call(uint32_t *x, uint8_t *p, size_t at, bool relative)
{
	uint32_t to = next(x) % 20 * 7777, i;

	if (relative)
		to -= (uint32_t)at + 5;
	p[0] = 0xE8;
	for (i = 0; i < 4; i++)
		p[1 + i] = (uint8_t)(to >> 8 * i);
	p[5] = 0x90;
	p[6] = (uint8_t)next(x);
	p[7] = 0x55;
}

/* n bytes, a multiple of 8, of a kind; the caller frees. */
static uint8_t *
data(char kind, size_t n)
{
	uint8_t *p = malloc(n), walk = 0;
	uint32_t x = 12345, v, b;
	size_t i;

	for (i = 0; i < n; i++) {
		v = (uint32_t)((uint64_t)i / 4 * i / 250);
		b = (uint32_t)i % 4;
		if (kind == 'n')
			p[i] = noise(&x);
		else if (kind == '4' && i % 4 == 0)
			record(&x, p + i);
		else if (kind == 'w')
			p[i] = walk = (uint8_t)(walk + (next(&x) & 7) - 3);
		else if (kind == 'i' && b == 0)
			for (; b < 4; b++)
				p[i + b] = (uint8_t)(v >> 8 * b);
		else if ((kind == 'c' || kind == 'a') && i % 8 == 0)
			call(&x, p + i, i, kind == 'c');
	}
	return p;
}

/* --- choosing --- */

static void
choose(const uint8_t *p, size_t n, lzma_vli bcj, enum chain_target target,
    struct choice *c)
{
	struct harness_memory m = { p, n };
	struct source src = harness_source(&m);
	struct choose_request r = { .src = &src, .off = 0,
	    .size = n, .bcj = bcj, .element = 1, .target = target,
	    .effort = EFFORT_DEFAULT, .dict_max = ENCODE_BLOCK_MAX };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(choose_chain(&r, c, &e), ERR_OK);
}

static uint64_t
size_of(const uint8_t *p, size_t n, const struct chain *c)
{
	struct err e = ERR_INIT;
	struct chain fitted = *c;
	uint64_t size = 0;

	chain_fit(&fitted, n);
	CU_ASSERT_EQUAL(encode_size(p, n, &fitted, UINT64_MAX, &size, &e),
	    ERR_OK);
	return size;
}

/* What a chain makes of p, in thousandths of what xz -9e does. */
static uint64_t
against_9e(const uint8_t *p, size_t n, const struct chain *c)
{
	struct chain best;

	chain_preset(&best, 9 | LZMA_PRESET_EXTREME);
	return size_of(p, n, c) * 1000 / size_of(p, n, &best);
}

static void
wins(void)
{
	static const struct {
		char kind;
		lzma_vli bcj, pre;	/* tried, chosen */
		uint32_t dist;
		int lc, lp, pb;		/* chosen; -1: any */
		uint64_t most;		/* see against_9e() */
	} cases[] = {
		{ 'n', NONE, NONE, 0, 0, 0, 0, 999 },
		{ '4', NONE, NONE, 0, 0, 2, -1, 900 },
		{ 'w', NONE, LZMA_FILTER_DELTA, 1, -1, 0, 0, 700 },
		{ 'i', NONE, LZMA_FILTER_DELTA, 4, -1, -1, -1, 300 },
		{ 'c', LZMA_FILTER_X86, LZMA_FILTER_X86, 0, -1, -1, -1, 600 },
		/* The filter spoils addresses that are absolute. */
		{ 'a', LZMA_FILTER_X86, NONE, 0, -1, -1, -1, 1000 },
	};
	const lzma_options_lzma *o;
	struct choice c;
	uint64_t part;
	uint8_t *p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		p = data(cases[i].kind, SOME);
		choose(p, SOME, cases[i].bcj, TARGET_XZ_5_4, &c);
		o = &c.chains[0].lzma;
		CU_ASSERT_TRUE(cases[i].lc < 0 || (int)o->lc == cases[i].lc);
		CU_ASSERT_TRUE(cases[i].lp < 0 || (int)o->lp == cases[i].lp);
		CU_ASSERT_TRUE(cases[i].pb < 0 || (int)o->pb == cases[i].pb);
		CU_ASSERT_EQUAL(c.chains[0].n_pre, cases[i].pre != NONE);
		CU_ASSERT_TRUE(cases[i].pre == NONE ||
		    (c.chains[0].pre[0].id == cases[i].pre &&
		    c.chains[0].pre[0].dist == cases[i].dist));
		part = against_9e(p, SOME, &c.chains[0]);
		CU_ASSERT_TRUE(part <= cases[i].most);
		if (part > cases[i].most)
			printf("\n    case %zu: %d", i, (int)part);
		free(p);
	}
}

/* Never much worse than xz -9e, whatever the bytes and how many. */
static void
never_worse(void)
{
	static const size_t sizes[] = { 1, 2, 3, 7, 100, 6001 };
	struct choice c;
	size_t i, j, n;
	uint8_t *p;

	for (i = 0; i < 4; i++)
	for (j = 0; j < HARNESS_COUNT(sizes); j++) {
		n = sizes[j];
		p = i < 3 ? harness_bytes("rtd"[i], 7, n) : calloc(1, n);
		choose(p, n, j % 2 == 0 ? NONE : LZMA_FILTER_ARM,
		    TARGET_XZ_5_4, &c);
		CU_ASSERT_TRUE(against_9e(p, n, &c.chains[0]) <= 1005);
		CU_ASSERT_NOT_EQUAL(chain_encoder_memory(&c.chains[0]),
		    UINT64_MAX);
		CU_ASSERT_EQUAL(c.n, 1);	/* a sample is all of it */
		free(p);
	}
}

static void
targets(void)
{
	static const struct {
		char kind;
		enum chain_target target;
		bool delta;
	} cases[] = {
		{ 'w', TARGET_ANY, false }, { 'w', TARGET_EMBEDDED, false },
		{ 'w', TARGET_XZ_5_0, true }, { 'w', TARGET_XZ_5_4, true },
		{ 'i', TARGET_ANY, false }, { 'i', TARGET_EMBEDDED, false },
		{ 'i', TARGET_XZ_5_0, true },
	};
	struct choice c;
	uint8_t *p;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		p = data(cases[i].kind, SOME / 2);
		choose(p, SOME / 2, NONE, cases[i].target, &c);
		CU_ASSERT_EQUAL(c.chains[0].n_pre, cases[i].delta);
		for (k = 0; k < c.n; k++)
			chain_allowed(&c.chains[k], cases[i].target, &e);
		CU_ASSERT_EQUAL(e.code, ERR_OK);
		free(p);
	}
}

static void
assert_same(const struct choice *a, const struct choice *b)
{
	size_t i;

	CU_ASSERT_EQUAL(a->n, b->n);
	for (i = 0; i < a->n; i++)
		CU_ASSERT_TRUE(chain_equal(&a->chains[i], &b->chains[i]));
	CU_ASSERT_EQUAL(a->far, b->far);
}

/* The same bytes give the same choice, twice and anywhere in the source. */
static void
repeatable(void)
{
	struct err e = ERR_INIT;
	uint8_t *p = data('4', SOME), *room = harness_bytes('r', 1, 2 * SOME);
	struct harness_memory m = { room, 2 * SOME };
	struct source src = harness_source(&m);
	struct choose_request r = { .src = &src, .off = SOME - 1,
	    .size = SOME, .bcj = NONE, .element = 1, .target = TARGET_XZ_5_4,
	    .effort = EFFORT_DEFAULT, .dict_max = ENCODE_BLOCK_MAX };
	struct choice a, b, moved;

	choose(p, SOME, NONE, TARGET_XZ_5_4, &a);
	choose(p, SOME, NONE, TARGET_XZ_5_4, &b);
	assert_same(&a, &b);
	/* What stands before would be a far repeat. */
	memcpy(room + SOME / 2, room, SOME / 2);
	memcpy(room + SOME - 1, p, SOME);
	CU_ASSERT_EQUAL(choose_chain(&r, &moved, &e), ERR_OK);
	assert_same(&a, &moved);
	free(room);
	free(p);
}

/* --- the dictionary --- */

static void
far_repeats(void)
{
	static const struct {
		size_t n, copied;	/* from the start to the end */
		bool far, has_alt;
	} cases[] = {
		{ 600000, 5000, true, true },
		{ 600000, 0, false, false },
		{ 50000, 5000, true, false },	/* a sample is all of it */
		{ 50000, 0, false, false },
	};
	uint8_t *p, *random = harness_bytes('r', 9, 40000);
	struct choice c;
	size_t i, k, n;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		n = cases[i].n;
		p = calloc(1, n);
		memcpy(p, random, 40000);
		memcpy(p + n - cases[i].copied, p, cases[i].copied);
		choose(p, n, NONE, TARGET_ANY, &c);
		CU_ASSERT_EQUAL(c.far, cases[i].far);
		CU_ASSERT_TRUE(c.n > 1 || !cases[i].has_alt);
		/* One of them can reach back over all of it. */
		for (k = 0; k < c.n && c.chains[k].lzma.dict_size < n; k++)
			;
		CU_ASSERT_TRUE(!c.far || k < c.n);
		free(p);
	}
	free(random);
}

/* Noise without an end: a part of it is computed when it is read. */
static enum err_code
noise_read(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	uint64_t z;
	size_t i;

	(void)ctx;
	(void)e;
	for (i = 0; i < size; i++) {
		z = (off + i + 1) * UINT64_C(0x9E3779B97F4A7C15);
		z = (z ^ (z >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
		z ^= z >> 32;
		buf[i] = (uint8_t)((z & 15) + (z >> 4 & 15) + (z >> 8 & 15) +
		    (z >> 12 & 15) - 30);
	}
	return ERR_OK;
}

/* Repeats at 20,000 bytes, in what does not compress. */
static uint8_t *
repeating(void)
{
	uint8_t *p = harness_bytes('r', 9, 30000);

	memcpy(p + 20000, p, 10000);
	return p;
}

/*
 * Noise does best with a small dictionary, if by little.  Where 64 KiB and
 * more do alike, and the data is one Block, the large one is taken.
 */
static void
dictionaries(void)
{
	struct source src = { noise_read, NULL };
	struct choose_request r = { .src = &src, .off = 0,
	    .size = CHOOSE_ONE_BLOCK + 1, .bcj = NONE, .element = 1, .target = TARGET_ANY,
	    .effort = EFFORT_DEFAULT, .dict_max = ENCODE_BLOCK_MAX };
	struct err e = ERR_INIT;
	uint8_t *p = repeating();
	struct choice c;

	choose(p, 30000, NONE, TARGET_ANY, &c);
	CU_ASSERT_EQUAL(c.chains[0].lzma.dict_size, ENCODE_BLOCK_MAX);
	free(p);
	CU_ASSERT_EQUAL(choose_chain(&r, &c, &e), ERR_OK);
	CU_ASSERT_TRUE(c.chains[0].lzma.dict_size <= 65536);
	CU_ASSERT_EQUAL(c.chains[0].lzma.lc, 0);
	CU_ASSERT_EQUAL(c.chains[0].lzma.lp, 0);
	CU_ASSERT_EQUAL(c.chains[0].lzma.pb, 0);
	CU_ASSERT_FALSE(c.far);
}

/* No chain has a dictionary over dict_max, also where a larger one wins. */
static void
dictionary_limit(void)
{
	static const uint32_t limits[] = { 4096, 16384, 65536 };
	uint8_t *p = repeating();
	struct harness_memory m = { p, 30000 };
	struct source src = harness_source(&m);
	struct choose_request r = { .src = &src, .off = 0,
	    .size = 30000, .bcj = NONE, .element = 1, .target = TARGET_ANY,
	    .effort = EFFORT_DEFAULT, .dict_max = 0 };
	struct choice c;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(limits); i++) {
		struct err e = ERR_INIT;

		r.dict_max = limits[i];
		CU_ASSERT_EQUAL(choose_chain(&r, &c, &e), ERR_OK);
		CU_ASSERT_TRUE(c.chains[0].lzma.dict_size <= limits[i]);
		CU_ASSERT_TRUE(c.n < 2 ||
		    c.chains[1].lzma.dict_size <= limits[i]);
		if (c.chains[0].lzma.dict_size > limits[i])
			printf("\n    dict %u over %u",
			    c.chains[0].lzma.dict_size, limits[i]);
	}
	free(p);
}

/* Of random bytes nothing is gained, so that one chain will do; unless it is
 * their differences that are few. */
static void
nothing_gained(void)
{
	uint8_t *p = harness_bytes('r', 3, 600000);
	struct choice c;
	size_t i;

	choose(p, 600000, NONE, TARGET_XZ_5_4, &c);
	CU_ASSERT_EQUAL(c.n, 1);
	CU_ASSERT_EQUAL(c.chains[0].lzma.dict_size, 4096);
	CU_ASSERT_FALSE(c.far);
	for (i = 4; i < 600000; i++)
		p[i] = (uint8_t)(p[i - 4] + (p[i] & 63));
	choose(p, 600000, NONE, TARGET_XZ_5_4, &c);
	CU_ASSERT_EQUAL(c.chains[0].n_pre, 1);
	CU_ASSERT_TRUE(against_9e(p, 600000, &c.chains[0]) < 900);
	free(p);
}

/* --- failures --- */

static int reads_left;

static enum err_code
failing_read(void *ctx, uint64_t off, uint8_t *buf, size_t size,
    struct err *e)
{
	if (reads_left-- == 0)
		return err_set(e, ERR_FAIL, "member: changed");
	return noise_read(ctx, off, buf, size, e);
}

/* A source that fails, at its first read and at each later one. */
static void
failures(void)
{
	struct source src = { failing_read, NULL };
	struct choose_request r = { .src = &src, .off = 0,
	    .size = SAMPLE_MAX + 1, .bcj = NONE, .element = 1, .target = TARGET_ANY,
	    .effort = EFFORT_DEFAULT, .dict_max = 1 << 20 };
	struct choice c;
	int n;

	/* The data in two pieces at least, and a sample in parts. */
	for (n = 0; n < 4; n++) {
		struct err e = ERR_INIT;

		reads_left = n;
		CU_ASSERT_EQUAL(choose_chain(&r, &c, &e), ERR_FAIL);
		CU_ASSERT_STRING_EQUAL(e.text, "member: changed");
	}
}

/* n bytes of `values` values; with a period, if that is not 0. */
static uint8_t *
few_values(size_t n, uint32_t values, size_t period)
{
	uint8_t *p = malloc(n);
	uint32_t x = 99;
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = period > 0 && i >= period ? p[i - period] :
		    (uint8_t)(next(&x) % values - 1);
	return p;
}

/* Ternary weights have chains of their own, unless they repeat. */
static void
few(void)
{
	static const struct {
		uint32_t values;
		size_t period;
		bool deep;
	} cases[] = {
		{ 3, 0, true }, { 4, 0, true }, { 3, 5000, false },
		{ 40, 0, false },
	};
	struct chain best = deep_chain(0);
	size_t n = SAMPLE_MAX + 4096, i;
	struct choice c;
	uint8_t *p;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		p = few_values(n, cases[i].values, cases[i].period);
		choose(p, n, NONE, TARGET_ANY, &c);
		CU_ASSERT_EQUAL(c.deep, cases[i].deep);
		CU_ASSERT_EQUAL(chain_equal(&c.chains[0], &best),
		    cases[i].deep);
		CU_ASSERT(against_9e(p, n, &c.chains[0]) <= 1000);
		free(p);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what wins", wins },
		{ "never worse than -9e", never_worse },
		{ "targets", targets },
		{ "the same choice", repeatable },
		{ "far repeats", far_repeats },
		{ "small and large dictionaries", dictionaries },
		{ "the largest dictionary", dictionary_limit },
		{ "few values", few },
		{ "nothing to gain", nothing_gained },
		{ "failures", failures },
	};

	return harness_run("choose", tests, HARNESS_COUNT(tests));
}
