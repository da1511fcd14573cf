/*
 * magic: what a file is that is no .xz file.
 *
 * For the message alone: a user who named the wrong file sees which it was.
 */
#ifndef XZB_MAGIC_H
#define XZB_MAGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many bytes of the beginning as magic_name() looks at. */
#define MAGIC_HEAD 264

/* "a gzip file" and the like, of the first n bytes; static.  NULL: unknown.
 * *archive: it may be one. */
const char *magic_name(const uint8_t *head, size_t n, bool *archive);

#endif
