#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/nearest.h"
#include "cli/optable.h"
#include "cli/options_part.h"

static void
take_rule_flag(struct options *o, int id)
{
	switch (id) {
	case OPT_MULTI_STREAM:
		o->rules.xz.multi_stream = true;
		break;
	case OPT_ALLOW_UNCHECKED:
		o->rules.xz.unchecked = true;
		break;
	case OPT_ALLOW_WEAK:
		o->rules.weak = true;
		break;
	case OPT_UNPACK:
		o->rules.unpack = true;
		break;
	case OPT_MTIME:
		o->mtime = true;
		break;
	default:
		break;
	}
}

/* --into and --replace: one of them. */
static enum err_code
take_mode(struct options *o, enum stage_mode mode, struct err *e)
{
	if (o->mode != STAGE_NEW && o->mode != mode)
		return err_set(e, ERR_USAGE, "--into keeps what is there and "
		    "--replace removes it: use one of them");
	o->mode = mode;
	return ERR_OK;
}

static void
take_flag(struct options *o, int id)
{
	switch (id) {
	case OPT_KEEP_OVER_LIMIT:
		o->keep_over_limit = true;
		break;
	case OPT_PACK:
		o->pack = true;
		break;
	case OPT_RAW:
		o->raw = true;
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
	case OPT_STRICT:
		o->strict = true;
		break;
	case OPT_HELP:
		if (o->command != COMMAND_HELP)
			o->topic = (int)o->command;
		o->command = COMMAND_HELP;
		break;
	case OPT_VERSION:
		o->command = COMMAND_VERSION;
		break;
	default:
		take_rule_flag(o, id);
		break;
	}
}

/* --- parsing --- */

static void
make_getopt(struct option *longs, char *shorts)
{
	size_t i;

	*shorts++ = ':';	/* tell a missing value from a bad option */
	for (i = 0; i < optable_n; i++) {
		longs[i].name = optable[i].name;
		longs[i].has_arg = optable[i].arg != NULL ? required_argument :
		    no_argument;
		longs[i].flag = NULL;
		longs[i].val = optable[i].id;
		if (optable[i].letter != 0) {
			*shorts++ = optable[i].letter;
			if (optable[i].arg != NULL)
				*shorts++ = ':';
		}
	}
	memset(&longs[optable_n], 0, sizeof(longs[0]));
	*shorts = '\0';
}

static enum err_code
take_option(struct options *o, int c, char **argv, struct err *e)
{
	size_t i;

	if (c == ':')
		return err_set(e, ERR_USAGE, "%s: needs a value; see "
		    "'xzbundle help'", argv[optind - 1]);
	for (i = 0; i < optable_n; i++) {
		if (c == optable[i].id || (c == optable[i].letter &&
		    c != 0))
			break;
	}
	/* optopt is a char, so that of a byte of UTF-8 is negative. */
	if (i == optable_n && optopt != 0 && optopt < 256)
		return err_set(e, ERR_USAGE, "-%c: unknown option; see "
		    "'xzbundle help'", optopt);
	if (i == optable_n)
		return nearest_refuse_option(argv[optind - 1], e);
	if (o->command < COMMAND_HELP &&
	    (optable[i].commands & 1U << o->command) == 0)
		return err_set(e, ERR_USAGE, "--%s: not an option of "
		    "'%s'; see 'xzbundle help %s'", optable[i].name,
		    optable_commands[o->command].name,
		    optable_commands[o->command].name);
	if (o->command == COMMAND_COMPARE &&
	    options_compare_take(&o->compare, optable[i].id, optarg, e))
		return e->code;
	if (o->command == COMMAND_WRAP &&
	    options_wrap_take(&o->wrap, optable[i].id, optarg, e))
		return e->code;
	if (optable[i].arg != NULL)
		return options_value(o, optable[i].id, optarg, e);
	if (optable[i].id == OPT_INTO || optable[i].id == OPT_REPLACE)
		return take_mode(o, optable[i].id == OPT_INTO ? STAGE_INTO :
		    STAGE_REPLACE, e);
	take_flag(o, optable[i].id);
	return ERR_OK;
}

static bool
find_command(const char *name, enum options_command *command)
{
	size_t i;

	for (i = 0; i < optable_n_commands; i++) {
		if (strcmp(name, optable_commands[i].name) == 0) {
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

	if (o->command == COMMAND_SELF_TEST && o->n_operands > 0)
		return err_set(e, ERR_USAGE, "--self-test stands alone");
	if (o->command == COMMAND_VERSION || o->command == COMMAND_SELF_TEST)
		return ERR_OK;
	if (o->command == COMMAND_HELP && o->n_operands == 1 &&
	    o->topic < 0) {
		if (!find_command(o->operands[0], &topic))
			return nearest_refuse(o->operands[0], e);
		o->topic = (int)topic;
		return ERR_OK;
	}
	if (o->command == COMMAND_HELP && o->topic >= 0)
		return ERR_OK;
	if (o->n_operands < optable_commands[o->command].min ||
	    o->n_operands > optable_commands[o->command].max)
		return err_set(e, ERR_USAGE, "usage: xzbundle %s %s",
		    optable_commands[o->command].name,
		    optable_commands[o->command].synopsis);
	return ERR_OK;
}

static bool
is_version(const char *word)
{
	return strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0;
}

static enum err_code
first_word(int argc, char **argv, struct options *o, struct err *e)
{
	if (argc < 2)
		return err_set(e, ERR_USAGE,
		    "no command; see 'xzbundle help'");
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		o->command = COMMAND_HELP;
	} else if (is_version(argv[1])) {
		o->command = COMMAND_VERSION;
	} else if (strcmp(argv[1], "--self-test") == 0) {
		o->command = COMMAND_SELF_TEST;
	} else if (strcmp(argv[1], "--json") == 0 && argc > 2 &&
	    is_version(argv[2])) {
		o->command = COMMAND_VERSION;
		o->format = FORMAT_JSON;
	} else if (!find_command(argv[1], &o->command)) {
		return nearest_refuse(argv[1], e);
	}
	return ERR_OK;
}

enum err_code
options_parse(int argc, char **argv, struct options *o, struct err *e)
{
	struct option longs[OPTABLE_MAX + 1];
	char shorts[2 * OPTABLE_MAX + 2];
	int c;

	memset(o, 0, sizeof(*o));
	o->topic = -1;
	o->target = TARGET_XZ_5_0;
	o->effort = EFFORT_DEFAULT;
	o->check = LZMA_CHECK_CRC32;
	o->limit = UINT64_MAX;
	o->n_threads = options_processors();
	limits_init(&o->rules.limits);
	if (first_word(argc, argv, o, e) != ERR_OK)
		return e->code;
	if (o->command == COMMAND_COMPARE)
		o->rules.limits.max[LIMIT_TIME] = UINT64_MAX;
	make_getopt(longs, shorts);
	opterr = 0;
	optind = 2;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (take_option(o, c, argv, e) != ERR_OK)
			return e->code;
	}
	o->operands = (const char *const *)(argv + optind);
	o->n_operands = (size_t)(argc - optind);
	if (o->memory != 0)
		o->rules.limits.max[LIMIT_MEMORY] = o->memory;
	return check_operands(o, e);
}

void
options_free(struct options *o)
{
	free(o->chains);
	free(o->packings);
	options_compare_free(&o->compare);
	options_wrap_free(&o->wrap);
	limits_free(&o->rules.limits);
	memset(o, 0, sizeof(*o));
}
