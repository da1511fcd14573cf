/*
 * repack: an archive of any format -> a bundle of its members.
 *
 * The parent opens the archive, a temporary file and the output.  What looks at
 * the archive's bytes runs confined (base/worker):
 *
 *     import -> order -> strict -> bundle -> verify
 *
 * The bundle is put at its place when it was compared with a second reading of
 * the archive, member by member.
 */
#ifndef XZB_REPACK_H
#define XZB_REPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sandbox.h"
#include "import/archive.h"
#include "pack/bundle.h"
#include "pack/order.h"
#include "unpack/limits.h"

struct repack_request {
	const char *path;		/* of the archive */
	struct bundle_request bundle;	/* without plan_in; its warnings are
					 * notes here; output is a path, or
					 * "-" */
	enum order_by order;
	bool strict;			/* refuse what extraction would by
					 * default, and else note it */
	/* Of the archive.  LIMIT_MEMORY is what its decoders may take,
	 * LIMIT_TIME how long a reading of it may. */
	const struct limits *limits;
	bool weak;			/* go on without a part of the
					 * sandbox */
	uint64_t limit;			/* bytes of the bundle */
	bool keep_over_limit;
	/* What is worth knowing; the text may hold hostile bytes.  May be
	 * NULL. */
	void (*note)(void *ctx, const char *text);
	void *note_ctx;
};

/* Plain data; but for the first three the worker's word. */
struct repack_result {
	uint64_t in_size;		/* bytes of the archive */
	struct sandbox_state sandbox;
	bool streamed;			/* as in struct create_result */
	uint64_t file_size;		/* bytes of the bundle */
	uint64_t raw_size;		/* bytes of its tar */
	uint64_t n_members;
	struct import_dropped dropped;
	uint64_t times;			/* members with another time than in
					 * the archive */
	uint64_t modes;			/* with other permission bits */
};

/*
 * ERR_LIMIT also when the bundle is over the limit; *res is filled then, and
 * it is there only with keep_over_limit.  Other errors are those of
 * import_members() and bundle_write().
 */
enum err_code repack_archive(const struct repack_request *r,
    struct repack_result *res, struct err *e);

#endif
