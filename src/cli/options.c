#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "base/text.h"

#define THREADS_MAX 256

/* Commands, by the bits of an option's mask. */
#define C (1U << COMMAND_CREATE)
#define L (1U << COMMAND_LIST)
#define X (1U << COMMAND_EXTRACT)
#define K (1U << COMMAND_CHECK)
#define T (1U << COMMAND_CAT)
#define ALL (C | L | X | K | T)

static const struct {
	const char *name;
	const char *synopsis;
	const char *help;
	size_t min, max;	/* operands */
} commands[] = {
	[COMMAND_CREATE] = { "create", "[-C DIR] [-o OUT] [options] PATH...",
	    "Bundle files and folders into one .tar.xz.", 1, SIZE_MAX },
	[COMMAND_LIST] = { "list",
	    "[--blocks | --tensors] [--json | --tsv] FILE",
	    "Show what each member costs, to the last byte.", 1, 1 },
	[COMMAND_EXTRACT] = { "extract", "FILE [-C DIR] [MEMBER...]",
	    "Extract all, or the members named.", 1, SIZE_MAX },
	[COMMAND_CHECK] = { "check", "FILE",
	    "Do all that extract does, but write.", 1, 1 },
	[COMMAND_CAT] = { "cat", "FILE MEMBER",
	    "Write one member to standard output.", 2, 2 },
	[COMMAND_HELP] = { "help", "[COMMAND]", "Show help.", 0, 1 },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

enum option_id {
	OPT_DIRECTORY = 256,
	OPT_OUTPUT,
	OPT_CHAIN,
	OPT_TARGET,
	OPT_EFFORT,
	OPT_ORDER,
	OPT_RANDOM_ACCESS,
	OPT_PLAN,
	OPT_PLAN_OUT,
	OPT_CHECK,
	OPT_LIMIT,
	OPT_KEEP_OVER_LIMIT,
	OPT_KEEP_MTIME,
	OPT_KEEP_MODE,
	OPT_BLOCKS,
	OPT_TENSORS,
	OPT_JSON,
	OPT_TSV,
	OPT_THREADS,
	OPT_MEMLIMIT,
	OPT_PROGRESS,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION
};

static const struct {
	const char *name;
	char letter;		/* or 0 */
	const char *arg;	/* what --help calls the value, or NULL */
	unsigned int commands;
	enum option_id id;
	const char *help;
} table[] = {
	{ "directory", 'C', "DIR", C | X, OPT_DIRECTORY,
	    "names are relative to DIR; extract: into DIR" },
	{ "output", 'o', "OUT", C, OPT_OUTPUT,
	    "the bundle; '-' is standard output" },
	{ "chain", 0, "PATTERN=CHAIN", C, OPT_CHAIN,
	    "force a filter chain on members" },
	{ "target", 0, "NAME", C, OPT_TARGET,
	    "who must read it: any, embedded, xz-5.0, xz-5.4" },
	{ "effort", 0, "LEVEL", C, OPT_EFFORT,
	    "how hard to search: fast, default, max" },
	{ "order", 0, "ORDER", C, OPT_ORDER,
	    "of members: kind, name, given" },
	{ "random-access", 0, NULL, C, OPT_RANDOM_ACCESS,
	    "begin a Block with each member" },
	{ "plan", 0, "FILE", C, OPT_PLAN, "follow the plan in FILE" },
	{ "plan-out", 0, "FILE", C, OPT_PLAN_OUT,
	    "write the plan that was followed to FILE" },
	{ "check", 0, "NAME", C, OPT_CHECK,
	    "integrity check: none, crc32, crc64, sha256" },
	{ "limit", 0, "BYTES", C, OPT_LIMIT,
	    "fail with status 3 when the bundle is larger" },
	{ "keep-over-limit", 0, NULL, C, OPT_KEEP_OVER_LIMIT,
	    "keep a bundle that is over the limit" },
	{ "keep-mtime", 0, NULL, C, OPT_KEEP_MTIME,
	    "store modification times" },
	{ "keep-mode", 0, NULL, C, OPT_KEEP_MODE,
	    "store all permission bits" },
	{ "blocks", 0, NULL, L, OPT_BLOCKS, "a row for each Block" },
	{ "tensors", 0, NULL, L, OPT_TENSORS, "a row for each tensor" },
	{ "json", 0, NULL, L, OPT_JSON, "print one JSON object" },
	{ "tsv", 0, NULL, L, OPT_TSV, "print tab-separated values" },
	{ "threads", 'T', "N", ALL, OPT_THREADS,
	    "worker threads; 0 or none given: one a processor" },
	{ "memlimit", 0, "BYTES", ALL, OPT_MEMLIMIT,
	    "memory that workers may take together" },
	{ "progress", 0, "WHEN", ALL, OPT_PROGRESS,
	    "progress line: auto, always, never" },
	{ "verbose", 'v', NULL, C, OPT_VERBOSE,
	    "show the lists of the new bundle" },
	{ "help", 'h', NULL, ALL, OPT_HELP, "show help" },
	{ "version", 'V', NULL, ALL, OPT_VERSION, "show the version" },
};

#define N_OPTIONS (sizeof(table) / sizeof(table[0]))

/* --- values --- */

static enum err_code
bad_value(const char *option, const char *value, const char *wanted,
    struct err *e)
{
	return err_set(e, ERR_USAGE, "--%s '%s': not %s", option, value,
	    wanted);
}

static enum err_code
parse_rule(struct options *o, char *value, struct err *e)
{
	char *equals = strchr(value, '=');
	struct unit_rule *rules;

	if (equals == NULL || equals == value)
		return bad_value("chain", value, "PATTERN=CHAIN, such as "
		    "'*.bin=lzma2:preset=9e,lc=0'", e);
	rules = realloc(o->rules, (o->n_rules + 1) * sizeof(*rules));
	if (rules == NULL)
		return err_nomem(e);
	o->rules = rules;
	*equals = '\0';
	rules[o->n_rules].pattern = value;
	if (chain_parse(equals + 1, &rules[o->n_rules].chain, e) != ERR_OK)
		return err_wrap(e, "--chain for '%s'", value);
	o->n_rules++;
	return ERR_OK;
}

static enum err_code
parse_progress(struct options *o, const char *value, struct err *e)
{
	if (strcmp(value, "auto") == 0)
		o->progress = PROGRESS_AUTO;
	else if (strcmp(value, "always") == 0)
		o->progress = PROGRESS_ALWAYS;
	else if (strcmp(value, "never") == 0)
		o->progress = PROGRESS_NEVER;
	else
		return bad_value("progress", value, "auto, always or never",
		    e);
	return ERR_OK;
}

static unsigned int
processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned int)n;
}

