/*
 * completion: scripts by which shells complete command lines, made from the
 * tables of cli/optable.
 *
 * A script is a text of src/cli/completion with a place for each thing that
 * comes from the tables, a line "#@ WHAT".  The names and words of the tables
 * mean nothing to a shell (a test sees to that); descriptions are quoted.
 */
#ifndef XZB_COMPLETION_H
#define XZB_COMPLETION_H

#include "base/buf.h"
#include "base/err.h"

struct completion_text {
	const char *shell;
	const char *text;
};

/* Behind the last one, shell is NULL.  Generated. */
extern const struct completion_text completion_texts[];

/* Append the script for a shell.  ERR_USAGE: there is none for it. */
enum err_code completion_write(const char *shell, struct buf *to,
    struct err *e);

#endif
