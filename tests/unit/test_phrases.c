#include "wrap/phrases.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define CEILING ((size_t)1 << 24)

/* --- a cost that is cheap: bytes --- */

struct asked {
	atomic_uint_fast64_t bytes;	/* of text in all calls */
	size_t size;			/* of the text */
	uint64_t fail_at;		/* fails after so many; 0: never */
	uint64_t weight;		/* of the list's bytes */
};

static enum err_code
cost(void *ctx, const struct phrases *p, uint64_t *size, struct err *e)
{
	struct asked *a = ctx;
	struct buf list;

	if (a->fail_at > 0 && a->bytes >= a->fail_at)
		return err_set(e, ERR_FAIL, "had enough");
	a->bytes += a->size;
	buf_init(&list, CEILING);
	if (phrases_list(p, &list, e) == ERR_OK)
		*size = p->coded.size + a->weight * list.size;
	buf_free(&list);
	return e->code;
}

/* Code like that of a script, n lines of it. */
static void
make_script(struct buf *b, size_t n)
{
	static const char *const lines[] = {
		"\tdef method(self, value):\n",
		"\t\tself.value = value\n",
		"\t\treturn self.value + other.value\n",
		"    # \xC3\xBC\xE2\x82\xAC and \xF0\x9F\x98\x80\n",
		"print('it\\'s', \"a \\\"quote\\\"\")\n"
	};
	struct err e = ERR_INIT;
	uint32_t x = 1;
	size_t i;

	buf_init(b, CEILING);
	for (i = 0; i < n; i++) {
		x = x * 1103515245 + 12345;
		CU_ASSERT_EQUAL(buf_append(b, lines[x >> 16 & 3],
		    strlen(lines[x >> 16 & 3]), &e), ERR_OK);
		if ((x >> 20 & 7) == 0)
			buf_append(b, lines[4], strlen(lines[4]), &e);
	}
}

