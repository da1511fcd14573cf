#include "xz/xzread.h"

#include <fcntl.h>
#include <stdio.h>
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
		enum err_code code;
	} files[] = {
		{ "", 0, ERR_CORRUPT }, { "x", 1, ERR_UNSAFE },
		{ "PK\3\4", 4, ERR_UNSAFE }, { "\xFD", 1, ERR_CORRUPT },
		{ "\xFD" "7zXZ\0", 6, ERR_CORRUPT },
		{ "\xFD" "7zXZ\0\0\1\x69\x22\xDE", 11, ERR_CORRUPT },
		{ "a text file of some length, not xz at all", 41,
		    ERR_UNSAFE },
	};
	struct err dir = ERR_INIT, none = ERR_INIT, pipe = ERR_INIT;
	struct xzread x;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(files); i++) {
		struct err e = ERR_INIT;

		harness_write("f", files[i].bytes, files[i].n);
		CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &x, &e),
		    files[i].code);
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

/* --- strictly --- */

static const struct xzread_rules strict = { false, false };
static const struct xzread_rules multi = { true, false };
static const struct xzread_rules unchecked = { false, true };

/* Read "f" by the rules.  The error is in e; how many Streams are there? */
static size_t
judge(const struct xzread_rules *rules, uint64_t memory, struct err *e)
{
	const struct err none = ERR_INIT;
	int fd = open("f", O_RDONLY | O_CLOEXEC);
	struct xzread x;
	size_t n;

	*e = none;
	xzread_strict(fd, memory, rules, &x, e);
	CU_ASSERT_EQUAL(x.fd, fd);
	n = x.n_streams;
	xzread_free(&x);
	/* It was consumed. */
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	return n;
}

static void
judged(const struct xzread_rules *rules, enum err_code code,
    const char *says)
{
	struct err e;

	judge(rules, MEMORY, &e);
	if (e.code != code || !HARNESS_SAYS(&e, says))
		printf("\n    not %d, \"%s\": %d, \"%s\"", (int)code, says,
		    (int)e.code, e.text);
	CU_ASSERT_EQUAL(e.code, code);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
}

static const struct harness_block tiny[] = {
	{ 'r', 40, "lzma2:dict=4KiB" }, { 't', 50, "lzma2:dict=4KiB" },
	{ 'd', 60, "delta:dist=1 lzma2:dict=4KiB" },
};

/* Make "f" of n Blocks; its bytes are the caller's. */
static uint8_t *
small(size_t n, lzma_check check, size_t *size)
{
	size_t raw;

	(void)unlink("f");
	free(harness_xz("f", tiny, n, check, &raw));
	return harness_read("f", size);
}

static void
two_streams(void)
{
	struct err e;
	size_t size, raw;
	uint8_t *p;

	free(small(1, LZMA_CHECK_CRC32, &size));
	judged(&strict, ERR_OK, "");
	free(harness_xz("f", tiny, 2, LZMA_CHECK_CRC64, &raw));
	judged(&strict, ERR_UNSAFE, "--multi-stream");
	CU_ASSERT_EQUAL(judge(&multi, MEMORY, &e), 2);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	/* The second one is cut off. */
	p = harness_read("f", &raw);
	harness_write("f", p, size + 20);
	judged(&strict, ERR_CORRUPT, "damaged");
	judged(&multi, ERR_CORRUPT, "damaged");
	free(p);
}

static void
unchecked_streams(void)
{
	size_t size, raw;

	free(small(2, LZMA_CHECK_NONE, &size));
	judged(&strict, ERR_UNSAFE, "--allow-unchecked");
	judged(&unchecked, ERR_OK, "");
	free(small(0, LZMA_CHECK_NONE, &size));
	judged(&strict, ERR_OK, "");
	/* One of two is enough. */
	free(small(1, LZMA_CHECK_SHA256, &size));
	free(harness_xz("f", tiny, 1, LZMA_CHECK_NONE, &raw));
	judged(&multi, ERR_UNSAFE, "--allow-unchecked");
}

