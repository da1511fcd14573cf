/*
 * breakdown: a bundle by its Blocks and by the tensors in its members.
 *
 * Two views of the same bytes.  By Blocks, a row is a whole Block, with its
 * header, padding and check, and the container is what no Block has: Stream
 * Headers, Index, Footer.  By tensors, rows are parts (report/parts), those
 * of the rest of a member taken together, and the container is as in
 * report/account.  Either way all adds up to the size of the file.
 */
#ifndef XZB_BREAKDOWN_H
#define XZB_BREAKDOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "report/measure.h"
#include "report/parts.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

struct breakdown_block {
	uint64_t raw_size;
	uint64_t packed_size;	/* of the whole Block */
	uint64_t bound;		/* bytes, order 0 */
	size_t n_members;	/* with data in it */
	size_t n_tensors;
	const char *chain;	/* borrowed */
	const char *member;	/* the first with data in it, or NULL;
				 * borrowed */
};

struct breakdown_row {
	enum part_kind kind;
	const char *member;	/* borrowed */
	const char *tensor;	/* or NULL; borrowed */
	const char *dtype;	/* or NULL; borrowed */
	const char *packing;	/* or NULL; static */
	uint64_t raw_size;	/* bytes of data; of a packed tensor those of
				 * its original */
	uint64_t packed_size;
	uint64_t bound;		/* bytes, order 0 */
	bool has_bound;
	bool apportioned;	/* shares a Block with other parts */
	size_t block;		/* first Block; PART_REST: has no chain */
	size_t block_end;
};

struct breakdown {
	const struct xzread *xz;		/* borrowed */
	struct breakdown_block *blocks;		/* [xz->n_blocks]; owned */
	struct breakdown_row *rows;		/* [n_rows]; owned */
	size_t n_rows;
	char *const *chains;			/* [xz->n_blocks]; borrowed
						 * from measure */
	uint64_t blocks_container;	/* bytes that no Block has */
	uint64_t rows_container;	/* bytes that no row has */
	uint64_t data_size;		/* the sum of raw_size */
	bool any_packed;		/* there are packed tensors */
	struct parts parts;
	struct measure measure;
};

/* All Blocks are decoded.  *b is to be freed in every case; xz and toc must
 * outlive it. */
enum err_code breakdown_make(const struct xzread *xz,
    const struct tarread_toc *toc, unsigned int n_threads, uint64_t memory,
    const struct watch *w, struct breakdown *b, struct err *e);

void breakdown_free(struct breakdown *b);

#endif
