#include "unpack/rmtree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack/mount.h"

int
rmtree_entry(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/* By descriptors, as a name may become another directory's. */
static int
reopen(int fd)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	int again = openat(fd, ".", flags);
	char path[32];

	/* fchmod(2) takes no descriptor of O_PATH. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (again < 0 && errno == EACCES && chmod(path, 0700) == 0)
		again = openat(fd, ".", flags);
	if (again >= 0)
		(void)fchmod(again, 0700);
	return again;
}

int
rmtree_open(int fd, const char *name)
{
	int path_fd = mount_open(fd, name, O_PATH), child, why;

	if (path_fd < 0)
		return -1;
	child = reopen(path_fd);
	why = errno;
	(void)close(path_fd);
	errno = why;
	return child;
}

static bool
make_writable(int dir, const char *name)
{
	int fd = rmtree_open(dir, name);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* Move a directory to a free name in `to`, or over an empty one.  Its own
 * mode may be in the way, since its ".." changes. */
static bool
move_up(int from, const char *name, int to, unsigned int *moved)
{
	bool opened = false;
	char free_name[32];

	for (;;) {
		snprintf(free_name, sizeof(free_name), ".%u", *moved);
		if (renameat(from, name, to, free_name) == 0)
			return true;
		if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
			++*moved;
		else if (errno != EACCES || opened ||
		    !make_writable(from, name))
			return false;
		else
			opened = true;
	}
}

/* What is not empty is so for another reason, if one is known. */
static void
note(int *left, int errnum)
{
	if (*left == 0 || *left == ENOTEMPTY)
		*left = errnum;
}

/* Remove a file or an empty directory; *why says why not, of what it is. */
static bool
drop(int dir, const char *name, int *why)
{
	if (unlinkat(dir, name, 0) == 0)
		return true;
	*why = errno;
	if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
		return true;
	if (errno != ENOTDIR)
		*why = errno;
	return false;
}

/*
 * Empty the directory called name in fd: what it holds that is no empty
 * directory moves up into fd, under names that nothing else has.  The result
 * is whether something has moved; *left says why something has not.
 */
static bool
flatten(int fd, const char *name, unsigned int *moved, int *left)
{
	int child = rmtree_open(fd, name);
	DIR *dir = child >= 0 ? fdopendir(child) : NULL;
	struct dirent *d;
	bool any = false;
	int why = errno;

	if (dir == NULL) {
		/* rmdir(2) tells what these are. */
		if (why != ENOTDIR && why != EXDEV)
			note(left, why);
		if (child >= 0)
			(void)close(child);
		return false;
	}
	while ((d = readdir(dir)) != NULL) {
		if (!rmtree_entry(d) || drop(dirfd(dir), d->d_name, &why))
			continue;
		if (move_up(dirfd(dir), d->d_name, fd, moved))
			any = true;
		else
			note(left, why != ENOTEMPTY ? why : errno);
	}
	(void)closedir(dir);
	return any;
}

/* Without a descriptor a level: members may be nested as deep as names
 * allow. */
int
rmtree_below(int fd)
{
	unsigned int moved = 0;
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	bool again = true;
	int left = 0, why;

	if (dir == NULL) {
		left = errno;
		(void)close(fd);
		return left;
	}
	(void)fchmod(fd, 0700);
	while (again) {
		again = false;
		left = 0;
		rewinddir(dir);
		while ((d = readdir(dir)) != NULL) {
			if (!rmtree_entry(d) ||
			    unlinkat(fd, d->d_name, 0) == 0)
				continue;
			why = errno;
			again = flatten(fd, d->d_name, &moved,
			    &left) || again;
			if (unlinkat(fd, d->d_name, AT_REMOVEDIR) == 0)
				again = true;
			else
				note(&left, errno != ENOTDIR ? errno : why);
		}
	}
	(void)closedir(dir);
	return left;
}
