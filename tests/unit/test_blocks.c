#include "pack/blocks.h"
#include "pack/order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define PLENTY (UINT64_C(2) << 30)	/* bytes of memory: no limit */
#define SEGMENTS 9

static struct scan scan;
static struct tarstream *tar;

/* --- a tar and a plan --- */

static void
open_tar(void)
{
	static const char *const paths[] = { "t" };
	struct scan_request r = { NULL, paths, 1, NULL };
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT;
	uint8_t *p = harness_bytes('t', 5, 150000);

	harness_write("t", p, 150000);
	free(p);
	CU_ASSERT_EQUAL(scan_paths(&r, &scan, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_build(&scan, &o, &tar, &e), ERR_OK);
}

static void
close_tar(void)
{
	tarstream_free(tar);
	tar = NULL;
	scan_free(&scan);
}

/* Segments of several sizes; the second of three chains is the best. */
static void
make_plan(struct plan *p)
{
	struct chain bad, good;
	uint64_t size = tarstream_size(tar), step = size / SEGMENTS;
	struct plan_segment *s;
	size_t i;

	p->segments = calloc(SEGMENTS, sizeof(*p->segments));
	p->n_segments = SEGMENTS;
	chain_preset(&bad, 0);
	chain_preset(&good, 6);
	bad.lzma.dict_size = good.lzma.dict_size = 1 << 16;
	bad.lzma.lc = 0;
	for (i = 0; i < SEGMENTS; i++) {
		s = &p->segments[i];
		s->tar_off = i * step;
		s->size = i + 1 < SEGMENTS ? step : size - s->tar_off;
		choice_only(&s->choice, i % 2 == 0 ? &good : &bad, false);
		if (i % 2 == 0)
			continue;
		choice_also(&s->choice, &good);
		bad.lzma.lp = 2;
		choice_also(&s->choice, &bad);
		bad.lzma.lp = 0;
	}
}

static enum err_code
take(void *ctx, const struct encode_block *block, struct err *e)
{
	return buf_append(ctx, block->bytes.data, block->bytes.size, e);
}

static enum err_code
take_two(void *ctx, const struct encode_block *block, struct err *e)
{
	int *left = ctx;

	(void)block;
	return (*left)-- > 0 ? ERR_OK : err_set(e, ERR_FAIL, "disk full");
}

static struct blocks *
new_blocks(unsigned int n_threads, uint64_t memory)
{
	struct blocks_request r = { tar, LZMA_CHECK_CRC64, n_threads, memory,
	    NULL, NULL };
	struct blocks *b = NULL;
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(blocks_new(&r, &b, &e), ERR_OK);
	return b;
}

/* --- the tests --- */

/* What n_threads make of the plan, of which the segments from first on, n of
 * them, were begun before. */
static void
encode(unsigned int n_threads, size_t first, size_t n, bool begun,
    struct buf *out)
{
	struct blocks *b = new_blocks(n_threads, PLENTY);
	struct err e = ERR_INIT;
	struct plan p;
	size_t i;

	make_plan(&p);
	if (n > 0)
		CU_ASSERT_EQUAL(blocks_begin(b, p.segments + first, n) > 0,
		    begun);
	CU_ASSERT_EQUAL(blocks_encode(b, &p, take, out, &e), ERR_OK);
	for (i = 0; i < p.n_segments; i++) {
		CU_ASSERT_EQUAL(p.segments[i].choice.n, 1);
		CU_ASSERT_EQUAL(p.segments[i].choice.chains[0].lzma.lc, 3);
	}
	plan_free(&p);
	blocks_free(b);
}

static void
same_blocks(void)
{
	static const struct {
		unsigned int n_threads;
		size_t first, n;
		bool begun;
	} cases[] = {
		{ 2, 0, 0, false }, { 8, 0, 0, false },
		{ 1, 0, 1, false }, { 2, 0, 1, true },
		/* One with several chains does not begin early. */
		{ 2, 1, 1, false }, { 2, 1, 4, true },
		{ 5, 0, SEGMENTS, true }, { 64, 0, SEGMENTS, true },
		{ 3, SEGMENTS - 1, 1, true },
	};
	struct buf one, other;
	size_t i;

	open_tar();
	buf_init(&one, SIZE_MAX);
	encode(1, 0, 0, false, &one);
	CU_ASSERT(one.size > 1000);
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		buf_init(&other, SIZE_MAX);
		encode(cases[i].n_threads, cases[i].first, cases[i].n,
		    cases[i].begun, &other);
		CU_ASSERT_EQUAL_FATAL(one.size, other.size);
		CU_ASSERT_EQUAL(memcmp(one.data, other.data, one.size), 0);
		buf_free(&other);
	}
	buf_free(&one);
	close_tar();
}

/* What was begun and is not in the plan is forgotten. */
static void
begun_in_vain(void)
{
	struct blocks *b;
	struct buf out;
	struct err e = ERR_INIT;
	struct plan p, other;

	open_tar();
	make_plan(&p);
	make_plan(&other);
	other.segments[0].choice.chains[0].lzma.pb = 1;
	b = new_blocks(2, PLENTY);
	CU_ASSERT(blocks_begin(b, other.segments, 1) > 0);
	buf_init(&out, SIZE_MAX);
	CU_ASSERT_EQUAL(blocks_encode(b, &p, take, &out, &e), ERR_OK);
	CU_ASSERT(out.size > 1000);
	buf_free(&out);
	blocks_free(b);
	/* Nor is a plan needed at all. */
	b = new_blocks(2, PLENTY);
	CU_ASSERT(blocks_begin(b, other.segments, 1) > 0);
	blocks_free(b);
	blocks_free(NULL);
	plan_free(&p);
	plan_free(&other);
	close_tar();
}

static void
failures(void)
{
	struct err e[3] = { ERR_INIT, ERR_INIT, ERR_INIT };
	struct blocks *b;
	struct plan p;
	int left = 2;

	open_tar();
	make_plan(&p);
	b = new_blocks(2, 100000);
	CU_ASSERT_EQUAL(blocks_begin(b, p.segments, SEGMENTS), 0);
	CU_ASSERT_EQUAL(blocks_encode(b, &p, take, NULL, &e[0]),
	    ERR_MEMLIMIT);
	CU_ASSERT(HARNESS_SAYS(&e[0], "--memlimit"));
	blocks_free(b);

	b = new_blocks(4, PLENTY);
	CU_ASSERT(blocks_begin(b, p.segments + 2, 3) > 0);
	CU_ASSERT_EQUAL(blocks_encode(b, &p, take_two, &left, &e[1]),
	    ERR_FAIL);
	CU_ASSERT_STRING_EQUAL(e[1].text, "disk full");
	blocks_free(b);

	/* What fails early is told when its Block is asked for. */
	CU_ASSERT_EQUAL(unlink("t"), 0);
	b = new_blocks(2, PLENTY);
	CU_ASSERT(blocks_begin(b, p.segments, 1) > 0);
	p.n_segments = 1;
	CU_ASSERT_EQUAL(blocks_encode(b, &p, take, NULL, &e[2]), ERR_FAIL);
	CU_ASSERT(HARNESS_SAYS(&e[2], "t: "));
	blocks_free(b);
	plan_free(&p);
	close_tar();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the same Blocks, whatever the threads", same_blocks },
		{ "begun in vain", begun_in_vain },
		{ "failures", failures },
	};

	return harness_run("blocks", tests, HARNESS_COUNT(tests));
}
