#include "wrap/packer.h"

#include <string.h>

#include "base/source.h"
#include "compare/codec.h"
#include "xz/alone.h"

static const struct {
	const char *module;
	const char *codec;	/* of compare/codec */
} packers[PACKER_N] = {
	[PACKER_LZMA] = { "lzma", NULL },
	[PACKER_BZ2] = { "bz2", "bzip2" },
	[PACKER_ZLIB] = { "zlib", "zlib" },
};

const char *
packer_module(enum packer p)
{
	return packers[p].module;
}

struct bytes {
	const uint8_t *p;
};

static enum err_code
read_bytes(void *ctx, uint64_t off, uint8_t *to, size_t size, struct err *e)
{
	const struct bytes *b = ctx;

	(void)e;
	memcpy(to, b->p + off, size);
	return ERR_OK;
}

enum err_code
packer_encode(enum packer packer, const uint8_t *p, size_t n, struct buf *to,
    struct err *e)
{
	struct bytes b = { p };
	const struct source src = { read_bytes, &b };
	struct codec_job job = { .src = &src, .size = n };
	const struct codec *codec;
	lzma_options_lzma o;

	if (packer == PACKER_LZMA) {
		alone_preset(&o, n);
		return alone_encode(p, n, &o, ALONE_SIZED, to, e);
	}
	codec = codec_find(packers[packer].codec, &job.level);
	if (codec == NULL || codec->encode == NULL)
		return ERR_OK;
	job.level = codec->max;
	return codec->encode(&job, to, e);
}

/* As packer_encode() does, but a .xz file for LZMA. */
static enum err_code
encode_checked(enum packer packer, const uint8_t *p, size_t n, struct buf *to,
    struct err *e)
{
	lzma_options_lzma o;

	if (packer != PACKER_LZMA)
		return packer_encode(packer, p, n, to, e);
	alone_preset(&o, n);
	return alone_encode_xz(p, n, &o, LZMA_CHECK_CRC32, to, e);
}

enum err_code
packer_checked(const uint8_t *p, size_t n, struct buf *to,
    enum packer *best, struct err *e)
{
	struct buf one, swap;
	int i;

	buf_init(to, SIZE_MAX / 2);
	for (i = 0; i < PACKER_N && e->code == ERR_OK; i++) {
		buf_init(&one, SIZE_MAX / 2);
		encode_checked((enum packer)i, p, n, &one, e);
		if (one.size > 0 && (to->size == 0 || one.size < to->size)) {
			swap = *to;
			*to = one;
			one = swap;
			*best = (enum packer)i;
		}
		buf_free(&one);
	}
	return e->code;
}
