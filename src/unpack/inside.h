/*
 * inside: what the confined process does with a bundle.
 *
 *     xzread -> blockstream (workers) -> tarread -> policy -> writer
 *
 * It has two descriptors, and says what it has found through one function.
 * All errors are hostile text: names of members are in them.
 */
#ifndef XZB_INSIDE_H
#define XZB_INSIDE_H

#include "base/err.h"
#include "base/watch.h"
#include "unpack/extract.h"

/* What is said, apart from the error. */
enum inside_channel {
	INSIDE_STATS,		/* a struct extract_stats, at the end */
	INSIDE_TEXT,		/* findings and violations; or a cat's data */
	INSIDE_MANIFEST
};

struct inside_job {
	const struct extract_request *r;
	int fd;			/* the bundle; consumed */
	int dir_fd;		/* to make files in, or -1; borrowed */
	bool cat;		/* the one wanted member's data are the text */
	const struct sandbox_state *sandbox;	/* for reports; may be NULL */
	const struct watch *watch;
	enum err_code (*put)(void *ctx, enum inside_channel channel,
	    const void *p, size_t n, struct err *e);
	void *ctx;		/* of put */
};

enum err_code inside_run(const struct inside_job *j, struct err *e);

#endif
