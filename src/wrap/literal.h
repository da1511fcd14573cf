/*
 * literal: bytes -> a Python expression whose value they are.
 *
 * What is between the quotes has no line end in it, so that tracebacks show no
 * line of it as a line of the script but one, which the caller can choose.  It
 * begins a line of its own, so that none shows it as the line of the call that
 * is around it.
 *
 * Overheads are of random bytes, as compressed ones are.
 */
#ifndef XZB_LITERAL_H
#define XZB_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum literal {
	/* Characters U+0000 to U+00FF, of which NUL, CR, LF and the backslash
	 * are escaped: 1.6 %. */
	LITERAL_LATIN1,
	/* The same in blocks, with a number added to all bytes of a block so
	 * that hardly anything has to be escaped: 0.4 % and 50 bytes. */
	LITERAL_KEYS,
	/* Numbers of 33 bytes as 38 digits of base 124, which are all ASCII
	 * characters but those four: 15.2 % and 130 bytes. */
	LITERAL_ASCII,
	/* Base 85, by Python's base64: 25 %. */
	LITERAL_B85
};

#define LITERAL_N 4

/* What a source file must begin with to have it: a line, or "". */
const char *literal_cookie(enum literal l);

/*
 * Append the expression of the n bytes at p.  What it gives may have bytes 0xFF
 * behind them, which lzma.decompress() passes over.  *quoted: how many bytes of
 * it are the literal in it, with its quotes.  The literal is so many line feeds
 * below the line where the expression begins, 1 to LITERAL_LINES_MAX.
 */
#define LITERAL_LINES_MAX 64
enum err_code literal_write(enum literal l, const uint8_t *p, size_t n,
    unsigned int line_feeds, struct buf *to, size_t *quoted, struct err *e);

/* What LITERAL_LATIN1 takes for them above the n bytes, quotes and escapes. */
size_t literal_escapes(const uint8_t *p, size_t n);

#endif
