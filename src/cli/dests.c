#include "cli/dests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unpack/stagedir.h"

/* How many bytes of the end of a name say that it is a bundle; 0: none. */
static size_t
ending_size(const char *name)
{
	static const char *const endings[] = { ".tar.xz", ".txz", ".xz" };
	size_t n = strlen(name), i, k;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		k = strlen(endings[i]);
		if (n >= k && strcmp(name + n - k, endings[i]) == 0)
			return k;
	}
	return 0;
}

char *
dests_folder(const char *bundle)
{
	const char *slash = strrchr(bundle, '/');
	const char *base = slash != NULL ? slash + 1 : bundle;
	size_t k = ending_size(base);

	/* "..", which "...tar.xz" would be, is no folder of its own. */
	if (k == 0 || base[0] == '.')
		return NULL;
	return strndup(base, strlen(base) - k);
}

bool
dests_is_suffix(const char *s)
{
	return s[0] == '.' && s[1] != '\0' && strchr(s, '/') == NULL &&
	    ending_size(s) == 0;
}

/* The first thing that is wrong stays. */
static enum err_code __attribute__((format(printf, 3, 4)))
refuse(struct dest *d, struct err *e, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (d->wrong != NULL)
		return ERR_OK;
	va_start(ap, fmt);
	n = vasprintf(&d->wrong, fmt, ap);
	va_end(ap);
	if (n < 0) {
		d->wrong = NULL;
		return err_nomem(e);
	}
	return ERR_OK;
}

/* --- names --- */

/* Is the component of n bytes at p no name for a directory of ours? */
static bool
is_bad(const char *p, size_t n)
{
	char name[32];

	if (n == 2 && p[0] == '.' && p[1] == '.')
		return true;
	if (n >= sizeof(name))
		return false;
	memcpy(name, p, n);
	name[n] = '\0';
	return stagedir_is_name(name);
}

/* Append the components in front of the last one to `to`, with a slash behind
 * each; false if there is one that cannot be. */
static bool
put_parents(char *to, const char *bundle)
{
	const char *p = bundle, *slash;
	size_t n;

	to += strlen(to);
	for (; (slash = strchr(p, '/')) != NULL; p = slash + 1) {
		n = (size_t)(slash - p);
		if (n == 0 || (n == 1 && *p == '.'))
			continue;
		if (is_bad(p, n))
			return false;
		memcpy(to, p, n + 1);
		to += n + 1;
		*to = '\0';
	}
	return true;
}

/* Set d->dir, of a bundle that has a folder's name. */
static enum err_code
choose(const char *top, bool by_path, const char *folder, struct dest *d,
    struct err *e)
{
	size_t size = strlen(top) + strlen(d->bundle) + strlen(folder) + 2;
	char *dir = malloc(size);

	if (dir == NULL)
		return err_nomem(e);
	snprintf(dir, size, "%s/", top);
	if (by_path && !put_parents(dir, d->bundle)) {
		free(dir);
		return refuse(d, e, "another bundle of this name is given, "
		    "and this path cannot be a directory's name; name it "
		    "without '..'");
	}
	strcat(dir, folder);
	d->dir = dir;
	return ERR_OK;
}

/* Are two of the folders the same? */
static bool
any_twice(char *const *folders, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; folders[i] != NULL && j < i; j++) {
			if (folders[j] != NULL &&
			    strcmp(folders[i], folders[j]) == 0)
				return true;
		}
	}
	return false;
}

static enum err_code
choose_all(const char *top, struct dest *all, char **folders, size_t n,
    struct err *e)
{
	bool by_path;
	size_t i;

	for (i = 0; i < n; i++)
		folders[i] = dests_folder(all[i].bundle);
	by_path = any_twice(folders, n);
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		if (folders[i] != NULL)
			choose(top, by_path, folders[i], &all[i], e);
		else
			refuse(&all[i], e, "has no .tar.xz to take off for a "
			    "folder's name, or begins with a dot; rename it");
	}
	return e->code;
}

/* --- what excludes each other --- */

static bool
is_inside(const char *inner, const char *outer)
{
	size_t n = strlen(outer);

	return strncmp(inner, outer, n) == 0 && inner[n] == '/';
}

/* Compare all[i] with all[k]. */
static enum err_code
compare(struct dest *all, size_t i, size_t k, struct err *e)
{
	struct dest *d = &all[i];
	const struct dest *other = &all[k];

	if (k < i && strcmp(d->dir, other->dir) == 0)
		refuse(d, e, "would go to %s, as %s does; rename it or name "
		    "it once", d->dir, other->bundle);
	else if (is_inside(d->dir, other->dir))
		refuse(d, e, "would go to %s, inside of %s, which is for %s; "
		    "rename it", d->dir, other->dir, other->bundle);
	else if (d->manifest != NULL &&
	    (strcmp(other->dir, d->manifest) == 0 ||
	    is_inside(other->dir, d->manifest)))
		refuse(d, e, "its manifest would be %s, where %s goes; rename "
		    "one of them", d->manifest, other->bundle);
	return e->code;
}

static enum err_code
compare_all(struct dest *all, size_t n, struct err *e)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		for (k = 0; all[i].dir != NULL && k < n; k++) {
			if (k != i && all[k].dir != NULL &&
			    compare(all, i, k, e) != ERR_OK)
				return e->code;
		}
	}
	return ERR_OK;
}

static enum err_code
name_manifests(const char *suffix, struct dest *all, size_t n, struct err *e)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (all[i].dir != NULL && asprintf(&all[i].manifest, "%s%s",
		    all[i].dir, suffix) < 0) {
			all[i].manifest = NULL;
			return err_nomem(e);
		}
	}
	return ERR_OK;
}

enum err_code
dests_plan(const char *top, const char *suffix, struct dest *all, size_t n,
    struct err *e)
{
	char **folders = calloc(n, sizeof(*folders));
	size_t i;

	if (folders == NULL)
		return err_nomem(e);
	if (choose_all(top, all, folders, n, e) == ERR_OK &&
	    (suffix == NULL ||
	    name_manifests(suffix, all, n, e) == ERR_OK))
		compare_all(all, n, e);
	for (i = 0; i < n; i++)
		free(folders[i]);
	free(folders);
	return e->code;
}

void
dests_free(struct dest *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(all[i].dir);
		free(all[i].manifest);
		free(all[i].wrong);
	}
}

/* --- directories --- */

/* Make the directory called name in *fd unless it is there, and go there. */
static enum err_code
descend(int *fd, const char *name, const char *path, struct err *e)
{
	int next;

	if (mkdirat(*fd, name, 0777) != 0 && errno != EEXIST)
		return err_sys(e, errno, "%s: cannot make it", path);
	next = openat(*fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (next < 0)
		return err_sys(e, errno, "%s: is in the way of a directory",
		    path);
	(void)close(*fd);
	*fd = next;
	return ERR_OK;
}

enum err_code
dests_make(const char *top, const struct dest *d, struct err *e)
{
	char *path = strdup(d->dir), *name, *slash;
	int fd;

	if (path == NULL)
		return err_nomem(e);
	fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		err_sys(e, errno, "%s: cannot open", top);
	name = path + strlen(top) + 1;
	while (e->code == ERR_OK && (slash = strchr(name, '/')) != NULL) {
		*slash = '\0';
		descend(&fd, name, path, e);
		*slash = '/';
		name = slash + 1;
	}
	if (fd >= 0)
		(void)close(fd);
	free(path);
	return e->code;
}
