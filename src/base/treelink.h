/*
 * treelink: does a symlink stay inside its tree?
 *
 * Decided from names and texts alone, no file is touched: the tree is what
 * the caller says it is.  create asks before it stores a symlink, extract
 * before it makes one, so that the one never refuses what the other wrote.
 */
#ifndef XZB_TREELINK_H
#define XZB_TREELINK_H

#include <stddef.h>

#include "base/err.h"

enum treelink {
	TREELINK_INSIDE,
	TREELINK_EMPTY,		/* no text, or one of PATH_MAX and over */
	TREELINK_ABSOLUTE,
	TREELINK_LEAVES,	/* goes above the root on its way */
	TREELINK_LOOPS,		/* crosses too many other symlinks */
	TREELINK_CROSSES	/* crosses one, where none may be crossed */
};

/*
 * Walk text from the directory of the symlink called name (clean: relative,
 * no ".", no ".." and no doubled '/'), through other symlinks on the way as
 * the kernel would, but for the last component: what that is, is judged on
 * its own.  link_text gives the text of the symlink called by the n bytes at
 * path, NULL when that is something else or nothing.  It may be NULL: then
 * there are no other symlinks.  Fails only for memory.
 */
enum err_code treelink_walk(const char *name, const char *text,
    const char *(*link_text)(void *ctx, const char *path, size_t n),
    void *ctx, enum treelink *verdict, struct err *e);

/*
 * The same for a tree in which no symlink may lead through another: the first
 * on the way is TREELINK_CROSSES, the last component is not judged here
 * either.  *to is the clean name of where text leads, "" for the root; it is
 * the caller's, and NULL but for TREELINK_INSIDE.
 */
enum err_code treelink_direct(const char *name, const char *text,
    const char *(*link_text)(void *ctx, const char *path, size_t n),
    void *ctx, enum treelink *verdict, char **to, struct err *e);

/* What is wrong, for a message such as "a symlink to 'x', which leaves the
 * tree": the words after the comma.  "" for TREELINK_INSIDE. */
const char *treelink_reason(enum treelink verdict);

#endif
