#include "unpack/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A stranger's symlink could lead to what only the caller may read.  His own
 * ones, and root's, are followed. */
static int
open_careful(const char *path, const char *what, struct err *e)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	int fd = open(path, flags | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 && errno == ELOOP && lstat(path, &st) == 0 &&
	    S_ISLNK(st.st_mode)) {
		if (st.st_uid != geteuid() && st.st_uid != 0) {
			err_set(e, ERR_UNSAFE, "%s: a symlink of another "
			    "user; refused: name the file that it leads to",
			    path);
			return -1;
		}
		fd = open(path, flags);
	}
	if (fd < 0)
		err_sys(e, errno, "%s: cannot open", path);
	if (fd < 0 && strcmp(path, "-") == 0)
		err_append(e, "; standard input is not read: save the %s "
		    "to a file first", what);
	return fd;
}

/* Only a file that can be read at any offset, by whatever name. */
enum err_code
input_open(const char *path, const char *what, int *fd, uint64_t *size,
    struct err *e)
{
	struct stat st;

	*fd = open_careful(path, what, e);
	if (*fd < 0)
		return e->code;
	if (fstat(*fd, &st) != 0)
		err_sys(e, errno, "%s: cannot stat", path);
	else if (S_ISDIR(st.st_mode))
		err_set(e, ERR_FAIL, "%s: a directory, not a regular file",
		    path);
	else if (!S_ISREG(st.st_mode))
		err_set(e, ERR_FAIL, "%s: not a regular file; save the %s "
		    "to a file first", path, what);
	else
		*size = (uint64_t)st.st_size;
	if (e->code != ERR_OK) {
		(void)close(*fd);
		*fd = -1;
	}
	return e->code;
}
