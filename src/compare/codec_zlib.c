#include "compare/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif

#ifdef HAVE_ZLIB
static enum err_code
fail(int r, struct err *e)
{
	if (r == Z_MEM_ERROR)
		return err_nomem(e);
	return err_set(e, ERR_FAIL, "zlib: error %d", r);
}

static enum err_code
deflate_all(z_stream *z, struct codec_feed *f, struct buf *out,
    struct err *e)
{
	int r = Z_OK;
	size_t n = 1;

	while (r == Z_OK) {
		if (z->avail_in == 0 && n > 0) {
			if (codec_feed_next(f, &n, e) != ERR_OK)
				return e->code;
			z->next_in = f->piece;
			z->avail_in = (uInt)n;
		}
		if (buf_reserve(out, CODEC_PIECE, e) != ERR_OK)
			return e->code;
		z->next_out = out->data + out->size;
		z->avail_out = CODEC_PIECE;
		r = deflate(z, n == 0 ? Z_FINISH : Z_NO_FLUSH);
		out->size += CODEC_PIECE - z->avail_out;
	}
	return r == Z_STREAM_END ? ERR_OK : fail(r, e);
}

static enum err_code
encode(const struct codec_job *j, struct buf *out, struct err *e)
{
	struct codec_feed f;
	z_stream z;
	int r;

	memset(&z, 0, sizeof(z));
	r = deflateInit(&z, j->level);
	if (r != Z_OK)
		return fail(r, e);
	if (codec_feed_open(&f, j, e) == ERR_OK)
		deflate_all(&z, &f, out, e);
	codec_feed_close(&f);
	(void)deflateEnd(&z);
	return e->code;
}

static voidpf
get(voidpf ctx, uInt items, uInt size)
{
	return meter_get(ctx, (size_t)items * size);
}

static void
put(voidpf ctx, voidpf p)
{
	meter_put(ctx, p);
}

static enum err_code
inflate_all(z_stream *z, const uint8_t *p, size_t n,
    const struct codec_sink *s, uint8_t *piece, struct err *e)
{
	size_t step;
	int r = Z_OK;

	z->next_in = p;
	while (r == Z_OK) {
		if (z->avail_in == 0) {
			step = n < UINT_MAX ? n : UINT_MAX;
			z->avail_in = (uInt)step;
			n -= step;
		}
		z->next_out = piece;
		z->avail_out = CODEC_PIECE;
		r = inflate(z, Z_NO_FLUSH);
		if (s->put(s->ctx, piece, CODEC_PIECE - z->avail_out, e) !=
		    ERR_OK)
			return e->code;
	}
	return r == Z_STREAM_END ? ERR_OK : fail(r, e);
}

static enum err_code
decode(const uint8_t *p, size_t n, const struct codec_sink *s, struct err *e)
{
	uint8_t *piece = malloc(CODEC_PIECE);
	z_stream z;
	int r;

	if (piece == NULL)
		return err_nomem(e);
	memset(&z, 0, sizeof(z));
	z.zalloc = get;
	z.zfree = put;
	z.opaque = s->meter;
	r = inflateInit(&z);
	if (r != Z_OK)
		fail(r, e);
	else
		inflate_all(&z, p, n, s, piece, e);
	(void)inflateEnd(&z);
	free(piece);
	return e->code;
}

static const char *
version(void)
{
	return zlibVersion();
}
#endif

/* zlib.h: (1 << (windowBits + 2)) + (1 << (memLevel + 9)). */
static uint64_t
memory(int level, uint64_t size)
{
	(void)level;
	(void)size;
	return (uint64_t)256 << 10;
}

/* The format of zlib.compress() in Python: 6 bytes around deflate. */
const struct codec codec_zlib = {
	.name = "zlib", .option = "-", .min = 1, .max = 9, .usual = 9,
	.needs = "zlib, which Python has", .package = "zlib1g-dev",
	.cost = 60, .memory = memory,
#ifdef HAVE_ZLIB
	.encode = encode, .decode = decode, .version = version,
#endif
};
