#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "wrap/phrases_part.h"

/*
 * Every substring that is there more than once is a run of neighbours among
 * the sorted suffixes.  What replacing it is worth is guessed from a parse of
 * the text into literals and matches with fixed prices: each byte has the part
 * of the price that falls to it, and a phrase gains what its occurrences cost,
 * without what the code costs as often, and the entry in the list once.  So
 * what is always a part of something longer that repeats is worth little.
 *
 * Prices are in 16ths of a bit.
 */
#define BIT 16
#define SEEN_MIN 3		/* occurrences */
#define MATCH_FLAGS (6 * BIT)	/* that it is a match, and how long */
#define MATCH_LONG 128		/* a match is no longer */
#define ENTRY_BYTE (5 * BIT)
#define ENTRY (8 * BIT)
#define CODE_LEAST (3 * BIT)
#define CONTEXTS 8		/* the high bits of the byte before */

struct suffix {
	uint64_t key;			/* the first 8 bytes */
	const uint8_t *p;
};

struct counting {
	const uint8_t *t;		/* [n + PHRASE_MAX], zeros at the end */
	size_t n;
	struct suffix *suffix;		/* [n] */
	uint8_t *same;			/* [n]: bytes in common with the one
					 * before, up to PHRASE_MAX */
	uint8_t *clean;			/* [n]: bytes up to a code */
	uint8_t *match;			/* [n]: the longest match from here */
	uint32_t *dist;			/* [n]: and how far back */
	uint32_t *price;		/* [n + 1]: of all bytes before */
	uint32_t symbols;		/* literals and matches */
	struct phrases_rank *all;	/* [n_all] */
	size_t n_all, cap;
};

/* A phrase may occur more often than there are symbols in the parse. */
static uint32_t
bits_of(double x)
{
	return x <= 1 ? 0 : (uint32_t)(BIT * log2(x) + 0.5);
}

/* --- suffixes --- */

static uint64_t
key_at(const uint8_t *p)
{
	uint64_t key = 0;
	int i;

	for (i = 0; i < 8; i++)
		key = key << 8 | p[i];
	return key;
}

static int
by_text(const void *a, const void *b)
{
	const struct suffix *x = a, *y = b;
	int c;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	c = memcmp(x->p + 8, y->p + 8, PHRASE_MAX - 8);
	if (c != 0)
		return c;
	return x->p < y->p ? -1 : 1;
}

static void
sort(struct counting *c)
{
	const uint8_t *a, *b;
	size_t i;
	uint8_t k;

	for (i = 0; i < c->n; i++) {
		c->suffix[i].key = key_at(c->t + i);
		c->suffix[i].p = c->t + i;
	}
	qsort(c->suffix, c->n, sizeof(*c->suffix), by_text);
	c->same[0] = 0;
	for (i = 1; i < c->n; i++) {
		a = c->suffix[i - 1].p;
		b = c->suffix[i].p;
		/* Zeros behind the end are not in the text, which has none. */
		for (k = 0; k < PHRASE_MAX && a[k] == b[k] && a[k] != 0; k++)
			;
		c->same[i] = k;
	}
}

static void
find_codes(struct counting *c, uint32_t codes)
{
	size_t i = c->n;
	uint8_t run = 0;

	while (i-- > 0) {
		if (c->t[i] < 32 && (codes >> c->t[i] & 1) != 0)
			run = 0;
		else if (run < PHRASE_MAX)
			run++;
		c->clean[i] = run;
	}
}

/* --- what LZMA would do --- */

/* The suffixes as a list, from which positions are taken, the last one first:
 * the neighbours of what is left are the longest matches of it. */
struct chain {
	uint32_t *before, *after;	/* [n + 2] ranks; the first and the
					 * last are ends */
	uint8_t *same;			/* [n + 2] with the one before */
	uint32_t *rank;			/* [n] of a position */
};

static void
take_match(struct counting *c, const struct chain *ch, uint32_t pos)
{
	uint32_t r = ch->rank[pos], a = ch->before[r], b = ch->after[r];
	uint32_t from = ch->same[r] >= ch->same[b] ? a : b;
	uint8_t len = ch->same[r] >= ch->same[b] ? ch->same[r] : ch->same[b];
	size_t at;

	c->match[pos] = len;
	c->dist[pos] = 0;
	if (len > 0) {
		at = (size_t)(c->suffix[from - 1].p - c->t);
		c->dist[pos] = pos - (uint32_t)at;
		while (len == c->match[pos] && len >= PHRASE_MAX &&
		    len < MATCH_LONG && pos + len < c->n &&
		    c->t[at + len] == c->t[pos + len])
			c->match[pos] = ++len;
	}
	ch->after[a] = b;
	ch->before[b] = a;
	if (ch->same[r] < ch->same[b])
		ch->same[b] = ch->same[r];
}

