#include "weights/lanes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define LOW ((uint32_t)1 << 16)

/* What a decoder looks up: the symbol of a slot, and what is to be done with
 * the state for a symbol. */
struct lookup {
	uint16_t *symbol;	/* [n_tables << precision] */
	struct {
		uint16_t freq, start;
	} *of;			/* [n_tables * n_symbols] */
	unsigned int precision;
	size_t n_symbols;
};

/* Where the words of a stage are taken from. */
struct words {
	const uint8_t *p;	/* the next one */
	const uint8_t *end;
};

static enum err_code
wrong(const char *what, struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the coded values %s", what);
}

static enum err_code
make_lookup(const struct model *m, struct lookup *l, struct err *e)
{
	size_t t, s, i, at, n = m->n_tables * m->n_symbols;
	uint16_t *p;

	l->precision = m->precision;
	l->n_symbols = m->n_symbols;
	l->symbol = malloc(((size_t)m->n_tables << m->precision) *
	    sizeof(*l->symbol));
	l->of = malloc(n * sizeof(*l->of));
	if (l->symbol == NULL || l->of == NULL)
		return err_nomem(e);
	for (t = 0, p = l->symbol; t < m->n_tables; t++) {
		for (s = 0; s < m->n_symbols; s++) {
			at = t * m->n_symbols + s;
			l->of[at].freq = m->freq[at];
			l->of[at].start = m->start[at];
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
	uint16_t s = l->symbol[(table << l->precision) + slot];
	size_t at = table * l->n_symbols + s;

	*x = l->of[at].freq * (*x >> l->precision) + slot - l->of[at].start;
	return s;
}

static inline uint32_t
next_word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

/* A step of all lanes; there are words for all of them. */
static void
quick_step(const struct lookup *l, uint32_t *x, size_t lanes,
    const uint8_t *table, struct words *w, uint16_t *symbols)
{
	const uint8_t *p = w->p;
	size_t j;

	for (j = 0; j < lanes; j++) {
		uint32_t v = x[j], renewed;

		symbols[j] = decode_symbol(l, &v, table != NULL ? table[j] :
		    0);
		/* No branch: which lanes need a word cannot be foretold. */
		renewed = v << 16 | next_word(p);
		p += v < LOW ? 2 : 0;
		x[j] = v < LOW ? renewed : v;
	}
	w->p = p;
}

/* The same near the end; false: a word is missing. */
static bool
careful_step(const struct lookup *l, uint32_t *x, size_t lanes,
    const uint8_t *table, struct words *w, uint16_t *symbols)
{
	size_t j;

	for (j = 0; j < lanes; j++) {
		symbols[j] = decode_symbol(l, &x[j], table != NULL ?
		    table[j] : 0);
		if (x[j] >= LOW)
			continue;
		if (w->p == w->end)
			return false;
		x[j] = x[j] << 16 | next_word(w->p);
		w->p += 2;
	}
	return true;
}

static enum err_code
decode_stage(const struct lookup *l, const struct lanes_stage *stage,
    const uint8_t *table, struct words *w, uint32_t *x, uint16_t *symbols,
    struct err *e)
{
	size_t lanes = stage->lanes, i, j;

	if ((size_t)(w->end - w->p) < 4 * lanes)
		return wrong("end early", e);
	for (j = 0; j < lanes; j++, w->p += 4) {
		x[j] = (uint32_t)num_le(w->p, 4);
		if (x[j] < LOW)
			return wrong("begin with what is no state", e);
	}
	for (i = 0; i < stage->steps; i++) {
		if ((size_t)(w->end - w->p) >= 2 * lanes)
			quick_step(l, x, lanes, table, w, symbols);
		else if (!careful_step(l, x, lanes, table, w, symbols))
			return wrong("end early", e);
		symbols += lanes;
		if (table != NULL)
			table += lanes;
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
decode_stages(const struct lanes_symbols *s, const struct lanes_stage *stages,
    size_t n_stages, struct words w, const struct lookup *l, size_t most,
    uint16_t *symbols, struct err *e)
{
	const uint8_t *table = s->table;
	uint32_t *x = malloc(most * sizeof(*x));
	uint8_t *payload = malloc(2 * most);
	size_t i, n;

	if (x == NULL || payload == NULL)
		err_nomem(e);
	for (i = 0; i < n_stages && e->code == ERR_OK; i++) {
		n = (size_t)stages[i].lanes * stages[i].steps;
		if (decode_stage(l, &stages[i], table, &w, x, symbols, e) !=
		    ERR_OK)
			break;
		if (i == 0 ? w.p != w.end : !is_zero(&w)) {
			wrong("are followed by something", e);
			break;
		}
		take_payload(x, stages[i].lanes, payload, e);
		w.p = payload;
		w.end = payload + 2 * (size_t)stages[i].lanes;
		symbols += n;
		if (table != NULL)
			table += n;
	}
	if (e->code == ERR_OK && !is_zero(&w))
		wrong("do not end as they should", e);
	free(payload);
	free(x);
	return e->code;
}

enum err_code
lanes_decode(const struct lanes_symbols *s, const struct lanes_stage *stages,
    size_t n_stages, const uint8_t *words, size_t n_words,
    const struct model *m, uint16_t *symbols, struct err *e)
{
	struct words w = { words, words + 2 * n_words };
	struct lookup l = { NULL, NULL, 0, 0 };
	size_t most;

	if (n_stages == 0) {
		if (m->n_symbols != 1 || n_words != 0)
			return wrong("have no stage", e);
		memset(symbols, 0, (size_t)s->n * sizeof(*symbols));
		return ERR_OK;
	}
	if (!stages_fit(stages, n_stages, s->n, &most))
		return wrong("have wrong stages", e);
	if (make_lookup(m, &l, e) == ERR_OK)
		decode_stages(s, stages, n_stages, w, &l, most, symbols, e);
	free(l.symbol);
	free(l.of);
	return e->code;
}
