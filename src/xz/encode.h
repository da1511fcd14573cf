/*
 * encode: raw bytes and a chain -> one .xz Block, or only its size.
 *
 * Stateless: each call makes and frees its own liblzma encoder, so any
 * number of threads may encode at the same time (a source each).
 *
 * Memory of a call: the encoder of the chain (chain_encoder_memory()), the
 * Block's bytes, and one piece of raw bytes.
 */
#ifndef XZB_ENCODE_H
#define XZB_ENCODE_H

#include <lzma.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"
#include "base/watch.h"
#include "xz/chain.h"

/* Raw bytes of one Block, at most, which keeps memory bounded: xzbundle(1); and
 * of one that repeats itself over the cut. */
#define ENCODE_BLOCK_MAX (UINT64_C(64) << 20)
#define ENCODE_FAR_MAX (UINT64_C(1) << 30)

struct encode_block {
	struct buf bytes;	/* Block Header, data, padding, check; owned */
	uint64_t raw_size;
	uint64_t unpadded_size;	/* as the Index wants it: no padding */
};

/*
 * Encode the bytes [off, off + raw_size) of src, raw_size >= 1, as a Block
 * whose header has both sizes (parallel decoders need them).  *out is the
 * caller's, for encode_block_free().  w (may be NULL) counts the raw bytes.
 */
enum err_code encode_block(const struct source *src, uint64_t off,
    uint64_t raw_size, const struct chain *chain, lzma_check check,
    const struct watch *w, struct encode_block *out, struct err *e);

void encode_block_free(struct encode_block *b);

/*
 * The size of the LZMA2 data that chain makes of size bytes at p, or
 * something >= stop_at as soon as it is known not to be smaller.
 */
enum err_code encode_size(const uint8_t *p, size_t size,
    const struct chain *chain, uint64_t stop_at, uint64_t *packed_size,
    struct err *e);

/* --- for xz/whole --- */

/* Run an encoder of liblzma over the bytes to its end; append what it makes. */
enum err_code encode_stream(lzma_stream *s, const struct source *src,
    uint64_t off, uint64_t raw_size, const struct watch *w, struct buf *out,
    struct err *e);

/* The error for what encoders can say. */
enum err_code encode_error(lzma_ret r, struct err *e);

#endif
