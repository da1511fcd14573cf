/*
 * unfilter: a file in any compression that libarchive reads -> its bytes.
 *
 * To the file's last byte, so that all checksums are compared; gzip by
 * import/gunzip.  These are left out: what starts programs (lrzip, lzop, grzip,
 * and others where libarchive was built without a library), and uu and rpm,
 * which are no compression and have something around the data that would be
 * lost.  Nothing is opened.  One owner thread.
 *
 * Memory is the decoders', some of which take what the file says, up to 4 GiB:
 * the caller bounds the process's address space.  ERR_MEMLIMIT then.
 */
#ifndef XZB_UNFILTER_H
#define XZB_UNFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"

struct unfilter;

/* Read the file behind fd, which is seekable, from its first byte on.  w counts
 * its bytes, and may be NULL.  *out is the caller's. */
enum err_code unfilter_open(int fd, const struct watch *w,
    struct unfilter **out, struct err *e);

/* Is the file not compressed at all? */
bool unfilter_is_plain(const struct unfilter *u);

/* The next bytes, borrowed until the next call; *n is 0 at the end.
 * ERR_CORRUPT: damaged. */
enum err_code unfilter_next(struct unfilter *u, const uint8_t **p, size_t *n,
    struct err *e);

void unfilter_free(struct unfilter *u);	/* NULL is legal */

struct archive;

/* What made a call of libarchive fail, as an error of ours. */
enum err_code unfilter_failed(struct archive *a, const char *what,
    struct err *e);

#endif
