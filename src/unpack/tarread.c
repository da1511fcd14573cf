#include "unpack/tarread.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/num.h"
#include "unpack/extensions.h"
#include "unpack/tarfield.h"
#include "unpack/validate.h"

#define PIECE ((size_t)256 << 10)	/* bytes given to libarchive at once */
#define TAIL_MAX (UINT64_C(1) << 20)	/* bytes behind the end marker */

struct tarread {
	struct blockstream *stream;	/* borrowed */
	struct validate *validate;
	struct archive *archive;
	struct archive_entry *entry;
	locale_t utf8;			/* names are bytes, whatever LANG */
	struct err err;			/* of a callback */
	struct tarread_member member;
	uint64_t data_pos;		/* bytes of data handed out */
	const uint8_t *rest;		/* what libarchive has not got yet */
	size_t n_rest;			/* bytes of it */
	uint64_t head_off;		/* of the last member */
};

void
tarread_prepare(void)
{
	/* Never freed: the C library keeps what it has loaded for the others
	 * that ask. */
	static locale_t kept;

	if (kept == (locale_t)0)
		kept = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* --- libarchive's callbacks --- */

/* The next bytes of the stream, which the validator has accepted. */
static enum err_code
next_piece(struct tarread *t, const uint8_t **p, size_t *n, struct err *e)
{
	*p = NULL;
	*n = 0;
	if (t->n_rest == 0 && blockstream_next(t->stream, &t->rest,
	    &t->n_rest, e) != ERR_OK)
		return e->code;
	if (t->n_rest == 0)
		return ERR_OK;		/* the end, where there is no piece */
	*p = t->rest;
	*n = (size_t)num_min(t->n_rest, PIECE);
	t->rest += *n;
	t->n_rest -= *n;
	return validate_bytes(t->validate, *p, *n, e);
}

static la_ssize_t
read_cb(struct archive *a, void *ctx, const void **p)
{
	struct tarread *t = ctx;
	const uint8_t *bytes;
	size_t n;

	if (next_piece(t, &bytes, &n, &t->err) != ERR_OK) {
		archive_set_error(a, EIO, "cannot decode");
		return ARCHIVE_FATAL;
	}
	*p = bytes;
	return (la_ssize_t)n;
}

static la_int64_t
skip_cb(struct archive *a, void *ctx, la_int64_t request)
{
	struct tarread *t = ctx;
	uint64_t want, here, skipped = 0;

	want = num_min(validate_skippable(t->validate),
	    request > 0 ? (uint64_t)request : 0);
	here = num_min(want, t->n_rest);
	if (here > 0)
		t->rest += here;
	t->n_rest -= (size_t)here;
	if (want > here && blockstream_skip(t->stream, want - here, &skipped,
	    &t->err) == ERR_OK)
		here += skipped;
	if (t->err.code != ERR_OK || validate_skip(t->validate, here,
	    &t->err) != ERR_OK) {
		archive_set_error(a, EIO, "cannot decode");
		return ARCHIVE_FATAL;
	}
	return (la_int64_t)here;
}

static enum err_code
open_archive(struct tarread *t, bool lazy, struct err *e)
{
	struct archive *a = archive_read_new();

	t->archive = a;
	if (a == NULL)
		return err_nomem(e);
	if (archive_read_support_filter_none(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_set_read_callback(a, read_cb) != ARCHIVE_OK ||
	    (lazy && archive_read_set_skip_callback(a, skip_cb) !=
	    ARCHIVE_OK) ||
	    archive_read_set_callback_data(a, t) != ARCHIVE_OK)
		return err_set(e, ERR_FAIL, "libarchive: %s",
		    archive_error_string(a));
	if (archive_read_open1(a) != ARCHIVE_OK) {
		err_copy(e, &t->err);
		return err_set(e, ERR_CORRUPT, "holds no tar (%s)",
		    archive_error_string(a));
	}
	return ERR_OK;
}

static enum err_code
open_reader(struct blockstream *s, bool lazy, uint64_t pax_max,
    struct tarread **out, struct err *e)
{
	struct validate_options o = { .pax_max = pax_max,
	    .tail_max = TAIL_MAX };
	struct tarread *t = calloc(1, sizeof(*t));
	locale_t old;

	if (t == NULL)
		return err_nomem(e);
	t->stream = s;
	if (validate_new(&o, &t->validate, e) != ERR_OK) {
		tarread_free(t);
		return e->code;
	}
	t->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (t->utf8 == (locale_t)0) {
		err_sys(e, errno, "no C.UTF-8 locale");
	} else {
		old = uselocale(t->utf8);
		open_archive(t, lazy, e);
		uselocale(old);
	}
	if (e->code != ERR_OK) {
		tarread_free(t);
		return e->code;
	}
	*out = t;
	return ERR_OK;
}

enum err_code
tarread_open(struct blockstream *s, uint64_t pax_max, struct tarread **out,
    struct err *e)
{
	return open_reader(s, false, pax_max, out, e);
}

enum err_code
tarread_open_lazy(struct blockstream *s, struct tarread **out, struct err *e)
{
	return open_reader(s, true, EXTENSIONS_BODY_MAX, out, e);
}

/* --- members --- */

void
tarread_member_free(struct tarread_member *m)
{
	free(m->name);
	free(m->link);
	memset(m, 0, sizeof(*m));
}

static enum tarread_type
type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL)
		return TARREAD_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return TARREAD_FILE;
	case AE_IFDIR:
		return TARREAD_DIR;
	case AE_IFLNK:
		return TARREAD_SYMLINK;
	default:
		return TARREAD_OTHER;
	}
}

