/*
 * packfile: a safetensors file, or a bare array -> a packed file at a path.
 *
 *     output (base/io) -> recode -> commit
 */
#ifndef XZB_PACKFILE_H
#define XZB_PACKFILE_H

#include "base/err.h"
#include "pack/recode.h"

struct packfile_request {
	const char *path;		/* of the input, for messages */
	struct recode_request recode;	/* its fd is open for reading */
	const char *output;		/* "-" is standard output */
};

/*
 * The output is complete or what it was.  What is packed already, or would not
 * get smaller, is copied as it is.  *res is to be freed in every case, by
 * recode_free().  ERR_CORRUPT: the input is no safetensors file; ERR_USAGE: see
 * recode_file().
 */
enum err_code packfile_write(const struct packfile_request *r,
    struct recode_result *res, struct err *e);

#endif
