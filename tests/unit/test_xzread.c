#include "xz/xzread.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "xz/decode.h"

#define MEMORY (UINT64_C(64) << 20)

static const struct harness_block five[] = {
	{ 't', 70000, "6" },
	{ 'd', 1, "delta:dist=1 lzma2:preset=0" },
	{ 'r', 3000, "lzma2:lc=0,lp=2,pb=2,dict=4KiB" },
	{ 'd', 131072, "delta:dist=4 x86 lzma2:dict=1MiB" },
	{ 't', 65537, "arm64 lzma2:preset=1" },
};

/* Decode Block b in steps; is the result what p says? */
static int
block_is(const struct xzread *x, const struct xzblock *b, const uint8_t *p,
    size_t step)
{
	struct err e = ERR_INIT;
	struct decode *d = NULL;
	uint8_t *out = malloc((size_t)b->raw_size + step);
	size_t got, at = 0;
	int ok;

	if (decode_open(x->fd, b, MEMORY, &d, &e) != ERR_OK) {
		free(out);
		return 0;
	}
	do {
		if (decode_step(d, out + at, step, &got, &e) != ERR_OK)
			break;
		at += got;
	} while (got == step && at <= b->raw_size);
	decode_finish(d, &e);
	ok = e.code == ERR_OK && at == b->raw_size &&
	    memcmp(out, p, at) == 0 && decode_packed_pos(d) +
	    b->header_size <= b->total_size;
	decode_free(d);
	free(out);
	return ok;
}

static void
round_trip(void)
{
	static const lzma_check checks[] = { LZMA_CHECK_NONE,
	    LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256 };
	uint64_t file_off, raw_off;
	struct xzread x;
	uint8_t *raw;
	size_t c, i, n;

	for (c = 0; c < HARNESS_COUNT(checks); c++) {
		struct err e = ERR_INIT;

		raw = harness_xz("f", five, HARNESS_COUNT(five), checks[c],
		    &n);
		CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
		CU_ASSERT_EQUAL(x.n_streams, 1);
		CU_ASSERT_EQUAL(x.n_blocks, HARNESS_COUNT(five));
		CU_ASSERT_EQUAL(x.raw_size, n);
		file_off = LZMA_STREAM_HEADER_SIZE;
		raw_off = 0;
		for (i = 0; i < x.n_blocks; i++) {
			CU_ASSERT_EQUAL(x.blocks[i].file_off, file_off);
			CU_ASSERT_EQUAL(x.blocks[i].raw_off, raw_off);
			CU_ASSERT_EQUAL(x.blocks[i].raw_size, five[i].size);
			CU_ASSERT_EQUAL(x.blocks[i].check, checks[c]);
			CU_ASSERT_TRUE(block_is(&x, &x.blocks[i],
			    raw + raw_off, c == 0 ? 1000 : 65536));
			file_off += x.blocks[i].total_size;
			raw_off += x.blocks[i].raw_size;
		}
		CU_ASSERT_EQUAL(x.blocks[3].chain.n_pre, 2);
		CU_ASSERT_EQUAL(x.blocks[3].chain.pre[0].dist, 4);
		CU_ASSERT_EQUAL(x.blocks[3].chain.pre[1].id, LZMA_FILTER_X86);
		CU_ASSERT_EQUAL(x.blocks[3].chain.lzma.dict_size, 1 << 20);
		CU_ASSERT_TRUE(xzread_decoder_memory(&x) >= 8 << 20);
		xzread_free(&x);
		CU_ASSERT_EQUAL(x.fd, -1);
		free(raw);
		CU_ASSERT_EQUAL(unlink("f"), 0);
	}
}

static void
find(void)
{
	static const struct harness_block blocks[] = {
		{ 't', 10, "0" }, { 't', 1, "0" }, { 't', 5, "0" },
	};
	static const size_t holder[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2,
	    2, 2, 2, 2 };
	struct err e = ERR_INIT;
	struct xzread x;
	size_t i, n;

	free(harness_xz("f", blocks, 3, LZMA_CHECK_CRC32, &n));
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	for (i = 0; i < HARNESS_COUNT(holder); i++)
		CU_ASSERT_EQUAL(xzread_find(&x, i), holder[i]);
	xzread_free(&x);
}

