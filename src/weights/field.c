#include "weights/field.h"

#include <stdlib.h>
#include <string.h>

#include "weights/classes.h"
#include "weights/field_part.h"
#include "weights/lanes.h"
#include "weights/model.h"

#define PLAIN_MAX 4096		/* values that are not worth classes */

/* The alphabet of a field, and its values as symbols. */
struct alphabet {
	uint32_t low;		/* the first value of its range */
	uint32_t range;		/* values in it */
	uint32_t mask;		/* of the bits of a value */
	uint8_t *present;	/* [1 << bits]: does a value occur?  owned */
	uint16_t *symbol;	/* [1 << bits] of a value that does; owned */
	uint16_t *value;	/* [n] of a symbol; owned */
	size_t n;
};

static void
alphabet_free(struct alphabet *a)
{
	free(a->present);
	free(a->symbol);
	free(a->value);
}

uint16_t *
field_room(uint64_t n)
{
	return n > SIZE_MAX / sizeof(uint16_t) ? NULL :
	    malloc((size_t)n * sizeof(uint16_t));
}

static enum err_code
put_le(uint64_t v, size_t n, struct buf *out, struct err *e)
{
	uint8_t p[8];
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	return buf_append(out, p, n, e);
}

enum err_code
field_put_raw(const struct field *f, struct buf *out, struct err *e)
{
	if (put_le(FIELD_RAW, 1, out, e) != ERR_OK)
		return e->code;
	return field_put_bits(f->values, f->n, f->bits, out, e);
}

/* The range that leaves out the longest run of values that do not occur; it
 * may go on at 0. */
static void
find_range(const uint8_t *present, uint32_t size, struct alphabet *a)
{
	uint32_t v, run = 0, longest = 0, end = 0;

	/* Twice around, for a run that goes on at 0. */
	for (v = 0; v < 2 * size; v++) {
		run = present[v % size] ? 0 : run + 1;
		if (run > longest && run < size) {
			longest = run;
			end = v + 1;
		}
	}
	a->low = end % size;
	a->range = size - longest;
}

static enum err_code
number_symbols(const uint8_t *present, uint32_t size, struct alphabet *a,
    struct err *e)
{
	uint32_t v;

	find_range(present, size, a);
	if (a->range > MODEL_SYMBOLS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "%u values from one end to "
		    "the other; one table takes %d", (unsigned int)a->range,
		    MODEL_SYMBOLS_MAX);
	a->symbol = malloc(size * sizeof(*a->symbol));
	a->value = malloc(a->range * sizeof(*a->value));
	if (a->symbol == NULL || a->value == NULL)
		return err_nomem(e);
	for (v = a->low; v < a->low + a->range; v++) {
		a->symbol[v % size] = (uint16_t)a->n;
		if (present[v % size])
			a->value[a->n++] = (uint16_t)(v % size);
	}
	return ERR_OK;
}

static enum err_code
find_alphabet(const struct field *f, struct alphabet *a, struct err *e)
{
	uint32_t size = (uint32_t)1 << f->bits;
	uint64_t i;

	a->present = calloc(size, 1);
	if (a->present == NULL)
		return err_nomem(e);
	for (i = 0; i < f->n; i++)
		a->present[f->values[i]] = 1;
	return number_symbols(a->present, size, a, e);
}

static enum err_code
put_mask(const struct alphabet *a, struct buf *out, struct err *e)
{
	size_t size = (a->range + 7) / 8, i, v;
	uint8_t *p;

	if (buf_reserve(out, size, e) != ERR_OK)
		return e->code;
	p = out->data + out->size;
	memset(p, 0, size);
	for (i = 0; i < a->n; i++) {
		v = (a->value[i] - a->low) & a->mask;
		p[v / 8] |= (uint8_t)(0x80 >> v % 8);
	}
	out->size += size;
	return ERR_OK;
}

static enum err_code
put_classes(const struct classes *c, struct buf *out, struct err *e)
{
	struct field labels = { c->labels, c->n_rows + c->n_cols,
	    FIELD_LABEL_BITS, c->n_rows + c->n_cols };
	size_t begin, coded;

	if (put_le(c->n_rows, 4, out, e) != ERR_OK ||
	    put_le(c->n_cols, 4, out, e) != ERR_OK)
		return e->code;
	begin = out->size;
	if (field_put_coded(&labels, false, out, e) != ERR_OK)
		return e->code;
	coded = out->size - begin;
	if (coded <= 1 + field_raw_size(labels.n, FIELD_LABEL_BITS))
		return ERR_OK;
	out->size = begin;
	return field_put_raw(&labels, out, e);
}

static enum err_code
put_stages(const struct lanes_code *l, struct buf *out, struct err *e)
{
	size_t i;

	for (i = 0; i < l->n_stages && e->code == ERR_OK; i++) {
		put_le(l->stages[i].lanes, 2, out, e);
		put_le(l->stages[i].steps, 2, out, e);
	}
	if (buf_reserve(out, 2 * l->n_words, e) != ERR_OK)
		return e->code;
	for (i = 0; i < l->n_words; i++) {
		out->data[out->size++] = (uint8_t)l->words[i];
		out->data[out->size++] = (uint8_t)(l->words[i] >> 8);
	}
	return ERR_OK;
}

