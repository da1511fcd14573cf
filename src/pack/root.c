#include "pack/root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Split off the last component of the path in copy, which is cut there;
 * *parent is "." or "/" where nothing is left. */
static const char *
last_component(char *copy, const char **parent)
{
	size_t n = strlen(copy);
	char *slash;

	while (n > 1 && copy[n - 1] == '/')
		copy[--n] = '\0';
	slash = strrchr(copy, '/');
	*parent = slash == NULL ? "." : slash == copy ? "/" : copy;
	if (slash == NULL)
		return copy;
	slash[0] = '\0';
	return slash + 1;
}

static enum err_code
resolve(const char *path, char **out, bool *contents, struct err *e)
{
	char *copy = strdup(path), *dir;
	const char *last, *parent;

	*out = NULL;
	if (copy == NULL)
		return err_nomem(e);
	last = last_component(copy, &parent);
	*contents = strcmp(last, ".") == 0;
	if (*contents || strcmp(last, "..") == 0 || last[0] == '\0') {
		*out = realpath(path, NULL);
	} else if ((dir = realpath(parent, NULL)) != NULL) {
		if (asprintf(out, "%s/%s", strcmp(dir, "/") == 0 ? "" : dir,
		    last) < 0)
			*out = NULL;
		free(dir);
	}
	if (*out == NULL)
		err_sys(e, errno, "%s", path);
	free(copy);
	return e->code;
}

enum err_code
root_absolute(const char *base, const char *path, char **out,
    bool *contents, struct err *e)
{
	char *full = NULL;

	*out = NULL;
	if (path[0] == '\0')
		return err_set(e, ERR_USAGE, "an empty path");
	if (base != NULL && path[0] != '/' &&
	    asprintf(&full, "%s/%s", base, path) < 0)
		return err_nomem(e);
	resolve(full != NULL ? full : path, out, contents, e);
	free(full);
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

const char *
root_below(const char *root, const char *path)
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

/* The deepest directory that holds every path. */
static enum err_code
common_holder(struct root *r, const bool *contents, struct err *e)
{
	char *holder;
	size_t i;

	for (i = 0; i < r->n_paths; i++) {
		holder = strdup(r->paths[i]);
		if (holder == NULL)
			return err_nomem(e);
		if (!contents[i])
			parent_of(holder);
		if (r->dir == NULL) {
			r->dir = holder;
		} else {
			common_root(r->dir, holder);
			free(holder);
		}
	}
	return ERR_OK;
}

enum err_code
root_find(const char *base, const char *const *paths, size_t n,
    struct root *r, struct err *e)
{
	bool *contents = calloc(n, sizeof(*contents));

	memset(r, 0, sizeof(*r));
	r->paths = calloc(n, sizeof(char *));
	if (r->paths == NULL || contents == NULL)
		err_nomem(e);
	for (; r->n_paths < n && e->code == ERR_OK; r->n_paths++)
		root_absolute(base, paths[r->n_paths],
		    &r->paths[r->n_paths], &contents[r->n_paths], e);
	if (e->code == ERR_OK && base == NULL) {
		common_holder(r, contents, e);
	} else if (e->code == ERR_OK) {
		r->dir = realpath(base, NULL);
		if (r->dir == NULL)
			err_sys(e, errno, "%s", base);
	}
	free(contents);
	return e->code;
}

void
root_free(struct root *r)
{
	size_t i;

	for (i = 0; i < r->n_paths; i++)
		free(r->paths[i]);
	free(r->paths);
	free(r->dir);
	memset(r, 0, sizeof(*r));
}
