#include "report/account.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "harness.h"
#include "xz/encode.h"
#include "xz/xzwrite.h"

#define MEMORY (UINT64_C(64) << 20)
#define MEMBERS_MAX 16
#define SMALL "lzma2:preset=0,dict=4KiB"

/* The tar of a test, written by hand, and the account of its file. */
static uint8_t *tar;
static size_t tar_size;
static size_t ends[MEMBERS_MAX];	/* of the members */
static size_t n_ends;
static struct xzread xz;
static struct tarread_toc toc;
static struct account account;

/* --- the tar --- */

/* Append a member: a ustar header, size bytes of a kind, padding. */
static void
add(const char *name, char type, char kind, size_t size)
{
	size_t padded = (size_t)num_round_up(size, 512), i;
	unsigned int sum = 0;
	uint8_t *h, *data;

	tar = realloc(tar, tar_size + 512 + padded);
	if (tar == NULL || n_ends == MEMBERS_MAX)
		abort();
	h = tar + tar_size;
	memset(h, 0, 512 + padded);
	snprintf((char *)h, 100, "%s", name);
	memcpy(h + 100, "0000644\0" "0000000\0" "0000000\0", 24);
	snprintf((char *)h + 124, 12, "%011zo", size);
	memcpy(h + 136, "00000000000\0        ", 20);
	h[156] = (uint8_t)type;
	if (type == '2')
		memcpy(h + 157, "target", 6);
	memcpy(h + 257, "ustar\0" "00", 8);
	for (i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	data = harness_bytes(kind, (uint32_t)tar_size, size);
	memcpy(h + 512, data, size);
	free(data);
	tar_size += 512 + padded;
	ends[n_ends++] = tar_size;
}

/* Append that many zeros: the end marker. */
static void
zeros(size_t n)
{
	tar = realloc(tar, tar_size + n);
	if (tar == NULL)
		abort();
	memset(tar + tar_size, 0, n);
	tar_size += n;
}

/* --- the file --- */

/* An empty Block; encode_block() makes none. */
static void
empty_block(struct encode_block *b, lzma_check check)
{
	struct chain_filters f;
	struct err e = ERR_INIT;
	lzma_block block = { .version = 1, .check = check };
	struct chain chain;
	size_t bound = lzma_block_buffer_bound(0);

	CU_ASSERT_EQUAL(chain_parse(SMALL, &chain, &e), ERR_OK);
	chain_filters(&chain, &f);
	block.filters = f.v;
	memset(b, 0, sizeof(*b));
	buf_init(&b->bytes, bound);
	CU_ASSERT_EQUAL(buf_reserve(&b->bytes, bound, &e), ERR_OK);
	CU_ASSERT_EQUAL(lzma_block_buffer_encode(&block, NULL, NULL, 0,
	    b->bytes.data, &b->bytes.size, bound), LZMA_OK);
	b->unpadded_size = lzma_block_unpadded_size(&block);
}

/* Append a Stream to "f": Blocks of the tar from `from` on that end at the
 * n places at, through the chains (the last one stays). */
static void
stream(size_t from, const size_t *at, size_t n, const char *const *chains)
{
	int fd = open("f", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct harness_memory m = { tar, tar_size };
	struct source src = harness_source(&m);
	struct err e = ERR_INIT;
	struct encode_block b;
	struct chain chain;
	struct xzwrite x;
	size_t i;

	xzwrite_begin(&x, fd, LZMA_CHECK_CRC32, &e);
	for (i = 0; i < n; i++) {
		chain_parse(*chains, &chain, &e);
		if (at[i] > from)
			encode_block(&src, from, at[i] - from, &chain,
			    LZMA_CHECK_CRC32, NULL, &b, &e);
		else
			empty_block(&b, LZMA_CHECK_CRC32);
		CU_ASSERT_EQUAL_FATAL(xzwrite_block(&x, &b, &e), ERR_OK);
		encode_block_free(&b);
		from = at[i];
		if (chains[1] != NULL)
			chains++;
	}
	CU_ASSERT_EQUAL(xzwrite_end(&x, &e), ERR_OK);
	xzwrite_free(&x);
	CU_ASSERT_EQUAL(close(fd), 0);
}

/* Read "f" and account for it. */
static enum err_code
measure(unsigned int n_threads, struct err *e)
{
	if (xzread_open("f", MEMORY, &xz, e) == ERR_OK &&
	    tarread_toc(&xz, MEMORY, NULL, &toc, e) == ERR_OK)
		account_make(&xz, &toc, n_threads, MEMORY, NULL, &account,
		    e);
	return e->code;
}

static void
forget(void)
{
	account_free(&account);
	tarread_toc_free(&toc);
	xzread_free(&xz);
}

static void
drop(void)
{
	forget();
	free(tar);
	tar = NULL;
	tar_size = n_ends = 0;
	(void)unlink("f");
}

/* What holds of every account: each byte of the file is somebody's, once,
 * and compressed data alone is a member's. */
static void
balanced(void)
{
	uint64_t members = 0, data = 0, raw = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < toc.n_members; i++) {
		members += account.rows[i].packed_size;
		raw += toc.members[i].size;
	}
	for (i = 0; i < xz.n_blocks; i++)
		data += xz.blocks[i].packed_size;
	CU_ASSERT_EQUAL(stat("f", &st), 0);
	CU_ASSERT_EQUAL(members + account.container_size,
	    (uint64_t)st.st_size);
	CU_ASSERT_TRUE(members <= data);
	CU_ASSERT_EQUAL(account.raw_size, raw);
}

/* One Stream of Blocks that end at the n places, with one chain. */
static void
make(const size_t *at, size_t n)
{
	static const char *const chains[] = { SMALL, NULL };
	struct err e = ERR_INIT;

	stream(0, at, n, chains);
	CU_ASSERT_EQUAL_FATAL(measure(2, &e), ERR_OK);
	CU_ASSERT_EQUAL(toc.n_members, n_ends);
	CU_ASSERT_EQUAL(xz.n_blocks, n);
	balanced();
}

/* --- the tests --- */

static void
own_blocks(void)
{
	uint64_t rest;
	size_t i;

	add("a", '0', 't', 5000);
	add("b", '0', 'r', 3000);
	add("c", '0', 'd', 1);
	zeros(1024);
	ends[n_ends] = tar_size;
	make(ends, 4);
	rest = xz.file_size;
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(account.rows[i].packed_size,
		    xz.blocks[i].packed_size);
		CU_ASSERT_FALSE(account.rows[i].apportioned);
		CU_ASSERT_EQUAL(account.rows[i].block, i);
		CU_ASSERT_EQUAL(account.rows[i].block_end, i + 1);
		rest -= xz.blocks[i].packed_size;
	}
	CU_ASSERT_EQUAL(account.container_size, rest);
	CU_ASSERT_EQUAL(account.raw_size, 8001);
	drop();
}

