#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/optable.h"
#include "cli/options.h"

/* Those that stand in place of a command belong to none. */
static bool
has_option(const struct optable_option *o, unsigned int mask)
{
	return (o->commands & mask) != 0 ||
	    (o->commands == 0 && mask == OPTABLE_ALL);
}

static void
help_options(unsigned int mask, struct buf *to, struct err *e)
{
	char left[64];
	size_t i;

	text_printf(to, e, "\nOptions:\n");
	for (i = 0; i < optable_n; i++) {
		if (!has_option(&optable[i], mask))
			continue;
		if (optable[i].letter != 0)
			snprintf(left, sizeof(left), "-%c, --%s%s%s",
			    optable[i].letter, optable[i].name,
			    optable[i].arg != NULL ? " " : "",
			    optable[i].arg != NULL ? optable[i].arg : "");
		else
			snprintf(left, sizeof(left), "    --%s%s%s",
			    optable[i].name, optable[i].arg != NULL ? " " : "",
			    optable[i].arg != NULL ? optable[i].arg : "");
		text_printf(to, e, "  %-26s%s\n", left, optable[i].help);
	}
}

enum err_code
options_help(int topic, struct buf *to, struct err *e)
{
	size_t i;

	if (topic >= 0 && (size_t)topic < optable_n_commands) {
		text_printf(to, e, "Usage: xzbundle %s %s\n\n%s\n",
		    optable_commands[topic].name,
		    optable_commands[topic].synopsis,
		    optable_commands[topic].help);
		if (topic < COMMAND_HELP)
			help_options(1U << topic, to, e);
		return e->code;
	}
	text_printf(to, e, "Usage: xzbundle COMMAND [options] ...\n\n"
	    "Bundle a machine-learning submission into one standard "
	    ".tar.xz, each member\nwith the filter chain that suits its "
	    "bytes.\n\nCommands:\n");
	for (i = 0; i < optable_n_commands; i++)
		text_printf(to, e, "  %s %s\n      %s\n",
		    optable_commands[i].name, optable_commands[i].synopsis,
		    optable_commands[i].help);
	help_options(OPTABLE_ALL, to, e);
	return text_printf(to, e, "\nExit status: 0 done, 1 failed, 2 "
	    "usage, 3 over the limit, 4 unsafe member,\n5 corrupt, 6 not "
	    "supported, 7 memory limit.  See xzbundle(1).\n");
}
