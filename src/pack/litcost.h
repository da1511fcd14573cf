/*
 * litcost: what LZMA's literals would cost, without running an encoder.
 *
 * The literal coder of LZMA alone: a tree of 255 adaptive bits for each
 * context of lc high bits of the byte before and lp low bits of the position;
 * probabilities have 11 bits and move by 1/32 of the distance (LZMA
 * specification 9.20, "The literal coder").  On weights, which have next to no
 * matches, that predicts liblzma within 0.1 %, at a tenth of its time.  pb has
 * no part in it.
 */
#ifndef XZB_LITCOST_H
#define XZB_LITCOST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LITCOST_SETTINGS 15	/* pairs with lc + lp <= 4 */

struct litcost {
	uint8_t lc, lp;
	uint64_t cost;		/* 1/65536 bits */
};

/* The settings for the n bytes at p, which begin a Block, the cheapest first;
 * equal ones in the order of lc + lp, then lc. */
void litcost_rank(const uint8_t *p, size_t n,
    struct litcost out[LITCOST_SETTINGS]);

/*
 * The distance at which the delta filter would make literals of the n bytes at
 * p cheaper by more than 1/64, with the settings then; *dist is 0 if there is
 * none.  element is the size of a number in bytes.
 */
enum err_code litcost_delta(const uint8_t *p, size_t n, uint32_t element,
    struct litcost *best, uint32_t *dist, struct err *e);

/* Count the n bytes at p by value, from nothing. */
void litcost_count(const uint8_t *p, size_t n, uint64_t counts[256]);

/* Order-0 entropy of bytes of which there are counts[value], in 1/65536
 * bits. */
uint64_t litcost_counts(const uint64_t counts[256]);

#endif