/* How many bytes of Block b's data does a decoder need for raw_pos bytes?
 * Input is fed byte by byte. */
static uint64_t
needed(const struct xzblock *b, uint64_t raw_pos)
{
	lzma_stream s = LZMA_STREAM_INIT;
	struct chain_filters f;
	uint8_t *file, *out = malloc((size_t)b->raw_size + 1);
	lzma_ret r;
	uint64_t n;
	size_t size;

	file = harness_read("f", &size);
	chain_filters(&b->chain, &f);
	r = lzma_raw_decoder(&s, f.v);
	s.next_in = file + b->file_off + b->header_size;
	s.next_out = out;
	s.avail_out = (size_t)b->raw_size + 1;
	while (r == LZMA_OK && s.total_out < raw_pos &&
	    s.total_in < b->packed_size) {
		s.avail_in = 1;
		r = lzma_code(&s, LZMA_RUN);
	}
	CU_ASSERT_TRUE(r == LZMA_OK || r == LZMA_STREAM_END);
	n = s.total_in;
	lzma_end(&s);
	free(file);
	free(out);
	return n;
}

/* Shares of one Block, exact to within a few bytes of read-ahead. */
static void
shared(void)
{
	uint64_t sum = 0, exact;
	size_t i;

	add("random", '0', 'r', 100000);
	add("text", '0', 't', 100000);
	add("ramp", '0', 'd', 3333);
	add("more", '0', 'r', 1);
	zeros(1024);
	make(&tar_size, 1);
	for (i = 0; i < 4; i++) {
		CU_ASSERT_TRUE(account.rows[i].apportioned);
		CU_ASSERT_EQUAL(account.rows[i].block, 0);
		CU_ASSERT_EQUAL(account.rows[i].block_end, 1);
		CU_ASSERT_TRUE(account.rows[i].packed_size > 0);
		sum += account.rows[i].packed_size;
		exact = needed(&xz.blocks[0], ends[i]);
		CU_ASSERT_TRUE(sum + 8 >= exact && sum <= exact + 8);
	}
	CU_ASSERT_TRUE(account.rows[0].packed_size > 100000);
	CU_ASSERT_TRUE(account.rows[0].packed_size < 105000);
	/* The end marker's share is the container's. */
	CU_ASSERT_TRUE(sum < xz.blocks[0].packed_size);
	CU_ASSERT_EQUAL(account.container_size, xz.file_size - sum);
	drop();
}

