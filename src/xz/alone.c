#include "xz/alone.h"

#include "xz/encode.h"

#define ALONE_HEADER 13		/* bytes: properties, dictionary, size */
#define ROOM_MIN 4096

/* LZMA1 without end marker: since liblzma 5.3.4. */
static lzma_ret
raw_encoder(lzma_stream *s, lzma_options_lzma *options, size_t n,
    enum alone_end end)
{
	lzma_filter f[2] = {
		{ LZMA_FILTER_LZMA1EXT, options },
		{ LZMA_VLI_UNKNOWN, NULL }
	};

	options->ext_flags = end == ALONE_MARKED ? LZMA_LZMA1EXT_ALLOW_EOPM :
	    0;
	lzma_set_ext_size(*options, end == ALONE_MARKED ? UINT64_MAX : n);
	return lzma_raw_encoder(s, f);
}

/* Run the encoder over all of it. */
static enum err_code
run(lzma_stream *s, const uint8_t *p, size_t n, struct buf *out,
    struct err *e)
{
	lzma_ret r = LZMA_OK;
	size_t room;

	s->next_in = p;
	s->avail_in = n;
	while (r == LZMA_OK) {
		if (buf_reserve(out, ROOM_MIN, e) != ERR_OK)
			return e->code;
		room = out->cap - out->size;
		s->next_out = out->data + out->size;
		s->avail_out = room;
		r = lzma_code(s, LZMA_FINISH);
		out->size += room - s->avail_out;
	}
	return r == LZMA_STREAM_END ? ERR_OK : encode_error(r, e);
}

static void
put_header(uint8_t h[ALONE_HEADER], const lzma_options_lzma *o, uint64_t size)
{
	size_t i;

	h[0] = (uint8_t)((o->pb * 5 + o->lp) * 9 + o->lc);
	for (i = 0; i < 4; i++)
		h[1 + i] = (uint8_t)(o->dict_size >> (8 * i));
	for (i = 0; i < 8; i++)
		h[5 + i] = (uint8_t)(size >> (8 * i));
}

enum err_code
alone_encode(const uint8_t *p, size_t n, const lzma_options_lzma *options,
    enum alone_end end, struct buf *out, struct err *e)
{
	lzma_options_lzma o = *options;
	lzma_stream s = LZMA_STREAM_INIT;
	uint8_t header[ALONE_HEADER];
	lzma_ret r;

	put_header(header, &o, end == ALONE_MARKED ? UINT64_MAX : n);
	if (buf_append(out, header, sizeof(header), e) != ERR_OK)
		return e->code;
	r = raw_encoder(&s, &o, n, end);
	if (r == LZMA_OK)
		run(&s, p, n, out, e);
	else
		encode_error(r, e);
	lzma_end(&s);
	return e->code;
}

enum err_code
alone_encode_xz(const uint8_t *p, size_t n, const lzma_options_lzma *options,
    lzma_check check, struct buf *out, struct err *e)
{
	lzma_options_lzma o = *options;
	lzma_filter f[2] = {
		{ LZMA_FILTER_LZMA2, &o },
		{ LZMA_VLI_UNKNOWN, NULL }
	};
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r = lzma_stream_encoder(&s, f, check);

	if (r == LZMA_OK)
		run(&s, p, n, out, e);
	else
		encode_error(r, e);
	lzma_end(&s);
	return e->code;
}

enum err_code
alone_size(const uint8_t *p, size_t n, const lzma_options_lzma *options,
    uint64_t *size, struct err *e)
{
	lzma_options_lzma o = *options;
	lzma_stream s = LZMA_STREAM_INIT;
	uint8_t sink[4096];
	lzma_ret r = raw_encoder(&s, &o, n, ALONE_SIZED);

	s.next_in = p;
	s.avail_in = n;
	while (r == LZMA_OK) {
		s.next_out = sink;
		s.avail_out = sizeof(sink);
		r = lzma_code(&s, LZMA_FINISH);
	}
	*size = s.total_out;
	lzma_end(&s);
	return r == LZMA_STREAM_END ? ERR_OK : encode_error(r, e);
}

void
alone_preset(lzma_options_lzma *options, size_t n)
{
	/* 9 is a preset, so it cannot fail. */
	(void)lzma_lzma_preset(options, 9 | LZMA_PRESET_EXTREME);
	options->dict_size = alone_dict(n);
	options->pb = 0;	/* text has no words of several bytes */
}

uint32_t
alone_dict(size_t n)
{
	/* Those whose two bits lie in two bytes. */
	return n <= UINT32_C(0x18000) ? UINT32_C(0x18000) :
	    UINT32_C(0x1800000);
}
