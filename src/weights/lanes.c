/* The encoder; the decoder is lanes_decode.c. */
#include "weights/lanes.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define LOW ((uint32_t)1 << 16)	/* of a state, between symbols */
#define LANE_BYTES 1024		/* coded bytes for each lane */
#define FEWER 16		/* lanes of a stage for one of the next */
#define STEPS_MAX UINT16_MAX
#define TRIES 64		/* numbers of lanes, lengths of a stage */

/* A part of the symbols, and the words that come of it. */
struct run {
	const struct lanes_symbols *s;
	const uint16_t *symbols;
	const struct model *m;
	double *left;		/* [left_n + 1] bits from the last left_n
				 * symbols' i-th on; see count_left() */
	size_t left_n;
};

/* --- one stage --- */

/*
 * Encode the n symbols from begin on backwards, from the end of to[size] on;
 * payload[lanes] (NULL: zeros) goes into the first states.  The result is where
 * its words begin.
 */
static size_t
encode_stage(const struct run *r, uint64_t begin, uint64_t n, size_t lanes,
    const uint16_t *payload, uint16_t *to, size_t size)
{
	uint32_t x[LANES_MAX];
	unsigned int shift = 32 - r->m->precision;
	size_t j, at;
	uint64_t i;

	for (j = 0; j < lanes; j++)
		x[j] = LOW | (payload != NULL ? payload[j] : 0);
	j = (size_t)((n - 1) % lanes);
	for (i = begin + n; i-- > begin;) {
		uint32_t freq, v = x[j];

		at = r->symbols[i];
		if (r->s->table != NULL)
			at += r->s->table[i] * r->m->n_symbols;
		freq = r->m->freq[at];
		if ((uint64_t)v >= (uint64_t)freq << shift) {
			to[--size] = (uint16_t)v;
			v >>= 16;
		}
		x[j] = ((v / freq) << r->m->precision) + v % freq +
		    r->m->start[at];
		j = (j == 0 ? lanes : j) - 1;
	}
	for (j = lanes; j-- > 0;) {
		to[--size] = (uint16_t)(x[j] >> 16);
		to[--size] = (uint16_t)x[j];
	}
	return size;
}

/* --- the stages after the first --- */

/* What the last symbols take: left[i] is the sum of the last i. */
static enum err_code
count_left(struct run *r, uint64_t n, struct err *e)
{
	size_t i, at;
	uint64_t k;

	r->left_n = (size_t)num_min(n, (uint64_t)LANES_MAX * 256);
	r->left = malloc((r->left_n + 1) * sizeof(*r->left));
	if (r->left == NULL)
		return err_nomem(e);
	r->left[0] = 0;
	for (i = 0; i < r->left_n; i++) {
		k = n - 1 - i;
		at = r->symbols[k];
		if (r->s->table != NULL)
			at += r->s->table[k] * r->m->n_symbols;
		r->left[i + 1] = r->left[i] + r->m->precision -
		    log2(r->m->freq[at]);
	}
	return ERR_OK;
}

