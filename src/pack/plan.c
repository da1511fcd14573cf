#include "pack/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "pack/unit.h"
#include "xz/encode.h"

#define MERGE_MAX ((uint64_t)1 << 20)	/* both together, for a trial */
#define MERGE_LOOK ((uint64_t)128 << 10)	/* bytes of each in it */
#define STREAK 16			/* trials that agree and so predict */
#define SMALL_CHOICES 16		/* small units that choose, a kind */
#define CHOOSE_WINDOW 256		/* units that may end before one */
#define BLOCK_MIN ((uint64_t)64 << 10)	/* raw bytes, whatever the memory */
#define SLACK 4096			/* bytes of filters before LZMA2 */
#define BLOCK_COST 32			/* bytes of container a Block costs */

struct planner {
	const struct tarstream *t;
	const struct plan_request *r;
	struct unit *units;	/* owned */
	size_t n_units;
	size_t *order;		/* owned; [n_order] units that choose, the
				 * largest first */
	size_t n_order;
	uint64_t dict_max;	/* bytes, from the memory limit */
	uint64_t block_max;	/* raw bytes of a Block, from the same */
};

/* --- a chain for each unit --- */

static enum err_code
choose_unit(void *ctx, size_t i, void **result, struct err *e)
{
	struct planner *pl = ctx;
	struct unit *u = &pl->units[pl->order[i]];
	struct source cursor = { NULL, NULL };
	struct choose_request r;

	(void)result;
	if (u->kind == UNIT_FORCED) {
		u->choice.chain = pl->r->rules[u->rule].chain;
		u->choice.far = true;
		return watch_step(pl->r->watch, u->size, e);
	}
	if (tarstream_cursor(pl->t, &cursor, e) != ERR_OK)
		return e->code;
	memset(&r, 0, sizeof(r));
	r.src = &cursor;
	r.off = u->off;
	r.size = u->size;
	r.bcj = u->bcj;
	r.target = pl->r->target;
	r.dict_max = pl->dict_max;
	choose_chain(&r, &u->choice, e);
	u->choice.far |= u->kind == UNIT_TEXT;
	tarstream_cursor_end(&cursor, e);
	return watch_step(pl->r->watch, u->size, e);
}

static int
by_size(const void *a, const void *b, void *units)
{
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	uint64_t x = ((const struct unit *)units)[i].size;
	uint64_t y = ((const struct unit *)units)[j].size;

	return x != y ? (x < y) - (x > y) : (i > j) - (i < j);
}

/*
 * Who chooses?  Trials of small units take longer than encoding them, so
 * where there are many of a kind, the later ones follow the last that chose.
 */
static void
find_leaders(struct planner *pl)
{
	size_t i, n[UNIT_KINDS] = { 0 }, last[UNIT_KINDS] = { 0 };
	struct unit *u;

	for (i = 0; i < pl->n_units; i++) {
		u = &pl->units[i];
		u->like = i;
		if (u->size < UNIT_SOLO_MIN && u->kind != UNIT_FORCED) {
			if (n[u->kind] >= SMALL_CHOICES &&
			    pl->units[last[u->kind]].bcj == u->bcj) {
				u->like = last[u->kind];
				continue;
			}
			n[u->kind]++;
			last[u->kind] = i;
		}
		pl->order[pl->n_order++] = i;
	}
	/* The largest first: no worker begins it when the others end. */
	qsort_r(pl->order, pl->n_order, sizeof(*pl->order), by_size,
	    pl->units);
}

static enum err_code
choose_units(struct planner *pl, struct err *e)
{
	struct pool_job job;
	struct unit *u;
	size_t i;

	pl->order = calloc(pl->n_units, sizeof(*pl->order));
	if (pl->order == NULL)
		return err_nomem(e);
	find_leaders(pl);
	memset(&job, 0, sizeof(job));
	job.n_items = pl->n_order;
	job.n_threads = (unsigned int)num_max(1, num_min(pl->r->n_threads,
	    pl->r->memory / CHOOSE_MEMORY));
	job.window = CHOOSE_WINDOW;
	job.work = choose_unit;
	job.ctx = pl;
	if (pool_run(&job, NULL, e) != ERR_OK)
		return e->code;
	for (i = 0; i < pl->n_units; i++) {
		u = &pl->units[i];
		if (u->like == i)
			continue;
		u->choice = pl->units[u->like].choice;
		if (watch_step(pl->r->watch, u->size, e) != ERR_OK)
			break;
	}
	return e->code;
}

