/*
 * zipped: the zip of one text, as it ends a file that has other bytes before
 * it.
 *
 * Python's zipimport runs the text, but never looks at the CRC32.  So that a
 * wrong byte does not make an empty program of it, which ends well and has done
 * nothing, the text is deflated, and by fixed codes: of what is stored the size
 * alone tells the end, and codes that stand in the file can become such ones of
 * which the first is the end.  (That of a literal has more than one bit that
 * differs, and they are in two bytes.)
 *
 * Format: PKWARE's APPNOTE.TXT, version 6.3.10; offsets count from where the
 * zip begins, which Python's zipimport allows.  RFC 1951 for deflate.
 */
#ifndef XZB_ZIPPED_H
#define XZB_ZIPPED_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Append it; text is ASCII. */
enum err_code zipped_write(const char *name, const char *text, struct buf *to,
    struct err *e);

#endif
