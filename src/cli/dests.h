/*
 * dests: the directories that several bundles are extracted to, chosen before
 * the first one is, so that they do not depend on what becomes of it.
 *
 *     runs, a/x.tar.xz b/y.txz     ->  runs/x    runs/y
 *     runs, a/x.tar.xz b/x.tar.xz  ->  runs/a/x  runs/b/x
 *
 * If two would go to one directory, all are called by their paths, without a
 * leading "/" and without "." components.  A manifest is beside its directory:
 * runs/x.json.  Not for sharing between threads.
 */
#ifndef XZB_DESTS_H
#define XZB_DESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct dest {
	const char *bundle;	/* as it was named; borrowed */
	char *dir;		/* NULL: it can have none */
	char *manifest;		/* NULL: none is wanted, or there is no dir */
	char *wrong;		/* why it cannot be extracted, or NULL */
};

/* "dir/foo.tar.xz" -> "foo"; the caller frees.  NULL: it has not .tar.xz, .txz
 * or .xz at its end, or begins with a dot (or there is no memory). */
char *dests_folder(const char *bundle);

/* Does it begin with a dot, have no slash, and not end as bundles do? */
bool dests_is_suffix(const char *s);

/* Choose for all[0 .. n-1], of which only the bundles are set, below the
 * directory top.  A suffix (or NULL) is put behind the directory's name for the
 * manifest's.  ERR_FAIL: no memory.  To be freed in every case. */
enum err_code dests_plan(const char *top, const char *suffix,
    struct dest *all, size_t n, struct err *e);
void dests_free(struct dest *all, size_t n);

/* Make the directories between top and d->dir that are missing, and go through
 * no symlink for it. */
enum err_code dests_make(const char *top, const struct dest *d,
    struct err *e);

#endif
