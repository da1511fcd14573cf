/*
 * wanted: what a user wants of a bundle -> the ranges of its tar to read.
 *
 * Reads the headers of members where these tell it; see unpack/select for what
 * is made of them.
 */
#ifndef XZB_WANTED_H
#define XZB_WANTED_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "unpack/policy.h"
#include "unpack/select.h"
#include "xz/xzread.h"

/* A bundle, and how its headers are read; borrowed. */
struct wanted_from {
	const struct xzread *xz;
	uint64_t memory;		/* bytes, for decoders and names */
	const struct watch *watch;
};

/* *s is to be freed in every case. */

/* All of it. */
enum err_code wanted_all(const struct wanted_from *from, struct selection *s,
    struct err *e);

/* The members of the n names, as select_members() has them. */
enum err_code wanted_some(const struct wanted_from *from,
    const char *const *names, size_t n, const struct policy_options *o,
    struct selection *s, struct err *e);

/* The one file of that name, as select_file() has it; of several the first. */
enum err_code wanted_file(const struct wanted_from *from, const char *name,
    struct selection *s, struct err *e);

#endif
