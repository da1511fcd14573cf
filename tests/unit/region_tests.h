/*
 * region_tests: what the tests of the parsers of region/ share.
 */
#ifndef XZB_REGION_TESTS_H
#define XZB_REGION_TESTS_H

#include <stddef.h>
#include <stdint.h>

#include "region/region.h"

/* A region; the fields that matter. */
struct region_want {
	uint64_t off, size;
	enum region_kind kind;
	uint32_t element;
	uint64_t row;
	const char *dtype;
	const char *name;	/* NULL: none */
};

/* Are the regions of the n bytes at p the ones wanted, and no warning? */
void region_tests_are(const uint8_t *p, size_t n, const char *format,
    const struct region_want *want, size_t n_want);

/* Is the file one region, with a warning that has `part` in it; with "", with
 * no warning, and no format? */
void region_tests_plain(const uint8_t *p, size_t n, const char *part);

/* Cut the file short at each byte (1000 places of a large one), and flip each
 * bit of the first `header` bytes: whatever comes of it, the regions cover
 * the file. */
void region_tests_survive(const uint8_t *p, size_t n, size_t header);

#endif
