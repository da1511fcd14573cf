/*
 * scripttext: a script's file -> its text, as Python decodes it, if it
 * compiles.
 */
#ifndef XZB_SCRIPTTEXT_H
#define XZB_SCRIPTTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"

#define SCRIPTTEXT_MAX ((size_t)64 << 20)	/* bytes of a script */

struct scripttext_request {
	const char *path;
	const char *name;	/* that messages, and Python, call it by */
	const char *python;	/* a program, looked up in PATH */
	bool minify;		/* through an installed minifier, first */
	const struct watch *watch;
};

struct scripttext {
	struct buf text;	/* UTF-8, LF line ends, no byte order mark, a
				 * line end at the end; owned */
	uint64_t file_size;	/* bytes */
	uint64_t minified_size;	/* bytes, or 0 */
	uint64_t reads_itself;	/* the line with a call that seems to read the
				 * script's own file, or 0 */
	uint64_t quiet_line;	/* the first line from 3 on that no traceback
				 * shows */
};

/*
 * ERR_CORRUPT: it does not compile, and the text is Python's own;
 * ERR_UNSUPPORTED: no Python, or no minifier.  *s is to be freed in every case.
 */
enum err_code scripttext_read(const struct scripttext_request *r,
    struct scripttext *s, struct err *e);
void scripttext_free(struct scripttext *s);	/* legal on a zeroed value */

#endif
