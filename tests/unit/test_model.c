#include "weights/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "values.h"

/* --- what an encoder makes --- */

/* Do the frequencies of each table add up, and is each at least 1? */
static void
adds_up(const struct model *m)
{
	size_t t, s, at;
	uint32_t sum;
	int bad = 0;

	CU_ASSERT(m->precision <= MODEL_PRECISION_MAX);
	for (t = 0; t < m->n_tables; t++) {
		for (s = 0, sum = 0; s < m->n_symbols; s++) {
			at = t * m->n_symbols + s;
			bad += m->freq[at] < 1 || m->start[at] != sum;
			sum += m->freq[at];
		}
		CU_ASSERT_EQUAL(sum, (uint32_t)1 << m->precision);
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void
same(const struct model *a, const struct model *b)
{
	size_t n = a->n_tables * a->n_symbols;

	CU_ASSERT_EQUAL(memcmp(a->code, b->code, n * sizeof(*a->code)), 0);
	CU_ASSERT_EQUAL(memcmp(a->freq, b->freq, n * sizeof(*a->freq)), 0);
	CU_ASSERT_EQUAL(memcmp(a->start, b->start, n * sizeof(*a->start)), 0);
}

static struct model
head_of(const struct model *m)
{
	struct model head = { m->precision, m->mantissa, m->rice, m->n_tables,
	    m->n_symbols, NULL, NULL, NULL };

	return head;
}

static enum err_code
try_read(const struct model *head, const uint8_t *p, size_t size)
{
	struct model m = head_of(head);
	struct err e = ERR_INIT;
	enum err_code code;
	uint8_t *exact = values_exact(p, size);

	code = model_read(exact, size, &m, &e);
	if (code == ERR_OK)
		adds_up(&m);
	model_free(&m);
	free(exact);
	return code;
}

/* Fit, write, read.  The result is bytes of the tables; *over is how much the
 * values take above their entropy, in bits. */
static size_t
round_trip(const uint64_t *counts, unsigned int tables, size_t symbols,
    double *over)
{
	struct model m, back, again;
	struct err e = ERR_INIT;
	double bits = 0, bits_again = 0, sum;
	struct buf b, c;
	size_t t, s, size;

	buf_init(&b, 1 << 20);
	buf_init(&c, 1 << 20);
	CU_ASSERT_EQUAL(model_fit(counts, tables, symbols, &m, &bits, &e),
	    ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_EQUAL(model_fit(counts, tables, symbols, &again,
	    &bits_again, &e), ERR_OK);
	if (e.code == ERR_OK) {
		adds_up(&m);
		same(&m, &again);
		CU_ASSERT_EQUAL(model_write(&m, &b, &e), ERR_OK);
		CU_ASSERT_EQUAL(model_write(&again, &c, &e), ERR_OK);
		CU_ASSERT(b.size == c.size && memcmp(b.data, c.data,
		    b.size) == 0);
		CU_ASSERT_EQUAL(try_read(&m, b.data, b.size), ERR_OK);
		back = head_of(&m);
		CU_ASSERT_EQUAL(model_read(b.data, b.size, &back, &e), ERR_OK);
		if (e.code == ERR_OK)
			same(&m, &back);
		model_free(&back);
	}
	model_free(&again);
	model_free(&m);
	for (t = 0; t < tables; t++) {
		for (s = 0, sum = 0; s < symbols; s++)
			sum += (double)counts[t * symbols + s];
		for (s = 0; s < symbols; s++) {
			if (counts[t * symbols + s] > 0)
				bits += (double)counts[t * symbols + s] *
				    log2((double)counts[t * symbols + s] /
				    sum);
		}
	}
	*over = bits;
	size = b.size;
	buf_free(&b);
	buf_free(&c);
	return size;
}

static void
round_trips(void)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 9, 64, 255, 256, 300,
	    1000, 4095, 4096 };
	struct values v = { 1 };
	uint64_t *counts;
	unsigned int tables, kind;
	size_t i, k, n;
	double over;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		for (kind = 0; kind < 4; kind++) {
			tables = sizes[i] < 1000 ? 1 + values_below(&v, 16) :
			    1 + values_below(&v, 2);
			n = tables * sizes[i];
			counts = values_room(n * sizeof(*counts));
			for (k = 0; k < n; k++)
				counts[k] = kind == 0 ? 7 : kind == 1 ?
				    values_below(&v, 1000) : kind == 2 ?
				    values_below(&v, 40) / 39 : 1U <<
				    values_below(&v, 20);
			round_trip(counts, tables, sizes[i], &over);
			free(counts);
		}
	}
}

/* Many that are rare, and some that are not: what the rare ones take more than
 * they should comes from the others. */
