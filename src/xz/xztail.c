#include "xz/xztail.h"

#include <inttypes.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/num.h"

#define PADDING_MAX ((uint64_t)64 << 10)	/* bytes */
#define HEADER LZMA_STREAM_HEADER_SIZE	/* bytes; the Footer's size too */
#define RECORD_MIN 2			/* bytes of a Record of the Index */
#define PIECE ((size_t)64 << 10)
#define SCAN_MAX ((uint64_t)1 << 30)	/* bytes of zeros to look behind */
#define ZIP_CENTRAL 46			/* bytes of records of a zip file, */
#define ZIP_END 22			/* without what may follow */

struct tail {
	int fd;
	uint64_t file_size;
	uint64_t end;		/* of the Stream: behind its Footer */
	lzma_stream_flags footer;
};

const uint8_t xztail_magic[XZTAIL_MAGIC_SIZE] = { 0xfd, '7', 'z', 'X', 'Z',
    0 };

static enum err_code
damaged(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the .xz file is damaged or truncated "
	    "at its end; get it again");
}

static enum err_code
not_one(struct err *e)
{
	return err_set(e, ERR_UNSAFE, "the file is more than one .xz Stream, "
	    "and programs disagree about such files; refused (--multi-stream "
	    "accepts it)");
}

static enum err_code
read_at(const struct tail *t, uint64_t off, uint8_t *buf, size_t n,
    struct err *e)
{
	size_t got;

	if (io_pread(t->fd, buf, n, off, &got, e) == ERR_OK && got < n)
		damaged(e);
	return e->code;
}

static bool
is_footer(const struct tail *t, uint64_t end)
{
	struct err ignored = ERR_INIT;
	lzma_stream_flags flags;
	uint8_t buf[HEADER];

	return end >= HEADER && read_at(t, end - HEADER, buf, HEADER,
	    &ignored) == ERR_OK &&
	    lzma_stream_footer_decode(&flags, buf) == LZMA_OK;
}

/* What downloads leave that stop early, if the room was there before. */
static enum err_code
too_many_zeros(const struct tail *t, struct err *e)
{
	if (!is_footer(t, t->end))
		return err_set(e, ERR_CORRUPT, "the .xz file ends in zeros "
		    "from byte %" PRIu64 " on; get it again", t->end);
	return err_set(e, ERR_UNSAFE, "the .xz file has %" PRIu64 " bytes of "
	    "padding; refused", t->file_size - t->end);
}

/* Pass the zeros at the end.  The Footer's own last byte is 'Z'. */
static enum err_code
find_end(struct tail *t, struct err *e)
{
	uint8_t *buf = malloc(PIECE);
	size_t n = 0, i = 0;

	if (buf == NULL)
		return err_nomem(e);
	t->end = t->file_size;
	while (i == 0 && t->end > 0 && t->file_size - t->end < SCAN_MAX) {
		n = (size_t)num_min(t->end, PIECE);
		if (read_at(t, t->end - n, buf, n, e) != ERR_OK)
			break;
		for (i = n; i > 0 && buf[i - 1] == 0; i--)
			;
		t->end -= n - i;
	}
	free(buf);
	if (e->code == ERR_OK && t->file_size - t->end > PADDING_MAX)
		return too_many_zeros(t, e);
	return e->code;
}

/* A Stream Header's magic behind the Footer: a second Stream, cut off. */
static bool
begins_another(const struct tail *t)
{
	/* Of the magic, the last byte is a zero and looks like padding. */
	const size_t shown = sizeof(xztail_magic) - 1;
	uint8_t buf[sizeof(xztail_magic)];
	struct err ignored = ERR_INIT;

	return t->end >= HEADER + shown &&
	    read_at(t, t->end - shown, buf, shown, &ignored) == ERR_OK &&
	    memcmp(buf, xztail_magic, shown) == 0 &&
	    is_footer(t, t->end - shown);
}

static enum err_code
read_footer(struct tail *t, struct err *e)
{
	uint8_t buf[HEADER];
	lzma_ret r;

	/* Padding comes in fours. */
	if (t->end < 2 * HEADER || (t->file_size - t->end) % 4 != 0)
		return damaged(e);
	if (read_at(t, t->end - HEADER, buf, sizeof(buf), e) != ERR_OK)
		return e->code;
	r = lzma_stream_footer_decode(&t->footer, buf);
	if (r == LZMA_OPTIONS_ERROR)
		return err_set(e, ERR_UNSUPPORTED, "the .xz headers ask for "
		    "a feature that liblzma does not have");
	if (r != LZMA_OK || t->footer.backward_size > t->end - 2 * HEADER)
		return damaged(e);
	return ERR_OK;
}

