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

/*
 * Make one in the directory home, mode 0700.  *name and *fd (which has the
 * lock) are the caller's.
 *
 * Where others may rename what is not theirs, the name may be another
 * directory's before this one is open: one that is not the user's, empty and
 * of that mode is left as it is, and this fails.  (Empty is all that it has to
 * be on file systems that have owners and modes of their own.)
 */
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

/*
 * Empty the directory behind fd, which is consumed and has the lock, and remove
 * its name.  0, or the errno that says why something is left: ENOENT when the
 * name is another one's, which stays.  (That it is free is well.)
 */
int stagedir_remove(int home, const char *name, int fd);

/* Is name in the directory home the directory behind fd, which may be of
 * O_PATH? */
bool stagedir_is_at(int home, const char *name, int fd);

/* Is it such a name? */
bool stagedir_is_name(const char *name);

/* Is it a directory of such a name?  For scandir(3). */
int stagedir_is_one(const struct dirent *d);

#endif