static enum err_code
parse_threads(struct options *o, const char *value, struct err *e)
{
	uint64_t n;

	if (!num_plain(value, 0, THREADS_MAX, &n))
		return bad_value("threads", value, "a number from 0 to 256",
		    e);
	o->n_threads = n == 0 ? processors() : (unsigned int)n;
	return ERR_OK;
}

static enum err_code
take_value(struct options *o, enum option_id id, char *value, struct err *e)
{
	switch (id) {
	case OPT_DIRECTORY:
		o->directory = value;
		break;
	case OPT_OUTPUT:
		o->output = value;
		break;
	case OPT_CHAIN:
		return parse_rule(o, value, e);
	case OPT_TARGET:
		if (!chain_target_parse(value, &o->target))
			return bad_value("target", value,
			    "any, embedded, xz-5.0 or xz-5.4", e);
		break;
	case OPT_PLAN:
		o->plan_in = value;
		break;
	case OPT_PLAN_OUT:
		o->plan_out = value;
		break;
	case OPT_EFFORT:
		if (!choose_effort_parse(value, &o->effort))
			return bad_value("effort", value,
			    "fast, default or max", e);
		break;
	case OPT_ORDER:
		if (!order_parse(value, &o->order))
			return bad_value("order", value,
			    "kind, name or given", e);
		break;
	case OPT_CHECK:
		if (!chain_check_parse(value, &o->check))
			return bad_value("check", value,
			    "none, crc32, crc64 or sha256", e);
		break;
	case OPT_LIMIT:
		if (!num_bytes(value, &o->limit) || o->limit == 0)
			return bad_value("limit", value, "a size above 0, "
			    "such as 16000000, 16MB or 16MiB", e);
		o->has_limit = true;
		break;
	case OPT_THREADS:
		return parse_threads(o, value, e);
	case OPT_MEMLIMIT:
		if (!num_bytes(value, &o->memory) || o->memory == 0)
			return bad_value("memlimit", value, "a size above 0, "
			    "such as 500MB or 1GiB", e);
		break;
	default:
		return parse_progress(o, value, e);
	}
	return ERR_OK;
}

