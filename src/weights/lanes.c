/* The encoder; the decoder is lanes_decode.c. */
#include "weights/lanes.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define LANE_BYTES 1024		/* coded bytes for each lane */
#define LANES_USUAL 1024	/* no more, if they have steps enough */
#define FEWER 16		/* lanes of a stage for one of the next */
#define FEWEST 4		/* lanes whose states are used */
#define STEPS_MAX UINT16_MAX
#define TAIL_STEPS 2048		/* a tail may have, or half the steps before */
#define LEFT_MAX ((uint64_t)1 << 20)	/* symbols that a tail may have */
#define TRIES 16		/* numbers of lanes, or lengths of a tail */

/* What is encoded. */
struct run {
	const struct lanes_symbols *s;
	const uint16_t *symbols;
	const struct model *m;
	double *left;		/* [left_n + 1] bits of the last i symbols */
	size_t left_n;
	unsigned int tries;	/* lengths of a tail */
};

/* Words of a stage; they begin where it ends. */
struct room {
	uint16_t *block;	/* [size]; owned */
	size_t begin, size;
};

static inline size_t
place_of(const struct run *r, uint64_t i)
{
	return r->symbols[i] + (r->s->table != NULL ? r->s->table[i] *
	    r->m->n_symbols : 0);
}

/* --- one stage --- */

/*
 * Encode the n symbols from begin on backwards, from the end of room on, with
 * the states x[lanes]; these begin with the payload.
 */
static void
encode_symbols(const struct run *r, uint64_t begin, uint64_t n, uint32_t *x,
    size_t lanes, struct room *room)
{
	unsigned int shift = 32 - r->m->precision;
	size_t j, at, to = room->size;
	uint64_t i;

	j = (size_t)((n - 1) % lanes);
	for (i = begin + n; i-- > begin;) {
		uint32_t freq, v = x[j];

		at = place_of(r, i);
		freq = r->m->freq[at];
		if ((uint64_t)v >= (uint64_t)freq << shift) {
			room->block[--to] = (uint16_t)v;
			v >>= 16;
		}
		x[j] = ((v / freq) << r->m->precision) + v % freq +
		    r->m->start[at];
		j = (j == 0 ? lanes : j) - 1;
	}
	for (j = lanes; j-- > 0;) {
		room->block[--to] = (uint16_t)(x[j] >> 16);
		room->block[--to] = (uint16_t)x[j];
	}
	room->begin = to;
}

/* A stage of n symbols from begin on, whose states begin with payload[lanes].
 * *room is to be freed in every case. */
static enum err_code
encode_stage(const struct run *r, uint64_t begin, uint64_t n,
    const uint16_t *payload, size_t lanes, struct room *room, struct err *e)
{
	uint32_t *x = malloc(lanes * sizeof(*x));
	size_t j;

	/* A symbol writes one word at most. */
	room->size = (size_t)n + 2 * lanes;
	room->block = malloc(room->size * sizeof(*room->block));
	if (x != NULL && room->block != NULL) {
		for (j = 0; j < lanes; j++)
			x[j] = LANES_LOW | payload[j];
		encode_symbols(r, begin, n, x, lanes, room);
	} else {
		err_nomem(e);
	}
	free(x);
	return e->code;
}

/* --- the tail: symbols that later stages have --- */

