/*
 * selftest_calls: the forbidden calls of base/selftest.
 *
 * None of them does harm where it works: it touches what is in struct
 * selftest_place, or the process that makes it.
 */
#ifndef XZB_SELFTEST_CALLS_H
#define XZB_SELFTEST_CALLS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The current directory is `outside`.  All but new_name are there. */
struct selftest_place {
	char outside[PATH_MAX];		/* a directory out of the stage */
	char victim[PATH_MAX];		/* a file in it */
	char absolute[PATH_MAX];	/* outside/new_name */
	char above[64];			/* ../new_name */
	char new_name[64];		/* there is no such file anywhere */
	const char *old_name;		/* a file in the stage */
	int victim_fd;			/* to read and write; kept */
	int stage_fd;			/* the stage, or outside without one;
					 * kept */
	bool links;			/* may be made in the stage */
	uid_t uid;
	gid_t gid;
	pid_t parent;
};

struct selftest_call {
	const char *name;
	int (*make)(const struct selftest_place *p);	/* 0 or errno */
};

/* [*n] */
const struct selftest_call *selftest_calls(size_t *n);

#endif
