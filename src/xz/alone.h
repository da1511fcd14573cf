/*
 * alone: bytes -> a .lzma file, which is one LZMA1 stream behind a header of 13
 * bytes, or a .xz file of one Block; for what Python's lzma.decompress() is to
 * read in few bytes.
 *
 * The header of .lzma is shorter than any way to name a raw chain to Python;
 * its format is in the LZMA SDK's lzma.txt and in liblzma's
 * doc/lzma-file-format.txt.
 *
 * Each call makes and frees its own encoder: any number of threads may encode.
 */
#ifndef XZB_ALONE_H
#define XZB_ALONE_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes that an encoder of a small dictionary encodes in the time that it takes
 * to begin, about. */
#define ALONE_START 8192

enum alone_end {
	ALONE_SIZED,	/* the header has the size of what is encoded */
	ALONE_MARKED	/* the stream has an end marker */
};

/*
 * Append the .lzma file of the n bytes at p.  Of options, dict_size is what
 * the header will say: a size whose bytes are few NULs, see alone_dict().
 */
enum err_code alone_encode(const uint8_t *p, size_t n,
    const lzma_options_lzma *options, enum alone_end end, struct buf *out,
    struct err *e);

/* Append the .xz file, one Block of LZMA2 with the same options and a check.
 * (No empty one: n >= 1.) */
enum err_code alone_encode_xz(const uint8_t *p, size_t n,
    const lzma_options_lzma *options, lzma_check check, struct buf *out,
    struct err *e);

/* The bytes of LZMA1 data alone, without header and marker. */
enum err_code alone_size(const uint8_t *p, size_t n,
    const lzma_options_lzma *options, uint64_t *size, struct err *e);

/* Settings to begin with, for n bytes: of xz -9e, for text. */
void alone_preset(lzma_options_lzma *options, size_t n);

/*
 * A dictionary for n bytes that liblzma takes in a .lzma header (2^k, or 2^k +
 * 2^(k-1)) and of whose four bytes only two are NUL.
 */
uint32_t alone_dict(size_t n);

#endif
