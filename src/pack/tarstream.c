#include "pack/tarstream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"

#define BLOCK 512			/* bytes, POSIX.1-2017 pax, ustar */
#define HEADERS_MAX ((size_t)4 << 30)	/* bytes of all headers */

struct tarstream {
	const struct scan *scan;
	struct tarspan *spans;	/* [scan->n_members]; owned */
	struct buf headers;	/* all header bytes, one after the other */
	uint64_t *header_at;	/* [n_members] offsets into headers; owned */
	struct buf trailer;	/* the end marker */
	uint64_t members_end;
	uint64_t size;
};

struct cursor {
	const struct tarstream *t;
	size_t member;		/* whose file is open, when fd >= 0 */
	bool sparse;		/* the open file has holes */
	int fd;
};

/* --- layout --- */

/* libarchive's sink: headers are kept, what stands for data is counted.  It
 * never fails, since libarchive 3.6.2 leaks its buffer then: the owner looks at
 * e. */
struct sink {
	struct buf *to;		/* NULL: count only */
	uint64_t size;		/* bytes of the tar so far */
	struct err *e;
};

static la_ssize_t
sink_write(struct archive *a, void *ctx, const void *p, size_t n)
{
	struct sink *s = ctx;

	s->size += n;
	(void)a;
	if (s->to != NULL)
		buf_append(s->to, p, n, s->e);
	return (la_ssize_t)n;
}

/* A tar writer that hands each header over as it is made. */
static enum err_code
open_writer(struct sink *sink, struct archive **out, struct err *e)
{
	struct archive *a = archive_write_new();

	*out = a;
	if (a == NULL)
		return err_nomem(e);
	if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(a, 0) != ARCHIVE_OK ||
	    archive_write_open2(a, sink, NULL, sink_write, NULL, NULL) !=
	    ARCHIVE_OK)
		return err_set(e, ERR_FAIL, "cannot write tar: %s",
		    archive_error_string(a));
	return ERR_OK;
}

mode_t
tarstream_mode(const struct member *m, bool keep)
{
	if (m->type == MEMBER_SYMLINK)
		return 0777;
	if (keep)
		return m->mode & 07777;
	return m->type == MEMBER_DIR || (m->mode & S_IXUSR) ? 0755 : 0644;
}

static void
fill_entry(struct archive_entry *entry, const struct member *m,
    const struct tarstream_options *o)
{
	archive_entry_set_pathname(entry, m->name);
	archive_entry_set_mtime(entry,
	    o->keep_mtime ? m->mtime.tv_sec : o->mtime, 0);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_size(entry, (la_int64_t)m->size);
	switch (m->type) {
	case MEMBER_DIR:
		archive_entry_set_filetype(entry, AE_IFDIR);
		break;
	case MEMBER_SYMLINK:
		archive_entry_set_filetype(entry, AE_IFLNK);
		archive_entry_set_symlink(entry, m->link);
		break;
	case MEMBER_HARDLINK:
		archive_entry_set_hardlink(entry, m->link);
		/* FALLTHROUGH */
	case MEMBER_FILE:
		archive_entry_set_filetype(entry, AE_IFREG);
		break;
	}
	archive_entry_set_perm(entry, tarstream_mode(m, o->keep_mode));
}

/* Has a pax record of the n bytes at p the text as it is?  ASCII needs none and
 * is never changed; of surrogates in pairs libarchive makes one character. */
static bool
has_text(const uint8_t *p, size_t n, const char *text)
{
	static const char key[] = "path=";	/* "linkpath=" has it too */
	const size_t length = strlen(text), from = strlen(key);
	const uint8_t *end = p + n, *at;
	size_t i = 0;

	while (text[i] != '\0' && (unsigned char)text[i] < 0x80)
		i++;
	if (i == length)
		return true;
	for (; (at = memmem(p, (size_t)(end - p), key, from)) != NULL;
	    p = at + from) {
		if ((size_t)(end - at) - from >= length &&
		    memcmp(at + from, text, length) == 0)
			return true;
	}
	return false;
}

/* Did libarchive write the member's name and link as they are? */
static enum err_code
check_names(const struct tarstream *t, size_t i, struct err *e)
{
	const struct member *m = &t->scan->members[i];
	const uint8_t *p = t->headers.data + t->header_at[i];
	size_t n = t->headers.size - (size_t)t->header_at[i];

	if (!has_text(p, n, m->name) ||
	    (m->link != NULL && !has_text(p, n, m->link)))
		return err_set(e, ERR_FAIL, "%s: a name that a tar header "
		    "cannot hold as it is; rename it", m->name);
	return ERR_OK;
}

/*
 * Lay out member i: its header blocks go to t->headers.  libarchive then
 * fills the data and padding with zeros, which are only counted: they prove
 * the span's arithmetic, and cost next to nothing even for terabytes.
 */
