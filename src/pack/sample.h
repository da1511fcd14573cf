/*
 * sample: a part of some bytes that stands for all of them.
 *
 * Weights differ from tensor to tensor, and matches need room: of the same
 * number of bytes, 4 runs of 128 KiB predict the best chain for the whole
 * better than 8 of 64 KiB or one of 512 KiB; see src/README.
 */
#ifndef XZB_SAMPLE_H
#define XZB_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"

#define SAMPLE_RUNS 4		/* evenly spread */
#define SAMPLE_ANCHOR_BITS 8		/* one position in 2^8 is an anchor */
#define SAMPLE_MAX ((size_t)512 << 10)	/* bytes, all runs together */

/*
 * Read the size bytes at off, or a sample of them, into p[SAMPLE_MAX].  *got
 * is the size of it in bytes.  Runs keep the phase of every element size up
 * to 16.
 */
enum err_code sample_read(const struct source *src, uint64_t off,
    uint64_t size, uint8_t *p, size_t *got, struct err *e);

/*
 * A thinner sample: the beginnings of the runs first .. last of the sample
 * p[size], max bytes together; or all of p, when it is no larger than max.
 * The result is the number of bytes in to[max].
 */
size_t sample_thin(uint8_t *to, size_t max, size_t first, size_t last,
    const uint8_t *p, size_t size);

/*
 * Do more than 1 in 500 of the bytes repeat others, anywhere before?  Looks
 * at the first 64 MiB at most; needs 32 bytes of memory for each KiB.
 */
enum err_code sample_repeats(const struct source *src, uint64_t off,
    uint64_t size, bool *yes, struct err *e);

/* The random words of a gear hash, a byte each: the hash is shifted left by
 * one and the next byte's word added, so that it depends on the last 64 bytes
 * alone.  Where its upper SAMPLE_ANCHOR_BITS are 0, there is an anchor. */
void sample_gear(uint64_t table[256]);

#endif
