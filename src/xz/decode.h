/*
 * decode: one Block -> its raw bytes, in steps of any length.
 *
 * liblzma's single-Block decoder under our own scheduling; the threaded
 * Stream decoder is never used on untrusted input (CVE-2025-31115).
 */
#ifndef XZB_DECODE_H
#define XZB_DECODE_H

#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "xz/xzread.h"

struct decode;

/*
 * Start on block b of the file behind fd (read with pread, so a descriptor
 * may be shared).  *out is the caller's.  ERR_MEMLIMIT when the decoder
 * needs more than memory bytes, before anything is allocated.
 */
enum err_code decode_open(int fd, const struct xzblock *b, uint64_t memory,
    struct decode **out, struct err *e);

/*
 * Decode up to size bytes into buf; *got is less only at the end of the
 * Block, and then the check value, the padding and both sizes have been
 * verified.  Decoding exactly the last byte does not verify yet: ask once
 * more, or call decode_finish().
 */
enum err_code decode_step(struct decode *d, uint8_t *buf, size_t size,
    size_t *got, struct err *e);

/* Decode size bytes into buf; fewer are ERR_CORRUPT. */
enum err_code decode_exactly(struct decode *d, uint8_t *buf, size_t size,
    struct err *e);

/* After the last byte: verify that the Block ends here and its check. */
enum err_code decode_finish(struct decode *d, struct err *e);

/* Bytes of compressed data (without the Block Header) consumed so far. */
uint64_t decode_packed_pos(const struct decode *d);

void decode_free(struct decode *d);	/* NULL is legal */

#endif
