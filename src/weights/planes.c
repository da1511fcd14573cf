#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/field.h"
#include "weights/model.h"
#include "weights/packing.h"

#define FIELDS_MAX 64
#define TOP_MIN 5		/* bits of the first field */
#define TOP_MAX 16
#define LOOK_MAX ((uint64_t)1 << 18)	/* values looked at for the cuts */
#define SYMBOL_BITS 5		/* what a symbol takes in a table, about */
#define WORTH 0.998		/* of a field's bits; else it is stored */

enum {
	WAY_CODED,
	WAY_TOP,		/* only the first field is coded */
	WAY_STORED
};

static const struct packing_way ways[] = {
	{ "planes", WAY_CODED }, { "planes, top coded", WAY_TOP },
	{ "planes, stored", WAY_STORED }, { NULL, 0 }
};

static const char *const params[] = { "fields", "rotate", NULL };

/* How words are cut. */
struct cuts {
	unsigned int word;	/* bits */
	unsigned int rotate;	/* 0 or 1 */
	unsigned int bits[FIELDS_MAX];	/* [n], the first one on top */
	bool coded[FIELDS_MAX];	/* [n], for the encoder: worth a try */
	size_t n;
};

/* Some of the words, counted. */
struct counts {
	uint32_t top[1 << TOP_MAX];	/* by their uppermost bits */
	uint32_t byte[8][256];	/* by each byte, the lowest first */
	uint64_t n;
};

/* --- words --- */

static uint64_t
turn(uint64_t v, const struct cuts *c)
{
	if (c->rotate == 0)
		return v;
	return (v << 1 | v >> (c->word - 1)) & tensor_mask(c->word / 8);
}

static uint64_t
turn_back(uint64_t v, const struct cuts *c)
{
	if (c->rotate == 0)
		return v;
	return v >> 1 | (v & 1) << (c->word - 1);
}

/* Bits below field i. */
static unsigned int
shift_of(const struct cuts *c, size_t i)
{
	unsigned int sum = 0;
	size_t k;

	for (k = i + 1; k < c->n; k++)
		sum += c->bits[k];
	return sum;
}

/* The first field has `top` bits, and the rest whole bytes but for one. */
static void
cut(struct cuts *c, unsigned int top)
{
	unsigned int left = c->word - top;

	c->n = 0;
	c->bits[c->n++] = top;
	if (left % 8 != 0)
		c->bits[c->n++] = left % 8;
	for (left -= left % 8; left > 0; left -= 8)
		c->bits[c->n++] = 8;
}

/* --- where to cut --- */

/* The bits of what was counted, or INFINITY when it is too wide for a table;
 * a table's own bits are added. */
static double
counted_bits(const uint32_t *count, size_t size)
{
	double n = 0, sum = 0, c;
	size_t i, first = size, last = 0, used = 0;

	for (i = 0; i < size; i++) {
		if (count[i] == 0)
			continue;
		if (used++ == 0)
			first = i;
		last = i;
		c = count[i];
		n += c;
		sum += c * log2(c);
	}
	if (used == 0)
		return 0;
	if (last - first >= MODEL_SYMBOLS_MAX)
		return INFINITY;
	return n * log2(n) - sum + SYMBOL_BITS * (double)used +
	    (double)(last - first);
}

/* Count every so many values. */
static void
look(const struct tensor *t, const uint8_t *raw, const struct cuts *c,
    struct counts *l)
{
	uint64_t step = (t->n + LOOK_MAX - 1) / LOOK_MAX, k, v;
	unsigned int i;

	l->n = 0;
	memset(l->byte, 0, sizeof(l->byte));
	memset(l->top, 0, ((size_t)1 << TOP_MAX) * sizeof(*l->top));
	for (k = 0; k < t->n; k += step, l->n++) {
		v = turn(tensor_get(raw, t->word, k), c);
		l->top[v >> (c->word - TOP_MAX)]++;
		for (i = 0; i < t->word; i++)
			l->byte[i][v >> 8 * i & 255]++;
	}
}

/* What field i, which begins inside of a byte or with it and ends where it
 * does, would take of all values, coded or stored. */
