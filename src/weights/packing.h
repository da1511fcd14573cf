/*
 * packing: the ways to write a tensor's values in fewer bytes, and back.
 *
 * One file each, weights/bits.c and so on, and a table of them here.  What they
 * write is in xzbundle-packed(5).  All work on memory, have no state, and may
 * be called by any number of threads.
 *
 * Encoding is exact or does not happen.  Decoding trusts nothing: not the
 * parameters, not the bytes.  It returns ERR_CORRUPT for what no encoder
 * writes; the texts name no tensor, callers do.
 */
#ifndef XZB_PACKING_H
#define XZB_PACKING_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "weights/tensor.h"

#define PACKING_BITS_MAX 16	/* of a value in a field */

/* The names of ways to encode with one packing, of which the smallest is
 * wanted; decoding is the same.  { NULL } ends them. */
struct packing_way {
	const char *name;	/* "rans", "rans by class" */
	unsigned int id;	/* for encode() */
};

struct packing {
	const char *name;	/* "bits" */
	const struct packing_way *ways;
	/*
	 * Append t->n >= 1 values at raw[t->size] to *out, and put the
	 * parameters into params, an empty object.  ERR_UNSUPPORTED: these
	 * values or this dtype cannot be packed so; the text says which value
	 * at which place.  params and *out may be touched then.
	 */
	enum err_code (*encode)(const struct tensor *t, const uint8_t *raw,
	    unsigned int way, struct buf *out, json_t *params,
	    struct err *e);
	/*
	 * The values of t, t->n >= 1, from packed[n] (which may be NULL if n is
	 * 0) into raw[t->size].  All of packed is used, or the error is
	 * ERR_CORRUPT.  params has the parameters among other members.
	 */
	enum err_code (*decode)(const struct tensor *t, const json_t *params,
	    const uint8_t *packed, size_t n, uint8_t *raw, struct err *e);
	/* The names of the parameters that it has, NULL at the end. */
	const char *const *params;
};

extern const struct packing packing_bits, packing_base3, packing_bitmask,
    packing_rans, packing_planes;

/* All of them, NULL at the end, in the order in which they are documented. */
extern const struct packing *const packing_all[];

/* By name; NULL: there is none.  "none" is none. */
const struct packing *packing_find(const char *name);

#endif
