#include "import/unfilter.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "import/gunzip.h"

#define PIECE ((size_t)64 << 10)	/* bytes read at a time */

struct unfilter {
	int fd;
	uint64_t at;		/* bytes of the file read so far */
	const struct watch *watch;
	struct gunzip *gz;	/* or */
	struct archive *archive;	/* or neither: a plain file */
	bool ended;
	struct err err;		/* of a callback */
	uint8_t in[PIECE];
};

/* In which libarchive has the library, or needs none. */
static int (*const filters[])(struct archive *) = {
	archive_read_support_filter_bzip2,
	archive_read_support_filter_compress,
	archive_read_support_filter_lz4,
	archive_read_support_filter_lzip,
	archive_read_support_filter_lzma,
	archive_read_support_filter_xz,
	archive_read_support_filter_zstd
};

enum err_code
unfilter_failed(struct archive *a, const char *what, struct err *e)
{
	const char *text = archive_error_string(a);

	if (text == NULL)
		text = "no reason given";
	if (archive_errno(a) == ENOMEM || strstr(text, "memory") != NULL)
		return err_set(e, ERR_MEMLIMIT, "%s: needs more memory than "
		    "it may take; raise --memlimit (%s)", what, text);
	if (strstr(text, "nsupported") != NULL ||
	    strstr(text, "not supported") != NULL ||
	    strstr(text, "not implemented") != NULL ||
	    strstr(text, "unavailable") != NULL)
		return err_set(e, ERR_UNSUPPORTED, "%s: cannot be read: %s",
		    what, text);
	return err_set(e, ERR_CORRUPT, "%s: is damaged: %s", what, text);
}

static enum err_code
read_piece(struct unfilter *u, size_t *got, struct err *e)
{
	if (io_pread(u->fd, u->in, PIECE, u->at, got, e) != ERR_OK ||
	    watch_step(u->watch, *got, e) != ERR_OK)
		return e->code;
	u->at += *got;
	return ERR_OK;
}

static la_ssize_t
read_cb(struct archive *a, void *ctx, const void **p)
{
	struct unfilter *u = ctx;
	size_t got;

	if (read_piece(u, &got, &u->err) != ERR_OK) {
		archive_set_error(a, EIO, "cannot read");
		return ARCHIVE_FATAL;
	}
	*p = u->in;
	return (la_ssize_t)got;
}

/* One that would start a program says so by ARCHIVE_WARN. */
static enum err_code
add_filter(struct archive *a, int (*filter)(struct archive *), struct err *e)
{
	struct archive *probe = archive_read_new();
	int r;

	if (probe == NULL)
		return err_nomem(e);
	r = filter(probe);
	(void)archive_read_free(probe);
	if (r == ARCHIVE_OK && filter(a) != ARCHIVE_OK)
		return err_set(e, ERR_FAIL, "libarchive: %s",
		    archive_error_string(a));
	return ERR_OK;
}

static enum err_code
open_filters(struct unfilter *u, struct err *e)
{
	struct archive *a = u->archive = archive_read_new();
	struct archive_entry *entry;
	size_t i;
	int r;

	if (a == NULL)
		return err_nomem(e);
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (add_filter(a, filters[i], e) != ERR_OK)
			return e->code;
	}
	if (archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_support_format_empty(a) != ARCHIVE_OK ||
	    archive_read_set_read_callback(a, read_cb) != ARCHIVE_OK ||
	    archive_read_set_callback_data(a, u) != ARCHIVE_OK)
		return err_set(e, ERR_FAIL, "libarchive: %s",
		    archive_error_string(a));
	r = archive_read_open1(a);
	/* Only one, the last, which gives the file's own bytes. */
	if (r == ARCHIVE_OK && archive_filter_count(a) == 1) {
		(void)archive_read_free(a);
		u->archive = NULL;
		u->at = 0;
		return ERR_OK;
	}
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(a, &entry);
	u->ended = r == ARCHIVE_EOF;
	err_copy(e, &u->err);
	return r == ARCHIVE_OK || r == ARCHIVE_EOF ? e->code :
	    unfilter_failed(a, "the compressed file", e);
}

enum err_code
unfilter_open(int fd, const struct watch *w, struct unfilter **out,
    struct err *e)
{
	struct unfilter *u = calloc(1, sizeof(*u));
	size_t got = 0;

	*out = u;
	if (u == NULL)
		return err_nomem(e);
	u->fd = fd;
	u->watch = w;
	if (io_pread(fd, u->in, 16, 0, &got, e) == ERR_OK) {
		if (gunzip_looks(u->in, got))
			gunzip_open(fd, w, &u->gz, e);
		else
			open_filters(u, e);
	}
	if (e->code != ERR_OK) {
		unfilter_free(u);
		*out = NULL;
	}
	return e->code;
}

bool
unfilter_is_plain(const struct unfilter *u)
{
	return u->gz == NULL && u->archive == NULL;
}

enum err_code
unfilter_next(struct unfilter *u, const uint8_t **p, size_t *n, struct err *e)
{
	const void *bytes = NULL;
	la_int64_t off;
	int r;

	*n = 0;
	if (u->gz != NULL)
		return gunzip_next(u->gz, p, n, e);
	*p = u->in;
	if (u->archive == NULL)
		return read_piece(u, n, e);
	while (*n == 0 && !u->ended) {
		r = archive_read_data_block(u->archive, &bytes, n, &off);
		err_copy(e, &u->err);
		if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
			return unfilter_failed(u->archive,
			    "the compressed file", e);
		u->ended = r == ARCHIVE_EOF;
	}
	if (u->ended)
		*n = 0;
	*p = bytes;
	return e->code;
}

void
unfilter_free(struct unfilter *u)
{
	if (u == NULL)
		return;
	gunzip_free(u->gz);
	if (u->archive != NULL)
		(void)archive_read_free(u->archive);
	free(u);
}
