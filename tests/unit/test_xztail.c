#include "xz/xztail.h"

#include <fcntl.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define MEMORY (UINT64_C(64) << 20)
#define HEADER ((size_t)LZMA_STREAM_HEADER_SIZE)
#define KIB64 ((size_t)64 << 10)

/* --- files --- */

static uint8_t *file;		/* [file_n], room for file_cap */
static size_t file_n, file_cap;

static void
append(const void *p, size_t n)
{
	if (file_n + n > file_cap) {
		file_cap = 2 * (file_n + n);
		file = realloc(file, file_cap);
		if (file == NULL)
			abort();
	}
	if (n > 0)
		memcpy(file + file_n, p, n);
	file_n += n;
}

static void
zeros(size_t n)
{
	static const uint8_t none[4096];

	for (; n > sizeof(none); n -= sizeof(none))
		append(none, sizeof(none));
	append(none, n);
}

/* A Stream of n Blocks of `unpadded` bytes, which are all zeros: what is in
 * them does not count here. */
static void
stream(size_t n, lzma_vli unpadded)
{
	lzma_stream_flags flags = { .check = LZMA_CHECK_CRC32 };
	lzma_index *index = lzma_index_init(NULL);
	uint8_t buf[LZMA_STREAM_HEADER_SIZE], *p;
	size_t i, size, at = 0;

	CU_ASSERT_EQUAL(lzma_stream_header_encode(&flags, buf), LZMA_OK);
	append(buf, sizeof(buf));
	for (i = 0; i < n; i++) {
		if (lzma_index_append(index, NULL, unpadded, 100) != LZMA_OK)
			abort();
	}
	zeros((size_t)lzma_index_total_size(index));
	size = (size_t)lzma_index_size(index);
	p = malloc(size);
	CU_ASSERT_EQUAL(lzma_index_buffer_encode(index, p, &at, size),
	    LZMA_OK);
	append(p, size);
	flags.backward_size = size;
	CU_ASSERT_EQUAL(lzma_stream_footer_encode(&flags, buf), LZMA_OK);
	append(buf, sizeof(buf));
	free(p);
	lzma_index_end(index, NULL);
}

static void
begin(void)
{
	file_n = 0;
}

static enum err_code
judge(uint64_t memory, struct err *e)
{
	const struct err none = ERR_INIT;
	int fd;

	*e = none;
	harness_write("f", file, file_n);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	xztail_one_stream(fd, file_n, memory, e);
	/* It was borrowed. */
	CU_ASSERT_EQUAL(close(fd), 0);
	return e->code;
}

static void
is(enum err_code code, const char *says)
{
	struct err e;

	if (judge(MEMORY, &e) != code || !HARNESS_SAYS(&e, says))
		printf("\n    %zu bytes: not %d, \"%s\": %d, \"%s\"", file_n,
		    (int)code, says, (int)e.code, e.text);
	CU_ASSERT_EQUAL(e.code, code);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
}

/* --- the tests --- */

static void
one(void)
{
	static const size_t blocks[] = { 0, 1, 2, 100, 40000 };
	size_t i, raw;

	for (i = 0; i < HARNESS_COUNT(blocks); i++) {
		begin();
		stream(blocks[i], 21);
		is(ERR_OK, "");
	}
	/* and a real one */
	CU_ASSERT_EQUAL(unlink("f"), 0);
	free(harness_xz("f", &(struct harness_block){ 't', 5000, "6" }, 1,
	    LZMA_CHECK_CRC64, &raw));
	begin();
	free(file);
	file = harness_read("f", &file_n);
	file_cap = file_n;
	is(ERR_OK, "");
}

