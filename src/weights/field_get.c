/* The decoder. */
#include "weights/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/classes.h"
#include "weights/field_part.h"
#include "weights/lanes.h"
#include "weights/model.h"

#define PIECE 4096		/* values, a multiple of 8 */

/* The alphabet of a field. */
struct alphabet {
	uint32_t low;		/* the first value of its range */
	uint32_t range;		/* values in it */
	uint32_t mask;		/* of the bits of a value */
	uint16_t *value;	/* [n] of a symbol; owned */
	size_t n;
};

static enum err_code
wrong(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "a field's head is wrong");
}

/* What is left of the bytes. */
struct rest {
	const uint8_t *p;
	size_t size;
};

/* The next n bytes; NULL: there are fewer. */
static const uint8_t *
take(struct rest *r, uint64_t n)
{
	const uint8_t *p = r->p;

	if (n > r->size)
		return NULL;
	r->p += n;
	r->size -= (size_t)n;
	return p;
}

static enum err_code
get_mask(struct rest *r, struct alphabet *a, struct err *e)
{
	const uint8_t *p = take(r, (a->range + 7) / 8);
	size_t v;

	if (p == NULL)
		return wrong(e);
	a->value = malloc(a->range * sizeof(*a->value));
	if (a->value == NULL)
		return err_nomem(e);
	for (v = 0; v < (a->range + 7) / 8 * 8; v++) {
		if ((p[v / 8] & 0x80 >> v % 8) == 0)
			continue;
		if (v >= a->range)
			return wrong(e);
		a->value[a->n++] = (uint16_t)((a->low + v) & a->mask);
	}
	return a->n > 0 ? ERR_OK : wrong(e);
}

/* Where values go: one of them, [n].  bytes takes fields of up to 8 bits. */
struct target {
	uint8_t *bytes;
	uint16_t *wide;
};

static enum err_code get_field(struct rest *r, uint64_t n, unsigned int bits,
    bool labels, const struct target *to, struct err *e);

/* The table of each value, tables[n]. */
static enum err_code
get_classes(struct rest *r, uint64_t n, unsigned int n_tables,
    uint8_t **tables, struct err *e)
{
	struct classes c = { .n_tables = n_tables };
	const uint8_t *p = take(r, 8);
	unsigned int row = 0, col = 0;
	struct target to = { NULL, NULL };
	uint64_t rows, cols, i;

	if (p == NULL)
		return wrong(e);
	rows = num_le(p, 4);
	cols = num_le(p + 4, 4);
	/* So that there is one label more than values at most. */
	if (cols < 1 || cols > n ||
	    (rows > 0 && rows != (n + cols - 1) / cols))
		return wrong(e);
	c.n_rows = (size_t)rows;
	c.n_cols = (size_t)cols;
	c.labels = to.wide = field_room(rows + cols);
	*tables = malloc((size_t)n);
	if (c.labels == NULL || *tables == NULL)
		err_nomem(e);
	else if (get_field(r, rows + cols, FIELD_LABEL_BITS, true, &to, e) ==
	    ERR_OK) {
		for (i = 0; i < rows; i++)
			row = c.labels[i] > row ? c.labels[i] : row;
		for (i = 0; i < cols; i++)
			col = c.labels[rows + i] > col ? c.labels[rows + i] :
			    col;
		if (row + col >= n_tables)
			wrong(e);
		else
			classes_tables(&c, n, *tables);
	}
	classes_free(&c);
	return e->code;
}

static enum err_code
get_symbols(struct rest *r, const uint8_t *head, const struct model *m,
    const struct lanes_symbols *s, const struct lanes_sink *to,
    struct err *e)
{
	struct lanes_stage stages[LANES_STAGES_MAX];
	const uint8_t *p = take(r, 4 * (uint64_t)head[5]), *words;
	uint64_t n_words = num_le(head + 12, 4);
	size_t i;

	words = take(r, 2 * n_words);
	if (p == NULL || words == NULL || head[5] > LANES_STAGES_MAX)
		return wrong(e);
	for (i = 0; i < head[5]; i++) {
		stages[i].lanes = (uint16_t)num_le(p + 4 * i, 2);
		stages[i].steps = (uint16_t)num_le(p + 4 * i + 2, 2);
	}
	return lanes_decode(s, stages, head[5], words, (size_t)n_words, m,
	    to, e);
}

