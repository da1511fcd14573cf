/*
 * python: runs a program of ours in the user's Python.
 *
 * What only Python knows, such as whether a script compiles and what its text
 * is, is asked of Python itself.  The child gets its input from a descriptor;
 * what it prints comes back through a pipe, and so does what it complains of.
 * No thread may run that forks as well.
 */
#ifndef XZB_PYTHON_H
#define XZB_PYTHON_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"

/* A text, by the name of its file in contrib/python/wrap. */
struct python_text {
	const char *name;
	const char *text;
};

/* All of them, { NULL } at the end; made by the build. */
extern const struct python_text python_texts[];

/* One of them. */
const char *python_text(const char *name);

struct python_job {
	/* argv[0] is looked up in PATH; NULL at the end.  Messages name it. */
	const char *const *argv;
	int input;		/* read from its offset; borrowed */
	const struct watch *watch;
};

/*
 * Run it; its standard output goes to *out, whose ceiling is the limit.
 * ERR_UNSUPPORTED: there is no such program.  ERR_CORRUPT: it ended with status
 * 1, and the text is the last line that it wrote to standard error, as our
 * programs say what is wrong in one line.  ERR_FAIL: it ended in another way,
 * or could not be run.
 */
enum err_code python_run(const struct python_job *job, struct buf *out,
    struct err *e);

/*
 * The same for one of our texts: PYTHON -I -X utf8 -W ignore -c TEXT ARGS.
 * args: NULL at the end, at most PYTHON_ARGS_MAX.
 */
#define PYTHON_ARGS_MAX 8
enum err_code python_ask(const char *python, const char *text,
    const char *const *args, int input, const struct watch *w,
    struct buf *out, struct err *e);

/* The same for a text that judges what we made: it prints nothing, and what it
 * complains of is ERR_FAIL. */
enum err_code python_judge(const char *python, const char *text,
    const char *const *args, int input, const struct watch *w, struct err *e);

/* A name by which a child opens our descriptor's file anew. */
#define PYTHON_PATH_SIZE 64
void python_path(int fd, char path[PYTHON_PATH_SIZE]);

#endif
