/*
 * within: is a directory, or a file, somewhere below another directory?
 *
 * By device and inode, from the lower one up to the root, whatever it is
 * called.  Where the way up is not the caller's to search the answer is no:
 * what one may not search is hardly below what one may remove.
 */
#ifndef XZB_WITHIN_H
#define XZB_WITHIN_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"

/* Are the two what stat(2) says of one file? */
bool within_same(const struct stat *a, const struct stat *b);

/* Is the directory behind fd (or AT_FDCWD) the directory dir, or below it? */
enum err_code within_dir(int fd, const struct stat *dir, bool *is,
    struct err *e);

/* Is the name path below dir, or the file that it leads to? */
enum err_code within_file(const char *path, const struct stat *dir, bool *is,
    struct err *e);

#endif
