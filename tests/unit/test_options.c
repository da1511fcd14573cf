#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define WORDS_MAX 16
#define COLUMNS 80

static struct options o;
static struct err e;

/* --- what the tests share --- */

/* Parse the words after "xzbundle", separated by '|'.  The result stays in
 * o and e until the next call. */
static enum err_code
parse(const char *line)
{
	static char *argv[WORDS_MAX + 2];
	static char name[] = "xzbundle", words[1024];
	int argc = 1;
	char *p;

	options_free(&o);
	/* Let getopt(3) forget an error in the middle of a word. */
	optind = 0;
	argv[0] = name;
	argv[1] = NULL;
	(void)getopt(1, argv, "");
	snprintf(words, sizeof(words), "%s", line);
	for (p = words; *line != '\0' && argc <= WORDS_MAX; argc++) {
		argv[argc] = p;
		p = strchr(p, '|');
		if (p == NULL) {
			argc++;
			break;
		}
		*p++ = '\0';
	}
	argv[argc] = NULL;
	memset(&e, 0, sizeof(e));
	return options_parse(argc, argv, &o, &e);
}

/* Does the line fail, with a message that has both parts? */
static void
refused(const char *line, const char *part, const char *other)
{
	int ok;

	ok = parse(line) == ERR_USAGE && HARNESS_SAYS(&e, part) &&
	    HARNESS_SAYS(&e, other);
	CU_ASSERT_TRUE(ok);
	CU_ASSERT_PTR_NULL(strchr(e.text, '\n'));
	if (!ok)
		printf("\n    \"%s\": %d, %s", line, (int)e.code, e.text);
}

static void
drop(void)
{
	options_free(&o);
	CU_ASSERT_PTR_NULL(o.chains);
	CU_ASSERT_PTR_NULL(o.rules.limits.allow);
	options_free(&o);
}

/* --- the tests --- */

static void
commands(void)
{
	static const struct {
		const char *line;
		enum options_command command;
		size_t n_operands;
	} lines[] = {
		{ "create|a", COMMAND_CREATE, 1 },
		{ "create|a|b|c", COMMAND_CREATE, 3 },
		{ "list|f", COMMAND_LIST, 1 },
		{ "report|--html|a|--svg=b|f", COMMAND_REPORT, 1 },
		{ "extract|f", COMMAND_EXTRACT, 1 },
		{ "extract|f|m|n", COMMAND_EXTRACT, 3 },
		{ "check|f", COMMAND_CHECK, 1 },
		{ "cat|f|m", COMMAND_CAT, 2 },
		{ "pack|f|-o|g|-T|2|--json", COMMAND_PACK, 1 },
		{ "unpack|f|-o|g", COMMAND_UNPACK, 1 },
		{ "help", COMMAND_HELP, 0 },
		{ "help|cat", COMMAND_HELP, 1 },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(lines); i++) {
		CU_ASSERT_EQUAL(parse(lines[i].line), ERR_OK);
		CU_ASSERT_EQUAL(o.command, lines[i].command);
		CU_ASSERT_EQUAL(o.n_operands, lines[i].n_operands);
	}
	refused("", "no command", "help");
	refused("bogus|a", "bogus", "no such command");
	refused("creat|a", "creat", "no such command");
	refused("Create|a", "Create", "no such command");
	refused("version", "version", "no such command");
	/* Options come after the command. */
	refused("-v|create|a", "-v", "no such command");
	refused("create", "usage: xzbundle create ", "PATH");
	refused("list", "usage: xzbundle list ", "FILE");
	refused("list|a|b", "usage: xzbundle list ", "FILE");
	refused("extract", "usage: xzbundle extract ", "FILE");
	refused("check", "usage: xzbundle check ", "FILE");
	refused("check|a|b", "usage: xzbundle check ", "FILE");
	refused("cat|f", "usage: xzbundle cat ", "MEMBER");
	refused("cat|f|a|b", "usage: xzbundle cat ", "MEMBER");
	refused("pack", "usage: xzbundle pack ", "IN");
	refused("unpack", "usage: xzbundle unpack ", "IN");
	refused("unpack|a|b", "usage: xzbundle unpack ", "IN");
	refused("unpack|-T|1|a", "--threads", "not an option");
	refused("list|--unpack|a", "--unpack", "not an option");
	CU_ASSERT_EQUAL(parse("extract|--unpack|f"), ERR_OK);
	CU_ASSERT_TRUE(o.rules.unpack);
	drop();
}

