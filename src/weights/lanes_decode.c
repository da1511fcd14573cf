#include "weights/lanes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/*
 * What a decoder looks up: the symbol of a slot, and of that in one number
 *
 *	bits 0 - 15	its frequency
 *	bits 16 - 31	its first slot
 *	bits 32 - 47	what goes out for it
 *
 * Two looks, since the first table is large and the second is not: together
 * they are faster than one into a table that has all for each slot.
 */
struct lookup {
	uint16_t *slots;	/* [n_tables << precision]; owned */
	uint64_t *symbols;	/* [n_tables << bits]; owned */
	unsigned int precision;
	unsigned int bits;	/* of a symbol */
};

/* Where the words of a stage are taken from. */
struct words {
	const uint8_t *p;	/* the next one */
	const uint8_t *end;
};

/* Where the next symbol comes from and goes to; one of bytes and wide. */
struct place {
	const uint8_t *table;		/* NULL: all have table 0 */
	uint8_t *bytes;
	uint16_t *wide;
};

static enum err_code
wrong(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the coded values %s", what);
}

static enum err_code
make_lookup(const struct model *m, const struct lanes_sink *to,
    struct lookup *l, struct err *e)
{
	size_t t, s, i, at;
	uint64_t value;
	uint16_t *p;

	l->precision = m->precision;
	while ((size_t)1 << l->bits < m->n_symbols)
		l->bits++;
	l->slots = malloc(((size_t)m->n_tables << m->precision) *
	    sizeof(*l->slots));
	l->symbols = malloc(((size_t)m->n_tables << l->bits) *
	    sizeof(*l->symbols));
	if (l->slots == NULL || l->symbols == NULL)
		return err_nomem(e);
	for (t = 0, p = l->slots; t < m->n_tables; t++) {
		for (s = 0; s < m->n_symbols; s++) {
			at = t * m->n_symbols + s;
			value = to->value != NULL ? to->value[s] : s;
			l->symbols[(t << l->bits) + s] = value << 32 |
			    (uint32_t)m->start[at] << 16 | m->freq[at];
			for (i = 0; i < m->freq[at]; i++)
				*p++ = (uint16_t)s;
		}
	}
	return ERR_OK;
}

/* One symbol; *x is the state before and, but for the renewal, after it. */
static inline uint16_t
decode_symbol(const struct lookup *l, uint32_t *x, size_t table)
{
	uint32_t slot = *x & (((uint32_t)1 << l->precision) - 1);
	uint16_t s = l->slots[(table << l->precision) + slot];
	uint64_t found = l->symbols[(table << l->bits) + s];

	*x = (uint16_t)found * (*x >> l->precision) + slot -
	    (uint16_t)(found >> 16);
	return (uint16_t)(found >> 32);
}

static inline uint32_t
next_word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

/* A step of all lanes; there are words for all of them.  Inline, so that there
 * is a loop for each form of what goes in and out. */
static inline __attribute__((always_inline)) void
quick_step(const struct lookup *l, uint32_t *x, size_t lanes,
    const uint8_t *table, struct words *w, uint8_t *bytes, uint16_t *wide)
{
	const uint8_t *p = w->p;
	uint16_t symbol;
	uint32_t v, more;
	size_t j;

	for (j = 0; j < lanes; j++) {
		v = x[j];
		symbol = decode_symbol(l, &v, table != NULL ? table[j] : 0);
		if (bytes != NULL)
			bytes[j] = (uint8_t)symbol;
		else
			wide[j] = symbol;
		/* No branch: which lanes need a word cannot be foretold. */
		more = v < LANES_LOW;
		x[j] = v << (16 * more) | (next_word(p) & (0 - more));
		p += 2 * more;
	}
	w->p = p;
}

/* The same near the end; false: a word is missing. */
static bool
careful_step(const struct lookup *l, uint32_t *x, size_t lanes,
    const struct place *at, struct words *w)
{
	uint16_t symbol;
	size_t j;

	for (j = 0; j < lanes; j++) {
		symbol = decode_symbol(l, &x[j], at->table != NULL ?
		    at->table[j] : 0);
		if (at->bytes != NULL)
			at->bytes[j] = (uint8_t)symbol;
		else
			at->wide[j] = symbol;
		if (x[j] >= LANES_LOW)
			continue;
		if (w->p == w->end)
			return false;
		x[j] = x[j] << 16 | next_word(w->p);
		w->p += 2;
	}
	return true;
}

