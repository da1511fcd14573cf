#include "pack/order.h"
#include "pack/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "xz/encode.h"

#define PLENTY (UINT64_C(2) << 30)	/* bytes of memory: no limit */
#define MIB ((uint64_t)1 << 20)

static struct scan scan;
static struct tarstream *tar;

/* --- a tree to plan for --- */

/* The tar of what is in t/. */
static void
open_tar(void)
{
	static const char *const paths[] = { "." };
	struct scan_request r = { "t", paths, 1, NULL };
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(scan_paths(&r, &scan, &e), ERR_OK);
	CU_ASSERT_EQUAL(order_members(&scan, ORDER_NAME, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_build(&scan, &o, &tar, &e), ERR_OK);
}

static void
close_tar(void)
{
	tarstream_free(tar);
	tar = NULL;
	scan_free(&scan);
}

static void
make(const char *path, char kind, size_t n)
{
	uint8_t *p = harness_bytes(kind, (uint32_t)n, n);

	harness_write(path, p, n);
	free(p);
}

/* n zeros that take no room on the disk. */
static void
make_sparse(const char *path, uint64_t n)
{
	harness_write(path, "", 0);
	CU_ASSERT_EQUAL(truncate(path, (off_t)n), 0);
}

/*
 * A file large enough for a chain of its own, of which zeros are the most so
 * that trials are quick.  Noise of 5 bits, a ramp for delta, or calls of 20
 * functions behind an x86-64 ELF header.
 */
static void
make_large(const char *path, char kind)
{
	size_t n = 66000, used = 8000, i, j;
	uint8_t *p = harness_bytes(kind == 'd' ? 'd' : 'r', 2, n);
	uint32_t to;

	for (i = 0; i < used; i++)
		p[i] = kind == 'n' ? p[i] & 0x1F : p[i];
	for (i = 64; i < used && kind == 'c'; i += 8) {
		to = p[i] % 20u * 7777 - (uint32_t)(i + 5);
		p[i] = 0xE8;
		for (j = 0; j < 4; j++)
			p[i + 1 + j] = (uint8_t)(to >> 8 * j);
	}
	memset(p + used, 0, n - used);
	if (kind == 'c') {
		memset(p, 0, 64);
		memcpy(p, "\177ELF\2\1\1", 7);
		p[18] = 62;			/* EM_X86_64 */
	}
	harness_write(path, p, n);
	free(p);
}

/* Texts, links, an empty file and directory, a ramp and code. */
static void
make_tree(void)
{
	char name[32];
	int i;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/src", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/void", 0755), 0);
	for (i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "t/src/%02d.txt", i);
		make(name, 't', (size_t)(i * 300 + 1));
	}
	make("t/src/05.bin", 'r', 100);
	make("t/src/x.empty", 'r', 0);
	CU_ASSERT_EQUAL(symlink("00.txt", "t/src/y.link"), 0);
	make_large("t/u.ramp", 'd');
	make_large("t/v.code", 'c');
}

static enum err_code
plan_with(const struct unit_rule *rules, size_t n_rules,
    enum chain_target target, uint64_t memory, struct plan *p, struct err *e)
{
	struct plan_request r = { .rules = rules, .n_rules = n_rules,
	    .target = target, .effort = EFFORT_DEFAULT, .memory = memory,
	    .n_threads = 1 };

	return plan_make(tar, &r, p, e);
}

/* Memory for any of the segments. */
static uint64_t
need(const struct plan *p)
{
	return plan_encoder_memory(p, 0, p->n_segments);
}

/* What holds for every plan. */
static void
assert_sound(const struct plan *p, enum chain_target target)
{
	struct err e = ERR_INIT;
	const struct plan_segment *s;
	uint64_t off = 0;
	size_t i;

	for (i = 0; i < p->n_segments; i++) {
		s = &p->segments[i];
		CU_ASSERT_EQUAL(s->tar_off, off);
		CU_ASSERT_TRUE(s->size >= 1 && s->size <= ENCODE_FAR_MAX);
		CU_ASSERT_EQUAL(chain_allowed(&s->choice.chains[0], target, &e),
		    ERR_OK);
		CU_ASSERT_NOT_EQUAL(chain_encoder_memory(&s->choice.chains[0]),
		    UINT64_MAX);
		CU_ASSERT_TRUE(s->choice.n < 2 ||
		    chain_allowed(&s->choice.chains[1], target, &e) ==
		    ERR_OK);
		/* No more dictionary than a Block header needs to say. */
		CU_ASSERT_TRUE(s->choice.chains[0].lzma.dict_size <= 4096 ||
		    s->choice.chains[0].lzma.dict_size < 2 * s->size);
		off += s->size;
	}
	CU_ASSERT_EQUAL(off, tarstream_size(tar));
}