/* --- merging neighbours --- */

static enum err_code
size_with(const uint8_t *p, size_t n, const struct chain *c, uint64_t *size,
    struct err *e)
{
	struct chain fitted = *c;

	chain_fit(&fitted, n);
	return encode_size(p, n, &fitted, UINT64_MAX, size, e);
}

/*
 * Sets *chain when one Block with it is smaller than two.  p holds the last
 * na bytes of a and the first nb of b.
 */
static enum err_code
try_merge(const uint8_t *p, size_t na, size_t nb, const struct unit *a,
    const struct unit *b, const struct chain **chain, struct err *e)
{
	/* Whoever is not there as a whole has more to lose. */
	bool may_a = nb == b->size, may_b = na == a->size;
	uint64_t sa, sb, both_a = UINT64_MAX, both_b = UINT64_MAX;

	*chain = NULL;
	if (size_with(p, na, &a->choice.chain, &sa, e) != ERR_OK ||
	    size_with(p + na, nb, &b->choice.chain, &sb, e) != ERR_OK)
		return e->code;
	if (may_a && size_with(p, na + nb, &a->choice.chain, &both_a, e) !=
	    ERR_OK)
		return e->code;
	if (may_b && size_with(p, na + nb, &b->choice.chain, &both_b, e) !=
	    ERR_OK)
		return e->code;
	if (num_min(both_a, both_b) < sa + sb + BLOCK_COST)
		*chain = both_a <= both_b ? &a->choice.chain :
		    &b->choice.chain;
	return ERR_OK;
}

static enum err_code
read_and_try(const struct planner *pl, const struct unit *a,
    const struct unit *b, const struct chain **chain, struct err *e)
{
	size_t na = (size_t)num_min(a->size, MERGE_LOOK);
	size_t nb = (size_t)num_min(b->size, MERGE_LOOK);
	struct source cursor = { NULL, NULL };
	uint8_t *p = malloc(na + nb);

	*chain = NULL;
	if (p == NULL)
		return err_nomem(e);
	if (tarstream_cursor(pl->t, &cursor, e) == ERR_OK &&
	    cursor.read(cursor.ctx, b->off - na, p, na + nb, e) == ERR_OK)
		try_merge(p, na, nb, a, b, chain, e);
	tarstream_cursor_end(&cursor, e);
	free(p);
	return e->code;
}

/* How the trials for a pair of kinds went, of late. */
struct streak {
	bool merged;
	unsigned int n;		/* outcomes like that, one after another */
	unsigned int asked;
};

static enum err_code
decide_pair(const struct planner *pl, struct streak *s,
    const struct unit *a, const struct unit *b, const struct chain **chain,
    struct err *e)
{
	const struct unit *larger = a->size >= b->size ? a : b;

	*chain = NULL;
	if (a->size + b->size > MERGE_MAX || a->kind == UNIT_FORCED ||
	    b->kind == UNIT_FORCED || num_min(a->size, b->size) > MERGE_LOOK)
		return ERR_OK;
	if (s->n >= STREAK && ++s->asked % STREAK != 0) {
		*chain = s->merged ? &larger->choice.chain : NULL;
		return ERR_OK;
	}
	if (read_and_try(pl, a, b, chain, e) != ERR_OK)
		return e->code;
	s->n = (*chain != NULL) == s->merged ? s->n + 1 : 1;
	s->merged = *chain != NULL;
	return ERR_OK;
}

