/*
 * gunzip: a .gz file -> its bytes, with all that it says of them checked.
 *
 * libarchive passes over the CRC32 and the size behind gzip's data, so that a
 * flipped bit would not be seen; zlib compares both.  Several members one after
 * the other are one file, as gzip(1) has it (RFC 1952, 2.2); zeros may follow,
 * and nothing else.  One owner thread.
 */
#ifndef XZB_GUNZIP_H
#define XZB_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"

struct gunzip;

/* Do the n bytes begin a .gz file? */
bool gunzip_looks(const uint8_t *head, size_t n);

/* Read the file behind fd from its first byte on; w counts its bytes.
 * ERR_UNSUPPORTED: there is no zlib.  *out is the caller's. */
enum err_code gunzip_open(int fd, const struct watch *w, struct gunzip **out,
    struct err *e);

/* The next bytes, borrowed until the next call; *n is 0 at the end.
 * ERR_CORRUPT: not what was compressed. */
enum err_code gunzip_next(struct gunzip *g, const uint8_t **p, size_t *n,
    struct err *e);

void gunzip_free(struct gunzip *g);	/* NULL is legal */

#endif
