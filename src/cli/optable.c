#include "cli/optable.h"

/* What is left out at the end of a row is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* Commands, by the bits of an option's mask. */
#define C (1U << COMMAND_CREATE)
#define L (1U << COMMAND_LIST)
#define E (1U << COMMAND_REPORT)
#define X (1U << COMMAND_EXTRACT)
#define K (1U << COMMAND_CHECK)
#define T (1U << COMMAND_CAT)
#define P (1U << COMMAND_PACK)
#define U (1U << COMMAND_UNPACK)
#define O (1U << COMMAND_LOADER)
#define R (1U << COMMAND_REPACK)
#define MAKE (C | R)
#define M (1U << COMMAND_COMPARE)
#define S (1U << COMMAND_COMPLETION)
#define READ (L | E | X | K | T)
#define ALL OPTABLE_ALL
#define WORK (ALL & ~S)		/* those that take time */

const struct optable_command optable_commands[] = {
	[COMMAND_CREATE] = { "create", "[-C DIR] [-o OUT] [options] PATH...",
	    "Bundle files and folders into one .tar.xz.",
	    1, SIZE_MAX, OPTABLE_FILE, OPTABLE_FILE },
	[COMMAND_LIST] = { "list",
	    "[--blocks | --tensors] [--json | --tsv] FILE",
	    "Show what each member costs, to the last byte.",
	    1, 1, OPTABLE_BUNDLE, OPTABLE_NONE },
	[COMMAND_REPORT] = { "report",
	    "[--html OUT] [--svg OUT] [--json] FILE",
	    "Show where the bytes go: a summary, a page, a picture.",
	    1, 1, OPTABLE_BUNDLE, OPTABLE_NONE },
	[COMMAND_EXTRACT] = { "extract",
	    "FILE [-C DIR] [MEMBER...] | --each DIR FILE...",
	    "Extract all, or the members named.",
	    1, SIZE_MAX, OPTABLE_BUNDLE, OPTABLE_MEMBER },
	[COMMAND_CHECK] = { "check", "FILE",
	    "Do all that extract does, but write; list what is wrong.",
	    1, 1, OPTABLE_BUNDLE, OPTABLE_NONE },
	[COMMAND_CAT] = { "cat", "FILE MEMBER",
	    "Write one member to standard output.",
	    2, 2, OPTABLE_BUNDLE, OPTABLE_MEMBER },
	[COMMAND_REPACK] = { "repack", "IN -o OUT",
	    "Make a bundle of any archive, with chains planned anew.",
	    1, 1, OPTABLE_FILE, OPTABLE_NONE },
	[COMMAND_PACK] = { "pack",
	    "IN -o OUT [--raw --dtype TYPE --shape N,...]",
	    "Pack the tensors of a safetensors file.",
	    1, 1, OPTABLE_FILE, OPTABLE_NONE },
	[COMMAND_UNPACK] = { "unpack", "IN -o OUT",
	    "Give back the original of a packed safetensors file.",
	    1, 1, OPTABLE_FILE, OPTABLE_NONE },
	[COMMAND_LOADER] = { "loader", "[--for FILE]",
	    "Print Python that reads packed safetensors files.",
	    0, 0, OPTABLE_NONE, OPTABLE_NONE },
	[COMMAND_COMPARE] = { "compare",
	    "PATH|BUNDLE... [--tensors | --total] [--codec NAME]...",
	    "Show what chains and other codecs make of it.",
	    1, SIZE_MAX, OPTABLE_FILE, OPTABLE_FILE },
	[COMMAND_COMPLETION] = { "completion", "bash | zsh | fish",
	    "Print a script that completes command lines in that shell.",
	    1, 1, OPTABLE_WORDS, OPTABLE_NONE, "bash zsh fish" },
	[COMMAND_HELP] = { "help", "[COMMAND]", "Show help.",
	    0, 1, OPTABLE_COMMAND, OPTABLE_NONE },
};

const size_t optable_n_commands =
    sizeof(optable_commands) / sizeof(optable_commands[0]);

