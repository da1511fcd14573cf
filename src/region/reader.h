/*
 * reader: the small fields of a file, one after another.
 *
 * Reads in steps of a few KiB, so that a header of a million fields costs
 * neither a call each nor its size in memory; what is skipped is not read.
 * The first field that is not inside the part, and the first failed read,
 * make the reader bad for good: all fields are 0 then.  So a parser may read
 * several fields before it looks.
 */
#ifndef XZB_READER_H
#define XZB_READER_H

#include "region/region.h"

#define READER_STEP 4096	/* bytes read at a time */

struct reader {
	const struct region_input *in;
	uint64_t at;		/* in the input, of the next field */
	uint64_t end;		/* in the input, of the part; <= in->size */
	bool bad;
	uint64_t buf_at;	/* in the input, of buf[0] */
	size_t buf_n;
	uint8_t buf[READER_STEP];
};

/* Begin at the first of the n bytes at `at`, which become bad if they are not
 * inside the input. */
void reader_begin(struct reader *r, const struct region_input *in,
    uint64_t at, uint64_t n);

/* The bytes left. */
uint64_t reader_left(const struct reader *r);

/* False, and bad, if there are not n bytes left. */
bool reader_skip(struct reader *r, uint64_t n);

/* Read n bytes, at most READER_STEP; false, and zeros, if bad. */
bool reader_bytes(struct reader *r, void *p, size_t n, struct err *e);

/* An unsigned number of n bytes (1 .. 8), little-endian. */
uint64_t reader_le(struct reader *r, size_t n, struct err *e);

/* A number of protobuf: 7 bits a byte, the low ones first. */
uint64_t reader_varint(struct reader *r, struct err *e);

#endif
