#include "cli/optable.h"

/* Commands, by the bits of an option's mask. */
#define C (1U << COMMAND_CREATE)
#define L (1U << COMMAND_LIST)
#define X (1U << COMMAND_EXTRACT)
#define K (1U << COMMAND_CHECK)
#define T (1U << COMMAND_CAT)
#define P (1U << COMMAND_PACK)
#define U (1U << COMMAND_UNPACK)
#define O (1U << COMMAND_LOADER)
#define READ (L | X | K | T)
#define ALL OPTABLE_ALL

const struct optable_command optable_commands[] = {
	[COMMAND_CREATE] = { "create", "[-C DIR] [-o OUT] [options] PATH...",
	    "Bundle files and folders into one .tar.xz.", 1, SIZE_MAX },
	[COMMAND_LIST] = { "list",
	    "[--blocks | --tensors] [--json | --tsv] FILE",
	    "Show what each member costs, to the last byte.", 1, 1 },
	[COMMAND_EXTRACT] = { "extract",
	    "FILE [-C DIR] [MEMBER...] | --each DIR FILE...",
	    "Extract all, or the members named.", 1, SIZE_MAX },
	[COMMAND_CHECK] = { "check", "FILE",
	    "Do all that extract does, but write; list what is wrong.",
	    1, 1 },
	[COMMAND_CAT] = { "cat", "FILE MEMBER",
	    "Write one member to standard output.", 2, 2 },
	[COMMAND_PACK] = { "pack",
	    "IN -o OUT [--raw --dtype TYPE --shape N,...]",
	    "Pack the tensors of a safetensors file.", 1, 1 },
	[COMMAND_UNPACK] = { "unpack", "IN -o OUT",
	    "Give back the original of a packed safetensors file.", 1, 1 },
	[COMMAND_LOADER] = { "loader", "[--for FILE]",
	    "Print Python that reads packed safetensors files.", 0, 0 },
	[COMMAND_HELP] = { "help", "[COMMAND]", "Show help.", 0, 1 },
};

const size_t optable_n_commands =
    sizeof(optable_commands) / sizeof(optable_commands[0]);

