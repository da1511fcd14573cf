#include "xz/xzwrite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define ENDS (2 * LZMA_STREAM_HEADER_SIZE)	/* Header and Footer, bytes */

static const struct harness_block four[] = {
	{ 't', 70000, "6" },
	{ 'd', 1, "delta:dist=1 lzma2:preset=0" },
	{ 'r', 3001, "lzma2:lc=0,lp=2,pb=2,dict=4KiB" },
	{ 'd', 131072, "delta:dist=4 x86 lzma2:dict=1MiB" },
};

static const lzma_check checks[] = { LZMA_CHECK_NONE, LZMA_CHECK_CRC32,
	LZMA_CHECK_CRC64, LZMA_CHECK_SHA256 };

/* Does liblzma's own Stream decoder make n bytes raw of the size bytes at
 * file, and end with the last of them? */
static int
decodes(const uint8_t *file, size_t size, const uint8_t *raw, size_t n)
{
	lzma_stream s = LZMA_STREAM_INIT;
	uint8_t *out = malloc(n + 1);
	lzma_ret r;
	int ok;

	r = lzma_stream_decoder(&s, UINT64_MAX, LZMA_TELL_UNSUPPORTED_CHECK);
	s.next_in = file;
	s.avail_in = size;
	s.next_out = out;
	s.avail_out = n + 1;
	if (r == LZMA_OK)
		r = lzma_code(&s, LZMA_FINISH);
	ok = r == LZMA_STREAM_END && s.avail_in == 0 && s.total_out == n &&
	    memcmp(out, raw, n) == 0;
	lzma_end(&s);
	free(out);
	return ok;
}

/* The Index of the one Stream in file, as its Footer says; NULL: bad. */
static lzma_index *
read_index(const uint8_t *file, size_t size, lzma_check check)
{
	uint64_t memory = UINT64_MAX;
	lzma_stream_flags head, foot;
	lzma_index *index = NULL;
	size_t pos = 0;

	if (size < ENDS || lzma_stream_header_decode(&head, file) !=
	    LZMA_OK || lzma_stream_footer_decode(&foot, file + size -
	    LZMA_STREAM_HEADER_SIZE) != LZMA_OK)
		return NULL;
	if (lzma_stream_flags_compare(&head, &foot) != LZMA_OK ||
	    head.check != check || foot.backward_size > size - ENDS)
		return NULL;
	if (lzma_index_buffer_decode(&index, &memory, NULL, file + size -
	    LZMA_STREAM_HEADER_SIZE - foot.backward_size, &pos,
	    (size_t)foot.backward_size) != LZMA_OK)
		return NULL;
	return index;
}

static void
decoded(void)
{
	uint8_t *file, *raw;
	size_t c, n, size;

	for (c = 0; c < HARNESS_COUNT(checks); c++) {
		raw = harness_xz("f", four, HARNESS_COUNT(four), checks[c],
		    &n);
		file = harness_read("f", &size);
		CU_ASSERT_EQUAL(size % 4, 0);
		CU_ASSERT_TRUE(decodes(file, size, raw, n));
		/* The test itself would see a wrong byte. */
		raw[n - 1] ^= 1;
		CU_ASSERT_FALSE(decodes(file, size, raw, n));
		free(file);
		free(raw);
		CU_ASSERT_EQUAL(unlink("f"), 0);
	}
}

/* Encode n bytes at p with the default chain. */
static void
encode(const uint8_t *p, size_t n, lzma_check check,
    struct encode_block *b)
{
	struct harness_memory m = { p, n };
	struct source src = harness_source(&m);
	struct err e = ERR_INIT;
	struct chain chain;

	chain_preset(&chain, 0);
	CU_ASSERT_EQUAL(encode_block(&src, 0, n, &chain, check, NULL, b,
	    &e), ERR_OK);
}

