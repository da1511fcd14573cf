#include "pack/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct state {
	struct scan *scan;
	size_t cap;		/* members allocated */
	struct stat output;	/* st_ino 0: none */
};

/* NUL, then '/', then all other bytes. */
static int
rank(char c)
{
	if (c == '\0')
		return 0;
	return c == '/' ? 1 : (int)(unsigned char)c + 1;
}

int
scan_compare(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

static int
compare_members(const void *a, const void *b)
{
	const struct member *ma = a, *mb = b;

	return scan_compare(ma->name, mb->name);
}

static enum member_type
type_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return MEMBER_DIR;
	return S_ISLNK(st->st_mode) ? MEMBER_SYMLINK : MEMBER_FILE;
}

static const char *
type_name(const struct stat *st)
{
	if (S_ISSOCK(st->st_mode))
		return "a socket";
	if (S_ISFIFO(st->st_mode))
		return "a FIFO";
	if (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode))
		return "a device";
	return "of an unknown type";
}

/* Does the symlink name lead out of the tree, as far as its text tells? */
static bool
leaves(const char *name, const char *text)
{
	long depth = 0;
	size_t n;

	if (text[0] == '/')
		return true;
	for (; *name != '\0'; name++)
		depth += *name == '/';
	for (; *text != '\0'; text += n) {
		text += strspn(text, "/");
		n = strcspn(text, "/");
		if (n == 2 && text[0] == '.' && text[1] == '.')
			depth--;
		else if (n > 0 && !(n == 1 && text[0] == '.'))
			depth++;
		if (depth < 0)
			return true;
	}
	return false;
}

static enum err_code
read_link(int root_fd, const char *name, char **link, struct err *e)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(root_fd, name, text, sizeof(text) - 1);

	if (n < 0)
		return err_sys(e, errno, "%s: cannot read the symlink", name);
	text[n] = '\0';
	if ((size_t)n == sizeof(text) - 1)
		return err_set(e, ERR_FAIL, "%s: the symlink's text is too "
		    "long", name);
	if (leaves(name, text))
		return err_set(e, ERR_FAIL, "%s: a symlink to '%s', which "
		    "is outside what is bundled; remove it or leave it out",
		    name, text);
	*link = strdup(text);
	return *link != NULL ? ERR_OK : err_nomem(e);
}

/* Append a member; name is copied. */
static enum err_code
add_member(struct state *t, const char *name, const struct stat *st,
    struct err *e)
{
	struct scan *s = t->scan;
	struct member *m;

	if (s->n_members == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : 64;

		m = realloc(s->members, cap * sizeof(*m));
		if (m == NULL)
			return err_nomem(e);
		s->members = m;
		t->cap = cap;
	}
	m = &s->members[s->n_members];
	memset(m, 0, sizeof(*m));
	m->type = type_of(st);
	m->size = m->type == MEMBER_FILE ? (uint64_t)st->st_size : 0;
	m->mode = st->st_mode;
	m->mtime = st->st_mtim;
	m->ctime = st->st_ctim;
	m->dev = st->st_dev;
	m->ino = st->st_ino;
	m->n_links = st->st_nlink;
	m->name = strdup(name);
	if (m->name == NULL)
		return err_nomem(e);
	s->n_members++;
	if (m->type == MEMBER_SYMLINK)
		return read_link(s->root_fd, name, &m->link, e);
	return ERR_OK;
}

static enum err_code scan_dir(struct state *t, const char *name,
    struct err *e);

/* One entry: a member, and for a directory all that is below it. */
static enum err_code
scan_entry(struct state *t, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(t->scan->root_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_sys(e, errno, "%s", name);
	if (t->output.st_ino != 0 && st.st_ino == t->output.st_ino &&
	    st.st_dev == t->output.st_dev && S_ISREG(st.st_mode)) {
		t->scan->skipped_output = true;
		return ERR_OK;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) &&
	    !S_ISLNK(st.st_mode))
		return err_set(e, ERR_FAIL, "%s: is %s, which a bundle "
		    "cannot hold; remove it or leave it out", name,
		    type_name(&st));
	if (add_member(t, name, &st, e) != ERR_OK)
		return e->code;
	return S_ISDIR(st.st_mode) ? scan_dir(t, name, e) : ERR_OK;
}

static enum err_code
scan_child(struct state *t, const char *dir, const char *entry,
    struct err *e)
{
	char *name;

