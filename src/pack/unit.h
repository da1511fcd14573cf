/*
 * unit: the members of a tar as runs of like ones.
 *
 * A unit is one large member of weights or code, or neighbouring members of
 * one kind that share a chain.  The kind is told by the first bytes of a
 * member, never by its name.
 */
#ifndef XZB_UNIT_H
#define XZB_UNIT_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pack/choose.h"
#include "pack/tarstream.h"
#include "xz/chain.h"

/* Members that are not text, of this many bytes and over, are units of
 * their own. */
#define UNIT_SOLO_MIN ((uint64_t)64 << 10)

/* --chain PATTERN=CHAIN: fnmatch(3) on the member's name, and on its last
 * component when the pattern has no '/'. */
struct unit_rule {
	const char *pattern;	/* borrowed */
	struct chain chain;
};

struct unit_request {
	const struct unit_rule *rules;	/* [n_rules]; the last match wins */
	size_t n_rules;
	enum chain_target target;
};

enum unit_kind {
	UNIT_NONE,		/* no data: goes with its neighbours */
	UNIT_TEXT,
	UNIT_BINARY,
	UNIT_CODE,		/* machine code */
	UNIT_FORCED,		/* by a rule */
	UNIT_KINDS
};

struct unit {
	uint64_t off;		/* in the tar */
	uint64_t size;		/* bytes, headers and padding too */
	enum unit_kind kind;
	lzma_vli bcj;		/* of UNIT_CODE, allowed by the target; or
				 * LZMA_VLI_UNKNOWN */
	size_t rule;		/* UNIT_FORCED: index of the rule */
	bool solo;		/* one large member: nothing joins it */
	/* The planner's: */
	size_t like;		/* the unit that chooses for it; or itself */
	struct choice choice;
};

/*
 * (*out)[*n_units]: units that cover the tar from its first byte to its last,
 * in order.  Headers without data go with what stands before them, the first
 * ones with what follows, the end marker with the last.  *out is the
 * caller's, to be freed by free(), in every case.
 */
enum err_code unit_make(const struct tarstream *t,
    const struct unit_request *r, struct unit **out, size_t *n_units,
    struct err *e);

#endif
