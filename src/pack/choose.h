/*
 * choose: bytes -> the filter chains that make them smallest.
 *
 * Policy by trial.  The literal model (pack/litcost) ranks lc and lp, liblzma
 * encodes samples with what survives, and the smallest wins.  The same bytes,
 * target and effort give the same chains, whatever the threads.
 *
 * Two trials tell what the bytes are, and so what is tried next:
 *   - matches: a large dictionary is clearly ahead of one of 4 KiB, as in text
 *     and code.  Settings of lc, lp, pb, then the BCJ filter that the caller
 *     found, or delta;
 *   - literals: it is behind, as in weights of 4 bits and over.  The best
 *     settings of the model, with 4 and 64 KiB and with match finders that
 *     look little, for a match that barely pays spoils the literals;
 *   - either: as in ternary weights (pack/deep), where the encoder is chaotic
 *     and what a sample says of the whole is worth little.
 * Text and code are matches without a trial, few values are asked about
 * pack/deep's chains first, and before all else, bytes of which nothing can be
 * gained are found and left alone.
 */
#ifndef XZB_CHOOSE_H
#define XZB_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"
#include "pack/choice.h"
#include "xz/chain.h"

/* Bytes of memory that choose_chain() takes, at most: samples, an encoder
 * for one, and the table of repeats. */
#define CHOOSE_MEMORY ((uint64_t)16 << 20)

/* Data of this size and less is one Block: two would gain nothing. */
#define CHOOSE_ONE_BLOCK (UINT64_C(8) << 20)

enum effort { EFFORT_FAST, EFFORT_DEFAULT, EFFORT_MAX };

/* "fast", "default", "max"; false when it is none of them. */
bool choose_effort_parse(const char *name, enum effort *effort);

struct choose_request {
	const struct source *src;
	uint64_t off;		/* first byte, in src's offsets */
	uint64_t size;		/* bytes, >= 1 */
	lzma_vli bcj;		/* a BCJ filter to try, allowed by the target,
				 * or LZMA_VLI_UNKNOWN */
	uint32_t element;	/* bytes of a number in it; 1: not known */
	bool text;		/* known to be text */
	bool repeats;		/* known to repeat itself over a distance */
	enum chain_target target;
	enum effort effort;
	uint64_t dict_max;	/* bytes, from the memory limit */
};

enum err_code choose_chain(const struct choose_request *r, struct choice *c,
    struct err *e);

#endif
