#include "xz/blocksource.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define MEMORY (UINT64_C(64) << 20)
#define SMALL "lzma2:preset=0,dict=4KiB"

static const struct harness_block blocks[] = {
	{ 't', 70000, SMALL }, { 'r', 1, SMALL }, { 'd', 600000, SMALL },
	{ 'r', 100, "delta:dist=2 " SMALL }, { 't', 300000, SMALL },
};
static uint8_t *raw;
static size_t raw_size;
static struct xzread xz;
static struct blocksource *s;
static struct source src;

/* Open a file of those Blocks, with that much memory. */
static void
begin(uint64_t memory)
{
	struct err e = ERR_INIT;

	raw = harness_xz("f", blocks, HARNESS_COUNT(blocks),
	    LZMA_CHECK_CRC32, &raw_size);
	CU_ASSERT_EQUAL_FATAL(xzread_open("f", MEMORY, &xz, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(blocksource_open(&xz, memory, NULL, &s, &e),
	    ERR_OK);
	blocksource_allow(s, UINT64_MAX);
	src = blocksource_source(s);
}

static void
drop(void)
{
	blocksource_free(s);
	xzread_free(&xz);
	free(raw);
	(void)unlink("f");
}

/* Are the n bytes at off the right ones? */
static bool
right(size_t off, size_t n)
{
	struct err e = ERR_INIT;
	uint8_t *p = malloc(n + 1);
	bool ok;

	ok = src.read(src.ctx, off, p, n, &e) == ERR_OK &&
	    memcmp(p, raw + off, n) == 0;
	free(p);
	return ok;
}

static void
anywhere(void)
{
	/* All of a Block is kept; only a part of it. */
	static const uint64_t memories[] = { MEMORY, 200000 };
	size_t i, k, off, n, wrong = 0;
	uint32_t seed = 1;

	for (k = 0; k < HARNESS_COUNT(memories); k++) {
		begin(memories[k]);
		CU_ASSERT_TRUE(right(0, raw_size));
		CU_ASSERT_TRUE(right(0, 1));
		CU_ASSERT_TRUE(right(raw_size - 1, 1));
		CU_ASSERT_TRUE(right(raw_size, 0));
		for (off = 69990; off < 70010; off++)
			wrong += !right(off, 20);
		for (i = 0; i < 40; i++) {
			seed = seed * 1664525 + 1013904223;
			off = (seed >> 8) % raw_size;
			n = i % 4 == 0 ? raw_size - off : 10;
			n = n < raw_size - off ? n : raw_size - off;
			wrong += !right(off, n);
		}
		/* Backwards, byte by byte, over what is no longer kept. */
		for (i = 0; i < 300000; i += 19999)
			wrong += !right(raw_size - 1 - i, 1);
		CU_ASSERT_EQUAL(wrong, 0);
		drop();
	}
}

static void
outside(void)
{
	static const struct { uint64_t back; size_t n; } reads[] = {
		{ 0, 1 }, { 1, 2 }, { 1, SIZE_MAX },
	};
	uint8_t p[2];
	size_t i;

	begin(MEMORY);
	for (i = 0; i < HARNESS_COUNT(reads); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(src.read(src.ctx, raw_size - reads[i].back,
		    p, reads[i].n, &e), ERR_CORRUPT);
	}
	for (i = 0; i < 2; i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(src.read(src.ctx, UINT64_MAX - i, p, 2, &e),
		    ERR_CORRUPT);
	}
	CU_ASSERT_TRUE(right(0, 10));
	drop();
}

/* Reading far and back again is paid for; reading on is not paid twice. */
static void
allowance(void)
{
	struct err e = ERR_INIT;
	uint8_t p;
	size_t i;

	begin(200000);
	blocksource_allow(s, 2000000);
	for (i = 0; i < 2000; i++)
		CU_ASSERT_TRUE(right(70001 + i, 1));
	CU_ASSERT_FALSE(blocksource_spent(s));
	for (i = 0; i < 10 && e.code == ERR_OK; i++)
		src.read(src.ctx, i % 2 == 0 ? 670000 : 70001, &p, 1, &e);
	CU_ASSERT_EQUAL(e.code, ERR_FAIL);
	CU_ASSERT_TRUE(i > 4 && i < 9);
	CU_ASSERT_TRUE(blocksource_spent(s));
	blocksource_allow(s, UINT64_MAX);
	CU_ASSERT_FALSE(blocksource_spent(s));
	CU_ASSERT_TRUE(right(70001, 600000));
	drop();
}

static void
failures(void)
{
	struct err e = ERR_INIT, again = ERR_INIT;
	uint8_t *p = malloc(600000);

	begin(10000);
	CU_ASSERT_EQUAL(src.read(src.ctx, 0, p, 1, &e), ERR_MEMLIMIT);
	drop();
	begin(MEMORY);
	harness_spoil("f", 2, HARNESS_DATA);
	CU_ASSERT_TRUE(right(0, 70001));
	CU_ASSERT_EQUAL(src.read(src.ctx, 70001, p, 600000, &again),
	    ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&again, "Block 3"));
	CU_ASSERT_FALSE(blocksource_spent(s));
	CU_ASSERT_TRUE(right(670101, 300000));
	drop();
	blocksource_free(NULL);
	free(p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "anywhere", anywhere },
		{ "outside", outside },
		{ "the allowance", allowance },
		{ "failures", failures },
	};

	return harness_run("blocksource", tests, HARNESS_COUNT(tests));
}
