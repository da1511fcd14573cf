#include "compare/codec.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "xz/whole.h"

#define MOST ((size_t)64 << 20)

/* What comes out of a decoder, against what went in. */
struct expected {
	const uint8_t *p;
	size_t n, done;
	bool same;
	size_t most;		/* fails after so many bytes; 0: never */
};

static enum err_code
put(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct expected *x = ctx;

	if (x->most > 0 && x->done + n > x->most)
		return err_set(e, ERR_FAIL, "had enough");
	if (n > x->n - x->done || memcmp(x->p + x->done, p, n) != 0)
		x->same = false;
	else
		x->done += n;
	return ERR_OK;
}

static enum err_code
decode(const struct codec *c, const struct buf *b, struct expected *x,
    struct meter *m, struct err *e)
{
	struct codec_sink s = { put, x, m };

	return c->decode(b->data, b->size, &s, e);
}

/* --- round trips --- */

static void
round_trip(const struct codec *c, int level, char kind, size_t n)
{
	uint8_t *p = harness_bytes(kind, 3, n + 7);
	struct harness_memory memory = { p, n + 7 };
	struct source src = harness_source(&memory);
	struct codec_job j = { &src, 7, n, level, NULL };
	struct expected x = { p + 7, n, 0, true, 0 };
	struct meter m = { 0, 0 };
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, MOST);
	CU_ASSERT_EQUAL(c->encode(&j, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(decode(c, &b, &x, &m, &e), ERR_OK);
	CU_ASSERT_EQUAL(x.done, n);
	CU_ASSERT_TRUE(x.same);
	CU_ASSERT_EQUAL(m.now, 0);
	CU_ASSERT_TRUE(m.peak > 1000);
	if (kind == 't' && n > 1000)
		CU_ASSERT_TRUE(b.size < n * 3 / 4);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	buf_free(&b);
	free(p);
}

static void
round_trips(void)
{
	static const size_t sizes[] = { 1, 77, CODEC_PIECE - 1, CODEC_PIECE,
	    CODEC_PIECE + 1, 700000 };
	const struct codec *c;
	size_t i, k, n = 0;

	for (i = 0; (c = codecs[i]) != NULL; i++) {
		if (c->encode == NULL)
			continue;
		n++;
		for (k = 0; k < HARNESS_COUNT(sizes); k++) {
			round_trip(c, c->min, 't', sizes[k]);
			round_trip(c, c->min, 'r', sizes[k]);
		}
		round_trip(c, c->usual, 't', 200000);
		round_trip(c, c->usual, 'r', 70000);
	}
	CU_ASSERT_TRUE(n > 0);
}

/* --- what fails --- */

static enum err_code
refuse(void *ctx, uint64_t off, uint8_t *p, size_t n, struct err *e)
{
	(void)ctx;
	(void)off;
	memset(p, 0, n);
	return err_set(e, ERR_FAIL, "the disk is gone");
}

static void
failures(void)
{
	uint8_t *p = harness_bytes('t', 1, 300000);
	struct harness_memory memory = { p, 300000 };
	struct source src = harness_source(&memory);
	struct source bad = { refuse, NULL };
	atomic_int stop = 1;
	struct watch w = { .stop = &stop };
	const struct codec *c;
	size_t i;

	for (i = 0; (c = codecs[i]) != NULL; i++) {
		struct codec_job j = { &src, 0, 300000, c->min, NULL };
		struct codec_job unread = { &bad, 0, 300000, c->min, NULL };
		struct codec_job stopped = { &src, 0, 300000, c->min, &w };
		struct expected x = { p, 300000, 0, true, 1000 };
		struct meter m = { 0, 0 };
		struct err e[5] = { ERR_INIT, ERR_INIT, ERR_INIT, ERR_INIT,
		    ERR_INIT };
		struct buf b;

		if (c->encode == NULL)
			continue;
		buf_init(&b, MOST);
		CU_ASSERT_EQUAL(c->encode(&unread, &b, &e[0]), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e[0], "the disk is gone"));
		CU_ASSERT_EQUAL(c->encode(&stopped, &b, &e[1]), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e[1], "interrupted"));
		b.size = 0;
		CU_ASSERT_EQUAL(c->encode(&j, &b, &e[2]), ERR_OK);
		CU_ASSERT_EQUAL(decode(c, &b, &x, &m, &e[2]), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e[2], "had enough"));
		x.most = 0;
		x.done = 0;
		b.size /= 2;
		CU_ASSERT_NOT_EQUAL(decode(c, &b, &x, &m, &e[3]), ERR_OK);
		b.data[1] ^= 0x55;
		CU_ASSERT_NOT_EQUAL(decode(c, &b, &x, &m, &e[4]), ERR_OK);
		CU_ASSERT_EQUAL(m.now, 0);
		buf_free(&b);
	}
	free(p);
}