static enum tarread_type
type_of_flag(char flag)
{
	switch (flag) {
	case '0':
		return TARREAD_FILE;
	case '1':
		return TARREAD_HARDLINK;
	case '2':
		return TARREAD_SYMLINK;
	case '5':
		return TARREAD_DIR;
	default:
		return TARREAD_OTHER;
	}
}

/* libarchive has no text for an empty link, and composes what pax headers
 * say, while names are to stay as they are in the archive. */
static bool
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return (a == NULL || *a == '\0') && (b == NULL || *b == '\0');
	return strcmp(a, b) == 0 || name_same_nfc(a, b);
}

/* Do both readers see the same member?  It is checked, so that whatever one
 * of them gets wrong is never extracted. */
static bool
agree(const struct tarread *t, const struct validate_member *v)
{
	enum tarread_type type = type_of(t->entry);
	const char *link = type == TARREAD_HARDLINK ?
	    archive_entry_hardlink(t->entry) : type == TARREAD_SYMLINK ?
	    archive_entry_symlink(t->entry) : NULL;

	return type == type_of_flag(v->type) &&
	    same_text(archive_entry_pathname(t->entry), v->name) &&
	    same_text(link, v->link) &&
	    archive_entry_size(t->entry) == (la_int64_t)v->size &&
	    archive_entry_sparse_count(t->entry) == 0 &&
	    archive_read_header_position(t->archive) ==
	    (la_int64_t)v->head_off;
}

/* Where the reader is, for messages.  libarchive's position is an error's
 * number once something failed. */
static unsigned long long
position(const struct tarread *t)
{
	la_int64_t at = archive_read_header_position(t->archive);

	return at > 0 ? num_max((uint64_t)at, t->head_off) : t->head_off;
}

static enum err_code
take_entry(struct tarread *t, struct err *e)
{
	struct tarread_member *m = &t->member;
	struct validate_member v;
	size_t n;

	if (!validate_take(t->validate, &v))
		return err_set(e, ERR_UNSAFE, "a member at byte %llu of the "
		    "tar that only some programs would see; refused",
		    position(t));
	if (!agree(t, &v)) {
		err_set(e, ERR_UNSAFE, "%s: a tar header that programs read "
		    "differently; refused", v.name);
		validate_member_free(&v);
		return e->code;
	}
	m->name = v.name;
	m->link = v.link;
	m->type = type_of_flag(v.type);
	m->size = v.size;
	m->executable = v.executable;
	m->mtime = v.mtime;
	m->binary = v.binary;
	m->dropped = v.dropped;
	m->pax_size = v.data_off - v.head_off - TARFIELD_BLOCK;
	m->head_off = t->head_off = v.head_off;
	n = strlen(m->name);
	if (m->type == TARREAD_DIR) {
		while (n > 1 && m->name[n - 1] == '/')
			m->name[--n] = '\0';
	}
	return ERR_OK;
}