/* Streams one after the other, with Stream Padding between them. */
static void
streams(void)
{
	struct err e = ERR_INIT, padded = ERR_INIT, odd = ERR_INIT;
	uint8_t *a, *b, *file, zeros[8] = { 0 };
	struct xzread x;
	size_t na, nb, size;

	a = harness_xz("f", five, 2, LZMA_CHECK_CRC32, &na);
	file = harness_read("f", &size);
	file = realloc(file, size + sizeof(zeros));
	memcpy(file + size, zeros, sizeof(zeros));
	harness_write("f", file, size + 4);
	b = harness_xz("f", five + 2, 3, LZMA_CHECK_SHA256, &nb);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	CU_ASSERT_EQUAL(x.n_streams, 2);
	CU_ASSERT_EQUAL(x.n_blocks, 5);
	CU_ASSERT_EQUAL(x.raw_size, na + nb);
	if (x.n_blocks == 5) {
		CU_ASSERT_EQUAL(x.blocks[1].check, LZMA_CHECK_CRC32);
		CU_ASSERT_EQUAL(x.blocks[2].check, LZMA_CHECK_SHA256);
		CU_ASSERT_EQUAL(x.blocks[2].raw_off, na);
		CU_ASSERT_TRUE(block_is(&x, &x.blocks[1], a + 70000, 4096));
		CU_ASSERT_TRUE(block_is(&x, &x.blocks[2], b, 4096));
	}
	xzread_free(&x);
	harness_write("f", file, size + 8);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &padded), ERR_OK);
	CU_ASSERT_EQUAL(x.n_streams, 1);
	xzread_free(&x);
	harness_write("f", file, size + 3);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &odd), ERR_CORRUPT);
	xzread_free(&x);
	free(file);
	free(a);
	free(b);
}

static void
no_blocks(void)
{
	struct err e = ERR_INIT;
	struct xzread x;
	size_t n;

	free(harness_xz("f", five, 0, LZMA_CHECK_CRC32, &n));
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	CU_ASSERT_EQUAL(x.n_blocks, 0);
	CU_ASSERT_EQUAL(x.raw_size, 0);
	CU_ASSERT_EQUAL(x.file_size, 32);
	CU_ASSERT_EQUAL(xzread_decoder_memory(&x), 0);
	xzread_free(&x);
}

static void
not_xz(void)
{
	static const struct {
		const char *bytes;
		size_t n;
	} files[] = {
		{ "", 0 }, { "x", 1 }, { "PK\3\4", 4 },
		{ "\xFD" "7zXZ\0", 6 },
		{ "a text file of some length, not xz at all", 41 },
	};
	struct err dir = ERR_INIT, none = ERR_INIT, pipe = ERR_INIT;
	struct xzread x;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(files); i++) {
		struct err e = ERR_INIT;

		harness_write("f", files[i].bytes, files[i].n);
		CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e),
		    ERR_CORRUPT);
		CU_ASSERT_NOT_EQUAL(e.text[0], '\0');
		xzread_free(&x);
	}
	CU_ASSERT_NOT_EQUAL(xzread_open(".", MEMORY, &x, &dir), ERR_OK);
	xzread_free(&x);
	CU_ASSERT_EQUAL(xzread_open("none", MEMORY, &x, &none), ERR_FAIL);
	xzread_free(&x);
	/* A FIFO that nobody writes to must not block. */
	CU_ASSERT_EQUAL(mkfifo("p", 0600), 0);
	CU_ASSERT_EQUAL(xzread_open("p", MEMORY, &x, &pipe), ERR_FAIL);
	xzread_free(&x);
}

static void
limits(void)
{
	struct err index = ERR_INIT, decoder = ERR_INIT, e = ERR_INIT;
	struct decode *d = NULL;
	struct xzread x;
	size_t n;

	free(harness_xz("f", five, 5, LZMA_CHECK_CRC32, &n));
	CU_ASSERT_EQUAL(xzread_open("f", 100, &x, &index), ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&index, "--memlimit"));
	xzread_free(&x);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	CU_ASSERT_EQUAL(decode_open(x.fd, &x.blocks[0], 1 << 20, &d,
	    &decoder), ERR_MEMLIMIT);
	CU_ASSERT_PTR_NULL(d);
	CU_ASSERT_TRUE(HARNESS_SAYS(&decoder, "--memlimit"));
	decode_free(NULL);
	xzread_free(&x);
}

/* The last byte alone does not prove the check value; finishing does. */
static void
check_verified(void)
{
	static const struct harness_block one[] = { { 't', 5000, "0" } };
	struct err e = ERR_INIT, wrong = ERR_INIT;
	struct decode *d = NULL;
	uint8_t *file, out[5000];
	struct xzread x;
	size_t n, size, got;

	free(harness_xz("f", one, 1, LZMA_CHECK_CRC32, &n));
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	file = harness_read("f", &size);
	file[x.blocks[0].file_off + x.blocks[0].total_size - 1] ^= 1;
	harness_write("f", file, size);
	xzread_free(&x);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e), ERR_OK);
	CU_ASSERT_EQUAL(decode_open(x.fd, &x.blocks[0], MEMORY, &d, &e),
	    ERR_OK);
	decode_step(d, out, sizeof(out), &got, &wrong);
	decode_finish(d, &wrong);
	CU_ASSERT_EQUAL(wrong.code, ERR_CORRUPT);
	decode_free(d);
	xzread_free(&x);
	free(file);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what was written", round_trip },
		{ "finding a Block", find },
		{ "several Streams", streams },
		{ "no Block at all", no_blocks },
		{ "not .xz", not_xz },
		{ "memory limits", limits },
		{ "a wrong check value", check_verified },
	};

	return harness_run("xzread", tests, HARNESS_COUNT(tests));
}
