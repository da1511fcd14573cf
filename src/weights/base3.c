/*
 * base3: five values of three levels in a byte.
 */
#include "weights/packing.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "weights/levels.h"

#define DIGITS 5		/* in a byte */
#define BYTES 243		/* that five digits make */
#define WORD_MAX 8

static uint64_t
packed_size(uint64_t n)
{
	return n / DIGITS + (n % DIGITS != 0);
}

/* --- there --- */

static enum err_code
put_values(const struct tensor *t, const struct levels *l, const uint8_t *raw,
    struct buf *out, struct err *e)
{
	uint16_t codes[LEVELS_CHUNK];
	const uint16_t *d;
	uint64_t i;
	size_t n, used;
	uint8_t *p;

	if (buf_reserve(out, (size_t)packed_size(t->n), e) != ERR_OK)
		return e->code;
	p = out->data + out->size;
	for (i = 0; i < t->n; i += n) {
		n = (size_t)num_min(t->n - i, LEVELS_CHUNK);
		levels_codes(l, raw + i * t->word, n, codes);
		for (used = n; used % DIGITS != 0; used++)
			codes[used] = 0;
		for (d = codes; d < codes + used; d += DIGITS)
			*p++ = (uint8_t)(d[0] + 3 * d[1] + 9 * d[2] +
			    27 * d[3] + 81 * d[4]);
	}
	out->size = (size_t)(p - out->data);
	return ERR_OK;
}

static enum err_code
encode(const struct tensor *t, const uint8_t *raw, unsigned int way,
    struct buf *out, json_t *params, struct err *e)
{
	struct levels l;

	(void)way;
	if (tensor_packable(t, ERR_UNSUPPORTED, e) != ERR_OK)
		return e->code;
	if (levels_three(t, raw, "base3", &l, e) == ERR_OK &&
	    levels_write(&l, params, e) == ERR_OK)
		put_values(t, &l, raw, out, e);
	levels_free(&l);
	return e->code;
}

/* --- and back --- */

/* The five words of each byte. */
static void
make_table(const struct levels *l, uint8_t *table)
{
	uint16_t codes[DIGITS];
	unsigned int byte, rest, d;

	for (byte = 0; byte < BYTES; byte++) {
		for (d = 0, rest = byte; d < DIGITS; d++, rest /= 3)
			codes[d] = (uint16_t)(rest % 3);
		levels_words(l, codes, DIGITS, table + byte * DIGITS * l->word);
	}
}

/* Inline, so that there is a loop for each size. */
static inline void
copy_words(const uint8_t *packed, uint64_t n, const uint8_t *table,
    uint8_t *raw, size_t size)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		memcpy(raw + i * size, table + packed[i] * size, size);
}

/* All bytes of n values are numbers of the digits that they have. */
static enum err_code
check_bytes(const uint8_t *packed, uint64_t n, struct err *e)
{
	unsigned int beyond = 1, d;
	uint64_t i;

	for (i = 0; i < n / DIGITS; i++) {
		if (packed[i] >= BYTES)
			return err_set(e, ERR_CORRUPT, "byte %" PRIu64 " is "
			    "%u, which no five digits make", i, packed[i]);
	}
	for (d = 0; d < n % DIGITS; d++)
		beyond *= 3;
	if (beyond > 1 && packed[i] >= beyond)
		return err_set(e, ERR_CORRUPT, "the last byte is %u, which no "
		    "%u digits make", packed[i], d);
	return ERR_OK;
}

static void
get_values(const struct tensor *t, const struct levels *l,
    const uint8_t *packed, uint8_t *raw)
{
	uint8_t table[BYTES * DIGITS * WORD_MAX];
	const uint64_t n = t->n / DIGITS;
	const size_t size = DIGITS * t->word;

	make_table(l, table);
	switch (t->word) {
	case 1:
		copy_words(packed, n, table, raw, DIGITS);
		break;
	case 2:
		copy_words(packed, n, table, raw, DIGITS * 2);
		break;
	case 4:
		copy_words(packed, n, table, raw, DIGITS * 4);
		break;
	default:
		copy_words(packed, n, table, raw, DIGITS * 8);
		break;
	}
	if (t->n % DIGITS != 0)
		memcpy(raw + n * size, table + packed[n] * size,
		    (size_t)(t->n % DIGITS) * t->word);
}

static enum err_code
decode(const struct tensor *t, const json_t *params, const uint8_t *packed,
    size_t n, uint8_t *raw, struct err *e)
{
	const uint64_t size = packed_size(t->n);
	struct levels l;

	if (tensor_packable(t, ERR_CORRUPT, e) != ERR_OK)
		return e->code;
	if (n != size)
		return err_set(e, ERR_CORRUPT, "%zu bytes where there have to "
		    "be %" PRIu64, n, size);
	if (levels_read(params, t->word, 3, 3, &l, e) == ERR_OK &&
	    check_bytes(packed, t->n, e) == ERR_OK)
		get_values(t, &l, packed, raw);
	levels_free(&l);
	return e->code;
}

static const struct packing_way ways[] = {
	{ "base3", 0 },
	{ NULL, 0 },
};

static const char *const params_of[] = { "levels", NULL };

const struct packing packing_base3 = {
	.name = "base3",
	.ways = ways,
	.encode = encode,
	.decode = decode,
	.params = params_of,
};
