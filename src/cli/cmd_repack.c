#include <inttypes.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "import/repack.h"

static void
note(void *ctx, const char *text)
{
	(void)ctx;
	msg_note("%s", text);
}

/* What the bundle does not have of the archive: what may matter always, and
 * what no bundle has when asked. */
static void
note_changes(const struct options *o, const struct repack_result *res)
{
	const char *in = o->operands[0];

	if (res->dropped.extras > 0)
		msg_note("%s: attributes, ACLs or flags of %" PRIu64
		    " members are not kept", in, res->dropped.extras);
	if (o->verbose && res->dropped.owners > 0)
		msg_note("%s: owners of %" PRIu64 " members are not kept", in,
		    res->dropped.owners);
	if (o->verbose && res->times > 0)
		msg_note("%s: times of %" PRIu64 " members are not kept "
		    "(--keep-mtime keeps them)", in, res->times);
	if (o->verbose && res->modes > 0)
		msg_note("%s: modes of %" PRIu64 " members become 0644 or "
		    "0755 (--keep-mode keeps them)", in, res->modes);
	if (res->in_size < res->file_size)
		msg_note("%s: is %" PRIu64 " bytes, which is smaller than the "
		    "%" PRIu64 " of %s", in, res->in_size, res->file_size,
		    o->output);
}

enum err_code
cmd_repack(const struct options *o, const struct watch *w, struct err *e)
{
	struct repack_request r;
	struct repack_result res;
	struct err over = ERR_INIT;

	if (o->output == NULL)
		return err_set(e, ERR_USAGE, "repack: name the bundle to "
		    "write with -o OUT");
	memset(&r, 0, sizeof(r));
	if (cmd_bundle_request(o, w, &r.bundle, e) != ERR_OK)
		return e->code;
	r.path = o->operands[0];
	r.order = o->order;
	r.strict = o->strict;
	r.limits = &o->rules.limits;
	r.weak = o->rules.weak;
	r.limit = o->limit;
	r.keep_over_limit = o->keep_over_limit;
	r.note = note;
	repack_archive(&r, &res, e);
	progress_end();
	cmd_note_weak(r.path, &res.sandbox);
	/* Over the limit but kept: all is there, and the status says it. */
	if (e->code == ERR_LIMIT && o->keep_over_limit && res.file_size > 0) {
		over = *e;
		*e = (struct err)ERR_INIT;
	}
	if (e->code == ERR_OK) {
		note_changes(o, &res);
		cmd_print_headroom(o, res.file_size, res.streamed, w, e);
	}
	if (e->code == ERR_OK && o->verbose && !res.streamed)
		cmd_print_list(o->output, o, w, e);
	return err_copy(e, &over);
}
