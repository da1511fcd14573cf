#include "cli/completion_part.h"

#include "base/text.h"

/* What has a meaning in a specification of _arguments. */
#define SPECIAL "\\[]:"

/* Not quoted, as a specification is quoted as a whole. */
static void
put_action(enum optable_kind kind, const char *words, struct buf *to,
    struct err *e)
{
	switch (kind) {
	case OPTABLE_NONE:
		text_printf(to, e, " ");
		break;
	case OPTABLE_DIRECTORY:
		text_printf(to, e, "_directories");
		break;
	case OPTABLE_BUNDLE:
		text_printf(to, e, "_xzbundle_bundles");
		break;
	case OPTABLE_MEMBER:
		text_printf(to, e, "_xzbundle_members");
		break;
	case OPTABLE_COMMAND:
		text_printf(to, e, "_xzbundle_commands");
		break;
	case OPTABLE_WORDS:
		text_printf(to, e, "(%s)", words);
		break;
	case OPTABLE_PAIR:
		text_printf(to, e, "{_xzbundle_pair %s}", words);
		break;
	default:
		text_printf(to, e, "_files");
	}
}

/* One way to write the option: "-C+" or "--directory=". */
static void
put_spec(const struct optable_option *o, bool letter, struct buf *to,
    struct err *e)
{
	text_printf(to, e, "\t\t");
	if (o->many)
		text_printf(to, e, "'*'");
	else if (o->letter != 0)
		text_printf(to, e, "'(-%c --%s)'", o->letter, o->name);
	if (letter)
		text_printf(to, e, "-%c%s", o->letter, o->arg != NULL ? "+" :
		    "");
	else
		text_printf(to, e, "--%s%s", o->name, o->arg != NULL ? "=" :
		    "");
	text_printf(to, e, "'['");
	completion_quote(o->help, SPECIAL, to, e);
	text_printf(to, e, "']");
	if (o->arg != NULL) {
		text_printf(to, e, ":%s:", o->arg);
		put_action(o->kind, o->words, to, e);
	}
	text_printf(to, e, "'");
}

static void
put_specs(size_t command, const char *end, struct buf *to, struct err *e)
{
	size_t i;

	for (i = 0; i < optable_n; i++) {
		if (!completion_has(command, &optable[i]))
			continue;
		if (optable[i].letter != 0) {
			put_spec(&optable[i], true, to, e);
			text_printf(to, e, "%s", end);
		}
		put_spec(&optable[i], false, to, e);
		text_printf(to, e, "%s", end);
	}
}

static void
put_globals(struct buf *to, struct err *e)
{
	put_specs(COMMAND_HELP, " \\\n", to, e);
}

static void
put_commands(struct buf *to, struct err *e)
{
	size_t i;

	for (i = 0; i < optable_n_commands; i++) {
		text_printf(to, e, "\t\t%s:", optable_commands[i].name);
		completion_quote(optable_commands[i].help, "\\", to, e);
		text_printf(to, e, "\n");
	}
}

static void
put_cases(struct buf *to, struct err *e)
{
	const struct optable_command *c;
	size_t i;

	for (i = 0; i < optable_n_commands; i++) {
		c = &optable_commands[i];
		text_printf(to, e, "\t%s)\n\t\tspecs=(\n", c->name);
		put_specs(i, "\n", to, e);
		if (c->max > 0) {
			text_printf(to, e, "\t\t'1: :");
			put_action(c->first, c->words, to, e);
			text_printf(to, e, "'\n");
		}
		if (c->max > 1) {
			text_printf(to, e, "\t\t'*: :");
			put_action(c->rest, c->words, to, e);
			text_printf(to, e, "'\n");
		}
		text_printf(to, e, "\t\t)\n\t\t;;\n");
	}
}

const struct completion_part completion_zsh[COMPLETION_ZSH_N] = {
	{ "zsh globals", put_globals },
	{ "zsh commands", put_commands },
	{ "zsh cases", put_cases },
};
