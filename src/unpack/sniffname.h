/*
 * sniffname: what a name alone tells of a file.
 *
 * ASCII letters are compared in any case, all other bytes as they are.  Needs
 * no memory.
 */
#ifndef XZB_SNIFFNAME_H
#define XZB_SNIFFNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "unpack/sniff.h"

/* Do the n bytes at name end in these? */
bool sniffname_ends(const char *name, size_t n, const char *end);

/* The kind that the end of a name stands for, or SNIFF_NONE.  Of a compressed
 * file (".gz" and the like) only pickles and containers count, which are read
 * as they are.  The n bytes may be any. */
enum sniff_kind sniffname_kind(const char *name, size_t n);

/* SNIFF_DASH when a component of the path begins with '-', or else SNIFF_HIDDEN
 * when one begins with '.'; name is clean. */
enum sniff_kind sniffname_odd(const char *name);

#endif