static void
take_flag(struct options *o, enum option_id id)
{
	switch (id) {
	case OPT_KEEP_OVER_LIMIT:
		o->keep_over_limit = true;
		break;
	case OPT_RANDOM_ACCESS:
		o->random_access = true;
		break;
	case OPT_KEEP_MTIME:
		o->keep_mtime = true;
		break;
	case OPT_KEEP_MODE:
		o->keep_mode = true;
		break;
	case OPT_BLOCKS:
		o->view = VIEW_BLOCKS;
		break;
	case OPT_TENSORS:
		o->view = VIEW_TENSORS;
		break;
	case OPT_JSON:
		o->format = FORMAT_JSON;
		break;
	case OPT_TSV:
		o->format = FORMAT_TSV;
		break;
	case OPT_VERBOSE:
		o->verbose = true;
		break;
	case OPT_HELP:
		if (o->command != COMMAND_HELP)
			o->topic = (int)o->command;
		o->command = COMMAND_HELP;
		break;
	default:
		o->command = COMMAND_VERSION;
		break;
	}
}

/* --- parsing --- */

static void
make_getopt(struct option *longs, char *shorts)
{
	size_t i;

	*shorts++ = ':';	/* tell a missing value from a bad option */
	for (i = 0; i < N_OPTIONS; i++) {
		longs[i].name = table[i].name;
		longs[i].has_arg = table[i].arg != NULL ? required_argument :
		    no_argument;
		longs[i].flag = NULL;
		longs[i].val = (int)table[i].id;
		if (table[i].letter != 0) {
			*shorts++ = table[i].letter;
			if (table[i].arg != NULL)
				*shorts++ = ':';
		}
	}
	memset(&longs[N_OPTIONS], 0, sizeof(longs[0]));
	*shorts = '\0';
}

static enum err_code
take_option(struct options *o, int c, char **argv, struct err *e)
{
	size_t i;

	if (c == ':')
		return err_set(e, ERR_USAGE, "%s: needs a value; see "
		    "'xzbundle help'", argv[optind - 1]);
	for (i = 0; i < N_OPTIONS; i++) {
		if (c == (int)table[i].id || (c == table[i].letter &&
		    c != 0))
			break;
	}
	/* optopt is a char, so that of a byte of UTF-8 is negative. */
	if (i == N_OPTIONS && optopt != 0 && optopt < 256)
		return err_set(e, ERR_USAGE, "-%c: unknown option; see "
		    "'xzbundle help'", optopt);
	if (i == N_OPTIONS)
		return err_set(e, ERR_USAGE, "%s: unknown option, or one "
		    "that takes no value; see 'xzbundle help'",
		    argv[optind - 1]);
	if (o->command <= COMMAND_CAT &&
	    (table[i].commands & 1U << o->command) == 0)
		return err_set(e, ERR_USAGE, "--%s: not an option of "
		    "'%s'; see 'xzbundle help %s'", table[i].name,
		    commands[o->command].name, commands[o->command].name);
	if (table[i].arg != NULL)
		return take_value(o, table[i].id, optarg, e);
	take_flag(o, table[i].id);
	return ERR_OK;
}

static bool
find_command(const char *name, enum options_command *command)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0) {
			*command = (enum options_command)i;
			return true;
		}
	}
	return false;
}

