#include "weights/model.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "weights/field.h"

#define SHARE_ROUNDS 4		/* of finding who gets less than 1 */

void
model_free(struct model *m)
{
	free(m->code);
	free(m->freq);
	free(m->start);
	m->code = m->freq = m->start = NULL;
}

static enum err_code
make_room(struct model *m, struct err *e)
{
	size_t n = m->n_tables * m->n_symbols;

	m->code = calloc(n, sizeof(*m->code));
	m->freq = calloc(n, sizeof(*m->freq));
	m->start = calloc(n, sizeof(*m->start));
	if (m->code == NULL || m->freq == NULL || m->start == NULL)
		return err_nomem(e);
	return ERR_OK;
}

/* --- codes to frequencies --- */

static int64_t
weight(unsigned int code, unsigned int mantissa)
{
	int64_t one = INT64_C(1) << mantissa;

	return (one + (code & (one - 1))) << (code >> mantissa);
}

/* The frequencies of the table that begins at `at`; false: there are none. */
static bool
normalise(struct model *m, size_t at)
{
	uint16_t *freq = m->freq + at;
	int64_t sum = 0, most = 0, f, left = INT64_C(1) << m->precision;
	size_t i, best = 0;

	for (i = 0; i < m->n_symbols; i++)
		sum += weight(m->code[at + i], m->mantissa);
	for (i = 0; i < m->n_symbols; i++) {
		f = (weight(m->code[at + i], m->mantissa) << m->precision) /
		    sum;
		if (f < 1)
			f = 1;
		if (f > most) {
			most = f;
			best = i;
		}
		left -= f;
		freq[i] = (uint16_t)f;
	}
	if (most + left < 1)
		return false;
	freq[best] = (uint16_t)(most + left);
	for (i = 0, f = 0; i < m->n_symbols; i++) {
		m->start[at + i] = (uint16_t)f;
		f += freq[i];
	}
	return true;
}

static bool
set_frequencies(struct model *m)
{
	size_t t;

	for (t = 0; t < m->n_tables; t++) {
		if (!normalise(m, t * m->n_symbols))
			return false;
	}
	return true;
}

/* --- codes to differences --- */

/* Of code i of all, its sign folded in. */
static uint32_t
difference(const struct model *m, size_t i)
{
	size_t s = i % m->n_symbols;
	int32_t d = m->code[i];

	if (s > 0)
		d -= 2 * m->code[i - 1];
	if (s > 1)
		d += m->code[i - 2];
	return d < 0 ? (uint32_t)(-2 * d - 1) : (uint32_t)(2 * d);
}

/* Bits of the differences in unary. */
static uint64_t
unary_bits(const struct model *m, unsigned int rice)
{
	size_t i, n = m->n_tables * m->n_symbols;
	uint64_t bits = 0;

	for (i = 0; i < n; i++)
		bits += 1 + (difference(m, i) >> rice);
	return bits;
}

