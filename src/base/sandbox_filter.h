/*
 * sandbox_filter: the part of base/sandbox that bounds system calls.  The
 * only user of libseccomp.
 */
#ifndef XZB_SANDBOX_FILTER_H
#define XZB_SANDBOX_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct sandbox_filter {
	bool stage;		/* files may be made */
	bool links;
	bool times;
	bool reports;		/* sanitizers want to report, so that EPERM
				 * has to do instead of killing */
};

/* Has the kernel what the filter needs (Linux 4.14)?  Changes nothing. */
bool sandbox_filter_there(void);

/* Put the filter in force for the calling thread and those it starts.
 * Needs no_new_privs. */
enum err_code sandbox_filter(const struct sandbox_filter *f, struct err *e);

/* The version of libseccomp, into text of size bytes. */
void sandbox_filter_version(char *text, size_t size);

#endif
