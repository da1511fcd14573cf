/*
 * pattern: the names of members that people mean by "*.py" and the like.
 */
#ifndef XZB_PATTERN_H
#define XZB_PATTERN_H

#include <stdbool.h>

/* fnmatch(3) of a clean name, where '*' takes '/' too; of its last component
 * when the pattern has no '/'. */
bool pattern_matches(const char *pattern, const char *name);

#endif
