#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"

#define READ_PIECE 65536	/* bytes */
#define WRITE_PIECE 65536	/* bytes, between looks at the watch */
#define COPY_PIECE 65536	/* bytes */
#define TEMP_TRIES 100		/* names tried before giving up */

static enum err_code
io_failed(int errnum, const char *what, struct err *e)
{
	if (errnum == EINTR)
		return err_set(e, ERR_FAIL, "interrupted by a signal");
	return err_sys(e, errnum, "%s", what);
}

enum err_code
io_pread(int fd, void *buf, size_t size, uint64_t off, size_t *got,
    struct err *e)
{
	uint8_t *p = buf;
	ssize_t n;

	*got = 0;
	while (*got < size) {
		n = pread(fd, p + *got, size - *got, (off_t)(off + *got));
		if (n < 0)
			return io_failed(errno, "cannot read", e);
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return ERR_OK;
}

enum err_code
io_read_file(const char *path, size_t max, struct buf *to, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = 1;

	buf_init(to, max + READ_PIECE);
	if (fd < 0)
		return err_sys(e, errno, "%s: cannot open", path);
	/* It may be a pipe, as of a shell's <(command). */
	while (got > 0 && to->size <= max &&
	    buf_reserve(to, READ_PIECE, e) == ERR_OK) {
		got = read(fd, to->data + to->size, READ_PIECE);
		if (got > 0)
			to->size += (size_t)got;
	}
	if (got < 0)
		io_failed(errno, "cannot read", e);
	(void)close(fd);	/* was only read */
	if (to->size > max)
		err_set(e, ERR_USAGE, "is over %zu bytes", max);
	return e->code != ERR_OK ? err_wrap(e, "%s", path) : ERR_OK;
}

enum err_code
io_write(int fd, const void *buf, size_t size, const struct watch *w,
    struct err *e)
{
	const uint8_t *p = buf;
	ssize_t n;

