/*
 * order: which member follows which, and what kind of bytes each has.
 *
 * Like follows like: directories, then machine code, small binary files, text
 * by the end of the name (so that all .py are together), then large binary
 * files, whose headers are text; symlinks; and hard links, behind all files.
 * Within these by name.  A reader takes any order, as long as a hard link
 * comes after its file.
 */
#ifndef XZB_ORDER_H
#define XZB_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pack/scan.h"

/* Files that are not text, of this many bytes and over, are large. */
#define ORDER_LARGE_MIN ((uint64_t)64 << 10)

enum order_by {
	ORDER_KIND,		/* as above */
	ORDER_NAME,		/* as the scan has them */
	ORDER_GIVEN		/* as the paths were given, then by name */
};

/* "kind", "name", "given"; false when it is none of them. */
bool order_parse(const char *name, enum order_by *by);

/* KIND_TEXT or KIND_BINARY, by the first n bytes of something. */
enum member_kind order_kind(const uint8_t *p, size_t n);

/* Look at the first bytes of each file, sort, and make hard links
 * (scan_link()).  ERR_FAIL, naming the member, when it cannot be read. */
enum err_code order_members(struct scan *s, enum order_by by, struct err *e);

#endif
