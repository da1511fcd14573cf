/*
 * search: a tensor's values -> the packing that takes the fewest bytes.
 *
 * Each way of each packing is tried, and weighed as pack/weigh does: with so
 * much care as it takes to tell which is the smallest.  `none`, the values as
 * they are, is one of them, and wins when it is as small as another.  What wins
 * is decoded again and compared before it counts.
 */
#ifndef XZB_SEARCH_H
#define XZB_SEARCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"
#include "pack/weigh.h"
#include "weights/packing.h"
#include "weights/tensor.h"

#define SEARCH_MAX 32		/* candidates, at most */
#define SEARCH_MIN 64		/* bytes of a tensor; smaller ones gain
				 * nothing */

/* Bytes of memory, about, that the search for a tensor of so many takes. */
#define SEARCH_MEMORY(size) (10 * (size) + WEIGH_MEMORY)

struct search_candidate {
	const struct packing *packing;	/* NULL: none */
	const char *way;		/* "rans by class", "none" */
	uint64_t size;			/* packed bytes, before LZMA2 */
	struct weigh weigh;		/* in the bundle */
	uint64_t side;			/* bytes in the header, about */
};

struct search_request {
	const struct tensor *tensor;	/* with a word, n >= 1 */
	const uint8_t *raw;		/* [tensor->size] */
	const struct packing *only;	/* this one, if it takes more or not;
					 * NULL: any */
	bool no_empty;			/* a packing to no bytes is none */
	struct weigh_rules rules;
	const struct watch *watch;	/* may be NULL */
};

struct search_result {
	struct search_candidate candidates[SEARCH_MAX];	/* [n], `none` first */
	size_t n;
	size_t best;			/* index */
	struct buf packed;		/* of the best; owned */
	json_t *params;			/* of it; NULL: it is `none`; owned */
};

/*
 * *res is to be freed in every case.  ERR_UNSUPPORTED: `only` does not hold
 * these values; the text says why.
 */
enum err_code search_tensor(const struct search_request *r,
    struct search_result *res, struct err *e);
void search_free(struct search_result *res);

/* What a candidate takes in all. */
uint64_t search_cost(const struct search_candidate *c);

#endif
