/*
 * nameset: the names of all members of a bundle, judged together.
 *
 * A member may be fine alone and not beside the others.  Names are added in
 * the order of the tar; when all are there, nameset_finish() finds what
 * conflicts.  An index is that order, from 0.  Names are sorted, and then
 * neighbours are compared, so that n names take n log n steps, however
 * hostile; a symlink takes a look-up for each component of its text.  Not for
 * sharing between threads.
 */
#ifndef XZB_NAMESET_H
#define XZB_NAMESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/name.h"

enum nameset_type {
	NAMESET_FILE,
	NAMESET_DIR,
	NAMESET_SYMLINK,
	NAMESET_HARDLINK
};

struct nameset;

/* Bytes of memory that suffice for all names that are not meant to take much:
 * 100,000 of 900 bytes each, or of 450 if all have capitals. */
#define NAMESET_MEMORY_MAX ((uint64_t)96 << 20)

/* A member of a set; the texts are borrowed from the set. */
struct nameset_member {
	const char *name;	/* clean */
	const char *link;	/* symlink: its text; hard link: clean name
				 * of the target; else NULL */
	enum nameset_type type;
};

/* An empty set, that takes up to memory bytes (0: no limit).  *out is the
 * caller's, NULL after an error. */
enum err_code nameset_new(enum name_rules rules, uint64_t memory,
    struct nameset **out, struct err *e);

void nameset_free(struct nameset *s);	/* NULL is legal */

/*
 * Add a copy of a member; name is clean and has passed name_broken_rule(),
 * link is as in struct nameset_member.  ERR_MEMLIMIT: over the memory.
 * ERR_UNSAFE: the root ("") as something else than a directory; a name or
 * link of PATH_MAX bytes and over; a component that name_fold() refuses.
 */
enum err_code nameset_add(struct nameset *s, const char *name,
    const char *link, enum nameset_type type, struct err *e);

/*
 * A conflict: a stable id, the member that is refused ("" is the root), and
 * an error of ERR_UNSAFE with the text "NAME: ...; refused".  ERR_OK goes on
 * to the next one; any other code ends the search, and is its result with the
 * text that is in e then.  Ids:
 *
 *   duplicate      two members of one name, be it directories
 *   parent         below a member that is not a directory
 *   alike          NAME_STRICT: it, or a directory above it, is not the same
 *                  as another but folds to the same (name_fold)
 *   symlink        no path, absolute, or leads outside
 *   symlink-cross  leads through another symlink; that its last component is
 *                  a symlink is no conflict
 *   symlink-foreign  leads to, or through, a top-level name that no member
 *                  has nor is below: what that is, the bundle does not say
 *   symlink-loop   never ends, or crosses more symlinks than Linux does
 *   hardlink       to something else than an earlier regular file
 */
typedef enum err_code (*nameset_report)(void *ctx, const char *id,
    const char *name, struct err *e);

/*
 * Judge the set.  Each member is reported once for an id at most, and for
 * each id that it deserves.  Two names are needed for "duplicate" and "alike":
 * of those that are sorted next to each other the later one is reported.
 * Without a report the first conflict is the result.  Otherwise fails for
 * memory alone.
 */
enum err_code nameset_finish(struct nameset *s, nameset_report report,
    void *ctx, struct err *e);

size_t nameset_count(const struct nameset *s);

/* The member of an index below the count. */
struct nameset_member nameset_get(const struct nameset *s, size_t index);

/* --- after nameset_finish(), until more is added --- */

/* The index of the first member called by the n bytes at name, which need
 * not be terminated; false when there is none. */
bool nameset_find(const struct nameset *s, const char *name, size_t n,
    size_t *index);

/* Is there a member called by the n bytes at name, or one below that? */
bool nameset_holds(const struct nameset *s, const char *name, size_t n);

/* How many directories there are only because members are below them. */
uint64_t nameset_parents(const struct nameset *s);

#endif
