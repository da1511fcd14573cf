/*
 * cut: where the statistics of bytes change.
 *
 * For files whose format is not known: tables of another kind behind one
 * another have other byte frequencies.  Windows of 32 KiB are compared with
 * what has come since the last cut, by order-0 entropy.  A cut that does not
 * pay is undone by pack/merge.
 */
#ifndef XZB_CUT_H
#define XZB_CUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"

#define CUT_MAX 64		/* places; behind the last all is one piece */
#define CUT_WINDOW ((size_t)32 << 10)	/* bytes; cuts are at multiples */

/* Fill places[*n] with offsets, from off on, ascending, 0 < place < size. */
enum err_code cut_find(const struct source *src, uint64_t off, uint64_t size,
    uint64_t places[CUT_MAX], size_t *n, struct err *e);

#endif
