/*
 * lzma2: what the chunks of an LZMA2 stream say.
 *
 * lc, lp and pb are not in the Block Header; the first LZMA chunk that
 * carries a properties byte has them.  Chunk headers (control byte, sizes,
 * properties) are described in the comment before lzma2_decode() of
 * liblzma's lzma2_decoder.c and in "LZMA2 format" of XZ for Java; the same
 * layout is used by 7-Zip's Lzma2Dec.c.
 */
#ifndef XZB_LZMA2_H
#define XZB_LZMA2_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "xz/xzread.h"

struct lzma2_props {
	bool known;		/* false: every chunk is stored as it is */
	bool varied;		/* a later chunk has other properties */
	uint32_t lc, lp, pb;	/* of the first LZMA chunk */
	uint64_t stored_size;	/* raw bytes in uncompressed chunks */
};

/*
 * Walk the chunk headers of block b of the file behind fd; the data between
 * them is skipped, not read.  ERR_CORRUPT when a chunk passes the end.
 */
enum err_code lzma2_props(int fd, const struct xzblock *b,
    struct lzma2_props *p, struct err *e);

#endif
