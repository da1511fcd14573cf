/*
 * whole: bytes -> a .xz file of one Block, and any .xz file in memory -> its
 * bytes, as xz(1) does both with one thread: to compare with.
 *
 * Not for files of others: there is no limit of memory, and the file is held
 * as a whole.
 */
#ifndef XZB_WHOLE_H
#define XZB_WHOLE_H

#include <lzma.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"
#include "base/watch.h"
#include "xz/chain.h"

/* Append the file of the bytes [off, off + size) of src, with CRC64.  w (may
 * be NULL) counts the raw bytes. */
enum err_code whole_encode(const struct source *src, uint64_t off,
    uint64_t size, const struct chain *chain, const struct watch *w,
    struct buf *out, struct err *e);

/* Give what the n bytes at p decode to, to put(), in order.  The decoder's
 * memory comes from allocator (NULL: the usual one). */
enum err_code whole_decode(const uint8_t *p, size_t n,
    const lzma_allocator *allocator, enum err_code (*put)(void *ctx,
    const uint8_t *p, size_t n, struct err *e), void *ctx, struct err *e);

#endif