/* The segment that has the first byte of a member's data, or of its header if
 * it has none. */
static size_t
segment_of(const struct plan *p, const char *name)
{
	uint64_t off;
	size_t i, j;

	for (i = 0; i < tarstream_count(tar); i++) {
		if (strcmp(tarstream_member(tar, i)->name, name) == 0)
			break;
	}
	CU_ASSERT_TRUE(i < tarstream_count(tar));
	if (i == tarstream_count(tar))
		return 0;
	off = tarstream_member(tar, i)->size > 0 ?
	    tarstream_span(tar, i)->data_off :
	    tarstream_span(tar, i)->head_off;
	for (j = 0; j + 1 < p->n_segments; j++) {
		if (off < p->segments[j].tar_off + p->segments[j].size)
			break;
	}
	return j;
}

static const struct chain *
chain_of(const struct plan *p, const char *name)
{
	return &p->segments[segment_of(p, name)].choice.chains[0];
}

/* --- tests --- */

/* Which members go together. */
static void
assert_groups(const struct plan *p)
{
	/* A small binary file among texts is no reason for a Block. */
	static const char *const texts[] = { "src", "src/00.txt",
	    "src/01.txt", "src/05.bin", "src/11.txt",
	    /* Headers alone go with what stands before them. */
	    "src/x.empty", "src/y.link" };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++)
		CU_ASSERT_EQUAL(segment_of(p, texts[i]), 0);
	/* Large ones of other kinds have a Block each. */
	CU_ASSERT_EQUAL(segment_of(p, "u.ramp"), 1);
	CU_ASSERT_EQUAL(segment_of(p, "v.code"), 2);
	CU_ASSERT_EQUAL(segment_of(p, "void"), 2);
	CU_ASSERT_EQUAL(p->n_segments, 3);
}

/* The whole tar, once, for each target; and what each allows. */
static void
covers(void)
{
	static const struct {
		enum chain_target target;
		bool x86, delta;
	} cases[] = {
		{ TARGET_ANY, false, false },
		{ TARGET_EMBEDDED, true, false },
		{ TARGET_XZ_5_0, true, true },
	};
	const struct chain *c;
	struct plan p;
	size_t i;

	make_tree();
	open_tar();
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(plan_with(NULL, 0, cases[i].target, PLENTY,
		    &p, &e), ERR_OK);
		assert_sound(&p, cases[i].target);
		if (cases[i].delta && cases[i].x86)
			assert_groups(&p);
		c = chain_of(&p, "v.code");
		CU_ASSERT_EQUAL(c->n_pre > 0 &&
		    c->pre[0].id == LZMA_FILTER_X86, cases[i].x86);
		c = chain_of(&p, "u.ramp");
		CU_ASSERT_EQUAL(c->n_pre > 0 &&
		    c->pre[0].id == LZMA_FILTER_DELTA, cases[i].delta);
		plan_free(&p);
		CU_ASSERT_EQUAL(p.n_segments, 0);
	}
	close_tar();
}

/* Threads change nothing, nor does a second run. */
static void
same_plan(void)
{
	static const unsigned int threads[] = { 1, 4 };
	struct plan_request r = { .target = TARGET_XZ_5_4,
	    .effort = EFFORT_DEFAULT, .memory = PLENTY };
	struct err e = ERR_INIT;
	struct plan p[2];
	size_t i;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	make("t/a", 't', 20000);
	make_large("t/b", 'd');
	make_large("t/c", 'n');
	open_tar();
	for (i = 0; i < 2; i++) {
		r.n_threads = threads[i];
		CU_ASSERT_EQUAL(plan_make(tar, &r, &p[i], &e), ERR_OK);
	}
	CU_ASSERT_EQUAL(p[0].n_segments, p[1].n_segments);
	CU_ASSERT_EQUAL(p[0].n_segments, 3);
	for (i = 0; i < p[0].n_segments && i < p[1].n_segments; i++) {
		const struct plan_segment *a = &p[0].segments[i],
		    *b = &p[1].segments[i];

		CU_ASSERT_EQUAL(a->tar_off, b->tar_off);
		CU_ASSERT_EQUAL(a->size, b->size);
		CU_ASSERT_EQUAL(a->choice.n, b->choice.n);
		CU_ASSERT_TRUE(chain_equal(&a->choice.chains[0],
		    &b->choice.chains[0]));
	}
	plan_free(&p[0]);
	plan_free(&p[1]);
	close_tar();
}

