/*
 * regions: what the tests of region/ share.
 */
#ifndef XZB_TEST_REGIONS_H
#define XZB_TEST_REGIONS_H

#include "base/buf.h"
#include "region/region.h"

/* A region as it has to be; NULL: no name. */
struct regions_want {
	uint64_t off, size;
	enum region_kind kind;
	uint32_t element;
	uint64_t row;
	const char *dtype, *name;
};

/* Append bytes, a number of n bytes (little-endian), text without its NUL. */
void regions_put(struct buf *b, const void *p, size_t n);
void regions_put_le(struct buf *b, uint64_t v, size_t n);
void regions_put_text(struct buf *b, const char *text);

/* region_find() for the n bytes at p, n >= 1, as a file that is not at the
 * start of its source; the result has to cover it.  The list is to be freed. */
void regions_find(const uint8_t *p, size_t n, struct region_list *list);

/* Are the regions of the n bytes at p just those, in a file of that format? */
void regions_are(const uint8_t *p, size_t n, const char *format,
    const struct regions_want *want, size_t n_want);

/* Are they one, with a warning that has `says` in it?  NULL: without; "":
 * without, and in no format. */
void regions_one(const uint8_t *p, size_t n, const char *says);

/* Cut the n bytes at p everywhere (at 1000 places, if they are more), and
 * change each bit and byte in [from, to): that must do no harm. */
void regions_hurt(const uint8_t *p, size_t n, size_t from, size_t to);

/*
 * Run a script of Python, which may use numpy.  It makes files, and prints
 * "FILE OFFSET SIZE ELEMENT ROW DTYPE NAME" for regions that have to be found
 * in them ("-": none).  Without Python or numpy, nothing is tested.
 */
void regions_by_python(const char *script);

#endif
