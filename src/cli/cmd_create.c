#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/packtable.h"
#include "cli/progress.h"
#include "pack/create.h"
#include "pack/root.h"

/* SOURCE_DATE_EPOCH (reproducible-builds.org/specs/source-date-epoch). */
enum err_code
cmd_default_mtime(int64_t *mtime, struct err *e)
{
	const char *s = getenv("SOURCE_DATE_EPOCH");
	uint64_t n;

	*mtime = 0;
	if (s == NULL || s[0] == '\0')
		return ERR_OK;
	/* The largest time that a ustar header can hold. */
	if (!num_plain(s, 0, UINT64_C(077777777777), &n))
		return err_set(e, ERR_USAGE, "SOURCE_DATE_EPOCH '%s': not "
		    "seconds since 1970", s);
	*mtime = (int64_t)n;
	return ERR_OK;
}

enum err_code
cmd_bundle_request(const struct options *o, const struct watch *w,
    struct bundle_request *r, struct err *e)
{
	memset(r, 0, sizeof(*r));
	r->rules = o->chains;
	r->n_rules = o->n_chains;
	r->effort = o->effort;
	r->random_access = o->random_access;
	r->target = o->target;
	r->check = o->check;
	r->n_threads = o->n_threads;
	r->memory = o->memory != 0 ? o->memory : UINT64_MAX;
	r->tar.keep_mtime = o->keep_mtime;
	r->tar.keep_mode = o->keep_mode;
	r->output = o->output;
	r->watch = w;
	return cmd_default_mtime(&r->tar.mtime, e);
}

/* NAME.tar.xz of the one PATH, in the current directory. */
static enum err_code
default_output(const struct options *o, char **output, struct err *e)
{
	char *path = NULL;
	const char *name;
	bool contents;

	if (o->n_operands != 1)
		return err_set(e, ERR_USAGE, "several paths: name the "
		    "bundle with -o OUT");
	if (root_absolute(o->directory, o->operands[0], &path, &contents,
	    e) != ERR_OK)
		return e->code;
	name = strrchr(path, '/') + 1;
	if (name[0] == '\0')
		err_set(e, ERR_USAGE, "%s: has no name of its own; name the "
		    "bundle with -o OUT", o->operands[0]);
	else if (asprintf(output, "%s.tar.xz", name) < 0)
		err_nomem(e);
	free(path);
	return e->code;
}

enum err_code
cmd_print_headroom(const struct options *o, uint64_t file_size, bool streamed,
    const struct watch *w, struct err *e)
{
	struct buf text;

	if (!o->has_limit || file_size > o->limit)
		return ERR_OK;		/* the error says it */
	buf_init(&text, CMD_TEXT_MAX);
	text_printf(&text, e, "%" PRIu64 " bytes, %" PRIu64 " limit, %"
	    PRIu64 " bytes of headroom\n", file_size, o->limit,
	    o->limit - file_size);
	/* Where it went to a stream, that may be standard output. */
	if (e->code == ERR_OK && streamed)
		msg_raw((const char *)text.data, text.size);
	else if (e->code == ERR_OK)
		msg_output(&text, w, e);
	buf_free(&text);
	return e->code;
}

static enum err_code
run(const struct options *o, const struct create_request *r,
    const struct watch *w, struct err *e)
{
	struct create_result res;
	struct err over = ERR_INIT;

	create_bundle(r, &res, e);
	progress_end();
	if (res.skipped_output)
		msg_note("%s: is among the paths; left out of itself",
		    r->bundle.output);
	/* Over the limit but kept: all is there, and the status says it. */
	if (e->code == ERR_LIMIT && o->keep_over_limit) {
		over = *e;
		*e = (struct err)ERR_INIT;
	}
	if (e->code == ERR_OK)
		cmd_pack_note_rules(&r->packings);
	if (e->code == ERR_OK)
		cmd_print_headroom(o, res.file_size, res.streamed, w, e);
	if (e->code == ERR_OK && o->verbose && !res.streamed &&
	    msg_output(r->tell_ctx, w, e) == ERR_OK)
		cmd_print_list(r->bundle.output, o, w, e);
	return err_copy(e, &over);
}

static void
warn(void *ctx, const char *member, const char *what)
{
	(void)ctx;
	msg_note("%s: %s; taken as plain bytes", member, what);
}

static void
left(void *ctx, const char *member, const char *what)
{
	(void)ctx;
	msg_note("%s: not packed: %s", member, what);
}

/* Keep the table of a member that was packed for later. */
static enum err_code
tell(void *ctx, const char *member, const struct recode_result *res,
    struct err *e)
{
	struct buf *tables = ctx;

	text_escape_name(tables, member, e);
	text_printf(tables, e, "\n");
	packtable_text(res, tables, e);
	return text_printf(tables, e, "\n");
}

static void
caution(void *ctx, const char *what)
{
	(void)ctx;
	msg_note("%s", what);
}

enum err_code
cmd_create(const struct options *o, const struct watch *w, struct err *e)
{
	struct create_request r;
	struct buf tables;
	char *output = NULL;

	buf_init(&tables, CMD_TEXT_MAX);
	memset(&r, 0, sizeof(r));
	cmd_bundle_request(o, w, &r.bundle, e);
	r.scan.root = o->directory;
	r.scan.paths = o->operands;
	r.scan.n_paths = o->n_operands;
	r.order = o->order;
	r.pack = o->pack;
	r.report = o->verbose;
	r.tell = tell;
	r.tell_ctx = &tables;
	r.left = left;
	r.bundle.plan_in = o->plan_in;
	r.plan_out = o->plan_out;
	r.bundle.warn = warn;
	r.strict = o->strict;
	r.caution = caution;
	r.limit = o->limit;
	r.keep_over_limit = o->keep_over_limit;
	if (e->code == ERR_OK && o->output == NULL)
		default_output(o, &output, e);
	if (e->code == ERR_OK && cmd_pack_rules(o, &r.packings, e) == ERR_OK) {
		r.bundle.output = o->output != NULL ? o->output : output;
		r.scan.output = strcmp(r.bundle.output, "-") == 0 ? NULL :
		    r.bundle.output;
		run(o, &r, w, e);
	}
	buf_free(&tables);
	free(output);
	free(r.packings.met);
	return e->code;
}