/* Headers and nothing else: one segment. */
static void
no_data(void)
{
	struct err e = ERR_INIT;
	struct plan p;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/d", 0755), 0);
	CU_ASSERT_EQUAL(symlink("d", "t/l"), 0);
	harness_write("t/z", "", 0);
	open_tar();
	CU_ASSERT_EQUAL(plan_with(NULL, 0, TARGET_ANY, PLENTY, &p, &e),
	    ERR_OK);
	assert_sound(&p, TARGET_ANY);
	CU_ASSERT_EQUAL(p.n_segments, 1);
	CU_ASSERT_EQUAL(p.segments[0].size, 3 * 512 + 1024);
	plan_free(&p);
	close_tar();
}

/* Little among texts that are too large for a trial of merging. */
static void
texts(void)
{
	struct err e = ERR_INIT;
	struct plan p;
	char *a = malloc(600000);

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	memset(a, 'a', 600000);
	harness_write("t/a.txt", a, 600000);
	make("t/b.bin", 'r', 1000);
	harness_write("t/c.txt", a, 600000);
	free(a);
	open_tar();
	CU_ASSERT_EQUAL(plan_with(NULL, 0, TARGET_ANY, PLENTY, &p, &e),
	    ERR_OK);
	assert_sound(&p, TARGET_ANY);
	CU_ASSERT_EQUAL(p.n_segments, 1);
	plan_free(&p);
	close_tar();
}

/* Rules have numbers, which their chains carry as nice=. */
static struct unit_rule
rule(const char *pattern, uint32_t number)
{
	struct unit_rule r;

	r.pattern = pattern;
	chain_preset(&r.chain, 1);
	r.chain.lzma.nice_len = number;
	return r;
}

static void
rules(void)
{
	static const char *const names[] = { "a.bin", "d/e.bin", "d/f/g",
	    "d2.bin", "e.bin", "z" };
	static const struct {
		const char *patterns[3];	/* of rules 10, 11 and 12 */
		uint32_t number[6];		/* of the names; 0: no rule */
	} cases[] = {
		{ { "*.bin" }, { 10, 10, 0, 10, 10, 0 } },
		{ { "e.bin" }, { 0, 10, 0, 0, 10, 0 } },
		{ { "d/e.bin" }, { 0, 10, 0, 0, 0, 0 } },
		{ { "*/e.bin" }, { 0, 10, 0, 0, 0, 0 } },
		{ { "d/*" }, { 0, 10, 10, 0, 0, 0 } },
		{ { "*/g" }, { 0, 0, 10, 0, 0, 0 } },
		{ { "f" }, { 0, 0, 0, 0, 0, 0 } },
		{ { "d" }, { 0, 0, 0, 0, 0, 0 } },
		/* without a slash the last component alone */
		{ { "d*" }, { 0, 0, 0, 10, 0, 0 } },
		{ { "[ae].bin" }, { 10, 10, 0, 0, 10, 0 } },
		{ { "?" }, { 0, 0, 10, 0, 0, 10 } },
		/* the last match wins */
		{ { "*", "*.bin" }, { 11, 11, 10, 11, 11, 10 } },
		{ { "*.bin", "*" }, { 11, 11, 11, 11, 11, 11 } },
		{ { "*.bin", "d/*", "e.bin" }, { 10, 12, 11, 10, 12, 0 } },
		{ { "z", "none", "z" }, { 0, 0, 0, 0, 0, 12 } },
	};
	struct unit_rule r[3];
	uint32_t got, want;
	struct plan p;
	size_t i, j;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/d", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/d/f", 0755), 0);
	for (j = 0; j < 6; j++) {
		char path[32];

		snprintf(path, sizeof(path), "t/%s", names[j]);
		make(path, 't', 20 + j);
	}
	open_tar();
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		for (j = 0; j < 3 && cases[i].patterns[j] != NULL; j++)
			r[j] = rule(cases[i].patterns[j], 10 + (uint32_t)j);
		CU_ASSERT_EQUAL(plan_with(r, j, TARGET_ANY, PLENTY, &p, &e),
		    ERR_OK);
		assert_sound(&p, TARGET_ANY);
		for (j = 0; j < 6; j++) {
			got = chain_of(&p, names[j])->lzma.nice_len;
			want = cases[i].number[j];
			CU_ASSERT_EQUAL(got >= 10 && got <= 12 ? got : 0,
			    want);
			if (got != want && want != 0)
				printf("\n    case %zu: %s", i, names[j]);
		}
		plan_free(&p);
	}
	close_tar();
}

