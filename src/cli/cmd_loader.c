#include <string.h>

#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "report/needs.h"
#include "weights/loader.h"

/* In the confined process. */
static enum err_code
look(void *ctx, int fd, struct extract_output *out, const struct watch *w,
    struct err *e)
{
	const uint64_t *memory = ctx;
	uint32_t packings;

	if (needs_packings(fd, *memory, w, &packings, e) == ERR_OK)
		extract_put(out, &packings, sizeof(packings), e);
	return e->code;
}

static enum err_code
find_needs(const struct options *o, const struct watch *w,
    uint32_t *packings, struct err *e)
{
	struct extract_request r = cmd_read_request(o, o->loader_for, w);
	uint64_t memory = o->rules.limits.max[LIMIT_MEMORY];
	struct extract_result res;

	extract_result_init(&res);
	if (extract_confined(&r, look, &memory, &res, e) == ERR_OK) {
		progress_end();
		cmd_note_weak(r.bundle, &res.sandbox);
		if (res.text.size != sizeof(*packings))
			err_set(e, ERR_FAIL, "%s: the confined process makes "
			    "no sense", r.bundle);
		else
			memcpy(packings, res.text.data, sizeof(*packings));
	}
	if (e->code == ERR_OK && *packings == 0)
		err_set(e, ERR_USAGE, "%s: nothing in it is packed, so it "
		    "needs no loader", r.bundle);
	extract_result_free(&res);
	return e->code;
}

enum err_code
cmd_loader(const struct options *o, const struct watch *w, struct err *e)
{
	uint32_t packings = LOADER_ALL;
	struct buf text;

	if (o->loader_for != NULL &&
	    find_needs(o, w, &packings, e) != ERR_OK)
		return e->code;
	buf_init(&text, CMD_TEXT_MAX);
	if (loader_write(packings, &text, e) == ERR_OK)
		msg_output(&text, w, e);
	buf_free(&text);
	return e->code;
}
