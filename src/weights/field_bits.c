/*
 * Strings of bits, as packings and raw fields have them.
 */
#include "weights/field.h"

#include <string.h>

#include "base/num.h"

uint64_t
field_raw_size(uint64_t n, unsigned int bits)
{
	return n / 8 * bits + (n % 8 * bits + 7) / 8;
}

enum err_code
field_put_bits(const uint16_t *values, uint64_t n, unsigned int bits,
    struct buf *out, struct err *e)
{
	const uint64_t size = field_raw_size(n, bits);
	unsigned int held = 0;	/* bits of `last` that are not written yet */
	uint64_t last = 0, i;
	uint8_t *p;

	if (size > SIZE_MAX)
		return err_nomem(e);
	if (size == 0)
		return ERR_OK;
	if (buf_reserve(out, (size_t)size, e) != ERR_OK)
		return e->code;
	p = out->data + out->size;
	for (i = 0; i < n; i++) {
		last = last << bits | values[i];
		held += bits;
		if (held >= 32) {
			held -= 32;
			p[0] = (uint8_t)(last >> held >> 24);
			p[1] = (uint8_t)(last >> held >> 16);
			p[2] = (uint8_t)(last >> held >> 8);
			p[3] = (uint8_t)(last >> held);
			p += 4;
		}
	}
	last <<= (8 - held % 8) % 8;
	for (held = (held + 7) / 8; held > 0; held--)
		*p++ = (uint8_t)(last >> 8 * (held - 1));
	out->size += (size_t)size;
	return ERR_OK;
}

/* `bits` bits from bit `at` of p[size] on; what is behind p[size] counts as
 * zero. */
static uint16_t
get_last(const uint8_t *p, uint64_t size, uint64_t at, unsigned int bits)
{
	uint32_t v = 0;
	uint64_t i;

	for (i = at / 8; i < at / 8 + 4; i++)
		v = v << 8 | (i < size ? p[i] : 0);
	return (uint16_t)(v << at % 8 >> (32 - bits));
}

enum err_code
field_get_bits(const uint8_t *p, uint64_t n, unsigned int bits,
    uint16_t *values, struct err *e)
{
	const uint64_t size = field_raw_size(n, bits);
	uint64_t i, at = 0, whole = 0;
	const uint8_t *q;
	uint32_t v;

	if (bits == 0) {
		memset(values, 0, (size_t)n * sizeof(*values));
		return ERR_OK;
	}
	/* A value is in no more than three bytes, and four are read where there
	 * are as many. */
	if (size >= 4)
		whole = num_min(n, ((size - 4) * 8 + 7) / bits + 1);
	for (i = 0; i < whole; i++, at += bits) {
		q = p + at / 8;
		v = (uint32_t)q[0] << 24 | (uint32_t)q[1] << 16 |
		    (uint32_t)q[2] << 8 | (uint32_t)q[3];
		values[i] = (uint16_t)(v << at % 8 >> (32 - bits));
	}
	for (; i < n; i++, at += bits)
		values[i] = get_last(p, size, at, bits);
	if (at % 8 != 0 && (uint8_t)(p[at / 8] << at % 8) != 0)
		return err_set(e, ERR_CORRUPT, "bits are left over that are "
		    "not zero");
	return ERR_OK;
}
