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
#include <sys/vfs.h>
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

bool
stagedir_is_at(int home, const char *name, int fd)
{
	struct stat by_name, by_fd;

	return fstat(fd, &by_fd) == 0 &&
	    fstatat(home, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	    within_same(&by_name, &by_fd);
}

static int
remove_name(int home, const char *name, int fd)
{
	struct stat st;

	if (fstatat(home, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : errno;
	if (!stagedir_is_at(home, name, fd))
		return ENOENT;
	return unlinkat(home, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 :
	    errno;
}

int
stagedir_remove(int home, const char *name, int fd)
{
	/* The lock is held until the name is gone: another run would else get
	 * it in between, and collect what is being removed, or what has just
	 * been made. */
	int held = fcntl(fd, F_DUPFD_CLOEXEC, 3), left;

	if (held < 0) {
		left = errno;
		(void)close(fd);
		return left;
	}
	left = rmtree_below(fd);
	if (left == 0)
		left = remove_name(home, name, held);
	(void)close(held);
	return left;
}

/* Remove a stage that is ours and that nobody holds. */
static void
collect_one(int home, const char *name)
{
	int fd = mount_open(home, name, O_RDONLY);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || st.st_uid != geteuid() ||
	    flock(fd, LOCK_EX | LOCK_NB) != 0 ||
	    !stagedir_is_at(home, name, fd) ||
	    /* It may be what a run that was killed has just replaced. */
	    (fsync(home) != 0 && errno != EINVAL))
		(void)close(fd);
	else
		(void)stagedir_remove(home, name, fd);
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

/* Not so of file systems where owners and modes may be others than what was
 * asked for, such as the same for all files (statfs(2), linux/magic.h). */
static bool
has_owners(int fd)
{
	static const unsigned long without[] = {
		0x4d44, 0x2011bab0,			/* FAT, exFAT */
		0x5346544e, 0x7366746e, 0x65735546,	/* NTFS, FUSE */
		0x517b, 0xff534d42, 0xfe534d42,		/* SMB */
		0x01021997, 0x786f4256			/* 9P, vboxsf */
	};
	struct statfs s;
	size_t i;

	if (fstatfs(fd, &s) != 0)
		return true;
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		if (((unsigned long)s.f_type & 0xffffffff) == without[i])
			return false;
	}
	return true;
}

/* As make_private() makes it?  The set-group-ID bit comes from what holds it
 * (inode(7)).  Where that cannot be told it only has to be empty. */
static bool
is_as_made(int home, const struct stat *st)
{
	return S_ISDIR(st->st_mode) && (!has_owners(home) ||
	    ((st->st_mode & (07777 & ~S_ISGID)) == 0700 &&
	    st->st_uid == geteuid()));
}

static bool
is_empty(int fd)
{
	struct dirent **list = NULL;
	int n = scandirat(fd, ".", &list, rmtree_entry, NULL), i;

	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return n == 0;
}

/* Lock what is behind fd.  0, or an errno: EBUSY as of take(). */
static int
lock(int home, const char *name, int fd)
{
	if (!is_empty(fd))
		return ESTALE;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 ||
	    !stagedir_is_at(home, name, fd))
		return EBUSY;
	/* Its files get the user's group. */
	return has_owners(fd) && fchmod(fd, 0700) != 0 ? errno : 0;
}

/*
 * Open and lock what was made.  -1 with errno, which is EBUSY when another run
 * took it for stale before it had its lock, and has removed it or will; and
 * ESTALE when the name is something else's, to which nothing was done.
 */
static int
take(int home, const char *name)
{
	int path_fd = mount_open(home, name, O_PATH), fd = -1, why = errno;
	struct stat st;

	if (path_fd < 0) {
		errno = why == ENOENT ? EBUSY : why == ENOTDIR ||
		    why == ELOOP || why == EXDEV ? ESTALE : why;
		return -1;
	}
	why = fstat(path_fd, &st) != 0 ? errno :
	    is_as_made(home, &st) ? 0 : ESTALE;
	if (why == 0) {
		fd = openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		why = fd < 0 ? errno : lock(home, name, fd);
	}
	if (why != 0 && fd >= 0)
		(void)close(fd);
	(void)close(path_fd);
	errno = why;
	return why == 0 ? fd : -1;
}

/* Remove what could not be taken, if it is what was made. */
static void
drop(int home, const char *name)
{
	struct stat st;

	if (fstatat(home, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    is_as_made(home, &st))
		(void)unlinkat(home, name, AT_REMOVEDIR);
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
			drop(home, *name);
		} else {
			why = errno;
		}
		if (why != EEXIST && why != EBUSY)
			break;
		free(*name);
		*name = NULL;
	}
	if (why == ESTALE)
		err_set(e, ERR_FAIL, "%s is not the directory that was made; "
		    "nobody else should be able to rename it", *name);
	else
		err_sys(e, why, "staging");
	free(*name);
	*name = NULL;
	return e->code;
}
