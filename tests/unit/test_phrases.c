#include "wrap/phrases.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define CEILING ((size_t)1 << 24)

/* --- a cost that is cheap: bytes, with words for a repeat --- */

struct asked {
	atomic_uint_fast64_t bytes;	/* of text in all calls */
	size_t size;			/* of the text */
	uint64_t fail_at;		/* fails after so many; 0: never */
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
		*size = p->coded.size + list.size;
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
	CU_ASSERT_TRUE(back.size == size &&
	    memcmp(back.data, text, size) == 0);
	CU_ASSERT_EQUAL(phrases_list(p, &list, &e), ERR_OK);
	CU_ASSERT_EQUAL(list.size == 0, p->n == 0);
	CU_ASSERT_EQUAL(p->separator == 0, p->n == 0);
	if (list.size > 0)
		CU_ASSERT_PTR_NULL(strchr("\\'\"", list.data[list.size - 1]));
	if (p->n > 0)
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
find(const uint8_t *text, size_t size, uint64_t calls, unsigned int threads,
    struct phrases *p)
{
	struct asked a = { 0, size, 0 };
	struct phrases_request r = { text, size, cost, &a, threads, NULL,
	    calls * size };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(phrases_find(&r, p, &e), ERR_OK);
	CU_ASSERT_TRUE(a.bytes <= r.budget);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	check(p, text, size);
}

/* --- what is found --- */

static void
finds(void)
{
	struct phrases p;
	struct buf b, list;
	struct err e = ERR_INIT;

	make_script(&b, 300);
	find(b.data, b.size, 300, 2, &p);
	buf_init(&list, CEILING);
	CU_ASSERT_EQUAL(phrases_list(&p, &list, &e), ERR_OK);
	CU_ASSERT_TRUE(p.n > 3);
	CU_ASSERT_TRUE(p.coded.size + list.size < b.size / 3);
	buf_free(&list);
	phrases_free(&p);
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "finds", finds },
	};

	return harness_run("phrases", tests, HARNESS_COUNT(tests));
}
