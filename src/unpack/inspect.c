#include "unpack/inspect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "unpack/mount.h"
#include "unpack/rmtree.h"
#include "unpack/within.h"

#define MODE_MAX 0755U
/* Where a file system has no modes, as the root shows: it was made 0700, and
 * the confined process cannot change that. */
#define ANY_MODE 0777U
#define MODE_OTHERS 022U

struct inspection {
	const struct limits *limits;
	bool links;
	unsigned int modes;	/* that files and directories may have */
	struct statx top;
	uint64_t entries;	/* so far */
	uint64_t bytes;		/* of files, so far */
};

static enum err_code
foreign(const char *name, const char *what, struct err *e)
{
	return err_set(e, ERR_UNSAFE, "%s: %s, which the confined process may "
	    "not make; refused", name, what);
}

/*
 * One component of a symlink's text, from the directory behind *fd, or from
 * nothing (-1), so many levels below the root of the tree; both are brought to
 * where it leads.  False: out of the tree, or through another symlink.
 */
static bool
step(int *fd, uint64_t *level, const char *part, bool last)
{
	int next = *fd < 0 ? -1 :
	    openat(*fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = next;
	if (strcmp(part, "..") == 0)
		return (*level)-- > 0;
	if (strcmp(part, ".") != 0)
		++*level;
	return next < 0 || last ||
	    (fstat(next, &st) == 0 && !S_ISLNK(st.st_mode));
}

/* Does what a symlink says stay in the tree?  It is in the directory behind fd,
 * at that level. */
static bool
stays(int fd, const char *text, uint64_t level)
{
	int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char part[NAME_MAX + 1];
	bool ok = at >= 0 && text[0] != '/';
	size_t n;

	while (ok && *text != '\0') {
		n = strcspn(text, "/");
		if (n > NAME_MAX) {
			ok = false;
			break;
		}
		memcpy(part, text, n);
		part[n] = '\0';
		text += n + strspn(text + n, "/");
		ok = step(&at, &level, part, *text == '\0');
	}
	if (at >= 0)
		(void)close(at);
	return ok;
}

static enum err_code
judge_link(int dir_fd, const char *name, uint64_t depth, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(dir_fd, name, text, sizeof(text));

	if (n < 0)
		return err_sys(e, errno, "%s: cannot read the symlink", name);
	if (n == 0 || (size_t)n >= sizeof(text))
		return foreign(name, "a symlink to no name", e);
	text[n] = '\0';
	if (!stays(dir_fd, text, depth - 1))
		return foreign(name, "a symlink that leaves the tree", e);
	return ERR_OK;
}

static enum err_code
judge(struct inspection *t, int dir_fd, const char *name,
    const struct statx *st, uint64_t depth, struct err *e)
{
	const uint64_t *max = t->limits->max;
	bool plain = S_ISREG(st->stx_mode) || S_ISDIR(st->stx_mode);

	if (!plain && !(S_ISLNK(st->stx_mode) && t->links))
		return foreign(name, "neither a file nor a directory", e);
	if (!plain && judge_link(dir_fd, name, depth, e) != ERR_OK)
		return e->code;
	if (plain && (st->stx_mode & 07777 & ~t->modes) != 0)
		return foreign(name, "has a mode of more than 0755", e);
	if (S_ISREG(st->stx_mode) && st->stx_nlink != 1 && !t->links)
		return foreign(name, "a hard link", e);
	if (!mount_equal(st, &t->top))
		return foreign(name, "on another mount", e);
	/* All names of a file are in the tree, and share its bytes. */
	if (S_ISREG(st->stx_mode))
		t->bytes += num_min(st->stx_size / num_max(st->stx_nlink, 1),
		    UINT64_MAX - t->bytes);
	t->entries++;
	if (t->entries > max[LIMIT_MEMBERS] || depth > max[LIMIT_DEPTH] ||
	    t->bytes > max[LIMIT_TOTAL])
		return foreign(name, "is more than the limits allow", e);
	return ERR_OK;
}

/*
 * The walk has one descriptor, however deep the tree is: the directories that
 * are left are on a stack of names, and the way back up is "..", which has to
 * be what it was.
 */
struct walk {
	int fd;			/* the directory where it is; owned */
	struct buf names;	/* those left: each ends in NUL, and an empty
				 * one is before those of a directory */
	struct buf up;		/* struct stat of those that fd is in */
};

static enum err_code
look_at(struct inspection *t, struct walk *w, const char *name, struct err *e)
{
	uint64_t depth = w->up.size / sizeof(struct stat) + 1;
	struct statx st;

	if (statx(w->fd, name, AT_SYMLINK_NOFOLLOW, MOUNT_STATX, &st) != 0)
		return err_sys(e, errno, "%s: cannot stat", name);
	if (judge(t, w->fd, name, &st, depth, e) != ERR_OK ||
	    !S_ISDIR(st.stx_mode))
		return e->code;
	return buf_append(&w->names, name, strlen(name) + 1, e);
}

/* What is in the directory: to be judged, and its directories left. */
static enum err_code
list(struct inspection *t, struct walk *w, struct err *e)
{
	int copy = openat(w->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	struct dirent *d;

	if (dir == NULL) {
		err_sys(e, errno, "cannot list the staging directory");
		if (copy >= 0)
			(void)close(copy);
		return e->code;
	}
	buf_append(&w->names, "", 1, e);
	while (e->code == ERR_OK && (errno = 0, d = readdir(dir)) != NULL) {
		if (rmtree_entry(d))
			look_at(t, w, d->d_name, e);
	}
	if (e->code == ERR_OK && errno != 0)
		err_sys(e, errno, "cannot list the staging directory");
	(void)closedir(dir);
	return e->code;
}

static enum err_code
go_down(struct walk *w, const char *name, struct err *e)
{
	struct stat st;
	int child;

	if (fstat(w->fd, &st) != 0)
		return err_sys(e, errno, "cannot stat the staging directory");
	child = openat(w->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (child < 0)
		return err_sys(e, errno, "%s: cannot open", name);
	(void)close(w->fd);
	w->fd = child;
	return buf_append(&w->up, &st, sizeof(st), e);
}

static enum err_code
go_up(struct walk *w, struct err *e)
{
	struct stat was, st;
	int up = openat(w->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (up < 0)
		return err_sys(e, errno, "cannot open the staging directory");
	(void)close(w->fd);
	w->fd = up;
	w->up.size -= sizeof(was);
	memcpy(&was, w->up.data + w->up.size, sizeof(was));
	if (fstat(up, &st) != 0)
		return err_sys(e, errno, "cannot stat the staging directory");
	return within_same(&was, &st) ? ERR_OK : err_set(e, ERR_FAIL, "the "
	    "staging directory changed while it was looked at");
}

/* The last of the names; it is off the stack, and there until the next. */
static const char *
pop(struct walk *w)
{
	size_t at = w->names.size - 1;

	while (at > 0 && w->names.data[at - 1] != '\0')
		at--;
	w->names.size = at;
	return (const char *)w->names.data + at;
}

static enum err_code
walk(struct inspection *t, struct walk *w, struct err *e)
{
	const char *name;

	list(t, w, e);
	while (e->code == ERR_OK) {
		name = pop(w);
		if (name[0] != '\0' && go_down(w, name, e) == ERR_OK)
			list(t, w, e);
		else if (name[0] == '\0' && w->up.size == 0)
			break;
		else if (name[0] == '\0')
			go_up(w, e);
	}
	return e->code;
}

enum err_code
inspect_tree(int fd, const struct limits *l, bool links, struct err *e)
{
	struct inspection t = { .limits = l, .links = links };
	struct walk w = { .fd = openat(fd, ".", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC) };

	/* judge() bounds both. */
	buf_init(&w.names, SIZE_MAX / 2);
	buf_init(&w.up, SIZE_MAX / 2);
	if (w.fd < 0 ||
	    statx(w.fd, "", AT_EMPTY_PATH, MOUNT_STATX, &t.top) != 0)
		err_sys(e, errno, "cannot open the staging directory");
	t.modes = t.top.stx_mode & MODE_OTHERS ? ANY_MODE : MODE_MAX;
	if (e->code == ERR_OK)
		walk(&t, &w, e);
	if (w.fd >= 0)
		(void)close(w.fd);
	buf_free(&w.names);
	buf_free(&w.up);
	return e->code;
}
