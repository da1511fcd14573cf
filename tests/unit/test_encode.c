#include "xz/encode.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "xz/xzwrite.h"

/* liblzma's own decoder, as a stranger would use it. */
static int
decodes_to(const struct encode_block *b, lzma_check check,
    const uint8_t *raw, size_t raw_size)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	uint8_t *out = malloc(raw_size + 1);
	size_t in_pos, out_pos = 0;
	lzma_block h = { .version = 1, .check = check, .filters = filters };
	int ok;

	h.header_size = lzma_block_header_size_decode(b->bytes.data[0]);
	if (lzma_block_header_decode(&h, NULL, b->bytes.data) != LZMA_OK) {
		free(out);
		return 0;
	}
	in_pos = h.header_size;
	/* Both sizes are in the header: parallel decoders need them. */
	ok = h.compressed_size != LZMA_VLI_UNKNOWN &&
	    h.uncompressed_size == raw_size;
	ok = ok && lzma_block_buffer_decode(&h, NULL, b->bytes.data, &in_pos,
	    b->bytes.size, out, &out_pos, raw_size) == LZMA_OK;
	ok = ok && in_pos == b->bytes.size && out_pos == raw_size &&
	    memcmp(raw, out, raw_size) == 0;
	ok = ok && lzma_block_unpadded_size(&h) == b->unpadded_size;
	lzma_filters_free(filters, NULL);
	free(out);
	return ok;
}

static void
blocks(void)
{
	static const char *const chains[] = {
		"0", "6e", "lzma2:lc=0,lp=2,pb=2,dict=4KiB",
		"delta:dist=1 lzma2", "delta:dist=256 lzma2:preset=1",
		"x86 lzma2", "arm64 lzma2", "delta:dist=4 x86 lzma2:preset=0",
	};
	static const size_t sizes[] = { 1, 2, 511, 65535, 65536, 65537,
	    300001 };
	static const lzma_check checks[] = { LZMA_CHECK_NONE,
	    LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256 };
	struct encode_block b;
	struct chain chain;
	size_t c, s;

	for (c = 0; c < HARNESS_COUNT(chains); c++)
	for (s = 0; s < HARNESS_COUNT(sizes); s++) {
		struct err e = ERR_INIT;
		uint8_t *raw = harness_bytes("rtd"[(c + s) % 3], 5,
		    sizes[s] + 10);
		struct harness_memory m = { raw, sizes[s] + 10 };
		struct source src = harness_source(&m);
		lzma_check check = checks[(c + s) % 4];

		CU_ASSERT_EQUAL(chain_parse(chains[c], &chain, &e), ERR_OK);
		CU_ASSERT_EQUAL(encode_block(&src, 10, sizes[s], &chain,
		    check, NULL, &b, &e), ERR_OK);
		CU_ASSERT_EQUAL(b.raw_size, sizes[s]);
		CU_ASSERT_EQUAL(b.bytes.size % 4, 0);
		CU_ASSERT_EQUAL(b.bytes.size, (b.unpadded_size + 3) / 4 * 4);
		CU_ASSERT_TRUE(decodes_to(&b, check, raw + 10, sizes[s]));
		encode_block_free(&b);
		free(raw);
	}
}

/* The same request gives the same bytes. */
static void
repeatable(void)
{
	struct err e = ERR_INIT;
	uint8_t *raw = harness_bytes('t', 1, 200000);
	struct harness_memory m = { raw, 200000 };
	struct source src = harness_source(&m);
	struct encode_block a, b;
	struct chain chain;

	chain_preset(&chain, 4);
	encode_block(&src, 0, m.n, &chain, LZMA_CHECK_CRC32, NULL, &a, &e);
	encode_block(&src, 0, m.n, &chain, LZMA_CHECK_CRC32, NULL, &b, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(a.bytes.size, b.bytes.size);
	CU_ASSERT_EQUAL(memcmp(a.bytes.data, b.bytes.data, a.bytes.size), 0);
	encode_block_free(&a);
	encode_block_free(&b);
	free(raw);
}

static uint64_t advanced;

static void
advance(void *ctx, uint64_t n)
{
	(void)ctx;
	advanced += n;
}

static void
failures(void)
{
	struct err outside = ERR_INIT, stopped = ERR_INIT, bad = ERR_INIT;
	static atomic_int stop = 1;
	struct watch w = { .stop = &stop, .advance = advance };
	uint8_t *raw = harness_bytes('r', 1, 100000);
	struct harness_memory m = { raw, 100000 };
	struct source src = harness_source(&m);
	struct encode_block b;
	struct chain chain;

	chain_preset(&chain, 0);
	CU_ASSERT_EQUAL(encode_block(&src, 1, m.n, &chain, LZMA_CHECK_CRC32,
	    NULL, &b, &outside), ERR_FAIL);
	encode_block_free(&b);
	CU_ASSERT_EQUAL(encode_block(&src, 0, m.n, &chain, LZMA_CHECK_CRC32,
	    &w, &b, &stopped), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&stopped, "interrupted"));
	CU_ASSERT_TRUE(advanced <= m.n);
	chain.lzma.lc = 9;
	CU_ASSERT_EQUAL(encode_block(&src, 0, m.n, &chain, LZMA_CHECK_CRC32,
	    NULL, &b, &bad), ERR_UNSUPPORTED);
	encode_block_free(&b);
	free(raw);
}

static void
watched(void)
{
	struct err e = ERR_INIT;
	struct watch w = { .advance = advance };
	uint8_t *raw = harness_bytes('t', 1, 200001);
	struct harness_memory m = { raw, 200001 };
	struct source src = harness_source(&m);
	struct encode_block b;
	struct chain chain;

	advanced = 0;
	chain_preset(&chain, 0);
	CU_ASSERT_EQUAL(encode_block(&src, 0, m.n, &chain, LZMA_CHECK_NONE,
	    &w, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(advanced, m.n);
	encode_block_free(&b);
	free(raw);
}

/* encode_size() is what the Block's data takes; it may stop early. */
static void
size_only(void)
{
	struct err e = ERR_INIT;
	uint8_t *raw = harness_bytes('d', 1, 150000);
	struct harness_memory m = { raw, 150000 };
	struct source src = harness_source(&m);
	struct encode_block b;
	struct chain chain;
	uint64_t size = 0, cut = 0, over;

	chain_parse("delta:dist=1 lzma2:preset=3", &chain, &e);
	CU_ASSERT_EQUAL(encode_size(raw, m.n, &chain, UINT64_MAX, &size, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(encode_block(&src, 0, m.n, &chain, LZMA_CHECK_NONE,
	    NULL, &b, &e), ERR_OK);
	over = b.unpadded_size - ((uint64_t)b.bytes.data[0] + 1) * 4;
	CU_ASSERT_EQUAL(size, over);
	CU_ASSERT_EQUAL(encode_size(raw, m.n, &chain, size / 2, &cut, &e),
	    ERR_OK);
	CU_ASSERT_TRUE(cut >= size / 2);
	CU_ASSERT_EQUAL(encode_size(raw, m.n, &chain, size + 1, &cut, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(cut, size);
	/* Nothing at all is one byte: the end marker. */
	CU_ASSERT_EQUAL(encode_size(raw, 0, &chain, UINT64_MAX, &size, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(size, 1);
	encode_block_free(&b);
	free(raw);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "Blocks decode to what went in", blocks },
		{ "the same every time", repeatable },
		{ "failures", failures },
		{ "progress is counted", watched },
		{ "the size alone", size_only },
	};

	return harness_run("encode", tests, HARNESS_COUNT(tests));
}
