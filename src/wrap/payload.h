/*
 * payload: a script's text -> the compressed program that is smallest as a
 * literal, of all phrases, settings, names and modules of Python.
 */
#ifndef XZB_PAYLOAD_H
#define XZB_PAYLOAD_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"
#include "wrap/packer.h"

/* How much is tried. */
enum payload_effort {
	PAYLOAD_FAST,		/* few settings, and phrases by a model */
	PAYLOAD_DEFAULT,
	PAYLOAD_MAX		/* eight times as much */
};

struct payload_request {
	const uint8_t *text;	/* UTF-8 without NUL and CR, the last byte LF */
	size_t size;		/* bytes */
	lzma_check check;	/* NONE: a .lzma file, or what bz2 or zlib
				 * decompress; else a .xz file */
	enum payload_effort effort;
	unsigned int n_threads;
	const struct watch *watch;
};

struct payload {
	struct buf bytes;	/* owned */
	enum packer packer;	/* that made it */
	lzma_options_lzma lzma;	/* if it is LZMA */
	size_t program_size;	/* bytes that were compressed */
	size_t n_phrases;	/* in them */
};

/* The same for any number of threads.  *out is to be freed in every case. */
enum err_code payload_make(const struct payload_request *r,
    struct payload *out, struct err *e);
void payload_free(struct payload *p);	/* legal on a zeroed value */

#endif