/* A forced chain is used as it is, but for the dictionary's size. */
static void
forced(void)
{
	struct err e = ERR_INIT;
	struct unit_rule r = { "*", { .n_pre = 0 } };
	struct plan p;

	CU_ASSERT_EQUAL(chain_parse("delta:dist=3 lzma2:preset=1,lc=1,lp=2,"
	    "pb=3,dict=1MiB", &r.chain, &e), ERR_OK);
	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	make("t/a", 'r', 5000);
	/* What has no data matches no rule, and needs no Block. */
	CU_ASSERT_EQUAL(mkdir("t/ab", 0755), 0);
	make("t/b", 'r', 5000);
	open_tar();
	CU_ASSERT_EQUAL(plan_with(&r, 1, TARGET_XZ_5_0, PLENTY, &p, &e),
	    ERR_OK);
	assert_sound(&p, TARGET_XZ_5_0);
	CU_ASSERT_EQUAL(p.n_segments, 1);
	CU_ASSERT_EQUAL(p.segments[0].choice.n, 1);
	/* 2 * (512 + 5120) + 512, and the end marker of 1024 */
	CU_ASSERT_EQUAL(p.segments[0].size, 12800);
	r.chain.lzma.dict_size = 16384;
	CU_ASSERT_TRUE(chain_equal(&p.segments[0].choice.chains[0], &r.chain));
	plan_free(&p);
	close_tar();
}

/* How many segments, all but the last of one size. */
static void
assert_cut(const struct plan *p, size_t n, uint64_t most)
{
	size_t i;

	assert_sound(p, TARGET_ANY);
	CU_ASSERT_EQUAL(p->n_segments, n);
	for (i = 0; i < p->n_segments; i++) {
		CU_ASSERT_TRUE(p->segments[i].size <= most);
		CU_ASSERT_EQUAL(p->segments[i].tar_off % 512, 0);
		CU_ASSERT_TRUE(i + 1 == p->n_segments ||
		    p->segments[i].size == p->segments[0].size);
	}
}

/* A large member: cut to what a Block, or the memory, can hold. */
static void
cuts(void)
{
	struct unit_rule r = { "big", { .n_pre = 0 } };
	struct err e = ERR_INIT;
	struct plan p;

	chain_preset(&r.chain, 0);
	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	make_sparse("t/big", 130 * MIB);
	open_tar();
	CU_ASSERT_EQUAL(plan_with(&r, 1, TARGET_ANY, PLENTY, &p, &e),
	    ERR_OK);
	assert_cut(&p, 3, ENCODE_BLOCK_MAX);
	plan_free(&p);
	/* 62 MB are enough for the encoder of a 4 MiB dictionary. */
	CU_ASSERT_EQUAL(plan_with(&r, 1, TARGET_ANY, 62000000, &p, &e),
	    ERR_OK);
	assert_cut(&p, 33, 4 * MIB);
	CU_ASSERT_TRUE(need(&p) <= 62000000);
	plan_free(&p);
	close_tar();
	/* Without a rule and far repeats: not much more than 8 MiB. */
	make_sparse("t/big", 17 * MIB);
	open_tar();
	CU_ASSERT_EQUAL(plan_with(NULL, 0, TARGET_ANY, PLENTY, &p, &e),
	    ERR_OK);
	assert_cut(&p, 3, CHOOSE_ONE_BLOCK);
	plan_free(&p);
	close_tar();
}