static void
defaults(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	struct limits standard;

	CU_ASSERT_EQUAL(parse("create|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.topic, -1);
	CU_ASSERT_PTR_NULL(o.directory);
	CU_ASSERT_PTR_NULL(o.output);
	CU_ASSERT_EQUAL(o.n_chains, 0);
	CU_ASSERT_EQUAL(o.target, TARGET_XZ_5_0);
	CU_ASSERT_EQUAL(o.check, LZMA_CHECK_CRC32);
	CU_ASSERT_EQUAL(o.n_threads, n > 256 ? 256 : n);
	CU_ASSERT_FALSE(o.has_limit);
	CU_ASSERT_EQUAL(o.limit, UINT64_MAX);
	CU_ASSERT_FALSE(o.keep_over_limit);
	CU_ASSERT_FALSE(o.keep_mtime);
	CU_ASSERT_FALSE(o.keep_mode);
	CU_ASSERT_EQUAL(o.memory, 0);
	CU_ASSERT_EQUAL(o.progress, PROGRESS_AUTO);
	CU_ASSERT_EQUAL(o.format, FORMAT_TEXT);
	CU_ASSERT_EQUAL(o.view, VIEW_MEMBERS);
	CU_ASSERT_FALSE(o.verbose);
	CU_ASSERT_STRING_EQUAL(o.operands[0], "a");
	CU_ASSERT_EQUAL(parse("extract|f"), ERR_OK);
	limits_init(&standard);
	CU_ASSERT_EQUAL(memcmp(&o.rules.limits, &standard, sizeof(standard)),
	    0);
	CU_ASSERT_EQUAL(o.rules.names, NAME_STRICT);
	CU_ASSERT_FALSE(o.rules.links || o.rules.weak || o.mtime);
	CU_ASSERT_FALSE(o.rules.xz.multi_stream || o.rules.xz.unchecked);
	CU_ASSERT_EQUAL(o.mode, STAGE_NEW);
	CU_ASSERT_PTR_NULL(o.each);
	CU_ASSERT_PTR_NULL(o.manifest);
	drop();
}

/* A value after a blank, after an equals sign, and at the letter. */
static void
strings(void)
{
	static const char *const directory[] = { "create|-C|some dir|a",
	    "create|-Csome dir|a", "create|--directory|some dir|a",
	    "create|--directory=some dir|a", "extract|f|-C|some dir",
	    "extract|-C|x|--directory=some dir|f" };
	static const char *const output[] = { "create|-o|-|a",
	    "create|-o-|a", "create|--output|-|a", "create|--output=-|a",
	    "create|a|-vo-" };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(directory); i++) {
		CU_ASSERT_EQUAL(parse(directory[i]), ERR_OK);
		CU_ASSERT_STRING_EQUAL(o.directory, "some dir");
		CU_ASSERT_EQUAL(o.n_operands, 1);
	}
	for (i = 0; i < HARNESS_COUNT(output); i++) {
		CU_ASSERT_EQUAL(parse(output[i]), ERR_OK);
		CU_ASSERT_STRING_EQUAL(o.output, "-");
		CU_ASSERT_EQUAL(o.n_operands, 1);
	}
	/* A value may look like an option, or be empty, or have a '='. */
	CU_ASSERT_EQUAL(parse("create|-o|-v|-C|--|--|a"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.output, "-v");
	CU_ASSERT_STRING_EQUAL(o.directory, "--");
	CU_ASSERT_FALSE(o.verbose);
	CU_ASSERT_EQUAL(parse("create|--output=|--directory=a=b|a"),
	    ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.output, "");
	CU_ASSERT_STRING_EQUAL(o.directory, "a=b");
	drop();
}

static void
flags(void)
{
	CU_ASSERT_EQUAL(parse("create|--keep-over-limit|a"), ERR_OK);
	CU_ASSERT_TRUE(o.keep_over_limit && !o.keep_mtime && !o.keep_mode);
	CU_ASSERT_EQUAL(parse("create|--keep-mtime|a"), ERR_OK);
	CU_ASSERT_TRUE(!o.keep_over_limit && o.keep_mtime && !o.keep_mode);
	CU_ASSERT_EQUAL(parse("create|--keep-mode|a"), ERR_OK);
	CU_ASSERT_TRUE(!o.keep_over_limit && !o.keep_mtime && o.keep_mode);
	CU_ASSERT_EQUAL(parse("create|--verbose|a"), ERR_OK);
	CU_ASSERT_TRUE(o.verbose);
	CU_ASSERT_EQUAL(parse("create|-v|a"), ERR_OK);
	CU_ASSERT_TRUE(o.verbose);
	/* Of --json and --tsv the last one holds. */
	CU_ASSERT_EQUAL(parse("list|--json|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.format, FORMAT_JSON);
	CU_ASSERT_EQUAL(parse("list|--json|f|--tsv"), ERR_OK);
	CU_ASSERT_EQUAL(o.format, FORMAT_TSV);
	CU_ASSERT_EQUAL(parse("list|--tsv|--json|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.format, FORMAT_JSON);
	/* So it is with --blocks and --tensors. */
	CU_ASSERT_EQUAL(parse("list|--blocks|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.view, VIEW_BLOCKS);
	CU_ASSERT_EQUAL(parse("list|--blocks|--tsv|f|--tensors"), ERR_OK);
	CU_ASSERT_EQUAL(o.view, VIEW_TENSORS);
	CU_ASSERT_EQUAL(o.format, FORMAT_TSV);
	refused("create|--keep-mtime=yes|a", "--keep-mtime=yes", "no value");
	refused("create|--verbose=1|a", "--verbose=1", "no value");
	refused("list|--json=|f", "--json=", "no value");
	refused("help|--help=x", "--help=x", "no value");
	drop();
}

static void
sizes(void)
{
	static const char *const bad[] = { "0", "-1", "+1", "", " 1", "1 ",
	    "16M", "16Mb", "16mb", "MB", "1.5MB", "0x10", "0B", "0KiB",
	    "18446744073709551616", "20000PiB", "many" };
	char line[100];
	size_t i;

	CU_ASSERT_EQUAL(parse("create|--limit|16MB|a"), ERR_OK);
	CU_ASSERT_TRUE(o.has_limit);
	CU_ASSERT_EQUAL(o.limit, 16000000);
	CU_ASSERT_EQUAL(o.memory, 0);
	CU_ASSERT_EQUAL(parse("create|--limit=16MiB|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.limit, 16777216);
	CU_ASSERT_EQUAL(parse("create|--limit=18446744073709551615|a"),
	    ERR_OK);
	CU_ASSERT_TRUE(o.has_limit);
	CU_ASSERT_EQUAL(o.limit, UINT64_MAX);
	CU_ASSERT_EQUAL(parse("create|--limit=1|--limit=2B|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.limit, 2);
	CU_ASSERT_EQUAL(parse("check|--memlimit|1GiB|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.memory, 1073741824);
	CU_ASSERT_FALSE(o.has_limit);
	CU_ASSERT_EQUAL(parse("create|--memlimit=500kB|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.memory, 500000);
	for (i = 0; i < HARNESS_COUNT(bad); i++) {
		snprintf(line, sizeof(line), "create|--limit=%s|a", bad[i]);
		refused(line, "--limit", bad[i]);
		snprintf(line, sizeof(line), "list|--memlimit|%s|a", bad[i]);
		refused(line, "--memlimit", bad[i]);
	}
	drop();
}

static void
threads(void)
{
	static const char *const bad[] = { "257", "-1", "", "1x", "0x1",
	    "1 ", "auto", "99999999999999999999" };
	char line[100];
	unsigned int n;
	size_t i;

	CU_ASSERT_EQUAL(parse("create|a"), ERR_OK);
	n = o.n_threads;
	CU_ASSERT_EQUAL(parse("create|-T|0|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.n_threads, n);
	CU_ASSERT_EQUAL(parse("create|-T1|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.n_threads, 1);
	CU_ASSERT_EQUAL(parse("list|f|-T|256"), ERR_OK);
	CU_ASSERT_EQUAL(o.n_threads, 256);
	CU_ASSERT_EQUAL(parse("extract|--threads=3|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.n_threads, 3);
	CU_ASSERT_EQUAL(parse("cat|--threads|4|f|m"), ERR_OK);
	CU_ASSERT_EQUAL(o.n_threads, 4);
	for (i = 0; i < HARNESS_COUNT(bad); i++) {
		snprintf(line, sizeof(line), "create|--threads=%s|a",
		    bad[i]);
		refused(line, "--threads", bad[i]);
		refused(line, "0 to 256", "");
	}
	drop();
}

static void
words(void)
{
	static const char *const targets[] = { "any", "embedded", "xz-5.0",
	    "xz-5.4" };
	static const char *const whens[] = { "auto", "always", "never" };
	static const struct {
		const char *name;
		lzma_check check;
	} checks[] = {
		{ "none", LZMA_CHECK_NONE }, { "crc32", LZMA_CHECK_CRC32 },
		{ "crc64", LZMA_CHECK_CRC64 },
		{ "sha256", LZMA_CHECK_SHA256 },
	};
	char line[100];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(targets); i++) {
		snprintf(line, sizeof(line), "create|--target|%s|a",
		    targets[i]);
		CU_ASSERT_EQUAL(parse(line), ERR_OK);
		CU_ASSERT_EQUAL(o.target, (enum chain_target)i);
	}
	for (i = 0; i < HARNESS_COUNT(checks); i++) {
		snprintf(line, sizeof(line), "create|--check=%s|a",
		    checks[i].name);
		CU_ASSERT_EQUAL(parse(line), ERR_OK);
		CU_ASSERT_EQUAL(o.check, checks[i].check);
	}
	for (i = 0; i < HARNESS_COUNT(whens); i++) {
		snprintf(line, sizeof(line), "check|--progress=%s|f",
		    whens[i]);
		CU_ASSERT_EQUAL(parse(line), ERR_OK);
		CU_ASSERT_EQUAL(o.progress, (enum options_progress)i);
	}
	refused("create|--target=xz|a", "--target 'xz'", "xz-5.4");
	refused("create|--target=|a", "--target ''", "embedded");
	refused("create|--target=ANY|a", "'ANY'", "any");
	refused("create|--check=md5|a", "--check 'md5'", "sha256");
	refused("create|--check=crc|a", "--check 'crc'", "crc64");
	refused("list|--progress=yes|f", "--progress 'yes'", "always");
	refused("list|--progress=|f", "--progress ''", "never");
	drop();
}

static void
chains(void)
{
	CU_ASSERT_EQUAL(parse("create|--chain|*.bin=lzma2:lc=0,lp=2|a|"
	    "--chain=b/*=delta:dist=2 lzma2:preset=1"), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(o.n_chains, 2);
	CU_ASSERT_STRING_EQUAL(o.chains[0].pattern, "*.bin");
	CU_ASSERT_EQUAL(o.chains[0].chain.n_pre, 0);
	CU_ASSERT_EQUAL(o.chains[0].chain.lzma.lc, 0);
	CU_ASSERT_EQUAL(o.chains[0].chain.lzma.lp, 2);
	/* In the order given; the pattern ends at the first '='. */
	CU_ASSERT_STRING_EQUAL(o.chains[1].pattern, "b/*");
	CU_ASSERT_EQUAL(o.chains[1].chain.n_pre, 1);
	CU_ASSERT_EQUAL(o.chains[1].chain.pre[0].dist, 2);
	CU_ASSERT_STRING_EQUAL(o.operands[0], "a");
	CU_ASSERT_EQUAL(parse("create|--chain|x=9e|a"), ERR_OK);
	CU_ASSERT_EQUAL(o.n_chains, 1);
	CU_ASSERT_EQUAL(o.chains[0].chain.lzma.nice_len, 273);
	refused("create|--chain|lzma2|a", "--chain 'lzma2'",
	    "PATTERN=CHAIN");
	refused("create|--chain|=lzma2|a", "--chain '=lzma2'",
	    "PATTERN=CHAIN");
	refused("create|--chain||a", "--chain ''", "PATTERN=CHAIN");
	refused("create|--chain|x=|a", "--chain for 'x'", "chain");
	refused("create|--chain|x=bogus|a", "--chain for 'x'", "bogus");
	refused("create|--chain|x=delta|a", "--chain for 'x'", "delta");
	refused("create|--chain|x=lzma2:lc=9|a", "--chain for 'x'", "lc=9");
	/* What was good before is freed. */
	refused("create|--chain=x=6|--chain=y=7|--chain=z=bogus|a",
	    "--chain for 'z'", "bogus");
	drop();
}

/* --- of those that read --- */

/* Each option alone sets what it shall, and nothing else. */
static void
rules(void)
{
	CU_ASSERT_EQUAL(parse("extract|--links=in-tree|f"), ERR_OK);
	CU_ASSERT_TRUE(o.rules.links && !o.rules.weak);
	CU_ASSERT_EQUAL(parse("check|--names|any|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.rules.names, NAME_ANY);
	CU_ASSERT_FALSE(o.rules.links);
	CU_ASSERT_EQUAL(parse("check|--names=any|--names=strict|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.rules.names, NAME_STRICT);
	CU_ASSERT_EQUAL(parse("cat|--multi-stream|f|m"), ERR_OK);
	CU_ASSERT_TRUE(o.rules.xz.multi_stream && !o.rules.xz.unchecked);
	CU_ASSERT_EQUAL(parse("check|f|--allow-unchecked"), ERR_OK);
	CU_ASSERT_TRUE(!o.rules.xz.multi_stream && o.rules.xz.unchecked);
	CU_ASSERT_EQUAL(parse("list|f|--allow-weak-sandbox"), ERR_OK);
	CU_ASSERT_TRUE(o.rules.weak && !o.rules.links);
	refused("extract|--links=all|f", "--links 'all'", "in-tree");
	refused("extract|--links=|f", "--links ''", "in-tree");
	refused("extract|--links=IN-TREE|f", "--links 'IN-TREE'", "not");
	refused("extract|--links|in-tree", "usage: xzbundle extract", "FILE");
	refused("check|--names=all|f", "--names 'all'", "strict or any");
	refused("check|--names=|f", "--names ''", "strict or any");
	refused("check|--multi-stream=1|f", "--multi-stream=1", "no value");
	refused("check|--allow-unchecked=|f", "unchecked=", "no value");
	refused("list|--allow-weak-sandbox=1|f", "sandbox=1", "no value");
	drop();
}

static void
extracting(void)
{
	CU_ASSERT_EQUAL(parse("extract|--into|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.mode, STAGE_INTO);
	CU_ASSERT_FALSE(o.mtime);
	CU_ASSERT_EQUAL(parse("extract|--replace|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.mode, STAGE_REPLACE);
	refused("extract|--replace|f|--into", "--into", "--replace");
	refused("extract|--into|--replace|f", "--into", "--replace");
	CU_ASSERT_EQUAL(parse("extract|--mtime|f"), ERR_OK);
	CU_ASSERT_TRUE(o.mtime);
	CU_ASSERT_EQUAL(o.mode, STAGE_NEW);
	CU_ASSERT_EQUAL(parse("extract|--each|d|f|g"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.each, "d");
	CU_ASSERT_EQUAL(o.n_operands, 2);
	CU_ASSERT_PTR_NULL(o.manifest);
	CU_ASSERT_EQUAL(parse("extract|--manifest=m.json|f"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.manifest, "m.json");
	CU_ASSERT_PTR_NULL(o.each);
	CU_ASSERT_EQUAL(parse("create|--strict|a"), ERR_OK);
	CU_ASSERT_TRUE(o.strict && !o.verbose);
	refused("extract|--into=d|f", "--into=d", "no value");
	refused("extract|--replace=d|f", "--replace=d", "no value");
	refused("extract|--mtime=1|f", "--mtime=1", "no value");
	refused("extract|f|--each", "--each", "needs a value");
	refused("extract|f|--manifest", "--manifest", "needs a value");
	refused("create|--strict=1|a", "--strict=1", "no value");
	CU_ASSERT_EQUAL(parse("--self-test"), ERR_OK);
	CU_ASSERT_EQUAL(o.command, COMMAND_SELF_TEST);
	refused("extract|--self-test|f", "--self-test", "not an option of");
	drop();
}

/* Are all limits but one what they were? */
static bool
only(enum limit_id id, uint64_t value)
{
	struct limits l;

	limits_init(&l);
	if (o.rules.limits.max[id] != value)
		return false;
	l.max[id] = value;
	return memcmp(l.max, o.rules.limits.max, sizeof(l.max)) == 0;
}

static void
limit_options(void)
{
	static const struct {
		const char *name;
		enum limit_id id;
		bool bytes, zero;
	} rows[] = {
		{ "max-bundle", LIMIT_BUNDLE, true, false },
		{ "max-total", LIMIT_TOTAL, true, true },
		{ "max-member", LIMIT_MEMBER, true, true },
		{ "max-members", LIMIT_MEMBERS, false, false },
		{ "max-depth", LIMIT_DEPTH, false, false },
		{ "max-path", LIMIT_PATH, true, false },
		{ "max-component", LIMIT_COMPONENT, true, false },
		{ "max-pax", LIMIT_PAX, true, true },
		{ "max-ratio", LIMIT_RATIO, false, false },
		{ "max-time", LIMIT_TIME, false, false },
		{ "memlimit", LIMIT_MEMORY, true, false },
	};
	static const char *const bad[] = { "", "-1", "+1", "x", "1x", " 1",
	    "1.5", "18446744073709551616", "0x10" };
	char line[100];
	size_t i, k;

	CU_ASSERT_EQUAL(HARNESS_COUNT(rows), LIMIT_N);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		snprintf(line, sizeof(line), "check|--%s=77|f", rows[i].name);
		CU_ASSERT_EQUAL(parse(line), ERR_OK);
		CU_ASSERT_TRUE(only(rows[i].id, 77));
		snprintf(line, sizeof(line), "extract|f|--%s|1|--%s|78",
		    rows[i].name, rows[i].name);
		CU_ASSERT_EQUAL(parse(line), ERR_OK);
		CU_ASSERT_TRUE(only(rows[i].id, 78));
		snprintf(line, sizeof(line), "check|--%s=2KiB|f",
		    rows[i].name);
		if (!rows[i].bytes)
			refused(line, rows[i].name, "2KiB");
		else
			CU_ASSERT_TRUE(parse(line) == ERR_OK &&
			    only(rows[i].id, 2048));
		snprintf(line, sizeof(line), "check|--%s=0|f", rows[i].name);
		if (!rows[i].zero)
			refused(line, rows[i].name, "0");
		else
			CU_ASSERT_TRUE(parse(line) == ERR_OK &&
			    only(rows[i].id, 0));
		for (k = 0; k < HARNESS_COUNT(bad); k++) {
			snprintf(line, sizeof(line), "check|--%s=%s|f",
			    rows[i].name, bad[k]);
			refused(line, rows[i].name, bad[k]);
		}
	}
	drop();
}

/* The later of a file and an option counts. */
static void
limit_file(void)
{
	static const char good[] = "{ \"format\": \"xzbundle-limits\", "
	    "\"version\": 1, \"max_total\": 5, \"max_depth\": 6, "
	    "\"allow\": [\"*.py\"], \"require\": [\"a.py\", \"b.py\"] }";

	harness_write("good", good, strlen(good));
	harness_write("bad", "{}", 2);
	CU_ASSERT_EQUAL(parse("check|--max-depth=7|--limits=good|f|"
	    "--max-total=8"), ERR_OK);
	CU_ASSERT_EQUAL(o.rules.limits.max[LIMIT_TOTAL], 8);
	CU_ASSERT_EQUAL(o.rules.limits.max[LIMIT_DEPTH], 6);
	CU_ASSERT_EQUAL_FATAL(o.rules.limits.n_allow, 1);
	CU_ASSERT_STRING_EQUAL(o.rules.limits.allow[0], "*.py");
	CU_ASSERT_EQUAL(o.rules.limits.n_require, 2);
	CU_ASSERT_EQUAL(parse("extract|f|--limits|good|--limits|good"),
	    ERR_OK);
	CU_ASSERT_EQUAL(o.rules.limits.n_require, 2);
	refused("check|--limits=bad|f", "bad: ", "xzbundle-limits");
	CU_ASSERT_EQUAL(parse("check|--limits=none|f"), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "none"));
	drop();
	CU_ASSERT_EQUAL(o.rules.limits.n_require, 0);
}

/* Every option that takes a value, as the last word. */
static void
missing(void)
{
	static const struct {
		const char *command;
		const char *option;
	} lines[] = {
		{ "create", "-C" }, { "create", "--directory" },
		{ "extract", "-C" }, { "create", "-o" },
		{ "create", "--output" }, { "create", "--chain" },
		{ "create", "--target" }, { "create", "--check" },
		{ "create", "--limit" }, { "list", "-T" },
		{ "cat", "--threads" }, { "check", "--memlimit" },
		{ "extract", "--progress" }, { "create", "-vo" },
		{ "extract", "--links" }, { "check", "--names" },
		{ "check", "--limits" }, { "extract", "--max-total" },
		{ "list", "--max-time" }, { "extract", "--each" },
		{ "extract", "--manifest" }, { "report", "--html" },
		{ "report", "--svg" },
	};
	char line[100];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(lines); i++) {
		snprintf(line, sizeof(line), "%s|a|%s", lines[i].command,
		    lines[i].option);
		refused(line, lines[i].option, "needs a value");
		snprintf(line, sizeof(line), "%s|%s", lines[i].command,
		    lines[i].option);
		refused(line, lines[i].option, "needs a value");
	}
	drop();
}

static void
unknown(void)
{
	refused("create|--bogus|a", "--bogus", "unknown option");
	refused("create|a|b|--bogus", "--bogus", "unknown option");
	refused("create|--bogus=1|a", "--bogus=1", "unknown option");
	refused("create|-x|a", "-x", "unknown option");
	refused("create|-xv|a", "-x", "unknown option");
	refused("create|-vx|a", "-x", "unknown option");
	refused("create|-?|a", "-?", "unknown option");
	refused("create|-:|a", "-:", "unknown option");
	refused("create|-limit|16|a", "-l", "unknown option");
	/* It is the option that is named, not the word before it. */
	refused("create|-\xC3\xA9|a", "-\xC3", "unknown option");
	refused("create|-\xFF|a", "-\xFF", "unknown option");
	drop();
}

/* Each command has its own options. */
static void
other_commands(void)
{
	static const char *const all[] = { "create", "list", "extract",
	    "check", "cat", "report" };
	static const struct {
		const char *option;
		const char *users;	/* a letter each, as below */
	} options[] = {
		{ "--directory=x", "ce" }, { "-Cx", "ce" },
		{ "--output=x", "c" }, { "--chain=x=6", "c" },
		{ "--target=any", "c" }, { "--check=none", "c" },
		{ "--limit=5", "cr" }, { "--keep-over-limit", "c" },
		{ "--keep-mtime", "c" }, { "--keep-mode", "c" },
		{ "--verbose", "ck" }, { "-v", "ck" }, { "--json", "lekr" },
		{ "--strict", "c" }, { "--into", "e" }, { "--replace", "e" },
		{ "--each=d", "e" }, { "--manifest=m", "e" },
		{ "--mtime", "e" }, { "--links=in-tree", "ek" },
		{ "--names=any", "ek" }, { "--multi-stream", "ekt" },
		{ "--allow-unchecked", "ekt" },
		{ "--allow-weak-sandbox", "lektr" }, { "--limits=l", "ek" },
		{ "--max-bundle=1", "ek" }, { "--max-total=1", "ekt" },
		{ "--max-member=1", "ekt" }, { "--max-members=1", "ek" },
		{ "--max-depth=1", "ek" }, { "--max-path=1", "ek" },
		{ "--max-component=1", "ek" }, { "--max-pax=1", "ek" },
		{ "--max-ratio=1", "ek" }, { "--max-time=1", "lektr" },
		{ "--html=x", "r" }, { "--svg=x", "r" },
		{ "--tsv", "l" }, { "--blocks", "l" },
		{ "--tensors", "l" }, { "--threads=1", "clektr" },
		{ "--memlimit=1", "clektr" }, { "--progress=never", "clektr" },
		{ "--help", "clektr" }, { "--version", "clektr" },
	};
	static const char limits[] = "{ \"format\": \"xzbundle-limits\", "
	    "\"version\": 1 }";
	char line[100];
	size_t i, k;

	harness_write("l", limits, strlen(limits));
	for (i = 0; i < HARNESS_COUNT(options); i++)
	for (k = 0; k < HARNESS_COUNT(all); k++) {
		snprintf(line, sizeof(line), "%s|f%s|%s", all[k],
		    k == 4 ? "|m" : "", options[i].option);
		if (strchr(options[i].users, "clektr"[k]) == NULL)
			refused(line, "not an option of", all[k]);
		else
			CU_ASSERT_EQUAL(parse(line), ERR_OK);
	}
	drop();
}

/* Operands and options in any order; "--" ends the options. */
static void
operands(void)
{
	CU_ASSERT_EQUAL(parse("extract|f|-C|d|m|--threads=1|n"), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(o.n_operands, 3);
	CU_ASSERT_STRING_EQUAL(o.operands[0], "f");
	CU_ASSERT_STRING_EQUAL(o.operands[1], "m");
	CU_ASSERT_STRING_EQUAL(o.operands[2], "n");
	CU_ASSERT_STRING_EQUAL(o.directory, "d");
	CU_ASSERT_EQUAL(parse("create|-v|--|-o|--json"), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(o.n_operands, 2);
	CU_ASSERT_STRING_EQUAL(o.operands[0], "-o");
	CU_ASSERT_STRING_EQUAL(o.operands[1], "--json");
	CU_ASSERT_PTR_NULL(o.output);
	CU_ASSERT_EQUAL(parse("create|a|--|--|-v"), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(o.n_operands, 3);
	CU_ASSERT_STRING_EQUAL(o.operands[1], "--");
	CU_ASSERT_STRING_EQUAL(o.operands[2], "-v");
	CU_ASSERT_FALSE(o.verbose);
	/* A dash alone is a file, and so is an empty word. */
	CU_ASSERT_EQUAL(parse("list|-"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.operands[0], "-");
	CU_ASSERT_EQUAL(parse("list||--json"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.operands[0], "");
	refused("list|--", "usage: xzbundle list ", "FILE");
	drop();
}

/* Long options may be cut as long as they are unique. */
static void
abbreviated(void)
{
	CU_ASSERT_EQUAL(parse("create|--out=x|--keep-mt|--verb|a"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(o.output, "x");
	CU_ASSERT_TRUE(o.keep_mtime && o.verbose && !o.keep_mode);
	CU_ASSERT_EQUAL(parse("list|--j|f"), ERR_OK);
	CU_ASSERT_EQUAL(o.format, FORMAT_JSON);
	refused("create|--keep-m|a", "--keep-m", "unknown option");
	refused("create|--ch=none|a", "--ch=none", "unknown option");
	refused("create|--j|a", "--json", "not an option of");
	drop();
}

/* Where help is asked for, and on what. */
static void
help_asked(void)
{
	static const struct {
		const char *line;
		int topic;
	} lines[] = {
		{ "help", -1 }, { "--help", -1 }, { "-h", -1 },
		{ "help|create", COMMAND_CREATE }, { "-h|cat", COMMAND_CAT },
		{ "--help|list", COMMAND_LIST }, { "help|help",
		    COMMAND_HELP }, { "create|--help", COMMAND_CREATE },
		{ "create|a|b|-h", COMMAND_CREATE },
		{ "list|-h", COMMAND_LIST }, { "extract|-h|x",
		    COMMAND_EXTRACT }, { "cat|--help", COMMAND_CAT },
		{ "check|-T1|--help", COMMAND_CHECK },
		{ "check|-hh", COMMAND_CHECK },
	};
	static const char *const versions[] = { "--version|--json",
	    "--json|--version", "-V|--json", "--json|-V",
	    "list|--json|--version|f" };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(lines); i++) {
		CU_ASSERT_EQUAL(parse(lines[i].line), ERR_OK);
		CU_ASSERT_EQUAL(o.command, COMMAND_HELP);
		CU_ASSERT_EQUAL(o.topic, lines[i].topic);
	}
	CU_ASSERT_EQUAL(parse("completion|--help"), ERR_OK);
	CU_ASSERT_EQUAL(o.topic, COMMAND_COMPLETION);
	refused("completion|--progress=never|zsh", "--progress", "not an");
	refused("help|bogus", "bogus", "no such command");
	refused("help|creat", "creat", "did you mean 'create'");
	refused("help|create|list", "usage: xzbundle help", "COMMAND");
	refused("help|--bogus", "--bogus", "unknown option");
	CU_ASSERT_EQUAL(parse("--version"), ERR_OK);
	CU_ASSERT_EQUAL(o.command, COMMAND_VERSION);
	CU_ASSERT_EQUAL(parse("-V"), ERR_OK);
	CU_ASSERT_EQUAL(o.command, COMMAND_VERSION);
	CU_ASSERT_EQUAL(parse("create|--version"), ERR_OK);
	CU_ASSERT_EQUAL(o.command, COMMAND_VERSION);
	CU_ASSERT_EQUAL(parse("cat|-V|x"), ERR_OK);
	CU_ASSERT_EQUAL(o.command, COMMAND_VERSION);
	CU_ASSERT_EQUAL(o.format, FORMAT_TEXT);
	for (i = 0; i < HARNESS_COUNT(versions); i++) {
		CU_ASSERT_EQUAL(parse(versions[i]), ERR_OK);
		CU_ASSERT_EQUAL(o.command, COMMAND_VERSION);
		CU_ASSERT_EQUAL(o.format, FORMAT_JSON);
	}
	refused("--json", "--json", "no such command");
	refused("--json|list", "--json", "no such command");
	drop();
}

/* The help on a topic has what is wanted, in lines that fit. */
static void
help_has(int topic, const char *const *wanted, size_t n)
{
	struct err bad = ERR_INIT;
	const char *p;
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 16);
	CU_ASSERT_EQUAL(options_help(topic, &b, &bad), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&b, "", 1, &bad), ERR_OK);
	CU_ASSERT_TRUE_FATAL(b.size > 2);
	CU_ASSERT_EQUAL(b.data[b.size - 2], '\n');
	for (i = 0; i < n; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, wanted[i]));
	for (p = (const char *)b.data; *p != '\0'; p += i + 1) {
		i = strcspn(p, "\n");
		CU_ASSERT_TRUE(i <= COLUMNS);
	}
	buf_free(&b);
}

static void
help_text(void)
{
	static const char *const all[] = { "Usage: xzbundle COMMAND",
	    "  create ", "  list ", "  extract ", "  check ", "  cat ",
	    "  help ", "-C, --directory DIR ", "-o, --output OUT ",
	    "--chain PATTERN=CHAIN ", "--target NAME ", "--check NAME ",
	    "--limit BYTES ", "--keep-over-limit ", "--keep-mtime ",
	    "--keep-mode ", "--json ", "--tsv ", "-T, --threads N ",
	    "--memlimit BYTES ", "--progress WHEN ", "-v, --verbose ",
	    "-h, --help ", "-V, --version ", "Exit status:" };
	static const char *const list[] = { "Usage: xzbundle list [",
	    "--blocks ", "--tensors ", "--json ", "--tsv ", "--threads N ",
	    "--help " };
	static const char *const help[] = { "Usage: xzbundle help " };
	struct err full = ERR_INIT;
	struct buf b;
	int topic;

	help_has(-1, all, HARNESS_COUNT(all));
	help_has(COMMAND_LIST, list, HARNESS_COUNT(list));
	help_has(COMMAND_HELP, help, 1);
	/* What is no command gets the overview. */
	help_has(COMMAND_VERSION, all, HARNESS_COUNT(all));
	for (topic = COMMAND_CREATE; topic <= COMMAND_HELP; topic++)
		help_has(topic, NULL, 0);
	/* An option of others is not among those of list. */
	buf_init(&b, 1 << 16);
	CU_ASSERT_EQUAL(options_help(COMMAND_LIST, &b, &full), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&b, "", 1, &full), ERR_OK);
	CU_ASSERT_PTR_NULL(strstr((char *)b.data, "--output"));
	buf_free(&b);
	buf_init(&b, 100);
	CU_ASSERT_EQUAL(options_help(-1, &b, &full), ERR_FAIL);
	buf_free(&b);
}

static void
packings(void)
{
	CU_ASSERT_EQUAL(parse("create|a"), ERR_OK);
	CU_ASSERT_FALSE(o.pack);
	CU_ASSERT_EQUAL(parse("create|--pack|a"), ERR_OK);
	CU_ASSERT_TRUE(o.pack);
	CU_ASSERT_EQUAL(o.n_packings, 0);
	/* The name of the packing is behind the last '='. */
	CU_ASSERT_EQUAL(parse("create|--packing|a.*=rans|--packing=b=c=none|a"),
	    ERR_OK);
	CU_ASSERT_TRUE(o.pack);
	CU_ASSERT_EQUAL(o.n_packings, 2);
	CU_ASSERT_STRING_EQUAL(o.packings[0].pattern, "a.*");
	CU_ASSERT_STRING_EQUAL(o.packings[0].packing->name, "rans");
	CU_ASSERT_STRING_EQUAL(o.packings[1].pattern, "b=c");
	CU_ASSERT_PTR_NULL(o.packings[1].packing);
	CU_ASSERT_EQUAL(parse("pack|--raw|--dtype|I8|--shape=2,3|a|-o|b"),
	    ERR_OK);
	CU_ASSERT_TRUE(o.raw);
	CU_ASSERT_STRING_EQUAL(o.dtype, "I8");
	CU_ASSERT_STRING_EQUAL(o.shape, "2,3");
	refused("pack|--packing|rans|a", "--packing 'rans'", "TENSOR=NAME");
	refused("pack|--packing|=rans|a", "--packing '=rans'", "TENSOR=NAME");
	refused("pack|--packing|x=|a", "--packing 'x='", "TENSOR=NAME");
	refused("pack|--packing|x=lzma|a", "--packing 'x=lzma'", "base3");
	refused("extract|--packing|x=rans|a", "--packing", "not an option");
	drop();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "commands", commands },
		{ "defaults", defaults },
		{ "directory and output", strings },
		{ "flags", flags },
		{ "sizes", sizes },
		{ "threads", threads },
		{ "words", words },
		{ "packings", packings },
		{ "chains", chains },
		{ "rules of reading", rules },
		{ "where to, and what else", extracting },
		{ "limits", limit_options },
		{ "a file of limits", limit_file },
		{ "values missing", missing },
		{ "unknown options", unknown },
		{ "options of other commands", other_commands },
		{ "operands", operands },
		{ "abbreviations", abbreviated },
		{ "help and version asked for", help_asked },
		{ "text of help", help_text },
	};

	/* getopt(3) stops at the first operand where this is set. */
	(void)unsetenv("POSIXLY_CORRECT");
	return harness_run("options", tests, HARNESS_COUNT(tests));
}
