#include "unpack/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "unpack/noreplace.h"
#include "unpack/rmtree.h"
#include "unpack/stagedir.h"

enum placing {
	PLACE_MISSING,		/* rename to a name that is free */
	PLACE_EMPTY,		/* rename over an empty directory */
	PLACE_SWAP,		/* exchange with what is there */
	PLACE_INSIDE		/* move the entries out, one by one */
};

struct stage {
	char *dest;		/* as given; owned */
	char *base;		/* last component of it; owned */
	char *temp;		/* name of the stage in home; owned */
	int home_fd;		/* what holds the stage */
	int fd;			/* the stage; has the lock */
	enum placing placing;
	struct stat there;	/* the destination, if it exists */
};

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* --- the place of the stage --- */

/* Open the directory that holds the destination, and take its last name. */
static enum err_code
open_holder(struct stage *s, struct err *e)
{
	char *copy = strdup(s->dest), *slash;
	size_t n;

	if (copy == NULL)
		return err_nomem(e);
	for (n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	slash = strrchr(copy, '/');
	s->base = strdup(slash != NULL ? slash + 1 : copy);
	if (slash != NULL)
		slash[slash == copy] = '\0';
	s->home_fd = open(slash != NULL ? copy : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->base == NULL)
		err_nomem(e);
	else if (s->home_fd < 0)
		err_sys(e, errno, "%s: cannot open the directory that shall "
		    "hold it", s->dest);
	else
		stagedir_collect(s->home_fd);
	free(copy);
	return e->code;
}

static enum err_code
make_stage(struct stage *s, struct err *e)
{
	if (stagedir_make(s->home_fd, &s->temp, &s->fd, e) != ERR_OK)
		err_wrap(e, "%s: cannot make a directory %s it", s->dest,
		    s->placing == PLACE_INSIDE ? "in" : "beside");
	return e->code;
}

static void
leave_home(struct stage *s)
{
	if (s->temp != NULL)
		(void)unlinkat(s->home_fd, s->temp, AT_REMOVEDIR);
	free(s->temp);
	s->temp = NULL;
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->home_fd >= 0)
		(void)close(s->home_fd);
	s->fd = s->home_fd = -1;
}

static enum err_code
place_inside(struct stage *s, struct err *e)
{
	s->placing = PLACE_INSIDE;
	s->home_fd = open(s->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->home_fd < 0)
		return err_sys(e, errno, "%s: cannot open", s->dest);
	stagedir_collect(s->home_fd);
	return make_stage(s, e);
}

static bool
is_current(const struct stage *s)
{
	struct stat here;

	return stat(".", &here) == 0 && same_file(&here, &s->there);
}

