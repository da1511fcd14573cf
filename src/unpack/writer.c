#include "unpack/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/sandbox.h"

#define HOLE_MIN 4096		/* bytes of zeros that are left out */
#define PIECE 65536		/* bytes written at a time, at most */

struct writer {
	int fd;			/* the directory; borrowed */
	char *cached;		/* the directory that cached_fd is; owned */
	int cached_fd;
	char *name;		/* of the file that is open; owned */
	int file_fd;		/* that, or -1 */
	bool hole;		/* it ends in bytes that were left out */
	uint64_t made;		/* directories */
	uint64_t dirs;		/* those that were asked for */
};

enum err_code
writer_new(int dir_fd, struct writer **out, struct err *e)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return err_nomem(e);
	w->fd = dir_fd;
	w->cached_fd = w->file_fd = -1;
	*out = w;
	return ERR_OK;
}

/* What a failed call says of a name: mostly that it is taken. */
static enum err_code
name_error(const char *name, int errnum, struct err *e)
{
	if (errnum == EEXIST)
		return err_set(e, ERR_UNSAFE, "%s: there are two members of "
		    "this name; refused", name);
	if (errnum == ENOTDIR || errnum == ELOOP)
		return err_set(e, ERR_UNSAFE, "%s: is below a member that "
		    "is not a directory; refused", name);
	return err_sys(e, errnum, "%s: cannot make it", name);
}

/* --- directories --- */

static void
forget_cached(struct writer *w)
{
	if (w->cached_fd >= 0)
		(void)close(w->cached_fd);
	w->cached_fd = -1;
	free(w->cached);
	w->cached = NULL;
}

/* One step down from dir_fd, made if missing; -1 with errno. */
static int
enter(struct writer *w, int dir_fd, const char *component)
{
	int fd;

	if (strcmp(component, "..") == 0) {	/* no clean name has it */
		errno = EINVAL;
		return -1;
	}
	fd = openat(dir_fd, component, SANDBOX_OPEN_DIR);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(dir_fd, component, SANDBOX_MODE_DIR) != 0)
		return -1;
	w->made++;
	return openat(dir_fd, component, SANDBOX_OPEN_DIR);
}

/* Open the directory path (clean, "" is the root), made if missing. */
static enum err_code
open_dir(struct writer *w, const char *path, const char *name, int *fd,
    struct err *e)
{
	char component[NAME_MAX + 1];
	int dir, next;
	size_t n;

	if (w->cached_fd >= 0 && strcmp(w->cached, path) == 0) {
		*fd = w->cached_fd;
		return ERR_OK;
	}
	forget_cached(w);
	w->cached = strdup(path);
	if (w->cached == NULL)
		return err_nomem(e);
	dir = fcntl(w->fd, F_DUPFD_CLOEXEC, 3);
	for (; dir >= 0 && *path != '\0'; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		if (n > NAME_MAX) {
			(void)close(dir);
			return name_error(name, ENAMETOOLONG, e);
		}
		memcpy(component, path, n);
		component[n] = '\0';
		next = enter(w, dir, component);
		if (next < 0) {
			int errnum = errno;

			(void)close(dir);
			return name_error(name, errnum, e);
		}
		(void)close(dir);
		dir = next;
	}
	if (dir < 0)
		return name_error(name, errno, e);
	*fd = w->cached_fd = dir;
	return ERR_OK;
}

/* The open parent directory of name, and its last component. */
static enum err_code
open_parent(struct writer *w, const char *name, int *fd, const char **last,
    struct err *e)
{
	const char *slash = strrchr(name, '/');
	char *path;

	*last = slash != NULL ? slash + 1 : name;
	path = strndup(name, slash != NULL ? (size_t)(slash - name) : 0);
	if (path == NULL)
		return err_nomem(e);
	open_dir(w, path, name, fd, e);
	free(path);
	return e->code;
}

enum err_code
writer_dir(struct writer *w, const char *name, struct err *e)
{
	int fd;

	w->dirs++;
	return open_dir(w, name, name, &fd, e);
}