const struct optable_option optable[] = {
	{ "directory", 'C', "DIR", C | X | M, OPT_DIRECTORY,
	    "names are relative to DIR; extract: into DIR",
	    OPTABLE_DIRECTORY },
	{ "output", 'o', "OUT", MAKE | P | U, OPT_OUTPUT,
	    "the bundle, or file; '-' is standard output", OPTABLE_FILE },
	{ "chain", 0, "PATTERN=CHAIN", MAKE | M, OPT_CHAIN,
	    "force a filter chain on members; compare: a\n"
	    "                            CHAIN alone, one more column",
	    OPTABLE_NONE, NULL, true },
	{ "chains", 0, "FILE", M, OPT_CHAINS,
	    "the chains of a file, a column each", OPTABLE_FILE },
	{ "codec", 0, "NAME", M, OPT_CODEC,
	    "only these columns, such as brotli, zstd-19, xz-9e",
	    OPTABLE_WORDS, "zlib bzip2 zstd brotli xz-6 xz-9 xz-9e delta bcj "
	    "xzbundle packed default", true },
	{ "baseline", 0, "NAME", M, OPT_BASELINE,
	    "what percentages are of (zlib)", OPTABLE_WORDS,
	    "zlib bzip2 zstd brotli xz-6 xz-9 xz-9e delta bcj xzbundle "
	    "packed" },
	{ "pack", 0, NULL, C, OPT_PACK,
	    "pack the tensors of safetensors files" },
	{ "packing", 0, "TENSOR=NAME", C | P, OPT_PACKING,
	    "pack these by bits, base3, bitmask, rans,\n"
	    "                            planes or none", OPTABLE_PAIR,
	    "bits base3 bitmask rans planes none", true },
	{ "raw", 0, NULL, P, OPT_RAW, "the file is a bare array" },
	{ "dtype", 0, "TYPE", P, OPT_DTYPE,
	    "of the bare array, such as I8 or BF16", OPTABLE_WORDS,
	    "F64 F32 F16 BF16 F8_E4M3 F8_E5M2 F8_E8M0 F8_E4M3FNUZ "
	    "F8_E5M2FNUZ F6_E2M3 F6_E3M2 F4 "
	    "I64 I32 I16 I8 U64 U32 U16 U8 BOOL C64" },
	{ "shape", 0, "N,...", P, OPT_SHAPE,
	    "of the bare array, such as 512,1536", OPTABLE_NONE },
	{ "target", 0, "NAME", MAKE | M, OPT_TARGET,
	    "who must read it: any, embedded, xz-5.0, xz-5.4", OPTABLE_WORDS,
	    "any embedded xz-5.0 xz-5.4" },
	{ "effort", 0, "LEVEL", MAKE, OPT_EFFORT,
	    "how hard to search: fast, default, max",
	    OPTABLE_WORDS, "fast default max" },
	{ "order", 0, "ORDER", MAKE, OPT_ORDER,
	    "of members: kind, name, given",
	    OPTABLE_WORDS, "kind name given" },
	{ "random-access", 0, NULL, MAKE, OPT_RANDOM_ACCESS,
	    "begin a Block with each member" },
	{ "plan", 0, "FILE", C, OPT_PLAN, "follow the plan in FILE",
	    OPTABLE_FILE },
	{ "plan-out", 0, "FILE", C, OPT_PLAN_OUT,
	    "write the plan that was followed to FILE", OPTABLE_FILE },
	{ "check", 0, "NAME", MAKE, OPT_CHECK,
	    "integrity check: none, crc32, crc64, sha256", OPTABLE_WORDS,
	    "none crc32 crc64 sha256" },
	{ "limit", 0, "BYTES", MAKE | E, OPT_LIMIT,
	    "fail with status 3 when the bundle is larger", OPTABLE_NONE },
	{ "keep-over-limit", 0, NULL, MAKE, OPT_KEEP_OVER_LIMIT,
	    "keep a bundle that is over the limit" },
	{ "keep-mtime", 0, NULL, MAKE, OPT_KEEP_MTIME,
	    "store modification times" },
	{ "keep-mode", 0, NULL, MAKE, OPT_KEEP_MODE,
	    "store all permission bits" },
	{ "strict", 0, NULL, MAKE, OPT_STRICT,
	    "refuse what extract would refuse" },
	{ "blocks", 0, NULL, L, OPT_BLOCKS, "a row for each Block" },
	{ "tensors", 0, NULL, L | M, OPT_TENSORS, "a row for each tensor" },
	{ "total", 0, NULL, M, OPT_TOTAL, "the bundle alone" },
	{ "best", 0, NULL, M, OPT_BEST,
	    "a line a row: the smallest" },
	{ "sort", 0, "KEY", M, OPT_SORT,
	    "by size, encode, decode, memory, or as given",
	    OPTABLE_WORDS, "size encode decode memory given" },
	{ "html", 0, "OUT", E | M, OPT_HTML,
	    "write a page; '-' is standard output", OPTABLE_FILE },
	{ "svg", 0, "OUT", E, OPT_SVG,
	    "write a treemap; '-' is standard output", OPTABLE_FILE },
	{ "json", 0, NULL, L | E | X | K | P | M, OPT_JSON, "print JSON" },
	{ "tsv", 0, NULL, L | P | M, OPT_TSV, "print tab-separated values" },
	{ "into", 0, NULL, X, OPT_INTO,
	    "add to a directory that is not empty" },
	{ "replace", 0, NULL, X, OPT_REPLACE,
	    "put the tree in place of a directory" },
	{ "each", 0, "DIR", X, OPT_EACH,
	    "extract each FILE to DIR/NAME", OPTABLE_DIRECTORY },
	{ "manifest", 0, "FILE", X, OPT_MANIFEST,
	    "write sizes and SHA-256 to FILE (.json: JSON);\n"
	    "                            with --each its suffix",
	    OPTABLE_FILE },
	{ "mtime", 0, NULL, X, OPT_MTIME,
	    "set the files' times from the bundle" },
	{ "unpack", 0, NULL, X | K | T, OPT_UNPACK,
	    "give back the originals of packed safetensors" },
	{ "links", 0, "in-tree", X | K, OPT_LINKS,
	    "accept links that stay inside the tree",
	    OPTABLE_WORDS, "in-tree" },
	{ "names", 0, "RULES", X | K, OPT_NAMES,
	    "names that are accepted: strict, any",
	    OPTABLE_WORDS, "strict any" },
	{ "multi-stream", 0, NULL, X | K | T, OPT_MULTI_STREAM,
	    "accept several .xz Streams in a file" },
	{ "allow-unchecked", 0, NULL, X | K | T, OPT_ALLOW_UNCHECKED,
	    "accept a bundle without checksums" },
	{ "allow-weak-sandbox", 0, NULL, READ | U | O | M | R, OPT_ALLOW_WEAK,
	    "go on where the kernel cannot confine" },
	{ "for", 0, "FILE", O, OPT_FOR,
	    "only what the packed weights in FILE need", OPTABLE_FILE },
	{ "limits", 0, "FILE", X | K, OPT_LIMITS,
	    "take the limits from a JSON file", OPTABLE_FILE },
	{ "max-bundle", 0, "BYTES", X | K | R | M, OPT_MAX + LIMIT_BUNDLE,
	    "the bundle's file (none)", OPTABLE_NONE },
	{ "max-total", 0, "BYTES", X | K | T | R | M, OPT_MAX + LIMIT_TOTAL,
	    "all that is written (8GB)", OPTABLE_NONE },
	{ "max-member", 0, "BYTES", X | K | T | U | R | M,
	    OPT_MAX + LIMIT_MEMBER,
	    "a file (8GB)", OPTABLE_NONE },
	{ "max-members", 0, "N", X | K | R | M, OPT_MAX + LIMIT_MEMBERS,
	    "members (100000)", OPTABLE_NONE },
	{ "max-depth", 0, "N", X | K | R | M, OPT_MAX + LIMIT_DEPTH,
	    "components of a name (64)", OPTABLE_NONE },
	{ "max-path", 0, "BYTES", X | K | R | M, OPT_MAX + LIMIT_PATH,
	    "a name (1024)", OPTABLE_NONE },
	{ "max-component", 0, "BYTES", X | K | R | M, OPT_MAX + LIMIT_COMPONENT,
	    "a component of a name (255)", OPTABLE_NONE },
	{ "max-pax", 0, "BYTES", X | K, OPT_MAX + LIMIT_PAX,
	    "extended headers of a member (64KiB)", OPTABLE_NONE },
	{ "max-ratio", 0, "N", X | K | R | M, OPT_MAX + LIMIT_RATIO,
	    "raw bytes for a byte of the file (10000)", OPTABLE_NONE },
	{ "max-time", 0, "SECONDS", READ | U | O | M | R, OPT_MAX + LIMIT_TIME,
	    "wall time (600; compare: none)", OPTABLE_NONE },
	{ "threads", 'T', "N", MAKE | READ | P | M, OPT_THREADS,
	    "worker threads; 0 or none given: one a processor", OPTABLE_NONE },
	{ "memlimit", 0, "BYTES", WORK, OPT_MEMLIMIT,
	    "memory that workers may take together", OPTABLE_NONE },
	{ "progress", 0, "WHEN", WORK, OPT_PROGRESS,
	    "progress line: auto, always, never",
	    OPTABLE_WORDS, "auto always never" },
	{ "verbose", 'v', NULL, MAKE | K | P, OPT_VERBOSE,
	    "show the lists of the new bundle; check: files\n"
	    "                            to look at, such as pickles; pack:\n"
	    "                            what packings make of tensors" },
	{ "self-test", 0, NULL, 0, OPT_SELF_TEST,
	    "make forbidden calls in the sandbox" },
	{ "help", 'h', NULL, ALL, OPT_HELP, "show help" },
	{ "version", 'V', NULL, ALL, OPT_VERSION, "show the version" },
};

const size_t optable_n = sizeof(optable) / sizeof(optable[0]);

_Static_assert(sizeof(optable) / sizeof(optable[0]) <= OPTABLE_MAX,
    "raise OPTABLE_MAX");
