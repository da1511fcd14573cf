/*
 * xzseed: bytes as a file without a name, and as a .xz of several Blocks.
 *
 * What fails here ends the program: these are tests.
 */
#ifndef XZB_XZSEED_H
#define XZB_XZSEED_H

#include "seeds.h"

/* A file of the n bytes at p; the descriptor is the caller's. */
int xzseed_plain(const uint8_t *p, size_t n);

/* A file of the .xz of the n bytes at p, in Blocks of step bytes that go
 * through the chain (such as "x86 lzma2").  Likewise. */
int xzseed_xz(const uint8_t *p, size_t n, size_t step, const char *chain);

/* Append that .xz. */
void xzseed_append(struct seed *s, const uint8_t *p, size_t n, size_t step,
    const char *chain);

/* Make the CRC32 of the headers right, of a .xz of one Stream, as far as they
 * can be found: The .xz File Format 1.1.0, sections 2.1, 3.1 and 4. */
void xzseed_repair(uint8_t *p, size_t n);

#endif
