#include "unpack/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack/noreplace.h"
#include "unpack/place.h"
#include "unpack/rights.h"
#include "unpack/rmtree.h"
#include "unpack/stagedir.h"
#include "unpack/within.h"

struct stage {
	struct place at;
	bool published;
};

enum err_code
stage_open(const char *dest, enum stage_mode mode, struct stage **out,
    struct err *e)
{
	struct stage *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_nomem(e);
	if (place_open(&s->at, dest, mode, e) != ERR_OK) {
		stage_free(s);
		return e->code;
	}
	*out = s;
	return ERR_OK;
}

int
stage_fd(const struct stage *s)
{
	return s->at.fd;
}

static bool
takes_place(const struct stage *s)
{
	return s->at.placing == PLACE_SWAP || s->at.placing == PLACE_EMPTY;
}

static enum err_code
refuse_within(const struct stage *s, bool is, struct err *e)
{
	if (is)
		err_set(e, ERR_USAGE, "is in %s, which is replaced; choose "
		    "another place for it", s->at.dest);
	return e->code;
}

enum err_code
stage_spares(const struct stage *s, int fd, struct err *e)
{
	bool is;

	if (!takes_place(s) || within_dir(fd, &s->at.there, &is, e) != ERR_OK)
		return e->code;
	return refuse_within(s, is, e);
}

enum err_code
stage_spares_name(const struct stage *s, int fd, const char *base,
    struct err *e)
{
	struct stat home, other;

	if (s->at.placing != PLACE_MISSING || strcmp(base, s->at.base) != 0)
		return ERR_OK;
	if (fstat(s->at.home_fd, &home) != 0 || fstat(fd, &other) != 0)
		return err_sys(e, errno, "%s: cannot stat", s->at.holder);
	if (within_same(&home, &other))
		return err_set(e, ERR_USAGE, "is where the directory goes; "
		    "choose another name for it");
	return ERR_OK;
}

enum err_code
stage_spares_file(const struct stage *s, const char *path, struct err *e)
{
	bool is;

	if (!takes_place(s) ||
	    within_file(path, &s->at.there, &is, e) != ERR_OK)
		return e->code;
	return refuse_within(s, is, e);
}

/* --- publishing --- */

static enum err_code
move_one(struct stage *s, const char *name, struct err *e)
{
	if (noreplace_move(s->at.fd, name, s->at.home_fd, name) == 0)
		return ERR_OK;
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return err_set(e, ERR_FAIL, "%s/%s: exists; nothing was "
		    "extracted: remove it or choose another directory",
		    s->at.dest, name);
	return err_sys(e, errno, "%s/%s: cannot put it in place", s->at.dest,
	    name);
}

/* Move the stage's entries into the directory that holds it, or none of
 * them. */
