#include "unpack/rmtree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
rmtree_entry(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

int
rmtree_open(int fd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int child = openat(fd, name, flags);

	if (child < 0 && errno == EACCES &&
	    fchmodat(fd, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		child = openat(fd, name, flags);
	if (child >= 0)
		(void)fchmod(child, 0700);
	return child;
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
		    fchmodat(from, name, 0700, AT_SYMLINK_NOFOLLOW) != 0)
			return false;
		else
			opened = true;
	}
}

/*
 * Empty the directory called name in fd: what it holds that is no empty
 * directory moves up into fd, under names that nothing else has.  The result
 * is whether something has moved.
 */
static bool
flatten(int fd, const char *name, unsigned int *moved)
{
	int child = rmtree_open(fd, name);
	DIR *dir = child >= 0 ? fdopendir(child) : NULL;
	struct dirent *d;
	bool any = false;

	if (dir == NULL) {
		if (child >= 0)
			(void)close(child);
		return false;
	}
	while ((d = readdir(dir)) != NULL) {
		if (rmtree_entry(d) &&
		    unlinkat(dirfd(dir), d->d_name, 0) != 0 &&
		    unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR) != 0 &&
		    move_up(dirfd(dir), d->d_name, fd, moved))
			any = true;
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
			again = flatten(fd, d->d_name, &moved) || again;
			if (unlinkat(fd, d->d_name, AT_REMOVEDIR) == 0)
				again = true;
			else
				left = errno != ENOTDIR ? errno : why;
		}
	}
	(void)closedir(dir);
	return left;
}