	if (strcmp(entry, ".") == 0 || strcmp(entry, "..") == 0)
		return ERR_OK;
	if (asprintf(&name, "%s%s%s", dir, dir[0] != '\0' ? "/" : "",
	    entry) < 0)
		return err_nomem(e);
	scan_entry(t, name, e);
	free(name);
	return e->code;
}

/* All that is below the directory name ("" is the root). */
static enum err_code
scan_dir(struct state *t, const char *name, struct err *e)
{
	struct dirent *d;
	DIR *dir;
	int fd;

	fd = openat(t->scan->root_fd, name[0] != '\0' ? name : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, errno, "%s: cannot open", name);
	dir = fdopendir(fd);
	if (dir == NULL) {
		(void)close(fd);
		return err_sys(e, errno, "%s: cannot read", name);
	}
	for (;;) {
		errno = 0;
		d = readdir(dir);
		if (d == NULL && errno != 0)
			err_sys(e, errno, "%s: cannot read", name);
		if (d == NULL || scan_child(t, name, d->d_name, e) != ERR_OK)
			break;
	}
	(void)closedir(dir);
	return e->code;
}

/* --- paths to a root and names --- */

/*
 * The absolute form of path without resolving its last component (a symlink
 * stays one).  "DIR/." and "DIR/.." resolve fully; *contents says that the
 * last component was ".".
 */
static enum err_code
absolute(const char *path, char **out, bool *contents, struct err *e)
{
	char *copy = strdup(path), *slash, *parent = NULL;
	const char *last;
	size_t n = strlen(path);

	if (copy == NULL)
		return err_nomem(e);
	while (n > 1 && copy[n - 1] == '/')
		copy[--n] = '\0';
	slash = strrchr(copy, '/');
	last = slash != NULL ? slash + 1 : copy;
	*contents = strcmp(last, ".") == 0;
	*out = NULL;
	if (*contents || strcmp(last, "..") == 0 || last[0] == '\0') {
		*out = realpath(copy, NULL);
	} else {
		if (slash != NULL)
			slash[0] = '\0';
		parent = realpath(slash == NULL ? "." :
		    slash == copy ? "/" : copy, NULL);
		if (parent != NULL && asprintf(out, "%s/%s",
		    strcmp(parent, "/") == 0 ? "" : parent, last) < 0)
			*out = NULL;
	}
	if (*out == NULL)
		err_sys(e, errno, "%s", path);
	free(parent);
	free(copy);
	return e->code;
}

/* Shorten root until path is root or below it. */
static void
common_root(char *root, const char *path)
{
	size_t n = strlen(root);

	while (n > 1 && !(strncmp(root, path, n) == 0 &&
	    (path[n] == '/' || path[n] == '\0'))) {
		do
			n--;
		while (n > 0 && root[n] != '/');
		if (n == 0)
			n = 1;
		root[n] = '\0';
	}
}

/* The name of path below root: NULL when outside, "" for root itself. */
static const char *
below(const char *root, const char *path)
{
	size_t n = strlen(root);

	if (strcmp(root, "/") == 0)
		return path + 1;
	if (strncmp(root, path, n) != 0)
		return NULL;
	if (path[n] == '\0')
		return path + n;
	return path[n] == '/' ? path + n + 1 : NULL;
}

/* As for a path that is not ".": its parent directory holds it. */
static void
parent_of(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == path)
		slash[1] = '\0';
	else if (slash != NULL)
		slash[0] = '\0';
}

static enum err_code
find_root(const struct scan_request *r, char *const *paths,
    const bool *contents, char **root, struct err *e)
{
	char *holder;
	size_t i;

	if (r->root != NULL) {
		*root = realpath(r->root, NULL);
		if (*root == NULL)
			return err_sys(e, errno, "%s", r->root);
		return ERR_OK;
	}
	for (i = 0; i < r->n_paths; i++) {
		holder = strdup(paths[i]);
		if (holder == NULL)
			return err_nomem(e);
		if (!contents[i])
			parent_of(holder);
		if (*root == NULL) {
			*root = holder;
		} else {
			common_root(*root, holder);
			free(holder);
		}
	}
	return ERR_OK;
}

/* Add the directory's path and contents, or the one file. */
static enum err_code
scan_one(struct state *t, const char *root, const char *path,
    const char *given, struct err *e)
{
	const char *name = below(root, path);

	if (name == NULL)
		return err_set(e, ERR_USAGE, "%s: is outside %s; name paths "
		    "below the -C directory", given, root);
	if (name[0] == '\0')
		return scan_dir(t, "", e);
	return scan_entry(t, name, e);
}