/* Is the last name of the destination that directory, and no symlink to it? */
static bool
is_by_name(const struct stage *s)
{
	struct stat st;

	return strcmp(s->base, ".") != 0 && strcmp(s->base, "..") != 0 &&
	    fstatat(s->home_fd, s->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    same_file(&st, &s->there);
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
can_rename_over(const struct stage *s)
{
	struct stat home;

	return is_by_name(s) && !is_current(s) &&
	    s->there.st_uid == geteuid() &&
	    fstat(s->home_fd, &home) == 0 &&
	    home.st_dev == s->there.st_dev && !has_attributes(s->dest);
}

/* An empty directory: beside it if that will do. */
static enum err_code
place_empty(struct stage *s, struct err *e)
{
	struct err not_beside = ERR_INIT;
	struct stat st;

	s->placing = PLACE_EMPTY;
	if (open_holder(s, &not_beside) == ERR_OK && can_rename_over(s) &&
	    make_stage(s, &not_beside) == ERR_OK &&
	    fstat(s->fd, &st) == 0 && st.st_gid == s->there.st_gid)
		return ERR_OK;
	leave_home(s);
	return place_inside(s, e);
}

/* Entries of the destination, without stages; -1 with errno. */
static int
count_entries(const char *dest)
{
	struct dirent **list = NULL;
	int fd = open(dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC), i, n, all;

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
	return n;
}

static enum err_code
place_swap(struct stage *s, struct err *e)
{
	s->placing = PLACE_SWAP;
	if (is_current(s))
		return err_set(e, ERR_USAGE, "%s: is the current directory, "
		    "which cannot be replaced", s->dest);
	if (open_holder(s, e) != ERR_OK)
		return e->code;
	if (!is_by_name(s))
		return err_set(e, ERR_FAIL, "%s: is not the directory's own "
		    "name; name the directory that shall be replaced",
		    s->dest);
	return make_stage(s, e);
}

static enum err_code
place(struct stage *s, enum stage_mode mode, struct err *e)
{
	struct stat root;
	int n;

	if (s->dest[0] == '\0')
		return err_set(e, ERR_USAGE, "an empty name of a directory "
		    "to extract into");
	if (stat(s->dest, &s->there) != 0 &&
	    lstat(s->dest, &s->there) != 0) {
		s->placing = PLACE_MISSING;
		if (open_holder(s, e) != ERR_OK)
			return e->code;
		return make_stage(s, e);
	}
	if (!S_ISDIR(s->there.st_mode))
		return err_set(e, ERR_FAIL, "%s: exists and is not a "
		    "directory", s->dest);
	if (stat("/", &root) == 0 && same_file(&root, &s->there))
		return err_set(e, ERR_USAGE, "%s: cannot extract into the "
		    "root directory", s->dest);
	if (mode == STAGE_INTO)
		return place_inside(s, e);
	if (mode == STAGE_REPLACE)
		return place_swap(s, e);
	n = count_entries(s->dest);
	if (n < 0)
		return err_sys(e, errno, "%s: cannot list", s->dest);
	if (n > 0)
		return err_set(e, ERR_FAIL, "%s: is there and not empty; use "
		    "--into to add to it, --replace to put the bundle in its "
		    "place, or another directory", s->dest);
	return place_empty(s, e);
}

enum err_code
stage_open(const char *dest, enum stage_mode mode, struct stage **out,
    struct err *e)
{
	struct stage *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_nomem(e);
	s->home_fd = s->fd = -1;
	s->dest = strdup(dest);
	if (s->dest == NULL)
		err_nomem(e);
	else
		place(s, mode, e);
	if (e->code != ERR_OK) {
		stage_free(s);
		return e->code;
	}
	*out = s;
	return ERR_OK;
}

int
stage_fd(const struct stage *s)
{
	return s->fd;
}

enum err_code
stage_spares(const struct stage *s, int fd, struct err *e)
{
	struct stat here, last = { 0 };
	int dir = -1, up = fd;

	if (s->placing != PLACE_SWAP && s->placing != PLACE_EMPTY)
		return ERR_OK;
	/* Up to the root, whose parent is the root. */
	for (;;) {
		up = openat(up, dir < 0 ? "." : "..", O_PATH | O_CLOEXEC);
		if (up < 0 || fstat(up, &here) != 0)
			err_sys(e, errno, "cannot look at its directory");
		else if (same_file(&here, &s->there))
			err_set(e, ERR_USAGE, "is in %s, which is replaced; "
			    "choose another place for it", s->dest);
		if (dir >= 0)
			(void)close(dir);
		dir = up;
		if (e->code != ERR_OK || same_file(&here, &last))
			break;
		last = here;
	}
	if (dir >= 0)
		(void)close(dir);
	return e->code;
}

/* --- publishing --- */

static enum err_code
move_one(struct stage *s, const char *name, struct err *e)
{
	if (noreplace_move(s->fd, name, s->home_fd, name) == 0)
		return ERR_OK;
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return err_set(e, ERR_FAIL, "%s/%s: exists; nothing was "
		    "extracted: remove it or choose another directory",
		    s->dest, name);
	return err_sys(e, errno, "%s/%s: cannot put it in place", s->dest,
	    name);
}

/* Move the stage's entries into the directory that holds it, or none of
 * them. */
static enum err_code
move_entries(struct stage *s, struct err *e)
{
	struct dirent **list = NULL;
	int i, n = scandirat(s->fd, ".", &list, rmtree_entry, alphasort);
	int moved = 0;

	if (n < 0)
		return err_sys(e, errno, "%s: cannot list the staging "
		    "directory", s->dest);
	while (moved < n && move_one(s, list[moved]->d_name, e) == ERR_OK)
		moved++;
	if (e->code == ERR_OK &&
	    unlinkat(s->home_fd, s->temp, AT_REMOVEDIR) != 0)
		err_sys(e, errno, "%s/%s: cannot remove it; nothing was "
		    "extracted", s->dest, s->temp);
	/* Take back those that went before what failed. */
	while (moved-- > 0 && e->code != ERR_OK) {
		if (noreplace_move(s->home_fd, list[moved]->d_name, s->fd,
		    list[moved]->d_name) != 0)
			err_append(e, "; %s/%s is there, and could not be "
			    "taken back", s->dest, list[moved]->d_name);
	}
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return e->code;
}

static enum err_code
sync_home(struct stage *s, struct err *e)
{
	/* Some file systems cannot sync a directory and say EINVAL. */
	if (fsync(s->home_fd) != 0 && errno != EINVAL)
		return err_sys(e, errno, "%s: cannot write its directory",
		    s->dest);
	return ERR_OK;
}

/* 0 or an errno. */
static int
remove_temp(struct stage *s)
{
	int fd = rmtree_open(s->home_fd, s->temp), left;

	left = fd < 0 ? errno : rmtree_below(fd);
	if (left == 0 && unlinkat(s->home_fd, s->temp, AT_REMOVEDIR) != 0)
		left = errno;
	return left;
}

/* What was replaced stands under the stage's name now, and s->fd is what has
 * taken its place: from here on that must stay.  It goes when the disk has
 * the exchange, lest a power failure finds half of it in its old place. */
static enum err_code
remove_replaced(struct stage *s, struct err *e)
{
	int left = sync_home(s, e) == ERR_OK ? remove_temp(s) : 0;

	if (left != 0)
		err_sys(e, left, "%s: was replaced, but what was there "
		    "cannot be removed (%s beside it)", s->dest, s->temp);
	free(s->temp);
	s->temp = NULL;
	return e->code;
}

static enum err_code
swap(struct stage *s, struct err *e)
{
	struct stat st;

	if (renameat2(s->home_fd, s->temp, s->home_fd, s->base,
	    RENAME_EXCHANGE) != 0)
		return err_sys(e, errno, "%s: cannot be replaced", s->dest);
	if (fstatat(s->home_fd, s->temp, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    same_file(&st, &s->there))
		return remove_replaced(s, e);
	(void)renameat2(s->home_fd, s->temp, s->home_fd, s->base,
	    RENAME_EXCHANGE);
	return err_set(e, ERR_FAIL, "%s: became something else meanwhile; "
	    "nothing was extracted", s->dest);
}

static enum err_code
put_in_place(struct stage *s, struct err *e)
{
	int r = 0;

	switch (s->placing) {
	case PLACE_INSIDE:
		return move_entries(s, e);
	case PLACE_SWAP:
		return swap(s, e);
	case PLACE_EMPTY:
		r = renameat(s->home_fd, s->temp, s->home_fd, s->base);
		break;
	default:
		r = noreplace_move(s->home_fd, s->temp, s->home_fd, s->base);
		break;
	}
	if (r == 0)
		return ERR_OK;
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return err_set(e, ERR_FAIL, "%s: came to be there meanwhile; "
		    "nothing was extracted", s->dest);
	return err_sys(e, errno, "%s: cannot put it in place", s->dest);
}

enum err_code
stage_publish(struct stage *s, struct err *e)
{
	mode_t there = s->there.st_mode & 07777;
	mode_t mode = s->placing == PLACE_EMPTY ? there :
	    s->placing == PLACE_SWAP ? there | 0700 : 0755;

	if (syncfs(s->fd) != 0)
		return err_sys(e, errno, "%s: cannot write to the disk",
		    s->dest);
	if (s->placing != PLACE_INSIDE && (fchmod(s->fd, mode) != 0 ||
	    fsync(s->fd) != 0))
		return err_sys(e, errno, "%s: cannot write to the disk",
		    s->dest);
	if (put_in_place(s, e) != ERR_OK)
		return e->code;
	free(s->temp);
	s->temp = NULL;
	return sync_home(s, e);
}

bool
stage_is_published(const struct stage *s)
{
	return s->temp == NULL;
}

void
stage_free(struct stage *s)
{
	if (s == NULL)
		return;
	if (s->temp != NULL && s->fd >= 0) {
		(void)rmtree_below(s->fd);
		s->fd = -1;
	}
	leave_home(s);
	free(s->base);
	free(s->dest);
	free(s);
}