static enum err_code
merge_units(struct planner *pl, struct err *e)
{
	struct streak streaks[UNIT_KINDS][UNIT_KINDS];
	struct unit *a, *b;
	const struct chain *chain;
	struct chain kept_chain;
	size_t i, kept = 0;

	memset(streaks, 0, sizeof(streaks));
	for (i = 1; i < pl->n_units; i++) {
		a = &pl->units[kept];
		b = &pl->units[i];
		if (watch_step(pl->r->watch, 0, e) != ERR_OK ||
		    decide_pair(pl, &streaks[a->kind][b->kind], a, b, &chain,
		    e) != ERR_OK)
			return e->code;
		if (chain == NULL) {
			pl->units[++kept] = *b;
			continue;
		}
		kept_chain = *chain;
		a->size += b->size;
		a->choice.far = true;
		a->choice.has_alt = false;
		a->choice.chain = kept_chain;
	}
	pl->n_units = kept + 1;
	return ERR_OK;
}

/* --- units to segments --- */

/* Raw bytes of each of the equal slices of a unit; a multiple of 512. */
static uint64_t
slice_size(const struct planner *pl, const struct unit *u)
{
	uint64_t max = u->choice.far ? pl->block_max :
	    num_min(CHOOSE_ONE_BLOCK, pl->block_max);
	uint64_t n = (u->size + max - 1) / max;

	return num_round_up((u->size + n - 1) / n, 512);
}

static enum err_code
cut_units(struct planner *pl, struct plan *p, struct err *e)
{
	struct plan_segment *s;
	uint64_t slice, done;
	size_t i, n = 0;

	for (i = 0; i < pl->n_units; i++) {
		slice = slice_size(pl, &pl->units[i]);
		n += (size_t)((pl->units[i].size + slice - 1) / slice);
	}
	p->segments = calloc(n, sizeof(*p->segments));
	if (p->segments == NULL)
		return err_nomem(e);
	for (i = 0; i < pl->n_units; i++) {
		slice = slice_size(pl, &pl->units[i]);
		for (done = 0; done < pl->units[i].size; done += s->size) {
			s = &p->segments[p->n_segments++];
			s->tar_off = pl->units[i].off + done;
			s->size = num_min(slice, pl->units[i].size - done);
			s->choice = pl->units[i].choice;
			chain_fit(&s->choice.chain, s->size);
			chain_fit(&s->choice.alt, s->size);
		}
	}
	return ERR_OK;
}

/* The largest dictionary, and so Block, that an encoder may use. */
static enum err_code
fit_memory(struct planner *pl, struct err *e)
{
	struct chain c;
	uint64_t need = 0;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	for (pl->dict_max = ENCODE_BLOCK_MAX; pl->dict_max >= 4096;
	    pl->dict_max /= 2) {
		c.lzma.dict_size = (uint32_t)pl->dict_max;
		pl->block_max = num_max(pl->dict_max, BLOCK_MIN);
		need = chain_encoder_memory(&c) + pl->block_max + SLACK;
		if (need <= pl->r->memory)
			break;
	}
	if (pl->dict_max < 4096)
		return err_set(e, ERR_MEMLIMIT, "the smallest encoder needs "
		    "%llu bytes of memory; raise --memlimit",
		    (unsigned long long)need);
	return ERR_OK;
}

enum err_code
plan_make(const struct tarstream *t, const struct plan_request *r,
    struct plan *p, struct err *e)
{
	struct unit_request ur = { r->rules, r->n_rules, r->target };
	struct planner pl = { .t = t, .r = r };

	memset(p, 0, sizeof(*p));
	watch_begin(r->watch, "planning", tarstream_size(t));
	if (fit_memory(&pl, e) == ERR_OK &&
	    unit_make(t, &ur, &pl.units, &pl.n_units, e) == ERR_OK &&
	    choose_units(&pl, e) == ERR_OK && merge_units(&pl, e) == ERR_OK)
		cut_units(&pl, p, e);
	free(pl.order);
	free(pl.units);
	return e->code;
}

void
plan_free(struct plan *p)
{
	free(p->segments);
	memset(p, 0, sizeof(*p));
}

uint64_t
plan_encoder_memory(const struct plan *p)
{
	const struct plan_segment *s;
	uint64_t most = 0, need;
	size_t i;

	for (i = 0; i < p->n_segments; i++) {
		s = &p->segments[i];
		need = chain_encoder_memory(&s->choice.chain);
		if (s->choice.has_alt)
			need = num_max(need,
			    chain_encoder_memory(&s->choice.alt));
		most = num_max(most, need + s->size);
	}
	return most;
}
