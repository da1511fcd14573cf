/*
 * measure: pieces of the raw bytes x Blocks -> packed bytes of each piece.
 *
 * A piece that has Blocks to itself is all of their data.  In a Block that
 * several share, a piece gets what the decoder consumed between the ends of
 * the piece before it and its own.  liblzma consumes no input ahead of its
 * output but for a few bytes of the range coder, so the shares are exact to
 * within those, and their sum is exact.
 *
 * On demand also the order-0 bounds, for which every Block is decoded.
 */
#ifndef XZB_MEASURE_H
#define XZB_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"
#include "xz/xzread.h"

/* Raw bytes; data, [data_off, data_end), is the part of them whose order-0
 * bound is wanted. */
struct piece {
	uint64_t off, end;
	uint64_t data_off, data_end;
};

struct measure_request {
	const struct xzread *xz;
	const struct piece *pieces;	/* [n], the next begins where the
					 * last one ends */
	size_t n;
	bool bounds;
	unsigned int n_threads;
	uint64_t memory;		/* bytes, all decoders */
	const struct watch *watch;
};

struct measure_row {		/* of a piece */
	uint64_t packed_size;	/* bytes of the file */
	uint64_t bound;		/* bytes, the order-0 bound of its data */
	bool shared;		/* has a Block in common with another */
	size_t block;		/* first Block that holds some of it */
	size_t block_end;	/* behind the last; 0: none does */
};

struct measure {
	struct measure_row *rows;	/* [n]; owned */
	char **chains;		/* [n_blocks] printed, as a decoder needs
				 * them; owned */
	uint64_t *bounds;	/* [n_blocks] bytes; owned */
	size_t n_blocks;
};

/* *m is to be freed in every case. */
enum err_code measure_make(const struct measure_request *r,
    struct measure *m, struct err *e);

void measure_free(struct measure *m);

/* Append the distinct ones of chains[block .. block_end), joined by " + ";
 * four at most, then "...". */
enum err_code measure_chain(char *const *chains, size_t block,
    size_t block_end, struct buf *to, struct err *e);

#endif
