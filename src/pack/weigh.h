/*
 * weigh: what bytes take in a finished bundle, more or less exactly.
 *
 * The planner's search for chains takes longer than encoding does, so bytes
 * that compete are weighed with as much care as their difference needs: first
 * by a sample and the literal model, then by more of them, and last as
 * pack/choose would have them.  What an entropy coder has made takes what it
 * is, and that is found at once.
 *
 * The same bytes, rules and care give the same result.
 */
#ifndef XZB_WEIGH_H
#define XZB_WEIGH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xz/chain.h"

/* Bytes of memory that it takes, at most. */
#define WEIGH_MEMORY ((uint64_t)48 << 20)

enum weigh_care {
	WEIGH_QUICK,		/* a sample of 128 KiB */
	WEIGH_MORE,		/* of 1 MiB */
	WEIGH_WELL		/* with the planner's chain, of 2 MiB */
};

struct weigh_rules {
	enum chain_target target;
	uint64_t dict_max;	/* bytes, from the memory limit */
};

struct weigh {
	uint64_t size;		/* bytes of LZMA2 data */
	uint64_t least;		/* it is hardly smaller than that */
	enum weigh_care care;	/* that it was weighed with; WEIGH_WELL also
				 * when more care would find the same */
	bool sampled;		/* not all bytes were encoded */
};

/* The n bytes at p, which have elements of so many bytes (1: not known). */
enum err_code weigh_bytes(const struct weigh_rules *r, const uint8_t *p,
    size_t n, uint32_t element, enum weigh_care care, struct weigh *w,
    struct err *e);

/* A short text, such as JSON. */
enum err_code weigh_text(const uint8_t *p, size_t n, uint64_t *size,
    struct err *e);

#endif
