#include "pack/create.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/pool.h"
#include "pack/order.h"
#include "pack/planfile.h"
#include "xz/decode.h"
#include "xz/encode.h"
#include "xz/xzread.h"
#include "xz/xzwrite.h"

#define PIECE ((size_t)64 << 10)	/* bytes compared at a time */
#define BATCH ((uint64_t)64 << 20)	/* raw bytes encoded out of order */
#define INDEX_MEMORY ((uint64_t)1 << 32)	/* of our own new file */

struct creation {
	const struct create_request *r;
	const struct tarstream *t;
	struct plan *plan;	/* left with the one chain of each segment that
				 * was written */
	struct xzwrite writer;
	struct encoding *encodings;	/* [n_encodings]; owned */
	size_t n_encodings;
	struct best {
		struct encode_block *block;	/* owned until written */
		size_t chain;
	} *best;		/* [n_segments]; owned */
	struct xzread back;		/* the new file, read again */
};

/* --- encoding --- */

static void
drop_block(void *result)
{
	struct encode_block *b = result;

	encode_block_free(b);
	free(b);
}

/* One encode of a segment, with one of its chains. */
struct encoding {
	size_t segment;
	size_t chain;
};

static enum err_code
encode_work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct creation *c = ctx;
	const struct encoding *x = &c->encodings[i];
	const struct plan_segment *s = &c->plan->segments[x->segment];
	struct source cursor = { NULL, NULL };
	struct encode_block *b = calloc(1, sizeof(*b));
	struct watch w;

	memset(&w, 0, sizeof(w));
	if (c->r->watch != NULL)
		w = *c->r->watch;
	if (x->chain > 0)
		w.advance = NULL;	/* the bytes were counted */
	if (b == NULL)
		return err_nomem(e);
	if (tarstream_cursor(c->t, &cursor, e) == ERR_OK)
		encode_block(&cursor, s->tar_off, s->size,
		    &s->choice.chains[x->chain], c->r->check, &w, b, e);
	tarstream_cursor_end(&cursor, e);
	if (e->code != ERR_OK)
		drop_block(b);
	else
		*result = b;
	return e->code;
}

/* Of a segment's encodings the smallest is kept; of equal ones, that with the
 * earlier chain, which is received earlier. */