/* A Block that ends with its last member is all its members'. */
static void
no_tail(void)
{
	size_t at[2];

	add("a", '0', 't', 700);
	add("b", '0', 'r', 70000);
	zeros(10240);
	at[0] = ends[1];
	at[1] = tar_size;
	make(at, 2);
	CU_ASSERT_EQUAL(account.rows[0].packed_size +
	    account.rows[1].packed_size, xz.blocks[0].packed_size);
	CU_ASSERT_TRUE(account.rows[1].packed_size > 70000);
	CU_ASSERT_EQUAL(account.container_size,
	    xz.file_size - xz.blocks[0].packed_size);
	drop();
}

/* The decoder reads 64 KiB at a time: the byte that ends LZMA2 may be the
 * first of a piece, and is not read for the last byte of data. */
static void
last_byte(void)
{
	size_t at[3], tries = 0;

	add("a", '0', 't', 700);
	add("b", '0', 'r', 200000);
	zeros(1024);
	at[0] = 60000;
	at[1] = ends[1];
	at[2] = tar_size;
	make(at, 3);
	while (xz.blocks[0].packed_size != 65537 && tries++ < 20) {
		at[0] += 65537 - xz.blocks[0].packed_size;
		forget();
		CU_ASSERT_EQUAL(unlink("f"), 0);
		make(at, 3);
	}
	CU_ASSERT_EQUAL(xz.blocks[0].packed_size, 65537);
	CU_ASSERT_EQUAL(account.rows[0].packed_size +
	    account.rows[1].packed_size, xz.blocks[0].packed_size +
	    xz.blocks[1].packed_size);
	drop();
}

static void
boundary_inside(void)
{
	size_t at[5];

	add("a", '0', 't', 900);
	add("b", '0', 'r', 60000);
	add("c", '0', 't', 900);
	zeros(1024);
	/* In b's data, twice; in c's header; in c's padding. */
	at[0] = ends[0] + 20000;
	at[1] = ends[0] + 30000;
	at[2] = ends[1] + 100;
	at[3] = ends[2] - 1;
	at[4] = tar_size;
	make(at, 5);
	CU_ASSERT_EQUAL(account.rows[0].block, 0);
	CU_ASSERT_EQUAL(account.rows[0].block_end, 1);
	CU_ASSERT_EQUAL(account.rows[1].block, 0);
	CU_ASSERT_EQUAL(account.rows[1].block_end, 3);
	CU_ASSERT_EQUAL(account.rows[2].block, 2);
	CU_ASSERT_EQUAL(account.rows[2].block_end, 5);
	CU_ASSERT_TRUE(account.rows[0].apportioned);
	CU_ASSERT_TRUE(account.rows[1].apportioned);
	CU_ASSERT_TRUE(account.rows[2].apportioned);
	CU_ASSERT_TRUE(account.rows[1].packed_size >= 60000);
	CU_ASSERT_TRUE(account.rows[1].packed_size < 62000);
	CU_ASSERT_EQUAL(account.rows[0].packed_size +
	    account.rows[1].packed_size + account.rows[2].packed_size,
	    xz.file_size - account.container_size);
	drop();
}