static enum err_code
move_entries(struct stage *s, struct err *e)
{
	struct dirent **list = NULL;
	int i, n = scandirat(s->at.fd, ".", &list, rmtree_entry, alphasort);
	int moved = 0;

	if (n < 0)
		return err_sys(e, errno, "%s: cannot list the staging "
		    "directory", s->at.dest);
	while (moved < n && move_one(s, list[moved]->d_name, e) == ERR_OK)
		moved++;
	if (e->code == ERR_OK &&
	    unlinkat(s->at.home_fd, s->at.temp, AT_REMOVEDIR) != 0)
		err_sys(e, errno, "%s/%s: cannot remove it; nothing was "
		    "extracted", s->at.dest, s->at.temp);
	/* Take back those that went before what failed.  Their names in the
	 * stage are free, and a rename needs no room on a full disk. */
	while (moved-- > 0 && e->code != ERR_OK) {
		if (renameat(s->at.home_fd, list[moved]->d_name, s->at.fd,
		    list[moved]->d_name) != 0)
			err_append(e, "; %s/%s is there, and could not be "
			    "taken back", s->at.dest, list[moved]->d_name);
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
	if (fsync(s->at.home_fd) != 0 && errno != EINVAL)
		return err_sys(e, errno, "%s: cannot write its directory",
		    s->at.dest);
	return ERR_OK;
}

static void
is_in_place(struct stage *s)
{
	free(s->at.temp);
	s->at.temp = NULL;
	s->published = true;
}

/* Is name another one's than the directory's behind fd?  It may also be free,
 * when somebody was waiting for it and has moved it on. */
static bool
is_others(const struct stage *s, const char *name, int fd)
{
	struct stat st, own;

	return fstatat(s->at.home_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstat(fd, &own) == 0 && !within_same(&st, &own);
}

/* What stands under the stage's name now is not ours to remove, nor any later
 * run's: the name that it gets.  NULL: nothing is there. */
static char *
set_aside(struct stage *s)
{
	int home = s->at.home_fd, why = ENOMEM;
	char *kept = NULL;

	if (asprintf(&kept, "%s.kept", s->at.temp) < 0)
		kept = NULL;
	else if (noreplace_move(home, s->at.temp, home, kept) == 0)
		return kept;
	else
		why = errno;
	free(kept);
	return why == ENOENT ? NULL : strdup(s->at.temp);
}

static int
exchange(struct stage *s)
{
	return renameat2(s->at.home_fd, s->at.temp, s->at.home_fd, s->at.base,
	    RENAME_EXCHANGE);
}

/* The exchange is not to be: what was there gets its name back, or another one
 * beside the new tree. */
static enum err_code
take_back(struct stage *s, struct err *e)
{
	char *kept;

	if (exchange(s) == 0) {
		err_append(e, "; nothing was extracted");
		return e->code;
	}
	kept = set_aside(s);
	if (kept != NULL)
		err_append(e, "; the new tree is in its place, and what was "
		    "there is beside it: %s", kept);
	else
		err_append(e, "; the new tree is in its place, and what was "
		    "there has been moved or removed by somebody else");
	free(kept);
	is_in_place(s);
	return e->code;
}

/* From before it gets the stage's name until it is gone, lest another run takes
 * it for what a dead one has left. */
static enum err_code
lock_old(struct stage *s, struct err *e)
{
	if (flock(s->at.old_fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	if (errno == EWOULDBLOCK)
		return err_set(e, ERR_FAIL, "%s: is locked by another process, "
		    "which may be replacing it; nothing was extracted",
		    s->at.dest);
	return err_sys(e, errno, "%s: cannot be locked", s->at.dest);
}

static enum err_code
changed(struct stage *s, struct err *e)
{
	return err_set(e, ERR_FAIL, "%s: became something else meanwhile",
	    s->at.dest);
}

static enum err_code
exchange_for_good(struct stage *s, struct err *e)
{
	if (is_others(s, s->at.base, s->at.there_fd)) {
		changed(s, e);
		return err_append(e, "; nothing was extracted");
	}
	if (exchange(s) != 0)
		return err_sys(e, errno, "%s: cannot be replaced", s->at.dest);
	if (is_others(s, s->at.temp, s->at.there_fd) ||
	    is_others(s, s->at.base, s->at.fd))
		changed(s, e);
	else
		sync_home(s, e);
	return e->code != ERR_OK ? take_back(s, e) : ERR_OK;
}

/*
 * What was there stands under the stage's name after the exchange, and
 * s->at.fd is what has taken its place.  It goes when the disk has the
 * exchange, lest a power failure finds half of it in its old place; not by its
 * name, which others may have given to something else.
 */
static enum err_code
swap(struct stage *s, struct err *e)
{
	int old = s->at.old_fd, left;

	if (lock_old(s, e) != ERR_OK || exchange_for_good(s, e) != ERR_OK)
		return e->code;
	s->at.old_fd = -1;
	left = stagedir_remove(s->at.home_fd, s->at.temp, old);
	if (left != 0)
		err_sys(e, left, "%s: was replaced, but what was there "
		    "cannot be removed (%s beside it)", s->at.dest, s->at.temp);
	if (left == EACCES || left == EPERM)
		err_append(e, "; remove it as the owner of what is in it");
	is_in_place(s);
	return e->code;
}

/* Whoever may rename in that directory can give the stage's name to what is
 * not to be published. */
static enum err_code
check_name(struct stage *s, struct err *e)
{
	if (stagedir_is_at(s->at.home_fd, s->at.temp, s->at.fd))
		return ERR_OK;
	return err_set(e, ERR_FAIL, "%s: the staging directory %s was renamed; "
	    "nothing was extracted: choose a place where nobody else can "
	    "rename", s->at.dest, s->at.temp);
}

/* The same after the rename, when nobody can tell any more whose is what: all
 * stays. */
static enum err_code
check_result(struct stage *s, struct err *e)
{
	if (!is_others(s, s->at.base, s->at.fd))
		return ERR_OK;
	is_in_place(s);
	return err_set(e, ERR_FAIL, "%s: is not what was extracted, as "
	    "somebody else renames there; choose another place", s->at.dest);
}

static enum err_code
put_in_place(struct stage *s, struct err *e)
{
	int home = s->at.home_fd, r = 0;

	if (check_name(s, e) != ERR_OK)
		return e->code;
	switch (s->at.placing) {
	case PLACE_INSIDE:
		return move_entries(s, e);
	case PLACE_SWAP:
		return swap(s, e);
	case PLACE_EMPTY:
		r = renameat(home, s->at.temp, home, s->at.base);
		break;
	default:
		r = noreplace_move(home, s->at.temp, home, s->at.base);
		break;
	}
	if (r == 0)
		return check_result(s, e);
	if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR)
		return err_set(e, ERR_FAIL, "%s: came to be there meanwhile; "
		    "nothing was extracted", s->at.dest);
	return err_sys(e, errno, "%s: cannot put it in place", s->at.dest);
}

/* As what was there, if something was.  0 or an errno. */
static int
give_rights(struct stage *s)
{
	mode_t mode = s->at.there.st_mode & 07777;

	switch (s->at.placing) {
	case PLACE_INSIDE:
		return 0;
	case PLACE_EMPTY:
		return rights_give(s->at.fd, s->at.there.st_gid, -1, mode);
	case PLACE_SWAP:
		return rights_give(s->at.fd, s->at.there.st_gid, s->at.old_fd,
		    mode | 0700);
	default:
		return fchmod(s->at.fd, 0755) == 0 ? 0 : errno;
	}
}

enum err_code
stage_sync(struct stage *s, struct err *e)
{
	int why = syncfs(s->at.fd) == 0 ? give_rights(s) : errno;

	if (why == 0 && s->at.placing != PLACE_INSIDE && fsync(s->at.fd) != 0)
		why = errno;
	return why == 0 ? ERR_OK : err_sys(e, why, "%s: cannot write to the "
	    "disk", s->at.dest);
}

enum err_code
stage_publish(struct stage *s, struct err *e)
{
	if (put_in_place(s, e) != ERR_OK)
		return e->code;
	is_in_place(s);
	return sync_home(s, e);
}

bool
stage_is_published(const struct stage *s)
{
	return s->published;
}

/* Remove what was not published.  0 or an errno. */
static int
discard(struct stage *s)
{
	int fd = s->at.fd;

	if (s->at.temp == NULL || fd < 0)
		return 0;
	s->at.fd = -1;
	return stagedir_remove(s->at.home_fd, s->at.temp, fd);
}

void
stage_abandon(struct stage *s, struct err *e)
{
	if (s == NULL)
		return;
	if (discard(s) != 0)
		err_append(e, "; staging directory %s could not be removed",
		    s->at.temp);
	free(s->at.temp);
	s->at.temp = NULL;
}

void
stage_free(struct stage *s)
{
	if (s == NULL)
		return;
	(void)discard(s);
	free(s->at.temp);
	s->at.temp = NULL;
	place_close(&s->at);
	free(s);
}
