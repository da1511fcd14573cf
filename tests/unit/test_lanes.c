#include "weights/lanes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "values.h"

/* --- symbols --- */

/* Symbols with tables and what they take. */
struct data {
	struct lanes_symbols s;
	uint16_t *symbols;
	uint8_t *tables;
	struct model m;
	double bits;
};

static void
data_free(struct data *d)
{
	model_free(&d->m);
	free(d->symbols);
	free(d->tables);
}

/* n symbols, of kinds that share < 1 makes more and more unlikely, or that are
 * as likely as each other (0). */
static void
data_make(struct data *d, size_t n, uint32_t n_symbols, unsigned int n_tables,
    double share, uint64_t seed)
{
	struct values v = { seed };
	struct err e = ERR_INIT;
	uint64_t *counts = values_room(n_tables * n_symbols * sizeof(*counts));
	size_t i;

	memset(counts, 0, n_tables * n_symbols * sizeof(*counts));
	d->symbols = values_room(n * sizeof(*d->symbols));
	d->tables = values_room(n);
	for (i = 0; i < n; i++) {
		d->tables[i] = (uint8_t)values_below(&v, n_tables);
		d->symbols[i] = (uint16_t)(share > 0 ? values_falling(&v,
		    n_symbols, share / (1 + d->tables[i])) :
		    values_below(&v, n_symbols));
		counts[d->tables[i] * n_symbols + d->symbols[i]]++;
	}
	d->s.n = n;
	d->s.table = n_tables > 1 ? d->tables : NULL;
	CU_ASSERT_EQUAL(model_fit(counts, n_tables, n_symbols, &d->m,
	    &d->bits, &e), ERR_OK);
	free(counts);
}

/* --- there and back --- */

/* The same to bytes, of what was decoded to wide values. */
static void
decode_bytes(const struct data *d, const struct lanes_code *c,
    const uint8_t *words, size_t n_words, enum err_code code,
    const uint16_t *wide)
{
	uint8_t *bytes = values_room((size_t)d->s.n);
	struct lanes_sink sink = { NULL, bytes, NULL };
	struct err e = ERR_INIT;
	uint64_t i;
	int bad = 0;

	CU_ASSERT_EQUAL(lanes_decode(&d->s, c->stages, c->n_stages, words,
	    n_words, &d->m, &sink, &e), code);
	for (i = 0; i < d->s.n && code == ERR_OK; i++)
		bad += bytes[i] != wide[i];
	CU_ASSERT_EQUAL(bad, 0);
	free(bytes);
}

static enum err_code
decode(const struct data *d, const struct lanes_code *c, const uint8_t *words,
    size_t n_words, uint16_t *to)
{
	struct lanes_sink sink = { NULL, NULL, to };
	struct err e = ERR_INIT;
	uint8_t *exact = values_exact(words, 2 * n_words);

	lanes_decode(&d->s, c->stages, c->n_stages, exact, n_words, &d->m,
	    &sink, &e);
	if (d->m.n_symbols <= 256)
		decode_bytes(d, c, exact, n_words, e.code, to);
	free(exact);
	CU_ASSERT(e.code == ERR_OK || e.code == ERR_CORRUPT);
	return e.code;
}

static uint8_t *
bytes_of(const struct lanes_code *c)
{
	uint8_t *p = values_room(2 * c->n_words);
	size_t i;

	for (i = 0; i < c->n_words; i++) {
		p[2 * i] = (uint8_t)c->words[i];
		p[2 * i + 1] = (uint8_t)(c->words[i] >> 8);
	}
	return p;
}

/* `bits` decides on the number of lanes.  The result is how many words there
 * are; *c is to be freed. */
