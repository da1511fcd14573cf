#include "pack/blocks.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"

#define BATCH ((uint64_t)64 << 20)	/* raw bytes encoded out of order */

/* One encode of a segment, with one of its chains. */
struct encoding {
	size_t segment;
	size_t chain;
};

/* Segments begun before there was a plan, a thread for each. */
struct early {
	struct plan_segment *segments;	/* [n], in order; owned */
	size_t n;
	size_t found;		/* in the plan, so far */
	struct encode_block **done;	/* [n]; NULL: not received, or given
					 * out; owned */
	size_t received;
	uint64_t memory;	/* bytes of all their encoders and Blocks */
	struct pool *pool;	/* owned */
	atomic_int quit;	/* nobody wants them any more */
};

struct blocks {
	struct blocks_request r;
	struct early early;
	/* During blocks_encode(): */
	struct plan *plan;	/* borrowed */
	struct encoding *encodings;	/* [n_encodings]; owned */
	size_t n_encodings;
	struct best {
		struct encode_block *block;	/* owned until taken */
		size_t chain;
		size_t early;	/* which of those that were begun before,
				 * counted from 1; or 0 */
	} *best;		/* [n_segments]; owned */
};

enum err_code
blocks_new(const struct blocks_request *r, struct blocks **out, struct err *e)
{
	struct blocks *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return err_nomem(e);
	b->r = *r;
	*out = b;
	return ERR_OK;
}

static void
drop_block(void *result)
{
	struct encode_block *b = result;

	encode_block_free(b);
	free(b);
}

static enum err_code
encode_one(const struct blocks *b, const struct plan_segment *s,
    size_t chain, const struct watch *w, void **result, struct err *e)
{
	struct source cursor = { NULL, NULL };
	struct encode_block *block = calloc(1, sizeof(*block));

	if (block == NULL)
		return err_nomem(e);
	if (tarstream_cursor(b->r.t, &cursor, e) == ERR_OK)
		encode_block(&cursor, s->tar_off, s->size,
		    &s->choice.chains[chain], b->r.check, w, block, e);
	tarstream_cursor_end(&cursor, e);
	if (e->code != ERR_OK)
		drop_block(block);
	else
		*result = block;
	return e->code;
}

/* The owner's watch, which does not count. */
static struct watch
silent(const struct blocks *b)
{
	struct watch w;

	memset(&w, 0, sizeof(w));
	if (b->r.watch != NULL)
		w = *b->r.watch;
	w.advance = NULL;
	return w;
}

static enum err_code
encode_work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct blocks *b = ctx;
	const struct encoding *x = &b->encodings[i];
	struct watch w = silent(b);

	/* The bytes count once. */
	return encode_one(b, &b->plan->segments[x->segment], x->chain,
	    x->chain > 0 ? &w : b->r.watch, result, e);
}

/* Of a segment's encodings the smallest is kept; of equal ones, that with the
 * earlier chain, which is received earlier. */
static enum err_code
encode_take(void *ctx, size_t i, void *result, struct err *e)
{
	struct blocks *b = ctx;
	struct encode_block *block = result;
	struct best *best = &b->best[b->encodings[i].segment];

	(void)e;
	if (best->block != NULL &&
	    best->block->bytes.size <= block->bytes.size) {
		drop_block(block);
		return ERR_OK;
	}
	if (best->block != NULL)
		drop_block(best->block);
	best->block = block;
	best->chain = b->encodings[i].chain;
	return ERR_OK;
}

/* The largest first, so that no worker begins one when the others end. */
static int
by_size(const void *a, const void *b, void *ctx)
{
	const struct encoding *x = a, *y = b;
	const struct plan_segment *s = ctx;

	if (s[x->segment].size != s[y->segment].size)
		return s[x->segment].size > s[y->segment].size ? -1 : 1;
	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return x->chain < y->chain ? -1 : 1;
}

