#include <string.h>

#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "report/account.h"
#include "report/json.h"
#include "report/table.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

static enum err_code
format(const struct options *o, const struct account *a, struct buf *text,
    struct err *e)
{
	switch (o->format) {
	case FORMAT_JSON:
		return json_account(a, text, e);
	case FORMAT_TSV:
		return table_tsv(a, text, e);
	default:
		return table_text(a, text, e);
	}
}

enum err_code
cmd_print_list(const char *bundle, const struct options *o,
    const struct watch *w, struct err *e)
{
	uint64_t memory = o->memory != 0 ? o->memory : CMD_READ_MEMORY;
	struct tarread_toc toc;
	struct account a;
	struct xzread xz;
	struct buf text;

	memset(&toc, 0, sizeof(toc));
	memset(&a, 0, sizeof(a));
	buf_init(&text, CMD_TEXT_MAX);
	if (xzread_open(bundle, memory, &xz, e) == ERR_OK &&
	    tarread_toc(&xz, memory, w, &toc, e) == ERR_OK &&
	    account_make(&xz, &toc, o->n_threads, memory, w, &a, e) ==
	    ERR_OK)
		format(o, &a, &text, e);
	if (e->code != ERR_OK) {
		err_wrap(e, "%s", bundle);
	} else {
		progress_end();
		msg_output(&text, w, e);
	}
	buf_free(&text);
	account_free(&a);
	tarread_toc_free(&toc);
	xzread_free(&xz);
	return e->code;
}

enum err_code
cmd_list(const struct options *o, const struct watch *w, struct err *e)
{
	return cmd_print_list(o->operands[0], o, w, e);
}
