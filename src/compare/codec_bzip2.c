#include "compare/codec.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif

#ifdef HAVE_BZIP2
static enum err_code
fail(int r, struct err *e)
{
	if (r == BZ_MEM_ERROR)
		return err_nomem(e);
	return err_set(e, ERR_FAIL, "bzip2: error %d", r);
}

static enum err_code
compress_all(bz_stream *z, struct codec_feed *f, struct buf *out,
    struct err *e)
{
	int r = BZ_RUN_OK;
	size_t n = 1;

	while (r == BZ_RUN_OK || r == BZ_FINISH_OK) {
		if (z->avail_in == 0 && n > 0) {
			if (codec_feed_next(f, &n, e) != ERR_OK)
				return e->code;
			z->next_in = (char *)f->piece;
			z->avail_in = (unsigned int)n;
		}
		if (buf_reserve(out, CODEC_PIECE, e) != ERR_OK)
			return e->code;
		z->next_out = (char *)out->data + out->size;
		z->avail_out = CODEC_PIECE;
		r = BZ2_bzCompress(z, n == 0 ? BZ_FINISH : BZ_RUN);
		out->size += CODEC_PIECE - z->avail_out;
	}
	return r == BZ_STREAM_END ? ERR_OK : fail(r, e);
}

static enum err_code
encode(const struct codec_job *j, struct buf *out, struct err *e)
{
	struct codec_feed f;
	bz_stream z;
	int r;

	memset(&z, 0, sizeof(z));
	r = BZ2_bzCompressInit(&z, j->level, 0, 0);
	if (r != BZ_OK)
		return fail(r, e);
	if (codec_feed_open(&f, j, e) == ERR_OK)
		compress_all(&z, &f, out, e);
	codec_feed_close(&f);
	(void)BZ2_bzCompressEnd(&z);
	return e->code;
}

static void *
get(void *ctx, int items, int size)
{
	return meter_get(ctx, (size_t)items * (size_t)size);
}

static void
put(void *ctx, void *p)
{
	meter_put(ctx, p);
}

static enum err_code
decompress_all(bz_stream *z, const struct codec_sink *s, char *piece,
    const uint8_t *p, size_t n, struct err *e)
{
	size_t step;
	int r = BZ_OK;

	z->next_in = (char *)p;		/* is only read */
	while (r == BZ_OK) {
		if (z->avail_in == 0) {
			step = n < UINT_MAX ? n : UINT_MAX;
			z->avail_in = (unsigned int)step;
			n -= step;
		}
		if (z->avail_in == 0 && z->avail_out > 0)
			return err_set(e, ERR_FAIL, "bzip2: ends too early");
		z->next_out = piece;
		z->avail_out = CODEC_PIECE;
		r = BZ2_bzDecompress(z);
		if (s->put(s->ctx, (uint8_t *)piece, CODEC_PIECE -
		    z->avail_out, e) != ERR_OK)
			return e->code;
	}
	return r == BZ_STREAM_END ? ERR_OK : fail(r, e);
}

static enum err_code
decode(const uint8_t *p, size_t n, const struct codec_sink *s, struct err *e)
{
	char *piece = malloc(CODEC_PIECE);
	bz_stream z;
	int r;

	if (piece == NULL)
		return err_nomem(e);
	memset(&z, 0, sizeof(z));
	z.bzalloc = get;
	z.bzfree = put;
	z.opaque = s->meter;
	r = BZ2_bzDecompressInit(&z, 0, 0);
	if (r != BZ_OK) {
		fail(r, e);
	} else {
		decompress_all(&z, s, piece, p, n, e);
		(void)BZ2_bzDecompressEnd(&z);
	}
	free(piece);
	return e->code;
}

static const char *
version(void)
{
	return BZ2_bzlibVersion();
}
#endif

/* bzip2(1): 400k + (8 x block size). */
static uint64_t
memory(int level, uint64_t size)
{
	(void)size;
	return 400000 + 8 * (uint64_t)level * 100000;
}

const struct codec codec_bzip2 = {
	.name = "bzip2", .option = "-", .min = 1, .max = 9, .usual = 9,
	.needs = "libbz2, which Python has", .package = "libbz2-dev",
	.cost = 110, .memory = memory,
#ifdef HAVE_BZIP2
	.encode = encode, .decode = decode, .version = version,
#endif
};
