/*
 * packer: what Python's standard library can decompress, by module.
 *
 * zlib is for a few lines, for which the header of .lzma is long, and bzip2 for
 * texts of 100 KB, of which it makes 2 to 4 % less than LZMA.
 */
#ifndef XZB_PACKER_H
#define XZB_PACKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum packer { PACKER_LZMA, PACKER_BZ2, PACKER_ZLIB };

#define PACKER_N 3

/* The module, whose decompress() gives back what was packed. */
const char *packer_module(enum packer p);

/* Append what it makes of the n bytes at p: for LZMA a .lzma file by the
 * settings of alone_preset().  Nothing if this build is without the library. */
enum err_code packer_encode(enum packer packer, const uint8_t *p, size_t n,
    struct buf *to, struct err *e);

/* The smallest of those that have a checksum, so that decompress() notices a
 * wrong byte: for LZMA a .xz file.  *best says which; n >= 1.  *to is set up
 * here. */
enum err_code packer_checked(const uint8_t *p, size_t n, struct buf *to,
    enum packer *best, struct err *e);

#endif
