/*
 * optable: the commands and options, as one table each.
 *
 * Data alone: cli/options parses by it, cli/help prints it, and a test holds
 * it against the manual page.
 */
#ifndef XZB_OPTABLE_H
#define XZB_OPTABLE_H

#include <stddef.h>

#include "cli/options.h"

#define OPTABLE_MAX 80		/* options, at most */

struct optable_command {
	const char *name;
	const char *synopsis;
	const char *help;
	size_t min, max;	/* operands */
};

/* Indexed by enum options_command. */
extern const struct optable_command optable_commands[];
extern const size_t optable_n_commands;

/* Those above all ASCII, so that an ID is no letter. */
enum option_id {
	OPT_DIRECTORY = 256,
	OPT_OUTPUT,
	OPT_CHAIN,
	OPT_PACK,
	OPT_PACKING,
	OPT_RAW,
	OPT_DTYPE,
	OPT_SHAPE,
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
	OPT_STRICT,
	OPT_LINKS,
	OPT_NAMES,
	OPT_MULTI_STREAM,
	OPT_ALLOW_UNCHECKED,
	OPT_ALLOW_WEAK,
	OPT_UNPACK,
	OPT_MTIME,
	OPT_INTO,
	OPT_REPLACE,
	OPT_EACH,
	OPT_MANIFEST,
	OPT_LIMITS,
	OPT_FOR,
	OPT_CHAINS,
	OPT_CODEC,
	OPT_BASELINE,
	OPT_TOTAL,
	OPT_SORT,
	OPT_BEST,
	OPT_SELF_TEST,
	OPT_VERBOSE,
	OPT_HELP,
	OPT_VERSION,
	OPT_MAX = 512		/* and an enum limit_id */
};

struct optable_option {
	const char *name;
	char letter;		/* or 0 */
	const char *arg;	/* what --help calls the value, or NULL */
	unsigned int commands;	/* a bit for each that has it */
	int id;			/* an enum option_id, or of a limit */
	const char *help;
};

#define OPTABLE_ALL ((1U << COMMAND_HELP) - 1)

extern const struct optable_option optable[];
extern const size_t optable_n;

#endif
