/*
 * choose: bytes -> the filter chain that makes them smallest.
 *
 * Policy by trial: liblzma encodes samples with candidate chains, and the
 * smallest wins.  The same bytes and the same target give the same chain,
 * whatever the threads.
 *
 * What is tried, in this order (each step keeps the best of the one before):
 *   1. lc, lp, pb: a list of pairs known to win on text, code, int8, f16,
 *      bf16 and f32, then a climb to better neighbours;
 *   2. the dictionary: 4 KiB (literals of weights do better without far
 *      matches) against 64 KiB and all that there is;
 *   3. delta at 1, 2, 3, 4, 8 bytes;
 *   4. the BCJ filter that the caller found in the member's own header.
 */
#ifndef XZB_CHOOSE_H
#define XZB_CHOOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"
#include "xz/chain.h"

/* Bytes of memory that choose_chain() takes, at most: samples, an encoder
 * for one, and the table of repeats. */
#define CHOOSE_MEMORY ((uint64_t)16 << 20)

/* Data of this size and less is one Block: two would gain nothing. */
#define CHOOSE_ONE_BLOCK (UINT64_C(8) << 20)

struct choose_request {
	const struct source *src;
	uint64_t off;		/* first byte, in src's offsets */
	uint64_t size;		/* bytes, >= 1 */
	lzma_vli bcj;		/* a BCJ filter to try, allowed by the target,
				 * or LZMA_VLI_UNKNOWN */
	enum chain_target target;
	uint64_t dict_max;	/* bytes, from the memory limit */
};

struct choice {
	struct chain chain;
	struct chain alt;	/* with has_alt: samples cannot tell, so encode
				 * with this too and keep the smaller */
	bool has_alt;
	bool far;		/* repeats over any distance: do not cut
				 * finely */
};

enum err_code choose_chain(const struct choose_request *r, struct choice *c,
    struct err *e);

#endif
