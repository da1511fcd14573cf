/*
 * planned: bytes -> the .xz file that create would make of them, in memory and
 * with one thread.
 */
#ifndef XZB_PLANNED_H
#define XZB_PLANNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"
#include "base/watch.h"
#include "pack/tarstream.h"
#include "xz/chain.h"

struct planned_request {
	enum chain_target target;
	uint64_t memory;		/* bytes */
	const struct watch *watch;	/* told of bytes, more than once of
					 * each */
};

struct planned_result {
	size_t n_blocks;
	char chain[CHAIN_TEXT_MAX];	/* of the one with most raw bytes */
};

/* All of t, which is not empty. */
enum err_code planned_stream(const struct planned_request *r,
    const struct tarstream *t, struct buf *out, struct planned_result *res,
    struct err *e);

/* The bytes [off, off + size) of src, size >= 1, which are one thing, such as
 * numbers of so many bytes (1: not known). */
enum err_code planned_bytes(const struct planned_request *r,
    const struct source *src, uint64_t off, uint64_t size, uint32_t element,
    struct buf *out, struct planned_result *res, struct err *e);

#endif
