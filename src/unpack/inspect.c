#include "unpack/inspect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "unpack/mount.h"
#include "unpack/rmtree.h"

#define MODE_MAX 0755U

struct inspection {
	const struct limits *limits;
	bool links;
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

static enum err_code
judge(struct inspection *t, const char *name, const struct statx *st,
    uint64_t depth, struct err *e)
{
	const uint64_t *max = t->limits->max;
	bool plain = S_ISREG(st->stx_mode) || S_ISDIR(st->stx_mode);

	if (!plain && !(S_ISLNK(st->stx_mode) && t->links))
		return foreign(name, "neither a file nor a directory", e);
	if (plain && (st->stx_mode & 07777 & ~MODE_MAX) != 0)
		return foreign(name, "has a mode of more than 0755", e);
	if (S_ISREG(st->stx_mode) && st->stx_nlink != 1 && !t->links)
		return foreign(name, "a hard link", e);
	if (!mount_equal(st, &t->top))
		return foreign(name, "on another mount", e);
	if (S_ISREG(st->stx_mode))
		t->bytes += num_min(st->stx_size, UINT64_MAX - t->bytes);
	t->entries++;
	if (t->entries > max[LIMIT_MEMBERS] || depth > max[LIMIT_DEPTH] ||
	    (t->bytes > max[LIMIT_TOTAL] && !t->links))
		return foreign(name, "is more than the limits allow", e);
	return ERR_OK;
}

static enum err_code walk(struct inspection *t, int fd, uint64_t depth,
    struct err *e);

static enum err_code
look_at(struct inspection *t, DIR *dir, const char *name, uint64_t depth,
    struct err *e)
{
	struct statx st;
	int child;

	if (statx(dirfd(dir), name, AT_SYMLINK_NOFOLLOW, MOUNT_STATX, &st) != 0)
		return err_sys(e, errno, "%s: cannot stat", name);
	if (judge(t, name, &st, depth, e) != ERR_OK || !S_ISDIR(st.stx_mode))
		return e->code;
	child = openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (child < 0)
		return err_sys(e, errno, "%s: cannot open", name);
	return walk(t, child, depth + 1, e);
}

/* fd is consumed.  As deep as the limit at most. */
static enum err_code
walk(struct inspection *t, int fd, uint64_t depth, struct err *e)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;

	if (dir == NULL) {
		err_sys(e, errno, "cannot list the staging directory");
		(void)close(fd);
		return e->code;
	}
	while (e->code == ERR_OK && (errno = 0, d = readdir(dir)) != NULL) {
		if (rmtree_entry(d))
			look_at(t, dir, d->d_name, depth, e);
	}
	if (e->code == ERR_OK && errno != 0)
		err_sys(e, errno, "cannot list the staging directory");
	(void)closedir(dir);
	return e->code;
}

enum err_code
inspect_tree(int fd, const struct limits *l, bool links, struct err *e)
{
	struct inspection t = { .limits = l, .links = links };
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (copy < 0 ||
	    statx(copy, "", AT_EMPTY_PATH, MOUNT_STATX, &t.top) != 0) {
		err_sys(e, errno, "cannot open the staging directory");
		if (copy >= 0)
			(void)close(copy);
		return e->code;
	}
	return walk(&t, copy, 1, e);
}
