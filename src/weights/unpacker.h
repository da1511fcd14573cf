/*
 * unpacker: the bytes of a packed safetensors file to those of its original.
 *
 * A filter: bytes go in in pieces of any size, in order, and the original's go
 * to a function.  One tensor at a time is held, packed and unpacked; so no more
 * than max_memory bytes, or it fails with ERR_MEMLIMIT.
 *
 * Whatever is not a packed file goes through as it is.
 */
#ifndef XZB_UNPACKER_H
#define XZB_UNPACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct unpacker;

struct unpacker_request {
	uint64_t size;		/* bytes that will go in, all of the file */
	uint64_t max_memory;
	/* Gets the original's bytes. */
	enum err_code (*put)(void *ctx, const uint8_t *p, size_t n,
	    struct err *e);
	void *ctx;
};

/* *out is the caller's. */
enum err_code unpacker_new(const struct unpacker_request *r,
    struct unpacker **out, struct err *e);
void unpacker_free(struct unpacker *u);		/* NULL is legal */

/* ERR_CORRUPT: the file is packed, and wrong; the text names the tensor. */
enum err_code unpacker_data(struct unpacker *u, const uint8_t *p, size_t n,
    struct err *e);

/* The end of the file; *was_packed: was it a packed one? */
enum err_code unpacker_end(struct unpacker *u, bool *was_packed,
    struct err *e);

#endif
