#include "cli/completion_part.h"

#include "base/text.h"

/* What has a meaning between single quotes. */
#define SPECIAL "\\'"

static void
put_values(struct buf *to, struct err *e)
{
	size_t i;

	text_printf(to, e, "                case");
	for (i = 0; i < optable_n; i++) {
		if (optable[i].arg == NULL)
			continue;
		if (optable[i].letter != 0)
			text_printf(to, e, " -%c", optable[i].letter);
		text_printf(to, e, " --%s", optable[i].name);
	}
	text_printf(to, e, "\n");
}

static void
put_commands(struct buf *to, struct err *e)
{
	size_t i;

	for (i = 0; i < optable_n_commands; i++) {
		text_printf(to, e, "complete -c xzbundle -n "
		    "__xzbundle_begins -a %s -d ", optable_commands[i].name);
		completion_quote(optable_commands[i].help, SPECIAL, to, e);
		text_printf(to, e, "\n");
	}
}

/* Where a word of this kind comes from. */
static void
put_source(enum optable_kind kind, const char *words, struct buf *to,
    struct err *e)
{
	size_t i;

	switch (kind) {
	case OPTABLE_NONE:
		return;
	case OPTABLE_DIRECTORY:
		text_printf(to, e, " -a '(__fish_complete_directories)'");
		return;
	case OPTABLE_BUNDLE:
		text_printf(to, e, " -k -a '(__fish_complete_suffix .xz)'");
		return;
	case OPTABLE_MEMBER:
		text_printf(to, e, " -a '(__xzbundle_members)'");
		return;
	case OPTABLE_COMMAND:
		text_printf(to, e, " -a '");
		for (i = 0; i < optable_n_commands; i++)
			text_printf(to, e, "%s%s", i > 0 ? " " : "",
			    optable_commands[i].name);
		text_printf(to, e, "'");
		return;
	case OPTABLE_WORDS:
		text_printf(to, e, " -a '%s'", words);
		return;
	case OPTABLE_PAIR:
		text_printf(to, e, " -a '(__xzbundle_pair %s)'", words);
		return;
	default:
		text_printf(to, e, " -F");
	}
}

/* Those commands that have the option. */
static void
put_condition(const struct optable_option *o, struct buf *to, struct err *e)
{
	size_t i;

	if (o->commands == 0) {
		text_printf(to, e, "__xzbundle_begins");
		return;
	}
	text_printf(to, e, "'__xzbundle_is");
	for (i = 0; i < optable_n_commands; i++) {
		if (completion_has(i, o))
			text_printf(to, e, " %s", optable_commands[i].name);
	}
	text_printf(to, e, "%s'", completion_has(COMMAND_HELP, o) ?
	    "; or __xzbundle_begins" : "");
}

static void
put_options(struct buf *to, struct err *e)
{
	const struct optable_option *o;
	size_t i;

	for (i = 0; i < optable_n; i++) {
		o = &optable[i];
		text_printf(to, e, "complete -c xzbundle -n ");
		put_condition(o, to, e);
		text_printf(to, e, " -l %s", o->name);
		if (o->letter != 0)
			text_printf(to, e, " -s %c", o->letter);
		if (o->arg != NULL) {
			text_printf(to, e, o->kind == OPTABLE_FILE ||
			    o->kind == OPTABLE_UNSAID ? " -r" : " -x");
			put_source(o->kind, o->words, to, e);
		}
		text_printf(to, e, " -d ");
		completion_quote(o->help, SPECIAL, to, e);
		text_printf(to, e, "\n");
	}
}

static void
put_operands(struct buf *to, struct err *e)
{
	const struct optable_command *c;
	size_t i;

	for (i = 0; i < optable_n_commands; i++) {
		c = &optable_commands[i];
		if (c->max > 0) {
			text_printf(to, e, "complete -c xzbundle -n "
			    "'__xzbundle_first %s'", c->name);
			put_source(c->first, c->words, to, e);
			text_printf(to, e, "\n");
		}
		if (c->max > 1) {
			text_printf(to, e, "complete -c xzbundle -n "
			    "'__xzbundle_later %s%s'", c->name, c->rest ==
			    OPTABLE_MEMBER ? "; and not __xzbundle_each" :
			    "");
			put_source(c->rest, c->words, to, e);
			text_printf(to, e, "\n");
		}
		if (c->rest == OPTABLE_MEMBER) {
			text_printf(to, e, "complete -c xzbundle -n "
			    "'__xzbundle_later %s; and __xzbundle_each'",
			    c->name);
			put_source(c->first, c->words, to, e);
			text_printf(to, e, "\n");
		}
	}
}

const struct completion_part completion_fish[COMPLETION_FISH_N] = {
	{ "fish values", put_values },
	{ "fish commands", put_commands },
	{ "fish options", put_options },
	{ "fish operands", put_operands },
};
