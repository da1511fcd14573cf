/*
 * mount: directories that belong to one mount, and where others begin.
 *
 * What is to be removed ends where something else is mounted: another file
 * system, or (a bind mount) another part of the same one.  openat2(2) says
 * so; where it is missing statx(2) compares what was opened.
 */
#ifndef XZB_MOUNT_H
#define XZB_MOUNT_H

#include <stdbool.h>
#include <sys/stat.h>

/* What statx(2) is asked for, so that mount_equal() can tell. */
#define MOUNT_STATX (STATX_BASIC_STATS | STATX_MNT_ID)

/* Open the directory called name in dir_fd: no symlink, and of the same mount
 * as dir_fd (else EXDEV).  name has no slash; flags are of open(2), such as
 * O_RDONLY or O_PATH.  -1 with errno. */
int mount_open(int dir_fd, const char *name, int flags);

/* Are both of one mount?  File systems made of others (overlayfs) may give
 * files of one mount several devices, so these are only asked on a kernel that
 * does not number mounts. */
bool mount_equal(const struct statx *x, const struct statx *y);

/* The same of two descriptors.  False as well when that is not known. */
bool mount_same(int a, int b);

/* The path of something mounted below the directory path; the caller frees.
 * NULL when there is none, and when /proc does not say. */
char *mount_below(const char *path);

#endif