/* The operands are there; are they as many as the command takes? */
static enum err_code
check_operands(struct options *o, struct err *e)
{
	enum options_command topic;

	if (o->command == COMMAND_VERSION)
		return ERR_OK;
	if (o->command == COMMAND_HELP && o->n_operands == 1 &&
	    o->topic < 0) {
		if (!find_command(o->operands[0], &topic))
			return err_set(e, ERR_USAGE, "%s: no such command",
			    o->operands[0]);
		o->topic = (int)topic;
		return ERR_OK;
	}
	if (o->command == COMMAND_HELP && o->topic >= 0)
		return ERR_OK;
	if (o->n_operands < commands[o->command].min ||
	    o->n_operands > commands[o->command].max)
		return err_set(e, ERR_USAGE, "usage: xzbundle %s %s",
		    commands[o->command].name,
		    commands[o->command].synopsis);
	return ERR_OK;
}

static enum err_code
first_word(int argc, char **argv, struct options *o, struct err *e)
{
	if (argc < 2)
		return err_set(e, ERR_USAGE,
		    "no command; see 'xzbundle help'");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		o->command = COMMAND_HELP;
	} else if (strcmp(argv[1], "--version") == 0 ||
	    strcmp(argv[1], "-V") == 0) {
		o->command = COMMAND_VERSION;
	} else if (!find_command(argv[1], &o->command)) {
		return err_set(e, ERR_USAGE, "%s: no such command; see "
		    "'xzbundle help'", argv[1]);
	}
	return ERR_OK;
}

enum err_code
options_parse(int argc, char **argv, struct options *o, struct err *e)
{
	struct option longs[N_OPTIONS + 1];
	char shorts[2 * N_OPTIONS + 2];
	int c;

	memset(o, 0, sizeof(*o));
	o->topic = -1;
	o->target = TARGET_XZ_5_0;
	o->effort = EFFORT_DEFAULT;
	o->check = LZMA_CHECK_CRC32;
	o->limit = UINT64_MAX;
	o->n_threads = processors();
	if (first_word(argc, argv, o, e) != ERR_OK)
		return e->code;
	make_getopt(longs, shorts);
	opterr = 0;
	optind = 2;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (take_option(o, c, argv, e) != ERR_OK)
			return e->code;
	}
	o->operands = (const char *const *)(argv + optind);
	o->n_operands = (size_t)(argc - optind);
	return check_operands(o, e);
}

void
options_free(struct options *o)
{
	free(o->rules);
	memset(o, 0, sizeof(*o));
}

/* --- help --- */

static void
help_options(unsigned int mask, struct buf *to, struct err *e)
{
	char left[64];
	size_t i;

	text_printf(to, e, "\nOptions:\n");
	for (i = 0; i < N_OPTIONS; i++) {
		if ((table[i].commands & mask) == 0)
			continue;
		if (table[i].letter != 0)
			snprintf(left, sizeof(left), "-%c, --%s%s%s",
			    table[i].letter, table[i].name,
			    table[i].arg != NULL ? " " : "",
			    table[i].arg != NULL ? table[i].arg : "");
		else
			snprintf(left, sizeof(left), "    --%s%s%s",
			    table[i].name, table[i].arg != NULL ? " " : "",
			    table[i].arg != NULL ? table[i].arg : "");
		text_printf(to, e, "  %-26s%s\n", left, table[i].help);
	}
}

enum err_code
options_help(int topic, struct buf *to, struct err *e)
{
	size_t i;

	if (topic >= 0 && (size_t)topic < N_COMMANDS) {
		text_printf(to, e, "Usage: xzbundle %s %s\n\n%s\n",
		    commands[topic].name, commands[topic].synopsis,
		    commands[topic].help);
		if (topic <= COMMAND_CAT)
			help_options(1U << topic, to, e);
		return e->code;
	}
	text_printf(to, e, "Usage: xzbundle COMMAND [options] ...\n\n"
	    "Bundle a machine-learning submission into one standard "
	    ".tar.xz, each member\nwith the filter chain that suits its "
	    "bytes.\n\nCommands:\n");
	for (i = 0; i < N_COMMANDS; i++)
		text_printf(to, e, "  %s %s\n      %s\n",
		    commands[i].name, commands[i].synopsis,
		    commands[i].help);
	help_options(ALL, to, e);
	return text_printf(to, e, "\nExit status: 0 done, 1 failed, 2 "
	    "usage, 3 over the limit, 4 unsafe member,\n5 corrupt, 6 not "
	    "supported, 7 memory limit.  See xzbundle(1).\n");
}
