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

/* A directory in fd, opened although its mode may be in the way. */
static DIR *
open_child(int fd, const char *name)
{
	int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	DIR *dir;

	if (child < 0)
		return NULL;
	(void)fchmod(child, 0700);
	dir = fdopendir(child);
	if (dir == NULL)
		(void)close(child);
	return dir;
}

/*
 * Empty the directory called name in fd: what it holds that is no empty
 * directory moves up into fd, under names that nothing else has.
 */
static void
flatten(int fd, const char *name, unsigned int *moved)
{
	DIR *dir = open_child(fd, name);
	struct dirent *d;
	char to[32];

	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (!rmtree_entry(d) ||
		    unlinkat(dirfd(dir), d->d_name, 0) == 0 ||
		    unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR) == 0)
			continue;
		do
			snprintf(to, sizeof(to), ".%u", (*moved)++);
		while (renameat2(dirfd(dir), d->d_name, fd, to,
		    RENAME_NOREPLACE) != 0 && errno == EEXIST);
	}
	(void)closedir(dir);
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
	int left = 0;

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
			flatten(fd, d->d_name, &moved);
			if (unlinkat(fd, d->d_name, AT_REMOVEDIR) == 0)
				again = true;
			else
				left = errno;
		}
	}
	(void)closedir(dir);
	return left;
}