/* More Records than the Index has room for need no memory to be refused. */
static enum err_code
check_records(const struct tail *t, struct err *e)
{
	uint64_t size = t->footer.backward_size;
	size_t n = (size_t)num_min(size, 1 + LZMA_VLI_BYTES_MAX), at = 1;
	uint8_t buf[1 + LZMA_VLI_BYTES_MAX];
	lzma_vli records = 0;

	if (read_at(t, t->end - HEADER - size, buf, n, e) != ERR_OK)
		return e->code;
	if (buf[0] != 0 || lzma_vli_decode(&records, NULL, buf, &at, n) !=
	    LZMA_OK || records > size / RECORD_MIN)
		return damaged(e);
	return ERR_OK;
}

static enum err_code
decode_index(const struct tail *t, lzma_stream *s, lzma_index **index,
    uint64_t index_memory, struct err *e)
{
	uint64_t left = t->footer.backward_size;
	uint64_t off = t->end - HEADER - left;
	uint8_t *buf = malloc(PIECE);
	lzma_ret r;
	size_t n;

	if (buf == NULL)
		return err_nomem(e);
	r = lzma_index_decoder(s, index, index_memory);
	while (r == LZMA_OK && left > 0) {
		n = (size_t)num_min(left, PIECE);
		if (read_at(t, off, buf, n, e) != ERR_OK)
			break;
		s->next_in = buf;
		s->avail_in = n;
		r = lzma_code(s, LZMA_RUN);
		off += n - s->avail_in;
		left -= n - s->avail_in;
	}
	if (r == LZMA_MEM_ERROR)
		err_nomem(e);
	else if (r == LZMA_MEMLIMIT_ERROR)
		err_set(e, ERR_MEMLIMIT, "the Index needs %" PRIu64
		    " bytes of memory, over the limit of %" PRIu64
		    "; raise --memlimit", lzma_memusage(s), index_memory);
	else if (r != LZMA_STREAM_END || left > 0)
		damaged(e);
	free(buf);
	return e->code;
}

enum err_code
xztail_one_stream(int fd, uint64_t file_size, uint64_t index_memory,
    struct err *e)
{
	struct tail t = { .fd = fd, .file_size = file_size };
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_index *index = NULL;
	uint64_t size;

	if (find_end(&t, e) != ERR_OK)
		return e->code;
	if (begins_another(&t))
		return not_one(e);
	if (read_footer(&t, e) == ERR_OK && check_records(&t, e) == ERR_OK &&
	    decode_index(&t, &s, &index, index_memory, e) == ERR_OK) {
		size = lzma_index_stream_size(index);
		if (size < t.end)
			not_one(e);
		else if (size > t.end)
			damaged(e);
	}
	lzma_index_end(index, NULL);
	lzma_end(&s);
	return e->code;
}

/* --- zip files --- */

/* The end of the last Footer before `end`, among PIECE bytes; 0: none is. */
static uint64_t
footer_before(const struct tail *t, uint64_t end)
{
	size_t n = (size_t)num_min(end, PIECE);
	struct err ignored = ERR_INIT;
	uint8_t *buf = malloc(n);

	if (buf == NULL || read_at(t, end - n, buf, n, &ignored) != ERR_OK)
		n = 0;
	for (; n >= HEADER; n--, end--) {
		if (memcmp(buf + n - 2, "YZ", 2) == 0 && is_footer(t, end))
			break;
	}
	free(buf);
	return n >= HEADER ? end : 0;
}

/* A zip file behind the Stream, with a loader between them, as wrap makes them:
 * the Stream's end, or 0.  The zip file's directory is before the record at its
 * end; offsets count from its own beginning or the file's.  See APPNOTE.TXT
 * 6.3, 4.3.12 and 4.3.16. */
static uint64_t
before_zip(const struct tail *t)
{
	struct err ignored = ERR_INIT;
	uint8_t buf[ZIP_CENTRAL];
	uint64_t at = t->file_size - ZIP_END, size, off;

	if (t->file_size < ZIP_CENTRAL + ZIP_END ||
	    read_at(t, at, buf, ZIP_END, &ignored) != ERR_OK ||
	    memcmp(buf, "PK\5\6", 4) != 0)
		return 0;
	size = num_le(buf + 12, 4);
	off = num_le(buf + 16, 4);
	if (size < ZIP_CENTRAL || size > at || off > at - size)
		return 0;
	at -= size;
	if (read_at(t, at, buf, sizeof(buf), &ignored) != ERR_OK ||
	    memcmp(buf, "PK\1\2", 4) != 0)
		return 0;
	off = at - off + num_le(buf + 42, 4);
	return off < at ? footer_before(t, off) : 0;
}

enum err_code
xztail_in_zip(int fd, uint64_t file_size, struct err *e)
{
	const struct tail t = { .fd = fd, .file_size = file_size };
	uint64_t end = before_zip(&t);

	if (end == 0)
		return ERR_OK;
	return err_set(e, ERR_UNSAFE, "the .xz file is part of a zip file, "
	    "as what xzbundle wrap makes of a bundle; its first %" PRIu64
	    " bytes are the bundle (see head -c)", end);
}
