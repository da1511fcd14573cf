/* Python expressions for bytes.  That Python reads them is tests/cli/62-wrap's
 * to see; here they are taken apart by a reader of our own. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "wrap/literal.h"

#define MANY 20000

static struct err e;

/* Bytes that look compressed, and some that are all trouble. */
static void
fill(uint8_t *p, size_t n, uint32_t seed)
{
	static const char trouble[] = "\0" "7\0" "8\r\n\\'\"'''\"\"\"\\\\\0";
	size_t i;

	for (i = 0; i < n; i++) {
		seed = seed * 1664525 + 1013904223;
		p[i] = (uint8_t)(seed >> 24);
	}
	if (n > 400)
		memcpy(p + 300, trouble, sizeof(trouble));
	if (n > 0)
		p[n - 1] = '\'';
}

/* What is between the quotes at p, with its escapes undone, in to; returns what
 * is behind them. */
static const uint8_t *
unquote(const uint8_t *p, struct buf *to)
{
	const uint8_t q = *p;
	const size_t marks = p[1] == q && p[2] == q ? 3 : 1;
	uint8_t c;

	for (p += marks; !(p[0] == q && (marks == 1 ||
	    (p[1] == q && p[2] == q))); p++) {
		c = *p;
		CU_ASSERT(c != '\0' && c != '\r' && c != '\n');
		if (c == '\\') {
			c = *++p;
			if (c == 'n')
				c = '\n';
			else if (c == 'r')
				c = '\r';
			else if (c == '0')
				c = '\0';
			else if (c == 'x') {
				CU_ASSERT(memcmp(p, "x00", 3) == 0);
				CU_ASSERT(p[3] >= '0' && p[3] <= '7');
				p += 2;
				c = '\0';
			} else
				CU_ASSERT(c == '\\' || c == q);
		}
		buf_append(to, &c, 1, &e);
	}
	return p + marks;
}

static const uint8_t *
number_at(const char *before, const struct buf *b, size_t *n)
{
	const char *p = strstr((const char *)b->data, before);

	CU_ASSERT_PTR_NOT_NULL(p);
	if (p == NULL)
		return NULL;
	*n = strtoul(p + strlen(before), NULL, 10);
	return (const uint8_t *)strchr(p, '\n') + 1;
}

/* The number of base 124, least digit first, becomes 33 bytes. */
static void
undigit(const uint8_t *digits, uint8_t out[33])
{
	static const uint8_t forbidden[] = { 0, '\n', '\r', '\\' };
	unsigned int carry, d;
	size_t i, j;

	memset(out, 0, 33);
	for (i = 38; i-- > 0;) {
		CU_ASSERT(digits[i] < 128);
		d = digits[i] < 124 ? digits[i] : forbidden[digits[i] - 124];
		carry = d;
		for (j = 0; j < 33; j++) {
			carry += out[j] * 124U;
			out[j] = (uint8_t)carry;
			carry >>= 8;
		}
		CU_ASSERT(carry == 0);
	}
}

static void
decode(enum literal l, struct buf *b, struct buf *to)
{
	struct buf s;
	uint8_t piece[33], c;
	size_t i, n = 0;

	buf_append(b, "", 1, &e);
	buf_init(&s, 4 * MANY);
	if (l == LITERAL_KEYS) {
		unquote(number_at("i-i%", b, &n), &s);
		for (i = 0; n > 0 && i < s.size; i++) {
			c = (uint8_t)(s.data[i] + s.data[i - i % n]);
			if (i % n != 0)
				buf_append(to, &c, 1, &e);
		}
	} else if (l == LITERAL_ASCII) {
		unquote(number_at("to_bytes(", b, &n) + 1, &s);
		CU_ASSERT_EQUAL(n, 33);
		CU_ASSERT_EQUAL(s.size % 38, 0);
		for (i = 0; i < s.size; i += 38) {
			undigit(s.data + i, piece);
			buf_append(to, piece, sizeof(piece), &e);
		}
	} else {
		unquote(b->data + 1, to);
	}
	buf_free(&s);
}