static enum err_code
get_coded(struct rest *r, uint64_t n, unsigned int bits, bool labels,
    const struct target *to, struct err *e)
{
	const uint8_t *head = take(r, FIELD_HEAD - 1), *tables;
	struct alphabet a = { .mask = ((uint32_t)1 << bits) - 1 };
	struct model m = { .code = NULL };
	struct lanes_symbols s = { n, NULL };
	struct lanes_sink sink = { NULL, to->bytes, to->wide };
	uint8_t *table = NULL;

	if (head == NULL)
		return wrong(e);
	head--;			/* offsets count from the kind */
	a.low = (uint32_t)num_le(head + 6, 2);
	a.range = (uint32_t)num_le(head + 8, 2);
	if (a.range < 1 || a.range > MODEL_SYMBOLS_MAX ||
	    a.range > a.mask + 1 || a.low > a.mask ||
	    (labels && head[4] != 1))
		return wrong(e);
	if (get_mask(r, &a, e) == ERR_OK) {
		m.precision = head[1];
		m.mantissa = head[2];
		m.rice = head[3];
		m.n_tables = head[4];
		m.n_symbols = a.n;
		tables = take(r, num_le(head + 10, 2));
		if (tables == NULL)
			wrong(e);
		else if (model_read(tables, (size_t)num_le(head + 10, 2), &m,
		    e) == ERR_OK && m.n_tables > 1)
			get_classes(r, n, m.n_tables, &table, e);
	}
	s.table = table;
	sink.value = a.value;
	if (e->code == ERR_OK)
		get_symbols(r, head, &m, &s, &sink, e);
	model_free(&m);
	free(a.value);
	free(table);
	return e->code;
}

/* A raw field to bytes, by way of a few wide values. */
static enum err_code
get_narrow(const uint8_t *p, uint64_t n, unsigned int bits, uint8_t *values,
    struct err *e)
{
	uint16_t wide[PIECE];
	uint64_t at;
	size_t i, k;

	if (bits == 8) {
		memcpy(values, p, (size_t)n);
		return ERR_OK;
	}
	for (at = 0; at < n && e->code == ERR_OK; at += k) {
		k = (size_t)num_min(PIECE, n - at);
		if (field_get_bits(p + at / 8 * bits, k, bits, wide, e) !=
		    ERR_OK)
			break;
		for (i = 0; i < k; i++)
			values[at + i] = (uint8_t)wide[i];
	}
	return e->code;
}

static enum err_code
get_field(struct rest *r, uint64_t n, unsigned int bits, bool labels,
    const struct target *to, struct err *e)
{
	const uint8_t *kind = take(r, 1), *raw;

	if (kind == NULL || *kind > FIELD_CODED)
		return wrong(e);
	if (*kind == FIELD_CODED)
		return get_coded(r, n, bits, labels, to, e);
	raw = take(r, field_raw_size(n, bits));
	if (raw == NULL)
		return err_set(e, ERR_CORRUPT, "a field ends early");
	if (to->bytes != NULL)
		return get_narrow(raw, n, bits, to->bytes, e);
	return field_get_bits(raw, n, bits, to->wide, e);
}

static enum err_code
get(const uint8_t *p, size_t size, uint64_t n, unsigned int bits,
    const struct target *to, size_t *used, struct err *e)
{
	struct rest r = { p, size };

	get_field(&r, n, bits, false, to, e);
	*used = size - r.size;
	return e->code;
}

enum err_code
field_get(const uint8_t *p, size_t size, uint64_t n, unsigned int bits,
    uint16_t *values, size_t *used, struct err *e)
{
	return get(p, size, n, bits, &(struct target){ NULL, values }, used,
	    e);
}

enum err_code
field_get_bytes(const uint8_t *p, size_t size, uint64_t n, unsigned int bits,
    uint8_t *values, size_t *used, struct err *e)
{
	return get(p, size, n, bits, &(struct target){ values, NULL }, used,
	    e);
}
