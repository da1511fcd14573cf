/*
 * create: the forward pipeline, paths -> a verified bundle.
 *
 *     scan -> order -> prepack -> strict -> bundle -> its place
 */
#ifndef XZB_CREATE_H
#define XZB_CREATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "pack/bundle.h"
#include "pack/order.h"
#include "pack/recode.h"
#include "pack/scan.h"

struct create_request {
	struct scan_request scan;
	enum order_by order;
	struct bundle_request bundle;
	const char *plan_out;	/* where to write what was done, or NULL */
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
	uint64_t limit;			/* bytes of the bundle */
	bool keep_over_limit;
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
