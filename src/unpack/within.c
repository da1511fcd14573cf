#include "unpack/within.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
within_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

enum err_code
within_dir(int fd, const struct stat *dir, bool *is, struct err *e)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int here = openat(fd, ".", flags), up;
	struct stat st, last = { 0 };

	*is = false;
	while (here >= 0) {
		if (fstat(here, &st) != 0) {
			err_sys(e, errno, "cannot look at its directory");
			break;
		}
		*is = within_same(&st, dir);
		/* The parent of the root is the root. */
		if (*is || within_same(&st, &last))
			break;
		last = st;
		up = openat(here, "..", flags);
		(void)close(here);
		here = up;
	}
	if (here >= 0)
		(void)close(here);
	else if (errno != EACCES)
		err_sys(e, errno, "cannot look at its directory");
	return e->code;
}

/* Of the directory that holds path; path is cut there. */
static enum err_code
within_holder(char *path, const struct stat *dir, bool *is, struct err *e)
{
	char *slash = strrchr(path, '/');
	int fd;

	*is = false;
	if (slash == NULL)
		return within_dir(AT_FDCWD, dir, is, e);
	slash[slash == path] = '\0';
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "cannot open its directory");
	within_dir(fd, dir, is, e);
	(void)close(fd);
	return e->code;
}

enum err_code
within_file(const char *path, const struct stat *dir, bool *is, struct err *e)
{
	char *name = strdup(path), *real = realpath(path, NULL);

	*is = false;
	/* What has no path (a deleted file in /proc) is below none. */
	if (name == NULL || (real == NULL && errno == ENOMEM))
		err_nomem(e);
	else if (within_holder(name, dir, is, e) == ERR_OK && !*is &&
	    real != NULL)
		within_holder(real, dir, is, e);
	free(name);
	free(real);
	return e->code;
}