/* How many of the last symbols take so many bits at most. */
static size_t
fitting(const struct run *r, double bits)
{
	size_t low = 0, high = r->left_n, mid;

	while (low < high) {
		mid = (low + high + 1) / 2;
		if (r->left[mid] <= bits)
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

static bool pack_tail(const struct run *r, size_t n, size_t lanes,
    uint16_t *words, size_t cap, struct lanes_code *c);

/*
 * Find a tail of the symbols that fits into the cap words of a stage of that
 * many lanes, cap = lanes, and whose length is right, so that of all n the rest
 * is a multiple of lanes.  Fills words[cap] and returns its length; SIZE_MAX
 * if there is none.
 */
static size_t
find_tail(const struct run *r, uint64_t n, size_t cap, uint16_t *words,
    struct lanes_code *c)
{
	size_t fewer = cap / FEWER > 0 ? cap / FEWER : 1, k, tries;
	size_t keep = c->n_stages;

	memset(words, 0, cap * sizeof(*words));
	if (cap >= 4) {
		k = fitting(r, 16.0 * (double)cap - 8.0 * (double)fewer);
		if (k < n % cap)
			return SIZE_MAX;
		k -= (size_t)((k - n % cap) % cap);
		for (tries = 0; k > 0 && tries < TRIES; tries++) {
			c->n_stages = keep;
			if (pack_tail(r, k, fewer, words, cap, c))
				return k;
			if (k < cap)
				break;
			k -= cap;
		}
		c->n_stages = keep;
		memset(words, 0, cap * sizeof(*words));
	}
	return n % cap == 0 ? 0 : SIZE_MAX;
}

/* Encode the last n symbols with so many lanes into words[cap], if that has
 * room. */
static bool
pack_tail(const struct run *r, size_t n, size_t lanes, uint16_t *words,
    size_t cap, struct lanes_code *c)
{
	uint16_t payload[LANES_MAX], *room;
	struct lanes_stage *stage = &c->stages[c->n_stages++];
	size_t tail, size = n + 2 * lanes, at;

	tail = find_tail(r, n, lanes, payload, c);
	if (tail == SIZE_MAX || tail >= n || (n - tail) / lanes > STEPS_MAX)
		return false;
	stage->lanes = (uint16_t)lanes;
	stage->steps = (uint16_t)((n - tail) / lanes);
	room = malloc(size * sizeof(*room));
	if (room == NULL)
		return false;	/* it can be done without */
	at = encode_stage(r, r->s->n - n, n - tail, lanes, payload, room,
	    size);
	if (size - at <= cap)
		memcpy(words, room + at, (size - at) * sizeof(*words));
	free(room);
	return size - at <= cap;
}

/* --- all of it --- */

/* With so many lanes; *done is false if the symbols do not come out even. */
static enum err_code
encode_with(const struct run *r, size_t lanes, struct lanes_code *c,
    bool *done, struct err *e)
{
	uint16_t payload[LANES_MAX], *room;
	uint64_t n = r->s->n;
	size_t tail, size, at;

	c->n_stages = 1;
	tail = find_tail(r, n, lanes, payload, c);
	*done = tail != SIZE_MAX && tail < n && (n - tail) / lanes <=
	    STEPS_MAX;
	if (!*done)
		return ERR_OK;
	c->stages[0].lanes = (uint16_t)lanes;
	c->stages[0].steps = (uint16_t)((n - tail) / lanes);
	size = (size_t)(n - tail) + 2 * lanes;
	c->block = room = malloc(size * sizeof(*room));
	if (room == NULL)
		return err_nomem(e);
	at = encode_stage(r, 0, n - tail, lanes, payload, room, size);
	c->words = room + at;
	c->n_words = size - at;
	return ERR_OK;
}

/* A number of lanes near the wanted one that divides n, or leaves little. */
static size_t
even_lanes(uint64_t n, size_t wanted, size_t least)
{
	size_t lanes, best = wanted;
	uint64_t most = UINT64_MAX;

	for (lanes = wanted + wanted / 4; lanes >= wanted - wanted / 4 &&
	    lanes >= least; lanes--) {
		if (lanes > LANES_MAX)
			continue;
		/* A power of two leaves a multiple for the tail. */
		if (n % lanes < most || (n % lanes == most &&
		    lanes == wanted)) {
			most = n % lanes;
			best = lanes;
		}
	}
	return best;
}

static size_t
wanted_lanes(uint64_t n, double bits)
{
	size_t lanes = 1, most = (size_t)num_min(LANES_MAX,
	    (uint64_t)(bits / 8 / LANE_BYTES));

	while (lanes * 2 <= most)
		lanes *= 2;
	while (lanes < LANES_MAX && n / lanes > STEPS_MAX / 2)
		lanes *= 2;
	return lanes;
}

enum err_code
lanes_encode(const struct lanes_symbols *s, const uint16_t *symbols,
    const struct model *m, double bits, struct lanes_code *c, struct err *e)
{
	struct run r = { s, symbols, m, NULL, 0 };
	size_t wanted, least, lanes, tries;
	bool done = false;

	memset(c, 0, sizeof(*c));
	if (m->n_symbols == 1)
		return ERR_OK;
	if (count_left(&r, s->n, e) != ERR_OK)
		return e->code;
	wanted = wanted_lanes(s->n, bits);
	least = (size_t)(s->n / STEPS_MAX + 1);
	lanes = even_lanes(s->n, wanted, least);
	for (tries = 0; !done && e->code == ERR_OK; tries++) {
		if (lanes < least || lanes > LANES_MAX || tries == TRIES) {
			err_set(e, ERR_UNSUPPORTED, "no number of lanes is "
			    "right for %" PRIu64 " values", s->n);
			break;
		}
		encode_with(&r, lanes, c, &done, e);
		lanes = lanes > least ? lanes - 1 : 0;
	}
	free(r.left);
	return e->code;
}

void
lanes_free(struct lanes_code *c)
{
	free(c->block);
	c->block = NULL;
	c->words = NULL;
}
