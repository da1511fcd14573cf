/*
 * zipped: the zip of one stored member, as it ends a file that has other bytes
 * before it.
 *
 * Format: PKWARE's APPNOTE.TXT, version 6.3.10; offsets count from where the
 * zip begins, which Python's zipimport allows.
 */
#ifndef XZB_ZIPPED_H
#define XZB_ZIPPED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of the zip of a member with n bytes. */
size_t zipped_size(const char *name, size_t n);

/* Append it; n < 2^32. */
enum err_code zipped_write(const char *name, const uint8_t *p, size_t n,
    struct buf *to, struct err *e);

#endif
