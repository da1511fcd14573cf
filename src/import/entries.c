#include "import/entries.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/num.h"
#include "import/feed.h"
#include "import/unfilter.h"

#define TAR_END 512	/* bytes of the end marker, at least */
#define CPIO_END 124	/* bytes of it, at most */

struct entries {
	struct feed *feed;
	const char *single_name;
	struct archive *archive;	/* NULL: the one entry of a file that
					 * is no archive */
	bool unknown;			/* no format fits */
	bool tar;			/* and so its names are bytes */
	bool begun;			/* the one entry was given */
	struct archive_entry *raw;
	bool ahead;			/* the next header is read already, */
	int result;			/* and this is what came of it */
	locale_t locale;
	struct entries_entry entry;
	char *name, *link;		/* its texts */
	uint64_t pos;			/* behind the data that was given */
};

static int (*const streamed[])(struct archive *) = {
	archive_read_support_format_tar,
	archive_read_support_format_cpio,
	archive_read_support_format_ar
};

static int (*const seekable[])(struct archive *) = {
	archive_read_support_format_zip_seekable,
	archive_read_support_format_7zip,
	archive_read_support_format_cab,
	archive_read_support_format_lha,
	archive_read_support_format_rar,
	archive_read_support_format_rar5,
	archive_read_support_format_iso9660
};

/* --- opening --- */

static enum err_code
add_formats(struct archive *a, int (*const formats[])(struct archive *),
    size_t n, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		/* ARCHIVE_WARN: a part of it lacks a library, and says so when
		 * it is met. */
		if (formats[i](a) < ARCHIVE_WARN)
			return err_set(e, ERR_FAIL, "libarchive: %s",
			    archive_error_string(a));
	}
	return ERR_OK;
}

/* A fresh libarchive, at the first byte. */
static enum err_code
open_archive(struct entries *es, struct err *e)
{
	struct archive *a = es->archive = archive_read_new();
	const bool plain = feed_is_plain(es->feed);

	if (a == NULL)
		return err_nomem(e);
	if (add_formats(a, streamed, sizeof(streamed) / sizeof(streamed[0]),
	    e) != ERR_OK || (plain && add_formats(a, seekable,
	    sizeof(seekable) / sizeof(seekable[0]), e) != ERR_OK))
		return e->code;
	if (feed_attach(es->feed, a, e) != ERR_OK)
		return e->code;
	es->unknown = archive_read_open1(a) != ARCHIVE_OK;
	return feed_error(es->feed, e);
}

/* Go back to where it began. */
static enum err_code
again(struct entries *es, struct err *e)
{
	(void)archive_read_free(es->archive);
	es->archive = NULL;
	return feed_rewind(es->feed, e);
}

/* libarchive takes an ENOMEM that was there before for one of its own. */
static int
read_header(struct entries *es)
{
	errno = 0;
	return archive_read_next_header(es->archive, &es->raw);
}

static int
format_of(const struct entries *es)
{
	return archive_format(es->archive) & ARCHIVE_FORMAT_BASE_MASK;
}

/* The first header tells the format.  The C locale, in which no conversion
 * works, has libarchive leave a tar's names as they are; the names in other
 * formats have to be converted, and so need another one. */
static enum err_code
first_header(struct entries *es, const char *locale, struct err *e)
{
	locale_t old;

	if (es->locale != (locale_t)0)
		freelocale(es->locale);
	es->locale = newlocale(LC_CTYPE_MASK, locale, (locale_t)0);
	if (es->locale == (locale_t)0)
		return err_sys(e, errno, "no %s locale", locale);
	old = uselocale(es->locale);
	if (open_archive(es, e) == ERR_OK && !es->unknown)
		es->result = read_header(es);
	uselocale(old);
	if (e->code != ERR_OK || es->unknown)
		return e->code;
	es->ahead = true;
	es->tar = format_of(es) == ARCHIVE_FORMAT_TAR;
	return feed_error(es->feed, e);
}

static enum err_code
find_format(struct entries *es, bool single, struct err *e)
{
	if (first_header(es, "C", e) != ERR_OK)
		return e->code;
	if (single && (es->unknown || es->result == ARCHIVE_EOF))
		return again(es, e);
	if (es->unknown)
		return err_set(e, ERR_CORRUPT, "holds no archive of a known "
		    "format%s", feed_is_plain(es->feed) ? "" :
		    " (of those that are compressed as a whole, tar, cpio and "
		    "ar are)");
	if (!es->tar && again(es, e) == ERR_OK)
		first_header(es, "C.UTF-8", e);
	return e->code;
}

