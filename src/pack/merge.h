/*
 * merge: neighbouring units that are smaller as one Block.
 *
 * By trial on what is next to their border, with the chains that were chosen:
 * first tensors of a kind across a little of another, such as their scales,
 * then each two neighbours.  Where many trials of a kind agree, they stand for
 * the rest.
 */
#ifndef XZB_MERGE_H
#define XZB_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/watch.h"
#include "pack/tarstream.h"
#include "pack/unit.h"

struct merge_request {
	const struct tarstream *t;
	const struct watch *watch;
	bool fast;		/* look at less */
	unsigned int n_threads;	/* >= 1; the result is the same for all */
	struct pool_crew *crew;	/* that they belong to; may be NULL */
};

/* units[*n] have chosen; what is merged takes the chains of the one that was
 * better for both.  Forced, fixed and pinned units stay apart. */
enum err_code merge_units(const struct merge_request *r, struct unit *units,
    size_t *n, struct err *e);

/* The same, of units with choice.deep alone and what is between them, which
 * need not have chosen. */
enum err_code merge_deep(const struct merge_request *r, struct unit *units,
    size_t *n, struct err *e);

#endif
