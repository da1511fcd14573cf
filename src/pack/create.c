#include "pack/create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/pool.h"
#include "xz/decode.h"
#include "xz/encode.h"
#include "xz/xzread.h"
#include "xz/xzwrite.h"

#define PIECE ((size_t)64 << 10)	/* bytes compared at a time */
#define INDEX_MEMORY ((uint64_t)1 << 32)	/* of our own new file */

struct creation {
	const struct create_request *r;
	const struct tarstream *t;
	const struct plan *plan;
	struct xzwrite writer;
	struct encoding *encodings;	/* [n_encodings]; owned */
	size_t n_encodings;
	struct encode_block *held;	/* the first of two encodings; owned */
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

/* One encode of a segment: with its chain, or with the other one where the
 * plan could not tell.  Those of a segment follow each other. */
struct encoding {
	const struct plan_segment *segment;
	bool alt;
};

static enum err_code
encode_work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct creation *c = ctx;
	const struct encoding *x = &c->encodings[i];
	const struct plan_segment *s = x->segment;
	struct source cursor = { NULL, NULL };
	struct encode_block *b = calloc(1, sizeof(*b));
	struct watch w;

	memset(&w, 0, sizeof(w));
	if (c->r->watch != NULL)
		w = *c->r->watch;
	if (x->alt)
		w.advance = NULL;	/* the bytes were counted */
	if (b == NULL)
		return err_nomem(e);
	if (tarstream_cursor(c->t, &cursor, e) == ERR_OK)
		encode_block(&cursor, s->tar_off, s->size, x->alt ?
		    &s->choice.alt : &s->choice.chain, c->r->check, &w, b, e);
	tarstream_cursor_end(&cursor, e);
	if (e->code != ERR_OK)
		drop_block(b);
	else
		*result = b;
	return e->code;
}

/* Write the smaller of a segment's encodings. */
static enum err_code
encode_take(void *ctx, size_t i, void *result, struct err *e)
{
	struct creation *c = ctx;
	struct encode_block *b = result;

	if (!c->encodings[i].alt && c->encodings[i].segment->choice.has_alt) {
		c->held = b;
		return ERR_OK;
	}
	if (c->held != NULL && c->held->bytes.size <= b->bytes.size) {
		drop_block(b);
		b = c->held;
	} else if (c->held != NULL) {
		drop_block(c->held);
	}
	c->held = NULL;
	if (xzwrite_block(&c->writer, b, e) != ERR_OK)
		err_wrap(e, "%s", c->r->output);
	drop_block(b);
	return e->code;
}

static enum err_code
list_encodings(struct creation *c, struct err *e)
{
	const struct plan_segment *s = c->plan->segments;
	size_t i;

	c->encodings = calloc(2 * c->plan->n_segments,
	    sizeof(*c->encodings));
	if (c->encodings == NULL)
		return err_nomem(e);
	for (i = 0; i < c->plan->n_segments; i++) {
		c->encodings[c->n_encodings++].segment = &s[i];
		if (!s[i].choice.has_alt)
			continue;
		c->encodings[c->n_encodings].alt = true;
		c->encodings[c->n_encodings++].segment = &s[i];
	}
	return ERR_OK;
}

static enum err_code
encode_all(struct creation *c, int fd, struct err *e)
{
	struct pool_job job;
	uint64_t one = plan_encoder_memory(c->plan), n;

	if (one > c->r->memory)
		return err_set(e, ERR_MEMLIMIT, "one encoder needs %" PRIu64
		    " bytes of memory, over the limit of %" PRIu64
		    "; raise --memlimit or force smaller dictionaries", one,
		    c->r->memory);
	n = num_max(1, num_min(c->r->n_threads, c->r->memory / one));
	if (list_encodings(c, e) != ERR_OK)
		return e->code;
	memset(&job, 0, sizeof(job));
	job.n_items = c->n_encodings;
	job.n_threads = (unsigned int)n;
	job.work = encode_work;
	job.drop = drop_block;
	job.ctx = c;
	watch_begin(c->r->watch, "encoding", tarstream_size(c->t));
	if (xzwrite_begin(&c->writer, fd, c->r->check, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	if (pool_run(&job, encode_take, e) != ERR_OK)
		return e->code;
	if (xzwrite_end(&c->writer, e) != ERR_OK)
		return err_wrap(e, "%s", c->r->output);
	return ERR_OK;
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

	if (outfile_open(c->r->output, &out, e) != ERR_OK)
		return e->code;
	res->streamed = out.copy;
	if (encode_all(c, out.fd, e) == ERR_OK)
		verify_all(c, out.fd, e);
	res->file_size = c->writer.file_size;
	if (e->code == ERR_OK && over_limit(c->r, res, &over) != ERR_OK &&
	    !c->r->keep_over_limit)
		err_copy(e, &over);
	if (e->code == ERR_OK)
		watch_step(c->r->watch, 0, e);
	if (e->code == ERR_OK)
		outfile_commit(&out, c->r->watch, e);
	outfile_abort(&out);
	if (c->held != NULL)
		drop_block(c->held);
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
	struct plan_request pr;
	struct plan plan;
	size_t i;

	for (i = 0; i < r->n_rules; i++) {
		if (chain_allowed(&r->rules[i].chain, r->target, e) != ERR_OK)
			return err_wrap(e, "--chain for '%s'",
			    r->rules[i].pattern);
	}
	if (chain_check_allowed(r->check, r->target, e) != ERR_OK)
		return e->code;
	memset(&pr, 0, sizeof(pr));
	pr.rules = r->rules;
	pr.n_rules = r->n_rules;
	pr.target = r->target;
	pr.memory = r->memory;
	pr.n_threads = r->n_threads;
	pr.watch = r->watch;
	if (plan_make(t, &pr, &plan, e) == ERR_OK) {
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