uint64_t
writer_parents(const struct writer *w)
{
	return w->made > w->dirs ? w->made - w->dirs : 0;
}

/* --- files --- */

enum err_code
writer_file(struct writer *w, const char *name, bool executable,
    struct err *e)
{
	const char *last;
	int dir;

	free(w->name);		/* of one that could not be made */
	w->name = strdup(name);
	if (w->name == NULL)
		return err_nomem(e);
	if (open_parent(w, name, &dir, &last, e) != ERR_OK)
		return e->code;
	w->file_fd = openat(dir, last, SANDBOX_OPEN_FILE,
	    executable ? SANDBOX_MODE_PROGRAM : SANDBOX_MODE_FILE);
	if (w->file_fd < 0)
		return name_error(name, errno, e);
	return ERR_OK;
}

/* Zeros of whole pages are not written: the file gets holes. */
static bool
all_zero(const uint8_t *p, size_t n)
{
	return n >= HOLE_MIN && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

enum err_code
writer_data(struct writer *w, const uint8_t *p, size_t size, struct err *e)
{
	size_t n;

	for (; size > 0; p += n, size -= n) {
		n = (size_t)num_min(size, PIECE);
		if (!all_zero(p, n)) {
			if (io_write(w->file_fd, p, n, NULL, e) != ERR_OK)
				return err_wrap(e, "%s", w->name);
			w->hole = false;
		} else if (lseek(w->file_fd, (off_t)n, SEEK_CUR) >= 0) {
			w->hole = true;
		} else {
			return err_sys(e, errno, "%s: cannot seek", w->name);
		}
	}
	return ERR_OK;
}

enum err_code
writer_end(struct writer *w, uint64_t size, bool has_mtime, int64_t mtime,
    struct err *e)
{
	struct timespec times[2] = { { mtime, 0 }, { mtime, 0 } };
	int fd = w->file_fd;

	/* A hole at the end is only there once the size is set. */
	if (w->hole && ftruncate(fd, (off_t)size) != 0)
		err_sys(e, errno, "%s: cannot write", w->name);
	else if (has_mtime && futimens(fd, times) != 0)
		err_sys(e, errno, "%s: cannot set its time", w->name);
	w->file_fd = -1;
	w->hole = false;
	if (io_close(fd, e) != ERR_OK)
		err_wrap(e, "%s", w->name);
	free(w->name);
	w->name = NULL;
	return e->code;
}

/* --- links --- */

enum err_code
writer_hardlink(struct writer *w, const char *name, const char *target,
    struct err *e)
{
	const char *last, *target_last;
	int dir, target_dir;

	if (open_parent(w, target, &target_dir, &target_last, e) != ERR_OK)
		return e->code;
	target_dir = fcntl(target_dir, F_DUPFD_CLOEXEC, 3);
	if (target_dir < 0)
		return err_sys(e, errno, "%s", target);
	if (open_parent(w, name, &dir, &last, e) == ERR_OK &&
	    linkat(target_dir, target_last, dir, last, 0) != 0) {
		/* Linux says EPERM for a directory. */
		if (errno == ENOENT || errno == EPERM)
			err_set(e, ERR_UNSAFE, "%s: a hard link to '%s', "
			    "which is not an earlier file of the bundle; "
			    "refused", name, target);
		else
			name_error(name, errno, e);
	}
	(void)close(target_dir);
	return e->code;
}

enum err_code
writer_symlink(struct writer *w, const char *name, const char *text,
    struct err *e)
{
	const char *last;
	int dir;

	if (open_parent(w, name, &dir, &last, e) != ERR_OK)
		return e->code;
	if (symlinkat(text, dir, last) != 0)
		return name_error(name, errno, e);
	return ERR_OK;
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	forget_cached(w);
	if (w->file_fd >= 0)
		(void)close(w->file_fd);
	free(w->name);
	free(w);
}
