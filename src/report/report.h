/*
 * report: all that is shown of a bundle, in one place: an account of its
 * members, the breakdowns by Blocks and by tensors, and what is largest.
 *
 * It is shown as text (report/summary), JSON (report/json), a picture
 * (report/picture) and a page (report/sections).
 */
#ifndef XZB_REPORT_H
#define XZB_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "report/account.h"
#include "report/breakdown.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

struct report_request {
	const struct xzread *xz;
	const struct tarread_toc *toc;
	unsigned int n_threads;
	uint64_t memory;		/* bytes, as measure_make() has it */
	uint64_t limit;			/* bytes; UINT64_MAX: none */
	const struct watch *watch;
};

struct report {
	const struct xzread *xz;		/* borrowed */
	const struct tarread_toc *toc;		/* borrowed */
	uint64_t limit;
	struct account account;
	struct breakdown breakdown;
	/* Indices, the largest packed size first; owned. */
	size_t *members;		/* [toc->n_members] */
	size_t *rows;			/* [breakdown.n_rows] */
	size_t *blocks;			/* [xz->n_blocks] */
	size_t *row_member;		/* [breakdown.n_rows]; owned */
	size_t n_tensors;		/* rows that are tensors */
	uint64_t widest;		/* bytes of the largest member, raw or
					 * packed */
};

/* Many things, as one. */
struct report_sum {
	size_t n;
	uint64_t raw, packed, bound;
};

/* All Blocks are decoded.  *r is to be freed in every case; xz and toc must
 * outlive it. */
enum err_code report_make(const struct report_request *q, struct report *r,
    struct err *e);
void report_free(struct report *r);

static inline bool
report_has_limit(const struct report *r)
{
	return r->limit != UINT64_MAX;
}

/* How many of n to show where `most` have room: one line for the others may as
 * well be that of the last one. */
static inline size_t
report_shown(size_t n, size_t most)
{
	return n <= most + 1 ? n : most;
}

/* The sums of those from the i-th largest on. */
struct report_sum report_sum_members(const struct report *r, size_t i);
struct report_sum report_sum_rows(const struct report *r, size_t i);
struct report_sum report_sum_blocks(const struct report *r, size_t i);

#endif
