#include "base/pattern.h"

#include <fnmatch.h>
#include <string.h>

bool
pattern_matches(const char *pattern, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (strchr(pattern, '/') == NULL && slash != NULL)
		name = slash + 1;
	return fnmatch(pattern, name, 0) == 0;
}
