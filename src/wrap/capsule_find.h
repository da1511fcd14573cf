/*
 * capsule_find: what a capsule has to know of a bundle: where its main script
 * is, and which members are packed weights.
 */
#ifndef XZB_CAPSULE_FIND_H
#define XZB_CAPSULE_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "unpack/extract.h"

struct capsule_find {
	char *main;		/* clean; owned */
	char *prefix;		/* what is before it in the member's name: "",
				 * or directories with a slash; owned */
	uint64_t main_size;	/* bytes */
	uint32_t packings;	/* as loader_bit() has them */
	const char **packed;	/* [n_packed] names of members; owned, the
				 * texts are in `texts` */
	size_t n_packed;
	struct buf texts;
};

/*
 * Look into the bundle, in the confined process.  ERR_FAIL: there is no such
 * member, and the text says what there is.  ERR_UNSUPPORTED: a name has more
 * slashes or dots than it needs; in memory no name may.  *f is to be freed in
 * every case.
 */
enum err_code capsule_find(const struct extract_request *r, const char *main,
    bool in_memory, struct capsule_find *f, struct err *e);
void capsule_find_free(struct capsule_find *f);	/* legal on a zeroed value */

#endif
