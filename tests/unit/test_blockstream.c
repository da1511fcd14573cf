#include "xz/blockstream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define MEMORY (UINT64_C(256) << 20)

static const struct harness_block five[] = {
	{ 't', 3000, "0" },
	{ 'd', 1, "delta:dist=1 lzma2:preset=0" },
	{ 'r', 700, "lzma2:dict=4KiB" },
	{ 't', 400000, "x86 lzma2:dict=64KiB" },
	{ 'd', 5000, "delta:dist=4 lzma2:dict=64KiB" },
};

static const struct blockstream_options plain = {
	.n_threads = 1, .memory = MEMORY,
};

/* Read the ranges; the result is ERR_OK only when they are what raw says. */
static enum err_code
read_ranges(const struct xzread *x, const struct range *r, size_t n,
    const struct blockstream_options *o, const uint8_t *raw,
    uint64_t *total, struct err *e)
{
	struct blockstream *s = NULL;
	const uint8_t *p;
	uint64_t pos = n > 0 ? r[0].off : 0;
	size_t i = 0, size;

	*total = 0;
	if (blockstream_open(x, r, n, o, &s, e) != ERR_OK)
		return e->code;
	while (blockstream_next(s, &p, &size, e) == ERR_OK && size > 0) {
		if (pos == r[i].end)
			pos = r[++i].off;
		if (i >= n || size > r[i].end - pos ||
		    memcmp(raw + pos, p, size) != 0) {
			err_set(e, ERR_LIMIT, "wrong bytes at %llu",
			    (unsigned long long)pos);
			break;
		}
		pos += size;
		*total += size;
	}
	/* The end stays the end. */
	if (e->code == ERR_OK && (blockstream_next(s, &p, &size, e) !=
	    ERR_OK || size != 0))
		err_set(e, ERR_LIMIT, "bytes after the end");
	blockstream_free(s);
	return e->code;
}

static void
ranges(void)
{
	static const struct {
		struct range r[4];
		size_t n;
		uint64_t total;
	} cases[] = {
		{ { { 0, 408701 } }, 1, 408701 },
		{ { { 0, 0 } }, 0, 0 },
		{ { { 0, 1 } }, 1, 1 },
		{ { { 408700, 408701 } }, 1, 1 },
		{ { { 3000, 3001 } }, 1, 1 },
		{ { { 2999, 3002 } }, 1, 3 },
		{ { { 0, 1 }, { 2, 3 }, { 10, 20 } }, 3, 12 },
		{ { { 0, 1 }, { 408700, 408701 } }, 2, 2 },
		{ { { 2000, 3500 }, { 3600, 3650 }, { 300000, 405000 } }, 3,
		    106550 },
		{ { { 0, 3000 }, { 3000, 3001 }, { 3001, 3701 },
		    { 3701, 3702 } }, 4, 3702 },
	};
	static const unsigned int threads[] = { 1, 2, 8 };
	struct blockstream_options o = plain;
	struct err open = ERR_INIT;
	struct xzread x;
	uint64_t total;
	uint8_t *raw;
	size_t i, n, t;

	raw = harness_xz("f", five, 5, LZMA_CHECK_CRC32, &n);
	CU_ASSERT_EQUAL(n, 408701);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &open), ERR_OK);
	for (i = 0; i < HARNESS_COUNT(cases); i++)
	for (t = 0; t < 2 * HARNESS_COUNT(threads); t++) {
		struct err e = ERR_INIT;

		o.n_threads = threads[t / 2];
		/* Little memory: the large Block is streamed. */
		o.memory = t % 2 ? MEMORY : xzread_decoder_memory(&x) + 20000;
		CU_ASSERT_EQUAL(read_ranges(&x, cases[i].r, cases[i].n, &o,
		    raw, &total, &e), ERR_OK);
		CU_ASSERT_EQUAL(total, cases[i].total);
	}
	o.lazy = true;
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(read_ranges(&x, cases[i].r, cases[i].n, &o,
		    raw, &total, &e), ERR_OK);
		CU_ASSERT_EQUAL(total, cases[i].total);
	}
	xzread_free(&x);
	free(raw);
}