static void
check(enum literal l, const uint8_t *p, size_t n)
{
	struct buf b, back;
	size_t quoted = 0, i;

	e = (struct err)ERR_INIT;
	buf_init(&b, 8 * MANY + 1000);
	buf_init(&back, 4 * MANY);
	CU_ASSERT_EQUAL(literal_write(l, p, n, 1, &b, &quoted, &e), ERR_OK);
	CU_ASSERT(quoted < b.size && quoted >= n);
	if (l == LITERAL_LATIN1)
		CU_ASSERT_EQUAL(quoted, n + literal_escapes(p, n));
	decode(l, &b, &back);
	CU_ASSERT(back.size >= n && back.size < n + 33);
	CU_ASSERT(n == 0 || memcmp(back.data, p, n) == 0);
	for (i = n; i < back.size; i++)
		CU_ASSERT_EQUAL(back.data[i], 0xff);
	buf_free(&b);
	buf_free(&back);
}

static void
test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 2, 32, 33, 34, 66, 700, 5000,
	    MANY };
	static const enum literal all[] = {
		LITERAL_LATIN1, LITERAL_KEYS, LITERAL_ASCII
	};
	uint8_t *p = malloc(MANY);
	size_t i, j;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		fill(p, sizes[i], (uint32_t)i);
		for (j = 0; j < HARNESS_COUNT(all); j++)
			check(all[j], p, sizes[i]);
	}
	free(p);
}

static void
test_quotes(void)
{
	static const char *const texts[] = {
		"'", "\"", "''", "'''", "''''", "'''''''", "\"\"\"'''", "a'b\"c",
		"'\"'\"'\"'\"'\"'\"", "\\", "\\'", "\\\\'''", "'''\\", "\"\"",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++)
		check(LITERAL_LATIN1, (const uint8_t *)texts[i],
		    strlen(texts[i]));
}

/* RFC 1924's digits in numbers of four bytes, as Python's b85encode() has
 * them. */
static void
test_b85(void)
{
	static const struct {
		const char *bytes, *text;
	} known[] = {
		{ "", "" }, { "a", "VE" }, { "ab", "VPX" }, { "abc", "VPaz" },
		{ "abcd", "VPa!s" }, { "abcde", "VPa!sWd" },
		{ "\xff\xff\xff\xff", "|NsC0" },
	};
	struct buf b;
	size_t i, quoted;
	char want[64];

	for (i = 0; i < HARNESS_COUNT(known); i++) {
		e = (struct err)ERR_INIT;
		buf_init(&b, 1000);
		literal_write(LITERAL_B85, (const uint8_t *)known[i].bytes,
		    strlen(known[i].bytes), 2, &b, &quoted, &e);
		buf_append(&b, "", 1, &e);
		snprintf(want, sizeof(want),
		    "__import__(\"base64\").b85decode(\n\n\"%s\")",
		    known[i].text);
		CU_ASSERT_STRING_EQUAL((char *)b.data, want);
		CU_ASSERT_EQUAL(quoted, strlen(known[i].text) + 2);
		buf_free(&b);
	}
}

/* The overheads that the header claims. */
static void
test_overhead(void)
{
	static const struct {
		enum literal l;
		double most;
	} claims[] = {
		{ LITERAL_LATIN1, 0.018 }, { LITERAL_KEYS, 0.008 },
		{ LITERAL_ASCII, 0.162 },
	};
	uint8_t *p = malloc(MANY);
	struct buf b;
	size_t i, quoted;

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	fill(p, MANY, 7);
	for (i = 0; i < HARNESS_COUNT(claims); i++) {
		e = (struct err)ERR_INIT;
		buf_init(&b, 2 * MANY);
		literal_write(claims[i].l, p, MANY, 1, &b, &quoted, &e);
		CU_ASSERT((double)b.size / MANY - 1 < claims[i].most);
		buf_free(&b);
	}
	free(p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "sizes", test_sizes },
		{ "quotes", test_quotes },
		{ "b85", test_b85 },
		{ "overhead", test_overhead },
	};

	return harness_run("literal", tests, HARNESS_COUNT(tests));
}
