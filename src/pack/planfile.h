/*
 * planfile: a plan as JSON, to keep and to use again.
 *
 *     { "format": "xzbundle-plan", "version": 1, "tar_bytes": 8423424,
 *       "segments": [
 *         { "tar_off": 0, "bytes": 312832,
 *           "chain": "x86 lzma2:dict=384KiB,lc=3,..." }, ... ] }
 *
 * Segments are in order and cover the tar.  The file is untrusted: numbers,
 * chains and sizes are checked before anything is done with them.
 */
#ifndef XZB_PLANFILE_H
#define XZB_PLANFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pack/plan.h"

/*
 * Read the plan in path for a tar of tar_size bytes; chains have to be allowed
 * by the target.  ERR_USAGE, naming path: not such a file, of another tar, or
 * with segments that do not cover it; ERR_UNSUPPORTED: the target; ERR_FAIL:
 * cannot be read.  *p is to be freed in every case.
 */
enum err_code planfile_read(const char *path, uint64_t tar_size,
    enum chain_target target, struct plan *p, struct err *e);

/* The same of the n bytes at text, for which no path is named. */
enum err_code planfile_parse(const char *text, size_t n, uint64_t tar_size,
    enum chain_target target, struct plan *p, struct err *e);

/* Write the first chain of each segment to path, which appears complete or
 * not at all. */
enum err_code planfile_write(const char *path, uint64_t tar_size,
    const struct plan *p, struct err *e);

#endif
