#include "import/feed.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "import/unfilter.h"

#define PIECE ((size_t)64 << 10)	/* bytes read at a time */

struct feed {
	int fd;
	const struct watch *watch;
	struct unfilter *source;
	uint64_t file_size;
	uint64_t at;		/* the next byte to read */
	uint64_t size;		/* behind the last one that was read */
	uint64_t used;		/* behind the last of these but for zeros */
	struct err err;		/* of a callback */
	uint8_t in[PIECE];
};

enum err_code
feed_open(int fd, const struct watch *w, struct feed **out, struct err *e)
{
	struct feed *f = calloc(1, sizeof(*f));
	struct stat st;

	*out = NULL;
	if (f == NULL)
		return err_nomem(e);
	f->fd = fd;
	f->watch = w;
	if (fstat(fd, &st) != 0)
		err_sys(e, errno, "cannot stat the archive");
	else if (unfilter_open(fd, w, &f->source, e) == ERR_OK)
		f->file_size = (uint64_t)st.st_size;
	if (e->code != ERR_OK)
		feed_free(f);
	else
		*out = f;
	return e->code;
}

void
feed_free(struct feed *f)
{
	if (f == NULL)
		return;
	unfilter_free(f->source);
	free(f);
}

bool
feed_is_plain(const struct feed *f)
{
	return unfilter_is_plain(f->source);
}

uint64_t
feed_file_size(const struct feed *f)
{
	return f->file_size;
}

enum err_code
feed_error(const struct feed *f, struct err *e)
{
	return err_copy(e, &f->err);
}

uint64_t
feed_size(const struct feed *f)
{
	return f->size;
}

uint64_t
feed_used(const struct feed *f)
{
	return f->used;
}

enum err_code
feed_rewind(struct feed *f, struct err *e)
{
	if (f->at == 0)
		return ERR_OK;
	f->at = 0;
	if (feed_is_plain(f))
		return ERR_OK;
	unfilter_free(f->source);
	f->source = NULL;
	return unfilter_open(f->fd, f->watch, &f->source, e);
}

enum err_code
feed_next(struct feed *f, const uint8_t **p, size_t *n, struct err *e)
{
	size_t i;

	*p = f->in;
	*n = 0;
	if (!feed_is_plain(f))
		unfilter_next(f->source, p, n, e);
	else if (io_pread(f->fd, f->in, PIECE, f->at, n, e) == ERR_OK)
		watch_step(f->watch, *n, e);
	if (e->code != ERR_OK)
		return e->code;
	for (i = *n; i > 0 && (*p)[i - 1] == 0; i--)
		;
	if (i > 0)
		f->used = num_max(f->used, f->at + i);
	f->at += *n;
	f->size = num_max(f->size, f->at);
	return ERR_OK;
}

/* --- libarchive's callbacks --- */

static la_ssize_t
read_cb(struct archive *a, void *ctx, const void **p)
{
	struct feed *f = ctx;
	const uint8_t *bytes;
	size_t n;

	if (feed_next(f, &bytes, &n, &f->err) != ERR_OK) {
		archive_set_error(a, EIO, "cannot read");
		return ARCHIVE_FATAL;
	}
	*p = bytes;
	return (la_ssize_t)n;
}

static la_int64_t
seek_cb(struct archive *a, void *ctx, la_int64_t off, int whence)
{
	struct feed *f = ctx;
	uint64_t to = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? f->at :
	    f->file_size;

	/* Sums that are negative become very large. */
	to += (uint64_t)off;
	if (to > f->file_size) {
		archive_set_error(a, EINVAL, "a position that is not in the "
		    "file");
		return ARCHIVE_FATAL;
	}
	f->at = to;
	return (la_int64_t)to;
}

enum err_code
feed_attach(struct feed *f, struct archive *a, struct err *e)
{
	if (feed_rewind(f, e) != ERR_OK)
		return e->code;
	if (archive_read_set_read_callback(a, read_cb) != ARCHIVE_OK ||
	    (feed_is_plain(f) && archive_read_set_seek_callback(a, seek_cb) !=
	    ARCHIVE_OK) ||
	    archive_read_set_callback_data(a, f) != ARCHIVE_OK)
		return err_set(e, ERR_FAIL, "libarchive: %s",
		    archive_error_string(a));
	return ERR_OK;
}
