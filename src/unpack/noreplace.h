/*
 * noreplace: a rename to a name that is free.
 *
 * By renameat2(2) with RENAME_NOREPLACE.  Some file systems do not have that
 * (EINVAL): there an empty directory claims the name of a directory, which
 * can be renamed over only while it is one and empty, and what is no
 * directory gets the name by linkat(2), which never replaces.
 */
#ifndef XZB_NOREPLACE_H
#define XZB_NOREPLACE_H

/* Rename `name` in the directory `from` to `to_name` in `to`, both of one
 * file system.  -1 with errno, and nothing has changed; EEXIST, ENOTEMPTY or
 * ENOTDIR when the name is not free. */
int noreplace_move(int from, const char *name, int to, const char *to_name);

#endif
