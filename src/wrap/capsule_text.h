/*
 * capsule_text: the loader of a capsule, put together from the pieces in
 * contrib/python/capsule, whose README tells what they do.
 */
#ifndef XZB_CAPSULE_TEXT_H
#define XZB_CAPSULE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct capsule_text {
	const char *main;	/* as the user named it */
	const char *prefix;	/* what is before it in the member's name: "",
				 * or a directory with its slash */
	const char *const *packed;	/* [n_packed] members to unpack */
	size_t n_packed;
	uint32_t packings;	/* those of them, as loader_bit() has them */
	const char *dir;	/* where the private directory is made, or
				 * NULL: where Python's tempfile says */
	bool keep;		/* that directory stays */
	bool in_memory;		/* no directory */
	bool numpy;		/* unpack by numpy: faster, but it is needed */
	bool zip;		/* the capsule is a zip file, else a source */
};

/* Append it.  ERR_FAIL: a piece is missing in the program. */
enum err_code capsule_text_write(const struct capsule_text *t, struct buf *to,
    struct err *e);

/* Append a Python string literal of s.  What is not UTF-8 in it becomes what
 * Python's surrogateescape has for it, as for names of files. */
enum err_code capsule_text_quote(const char *s, struct buf *to,
    struct err *e);

/* A piece, by the name of its file without ".py". */
struct capsule_piece {
	const char *name;
	const char *text;
};

/* All of them, { NULL } at the end; made by the build. */
extern const struct capsule_piece capsule_pieces[];

#endif