/* What the last symbols take, as far as that fits into so many states. */
static enum err_code
count_left(struct run *r, size_t lanes, struct err *e)
{
	size_t most = (size_t)num_min(r->s->n, LEFT_MAX), i;

	r->left = malloc((most + 1) * sizeof(*r->left));
	if (r->left == NULL)
		return err_nomem(e);
	r->left[0] = 0;
	for (i = 0; i < most && r->left[i] <= 16.0 * (double)lanes; i++)
		r->left[i + 1] = r->left[i] + r->m->precision -
		    log2(r->m->freq[place_of(r, r->s->n - 1 - i)]);
	r->left_n = i;
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

/* Lanes of the stage after one. */
static size_t
fewer_lanes(size_t lanes)
{
	return lanes / FEWER < FEWEST ? 1 : lanes / FEWER;
}

/*
 * The longest tail of n symbols that is likely to fit into the states of so
 * many lanes, and leaves a multiple of lanes that is not 0.  False: there is
 * none, not even one of no symbols.
 */
static bool
find_tail(const struct run *r, uint64_t n, size_t lanes, size_t *tail)
{
	size_t fewer = fewer_lanes(lanes), rest = (size_t)(n % lanes), k = 0;
	uint64_t steps = num_max(TAIL_STEPS, n / lanes / 2);

	/* What is unused in a state is a byte, and two if it has no payload. */
	if (lanes >= FEWEST)
		k = fitting(r, 16.0 * (double)lanes - 8.0 * (double)fewer -
		    16);
	k = (size_t)num_min(num_min(k, n - 1), rest + fewer * steps);
	if (k < rest)
		return false;
	*tail = k - (k - rest) % lanes;
	return (n - *tail) / lanes <= STEPS_MAX;
}

/*
 * The number of lanes between `from` and `to` that leaves least of their states
 * unused, and more than `above`; 0: there is none.  *unused is what it leaves,
 * in bits.
 */
static size_t
best_lanes(const struct run *r, uint64_t n, size_t from, size_t to,
    double above, double *unused)
{
	size_t lanes, best = 0, tail;
	double bits;

	*unused = INFINITY;
	for (lanes = from; lanes <= to; lanes++) {
		if (!find_tail(r, n, lanes, &tail))
			continue;
		bits = 16.0 * (double)lanes - r->left[tail];
		if (bits > above && bits < *unused) {
			*unused = bits;
			best = lanes;
		}
	}
	return best;
}

static enum err_code encode_part(const struct run *r, uint64_t n, size_t lanes,
    struct lanes_code *c, struct room *room, bool *done, struct err *e);

/* The last n symbols, which is all of the tail, into payload[cap]; *done is
 * false if that has no room. */
static enum err_code
encode_tail(const struct run *r, size_t n, size_t cap, struct lanes_code *c,
    uint16_t *payload, bool *done, struct err *e)
{
	size_t wanted = fewer_lanes(cap), lanes, size;
	struct room room = { NULL, 0, 0 };
	double unused;

	*done = false;
	lanes = best_lanes(r, n, wanted - wanted / 4, wanted + wanted / 4,
	    -1, &unused);
	if (lanes == 0 || encode_part(r, n, lanes, c, &room, done, e) !=
	    ERR_OK || !*done)
		goto out;
	size = room.size - room.begin;
	*done = size <= cap;
	if (*done)
		memcpy(payload, room.block + room.begin, size *
		    sizeof(*payload));
out:
	free(room.block);
	return e->code;
}

/* The last n symbols with so many lanes, in a stage for the first of them and
 * others for the rest.  *done is false if that does not come out even. */
static enum err_code
encode_part(const struct run *r, uint64_t n, size_t lanes,
    struct lanes_code *c, struct room *room, bool *done, struct err *e)
{
	struct lanes_stage *stage = &c->stages[c->n_stages++];
	uint16_t *payload = calloc(lanes, sizeof(*payload));
	size_t keep = c->n_stages, tail, tries;

	*done = false;
	if (payload == NULL)
		err_nomem(e);
	if (payload == NULL || !find_tail(r, n, lanes, &tail))
		goto out;
	for (tries = 0; tail > 0 && !*done; tries++) {
		if (tries == r->tries)
			goto out;
		c->n_stages = keep;
		if (encode_tail(r, tail, lanes, c, payload, done, e) != ERR_OK)
			goto out;
		if (!*done && tail < lanes)
			goto out;
		if (!*done)
			tail -= lanes;
	}
	if (tail == 0)
		c->n_stages = keep;
	stage->lanes = (uint16_t)lanes;
	stage->steps = (uint16_t)((n - tail) / lanes);
	*done = encode_stage(r, r->s->n - n, n - tail, payload, lanes, room,
	    e) == ERR_OK;
out:
	free(payload);
	return e->code;
}

/* --- all of it --- */

static size_t
wanted_lanes(uint64_t n, double bits)
{
	size_t lanes = 1, most = (size_t)num_min(LANES_USUAL,
	    (uint64_t)(bits / 8 / LANE_BYTES));

	while (lanes * 2 <= most)
		lanes *= 2;
	while (lanes <= LANES_MAX / 2 && n / lanes > STEPS_MAX / 2)
		lanes *= 2;
	return lanes;
}

/* Numbers of lanes from `from` to `to`, the best ones first. */
static enum err_code
try_lanes(const struct run *r, size_t from, size_t to, struct lanes_code *c,
    bool *done, struct err *e)
{
	struct room room = { NULL, 0, 0 };
	double unused = -1;
	size_t lanes, tries;

	for (tries = 0; tries < TRIES && !*done && e->code == ERR_OK;
	    tries++) {
		lanes = best_lanes(r, r->s->n, from, to, unused, &unused);
		if (lanes == 0)
			break;
		c->n_stages = 0;
		encode_part(r, r->s->n, lanes, c, &room, done, e);
	}
	c->block = room.block;
	if (*done) {
		c->words = room.block + room.begin;
		c->n_words = room.size - room.begin;
	}
	return e->code;
}

enum err_code
lanes_encode(const struct lanes_symbols *s, const uint16_t *symbols,
    const struct model *m, double bits, struct lanes_code *c, struct err *e)
{
	struct run r = { s, symbols, m, NULL, 0, 1 };
	size_t wanted = wanted_lanes(s->n, bits);
	size_t least = (size_t)num_max(1, s->n / STEPS_MAX);
	size_t most = (size_t)num_min(4 * wanted, LANES_MAX);
	size_t from = wanted - wanted / 4;
	size_t to = (size_t)num_min(wanted + wanted / 4, LANES_MAX);
	bool done = false;

	memset(c, 0, sizeof(*c));
	if (m->n_symbols == 1)
		return ERR_OK;
	if (count_left(&r, most, e) == ERR_OK)
		try_lanes(&r, from, to, c, &done, e);
	/* No tail was as long as it seemed it could be. */
	r.tries = TRIES;
	if (e->code == ERR_OK && !done)
		try_lanes(&r, from, to, c, &done, e);
	if (e->code == ERR_OK && !done)
		try_lanes(&r, least, most, c, &done, e);
	if (e->code == ERR_OK && !done)
		err_set(e, ERR_UNSUPPORTED, "no number of lanes is right for "
		    "%" PRIu64 " values", s->n);
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
