/*
 * trial: chains tried on some bytes, the best first.
 */
#ifndef XZB_TRIAL_H
#define XZB_TRIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xz/chain.h"

#define TRIAL_TOP 4		/* chains that are remembered */

struct trial {
	const uint8_t *p;	/* [size] the bytes, borrowed */
	size_t size;
	size_t heat;		/* bytes from the middle of them that a chain
				 * has to do well on first; 0: none */
	uint64_t heat_best;	/* packed bytes */
	struct trial_rank {
		struct chain chain;
		uint64_t size;	/* packed bytes; UINT64_MAX: none yet */
	} top[TRIAL_TOP];
};

void trial_init(struct trial *t, const uint8_t *p, size_t size, size_t heat);

/* Encode, and remember the chain if it is among the best. */
enum err_code trial_chain(struct trial *t, const struct chain *c,
    struct err *e);

/* The same with other lc, lp and pb. */
enum err_code trial_props(struct trial *t, const struct chain *c,
    uint32_t lc, uint32_t lp, uint32_t pb, struct err *e);

/* Move from the best to its best neighbour (one of lc, lp, pb by one) while
 * that helps, for about max trials. */
enum err_code trial_climb(struct trial *t, size_t max, struct err *e);

/* The bytes that c makes of the n at p, its dictionary cut to them. */
enum err_code trial_size(const uint8_t *p, size_t n, const struct chain *c,
    uint64_t *size, struct err *e);

#endif