/* A warning that only says that a name is not UTF-8 is none to us. */
static bool
harmless(struct archive *a)
{
	const char *text = archive_error_string(a);

	return text != NULL &&
	    (strstr(text, "can't be converted") != NULL ||
	    strstr(text, "Pathname can't be") != NULL ||
	    strstr(text, "Linkname can't be") != NULL);
}

enum err_code
tarread_next(struct tarread *t, const struct tarread_member **m,
    struct err *e)
{
	char *last = t->member.name;
	locale_t old;
	int r;

	*m = NULL;
	t->member.name = NULL;
	tarread_member_free(&t->member);
	t->data_pos = 0;
	old = uselocale(t->utf8);
	r = archive_read_next_header(t->archive, &t->entry);
	if (t->err.code != ERR_OK) {
		err_copy(e, &t->err);
		if (last != NULL)
			err_wrap(e, "in or after %s", last);
	} else if (r != ARCHIVE_EOF && r != ARCHIVE_OK &&
	    !(r == ARCHIVE_WARN && harmless(t->archive))) {
		err_set(e, ERR_CORRUPT, "the tar is damaged near byte %llu: "
		    "%s", position(t), archive_error_string(t->archive));
	} else if (r != ARCHIVE_EOF && take_entry(t, e) == ERR_OK) {
		*m = &t->member;
	}
	free(last);
	uselocale(old);
	return e->code;
}

/* The data is not where the validator knows it to be. */
static enum err_code
disagree(const struct tarread *t, struct err *e)
{
	return err_set(e, ERR_UNSAFE, "%s: data that programs read "
	    "differently; refused", t->member.name);
}

enum err_code
tarread_data(struct tarread *t, const uint8_t **p, size_t *size,
    struct err *e)
{
	const void *bytes = NULL;
	la_int64_t off = 0;
	int r;

	*p = NULL;
	*size = 0;
	if (t->member.type != TARREAD_FILE)
		return ERR_OK;
	do {
		r = archive_read_data_block(t->archive, &bytes, size, &off);
	} while (r == ARCHIVE_OK && *size == 0);
	if (r == ARCHIVE_EOF) {
		*size = 0;
		if (t->data_pos != t->member.size)
			return disagree(t, e);
		return ERR_OK;
	}
	if (t->err.code != ERR_OK) {
		err_copy(e, &t->err);
		return err_wrap(e, "%s", t->member.name);
	}
	if (r != ARCHIVE_OK)
		return err_set(e, ERR_CORRUPT, "%s: the tar is damaged: %s",
		    t->member.name, archive_error_string(t->archive));
	if ((uint64_t)off != t->data_pos ||
	    *size > t->member.size - t->data_pos)
		return disagree(t, e);
	t->data_pos += *size;
	*p = bytes;
	return ERR_OK;
}

enum err_code
tarread_tail(struct tarread *t, uint64_t *members_end, struct err *e)
{
	struct validate_member v;
	const uint8_t *p;
	size_t n;

	do {
		if (next_piece(t, &p, &n, e) != ERR_OK)
			return e->code;
	} while (n > 0);
	if (validate_end(t->validate, members_end, e) != ERR_OK)
		return e->code;
	if (validate_take(t->validate, &v)) {
		err_set(e, ERR_UNSAFE, "%s: a member that only some programs "
		    "would see; refused", v.name);
		validate_member_free(&v);
	}
	return e->code;
}

void
tarread_free(struct tarread *t)
{
	if (t == NULL)
		return;
	if (t->archive != NULL)
		(void)archive_read_free(t->archive);
	validate_free(t->validate);
	if (t->utf8 != (locale_t)0)
		freelocale(t->utf8);
	tarread_member_free(&t->member);
	free(t);
}
