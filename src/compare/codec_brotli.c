#include "compare/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_BROTLI
#include <brotli/decode.h>
#include <brotli/encode.h>
#endif

#ifdef HAVE_BROTLI
/* As brotli(1) chooses it where it knows the size: the smallest window that
 * holds all of it, up to 16 MiB. */
static uint32_t
window(uint64_t size)
{
	uint32_t bits = BROTLI_MIN_WINDOW_BITS;

	while (bits < 24 && (UINT64_C(1) << bits) - 16 < size)
		bits++;
	return bits;
}

static enum err_code
compress_all(BrotliEncoderState *z, struct codec_feed *f, struct buf *out,
    struct err *e)
{
	const uint8_t *in = NULL;
	uint8_t *to;
	size_t n = 1, avail = 0, room;

	while (!BrotliEncoderIsFinished(z)) {
		if (avail == 0 && n > 0) {
			if (codec_feed_next(f, &n, e) != ERR_OK)
				return e->code;
			in = f->piece;
			avail = n;
		}
		if (buf_reserve(out, CODEC_PIECE, e) != ERR_OK)
			return e->code;
		to = out->data + out->size;
		room = CODEC_PIECE;
		if (!BrotliEncoderCompressStream(z, n == 0 ?
		    BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS,
		    &avail, &in, &room, &to, NULL))
			return err_set(e, ERR_FAIL, "brotli: an error");
		out->size += CODEC_PIECE - room;
	}
	return ERR_OK;
}

static enum err_code
encode(const struct codec_job *j, struct buf *out, struct err *e)
{
	BrotliEncoderState *z = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	struct codec_feed f;

	if (z == NULL)
		return err_nomem(e);
	(void)BrotliEncoderSetParameter(z, BROTLI_PARAM_QUALITY,
	    (uint32_t)j->level);
	(void)BrotliEncoderSetParameter(z, BROTLI_PARAM_LGWIN,
	    window(j->size));
	/* brotli(1) cuts it so. */
	(void)BrotliEncoderSetParameter(z, BROTLI_PARAM_SIZE_HINT,
	    j->size < (1U << 30) ? (uint32_t)j->size : 1U << 30);
	if (codec_feed_open(&f, j, e) == ERR_OK)
		compress_all(z, &f, out, e);
	codec_feed_close(&f);
	BrotliEncoderDestroyInstance(z);
	return e->code;
}

static void *
get(void *ctx, size_t size)
{
	return meter_get(ctx, size);
}

static void
put(void *ctx, void *p)
{
	meter_put(ctx, p);
}

static enum err_code
decode(const uint8_t *p, size_t n, const struct codec_sink *s, struct err *e)
{
	BrotliDecoderState *z = BrotliDecoderCreateInstance(get, put,
	    s->meter);
	BrotliDecoderResult r = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
	uint8_t *piece = malloc(CODEC_PIECE), *to;
	size_t room;

	if (z == NULL || piece == NULL)
		err_nomem(e);
	while (e->code == ERR_OK &&
	    r == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
		to = piece;
		room = CODEC_PIECE;
		r = BrotliDecoderDecompressStream(z, &n, &p, &room, &to,
		    NULL);
		s->put(s->ctx, piece, CODEC_PIECE - room, e);
	}
	if (e->code == ERR_OK && r != BROTLI_DECODER_RESULT_SUCCESS)
		err_set(e, ERR_FAIL, "brotli: error %d",
		    z != NULL ? (int)BrotliDecoderGetErrorCode(z) : 0);
	if (z != NULL)
		BrotliDecoderDestroyInstance(z);
	free(piece);
	return e->code;
}

/* 0xAAABBBCCC, where there is no text of it. */
static const char *
version(void)
{
	static char text[32];
	const uint32_t v = BrotliEncoderVersion();

	snprintf(text, sizeof(text), "%u.%u.%u", v >> 24, v >> 12 & 0xFFF,
	    v & 0xFFF);
	return text;
}
#endif

/* Measured with 1.0.9 at quality 11: a ring buffer and a tree of the window,
 * and what a block takes. */
static uint64_t
memory(int level, uint64_t size)
{
	uint64_t all = (uint64_t)16 << 20;

	(void)level;
	return ((uint64_t)48 << 20) + 12 * (size < all ? size : all);
}

const struct codec codec_brotli = {
	.name = "brotli", .option = "-q ", .min = 0, .max = 11, .usual = 11,
	.needs = "libbrotlidec (not in Python)",
	.package = "libbrotli-dev", .cost = 2200, .memory = memory,
#ifdef HAVE_BROTLI
	.encode = encode, .decode = decode, .version = version,
#endif
};
