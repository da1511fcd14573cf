#include "region/reader.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define SIZE 10000		/* more than two steps */

/* A file of SIZE bytes, each its place modulo 251. */
struct file {
	uint8_t p[SIZE];
	struct harness_memory m;
	struct source src;
	struct region_input in;
	struct reader r;
	struct err e;
};

static struct file *
make(void)
{
	struct file *f = calloc(1, sizeof(*f));
	size_t i;

	for (i = 0; i < SIZE; i++)
		f->p[i] = (uint8_t)(i % 251);
	f->m.p = f->p;
	f->m.n = SIZE;
	f->src = harness_source(&f->m);
	f->in.src = &f->src;
	f->in.size = SIZE;
	return f;
}

static void
fields(void)
{
	static const size_t sizes[] = { 1, 3, 8, 700, 2, READER_STEP };
	struct file *f = make();
	uint8_t p[READER_STEP];
	size_t i = 0, at = 0;

	reader_begin(&f->r, &f->in, 0, SIZE);
	while (reader_left(&f->r) >= sizes[i]) {
		CU_ASSERT(reader_bytes(&f->r, p, sizes[i], &f->e));
		CU_ASSERT_EQUAL(memcmp(p, f->p + at, sizes[i]), 0);
		at += sizes[i];
		i = (i + 1) % HARNESS_COUNT(sizes);
		CU_ASSERT_EQUAL(reader_left(&f->r), SIZE - at);
	}
	/* Back and forth, by hand and by skipping. */
	f->r.at = 5000;
	CU_ASSERT_EQUAL(reader_le(&f->r, 1, &f->e), 5000 % 251);
	f->r.at = 20;
	CU_ASSERT_EQUAL(reader_le(&f->r, 2, &f->e), 20 + 21 * 256);
	CU_ASSERT(reader_skip(&f->r, SIZE - 23));
	CU_ASSERT_EQUAL(reader_le(&f->r, 1, &f->e), (SIZE - 1) % 251);
	CU_ASSERT(reader_skip(&f->r, 0));
	CU_ASSERT(reader_bytes(&f->r, p, 0, &f->e));
	CU_ASSERT_EQUAL(f->e.code, ERR_OK);
	free(f);
}

/* What is wrong once stays so. */
static void
bad(struct file *f)
{
	uint8_t p[2] = { 7, 7 };

	CU_ASSERT(f->r.bad);
	CU_ASSERT_EQUAL(reader_left(&f->r), 0);
	CU_ASSERT_FALSE(reader_skip(&f->r, 0));
	CU_ASSERT_FALSE(reader_bytes(&f->r, p, 2, &f->e));
	CU_ASSERT(p[0] == 0 && p[1] == 0);
	CU_ASSERT_EQUAL(reader_le(&f->r, 8, &f->e), 0);
	CU_ASSERT_EQUAL(reader_varint(&f->r, &f->e), 0);
	CU_ASSERT_EQUAL(f->e.code, ERR_OK);
}

static void
past_the_end(void)
{
	static const uint64_t n[] = { 11, 12, SIZE, UINT64_MAX,
	    UINT64_MAX - 99 };
	struct file *f = make();
	uint8_t p[16];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(n); i++) {
		/* A part of 10 bytes in the middle of the file. */
		reader_begin(&f->r, &f->in, 100, 10);
		CU_ASSERT_FALSE(reader_skip(&f->r, n[i]));
		bad(f);
		reader_begin(&f->r, &f->in, SIZE - 10, n[i]);
		bad(f);
		reader_begin(&f->r, &f->in, SIZE - 10 + n[i], 0);
		CU_ASSERT_EQUAL(f->r.bad, i < 3);
	}
	reader_begin(&f->r, &f->in, 100, 10);
	CU_ASSERT_FALSE(reader_bytes(&f->r, p, 11, &f->e));
	bad(f);
	reader_begin(&f->r, &f->in, 100, 10);
	CU_ASSERT(reader_skip(&f->r, 10));
	CU_ASSERT_FALSE(f->r.bad);
	(void)reader_le(&f->r, 1, &f->e);
	bad(f);
	free(f);
}

static void
varints(void)
{
	static const struct {
		const char *p;
		size_t n;
		uint64_t v;
		bool bad;
	} cases[] = {
		{ "\0", 1, 0, false }, { "\x7F", 1, 127, false },
		{ "\x80\x01", 2, 128, false }, { "\x80\0", 2, 0, false },
		{ "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 10,
		    UINT64_MAX, false },
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\0", 11, 0,
		    true },
		{ "\x80", 1, 0, true }, { "", 0, 0, true },
	};
	struct file *f = make();
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		memcpy(f->p, cases[i].p, cases[i].n);
		reader_begin(&f->r, &f->in, 0, cases[i].n);
		CU_ASSERT_EQUAL(reader_varint(&f->r, &f->e), cases[i].v);
		CU_ASSERT_EQUAL(f->r.bad, cases[i].bad);
		CU_ASSERT_EQUAL(reader_left(&f->r), 0);
	}
	free(f);
}

static void
failed_read(void)
{
	struct file *f = make();

	f->m.n = 50;			/* the source has less than the file */
	reader_begin(&f->r, &f->in, 0, SIZE);
	CU_ASSERT_EQUAL(reader_le(&f->r, 4, &f->e), 0);
	CU_ASSERT(f->r.bad);
	CU_ASSERT_EQUAL(f->e.code, ERR_FAIL);
	free(f);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "fields of all sizes", fields },
		{ "past the end", past_the_end },
		{ "varints", varints },
		{ "a read that fails", failed_read },
	};

	return harness_run("reader", tests, HARNESS_COUNT(tests));
}