static void
padding(void)
{
	static const struct {
		size_t n;
		enum err_code code;
	} rows[] = {
		{ 1, ERR_CORRUPT }, { 2, ERR_CORRUPT }, { 3, ERR_CORRUPT },
		{ 4, ERR_OK }, { 5, ERR_CORRUPT }, { 8, ERR_OK },
		{ KIB64 - 4, ERR_OK }, { KIB64 - 1, ERR_CORRUPT },
		{ KIB64, ERR_OK }, { KIB64 + 4, ERR_UNSAFE },
		{ KIB64 + 1024, ERR_UNSAFE }, { 1 << 20, ERR_UNSAFE },
	};
	char says[64];
	size_t i, k, n;

	/* A file that is shorter than the padding allowed, and a longer. */
	for (i = 0; i < HARNESS_COUNT(rows); i++)
	for (k = 0; k < 2; k++) {
		begin();
		stream(k * 10000, 21);
		zeros(rows[i].n);
		snprintf(says, sizeof(says), "has %zu bytes of padding",
		    rows[i].n);
		is(rows[i].code, rows[i].code == ERR_OK ? "" :
		    rows[i].code == ERR_UNSAFE ? says : "damaged");
	}
	/* Zeros where the rest of a download should be. */
	begin();
	stream(10000, 21);
	for (k = 0; k < 20; k++) {
		for (n = file_n - 1 - k * 41; file[n - 1] == 0; n--)
			;
		file_n = n;
		zeros(KIB64 + 4);
		snprintf(says, sizeof(says), "zeros from byte %zu on", n);
		is(ERR_CORRUPT, says);
	}
	begin();
	zeros(2 << 20);
	is(ERR_CORRUPT, "zeros from byte 0 on");
}

static void
more_streams(void)
{
	size_t i;

	begin();
	stream(1, 21);
	stream(1, 21);
	is(ERR_UNSAFE, "--multi-stream");
	zeros(4);
	is(ERR_UNSAFE, "--multi-stream");
	begin();
	stream(1, 21);
	zeros(8);
	stream(2, 100);
	is(ERR_UNSAFE, "--multi-stream");
	/* without Blocks, in front, behind and many */
	begin();
	stream(0, 0);
	stream(1, 21);
	is(ERR_UNSAFE, "--multi-stream");
	begin();
	stream(1, 21);
	stream(0, 0);
	is(ERR_UNSAFE, "--multi-stream");
	begin();
	for (i = 0; i < 10000; i++)
		stream(0, 0);
	is(ERR_UNSAFE, "--multi-stream");
	/* anything in front is more than the Index knows of */
	begin();
	zeros(4);
	stream(1, 21);
	is(ERR_UNSAFE, "--multi-stream");
}

/* What begins another one behind the Footer. */
static void
second_magic(void)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum err_code code;
	} rows[] = {
		{ "\xFD" "7zXZ", 5, ERR_UNSAFE },
		{ "\xFD" "7zXZ\0", 6, ERR_UNSAFE },
		{ "\xFD" "7zXZ\0\0\0", 8, ERR_UNSAFE },
		{ "\xFD" "7zX", 4, ERR_CORRUPT },
		{ "\xFD" "7zXZ\0\0\4", 8, ERR_CORRUPT },
		{ "\xFD" "7zXY", 5, ERR_CORRUPT },
		{ "garbage!", 8, ERR_CORRUPT },
		{ "YZ", 2, ERR_CORRUPT },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		begin();
		stream(3, 50);
		append(rows[i].bytes, rows[i].n);
		is(rows[i].code, rows[i].code == ERR_UNSAFE ?
		    "--multi-stream" : "damaged");
	}
	/* The magic alone is no end of a Stream that another one follows. */
	begin();
	zeros(100);
	append("\xFD" "7zXZ", 5);
	is(ERR_CORRUPT, "damaged");
}

/* The bytes of the Index at `at` become those at p. */
static void
patch_index(size_t at, const void *p, size_t n)
{
	const uint8_t *back = file + file_n - HEADER + 4;
	size_t size = 4 * ((size_t)back[0] + ((size_t)back[1] << 8) + 1);

	CU_ASSERT_TRUE_FATAL(at + n <= size);
	memcpy(file + file_n - HEADER - size + at, p, n);
}

