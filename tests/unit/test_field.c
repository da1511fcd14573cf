#include "weights/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "values.h"

#define HEAD 16			/* bytes of a coded field before its mask */

/* --- there and back --- */

/* Read all of p[size], which lies at the end of its memory. */
static enum err_code
read_field(const uint8_t *p, size_t size, size_t n, unsigned int bits,
    uint16_t *to, size_t *used)
{
	uint8_t *exact = values_exact(p, size);
	struct err e = ERR_INIT;

	*used = 0;
	field_get(exact, size, n, bits, to, used, &e);
	CU_ASSERT(e.code == ERR_OK || e.code == ERR_CORRUPT);
	CU_ASSERT(*used <= size);
	free(exact);
	return e.code;
}

/* The bytes of a field, coded (and with classes) or raw; the caller frees them.
 * NULL: it cannot be coded. */
static uint8_t *
put(const struct field *f, bool coded, bool classes, size_t *size)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, SIZE_MAX);
	if (coded)
		field_put_coded(f, classes, &b, &e);
	else
		field_put_raw(f, &b, &e);
	CU_ASSERT(e.code == ERR_OK || (coded && e.code == ERR_UNSUPPORTED));
	*size = b.size;
	if (e.code == ERR_OK)
		return b.data;
	buf_free(&b);
	return NULL;
}

/* The size; 0 if it cannot be coded. */
static size_t
round_trip(const struct field *f, bool coded, bool classes)
{
	size_t n = (size_t)f->n, used, size, size_again;
	uint16_t *back = values_room(n * sizeof(*back));
	uint8_t *p = put(f, coded, classes, &size), *longer;
	uint8_t *again = put(f, coded, classes, &size_again);

	if (p != NULL) {
		CU_ASSERT(again != NULL && size_again == size &&
		    memcmp(again, p, size) == 0);
		CU_ASSERT_EQUAL(p[0], coded);
		memset(back, 0xa5, n * sizeof(*back));
		CU_ASSERT_EQUAL(read_field(p, size, n, f->bits, back, &used),
		    ERR_OK);
		CU_ASSERT_EQUAL(used, size);
		CU_ASSERT_EQUAL(memcmp(back, f->values, n * sizeof(*back)), 0);
		/* What follows is not its own. */
		longer = values_room(size + 3);
		memcpy(longer, p, size);
		memset(longer + size, 0xff, 3);
		CU_ASSERT_EQUAL(read_field(longer, size + 3, n, f->bits, back,
		    &used), ERR_OK);
		CU_ASSERT_EQUAL(used, size);
		free(longer);
	}
	free(again);
	free(p);
	free(back);
	return p != NULL ? size : 0;
}

/* All ways; what is coded takes about its entropy. */
static void
all_ways(const struct field *f)
{
	double bits = values_entropy(f->values, (size_t)f->n);
	size_t coded, classes;

	CU_ASSERT_EQUAL(round_trip(f, false, false), 1 +
	    field_raw_size(f->n, f->bits));
	coded = round_trip(f, true, false);
	classes = round_trip(f, true, true);
	CU_ASSERT(coded != 0 && classes != 0 && classes <= coded);
	/* The mask, and up to 8 bits for a symbol. */
	CU_ASSERT(8.0 * (double)coded <= 1.01 * bits + 8 * 200 + (1U <<
	    (f->bits < 12 ? f->bits : 12)) * 9.0);
}

static void
each_n(void)
{
	uint16_t values[3000];
	struct values v = { 2 };
	struct field f = { values, 0, 6, 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(values); i++)
		values[i] = (uint16_t)(values_rounded(&v, 6, 31) & 63);
	for (i = 1; i <= HARNESS_COUNT(values); i += i < 300 ? 1 : 37) {
		f.n = i;
		f.cols = 1 + values_below(&v, (uint32_t)i);
		all_ways(&f);
	}
}

/* Values of each width: the same, two, all, few and far between, and around
 * 0. */
