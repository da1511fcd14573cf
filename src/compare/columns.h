/*
 * columns: what rows are compared by: codecs, filter chains, the planner and
 * packed weights.
 */
#ifndef XZB_COLUMNS_H
#define XZB_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "compare/codec.h"
#include "xz/chain.h"

#define COLUMNS_MAX 64

enum column_kind {
	COLUMN_CODEC,
	COLUMN_CHAIN,		/* one Block */
	COLUMN_DELTA,		/* the same with delta before it: of numbers */
	COLUMN_BCJ,		/* with the BCJ filter: of machine code */
	COLUMN_PLAN,		/* as create would have it */
	COLUMN_PACKED		/* as create --pack would */
};

struct column {
	char *name;		/* "zstd -22"; owned */
	enum column_kind kind;
	const struct codec *codec;	/* COLUMN_CODEC */
	int level;
	struct chain chain;	/* COLUMN_CHAIN, _DELTA, _BCJ */
	const char *needs;	/* what a reader has to have; static */
};

/* All zeros: none.  To be freed in every case. */
struct columns {
	struct column v[COLUMNS_MAX];	/* [n] */
	size_t n;
	size_t baseline;	/* index */
};

/* Add what there is if nothing is asked for, but for what is there already. */
enum err_code columns_default(struct columns *c, struct err *e);

/* Add by name, such as "xz-9e", "zstd-19", "delta", "packed".  ERR_USAGE: no
 * such; ERR_UNSUPPORTED: was left out when xzbundle was built. */
enum err_code columns_add(struct columns *c, const char *name, struct err *e);

/* Is it a name for that, or "default"?  ERR_USAGE says which there are. */
enum err_code columns_check(const char *name, struct err *e);

/* Add a chain in liblzma's syntax; name may be NULL. */
enum err_code columns_add_chain(struct columns *c, const char *name,
    const char *chain, struct err *e);

/* Add those of a text: a chain a line, "NAME: CHAIN" or "CHAIN"; '#' begins a
 * comment.  Errors name the line. */
enum err_code columns_add_text(struct columns *c, struct buf *text,
    struct err *e);

/* Take the column of that name (as shown, or as in columns_add()) for the
 * baseline; NULL: the first codec that is there, else the first chain, else the
 * first column. */
enum err_code columns_set_baseline(struct columns *c, const char *name,
    struct err *e);

/* Can it be made here at all? */
bool columns_available(const struct column *c);

/* The index of the column of that name, or n. */
size_t columns_find(const struct columns *c, const char *name);

void columns_free(struct columns *c);

#endif
