#include "wrap/literal.h"

#include <string.h>

#include "base/text.h"

/* Digits of base 124 and bytes that they hold: 38 * log2(124) is 264.3 bits.
 * No shorter block wastes less. */
#define DIGITS 38
#define DIGITS_BYTES 33
#define BASE 124

/* Bytes of a block with its key, the least and the most that are tried. */
#define BLOCK_MIN 16
#define BLOCK_MAX 1024
/* More bytes than that are decoded in larger pieces, by more code. */
#define KEYS_SMALL 100000

/* Line feeds, of which as many as are wanted are taken from the end. */
#define EIGHT "\n\n\n\n\n\n\n\n"
static const char all_feeds[LITERAL_LINES_MAX + 1] =
    EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT EIGHT;

static const char forbidden[] = { '\0', '\n', '\r', '\\' };

const char *
literal_cookie(enum literal l)
{
	return l == LITERAL_LATIN1 || l == LITERAL_KEYS ? "#coding:l1\n" : "";
}

static bool
is_forbidden(uint8_t c)
{
	return memchr(forbidden, c, sizeof(forbidden)) != NULL;
}

/* --- characters between quotes --- */

/* One byte as it is written; next is the one behind it, or -1.  Returns how
 * many there are in out. */
static size_t
escape(uint8_t c, int next, char out[4])
{
	static const char hex[] = "\\x00";

	switch (c) {
	case '\0':
		if (next >= '0' && next <= '7') {
			memcpy(out, hex, 4);
			return 4;
		}
		memcpy(out, "\\0", 2);
		return 2;
	case '\n':
		memcpy(out, "\\n", 2);
		return 2;
	case '\r':
		memcpy(out, "\\r", 2);
		return 2;
	case '\\':
		memcpy(out, "\\\\", 2);
		return 2;
	default:
		out[0] = (char)c;
		return 1;
	}
}

struct quotes {
	char c;
	size_t n;		/* 1 or 3 */
};

/* Does the quote that is the byte i of p need a backslash?  Of three in a row
 * it is the third one, and the last byte always. */
static bool
needs_backslash(const uint8_t *p, size_t n, size_t i, const struct quotes *q,
    size_t *row)
{
	*row = p[i] == (uint8_t)q->c ? *row + 1 : 0;
	if (*row == 0 || (*row < q->n && i + 1 < n))
		return false;
	*row = 0;
	return true;
}

static size_t
quoted_size(const uint8_t *p, size_t n, const struct quotes *q)
{
	size_t i, row = 0, size = 2 * q->n;
	char out[4];

	for (i = 0; i < n; i++) {
		if (needs_backslash(p, n, i, q, &row))
			size++;
		size += escape(p[i], i + 1 < n ? p[i + 1] : -1, out);
	}
	return size;
}

static void
best_quotes(const uint8_t *p, size_t n, struct quotes *best)
{
	static const struct quotes all[] = {
		{ '"', 1 }, { '\'', 1 }, { '"', 3 }, { '\'', 3 }
	};
	size_t i, size, least = SIZE_MAX;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size = quoted_size(p, n, &all[i]);
		if (size < least) {
			least = size;
			*best = all[i];
		}
	}
}

/* Returns how many bytes that takes, with the quotes. */
static size_t
put_quoted(const uint8_t *p, size_t n, struct buf *to, struct err *e)
{
	const size_t before = to->size;
	char marks[3], out[4];
	struct quotes q = { '"', 1 };
	size_t i, row = 0;

	best_quotes(p, n, &q);
	memset(marks, q.c, sizeof(marks));
	buf_append(to, marks, q.n, e);
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		if (needs_backslash(p, n, i, &q, &row))
			buf_append(to, "\\", 1, e);
		buf_append(to, out, escape(p[i],
		    i + 1 < n ? p[i + 1] : -1, out), e);
	}
	buf_append(to, marks, q.n, e);
	return to->size - before;
}

size_t
literal_escapes(const uint8_t *p, size_t n)
{
	struct quotes q = { '"', 1 };

	best_quotes(p, n, &q);
	return quoted_size(p, n, &q) - n;
}

/* --- latin1, as it is or in blocks --- */

static enum err_code
put_latin1(const uint8_t *p, size_t n, const char *feeds, struct buf *to,
    size_t *quoted, struct err *e)
{
	text_printf(to, e, "%s", feeds);
	*quoted = put_quoted(p, n, to, e);
	return text_printf(to, e, ".encode(\"l1\")");
}

/* The key of n bytes, and in *escapes how many escapes are left with it. */
static uint8_t
best_key(const uint8_t *p, size_t n, size_t *escapes)
{
	size_t i, j, hits[256] = { 0 };
	uint8_t key = 0;

	for (i = 0; i < n; i++) {
		for (j = 0; j < sizeof(forbidden); j++)
			hits[(uint8_t)(p[i] - forbidden[j])]++;
	}
	*escapes = SIZE_MAX;
	for (i = 0; i < 256; i++) {
		if (hits[i] + is_forbidden((uint8_t)i) < *escapes) {
			*escapes = hits[i] + is_forbidden((uint8_t)i);
			key = (uint8_t)i;
		}
	}
	return key;
}

/* Keys and escapes of all n bytes with blocks of so many. */
static size_t
keys_cost(const uint8_t *p, size_t n, size_t block)
{
	size_t at, size, escapes, sum = 0;

	for (at = 0; at < n; at += size) {
		size = block - 1 < n - at ? block - 1 : n - at;
		(void)best_key(p + at, size, &escapes);
		sum += 1 + escapes;
	}
	return sum;
}

