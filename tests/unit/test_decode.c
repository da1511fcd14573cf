#include "xz/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define MEMORY (UINT64_C(64) << 20)

/* One Block larger than decode's input buffer, small ones, and chains that
 * keep bytes back (BCJ). */
static const struct harness_block blocks[] = {
	{ 'r', 150000, "0" },
	{ 't', 1, "0" },
	{ 't', 70001, "x86 lzma2:dict=64KiB" },
	{ 'd', 30000, "delta:dist=4 lzma2:dict=1MiB" },
};

#define N HARNESS_COUNT(blocks)

static struct xzread xz;
static uint8_t *raw;

static void
begin(lzma_check check)
{
	struct err e = ERR_INIT;
	size_t n;

	(void)unlink("f");
	raw = harness_xz("f", blocks, N, check, &n);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &xz, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(xz.n_blocks, N);
}

static void
end(void)
{
	xzread_free(&xz);
	free(raw);
}

/* Decode b in steps of that many bytes and finish; *total is what came. */
static enum err_code
run(const struct xzblock *b, size_t step, uint8_t *out, size_t room,
    size_t *total, struct err *e)
{
	struct decode *d = NULL;
	size_t got = 0, n;

	*total = 0;
	if (decode_open(xz.fd, b, MEMORY, &d, e) != ERR_OK)
		return e->code;
	do {
		n = step < room - *total ? step : room - *total;
		if (decode_step(d, out + *total, n, &got, e) != ERR_OK)
			break;
		*total += got;
	} while (got == n && *total < room);
	if (e->code == ERR_OK)
		decode_finish(d, e);
	decode_free(d);
	return e->code;
}

static void
steps(void)
{
	static const size_t sizes[] = { 1, 2, 3, 511, 4095, 4097, 65537,
	    149999, 200000 };
	static const lzma_check checks[] = { LZMA_CHECK_NONE,
	    LZMA_CHECK_CRC32, LZMA_CHECK_SHA256 };
	uint8_t *out = malloc(150001);
	size_t c, i, k, total;

	for (c = 0; c < HARNESS_COUNT(checks); c++) {
		begin(checks[c]);
		for (i = 0; i < N; i++)
		for (k = c == 0 ? 0 : 3; k < HARNESS_COUNT(sizes); k++) {
			struct err e = ERR_INIT;

			/* Once up to its last byte, once beyond. */
			CU_ASSERT_EQUAL(run(&xz.blocks[i], sizes[k], out,
			    xz.blocks[i].raw_size + k % 2, &total, &e),
			    ERR_OK);
			CU_ASSERT_EQUAL(total, xz.blocks[i].raw_size);
			CU_ASSERT_EQUAL(memcmp(out, raw +
			    xz.blocks[i].raw_off, total), 0);
		}
		end();
	}
	free(out);
}

/* Several decoders of one descriptor in turn; the end stays the end. */
static void
together(void)
{
	static uint8_t out[N][150001];
	struct decode *d[N] = { NULL };
	struct err e = ERR_INIT;
	size_t at[N] = { 0 }, got, i, round;

	begin(LZMA_CHECK_CRC64);
	for (i = 0; i < N; i++)
		CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[i], MEMORY,
		    &d[i], &e), ERR_OK);
	for (round = 0; round < 151; round++)
	for (i = 0; i < N; i++) {
		CU_ASSERT_EQUAL(decode_step(d[i], out[i] + at[i],
		    at[i] + 1000 <= 150001 ? 1000 : 150001 - at[i], &got,
		    &e), ERR_OK);
		at[i] += got;
	}
	for (i = 0; i < N; i++) {
		CU_ASSERT_EQUAL(at[i], blocks[i].size);
		CU_ASSERT_EQUAL(memcmp(out[i], raw + xz.blocks[i].raw_off,
		    at[i]), 0);
		CU_ASSERT_EQUAL(decode_finish(d[i], &e), ERR_OK);
		CU_ASSERT_EQUAL(decode_step(d[i], out[i], 10, &got, &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(got, 0);
		CU_ASSERT_EQUAL(decode_finish(d[i], &e), ERR_OK);
		decode_free(d[i]);
	}
	decode_free(NULL);
	end();
}

/* Positions grow with the output; in data that is stored as it is they are
 * known to a few bytes. */
static void
position(void)
{
	struct decode *d = NULL;
	struct err e = ERR_INIT;
	uint64_t before = 0, pos;
	uint8_t out[1000];
	size_t got, at = 0;

	begin(LZMA_CHECK_NONE);
	CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[0], MEMORY, &d, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(decode_packed_pos(d), 0);
	CU_ASSERT_EQUAL(decode_step(d, out, 0, &got, &e), ERR_OK);
	CU_ASSERT_EQUAL(got, 0);
	CU_ASSERT_EQUAL(decode_packed_pos(d), 0);
	while (decode_step(d, out, 1000, &got, &e) == ERR_OK && got > 0) {
		at += got;
		pos = decode_packed_pos(d);
		CU_ASSERT_TRUE(pos > before && pos >= at && pos < at + 40);
		before = pos;
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(at, 150000);
	decode_free(d);
	d = NULL;
	/* Packed bytes are meant, and not those of the Block Header. */
	CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[3], MEMORY, &d, &e),
	    ERR_OK);
	while (decode_step(d, out, 1000, &got, &e) == ERR_OK && got > 0)
		CU_ASSERT_TRUE(decode_packed_pos(d) <
		    xz.blocks[3].raw_size / 2);
	CU_ASSERT_TRUE(decode_packed_pos(d) >= xz.blocks[3].packed_size);
	CU_ASSERT_TRUE(decode_packed_pos(d) <= xz.blocks[3].total_size -
	    xz.blocks[3].header_size);
	decode_free(d);
	end();
}

