/*
 * xzwrite: Stream Header, Blocks, Index, Footer, in that order, to a file or
 * to memory.
 *
 * One Stream.  The bytes are those of "The .xz File Format" 1.1.0, sections
 * 2 to 4; liblzma encodes each part.
 */
#ifndef XZB_XZWRITE_H
#define XZB_XZWRITE_H

#include <lzma.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "xz/encode.h"

struct xzwrite {
	int fd;			/* borrowed; -1: to `to` */
	struct buf *to;		/* borrowed */
	lzma_check check;
	lzma_index *index;	/* owned */
	uint64_t file_size;	/* bytes written so far */
};

enum err_code xzwrite_begin(struct xzwrite *x, int fd, lzma_check check,
    struct err *e);
enum err_code xzwrite_begin_buf(struct xzwrite *x, struct buf *to,
    lzma_check check, struct err *e);
enum err_code xzwrite_block(struct xzwrite *x, const struct encode_block *b,
    struct err *e);
enum err_code xzwrite_end(struct xzwrite *x, struct err *e);

/* Legal on a zeroed value and after xzwrite_end(). */
void xzwrite_free(struct xzwrite *x);

#endif
