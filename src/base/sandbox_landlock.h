/*
 * sandbox_landlock: the part of base/sandbox that bounds files.
 *
 * Newer constants than the oldest headers have (those of Linux 5.19 stop at
 * ABI 2) are given by their values, from the kernel's landlock.rst.
 */
#ifndef XZB_SANDBOX_LANDLOCK_H
#define XZB_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Forbid all that the kernel's ABI can forbid, but for making files below
 * stage_fd (-1: not even that), and links with `links`.  *abi is the version
 * in force, at most max_abi (0: any), and 0 when the kernel has no Landlock:
 * that is not an error.  Needs no_new_privs.
 */
enum err_code sandbox_landlock(int stage_fd, bool links, int32_t max_abi,
    int32_t *abi, struct err *e);

#endif