static enum err_code
put_all(const struct alphabet *a, const struct classes *c,
    const struct model *m, const struct lanes_code *l, struct buf *out,
    struct err *e)
{
	size_t head = out->size, begin, size;
	const uint8_t fixed[6] = { FIELD_CODED, (uint8_t)m->precision,
	    (uint8_t)m->mantissa, (uint8_t)m->rice, (uint8_t)m->n_tables,
	    (uint8_t)l->n_stages };

	buf_append(out, fixed, sizeof(fixed), e);
	put_le(a->low, 2, out, e);
	put_le(a->range, 2, out, e);
	put_le(0, 2, out, e);
	if (put_le(l->n_words, 4, out, e) != ERR_OK ||
	    put_mask(a, out, e) != ERR_OK)
		return e->code;
	begin = out->size;
	if (model_write(m, out, e) != ERR_OK)
		return e->code;
	size = out->size - begin;
	if (size > UINT16_MAX)
		return err_set(e, ERR_UNSUPPORTED, "tables of %zu bytes",
		    size);
	out->data[head + 10] = (uint8_t)size;
	out->data[head + 11] = (uint8_t)(size >> 8);
	if (m->n_tables > 1 && put_classes(c, out, e) != ERR_OK)
		return e->code;
	return put_stages(l, out, e);
}

static enum err_code
fit_model(const struct lanes_symbols *s, const uint16_t *symbols,
    const struct alphabet *a, unsigned int n_tables, struct model *m,
    double *bits, struct err *e)
{
	uint64_t *counts = calloc(n_tables * a->n, sizeof(*counts));
	uint64_t i;

	if (counts == NULL)
		return err_nomem(e);
	for (i = 0; i < s->n; i++)
		counts[(s->table != NULL ? s->table[i] * a->n : 0) +
		    symbols[i]]++;
	model_fit(counts, n_tables, a->n, m, bits, e);
	free(counts);
	return e->code;
}

/* Append the field with these classes. */
static enum err_code
put_with(const uint16_t *symbols, uint64_t n, const struct alphabet *a,
    const struct classes *c, struct buf *out, struct err *e)
{
	struct lanes_symbols s = { n, NULL };
	struct lanes_code l = { .block = NULL };
	struct model m = { .code = NULL };
	uint8_t *table = NULL;
	double bits;

	if (c->n_tables > 1) {
		table = malloc((size_t)n);
		if (table == NULL)
			return err_nomem(e);
		classes_tables(c, n, table);
		s.table = table;
	}
	if (fit_model(&s, symbols, a, c->n_tables, &m, &bits, e) == ERR_OK &&
	    lanes_encode(&s, symbols, &m, bits, &l, e) == ERR_OK)
		put_all(a, c, &m, &l, out, e);
	lanes_free(&l);
	model_free(&m);
	free(table);
	return e->code;
}

/* Append it with classes, or with one table if that is smaller. */
static enum err_code
put_smaller(const uint16_t *symbols, const struct field *f,
    const struct alphabet *a, const struct classes *c, struct buf *out,
    struct err *e)
{
	struct classes none = { .n_tables = 1 };
	struct lanes_symbols s = { f->n, NULL };
	struct model m = { .code = NULL };
	struct err own = ERR_INIT;
	size_t begin = out->size;
	struct buf other;
	double bits;

	if (c->n_tables == 1)
		return put_with(symbols, f->n, a, &none, out, e);
	buf_init(&other, out->ceiling);
	put_with(symbols, f->n, a, c, &other, &own);
	if (own.code != ERR_OK && own.code != ERR_UNSUPPORTED) {
		err_copy(e, &own);
		goto out;
	}
	if (own.code == ERR_OK) {
		if (fit_model(&s, symbols, a, 1, &m, &bits, e) != ERR_OK)
			goto out;
		/* Even the values alone would take more without them. */
		if (8.0 * (double)other.size < bits) {
			buf_append(out, other.data, other.size, e);
			goto out;
		}
	}
	if (put_with(symbols, f->n, a, &none, out, e) == ERR_OK &&
	    own.code == ERR_OK && other.size < out->size - begin) {
		out->size = begin;
		buf_append(out, other.data, other.size, e);
	}
out:
	model_free(&m);
	buf_free(&other);
	return e->code;
}

enum err_code
field_put_coded(const struct field *f, bool classes, struct buf *out,
    struct err *e)
{
	struct alphabet a = { .mask = ((uint32_t)1 << f->bits) - 1 };
	struct classes c = { .n_tables = 1 };
	struct classes_input in = { NULL, f->n, 0, f->cols };
	uint16_t *symbols = NULL;
	uint64_t i;

	if (find_alphabet(f, &a, e) == ERR_OK &&
	    (symbols = field_room(f->n)) == NULL)
		err_nomem(e);
	if (e->code == ERR_OK) {
		for (i = 0; i < f->n; i++)
			symbols[i] = a.symbol[f->values[i]];
		in.symbols = symbols;
		in.n_symbols = a.n;
		if (classes && f->n > PLAIN_MAX && f->cols < f->n && a.n > 1)
			classes_find(&in, MODEL_TABLES_MAX, true, &c, e);
	}
	if (e->code == ERR_OK)
		put_smaller(symbols, f, &a, &c, out, e);
	classes_free(&c);
	free(symbols);
	alphabet_free(&a);
	return e->code;
}
