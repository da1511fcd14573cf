/*
 * progress: signals, and one line on standard error for long work.
 *
 * The line appears when work has taken a second, is redrawn at most ten
 * times a second, and is wiped before anything else is said.
 */
#ifndef XZB_PROGRESS_H
#define XZB_PROGRESS_H

#include "base/watch.h"
#include "cli/options.h"

/* Install handlers (INT, TERM, HUP: stop; PIPE, XFSZ: ignored, so that the
 * write fails) and start watching.  Once a process. */
const struct watch *progress_start(enum options_progress when);

/* Wipe the line. */
void progress_end(void);

/* After all was cleaned up: if one of INT, TERM and HUP came, end by it as if
 * it had not been handled, so that a shell's loop ends as well. */
void progress_die(void);

#endif
