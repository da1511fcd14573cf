/*
 * confined: an archive of somebody else -> what is said of its members, in a
 * confined process.
 *
 *     parent                              worker
 *     opens the archive, makes files -->  import/archive -> run()
 *     takes the text                <--   compare ... grid
 */
#ifndef XZB_CONFINED_H
#define XZB_CONFINED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/sandbox.h"
#include "base/watch.h"
#include "pack/scan.h"
#include "unpack/limits.h"

struct confined_request {
	const char *path;		/* of the archive */
	const struct limits *limits;
	bool weak;			/* go on without parts of the sandbox */
	unsigned int n_threads;
	uint64_t memory;		/* bytes; UINT64_MAX: what is usual */
	const struct watch *watch;
	/*
	 * In the worker: append what is to be said of the members to text.  get
	 * gives a few empty files, see struct packed_request.  When w stops,
	 * what there is should be said, soon.
	 */
	enum err_code (*run)(void *ctx, struct scan *s,
	    enum err_code (*get)(void *, int *, struct err *), void *get_ctx,
	    const struct watch *w, struct buf *text, struct err *e);
	void *ctx;
};

/* Is the file at path one that should be read so, and not as a file?  Archives
 * and what is compressed are; of zip files, which models and arrays may be,
 * those that are called .zip. */
bool confined_looks(const char *path);

/* Append what run() has made; it may hold hostile bytes. */
enum err_code confined_run(const struct confined_request *r,
    struct buf *text, struct sandbox_state *state, struct err *e);

#endif