/* Flip one byte of Block i's data and open the file again. */
static void
damage(struct xzread *x, size_t i)
{
	struct err e = ERR_INIT;
	uint8_t *file;
	size_t n;

	file = harness_read("f", &n);
	file[x->blocks[i].file_off + x->blocks[i].total_size - 1] ^= 0x40;
	harness_write("f", file, n);
	free(file);
	xzread_free(x);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, x, &e), ERR_OK);
}

/* Untouched Blocks are not decoded, so their damage is not seen; touched
 * ones are verified even when only their first byte is wanted. */
static void
verified(void)
{
	static const struct range all = { 0, 408701 };
	static const struct range before = { 0, 3701 };
	static const struct range after = { 403701, 408701 };
	static const struct range first = { 3701, 3702 };
	struct blockstream_options o = plain;
	struct err open = ERR_INIT;
	struct xzread x;
	uint64_t total;
	uint8_t *raw;
	size_t n, round;

	raw = harness_xz("f", five, 5, LZMA_CHECK_CRC32, &n);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &open), ERR_OK);
	damage(&x, 3);
	for (round = 0; round < 4; round++) {
		struct err a = ERR_INIT, b = ERR_INIT, c = ERR_INIT,
		    d = ERR_INIT;

		o.n_threads = round % 2 ? 4 : 1;
		o.memory = round / 2 ? MEMORY :
		    xzread_decoder_memory(&x) + 20000;
		CU_ASSERT_EQUAL(read_ranges(&x, &all, 1, &o, raw, &total, &a),
		    ERR_CORRUPT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&a, "Block 4"));
		CU_ASSERT_EQUAL(read_ranges(&x, &before, 1, &o, raw, &total,
		    &b), ERR_OK);
		CU_ASSERT_EQUAL(read_ranges(&x, &after, 1, &o, raw, &total,
		    &c), ERR_OK);
		CU_ASSERT_EQUAL(read_ranges(&x, &first, 1, &o, raw, &total,
		    &d), ERR_CORRUPT);
	}
	xzread_free(&x);
	free(raw);
}

static void
skip(void)
{
	static const struct range all = { 0, 408701 };
	struct blockstream_options o = plain;
	struct err e = ERR_INIT;
	struct blockstream *s = NULL;
	const uint8_t *p;
	struct xzread x;
	uint64_t skipped, pos = 0;
	uint8_t *raw;
	size_t n, size, wrong = 0, i;

	raw = harness_xz("f", five, 5, LZMA_CHECK_CRC32, &n);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	damage(&x, 0);
	o.lazy = true;
	CU_ASSERT_EQUAL(blockstream_open(&x, &all, 1, &o, &s, &e), ERR_OK);
	/* Over a Block whose damage is then not seen. */
	CU_ASSERT_EQUAL(blockstream_skip(s, 3000, &skipped, &e), ERR_OK);
	CU_ASSERT_EQUAL(skipped, 3000);
	pos = 3000;
	for (i = 0; pos < n && i < 1000; i++) {
		CU_ASSERT_EQUAL(blockstream_next(s, &p, &size, &e), ERR_OK);
		wrong += size == 0 || size > n - pos ||
		    memcmp(raw + pos, p, size) != 0;
		pos += size;
		CU_ASSERT_EQUAL(blockstream_skip(s, i * 10, &skipped, &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(skipped, i * 10 < n - pos ? i * 10 : n - pos);
		pos += skipped;
	}
	CU_ASSERT_EQUAL(pos, n);
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(blockstream_skip(s, 1, &skipped, &e), ERR_OK);
	CU_ASSERT_EQUAL(skipped, 0);
	blockstream_free(s);
	blockstream_free(NULL);
	xzread_free(&x);
	free(raw);
}

static void
too_little_memory(void)
{
	static const struct range all = { 0, 1 };
	struct blockstream_options o = plain;
	struct err open = ERR_INIT, e = ERR_INIT;
	struct xzread x;
	uint64_t total;
	size_t n;

	free(harness_xz("f", five, 5, LZMA_CHECK_CRC32, &n));
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &open), ERR_OK);
	o.memory = 1000;
	CU_ASSERT_EQUAL(read_ranges(&x, &all, 1, &o, NULL, &total, &e),
	    ERR_MEMLIMIT);
	xzread_free(&x);
}