static void
wrong_check(void)
{
	static const lzma_check checks[] = { LZMA_CHECK_CRC32,
	    LZMA_CHECK_CRC64, LZMA_CHECK_SHA256 };
	uint8_t *file, *out = malloc(150001);
	size_t c, i, n, at, total;

	for (c = 0; c < HARNESS_COUNT(checks); c++) {
		begin(checks[c]);
		file = harness_read("f", &n);
		for (i = 0; i < N; i++) {
			struct err e = ERR_INIT, tail = ERR_INIT;

			/* The first byte of the check, then the last. */
			at = xz.blocks[i].file_off + xz.blocks[i].total_size;
			at -= i % 2 ? 1 : lzma_check_size(checks[c]);
			file[at] ^= 0x10;
			harness_write("f", file, n);
			CU_ASSERT_EQUAL(run(&xz.blocks[i], 4096, out,
			    xz.blocks[i].raw_size, &total, &e), ERR_CORRUPT);
			CU_ASSERT_EQUAL(run(&xz.blocks[i], 4096, out,
			    xz.blocks[i].raw_size + 1, &total, &tail),
			    ERR_CORRUPT);
			CU_ASSERT_NOT_EQUAL(tail.text[0], '\0');
			file[at] ^= 0x10;
		}
		free(file);
		end();
	}
	free(out);
}

/* Each byte of a Block's data, padding and check counts. */
static void
damaged(void)
{
	uint8_t *file, out[8];
	size_t n, at, total, unseen = 0;
	const struct xzblock *b;

	begin(LZMA_CHECK_CRC32);
	file = harness_read("f", &n);
	b = &xz.blocks[1];
	for (at = b->file_off + b->header_size; at < b->file_off +
	    b->total_size; at++) {
		struct err e = ERR_INIT;

		file[at] ^= 0x21;
		harness_write("f", file, n);
		if (run(b, 1, out, 2, &total, &e) != ERR_CORRUPT)
			unseen++;
		file[at] ^= 0x21;
	}
	CU_ASSERT_EQUAL(unseen, 0);
	free(file);
	end();
}

/* The file became shorter after it was opened. */
static void
truncated(void)
{
	uint8_t *out = malloc(150001);
	size_t total, k;
	uint64_t cut;

	begin(LZMA_CHECK_CRC32);
	for (k = 0; k < 4; k++) {
		struct err e = ERR_INIT, gone = ERR_INIT;
		const struct xzblock *b = &xz.blocks[N - 1 - k];

		/* Without its last byte, in the middle, without any. */
		cut = k == 0 ? b->file_off + b->total_size - 1 :
		    b->file_off + b->header_size + b->packed_size / 2;
		CU_ASSERT_EQUAL(truncate("f", (off_t)cut), 0);
		CU_ASSERT_EQUAL(run(b, 1000, out, b->raw_size, &total, &e),
		    ERR_CORRUPT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, "truncated"));
		CU_ASSERT_EQUAL(truncate("f", 0), 0);
		CU_ASSERT_EQUAL(run(b, 1000, out, b->raw_size, &total,
		    &gone), ERR_CORRUPT);
		CU_ASSERT_EQUAL(total, 0);
		end();
		begin(LZMA_CHECK_CRC32);
	}
	free(out);
	end();
}

