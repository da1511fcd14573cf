/* .lzma files, as liblzma reads them. */
#include <string.h>

#include "harness.h"
#include "xz/alone.h"

static struct err e;
static uint8_t text[50000];

static void
fill(void)
{
	size_t i;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)"import os, sys\n"[(i * i / 7) % 15];
}

/* By the decoder that Python's lzma.decompress() has. */
static bool
reads(const struct buf *b, size_t n)
{
	static uint8_t out[sizeof(text) + 1];
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r = lzma_auto_decoder(&s, UINT64_MAX, 0);

	s.next_in = b->data;
	s.avail_in = b->size;
	s.next_out = out;
	s.avail_out = sizeof(out);
	if (r == LZMA_OK)
		r = lzma_code(&s, LZMA_FINISH);
	r = r == LZMA_STREAM_END && s.total_out == n && s.avail_in == 0 ?
	    LZMA_OK : LZMA_DATA_ERROR;
	lzma_end(&s);
	return r == LZMA_OK && memcmp(out, text, n) == 0;
}

static void
test_forms(void)
{
	static const size_t sizes[] = { 1, 100, 5000, sizeof(text) };
	lzma_options_lzma o;
	struct buf b;
	uint64_t size;
	size_t i, bare;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		e = (struct err)ERR_INIT;
		buf_init(&b, 2 * sizeof(text));
		alone_preset(&o, sizes[i]);
		CU_ASSERT_EQUAL(alone_encode(text, sizes[i], &o, ALONE_SIZED,
		    &b, &e), ERR_OK);
		CU_ASSERT(reads(&b, sizes[i]));
		bare = b.size;
		CU_ASSERT_EQUAL(alone_size(text, sizes[i], &o, &size, &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(size + 13, bare);
		b.size = 0;
		CU_ASSERT_EQUAL(alone_encode(text, sizes[i], &o, ALONE_MARKED,
		    &b, &e), ERR_OK);
		CU_ASSERT(reads(&b, sizes[i]));
		CU_ASSERT(b.size > bare && b.size < bare + 8);
		b.size = 0;
		CU_ASSERT_EQUAL(alone_encode_xz(text, sizes[i], &o,
		    LZMA_CHECK_CRC32, &b, &e), ERR_OK);
		CU_ASSERT(reads(&b, sizes[i]));
		buf_free(&b);
	}
}

/* All settings that can be, in the header's first byte as well. */
static void
test_settings(void)
{
	lzma_options_lzma o;
	struct buf b;

	alone_preset(&o, sizeof(text));
	for (o.lc = 0; o.lc <= 4; o.lc++)
		for (o.lp = 0; o.lc + o.lp <= 4; o.lp++)
			for (o.pb = 0; o.pb <= 4; o.pb++) {
				e = (struct err)ERR_INIT;
				buf_init(&b, 2 * sizeof(text));
				alone_encode(text, 3000, &o, ALONE_SIZED, &b,
				    &e);
				CU_ASSERT(reads(&b, 3000));
				buf_free(&b);
			}
	e = (struct err)ERR_INIT;
	buf_init(&b, sizeof(text));
	o.lc = 5;
	CU_ASSERT_NOT_EQUAL(alone_encode(text, 100, &o, ALONE_SIZED, &b, &e),
	    ERR_OK);
	buf_free(&b);
}

static void
test_dict(void)
{
	static const size_t sizes[] = { 0, 1, 98304, 98305, 1 << 24 };
	uint32_t dict;
	size_t i, j, nuls;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		dict = alone_dict(sizes[i]);
		CU_ASSERT(dict >= sizes[i]);
		for (nuls = 0, j = 0; j < 4; j++)
			nuls += (dict >> (8 * j) & 0xff) == 0;
		CU_ASSERT_EQUAL(nuls, 2);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "forms", test_forms },
		{ "settings", test_settings },
		{ "dict", test_dict },
	};

	fill();
	return harness_run("alone", tests, HARNESS_COUNT(tests));
}