/* Of a part of long data, which is as random as all of it. */
static size_t
best_block(const uint8_t *p, size_t n)
{
	size_t block, cost, best = BLOCK_MIN, least = SIZE_MAX;

	if (n > KEYS_SMALL)
		n = KEYS_SMALL;
	for (block = BLOCK_MIN; block <= BLOCK_MAX; block++) {
		cost = keys_cost(p, n, block);
		if (cost < least) {
			least = cost;
			best = block;
		}
	}
	return best;
}

static enum err_code
put_keys(const uint8_t *p, size_t n, const char *feeds, struct buf *to,
    size_t *quoted, struct err *e)
{
	size_t at, i, size, escapes, block = best_block(p, n);
	struct buf s;
	uint8_t c, key;

	buf_init(&s, 2 * n + 1);
	for (at = 0; at < n && e->code == ERR_OK; at += size) {
		size = block - 1 < n - at ? block - 1 : n - at;
		key = best_key(p + at, size, &escapes);
		buf_append(&s, &key, 1, e);
		for (i = 0; i < size; i++) {
			c = (uint8_t)(p[at + i] - key);
			buf_append(&s, &c, 1, e);
		}
	}
	if (n <= KEYS_SMALL)
		text_printf(to, e, "(lambda s:bytes(c+s[i-i%%%zu]&255 for i,c "
		    "in enumerate(s)if i%%%zu))(%s", block, block, feeds);
	else
		text_printf(to, e, "(lambda s,r:b\"\".join(s[i+1:i+%zu]."
		    "translate(r[s[i]:s[i]+256])for i in range(0,len(s),%zu)))"
		    "(%s", block, block, feeds);
	*quoted = put_quoted(s.data, s.size, to, e);
	text_printf(to, e, n <= KEYS_SMALL ? ".encode(\"l1\"))" :
	    ".encode(\"l1\"),bytes(range(256))*2)");
	buf_free(&s);
	return e->code;
}

/* --- ASCII --- */

/* The digits of the number that is in v, least byte first; v becomes 0. */
static void
put_digits(uint8_t v[DIGITS_BYTES], uint8_t digits[DIGITS])
{
	unsigned int rest;
	size_t i, j;

	for (i = 0; i < DIGITS; i++) {
		rest = 0;
		for (j = DIGITS_BYTES; j-- > 0; rest %= BASE) {
			rest = rest << 8 | v[j];
			v[j] = (uint8_t)(rest / BASE);
		}
		digits[i] = (uint8_t)rest;
		/* The values of what may not stand there are those above. */
		for (j = 0; j < sizeof(forbidden); j++) {
			if (rest == (uint8_t)forbidden[j])
				digits[i] = (uint8_t)(BASE + j);
		}
	}
}

static enum err_code
put_ascii(const uint8_t *p, size_t n, const char *feeds, struct buf *to,
    size_t *quoted, struct err *e)
{
	uint8_t v[DIGITS_BYTES], digits[DIGITS];
	struct buf s;
	size_t at, size;

	buf_init(&s, n + n / 2 + DIGITS);
	for (at = 0; at < n && e->code == ERR_OK; at += size) {
		size = n - at < DIGITS_BYTES ? n - at : DIGITS_BYTES;
		memset(v, 0xff, sizeof(v));
		memcpy(v, p + at, size);
		put_digits(v, digits);
		buf_append(&s, digits, sizeof(digits), e);
	}
	text_printf(to, e, "(lambda s:b\"\".join(sum((c if c<%d else "
	    "b\"\\0\\n\\r\\\\\"[c-%d])*%d**j for j,c in enumerate(s[i:i+%d]))."
	    "to_bytes(%d,\"little\")for i in range(0,len(s),%d)))(%sb", BASE,
	    BASE, BASE, DIGITS, DIGITS_BYTES, DIGITS, feeds);
	*quoted = put_quoted(s.data, s.size, to, e);
	text_printf(to, e, ")");
	buf_free(&s);
	return e->code;
}

/* As Python's base64.b85encode(): RFC 1924's alphabet, numbers of four bytes,
 * the first byte and digit the highest, and of a short number at the end as
 * many digits as it needs. */
static enum err_code
put_b85(const uint8_t *p, size_t n, const char *feeds, struct buf *to,
    size_t *quoted, struct err *e)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
	uint32_t number;
	size_t at, i, size, before;
	char out[5];

	text_printf(to, e, "__import__(\"base64\").b85decode(%s", feeds);
	before = to->size;
	buf_append(to, "\"", 1, e);
	for (at = 0; at < n && e->code == ERR_OK; at += size) {
		size = n - at < 4 ? n - at : 4;
		number = 0;
		for (i = 0; i < 4; i++)
			number = number << 8 | (i < size ? p[at + i] : 0);
		for (i = 5; i-- > 0; number /= 85)
			out[i] = alphabet[number % 85];
		buf_append(to, out, size + 1, e);
	}
	buf_append(to, "\"", 1, e);
	*quoted = to->size - before;
	return text_printf(to, e, ")");
}

enum err_code
literal_write(enum literal l, const uint8_t *p, size_t n,
    unsigned int line_feeds, struct buf *to, size_t *quoted, struct err *e)
{
	const char *feeds = all_feeds + LITERAL_LINES_MAX -
	    (line_feeds < LITERAL_LINES_MAX ? line_feeds : LITERAL_LINES_MAX);

	switch (l) {
	case LITERAL_KEYS:
		return put_keys(p, n, feeds, to, quoted, e);
	case LITERAL_ASCII:
		return put_ascii(p, n, feeds, to, quoted, e);
	case LITERAL_B85:
		return put_b85(p, n, feeds, to, quoted, e);
	default:
		return put_latin1(p, n, feeds, to, quoted, e);
	}
}
