/* xzbundle: see xzbundle(1) and src/README. */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/version.h"

static enum err_code
show(const struct options *o, struct err *e)
{
	struct buf text;

	buf_init(&text, CMD_TEXT_MAX);
	if (o->command == COMMAND_HELP)
		options_help(o->topic, &text, e);
	else if (o->format == FORMAT_JSON)
		version_json(&text, e);
	else
		version_text(&text, e);
	if (e->code == ERR_OK)
		msg_output(&text, NULL, e);
	buf_free(&text);
	return e->code;
}

static enum err_code
run(const struct options *o, struct err *e)
{
	const struct watch *w = progress_start(o->progress);

	switch (o->command) {
	case COMMAND_CREATE:
		return cmd_create(o, w, e);
	case COMMAND_COMPARE:
		return cmd_compare(o, w, e);
	case COMMAND_WRAP:
		return cmd_wrap(o, w, e);
	case COMMAND_LIST:
		return cmd_list(o, w, e);
	case COMMAND_REPORT:
		return cmd_report(o, w, e);
	case COMMAND_EXTRACT:
		return cmd_extract(o, w, e);
	case COMMAND_CHECK:
		return cmd_check(o, w, e);
	case COMMAND_CAT:
		return cmd_cat(o, w, e);
	case COMMAND_REPACK:
		return cmd_repack(o, w, e);
	case COMMAND_PACK:
		return cmd_pack(o, w, e);
	case COMMAND_UNPACK:
		return cmd_unpack(o, w, e);
	case COMMAND_LOADER:
		return cmd_loader(o, w, e);
	case COMMAND_COMPLETION:
		return cmd_completion(o, w, e);
	case COMMAND_SELF_TEST:
		return cmd_self_test(o, e);
	default:
		return show(o, e);
	}
}

/* Standard descriptors that are closed would be taken by our files.  Opened
 * for reading, 1 and 2 still fail when they are written. */
static void
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_NOCTTY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* Directories nest as deep as names allow, with one descriptor a level. */
static void
raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static bool
is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

int
main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct options o;

	open_standard();
	raise_descriptors();
	/* Ignored, as it may be inherited, it would hide how a worker ended. */
	(void)signal(SIGCHLD, SIG_DFL);
	/* At random, from a file that a confined process cannot open. */
	json_object_seed(0);
	if (options_parse(argc, argv, &o, &e) == ERR_OK)
		run(&o, &e);
	/* The last error that standard output can have; as what a bundle or
	 * a manifest was written to it was closed by then. */
	if (e.code == ERR_OK && !is_stdout(o.output) &&
	    !is_stdout(o.manifest) && !is_stdout(o.html) &&
	    !is_stdout(o.svg) && io_close(STDOUT_FILENO, &e) != ERR_OK)
		err_wrap(&e, "standard output");
	progress_end();
	if (e.code != ERR_OK)
		msg_error(&e);
	options_free(&o);
	if (e.code != ERR_OK)
		progress_die();
	return (int)e.code;
}