static size_t
round_trip(const struct data *d, double bits, struct lanes_code *c)
{
	uint16_t *back = values_room((size_t)d->s.n * sizeof(*back));
	struct lanes_code again;
	struct err e = ERR_INIT;
	uint8_t *bytes;
	size_t n;

	CU_ASSERT_EQUAL(lanes_encode(&d->s, d->symbols, &d->m, bits, c, &e),
	    ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_EQUAL(lanes_encode(&d->s, d->symbols, &d->m, bits, &again,
	    &e), ERR_OK);
	n = c->n_words;
	if (e.code == ERR_OK && n > 0) {
		CU_ASSERT(again.n_words == n && memcmp(again.words, c->words,
		    2 * n) == 0);
		bytes = bytes_of(c);
		memset(back, 0xff, (size_t)d->s.n * sizeof(*back));
		CU_ASSERT_EQUAL(decode(d, c, bytes, n, back), ERR_OK);
		CU_ASSERT_EQUAL(memcmp(back, d->symbols, (size_t)d->s.n *
		    sizeof(*back)), 0);
		free(bytes);
	}
	lanes_free(&again);
	free(back);
	return n;
}

static void
try_one(size_t n, uint32_t n_symbols, unsigned int n_tables, double share,
    double bits)
{
	struct lanes_code c;
	struct data d;
	size_t words, lanes;

	data_make(&d, n, n_symbols, n_tables, share, n);
	words = round_trip(&d, bits > 0 ? bits : d.bits, &c);
	lanes = c.stages[0].lanes;
	/* Each lane a state of 32 bits; but what comes first is in the others,
	 * so that it is a byte and not much more if there is enough of it. */
	CU_ASSERT(16.0 * (double)words <= d.bits * 1.0001 + 32.0 *
	    (double)lanes + 32);
	if (bits <= 0 && d.bits > 0.5 * (double)n && n > 60000 &&
	    n_symbols < 100)
		CU_ASSERT(16.0 * (double)words <= d.bits * 1.0001 + 14.0 *
		    (double)lanes + 32);
	lanes_free(&c);
	data_free(&d);
}

/* Each n, in a few lanes and in many. */
static void
each_n(void)
{
	size_t n;

	for (n = 1; n <= 3000; n++) {
		try_one(n, 2 + n % 7, 1, n % 3 * 0.3, 0);
		try_one(n, 20, 1 + n % 3, 0.1, 8.0 * 1024 * (double)(n /
		    50));
		try_one(n, 2, 1, 0.001, 8.0 * 1024 * (double)(n / 100));
	}
}

/* Primes, and numbers that just do not fit. */
static void
odd_n(void)
{
	static const size_t odd[] = { 65534, 65535, 65536, 65537, 131069,
	    131070, 131071, 2 * 65535 + 1, 4 * 65535 + 1, 10 * 65535 + 1,
	    1048573, 1048576 + 1 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(odd); i++) {
		try_one(odd[i], 60, 1, 0.05, 0);
		try_one(odd[i], 3, 2, 0.5, 0);
		try_one(odd[i], 2, 1, 0.001, 0);
		try_one(odd[i], 2, 1, 0.99999, 0);
		try_one(odd[i], 4096, 1, 0, 0);
	}
}

/* Nearly all are the same, so that a tail takes no bits. */
static void
skewed(void)
{
	size_t n;

	for (n = 100000; n < 2000000; n = n * 3 / 2 + 1) {
		try_one(n, 2, 1, 0.9999, 0);
		try_one(n, 2, 1, 0.9999, 8.0 * 1024 * 1024);
		try_one(n, 200, 1, 0.99, 0);
		try_one(n, 2, 16, 0.9999, 0);
	}
}

/* The last symbols are those that take most. */
static void
rare_last(void)
{
	static const size_t odd[] = { 65537, 65539, 131101, 1000003 };
	uint64_t counts[4096] = { 0 };
	struct values v = { 9 };
	struct err e = ERR_INIT;
	struct lanes_code c;
	struct data d;
	size_t i, k;

	for (k = 0; k < HARNESS_COUNT(odd); k++) {
		d.symbols = values_room(odd[k] * sizeof(*d.symbols));
		d.tables = NULL;
		d.s.n = odd[k];
		d.s.table = NULL;
		memset(counts, 0, sizeof(counts));
		for (i = 0; i < odd[k]; i++) {
			d.symbols[i] = i < odd[k] - 20000 ? 0 :
			    (uint16_t)values_below(&v, 4096);
			counts[d.symbols[i]]++;
		}
		CU_ASSERT_EQUAL(model_fit(counts, 1, 4096, &d.m, &d.bits, &e),
		    ERR_OK);
		round_trip(&d, d.bits, &c);
		lanes_free(&c);
		round_trip(&d, 0, &c);
		lanes_free(&c);
		data_free(&d);
	}
}

/* More symbols than 1024 lanes take, of which nearly all are the same. */
static void
very_many(void)
{
	const size_t n = (size_t)1024 * 32768 + 12347;
	uint64_t counts[2] = { n - n / 1000, n / 1000 };
	struct err e = ERR_INIT;
	struct lanes_code c;
	struct data d;
	size_t i;

	d.symbols = values_room(n * sizeof(*d.symbols));
	d.tables = NULL;
	memset(d.symbols, 0, n * sizeof(*d.symbols));
	for (i = 500; i < n; i += 1000)
		d.symbols[i] = 1;
	d.s.n = n;
	d.s.table = NULL;
	CU_ASSERT_EQUAL(model_fit(counts, 1, 2, &d.m, &d.bits, &e), ERR_OK);
	round_trip(&d, d.bits, &c);
	CU_ASSERT(c.stages[0].lanes > 1024);
	lanes_free(&c);
	data_free(&d);
}

static void
one_symbol(void)
{
	static const uint16_t zeros[100] = { 0 };
	const uint64_t counts[1] = { 100 };
	struct lanes_symbols s = { 100, NULL };
	struct err e = ERR_INIT;
	struct lanes_stage stage = { 1, 100 };
	struct lanes_code c;
	uint16_t back[100];
	struct lanes_sink sink = { NULL, NULL, back };
	struct model m;
	double bits;

	CU_ASSERT_EQUAL(model_fit(counts, 1, 1, &m, &bits, &e), ERR_OK);
	CU_ASSERT_EQUAL(bits, 0);
	CU_ASSERT_EQUAL(lanes_encode(&s, zeros, &m, bits, &c, &e), ERR_OK);
	CU_ASSERT_EQUAL(c.n_stages, 0);
	CU_ASSERT_EQUAL(c.n_words, 0);
	memset(back, 1, sizeof(back));
	CU_ASSERT_EQUAL(lanes_decode(&s, c.stages, 0, (const uint8_t *)"", 0,
	    &m, &sink, &e), ERR_OK);
	CU_ASSERT_EQUAL(memcmp(back, zeros, sizeof(back)), 0);
	lanes_free(&c);
	/* Stages say it, too. */
	CU_ASSERT_EQUAL(lanes_decode(&s, &stage, 1, (const uint8_t *)
	    "\0\0\1\0", 2, &m, &sink, &e), ERR_OK);
	CU_ASSERT_EQUAL(lanes_decode(&s, &stage, 0, (const uint8_t *)"ab", 1,
	    &m, &sink, &e), ERR_CORRUPT);
	model_free(&m);
}

/* --- what no encoder makes --- */

static enum err_code
with_stages(const struct data *d, const struct lanes_code *c,
    const struct lanes_stage *stages, size_t n_stages)
{
	uint16_t *back = values_room((size_t)d->s.n * sizeof(*back));
	struct lanes_sink sink = { NULL, NULL, back };
	struct err e = ERR_INIT;
	uint8_t *bytes = bytes_of(c);

	lanes_decode(&d->s, stages, n_stages, bytes, c->n_words, &d->m, &sink,
	    &e);
	free(bytes);
	free(back);
	return e.code;
}

static void
wrong_stages(void)
{
	struct lanes_stage s[LANES_STAGES_MAX + 1];
	struct lanes_code c;
	struct data d;
	size_t i;

	data_make(&d, 2003, 9, 1, 0.3, 8);
	round_trip(&d, 8.0 * 1024 * 20, &c);
	CU_ASSERT(c.n_stages > 1);
	memcpy(s, c.stages, sizeof(c.stages));
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages), ERR_OK);
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages - 1), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, 0), ERR_CORRUPT);
	s[0].lanes = 0;
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages), ERR_CORRUPT);
	s[0].lanes = c.stages[0].steps;
	s[0].steps = c.stages[0].lanes;
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages), ERR_CORRUPT);
	s[0] = c.stages[0];
	s[1].steps = 0;
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages), ERR_CORRUPT);
	s[1] = c.stages[1];
	s[1].steps++;
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages), ERR_CORRUPT);
	s[0].lanes = s[0].steps = UINT16_MAX;
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, c.n_stages), ERR_CORRUPT);
	for (i = 0; i <= LANES_STAGES_MAX; i++)
		s[i] = (struct lanes_stage){ 1, 1 };
	s[0].steps = 2003 - LANES_STAGES_MAX;
	CU_ASSERT_EQUAL(with_stages(&d, &c, s, LANES_STAGES_MAX + 1),
	    ERR_CORRUPT);
	lanes_free(&c);
	data_free(&d);
}

