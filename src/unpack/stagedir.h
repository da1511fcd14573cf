/*
 * stagedir: private directories with a lock, and what is left of dead runs.
 *
 * They are called ".xzbundle-stage." and eight digits.  Whoever makes one
 * holds a lock (flock(2)) on it, and so does the confined process that shares
 * the descriptor.  One that nobody holds belongs to a run that was killed.
 */
#ifndef XZB_STAGEDIR_H
#define XZB_STAGEDIR_H

#include <dirent.h>
#include <stdbool.h>

#include "base/err.h"

/* Make one in the directory home, mode 0700.  *name and *fd (which has the
 * lock) are the caller's. */
enum err_code stagedir_make(int home, char **name, int *fd, struct err *e);

/*
 * Remove those in home that are the caller's user's and that nobody holds.
 * What cannot be removed is left for another run.
 *
 * None is where somebody else may rename what is not theirs: they could give
 * such a name to any tree of the caller's, and it would go.  So home has to
 * be the caller's or root's, and without the sticky bit no group or other
 * user may write to it.
 */
void stagedir_collect(int home);

/* Is it such a name? */
bool stagedir_is_name(const char *name);

/* Is it a directory of such a name?  For scandir(3). */
int stagedir_is_one(const struct dirent *d);

#endif
