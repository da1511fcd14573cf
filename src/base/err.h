/*
 * err: the error value.
 *
 * A function that can fail returns an enum err_code and takes a struct err
 * as its last parameter.  The caller owns the struct, sets it to ERR_INIT
 * once, and may pass the same one to several calls: the first error wins,
 * later ones are ignored.  Nothing here allocates, prints or exits, so an
 * error can be reported when memory is gone.  Not for sharing between
 * threads: give each thread its own and hand the first one over.
 *
 * The text is one line without a trailing full stop, in the order
 * "file: member: what is wrong; what to do".  It may hold bytes of hostile
 * names; whoever prints it escapes them (cli/msg).
 */
#ifndef XZB_ERR_H
#define XZB_ERR_H

#include <stdbool.h>

/* Two names of PATH_MAX bytes and what is wrong with them: a long name must
 * not push the reason out. */
#define ERR_TEXT_MAX 8704

/* The values are the exit statuses of the program, see xzbundle(1). */
enum err_code {
	ERR_OK = 0,
	ERR_FAIL = 1,		/* read, write, memory, a file that changed */
	ERR_USAGE = 2,		/* the request makes no sense */
	ERR_LIMIT = 3,		/* the bundle is over --limit */
	ERR_UNSAFE = 4,		/* a member that extraction refuses */
	ERR_CORRUPT = 5,	/* damaged or truncated input */
	ERR_UNSUPPORTED = 6,	/* a filter, check or target not available */
	ERR_MEMLIMIT = 7	/* would need more than --memlimit */
};

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX];	/* NUL-terminated, cut when too long */
};

#define ERR_INIT { ERR_OK, "" }

/* Record code and text unless an error is there already.  Return e->code. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set with ERR_FAIL, and ": " strerror(errnum) appended. */
enum err_code err_sys(struct err *e, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory.  Return ERR_FAIL. */
enum err_code err_nomem(struct err *e);

/* Is it that, and nothing else was said of it? */
bool err_is_nomem(const struct err *e);

/* Put "context: " before the text.  Return e->code. */
enum err_code err_wrap(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The part of text that is behind "context: ", if it begins with that, and
 * else all of it. */
const char *err_bare(const char *text, const char *context);

/* Put more behind the text of an error, if there is one.  Return e->code. */
enum err_code err_append(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Hand the error of one thread to another's value; the first one wins. */
enum err_code err_copy(struct err *to, const struct err *from);

#endif
