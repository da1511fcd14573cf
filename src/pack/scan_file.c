#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "base/io.h"
#include "pack/scan.h"

static bool
same_file(const struct member *m, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_dev == m->dev &&
	    st->st_ino == m->ino && (uint64_t)st->st_size == m->size &&
	    st->st_mtim.tv_sec == m->mtime.tv_sec &&
	    st->st_mtim.tv_nsec == m->mtime.tv_nsec &&
	    st->st_ctim.tv_sec == m->ctime.tv_sec &&
	    st->st_ctim.tv_nsec == m->ctime.tv_nsec;
}

enum err_code
scan_changed(const struct member *m, struct err *e)
{
	return err_set(e, ERR_FAIL, "%s: changed while it was read; "
	    "try again when nothing writes to it", m->name);
}

enum err_code
scan_check(const struct member *m, int fd, struct stat *st, struct err *e)
{
	if (fstat(fd, st) != 0)
		return err_sys(e, errno, "%s", m->name);
	return same_file(m, st) ? ERR_OK : scan_changed(m, e);
}

enum err_code
scan_open(const struct scan *s, const struct member *m, int *fd,
    struct stat *st, struct err *e)
{
	*fd = openat(s->root_fd, m->name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (*fd < 0)
		return err_sys(e, errno, "%s: cannot open", m->name);
	return scan_check(m, *fd, st, e);
}

void
scan_replace(struct member *m, int fd, uint64_t size)
{
	m->data_fd = fd;
	m->data_off = 0;
	m->size = size;
}

/* The file is ours, so that it does not change. */
enum err_code
scan_read_data(const struct member *m, uint64_t off, void *buf, size_t n,
    struct err *e)
{
	size_t got;

	if (io_pread(m->data_fd, buf, n, m->data_off + off, &got, e) !=
	    ERR_OK)
		return err_wrap(e, "%s: its temporary file", m->name);
	if (got < n)
		return err_set(e, ERR_FAIL, "%s: its temporary file ends too "
		    "early", m->name);
	return ERR_OK;
}
