#include "pack/weigh.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/source.h"
#include "pack/choose.h"
#include "pack/deep.h"
#include "pack/litcost.h"
#include "pack/sample.h"
#include "pack/trial.h"

#define QUICK ((size_t)128 << 10)	/* bytes encoded */
#define MORE ((size_t)1 << 20)
#define WELL ((size_t)2 << 20)
#define SCREEN ((size_t)16 << 10)	/* bytes for the literal model */
#define MATCHES ((size_t)64 << 10)	/* bytes searched for matches */
#define PART ((uint64_t)65536)		/* bytes of a stored chunk of LZMA2 */
#define PART_HEAD 3
#define BITS (UINT64_C(8) * 65536)	/* of litcost, a byte */

/* How much less more care may find, as a part of all. */
#define QUICK_SLACK 32
#define SLACK 128
#define DELTA_GAIN 16

struct weighing {
	const struct weigh_rules *r;
	const uint8_t *p;	/* [n] */
	size_t n;
	uint32_t element;
	uint8_t *sample;	/* [size] of room; owned */
	size_t size;
	struct litcost lit;	/* the best settings for literals */
	uint64_t counts[256];	/* of the screen */
	size_t screen;		/* bytes that were counted */
};

/* --- chains --- */

/* Literals, with a match finder that looks little; see pack/choose. */
static struct chain
literals(const struct weighing *g)
{
	struct chain c;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = LZMA_DICT_SIZE_MIN;
	c.lzma.mf = LZMA_MF_BT2;
	c.lzma.nice_len = 8;
	c.lzma.depth = 2;
	c.lzma.lc = g->lit.lc;
	c.lzma.lp = g->lit.lp;
	c.lzma.pb = 0;
	return c;
}

static struct chain
matches(const struct weighing *g)
{
	struct chain c;

	if (deep_few(g->counts))
		return deep_chain(0);
	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.nice_len = 32;
	c.lzma.lc = g->lit.lc;
	c.lzma.lp = g->lit.lp;
	c.lzma.pb = 0;
	return c;
}

/* --- by a sample --- */

static uint64_t
scaled(const struct weighing *g, uint64_t size)
{
	if (g->size == g->n)
		return size;
	return (uint64_t)((double)size * (double)g->n / (double)g->size + 0.5);
}

static uint64_t
stored(uint64_t n)
{
	return n + (n + PART - 1) / PART * PART_HEAD + 1;
}

/* Take a sample of at most max bytes. */
static void
take(struct weighing *g, size_t max)
{
	g->size = sample_thin(g->sample, max, 0, SAMPLE_RUNS - 1, g->p, g->n);
}

/* Which settings suit literals? */
static void
look(struct weighing *g)
{
	struct litcost all[LITCOST_SETTINGS];

	g->screen = sample_thin(g->sample, SCREEN, 0, SAMPLE_RUNS - 1, g->p,
	    g->n);
	litcost_rank(g->sample, g->screen, all);
	litcost_count(g->sample, g->screen, g->counts);
	g->lit = all[0];
}

/* What literals take, and for not too many bytes what matches do. */
static enum err_code
encode_sample(const struct weighing *g, size_t max, uint64_t *size,
    struct err *e)
{
	struct chain c = literals(g);
	size_t n = num_min(g->size, max);
	uint64_t both[2];

	if (trial_size(g->sample, g->size, &c, size, e) != ERR_OK)
		return e->code;
	if (n < g->size && trial_size(g->sample, n, &c, &both[0], e) != ERR_OK)
		return e->code;
	if (n == g->size)
		both[0] = *size;
	c = matches(g);
	if (trial_size(g->sample, n, &c, &both[1], e) != ERR_OK)
		return e->code;
	if (both[1] < both[0])
		*size = *size * both[1] / both[0];
	return ERR_OK;
}

/* The bits, in those of litcost, of the differences of the bytes of the screen,
 * which is the sample now, and about what has to be learnt of each value. */
static uint64_t
difference_bits(const struct weighing *g, size_t dist)
{
	uint64_t counts[256] = { 0 }, values = 0;
	size_t i;

	for (i = dist; i < g->screen; i++)
		counts[(uint8_t)(g->sample[i] - g->sample[i - dist])]++;
	for (i = 0; i < 256; i++)
		values += counts[i] > 0;
	return litcost_counts(counts) + (values + dist) * BITS;
}

