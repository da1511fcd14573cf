/*
 * restore: a packed safetensors file -> its original; the parent's side, and
 * what the confined process does.
 *
 *     open the file -> output (base/io) -> worker (weights/unpacker) -> commit
 *
 * The worker writes to the output's descriptor itself, whose file has no name
 * until all is well.
 */
#ifndef XZB_RESTORE_H
#define XZB_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sandbox.h"
#include "base/watch.h"
#include "unpack/limits.h"

struct restore_request {
	const char *path;
	const char *output;		/* "-" is standard output */
	const struct limits *limits;	/* LIMIT_MEMBER is of the output;
					 * LIMIT_MEMORY, LIMIT_TIME */
	bool weak;			/* go on without a part of the
					 * sandbox */
	const struct watch *watch;
};

struct restore_result {
	bool was_packed;		/* else it was copied as it is */
	struct sandbox_state sandbox;
};

/* The output is complete or what it was.  ERR_CORRUPT: it is no safetensors
 * file, or one that was packed and is wrong. */
enum err_code restore_file(const struct restore_request *r,
    struct restore_result *res, struct err *e);

#endif