static void
other_formats(void)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "\x1F\x8B\x08\x00 gz", "not a .xz file but a gzip file; "
		    "name a bundle, or make one of it with repack" },
		{ "just some plain text, and not short, so that it has an end",
		    "not a .xz file; " },
		{ "]\1\1\x80\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
		    "not a .xz file; " },
		{ "BZh91AY&SY", "but a bzip2 file; " },
		{ "PK\3\4", "but a zip file; " },
		{ "\x28\xB5\x2F\xFD", "but a zstd file; " },
		{ "<!DOCtype html>", "but an HTML page; " },
		{ "version https://git-lfs.github.com/spec/v1\n",
		    "but a Git LFS pointer" },
		{ "\xFD\x37zXY", "not a .xz file; " },
		{ "x", "not a .xz file; " },
	};
	uint8_t *p, *zeros;
	size_t i, size;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		harness_write("f", rows[i].text, strlen(rows[i].text));
		judged(&strict, ERR_UNSAFE, rows[i].says);
		judged(&multi, ERR_UNSAFE, rows[i].says);
	}
	/* zeros in front, or nothing else */
	p = small(1, LZMA_CHECK_CRC32, &size);
	zeros = calloc(1, size + 4);
	memcpy(zeros + 4, p, size);
	harness_write("f", zeros, size + 4);
	judged(&strict, ERR_UNSAFE, "not a .xz file");
	judged(&multi, ERR_UNSAFE, "not a .xz file");
	memset(zeros, 0, size);
	harness_write("f", zeros, size);
	judged(&strict, ERR_UNSAFE, "not a .xz file");
	free(zeros);
	free(p);
}

static void
put_crc(uint8_t *to, const uint8_t *p, size_t n)
{
	uint32_t crc = lzma_crc32(p, n, 0);
	size_t i;

	for (i = 0; i < 4; i++)
		to[i] = (uint8_t)(crc >> 8 * i);
}

/* A Block Header whose byte at `at` becomes value, with a CRC that is right. */
static void
patched(uint8_t *p, size_t size, size_t at, uint8_t value)
{
	uint8_t *h = p + LZMA_STREAM_HEADER_SIZE, was = h[at];
	size_t n = lzma_block_header_size_decode(h[0]);

	h[at] = value;
	put_crc(h + n - 4, h, n - 4);
	harness_write("f", p, size);
	h[at] = was;
	put_crc(h + n - 4, h, n - 4);
}

/* Where the ID of LZMA2 is in the first Block Header. */
static size_t
filter_at(const uint8_t *p)
{
	const uint8_t *h = p + LZMA_STREAM_HEADER_SIZE;
	size_t i;

	for (i = 2; i < 30 && (h[i] != 0x21 || h[i + 1] != 1); i++)
		;
	CU_ASSERT_TRUE_FATAL(i < 30);
	return i;
}

static void
block_headers(void)
{
	size_t size, at;
	uint8_t *p = small(1, LZMA_CHECK_CRC32, &size);

	at = filter_at(p);
	patched(p, size, at + 2, 40);		/* 4 GiB - 1 */
	judged(&strict, ERR_OK, "");
	patched(p, size, at + 2, 41);
	judged(&strict, ERR_CORRUPT, "Block 1: ");
	patched(p, size, at + 2, 0x40);
	judged(&strict, ERR_CORRUPT, "Block 1: ");
	patched(p, size, at, 0x22);		/* no such filter */
	judged(&strict, ERR_UNSUPPORTED, "Block 1: ");
	patched(p, size, 1, p[LZMA_STREAM_HEADER_SIZE + 1] | 4);
	judged(&strict, ERR_UNSUPPORTED, "Block 1: ");
	free(p);
}

/* Flags that are reserved, in the Stream Header and in the Footer. */
static void
stream_flags(void)
{
	static const struct {
		size_t at;		/* of two bytes */
		uint8_t or;
	} rows[] = { { 0, 1 }, { 0, 0x80 }, { 1, 0x10 }, { 1, 0x80 } };
	size_t size, i;
	uint8_t *p, *end;

	for (i = 0; i < 3 * HARNESS_COUNT(rows); i++) {
		p = small(1, LZMA_CHECK_CRC32, &size);
		end = p + size - LZMA_STREAM_HEADER_SIZE;
		if (i % 3 != 1)
			p[6 + rows[i / 3].at] |= rows[i / 3].or;
		if (i % 3 != 0)
			end[8 + rows[i / 3].at] |= rows[i / 3].or;
		put_crc(p + 8, p + 6, 2);
		put_crc(end, end + 4, 6);
		harness_write("f", p, size);
		judged(&strict, ERR_UNSUPPORTED, "feature");
		judged(&multi, ERR_UNSUPPORTED, "feature");
		free(p);
	}
	/* A check ID that is not used yet. */
	p = small(1, LZMA_CHECK_CRC32, &size);
	end = p + size - LZMA_STREAM_HEADER_SIZE;
	p[7] = end[9] = 2;
	put_crc(p + 8, p + 6, 2);
	put_crc(end, end + 4, 6);
	harness_write("f", p, size);
	judged(&strict, ERR_UNSUPPORTED, "check 2");
	free(p);
}

static void
index_memory(void)
{
	struct err e;
	size_t size;

	free(small(3, LZMA_CHECK_CRC32, &size));
	judge(&strict, 100, &e);
	CU_ASSERT_EQUAL(e.code, ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "--memlimit"));
	judge(&multi, 100, &e);
	CU_ASSERT_EQUAL(e.code, ERR_MEMLIMIT);
}

