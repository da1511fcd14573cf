/*
 * shrink: bytes -> the LZMA settings that make them smallest.
 *
 * What is wrapped is small, so that all of lc, lp and pb are tried, and then,
 * with the best of these, every way to look for matches that is of use.
 * Results are the same for any number of threads.
 */
#ifndef XZB_SHRINK_H
#define XZB_SHRINK_H

#include <lzma.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"

#define SHRINK_BEST 8

struct shrink_request {
	const uint8_t *data;
	size_t size;			/* bytes */
	unsigned int n_threads;
	const struct watch *watch;
	uint64_t budget;		/* bytes to encode, about; the most
					 * promising settings come first */
};

struct shrink_result {
	lzma_options_lzma v[SHRINK_BEST];	/* the best first */
	uint64_t sizes[SHRINK_BEST];		/* bytes of LZMA data */
	size_t n;
};

/* For a first guess, lc, lp and pb alone. */
enum err_code shrink_literals(const struct shrink_request *r,
    struct shrink_result *out, struct err *e);

enum err_code shrink_all(const struct shrink_request *r,
    struct shrink_result *out, struct err *e);

#endif