static bool
step(const struct lookup *l, uint32_t *x, size_t lanes, struct place *at,
    struct words *w)
{
	if ((size_t)(w->end - w->p) < 2 * lanes) {
		if (!careful_step(l, x, lanes, at, w))
			return false;
	} else if (at->bytes != NULL && at->table != NULL) {
		quick_step(l, x, lanes, at->table, w, at->bytes, NULL);
	} else if (at->bytes != NULL) {
		quick_step(l, x, lanes, NULL, w, at->bytes, NULL);
	} else if (at->table != NULL) {
		quick_step(l, x, lanes, at->table, w, NULL, at->wide);
	} else {
		quick_step(l, x, lanes, NULL, w, NULL, at->wide);
	}
	if (at->table != NULL)
		at->table += lanes;
	if (at->bytes != NULL)
		at->bytes += lanes;
	else
		at->wide += lanes;
	return true;
}

static enum err_code
decode_stage(const struct lookup *l, const struct lanes_stage *stage,
    struct place *at, struct words *w, uint32_t *x, struct err *e)
{
	size_t lanes = stage->lanes, i, j;

	if ((size_t)(w->end - w->p) < 4 * lanes)
		return wrong("end early", e);
	for (j = 0; j < lanes; j++, w->p += 4) {
		x[j] = (uint32_t)num_le(w->p, 4);
		if (x[j] < LANES_LOW)
			return wrong("begin with what is no state", e);
	}
	for (i = 0; i < stage->steps; i++) {
		if (!step(l, x, lanes, at, w))
			return wrong("end early", e);
	}
	return ERR_OK;
}

/* The payload of the states x[n], as bytes; they are used up. */
static enum err_code
take_payload(uint32_t *x, size_t n, uint8_t *bytes, struct err *e)
{
	size_t j;

	for (j = 0; j < n; j++) {
		if (x[j] >> 16 != 1)
			return wrong("do not end as they should", e);
		bytes[2 * j] = (uint8_t)x[j];
		bytes[2 * j + 1] = (uint8_t)(x[j] >> 8);
	}
	return ERR_OK;
}

static bool
is_zero(const struct words *w)
{
	const uint8_t *p;

	for (p = w->p; p < w->end; p++) {
		if (*p != 0)
			return false;
	}
	return true;
}

/* Do the stages give n symbols?  Their lanes never grow in number. */
static bool
stages_fit(const struct lanes_stage *stages, size_t n_stages, uint64_t n,
    size_t *most)
{
	uint64_t sum = 0;
	size_t i;

	*most = 0;
	if (n_stages > LANES_STAGES_MAX)
		return false;
	for (i = 0; i < n_stages; i++) {
		if (stages[i].lanes == 0 || stages[i].steps == 0)
			return false;
		sum += (uint64_t)stages[i].lanes * stages[i].steps;
		if (stages[i].lanes > *most)
			*most = stages[i].lanes;
	}
	return sum == n;
}

static enum err_code
decode_stages(const struct lanes_stage *stages, size_t n_stages,
    struct words w, const struct lookup *l, size_t most, struct place at,
    struct err *e)
{
	uint32_t *x = malloc(most * sizeof(*x));
	uint8_t *payload = malloc(2 * most);
	size_t i;

	if (x == NULL || payload == NULL)
		err_nomem(e);
	for (i = 0; i < n_stages && e->code == ERR_OK; i++) {
		if (decode_stage(l, &stages[i], &at, &w, x, e) != ERR_OK)
			break;
		if (i == 0 ? w.p != w.end : !is_zero(&w)) {
			wrong("are followed by something", e);
			break;
		}
		take_payload(x, stages[i].lanes, payload, e);
		w.p = payload;
		w.end = payload + 2 * (size_t)stages[i].lanes;
	}
	if (e->code == ERR_OK && !is_zero(&w))
		wrong("do not end as they should", e);
	free(payload);
	free(x);
	return e->code;
}

/* All symbols are the only one. */
static void
fill(const struct lanes_sink *to, uint64_t n)
{
	uint16_t value = to->value != NULL ? to->value[0] : 0;
	uint64_t i;

	if (to->bytes != NULL)
		memset(to->bytes, (uint8_t)value, (size_t)n);
	for (i = 0; i < n && to->bytes == NULL; i++)
		to->wide[i] = value;
}

enum err_code
lanes_decode(const struct lanes_symbols *s, const struct lanes_stage *stages,
    size_t n_stages, const uint8_t *words, size_t n_words,
    const struct model *m, const struct lanes_sink *to, struct err *e)
{
	struct words w = { words, words + 2 * n_words };
	struct place at = { s->table, to->bytes, to->wide };
	struct lookup l = { NULL, NULL, 0, 0 };
	size_t most;

	if (n_stages == 0) {
		if (m->n_symbols != 1 || n_words != 0)
			return wrong("have no stage", e);
		fill(to, s->n);
		return ERR_OK;
	}
	if (!stages_fit(stages, n_stages, s->n, &most))
		return wrong("have wrong stages", e);
	if (make_lookup(m, to, &l, e) == ERR_OK)
		decode_stages(stages, n_stages, w, &l, most, at, e);
	free(l.slots);
	free(l.symbols);
	return e->code;
}
