/*
 * bits: k bits a value, the codes of levels or what is above the lowest value.
 */
#include "weights/packing.h"

#include <inttypes.h>

#include "base/num.h"
#include "weights/field.h"
#include "weights/levels.h"

/* What a tensor is packed with. */
struct coding {
	struct levels levels;
	bool low;		/* codes are added to `lowest` */
	uint64_t lowest;	/* a word */
	unsigned int bits;
};

/* --- there --- */

/* Bits of the numbers from 0 to n. */
static unsigned int
bits_of(uint64_t n)
{
	unsigned int bits = 0;

	for (; n > 0; n >>= 1)
		bits++;
	return bits;
}

/* The lowest word, and what the highest is above it: as the integers that they
 * are, others as signed numbers.  Without all of the levels, go through the
 * values. */
static uint64_t
range(const struct tensor *t, const uint8_t *raw, const struct levels *l,
    bool have_all, uint64_t *lowest)
{
	const bool is_signed = tensor_is_signed(t) || !tensor_is_integer(t);
	const uint64_t flip = is_signed ? UINT64_C(1) << (8 * t->word - 1) : 0;
	const uint64_t n = have_all ? l->n : t->n;
	uint64_t least = UINT64_MAX, most = 0, i, value;

	for (i = 0; i < n; i++) {
		if (have_all)
			value = tensor_unsigned(t->word, l->list[i].value);
		else
			value = tensor_get(raw, t->word, i);
		least = num_min(least, value ^ flip);
		most = num_max(most, value ^ flip);
	}
	*lowest = least ^ flip;
	return most - least;
}

static enum err_code
refuse(const struct tensor *t, const uint8_t *raw, uint64_t at, struct err *e)
{
	char text[TENSOR_TEXT_MAX];

	tensor_text(t, tensor_get(raw, t->word, at), text);
	return err_set(e, ERR_UNSUPPORTED, "value %s at element %" PRIu64
	    " is one level too many; bits takes %zu levels, or a range of "
	    "65536", text, at, LEVELS_WRITTEN_MAX);
}

/* c->levels is to be freed. */
static enum err_code
choose(const struct tensor *t, const uint8_t *raw, struct coding *c,
    struct err *e)
{
	unsigned int by_level;
	uint64_t end, span;
	bool have_all;

	if (levels_collect(t, raw, LEVELS_WRITTEN_MAX, &c->levels, &end,
	    e) != ERR_OK)
		return e->code;
	have_all = end == t->n;
	by_level = have_all ? bits_of(c->levels.n - 1) : PACKING_BITS_MAX;
	span = range(t, raw, &c->levels, have_all, &c->lowest);
	c->low = bits_of(span) <= by_level;
	c->bits = c->low ? bits_of(span) : by_level;
	return have_all || c->low ? ERR_OK : refuse(t, raw, end, e);
}

static enum err_code
put_params(const struct tensor *t, const struct coding *c, json_t *params,
    struct err *e)
{
	int r = json_object_set_new(params, "bits",
	    json_integer((json_int_t)c->bits));

	if (!c->low)
		levels_write(&c->levels, params, e);
	else
		r |= json_object_set_new(params, "low", json_integer(
		    (json_int_t)tensor_signed(t->word, c->lowest)));
	return r != 0 ? err_nomem(e) : e->code;
}

static void
codes_above(const uint8_t *raw, unsigned int word, uint64_t lowest, size_t n,
    uint16_t *codes)
{
	const uint8_t low = (uint8_t)lowest;
	size_t i;

	if (word == 1) {
		for (i = 0; i < n; i++)
			codes[i] = (uint8_t)(raw[i] - low);
		return;
	}
	for (i = 0; i < n; i++)
		codes[i] = (uint16_t)(tensor_get(raw, word, i) - lowest);
}

static enum err_code
put_values(const struct tensor *t, const struct coding *c, const uint8_t *raw,
    struct buf *out, struct err *e)
{
	uint16_t codes[LEVELS_CHUNK];
	uint64_t i;
	size_t n;

	for (i = 0; i < t->n; i += n) {
		n = (size_t)num_min(t->n - i, LEVELS_CHUNK);
		if (c->low)
			codes_above(raw + i * t->word, t->word, c->lowest, n,
			    codes);
		else
			levels_codes(&c->levels, raw + i * t->word, n, codes);
		if (field_put_bits(codes, n, c->bits, out, e) != ERR_OK)
			break;
	}
	return e->code;
}

