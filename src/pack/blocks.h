/*
 * blocks: the segments of a plan -> their Blocks, in order.
 *
 * Workers encode the largest segments first, so that none begins one when the
 * others end; finished Blocks are held until their turn, for batches of
 * 64 MiB of raw bytes, less where memory is scarce, or of a segment for each
 * worker, if these are larger.  A segment with several chains is encoded with
 * each of them, and the smallest Block is kept.  The Blocks are the same for
 * any number of threads.
 */
#ifndef XZB_BLOCKS_H
#define XZB_BLOCKS_H

#include <lzma.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/watch.h"
#include "pack/plan.h"
#include "pack/tarstream.h"
#include "xz/encode.h"

struct blocks_request {
	const struct tarstream *t;
	lzma_check check;
	unsigned int n_threads;	/* >= 1 */
	uint64_t memory;	/* bytes, of all encoders and Blocks */
	struct pool_crew *crew;	/* that the threads belong to; may be NULL */
	const struct watch *watch;	/* may be NULL */
};

struct blocks;

typedef enum err_code blocks_take(void *ctx, const struct encode_block *block,
    struct err *e);

/* *out is the caller's, for blocks_free(); r is copied, what it points to
 * must stay. */
enum err_code blocks_new(const struct blocks_request *r, struct blocks **out,
    struct err *e);

/*
 * Begin to encode segments that will be in the plan, which is still made:
 * those of s[n] that half of the threads can take at once, which
 * blocks_encode() then finds begun.  s is in order and is copied.  To be called
 * once.  Returns the bytes of memory that this takes: half of all at most, and
 * none if none is begun.
 */
uint64_t blocks_begin(struct blocks *b, const struct plan_segment *s,
    size_t n);

/*
 * Encode p, and give its Blocks to take(), in the order of the segments, on
 * the calling thread.  Of the chains of each segment the one that was taken is
 * left in p.  ERR_MEMLIMIT when one encoder takes more than there is.
 */
enum err_code blocks_encode(struct blocks *b, struct plan *p,
    blocks_take *take, void *ctx, struct err *e);

/* NULL is legal. */
void blocks_free(struct blocks *b);

#endif
