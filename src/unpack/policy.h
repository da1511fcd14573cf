/*
 * policy: which members may be extracted, decided from names alone.
 *
 * Touches no file.  The rules: see SECURITY in xzbundle(1).
 */
#ifndef XZB_POLICY_H
#define XZB_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "unpack/tarread.h"

/* What was seen of a bundle so far. */
struct policy {
	struct policy_name {
		char *name;	/* clean; owned */
		char *link;	/* symlink: its text; hard link: clean name
				 * of the target; else NULL; owned */
		enum tarread_type type;
		size_t order;	/* place in the tar */
	} *names;		/* [n_names] */
	size_t n_names;
	size_t cap;
	uint64_t bytes;		/* of memory taken */
	uint64_t memory;	/* and at most; 0: no limit */
};

/*
 * May this member be extracted, as far as it alone tells?  *name is its
 * clean name, *link as in struct policy_name, both borrowed from p; *name is
 * NULL for the root directory, which is left as it is.
 */
enum err_code policy_member(struct policy *p, const struct tarread_member *m,
    const char **name, const char **link, struct err *e);

/*
 * After the last member: no name twice, no file or link as the parent of
 * another, no symlink that leads outside through others, no hard link to
 * anything but an earlier file.
 */
enum err_code policy_finish(struct policy *p, struct err *e);

void policy_free(struct policy *p);

#endif