static void
widths(void)
{
	enum { N = 20000 };
	uint16_t *values = values_room(N * sizeof(*values));
	struct values v = { 3 };
	struct field f = { values, N, 1, 100 };
	unsigned int kind, mask, most;
	size_t i;

	for (f.bits = 1; f.bits <= 16; f.bits++) {
		mask = (1U << f.bits) - 1;
		most = f.bits <= 12 ? mask : 4095;
		/* The last two would be too far apart for a table. */
		for (kind = 0; kind < (f.bits <= 12 ? 6U : 4U); kind++) {
			for (i = 0; i < N; i++)
				values[i] = (uint16_t)(mask & (kind == 0 ?
				    mask : kind == 1 ? values_below(&v, 2) *
				    mask : kind == 2 ? (uint32_t)
				    values_rounded(&v, (most + 1) / 8.0,
				    (int)most / 2) : kind == 3 ?
				    values_falling(&v, most + 1, 0.99) :
				    kind == 4 ? values_bits(&v) :
				    values_below(&v, 3) * mask / 2));
			all_ways(&f);
		}
	}
	free(values);
}

/* A range of 4096 at any place, around 0 and more than that. */
static void
ranges(void)
{
	static const uint32_t lows[] = { 0, 1, 40000, 61440, 61441, 63000,
	    65535 };
	enum { N = 30000 };
	uint16_t *values = values_room(N * sizeof(*values));
	struct values v = { 4 };
	struct field f = { values, N, 16, 100 };
	size_t k, i;

	for (k = 0; k < HARNESS_COUNT(lows); k++) {
		for (i = 0; i < N; i++)
			values[i] = (uint16_t)(lows[k] + 5 * values_below(&v,
			    820) % 4096);
		values[N - 2] = (uint16_t)lows[k];
		values[N - 1] = (uint16_t)(lows[k] + 4095);
		all_ways(&f);
		values[N - 1]++;
		CU_ASSERT_EQUAL(round_trip(&f, true, false), 0);
		CU_ASSERT_EQUAL(round_trip(&f, true, true), 0);
		round_trip(&f, false, false);
	}
	/* Opposite each other. */
	for (i = 0; i < N; i++)
		values[i] = i % 2 == 0 ? 0 : 32768;
	CU_ASSERT_EQUAL(round_trip(&f, true, false), 0);
	free(values);
}

/* What quantised weights look like. */
static void
close_to_entropy(void)
{
	static const size_t sizes[] = { 65537, 512 * 1536, 1000003 };
	uint16_t *values = values_room(1000003 * sizeof(*values));
	struct values v = { 5 };
	struct field f = { values, 0, 8, 1536 };
	double bits;
	size_t i, k;

	for (k = 0; k < HARNESS_COUNT(sizes); k++) {
		f.n = sizes[k];
		for (i = 0; i < f.n; i++)
			values[i] = (uint16_t)(values_rounded(&v, 7 + 3.0 *
			    (double)k, 31) & 255);
		bits = values_entropy(values, (size_t)f.n);
		CU_ASSERT(8.0 * (double)round_trip(&f, true, false) <=
		    1.002 * bits + 8 * 100);
		/* Two values, one of them rare. */
		for (i = 0; i < f.n; i++)
			values[i] = values_below(&v, 50) == 0 ? 255 : 0;
		bits = values_entropy(values, (size_t)f.n);
		CU_ASSERT(8.0 * (double)round_trip(&f, true, false) <=
		    1.002 * bits + 8 * 60);
	}
	free(values);
}