/* Would differences take much less than size bytes of all?  Then only
 * pack/choose can tell. */
static bool
differs(struct weighing *g, uint64_t size)
{
	const uint32_t dists[] = { 1, 2, 4, 8, g->element };
	uint64_t most = (uint64_t)((double)size * (double)g->screen /
	    (double)g->n * (double)BITS);
	size_t k;

	sample_thin(g->sample, SCREEN, 0, SAMPLE_RUNS - 1, g->p, g->n);
	for (k = 0; k < sizeof(dists) / sizeof(dists[0]); k++) {
		if (dists[k] < g->screen && difference_bits(g, dists[k]) <
		    most - most / DELTA_GAIN)
			return true;
	}
	return false;
}

static enum err_code
memory_read(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	const struct weighing *g = ctx;

	if (off > g->n || size > g->n - off)
		return err_set(e, ERR_FAIL, "read past the end of a tensor");
	memcpy(buf, g->p + off, size);
	return ERR_OK;
}

static enum err_code
weigh_sample(struct weighing *g, enum weigh_care care, struct weigh *w,
    struct err *e)
{
	struct source src = { memory_read, g };
	bool repeats = false;
	uint64_t size;

	look(g);
	take(g, care == WEIGH_QUICK ? QUICK : MORE);
	if (encode_sample(g, MATCHES, &size, e) != ERR_OK ||
	    sample_repeats(&src, 0, g->n, &repeats, e) != ERR_OK)
		return e->code;
	w->size = scaled(g, size);
	w->care = care;
	w->sampled = g->size < g->n;
	if (repeats || differs(g, w->size)) {
		w->least = 0;
	} else if (size >= g->size) {
		/* Nothing is gained, so that it is stored. */
		w->size = w->least = stored(g->n);
		w->care = WEIGH_WELL;
		w->sampled = false;
	} else {
		w->least = w->size - w->size / (w->sampled &&
		    care == WEIGH_QUICK ? QUICK_SLACK : SLACK);
	}
	return ERR_OK;
}

/* --- as the planner has it --- */

static enum err_code
weigh_well(struct weighing *g, struct weigh *w, struct err *e)
{
	struct source src = { memory_read, g };
	struct choose_request r;
	struct choice c;
	uint64_t size;
	size_t i;

	memset(&r, 0, sizeof(r));
	r.src = &src;
	r.size = g->n;
	r.bcj = LZMA_VLI_UNKNOWN;
	r.element = g->element;
	r.target = g->r->target;
	r.effort = EFFORT_DEFAULT;
	r.dict_max = g->r->dict_max;
	if (choose_chain(&r, &c, e) != ERR_OK)
		return e->code;
	take(g, WELL);
	w->size = UINT64_MAX;
	for (i = 0; i < c.n && e->code == ERR_OK; i++) {
		/* Of those that find little, the others differ by chance. */
		if (i > 0 && c.chains[i].lzma.dict_size == LZMA_DICT_SIZE_MIN)
			continue;
		trial_size(g->sample, g->size, &c.chains[i], &size, e);
		w->size = num_min(w->size, scaled(g, size));
	}
	w->least = w->size;
	w->care = WEIGH_WELL;
	w->sampled = g->size < g->n;
	return e->code;
}

enum err_code
weigh_bytes(const struct weigh_rules *r, const uint8_t *p, size_t n,
    uint32_t element, enum weigh_care care, struct weigh *w, struct err *e)
{
	static const size_t room[] = { QUICK, MORE, WELL };
	struct weighing g = { .r = r, .p = p, .n = n, .element = element };

	memset(w, 0, sizeof(*w));
	w->care = WEIGH_WELL;
	if (n == 0)
		return ERR_OK;
	g.sample = malloc(num_min(n, room[care]));
	if (g.sample == NULL)
		return err_nomem(e);
	if (care == WEIGH_WELL)
		weigh_well(&g, w, e);
	else
		weigh_sample(&g, care, w, e);
	free(g.sample);
	return e->code;
}

enum err_code
weigh_text(const uint8_t *p, size_t n, uint64_t *size, struct err *e)
{
	struct chain c;

	*size = 0;
	if (n == 0)
		return ERR_OK;
	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.pb = 0;
	return trial_size(p, n, &c, size, e);
}
