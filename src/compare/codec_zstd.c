#include "compare/codec.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#ifdef HAVE_ZSTD
static enum err_code
fail(size_t r, struct err *e)
{
	return err_set(e, ERR_FAIL, "zstd: %s", ZSTD_getErrorName(r));
}

static enum err_code
compress_all(ZSTD_CCtx *z, struct codec_feed *f, struct buf *out,
    struct err *e)
{
	ZSTD_outBuffer to;
	ZSTD_inBuffer from;
	size_t n = 1, left;

	while (n > 0) {
		if (codec_feed_next(f, &n, e) != ERR_OK)
			return e->code;
		from = (ZSTD_inBuffer){ f->piece, n, 0 };
		do {
			if (buf_reserve(out, CODEC_PIECE, e) != ERR_OK)
				return e->code;
			to = (ZSTD_outBuffer){ out->data + out->size,
			    CODEC_PIECE, 0 };
			left = ZSTD_compressStream2(z, &to, &from, n == 0 ?
			    ZSTD_e_end : ZSTD_e_continue);
			if (ZSTD_isError(left))
				return fail(left, e);
			out->size += to.pos;
		} while (n == 0 ? left > 0 : from.pos < from.size);
	}
	return ERR_OK;
}

/* As zstd(1) with --ultra: a checksum, and the size in the header. */
static enum err_code
encode(const struct codec_job *j, struct buf *out, struct err *e)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();
	struct codec_feed f;
	size_t r;

	if (z == NULL)
		return err_nomem(e);
	r = ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, j->level);
	if (!ZSTD_isError(r))
		r = ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	if (!ZSTD_isError(r))
		r = ZSTD_CCtx_setPledgedSrcSize(z, j->size);
	if (ZSTD_isError(r)) {
		fail(r, e);
	} else {
		if (codec_feed_open(&f, j, e) == ERR_OK)
			compress_all(z, &f, out, e);
		codec_feed_close(&f);
	}
	(void)ZSTD_freeCCtx(z);
	return e->code;
}

static enum err_code
decompress_all(ZSTD_DCtx *z, const uint8_t *p, size_t n,
    const struct codec_sink *s, uint8_t *piece, struct err *e)
{
	ZSTD_inBuffer from = { p, n, 0 };
	ZSTD_outBuffer to;
	size_t left = 1;

	while (left > 0) {
		to = (ZSTD_outBuffer){ piece, CODEC_PIECE, 0 };
		left = ZSTD_decompressStream(z, &to, &from);
		if (ZSTD_isError(left))
			return fail(left, e);
		if (s->put(s->ctx, piece, to.pos, e) != ERR_OK)
			return e->code;
		if (to.pos == 0 && from.pos == n && left > 0)
			return err_set(e, ERR_FAIL, "zstd: ends too early");
	}
	return ERR_OK;
}

static enum err_code
decode(const uint8_t *p, size_t n, const struct codec_sink *s, struct err *e)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	uint8_t *piece = malloc(CODEC_PIECE);
	size_t r;

	if (z == NULL || piece == NULL) {
		err_nomem(e);
	} else {
		r = ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, 31);
		if (ZSTD_isError(r))
			fail(r, e);
		else
			decompress_all(z, p, n, s, piece, e);
		/* An allocator of one's own is not in the stable interface. */
		s->meter->peak = ZSTD_sizeof_DCtx(z);
	}
	(void)ZSTD_freeDCtx(z);
	free(piece);
	return e->code;
}

static const char *
version(void)
{
	return ZSTD_versionString();
}
#endif

/* Measured with 1.5.4 at level 22: 128 MiB of window and 8 to 9 bytes of
 * tables for each of its bytes, cut to the input's size. */
static uint64_t
memory(int level, uint64_t size)
{
	uint64_t window = (uint64_t)128 << 20;

	if (level < 20)
		window = (uint64_t)8 << 20;
	return ((uint64_t)4 << 20) + 10 * (size < window ? size : window);
}

const struct codec codec_zstd = {
	.name = "zstd", .option = "-", .min = 1, .max = 22, .usual = 22,
	.needs = "libzstd (Python has it since 3.14)",
	.package = "libzstd-dev", .cost = 1200, .memory = memory,
#ifdef HAVE_ZSTD
	.encode = encode, .decode = decode, .version = version,
#endif
};
