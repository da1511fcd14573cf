/*
 * rmtree: removes a tree by descriptors, however deep it is.
 *
 * Nothing outside of the directory given is touched: links are removed, not
 * followed, and what is mounted below it stays, with the directories that
 * lead there.
 */
#ifndef XZB_RMTREE_H
#define XZB_RMTREE_H

#include <dirent.h>

/* Remove all below fd, which is consumed.  What cannot be removed stays,
 * and the result is the errno that says why: 0 if all is gone. */
int rmtree_below(int fd);

/* Open the directory called name in dir_fd, no link and nothing mounted, to
 * be listed and emptied: its mode becomes 0700, as it may be in the way.  -1
 * with errno. */
int rmtree_open(int dir_fd, const char *name);

/* For scandir(3): is it an entry other than "." and ".."? */
int rmtree_entry(const struct dirent *d);

#endif