static void
many_rare(void)
{
	uint64_t counts[MODEL_SYMBOLS_MAX];
	size_t common, k, at;
	double over, sum;

	for (common = 0; common < 400; common = common * 5 / 4 + 1) {
		for (k = 0; k < MODEL_SYMBOLS_MAX; k++)
			counts[k] = 1;
		for (k = 0; k < common; k++) {
			at = k * 1237 % MODEL_SYMBOLS_MAX;
			counts[at] = 1000000;
		}
		round_trip(counts, 1, MODEL_SYMBOLS_MAX, &over);
		for (k = 0, sum = 0; k < MODEL_SYMBOLS_MAX; k++)
			sum += (double)counts[k];
		/* log2(32768 / (32768 - 4096)), and what rounding costs */
		CU_ASSERT(over >= -1 && over < 0.25 * sum);
	}
}

/* A smooth curve takes few bytes and loses little. */
static void
close_to_entropy(void)
{
	uint64_t counts[64 * 16];
	unsigned int tables, t, s;
	double over, total, d;
	size_t size;

	for (tables = 1; tables <= 16; tables++) {
		for (t = 0, total = 0; t < tables; t++) {
			for (s = 0; s < 64; s++) {
				d = ((double)s - 31.5) / (5 + t);
				counts[t * 64 + s] = (uint64_t)(50000 *
				    exp(-d * d / 2));
				total += (double)counts[t * 64 + s];
			}
		}
		size = round_trip(counts, tables, 64, &over);
		/* Of 3.5 bits a value and more. */
		CU_ASSERT(over >= -1 && over < 0.003 * total);
		CU_ASSERT(size < 48 * tables + 20);
	}
}

/* As the format has it: one table of two symbols, by hand. */
static void
fixed(void)
{
	static const uint16_t freq[] = { 192, 64 };
	/* M = 1, R = 1.  The codes are 3 and 0, so that the weights are 3 << 1
	 * and 2; the differences 3 and -6, that is 6 and 11.  Their lower bits
	 * are 0 and 1, and what is above them 3 and 5. */
	static const uint8_t table[] = { 0x40, 0x10, 0x40 };
	static const uint8_t longer[] = { 0x40, 0x10, 0x40, 0 };
	struct model m = { 8, 1, 1, 1, 2, NULL, NULL, NULL };
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 100);
	CU_ASSERT_EQUAL(model_read(table, sizeof(table), &m, &e), ERR_OK);
	CU_ASSERT_EQUAL(m.code[0], 3);
	CU_ASSERT_EQUAL(m.code[1], 0);
	CU_ASSERT_EQUAL(m.freq[0], freq[0]);
	CU_ASSERT_EQUAL(m.freq[1], freq[1]);
	CU_ASSERT_EQUAL(m.start[1], freq[0]);
	CU_ASSERT_EQUAL(model_write(&m, &b, &e), ERR_OK);
	CU_ASSERT(b.size == sizeof(table) && memcmp(b.data, table,
	    b.size) == 0);
	model_free(&m);
	buf_free(&b);
	m = (struct model){ 8, 1, 1, 1, 2, NULL, NULL, NULL };
	CU_ASSERT_EQUAL(try_read(&m, longer, sizeof(longer)), ERR_CORRUPT);
}

/* What is left goes to the first of the largest. */
static void
equal_ones(void)
{
	static const uint8_t table[] = { 0xe0 };
	struct model m = { 8, 0, 0, 1, 3, NULL, NULL, NULL };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(model_read(table, 1, &m, &e), ERR_OK);
	CU_ASSERT_EQUAL(m.freq[0], 86);
	CU_ASSERT_EQUAL(m.freq[1], 85);
	CU_ASSERT_EQUAL(m.freq[2], 85);
	model_free(&m);
}

/* --- what none makes --- */