/* Widths by column, by row, by both, and by neither. */
static void
by_class(void)
{
	enum { ROWS = 400, COLS = 300 };
	uint16_t *values = values_room(ROWS * COLS * sizeof(*values));
	struct values v = { 6 };
	struct field f = { values, (uint64_t)ROWS * COLS, 6, COLS };
	size_t i, kind, without, with;
	double row[ROWS], col[COLS];

	for (i = 0; i < ROWS; i++)
		row[i] = exp(0.6 * values_normal(&v));
	for (i = 0; i < COLS; i++)
		col[i] = exp(0.6 * values_normal(&v));
	for (kind = 0; kind < 4; kind++) {
		for (i = 0; i < f.n; i++)
			values[i] = (uint16_t)(63 & values_rounded(&v, 4 *
			    (kind & 1 ? col[i % COLS] : 1) * (kind & 2 ?
			    row[i / COLS] : 1), 31));
		without = round_trip(&f, true, false);
		with = round_trip(&f, true, true);
		if (kind == 0)
			CU_ASSERT_EQUAL(with, without)
		else
			CU_ASSERT(with < without * 97 / 100);
		/* The last row is not whole. */
		f.n -= 123;
		CU_ASSERT(round_trip(&f, true, true) <= without);
		f.n += 123;
	}
	free(values);
}

/* What differs so little that it hardly pays. */
static void
hardly(void)
{
	enum { N = 100 * 60 };
	uint16_t values[N];
	struct values v = { 9 };
	struct field f = { values, N, 6, 60 };
	size_t i, k, without, with, used = 0;
	double width;

	for (k = 0; k < 200; k++) {
		width = 0.004 * (double)k;
		for (i = 0; i < N; i++)
			values[i] = (uint16_t)(63 & values_rounded(&v, 6 *
			    exp(width * ((double)(i % 60 * 7 % 60) / 30 - 1)),
			    31));
		without = round_trip(&f, true, false);
		with = round_trip(&f, true, true);
		CU_ASSERT(with <= without);
		used += with < without;
	}
	CU_ASSERT(used > 5 && used < 150);
}

/* --- what no encoder writes --- */

/* A field by hand. */
static struct buf
by_hand(unsigned int precision, unsigned int mantissa, unsigned int rice,
    unsigned int tables, unsigned int stages, uint32_t low, uint32_t range,
    uint32_t table_bytes, uint64_t words, const void *rest, size_t n)
{
	const uint64_t numbers[] = { 1, precision, mantissa, rice, tables,
	    stages, low, range, table_bytes, words };
	static const size_t sizes[] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 4 };
	struct err e = ERR_INIT;
	struct buf b;
	uint8_t byte;
	size_t i, k;

	buf_init(&b, SIZE_MAX);
	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		for (k = 0; k < sizes[i]; k++) {
			byte = (uint8_t)(numbers[i] >> 8 * k);
			buf_append(&b, &byte, 1, &e);
		}
	}
	buf_append(&b, rest, n, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	return b;
}

/* What reading it says; to has room for 1000 values. */
static enum err_code
read_hand(struct buf b, size_t n, unsigned int bits)
{
	uint16_t to[1000];
	enum err_code code;
	size_t used;

	code = read_field(b.data, b.size, n, bits, to, &used);
	CU_ASSERT(code != ERR_OK || used == b.size);
	buf_free(&b);
	return code;
}

static void
wrong_heads(void)
{
	/* A mask of one value, and its difference 0; the same for 17. */
	static const uint8_t one[] = { 0x80, 0x80 };
	static const uint8_t longer[] = { 0x80, 0, 0, 0x80 };
	/* And nine stages of one state, which has no payload. */
	static const uint8_t nine[] = { 0x80, 0x80, 1, 0, 1, 0, 1, 0, 1, 0, 1,
	    0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
	    0, 1, 0, 1, 0, 0, 0, 1, 0 };
	uint8_t wide[600] = { 0x80 };
	struct buf b;

	wide[512] = 0x80;
#define ONE(p, m, r, t, s, low, range, z, w) \
	read_hand(by_hand(p, m, r, t, s, low, range, z, w, one, 2), 1000, 4)
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 1, 1, 0), ERR_OK);
	CU_ASSERT_EQUAL(ONE(15, 8, 0, 1, 0, 15, 8, 1, 0), ERR_OK);
	CU_ASSERT_EQUAL(ONE(16, 0, 0, 1, 0, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 9, 0, 1, 0, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 9, 1, 0, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 0, 0, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 17, 0, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 9, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 255, 9, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 16, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 65535, 1, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 0, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 17, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 65535, 1, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 1, 0, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 1, 2, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 1, 65535, 0), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 1, 1, 1), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 0, 9, 1, 1, UINT32_MAX), ERR_CORRUPT);
	CU_ASSERT_EQUAL(ONE(0, 0, 0, 1, 1, 9, 1, 1, 0), ERR_CORRUPT);
