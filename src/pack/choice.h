/*
 * choice: the chains that a segment is encoded with, of which the one that
 * makes the smallest Block is kept.  A value: copied with =.
 */
#ifndef XZB_CHOICE_H
#define XZB_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "xz/chain.h"

#define CHOICE_MAX 8		/* chains */

struct choice {
	struct chain chains[CHOICE_MAX];	/* [n] the best by sample
						 * first; all are encoded and
						 * the smallest Block kept */
	size_t n;		/* >= 1 */
	bool deep;		/* matches all over the dictionary pay a
				 * little, so that a cut costs more than a
				 * trial of its edges shows */
	bool far;		/* repeats over any distance: do not cut
				 * finely */
	bool stored;		/* LZMA2 stores it: nothing is gained, and
				 * what else is in the Block may cost it that */
};

/* Make it one of one chain. */
void choice_only(struct choice *c, const struct chain *chain, bool far);

/* Add a chain, unless it is there or there are CHOICE_MAX. */
void choice_also(struct choice *c, const struct chain *chain);

#endif
