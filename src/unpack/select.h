/*
 * select: the names that a user wants -> the ranges of the tar to read.
 *
 * Touches no file.  Names are compared in their clean form (base/name),
 * so "./a", "a" and "a/" are the same member.
 */
#ifndef XZB_SELECT_H
#define XZB_SELECT_H

#include <stddef.h>

#include "base/err.h"
#include "unpack/policy.h"
#include "unpack/tarread.h"
#include "xz/blockstream.h"

/* A file that is wanted only under the name of a hard link to it. */
struct select_alias {
	char *from;		/* clean name of the file; owned */
	char *to;		/* of the link; owned */
};

struct selection {
	struct range *ranges;		/* [n_ranges] ascending; owned */
	size_t n_ranges;
	struct select_alias *aliases;	/* [n_aliases] by from; owned */
	size_t n_aliases;
};

/*
 * The members called by the n names, each a member or a directory and what
 * is below it.  A hard link that is wanted without its file brings the
 * file's data along, under the link's name.  The names of all members are
 * judged by the policy o.  ERR_FAIL: there is no such member.  *s is to be
 * freed in every case.
 */
enum err_code select_members(const struct tarread_toc *toc,
    const char *const *names, size_t n, const struct policy_options *o,
    struct selection *s, struct err *e);

/* The one file called name, or that the hard link of that name stands for.
 * *s is to be freed in every case. */
enum err_code select_file(const struct tarread_toc *toc, const char *name,
    struct selection *s, struct err *e);

/* The clean name under which the file of a clean name is made; borrowed. */
const char *select_made_name(const struct selection *s, const char *name);

/* The bytes of all ranges. */
uint64_t select_bytes(const struct selection *s);

void selection_free(struct selection *s);

#endif
