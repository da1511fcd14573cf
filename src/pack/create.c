#include "pack/create.h"

#include <string.h>

#include "base/io.h"
#include "pack/order.h"
#include "pack/planfile.h"
#include "pack/prepack.h"
#include "pack/strict.h"

/* The bundle, at its place. */
static enum err_code
write_bundle(const struct create_request *r, const struct scan *s,
    struct create_result *res, struct err *e)
{
	const struct bundle_request *b = &r->bundle;
	struct bundle_result made;
	struct outfile out;
	struct err over = ERR_INIT;

	if (outfile_open(b->output, &out, e) != ERR_OK)
		return e->code;
	res->streamed = out.copy;
	bundle_write(b, s, out.fd, &made, e);
	res->file_size = made.file_size;
	res->raw_size = made.raw_size;
	if (e->code == ERR_OK && bundle_judge(b->output, made.file_size,
	    r->limit, r->keep_over_limit, &over) != ERR_OK &&
	    !r->keep_over_limit)
		err_copy(e, &over);
	if (e->code == ERR_OK)
		watch_step(b->watch, 0, e);
	if (e->code == ERR_OK)
		outfile_commit(&out, b->watch, e);
	if (e->code == ERR_OK && r->plan_out != NULL)
		planfile_write(r->plan_out, made.raw_size, &made.plan, e);
	outfile_abort(&out);
	bundle_result_free(&made);
	return err_copy(e, &over);
}

/* What extraction would refuse. */
static enum err_code
check_strict(const struct create_request *r, const struct scan *s,
    struct err *e)
{
	struct strict_request sr = { r->strict, r->bundle.check, r->caution,
	    r->bundle.warn_ctx };

	return strict_check(s, &sr, e);
}

/* Have the tensors of safetensors files packed. */
static enum err_code
prepack(const struct create_request *r, struct scan *s, struct err *e)
{
	struct prepack_request rr;

	if (!r->pack)
		return ERR_OK;
	memset(&rr, 0, sizeof(rr));
	rr.recode.rules = r->packings;
	rr.recode.target = r->bundle.target;
	rr.recode.memory = r->bundle.memory;
	rr.recode.n_threads = r->bundle.n_threads;
	rr.recode.report = r->report;
	rr.recode.watch = r->bundle.watch;
	rr.warn = r->left;
	rr.warn_ctx = r->bundle.warn_ctx;
	rr.tell = r->tell;
	rr.tell_ctx = r->tell_ctx;
	return prepack_members(&rr, s, e);
}

enum err_code
create_bundle(const struct create_request *r, struct create_result *res,
    struct err *e)
{
	struct scan scan;

	memset(res, 0, sizeof(*res));
	if (scan_paths(&r->scan, &scan, e) == ERR_OK &&
	    order_members(&scan, r->order, e) == ERR_OK &&
	    prepack(r, &scan, e) == ERR_OK &&
	    check_strict(r, &scan, e) == ERR_OK) {
		res->n_members = scan.n_members;
		res->skipped_output = scan.skipped_output;
		write_bundle(r, &scan, res, e);
	}
	scan_free(&scan);
	return e->code;
}
