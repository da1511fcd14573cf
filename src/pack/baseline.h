/*
 * baseline: what others make of a tensor's bytes, to compare with.
 *
 * Only caller of zlib, which is optional.
 */
#ifndef XZB_BASELINE_H
#define XZB_BASELINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define BASELINE_NONE UINT64_MAX	/* not known */

struct baseline {
	uint64_t order0;	/* bytes, if each byte were coded by how often
				 * its value occurs at its place in the word */
	uint64_t zlib;		/* bytes with zlib at level 9; BASELINE_NONE
				 * without zlib */
	uint64_t lzma;		/* bytes of LZMA2 data with preset 9 */
};

/* Of the n bytes at p, which are words of so many bytes (>= 1). */
enum err_code baseline_measure(const uint8_t *p, size_t n, unsigned int word,
    struct baseline *b, struct err *e);

#endif
