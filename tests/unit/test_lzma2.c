#include "xz/lzma2.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define MEMORY (UINT64_C(64) << 20)

/* The properties of the only Block of a file of this kind and chain. */
static enum err_code
props_of(char kind, size_t size, const char *chain, struct lzma2_props *p,
    struct err *e)
{
	struct harness_block block = { kind, size, chain };
	struct xzread x;
	size_t n;

	(void)unlink("f");
	free(harness_xz("f", &block, 1, LZMA_CHECK_CRC32, &n));
	if (xzread_open("f", MEMORY, &x, e) == ERR_OK)
		lzma2_props(x.fd, &x.blocks[0], p, e);
	xzread_free(&x);
	return e->code;
}

static void
found(void)
{
	static const struct {
		const char *chain;
		uint32_t lc, lp, pb;
	} cases[] = {
		{ "6", 3, 0, 2 },
		{ "9e", 3, 0, 2 },
		{ "lzma2:preset=0,lc=0,lp=0,pb=0", 0, 0, 0 },
		{ "lzma2:lc=4,lp=0,pb=4", 4, 0, 4 },
		{ "lzma2:lc=0,lp=4,pb=0", 0, 4, 0 },
		{ "lzma2:lc=1,lp=3,pb=1", 1, 3, 1 },
		{ "delta:dist=2 lzma2:lc=0,lp=2,pb=2", 0, 2, 2 },
		{ "delta:dist=2 x86 lzma2:lc=2,lp=1,pb=3", 2, 1, 3 },
	};
	struct lzma2_props p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		/* Once several chunks: one holds 2 MiB raw at most. */
		CU_ASSERT_EQUAL(props_of(i % 2 ? 't' : 'd',
		    i == 2 ? 2500000 : 100000, cases[i].chain, &p, &e),
		    ERR_OK);
		CU_ASSERT_TRUE(p.known);
		CU_ASSERT_FALSE(p.varied);
		CU_ASSERT_EQUAL(p.lc, cases[i].lc);
		CU_ASSERT_EQUAL(p.lp, cases[i].lp);
		CU_ASSERT_EQUAL(p.pb, cases[i].pb);
	}
}

/* Noise is stored; then no chunk says what lc, lp and pb were. */
static void
stored(void)
{
	struct err e = ERR_INIT;
	struct lzma2_props p;

	CU_ASSERT_EQUAL(props_of('r', 200000, "6", &p, &e), ERR_OK);
	CU_ASSERT_FALSE(p.known);
	CU_ASSERT_EQUAL(p.stored_size, 200000);
	CU_ASSERT_EQUAL(props_of('r', 1, "6", &p, &e), ERR_OK);
	CU_ASSERT_FALSE(p.known);
	CU_ASSERT_EQUAL(p.stored_size, 1);
	CU_ASSERT_EQUAL(props_of('t', 200000, "6", &p, &e), ERR_OK);
	CU_ASSERT_EQUAL(p.stored_size, 0);
}

/* Chunk headers made by hand; the data between them does not matter. */
static enum err_code
walk(const uint8_t *bytes, size_t n, size_t packed_size,
    struct lzma2_props *p, struct err *e)
{
	struct xzblock b;
	int fd;

	memset(&b, 0, sizeof(b));
	b.file_off = 4;
	b.header_size = 12;
	b.packed_size = packed_size;
	harness_write("g", bytes, n);
	fd = open("g", O_RDONLY | O_CLOEXEC);
	lzma2_props(fd, &b, p, e);
	(void)close(fd);
	return e->code;
}

#define HEAD 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define AT 16			/* bytes of HEAD */

static void
by_hand(void)
{
	static const uint8_t chunks[] = {
		HEAD,
		0x01, 0x00, 0x02, 'a', 'b', 'c',
		/* 0x10001 raw bytes in 3, lc=3 lp=0 pb=2 */
		0xE1, 0x00, 0x00, 0x00, 0x02, 93, 1, 2, 3,
		/* no new properties */
		0x80, 0x00, 0x00, 0x00, 0x00, 1,
		0x02, 0x00, 0x00, 'z',
		/* other properties: lc=0 lp=2 pb=0 */
		0xC0, 0x00, 0x00, 0x00, 0x00, 18, 1,
		0x00,
	};
	struct err e = ERR_INIT;
	struct lzma2_props p;

	CU_ASSERT_EQUAL(walk(chunks, sizeof(chunks), sizeof(chunks) - AT,
	    &p, &e), ERR_OK);
	CU_ASSERT_TRUE(p.known);
	CU_ASSERT_TRUE(p.varied);
	CU_ASSERT_EQUAL(p.lc, 3);
	CU_ASSERT_EQUAL(p.lp, 0);
	CU_ASSERT_EQUAL(p.pb, 2);
	CU_ASSERT_EQUAL(p.stored_size, 4);
}

static void
damaged(void)
{
	static const struct {
		uint8_t bytes[AT + 8];
		size_t packed_size;
	} cases[] = {
		{ { HEAD, 0x03, 0, 0, 'a', 0 }, 5 },	/* no such control */
		{ { HEAD, 0x7F, 0, 0, 'a', 0 }, 5 },
		{ { HEAD, 0x01, 0, 5, 'a', 0 }, 5 },	/* passes the end */
		{ { HEAD, 0xE0, 0, 0, 0, 9, 93, 1, 0 }, 8 },
		{ { HEAD, 0xE0, 0, 0, 0, 0, 225, 1, 0 }, 8 },	/* pb > 4 */
		{ { HEAD, 0x00, 0x00 }, 2 },		/* ends early */
		{ { HEAD, 0x01, 0, 0, 'a' }, 4 },	/* does not end */
		{ { HEAD, 0xE0 }, 1 },
		{ { HEAD }, 0 },
	};
	struct lzma2_props p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(walk(cases[i].bytes, sizeof(cases[i].bytes),
		    cases[i].packed_size, &p, &e), ERR_CORRUPT);
	}
	/* The file ends before the Block does. */
	for (i = 0; i < AT + 8; i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(walk(cases[0].bytes, i, 1000, &p, &e),
		    ERR_CORRUPT);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "lc, lp and pb are found", found },
		{ "stored chunks", stored },
		{ "chunks made by hand", by_hand },
		{ "damaged chunks", damaged },
	};

	return harness_run("lzma2", tests, HARNESS_COUNT(tests));
}