/* Two symbols, each half of all: a slot is a symbol, and the state says it
 * all. */
static void
wrong_states(void)
{
	static const uint64_t counts[2] = { 1, 1 };
	static const uint8_t start[] = { 0x34, 0x12, 0x01, 0 };
	static const uint8_t below[] = { 0xff, 0xff, 0, 0 };
	static const uint8_t above[] = { 0, 0, 2, 0 };
	struct lanes_stage s[] = { { 1, 1 }, { 1, 1 } };
	struct data d = { .s = { 1, NULL } };
	struct lanes_code c = { .n_stages = 1 };
	struct err e = ERR_INIT;
	uint16_t back[2];

	CU_ASSERT_EQUAL(model_fit(counts, 1, 2, &d.m, &d.bits, &e), ERR_OK);
	c.stages[0] = s[0];
	CU_ASSERT_EQUAL(decode(&d, &c, below, 2, back), ERR_CORRUPT);
	/* It is renewed, and there are no words; or it ends too high. */
	CU_ASSERT_EQUAL(decode(&d, &c, start, 2, back), ERR_CORRUPT);
	CU_ASSERT_EQUAL(decode(&d, &c, (const uint8_t *)"\0\0\2\0", 2, back),
	    ERR_OK);
	CU_ASSERT_EQUAL(back[0], 0);
	CU_ASSERT_EQUAL(decode(&d, &c, (const uint8_t *)"\0\0\4\0", 2, back),
	    ERR_CORRUPT);
	/* A payload that nothing uses. */
	CU_ASSERT_EQUAL(decode(&d, &c, (const uint8_t *)"\1\0\2\0", 2, back),
	    ERR_CORRUPT);
	/* Words that nothing uses. */
	CU_ASSERT_EQUAL(decode(&d, &c, (const uint8_t *)"\0\0\2\0\0\0", 3,
	    back), ERR_CORRUPT);
	CU_ASSERT_EQUAL(decode(&d, &c, above, 1, back), ERR_CORRUPT);
	CU_ASSERT_EQUAL(decode(&d, &c, above, 0, back), ERR_CORRUPT);
	/* A second stage has the payload of the first, which is too little. */
	d.s.n = 2;
	c.n_stages = 2;
	c.stages[1] = s[1];
	CU_ASSERT_EQUAL(decode(&d, &c, above, 2, back), ERR_CORRUPT);
	model_free(&d.m);
}