static enum err_code
lay_out_member(struct tarstream *t, size_t i, struct archive *a,
    struct sink *sink, const struct tarstream_options *o, struct err *e)
{
	const struct member *m = &t->scan->members[i];
	struct archive_entry *entry = archive_entry_new();
	struct tarspan *s = &t->spans[i];
	int r;

	if (entry == NULL)
		return err_nomem(e);
	fill_entry(entry, m, o);
	s->head_off = sink->size;
	t->header_at[i] = t->headers.size;
	sink->to = &t->headers;
	/*
	 * ARCHIVE_WARN is a name that is not UTF-8: the header is complete,
	 * with hdrcharset=BINARY.
	 */
	r = archive_write_header(a, entry);
	sink->to = NULL;
	archive_entry_free(entry);
	s->data_off = sink->size;
	if (e->code != ERR_OK)
		return err_wrap(e, "%s", m->name);
	if (r < ARCHIVE_WARN)
		return err_set(e, ERR_FAIL, "%s: cannot make a tar header: "
		    "%s", m->name, archive_error_string(a));
	if (check_names(t, i, e) != ERR_OK)
		return e->code;
	if (!num_add(s->data_off, m->size, &s->pad_off) ||
	    s->pad_off > INT64_MAX - BLOCK)
		return err_set(e, ERR_FAIL, "%s: too large", m->name);
	s->end_off = num_round_up(s->pad_off, BLOCK);
	if (archive_write_finish_entry(a) < ARCHIVE_WARN ||
	    sink->size != s->end_off)
		return err_set(e, ERR_FAIL, "%s: unexpected tar layout",
		    m->name);
	return ERR_OK;
}

static enum err_code
lay_out(struct tarstream *t, const struct tarstream_options *o,
    struct err *e)
{
	struct sink sink = { NULL, 0, e };
	struct archive *a = NULL;
	size_t i;

	open_writer(&sink, &a, e);
	for (i = 0; i < t->scan->n_members && e->code == ERR_OK; i++)
		lay_out_member(t, i, a, &sink, o, e);
	t->members_end = sink.size;
	sink.to = &t->trailer;
	if (e->code == ERR_OK && archive_write_close(a) != ARCHIVE_OK)
		err_set(e, ERR_FAIL, "cannot end the tar: %s",
		    archive_error_string(a));
	t->size = sink.size;
	if (a != NULL)
		(void)archive_write_free(a);
	return e->code;
}

/* The data of the members alone. */
static enum err_code
lay_out_bare(struct tarstream *t, struct err *e)
{
	struct tarspan *s;
	size_t i;

	for (i = 0; i < t->scan->n_members; i++) {
		s = &t->spans[i];
		s->head_off = s->data_off = t->size;
		if (!num_add(t->size, t->scan->members[i].size, &t->size) ||
		    t->size > INT64_MAX)
			return err_set(e, ERR_FAIL, "%s: too large",
			    t->scan->members[i].name);
		s->pad_off = s->end_off = t->members_end = t->size;
	}
	return ERR_OK;
}

enum err_code
tarstream_build(const struct scan *scan,
    const struct tarstream_options *options, struct tarstream **out,
    struct err *e)
{
	struct tarstream *t = calloc(1, sizeof(*t));
	locale_t utf8, old;

	if (t == NULL)
		return err_nomem(e);
	t->scan = scan;
	buf_init(&t->headers, HEADERS_MAX);
	buf_init(&t->trailer, 64 * BLOCK);
	t->spans = calloc(scan->n_members + 1, sizeof(*t->spans));
	t->header_at = calloc(scan->n_members + 1, sizeof(*t->header_at));
	/* Headers must not depend on the user's locale. */
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (t->spans == NULL || t->header_at == NULL) {
		err_nomem(e);
	} else if (options->bare) {
		lay_out_bare(t, e);
	} else if (utf8 == (locale_t)0) {
		err_sys(e, errno, "no C.UTF-8 locale");
	} else {
		old = uselocale(utf8);
		lay_out(t, options, e);
		uselocale(old);
	}
	if (utf8 != (locale_t)0)
		freelocale(utf8);
	if (e->code != ERR_OK) {
		tarstream_free(t);
		return e->code;
	}
	*out = t;
	return ERR_OK;
}

void
tarstream_free(struct tarstream *t)
{
	if (t == NULL)
		return;
	buf_free(&t->headers);
	buf_free(&t->trailer);
	free(t->header_at);
	free(t->spans);
	free(t);
}

uint64_t
tarstream_size(const struct tarstream *t)
{
	return t->size;
}

uint64_t
tarstream_members_end(const struct tarstream *t)
{
	return t->members_end;
}