/* --- after the walk --- */

/* Sort, and drop what was named twice. */
static void
sort_members(struct scan *s)
{
	size_t i, kept = 0;

	if (s->n_members == 0)
		return;
	qsort(s->members, s->n_members, sizeof(*s->members),
	    compare_members);
	for (i = 1; i < s->n_members; i++) {
		if (strcmp(s->members[i].name, s->members[kept].name) == 0) {
			free(s->members[i].name);
			free(s->members[i].link);
		} else {
			s->members[++kept] = s->members[i];
		}
	}
	s->n_members = kept + 1;
}

static int
compare_inodes(const void *a, const void *b)
{
	const struct member *ma = *(const struct member *const *)a;
	const struct member *mb = *(const struct member *const *)b;

	if (ma->dev != mb->dev)
		return ma->dev < mb->dev ? -1 : 1;
	if (ma->ino != mb->ino)
		return ma->ino < mb->ino ? -1 : 1;
	return scan_compare(ma->name, mb->name);
}

/* Files with one inode: the first by name is the file, the others links. */
static enum err_code
link_members(struct scan *s, struct err *e)
{
	struct member **v, *first = NULL;
	size_t i, n = 0;

	v = calloc(s->n_members + 1, sizeof(struct member *));
	if (v == NULL)
		return err_nomem(e);
	for (i = 0; i < s->n_members; i++) {
		if (s->members[i].type == MEMBER_FILE &&
		    s->members[i].n_links > 1)
			v[n++] = &s->members[i];
	}
	qsort(v, n, sizeof(struct member *), compare_inodes);
	for (i = 0; i < n; i++) {
		if (first == NULL || v[i]->dev != first->dev ||
		    v[i]->ino != first->ino) {
			first = v[i];
			continue;
		}
		v[i]->type = MEMBER_HARDLINK;
		v[i]->size = 0;
		v[i]->link = strdup(first->name);
		if (v[i]->link == NULL) {
			err_nomem(e);
			break;
		}
	}
	free(v);
	return e->code;
}

static enum err_code
walk(const struct scan_request *r, struct scan *s, char *const *paths,
    const char *root, struct err *e)
{
	struct state t = { .scan = s };
	size_t i;

	s->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->root_fd < 0)
		return err_sys(e, errno, "%s: cannot open", root);
	if (r->output == NULL || stat(r->output, &t.output) != 0)
		memset(&t.output, 0, sizeof(t.output));
	for (i = 0; i < r->n_paths; i++) {
		if (scan_one(&t, root, paths[i], r->paths[i], e) != ERR_OK)
			return e->code;
	}
	if (s->n_members == 0)
		return err_set(e, ERR_USAGE, "%s: nothing to bundle",
		    r->paths[0]);
	sort_members(s);
	return link_members(s, e);
}

enum err_code
scan_paths(const struct scan_request *r, struct scan *s, struct err *e)
{
	char **paths = calloc(r->n_paths, sizeof(char *)), *root = NULL;
	bool *contents = calloc(r->n_paths, sizeof(*contents));
	size_t i;

	memset(s, 0, sizeof(*s));
	s->root_fd = -1;
	if (paths == NULL || contents == NULL)
		err_nomem(e);
	for (i = 0; i < r->n_paths && e->code == ERR_OK; i++) {
		char *full = NULL;

		if (r->paths[i][0] == '\0') {
			err_set(e, ERR_USAGE, "an empty path");
			break;
		}
		/* Relative to -C where there is one. */
		if (r->root != NULL && r->paths[i][0] != '/' &&
		    asprintf(&full, "%s/%s", r->root, r->paths[i]) < 0) {
			err_nomem(e);
			break;
		}
		absolute(full != NULL ? full : r->paths[i], &paths[i],
		    &contents[i], e);
		free(full);
	}
	if (e->code == ERR_OK &&
	    find_root(r, paths, contents, &root, e) == ERR_OK)
		walk(r, s, paths, root, e);
	for (i = 0; paths != NULL && i < r->n_paths; i++)
		free(paths[i]);
	free(paths);
	free(contents);
	free(root);
	return e->code;
}

void
scan_free(struct scan *s)
{
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		free(s->members[i].name);
		free(s->members[i].link);
	}
	free(s->members);
	if (s->root_fd >= 0)
		(void)close(s->root_fd);
	memset(s, 0, sizeof(*s));
	s->root_fd = -1;
}