/* A member in Blocks of its own shares with nobody. */
static void
several_own(void)
{
	size_t at[4];
	uint64_t sum = 0;
	size_t i;

	add("a", '0', 'r', 30000);
	zeros(1024);
	at[0] = 300;
	at[1] = 10000;
	at[2] = ends[0];
	at[3] = tar_size;
	make(at, 4);
	for (i = 0; i < 3; i++)
		sum += xz.blocks[i].packed_size;
	CU_ASSERT_EQUAL(account.rows[0].packed_size, sum);
	CU_ASSERT_EQUAL(account.rows[0].block_end, 3);
	CU_ASSERT_FALSE(account.rows[0].apportioned);
	drop();
}

static void
empty_members(void)
{
	size_t at[3], i;

	add("d/", '5', 't', 0);
	add("d/empty", '0', 't', 0);
	add("d/link", '2', 't', 0);
	add("d/one", '0', 'r', 1);
	add("e", '0', 't', 0);
	zeros(1024);
	at[0] = ends[2];	/* headers alone */
	at[1] = ends[3] + 256;	/* in the header of e */
	at[2] = tar_size;
	make(at, 3);
	for (i = 0; i < 5; i++)
		CU_ASSERT_TRUE(account.rows[i].packed_size > 0);
	CU_ASSERT_EQUAL(account.rows[0].packed_size +
	    account.rows[1].packed_size + account.rows[2].packed_size,
	    xz.blocks[0].packed_size);
	CU_ASSERT_EQUAL(account.raw_size, 1);
	CU_ASSERT_TRUE(account.rows[2].apportioned);
	CU_ASSERT_TRUE(account.rows[4].apportioned);
	CU_ASSERT_EQUAL(account.rows[4].block, 1);
	CU_ASSERT_EQUAL(account.rows[4].block_end, 3);
	drop();
}

/* Streams with padding between and behind them, one without a Block. */
static void
streams(void)
{
	static const char *const chains[] = { SMALL, NULL };
	static const uint8_t padding[12] = { 0 };
	struct err e = ERR_INIT;
	uint64_t data = 0;
	size_t from, i;
	FILE *f;

	add("a", '0', 't', 3000);
	add("b", '0', 'r', 3000);
	zeros(1024);
	from = ends[0] + 1000;
	stream(0, &from, 1, chains);
	for (i = 0; i < 2; i++) {
		f = fopen("f", "ab");
		CU_ASSERT_EQUAL(fwrite(padding, 1, 4 + 8 * i, f), 4 + 8 * i);
		CU_ASSERT_EQUAL(fclose(f), 0);
		stream(from, &tar_size, i, chains);
	}
	f = fopen("f", "ab");
	CU_ASSERT_EQUAL(fwrite(padding, 1, 4, f), 4);
	CU_ASSERT_EQUAL(fclose(f), 0);
	CU_ASSERT_EQUAL_FATAL(measure(1, &e), ERR_OK);
	CU_ASSERT_EQUAL(xz.n_streams, 3);
	CU_ASSERT_EQUAL(xz.n_blocks, 2);
	balanced();
	for (i = 0; i < 2; i++)
		data += xz.blocks[i].packed_size;
	/* Three Headers, Footers and paddings at the least. */
	CU_ASSERT_TRUE(account.container_size > 3 * 24 + 20);
	CU_ASSERT_TRUE(account.rows[0].packed_size +
	    account.rows[1].packed_size < data);
	CU_ASSERT_EQUAL(account.rows[1].block_end, 2);
	drop();
}

