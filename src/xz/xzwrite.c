#include "xz/xzwrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"

static enum err_code
put(struct xzwrite *x, const void *p, size_t n, struct err *e)
{
	if (x->fd < 0)
		buf_append(x->to, p, n, e);
	else
		io_write(x->fd, p, n, NULL, e);
	if (e->code == ERR_OK)
		x->file_size += n;
	return e->code;
}

static enum err_code
begin(struct xzwrite *x, lzma_check check, struct err *e)
{
	uint8_t header[LZMA_STREAM_HEADER_SIZE];
	lzma_stream_flags flags = { .version = 0, .check = check };

	x->check = check;
	x->index = lzma_index_init(NULL);
	if (x->index == NULL)
		return err_nomem(e);
	if (lzma_stream_header_encode(&flags, header) != LZMA_OK)
		return err_set(e, ERR_FAIL, "liblzma: bad Stream Header");
	return put(x, header, sizeof(header), e);
}

enum err_code
xzwrite_begin(struct xzwrite *x, int fd, lzma_check check, struct err *e)
{
	memset(x, 0, sizeof(*x));
	x->fd = fd;
	return begin(x, check, e);
}

enum err_code
xzwrite_begin_buf(struct xzwrite *x, struct buf *to, lzma_check check,
    struct err *e)
{
	memset(x, 0, sizeof(*x));
	x->fd = -1;
	x->to = to;
	return begin(x, check, e);
}

enum err_code
xzwrite_block(struct xzwrite *x, const struct encode_block *b, struct err *e)
{
	lzma_ret r;

	r = lzma_index_append(x->index, NULL, b->unpadded_size, b->raw_size);
	if (r == LZMA_MEM_ERROR)
		return err_nomem(e);
	if (r != LZMA_OK)
		return err_set(e, ERR_FAIL,
		    "the bundle would be larger than a .xz file can be");
	return put(x, b->bytes.data, b->bytes.size, e);
}

enum err_code
xzwrite_end(struct xzwrite *x, struct err *e)
{
	uint8_t footer[LZMA_STREAM_HEADER_SIZE];
	lzma_stream_flags flags = { .version = 0, .check = x->check };
	size_t size = (size_t)lzma_index_size(x->index), pos = 0;
	uint8_t *index = malloc(size);

	if (index == NULL)
		return err_nomem(e);
	flags.backward_size = size;
	if (lzma_index_buffer_encode(x->index, index, &pos, size) !=
	    LZMA_OK || lzma_stream_footer_encode(&flags, footer) != LZMA_OK)
		err_set(e, ERR_FAIL, "liblzma: cannot encode the Index");
	else if (put(x, index, size, e) == ERR_OK)
		put(x, footer, sizeof(footer), e);
	free(index);
	return e->code;
}

void
xzwrite_free(struct xzwrite *x)
{
	lzma_index_end(x->index, NULL);
	memset(x, 0, sizeof(*x));
}
