/*
 * buf: growable bytes with a ceiling.
 *
 * The ceiling is the largest size that the owner expects; growing past it is
 * an error, so that no input can make a buffer grow without bound.  A buf
 * set to all zeros and given a ceiling is empty and valid.  Not for sharing
 * between threads.
 */
#ifndef XZB_BUF_H
#define XZB_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf {
	uint8_t *data;		/* owned; NULL while cap is 0 */
	size_t size;		/* bytes in use */
	size_t cap;		/* bytes allocated */
	size_t ceiling;		/* bytes, the largest size allowed */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_free(struct buf *b);	/* legal on an empty buf */

/* Make room for n more bytes.  ERR_FAIL: no memory, or over the ceiling. */
enum err_code buf_reserve(struct buf *b, size_t n, struct err *e);

/* Append n bytes from p (which may not point into the buf). */
enum err_code buf_append(struct buf *b, const void *p, size_t n,
    struct err *e);

/* The same as a callback of jansson's: ctx is a struct buf.  DEL, which it
 * leaves in strings, is escaped.  0, or -1 when there is no room. */
int buf_sink(const char *p, size_t n, void *ctx);

#endif