/* Blocks that end in the end marker, or hold nothing else. */
static void
end_marker(void)
{
	size_t at[3];

	add("a", '0', 'r', 20000);
	zeros(3072);
	at[0] = ends[0] + 1;
	at[1] = ends[0] + 1024;
	at[2] = tar_size;
	make(at, 3);
	/* Alone, but not all of the Block is its own. */
	CU_ASSERT_FALSE(account.rows[0].apportioned);
	CU_ASSERT_EQUAL(account.rows[0].block_end, 1);
	CU_ASSERT_TRUE(account.rows[0].packed_size > 20000);
	CU_ASSERT_TRUE(account.rows[0].packed_size <=
	    xz.blocks[0].packed_size);
	drop();

	add("a", '0', 'r', 5000);
	zeros(60000);
	make(&tar_size, 1);
	CU_ASSERT_FALSE(account.rows[0].apportioned);
	CU_ASSERT_TRUE(account.rows[0].packed_size >= 5000);
	CU_ASSERT_TRUE(account.rows[0].packed_size <
	    xz.blocks[0].packed_size);
	drop();
}

/* Blocks without a byte: inside a member, at its edge, at the very end. */
static void
empty_blocks(void)
{
	size_t at[7], i;

	add("a", '0', 'r', 2000);
	add("b", '0', 't', 2000);
	zeros(1024);
	at[0] = 0;
	at[1] = at[2] = 1000;
	at[3] = at[4] = ends[0];
	at[5] = at[6] = tar_size;
	make(at, 7);
	for (i = 0; i < 7; i += 2)
		CU_ASSERT_EQUAL(xz.blocks[i].raw_size, 0);
	/* Inside it is the member's, otherwise nobody's. */
	CU_ASSERT_EQUAL(account.rows[0].packed_size,
	    xz.blocks[1].packed_size + xz.blocks[2].packed_size +
	    xz.blocks[3].packed_size);
	CU_ASSERT_EQUAL(account.rows[0].block, 1);
	CU_ASSERT_EQUAL(account.rows[0].block_end, 4);
	CU_ASSERT_EQUAL(account.rows[1].block, 5);
	CU_ASSERT_EQUAL(account.rows[1].block_end, 6);
	CU_ASSERT_TRUE(account.rows[1].packed_size <
	    xz.blocks[5].packed_size);
	drop();
}

/* Whatever the place of a boundary, whatever the chain, any threads. */
static void
any_boundary(void)
{
	static const char *const all[][2] = { { SMALL, NULL },
	    { "x86 " SMALL, NULL }, { "delta:dist=2 " SMALL, NULL } };
	uint64_t sizes[4];
	size_t at[2], i, k;

	add("a", '0', 't', 100);
	add("b", '0', 't', 0);
	add("c", '0', 'r', 513);
	add("d", '0', 'd', 512);
	zeros(1024);
	at[1] = tar_size;
	for (at[0] = 1, k = 0; at[0] < tar_size; at[0] += 61, k++) {
		struct err e = ERR_INIT, again = ERR_INIT;

		stream(0, at, 2, all[k % 3]);
		CU_ASSERT_EQUAL_FATAL(measure(1, &e), ERR_OK);
		balanced();
		for (i = 0; i < 4; i++)
			sizes[i] = account.rows[i].packed_size;
		forget();
		CU_ASSERT_EQUAL_FATAL(measure(3, &again), ERR_OK);
		for (i = 0; i < 4; i++)
			CU_ASSERT_EQUAL(account.rows[i].packed_size,
			    sizes[i]);
		forget();
		CU_ASSERT_EQUAL(unlink("f"), 0);
	}
	drop();
}