/* Any memory: a plan that stays within it, or ERR_MEMLIMIT. */
static void
memory(void)
{
	static const uint64_t enough[] = { 1456651, 1500000, 2000000,
	    5000000 };
	uint8_t *b = harness_bytes('r', 5, 63000);
	struct plan p;
	size_t i;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	/* best with a dictionary of 64 KiB */
	for (i = 8000; i < 63000; i++)
		b[i] = b[i - 8000];
	harness_write("t/a", b, 63000);
	free(b);
	open_tar();
	for (i = 0; i < HARNESS_COUNT(enough); i++) {
		struct err e = ERR_INIT;

		/* The least may be too little for another liblzma. */
		plan_with(NULL, 0, TARGET_ANY, enough[i], &p, &e);
		if (e.code == ERR_OK) {
			assert_sound(&p, TARGET_ANY);
			CU_ASSERT_TRUE(need(&p) <= enough[i]);
		} else {
			CU_ASSERT_EQUAL(e.code, ERR_MEMLIMIT);
			CU_ASSERT_TRUE(i < 3);
		}
		plan_free(&p);
	}
	close_tar();
}

static void
too_little(void)
{
	static const uint64_t little[] = { 0, 1, 4096, 500000 };
	struct plan p;
	size_t i;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	make("t/a", 't', 100);
	open_tar();
	for (i = 0; i < HARNESS_COUNT(little); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(plan_with(NULL, 0, TARGET_ANY, little[i], &p,
		    &e), ERR_MEMLIMIT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, "--memlimit"));
		CU_ASSERT_EQUAL(p.n_segments, 0);
		plan_free(&p);
	}
	close_tar();
}

/* What a segment with a second chain needs is what the greedier needs. */
static void
encoder_memory(void)
{
	struct plan_segment s[2];
	struct plan p = { s, 2 };
	uint64_t small, large;

	memset(s, 0, sizeof(s));
	s[0].choice.n = s[1].choice.n = 1;
	chain_preset(&s[0].choice.chains[0], 0);
	chain_preset(&s[0].choice.chains[1], 6);
	s[1].choice.chains[0] = s[0].choice.chains[0];
	small = chain_encoder_memory(&s[0].choice.chains[0]);
	large = chain_encoder_memory(&s[0].choice.chains[1]);
	s[0].size = 1000;
	s[1].size = 3000;
	CU_ASSERT_TRUE(small < large);
	CU_ASSERT_EQUAL(need(&p), small + 3000);
	s[0].choice.n = 2;
	CU_ASSERT_EQUAL(need(&p), large + 2000);
	p.n_segments = 0;
	CU_ASSERT_EQUAL(need(&p), 0);
}

/* --- the watch, and failures --- */

static struct {
	uint64_t total, done;
	int begun;
} seen;

static void
begin(void *ctx, const char *phase, uint64_t total)
{
	(void)ctx;
	(void)phase;
	seen.begun++;
	seen.total = total;
}

static void
advance(void *ctx, uint64_t n)
{
	(void)ctx;
	seen.done += n;
}

static void
watched(void)
{
	static atomic_int stop;
	struct watch w = { .stop = &stop, .begin = begin, .advance = advance };
	struct plan_request r = { .target = TARGET_ANY,
	    .effort = EFFORT_DEFAULT, .memory = PLENTY, .n_threads = 1,
	    .watch = &w };
	struct err e = ERR_INIT, stopped = ERR_INIT, gone = ERR_INIT;
	struct plan p;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	make("t/a", 't', 1000);
	make_large("t/b", 'd');
	open_tar();
	CU_ASSERT_EQUAL(plan_make(tar, &r, &p, &e), ERR_OK);
	CU_ASSERT_EQUAL(seen.begun, 1);
	CU_ASSERT_EQUAL(seen.total, tarstream_size(tar));
	CU_ASSERT_EQUAL(seen.done, seen.total);
	plan_free(&p);
	stop = 1;
	CU_ASSERT_EQUAL(plan_make(tar, &r, &p, &stopped), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&stopped, "interrupted"));
	plan_free(&p);
	stop = 0;
	CU_ASSERT_EQUAL(unlink("t/b"), 0);
	CU_ASSERT_EQUAL(plan_make(tar, &r, &p, &gone), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&gone, "b: "));
	plan_free(&p);
	close_tar();
}

/* --- far repeats --- */

