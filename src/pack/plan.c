#include "pack/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "pack/deep.h"
#include "pack/litcost.h"
#include "pack/merge.h"
#include "pack/repeat.h"
#include "pack/unit.h"
#include "xz/encode.h"

#define SMALL_CHOICES 64		/* small units that choose, a kind */
#define CHOOSE_WINDOW 256		/* units that may end before one */
#define LEADERS 16			/* units of a kind to follow */
#define LIKE_LOOK ((uint64_t)64 << 10)	/* bytes that are counted */
#define ALIKE 128			/* costs more by 1/128 at most */
#define MIXED_MAX ((uint64_t)128 << 10)	/* bytes */
#define BLOCK_MIN ((uint64_t)64 << 10)	/* raw bytes, whatever the memory */
#define CROSSING 256		/* one byte in so many repeats what is before a
				 * cut: then there is none */
#define SLACK 4096			/* bytes of filters before LZMA2 */

/* Units of a kind that chose; the last LEADERS of n are kept. */
struct leaders {
	size_t last[LEADERS];
	uint64_t counts[LEADERS][256];	/* bytes of a sample, by value */
	size_t n;
};

struct planner {
	const struct tarstream *t;
	const struct plan_request *r;
	struct unit *units;	/* owned */
	size_t n_units;
	size_t *order;		/* owned; [n_order] units that choose, the
				 * largest first */
	size_t n_order;
	uint64_t busy;		/* bytes of memory that encode already */
	bool few;		/* now units of few values choose, then the
				 * others */
	uint64_t dict_max;	/* bytes, from the memory limit */
	uint64_t block_max;	/* raw bytes of a Block, from the same */
	uint64_t far_max;	/* of one that repeats itself */
};

/* Does it repeat more over cuts for ENCODE_BLOCK_MAX than these are worth? */
static bool
repeats_far(const struct unit *u)
{
	return u->crossing > u->size / CROSSING;
}

/* --- a chain for each unit --- */

static enum err_code
choose_for(const struct planner *pl, struct unit *u, struct err *e)
{
	struct source cursor = { NULL, NULL };
	struct choose_request r;

	if (u->kind == UNIT_FORCED) {
		choice_only(&u->choice, &pl->r->rules[u->rule].chain, true);
		return ERR_OK;
	}
	if (tarstream_cursor(pl->t, &cursor, e) != ERR_OK)
		return e->code;
	memset(&r, 0, sizeof(r));
	r.src = &cursor;
	r.off = u->off;
	r.size = u->size - u->tail;
	r.bcj = u->bcj;
	r.element = u->element;
	r.text = u->kind == UNIT_TEXT && !u->mixed;
	r.repeats = repeats_far(u);
	r.effort = pl->r->effort;
	r.target = pl->r->target;
	r.dict_max = pl->dict_max;
	choose_chain(&r, &u->choice, e);
	u->choice.far |= u->kind == UNIT_TEXT;
	return tarstream_cursor_end(&cursor, e);
}

