#include "xz/whole.h"

#include <stdlib.h>

#include "xz/encode.h"

#define PIECE ((size_t)256 << 10)	/* bytes given out at a time */

enum err_code
whole_encode(const struct source *src, uint64_t off, uint64_t size,
    const struct chain *chain, const struct watch *w, struct buf *out,
    struct err *e)
{
	struct chain_filters f;
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r;

	chain_filters(chain, &f);
	r = lzma_stream_encoder(&s, f.v, LZMA_CHECK_CRC64);
	if (r == LZMA_OK)
		encode_stream(&s, src, off, size, w, out, e);
	else
		encode_error(r, e);
	lzma_end(&s);
	return e->code;
}

enum err_code
whole_decode(const uint8_t *p, size_t n, const lzma_allocator *allocator,
    enum err_code (*put)(void *, const uint8_t *, size_t, struct err *),
    void *ctx, struct err *e)
{
	lzma_stream s = LZMA_STREAM_INIT;
	uint8_t *piece = malloc(PIECE);
	lzma_ret r;

	if (piece == NULL)
		return err_nomem(e);
	s.allocator = allocator;
	r = lzma_stream_decoder(&s, UINT64_MAX, 0);
	s.next_in = p;
	s.avail_in = n;
	while (r == LZMA_OK && e->code == ERR_OK) {
		s.next_out = piece;
		s.avail_out = PIECE;
		r = lzma_code(&s, LZMA_FINISH);
		if (s.avail_out < PIECE)
			put(ctx, piece, PIECE - s.avail_out, e);
	}
	if (e->code == ERR_OK && r == LZMA_MEM_ERROR)
		err_nomem(e);
	else if (e->code == ERR_OK && r != LZMA_STREAM_END)
		err_set(e, ERR_CORRUPT, "liblzma: error %d", (int)r);
	lzma_end(&s);
	free(piece);
	return e->code;
}
