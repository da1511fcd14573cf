/*
 * watch: how long work is watched from outside, and stopped.
 *
 * The owner (cli/) fills it once; everything below calls watch_step() after
 * each piece of work.  step may be called from several threads at a time, so
 * the owner's functions must allow that.
 */
#ifndef XZB_WATCH_H
#define XZB_WATCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/err.h"

struct watch {
	/* Non-zero once the work shall stop (a signal came).  May be NULL. */
	const atomic_int *stop;
	/* The same, of a part of the work that nobody wants any more. */
	const atomic_int *quit;
	/* A phase begins: its name, the bytes it will take.  May be NULL. */
	void (*begin)(void *ctx, const char *phase, uint64_t total_bytes);
	/* n more bytes of the phase are done.  May be NULL. */
	void (*advance)(void *ctx, uint64_t n);
	void *ctx;
};

/* w may be NULL in both. */
void watch_begin(const struct watch *w, const char *phase, uint64_t total);

/* Milliseconds of a clock that only goes forward. */
int64_t watch_clock_ms(void);

/* ERR_FAIL "interrupted" once the owner wants to stop. */
enum err_code watch_step(const struct watch *w, uint64_t n, struct err *e);

#endif