/* --- .xz files --- */

static void
whole(void)
{
	uint8_t *p = harness_bytes('t', 9, 500000);
	struct harness_memory memory = { p, 500000 };
	struct source src = harness_source(&memory);
	struct expected x = { p + 1000, 400000, 0, true, 0 };
	struct err e = ERR_INIT, bad = ERR_INIT;
	struct chain chain;
	struct buf b;

	buf_init(&b, MOST);
	chain_preset(&chain, 1);
	CU_ASSERT_EQUAL(whole_encode(&src, 1000, 400000, &chain, NULL, &b,
	    &e), ERR_OK);
	CU_ASSERT_EQUAL(whole_decode(b.data, b.size, NULL, put, &x, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(x.done, 400000);
	CU_ASSERT_TRUE(x.same);
	b.data[b.size / 2] ^= 1;
	x.done = 0;
	CU_ASSERT_EQUAL(whole_decode(b.data, b.size, NULL, put, &x, &bad),
	    ERR_CORRUPT);
	chain.lzma.lc = 4;
	chain.lzma.lp = 4;
	bad = (struct err)ERR_INIT;
	CU_ASSERT_NOT_EQUAL(whole_encode(&src, 0, 10, &chain, NULL, &b, &bad),
	    ERR_OK);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	buf_free(&b);
	free(p);
}

/* --- names --- */

static void
names(void)
{
	static const struct {
		const char *name;
		const struct codec *codec;
		int level;
	} known[] = {
		{ "zlib", &codec_zlib, 9 }, { "zlib-1", &codec_zlib, 1 },
		{ "bzip2-9", &codec_bzip2, 9 }, { "zstd", &codec_zstd, 22 },
		{ "zstd-3", &codec_zstd, 3 }, { "brotli-0", &codec_brotli, 0 },
		{ "brotli", &codec_brotli, 11 }
	};
	static const char *const unknown[] = { "", "zlib-", "zlib-0",
	    "zlib-10", "zstd-23", "zstdx", "zstd-3x", "zstd-+3", "lz4",
	    "Zlib", "brotli-12", "bzip2--1" };
	int level;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(known); i++) {
		CU_ASSERT_PTR_EQUAL(codec_find(known[i].name, &level),
		    known[i].codec);
		CU_ASSERT_EQUAL(level, known[i].level);
	}
	for (i = 0; i < HARNESS_COUNT(unknown); i++)
		CU_ASSERT_PTR_NULL(codec_find(unknown[i], &level));
}

static void
metered(void)
{
	struct meter m = { 0, 0 };
	char *a = meter_get(&m, 100), *b = meter_get(&m, 50);

	memset(a, 1, 100);
	memset(b, 2, 50);
	CU_ASSERT_EQUAL(m.now, 150);
	meter_put(&m, a);
	meter_put(&m, NULL);
	CU_ASSERT_EQUAL(m.now, 50);
	a = meter_get(&m, 20);
	CU_ASSERT_EQUAL((uintptr_t)a % _Alignof(max_align_t), 0);
	CU_ASSERT_EQUAL(m.peak, 150);
	meter_put(&m, a);
	meter_put(&m, b);
	CU_ASSERT_EQUAL(m.now, 0);
	CU_ASSERT_PTR_NULL(meter_get(&m, SIZE_MAX));
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "round trips", round_trips },
		{ "failures", failures },
		{ "whole .xz files", whole },
		{ "names", names },
		{ "memory is counted", metered },
	};

	return harness_run("codec", tests, HARNESS_COUNT(tests));
}
