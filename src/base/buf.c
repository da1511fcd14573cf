#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 4096		/* bytes of the first allocation */

void
buf_init(struct buf *b, size_t ceiling)
{
	memset(b, 0, sizeof(*b));
	b->ceiling = ceiling;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	buf_init(b, b->ceiling);
}

enum err_code
buf_reserve(struct buf *b, size_t n, struct err *e)
{
	size_t cap = b->cap;
	uint8_t *data;

	if (n <= b->cap - b->size)
		return ERR_OK;
	if (b->size > b->ceiling || n > b->ceiling - b->size)
		return err_set(e, ERR_FAIL,
		    "a buffer would exceed %zu bytes", b->ceiling);
	if (cap == 0)
		cap = b->ceiling < BUF_FIRST ? b->ceiling : BUF_FIRST;
	while (cap - b->size < n) {
		if (cap > b->ceiling / 2)
			cap = b->ceiling;
		else
			cap *= 2;
	}
	data = realloc(b->data, cap);
	if (data == NULL)
		return err_nomem(e);
	b->data = data;
	b->cap = cap;
	return ERR_OK;
}

enum err_code
buf_append(struct buf *b, const void *p, size_t n, struct err *e)
{
	if (n == 0)
		return ERR_OK;
	if (buf_reserve(b, n, e) != ERR_OK)
		return e->code;
	memcpy(b->data + b->size, p, n);
	b->size += n;
	return ERR_OK;
}

int
buf_sink(const char *p, size_t n, void *ctx)
{
	struct err e = ERR_INIT;
	const char *del;
	size_t k;

	while ((del = memchr(p, 0x7f, n)) != NULL) {
		k = (size_t)(del - p);
		buf_append(ctx, p, k, &e);
		buf_append(ctx, "\\u007F", 6, &e);
		p += k + 1;
		n -= k + 1;
	}
	buf_append(ctx, p, n, &e);
	return e.code == ERR_OK ? 0 : -1;
}