static int
new_file(const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/* Is each record of the Index the Block that was written? */
static void
match_index(const lzma_index *index, const struct encode_block *b, size_t n,
    const uint8_t *file)
{
	uint64_t file_off = LZMA_STREAM_HEADER_SIZE, raw_off = 0;
	lzma_index_iter it;
	size_t i = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(index);
	CU_ASSERT_EQUAL(lzma_index_block_count(index), n);
	lzma_index_iter_init(&it, index);
	while (!lzma_index_iter_next(&it, LZMA_INDEX_ITER_BLOCK) && i < n) {
		CU_ASSERT_EQUAL(it.block.compressed_file_offset, file_off);
		CU_ASSERT_EQUAL(it.block.uncompressed_file_offset, raw_off);
		CU_ASSERT_EQUAL(it.block.uncompressed_size, b[i].raw_size);
		CU_ASSERT_EQUAL(it.block.unpadded_size, b[i].unpadded_size);
		CU_ASSERT_EQUAL(it.block.total_size, b[i].bytes.size);
		CU_ASSERT_EQUAL(memcmp(file + file_off, b[i].bytes.data,
		    b[i].bytes.size), 0);
		file_off += b[i].bytes.size;
		raw_off += b[i].raw_size;
		i++;
	}
	CU_ASSERT_EQUAL(i, n);
}

static void
in_index(void)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 70000, 5, 127, 128 };
	struct encode_block b[HARNESS_COUNT(sizes)];
	uint8_t *raw = harness_bytes('t', 7, 70000), *file;
	struct err e = ERR_INIT;
	struct xzwrite x;
	lzma_index *index;
	size_t i, size, sum = ENDS;
	int fd = new_file("f");

	CU_ASSERT_EQUAL(xzwrite_begin(&x, fd, LZMA_CHECK_CRC64, &e), ERR_OK);
	CU_ASSERT_EQUAL(x.file_size, LZMA_STREAM_HEADER_SIZE);
	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		encode(raw, sizes[i], LZMA_CHECK_CRC64, &b[i]);
		CU_ASSERT_EQUAL(xzwrite_block(&x, &b[i], &e), ERR_OK);
		sum += b[i].bytes.size;
		CU_ASSERT_EQUAL(x.file_size + LZMA_STREAM_HEADER_SIZE, sum);
	}
	CU_ASSERT_EQUAL(xzwrite_end(&x, &e), ERR_OK);
	file = harness_read("f", &size);
	CU_ASSERT_EQUAL(x.file_size, size);
	index = read_index(file, size, LZMA_CHECK_CRC64);
	match_index(index, b, HARNESS_COUNT(sizes), file);
	CU_ASSERT_EQUAL(sum + lzma_index_size(index), size);
	lzma_index_end(index, NULL);
	xzwrite_free(&x);
	xzwrite_free(&x);
	for (i = 0; i < HARNESS_COUNT(sizes); i++)
		encode_block_free(&b[i]);
	CU_ASSERT_EQUAL(close(fd), 0);
	free(file);
	free(raw);
}

/* Enough records that the Index needs several bytes for their count. */
static void
many(void)
{
	struct encode_block b;
	uint8_t *raw = harness_bytes('t', 1, 300), *file;
	struct err e = ERR_INIT;
	struct xzwrite x;
	lzma_index *index;
	size_t i, size;
	int fd = new_file("f");

	CU_ASSERT_EQUAL(xzwrite_begin(&x, fd, LZMA_CHECK_NONE, &e), ERR_OK);
	for (i = 0; i < 300; i++) {
		encode(raw + i, 1, LZMA_CHECK_NONE, &b);
		CU_ASSERT_EQUAL(xzwrite_block(&x, &b, &e), ERR_OK);
		encode_block_free(&b);
	}
	CU_ASSERT_EQUAL(xzwrite_end(&x, &e), ERR_OK);
	xzwrite_free(&x);
	CU_ASSERT_EQUAL(close(fd), 0);
	file = harness_read("f", &size);
	CU_ASSERT_TRUE(decodes(file, size, raw, 300));
	index = read_index(file, size, LZMA_CHECK_NONE);
	CU_ASSERT_PTR_NOT_NULL_FATAL(index);
	CU_ASSERT_EQUAL(lzma_index_block_count(index), 300);
	CU_ASSERT_EQUAL(lzma_index_uncompressed_size(index), 300);
	lzma_index_end(index, NULL);
	free(file);
	free(raw);
}

