/*
 * text: bytes of unknown origin made fit to be shown.
 */
#ifndef XZB_TEXT_H
#define XZB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Append s with all that could steer a terminal or break a line written as
 * \xNN, byte by byte: control characters (C0, DEL, C1), what is unseen, and
 * bytes that are not UTF-8.  A backslash becomes "\\", so that the result can
 * be turned back.
 */
enum err_code text_escape(struct buf *to, const char *s, struct err *e);

/*
 * The same for a name in a line that has more than it: spaces that are first,
 * last, before another one, after a colon, or before "->", "==" or "(+" are
 * escaped too, so that nobody takes a part of the name for what follows it.
 */
enum err_code text_escape_name(struct buf *to, const char *s, struct err *e);

/* Bytes of what is at p in text that one of these two has written, and which
 * should not be cut: an escape or a character. */
size_t text_unit(const char *p);

/* The longest end of such text that takes at most so many columns, where what
 * is not ASCII counts as two. */
const char *text_last(const char *p, size_t columns);

/* Append what s, written by one of these two, stands for.  A backslash that is
 * not followed by one of its escapes stays as it is. */
enum err_code text_unescape(struct buf *to, const char *s, struct err *e);

/* Is it invisible, a blank or separator other than the space, or does it change
 * how what is around it is shown, such as the direction of writing? */
bool text_is_unseen(uint32_t c);

/* Is s well-formed UTF-8 (no surrogates, nothing above U+10FFFF)? */
bool text_is_utf8(const char *s);

/* Put '?' for each byte of b that text_escape() would not leave as it is, but
 * for line ends, tabs and backslashes: for text that others have made. */
void text_disarm(struct buf *b);

/* Append printf output. */
enum err_code text_printf(struct buf *to, struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
