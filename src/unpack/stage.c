#include "unpack/stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define TEMP_TRIES 100
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct stage {
	char *dest;		/* as given; owned */
	char *base;		/* last component of it, if it is missing,
				 * and part of temp; owned */
	char *temp;		/* name of the stage in the parent; owned */
	int parent_fd;		/* dest if it exists, else what will hold it */
	int fd;			/* the stage */
	bool exists;		/* dest is there and is a directory */
	char *cached;		/* the directory that cached_fd is; owned */
	int cached_fd;
};

/* --- opening --- */

/* A destination that is missing: it gets its name in the directory that shall
 * hold it. */
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
	s->parent_fd = open(slash != NULL ? copy : ".",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->base == NULL)
		err_nomem(e);
	else if (s->parent_fd < 0)
		err_sys(e, errno, "%s: cannot open the directory that shall "
		    "hold it", s->dest);
	free(copy);
	return e->code;
}

/*
 * Where the stage is made: in the destination if that exists, so that no
 * other directory is touched and a mount point may be one; else beside it.
 */
static enum err_code
open_home(struct stage *s, struct err *e)
{
	struct stat st, root;

	if (s->dest[0] == '\0')
		return err_set(e, ERR_USAGE, "an empty name of a directory "
		    "to extract into");
	if (stat(s->dest, &st) != 0 && lstat(s->dest, &st) != 0)
		return open_holder(s, e);
	if (!S_ISDIR(st.st_mode))
		return err_set(e, ERR_FAIL, "%s: exists and is not a "
		    "directory", s->dest);
	if (stat("/", &root) == 0 && root.st_dev == st.st_dev &&
	    root.st_ino == st.st_ino)
		return err_set(e, ERR_USAGE, "%s: cannot extract into the "
		    "root directory", s->dest);
	s->exists = true;
	s->base = strdup("xzbundle");
	s->parent_fd = open(s->dest, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->base == NULL)
		err_nomem(e);
	else if (s->parent_fd < 0)
		err_sys(e, errno, "%s: cannot open", s->dest);
	return e->code;
}

static enum err_code
make_stage(struct stage *s, struct err *e)
{
	unsigned int try;

	for (try = 0; try < TEMP_TRIES; try++) {
		if (asprintf(&s->temp, ".%.200s.%ld.%u", s->base,
		    (long)getpid(), try) < 0) {
			s->temp = NULL;
			return err_nomem(e);
		}
		if (mkdirat(s->parent_fd, s->temp, 0700) == 0)
			break;
		free(s->temp);
		s->temp = NULL;
		if (errno != EEXIST)
			break;
	}
	if (s->temp == NULL)
		return err_sys(e, errno, "%s: cannot make a directory %s it",
		    s->dest, s->exists ? "in" : "beside");
	s->fd = openat(s->parent_fd, s->temp, DIR_FLAGS);
	if (s->fd < 0 || fchmod(s->fd, 0700) != 0)
		return err_sys(e, errno, "%s: cannot open the staging "
		    "directory", s->dest);
	return ERR_OK;
}

enum err_code
stage_open(const char *dest, struct stage **out, struct err *e)
{
	struct stage *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_nomem(e);
	s->parent_fd = s->fd = s->cached_fd = -1;
	s->dest = strdup(dest);
	if (s->dest == NULL)
		err_nomem(e);
	else if (open_home(s, e) == ERR_OK)
		make_stage(s, e);
	if (e->code != ERR_OK) {
		stage_free(s);
		return e->code;
	}
	*out = s;
	return ERR_OK;
}

/* --- making things --- */

/* What a failed call says of a name: mostly that it is taken. */
static enum err_code
name_error(const char *name, int errnum, struct err *e)
{
	if (errnum == EEXIST)
		return err_set(e, ERR_UNSAFE, "%s: there are two members of "
		    "this name; refused", name);
	if (errnum == ENOTDIR || errnum == ELOOP)
		return err_set(e, ERR_UNSAFE, "%s: is below a member that "
		    "is not a directory; refused", name);
	return err_sys(e, errnum, "%s: cannot make it", name);
}

static void
forget_cached(struct stage *s)
{
	if (s->cached_fd >= 0)
		(void)close(s->cached_fd);
	s->cached_fd = -1;
	free(s->cached);
	s->cached = NULL;
}

