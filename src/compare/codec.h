/*
 * codec: what other programs make of bytes, by their own libraries.
 *
 * One table.  A codec whose library was not there at configure time stays in
 * it without functions, so that it can be said what is missing.  With the
 * options that are set here a codec makes the bytes that the program of its
 * name makes of a file with one thread.
 *
 * Decoders are only for what an encoder here has just made.  One file a
 * codec: compare/codec_NAME.c is the only caller of its library.
 */
#ifndef XZB_CODEC_H
#define XZB_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/source.h"
#include "base/watch.h"
#include "compare/meter.h"

struct codec_job {
	const struct source *src;
	uint64_t off, size;		/* which bytes of it */
	int level;
	const struct watch *watch;	/* told of the raw bytes */
};

struct codec_sink {
	/* Gets what is decoded, in order. */
	enum err_code (*put)(void *ctx, const uint8_t *p, size_t n,
	    struct err *e);
	void *ctx;
	struct meter *meter;		/* that the decoder's memory comes
					 * from */
};

struct codec {
	const char *name;		/* "zlib" */
	const char *option;		/* its program's, before a level */
	int min, max, usual;		/* levels */
	const char *needs;		/* what a reader has to have */
	const char *package;		/* of Debian, to build with it */
	unsigned int cost;		/* ns a byte, about, at `usual` */
	/* Append all; NULL: the library was missing. */
	enum err_code (*encode)(const struct codec_job *j, struct buf *out,
	    struct err *e);
	enum err_code (*decode)(const uint8_t *p, size_t n,
	    const struct codec_sink *s, struct err *e);
	const char *(*version)(void);	/* of the library at run time; NULL: it
					 * was missing */
	/* Bytes of memory that the encoder takes for so many, about. */
	uint64_t (*memory)(int level, uint64_t size);
};

extern const struct codec *const codecs[];	/* NULL ends it */

/* The codec of a name such as "zstd" or "zstd-19", and the level; NULL: there
 * is none. */
const struct codec *codec_find(const char *name, int *level);

/* --- for compare/codec_NAME.c --- */

#define CODEC_PIECE ((size_t)256 << 10)	/* bytes given to a library, or
					 * taken from it, at a time */

extern const struct codec codec_zlib, codec_bzip2, codec_zstd, codec_brotli;

/* What is left of the input, piece by piece; *n 0: nothing. */
struct codec_feed {
	const struct codec_job *j;
	uint8_t *piece;		/* [CODEC_PIECE]; owned */
	uint64_t done;
};

enum err_code codec_feed_open(struct codec_feed *f, const struct codec_job *j,
    struct err *e);
enum err_code codec_feed_next(struct codec_feed *f, size_t *n,
    struct err *e);
void codec_feed_close(struct codec_feed *f);

#endif