/* No Block, and no tar: all is the container's. */
static void
no_members(void)
{
	struct err e = ERR_INIT;

	stream(0, NULL, 0, NULL);
	CU_ASSERT_EQUAL(xzread_open("f", MEMORY, &xz, &e), ERR_OK);
	CU_ASSERT_EQUAL(account_make(&xz, &toc, 1, MEMORY, NULL, &account,
	    &e), ERR_OK);
	CU_ASSERT_EQUAL(account.container_size, 32);
	drop();
}

static void
chain_is(size_t row, const char *wanted)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 4096);
	CU_ASSERT_EQUAL(account_chain(&account, &account.rows[row], &b, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&b, "", 1, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(b.data, wanted);
	buf_free(&b);
}

static void
chains_and_checks(void)
{
	static const char *const chains[] = { "lzma2:dict=4KiB,lc=0,lp=1",
	    "delta:dist=2 lzma2:dict=4KiB,lc=1,pb=0",
	    "lzma2:dict=4KiB,lc=0,lp=1",
	    "delta:dist=2 lzma2:dict=4KiB,lc=1,pb=0", "lzma2:dict=6KiB",
	    "x86 lzma2", "lzma2:dict=8KiB", NULL };
	static const struct account_row outside = { .block = 99 };
	struct err e = ERR_INIT;
	size_t at[7], i;

	add("a", '0', 't', 1000);
	add("b", '0', 't', 7000);
	zeros(1024);
	at[0] = ends[0];
	for (i = 1; i < 6; i++)
		at[i] = ends[0] + i * 1000;
	at[6] = tar_size;
	stream(0, at, 7, chains);
	CU_ASSERT_EQUAL_FATAL(measure(2, &e), ERR_OK);
	balanced();
	chain_is(0, "lzma2:dict=4KiB,lc=0,lp=1,pb=2");
	/* Each once, four at most. */
	chain_is(1, "delta:dist=2 lzma2:dict=4KiB,lc=1,lp=0,pb=0 + "
	    "lzma2:dict=4KiB,lc=0,lp=1,pb=2 + lzma2:dict=6KiB,lc=3,lp=0,"
	    "pb=2 + x86 lzma2:dict=8MiB,lc=3,lp=0,pb=2 + ...");
	CU_ASSERT_STRING_EQUAL(account_check(&account, &account.rows[1]),
	    "crc32");
	CU_ASSERT_STRING_EQUAL(account_check(&account, &outside), "none");
	drop();
}

/* Data that is stored as it is has no lc, lp and pb to show. */
static void
stored(void)
{
	size_t at[3];

	add("a", '0', 'r', 4096);
	zeros(1024);
	at[0] = 512;
	at[1] = ends[0];
	at[2] = tar_size;
	make(at, 3);
	chain_is(0, "lzma2:dict=4KiB,lc=3,lp=0,pb=2 + lzma2:dict=4KiB");
	drop();
}

/* Counts what it is told, and stops after some steps. */
struct told {
	uint64_t total;
	uint64_t done;
	atomic_int stop;
	unsigned int steps_left;
};

static void
on_begin(void *ctx, const char *phase, uint64_t total)
{
	struct told *t = ctx;

	CU_ASSERT_STRING_EQUAL(phase, "measuring");
	t->total = total;
}

static void
on_advance(void *ctx, uint64_t n)
{
	struct told *t = ctx;

	t->done += n;
	if (t->steps_left > 0 && --t->steps_left == 0)
		t->stop = 1;
}

static void
watched(void)
{
	struct told t = { 0, 0, 0, 0 };
	struct watch w = { .stop = &t.stop, .begin = on_begin,
	    .advance = on_advance, .ctx = &t };
	struct err e = ERR_INIT, stopped = ERR_INIT;

	add("a", '0', 'r', 300000);
	add("b", '0', 'r', 300000);
	zeros(1024);
	make(&tar_size, 1);
	account_free(&account);
	CU_ASSERT_EQUAL(account_make(&xz, &toc, 1, MEMORY, &w, &account,
	    &e), ERR_OK);
	CU_ASSERT_EQUAL(t.total, tar_size);
	CU_ASSERT_TRUE(t.done >= ends[1] && t.done <= tar_size);
	account_free(&account);
	t.done = 0;
	t.steps_left = 2;
	CU_ASSERT_EQUAL(account_make(&xz, &toc, 1, MEMORY, &w, &account,
	    &stopped), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&stopped, "interrupted"));
	CU_ASSERT_TRUE(t.done < 200000);
	drop();
}

