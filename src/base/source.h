/*
 * source: bytes that can be read at any offset, any number of times.
 *
 * What the packer feeds to the xz layer without either knowing the other:
 * the virtual tar stream is one, a buffer in a test is another.
 */
#ifndef XZB_SOURCE_H
#define XZB_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct source {
	/*
	 * Fill buf with the size bytes at off, all of them or an error.
	 * ctx belongs to one thread at a time.
	 */
	enum err_code (*read)(void *ctx, uint64_t off, uint8_t *buf,
	    size_t size, struct err *e);
	void *ctx;
};

#endif