/* The number of Records, which is refused before it needs memory. */
static void
records(void)
{
	static const char huge[] = "\x80\x80\x80\x80\x80\x80\x80\x80\x10";
	static const char most[] = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F";
	static const char endless[] = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
	static const char *const rows[] = { huge, most, endless };
	static const char many[] = "\xFF\xFF\x7F";
	struct err e;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		begin();
		stream(20, 21);
		patch_index(1, rows[i], 9);
		is(ERR_CORRUPT, "damaged");
		CU_ASSERT_EQUAL(judge(1, &e), ERR_CORRUPT);
	}
	/* More than are there, and yet not more than there is room for. */
	begin();
	stream(10000, 21);
	patch_index(1, many, 3);
	is(ERR_CORRUPT, "damaged");
	CU_ASSERT_EQUAL(judge(1, &e), ERR_CORRUPT);
	begin();
	stream(10000, 21);
	patch_index(1, "\x91\x4E", 2);		/* 10001 */
	is(ERR_CORRUPT, "damaged");
	begin();
	stream(20, 21);
	patch_index(0, "\1", 1);		/* no Index */
	is(ERR_CORRUPT, "damaged");
}

static void
memory(void)
{
	struct err e;

	begin();
	stream(40000, 21);
	CU_ASSERT_EQUAL(judge(100000, &e), ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "over the limit of 100000"));
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "--memlimit"));
	CU_ASSERT_EQUAL(judge(2000000, &e), ERR_OK);
}

static void
le(uint64_t value, size_t size)
{
	const uint8_t bytes[] = { (uint8_t)value, (uint8_t)(value >> 8),
	    (uint8_t)(value >> 16), (uint8_t)(value >> 24) };

	append(bytes, size);
}

/* A zip file of one member whose name has n bytes; its offsets are from `from`
 * on.  `wrong` is what to leave out. */
static void
zip(size_t n, uint64_t from, const char *wrong)
{
	uint64_t begins = file_n, directory;

	append("PK\3\4", 4);
	zeros(26 + n + 50);
	directory = file_n;
	append(wrong[0] == 'd' ? "PK\1\3" : "PK\1\2", 4);
	zeros(38);
	le(wrong[0] == 'o' ? 1000000 : begins - from, 4);
	zeros(n);
	append(wrong[0] == 'e' ? "PK\5\7" : "PK\5\6", 4);
	zeros(8);
	le(wrong[0] == 's' ? 1000000 : 46 + n, 4);
	le(wrong[0] == 'f' ? 1000000 : directory - from, 4);
	le(0, 2);
}

static enum err_code
in_zip(struct err *e)
{
	const struct err none = ERR_INIT;
	int fd;

	*e = none;
	harness_write("f", file, file_n);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	xztail_in_zip(fd, file_n, e);
	CU_ASSERT_EQUAL(close(fd), 0);
	return e->code;
}

