/*
 * sniffzip: arrays of Python objects, and zips with these or with pickles.
 *
 * Looks at bytes that may be any and that may end anywhere.
 */
#ifndef XZB_SNIFFZIP_H
#define XZB_SNIFFZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unpack/sniff.h"

/* Is it an .npy whose elements may be objects?  cut is what to say when its
 * header goes on behind these bytes, and none is in what there is of it. */
bool sniffzip_npy(const uint8_t *p, size_t n, bool cut);

/* SNIFF_TORCH_ZIP or SNIFF_NPY_OBJECT by the first entry that is either;
 * SNIFF_NONE: none is within these bytes, or they do not begin a zip. */
enum sniff_kind sniffzip_kind(const uint8_t *p, size_t n);

#endif