static enum err_code
choose_unit(void *ctx, size_t i, void **result, struct err *e)
{
	const struct planner *pl = ctx;
	struct unit *u = &pl->units[pl->order[i]];

	(void)result;
	if (choose_for(pl, u, e) != ERR_OK)
		return e->code;
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

/* Count the bytes of a sample of a unit's middle, by value. */
static enum err_code
measure_unit(const struct source *cursor, const struct unit *u,
    uint64_t counts[256], struct err *e)
{
	size_t n = (size_t)num_min(u->size, LIKE_LOOK);
	uint8_t *p = malloc(n);

	if (p == NULL)
		return err_nomem(e);
	if (cursor->read(cursor->ctx, u->off + (u->size - n) / 2, p, n, e) ==
	    ERR_OK)
		litcost_count(p, n, counts);
	free(p);
	return e->code;
}

/* Would bytes with these frequencies cost as much with those of both? */
static bool
alike(const uint64_t a[256], const uint64_t b[256])
{
	uint64_t both[256], apart = litcost_counts(a) + litcost_counts(b);
	size_t i;

	for (i = 0; i < 256; i++)
		both[i] = a[i] + b[i];
	return litcost_counts(both) <= apart + apart / ALIKE;
}

/* The leader that u can follow, one of the last few of its kind; or itself. */
static size_t
find_leader(const struct planner *pl, const struct leaders *l, size_t u,
    const uint64_t counts[256])
{
	bool small = pl->units[u].size < UNIT_LARGE;
	size_t i;

	if (small && l->n < SMALL_CHOICES)
		return u;
	for (i = 0; i < l->n && i < LEADERS; i++) {
		if (unit_same_type(&pl->units[l->last[i]], &pl->units[u]) &&
		    (small || alike(l->counts[i], counts)))
			return l->last[i];
	}
	return u;
}

static bool
may_be_deep(const struct unit *u)
{
	return u->size >= UNIT_LARGE && (u->kind == UNIT_NUMBERS ||
	    u->kind == UNIT_BINARY);
}

/* Find what unit i follows, or make it a leader, if it is to choose now. */
static enum err_code
lead_or_follow(struct planner *pl, struct leaders *l, size_t i,
    const struct source *cursor, struct err *e)
{
	struct unit *u = &pl->units[i];
	uint64_t counts[256] = { 0 };

	u->like = i;
	if (u->choice.n > 0 || (pl->few && !may_be_deep(u)))
		return ERR_OK;
	u->leader = u->off;
	if (u->kind == UNIT_FORCED ||
	    (u->kind == UNIT_TEXT && u->size >= UNIT_LARGE)) {
		pl->order[pl->n_order++] = i;
		return ERR_OK;
	}
	if (u->size >= UNIT_LARGE &&
	    measure_unit(cursor, u, counts, e) != ERR_OK)
		return e->code;
	if (pl->few && !deep_few(counts))
		return ERR_OK;
	u->like = find_leader(pl, l, i, counts);
	u->leader = pl->units[u->like].off;
	if (u->like == i) {
		l->last[l->n % LEADERS] = i;
		memcpy(l->counts[l->n++ % LEADERS], counts, sizeof(counts));
		pl->order[pl->n_order++] = i;
	}
	return ERR_OK;
}

/*
 * Who chooses?  Tensors of one type and about the same bytes choose once.  Of
 * small units, trials take longer than encoding them, so where there are many
 * the later ones follow the last that chose.
 */
static enum err_code
find_leaders(struct planner *pl, const struct source *cursor, struct err *e)
{
	struct leaders *leaders = calloc(2 * UNIT_KINDS, sizeof(*leaders));
	struct unit *u;
	size_t i;

	if (leaders == NULL)
		return err_nomem(e);
	for (i = 0; i < pl->n_units; i++) {
		u = &pl->units[i];
		if (lead_or_follow(pl, &leaders[2 * u->kind +
		    (u->size < UNIT_LARGE)], i, cursor, e) != ERR_OK)
			break;
	}
	/* The largest first: no worker begins it when the others end. */
	qsort_r(pl->order, pl->n_order, sizeof(*pl->order), by_size,
	    pl->units);
	free(leaders);
	return e->code;
}

static unsigned int
planning_threads(const struct planner *pl)
{
	return (unsigned int)num_max(1, num_min(pl->r->n_threads,
	    (pl->r->memory - pl->busy) / CHOOSE_MEMORY));
}

/* Have the workers do something with the units in pl->order. */
static enum err_code
run_order(struct planner *pl, enum err_code (*work)(void *ctx, size_t i,
    void **result, struct err *e), struct err *e)
{
	struct pool_job job;

	memset(&job, 0, sizeof(job));
	job.n_items = pl->n_order;
	job.n_threads = planning_threads(pl);
	job.window = CHOOSE_WINDOW;
	job.work = work;
	job.crew = pl->r->crew;
	job.ctx = pl;
	return job.n_items > 0 ? pool_run(&job, NULL, e) : ERR_OK;
}

static enum err_code
choose_units(struct planner *pl, bool few, struct err *e)
{
	struct source cursor = { NULL, NULL };
	struct unit *u;
	size_t i;

	if (pl->order == NULL)
		pl->order = calloc(pl->n_units, sizeof(*pl->order));
	if (pl->order == NULL)
		return err_nomem(e);
	pl->few = few;
	pl->n_order = 0;
	if (tarstream_cursor(pl->t, &cursor, e) == ERR_OK)
		find_leaders(pl, &cursor, e);
	tarstream_cursor_end(&cursor, e);
	if (e->code != ERR_OK)
		return e->code;
	if (run_order(pl, choose_unit, e) != ERR_OK)
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

static enum err_code
choose_again(void *ctx, size_t i, void **result, struct err *e)
{
	const struct planner *pl = ctx;
	struct unit *u = &pl->units[pl->order[i]];
	struct chain before = u->choice.chains[0];

	(void)result;
	if (watch_step(pl->r->watch, 0, e) != ERR_OK ||
	    choose_for(pl, u, e) != ERR_OK)
		return e->code;
	choice_also(&u->choice, &before);
	u->choice.far = true;
	return ERR_OK;
}

/* What was merged of unlike parts chooses once more. */
static enum err_code
choose_mixed(struct planner *pl, struct err *e)
{
	size_t i;

	pl->n_order = 0;
	for (i = 0; i < pl->n_units; i++) {
		if (pl->units[i].mixed && pl->units[i].size <= MIXED_MAX &&
		    pl->r->effort != EFFORT_FAST)
			pl->order[pl->n_order++] = i;
	}
	return run_order(pl, choose_again, e);
}

/* --- units to segments --- */

/* And has it a chain that can tell? */
static bool
reaches_far(const struct unit *u)
{
	size_t k;

	if (u->kind == UNIT_FORCED || !repeats_far(u))
		return false;
	for (k = 0; k < u->choice.n; k++) {
		if (u->choice.chains[k].lzma.dict_size >= ENCODE_BLOCK_MAX)
			return true;
	}
	return false;
}

/* Raw bytes of each of the equal slices of a unit; a multiple of 512. */
static uint64_t
slice_size(const struct planner *pl, const struct unit *u)
{
	uint64_t max = !u->choice.far ?
	    num_min(CHOOSE_ONE_BLOCK, pl->block_max) :
	    reaches_far(u) ? pl->far_max : pl->block_max;

	/* Such encoders are slow, and two of them are not. */
	if (u->choice.deep && pl->r->effort == EFFORT_FAST)
		max = num_min(max, CHOOSE_ONE_BLOCK / 2);
	return unit_slice(u->size, max);
}

static size_t
count_slices(const struct planner *pl, const struct unit *u)
{
	uint64_t slice = slice_size(pl, u);

	return (size_t)((u->size + slice - 1) / slice);
}

/* Cut a unit into segments; returns how many. */
static size_t
cut_unit(const struct planner *pl, const struct unit *u,
    struct plan_segment *to)
{
	uint64_t slice = slice_size(pl, u), done;
	size_t n = 0, k;
	struct plan_segment *s;

	for (done = 0; done < u->size; done += s->size) {
		s = &to[n++];
		s->tar_off = u->off + done;
		s->size = num_min(slice, u->size - done);
		s->choice = u->choice;
		for (k = 0; k < s->choice.n; k++)
			chain_fit(&s->choice.chains[k], s->size);
	}
	return n;
}

/* The segments of all units, or of those that are fixed. */
static enum err_code
cut_units(const struct planner *pl, bool fixed, struct plan *p,
    struct err *e)
{
	size_t i, n = 0;

	for (i = 0; i < pl->n_units; i++) {
		if (!fixed || pl->units[i].fixed)
			n += count_slices(pl, &pl->units[i]);
	}
	if (n == 0)
		return ERR_OK;
	p->segments = calloc(n, sizeof(*p->segments));
	if (p->segments == NULL)
		return err_nomem(e);
	for (i = 0; i < pl->n_units; i++) {
		if (!fixed || pl->units[i].fixed)
			p->n_segments += cut_unit(pl, &pl->units[i],
			    p->segments + p->n_segments);
	}
	return ERR_OK;
}

/* What few values are in stays as it is; tell the owner. */
static enum err_code
fix_deep(struct planner *pl, struct err *e)
{
	struct plan sure = { NULL, 0 };
	size_t i;

	for (i = 0; i < pl->n_units; i++)
		pl->units[i].fixed = pl->units[i].choice.deep;
	if (pl->r->sure != NULL && cut_units(pl, true, &sure, e) == ERR_OK &&
	    sure.n_segments > 0)
		pl->busy = pl->r->sure(pl->r->sure_ctx, sure.segments,
		    sure.n_segments);
	plan_free(&sure);
	return e->code;
}

/* The largest dictionary, and so Block, that an encoder may use. */
static enum err_code
fit_memory(struct planner *pl, struct err *e)
{
	struct chain c;
	/* The rest is for Blocks that wait for their turn. */
	uint64_t memory = pl->r->memory - pl->r->memory / 8, need = 0;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	for (pl->dict_max = ENCODE_BLOCK_MAX; pl->dict_max >= 4096;
	    pl->dict_max /= 2) {
		c.lzma.dict_size = (uint32_t)pl->dict_max;
		pl->block_max = num_max(pl->dict_max, BLOCK_MIN);
		need = chain_encoder_memory(&c) + pl->block_max + SLACK;
		if (need <= memory)
			break;
	}
	if (pl->dict_max < 4096)
		return err_set(e, ERR_MEMLIMIT, "the smallest encoder needs "
		    "%llu bytes of memory; raise --memlimit",
		    (unsigned long long)need);
	/* One is kept while the next is made. */
	pl->far_max = num_max(pl->block_max, num_min(ENCODE_FAR_MAX,
	    (memory - chain_encoder_memory(&c) - SLACK) / 2));
	return ERR_OK;
}

enum err_code
plan_make(const struct tarstream *t, const struct plan_request *r,
    struct plan *p, struct err *e)
{
	struct unit_request ur = { r->rules, r->n_rules, r->target,
	    r->each_member, r->warn, r->warn_ctx };
	struct planner pl = { .t = t, .r = r };
	struct merge_request mr = { t, r->watch, r->effort == EFFORT_FAST, 1,
	    r->crew };

	memset(p, 0, sizeof(*p));
	watch_begin(r->watch, "planning", tarstream_size(t));
	if (fit_memory(&pl, e) == ERR_OK &&
	    unit_make(t, &ur, &pl.units, &pl.n_units, e) == ERR_OK &&
	    repeat_join(t, r->watch, pl.units, &pl.n_units, e) == ERR_OK &&
	    choose_units(&pl, true, e) == ERR_OK &&
	    merge_deep(&mr, pl.units, &pl.n_units, e) == ERR_OK &&
	    fix_deep(&pl, e) == ERR_OK &&
	    choose_units(&pl, false, e) == ERR_OK) {
		unit_part_tail(pl.units, &pl.n_units);
		mr.n_threads = planning_threads(&pl);
		if (merge_units(&mr, pl.units, &pl.n_units, e) == ERR_OK &&
		    choose_mixed(&pl, e) == ERR_OK)
			cut_units(&pl, false, p, e);
	}
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
plan_encoder_memory(const struct plan *p, size_t first, size_t end)
{
	const struct plan_segment *s;
	uint64_t most = 0, need;
	size_t i, k;

	for (i = first; i < end; i++) {
		s = &p->segments[i];
		for (k = 0; k < s->choice.n; k++) {
			need = chain_encoder_memory(&s->choice.chains[k]) +
			    s->size + (s->choice.n > 1 ? s->size : 0);
			most = num_max(most, need);
		}
	}
	return most;
}
