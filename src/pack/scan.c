#include "pack/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/treelink.h"
#include "pack/root.h"

struct state {
	struct scan *scan;
	size_t cap;		/* members allocated */
	size_t operand;		/* of the walk */
	struct stat output;	/* st_ino 0: none */
	struct stat output_dir;	/* of the directory that holds it */
	const char *output_base;	/* its last component */
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
	int r = scan_compare(ma->name, mb->name);

	return r != 0 ? r : (ma->operand > mb->operand) -
	    (ma->operand < mb->operand);
}

static int
compare_names(const void *a, const void *b)
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
	m->operand = t->operand;
	m->bcj = LZMA_VLI_UNKNOWN;
	m->data_fd = -1;
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

/* Is this what the bundle will replace?  Another hard link to the same file
 * is not. */
static bool
is_output(const struct state *t, const char *name, const struct stat *st)
{
	const char *slash = strrchr(name, '/');
	char dir[PATH_MAX];
	struct stat d;

	if (t->output.st_ino == 0 || st->st_ino != t->output.st_ino ||
	    st->st_dev != t->output.st_dev || S_ISDIR(st->st_mode))
		return false;
	if (st->st_nlink == 1)
		return true;
	if (strcmp(slash != NULL ? slash + 1 : name, t->output_base) != 0 ||
	    (size_t)snprintf(dir, sizeof(dir), "%.*s", slash != NULL ?
	    (int)(slash - name) : 1, slash != NULL ? name : ".") >=
	    sizeof(dir))
		return false;
	return fstatat(t->scan->root_fd, dir, &d, 0) == 0 &&
	    d.st_ino == t->output_dir.st_ino &&
	    d.st_dev == t->output_dir.st_dev;
}

/* One entry: a member, and for a directory all that is below it. */
static enum err_code
scan_entry(struct state *t, const char *name, struct err *e)
{
	struct stat st;

	if (fstatat(t->scan->root_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return err_sys(e, errno, "%s", name);
	if (is_output(t, name, &st)) {
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

/* --- from the paths --- */

/* Add the directory's path and contents, or the one file. */
static enum err_code
scan_one(struct state *t, const char *root, const char *path,
    const char *given, struct err *e)
{
	const char *name = root_below(root, path);

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
	return (ma > mb) - (ma < mb);	/* of one array, in order */
}

/* Files first, hard links last; else as it was. */
static void
links_last(struct scan *s, struct member *spare)
{
	size_t i, kept = 0, n = 0;

	for (i = 0; i < s->n_members; i++) {
		if (s->members[i].type == MEMBER_HARDLINK)
			spare[n++] = s->members[i];
		else
			s->members[kept++] = s->members[i];
	}
	memcpy(s->members + kept, spare, n * sizeof(*spare));
}

enum err_code
scan_link(struct scan *s, struct err *e)
{
	struct member **v, *first = NULL, *spare;
	size_t i, n = 0;

	v = calloc(s->n_members + 1, sizeof(struct member *));
	spare = calloc(s->n_members + 1, sizeof(*spare));
	if (v == NULL || spare == NULL) {
		err_nomem(e);
		goto out;
	}
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
	if (e->code == ERR_OK && n > 0)
		links_last(s, spare);
out:
	free(spare);
	free(v);
	return e->code;
}

/* The text of the symlink called by the n bytes at path, or NULL. */
static const char *
link_text(void *ctx, const char *path, size_t n)
{
	const struct scan *s = ctx;
	struct member key, *hit;
	char name[PATH_MAX];

	if (n >= sizeof(name))
		return NULL;
	memcpy(name, path, n);
	name[n] = '\0';
	key.name = name;
	hit = bsearch(&key, s->members, s->n_members, sizeof(*s->members),
	    compare_names);
	return hit != NULL && hit->type == MEMBER_SYMLINK ? hit->link : NULL;
}

/* Extraction would refuse a symlink that does not stay in the tree. */
static enum err_code
check_symlinks(struct scan *s, struct err *e)
{
	const struct member *m;
	enum treelink verdict;
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		m = &s->members[i];
		if (m->type != MEMBER_SYMLINK)
			continue;
		if (treelink_walk(m->name, m->link, link_text, s, &verdict,
		    e) != ERR_OK)
			return e->code;
		if (verdict != TREELINK_INSIDE)
			return err_set(e, ERR_FAIL, "%s: a symlink to '%s', "
			    "%s; remove it or leave it out", m->name,
			    m->link, treelink_reason(verdict));
	}
	return ERR_OK;
}

static enum err_code
find_output(struct state *t, const char *output, struct err *e)
{
	const char *slash;
	char *dir;

	/* A rename replaces a symlink, not what it points at. */
	if (output == NULL || lstat(output, &t->output) != 0) {
		memset(&t->output, 0, sizeof(t->output));
		return ERR_OK;
	}
	slash = strrchr(output, '/');
	t->output_base = slash != NULL ? slash + 1 : output;
	dir = slash != NULL ? strndup(output, (size_t)(slash - output) + 1) :
	    strdup(".");
	if (dir == NULL)
		return err_nomem(e);
	if (stat(dir, &t->output_dir) != 0)
		memset(&t->output_dir, 0, sizeof(t->output_dir));
	free(dir);
	return ERR_OK;
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
	if (find_output(&t, r->output, e) != ERR_OK)
		return e->code;
	for (i = 0; i < r->n_paths; i++) {
		t.operand = i;
		if (scan_one(&t, root, paths[i], r->paths[i], e) != ERR_OK)
			return e->code;
	}
	if (s->n_members == 0)
		return err_set(e, ERR_USAGE, "%s: nothing to bundle",
		    r->paths[0]);
	sort_members(s);
	return check_symlinks(s, e);
}

enum err_code
scan_paths(const struct scan_request *r, struct scan *s, struct err *e)
{
	struct root root;

	scan_init(s);
	if (root_find(r->root, r->paths, r->n_paths, &root, e) == ERR_OK)
		walk(r, s, root.paths, root.dir, e);
	root_free(&root);
	return e->code;
}

void
scan_init(struct scan *s)
{
	memset(s, 0, sizeof(*s));
	s->root_fd = -1;
	s->data_fd = -1;
}

void
scan_free(struct scan *s)
{
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		free(s->members[i].name);
		free(s->members[i].link);
		if (s->members[i].data_fd >= 0 &&
		    s->members[i].data_fd != s->data_fd)
			(void)close(s->members[i].data_fd);
	}
	free(s->members);
	if (s->root_fd >= 0)
		(void)close(s->root_fd);
	if (s->data_fd >= 0)
		(void)close(s->data_fd);	/* was written for ourselves */
	scan_init(s);
}
