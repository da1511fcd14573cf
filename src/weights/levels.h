/*
 * levels: the few words that all values of a tensor are, and the list of them
 * in the parameters of a packing.
 *
 * A code is an index into the list.
 */
#ifndef XZB_LEVELS_H
#define XZB_LEVELS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "weights/tensor.h"

#define LEVELS_MAX ((size_t)65536)	/* of a list that is read */
#define LEVELS_WRITTEN_MAX ((size_t)4096)	/* of one that is made */

/* Values that packings do at a time: a multiple of 8 and of 5. */
#define LEVELS_CHUNK ((size_t)4000)

struct level {
	int64_t value;		/* the word as a signed number */
	uint64_t count;		/* values that are it, if they were counted */
};

struct levels {
	struct level *list;	/* [n], owned */
	size_t n;
	size_t max;		/* room in the list */
	unsigned int word;	/* bytes */
	uint16_t *slots;	/* [n_slots] to find codes by; owned */
	size_t n_slots;
};

/* Legal on what one of the functions below has made or failed to make. */
void levels_free(struct levels *l);

/*
 * Make the list of the words at raw[t->size], with their counts, sorted as
 * signed numbers, and find codes by it.  Not more than max (1 to
 * LEVELS_WRITTEN_MAX) of them: *end is the value that was one too many, and the
 * list of no use; or t->n.
 */
enum err_code levels_collect(const struct tensor *t, const uint8_t *raw,
    size_t max, struct levels *l, uint64_t *end, struct err *e);

/*
 * The same for packings of three levels.  Integers that are -1, 0 and 1 get
 * these, whether or not all of them are there; others what they are, and then
 * the first numbers from 0 on that are free.  ERR_UNSUPPORTED: there are more;
 * the text says that `packing` takes three.
 */
enum err_code levels_three(const struct tensor *t, const uint8_t *raw,
    const char *packing, struct levels *l, struct err *e);

/* Find codes by the list as it is now, of LEVELS_WRITTEN_MAX at most. */
enum err_code levels_index(struct levels *l, struct err *e);

/* The codes of n words at raw, all of which are in the list. */
void levels_codes(const struct levels *l, const uint8_t *raw, size_t n,
    uint16_t *codes);

/* The words of n codes.  The result is the first code that is not below l->n,
 * or n. */
size_t levels_words(const struct levels *l, const uint16_t *codes, size_t n,
    uint8_t *raw);

/* Put the list into params. */
enum err_code levels_write(const struct levels *l, json_t *params,
    struct err *e);

/* Read it, for words of so many bytes.  ERR_CORRUPT: there are not min to max
 * (LEVELS_MAX at most) different words in a list. */
enum err_code levels_read(const json_t *params, unsigned int word, size_t min,
    size_t max, struct levels *l, struct err *e);

#endif
