/*
 * create: the forward pipeline, paths -> a verified bundle.
 *
 *     scan -> order -> prepack -> strict -> tarstream -> plan -> encode
 *     -> xzwrite -> verify
 */
#ifndef XZB_CREATE_H
#define XZB_CREATE_H

#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/order.h"
#include "pack/plan.h"
#include "pack/recode.h"
#include "pack/scan.h"
#include "pack/tarstream.h"

struct create_request {
	struct scan_request scan;
	struct tarstream_options tar;
	const struct unit_rule *rules;	/* [n_rules] */
	size_t n_rules;
	enum order_by order;
	enum effort effort;
	const char *plan_in;	/* a plan file to follow, or NULL */
	const char *plan_out;	/* where to write what was done, or NULL */
	bool random_access;	/* each member begins a Block */
	/* A member that looks like a format and is broken; may be NULL. */
	void (*warn)(void *ctx, const char *member, const char *what);
	void *warn_ctx;
	bool pack;		/* safetensors files, by these rules: */
	struct recode_rules packings;
	bool report;		/* to tell; see struct prepack_request */
	enum err_code (*tell)(void *ctx, const char *member,
	    const struct recode_result *res, struct err *e);
	void *tell_ctx;
	/* A member that looks like a safetensors file, and why it was not
	 * packed; may be NULL. */
	void (*left)(void *ctx, const char *member, const char *what);
	bool strict;		/* refuse what extraction would by default,
				 * and else say it, once a rule: */
	void (*caution)(void *ctx, const char *what);	/* may be NULL */
	enum chain_target target;
	lzma_check check;
	unsigned int n_threads;		/* 1 .. 256 */
	uint64_t memory;		/* bytes, all threads; UINT64_MAX: no
					 * limit */
	const char *output;		/* a path, or "-" */
	uint64_t limit;			/* bytes of the bundle */
	bool keep_over_limit;
	const struct watch *watch;
};

struct create_result {
	uint64_t file_size;		/* bytes of the bundle */
	uint64_t raw_size;		/* bytes of the tar */
	size_t n_members;
	bool skipped_output;		/* see struct scan */
	bool streamed;		/* not put in place as a file, but copied to
				 * a stream, such as standard output */
};

/*
 * Make the bundle.  Nothing is published unless the whole of it was read
 * back and found equal to the inputs.  ERR_LIMIT: larger than the limit;
 * *res is filled, and the bundle is there only with keep_over_limit.
 */
enum err_code create_bundle(const struct create_request *r,
    struct create_result *res, struct err *e);

#endif
