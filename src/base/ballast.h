/*
 * ballast: address space that a process takes from itself for a while.
 *
 * A confined process cannot change its limits, but what it does next may need
 * less memory than what comes later: foreign decoders take what an archive
 * says.  Ballast is mapped without any access, so that it costs address space
 * (RLIMIT_AS, setrlimit(2)) and nothing else.
 */
#ifndef XZB_BALLAST_H
#define XZB_BALLAST_H

#include <stddef.h>
#include <stdint.h>

/* Address space for a process that bounds itself with ballast, where others are
 * bounded by all that they may ever need: bytes; 0 where addresses are short,
 * for no limit. */
#define BALLAST_SPACE (SIZE_MAX > UINT32_MAX ? UINT64_C(1) << 40 : 0)

#define BALLAST_PIECES 64

struct ballast {
	void *at[BALLAST_PIECES];
	size_t size[BALLAST_PIECES];
	size_t n;
};

/* Take all but about spare bytes of what the limit lets the process have.
 * Without a limit, or when there is less, nothing changes. */
void ballast_take(struct ballast *b, uint64_t spare);

/* Legal on a zeroed value. */
void ballast_drop(struct ballast *b);

#endif
