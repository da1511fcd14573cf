/*
 * script: a Python script -> a smaller one that runs as it would.
 *
 *     #coding:l1
 *     exec(__import__("lzma").decompress(
 *     '...'.encode("l1")))
 *
 * or with bz2 or zlib in place of lzma.
 *
 * Python reads the script and says what its text is (wrap/scripttext), the
 * program around it is compressed (wrap/payload), and the result is written as
 * a literal (wrap/literal).  Then Python decodes it and compiles what comes
 * out, which has to be what the script compiles to.
 */
#ifndef XZB_SCRIPT_H
#define XZB_SCRIPT_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "wrap/encoding.h"
#include "wrap/payload.h"

struct script_request {
	const char *path;
	const char *python;	/* a program, looked up in PATH */
	enum encoding encoding;	/* not ENCODING_ZIP */
	lzma_check check;	/* NONE: a .lzma payload, else a .xz one */
	bool minify;
	enum payload_effort effort;
	unsigned int n_threads;
	const struct watch *watch;
};

struct script_result {
	uint64_t script_size;	/* bytes of the file at path */
	uint64_t minified_size;	/* bytes after the minifier, or 0 */
	uint64_t text_size;	/* bytes of the text, UTF-8 */
	uint64_t program_size;	/* bytes that were compressed */
	uint64_t packed_size;	/* bytes that they became */
	uint64_t payload_size;	/* bytes that these take in the result */
	uint64_t size;		/* bytes of the result */
	size_t n_phrases;
	const char *module;	/* of Python, which decompresses it: lzma,
				 * bz2 or zlib */
	lzma_options_lzma lzma;	/* if it is lzma */
	enum encoding encoding;	/* that was chosen */
	uint64_t reads_itself;	/* the line of the script that reads its own
				 * file, or 0 */
};

/*
 * Write the result to fd, a new file that can be read, and verify it.
 * ERR_CORRUPT: the script does not compile; ERR_UNSUPPORTED: no Python, or no
 * minifier; ERR_USAGE: no such script, or it is too large.  Errors name it.
 */
enum err_code script_wrap(const struct script_request *r, int fd,
    struct script_result *out, struct err *e);

#endif
