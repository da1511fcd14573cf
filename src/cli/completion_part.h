/*
 * completion_part: what the parts of cli/completion share, and no others.
 */
#ifndef XZB_COMPLETION_PART_H
#define XZB_COMPLETION_PART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/optable.h"

/* What a line of a script's text stands for. */
struct completion_part {
	const char *name;
	void (*put)(struct buf *to, struct err *e);
};

extern const struct completion_part completion_bash[];
extern const struct completion_part completion_zsh[];
extern const struct completion_part completion_fish[];
#define COMPLETION_BASH_N 4
#define COMPLETION_ZSH_N 3
#define COMPLETION_FISH_N 4

/* Has the command (COMMAND_HELP: what stands in place of one) the option? */
bool completion_has(size_t command, const struct optable_option *o);

/* Append text between single quotes, a blank for white space, and a backslash
 * before each character of special.  A quote that is not special is written as
 * shells without an escape for it have it. */
void completion_quote(const char *text, const char *special, struct buf *to,
    struct err *e);

#endif
