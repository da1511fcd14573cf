/*
 * cell_part: what the parts of compare/cell share, and nobody else uses.
 *
 * cell.c encodes, cell_decode.c decodes and compares.
 */
#ifndef XZB_CELL_PART_H
#define XZB_CELL_PART_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"
#include "base/watch.h"
#include "compare/cell.h"
#include "weights/stfile.h"

/* One cell in work. */
struct cell_filling {
	const struct compare_request *r;
	const struct compare *c;
	const struct row *row;
	const struct column *column;
	struct cell *cell;
	struct watch watch;		/* to be told of raw bytes */
	struct source src;		/* a cursor on the row's stream */
	struct buf file;		/* what was encoded */
	char chain[CHAIN_TEXT_MAX];	/* that it was encoded with, or "" */

	/* of decoding */
	uint64_t off, size;		/* of the original, in src */
	uint8_t *piece;			/* [CODEC_PIECE] of it */
	uint64_t done;			/* bytes that were the same */
	uint64_t compare_ns;		/* that took this long */
};

/* The row's member as it was packed, or NULL. */
const struct packed_member *cell_packed_member(const struct compare *c,
    const struct row *row);

/* The tensor of a row as it was packed, or NULL. */
const struct stfile_tensor *cell_packed_tensor(const struct compare *c,
    const struct row *row);

/* What packing the row took, or unpacking it; of a tensor its share. */
uint64_t cell_packing_ns(const struct cell_filling *f, bool pack);

/* Decode what was encoded, and compare it with the original. */
enum err_code cell_decode(struct cell_filling *f, struct err *e);

#endif
