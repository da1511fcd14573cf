#include <string.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "report/account.h"
#include "report/breakdown.h"
#include "report/json.h"
#include "report/table.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

/* What is made of a bundle, in order. */
struct listing {
	const struct options *o;
	const struct watch *w;
	uint64_t memory;		/* bytes */
	struct xzread xz;
	struct tarread_toc toc;
	struct buf text;
};

static enum err_code
list_members(struct listing *l, struct err *e)
{
	struct account a;

	if (account_make(&l->xz, &l->toc, l->o->n_threads, l->memory, l->w,
	    &a, e) == ERR_OK) {
		switch (l->o->format) {
		case FORMAT_JSON:
			json_account(&a, &l->text, e);
			break;
		case FORMAT_TSV:
			table_tsv(&a, &l->text, e);
			break;
		default:
			table_text(&a, &l->text, e);
		}
	}
	account_free(&a);
	return e->code;
}

static enum err_code
list_breakdown(struct listing *l, bool tensors, struct err *e)
{
	enum err_code (*print)(const struct breakdown *, struct buf *,
	    struct err *);
	struct breakdown b;

	switch (l->o->format) {
	case FORMAT_JSON:
		print = tensors ? json_tensors : json_blocks;
		break;
	case FORMAT_TSV:
		print = tensors ? table_tensors_tsv : table_blocks_tsv;
		break;
	default:
		print = tensors ? table_tensors_text : table_blocks_text;
	}
	if (breakdown_make(&l->xz, &l->toc, l->o->n_threads, l->memory,
	    l->w, &b, e) == ERR_OK)
		print(&b, &l->text, e);
	breakdown_free(&b);
	return e->code;
}

static enum err_code
list(struct listing *l, struct err *e)
{
	switch (l->o->view) {
	case VIEW_BLOCKS:
		return list_breakdown(l, false, e);
	case VIEW_TENSORS:
		return list_breakdown(l, true, e);
	default:
		break;
	}
	/* After create --verbose, and repack, the Blocks follow. */
	if (list_members(l, e) == ERR_OK && l->o->verbose &&
	    text_printf(&l->text, e, "\n") == ERR_OK)
		list_breakdown(l, false, e);
	return e->code;
}

/* In the confined process. */
static enum err_code
list_confined(void *ctx, int fd, struct extract_output *out,
    const struct watch *w, struct err *e)
{
	static const struct xzread_rules any = { true, true };
	struct listing *l = ctx;

	l->w = w;
	buf_init(&l->text, CMD_TEXT_MAX);
	if (xzread_strict(fd, l->memory, &any, &l->xz, e) == ERR_OK &&
	    tarread_toc(&l->xz, l->memory, w, &l->toc, e) == ERR_OK &&
	    list(l, e) == ERR_OK)
		extract_put(out, l->text.data, l->text.size, e);
	buf_free(&l->text);
	tarread_toc_free(&l->toc);
	xzread_free(&l->xz);
	return e->code;
}

enum err_code
cmd_print_list(const char *bundle, const struct options *o,
    const struct watch *w, struct err *e)
{
	struct extract_request r = cmd_read_request(o, bundle, w);
	struct listing l = { .o = o,
	    .memory = o->rules.limits.max[LIMIT_MEMORY] };
	struct extract_result res;

	/* What was just made here is no stranger's. */
	if (o->command != COMMAND_LIST)
		r.rules.weak = true;
	extract_result_init(&res);
	if (extract_confined(&r, list_confined, &l, &res, e) == ERR_OK) {
		progress_end();
		if (o->command == COMMAND_LIST)
			cmd_note_weak(bundle, &res.sandbox);
		msg_untrusted(&res.text, w, e);
	}
	extract_result_free(&res);
	return e->code;
}

enum err_code
cmd_list(const struct options *o, const struct watch *w, struct err *e)
{
	return cmd_print_list(o->operands[0], o, w, e);
}
