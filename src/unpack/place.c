#include "unpack/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "unpack/mount.h"
#include "unpack/rmtree.h"
#include "unpack/stagedir.h"
#include "unpack/within.h"

static enum err_code
split(struct place *p, struct err *e)
{
	char *copy = strdup(p->dest), *slash;
	size_t n;

	if (copy == NULL)
		return err_nomem(e);
	for (n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	slash = strrchr(copy, '/');
	p->base = strdup(slash != NULL ? slash + 1 : copy);
	if (slash != NULL)
		slash[slash == copy] = '\0';
	p->holder = slash != NULL ? strdup(copy) : strdup(".");
	free(copy);
	if (p->base == NULL || p->holder == NULL)
		return err_nomem(e);
	return ERR_OK;
}

/* Open the directory that holds the destination. */
static enum err_code
open_holder(struct place *p, struct err *e)
{
	p->home_fd = open(p->holder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->home_fd < 0)
		return err_sys(e, errno, "%s: cannot open the directory that "
		    "shall hold it", p->dest);
	stagedir_collect(p->home_fd);
	return ERR_OK;
}

static enum err_code
make_stage(struct place *p, struct err *e)
{
	if (stagedir_make(p->home_fd, &p->temp, &p->fd, e) != ERR_OK)
		err_wrap(e, "%s: cannot make a directory %s it", p->dest,
		    p->placing == PLACE_INSIDE ? "in" : "beside");
	return e->code;
}

static void
leave_home(struct place *p)
{
	if (p->temp != NULL && stagedir_is_at(p->home_fd, p->temp, p->fd))
		(void)unlinkat(p->home_fd, p->temp, AT_REMOVEDIR);
	free(p->temp);
	p->temp = NULL;
	if (p->fd >= 0)
		(void)close(p->fd);
	if (p->home_fd >= 0)
		(void)close(p->home_fd);
	p->fd = p->home_fd = -1;
}

static enum err_code
go_inside(struct place *p, struct err *e)
{
	p->placing = PLACE_INSIDE;
	p->home_fd = open(p->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->home_fd < 0)
		return err_sys(e, errno, "%s: cannot open", p->dest);
	stagedir_collect(p->home_fd);
	return make_stage(p, e);
}

static bool
is_current(const struct place *p)
{
	struct stat here;

	return stat(".", &here) == 0 && within_same(&here, &p->there);
}

/* Is the last name of the destination that directory, and no symlink to it? */
static bool
is_by_name(const struct place *p)
{
	struct stat st;

	return strcmp(p->base, ".") != 0 && strcmp(p->base, "..") != 0 &&
	    fstatat(p->home_fd, p->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    within_same(&st, &p->there);
}

/* ACLs and the like, but for the labels that every file may have. */
static bool
has_attributes(const char *path)
{
	char names[1024];
	ssize_t n = listxattr(path, names, sizeof(names)), at;

	for (at = 0; at < n; at += (ssize_t)strlen(names + at) + 1) {
		if (strncmp(names + at, "security.", 9) != 0)
			return true;
	}
	return n < 0 && errno == ERANGE;
}

/* May the empty directory be renamed over, with nothing lost but its inode? */
static bool
can_rename_over(const struct place *p)
{
	struct stat home;

	return !p->holds_stages && is_by_name(p) && !is_current(p) &&
	    p->there.st_uid == geteuid() &&
	    fstat(p->home_fd, &home) == 0 &&
	    home.st_dev == p->there.st_dev &&
	    mount_same(p->home_fd, p->there_fd) && !has_attributes(p->dest);
}

/* An empty directory: beside it if that will do. */
static enum err_code
go_beside(struct place *p, struct err *e)
{
	struct err not_beside = ERR_INIT;
	struct stat st;

	p->placing = PLACE_EMPTY;
	if (open_holder(p, &not_beside) == ERR_OK && can_rename_over(p) &&
	    make_stage(p, &not_beside) == ERR_OK &&
	    fstat(p->fd, &st) == 0 && st.st_gid == p->there.st_gid)
		return ERR_OK;
	leave_home(p);
	return go_inside(p, e);
}

/* Entries of the destination, without stages (of live runs, and such as stay
 * uncollected); -1 with errno. */
static int
count_entries(struct place *p)
{
	struct dirent **list = NULL;
	int fd = open(p->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC), i, n, all;

	if (fd < 0)
		return -1;
	stagedir_collect(fd);
	all = n = scandirat(fd, ".", &list, rmtree_entry, NULL);
	for (i = 0; i < all; i++) {
		n -= stagedir_is_one(list[i]);
		free(list[i]);
	}
	free(list);
	(void)close(fd);
	p->holds_stages = n < all;
	return n;
}

/* What cannot be replaced as a whole, or would go with it. */
static enum err_code
check_replaceable(struct place *p, struct err *e)
{
	bool current = is_current(p), in_it = false;
	char *mounted;

	if (current || (within_dir(AT_FDCWD, &p->there, &in_it, e) == ERR_OK &&
	    in_it))
		return err_set(e, ERR_USAGE, "%s: %s, which cannot be "
		    "replaced", p->dest, current ? "is the current directory" :
		    "holds the current directory");
	if (e->code != ERR_OK)
		return err_wrap(e, "the current directory");
	if (open_holder(p, e) != ERR_OK)
		return e->code;
	if (!is_by_name(p))
		return err_set(e, ERR_FAIL, "%s: is not the directory's own "
		    "name; name the directory that shall be replaced",
		    p->dest);
	if (!mount_same(p->home_fd, p->there_fd))
		return err_set(e, ERR_FAIL, "%s: is a mount point, which "
		    "cannot be replaced", p->dest);
	mounted = mount_below(p->dest);
	if (mounted != NULL)
		err_set(e, ERR_FAIL, "%s: cannot be replaced, as something is "
		    "mounted in it, at %s; unmount that first", p->dest,
		    mounted);
	free(mounted);
	return e->code;
}

/* To be locked, and emptied later.  Its mode may be in the way, and is what it
 * was afterwards. */
static enum err_code
open_old(struct place *p, struct err *e)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	mode_t mode = p->there.st_mode & 07777;
	char path[32];
	int why;

	p->old_fd = openat(p->there_fd, ".", flags);
	why = errno;
	/* fchmod(2) takes no descriptor of O_PATH. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->there_fd);
	if (p->old_fd < 0 && why == EACCES && chmod(path, mode | 0500) == 0) {
		p->old_fd = openat(p->there_fd, ".", flags);
		why = errno;
		(void)chmod(path, mode);
	}
	if (p->old_fd < 0)
		err_sys(e, why, "%s: cannot be replaced", p->dest);
	return e->code;
}

static enum err_code
go_instead(struct place *p, struct err *e)
{
	p->placing = PLACE_SWAP;
	if (check_replaceable(p, e) != ERR_OK || open_old(p, e) != ERR_OK)
		return e->code;
	return make_stage(p, e);
}

static enum err_code
look(struct place *p, bool *exists, struct err *e)
{
	int why;

	*exists = true;
	p->there_fd = open(p->dest, O_PATH | O_CLOEXEC);
	why = errno;
	if (p->there_fd >= 0 && fstat(p->there_fd, &p->there) != 0)
		err_sys(e, errno, "%s: cannot stat", p->dest);
	else if (p->there_fd < 0 && lstat(p->dest, &p->there) != 0)
		*exists = false;
	else if (p->there_fd < 0 && S_ISDIR(p->there.st_mode))
		err_sys(e, why, "%s: cannot open", p->dest);
	return e->code;
}

static enum err_code
find(struct place *p, enum stage_mode mode, struct err *e)
{
	struct stat root;
	bool exists;
	int n;

	if (p->dest[0] == '\0')
		return err_set(e, ERR_USAGE, "an empty name of a directory "
		    "to extract into");
	if (split(p, e) != ERR_OK || look(p, &exists, e) != ERR_OK)
		return e->code;
	if (stagedir_is_name(p->base))
		return err_set(e, ERR_USAGE, "%s: is the name of a staging "
		    "directory, which a later run would remove; choose "
		    "another one", p->dest);
	if (!exists) {
		p->placing = PLACE_MISSING;
		return open_holder(p, e) == ERR_OK ? make_stage(p, e) :
		    e->code;
	}
	if (!S_ISDIR(p->there.st_mode))
		return err_set(e, ERR_FAIL, "%s: exists and is not a "
		    "directory", p->dest);
	if (stat("/", &root) == 0 && within_same(&root, &p->there))
		return err_set(e, ERR_USAGE, "%s: cannot extract into the "
		    "root directory", p->dest);
	if (mode == STAGE_INTO)
		return go_inside(p, e);
	if (mode == STAGE_REPLACE)
		return go_instead(p, e);
	n = count_entries(p);
	if (n < 0)
		return err_sys(e, errno, "%s: cannot list", p->dest);
	if (n > 0)
		return err_set(e, ERR_FAIL, "%s: is there and not empty; use "
		    "--into to add to it, --replace to put the bundle in its "
		    "place, or another directory", p->dest);
	return go_beside(p, e);
}

enum err_code
place_open(struct place *p, const char *dest, enum stage_mode mode,
    struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->home_fd = p->fd = p->there_fd = p->old_fd = -1;
	p->dest = strdup(dest);
	if (p->dest == NULL)
		return err_nomem(e);
	return find(p, mode, e);
}

void
place_close(struct place *p)
{
	leave_home(p);
	if (p->there_fd >= 0)
		(void)close(p->there_fd);
	if (p->old_fd >= 0)
		(void)close(p->old_fd);
	free(p->base);
	free(p->holder);
	free(p->dest);
}
