/*
 * lanes: symbols to words and back, by rANS in interleaved lanes.
 *
 * J. Duda, arXiv:1311.2540; F. Giesen, arXiv:1402.3392; how it is done here is
 * in "Stages" of xzbundle-packed(5).  A lane more takes a byte or so and makes
 * decoders with vectors faster.  It would take three, as a state begins with 16
 * bits that say nothing; so these are used to store the last symbols, by a
 * stage of fewer lanes whose words they are.
 */
#ifndef XZB_LANES_H
#define XZB_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "weights/model.h"

#define LANES_MAX UINT16_MAX
#define LANES_STAGES_MAX 8
#define LANES_LOW ((uint32_t)1 << 16)	/* least state between symbols */

struct lanes_stage {
	uint16_t lanes;
	uint16_t steps;
};

/* What decoding needs beside the model. */
struct lanes_symbols {
	uint64_t n;			/* >= 1 */
	const uint8_t *table;		/* [n] of each symbol; NULL: all 0 */
};

struct lanes_code {
	struct lanes_stage stages[LANES_STAGES_MAX];
	size_t n_stages;	/* 0: the model has but one symbol */
	uint16_t *words;	/* [n_words]; owned */
	size_t n_words;
	void *block;		/* what words points into; owned */
};

/* Encode symbols[s->n], each an index into the model's.  *c is to be freed in
 * every case.  bits: what they will take, about. */
enum err_code lanes_encode(const struct lanes_symbols *s,
    const uint16_t *symbols, const struct model *m, double bits,
    struct lanes_code *c, struct err *e);
void lanes_free(struct lanes_code *c);

/* Where decoded symbols go, and as what. */
struct lanes_sink {
	const uint16_t *value;	/* [n_symbols] of each; NULL: its number */
	uint8_t *bytes;		/* [n], for values below 256, or NULL and */
	uint16_t *wide;		/* [n] */
};

/* Decode s->n symbols.  words is little-endian, 2 bytes each, and all are used,
 * or the error is ERR_CORRUPT.  The tables are below m->n_tables. */
enum err_code lanes_decode(const struct lanes_symbols *s,
    const struct lanes_stage *stages, size_t n_stages, const uint8_t *words,
    size_t n_words, const struct model *m, const struct lanes_sink *to,
    struct err *e);

#endif
