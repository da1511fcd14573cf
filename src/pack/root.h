/*
 * root: command-line paths -> the directory that names are relative to.
 *
 * Resolves symlinks on the way to a path, but not a path that is one.
 */
#ifndef XZB_ROOT_H
#define XZB_ROOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct root {
	char *dir;		/* absolute and resolved; owned */
	char **paths;		/* [n_paths] absolute, as root_absolute() has
				 * them; owned */
	size_t n_paths;
};

/*
 * The root of n paths (n >= 1): base, or if that is NULL the deepest
 * directory that holds every path, where "DIR/." stands for what DIR
 * contains.  Paths are relative to base where there is one.  *r is to be
 * freed in every case.
 */
enum err_code root_find(const char *base, const char *const *paths,
    size_t n, struct root *r, struct err *e);

void root_free(struct root *r);

/* The name of path below root, both absolute: NULL when outside, "" for the
 * root itself; borrowed from path. */
const char *root_below(const char *root, const char *path);

/*
 * The absolute form of path without resolving its last component (a symlink
 * stays one).  "DIR/." and "DIR/.." resolve fully; *contents says that the
 * last component was ".".  *out is the caller's.
 */
enum err_code root_absolute(const char *base, const char *path, char **out,
    bool *contents, struct err *e);

#endif