enum err_code
entries_open(int fd, bool single, const char *name, const struct watch *w,
    struct entries **out, struct err *e)
{
	struct entries *es = calloc(1, sizeof(*es));

	*out = es;
	if (es == NULL)
		return err_nomem(e);
	es->single_name = name;
	if (feed_open(fd, w, &es->feed, e) != ERR_OK ||
	    find_format(es, single, e) != ERR_OK) {
		entries_free(es);
		*out = NULL;
	}
	return e->code;
}

/* --- entries --- */

static enum err_code
take_type(struct entries *es, struct err *e)
{
	struct entries_entry *en = &es->entry;

	if (archive_entry_hardlink(es->raw) != NULL) {
		en->type = ENTRIES_HARDLINK;
		return ERR_OK;
	}
	switch (archive_entry_filetype(es->raw)) {
	case AE_IFREG:
		en->type = ENTRIES_FILE;
		return ERR_OK;
	case AE_IFDIR:
		en->type = ENTRIES_DIR;
		return ERR_OK;
	case AE_IFLNK:
		en->type = ENTRIES_SYMLINK;
		return ERR_OK;
	default:
		return err_set(e, ERR_UNSUPPORTED, "%s: a device, FIFO or "
		    "socket, which a bundle cannot hold", es->name);
	}
}

static enum err_code
take_link(struct entries *es, struct err *e)
{
	const char *text;

	if (es->entry.type == ENTRIES_HARDLINK) {
		if (name_clean(archive_entry_hardlink(es->raw), &es->link,
		    e) != ERR_OK)
			return err_wrap(e, "%s: a hard link", es->name);
	} else if (es->entry.type == ENTRIES_SYMLINK) {
		text = archive_entry_symlink(es->raw);
		if (text == NULL || *text == '\0')
			return err_set(e, ERR_UNSAFE, "%s: a symlink to "
			    "nowhere; refused", es->name);
		es->link = strdup(text);
		if (es->link == NULL)
			return err_nomem(e);
	}
	es->entry.link = es->link;
	return ERR_OK;
}

/* Fill in the entry that libarchive is at. */
static enum err_code
take_entry(struct entries *es, struct err *e)
{
	struct entries_entry *en = &es->entry;
	const char *name = archive_entry_pathname(es->raw);
	unsigned long set, clear;
	la_int64_t size;

	if (name == NULL)
		return err_set(e, ERR_UNSUPPORTED, "an entry whose name "
		    "cannot be read");
	if (name_clean(name, &es->name, e) != ERR_OK)
		return e->code;
	en->name = es->name;
	if (archive_entry_is_encrypted(es->raw))
		return err_set(e, ERR_UNSUPPORTED, "%s: is encrypted; extract "
		    "it first", en->name);
	if (take_type(es, e) != ERR_OK || take_link(es, e) != ERR_OK)
		return e->code;
	size = archive_entry_size(es->raw);
	en->sized = archive_entry_size_is_set(es->raw) && size >= 0;
	en->size = en->sized ? (uint64_t)size : 0;
	en->perm = archive_entry_perm(es->raw) & 07777;
	en->mtime = archive_entry_mtime_is_set(es->raw) ?
	    archive_entry_mtime(es->raw) : 0;
	en->owned = archive_entry_uid(es->raw) != 0 ||
	    archive_entry_gid(es->raw) != 0;
	archive_entry_fflags(es->raw, &set, &clear);
	en->extra = archive_entry_xattr_count(es->raw) > 0 ||
	    archive_entry_acl_types(es->raw) != 0 || set != 0;
	return ERR_OK;
}

/* Is this warning only that of a name which is not in the locale's encoding? */
static bool
harmless(const struct entries *es)
{
	const char *text = archive_error_string(es->archive);

	return es->tar && text != NULL &&
	    strstr(text, "can't be converted") != NULL;
}

/* Behind the last entry: is that the end, and of all of the file? */
static enum err_code
check_end(struct entries *es, struct err *e)
{
	uint64_t from = (uint64_t)archive_read_header_position(es->archive);
	const int format = format_of(es);
	const uint8_t *p;
	size_t n;

	if (!es->tar && format != ARCHIVE_FORMAT_CPIO &&
	    format != ARCHIVE_FORMAT_AR)
		return ERR_OK;
	do {
		if (feed_next(es->feed, &p, &n, e) != ERR_OK)
			return e->code;
	} while (n > 0);
	if (es->tar && feed_size(es->feed) < from + TAR_END)
		return err_set(e, ERR_CORRUPT, "the tar ends too early: its "
		    "end marker is missing");
	if (format == ARCHIVE_FORMAT_CPIO)
		from += CPIO_END;
	if (feed_used(es->feed) > from)
		return err_set(e, ERR_UNSAFE, "something follows the end of "
		    "the archive, which only some programs would see; "
		    "refused");
	return ERR_OK;
}

