/*
 * bundle: the members of a scan -> a verified bundle behind a descriptor.
 *
 *     tarstream -> plan -> encode -> xzwrite -> verify
 *
 * The inner part of create, and of what has its members from elsewhere.  With
 * members that have their data in a file of ours, and no plan file, it runs in
 * a confined process: then nothing is opened, and the descriptor is only read,
 * written and cut.
 */
#ifndef XZB_BUNDLE_H
#define XZB_BUNDLE_H

#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/plan.h"
#include "pack/scan.h"
#include "pack/tarstream.h"

struct bundle_request {
	struct tarstream_options tar;
	const struct unit_rule *rules;	/* [n_rules] */
	size_t n_rules;
	enum effort effort;
	const char *plan_in;	/* a plan file to follow, or NULL */
	bool random_access;	/* each member begins a Block */
	/* A member that looks like a format and is broken; may be NULL. */
	void (*warn)(void *ctx, const char *member, const char *what);
	void *warn_ctx;
	enum chain_target target;
	lzma_check check;
	unsigned int n_threads;		/* 1 .. 256 */
	uint64_t memory;		/* bytes, all threads; UINT64_MAX: no
					 * limit */
	const char *output;		/* what errors call the bundle */
	const struct watch *watch;
};

struct bundle_result {
	uint64_t file_size;	/* bytes of the bundle */
	uint64_t raw_size;	/* bytes of the tar */
	struct plan plan;	/* that was followed; owned */
};

/* What a request asks of the target, before anything is read.
 * ERR_UNSUPPORTED. */
enum err_code bundle_check(const struct bundle_request *r, struct err *e);

/*
 * Write the members of s, in their order, to fd, an empty file at its offset 0,
 * and read it back: it holds the tar and nothing else.  Then it is not synced
 * yet.  *res is to be freed in every case.
 */
enum err_code bundle_write(const struct bundle_request *r,
    const struct scan *s, int fd, struct bundle_result *res, struct err *e);

void bundle_result_free(struct bundle_result *res);

/* ERR_LIMIT when a bundle of so many bytes is over the limit; kept says whether
 * it is there all the same. */
enum err_code bundle_judge(const char *output, uint64_t file_size,
    uint64_t limit, bool kept, struct err *e);

#endif