/* 70 MB that end with a copy of the n bytes before their middle. */
static void
make_repeat(const char *path, char kind, size_t n)
{
	size_t size = 70000000;
	uint8_t *p = harness_bytes(kind, 8, size);

	memcpy(p + size - n, p + size / 2 - n, n);
	harness_write(path, p, size);
	free(p);
}

/* What repeats itself over a cut is not cut, though a little is joined to it,
 * and however late it does. */
static void
uncut(void)
{
	static const struct {
		char kind;
		size_t n;
	} repeats[] = {
		{ 't', 35000000 }, { 'r', 2500000 }, { 'r', 0 },
	};
	struct err e = ERR_INIT;
	struct plan p;
	uint64_t largest;
	size_t i, k;
	uint8_t *a;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	/* Not text, and yet of its kind. */
	a = harness_bytes('t', 9, 9000);
	a[50] = 0;
	harness_write("t/a.bin", a, 9000);
	free(a);
	for (i = 0; i < HARNESS_COUNT(repeats); i++) {
		make_repeat("t/b", repeats[i].kind, repeats[i].n);
		open_tar();
		CU_ASSERT_EQUAL(plan_with(NULL, 0, TARGET_ANY, PLENTY, &p,
		    &e), ERR_OK);
		assert_sound(&p, TARGET_ANY);
		largest = 0;
		for (k = 0; k < p.n_segments; k++) {
			if (p.segments[k].size > largest)
				largest = p.segments[k].size;
		}
		CU_ASSERT_EQUAL(largest > ENCODE_BLOCK_MAX, repeats[i].n > 0);
		CU_ASSERT_TRUE(need(&p) <= PLENTY);
		plan_free(&p);
		close_tar();
	}
}

/* --- what is sure early --- */

static struct plan_segment sure[4];
static size_t n_sure;

static uint64_t
note_sure(void *ctx, const struct plan_segment *s, size_t n)
{
	uint64_t *busy = ctx;

	CU_ASSERT_EQUAL(n_sure, 0);
	CU_ASSERT_FATAL(n <= HARNESS_COUNT(sure));
	memcpy(sure, s, n * sizeof(*s));
	n_sure = n;
	return *busy;
}

/* Few values are one segment, of which the owner is told early, however much
 * memory that takes. */
static void
told_early(void)
{
	uint64_t busy = 0;
	struct plan_request r = { .target = TARGET_ANY, .memory = PLENTY,
	    .effort = EFFORT_DEFAULT, .n_threads = 2, .sure = note_sure,
	    .sure_ctx = &busy };
	size_t n = 300000, i, k, found;
	struct err e = ERR_INIT;
	struct plan p;
	uint8_t *bytes = harness_bytes('r', 3, n);

	for (i = 0; i < n; i++)
		bytes[i] = (uint8_t)(bytes[i] % 3 - 1);
	make_tree();
	harness_write("t/w.ternary", bytes, n);
	free(bytes);
	open_tar();
	for (; busy <= PLENTY; busy += PLENTY / 2) {
		n_sure = 0;
		CU_ASSERT_EQUAL(plan_make(tar, &r, &p, &e), ERR_OK);
		assert_sound(&p, TARGET_ANY);
		CU_ASSERT_EQUAL(n_sure, 1);
		CU_ASSERT(sure[0].size >= n);
		for (i = 0, k = 0, found = 0; i < p.n_segments; i++) {
			if (k < n_sure && p.segments[i].tar_off ==
			    sure[k].tar_off) {
				CU_ASSERT_EQUAL(p.segments[i].size,
				    sure[k].size);
				CU_ASSERT(chain_equal(
				    &p.segments[i].choice.chains[0],
				    &sure[k].choice.chains[0]));
				k++;
				found++;
			}
		}
		CU_ASSERT_EQUAL(found, n_sure);
		plan_free(&p);
	}
	close_tar();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the tar is covered, by groups", covers },
		{ "the same plan", same_plan },
		{ "headers alone", no_data },
		{ "little among texts", texts },
		{ "patterns of rules", rules },
		{ "a forced chain", forced },
		{ "large members are cut", cuts },
		{ "within the memory", memory },
		{ "too little memory", too_little },
		{ "memory of a plan", encoder_memory },
		{ "the watch, and failures", watched },
		{ "far repeats", uncut },
		{ "what is sure early", told_early },
	};

	return harness_run("plan", tests, HARNESS_COUNT(tests));
}
