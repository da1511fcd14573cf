/*
 * xzbundle.h: make, list, check and extract small .tar.xz bundles.
 *
 *	struct xzbundle *x = xzbundle_new();
 *
 *	if (x == NULL || xzbundle_set(x, "limit", "16MB") != XZBUNDLE_OK ||
 *	    xzbundle_create(x, "out.tar.xz", paths, n) != XZBUNDLE_OK)
 *		complain(x != NULL ? xzbundle_error(x) : "no memory");
 *	xzbundle_free(x);
 *
 * Link with what `pkg-config --libs xzbundle` says.  See xzbundle(3), which
 * also says what the calls mean for threads, signals and child processes; in
 * short: list, check and extract fork, and no other thread may run then.
 *
 * The library never prints and never ends the process.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef XZBUNDLE_H
#define XZBUNDLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when something is added to this header. */
#define XZBUNDLE_API 1

/* What the calls return; the exit statuses of xzbundle(1). */
enum xzbundle_code {
	XZBUNDLE_OK = 0,
	XZBUNDLE_FAIL = 1,		/* a file, memory, stopped */
	XZBUNDLE_USAGE = 2,		/* the request makes no sense */
	XZBUNDLE_LIMIT = 3,		/* over a limit */
	XZBUNDLE_UNSAFE = 4,		/* refused */
	XZBUNDLE_CORRUPT = 5,		/* damaged or truncated */
	XZBUNDLE_UNSUPPORTED = 6,	/* a filter, or no sandbox here */
	XZBUNDLE_MEMLIMIT = 7		/* more memory than allowed */
};

enum xzbundle_type {
	XZBUNDLE_FILE,
	XZBUNDLE_DIRECTORY,
	XZBUNDLE_SYMLINK,
	XZBUNDLE_HARDLINK,
	XZBUNDLE_OTHER			/* a device, a FIFO, or unknown */
};

/* Members are only ever added behind the last one. */
struct xzbundle_member {
	const char *name;	/* as it is archived: hostile, any bytes */
	int type;		/* an enum xzbundle_type */
	int shared;		/* not 0: its packed bytes are its share of
				 * Blocks that hold other members too */
	uint64_t raw;		/* bytes of data */
	uint64_t packed;	/* bytes of the bundle */
	double ratio;		/* raw / packed; 0 without raw bytes */
};

/* Of the last call; 0 where it has none. */
enum xzbundle_counter {
	XZBUNDLE_FILE_BYTES,		/* of the bundle */
	XZBUNDLE_RAW_BYTES,		/* create: of the tar; list: of all
					 * members; extract: as written */
	XZBUNDLE_MEMBERS,
	XZBUNDLE_CONTAINER_BYTES	/* list: no member's */
};

/* What is wanted, and what became of it: for one thread at a time. */
struct xzbundle;

/* "0.1.0": that of the library, at run time. */
const char *xzbundle_version(void);

struct xzbundle *xzbundle_new(void);		/* NULL: no memory */
void xzbundle_free(struct xzbundle *x);		/* NULL is legal */

/*
 * Set an option, for all calls that follow.  Options are called as those of
 * xzbundle(1), with values as there, and "yes" or "no" where there are none;
 * xzbundle(3) has the list.
 */
int xzbundle_set(struct xzbundle *x, const char *option, const char *value);

/* Make a bundle of the n paths and what is below them; out gets it when it was
 * read back and compared. */
int xzbundle_create(struct xzbundle *x, const char *out,
    const char *const *paths, size_t n);

/* Call member() for each member, in their order; *m is there until it returns.
 * Another result than 0 ends the list, with XZBUNDLE_FAIL. */
int xzbundle_list(struct xzbundle *x, const char *bundle,
    int (*member)(void *ctx, const struct xzbundle_member *m), void *ctx);

/* Would xzbundle_extract() take it?  All of it is decoded and verified. */
int xzbundle_check(struct xzbundle *x, const char *bundle);

/* Extract the n members named, or with 0 all, into dest, which is complete or
 * what it was. */
int xzbundle_extract(struct xzbundle *x, const char *bundle, const char *dest,
    const char *const *members, size_t n);

/* Have what runs now, or else the next call that makes or reads a bundle, fail
 * soon.  For other threads and signal handlers too. */
void xzbundle_stop(struct xzbundle *x);

/* Of the last call: why it failed, in a line; "" when it did not.  And lines of
 * more: check, each rule that is broken; create, what extract would refuse.
 * Both without control characters, and there until the next call. */
const char *xzbundle_error(const struct xzbundle *x);
const char *xzbundle_report(const struct xzbundle *x);

uint64_t xzbundle_count(const struct xzbundle *x,
    enum xzbundle_counter counter);

#ifdef __cplusplus
}
#endif

#endif
