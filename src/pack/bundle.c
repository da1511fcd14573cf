#include "pack/bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/pool.h"
#include "pack/blocks.h"
#include "pack/planfile.h"
#include "xz/decode.h"
#include "xz/encode.h"
#include "xz/xzread.h"
#include "xz/xzwrite.h"

#define PIECE ((size_t)64 << 10)	/* bytes compared at a time */
#define INDEX_MEMORY ((uint64_t)1 << 32)	/* of our own new file */

struct bundling {
	const struct bundle_request *r;
	const struct tarstream *t;
	struct plan *plan;	/* left with the one chain of each segment that
				 * was written */
	struct blocks *blocks;	/* owned */
	struct pool_crew *crew;	/* all threads; owned */
	struct xzwrite writer;
	struct xzread back;		/* the new file, read again */
};

/* --- encoding --- */

static enum err_code
write_block(void *ctx, const struct encode_block *b, struct err *e)
{
	struct bundling *c = ctx;

	if (xzwrite_block(&c->writer, b, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	return ERR_OK;
}

static enum err_code
encode_all(struct bundling *c, int fd, struct err *e)
{
	watch_begin(c->r->watch, "encoding", tarstream_size(c->t));
	if (xzwrite_begin(&c->writer, fd, c->r->check, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	if (blocks_encode(c->blocks, c->plan, write_block, c, e) != ERR_OK)
		return e->code;
	if (xzwrite_end(&c->writer, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	return ERR_OK;
}

/* --- other plans --- */

static uint64_t
begin_blocks(void *ctx, const struct plan_segment *s, size_t n)
{
	const struct bundling *c = ctx;

	return blocks_begin(c->blocks, s, n);
}

static enum err_code
make_plan(struct bundling *c, enum effort effort, struct plan *plan,
    struct err *e)
{
	const struct bundle_request *r = c->r;
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
	pr.crew = c->crew;
	pr.watch = r->watch;
	if (effort == r->effort && effort != EFFORT_MAX) {
		pr.sure = begin_blocks;
		pr.sure_ctx = c;
	}
	return plan_make(c->t, &pr, plan, e);
}

/* The plan of xz -9e: all of the tar in one Block. */
static enum err_code
whole_plan(const struct bundling *c, struct plan *p, struct err *e)
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
start_over(struct bundling *c, int fd, struct err *e)
{
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
		return err_sys(e, errno, "%s", c->r->output);
	xzwrite_free(&c->writer);
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
try_plan(struct bundling *c, int fd, struct plan *p, struct err *e)
{
	uint64_t before = c->writer.file_size;

	if (plan_encoder_memory(p, 0, p->n_segments) > c->r->memory)
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
try_others(struct bundling *c, int fd, struct err *e)
{
	struct plan other = { NULL, 0 };

	if (c->r->effort != EFFORT_MAX || c->r->plan_in != NULL)
		return ERR_OK;
	if (make_plan(c, EFFORT_DEFAULT, &other, e) == ERR_OK)
		try_plan(c, fd, &other, e);
	plan_free(&other);
	if (e->code != ERR_OK || c->r->random_access || c->r->n_rules > 0 ||
	    tarstream_size(c->t) > ENCODE_FAR_MAX)
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
compare_block(const struct bundling *c, const struct xzblock *b,
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
	const struct bundling *c = ctx;
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
verify_all(struct bundling *c, int fd, struct err *e)
{
	struct pool_job job;

	if (xzread_take(fd, INDEX_MEMORY, &c->back, e) != ERR_OK)
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

/* The plan that was given, or one of our own. */
static enum err_code
get_plan(struct bundling *c, struct err *e)
{
	const struct bundle_request *r = c->r;

	if (r->plan_in != NULL)
		return planfile_read(r->plan_in, tarstream_size(c->t),
		    r->target, c->plan, e);
	return make_plan(c, r->effort, c->plan, e);
}

static enum err_code
plan_and_write(struct bundling *c, int fd, struct err *e)
{
	const struct bundle_request *r = c->r;
	struct blocks_request br = { c->t, r->check, r->n_threads, r->memory,
	    NULL, r->watch };

	if (pool_crew_new(r->n_threads, &c->crew, e) == ERR_OK) {
		br.crew = c->crew;
		blocks_new(&br, &c->blocks, e);
	}
	if (e->code == ERR_OK && get_plan(c, e) == ERR_OK &&
	    encode_all(c, fd, e) == ERR_OK && try_others(c, fd, e) == ERR_OK)
		verify_all(c, fd, e);
	blocks_free(c->blocks);
	pool_crew_free(c->crew);
	return e->code;
}

enum err_code
bundle_check(const struct bundle_request *r, struct err *e)
{
	size_t i;

	for (i = 0; i < r->n_rules; i++) {
		if (chain_allowed(&r->rules[i].chain, r->target, e) != ERR_OK)
			return err_wrap(e, "--chain for '%s'",
			    r->rules[i].pattern);
	}
	return chain_check_allowed(r->check, r->target, e);
}

enum err_code
bundle_write(const struct bundle_request *r, const struct scan *s, int fd,
    struct bundle_result *res, struct err *e)
{
	struct bundling c = { .r = r, .plan = &res->plan,
	    .back = { .fd = -1 } };
	struct tarstream *t = NULL;

	memset(res, 0, sizeof(*res));
	if (bundle_check(r, e) == ERR_OK &&
	    tarstream_build(s, &r->tar, &t, e) == ERR_OK) {
		c.t = t;
		res->raw_size = tarstream_size(t);
		plan_and_write(&c, fd, e);
	}
	res->file_size = c.writer.file_size;
	c.back.fd = -1;		/* the caller's */
	xzread_free(&c.back);
	xzwrite_free(&c.writer);
	tarstream_free(t);
	return e->code;
}

void
bundle_result_free(struct bundle_result *res)
{
	plan_free(&res->plan);
}

enum err_code
bundle_judge(const char *output, uint64_t file_size, uint64_t limit,
    bool kept, struct err *e)
{
	if (file_size <= limit)
		return ERR_OK;
	return err_set(e, ERR_LIMIT, "%s: %" PRIu64 " bytes, %" PRIu64
	    " over the limit of %" PRIu64 "%s", output, file_size,
	    file_size - limit, limit, kept ? "" :
	    "; not kept (--keep-over-limit keeps it)");
}