static enum err_code
find_matches(struct counting *c, struct err *e)
{
	struct chain ch = {
		calloc(c->n + 2, sizeof(*ch.before)),
		calloc(c->n + 2, sizeof(*ch.after)),
		calloc(c->n + 2, 1),
		calloc(c->n, sizeof(*ch.rank))
	};
	size_t i;

	if (ch.before == NULL || ch.after == NULL || ch.same == NULL ||
	    ch.rank == NULL) {
		err_nomem(e);
	} else {
		for (i = 1; i <= c->n + 1; i++) {
			ch.before[i] = (uint32_t)i - 1;
			ch.after[i - 1] = (uint32_t)i;
		}
		for (i = 1; i <= c->n; i++) {
			ch.rank[c->suffix[i - 1].p - c->t] = (uint32_t)i;
			ch.same[i] = c->same[i - 1];
		}
		for (i = c->n; i-- > 0;)
			take_match(c, &ch, (uint32_t)i);
	}
	free(ch.before);
	free(ch.after);
	free(ch.same);
	free(ch.rank);
	return e->code;
}

/* --- prices --- */

/* Of literals, from how frequent bytes are behind others. */
static void
price_literals(const struct counting *c, uint32_t price[CONTEXTS][256])
{
	uint32_t count[CONTEXTS][256], sum[CONTEXTS];
	size_t i, k;
	uint8_t before = 0;

	memset(count, 0, sizeof(count));
	memset(sum, 0, sizeof(sum));
	for (i = 0; i < c->n; i++) {
		count[before >> 5][c->t[i]]++;
		sum[before >> 5]++;
		before = c->t[i];
	}
	for (k = 0; k < CONTEXTS; k++) {
		for (i = 0; i < 256; i++)
			price[k][i] = BIT / 2 + bits_of((sum[k] + 16.0) /
			    (count[k][i] + 0.25));
	}
}

/* The cheapest way from a position to the end, and its first step. */
static void
parse(const struct counting *c, uint32_t literal[CONTEXTS][256],
    uint32_t *rest, uint8_t *step)
{
	size_t i, len;
	uint32_t match;

	rest[c->n] = 0;
	for (i = c->n; i-- > 0;) {
		rest[i] = rest[i + 1] +
		    literal[i > 0 ? c->t[i - 1] >> 5 : 0][c->t[i]];
		step[i] = 1;
		if (c->match[i] < 2)
			continue;
		match = MATCH_FLAGS + bits_of(c->dist[i]);
		for (len = c->match[i]; len >= 2;
		    len = len > PHRASE_MAX ? PHRASE_MAX : len - 1) {
			if (match + rest[i + len] < rest[i]) {
				rest[i] = match + rest[i + len];
				step[i] = (uint8_t)len;
			}
		}
	}
}

static enum err_code
find_prices(struct counting *c, struct err *e)
{
	uint32_t literal[CONTEXTS][256], here;
	uint32_t *rest = calloc(c->n + 1, sizeof(*rest));
	uint8_t *step = calloc(c->n + 1, 1);
	size_t i, k;

	if (rest == NULL || step == NULL) {
		err_nomem(e);
	} else {
		price_literals(c, literal);
		parse(c, literal, rest, step);
		for (i = 0; i < c->n; i += step[i]) {
			here = rest[i] - rest[i + step[i]];
			for (k = 0; k <= step[i]; k++)
				c->price[i + k] = rest[0] - rest[i] +
				    here * (uint32_t)k / step[i];
			c->symbols++;
		}
	}
	free(rest);
	free(step);
	return e->code;
}

/* --- phrases --- */

/* What `count` occurrences gain that cost so much. */
static int64_t
gain_of(const struct counting *c, uint64_t price, size_t count, size_t len)
{
	uint32_t code = bits_of((double)c->symbols / (double)count);

	if (code < CODE_LEAST)
		code = CODE_LEAST;
	return (int64_t)price - (int64_t)(count * code + ENTRY +
	    len * ENTRY_BYTE);
}