/* Is it the next of those that were begun? */
static bool
is_early(const struct early *y, const struct plan_segment *s)
{
	const struct plan_segment *next;

	if (y->found == y->n)
		return false;
	next = &y->segments[y->found];
	return s->tar_off == next->tar_off && s->size == next->size &&
	    s->choice.n == 1 &&
	    chain_equal(&s->choice.chains[0], &next->choice.chains[0]);
}

/* List the encodings of the segments first .. end - 1. */
static enum err_code
list_encodings(struct blocks *b, size_t first, size_t end, struct err *e)
{
	size_t i, k;

	free(b->encodings);
	b->encodings = calloc(CHOICE_MAX * (end - first),
	    sizeof(*b->encodings));
	if (b->encodings == NULL)
		return err_nomem(e);
	b->n_encodings = 0;
	for (i = first; i < end; i++) {
		if (is_early(&b->early, &b->plan->segments[i])) {
			b->best[i].early = ++b->early.found;
			continue;
		}
		for (k = 0; k < b->plan->segments[i].choice.n; k++) {
			b->encodings[b->n_encodings].segment = i;
			b->encodings[b->n_encodings++].chain = k;
		}
	}
	qsort_r(b->encodings, b->n_encodings, sizeof(*b->encodings), by_size,
	    b->plan->segments);
	return ERR_OK;
}

/* Bytes of finished Blocks that wait for their turn, at most. */
static uint64_t
held_max(const struct blocks *b)
{
	return num_min(BATCH, b->r.memory / 8);
}

/*
 * Segments of about as many raw bytes from first on, all of which are held
 * until they can be given out in order; or, of large ones, as many as there is
 * memory for to encode at once.
 */
static size_t
batch_end(const struct blocks *b, size_t first)
{
	const struct plan *p = b->plan;
	uint64_t sum = 0, one = 0, n;
	size_t i = first;

	do {
		sum += p->segments[i].size;
		one = num_max(one, plan_encoder_memory(p, i, i + 1));
		i++;
		n = num_min(b->r.n_threads,
		    (b->r.memory - held_max(b)) / one);
	} while (i < p->n_segments &&
	    (sum + p->segments[i].size <= held_max(b) || i - first < n));
	return i;
}

static enum err_code
early_work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct blocks *b = ctx;
	struct watch w = silent(b);

	w.quit = &b->early.quit;
	return encode_one(b, &b->early.segments[i], 0, &w, result, e);
}

/* Which are worth a thread: the first that have made their choice. */
static void
pick_early(struct blocks *b, const struct plan_segment *s, size_t n)
{
	struct early *y = &b->early;
	uint64_t need;
	size_t i;

	for (i = 0; i < n && y->n < b->r.n_threads / 2; i++) {
		need = s[i].size + chain_encoder_memory(&s[i].choice.chains[0]);
		if (s[i].choice.n > 1 || y->memory + need > b->r.memory / 2)
			continue;
		y->memory += need;
		y->segments[y->n++] = s[i];
	}
}

uint64_t
blocks_begin(struct blocks *b, const struct plan_segment *s, size_t n)
{
	struct early *y = &b->early;
	struct pool_job job;
	struct err ignored = ERR_INIT;

	y->segments = calloc(n, sizeof(*y->segments));
	y->done = calloc(n, sizeof(struct encode_block *));
	if (y->segments == NULL || y->done == NULL)
		return 0;	/* only later */
	pick_early(b, s, n);
	if (y->n == 0)
		return 0;
	memset(&job, 0, sizeof(job));
	job.n_items = y->n;
	job.n_threads = (unsigned int)y->n;
	job.work = early_work;
	job.drop = drop_block;
	job.crew = b->r.crew;
	job.ctx = b;
	job.aside = true;
	if (pool_start(&job, &y->pool, &ignored) != ERR_OK)
		y->n = 0;
	return y->n > 0 ? y->memory : 0;
}

/* Wait for the first n of those that were begun. */
static enum err_code
receive_early(struct blocks *b, size_t n, struct err *e)
{
	struct early *y = &b->early;
	void *block = NULL;

	for (; y->received < n; y->received++) {
		if (pool_next(y->pool, &block, e) != ERR_OK)
			return e->code;
		y->done[y->received] = block;
	}
	return ERR_OK;
}