	/* A write that a signal cut short does not say so. */
	while (size > 0 && watch_step(w, 0, e) == ERR_OK) {
		n = write(fd, p, num_min(size, WRITE_PIECE));
		if (n < 0)
			return io_failed(errno, "cannot write", e);
		p += n;
		size -= (size_t)n;
	}
	return e->code;
}

enum err_code
io_close(int fd, struct err *e)
{
	/* Linux closes the descriptor whatever it returns; never retry. */
	if (close(fd) != 0 && errno != EINTR)
		return err_sys(e, errno, "cannot close");
	return ERR_OK;
}

enum err_code
io_temporary(int *fd, struct err *e)
{
	const char *dir = getenv("TMPDIR");
	char *name;

	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	*fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return ERR_OK;
	if (asprintf(&name, "%s/xzbundle.XXXXXX", dir) < 0)
		return err_nomem(e);
	*fd = mkostemp(name, O_CLOEXEC);
	if (*fd < 0 || unlink(name) != 0)
		err_sys(e, errno, "%s: cannot make a temporary file", dir);
	free(name);
	return e->code;
}

/* Split path into directory (opened) and last component. */
static enum err_code
open_parent(struct outfile *o, struct err *e)
{
	char *slash, *dir;

	slash = strrchr(o->path, '/');
	o->base = strdup(slash != NULL ? slash + 1 : o->path);
	if (slash == NULL)
		dir = strdup(".");
	else
		dir = strndup(o->path, slash == o->path ? 1 :
		    (size_t)(slash - o->path));
	if (o->base == NULL || dir == NULL) {
		err_nomem(e);
	} else if (o->base[0] == '\0') {
		err_set(e, ERR_USAGE, "%s: is a directory, not a file name",
		    o->path);
	} else {
		o->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (o->dir_fd < 0)
			err_sys(e, errno, "%s: cannot open the directory",
			    dir);
	}
	free(dir);
	return e->code;
}

static enum err_code
make_name(const struct outfile *o, unsigned int try, char **name,
    struct err *e)
{
	/* Unique among runs by the process, within it by the try. */
	if (asprintf(name, ".%.200s.%ld.%u", o->base, (long)getpid(),
	    try) < 0) {
		*name = NULL;
		return err_nomem(e);
	}
	return ERR_OK;
}

static enum err_code
open_named(struct outfile *o, struct err *e)
{
	unsigned int try;

	for (try = 0; try < TEMP_TRIES; try++) {
		if (make_name(o, try, &o->temp, e) != ERR_OK)
			return e->code;
		o->fd = openat(o->dir_fd, o->temp,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (o->fd >= 0)
			return ERR_OK;
		free(o->temp);
		o->temp = NULL;
		if (errno != EEXIST)
			break;
	}
	return err_sys(e, errno, "%s: cannot make a file beside it", o->path);
}

static enum err_code
open_beside(struct outfile *o, struct err *e)
{
	o->fd = openat(o->dir_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (o->fd >= 0)
		return ERR_OK;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT &&
	    errno != EINVAL)
		return err_sys(e, errno, "%s: cannot make a file beside it",
		    o->path);
	return open_named(o, e);
}

static enum err_code
open_stream(struct outfile *o, bool is_stdout, struct err *e)
{
	o->copy = true;
	o->copy_fd = is_stdout ? STDOUT_FILENO :
	    open(o->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
	if (o->copy_fd < 0) {
		io_failed(errno, "cannot open", e);
		return err_wrap(e, "%s", o->path);
	}
	return io_temporary(&o->fd, e);
}

/* The mode that a plain open(2) would have given. */
static mode_t
default_mode(void)
{
	mode_t mask = umask(077);

	umask(mask);
	return 0666 & ~mask;
}

/* Is path the name of an open file, such as /dev/fd/1?  Those are symlinks
 * that belong to the system, while /dev/shm holds common files. */
static bool
is_descriptor(const char *path)
{
	struct stat st;

	return (strncmp(path, "/dev/", 5) == 0 ||
	    strncmp(path, "/proc/", 6) == 0) &&
	    lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

enum err_code
outfile_open(const char *path, struct outfile *o, struct err *e)
{
	struct stat st;
	bool there = stat(path, &st) == 0;

	memset(o, 0, sizeof(*o));
	o->fd = o->dir_fd = o->copy_fd = -1;
	o->mode = default_mode();
	o->path = strdup(path);
	if (o->path == NULL)
		return err_nomem(e);
	if (strcmp(path, "-") == 0)
		open_stream(o, true, e);
	else if (there && S_ISDIR(st.st_mode))
		err_set(e, ERR_USAGE, "%s: is a directory; name a file",
		    path);
	else if (there && (!S_ISREG(st.st_mode) || is_descriptor(path)))
		open_stream(o, false, e);
	else if (open_parent(o, e) == ERR_OK)
		open_beside(o, e);
	if (e->code != ERR_OK)
		outfile_abort(o);
	return e->code;
}

static enum err_code
copy_out(struct outfile *o, const struct watch *w, struct err *e)
{
	uint8_t *piece = malloc(COPY_PIECE);
	uint64_t off = 0;
	size_t got = 0;

	if (piece == NULL)
		return err_nomem(e);
	do {
		if (io_pread(o->fd, piece, COPY_PIECE, off, &got, e) !=
		    ERR_OK || io_write(o->copy_fd, piece, got, w, e) != ERR_OK)
			break;
		off += got;
	} while (got == COPY_PIECE);
	free(piece);
	/* Standard output is closed here so that its last error is seen. */
	if (e->code == ERR_OK)
		io_close(o->copy_fd, e);
	else
		(void)close(o->copy_fd);
	o->copy_fd = -1;
	return e->code;
}

/* Give an unnamed file a name in the directory; sets o->temp. */
static enum err_code
link_unnamed(struct outfile *o, struct err *e)
{
	char self[64];
	unsigned int try;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", o->fd);
	for (try = 0; try < TEMP_TRIES; try++) {
		if (make_name(o, try, &o->temp, e) != ERR_OK)
			return e->code;
		if (linkat(AT_FDCWD, self, o->dir_fd, o->temp,
		    AT_SYMLINK_FOLLOW) == 0)
			return ERR_OK;
		free(o->temp);
		o->temp = NULL;
		if (errno != EEXIST)
			break;
	}
	return err_sys(e, errno, "cannot name the new file");
}

/* All that can go wrong before the rename. */
static enum err_code
finish(struct outfile *o, struct err *e)
{
	int fd = o->fd;

	if (fchmod(fd, o->mode) != 0)
		return err_sys(e, errno, "cannot set the mode");
	if (fsync(fd) != 0)
		return err_sys(e, errno, "cannot write to the disk");
	if (o->temp == NULL && link_unnamed(o, e) != ERR_OK)
		return e->code;
	o->fd = -1;
	return io_close(fd, e);
}

static enum err_code
publish(struct outfile *o, struct err *e)
{
	if (finish(o, e) != ERR_OK)
		return e->code;
	if (renameat(o->dir_fd, o->temp, o->dir_fd, o->base) != 0)
		return err_sys(e, errno, "cannot rename into place");
	free(o->temp);
	o->temp = NULL;
	o->placed = true;
	/* Some file systems cannot sync a directory and say EINVAL. */
	if (fsync(o->dir_fd) != 0 && errno != EINVAL)
		return err_sys(e, errno, "cannot write the directory");
	return ERR_OK;
}

/* Give what is in the way, if anything, a second name. */
static enum err_code
keep_old(struct outfile *o, struct err *e)
{
	unsigned int try;

	for (try = 0; try < TEMP_TRIES; try++) {
		if (make_name(o, try, &o->old, e) != ERR_OK)
			return e->code;
		if (linkat(o->dir_fd, o->base, o->dir_fd, o->old, 0) == 0)
			return ERR_OK;
		free(o->old);
		o->old = NULL;
		if (errno != EEXIST)
			break;
	}
	/* Nothing is there, or the file system has no links. */
	if (errno == ENOENT || errno == EPERM || errno == EOPNOTSUPP)
		return ERR_OK;
	return err_sys(e, errno, "cannot keep what is there");
}

enum err_code
outfile_place(struct outfile *o, const struct watch *w, struct err *e)
{
	if (o->copy)
		copy_out(o, w, e);
	else if (keep_old(o, e) == ERR_OK)
		publish(o, e);
	if (e->code != ERR_OK) {
		err_wrap(e, "%s", o->path);
		outfile_abort(o);
	}
	return e->code;
}

enum err_code
outfile_keep(struct outfile *o, struct err *e)
{
	o->placed = false;
	if (o->old != NULL && unlinkat(o->dir_fd, o->old, 0) != 0)
		err_sys(e, errno, "%s: was replaced, but what was there "
		    "cannot be removed (%s beside it)", o->path, o->old);
	free(o->old);
	o->old = NULL;
	outfile_abort(o);
	return e->code;
}

enum err_code
outfile_commit(struct outfile *o, const struct watch *w, struct err *e)
{
	if (o->copy)
		copy_out(o, w, e);
	else
		publish(o, e);
	if (e->code != ERR_OK)
		err_wrap(e, "%s", o->path);
	return outfile_keep(o, e);
}

/* Take back a placing that is not to be kept.  What was there before stays
 * under its second name if it cannot have its own again. */
static void
take_back(struct outfile *o)
{
	if (o->old != NULL && o->placed)
		(void)renameat(o->dir_fd, o->old, o->dir_fd, o->base);
	else if (o->old != NULL)
		(void)unlinkat(o->dir_fd, o->old, 0);
	else if (o->placed)
		(void)unlinkat(o->dir_fd, o->base, 0);
	if (o->placed)
		(void)fsync(o->dir_fd);
	free(o->old);
}

void
outfile_abort(struct outfile *o)
{
	if (o->path == NULL)
		return;
	take_back(o);
	if (o->temp != NULL)
		(void)unlinkat(o->dir_fd, o->temp, 0);
	if (o->fd >= 0)
		(void)close(o->fd);
	if (o->dir_fd >= 0)
		(void)close(o->dir_fd);
	if (o->copy_fd > STDERR_FILENO)
		(void)close(o->copy_fd);
	free(o->temp);
	free(o->base);
	free(o->path);
	memset(o, 0, sizeof(*o));
	o->fd = o->dir_fd = o->copy_fd = -1;
}
