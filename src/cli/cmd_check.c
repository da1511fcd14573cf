#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "unpack/outcome.h"

struct extract_request
cmd_read_request(const struct options *o, const char *bundle,
    const struct watch *w)
{
	struct extract_request r;

	memset(&r, 0, sizeof(r));
	r.bundle = bundle;
	r.n_threads = o->n_threads;
	r.rules = o->rules;
	r.watch = w;
	return r;
}

/* Has the confined process begun to read? */
static bool
has_run(const struct sandbox_state *state)
{
	static const struct sandbox_state none;

	return memcmp(state, &none, sizeof(none)) != 0;
}

void
cmd_note_weak(const char *file, const struct sandbox_state *state)
{
	char words[SANDBOX_WORDS_MAX];
	const char *missing = sandbox_missing(state, words);

	if (missing != NULL && has_run(state))
		msg_note("%s: the sandbox has no %s", file, missing);
}

/* Did the confined process say all of its object? */
static bool
is_whole(const struct buf *text)
{
	return text->size >= 3 &&
	    memcmp(text->data + text->size - 3, "\n}\n", 3) == 0;
}

/* What a confined process that has died, or was stopped, cannot say. */
static enum err_code
check_json(const struct options *o, const struct watch *w,
    const struct err *result, struct extract_result *res, struct err *e)
{
	struct outcome oc = { .bundle = o->operands[0], .err = result,
	    .stats = &res->stats, .unpack = o->rules.unpack,
	    .limits = &o->rules.limits,
	    .sandbox = &res->sandbox };
	struct err stopped = ERR_INIT;
	json_t *all = NULL;

	if (is_whole(&res->text) && (result->code == ERR_OK ||
	    watch_step(w, 0, &stopped) == ERR_OK))
		return ERR_OK;
	res->text.size = 0;
	oc.violations = json_array();
	if (outcome_json(&oc, &all, e) == ERR_OK)
		outcome_print(all, &res->text, e);
	json_decref(all);
	json_decref(oc.violations);
	return e->code;
}

enum err_code
cmd_check(const struct options *o, const struct watch *w, struct err *e)
{
	struct extract_request r = cmd_read_request(o, o->operands[0], w);
	struct extract_result res;
	struct err lost = ERR_INIT;

	r.collect = true;
	r.json = o->format == FORMAT_JSON;
	r.sniff = o->verbose;
	extract_result_init(&res);
	extract_bundle(&r, &res, e);
	progress_end();
	cmd_note_weak(r.bundle, &res.sandbox);
	if (r.json)
		check_json(o, w, e, &res, &lost);
	text_disarm(&res.text);
	msg_report(&res.text, w, &lost);
	extract_result_free(&res);
	return err_copy(e, &lost);
}

enum err_code
cmd_cat(const struct options *o, const struct watch *w, struct err *e)
{
	struct extract_request r = cmd_read_request(o, o->operands[0], w);
	struct watch quiet = *w;
	struct extract_result res;

	r.wanted = o->operands + 1;
	r.n_wanted = 1;
	/* The progress line would stand in the middle of the data. */
	if (isatty(STDOUT_FILENO)) {
		quiet.advance = NULL;
		r.watch = &quiet;
	}
	extract_result_init(&res);
	extract_cat(&r, STDOUT_FILENO, &res, e);
	progress_end();
	cmd_note_weak(r.bundle, &res.sandbox);
	extract_result_free(&res);
	return e->code;
}