static void
no_file(void)
{
	struct err pipe_e = ERR_INIT, dir = ERR_INIT;
	struct xzread x;
	int fd[2];

	CU_ASSERT_EQUAL(pipe(fd), 0);
	CU_ASSERT_EQUAL(xzread_strict(fd[0], MEMORY, &strict, &x, &pipe_e),
	    ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&pipe_e, "regular file"));
	xzread_free(&x);
	CU_ASSERT_EQUAL(close(fd[1]), 0);
	CU_ASSERT_EQUAL(xzread_strict(open(".", O_RDONLY | O_CLOEXEC),
	    MEMORY, &strict, &x, &dir), ERR_FAIL);
	xzread_free(&x);
	harness_write("f", "", 0);
	judged(&strict, ERR_CORRUPT, "empty");
}

static void
truncations(void)
{
	size_t size, cut;
	uint8_t *p = small(2, LZMA_CHECK_CRC32, &size);
	struct err e;

	for (cut = 0; cut < size; cut++) {
		harness_write("f", p, cut);
		judge(&strict, MEMORY, &e);
		if (e.code != ERR_CORRUPT)
			printf("\n    cut at %zu: %d \"%s\"", cut,
			    (int)e.code, e.text);
		CU_ASSERT_EQUAL(e.code, ERR_CORRUPT);
		judge(&multi, MEMORY, &e);
		CU_ASSERT_EQUAL(e.code, ERR_CORRUPT);
	}
	free(p);
}

/* Decode a Block to what *got becomes, which the caller frees. */
static enum err_code
decoded(const struct xzread *x, const struct xzblock *b, uint8_t **got,
    struct err *e)
{
	size_t size = (size_t)b->raw_size + 1, n;
	struct decode *d = NULL;

	*got = malloc(size);
	if (decode_open(x->fd, b, MEMORY, &d, e) == ERR_OK &&
	    decode_step(d, *got, size, &n, e) == ERR_OK &&
	    decode_finish(d, e) == ERR_OK && n != b->raw_size)
		CU_FAIL("a Block of another size");
	decode_free(d);
	return e->code;
}

/* Read "f" by the rules, all of its data too.  *ok: without an error.  Is it
 * so, and something else than the n bytes at raw? */
static bool
reads_other(const struct xzread_rules *rules, const uint8_t *raw, size_t n,
    bool *ok)
{
	struct err e = ERR_INIT;
	bool other = false;
	struct xzread x;
	uint8_t *got;
	size_t i;

	xzread_strict(open("f", O_RDONLY | O_CLOEXEC), MEMORY, rules, &x,
	    &e);
	for (i = 0; e.code == ERR_OK && i < x.n_blocks; i++) {
		if (x.blocks[i].raw_off + x.blocks[i].raw_size > n) {
			other = true;
			break;
		}
		decoded(&x, &x.blocks[i], &got, &e);
		other = other || (e.code == ERR_OK && memcmp(got,
		    raw + x.blocks[i].raw_off,
		    (size_t)x.blocks[i].raw_size) != 0);
		free(got);
	}
	*ok = e.code == ERR_OK;
	other = other || x.raw_size != n;
	xzread_free(&x);
	return *ok && other;
}

static void
bit_flips(void)
{
	size_t size, n, bit, accepted = 0;
	uint8_t *raw, *p;
	bool ok;

	raw = harness_xz("f", tiny, 2, LZMA_CHECK_CRC32, &n);
	p = harness_read("f", &size);
	CU_ASSERT_FALSE(reads_other(&strict, raw, n, &ok));
	CU_ASSERT_TRUE(ok);
	for (bit = 0; bit < 8 * size; bit++) {
		p[bit / 8] ^= (uint8_t)(1U << bit % 8);
		harness_write("f", p, size);
		p[bit / 8] ^= (uint8_t)(1U << bit % 8);
		CU_ASSERT_FALSE(reads_other(&strict, raw, n, &ok));
		accepted += ok;
		CU_ASSERT_FALSE(reads_other(&multi, raw, n, &ok));
		accepted += ok;
	}
	/* All of its bytes are under some check. */
	CU_ASSERT_EQUAL(accepted, 0);
	free(raw);
	free(p);
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
		{ "strict: several Streams", two_streams },
		{ "strict: no check", unchecked_streams },
		{ "strict: other formats", other_formats },
		{ "strict: Block Headers", block_headers },
		{ "strict: reserved flags", stream_flags },
		{ "strict: memory for the Index", index_memory },
		{ "strict: no file", no_file },
		{ "strict: every truncation", truncations },
		{ "strict: every bit flip", bit_flips },
	};

	return harness_run("xzread", tests, HARNESS_COUNT(tests));
}