/* The Block of segment i, if that was begun before. */
static enum err_code
take_early(struct blocks *b, size_t i, struct err *e)
{
	size_t k = b->best[i].early;

	if (k == 0)
		return ERR_OK;
	if (receive_early(b, k, e) != ERR_OK)
		return e->code;
	b->best[i].block = b->early.done[k - 1];
	b->early.done[k - 1] = NULL;
	return watch_step(b->r.watch, b->plan->segments[i].size, e);
}

/* Give out segment i's Block. */
static enum err_code
give(struct blocks *b, size_t i, blocks_take *take, void *ctx, struct err *e)
{
	struct choice *choice = &b->plan->segments[i].choice;
	struct chain chain = choice->chains[b->best[i].chain];

	if (take_early(b, i, e) != ERR_OK)
		return e->code;
	if (take(ctx, b->best[i].block, e) != ERR_OK)
		return e->code;
	drop_block(b->best[i].block);
	b->best[i].block = NULL;
	choice_only(choice, &chain, choice->far);
	return ERR_OK;
}

/* The workers that the memory is enough for, in the batch first .. end - 1. */
static enum err_code
count_threads(struct blocks *b, size_t first, size_t end, unsigned int *n,
    struct err *e)
{
	uint64_t one = plan_encoder_memory(b->plan, first, end);
	uint64_t memory = b->r.memory - held_max(b);
	struct early *y = &b->early;

	if (y->received < y->n && one > memory - y->memory &&
	    receive_early(b, y->n, e) != ERR_OK)
		return e->code;
	if (y->received < y->n)
		memory -= y->memory;
	*n = (unsigned int)num_max(1, num_min(b->r.n_threads, memory / one));
	return ERR_OK;
}

static enum err_code
encode_batches(struct blocks *b, blocks_take *take, void *ctx, struct err *e)
{
	struct pool_job job;
	size_t i, first, end;

	memset(&job, 0, sizeof(job));
	job.work = encode_work;
	job.drop = drop_block;
	job.crew = b->r.crew;
	job.ctx = b;
	for (first = 0; first < b->plan->n_segments; first = end) {
		end = batch_end(b, first);
		if (list_encodings(b, first, end, e) != ERR_OK)
			return e->code;
		job.n_items = b->n_encodings;
		if (count_threads(b, first, end, &job.n_threads, e) !=
		    ERR_OK || pool_run(&job, encode_take, e) != ERR_OK)
			return e->code;
		for (i = first; i < end; i++) {
			if (give(b, i, take, ctx, e) != ERR_OK)
				return e->code;
		}
	}
	return ERR_OK;
}

enum err_code
blocks_encode(struct blocks *b, struct plan *p, blocks_take *take, void *ctx,
    struct err *e)
{
	uint64_t one = plan_encoder_memory(p, 0, p->n_segments);
	size_t i;

	if (one > b->r.memory)
		return err_set(e, ERR_MEMLIMIT, "one encoder needs %" PRIu64
		    " bytes of memory, over the limit of %" PRIu64
		    "; raise --memlimit or force smaller dictionaries", one,
		    b->r.memory);
	b->plan = p;
	b->best = calloc(p->n_segments, sizeof(*b->best));
	if (b->best == NULL)
		err_nomem(e);
	else
		encode_batches(b, take, ctx, e);
	for (i = 0; b->best != NULL && i < p->n_segments; i++) {
		if (b->best[i].block != NULL)
			drop_block(b->best[i].block);
	}
	free(b->best);
	free(b->encodings);
	b->best = NULL;
	b->encodings = NULL;
	return e->code;
}

void
blocks_free(struct blocks *b)
{
	size_t i;

	if (b == NULL)
		return;
	atomic_store(&b->early.quit, 1);
	pool_free(b->early.pool);
	for (i = 0; b->early.done != NULL && i < b->early.n; i++) {
		if (b->early.done[i] != NULL)
			drop_block(b->early.done[i]);
	}
	free(b->early.done);
	free(b->early.segments);
	free(b);
}
