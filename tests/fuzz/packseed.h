/*
 * packseed: tensors that are like weights, and packed files of them.
 *
 * What fails here ends the program: these are tests.
 */
#ifndef XZB_PACKSEED_H
#define XZB_PACKSEED_H

#include "seeds.h"
#include "weights/packing.h"

/*
 * The values of t, the same each time, into raw[t->size]:
 *   '0'  all the same
 *   't'  -1, 0 and 1, half of them 0
 *   'w'  integers whose widths go by row and column
 *   'f'  the bits of floats around 0
 *   'r'  random bits
 */
void packseed_values(const struct tensor *t, char kind, uint8_t *raw);

/* Pack raw[t->size] in the way of that name, "rans by class", and append the
 * bytes.  Returns the packing; puts its parameters into params. */
const struct packing *packseed_pack(struct seed *s, const struct tensor *t,
    const uint8_t *raw, const char *way, json_t *params);

/*
 * Append a packed file.  Its original has that header, which is padded, and for
 * each tensor values of a kind, and a way or NULL.  There is ": " in the header
 * if and only if it is none that the rules make.  "" is the header of a bare
 * array: I8, 30 rows of 7.
 */
void packseed_file(struct seed *s, const char *header, const char *kinds,
    const char *const *ways);

#endif
