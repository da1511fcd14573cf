#include "region/reader.h"

#include <string.h>

#include "base/num.h"

void
reader_begin(struct reader *r, const struct region_input *in, uint64_t at,
    uint64_t n)
{
	r->in = in;
	r->at = r->end = at;
	r->bad = at > in->size || n > in->size - at;
	if (!r->bad)
		r->end = at + n;
	r->buf_at = 0;
	r->buf_n = 0;
}

uint64_t
reader_left(const struct reader *r)
{
	return r->bad ? 0 : r->end - r->at;
}

bool
reader_skip(struct reader *r, uint64_t n)
{
	if (r->bad || n > r->end - r->at) {
		r->bad = true;
		return false;
	}
	r->at += n;
	return true;
}

/* Have the n bytes at r->at in buf; they are inside the part. */
static enum err_code
fill(struct reader *r, size_t n, struct err *e)
{
	bool ok;

	if (r->at >= r->buf_at && r->at - r->buf_at <= r->buf_n &&
	    n <= r->buf_n - (r->at - r->buf_at))
		return ERR_OK;
	r->buf_at = r->at;
	r->buf_n = (size_t)num_min(r->end - r->at, READER_STEP);
	return region_read(r->in, r->buf_at, r->buf, r->buf_n, &ok, e);
}

bool
reader_bytes(struct reader *r, void *p, size_t n, struct err *e)
{
	if (r->bad || n > r->end - r->at || n > READER_STEP ||
	    fill(r, n, e) != ERR_OK) {
		r->bad = true;
		memset(p, 0, n);
		return false;
	}
	memcpy(p, r->buf + (r->at - r->buf_at), n);
	r->at += n;
	return true;
}

uint64_t
reader_le(struct reader *r, size_t n, struct err *e)
{
	uint8_t p[8];

	reader_bytes(r, p, n, e);
	return num_le(p, n);
}

uint64_t
reader_varint(struct reader *r, struct err *e)
{
	unsigned int shift;
	uint64_t v = 0;
	uint8_t byte;

	for (shift = 0; shift < 64; shift += 7) {
		if (!reader_bytes(r, &byte, 1, e))
			return 0;
		v |= (uint64_t)(byte & 0x7F) << shift;
		if (byte < 0x80)
			return v;
	}
	r->bad = true;		/* more than ten bytes */
	return 0;
}
