#include "weights/field.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/classes.h"
#include "weights/lanes.h"
#include "weights/model.h"

#define RAW 0
#define CODED 1
#define HEAD 16			/* bytes, of a coded field */
#define LABEL_BITS 4
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

static enum err_code
wrong(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "a field's head is wrong");
}

static void
alphabet_free(struct alphabet *a)
{
	free(a->present);
	free(a->symbol);
	free(a->value);
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

/* --- encoding --- */

enum err_code
field_put_raw(const struct field *f, struct buf *out, struct err *e)
{
	if (put_le(RAW, 1, out, e) != ERR_OK)
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
	struct field labels = { c->labels, c->n_rows + c->n_cols, LABEL_BITS,
	    c->n_rows + c->n_cols };
	size_t begin, coded;

	if (put_le(c->n_rows, 4, out, e) != ERR_OK ||
	    put_le(c->n_cols, 4, out, e) != ERR_OK)
		return e->code;
	begin = out->size;
	if (field_put_coded(&labels, false, out, e) != ERR_OK)
		return e->code;
	coded = out->size - begin;
	if (coded <= 1 + field_raw_size(labels.n, LABEL_BITS))
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
	const uint8_t fixed[6] = { CODED, (uint8_t)m->precision,
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
	    (symbols = malloc((size_t)f->n * sizeof(*symbols))) == NULL)
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

/* --- decoding --- */

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

static enum err_code get_field(struct rest *r, uint64_t n, unsigned int bits,
    bool labels, uint16_t *values, struct err *e);

/* The table of each value, tables[n]. */
static enum err_code
get_classes(struct rest *r, uint64_t n, unsigned int n_tables,
    uint8_t **tables, struct err *e)
{
	struct classes c = { .n_tables = n_tables };
	const uint8_t *p = take(r, 8);
	unsigned int row = 0, col = 0;
	uint64_t rows, cols, i;

	if (p == NULL)
		return wrong(e);
	rows = num_le(p, 4);
	cols = num_le(p + 4, 4);
	/* No more labels than values: no encoder needs more. */
	if (cols < 1 || cols > n || rows > n ||
	    (rows > 0 && rows < (n + cols - 1) / cols))
		return wrong(e);
	c.n_rows = (size_t)rows;
	c.n_cols = (size_t)cols;
	c.labels = malloc((size_t)(rows + cols) * sizeof(*c.labels));
	*tables = malloc((size_t)n);
	if (c.labels == NULL || *tables == NULL)
		err_nomem(e);
	else if (get_field(r, rows + cols, LABEL_BITS, true, c.labels, e) ==
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
    const struct lanes_symbols *s, uint16_t *symbols, struct err *e)
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
	    symbols, e);
}

static enum err_code
get_coded(struct rest *r, uint64_t n, unsigned int bits, bool labels,
    uint16_t *values, struct err *e)
{
	const uint8_t *head = take(r, HEAD - 1), *tables;
	struct alphabet a = { .mask = ((uint32_t)1 << bits) - 1 };
	struct model m = { .code = NULL };
	struct lanes_symbols s = { n, NULL };
	uint8_t *table = NULL;
	uint64_t i;

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
	if (e->code == ERR_OK &&
	    get_symbols(r, head, &m, &s, values, e) == ERR_OK) {
		for (i = 0; i < n; i++)
			values[i] = a.value[values[i]];
	}
	model_free(&m);
	alphabet_free(&a);
	free(table);
	return e->code;
}

static enum err_code
get_field(struct rest *r, uint64_t n, unsigned int bits, bool labels,
    uint16_t *values, struct err *e)
{
	const uint8_t *kind = take(r, 1), *raw;

	if (kind == NULL || *kind > CODED)
		return wrong(e);
	if (*kind == CODED)
		return get_coded(r, n, bits, labels, values, e);
	raw = take(r, field_raw_size(n, bits));
	if (raw == NULL)
		return err_set(e, ERR_CORRUPT, "a field ends early");
	return field_get_bits(raw, n, bits, values, e);
}

enum err_code
field_get(const uint8_t *p, size_t size, uint64_t n, unsigned int bits,
    uint16_t *values, size_t *used, struct err *e)
{
	struct rest r = { p, size };

	get_field(&r, n, bits, false, values, e);
	*used = size - r.size;
	return e->code;
}
