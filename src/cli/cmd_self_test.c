#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/selftest.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"

static void
describe(const struct selftest_result *r, struct buf *text, struct err *e)
{
	const char *how = !r->refused ? "ALLOWED" :
	    r->killed ? "ended the process" : strerror(r->errnum);

	text_printf(text, e, "%-34s %s%s\n", r->name, how,
	    r->refused && !r->allowed_outside ?
	    " (but so it does without the sandbox)" : "");
}

static enum err_code
try_all(const struct sandbox_request *r, struct err *e)
{
	struct selftest_result result;
	size_t i, n = selftest_count(), refused = 0;
	struct buf text;

	buf_init(&text, CMD_TEXT_MAX);
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		if (selftest_run(i, r, &result, e) != ERR_OK)
			break;
		refused += result.refused;
		describe(&result, &text, e);
	}
	if (e->code == ERR_OK)
		text_printf(&text, e, "%zu forbidden calls, %zu refused\n",
		    n, refused);
	if (e->code == ERR_OK && msg_output(&text, NULL, e) == ERR_OK &&
	    refused < n)
		err_set(e, ERR_UNSAFE, "the sandbox lets through what it "
		    "should not");
	buf_free(&text);
	return e->code;
}

/* As in extraction, with a stage of its own. */
enum err_code
cmd_self_test(const struct options *o, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	struct sandbox_request r = { .file_bytes = UINT64_MAX,
	    .weak = o->rules.weak };
	char *stage = NULL;

	if (asprintf(&stage, "%s/xzbundle-self-test.XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp") < 0)
		return err_nomem(e);
	if (mkdtemp(stage) == NULL) {
		err_sys(e, errno, "%s: cannot make a directory", stage);
		free(stage);
		return e->code;
	}
	r.stage_fd = open(stage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r.stage_fd < 0)
		err_sys(e, errno, "%s: cannot open", stage);
	else
		try_all(&r, e);
	if (r.stage_fd >= 0)
		(void)close(r.stage_fd);
	(void)rmdir(stage);
	free(stage);
	return e->code;
}
