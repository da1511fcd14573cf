/*
 * packed: the members of a scan as create --pack would have them.
 *
 * A member that gets smaller by it is packed into a file without a name.  All
 * else is as in the scan.
 */
#ifndef XZB_PACKED_H
#define XZB_PACKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/scan.h"
#include "weights/stfile.h"
#include "xz/chain.h"

struct packed_member {
	bool is;		/* it is packed: */
	struct stfile header;	/* of the packed file; owned */
	uint64_t data_off;	/* where the data begin in that */
	uint64_t pack_ns;	/* processor time that packing took */
	uint64_t unpack_ns;	/* and unpacking */
};

struct packed {
	struct scan scan;	/* with the names of another one */
	struct packed_member *members;	/* [scan.n_members]; owned */
	bool any;
	bool short_of_files;	/* one was not packed for want of a file */
};

struct packed_request {
	const struct scan *scan;	/* must outlive the result */
	enum chain_target target;
	unsigned int n_threads;
	uint64_t memory;		/* bytes */
	/* Gives an empty file, which is then ours; -1: there are no more. */
	enum err_code (*get)(void *ctx, int *fd, struct err *e);
	void *ctx;
	const struct watch *watch;
};

/* *p is to be freed in every case. */
enum err_code packed_make(const struct packed_request *r, struct packed *p,
    struct err *e);
void packed_free(struct packed *p);

#endif
