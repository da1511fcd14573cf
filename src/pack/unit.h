/*
 * unit: the tar as runs of like bytes, the atoms of a plan.
 *
 * A unit is a run of tensors of one type, machine code, a large file of a
 * kind of its own, or neighbouring small members of one kind.  What is in a
 * large file is told by its content (region/); so are kinds (pack/order).
 *
 * A unit of numbers begins at their first byte, so that the positions that lp
 * and pb count are those of the elements.
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
#include "region/region.h"
#include "xz/chain.h"

/* Units of this many bytes and over are large: they choose for themselves and
 * nothing joins them without need. */
#define UNIT_LARGE ((uint64_t)64 << 10)

/* --chain PATTERN=CHAIN, see base/pattern. */
struct unit_rule {
	const char *pattern;	/* borrowed */
	struct chain chain;
};

struct unit_request {
	const struct unit_rule *rules;	/* [n_rules]; the last match wins */
	size_t n_rules;
	enum chain_target target;
	bool each_member;	/* a member begins a unit, if it has data */
	/* A file that looks like a format and is broken; may be NULL. */
	void (*warn)(void *ctx, const char *member, const char *what);
	void *warn_ctx;
};

enum unit_kind {
	UNIT_NONE,		/* headers and padding: go with neighbours */
	UNIT_TEXT,
	UNIT_BINARY,
	UNIT_NUMBERS,
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
	uint32_t element;	/* UNIT_NUMBERS: bytes; else 1 */
	char dtype[REGION_DTYPE_MAX];	/* UNIT_NUMBERS: else "" */
	size_t rule;		/* UNIT_FORCED: index of the rule */
	bool solo;		/* one large piece: small ones keep off */
	bool pinned;		/* begins a member: nothing before joins it */
	uint64_t tail;		/* bytes of padding and of the tar's end that
				 * it ends with; 0 but for weights */
	/* The planner's: */
	bool mixed;		/* merged from parts that chose otherwise */
	uint64_t crossing;	/* bytes of repeats, about, that would be lost
				 * by cuts for ENCODE_BLOCK_MAX; or that it
				 * was joined for */
	bool fixed;		/* not joined any more */
	size_t like;		/* the unit that chooses for it; or itself */
	uint64_t leader;	/* the offset of that, which outlives joins */
	struct choice choice;
};

/* Bytes of each of the fewest equal slices of size, of max at most: a multiple
 * of 512. */
uint64_t unit_slice(uint64_t size, uint64_t max);

/* The same kind, filter, element and type of number? */
bool unit_same_type(const struct unit *a, const struct unit *b);

/*
 * (*out)[*n_units]: units that cover the tar from its first byte to its last,
 * in order; the end marker goes with the last.  *out is the caller's, to be
 * freed by free(), in every case.
 */
enum err_code unit_make(const struct tarstream *t,
    const struct unit_request *r, struct unit **out, size_t *n_units,
    struct err *e);

/*
 * When all have chosen: if the last one is stored, a tail is parted from it and
 * becomes a unit again, for units is what unit_make() gave, with room for it.
 * In one chunk of LZMA2 with the tail, up to 64 KiB of what cannot be coded
 * would be.
 */
void unit_part_tail(struct unit *units, size_t *n_units);

#endif