static enum err_code
encode(const struct tensor *t, const uint8_t *raw, unsigned int way,
    struct buf *out, json_t *params, struct err *e)
{
	struct coding c = { .low = false };

	(void)way;
	if (tensor_packable(t, ERR_UNSUPPORTED, e) != ERR_OK)
		return e->code;
	if (choose(t, raw, &c, e) == ERR_OK &&
	    put_params(t, &c, params, e) == ERR_OK &&
	    buf_reserve(out, (size_t)field_raw_size(t->n, c.bits),
	    e) == ERR_OK)
		put_values(t, &c, raw, out, e);
	levels_free(&c.levels);
	return e->code;
}

/* --- and back --- */

/* c->levels is to be freed. */
static enum err_code
get_params(const struct tensor *t, const json_t *params, struct coding *c,
    struct err *e)
{
	const json_t *bits = json_object_get(params, "bits");
	const json_t *low = json_object_get(params, "low");
	const json_int_t lowest = json_integer_value(low);

	if (!json_is_integer(bits) || json_integer_value(bits) < 0 ||
	    json_integer_value(bits) > PACKING_BITS_MAX)
		return err_set(e, ERR_CORRUPT, "\"bits\" is not 0 to %d",
		    PACKING_BITS_MAX);
	c->bits = (unsigned int)json_integer_value(bits);
	c->low = low != NULL;
	if (!c->low)
		return levels_read(params, t->word, 1, (size_t)1 << c->bits,
		    &c->levels, e);
	if (json_object_get(params, "levels") != NULL)
		return err_set(e, ERR_CORRUPT, "there are \"low\" and "
		    "\"levels\"");
	c->lowest = tensor_unsigned(t->word, lowest);
	if (!json_is_integer(low) ||
	    tensor_signed(t->word, c->lowest) != lowest)
		return err_set(e, ERR_CORRUPT, "\"low\" is no word of %u "
		    "bits", 8 * t->word);
	return ERR_OK;
}

static void
words_above(const uint16_t *codes, unsigned int word, uint64_t lowest,
    size_t n, uint8_t *raw)
{
	const uint8_t low = (uint8_t)lowest;
	size_t i;

	if (word == 1) {
		for (i = 0; i < n; i++)
			raw[i] = (uint8_t)(low + codes[i]);
		return;
	}
	for (i = 0; i < n; i++)
		tensor_put(raw, word, i, lowest + codes[i]);
}

static enum err_code
get_values(const struct tensor *t, const struct coding *c,
    const uint8_t *packed, uint8_t *raw, struct err *e)
{
	uint16_t codes[LEVELS_CHUNK];
	const uint8_t *p = packed;
	size_t n, done;
	uint64_t i;

	for (i = 0; i < t->n; i += n) {
		n = (size_t)num_min(t->n - i, LEVELS_CHUNK);
		if (c->bits > 0)	/* without, packed may be NULL */
			p = packed + field_raw_size(i, c->bits);
		if (field_get_bits(p, n, c->bits, codes, e) != ERR_OK)
			break;
		done = n;
		if (c->low)
			words_above(codes, t->word, c->lowest, n,
			    raw + i * t->word);
		else
			done = levels_words(&c->levels, codes, n,
			    raw + i * t->word);
		if (done < n)
			return err_set(e, ERR_CORRUPT, "element %" PRIu64
			    " has code %u, and there are %zu levels", i + done,
			    codes[done], c->levels.n);
	}
	return e->code;
}

static enum err_code
decode(const struct tensor *t, const json_t *params, const uint8_t *packed,
    size_t n, uint8_t *raw, struct err *e)
{
	struct coding c = { .low = false };
	uint64_t size;

	if (tensor_packable(t, ERR_CORRUPT, e) != ERR_OK)
		return e->code;
	if (get_params(t, params, &c, e) == ERR_OK) {
		size = field_raw_size(t->n, c.bits);
		if (n != size)
			err_set(e, ERR_CORRUPT, "%zu bytes where there have "
			    "to be %" PRIu64, n, size);
		else
			get_values(t, &c, packed, raw, e);
	}
	levels_free(&c.levels);
	return e->code;
}

static const struct packing_way ways[] = {
	{ "bits", 0 },
	{ NULL, 0 },
};

static const char *const params_of[] = { "bits", "levels", "low", NULL };

const struct packing packing_bits = {
	.name = "bits",
	.ways = ways,
	.encode = encode,
	.decode = decode,
	.params = params_of,
};
