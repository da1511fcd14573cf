/*
 * feed: the bytes of an archive, decompressed, as libarchive wants to have
 * them.
 *
 * Those of a file that is not compressed as a whole can be read at any offset,
 * as formats need that have a directory at their end.  It is noted where the
 * bytes that are not zero end.  One owner thread.
 */
#ifndef XZB_FEED_H
#define XZB_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"

struct archive;
struct feed;

/* *out is the caller's. */
enum err_code feed_open(int fd, const struct watch *w, struct feed **out,
    struct err *e);
void feed_free(struct feed *f);	/* NULL is legal */

/* Is the file not compressed as a whole? */
bool feed_is_plain(const struct feed *f);

/* Bytes of the file. */
uint64_t feed_file_size(const struct feed *f);

/* Have a read from the first byte on. */
enum err_code feed_attach(struct feed *f, struct archive *a, struct err *e);

/* Begin at the first byte again. */
enum err_code feed_rewind(struct feed *f, struct err *e);

/* What went wrong in a's calls, if anything. */
enum err_code feed_error(const struct feed *f, struct err *e);

/* The next bytes, borrowed until the next call; *n is 0 at the end. */
enum err_code feed_next(struct feed *f, const uint8_t **p, size_t *n,
    struct err *e);

/* How many bytes there are, once the end was read; and where the last one ends
 * that is not zero. */
uint64_t feed_size(const struct feed *f);
uint64_t feed_used(const struct feed *f);

#endif