static enum err_code
encode_take(void *ctx, size_t i, void *result, struct err *e)
{
	struct creation *c = ctx;
	struct encode_block *b = result;
	struct best *best = &c->best[c->encodings[i].segment];

	(void)e;
	if (best->block == NULL ||
	    b->bytes.size < best->block->bytes.size) {
		if (best->block != NULL)
			drop_block(best->block);
		best->block = b;
		best->chain = c->encodings[i].chain;
	} else {
		drop_block(b);
	}
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

/* List the encodings of the segments first .. end - 1. */
static void
list_encodings(struct creation *c, size_t first, size_t end)
{
	size_t i, k;

	c->n_encodings = 0;
	for (i = first; i < end; i++) {
		for (k = 0; k < c->plan->segments[i].choice.n; k++) {
			c->encodings[c->n_encodings].segment = i;
			c->encodings[c->n_encodings++].chain = k;
		}
	}
	qsort_r(c->encodings, c->n_encodings, sizeof(*c->encodings), by_size,
	    c->plan->segments);
}

/* Segments of about BATCH bytes from first on, the whole of which is held
 * until it can be written in order. */
static size_t
batch_end(const struct plan *p, size_t first)
{
	uint64_t sum = 0;
	size_t i = first;

	do
		sum += p->segments[i++].size;
	while (i < p->n_segments && sum + p->segments[i].size <= BATCH);
	return i;
}

static enum err_code
write_batch(struct creation *c, size_t first, size_t end, struct err *e)
{
	struct chain chain;
	struct choice *choice;
	size_t i;

	for (i = first; i < end; i++) {
		if (xzwrite_block(&c->writer, c->best[i].block, e) != ERR_OK)
			return err_wrap(e, "%s", c->r->output);
		drop_block(c->best[i].block);
		c->best[i].block = NULL;
		choice = &c->plan->segments[i].choice;
		chain = choice->chains[c->best[i].chain];
		choice_only(choice, &chain, choice->far);
	}
	return ERR_OK;
}

static enum err_code
encode_batches(struct creation *c, unsigned int n_threads, struct err *e)
{
	struct pool_job job;
	size_t first, end;

	memset(&job, 0, sizeof(job));
	job.n_threads = n_threads;
	job.work = encode_work;
	job.drop = drop_block;
	job.ctx = c;
	for (first = 0; first < c->plan->n_segments; first = end) {
		end = batch_end(c->plan, first);
		list_encodings(c, first, end);
		job.n_items = c->n_encodings;
		if (pool_run(&job, encode_take, e) != ERR_OK ||
		    write_batch(c, first, end, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

static enum err_code
encode_all(struct creation *c, int fd, struct err *e)
{
	uint64_t one = plan_encoder_memory(c->plan), n;

	if (one > c->r->memory)
		return err_set(e, ERR_MEMLIMIT, "one encoder needs %" PRIu64
		    " bytes of memory, over the limit of %" PRIu64
		    "; raise --memlimit or force smaller dictionaries", one,
		    c->r->memory);
	n = num_max(1, num_min(c->r->n_threads, c->r->memory / one));
	c->encodings = calloc(CHOICE_MAX * c->plan->n_segments,
	    sizeof(*c->encodings));
	c->best = calloc(c->plan->n_segments, sizeof(*c->best));
	if (c->encodings == NULL || c->best == NULL)
		return err_nomem(e);
	watch_begin(c->r->watch, "encoding", tarstream_size(c->t));
	if (xzwrite_begin(&c->writer, fd, c->r->check, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	if (encode_batches(c, (unsigned int)n, e) != ERR_OK)
		return e->code;
	if (xzwrite_end(&c->writer, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	return ERR_OK;
}

/* --- other plans --- */

static enum err_code
make_plan(const struct create_request *r, const struct tarstream *t,
    enum effort effort, struct plan *plan, struct err *e)
{
	struct plan_request pr;

	memset(&pr, 0, sizeof(pr));
	pr.rules = r->rules;
	pr.n_rules = r->n_rules;
	pr.target = r->target;
	pr.effort = effort;
	pr.each_member = r->random_access;
	pr.warn = effort == r->effort ? r->warn : NULL;
	pr.warn_ctx = r->warn_ctx;
	pr.memory = r->memory;
	pr.n_threads = r->n_threads;
	pr.watch = r->watch;
	return plan_make(t, &pr, plan, e);
}

/* The plan of xz -9e: all of the tar in one Block. */
static enum err_code
whole_plan(const struct creation *c, struct plan *p, struct err *e)
{
	struct chain chain;

	p->segments = calloc(1, sizeof(*p->segments));
	if (p->segments == NULL)
		return err_nomem(e);
	p->n_segments = 1;
	p->segments[0].size = tarstream_size(c->t);
	chain_preset(&chain, 9 | LZMA_PRESET_EXTREME);
	chain_fit(&chain, p->segments[0].size);
	choice_only(&p->segments[0].choice, &chain, true);
	return ERR_OK;
}

/* Forget what was written, for another plan. */
static enum err_code
start_over(struct creation *c, int fd, struct err *e)
{
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return err_sys(e, errno, "%s", c->r->output);
	xzwrite_free(&c->writer);
	free(c->encodings);
	free(c->best);
	c->encodings = NULL;
	c->best = NULL;
	return ERR_OK;
}

static void
swap_plans(struct plan *a, struct plan *b)
{
	struct plan t = *a;

	*a = *b;
	*b = t;
}

/* Follow another plan too, and keep the smaller file; *p becomes the plan that
 * was not kept. */
static enum err_code
try_plan(struct creation *c, int fd, struct plan *p, struct err *e)
{
	uint64_t before = c->writer.file_size;

	if (plan_encoder_memory(p) > c->r->memory)
		return ERR_OK;
	swap_plans(c->plan, p);
	if (start_over(c, fd, e) != ERR_OK || encode_all(c, fd, e) != ERR_OK)
		return e->code;
	if (c->writer.file_size <= before)
		return ERR_OK;
	swap_plans(c->plan, p);
	if (start_over(c, fd, e) != ERR_OK)
		return e->code;
	return encode_all(c, fd, e);
}

/*
 * At EFFORT_MAX nothing is larger than at EFFORT_DEFAULT, nor than one Block,
 * by construction: both are made too.
 */
static enum err_code
try_others(struct creation *c, int fd, struct err *e)
{
	struct plan other = { NULL, 0 };

	if (c->r->effort != EFFORT_MAX || c->r->plan_in != NULL)
		return ERR_OK;
	if (make_plan(c->r, c->t, EFFORT_DEFAULT, &other, e) == ERR_OK)
		try_plan(c, fd, &other, e);
	plan_free(&other);
	if (e->code != ERR_OK || c->r->random_access || c->r->n_rules > 0 ||
	    tarstream_size(c->t) > PLANFILE_BLOCK_MAX)
		return e->code;
	if (whole_plan(c, &other, e) == ERR_OK)
		try_plan(c, fd, &other, e);
	plan_free(&other);
	return e->code;
}

/* --- verification --- */

static enum err_code
differs(struct err *e)
{
	return err_set(e, ERR_FAIL, "the bundle read back differs from the "
	    "inputs; a file changed, or memory or disk is faulty; try "
	    "again");
}

static enum err_code
compare_block(const struct creation *c, const struct xzblock *b,
    const struct source *cursor, uint8_t *two, struct err *e)
{
	struct decode *d = NULL;
	uint64_t done = 0;
	size_t n, got;

	if (decode_open(c->back.fd, b, UINT64_MAX, &d, e) != ERR_OK)
		return e->code;
	while (done < b->raw_size) {
		n = (size_t)num_min(b->raw_size - done, PIECE);
		if (decode_step(d, two, n, &got, e) != ERR_OK ||
		    cursor->read(cursor->ctx, b->raw_off + done, two + PIECE,
		    n, e) != ERR_OK)
			break;
		if (got < n || memcmp(two, two + PIECE, n) != 0) {
			differs(e);
			break;
		}
		done += n;
		if (watch_step(c->r->watch, n, e) != ERR_OK)
			break;
	}
	if (e->code == ERR_OK)
		decode_finish(d, e);
	decode_free(d);
	return e->code;
}

static enum err_code
verify_work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct creation *c = ctx;
	struct source cursor = { NULL, NULL };
	uint8_t *two = malloc(2 * PIECE);

	(void)result;
	if (two == NULL)
		return err_nomem(e);
	if (tarstream_cursor(c->t, &cursor, e) == ERR_OK)
		compare_block(c, &c->back.blocks[i], &cursor, two, e);
	tarstream_cursor_end(&cursor, e);
	free(two);
	return e->code;
}

/* Read the file behind fd again, as a reader will. */
static enum err_code
verify_all(struct creation *c, int fd, struct err *e)
{
	struct pool_job job;
	int again = dup(fd);

	if (again < 0)
		return err_set(e, ERR_FAIL, "too many open files");
	if (xzread_take(again, INDEX_MEMORY, &c->back, e) != ERR_OK)
		return err_wrap(e, "reading the bundle back");
	if (c->back.raw_size != tarstream_size(c->t) ||
	    c->back.file_size != c->writer.file_size)
		return differs(e);
	watch_begin(c->r->watch, "verifying", c->back.raw_size);
	memset(&job, 0, sizeof(job));
	job.n_items = c->back.n_blocks;
	job.n_threads = (unsigned int)num_max(1, num_min(c->r->n_threads,
	    c->r->memory / (xzread_decoder_memory(&c->back) + 2 * PIECE)));
	job.work = verify_work;
	job.ctx = c;
	return pool_run(&job, NULL, e);
}

/* --- all of it --- */

static enum err_code
over_limit(const struct create_request *r, const struct create_result *res,
    struct err *e)
{
	if (res->file_size <= r->limit)
		return ERR_OK;
	return err_set(e, ERR_LIMIT, "%s: %" PRIu64 " bytes, %" PRIu64
	    " over the limit of %" PRIu64 "%s", r->output, res->file_size,
	    res->file_size - r->limit, r->limit, r->keep_over_limit ? "" :
	    "; not kept (--keep-over-limit keeps it)");
}

static enum err_code
write_bundle(struct creation *c, struct create_result *res, struct err *e)
{
	struct outfile out;
	struct err over = ERR_INIT;
	size_t i;

	if (outfile_open(c->r->output, &out, e) != ERR_OK)
		return e->code;
	res->streamed = out.copy;
	if (encode_all(c, out.fd, e) == ERR_OK &&
	    try_others(c, out.fd, e) == ERR_OK)
		verify_all(c, out.fd, e);
	res->file_size = c->writer.file_size;
	if (e->code == ERR_OK && over_limit(c->r, res, &over) != ERR_OK &&
	    !c->r->keep_over_limit)
		err_copy(e, &over);
	if (e->code == ERR_OK)
		watch_step(c->r->watch, 0, e);
	if (e->code == ERR_OK)
		outfile_commit(&out, c->r->watch, e);
	if (e->code == ERR_OK && c->r->plan_out != NULL)
		planfile_write(c->r->plan_out, tarstream_size(c->t),
		    c->plan, e);
	outfile_abort(&out);
	for (i = 0; c->best != NULL && i < c->plan->n_segments; i++) {
		if (c->best[i].block != NULL)
			drop_block(c->best[i].block);
	}
	free(c->best);
	free(c->encodings);
	xzread_free(&c->back);
	xzwrite_free(&c->writer);
	return err_copy(e, &over);
}

static enum err_code
plan_and_write(const struct create_request *r, const struct tarstream *t,
    struct create_result *res, struct err *e)
{
	struct creation c = { .r = r, .t = t, .back = { .fd = -1 } };
	struct plan plan;
	size_t i;

	for (i = 0; i < r->n_rules; i++) {
		if (chain_allowed(&r->rules[i].chain, r->target, e) != ERR_OK)
			return err_wrap(e, "--chain for '%s'",
			    r->rules[i].pattern);
	}
	if (chain_check_allowed(r->check, r->target, e) != ERR_OK)
		return e->code;
	if (r->plan_in != NULL)
		planfile_read(r->plan_in, tarstream_size(t), r->target,
		    &plan, e);
	else
		make_plan(r, t, r->effort, &plan, e);
	if (e->code == ERR_OK) {
		c.plan = &plan;
		write_bundle(&c, res, e);
	}
	plan_free(&plan);
	return e->code;
}

enum err_code
create_bundle(const struct create_request *r, struct create_result *res,
    struct err *e)
{
	struct scan scan;
	struct tarstream *t = NULL;

	memset(res, 0, sizeof(*res));
	if (scan_paths(&r->scan, &scan, e) == ERR_OK &&
	    order_members(&scan, r->order, e) == ERR_OK &&
	    tarstream_build(&scan, &r->tar, &t, e) == ERR_OK) {
		res->n_members = scan.n_members;
		res->raw_size = tarstream_size(t);
		res->skipped_output = scan.skipped_output;
		plan_and_write(r, t, res, e);
	}
	tarstream_free(t);
	scan_free(&scan);
	return e->code;
}