/* The first bytes of "f", whose first Block is damaged. */
static enum err_code
first_bytes(const struct xzread *x, unsigned int n_threads)
{
	struct blockstream_options o = plain;
	struct range all = { 0, x->raw_size };
	struct blockstream *s = NULL;
	struct err e = ERR_INIT;
	const uint8_t *p;
	size_t n;

	o.n_threads = n_threads;
	if (blockstream_open(x, &all, 1, &o, &s, &e) == ERR_OK)
		blockstream_next(s, &p, &n, &e);
	blockstream_free(s);
	return e.code;
}

/* Blocks of next to nothing are held whole, and so verified first, but not by
 * so many threads that a small file takes much memory. */
static void
held_small(void)
{
	const size_t n = 64 * (600 << 10);
	uint8_t *zeros = calloc(1, n);
	struct err e = ERR_INIT;
	struct xzread x;

	CU_ASSERT_FATAL(zeros != NULL);
	harness_bundle("f", zeros, n, 600 << 10);
	free(zeros);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	CU_ASSERT_EQUAL(x.n_blocks, 64);
	damage(&x, 0);
	CU_ASSERT_EQUAL(first_bytes(&x, 1), ERR_CORRUPT);
	CU_ASSERT_EQUAL(first_bytes(&x, 50), ERR_CORRUPT);
	CU_ASSERT_EQUAL(first_bytes(&x, 64), ERR_OK);
	xzread_free(&x);
}

/* Whatever the bytes are: an error, or what was put in. */
static enum err_code
read_bytes(const uint8_t *file, size_t n, const uint8_t *raw, size_t raw_size)
{
	struct blockstream_options o = plain;
	struct err e = ERR_INIT;
	struct range all;
	struct xzread x;
	uint64_t total = 0;

	harness_write("g", file, n);
	if (xzread_open("g", MEMORY, &x, &e) == ERR_OK) {
		all.off = 0;
		all.end = x.raw_size;
		if (x.raw_size > raw_size)
			err_set(&e, ERR_LIMIT, "too many bytes");
		else if (read_ranges(&x, &all, x.raw_size > 0, &o, raw,
		    &total, &e) == ERR_OK && total != raw_size)
			err_set(&e, ERR_LIMIT, "too few bytes");
	}
	xzread_free(&x);
	return e.code;
}

static void
every_damage(void)
{
	static const struct harness_block small[] = {
		{ 't', 300, "0" }, { 'r', 40, "delta:dist=2 lzma2:preset=0" },
		{ 'd', 200, "x86 lzma2:preset=0" },
	};
	uint8_t *raw, *file;
	size_t raw_size, n, i, wrong = 0;
	enum err_code code;

	raw = harness_xz("f", small, 3, LZMA_CHECK_CRC32, &raw_size);
	file = harness_read("f", &n);
	CU_ASSERT_EQUAL(read_bytes(file, n, raw, raw_size), ERR_OK);
	for (i = 0; i < n; i++) {
		code = read_bytes(file, i, raw, raw_size);
		wrong += code != ERR_CORRUPT;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	for (i = 0; i < n; i++) {
		uint8_t flips[] = { 0x01, 0x80, 0xFF };
		size_t f;

		for (f = 0; f < sizeof(flips); f++) {
			file[i] ^= flips[f];
			code = read_bytes(file, n, raw, raw_size);
			wrong += code != ERR_OK && code != ERR_CORRUPT &&
			    code != ERR_UNSUPPORTED &&
			    code != ERR_MEMLIMIT && code != ERR_UNSAFE;
			file[i] ^= flips[f];
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	free(file);
	free(raw);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "ranges", ranges },
		{ "what is verified", verified },
		{ "lazy skipping", skip },
		{ "too little memory", too_little_memory },
		{ "what is held whole", held_small },
		{ "truncated and flipped anywhere", every_damage },
	};

	return harness_run("blockstream", tests, HARNESS_COUNT(tests));
}