#undef ONE
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 9, 9, 1, 1, 2, nine,
	    sizeof(nine)), 9, 4), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 9, 17, 1, 0, longer,
	    4), 9, 5), ERR_OK);
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 9, 17, 1, 0, longer,
	    4), 9, 4), ERR_CORRUPT);
	/* A mask with nothing in it, and with something behind it. */
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 9, 1, 1, 0,
	    "\0\x80", 2), 9, 4), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 9, 1, 1, 0,
	    "\xc0\x80", 2), 9, 4), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 5, 4096, 1, 0, wide,
	    513), 9, 16), ERR_OK);
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 5, 4097, 1, 0, wide,
	    514), 9, 16), ERR_CORRUPT);
	/* Two symbols in no stages, and in 2^0 slots. */
	CU_ASSERT_EQUAL(read_hand(by_hand(1, 0, 0, 1, 0, 9, 2, 1, 0,
	    "\xc0\xc0", 2), 9, 4), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_hand(by_hand(0, 0, 0, 1, 0, 9, 2, 1, 0,
	    "\xc0\xc0", 2), 9, 4), ERR_CORRUPT);
	/* Of another kind, and none. */
	b = by_hand(0, 0, 0, 1, 0, 9, 1, 1, 0, one, 2);
	b.data[0] = 2;
	CU_ASSERT_EQUAL(read_hand(b, 9, 4), ERR_CORRUPT);
	CU_ASSERT_EQUAL(read_field(one, 0, 9, 4, (uint16_t *)wide,
	    &(size_t){ 0 }), ERR_CORRUPT);
}

/* Ten values in two tables of one symbol, and what says which. */
static enum err_code
with_classes(uint32_t rows, uint32_t cols, const void *labels, size_t n)
{
	uint8_t rest[64] = { 0x80, 0xc0 };
	size_t i;

	for (i = 0; i < 4; i++) {
		rest[2 + i] = (uint8_t)(rows >> 8 * i);
		rest[6 + i] = (uint8_t)(cols >> 8 * i);
	}
	memcpy(rest + 10, labels, n);
	return read_hand(by_hand(0, 0, 0, 2, 0, 9, 1, 1, 0, rest, 10 + n),
	    10, 4);
}

