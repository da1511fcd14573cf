/*
 * inspect: does a tree hold what the confined process may have made?
 *
 * The parent looks before it publishes, at types, modes, counts and sizes
 * alone, so that a process which was taken over by what it parsed can put
 * nothing in place that an honest one could not: the sandbox bounds single
 * calls, and this what they add up to.
 */
#ifndef XZB_INSPECT_H
#define XZB_INSPECT_H

#include <stdbool.h>

#include "base/err.h"
#include "unpack/limits.h"

/*
 * Walk all below the directory behind fd (borrowed).  ERR_UNSAFE: anything but
 * directories and files (and with links, links), a mode of more than 0755,
 * more entries, bytes or depth than the limits allow, or another mount.
 */
enum err_code inspect_tree(int fd, const struct limits *l, bool links,
    struct err *e);

#endif
