/*
 * unpacker: the bytes of a packed safetensors file to those of its original.
 *
 * A filter: bytes go in in pieces of any size, in order, and the original's go
 * to a function.  One tensor at a time is held, packed and unpacked.
 *
 * Whatever is not a packed file goes through as it is.  But a header that has
 * STFILE_KEY in it, as a key would be, and cannot be read is an error: it may
 * well have been one.
 */
#ifndef XZB_UNPACKER_H
#define XZB_UNPACKER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct unpacker;

enum unpacker_kind {
	UNPACKER_OTHER,		/* no safetensors file, or a strange one */
	UNPACKER_PLAIN,		/* one that is not packed */
	UNPACKER_PACKED
};

struct unpacker_request {
	uint64_t size;		/* bytes that will go in, all of the file */
	uint64_t max_memory;	/* bytes for tensors, beside the header, which
				 * takes up to 200 MiB if it is hostile */
	/* What it is, and how many bytes put() will get in all: before put()
	 * is called, and once unless there was an error.  May be NULL. */
	enum err_code (*begin)(void *ctx, enum unpacker_kind kind,
	    uint64_t size, struct err *e);
	/* Gets the original's bytes. */
	enum err_code (*put)(void *ctx, const uint8_t *p, size_t n,
	    struct err *e);
	void *ctx;		/* of both */
};

/* *out is the caller's. */
enum err_code unpacker_new(const struct unpacker_request *r,
    struct unpacker **out, struct err *e);
void unpacker_free(struct unpacker *u);		/* NULL is legal */

/* ERR_CORRUPT: the file is packed, and wrong, the text names the tensor; or
 * more bytes than there should be.  ERR_MEMLIMIT: it needs more memory. */
enum err_code unpacker_data(struct unpacker *u, const uint8_t *p, size_t n,
    struct err *e);

/* The end of the file.  ERR_CORRUPT: bytes are missing. */
enum err_code unpacker_end(struct unpacker *u, struct err *e);

/* After the end: why what looked like a safetensors file is UNPACKER_OTHER; ""
 * if nothing is known. */
const char *unpacker_reason(const struct unpacker *u);

#endif