static void
wrong_classes(void)
{
	/* A coded field of labels that are all 0; with two tables, too. */
	static const uint8_t coded[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0,
	    0, 0, 0, 0, 0x80, 0x80 };
	static const uint8_t nested[] = { 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0,
	    0, 0, 0, 0, 0x80, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0 };

	CU_ASSERT_EQUAL(with_classes(0, 1, "\0\0", 2), ERR_OK);
	CU_ASSERT_EQUAL(with_classes(0, 1, "\0\x10", 2), ERR_OK);
	CU_ASSERT_EQUAL(with_classes(0, 1, "\0\x20", 2), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(0, 1, "\0\x11", 2), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(0, 0, "\0", 1), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(0, 10, "\0\0\0\1\0\0", 6), ERR_OK);
	CU_ASSERT_EQUAL(with_classes(0, 11, "\0\0\0\0\0\0\0", 7),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(0, UINT32_MAX, coded, sizeof(coded)),
	    ERR_CORRUPT);
	/* Ten values in rows of 3 are 4 rows. */
	CU_ASSERT_EQUAL(with_classes(3, 3, coded, sizeof(coded)), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(4, 3, coded, sizeof(coded)), ERR_OK);
	CU_ASSERT_EQUAL(with_classes(5, 3, coded, sizeof(coded)), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(10, 3, coded, sizeof(coded)),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(UINT32_MAX, 1, coded, sizeof(coded)),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(1, 10, coded, sizeof(coded)), ERR_OK);
	CU_ASSERT_EQUAL(with_classes(10, 10, coded, sizeof(coded)),
	    ERR_CORRUPT);
	/* Row and column are below 2 each, and not together. */
	CU_ASSERT_EQUAL(with_classes(5, 2, "\0\0\1\0\1", 5), ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(5, 2, "\0\0\1\0\0", 5), ERR_OK);
	CU_ASSERT_EQUAL(with_classes(4, 3, nested, sizeof(nested)),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(4, 3, coded, sizeof(coded) - 1),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(with_classes(4, 3, coded, 0), ERR_CORRUPT);
}

/* Cuts and flipped bits: all of them at the start, and then one in 40. */
static void
hurt_one(const struct field *f, bool coded, bool classes, unsigned int stages)
{
	uint16_t *to = values_room((size_t)f->n * sizeof(*to));
	size_t size, i, used;
	uint8_t *p = put(f, coded, classes, &size);

	CU_ASSERT_PTR_NOT_NULL(p);
	if (p != NULL && coded) {
		CU_ASSERT_EQUAL(p[4] > 1, classes);
		CU_ASSERT(p[5] >= stages);
	}
	for (i = 0; p != NULL && i < size; i += i < 300 ? 1 : 39)
		CU_ASSERT_EQUAL(read_field(p, i, (size_t)f->n, f->bits, to,
		    &used), ERR_CORRUPT);
	for (i = 0; p != NULL && i < 8 * size; i += i < 2400 ? 1 : 39) {
		p[i / 8] ^= (uint8_t)(1 << i % 8);
		(void)read_field(p, size, (size_t)f->n, f->bits, to, &used);
		p[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	/* It is of more values, or of less. */
	if (p != NULL) {
		(void)read_field(p, size, (size_t)f->n - 1, f->bits, to,
		    &used);
		(void)read_field(p, size, (size_t)f->n / 2, f->bits, to,
		    &used);
		(void)read_field(p, size, (size_t)f->n, f->bits % 16 + 1, to,
		    &used);
	}
	free(p);
	free(to);
}

static void
hurt(void)
{
	enum { N = 9000 };
	uint16_t values[N];
	struct values v = { 7 };
	struct field f = { values, 200, 6, 20 };
	size_t i;

	for (i = 0; i < N; i++)
		values[i] = (uint16_t)(63 & values_rounded(&v, i % 20 < 10 ?
		    1 : 20, 31));
	hurt_one(&f, false, false, 0);
	hurt_one(&f, true, false, 1);
	/* Several stages, and with classes. */
	f.n = N;
	hurt_one(&f, true, false, 2);
	hurt_one(&f, true, true, 1);
}

/* Bytes that are nearly a field. */
static void
noise(void)
{
	struct values v = { 8 };
	uint16_t to[64];
	uint8_t p[96];
	size_t i, k, used;

	for (i = 0; i < 100000; i++) {
		for (k = 0; k < sizeof(p); k++)
			p[k] = (uint8_t)(values_bits(&v) & values_bits(&v) &
			    (i & k & 1 ? 255 : values_bits(&v)));
		p[0] = 1;
		p[1] &= 15;
		p[2] &= 7;
		p[3] &= 3;
		p[4] = (uint8_t)(1 + p[4] % 3);
		p[5] &= 3;
		p[7] = p[9] = p[11] = p[13] = p[14] = p[15] = 0;
		p[8] = (uint8_t)(1 + p[8] % 9);
		p[10] &= 15;
		(void)read_field(p, sizeof(p), 1 + i % 64, 1 + (unsigned int)
		    (i / 64 % 16), to, &used);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "each number of values", each_n },
		{ "each number of bits", widths },
		{ "ranges", ranges },
		{ "close to the entropy", close_to_entropy },
		{ "by class", by_class },
		{ "hardly any classes", hardly },
		{ "wrong heads", wrong_heads },
		{ "wrong classes", wrong_classes },
		{ "cuts and flips", hurt },
		{ "noise", noise },
	};

	return harness_run("field", tests, HARNESS_COUNT(tests));
}
