/*
 * encoding: what the bytes of a result look like, as --encoding names it.
 */
#ifndef XZB_ENCODING_H
#define XZB_ENCODING_H

#include <stdbool.h>

enum encoding {
	ENCODING_SMALLEST,	/* of those that are possible */
	ENCODING_LATIN1,	/* sources; see wrap/literal */
	ENCODING_ASCII,
	ENCODING_B85,
	ENCODING_ZIP		/* a zip file that Python runs; of bundles */
};

/* By its name.  False: there is none. */
bool encoding_parse(const char *name, enum encoding *encoding);
const char *encoding_name(enum encoding encoding);

#endif
