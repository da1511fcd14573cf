/*
 * input: opens a file that is to be read by a confined process.
 */
#ifndef XZB_INPUT_H
#define XZB_INPUT_H

#include <stdint.h>

#include "base/err.h"

/*
 * Open the regular file at path, which messages call `what`, such as "bundle";
 * *fd is the caller's, and -1 after an error.  ERR_UNSAFE: it is a symlink of
 * somebody else.
 */
enum err_code input_open(const char *path, const char *what, int *fd,
    uint64_t *size, struct err *e);

#endif
