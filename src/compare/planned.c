#include "compare/planned.h"

#include <string.h>

#include "base/num.h"
#include "pack/blocks.h"
#include "pack/plan.h"
#include "xz/encode.h"
#include "xz/xzwrite.h"

#define CHECK LZMA_CHECK_CRC32	/* as create has it */

static enum err_code
take(void *ctx, const struct encode_block *block, struct err *e)
{
	return xzwrite_block(ctx, block, e);
}

/* Say which chains were taken. */
static void
describe(const struct plan *p, struct planned_result *res)
{
	const struct plan_segment *most = p->segments;
	size_t i;

	for (i = 1; i < p->n_segments; i++) {
		if (p->segments[i].size > most->size)
			most = &p->segments[i];
	}
	res->n_blocks = p->n_segments;
	chain_print(&most->choice.chains[0], res->chain);
}

enum err_code
planned_stream(const struct planned_request *r, const struct tarstream *t,
    struct buf *out, struct planned_result *res, struct err *e)
{
	struct plan_request pr = { .target = r->target,
	    .effort = EFFORT_DEFAULT, .memory = r->memory, .n_threads = 1,
	    .watch = r->watch };
	struct blocks_request br = { .t = t, .check = CHECK,
	    .n_threads = 1, .memory = r->memory, .watch = r->watch };
	struct plan plan = { NULL, 0 };
	struct blocks *blocks = NULL;
	struct xzwrite x;

	memset(&x, 0, sizeof(x));
	if (plan_make(t, &pr, &plan, e) == ERR_OK &&
	    blocks_new(&br, &blocks, e) == ERR_OK &&
	    xzwrite_begin_buf(&x, out, CHECK, e) == ERR_OK &&
	    blocks_encode(blocks, &plan, take, &x, e) == ERR_OK &&
	    xzwrite_end(&x, e) == ERR_OK)
		describe(&plan, res);
	xzwrite_free(&x);
	blocks_free(blocks);
	plan_free(&plan);
	return e->code;
}

/* The smallest Block that one of the chains makes. */
static enum err_code
best_block(const struct source *src, uint64_t off, uint64_t size,
    struct choice *c, struct encode_block *best, struct err *e)
{
	struct encode_block b;
	size_t i;

	for (i = 0; i < c->n; i++) {
		chain_fit(&c->chains[i], size);
		if (encode_block(src, off, size, &c->chains[i],
		    CHECK, NULL, &b, e) != ERR_OK)
			return e->code;
		if (i > 0 && b.bytes.size >= best->bytes.size) {
			encode_block_free(&b);
			continue;
		}
		if (i > 0) {
			encode_block_free(best);
			c->chains[0] = c->chains[i];
		}
		*best = b;
	}
	return ERR_OK;
}

static enum err_code
add_slice(const struct planned_request *r, const struct source *src,
    struct choose_request *cr, struct xzwrite *x, struct planned_result *res,
    struct err *e)
{
	struct encode_block block;
	struct choice choice;

	memset(&block, 0, sizeof(block));
	memset(&choice, 0, sizeof(choice));
	if (choose_chain(cr, &choice, e) == ERR_OK &&
	    best_block(src, cr->off, cr->size, &choice, &block, e) ==
	    ERR_OK && xzwrite_block(x, &block, e) == ERR_OK)
		watch_step(r->watch, cr->size, e);
	encode_block_free(&block);
	if (res->n_blocks++ == 0)
		chain_print(&choice.chains[0], res->chain);
	return e->code;
}

enum err_code
planned_bytes(const struct planned_request *r, const struct source *src,
    uint64_t off, uint64_t size, uint32_t element, struct buf *out,
    struct planned_result *res, struct err *e)
{
	struct choose_request cr = { .src = src, .bcj = LZMA_VLI_UNKNOWN,
	    .element = element, .target = r->target,
	    .effort = EFFORT_DEFAULT, .dict_max = ENCODE_BLOCK_MAX };
	uint64_t slice = unit_slice(size, ENCODE_BLOCK_MAX), done;
	struct xzwrite x;

	memset(res, 0, sizeof(*res));
	memset(&x, 0, sizeof(x));
	xzwrite_begin_buf(&x, out, CHECK, e);
	for (done = 0; e->code == ERR_OK && done < size; done += cr.size) {
		cr.off = off + done;
		cr.size = num_min(size - done, slice);
		add_slice(r, src, &cr, &x, res, e);
	}
	if (e->code == ERR_OK)
		xzwrite_end(&x, e);
	xzwrite_free(&x);
	return e->code;
}