/* What holds of any result. */
static void
check(const struct phrases *p, const uint8_t *text, size_t size)
{
	struct err e = ERR_INIT;
	struct buf back, list;
	bool seen[256] = { false };
	size_t i;

	buf_init(&back, CEILING);
	buf_init(&list, CEILING);
	CU_ASSERT_EQUAL(phrases_decode(p, &back, &e), ERR_OK);
	CU_ASSERT_EQUAL(back.size, size);
	CU_ASSERT_TRUE(size == 0 || (back.size == size &&
	    memcmp(back.data, text, size) == 0));
	CU_ASSERT_EQUAL(phrases_list(p, &list, &e), ERR_OK);
	CU_ASSERT_EQUAL(list.size == 0, p->n == 0);
	CU_ASSERT_EQUAL(p->separator == 0, p->n == 0);
	if (list.size > 0)
		CU_ASSERT_PTR_NULL(strchr("\\'\"", list.data[list.size - 1]));
	if (list.size > 0)
		CU_ASSERT_PTR_NULL(memchr(text, p->separator, size));
	for (i = 0; i < p->n; i++) {
		CU_ASSERT_TRUE(p->v[i].size >= 2);
		CU_ASSERT_TRUE(p->v[i].code > 0 && p->v[i].code < 32);
		CU_ASSERT_TRUE(p->v[i].code != '\n' && p->v[i].code != '\r');
		CU_ASSERT_PTR_NULL(memchr(text, p->v[i].code, size));
		CU_ASSERT_PTR_NOT_NULL(memchr(p->coded.data, p->v[i].code,
		    p->coded.size));
		CU_ASSERT_FALSE(seen[p->v[i].code]);
		seen[p->v[i].code] = true;
		CU_ASSERT_TRUE((p->v[i].text[0] & 0xC0) != 0x80);
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	buf_free(&back);
	buf_free(&list);
}

static void
find_by(struct asked *a, const uint8_t *text, uint64_t calls,
    unsigned int threads, struct phrases *p)
{
	struct phrases_request r = { text, a->size, cost, a, threads, NULL,
	    calls * a->size };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(phrases_find(&r, p, &e), ERR_OK);
	CU_ASSERT_TRUE(a->bytes <= r.budget);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	check(p, text, a->size);
}

static void
find(const void *text, size_t size, uint64_t calls, unsigned int threads,
    struct phrases *p)
{
	struct asked a = { 0, size, 0, 1 };

	find_by(&a, text, calls, threads, p);
}

/* What it costs if a byte of the list weighs so much. */
static uint64_t
size_of(const struct phrases *p, uint64_t weight)
{
	struct asked a = { 0, 0, 0, weight };
	struct err e = ERR_INIT;
	uint64_t size = 0;

	CU_ASSERT_EQUAL(cost(&a, p, &size, &e), ERR_OK);
	return size;
}

/* --- what is found --- */

static void
finds(void)
{
	struct phrases p;
	struct buf b;

	make_script(&b, 300);
	find(b.data, b.size, 45, 2, &p);
	CU_ASSERT_TRUE(p.n > 3);
	CU_ASSERT_TRUE(size_of(&p, 1) < b.size / 3);
	CU_ASSERT_EQUAL(p.separator, '~');
	phrases_free(&p);
	buf_free(&b);
}

/* What the model starts with is not what this cost likes, and more calls find
 * better. */
static void
follows_the_cost(void)
{
	struct asked a = { 0, 0, 0, 40 };
	struct phrases p;
	struct buf b;
	uint64_t first;

	make_script(&b, 300);
	a.size = b.size;
	find_by(&a, b.data, 45, 2, &p);
	first = size_of(&p, 40);
	phrases_free(&p);
	a.bytes = 0;
	find_by(&a, b.data, 1000, 2, &p);
	CU_ASSERT_TRUE(size_of(&p, 40) < first);
	CU_ASSERT_TRUE(first < b.size);
	phrases_free(&p);
	buf_free(&b);
}

/* Words, so many that no search finds the best of them. */
static void
make_words(struct buf *b)
{
	struct err e = ERR_INIT;
	uint32_t x = 1;
	size_t i;
	char word[32];
	int n;

	buf_init(b, CEILING);
	for (i = 0; i < 3000; i++) {
		x = x * 1103515245 + 12345;
		n = snprintf(word, sizeof(word), "%o ",
		    (unsigned int)((x >> 16 & 63) * (x >> 22 & 63) * 77));
		CU_ASSERT_EQUAL(buf_append(b, word, (size_t)n, &e), ERR_OK);
	}
}

static void
any_threads(void)
{
	static const unsigned int threads[] = { 1, 2, 7 };
	struct phrases one, p;
	struct buf b;
	size_t i;

	make_words(&b);
	find(b.data, b.size, 200, 1, &one);
	CU_ASSERT_EQUAL(one.n, PHRASES_MAX);
	for (i = 0; i < HARNESS_COUNT(threads); i++) {
		find(b.data, b.size, 200, threads[i], &p);
		CU_ASSERT_EQUAL(p.n, one.n);
		CU_ASSERT_EQUAL(memcmp(p.v, one.v, p.n * sizeof(p.v[0])), 0);
		CU_ASSERT_EQUAL(p.separator, one.separator);
		phrases_free(&p);
	}
	phrases_free(&one);
	buf_free(&b);
}

/* Control characters of the text are no codes and have entries. */
static void
own_characters(void)
{
	struct phrases p;
	struct buf b;
	struct err e = ERR_INIT;
	uint8_t c;
	size_t i;

	make_script(&b, 300);
	for (c = 1; c < 32; c++) {
		if (c != '\r' && c % 3 != 0)
			CU_ASSERT_EQUAL(buf_append(&b, &c, 1, &e), ERR_OK);
	}
	CU_ASSERT_EQUAL(buf_append(&b, "~`$?", 4, &e), ERR_OK);
	find(b.data, b.size, 300, 2, &p);
	CU_ASSERT_TRUE(p.n > 3);
	for (i = 0; i < p.n; i++)
		CU_ASSERT_EQUAL(p.v[i].code % 3, 0);
	CU_ASSERT_EQUAL(p.separator, '!');
	phrases_free(&p);
	buf_free(&b);
}

/* --- when there is nothing to find --- */

static void
finds_nothing(void)
{
	uint8_t *noise = harness_bytes('r', 1, 3000), c;
	struct asked dear = { 0, 0, 0, 1000 };
	struct phrases p;
	struct buf b;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < 3000; i++)
		noise[i] = (uint8_t)(noise[i] % 94 + 33);
	find(noise, 3000, 100, 1, &p);
	CU_ASSERT_EQUAL(p.n, 0);
	phrases_free(&p);
	find("", 0, 100, 1, &p);
	find("x", 1, 100, 1, &p);
	CU_ASSERT_EQUAL(p.n, 0);
	phrases_free(&p);
	make_script(&b, 100);
	/* Neither calls to spend, nor a gain. */
	find(b.data, b.size, 5, 1, &p);
	CU_ASSERT_EQUAL(p.n, 0);
	phrases_free(&p);
	dear.size = b.size;
	find_by(&dear, b.data, 200, 1, &p);
	CU_ASSERT_EQUAL(p.n, 0);
	phrases_free(&p);
	/* No separator is left. */
	for (c = 33; c < 128; c++)
		CU_ASSERT_EQUAL(buf_append(&b, &c, 1, &e), ERR_OK);
	find(b.data, b.size, 100, 1, &p);
	CU_ASSERT_EQUAL(p.n, 0);
	phrases_free(&p);
	/* No code is left. */
	b.size -= 95;
	for (c = 1; c < 32; c++) {
		if (c != '\r')
			CU_ASSERT_EQUAL(buf_append(&b, &c, 1, &e), ERR_OK);
	}
	find(b.data, b.size, 100, 1, &p);
	CU_ASSERT_EQUAL(p.n, 0);
	phrases_free(&p);
	buf_free(&b);
	free(noise);
}

