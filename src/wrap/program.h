/*
 * program: a script's text, coded by phrases -> the Python program that is
 * compressed: it gives the text back, tells linecache of its lines, has
 * tracebacks begin in the script, and compiles and runs it.
 *
 * It runs in the namespace of the module that OUT.py is, and leaves no name
 * there.
 */
#ifndef XZB_PROGRAM_H
#define XZB_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "wrap/phrases.h"

/* Names that the function in it may have, a letter each.  They are all the same
 * to Python, but the compressed bytes are other ones. */
extern const char program_names[];

/*
 * Append it.  plain_lines: what program_plain_lines() says of the text.
 */
enum err_code program_write(const struct phrases *p, bool plain_lines,
    char name, struct buf *to, struct err *e);

/* Does Python's str.splitlines() cut the text at line feeds alone? */
bool program_plain_lines(const uint8_t *text, size_t size);

#endif
