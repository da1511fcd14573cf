#include "wrap/encoding.h"

#include <stddef.h>
#include <string.h>

static const char *const names[] = {
	[ENCODING_SMALLEST] = "smallest",
	[ENCODING_LATIN1] = "latin1",
	[ENCODING_ASCII] = "ascii",
	[ENCODING_B85] = "b85",
	[ENCODING_ZIP] = "zip",
};

bool
encoding_parse(const char *name, enum encoding *encoding)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*encoding = (enum encoding)i;
			return true;
		}
	}
	return false;
}

const char *
encoding_name(enum encoding encoding)
{
	return names[encoding];
}
