/*
 * policy: which members may be extracted.
 *
 * Touches no file: it decides from types, names and sizes.  The rules for
 * names are in base/name, those for names beside each other in base/nameset,
 * sizes and counts in unpack/limits; here they are asked in order, and what
 * they say is an error, or goes to a list of violations.
 */
#ifndef XZB_POLICY_H
#define XZB_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/name.h"
#include "base/nameset.h"
#include "unpack/limits.h"
#include "unpack/tarread.h"
#include "unpack/verdict.h"

struct policy_options {
	enum name_rules names;
	bool links;		/* symlinks and hard links inside the tree */
	bool part;		/* of a bundle that was judged: what symlinks
				 * lead to may be elsewhere in it */
	const struct limits *limits;	/* borrowed */
	struct limits_seen *seen;	/* borrowed; may be NULL */
	struct verdict *verdict;	/* borrowed; where violations go, or
					 * NULL: the first is the error */
	uint64_t raw_size;	/* bytes of the tar: no total can be more */
	uint64_t file_size;	/* bytes of the bundle */
};

struct policy;

enum err_code policy_new(const struct policy_options *o, struct policy **out,
    struct err *e);

/*
 * May this member be extracted, as far as it alone tells?  *name is its
 * clean name and *link, of a hard link, the clean name of its target, or of a
 * symlink its text; both are borrowed until the next call.  *name is NULL
 * for the root directory, which is left as it is, and for a member that broke
 * a rule, if violations are collected.
 */
enum err_code policy_member(struct policy *p, const struct tarread_member *m,
    const char **name, const char **link, struct err *e);

/* The last member, a file, is packed: size bytes are written in place of its
 * own.  Limits of bytes hold for these; *good is false if violations are
 * collected, and they broke one. */
enum err_code policy_unpacked(struct policy *p,
    const struct tarread_member *m, uint64_t size, bool *good,
    struct err *e);

/* While members are written: so many directories were made that are none of
 * them. */
enum err_code policy_made(struct policy *p, uint64_t dirs, struct err *e);

/* Violations are collected, and a limit on the whole was passed by so much that
 * reading on makes no sense. */
bool policy_stopped(const struct policy *p);

/*
 * After the last member: what only shows when all names are there, required
 * names that are missing, and a bundle without members.
 */
enum err_code policy_finish(struct policy *p, struct err *e);

/* The members accepted so far; the last one has this index, less 1. */
size_t policy_count(const struct policy *p);

/*
 * After policy_finish(): call each for every link of a type, in the order of
 * the tar, with its text (symlink) or its target and the index of that (hard
 * link).
 */
enum err_code policy_links(const struct policy *p, enum nameset_type type,
    enum err_code (*each)(void *ctx, const char *name, const char *link,
    size_t target, struct err *e), void *ctx, struct err *e);

void policy_free(struct policy *p);	/* NULL is legal */

#endif
