#include "pack/plan.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "pack/machine.h"
#include "xz/encode.h"

#define SOLO_MIN ((uint64_t)64 << 10)	/* binary members of this size and
					 * over get a chain of their own */
#define GROUP_MIN ((uint64_t)8 << 10)	/* smaller groups join a neighbour */
#define MERGE_MAX ((uint64_t)1 << 20)	/* both together, for a trial */
#define HEAD 4096			/* bytes that tell the kind */
#define BLOCK_COST 32			/* bytes of container a Block costs */

enum kind {
	KIND_NONE,		/* no data: goes with its neighbours */
	KIND_TEXT,
	KIND_BINARY,
	KIND_CODE,		/* machine code */
	KIND_FORCED		/* by a rule */
};

/* Neighbouring members of one kind, before cutting into segments. */
struct unit {
	uint64_t off, size;
	enum kind kind;
	lzma_vli bcj;
	size_t rule;		/* KIND_FORCED: index of the rule */
	bool solo;		/* one large member: nothing joins it */
	struct choice choice;
};

struct planner {
	const struct tarstream *t;
	const struct plan_request *r;
	struct unit *units;	/* owned */
	size_t n_units;
	uint64_t dict_max;	/* bytes, from the memory limit */
	uint64_t block_max;	/* raw bytes of a Block, from the same */
};

/* --- members to units --- */

static bool
rule_matches(const struct plan_rule *rule, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (strchr(rule->pattern, '/') == NULL && slash != NULL)
		name = slash + 1;
	return fnmatch(rule->pattern, name, 0) == 0;
}

static enum kind
kind_of_bytes(const uint8_t *p, size_t n)
{
	size_t i, odd = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == 0)
			return KIND_BINARY;
		odd += p[i] < 32 && (p[i] < 7 || p[i] > 13) && p[i] != 27;
	}
	return odd * 64 > n ? KIND_BINARY : KIND_TEXT;
}

static enum err_code
classify(const struct planner *pl, const struct source *cursor, size_t i,
    struct unit *u, struct err *e)
{
	const struct tarspan *span = tarstream_span(pl->t, i);
	const struct member *m = tarstream_member(pl->t, i);
	struct err ignored = ERR_INIT;
	uint8_t head[HEAD];
	struct chain probe;
	size_t n, rule;

	memset(u, 0, sizeof(*u));
	u->off = span->head_off;
	u->size = span->end_off - span->head_off;
	u->bcj = LZMA_VLI_UNKNOWN;
	if (m->type != MEMBER_FILE || m->size == 0)
		return ERR_OK;
	for (rule = pl->r->n_rules; rule > 0; rule--) {
		if (!rule_matches(&pl->r->rules[rule - 1], m->name))
			continue;
		u->kind = KIND_FORCED;
		u->rule = rule - 1;
		return ERR_OK;
	}
	n = (size_t)num_min(m->size, HEAD);
	if (cursor->read(cursor->ctx, span->data_off, head, n, e) != ERR_OK)
		return e->code;
	u->kind = kind_of_bytes(head, n);
	u->bcj = machine_bcj(head, n);
	chain_preset(&probe, LZMA_PRESET_DEFAULT);
	if (u->bcj != LZMA_VLI_UNKNOWN)
		chain_prepend(&probe, u->bcj, 0);
	if (chain_allowed(&probe, pl->r->target, &ignored) != ERR_OK)
		u->bcj = LZMA_VLI_UNKNOWN;
	if (u->bcj != LZMA_VLI_UNKNOWN)
		u->kind = KIND_CODE;
	u->solo = u->kind != KIND_TEXT && m->size >= SOLO_MIN;
	return ERR_OK;
}

/* May b, which follows a, be coded with it, whatever the trial says? */
static bool
belongs(const struct unit *a, const struct unit *b)
{
	if (a->kind == KIND_NONE || b->kind == KIND_NONE)
		return true;
	if (a->kind == KIND_FORCED || b->kind == KIND_FORCED)
		return a->kind == b->kind && a->rule == b->rule;
	if (a->solo || b->solo)
		return false;
	return (a->kind == b->kind && a->bcj == b->bcj) ||
	    a->size < GROUP_MIN || b->size < GROUP_MIN;
}

static void
join(struct unit *a, const struct unit *b)
{
	if (a->kind == KIND_NONE || (a->size < GROUP_MIN &&
	    b->kind != KIND_NONE && b->size > a->size)) {
		a->kind = b->kind;
		a->bcj = b->bcj;
		a->rule = b->rule;
		a->solo = b->solo;
	}
	a->size += b->size;
}

/* Headers without data go with what stands before them; the first ones with
 * what follows. */
