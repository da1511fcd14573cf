/*
 * deep: bytes of few values, about as likely as each other, as ternary weights
 * in a byte each.
 *
 * Matches and literals of them cost about the same, so that LZMA is chaotic
 * there: it falls into one of two ways and stays there for long, and a sample
 * says little of the whole.  What is known of them is therefore kept here as
 * rules: the chains, and when they are meant.  src/README has the figures.
 */
#ifndef XZB_DEEP_H
#define XZB_DEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xz/chain.h"

#define DEEP_CHAINS 4

/* The chains for them, the one that is best most often first; i is less than
 * DEEP_CHAINS. */
struct chain deep_chain(size_t i);

/* One that is quicker, for a little more bytes. */
struct chain deep_chain_fast(void);

/* Are bytes of which there are counts[value] few and even enough? */
bool deep_few(const uint64_t counts[256]);

#endif
