#include "cli/completion_part.h"

#include <string.h>

#include "base/text.h"

#define COLUMNS 72

/* Append a word, on a new line where the last one is full. */
static void
put_word(const char *dashes, const char *word, size_t length, size_t *column,
    struct buf *to, struct err *e)
{
	const size_t n = strlen(dashes) + length;

	if (*column > 0 && *column + n > COLUMNS) {
		text_printf(to, e, "\n");
		*column = 0;
	}
	text_printf(to, e, "%s%s%.*s", *column > 0 ? " " : "", dashes,
	    (int)length, word);
	*column += n + 1;
}

static void
put_options(size_t command, size_t column, struct buf *to, struct err *e)
{
	size_t i;

	for (i = 0; i < optable_n; i++) {
		if (!completion_has(command, &optable[i]))
			continue;
		if (optable[i].letter != 0)
			put_word("-", &optable[i].letter, 1, &column, to, e);
		put_word("--", optable[i].name, strlen(optable[i].name),
		    &column, to, e);
	}
}

static void
put_globals(struct buf *to, struct err *e)
{
	put_options(COMMAND_HELP, 0, to, e);
	text_printf(to, e, "\n");
}

static void
put_commands(struct buf *to, struct err *e)
{
	size_t i, column = 0;

	for (i = 0; i < optable_n_commands; i++)
		put_word("", optable_commands[i].name,
		    strlen(optable_commands[i].name), &column, to, e);
	text_printf(to, e, "\n");
}

static const char *const kinds[] = {
	[OPTABLE_UNSAID] = "file",
	[OPTABLE_NONE] = "none",
	[OPTABLE_FILE] = "file",
	[OPTABLE_DIRECTORY] = "directory",
	[OPTABLE_BUNDLE] = "bundle",
	[OPTABLE_MEMBER] = "member",
	[OPTABLE_COMMAND] = "command",
	[OPTABLE_WORDS] = "words",
	[OPTABLE_PAIR] = "pair",
};

static void
put_command_cases(struct buf *to, struct err *e)
{
	const struct optable_command *c;
	size_t i;

	for (i = 0; i < optable_n_commands; i++) {
		c = &optable_commands[i];
		text_printf(to, e, "\t%s)\n\t\toptions='", c->name);
		put_options(i, sizeof("\t\toptions='") + 14, to, e);
		text_printf(to, e, "'\n\t\tfirst='%s' rest='%s'",
		    kinds[c->max > 0 ? c->first : OPTABLE_NONE],
		    kinds[c->max > 1 ? c->rest : OPTABLE_NONE]);
		if (c->words != NULL)
			text_printf(to, e, " choices='%s'", c->words);
		text_printf(to, e, "\n\t\t;;\n");
	}
}

static void
put_option_cases(struct buf *to, struct err *e)
{
	const struct optable_option *o;
	size_t i;

	for (i = 0; i < optable_n; i++) {
		o = &optable[i];
		if (o->arg == NULL)
			continue;
		text_printf(to, e, "\t");
		if (o->letter != 0)
			text_printf(to, e, "-%c | ", o->letter);
		text_printf(to, e, "--%s) kind='%s'", o->name,
		    kinds[o->kind]);
		if (o->words != NULL)
			text_printf(to, e, " words='%s'", o->words);
		text_printf(to, e, " ;;\n");
	}
}

const struct completion_part completion_bash[COMPLETION_BASH_N] = {
	{ "commands", put_commands },
	{ "globals", put_globals },
	{ "command cases", put_command_cases },
	{ "option cases", put_option_cases },
};
