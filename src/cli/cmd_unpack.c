#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "unpack/restore.h"

enum err_code
cmd_unpack(const struct options *o, const struct watch *w, struct err *e)
{
	struct restore_request r = { .path = o->operands[0],
	    .output = o->output, .limits = &o->rules.limits,
	    .weak = o->rules.weak, .watch = w };
	struct restore_result res;

	if (o->output == NULL)
		return err_set(e, ERR_USAGE, "unpack: name the file to write "
		    "with -o OUT");
	restore_file(&r, &res, e);
	progress_end();
	cmd_note_weak(r.path, &res.sandbox);
	if (e->code == ERR_OK && !res.was_packed)
		msg_note("%s: is not packed; copied as it is", r.path);
	return e->code;
}
