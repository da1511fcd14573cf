/*
 * recode_part: what the parts of pack/recode share, and nobody else uses.
 *
 * recode.c reads the header, and writes and verifies the packed file;
 * recode_tensors.c packs the tensors.
 */
#ifndef XZB_RECODE_PART_H
#define XZB_RECODE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "pack/recode.h"
#include "weights/stfile.h"

struct recoding {
	const struct recode_request *r;
	struct recode_result *res;
	struct stfile f;	/* the input's, and then the packed file's */
	struct buf header;	/* of the input, with its prefix */
	uint64_t *in_off;	/* [f.n] of tensors in the input; owned */
	uint64_t *spool_off;	/* [f.n] of those that are packed, in the
				 * spool; owned */
	size_t *order;		/* [n_order] tensors that are tried, the
				 * largest first; owned */
	size_t n_order;
	int spool;		/* packed tensors; owned */
	uint64_t spool_size;
	size_t n_large;		/* tensors that the memory is too small for */
	uint64_t large;		/* bytes that the largest of them takes */
	bool no_empty;		/* see struct search_request */
	bool forced;		/* a packing that was asked for */
	uint64_t before, after;	/* bytes in the bundle of tensors that were
				 * packed */
};

/* Pack what gets smaller by it. */
enum err_code recode_tensors(struct recoding *g, struct err *e);

#endif