/* What wrap makes of a bundle: the bundle, a loader, and a zip file. */
static void
zip_files(void)
{
	static const size_t between[] = { 0, 1, 600, KIB64 - HEADER };
	static const char *const wrong[] = { "d", "o", "e", "s", "f" };
	char says[64];
	struct err e;
	size_t i, end;

	for (i = 0; i < 2 * HARNESS_COUNT(between); i++) {
		begin();
		stream(3, 50);
		end = file_n;
		zeros(between[i / 2]);
		zip(i + 1, i % 2 ? 0 : file_n, " ");
		snprintf(says, sizeof(says), "first %zu bytes", end);
		CU_ASSERT_EQUAL(in_zip(&e), ERR_UNSAFE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
	}
	for (i = 0; i < HARNESS_COUNT(wrong); i++) {
		begin();
		stream(3, 50);
		zip(5, file_n, wrong[i]);
		CU_ASSERT_EQUAL(in_zip(&e), ERR_OK);
	}
	/* Each part alone, each file that is shorter, and a loader too long. */
	begin();
	zeros(100);
	zip(5, file_n, " ");
	CU_ASSERT_EQUAL(in_zip(&e), ERR_OK);
	begin();
	stream(3, 50);
	zeros(KIB64);
	zip(5, file_n, " ");
	CU_ASSERT_EQUAL(in_zip(&e), ERR_OK);
	begin();
	stream(3, 50);
	zip(5, 0, " ");
	while (file_n-- > 0)
		CU_ASSERT_EQUAL(in_zip(&e), ERR_OK);
}

/* A Footer whose Index would begin anywhere else. */
static void
backward_size(void)
{
	lzma_stream_flags flags = { .check = LZMA_CHECK_CRC32 };
	size_t i, good;

	begin();
	stream(3, 50);
	CU_ASSERT_EQUAL(lzma_stream_footer_decode(&flags, file + file_n -
	    HEADER), LZMA_OK);
	good = (size_t)flags.backward_size;
	for (i = 4; i < file_n + 100; i += 4) {
		flags.backward_size = i;
		CU_ASSERT_EQUAL(lzma_stream_footer_encode(&flags, file +
		    file_n - HEADER), LZMA_OK);
		is(i == good ? ERR_OK : ERR_CORRUPT, "");
	}
	flags.backward_size = LZMA_BACKWARD_SIZE_MAX;
	CU_ASSERT_EQUAL(lzma_stream_footer_encode(&flags, file + file_n -
	    HEADER), LZMA_OK);
	is(ERR_CORRUPT, "damaged");
}

/* Blocks that are not all there, and bits that are flipped. */
static void
damaged(void)
{
	size_t cut, bit, from;

	begin();
	stream(3, 50);
	memmove(file + HEADER, file + HEADER + 4, file_n - HEADER - 4);
	file_n -= 4;
	is(ERR_CORRUPT, "damaged");
	begin();
	stream(3, 50);
	for (cut = file_n; file_n > 1;) {
		file_n--;
		is(ERR_CORRUPT, "damaged");
	}
	file_n = cut;
	is(ERR_OK, "");
	/* Of the zeros of the Blocks nothing is known here. */
	from = file_n - HEADER - 12;
	for (bit = 8 * from; bit < 8 * file_n; bit++) {
		file[bit / 8] ^= (uint8_t)(1U << bit % 8);
		is(ERR_CORRUPT, "");
		file[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

/* Flags that are reserved. */
static void
reserved(void)
{
	uint8_t *end;
	uint32_t crc;
	size_t i;

	begin();
	stream(1, 21);
	end = file + file_n - HEADER;
	end[9] |= 0x10;
	crc = lzma_crc32(end + 4, 6, 0);
	for (i = 0; i < 4; i++)
		end[i] = (uint8_t)(crc >> 8 * i);
	is(ERR_UNSUPPORTED, "feature");
}

static void
cannot_read(void)
{
	struct err e = ERR_INIT, short_e = ERR_INIT;
	int fd;

	begin();
	stream(1, 21);
	CU_ASSERT_NOT_EQUAL(xztail_one_stream(-1, file_n, MEMORY, &e),
	    ERR_OK);
	/* The file has become shorter. */
	harness_write("f", file, file_n);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(xztail_one_stream(fd, file_n + 4, MEMORY, &short_e),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(close(fd), 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "one Stream", one },
		{ "padding", padding },
		{ "more Streams", more_streams },
		{ "the magic of another Stream", second_magic },
		{ "number of Records", records },
		{ "memory for the Index", memory },
		{ "zip files", zip_files },
		{ "backward sizes", backward_size },
		{ "damage", damaged },
		{ "reserved flags", reserved },
		{ "what cannot be read", cannot_read },
	};
	int r = harness_run("xztail", tests, HARNESS_COUNT(tests));

	free(file);
	return r;
}