static double
field_bits(const struct cuts *c, size_t i, const struct counts *l, uint64_t n)
{
	const uint32_t *byte = l->byte[shift_of(c, i) / 8];
	size_t size = (size_t)1 << c->bits[i], k;
	uint32_t count[256] = { 0 };
	double bits;

	for (k = 0; k < 256; k++)
		count[k % size] += byte[k];
	bits = counted_bits(count, size) * (double)n / (double)l->n;
	return bits > (double)n * c->bits[i] ? (double)n * c->bits[i] : bits;
}

/* The bits of all fields; sets which are worth to be coded. */
static double
all_bits(struct cuts *c, const struct counts *l, uint64_t n)
{
	double all = counted_bits(l->top, (size_t)1 << c->bits[0]) *
	    (double)n / (double)l->n, bits;
	size_t i;

	c->coded[0] = true;
	for (i = 1; i < c->n; i++) {
		bits = field_bits(c, i, l, n);
		c->coded[i] = bits < WORTH * (double)n * c->bits[i];
		all += bits;
	}
	return all;
}

/* The cuts of which least is to be expected. */
static enum err_code
choose_cuts(const struct tensor *t, const uint8_t *raw, struct cuts *best,
    struct err *e)
{
	struct cuts c = *best;
	struct counts *l = malloc(sizeof(*l));
	double least = INFINITY, bits;
	unsigned int top;
	size_t i;

	if (l == NULL)
		return err_nomem(e);
	cut(best, TOP_MIN);
	for (c.rotate = 0; c.rotate <= 1; c.rotate++) {
		look(t, raw, &c, l);
		for (top = TOP_MAX; top >= TOP_MIN; top--) {
			cut(&c, top);
			bits = all_bits(&c, l, t->n);
			if (bits < least) {
				least = bits;
				*best = c;
			}
			for (i = 0; i < (size_t)1 << (top - 1); i++)
				l->top[i] = l->top[2 * i] + l->top[2 * i + 1];
		}
	}
	free(l);
	return ERR_OK;
}

/* --- encoding --- */

/* Append a field, coded if it may be and if that is smaller. */
static enum err_code
put_field(const struct field *f, bool may_code, bool classes, struct buf *out,
    struct err *e)
{
	struct err coding = ERR_INIT;
	size_t begin = out->size;

	if (may_code && field_put_coded(f, classes, out, &coding) == ERR_OK &&
	    out->size - begin <= field_raw_size(f->n, f->bits))
		return ERR_OK;
	out->size = begin;
	if (coding.code != ERR_OK && coding.code != ERR_UNSUPPORTED)
		return err_copy(e, &coding);
	return field_put_raw(f, out, e);
}

static enum err_code
put_fields(const struct tensor *t, const uint8_t *raw, const struct cuts *c,
    struct buf *out, struct err *e)
{
	struct field f = { NULL, t->n, 0, tensor_cols(t) };
	uint16_t *values = field_room(t->n);
	unsigned int shift;
	uint64_t k;
	size_t i;

	if (values == NULL)
		return err_nomem(e);
	f.values = values;
	for (i = 0; i < c->n && e->code == ERR_OK; i++) {
		shift = shift_of(c, i);
		f.bits = c->bits[i];
		for (k = 0; k < t->n; k++)
			values[k] = (uint16_t)(turn(tensor_get(raw, t->word,
			    k), c) >> shift & ((1U << f.bits) - 1));
		put_field(&f, c->coded[i], i == 0, out, e);
	}
	free(values);
	return e->code;
}

static enum err_code
put_params(const struct cuts *c, json_t *to, struct err *e)
{
	json_t *fields = json_array();
	size_t i;
	int bad = 0;

	for (i = 0; i < c->n; i++)
		bad |= json_array_append_new(fields, json_integer(c->bits[i]));
	if (c->rotate != 0)
		bad |= json_object_set_new(to, "rotate", json_integer(1));
	bad |= json_object_set_new(to, "fields", fields);
	return bad != 0 ? err_nomem(e) : ERR_OK;
}

static enum err_code
set_cuts(const struct tensor *t, const uint8_t *raw, unsigned int way,
    struct cuts *c, struct err *e)
{
	size_t i, lower = 0;

