/*
 * field: n values of w bits as bytes, raw or coded by rANS.
 *
 * See "Fields" in xzbundle-packed(5), which is also the place for every number
 * that is not explained here.
 */
#ifndef XZB_FIELD_H
#define XZB_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Values that are encoded, in the order of the tensor. */
struct field {
	const uint16_t *values;		/* [n], each below 1 << bits */
	uint64_t n;			/* >= 1 */
	unsigned int bits;		/* 1 .. 16 */
	uint64_t cols;			/* values from a row to the next, >= 1;
					 * n: there are no rows */
};

/* Room for n values, which the caller frees; NULL: there is none. */
uint16_t *field_room(uint64_t n);

/* Bytes of n values of `bits` bits as one string of bits. */
uint64_t field_raw_size(uint64_t n, unsigned int bits);

/* Append them so, without the byte that says it (bits 0 .. 16). */
enum err_code field_put_bits(const uint16_t *values, uint64_t n,
    unsigned int bits, struct buf *out, struct err *e);

/* Read them from p, which has field_raw_size(n, bits) bytes.  ERR_CORRUPT: the
 * padding is not zero. */
enum err_code field_get_bits(const uint8_t *p, uint64_t n, unsigned int bits,
    uint16_t *values, struct err *e);

/* Append a raw field. */
enum err_code field_put_raw(const struct field *f, struct buf *out,
    struct err *e);

/* Append a coded field, with classes if `classes` and if they pay.
 * ERR_UNSUPPORTED: values too far apart for it. */
enum err_code field_put_coded(const struct field *f, bool classes,
    struct buf *out, struct err *e);

/*
 * Read a field of n values from p[size] into values[n]; *used is the number of
 * its bytes.  ERR_CORRUPT: it is not one.
 */
enum err_code field_get(const uint8_t *p, size_t size, uint64_t n,
    unsigned int bits, uint16_t *values, size_t *used, struct err *e);

/* The same of a field of up to 8 bits. */
enum err_code field_get_bytes(const uint8_t *p, size_t size, uint64_t n,
    unsigned int bits, uint8_t *values, size_t *used, struct err *e);

#endif