/* A run of suffixes [from, to) that begin with the same `len` bytes. */
static enum err_code
consider(struct counting *c, size_t from, size_t to, size_t len, struct err *e)
{
	const uint8_t *p = c->suffix[from].p;
	bool longer = true;
	uint64_t price = 0;
	size_t i, pos = (size_t)(p - c->t);
	struct phrases_rank *r;

	if (to - from < SEEN_MIN || c->clean[pos] < len ||
	    phrases_is_inside(p[0]) || phrases_is_inside(p[len]))
		return ERR_OK;
	for (i = from; i < to; i++) {
		longer = longer && c->suffix[i].p[len] == p[len];
		pos = (size_t)(c->suffix[i].p - c->t);
		price += c->price[pos + len] - c->price[pos];
	}
	/* What always has the same byte behind it is better with it. */
	if (longer && len < PHRASE_MAX && c->clean[pos] > len)
		return ERR_OK;
	if (gain_of(c, price, to - from, len) <= 0)
		return ERR_OK;
	if (c->n_all == c->cap) {
		size_t cap = c->cap == 0 ? 1024 : 2 * c->cap;

		r = realloc(c->all, cap * sizeof(*r));
		if (r == NULL)
			return err_nomem(e);
		c->all = r;
		c->cap = cap;
	}
	r = &c->all[c->n_all++];
	memset(r, 0, sizeof(*r));
	r->gain = gain_of(c, price, to - from, len);
	r->phrase.size = (uint8_t)len;
	memcpy(r->phrase.text, p, len);
	return ERR_OK;
}

static enum err_code
consider_all(struct counting *c, struct err *e)
{
	size_t len, i, from;

	for (len = 2; len <= PHRASE_MAX; len++) {
		from = 0;
		for (i = 1; i <= c->n; i++) {
			if (i < c->n && c->same[i] >= len)
				continue;
			if (consider(c, from, i, len, e) != ERR_OK)
				return e->code;
			from = i;
		}
	}
	return ERR_OK;
}

static int
by_gain(const void *a, const void *b)
{
	const struct phrases_rank *x = a, *y = b;

	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;
	return memcmp(x->phrase.text, y->phrase.text, PHRASE_MAX);
}

/* The same without occurrences that overlap. */
static void
count_again(const struct counting *c, struct phrases_rank *r)
{
	const uint8_t *p = c->t, *end = c->t + c->n;
	size_t count = 0, pos;
	uint64_t price = 0;

	while ((p = memmem(p, (size_t)(end - p), r->phrase.text,
	    r->phrase.size)) != NULL) {
		pos = (size_t)(p - c->t);
		price += c->price[pos + r->phrase.size] - c->price[pos];
		count++;
		p += r->phrase.size;
	}
	r->gain = gain_of(c, price, count, r->phrase.size);
}

static void
choose(struct counting *c, struct phrases_rank *ranks, size_t most, size_t *n)
{
	size_t i, some = c->n_all;

	if (some == 0)
		return;
	qsort(c->all, c->n_all, sizeof(*c->all), by_gain);
	if (some > 2 * most)
		some = 2 * most;
	for (i = 0; i < some; i++)
		count_again(c, &c->all[i]);
	qsort(c->all, some, sizeof(*c->all), by_gain);
	for (*n = 0; *n < some && *n < most && c->all[*n].gain > 0; ++*n)
		ranks[*n] = c->all[*n];
}

static enum err_code
count(struct counting *c, uint32_t codes, struct err *e)
{
	sort(c);
	find_codes(c, codes);
	if (find_matches(c, e) == ERR_OK && find_prices(c, e) == ERR_OK)
		consider_all(c, e);
	return e->code;
}

enum err_code
phrases_count(const uint8_t *coded, size_t size, uint32_t codes,
    struct phrases_rank *ranks, size_t most, size_t *n, struct err *e)
{
	uint8_t *t = calloc(size + PHRASE_MAX + 1, 1);
	struct counting c = {
		.t = t,
		.n = size,
		.suffix = calloc(size + 1, sizeof(*c.suffix)),
		.same = calloc(size + 1, 1),
		.clean = calloc(size + 1, 1),
		.match = calloc(size + 1, 1),
		.dist = calloc(size + 1, sizeof(*c.dist)),
		.price = calloc(size + 1, sizeof(*c.price))
	};

	*n = 0;
	if (t == NULL || c.suffix == NULL || c.same == NULL ||
	    c.clean == NULL || c.match == NULL || c.dist == NULL ||
	    c.price == NULL) {
		err_nomem(e);
	} else if (size > 0) {
		memcpy(t, coded, size);
		if (count(&c, codes, e) == ERR_OK)
			choose(&c, ranks, most, n);
	}
	free(t);
	free(c.suffix);
	free(c.same);
	free(c.clean);
	free(c.match);
	free(c.dist);
	free(c.price);
	free(c.all);
	return e->code;
}