static void
wrong_numbers(void)
{
	static const uint8_t one[] = { 0x80 };	/* a difference of 0 */
	static const uint8_t two[] = { 0xc0 };
	const struct model good = { 8, 0, 0, 1, 1, NULL, NULL, NULL };
	struct model m = good;

	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_OK);
	m.precision = 0;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_OK);
	m.n_symbols = 2;
	CU_ASSERT_EQUAL(try_read(&m, two, 1), ERR_CORRUPT);
	m.precision = 1;
	CU_ASSERT_EQUAL(try_read(&m, two, 1), ERR_OK);
	m.precision = 16;
	CU_ASSERT_EQUAL(try_read(&m, two, 1), ERR_CORRUPT);
	m.precision = 255;
	CU_ASSERT_EQUAL(try_read(&m, two, 1), ERR_CORRUPT);
	m = good;
	m.mantissa = 9;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	m = good;
	m.rice = 9;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	m = good;
	m.n_tables = 0;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	m.n_tables = 17;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	m = good;
	m.n_symbols = 0;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	m.precision = 15;
	m.n_symbols = 4097;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	m = good;
	CU_ASSERT_EQUAL(try_read(&m, one, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(try_read(&m, (const uint8_t *)"\x80\0", 2),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(try_read(&m, two, 1), ERR_CORRUPT);
	/* Only lower bits, and no others. */
	m.rice = 8;
	CU_ASSERT_EQUAL(try_read(&m, one, 1), ERR_CORRUPT);
	CU_ASSERT_EQUAL(try_read(&m, (const uint8_t *)"\0\x80", 2), ERR_OK);
}

/* One table of one or two codes, whose differences are z. */
static enum err_code
read_codes(unsigned int precision, unsigned int mantissa, size_t n,
    const uint32_t *z)
{
	struct model m = { precision, mantissa, 0, 1, n, NULL, NULL, NULL };
	uint8_t p[4096] = { 0 };
	size_t i, bit = 0;

	for (i = 0; i < n; i++, bit++) {
		bit += z[i];
		p[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return try_read(&m, p, (bit + 7) / 8);
}

static void
wrong_codes(void)
{
	static const uint32_t negative[] = { 1 }, later[] = { 2, 7 };
	static const uint32_t zero[] = { 2, 5 };
	uint32_t z[3] = { 2 * (25 * 8 - 1), 0, 0 };

	CU_ASSERT_EQUAL(read_codes(8, 3, 1, z), ERR_OK);
	z[0] += 2;		/* exponent 25 */
	CU_ASSERT_EQUAL(read_codes(8, 3, 1, z), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_codes(8, 3, 1, negative), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_codes(8, 3, 2, zero), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_codes(8, 3, 2, later), ERR_CORRUPT);
	z[0] = 2 * (25 * 256 - 1);
	CU_ASSERT_EQUAL(read_codes(15, 8, 1, z), ERR_OK);
	z[0] += 2;
	CU_ASSERT_EQUAL(read_codes(15, 8, 1, z), ERR_CORRUPT);
	/* Of 4, one has nearly all, two at least 1, and so the first 2. */
	z[0] = 2 * 24;
	z[1] = 2 * 2 * 24 - 1;
	z[2] = 2 * 24;
	CU_ASSERT_EQUAL(read_codes(2, 0, 3, z), ERR_OK);
	/* Of 2, there is too little for three. */
	CU_ASSERT_EQUAL(read_codes(1, 0, 3, z), ERR_CORRUPT);
}

/* The frequencies 1 of many leave none to the first. */
static void
none_left(void)
{
	struct model m = { 8, 0, 0, 1, 200, NULL, NULL, NULL };
	uint8_t p[64] = { 0 };
	size_t i, bit = 0;

	/* 40 of weight 8, then 160 of weight 1: 8 * 256 / 480 is 4, and what
	 * is above 256, 64, is more than one of them has. */
	for (i = 0; i < 200; i++, bit++) {
		bit += i == 0 ? 6 : i == 1 ? 5 : i == 40 ? 5 : i == 41 ? 6 : 0;
		p[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	CU_ASSERT_EQUAL(try_read(&m, p, (bit + 7) / 8), ERR_CORRUPT);
}

static void
hurt(void)
{
	uint64_t counts[3 * 20];
	struct values v = { 4 };
	struct err e = ERR_INIT;
	struct model m;
	struct buf b;
	double bits;
	size_t i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < 60; i++)
		counts[i] = 1 + values_below(&v, 3000);
	CU_ASSERT_EQUAL(model_fit(counts, 3, 20, &m, &bits, &e), ERR_OK);
	CU_ASSERT_EQUAL(model_write(&m, &b, &e), ERR_OK);
	for (i = 0; i < b.size; i++)
		CU_ASSERT_EQUAL(try_read(&m, b.data, i), ERR_CORRUPT);
	for (i = 0; i < b.size * 8; i++) {
		b.data[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		try_read(&m, b.data, b.size);
		b.data[i / 8] ^= (uint8_t)(0x80 >> i % 8);
	}
	for (i = 0; i < 20000; i++) {
		struct model any = { values_below(&v, 17), values_below(&v,
		    10), values_below(&v, 10), values_below(&v, 18),
		    values_below(&v, 40), NULL, NULL, NULL };
		size_t size = values_below(&v, (uint32_t)b.size + 1), k;
		uint8_t p[512];

		for (k = 0; k < size && k < sizeof(p); k++)
			p[k] = (uint8_t)(values_bits(&v) & (i % 2 == 0 ? 255 :
			    values_bits(&v)));
		try_read(&any, p, k);
	}
	model_free(&m);
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "fit, write, read", round_trips },
		{ "many rare symbols", many_rare },
		{ "close to the entropy", close_to_entropy },
		{ "the bytes of one", fixed },
		{ "equal ones", equal_ones },
		{ "wrong numbers", wrong_numbers },
		{ "wrong codes", wrong_codes },
		{ "frequencies that leave none", none_left },
		{ "cuts, flips and noise", hurt },
	};

	return harness_run("model", tests, HARNESS_COUNT(tests));
}
