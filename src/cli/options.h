/*
 * options: the command line, from one table.
 *
 * The table feeds getopt_long(3), --help and the test that compares it with
 * the manual page.  Parsing neither prints nor exits.
 */
#ifndef XZB_OPTIONS_H
#define XZB_OPTIONS_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "compare/grid.h"
#include "pack/order.h"
#include "pack/plan.h"
#include "pack/recode.h"
#include "unpack/extract.h"
#include "wrap/encoding.h"
#include "xz/chain.h"

enum options_command {
	COMMAND_CREATE,
	COMMAND_LIST,
	COMMAND_REPORT,
	COMMAND_EXTRACT,
	COMMAND_CHECK,
	COMMAND_CAT,
	COMMAND_REPACK,
	COMMAND_PACK,
	COMMAND_UNPACK,
	COMMAND_LOADER,
	COMMAND_COMPARE,
	COMMAND_WRAP,
	COMMAND_COMPLETION,
	COMMAND_HELP,		/* those before it have options */
	COMMAND_VERSION,
	COMMAND_SELF_TEST
};

enum options_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };
enum options_format { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };
enum options_view { VIEW_MEMBERS, VIEW_BLOCKS, VIEW_TENSORS };

struct options_compare {
	const char **chains;	/* [n_chains] --chain; owned, texts borrowed */
	size_t n_chains;
	const char **codecs;	/* [n_codecs] --codec; the same */
	size_t n_codecs;
	const char *chain_file;	/* --chains, or NULL */
	const char *baseline;	/* or NULL */
	bool total;
	bool best;
	enum grid_sort sort;
};

struct options_wrap {
	enum encoding encoding;
	lzma_check check;	/* LZMA_CHECK_NONE without --check */
	const char *python;	/* --python, or NULL */
	bool minify;
	const char *bundle;	/* --bundle, or NULL */
	const char *main;	/* --main, or NULL */
	const char *dir;	/* --dir, or NULL */
	bool keep;
	bool in_memory;
	bool numpy;
	const char **with;	/* [n_with] --with; owned, texts borrowed */
	size_t n_with;
};

struct options {
	enum options_command command;
	int topic;		/* COMMAND_HELP: a command, or -1 */
	const char *directory;	/* -C, or NULL */
	const char *output;	/* -o, or NULL */
	struct unit_rule *chains;	/* [n_chains] --chain; owned */
	size_t n_chains;
	bool pack;
	struct recode_rule *packings;	/* [n_packings] --packing; owned */
	size_t n_packings;
	bool raw;		/* pack a bare array, of: */
	const char *dtype;	/* --dtype, or NULL */
	const char *shape;	/* --shape, or NULL */
	enum chain_target target;
	lzma_check check;
	unsigned int n_threads;
	bool has_limit;
	uint64_t limit;		/* bytes; UINT64_MAX without --limit */
	bool keep_over_limit;
	enum effort effort;
	enum order_by order;
	bool random_access;
	const char *plan_in;	/* --plan, or NULL */
	const char *plan_out;	/* or NULL */
	bool keep_mtime;
	bool keep_mode;
	bool strict;
	uint64_t memory;	/* bytes; 0: the command's default */
	struct extract_rules rules;	/* limits included */
	enum stage_mode mode;
	const char *each;	/* --each, or NULL */
	const char *manifest;	/* or NULL */
	const char *loader_for;	/* --for, or NULL */
	const char *html;	/* --html, or NULL */
	const char *svg;	/* --svg, or NULL */
	bool mtime;
	enum options_progress progress;
	enum options_format format;
	enum options_view view;	/* what list has a row for */
	bool verbose;
	struct options_compare compare;
	struct options_wrap wrap;
	const char *const *operands;	/* [n_operands], into argv */
	size_t n_operands;
};

/* ERR_USAGE with a message that names the option.  *o is to be freed in
 * every case; it borrows from argv. */
enum err_code options_parse(int argc, char **argv, struct options *o,
    struct err *e);
void options_free(struct options *o);

/* Append the help: of one command (topic), or the overview (-1). */
enum err_code options_help(int topic, struct buf *to, struct err *e);

#endif