size_t
tarstream_count(const struct tarstream *t)
{
	return t->scan->n_members;
}

const struct tarspan *
tarstream_span(const struct tarstream *t, size_t i)
{
	return &t->spans[i];
}

const struct member *
tarstream_member(const struct tarstream *t, size_t i)
{
	return &t->scan->members[i];
}

size_t
tarstream_find(const struct tarstream *t, uint64_t tar_off)
{
	size_t lo = 0, hi = t->scan->n_members, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (t->spans[mid].head_off <= tar_off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* --- cursors --- */

static enum err_code
close_file(struct cursor *c, struct err *e)
{
	struct stat st;

	if (c->fd < 0)
		return ERR_OK;
	scan_check(tarstream_member(c->t, c->member), c->fd, &st, e);
	(void)close(c->fd);	/* read only: nothing to lose */
	c->fd = -1;
	return e->code;
}

static enum err_code
open_file(struct cursor *c, size_t i, struct err *e)
{
	const struct member *m = tarstream_member(c->t, i);
	struct stat st;

	if (c->fd >= 0 && c->member == i)
		return ERR_OK;
	if (close_file(c, e) != ERR_OK)
		return e->code;
	c->member = i;
	if (scan_open(c->t->scan, m, &c->fd, &st, e) != ERR_OK)
		return e->code;
	c->sparse = (uint64_t)st.st_blocks * 512 < m->size;
	return ERR_OK;
}

/* Read from the open file.  Holes are not read: asking where the next data
 * is costs less than having the kernel fill pages with zeros. */
static enum err_code
read_data(struct cursor *c, uint64_t off, uint8_t *buf, size_t n,
    struct err *e)
{
	const struct member *m = tarstream_member(c->t, c->member);
	off_t data;
	size_t got;

	if (c->sparse) {
		data = lseek(c->fd, (off_t)off, SEEK_DATA);
		if ((data < 0 && errno == ENXIO) ||
		    data >= (off_t)(off + n)) {
			memset(buf, 0, n);
			return ERR_OK;
		}
	}
	if (io_pread(c->fd, buf, n, off, &got, e) != ERR_OK)
		return err_wrap(e, "%s", m->name);
	return got < n ? scan_changed(m, e) : ERR_OK;
}

/* Read from one part of member i's span; *n is cut to what the part has. */
static enum err_code
read_part(struct cursor *c, size_t i, uint64_t off, uint8_t *buf, size_t *n,
    struct err *e)
{
	const struct tarstream *t = c->t;
	const struct member *m = tarstream_member(t, i);
	const struct tarspan *s = &t->spans[i];

	if (off < s->data_off) {
		*n = (size_t)num_min(*n, s->data_off - off);
		memcpy(buf, t->headers.data + t->header_at[i] +
		    (off - s->head_off), *n);
	} else if (off < s->pad_off) {
		*n = (size_t)num_min(*n, s->pad_off - off);
		if (m->data_fd >= 0)
			return scan_read_data(m, off - s->data_off, buf, *n,
			    e);
		if (open_file(c, i, e) != ERR_OK ||
		    read_data(c, off - s->data_off, buf, *n, e) != ERR_OK)
			return e->code;
	} else {
		*n = (size_t)num_min(*n, s->end_off - off);
		memset(buf, 0, *n);
	}
	return ERR_OK;
}

static enum err_code
cursor_read(void *ctx, uint64_t off, uint8_t *buf, size_t size,
    struct err *e)
{
	struct cursor *c = ctx;
	const struct tarstream *t = c->t;
	size_t i = 0, n;

	if (off > t->size || size > t->size - off)
		return err_set(e, ERR_FAIL, "read past the end of the tar");
	if (off < t->members_end)
		i = tarstream_find(t, off);
	while (size > 0) {
		n = size;
		if (off >= t->members_end) {
			memcpy(buf, t->trailer.data + (off - t->members_end),
			    n);
		} else {
			while (off >= t->spans[i].end_off)
				i++;
			if (read_part(c, i, off, buf, &n, e) != ERR_OK)
				return e->code;
		}
		off += n;
		buf += n;
		size -= n;
	}
	return ERR_OK;
}

enum err_code
tarstream_cursor(const struct tarstream *t, struct source *cursor,
    struct err *e)
{
	struct cursor *c = malloc(sizeof(*c));

	cursor->read = cursor_read;
	cursor->ctx = c;
	if (c == NULL)
		return err_nomem(e);
	c->t = t;
	c->fd = -1;
	c->member = 0;
	return ERR_OK;
}

enum err_code
tarstream_cursor_end(struct source *cursor, struct err *e)
{
	struct cursor *c = cursor->ctx;

	if (c == NULL)
		return ERR_OK;
	close_file(c, e);
	free(c);
	cursor->ctx = NULL;
	return e->code;
}