/* An Index that lies about a Block. */
static void
wrong_sizes(void)
{
	uint8_t *out = malloc(150010);
	size_t i, total;
	int how;

	begin(LZMA_CHECK_CRC32);
	for (i = 0; i < N; i++)
	for (how = 0; how < 6; how++) {
		struct xzblock b = xz.blocks[i];
		struct err e = ERR_INIT;

		if (how == 0)
			b.raw_size++;
		if (how == 1)
			b.raw_size--;
		if (how == 2)
			b.packed_size++;
		if (how == 3)
			b.packed_size--;
		if (how == 4)
			b.check = LZMA_CHECK_SHA256;
		if (how == 5)
			b.total_size -= 4;
		CU_ASSERT_EQUAL(run(&b, 997, out, b.raw_size, &total, &e),
		    ERR_CORRUPT);
	}
	free(out);
	end();
}

/* Finishing too early is an error, too. */
static void
unfinished(void)
{
	struct err early = ERR_INIT, last = ERR_INIT, e = ERR_INIT;
	struct decode *d = NULL;
	uint8_t out[30000];
	size_t got;

	begin(LZMA_CHECK_CRC32);
	CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[3], MEMORY, &d, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(decode_finish(d, &early), ERR_CORRUPT);
	decode_free(d);
	d = NULL;
	CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[3], MEMORY, &d, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(decode_step(d, out, 29999, &got, &e), ERR_OK);
	CU_ASSERT_EQUAL(got, 29999);
	CU_ASSERT_EQUAL(decode_finish(d, &last), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&last, "longer"));
	decode_free(d);
	end();
}

static void
memory(void)
{
	uint64_t need;
	size_t i;

	begin(LZMA_CHECK_CRC32);
	for (i = 0; i < N; i++) {
		struct err e = ERR_INIT, low = ERR_INIT, none = ERR_INIT;
		struct decode *d = NULL;
		char text[32];

		need = chain_decoder_memory(&xz.blocks[i].chain);
		CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[i], need, &d,
		    &e), ERR_OK);
		CU_ASSERT_PTR_NOT_NULL(d);
		decode_free(d);
		d = NULL;
		CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[i], need - 1,
		    &d, &low), ERR_MEMLIMIT);
		CU_ASSERT_PTR_NULL(d);
		CU_ASSERT_TRUE(HARNESS_SAYS(&low, "--memlimit"));
		snprintf(text, sizeof(text), " %llu bytes",
		    (unsigned long long)need);
		CU_ASSERT_TRUE(HARNESS_SAYS(&low, text));
		CU_ASSERT_EQUAL(decode_open(xz.fd, &xz.blocks[i], 0, &d,
		    &none), ERR_MEMLIMIT);
		CU_ASSERT_PTR_NULL(d);
	}
	end();
}

/* A chain that a Block Header can have but no decoder, and bad reads. */
static void
not_possible(void)
{
	struct err e = ERR_INIT, chain = ERR_INIT, fd = ERR_INIT;
	struct decode *d = NULL;
	struct xzblock b;
	uint8_t out[10];
	size_t got;

	begin(LZMA_CHECK_CRC32);
	b = xz.blocks[2];
	b.chain.pre[0].id = LZMA_FILTER_ARM;
	b.chain.pre[0].start_offset = 2;
	CU_ASSERT_EQUAL(decode_open(xz.fd, &b, MEMORY, &d, &chain),
	    ERR_UNSUPPORTED);
	CU_ASSERT_PTR_NULL(d);
	CU_ASSERT_EQUAL(decode_open(-1, &xz.blocks[2], MEMORY, &d, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(decode_step(d, out, sizeof(out), &got, &fd),
	    ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&fd, "cannot read"));
	CU_ASSERT_EQUAL(got, 0);
	decode_free(d);
	end();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "steps of all sizes", steps },
		{ "several at a time", together },
		{ "the packed position", position },
		{ "a wrong check", wrong_check },
		{ "each byte counts", damaged },
		{ "truncated", truncated },
		{ "wrong sizes", wrong_sizes },
		{ "finished too early", unfinished },
		{ "memory", memory },
		{ "not possible", not_possible },
	};

	return harness_run("decode", tests, HARNESS_COUNT(tests));
}
