#include "xz/encode.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 65536		/* raw bytes read at a time */
#define OUT_STEP 65536		/* room kept free in the output */

enum err_code
encode_error(lzma_ret r, struct err *e)
{
	chain_error(r, e);
	return err_set(e, ERR_FAIL, "liblzma: error %d", (int)r);
}

/* Encode what is in the stream's input; finish: to the end of the Block. */
static enum err_code
drain(lzma_stream *s, bool finish, struct buf *out, struct err *e)
{
	lzma_ret r = LZMA_OK;
	size_t room;

	while (r == LZMA_OK && (s->avail_in > 0 || finish)) {
		if (buf_reserve(out, OUT_STEP, e) != ERR_OK)
			return e->code;
		room = out->cap - out->size;
		s->next_out = out->data + out->size;
		s->avail_out = room;
		r = lzma_code(s, finish ? LZMA_FINISH : LZMA_RUN);
		out->size += room - s->avail_out;
	}
	if (r != LZMA_OK && r != LZMA_STREAM_END)
		return encode_error(r, e);
	return ERR_OK;
}

enum err_code
encode_stream(lzma_stream *s, const struct source *src, uint64_t off,
    uint64_t raw_size, const struct watch *w, struct buf *out, struct err *e)
{
	uint8_t *piece = malloc(PIECE);
	uint64_t done = 0;
	size_t n;

	if (piece == NULL)
		return err_nomem(e);
	while (done < raw_size && e->code == ERR_OK) {
		n = (size_t)(raw_size - done < PIECE ? raw_size - done :
		    PIECE);
		if (src->read(src->ctx, off + done, piece, n, e) != ERR_OK)
			break;
		s->next_in = piece;
		s->avail_in = n;
		done += n;
		if (drain(s, false, out, e) == ERR_OK)
			watch_step(w, n, e);
	}
	free(piece);
	if (e->code == ERR_OK)
		drain(s, true, out, e);
	return e->code;
}

/* Put the header, now that the sizes are known, before the data. */
static enum err_code
put_header(lzma_block *b, struct buf *out, size_t reserved, struct err *e)
{
	lzma_ret r = lzma_block_header_size(b);

	if (r != LZMA_OK)
		return encode_error(r, e);
	memmove(out->data + b->header_size, out->data + reserved,
	    out->size - reserved);
	out->size = out->size - reserved + b->header_size;
	r = lzma_block_header_encode(b, out->data);
	if (r != LZMA_OK)
		return encode_error(r, e);
	return ERR_OK;
}

enum err_code
encode_block(const struct source *src, uint64_t off, uint64_t raw_size,
    const struct chain *chain, lzma_check check, const struct watch *w,
    struct encode_block *out, struct err *e)
{
	struct chain_filters f;
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_block b;
	lzma_ret r;

	memset(out, 0, sizeof(*out));
	buf_init(&out->bytes, lzma_block_buffer_bound((size_t)raw_size) +
	    2 * OUT_STEP + LZMA_BLOCK_HEADER_SIZE_MAX);
	chain_filters(chain, &f);
	memset(&b, 0, sizeof(b));
	b.version = 1;
	b.check = check;
	b.filters = f.v;
	b.compressed_size = LZMA_VLI_UNKNOWN;
	b.uncompressed_size = LZMA_VLI_UNKNOWN;
	r = lzma_block_encoder(&s, &b);
	if (r != LZMA_OK) {
		encode_error(r, e);
	} else if (buf_reserve(&out->bytes, LZMA_BLOCK_HEADER_SIZE_MAX, e) ==
	    ERR_OK) {
		out->bytes.size = LZMA_BLOCK_HEADER_SIZE_MAX;
		encode_stream(&s, src, off, raw_size, w, &out->bytes, e);
	}
	lzma_end(&s);
	if (e->code == ERR_OK && put_header(&b, &out->bytes,
	    LZMA_BLOCK_HEADER_SIZE_MAX, e) == ERR_OK) {
		out->raw_size = raw_size;
		out->unpadded_size = lzma_block_unpadded_size(&b);
	}
	if (e->code != ERR_OK)
		encode_block_free(out);
	return e->code;
}

void
encode_block_free(struct encode_block *b)
{
	buf_free(&b->bytes);
}

enum err_code
encode_size(const uint8_t *p, size_t size, const struct chain *chain,
    uint64_t stop_at, uint64_t *packed_size, struct err *e)
{
	uint8_t sink[4096];
	struct chain_filters f;
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r;

	chain_filters(chain, &f);
	r = lzma_raw_encoder(&s, f.v);
	s.next_in = p;
	s.avail_in = size;
	while (r == LZMA_OK && s.total_out < stop_at) {
		s.next_out = sink;
		s.avail_out = sizeof(sink);
		r = lzma_code(&s, LZMA_FINISH);
	}
	*packed_size = s.total_out;
	lzma_end(&s);
	if (r != LZMA_OK && r != LZMA_STREAM_END)
		return encode_error(r, e);
	return ERR_OK;
}
