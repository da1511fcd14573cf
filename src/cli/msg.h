/*
 * msg: what the program says.  The only writer of standard error.
 */
#ifndef XZB_MSG_H
#define XZB_MSG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"

/* "xzbundle: TEXT" on standard error, in one write, escaped. */
void msg_error(const struct err *e);
void msg_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* All of b to standard output. */
enum err_code msg_output(const struct buf *b, const struct watch *w,
    struct err *e);

/* As msg_output(), of what became of the work, which is worth writing after w
 * was stopped too: then it only fails when standard output, such as a pipe that
 * nobody reads, takes nothing for a second.  Pieces of PIPE_BUF bytes do not
 * wait where poll(2) has seen room. */
enum err_code msg_report(const struct buf *b, const struct watch *w,
    struct err *e);

/* As msg_output(), of text that a confined process made: what text_escape()
 * would not leave as it is becomes '?'.  Changes b. */
enum err_code msg_untrusted(struct buf *b, const struct watch *w,
    struct err *e);

/* Raw bytes to standard error (the progress line). */
void msg_raw(const char *p, size_t n);

#endif
