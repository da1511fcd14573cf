/*
 * nameset_entry: what base/nameset and base/nameset_judge share.
 */
#ifndef XZB_NAMESET_ENTRY_H
#define XZB_NAMESET_ENTRY_H

#include "base/nameset.h"

/* A member's texts lie one behind the other. */
struct nameset_entry {
	char *name;		/* in a chunk */
	uint32_t key;		/* name + key is the folded name; 0 when that
				 * is the same */
	uint32_t link : 30;	/* name + link is the link; 0: there is none */
	uint32_t type : 2;	/* enum nameset_type */
};

struct nameset {
	enum name_rules rules;
	uint64_t memory;	/* bytes, the most that it takes; 0: no limit */
	uint64_t bytes;		/* taken so far */
	struct nameset_chunk *chunks;	/* the newest first */
	struct nameset_entry *entries;	/* [n] */
	size_t n;
	size_t cap;
	bool folded;		/* has a name other than its key */
	uint32_t *by_name;	/* [n], indexes; NULL until judged */
};

/* The link of a member; "" for none. */
static inline const char *
nameset_link(const struct nameset_entry *v)
{
	return v->link != 0 ? v->name + v->link : "";
}

#endif