	if (way == WAY_STORED) {
		c->rotate = t->dtype[0] == 'F' || t->dtype[0] == 'B';
		cut(c, 8);
		return ERR_OK;
	}
	if (choose_cuts(t, raw, c, e) != ERR_OK || way == WAY_CODED)
		return e->code;
	for (i = 1; i < c->n; i++) {
		lower += c->coded[i];
		c->coded[i] = false;
	}
	return lower > 0 ? ERR_OK : err_set(e, ERR_UNSUPPORTED, "no field "
	    "but the first would be coded");
}

static enum err_code
encode(const struct tensor *t, const uint8_t *raw, unsigned int way,
    struct buf *out, json_t *to, struct err *e)
{
	struct cuts c = { .word = 8 * t->word };

	if (t->word < 2)
		return err_set(e, ERR_UNSUPPORTED, "%s: planes take values of "
		    "2 bytes and more", t->dtype);
	if (set_cuts(t, raw, way, &c, e) != ERR_OK ||
	    put_params(&c, to, e) != ERR_OK)
		return e->code;
	return put_fields(t, raw, &c, out, e);
}

/* --- decoding --- */

static enum err_code
wrong(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "%s is wrong", what);
}

static enum err_code
get_params(const json_t *from, struct cuts *c, struct err *e)
{
	const json_t *rotate = json_object_get(from, "rotate");
	const json_t *fields = json_object_get(from, "fields"), *one;
	unsigned int sum = 0;
	size_t i;

	if (rotate != NULL && (!json_is_integer(rotate) ||
	    json_integer_value(rotate) < 0 || json_integer_value(rotate) > 1))
		return wrong("\"rotate\"", e);
	c->rotate = rotate != NULL ? (unsigned int)json_integer_value(rotate) :
	    0;
	if (!json_is_array(fields) || json_array_size(fields) > FIELDS_MAX)
		return wrong("\"fields\"", e);
	c->n = json_array_size(fields);
	for (i = 0; i < c->n; i++) {
		one = json_array_get(fields, i);
		if (!json_is_integer(one) || json_integer_value(one) < 1 ||
		    json_integer_value(one) > PACKING_BITS_MAX)
			return wrong("\"fields\"", e);
		c->bits[i] = (unsigned int)json_integer_value(one);
		sum += c->bits[i];
	}
	return sum == c->word ? ERR_OK : wrong("\"fields\"", e);
}

/* The fields into raw, which begins as zeros; turned words are turned back at
 * the end. */
static enum err_code
get_fields(const struct tensor *t, const struct cuts *c,
    const uint8_t *packed, size_t n, uint8_t *raw, struct err *e)
{
	uint16_t *values = field_room(t->n);
	unsigned int shift;
	size_t i, used;
	uint64_t k;

	if (values == NULL)
		return err_nomem(e);
	for (i = 0; i < c->n; i++) {
		shift = shift_of(c, i);
		if (field_get(packed, n, t->n, c->bits[i], values, &used, e) !=
		    ERR_OK)
			break;
		packed += used;
		n -= used;
		for (k = 0; k < t->n; k++)
			tensor_put(raw, t->word, k, tensor_get(raw, t->word,
			    k) | (uint64_t)values[k] << shift);
	}
	if (e->code == ERR_OK && n != 0)
		err_set(e, ERR_CORRUPT, "bytes behind the last field");
	free(values);
	return e->code;
}

static enum err_code
decode(const struct tensor *t, const json_t *from, const uint8_t *packed,
    size_t n, uint8_t *raw, struct err *e)
{
	struct cuts c = { .word = 8 * t->word };
	uint64_t k;

	if (tensor_packable(t, ERR_CORRUPT, e) != ERR_OK ||
	    get_params(from, &c, e) != ERR_OK)
		return e->code;
	memset(raw, 0, (size_t)t->size);
	if (get_fields(t, &c, packed, n, raw, e) != ERR_OK)
		return e->code;
	for (k = 0; k < t->n && c.rotate != 0; k++)
		tensor_put(raw, t->word, k, turn_back(tensor_get(raw,
		    t->word, k), &c));
	return ERR_OK;
}

const struct packing packing_planes = { "planes", ways, encode, decode,
	params };
