/*
 * phrases_part: what the files of wrap/phrases share.
 */
#ifndef XZB_PHRASES_PART_H
#define XZB_PHRASES_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "wrap/phrases.h"

/* A phrase that a coded text might get, and what that is worth by a model: 16ths
 * of a bit. */
struct phrases_rank {
	struct phrase phrase;		/* without a code */
	int64_t gain;
};

/*
 * phrases_count: the best `most` phrases of a coded text, by falling gain; the
 * gains are positive.  No phrase has a byte below 32 whose bit is in `codes`.
 * ranks is the caller's, [most]; *n is how many there are.
 */
enum err_code phrases_count(const uint8_t *coded, size_t size, uint32_t codes,
    struct phrases_rank *ranks, size_t most, size_t *n, struct err *e);

/* phrases_search: the phrases of *p (n, v and coded) from none to the best that
 * the budget lets it find.  own is given. */
enum err_code phrases_search(const struct phrases_request *r,
    struct phrases *p, struct err *e);

/* Make p->coded of the text and the phrases. */
enum err_code phrases_code(const struct phrases_request *r, struct phrases *p,
    struct err *e);

/* How many times a phrase is in n bytes, one behind the other. */
size_t phrases_occur(const uint8_t *t, size_t n, const struct phrase *p);

/* May this byte be the last of the list? */
bool phrases_may_end(uint8_t c);

#endif
