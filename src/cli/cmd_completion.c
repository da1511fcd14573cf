#include "cli/cmd.h"
#include "cli/completion.h"
#include "cli/msg.h"

enum err_code
cmd_completion(const struct options *o, const struct watch *w, struct err *e)
{
	struct buf text;

	buf_init(&text, CMD_TEXT_MAX);
	if (completion_write(o->operands[0], &text, e) == ERR_OK)
		msg_output(&text, w, e);
	buf_free(&text);
	return e->code;
}
