/*
 * plan: the whole tar as an ordered list of segments with a chain each.
 *
 * A segment becomes one Block.  The plan covers the tar from its first byte
 * to its last, segments are disjoint, and it depends on the members' bytes,
 * the rules, the target and the memory limit alone, never on threads.
 */
#ifndef XZB_PLAN_H
#define XZB_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/watch.h"
#include "pack/choose.h"
#include "pack/tarstream.h"
#include "pack/unit.h"
#include "xz/chain.h"

struct plan_segment {
	uint64_t tar_off;
	uint64_t size;		/* bytes, 1 .. ENCODE_FAR_MAX */
	struct choice choice;
};

struct plan {
	struct plan_segment *segments;	/* [n_segments]; owned */
	size_t n_segments;
};

struct plan_request {
	const struct unit_rule *rules;	/* [n_rules]; the last match wins */
	size_t n_rules;
	enum chain_target target;
	enum effort effort;
	bool each_member;	/* a member with data begins a Block */
	void (*warn)(void *ctx, const char *member, const char *what);
	void *warn_ctx;		/* see struct unit_request */
	uint64_t memory;	/* bytes; one encoder and its Block must fit,
				 * and planning has no more workers than do */
	unsigned int n_threads;
	/*
	 * Told of segments ([n], in order) that are sure to be in the plan
	 * while the rest is still made, so that the owner can begin with them.
	 * Gives the bytes of memory that this takes.  May be NULL.
	 */
	uint64_t (*sure)(void *ctx, const struct plan_segment *s, size_t n);
	void *sure_ctx;
	struct pool_crew *crew;	/* that the threads belong to; may be NULL */
	const struct watch *watch;
};

/* *p is to be freed in every case. */
enum err_code plan_make(const struct tarstream *t,
    const struct plan_request *r, struct plan *p, struct err *e);

void plan_free(struct plan *p);

/* The memory that encoding the greediest of the segments first .. end - 1
 * takes: the encoder and its output, and the best output so far. */
uint64_t plan_encoder_memory(const struct plan *p, size_t first, size_t end);

#endif