/* Flip a byte of the file at off, and account again. */
static enum err_code
damaged(uint64_t off, struct err *e)
{
	uint8_t *file;
	size_t n;

	account_free(&account);
	file = harness_read("f", &n);
	file[off] ^= 0xFF;
	harness_write("f", file, n);
	account_make(&xz, &toc, 2, MEMORY, NULL, &account, e);
	file[off] ^= 0xFF;
	harness_write("f", file, n);
	free(file);
	return e->code;
}

static void
failures(void)
{
	struct err low = ERR_INIT, data = ERR_INIT, chunk = ERR_INIT;
	struct err e = ERR_INIT, cut = ERR_INIT;
	const struct xzblock *b;
	size_t at[2];

	add("a", '0', 't', 5000);
	add("b", '0', 't', 50000);
	add("c", '0', 't', 5000);
	zeros(1024);
	at[0] = ends[0];
	at[1] = tar_size;
	make(at, 2);
	account_free(&account);
	CU_ASSERT_EQUAL(account_make(&xz, &toc, 1, 1000, NULL, &account,
	    &low), ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&low, "Block 2"));
	b = &xz.blocks[1];
	CU_ASSERT_EQUAL(damaged(b->file_off + b->header_size + 100, &data),
	    ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&data, "Block 2"));
	/* A chunk header, in a Block that need not be decoded. */
	b = &xz.blocks[0];
	CU_ASSERT_EQUAL(damaged(b->file_off + b->header_size + 3, &chunk),
	    ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&chunk, "Block 1"));
	account_free(&account);
	CU_ASSERT_EQUAL(truncate("f", (off_t)xz.blocks[1].file_off + 200),
	    0);
	CU_ASSERT_EQUAL(account_make(&xz, &toc, 1, MEMORY, NULL, &account,
	    &cut), ERR_CORRUPT);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	drop();
	account_free(&account);
}

/* Sparse members say what size they like: the sum must not wrap, nor be
 * more than JSON's integers can be. */
static void
huge_sizes(void)
{
	struct err e = ERR_INIT;
	size_t i, n;

	for (i = 0; i < 3; i++)
		add("a", '0', 't', 1);
	zeros(1024);
	for (n = 2; n <= 3; n++) {
		make(&tar_size, 1);
		account_free(&account);
		for (i = 0; i < n; i++)
			toc.members[i].size = UINT64_C(9000000000000000000);
		CU_ASSERT_TRUE(account_make(&xz, &toc, 1, MEMORY, NULL,
		    &account, &e) != ERR_OK ||
		    (account.raw_size >= toc.members[0].size &&
		    account.raw_size <= INT64_MAX));
		forget();
		CU_ASSERT_EQUAL(unlink("f"), 0);
		memset(&e, 0, sizeof(e));
	}
	drop();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "a Block a member", own_blocks },
		{ "a shared Block", shared },
		{ "a Block without a tail", no_tail },
		{ "the last byte of a Block", last_byte },
		{ "a boundary inside a member", boundary_inside },
		{ "several Blocks of its own", several_own },
		{ "empty members", empty_members },
		{ "several Streams", streams },
		{ "the end marker", end_marker },
		{ "empty Blocks", empty_blocks },
		{ "any boundary", any_boundary },
		{ "no member at all", no_members },
		{ "chains and checks", chains_and_checks },
		{ "stored data", stored },
		{ "watched", watched },
		{ "failures", failures },
		{ "huge sizes", huge_sizes },
	};

	return harness_run("account", tests, HARNESS_COUNT(tests));
}
