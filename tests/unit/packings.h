/*
 * packings: what the tests of packings share.
 */
#ifndef XZB_TEST_PACKINGS_H
#define XZB_TEST_PACKINGS_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "weights/packing.h"
#include "weights/tensor.h"

/* All dtypes whose values are words; NULL at the end. */
extern const char *const packings_dtypes[];

/* A tensor, and what became of it. */
struct packings_packed {
	const struct packing *packing;
	struct tensor t;
	uint8_t *raw;		/* [t.size] */
	uint8_t *data;		/* [n]; NULL if n is 0 */
	size_t n;
	json_t *params;
	struct err e;		/* of encoding */
};

/* Encode n words at raw of a one-dimensional tensor.  All memory ends where it
 * has to, for sanitizers.  To be freed in every case. */
void packings_encode(struct packings_packed *k, const struct packing *p,
    unsigned int way, const char *dtype, const uint8_t *raw, uint64_t n);
void packings_free(struct packings_packed *k);

/* The parameters as text; the caller frees. */
char *packings_params(const struct packings_packed *k);

/* Do the n bytes at data become what they were? */
bool packings_decodes(const struct packings_packed *k);

/* Encode and decode, and have it be the same, with no parameters but those that
 * the packing has. */
void packings_round_trip(const struct packing *p, unsigned int way,
    const char *dtype, const uint8_t *raw, uint64_t n);

/* Encoding is ERR_UNSUPPORTED, and the text has `says` in it. */
void packings_refuses(const struct packing *p, unsigned int way,
    const char *dtype, const uint8_t *raw, uint64_t n, const char *says);

/* Encoding, in way 0, works with room for that many bytes and not for less. */
void packings_needs(const struct packing *p, const char *dtype,
    const uint8_t *raw, uint64_t n, size_t size);

/* Decoding n bytes at data as so many values with the parameters in `json` (or
 * an empty object) is ERR_CORRUPT, with `says` in the text; without, ERR_OK. */
void packings_decode_is(const struct packing *p, const char *dtype,
    uint64_t values, const char *json, const char *data, size_t n,
    const char *says);

/* Cut k's bytes everywhere, add one, change each bit: that is ERR_OK or
 * ERR_CORRUPT, and does no harm. */
void packings_hurt(const struct packings_packed *k);

/* n words, each one of `levels` (>= 1) random ones, or a random one if 0; the
 * caller frees. */
uint8_t *packings_random(uint32_t seed, unsigned int word, uint64_t n,
    size_t levels);

#endif
