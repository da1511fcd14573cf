/*
 * tally: what a contest counts: the bytes of the code, and of the files that
 * come with it, as they are on the disk.
 */
#ifndef XZB_TALLY_H
#define XZB_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct tally_file {
	const char *path;	/* borrowed */
	uint64_t size;		/* bytes */
};

struct tally {
	const char *code;	/* the path of what wrap has made, or NULL */
	uint64_t code_size;	/* bytes; payload and the rest, the loader */
	uint64_t payload_size;
	struct tally_file *files;	/* [n], owned */
	size_t n;
	uint64_t total;		/* bytes of all */
	bool has_limit;
	uint64_t limit;		/* bytes */
};

/*
 * Ask for the sizes of n files and add all up; code and limit are the
 * caller's.  ERR_FAIL: one is no regular file.  ERR_USAGE: one is there twice,
 * or is the code.  *t is to be freed in every case.
 */
enum err_code tally_make(struct tally *t, const char *const *paths, size_t n,
    struct err *e);
void tally_free(struct tally *t);

/* ERR_LIMIT, with the figures, when there is a limit and the total is over. */
enum err_code tally_judge(const struct tally *t, struct err *e);

#endif
