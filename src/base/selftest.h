/*
 * selftest: what a confined process cannot do, tried out.
 *
 * Each forbidden call is made twice, each time in a forked child: confined
 * by base/sandbox, and as it is, which is the control.  The calls work on a
 * scratch directory in TMPDIR (or /tmp), on the stage, and on the child itself;
 * what they leave behind is removed.  The caller has one thread.
 */
#ifndef XZB_SELFTEST_H
#define XZB_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/sandbox.h"

struct selftest_result {
	const char *name;	/* of the call; static */
	bool refused;		/* it was killed, or failed */
	bool killed;		/* by the filter (SIGSYS) */
	int errnum;		/* how it failed when it was not killed */
	bool allowed_outside;	/* the control works, or fails for another
				 * reason: so it was the sandbox */
};

size_t selftest_count(void);

/*
 * Make call i (0 .. selftest_count() - 1) in a child that has entered the
 * sandbox for r, and then without.  A stage is an empty directory of its own,
 * outside of which the scratch directory is.  Fails when the call could not be
 * tried, with the error of sandbox_enter() if that is why.
 */
enum err_code selftest_run(size_t i, const struct sandbox_request *r,
    struct selftest_result *out, struct err *e);

#endif
