/*
 * bitmask: which values are not the first of three levels, and which of the
 * other two those are.
 */
#include "weights/packing.h"

#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "weights/field.h"
#include "weights/levels.h"

/* --- there --- */

/* Have the level first that costs one bit: 0 of -1, 0 and 1, and else the most
 * frequent one. */
static enum err_code
sort_levels(const struct tensor *t, struct levels *l, struct err *e)
{
	const struct level *list = l->list;
	struct level first;
	size_t at = 0, i;

	if (tensor_is_integer(t) && list[0].value == -1 &&
	    list[1].value == 0 && list[2].value == 1) {
		at = 1;
	} else {
		for (i = 1; i < 3; i++) {
			if (list[i].count > list[at].count)
				at = i;
		}
	}
	first = list[at];
	memmove(l->list + 1, l->list, at * sizeof(first));
	l->list[0] = first;
	return levels_index(l, e);
}

/* The strings of bits that are being written. */
struct strings {
	uint8_t *mask;
	uint8_t *signs;
	unsigned int last;	/* signs that are no byte yet */
	unsigned int held;	/* how many, 0 .. 7 */
};

/* The codes of n values, n a multiple of 8. */
static void
put_codes(struct strings *s, const uint16_t *codes, size_t n)
{
	unsigned int mask, one, j;
	const uint16_t *c;

	for (c = codes; c < codes + n; c += 8) {
		mask = 0;
		for (j = 0; j < 8; j++) {
			one = c[j] != 0;
			mask = mask << 1 | one;
			s->last = s->last << one | c[j] >> 1;
			s->held += one;
		}
		*s->mask++ = (uint8_t)mask;
		if (s->held >= 8) {
			s->held -= 8;
			*s->signs++ = (uint8_t)(s->last >> s->held);
		}
	}
}

static enum err_code
put_values(const struct tensor *t, const struct levels *l, const uint8_t *raw,
    struct buf *out, struct err *e)
{
	const uint64_t mask_size = field_raw_size(t->n, 1);
	const uint64_t size = mask_size +
	    field_raw_size(t->n - l->list[0].count, 1);
	uint16_t codes[LEVELS_CHUNK];
	struct strings s = { .held = 0 };
	uint64_t i;
	size_t n, used;

	if (buf_reserve(out, (size_t)size, e) != ERR_OK)
		return e->code;
	s.mask = out->data + out->size;
	s.signs = s.mask + mask_size;
	for (i = 0; i < t->n; i += n) {
		n = (size_t)num_min(t->n - i, LEVELS_CHUNK);
		levels_codes(l, raw + i * t->word, n, codes);
		for (used = n; used % 8 != 0; used++)
			codes[used] = 0;
		put_codes(&s, codes, used);
	}
	if (s.held > 0)
		*s.signs = (uint8_t)(s.last << (8 - s.held));
	out->size += (size_t)size;
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
	if (levels_three(t, raw, "bitmask", &l, e) == ERR_OK &&
	    sort_levels(t, &l, e) == ERR_OK &&
	    levels_write(&l, params, e) == ERR_OK)
		put_values(t, &l, raw, out, e);
	levels_free(&l);
	return e->code;
}

/* --- and back --- */

static uint64_t
count_ones(const uint8_t *p, uint64_t n)
{
	uint64_t ones = 0, i;

	for (i = 0; i + 8 <= n; i += 8)
		ones += (uint64_t)__builtin_popcountll(num_le(p + i, 8));
	for (; i < n; i++)
		ones += (uint64_t)__builtin_popcount(p[i]);
	return ones;
}

/* Are the bits behind the first n of p zero, to the end of a byte? */
static bool
ends_in_zeros(const uint8_t *p, uint64_t n)
{
	return n % 8 == 0 || (uint8_t)(p[n / 8] << n % 8) == 0;
}

/* *signs_size: bytes of the second string. */
static enum err_code
check(const struct tensor *t, const uint8_t *packed, size_t n,
    size_t *signs_size, struct err *e)
{
	const uint64_t mask_size = field_raw_size(t->n, 1);
	uint64_t ones, size = mask_size;

	if (n >= mask_size) {
		ones = count_ones(packed, mask_size);
		size += field_raw_size(ones, 1);
	}
	if (n != size)
		return err_set(e, ERR_CORRUPT, "%zu bytes where there have to "
		    "be %" PRIu64 "%s", n, size, n < mask_size ? " or more" :
		    "");
	if (!ends_in_zeros(packed, t->n) ||
	    !ends_in_zeros(packed + mask_size, ones))
		return err_set(e, ERR_CORRUPT, "bits are left over that are "
		    "not zero");
	*signs_size = (size_t)(size - mask_size);
	return ERR_OK;
}

/* The codes of n values, n a multiple of 8; *at, the bits of signs that have
 * been used, goes on. */
static void
get_codes(const uint8_t *mask, size_t n, const uint8_t *signs,
    size_t signs_size, uint64_t *at, uint16_t *codes)
{
	unsigned int m, s, one, j;
	size_t i, byte;

	for (i = 0; i < n / 8; i++) {
		m = mask[i];
		byte = (size_t)(*at / 8);
		s = byte < signs_size ? (unsigned int)signs[byte] << 8 : 0;
		if (byte + 1 < signs_size)
			s |= signs[byte + 1];
		s <<= *at % 8;
		for (j = 0; j < 8; j++) {
			one = m >> (7 - j) & 1;
			codes[8 * i + j] = (uint16_t)(one +
			    (one & s >> 15));
			s <<= one;
			*at += one;
		}
	}
}

static void
get_values(const struct tensor *t, const struct levels *l,
    const uint8_t *packed, size_t signs_size, uint8_t *raw)
{
	const uint8_t *signs = packed + field_raw_size(t->n, 1);
	uint16_t codes[LEVELS_CHUNK];
	uint64_t i, at = 0;
	size_t n;

	for (i = 0; i < t->n; i += n) {
		n = (size_t)num_min(t->n - i, LEVELS_CHUNK);
		get_codes(packed + i / 8, (n + 7) / 8 * 8, signs, signs_size,
		    &at, codes);
		levels_words(l, codes, n, raw + i * t->word);
	}
}

static enum err_code
decode(const struct tensor *t, const json_t *params, const uint8_t *packed,
    size_t n, uint8_t *raw, struct err *e)
{
	size_t signs_size = 0;
	struct levels l;

	if (tensor_packable(t, ERR_CORRUPT, e) != ERR_OK ||
	    check(t, packed, n, &signs_size, e) != ERR_OK)
		return e->code;
	if (levels_read(params, t->word, 3, 3, &l, e) == ERR_OK)
		get_values(t, &l, packed, signs_size, raw);
	levels_free(&l);
	return e->code;
}

static const struct packing_way ways[] = {
	{ "bitmask", 0 },
	{ NULL, 0 },
};

static const char *const params_of[] = { "levels", NULL };

const struct packing packing_bitmask = {
	.name = "bitmask",
	.ways = ways,
	.encode = encode,
	.decode = decode,
	.params = params_of,
};