/* --- the ends of phrases --- */

/* All that repeats ends in a quote or a backslash. */
static void
bad_ends(void)
{
	struct phrases p;
	struct buf b;
	struct err e = ERR_INIT;
	char line[64];
	int i, n;

	buf_init(&b, CEILING);
	for (i = 0; i < 200; i++) {
		n = snprintf(line, sizeof(line), "%c\"%c'%c\\%c%c",
		    'a' + i % 23, 'a' + i % 19, 'a' + i % 17, 'a' + i % 13,
		    'a' + i % 11);
		CU_ASSERT_EQUAL(buf_append(&b, line, (size_t)n, &e), ERR_OK);
	}
	find(b.data, b.size, 400, 2, &p);
	phrases_free(&p);
	buf_free(&b);
}

/* Characters that are alike in their first or their last bytes: the part that
 * many share would be the best phrase. */
static void
whole_characters(void)
{
	struct phrases p;
	struct buf b;
	struct err e = ERR_INIT;
	uint8_t c[4] = { 0xF0 };
	uint32_t x = 7, k;
	size_t i, n;

	buf_init(&b, CEILING);
	for (i = 0; i < 3000; i++) {
		x = x * 1103515245 + 12345;
		k = x >> 16;
		c[1] = (uint8_t)(0x90 + k % 2);
		c[2] = (uint8_t)(0x80 + k / 2 % 6);
		c[3] = (uint8_t)(0x80 + k / 12 % 2 * (k / 24 % 6));
		CU_ASSERT_EQUAL(buf_append(&b, c, 4, &e), ERR_OK);
	}
	find(b.data, b.size, 600, 2, &p);
	CU_ASSERT_TRUE(p.n > 10);
	for (i = 0; i < p.n; i++) {
		CU_ASSERT_EQUAL(p.v[i].size % 4, 0);
		for (n = 0; n < p.v[i].size; n += 4)
			CU_ASSERT_EQUAL(p.v[i].text[n], 0xF0);
	}
	phrases_free(&p);
	buf_free(&b);
}

/* --- the form of the list --- */

static void
lists(void)
{
	struct phrases p = { .n = 2, .own = 1u << 10 | 1u << 9,
	    .separator = '~' };
	struct buf list, back;
	struct err e = ERR_INIT;

	p.v[0] = (struct phrase){ 11, 3, "xyz" };
	p.v[1] = (struct phrase){ 2, 2, "\t\n" };
	buf_init(&list, CEILING);
	buf_init(&back, CEILING);
	buf_init(&p.coded, CEILING);
	CU_ASSERT_EQUAL(phrases_list(&p, &list, &e), ERR_OK);
	CU_ASSERT_EQUAL(list.size, 18);
	CU_ASSERT_EQUAL(memcmp(list.data, "~~\t\n~~~~~~~\t~\n~xyz", 18), 0);
	CU_ASSERT_EQUAL(buf_append(&p.coded, "a\x02\x0B\x0B\t\n\x0C", 7, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(phrases_decode(&p, &back, &e), ERR_OK);
	CU_ASSERT_EQUAL(back.size, 12);
	CU_ASSERT_EQUAL(memcmp(back.data, "a\t\nxyzxyz\t\n\x0C", 12), 0);
	buf_free(&list);
	buf_free(&back);
	phrases_free(&p);
}

/* --- what fails --- */

static void
failing(void)
{
	struct asked a = { 0, 0, 0, 1 };
	struct phrases_request r = { NULL, 0, cost, &a, 2, NULL, 0 };
	struct phrases p;
	struct err e = ERR_INIT;
	atomic_int stop = 1;
	struct watch w = { .stop = &stop };
	struct buf b;

	make_script(&b, 100);
	r.text = b.data;
	r.size = a.size = b.size;
	r.budget = 500 * b.size;
	a.fail_at = 100 * b.size;
	CU_ASSERT_EQUAL(phrases_find(&r, &p, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "had enough"));
	phrases_free(&p);
	a.bytes = a.fail_at = 0;
	r.watch = &w;
	e.code = ERR_OK;
	CU_ASSERT_EQUAL(phrases_find(&r, &p, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "interrupted"));
	phrases_free(&p);
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "finds", finds },
		{ "follows the cost", follows_the_cost },
		{ "any threads", any_threads },
		{ "own characters", own_characters },
		{ "finds nothing", finds_nothing },
		{ "bad ends", bad_ends },
		{ "whole characters", whole_characters },
		{ "lists", lists },
		{ "failing", failing },
	};

	return harness_run("phrases", tests, HARNESS_COUNT(tests));
}
