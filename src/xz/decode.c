#include "xz/decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"

#define IN_SIZE 65536		/* bytes of packed data read at a time */

struct decode {
	int fd;			/* borrowed */
	uint64_t file_pos;	/* next byte to read */
	uint64_t file_end;	/* end of the Block */
	lzma_stream stream;
	lzma_block block;	/* liblzma keeps a pointer to it */
	struct chain_filters filters;
	bool ended;
	uint8_t in[IN_SIZE];
};

static enum err_code
decoder_error(lzma_ret r, struct err *e)
{
	chain_error(r, e);
	return err_set(e, ERR_CORRUPT, r == LZMA_BUF_ERROR ?
	    "the Block is truncated; get the file again" :
	    "the compressed data is damaged; get the file again");
}

enum err_code
decode_open(int fd, const struct xzblock *b, uint64_t memory,
    struct decode **out, struct err *e)
{
	uint64_t need = chain_decoder_memory(&b->chain);
	struct decode *d;
	lzma_ret r;

	if (need > memory)
		return err_set(e, ERR_MEMLIMIT, "decoding needs %" PRIu64
		    " bytes of memory, over the limit of %" PRIu64
		    "; raise --memlimit", need, memory);
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return err_nomem(e);
	d->fd = fd;
	d->file_pos = b->file_off + b->header_size;
	d->file_end = b->file_off + b->total_size;
	chain_filters(&b->chain, &d->filters);
	d->block.version = 1;
	d->block.check = b->check;
	d->block.header_size = b->header_size;
	d->block.compressed_size = b->packed_size;
	d->block.uncompressed_size = b->raw_size;
	d->block.filters = d->filters.v;
	r = lzma_block_decoder(&d->stream, &d->block);
	if (r != LZMA_OK) {
		decode_free(d);
		return decoder_error(r, e);
	}
	*out = d;
	return ERR_OK;
}

static enum err_code
refill(struct decode *d, struct err *e)
{
	uint64_t left = d->file_end - d->file_pos;
	size_t want = left < IN_SIZE ? (size_t)left : IN_SIZE, got;

	if (io_pread(d->fd, d->in, want, d->file_pos, &got, e) != ERR_OK)
		return e->code;
	d->file_pos += got;
	d->stream.next_in = d->in;
	d->stream.avail_in = got;
	return ERR_OK;
}

enum err_code
decode_step(struct decode *d, uint8_t *buf, size_t size, size_t *got,
    struct err *e)
{
	lzma_stream *s = &d->stream;
	lzma_ret r;

	*got = 0;
	s->next_out = buf;
	s->avail_out = size;
	while (s->avail_out > 0 && !d->ended) {
		if (s->avail_in == 0 && refill(d, e) != ERR_OK)
			return e->code;
		r = lzma_code(s, LZMA_RUN);
		if (r == LZMA_STREAM_END)
			d->ended = true;
		else if (r != LZMA_OK)
			return decoder_error(r, e);
	}
	*got = size - s->avail_out;
	return ERR_OK;
}

enum err_code
decode_exactly(struct decode *d, uint8_t *buf, size_t size, struct err *e)
{
	size_t got;

	if (decode_step(d, buf, size, &got, e) == ERR_OK && got < size)
		err_set(e, ERR_CORRUPT,
		    "a Block is shorter than the Index says; get the file "
		    "again");
	return e->code;
}

enum err_code
decode_finish(struct decode *d, struct err *e)
{
	uint8_t more;
	size_t got;

	if (decode_step(d, &more, 1, &got, e) != ERR_OK)
		return e->code;
	if (got != 0 || !d->ended)
		return err_set(e, ERR_CORRUPT,
		    "a Block is longer than the Index says; get the file "
		    "again");
	return ERR_OK;
}

uint64_t
decode_packed_pos(const struct decode *d)
{
	return d->stream.total_in;
}

void
decode_free(struct decode *d)
{
	if (d == NULL)
		return;
	lzma_end(&d->stream);
	free(d);
}
