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

/* A phrase that a coded text might get, and what that is worth by a model, in
 * 16ths of a bit. */
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

/* --- phrases_moves: what is done to phrases --- */

/* The codes that phrases may have.  Those of n phrases are always the first n,
 * since gaps cost. */
struct phrases_codes {
	uint8_t v[PHRASES_MAX];		/* [n] rising */
	size_t n;
	uint32_t mask;			/* a bit for each */
};

/* own is given. */
void phrases_codes(const struct phrases *p, struct phrases_codes *c);

enum phrases_kind {
	PHRASES_ADD,
	PHRASES_DROP,
	PHRASES_REPLACE,
	PHRASES_SWAP,		/* codes */
	PHRASES_SHIFT		/* to another code; those between move by one */
};

/* By the texts of phrases, so that it can be done to others as well. */
struct phrases_move {
	enum phrases_kind kind;
	struct phrase a;	/* DROP, REPLACE, SWAP, SHIFT: this */
	struct phrase b;	/* ADD, REPLACE: the new one; SWAP: the other;
				 * ADD, SHIFT: its code is the one to get */
};

/* false: it cannot be done to these, and they are worth nothing now. */
bool phrases_apply(const struct phrases_codes *c, struct phrases *p,
    const struct phrases_move *m);

/* Add a phrase with its code, or the next one if that is 0.  false: it is there
 * already, or there is no code left. */
bool phrases_add(const struct phrases_codes *c, struct phrases *p,
    const struct phrase *x);

/* See to it that the last of the list may be that.  false: no phrase may. */
bool phrases_settle(const struct phrases_codes *c, struct phrases *p);

/* --- of use to all --- */

/* phrases_search: the phrases of *p (n, v and coded) from none to the best that
 * the budget lets it find.  The rest of *p is given. */
enum err_code phrases_search(const struct phrases_request *r,
    struct phrases *p, struct err *e);

/* Make p->coded of the text and the phrases. */
enum err_code phrases_code(const struct phrases_request *r, struct phrases *p,
    struct err *e);

/* How many times a phrase is in n bytes, one behind the other. */
size_t phrases_occur(const uint8_t *t, size_t n, const struct phrase *p);

/* Is it a byte of a character that began before? */
bool phrases_is_inside(uint8_t c);

/* May this byte be the last of the list? */
bool phrases_may_end(uint8_t c);

#endif