const struct optable_option optable[] = {
	{ "directory", 'C', "DIR", C | X, OPT_DIRECTORY,
	    "names are relative to DIR; extract: into DIR" },
	{ "output", 'o', "OUT", C | P | U, OPT_OUTPUT,
	    "the bundle, or file; '-' is standard output" },
	{ "chain", 0, "PATTERN=CHAIN", C, OPT_CHAIN,
	    "force a filter chain on members" },
	{ "pack", 0, NULL, C, OPT_PACK,
	    "pack the tensors of safetensors files" },
	{ "packing", 0, "TENSOR=NAME", C | P, OPT_PACKING,
	    "pack these by bits, base3, bitmask, rans,\n"
	    "                            planes or none" },
	{ "raw", 0, NULL, P, OPT_RAW, "the file is a bare array" },
	{ "dtype", 0, "TYPE", P, OPT_DTYPE,
	    "of the bare array, such as I8 or BF16" },
	{ "shape", 0, "N,...", P, OPT_SHAPE,
	    "of the bare array, such as 512,1536" },
	{ "target", 0, "NAME", C, OPT_TARGET,
	    "who must read it: any, embedded, xz-5.0, xz-5.4" },
	{ "effort", 0, "LEVEL", C, OPT_EFFORT,
	    "how hard to search: fast, default, max" },
	{ "order", 0, "ORDER", C, OPT_ORDER,
	    "of members: kind, name, given" },
	{ "random-access", 0, NULL, C, OPT_RANDOM_ACCESS,
	    "begin a Block with each member" },
	{ "plan", 0, "FILE", C, OPT_PLAN, "follow the plan in FILE" },
	{ "plan-out", 0, "FILE", C, OPT_PLAN_OUT,
	    "write the plan that was followed to FILE" },
	{ "check", 0, "NAME", C, OPT_CHECK,
	    "integrity check: none, crc32, crc64, sha256" },
	{ "limit", 0, "BYTES", C, OPT_LIMIT,
	    "fail with status 3 when the bundle is larger" },
	{ "keep-over-limit", 0, NULL, C, OPT_KEEP_OVER_LIMIT,
	    "keep a bundle that is over the limit" },
	{ "keep-mtime", 0, NULL, C, OPT_KEEP_MTIME,
	    "store modification times" },
	{ "keep-mode", 0, NULL, C, OPT_KEEP_MODE,
	    "store all permission bits" },
	{ "strict", 0, NULL, C, OPT_STRICT,
	    "refuse what extract would refuse" },
	{ "blocks", 0, NULL, L, OPT_BLOCKS, "a row for each Block" },
	{ "tensors", 0, NULL, L, OPT_TENSORS, "a row for each tensor" },
	{ "json", 0, NULL, L | X | K | P, OPT_JSON, "print JSON" },
	{ "tsv", 0, NULL, L | P, OPT_TSV, "print tab-separated values" },
	{ "into", 0, NULL, X, OPT_INTO,
	    "add to a directory that is not empty" },
	{ "replace", 0, NULL, X, OPT_REPLACE,
	    "put the tree in place of a directory" },
	{ "each", 0, "DIR", X, OPT_EACH,
	    "extract each FILE to DIR/NAME" },
	{ "manifest", 0, "FILE", X, OPT_MANIFEST,
	    "write sizes and SHA-256 to FILE (.json: JSON);\n"
	    "                            with --each its suffix" },
	{ "mtime", 0, NULL, X, OPT_MTIME,
	    "set the files' times from the bundle" },
	{ "unpack", 0, NULL, X | K | T, OPT_UNPACK,
	    "give back the originals of packed safetensors" },
	{ "links", 0, "in-tree", X | K, OPT_LINKS,
	    "accept links that stay inside the tree" },
	{ "names", 0, "RULES", X | K, OPT_NAMES,
	    "names that are accepted: strict, any" },
	{ "multi-stream", 0, NULL, X | K | T, OPT_MULTI_STREAM,
	    "accept several .xz Streams in a file" },
	{ "allow-unchecked", 0, NULL, X | K | T, OPT_ALLOW_UNCHECKED,
	    "accept a bundle without checksums" },
	{ "allow-weak-sandbox", 0, NULL, READ | U | O, OPT_ALLOW_WEAK,
	    "go on where the kernel cannot confine" },
	{ "for", 0, "FILE", O, OPT_FOR,
	    "only what the packed weights in FILE need" },
	{ "limits", 0, "FILE", X | K, OPT_LIMITS,
	    "take the limits from a JSON file" },
	{ "max-bundle", 0, "BYTES", X | K, OPT_MAX + LIMIT_BUNDLE,
	    "the bundle's file (none)" },
	{ "max-total", 0, "BYTES", X | K | T, OPT_MAX + LIMIT_TOTAL,
	    "all that is written (8GB)" },
	{ "max-member", 0, "BYTES", X | K | T | U, OPT_MAX + LIMIT_MEMBER,
	    "a file (8GB)" },
	{ "max-members", 0, "N", X | K, OPT_MAX + LIMIT_MEMBERS,
	    "members (100000)" },
	{ "max-depth", 0, "N", X | K, OPT_MAX + LIMIT_DEPTH,
	    "components of a name (64)" },
	{ "max-path", 0, "BYTES", X | K, OPT_MAX + LIMIT_PATH,
	    "a name (1024)" },
	{ "max-component", 0, "BYTES", X | K, OPT_MAX + LIMIT_COMPONENT,
	    "a component of a name (255)" },
	{ "max-pax", 0, "BYTES", X | K, OPT_MAX + LIMIT_PAX,
	    "extended headers of a member (64KiB)" },
	{ "max-ratio", 0, "N", X | K, OPT_MAX + LIMIT_RATIO,
	    "raw bytes for a byte of the file (10000)" },
	{ "max-time", 0, "SECONDS", READ | U | O, OPT_MAX + LIMIT_TIME,
	    "wall time (600)" },
	{ "threads", 'T', "N", C | READ | P, OPT_THREADS,
	    "worker threads; 0 or none given: one a processor" },
	{ "memlimit", 0, "BYTES", ALL, OPT_MEMLIMIT,
	    "memory that workers may take together" },
	{ "progress", 0, "WHEN", ALL, OPT_PROGRESS,
	    "progress line: auto, always, never" },
	{ "verbose", 'v', NULL, C | K | P, OPT_VERBOSE,
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