static enum err_code
next_entry(struct entries *es, const struct entries_entry **en, struct err *e)
{
	char *last = es->name;
	locale_t old = uselocale(es->locale);
	int r;

	es->name = NULL;
	if (!es->ahead)
		es->result = read_header(es);
	es->ahead = false;
	r = es->result;
	if (feed_error(es->feed, e) != ERR_OK) {
		;
	} else if (r == ARCHIVE_EOF) {
		check_end(es, e);
	} else if (r == ARCHIVE_OK || (r == ARCHIVE_WARN && harmless(es))) {
		if (take_entry(es, e) == ERR_OK)
			*en = &es->entry;
	} else if (archive_read_has_encrypted_entries(es->archive) > 0) {
		err_set(e, ERR_UNSUPPORTED, "is encrypted; extract it first");
	} else {
		unfilter_failed(es->archive, "the archive", e);
	}
	uselocale(old);
	if (last != NULL && e->code != ERR_OK && es->name == NULL)
		err_wrap(e, "in or after %s", last);
	free(last);
	return e->code;
}

enum err_code
entries_next(struct entries *es, const struct entries_entry **en,
    struct err *e)
{
	*en = NULL;
	free(es->link);
	es->link = NULL;
	es->pos = 0;
	memset(&es->entry, 0, sizeof(es->entry));
	if (es->archive != NULL)
		return next_entry(es, en, e);
	if (es->begun)
		return ERR_OK;
	es->begun = true;
	es->entry.name = es->single_name;
	es->entry.type = ENTRIES_FILE;
	es->entry.sized = feed_is_plain(es->feed);
	es->entry.size = es->entry.sized ? feed_file_size(es->feed) : 0;
	es->entry.perm = 0644;
	*en = &es->entry;
	return ERR_OK;
}

/* --- data --- */

/* The end of the data.  Only a tar can have a hole there; libarchive has seen
 * whether others are complete, but does not always say it. */
static enum err_code
end_data(const struct entries *es, uint64_t *off, struct err *e)
{
	const struct entries_entry *en = &es->entry;

	*off = en->sized && en->type == ENTRIES_FILE ? en->size : es->pos;
	if (es->pos < *off && !es->tar)
		return err_set(e, ERR_CORRUPT, "%s: is %llu bytes, where "
		    "%llu are to be", en->name, (unsigned long long)es->pos,
		    (unsigned long long)*off);
	return ERR_OK;
}

/* Something that libarchive gives. */
static enum err_code
next_block(struct entries *es, const uint8_t **p, size_t *n, uint64_t *off,
    struct err *e)
{
	const void *bytes = NULL;
	la_int64_t at = 0;
	int r;

	do
		r = archive_read_data_block(es->archive, &bytes, n, &at);
	while (r == ARCHIVE_OK && *n == 0);
	feed_error(es->feed, e);
	if (r == ARCHIVE_EOF)
		*n = 0;
	else if (r != ARCHIVE_OK)
		unfilter_failed(es->archive, es->entry.name, e);
	*p = bytes;
	*off = (uint64_t)at;
	return e->code;
}

enum err_code
entries_data(struct entries *es, const uint8_t **p, size_t *n, uint64_t *off,
    struct err *e)
{
	const struct entries_entry *en = &es->entry;
	uint64_t end;

	*n = 0;
	*off = es->pos;
	if (en->type != ENTRIES_FILE && en->type != ENTRIES_HARDLINK)
		return ERR_OK;
	if (es->archive == NULL)
		feed_next(es->feed, p, n, e);
	else
		next_block(es, p, n, off, e);
	if (e->code != ERR_OK)
		return e->code;
	if (*n == 0)
		return end_data(es, off, e);
	if (*off < es->pos || !num_add(*off, *n, &end) || end > INT64_MAX ||
	    (en->sized && end > en->size))
		return err_set(e, ERR_CORRUPT, "%s: has data where none can "
		    "be", en->name);
	es->pos = end;
	return ERR_OK;
}

void
entries_free(struct entries *es)
{
	if (es == NULL)
		return;
	if (es->archive != NULL)
		(void)archive_read_free(es->archive);
	feed_free(es->feed);
	if (es->locale != (locale_t)0)
		freelocale(es->locale);
	free(es->name);
	free(es->link);
	free(es);
}