/* With one symbol, states stay what they are. */
static enum err_code
one_with(const uint16_t *words, size_t n_words, const struct lanes_stage *a,
    const struct lanes_stage *b)
{
	static const uint64_t counts[1] = { 1 };
	struct data d = { .s = { (uint64_t)a->lanes * a->steps, NULL } };
	struct lanes_code c = { .n_stages = 1 };
	struct err e = ERR_INIT;
	enum err_code code;
	uint8_t bytes[32];
	uint16_t back[8];
	size_t i;

	c.stages[0] = *a;
	if (b != NULL) {
		c.stages[c.n_stages++] = *b;
		d.s.n += (uint64_t)b->lanes * b->steps;
	}
	for (i = 0; i < n_words; i++) {
		bytes[2 * i] = (uint8_t)words[i];
		bytes[2 * i + 1] = (uint8_t)(words[i] >> 8);
	}
	CU_ASSERT_EQUAL(model_fit(counts, 1, 1, &d.m, &d.bits, &e), ERR_OK);
	code = decode(&d, &c, bytes, n_words, back);
	model_free(&d.m);
	return code;
}

static void
one_state(void)
{
	const struct lanes_stage one = { 1, 1 }, four = { 4, 1 };
	const struct lanes_stage none = { 1, 0 };
	static const uint16_t low[] = { 1, 0, 0 }, good[] = { 0, 1 };
	static const uint16_t loaded[] = { 1, 1 };
	uint16_t words[8] = { 0, 1, 1, 1, 0, 1, 0, 1 };

	CU_ASSERT_EQUAL(one_with(good, 2, &one, NULL), ERR_OK);
	CU_ASSERT_EQUAL(one_with(loaded, 2, &one, NULL), ERR_CORRUPT);
	/* One that would be renewed. */
	CU_ASSERT_EQUAL(one_with(low, 3, &one, NULL), ERR_CORRUPT);
	/* The payload 0 1 0 0 is a second stage. */
	CU_ASSERT_EQUAL(one_with(words, 8, &four, &one), ERR_OK);
	CU_ASSERT_EQUAL(one_with(words, 8, &four, &none), ERR_CORRUPT);
	words[6] = 1;
	CU_ASSERT_EQUAL(one_with(words, 8, &four, &one), ERR_CORRUPT);
}

static void
hurt(void)
{
	static const size_t sizes[] = { 1, 5, 77, 300, 1001 };
	struct lanes_code c;
	struct data d;
	uint16_t back[1001];
	uint8_t *bytes;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		data_make(&d, sizes[i], 5, 1 + (unsigned int)i % 3, 0.4, 3);
		round_trip(&d, 8.0 * 1024 * (double)sizes[i] / 20, &c);
		bytes = bytes_of(&c);
		for (k = 0; k < c.n_words; k++)
			CU_ASSERT_EQUAL(decode(&d, &c, bytes, k, back),
			    ERR_CORRUPT);
		for (k = 0; k < 16 * c.n_words; k++) {
			bytes[k / 8] ^= (uint8_t)(1 << k % 8);
			(void)decode(&d, &c, bytes, c.n_words, back);
			bytes[k / 8] ^= (uint8_t)(1 << k % 8);
		}
		free(bytes);
		lanes_free(&c);
		data_free(&d);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "each number of symbols", each_n },
		{ "odd numbers of symbols", odd_n },
		{ "skewed ones", skewed },
		{ "rare ones at the end", rare_last },
		{ "more than 1024 lanes", very_many },
		{ "one symbol", one_symbol },
		{ "wrong stages", wrong_stages },
		{ "wrong states", wrong_states },
		{ "states that stay", one_state },
		{ "cuts and flips", hurt },
	};

	return harness_run("lanes", tests, HARNESS_COUNT(tests));
}