/* One step down from dir_fd, made if missing; -1 with errno. */
static int
enter(int dir_fd, const char *component)
{
	int fd = openat(dir_fd, component, DIR_FLAGS);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(dir_fd, component, 0755) != 0)
		return -1;
	fd = openat(dir_fd, component, DIR_FLAGS);
	/* The umask must not decide. */
	if (fd >= 0 && fchmod(fd, 0755) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Open the directory path (clean, "" is the stage), made if missing. */
static enum err_code
open_dir(struct stage *s, const char *path, const char *name, int *fd,
    struct err *e)
{
	char component[NAME_MAX + 1];
	int dir, next;
	size_t n;

	if (s->cached_fd >= 0 && strcmp(s->cached, path) == 0) {
		*fd = s->cached_fd;
		return ERR_OK;
	}
	forget_cached(s);
	s->cached = strdup(path);
	if (s->cached == NULL)
		return err_nomem(e);
	dir = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
	for (; dir >= 0 && *path != '\0'; path += n + (path[n] == '/')) {
		n = strcspn(path, "/");
		memcpy(component, path, n);
		component[n] = '\0';
		next = enter(dir, component);
		(void)close(dir);
		dir = next;
	}
	if (dir < 0)
		return name_error(name, errno, e);
	*fd = s->cached_fd = dir;
	return ERR_OK;
}

/* The open parent directory of name, and its last component. */
static enum err_code
open_parent(struct stage *s, const char *name, int *fd, const char **last,
    struct err *e)
{
	const char *slash = strrchr(name, '/');
	char *path;

	*last = slash != NULL ? slash + 1 : name;
	path = strndup(name, slash != NULL ? (size_t)(slash - name) : 0);
	if (path == NULL)
		return err_nomem(e);
	open_dir(s, path, name, fd, e);
	free(path);
	return e->code;
}

enum err_code
stage_file(struct stage *s, const char *name, bool executable, int *fd,
    struct err *e)
{
	const char *last;
	int dir;

	if (open_parent(s, name, &dir, &last, e) != ERR_OK)
		return e->code;
	*fd = openat(dir, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (*fd < 0)
		return name_error(name, errno, e);
	if (fchmod(*fd, executable ? 0755 : 0644) != 0) {
		err_sys(e, errno, "%s: cannot set the mode", name);
		(void)close(*fd);
	}
	return e->code;
}

enum err_code
stage_dir(struct stage *s, const char *name, struct err *e)
{
	int fd;

	return open_dir(s, name, name, &fd, e);
}

enum err_code
stage_hardlink(struct stage *s, const char *name, const char *target,
    struct err *e)
{
	const char *last, *target_last;
	int dir, target_dir;

	if (open_parent(s, target, &target_dir, &target_last, e) != ERR_OK)
		return e->code;
	target_dir = fcntl(target_dir, F_DUPFD_CLOEXEC, 3);
	if (target_dir < 0)
		return err_sys(e, errno, "%s", target);
	if (open_parent(s, name, &dir, &last, e) == ERR_OK &&
	    linkat(target_dir, target_last, dir, last, 0) != 0) {
		/* Linux says EPERM for a directory. */
		if (errno == ENOENT || errno == EPERM)
			err_set(e, ERR_UNSAFE, "%s: a hard link to '%s', "
			    "which is not an earlier file of the bundle; "
			    "refused", name, target);
		else
			name_error(name, errno, e);
	}
	(void)close(target_dir);
	return e->code;
}

enum err_code
stage_symlink(struct stage *s, const char *name, const char *text,
    struct err *e)
{
	const char *last;
	int dir;

	if (open_parent(s, name, &dir, &last, e) != ERR_OK)
		return e->code;
	if (symlinkat(text, dir, last) != 0)
		return name_error(name, errno, e);
	return ERR_OK;
}

/* --- removing and publishing --- */

static int
not_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

/*
 * Empty the directory called name in fd: what it holds that is no empty
 * directory moves up into fd, under names that nothing else has.
 */
static void
flatten(int fd, const char *name, unsigned int *moved)
{
	int child = openat(fd, name, DIR_FLAGS);
	DIR *dir = child >= 0 ? fdopendir(child) : NULL;
	struct dirent *d;
	char to[32];

	if (dir == NULL) {
		if (child >= 0)
			(void)close(child);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		if (!not_dots(d) || unlinkat(child, d->d_name, 0) == 0 ||
		    unlinkat(child, d->d_name, AT_REMOVEDIR) == 0)
			continue;
		do
			snprintf(to, sizeof(to), ".%u", (*moved)++);
		while (renameat2(child, d->d_name, fd, to,
		    RENAME_NOREPLACE) != 0 && errno == EEXIST);
	}
	(void)closedir(dir);
}

/*
 * Remove all below fd (consumed), without a descriptor a level: members may
 * be nested as deep as names allow.  Errors leave debris, never more.
 */
static void
remove_below(int fd)
{
	DIR *dir = fdopendir(fd);
	unsigned int moved = 0;
	struct dirent *d;
	bool again = true;

	if (dir == NULL) {
		(void)close(fd);
		return;
	}
	while (again) {
		again = false;
		rewinddir(dir);
		while ((d = readdir(dir)) != NULL) {
			if (!not_dots(d) || unlinkat(fd, d->d_name, 0) == 0)
				continue;
			flatten(fd, d->d_name, &moved);
			again |= unlinkat(fd, d->d_name, AT_REMOVEDIR) == 0;
		}
	}
	(void)closedir(dir);
}

static enum err_code
move_one(struct stage *s, int to_fd, const char *name, struct err *e)
{
	if (renameat2(s->fd, name, to_fd, name, RENAME_NOREPLACE) == 0)
		return ERR_OK;
	if (errno == EEXIST)
		return err_set(e, ERR_FAIL, "%s/%s: exists; nothing was "
		    "extracted: remove it or choose another directory",
		    s->dest, name);
	return err_sys(e, errno, "%s/%s: cannot put it in place", s->dest,
	    name);
}

/* Move the stage's entries into the directory to_fd, or none of them. */
static enum err_code
move_entries(struct stage *s, int to_fd, struct err *e)
{
	struct dirent **list = NULL;
	int i, n = scandirat(s->fd, ".", &list, not_dots, alphasort);

	if (n < 0)
		return err_sys(e, errno, "%s: cannot list the staging "
		    "directory", s->dest);
	for (i = 0; i < n && e->code == ERR_OK; i++)
		move_one(s, to_fd, list[i]->d_name, e);
	/* Take back those that went before the one that failed. */
	for (i -= 2; i >= 0 && e->code != ERR_OK; i--)
		(void)renameat2(to_fd, list[i]->d_name, s->fd,
		    list[i]->d_name, RENAME_NOREPLACE);
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
	return e->code;
}

/* Into a directory that is there and stays the same one, since a shell may
 * stand in it, and somebody chose its mode. */
static enum err_code
publish_into(struct stage *s, struct err *e)
{
	if (move_entries(s, s->parent_fd, e) != ERR_OK)
		return e->code;
	if (unlinkat(s->parent_fd, s->temp, AT_REMOVEDIR) != 0)
		return err_sys(e, errno, "%s/%s: cannot remove it", s->dest,
		    s->temp);
	free(s->temp);
	s->temp = NULL;
	return ERR_OK;
}

enum err_code
stage_publish(struct stage *s, struct err *e)
{
	forget_cached(s);
	if ((!s->exists && fchmod(s->fd, 0755) != 0) || syncfs(s->fd) != 0)
		return err_sys(e, errno, "%s: cannot write to the disk",
		    s->dest);
	if (s->exists) {
		if (publish_into(s, e) != ERR_OK)
			return e->code;
	} else if (renameat2(s->parent_fd, s->temp, s->parent_fd, s->base,
	    RENAME_NOREPLACE) == 0) {
		free(s->temp);
		s->temp = NULL;
	} else {
		return err_sys(e, errno, "%s: cannot put it in place",
		    s->dest);
	}
	if (fsync(s->parent_fd) != 0 && errno != EINVAL)
		return err_sys(e, errno, "%s: cannot write its directory",
		    s->dest);
	return ERR_OK;
}

void
stage_free(struct stage *s)
{
	if (s == NULL)
		return;
	forget_cached(s);
	if (s->temp != NULL && s->fd >= 0) {
		remove_below(s->fd);
		s->fd = -1;
	}
	if (s->temp != NULL)
		(void)unlinkat(s->parent_fd, s->temp, AT_REMOVEDIR);
	if (s->fd >= 0)
		(void)close(s->fd);
	if (s->parent_fd >= 0)
		(void)close(s->parent_fd);
	free(s->temp);
	free(s->base);
	free(s->dest);
	free(s);
}
