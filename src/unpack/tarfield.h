/*
 * tarfield: the fields of a tar header block, read strictly.
 *
 * Pure functions over bytes; where readers of tars are known to disagree, a
 * field is refused.  Layout: POSIX.1-2017, pax, "ustar Interchange Format";
 * the fields of GNU headers and base-256 numbers: GNU tar manual, "Basic Tar
 * Format" and "Extensions".
 */
#ifndef XZB_TARFIELD_H
#define XZB_TARFIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TARFIELD_BLOCK 512	/* bytes of a block */

/* Where a field begins in the block, and the bytes it has. */
enum tarfield_layout {
	TARFIELD_NAME = 0, TARFIELD_NAME_SIZE = 100,
	TARFIELD_MODE = 100, TARFIELD_MODE_SIZE = 8,
	TARFIELD_UID = 108, TARFIELD_UID_SIZE = 8,
	TARFIELD_GID = 116, TARFIELD_GID_SIZE = 8,
	TARFIELD_SIZE = 124, TARFIELD_SIZE_SIZE = 12,
	TARFIELD_MTIME = 136, TARFIELD_MTIME_SIZE = 12,
	TARFIELD_SUM = 148, TARFIELD_SUM_SIZE = 8,
	TARFIELD_TYPE = 156,
	TARFIELD_LINK = 157, TARFIELD_LINK_SIZE = 100,
	TARFIELD_MAGIC = 257, TARFIELD_MAGIC_SIZE = 8,	/* with version */
	TARFIELD_DEVMAJOR = 329, TARFIELD_DEVMAJOR_SIZE = 8,
	TARFIELD_DEVMINOR = 337, TARFIELD_DEVMINOR_SIZE = 8,
	/* ustar */
	TARFIELD_PREFIX = 345, TARFIELD_PREFIX_SIZE = 155,
	TARFIELD_PREFIX_END = 500,
	/* GNU */
	TARFIELD_GNU_TIMES = 345, TARFIELD_GNU_TIMES_SIZE = 24
	/* then volumes, sparse map, real size */
};

enum tarfield_sum {
	TARFIELD_SUM_OK,
	TARFIELD_SUM_SIGNED,	/* right when bytes are signed: old readers */
	TARFIELD_SUM_OPEN,	/* right, but nothing ends it in its field:
				 * node-tar reads on and skips the header */
	TARFIELD_SUM_BAD
};

/* What a header block says by itself. */
struct tarfield_header {
	char name[TARFIELD_PREFIX_SIZE + 1 + TARFIELD_NAME_SIZE + 1];
	char link[TARFIELD_LINK_SIZE + 1];	/* "" when there is none */
	char type;		/* '0' to '6', or 'x' 'g' 'L' 'K' */
	bool old_type;		/* '0' was a NUL, as in v7 */
	bool is_full;		/* the name fills its field, and there is no
				 * prefix: a longer one may have been cut */
	bool executable;	/* by the owner */
	uint64_t size;		/* bytes */
	int64_t mtime;		/* seconds, not negative */
};

/* Is the checksum of the block of TARFIELD_BLOCK bytes right? */
enum tarfield_sum tarfield_checksum(const uint8_t *block);

/*
 * Read the block, whose checksum is right.  Forms: ustar, GNU and v7, by the
 * exact magic.  ERR_UNSAFE: another form, a field that is not what it must
 * be, or a type of member that is none of those above.
 */
enum err_code tarfield_header(const uint8_t *block,
    struct tarfield_header *h, struct err *e);

/*
 * The number in the n bytes at p, 0 to INT64_MAX: octal digits behind any
 * blanks, with blanks and NULs up to the field's end; or blanks and NULs
 * alone, which are 0; or base-256, whose first byte is 0x80.  False: none of
 * these, negative, or too large.
 */
bool tarfield_number(const uint8_t *p, size_t n, uint64_t *out);

/* The bytes of text in the n at p, *used of them: up to the first NUL, or
 * all.  False when anything but NULs follows. */
bool tarfield_text(const uint8_t *p, size_t n, size_t *used);

/* Does any block of the n bytes at p, filled up with zeros, have a checksum
 * that some reader would take? */
bool tarfield_has_header(const uint8_t *p, size_t n);

/* Are the n bytes at p all 0? */
bool tarfield_zeros(const uint8_t *p, size_t n);

#endif
