/*
 * optable: the commands and options, as one table each.
 *
 * Data alone: cli/options parses by it, cli/help prints it, cli/completion has
 * shells offer it, and tests hold it against the manual page and the parser.
 */
#ifndef XZB_OPTABLE_H
#define XZB_OPTABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/options.h"

#define OPTABLE_MAX 96		/* options, at most */

/* What a word on the command line may be, for completions. */
enum optable_kind {
	OPTABLE_UNSAID,		/* taken for a file */
	OPTABLE_NONE,		/* a number or name: nothing is offered */
	OPTABLE_FILE,
	OPTABLE_DIRECTORY,
	OPTABLE_BUNDLE,		/* a .tar.xz file */
	OPTABLE_MEMBER,		/* of the bundle before it */
	OPTABLE_COMMAND,
	OPTABLE_WORDS,		/* one of the row's words */
	OPTABLE_PAIR		/* anything, '=' and one of the words */
};

struct optable_command {
	const char *name;
	const char *synopsis;
	const char *help;
	size_t min, max;	/* operands */
	enum optable_kind first, rest;	/* of operands */
	const char *words;	/* with blanks between, or NULL */
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
	OPT_HTML,
	OPT_SVG,
	OPT_WITH,
	OPT_ENCODING,
	OPT_PYTHON,
	OPT_MINIFY,
	OPT_BUNDLE,
	OPT_MAIN,
	OPT_DIR,
	OPT_KEEP,
	OPT_IN_MEMORY,
	OPT_NUMPY,
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
	enum optable_kind kind;	/* of the value */
	const char *words;	/* with blanks between, or NULL */
	bool many;		/* each one given counts */
};

#define OPTABLE_ALL ((1U << COMMAND_HELP) - 1)

extern const struct optable_option optable[];
extern const size_t optable_n;

#endif
