#include "pack/baseline.h"

#include <string.h>
#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif

#include "base/num.h"
#include "pack/litcost.h"
#include "xz/encode.h"

#define BITS (UINT64_C(8) * 65536)	/* of litcost, a byte */
#define STEP ((size_t)1 << 24)		/* bytes given to zlib at a time */

static uint64_t
order0(const uint8_t *p, size_t n, unsigned int word)
{
	uint64_t counts[256], sum = 0, more;
	unsigned int k;
	size_t i;

	for (k = 0; k < word; k++) {
		memset(counts, 0, sizeof(counts));
		for (i = k; i < n; i += word)
			counts[p[i]]++;
		more = litcost_counts(counts);
		sum += more / BITS + (more % BITS > 0);
	}
	return sum;
}

#ifdef HAVE_ZLIB
static enum err_code
by_zlib(const uint8_t *p, size_t n, uint64_t *size, struct err *e)
{
	unsigned char sink[4096];
	size_t left = n;
	z_stream z;
	int r = Z_OK;

	memset(&z, 0, sizeof(z));
	if (deflateInit(&z, 9) != Z_OK)
		return err_nomem(e);
	while (r == Z_OK) {
		if (z.avail_in == 0) {
			z.avail_in = (uInt)num_min(left, STEP);
			z.next_in = p + n - left;
			left -= z.avail_in;
		}
		z.next_out = sink;
		z.avail_out = sizeof(sink);
		r = deflate(&z, left == 0 ? Z_FINISH : Z_NO_FLUSH);
	}
	*size = z.total_out;
	(void)deflateEnd(&z);
	return r == Z_STREAM_END ? ERR_OK : err_set(e, ERR_FAIL, "zlib: "
	    "error %d", r);
}
#else
static enum err_code
by_zlib(const uint8_t *p, size_t n, uint64_t *size, struct err *e)
{
	(void)p;
	(void)n;
	*size = BASELINE_NONE;
	return e->code;
}
#endif

enum err_code
baseline_measure(const uint8_t *p, size_t n, unsigned int word,
    struct baseline *b, struct err *e)
{
	struct chain c;

	b->order0 = order0(p, n, word);
	if (by_zlib(p, n, &b->zlib, e) != ERR_OK)
		return e->code;
	chain_preset(&c, 9);
	chain_fit(&c, n);
	return encode_size(p, n, &c, UINT64_MAX, &b->lzma, e);
}