static enum err_code
write_unary(const struct model *m, struct buf *out, struct err *e)
{
	size_t i, n = m->n_tables * m->n_symbols;
	size_t size = (size_t)((unary_bits(m, m->rice) + 7) / 8);
	uint64_t bit = 0;
	uint8_t *p;

	if (buf_reserve(out, size, e) != ERR_OK)
		return e->code;
	p = out->data + out->size;
	memset(p, 0, size);
	out->size += size;
	for (i = 0; i < n; i++, bit++) {
		bit += difference(m, i) >> m->rice;
		p[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return ERR_OK;
}

enum err_code
model_write(const struct model *m, struct buf *out, struct err *e)
{
	size_t i, n = m->n_tables * m->n_symbols;
	uint16_t *low = malloc(n * sizeof(*low));

	if (low == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++)
		low[i] = (uint16_t)(difference(m, i) &
		    ((1U << m->rice) - 1));
	if (field_put_bits(low, n, m->rice, out, e) == ERR_OK)
		write_unary(m, out, e);
	free(low);
	return e->code;
}

/* --- fitting --- */

/*
 * What one of the counts[n] stands for of `whole`, when those that come to less
 * than 1 get 1: what these take beyond their share, the others lack.
 */
static double
share_of(const uint64_t *counts, size_t n, double whole)
{
	double share = 0, sum, left;
	unsigned int round;
	size_t i;

	for (round = 0; round < SHARE_ROUNDS; round++) {
		sum = 0;
		left = whole;
		for (i = 0; i < n; i++) {
			if (round > 0 && (double)counts[i] * share < 1)
				left--;
			else
				sum += (double)counts[i];
		}
		if (sum <= 0 || left <= 0)
			break;
		share = left / sum;
	}
	return share;
}

/* The nearest codes for the counts of the table that begins at `at`. */
static void
set_codes(struct model *m, const uint64_t *counts, size_t at)
{
	double share = share_of(counts + at, m->n_symbols,
	    ldexp(1, (int)m->precision)), f;
	size_t i;
	int exponent;

	for (i = 0; i < m->n_symbols; i++) {
		f = (double)counts[at + i] * share;
		/* In [0.5, 1) times a power of two. */
		f = frexp(f < 1 ? 1 : f, &exponent);
		m->code[at + i] = (uint16_t)(((exponent - 1) << m->mantissa) +
		    lround(ldexp(2 * f - 1, (int)m->mantissa)));
	}
}

/* Codes and frequencies by precision and mantissa. */
static bool
set_all(struct model *m, const uint64_t *counts)
{
	size_t t;

	for (t = 0; t < m->n_tables; t++)
		set_codes(m, counts, t * m->n_symbols);
	return set_frequencies(m);
}

/* What the values take. */
static double
data_bits(const struct model *m, const uint64_t *counts)
{
	size_t i, n = m->n_tables * m->n_symbols;
	double bits = 0;

	for (i = 0; i < n; i++) {
		if (counts[i] > 0)
			bits += (double)counts[i] *
			    (m->precision - log2(m->freq[i]));
	}
	return bits;
}

/* The bits of one form, with the best rice, which is set. */
static double
try_form(struct model *m, const uint64_t *counts)
{
	size_t n = m->n_tables * m->n_symbols;
	double least = INFINITY, bits;
	unsigned int r, best = 0;

	if (!set_all(m, counts))
		return INFINITY;
	for (r = 0; r <= MODEL_RICE_MAX; r++) {
		bits = (double)unary_bits(m, r) + (double)(r * n);
		if (bits < least) {
			least = bits;
			best = r;
		}
	}
	m->rice = best;
	return data_bits(m, counts) + least;
}

/*
 * 15 bits, and 14 for more than two tables: what a decoder looks up should
 * stay in its cache.
 */
static unsigned int
precision_max(unsigned int n_tables)
{
	return n_tables <= 2 ? MODEL_PRECISION_MAX : MODEL_PRECISION_MAX - 1;
}

static void
find_form(struct model *m, const uint64_t *counts)
{
	unsigned int p, mantissa, best[3] = { precision_max(m->n_tables), 3,
	    0 };
	double least = INFINITY, bits;

	for (p = 8; p <= precision_max(m->n_tables); p++) {
		for (mantissa = 1; mantissa <= 6; mantissa++) {
			m->precision = p;
			m->mantissa = mantissa;
			if (m->n_symbols > (size_t)1 << p)
				continue;
			bits = try_form(m, counts);
			if (bits < least) {
				least = bits;
				best[0] = p;
				best[1] = mantissa;
				best[2] = m->rice;
			}
		}
	}
	m->precision = best[0];
	m->mantissa = best[1];
	m->rice = best[2];
}

enum err_code
model_fit(const uint64_t *counts, unsigned int n_tables, size_t n_symbols,
    struct model *m, double *bits, struct err *e)
{
	memset(m, 0, sizeof(*m));
	m->n_tables = n_tables;
	m->n_symbols = n_symbols;
	if (make_room(m, e) != ERR_OK)
		return e->code;
	if (n_symbols > 1)
		find_form(m, counts);
	if (!set_all(m, counts))
		return err_set(e, ERR_UNSUPPORTED, "no table for so many "
		    "values");
	*bits = data_bits(m, counts);
	return ERR_OK;
}

/* --- reading --- */

static enum err_code
wrong(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "a table of frequencies is wrong");
}

/* What is above the lower bits, from the string of bits p[size]. */
static bool
read_unary(const uint8_t *p, size_t size, size_t n, uint32_t *to)
{
	size_t bit, i = 0, from = 0;

	for (bit = 0; bit < size * 8; bit++) {
		if ((p[bit / 8] & 0x80 >> bit % 8) == 0)
			continue;
		if (i == n)
			return false;
		to[i++] = (uint32_t)(bit - from);
		from = bit + 1;
	}
	return i == n && size == (from + 7) / 8;
}

/* The sums of the differences; false: one is no code. */
static bool
set_sums(struct model *m, const uint32_t *z)
{
	size_t t, s, at = 0;
	int64_t code, slope;

	for (t = 0; t < m->n_tables; t++) {
		code = slope = 0;
		for (s = 0; s < m->n_symbols; s++, at++) {
			slope += z[at] % 2 == 0 ? (int64_t)(z[at] / 2) :
			    -(int64_t)(z[at] / 2) - 1;
			code += slope;
			if (code < 0 ||
			    code >> m->mantissa > MODEL_EXPONENT_MAX)
				return false;
			m->code[at] = (uint16_t)code;
		}
	}
	return true;
}

static enum err_code
read_codes(const uint8_t *p, size_t size, struct model *m, uint32_t *z,
    uint16_t *low, struct err *e)
{
	size_t i, n = m->n_tables * m->n_symbols;
	uint64_t plain = field_raw_size(n, m->rice);

	if (plain > size)
		return wrong(e);
	if (field_get_bits(p, n, m->rice, low, e) != ERR_OK)
		return e->code;
	if (!read_unary(p + plain, size - (size_t)plain, n, z))
		return wrong(e);
	for (i = 0; i < n; i++)
		z[i] = z[i] << m->rice | low[i];
	if (!set_sums(m, z) || !set_frequencies(m))
		return wrong(e);
	return ERR_OK;
}

enum err_code
model_read(const uint8_t *p, size_t size, struct model *m, struct err *e)
{
	size_t n = m->n_tables * m->n_symbols;
	uint16_t *low = NULL;
	uint32_t *z = NULL;

	m->code = m->freq = m->start = NULL;
	if (m->precision > MODEL_PRECISION_MAX ||
	    m->mantissa > MODEL_MANTISSA_MAX || m->rice > MODEL_RICE_MAX ||
	    m->n_tables < 1 || m->n_tables > MODEL_TABLES_MAX ||
	    m->n_symbols < 1 || m->n_symbols > (size_t)1 << m->precision ||
	    m->n_symbols > MODEL_SYMBOLS_MAX)
		return wrong(e);
	low = malloc(n * sizeof(*low));
	z = malloc(n * sizeof(*z));
	if (low == NULL || z == NULL)
		err_nomem(e);
	else if (make_room(m, e) == ERR_OK)
		read_codes(p, size, m, z, low, e);
	free(low);
	free(z);
	return e->code;
}