static enum err_code
make_units(struct planner *pl, struct err *e)
{
	size_t i, n = tarstream_count(pl->t);
	struct source cursor = { NULL, NULL };
	struct unit u, *last;

	pl->units = calloc(n + 1, sizeof(*pl->units));
	if (pl->units == NULL)
		return err_nomem(e);
	if (tarstream_cursor(pl->t, &cursor, e) != ERR_OK)
		return e->code;
	for (i = 0; i < n; i++) {
		if (classify(pl, &cursor, i, &u, e) != ERR_OK)
			break;
		last = pl->n_units > 0 ? &pl->units[pl->n_units - 1] : NULL;
		if (last != NULL && belongs(last, &u))
			join(last, &u);
		else
			pl->units[pl->n_units++] = u;
	}
	tarstream_cursor_end(&cursor, e);
	/* The end marker goes with the last unit. */
	if (e->code == ERR_OK)
		pl->units[pl->n_units - 1].size += tarstream_size(pl->t) -
		    tarstream_members_end(pl->t);
	return e->code;
}

/* --- a chain for each unit --- */

static enum err_code
choose_unit(void *ctx, size_t i, void **result, struct err *e)
{
	struct planner *pl = ctx;
	struct unit *u = &pl->units[i];
	struct source cursor = { NULL, NULL };
	struct choose_request r;

	(void)result;
	if (u->kind == KIND_FORCED) {
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
	u->choice.far |= u->kind == KIND_TEXT;
	tarstream_cursor_end(&cursor, e);
	return watch_step(pl->r->watch, u->size, e);
}

static enum err_code
choose_units(struct planner *pl, struct err *e)
{
	struct pool_job job;

	memset(&job, 0, sizeof(job));
	job.n_items = pl->n_units;
	job.n_threads = pl->r->n_threads;
	job.work = choose_unit;
	job.ctx = pl;
	return pool_run(&job, NULL, e);
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

/* Sets *chain when one Block with it is smaller than two. */
static enum err_code
try_merge(const uint8_t *p, const struct unit *a, const struct unit *b,
    const struct chain **chain, struct err *e)
{
	size_t na = (size_t)a->size, nb = (size_t)b->size;
	uint64_t sa, sb, both_a, both_b;

	*chain = NULL;
	if (size_with(p, na, &a->choice.chain, &sa, e) != ERR_OK ||
	    size_with(p + na, nb, &b->choice.chain, &sb, e) != ERR_OK ||
	    size_with(p, na + nb, &a->choice.chain, &both_a, e) != ERR_OK ||
	    size_with(p, na + nb, &b->choice.chain, &both_b, e) != ERR_OK)
		return e->code;
	if (num_min(both_a, both_b) < sa + sb + BLOCK_COST)
		*chain = both_a <= both_b ? &a->choice.chain :
		    &b->choice.chain;
	return ERR_OK;
}

static enum err_code
merge_pair(const struct planner *pl, struct unit *a, const struct unit *b,
    bool *merged, struct err *e)
{
	struct source cursor = { NULL, NULL };
	const struct chain *chain = NULL;
	struct chain kept;
	size_t n = (size_t)(a->size + b->size);
	uint8_t *p;

	*merged = false;
	if (a->size + b->size > MERGE_MAX || a->kind == KIND_FORCED ||
	    b->kind == KIND_FORCED)
		return ERR_OK;
	p = malloc(n);
	if (p == NULL)
		return err_nomem(e);
	if (tarstream_cursor(pl->t, &cursor, e) == ERR_OK &&
	    cursor.read(cursor.ctx, a->off, p, n, e) == ERR_OK)
		try_merge(p, a, b, &chain, e);
	tarstream_cursor_end(&cursor, e);
	free(p);
	if (e->code == ERR_OK && chain != NULL) {
		kept = *chain;
		a->size += b->size;
		a->choice.far = true;
		a->choice.has_alt = false;
		a->choice.chain = kept;
		*merged = true;
	}
	return e->code;
}

static enum err_code
merge_units(struct planner *pl, struct err *e)
{
	size_t i, kept = 0;
	bool merged;

	for (i = 1; i < pl->n_units; i++) {
		if (merge_pair(pl, &pl->units[kept], &pl->units[i], &merged,
		    e) != ERR_OK)
			return e->code;
		if (!merged)
			pl->units[++kept] = pl->units[i];
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
		need = chain_encoder_memory(&c) + pl->dict_max;
		if (need <= pl->r->memory)
			break;
	}
	pl->block_max = num_max(pl->dict_max, 65536);
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
	struct planner pl = { .t = t, .r = r };

	memset(p, 0, sizeof(*p));
	watch_begin(r->watch, "planning", tarstream_size(t));
	if (fit_memory(&pl, e) == ERR_OK && make_units(&pl, e) == ERR_OK &&
	    choose_units(&pl, e) == ERR_OK && merge_units(&pl, e) == ERR_OK)
		cut_units(&pl, p, e);
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
