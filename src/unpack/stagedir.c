#include "unpack/stagedir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name.h"
#include "unpack/mount.h"
#include "unpack/rmtree.h"
#include "unpack/within.h"

#define TRIES 100
#define DIGITS 8		/* hexadecimal, behind the prefix */

bool
stagedir_is_name(const char *name)
{
	const size_t n = strlen(NAME_STAGE_PREFIX);

	return strncmp(name, NAME_STAGE_PREFIX, n) == 0 &&
	    strspn(name + n, "0123456789abcdef") == DIGITS &&
	    name[n + DIGITS] == '\0';
}

int
stagedir_is_one(const struct dirent *d)
{
	return (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN) &&
	    stagedir_is_name(d->d_name);
}

/* Is name in home still the directory behind fd? */
static bool
still_there(int home, const char *name, int fd)
{
	struct stat by_name, by_fd;

	return fstat(fd, &by_fd) == 0 &&
	    fstatat(home, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	    within_same(&by_name, &by_fd);
}

/* Remove a stage that is ours and that nobody holds. */
static void
collect_one(int home, const char *name)
{
	int fd = mount_open(home, name, O_RDONLY), lock;
	struct stat st;

	if (fd < 0)
		return;
	/* The lock is held until the name is gone: one who has just made it
	 * would else get the lock in between, and lose the directory. */
	lock = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (lock < 0 || fstat(fd, &st) != 0 || st.st_uid != geteuid() ||
	    flock(fd, LOCK_EX | LOCK_NB) != 0 ||
	    !still_there(home, name, fd)) {
		(void)close(fd);
	} else {
		(void)rmtree_below(fd);
		(void)unlinkat(home, name, AT_REMOVEDIR);
	}
	if (lock >= 0)
		(void)close(lock);
}

/* Can nobody else but root give names in home to what is the user's? */
static bool
is_ours_to_name(int home)
{
	struct stat st;

	return fstat(home, &st) == 0 &&
	    (st.st_uid == geteuid() || st.st_uid == 0) &&
	    ((st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ||
	    (st.st_mode & S_ISVTX) != 0);
}

void
stagedir_collect(int home)
{
	struct dirent **list = NULL;
	int i, n;

	if (!is_ours_to_name(home))
		return;
	n = scandirat(home, ".", &list, stagedir_is_one, alphasort);
	for (i = 0; i < n; i++) {
		collect_one(home, list[i]->d_name);
		free(list[i]);
	}
	free(list);
}

static enum err_code
random_name(char **name, struct err *e)
{
	uint32_t number;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		return err_sys(e, errno, "no random numbers");
	if (asprintf(name, "%s%08x", NAME_STAGE_PREFIX,
	    (unsigned int)number) < 0) {
		*name = NULL;
		return err_nomem(e);
	}
	return ERR_OK;
}

/* Open and lock what was made, whatever the umask took from its mode.  -1 with
 * errno, which is EBUSY when another run took it for stale before it had its
 * lock, and has removed it or will. */
static int
take(int home, const char *name)
{
	int fd = rmtree_open(home, name);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
	    still_there(home, name, fd))
		return fd;
	if (fd >= 0 || errno == ENOENT)
		errno = EBUSY;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* For its owner to use, whatever the umask. */
static int
make_private(int home, const char *name)
{
	mode_t mask = umask(077);
	int r = mkdirat(home, name, 0700);

	umask(mask);
	return r;
}

enum err_code
stagedir_make(int home, char **name, int *fd, struct err *e)
{
	unsigned int try;
	int why = EBUSY;

	*name = NULL;
	*fd = -1;
	for (try = 0; try < TRIES; try++) {
		if (random_name(name, e) != ERR_OK)
			return e->code;
		if (make_private(home, *name) == 0) {
			*fd = take(home, *name);
			if (*fd >= 0)
				return ERR_OK;
			why = errno;
			(void)unlinkat(home, *name, AT_REMOVEDIR);
		} else {
			why = errno;
		}
		if (why != EEXIST && why != EBUSY)
			break;
		free(*name);
		*name = NULL;
	}
	err_sys(e, why, "staging");
	free(*name);
	*name = NULL;
	return e->code;
}