/* No Block: Header, an Index of eight bytes, Footer. */
static void
no_blocks(void)
{
	struct xzwrite x;
	lzma_index *index;
	uint8_t *file;
	size_t c, size;
	int fd;

	for (c = 0; c < HARNESS_COUNT(checks); c++) {
		struct err e = ERR_INIT;

		fd = new_file("f");
		CU_ASSERT_EQUAL(xzwrite_begin(&x, fd, checks[c], &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(xzwrite_end(&x, &e), ERR_OK);
		CU_ASSERT_EQUAL(x.file_size, 32);
		xzwrite_free(&x);
		CU_ASSERT_EQUAL(close(fd), 0);
		file = harness_read("f", &size);
		CU_ASSERT_EQUAL(size, 32);
		CU_ASSERT_TRUE(decodes(file, size, (const uint8_t *)"", 0));
		index = read_index(file, size, checks[c]);
		CU_ASSERT_PTR_NOT_NULL(index);
		CU_ASSERT_EQUAL(lzma_index_block_count(index), 0);
		lzma_index_end(index, NULL);
		free(file);
		CU_ASSERT_EQUAL(unlink("f"), 0);
	}
}

static void
failures(void)
{
	struct err check = ERR_INIT, e = ERR_INIT, large = ERR_INIT;
	struct err head = ERR_INIT, block = ERR_INIT, end = ERR_INIT;
	struct encode_block b;
	struct xzwrite x;
	int fd = new_file("f"), shut;

	/* A check that the format does not have. */
	CU_ASSERT_EQUAL(xzwrite_begin(&x, fd, (lzma_check)16, &check),
	    ERR_FAIL);
	xzwrite_free(&x);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_CUR), 0);
	/* Sizes that no .xz file can have. */
	CU_ASSERT_EQUAL(xzwrite_begin(&x, fd, LZMA_CHECK_NONE, &e), ERR_OK);
	encode((const uint8_t *)"x", 1, LZMA_CHECK_NONE, &b);
	b.raw_size = LZMA_VLI_MAX;
	CU_ASSERT_EQUAL(xzwrite_block(&x, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(xzwrite_block(&x, &b, &large), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&large, "larger"));
	CU_ASSERT_EQUAL(x.file_size, LZMA_STREAM_HEADER_SIZE + b.bytes.size);
	/* A descriptor that cannot be written, at each of the calls. */
	shut = open("f", O_RDONLY | O_CLOEXEC);
	x.fd = shut;
	b.raw_size = 0;
	CU_ASSERT_EQUAL(xzwrite_block(&x, &b, &block), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&block, "cannot write"));
	CU_ASSERT_EQUAL(xzwrite_end(&x, &end), ERR_FAIL);
	CU_ASSERT_EQUAL(x.file_size, LZMA_STREAM_HEADER_SIZE + b.bytes.size);
	xzwrite_free(&x);
	CU_ASSERT_EQUAL(xzwrite_begin(&x, shut, LZMA_CHECK_NONE, &head),
	    ERR_FAIL);
	CU_ASSERT_EQUAL(x.file_size, 0);
	xzwrite_free(&x);
	encode_block_free(&b);
	memset(&x, 0, sizeof(x));
	xzwrite_free(&x);
	/* The descriptors are the caller's throughout. */
	CU_ASSERT_EQUAL(close(shut), 0);
	CU_ASSERT_EQUAL(close(fd), 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "liblzma decodes it", decoded },
		{ "each Block is in the Index", in_index },
		{ "many Blocks", many },
		{ "no Block at all", no_blocks },
		{ "failures", failures },
	};

	return harness_run("xzwrite", tests, HARNESS_COUNT(tests));
}
