#include "unpack/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DIR_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

bool
mount_equal(const struct statx *x, const struct statx *y)
{
	/* Linux 5.8 and later knows mounts. */
	if ((x->stx_mask & y->stx_mask & STATX_MNT_ID) != 0)
		return x->stx_mnt_id == y->stx_mnt_id;
	return x->stx_dev_major == y->stx_dev_major &&
	    x->stx_dev_minor == y->stx_dev_minor;
}

bool
mount_same(int a, int b)
{
	struct statx x, y;

	return statx(a, "", AT_EMPTY_PATH, MOUNT_STATX, &x) == 0 &&
	    statx(b, "", AT_EMPTY_PATH, MOUNT_STATX, &y) == 0 &&
	    mount_equal(&x, &y);
}

/* Look before opening: that may have effects on another file system. */
static int
open_and_compare(int dir_fd, const char *name, int flags)
{
	int path_fd = openat(dir_fd, name, O_PATH | DIR_FLAGS), fd, why;

	if (path_fd < 0)
		return -1;
	if (!mount_same(dir_fd, path_fd)) {
		(void)close(path_fd);
		errno = EXDEV;
		return -1;
	}
	if ((flags & O_PATH) != 0)
		return path_fd;
	fd = openat(path_fd, ".", flags | DIR_FLAGS);
	why = errno;
	(void)close(path_fd);
	errno = why;
	return fd;
}

int
mount_open(int dir_fd, const char *name, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | DIR_FLAGS),
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS |
		    RESOLVE_BENEATH,
	};
	long fd = syscall(SYS_openat2, dir_fd, name, &how, sizeof(how));

	/* EPERM: a container's filter that does not know the call. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return open_and_compare(dir_fd, name, flags);
	return (int)fd;
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* The fifth field of a line of mountinfo, with what is written as three
 * octal digits (proc(5)) as it is; in place.  NULL: no such field. */
static char *
mount_point(char *line)
{
	char *from, *to, *field;
	int i;

	for (i = 0; i < 4 && line != NULL; i++) {
		line = strchr(line, ' ');
		if (line != NULL)
			line++;
	}
	if (line == NULL)
		return NULL;
	field = to = line;
	for (from = line; *from != '\0' && *from != ' '; to++) {
		if (from[0] == '\\' && is_octal(from[1]) &&
		    is_octal(from[2]) && is_octal(from[3])) {
			*to = (char)((from[1] - '0') << 6 |
			    (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
	return field;
}

char *
mount_below(const char *path)
{
	char *real = realpath(path, NULL), *line = NULL, *point, *found = NULL;
	size_t room = 0, n = real != NULL ? strlen(real) : 0;
	FILE *f = n > 0 ? fopen("/proc/self/mountinfo", "re") : NULL;

	while (f != NULL && found == NULL && getline(&line, &room, f) > 0) {
		point = mount_point(line);
		if (point != NULL && strncmp(point, real, n) == 0 &&
		    (n == 1 ? point[1] != '\0' : point[n] == '/'))
			found = strdup(point);
	}
	if (f != NULL)
		(void)fclose(f);
	free(line);
	free(real);
	return found;
}
