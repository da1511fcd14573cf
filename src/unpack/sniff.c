#include "unpack/sniff.h"

#include <string.h>

#include "base/num.h"
#include "unpack/sniffname.h"
#include "unpack/sniffzip.h"

/* A file's first bytes. */
struct head {
	const char *name;
	const uint8_t *p;	/* [n] */
	size_t n;
};

static bool
begins(const struct head *h, const void *magic, size_t n)
{
	return h->n >= n && memcmp(h->p, magic, n) == 0;
}

static bool
ends_in(const struct head *h, const char *end)
{
	return sniffname_ends(h->name, strlen(h->name), end);
}

/* --- pickles: Lib/pickle.py and Lib/pickletools.py of CPython --- */

/* Protocols 2 to 5: PROTO and a version, and an opcode that needs nothing on
 * the stack. */
static bool
is_pickle(const struct head *h)
{
	static const char first[] = "(FNIJLMKGSTUVXBC]})cP\x80\x82\x83\x84"
	    "\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97";

	return h->n >= 3 && h->p[0] == 0x80 && h->p[1] >= 2 &&
	    h->p[1] <= 5 && h->p[2] != 0 &&
	    strchr(first, h->p[2]) != NULL;
}

/* The length of a line of a Python name, dots included, with its end; 0: it is
 * something else. */
static size_t
name_line(const uint8_t *p, size_t n)
{
	size_t i;
	int c;

	for (i = 0; i < n; i++) {
		c = p[i];
		if (c == '\n')
			return i > 0 ? i + 1 : 0;
		if (c != '_' && c != '.' && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9' && i > 0))
			return 0;
	}
	return 0;
}

/* The length of 'p' or 'q' as PUT and BINPUT, or of MARK; 0: none. */
static size_t
after_global(const uint8_t *p, size_t n)
{
	size_t i = 1;

	if (n > 0 && (p[0] == '(' || p[0] == ')'))
		return 1;
	if (n > 2 && p[0] == 'q' && p[1] < ' ' && p[1] != '\n' &&
	    p[1] != '\r')
		return 2;
	while (i < n && n > 0 && p[0] == 'p' && p[i] >= '0' && p[i] <= '9')
		i++;
	return i > 1 && i < n && p[i] == '\n' ? i + 1 : 0;
}

/*
 * Protocols 0 and 1, which have no magic: GLOBAL with two lines of names and
 * what follows one ("cos\nsystem\n("), maybe behind MARK; or what dict and
 * list begin with, "(dp0\n" and "(lp0\n", and "}q\0" and "]q\0".
 */
static bool
is_old_pickle(const struct head *h)
{
	size_t at = h->n > 0 && h->p[0] == '(', line;

	if (h->n >= 4 && (h->p[0] == '}' || h->p[0] == ']') &&
	    h->p[1] == 'q' && h->p[2] == 0)
		return true;
	if (at >= h->n)
		return false;
	if (at == 1 && (h->p[1] == 'd' || h->p[1] == 'l'))
		return h->n > 2 && h->p[2] == 'p' &&
		    after_global(h->p + 2, h->n - 2) > 0;
	if (h->p[at++] != 'c' ||
	    (line = name_line(h->p + at, h->n - at)) == 0)
		return false;
	at += line;
	line = name_line(h->p + at, h->n - at);
	at += line;
	return line > 0 && after_global(h->p + at, h->n - at) > 0;
}

/* The first pickle of torch.save() before 1.6 is MAGIC_NUMBER of
 * torch/serialization.py, 0x1950A86A20F9469CFC6C: LONG1 of 10 bytes. */
static bool
is_torch_old(const struct head *h)
{
	static const char number[] =
	    "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

	return is_pickle(h) && h->n >= 2 + sizeof(number) - 1 &&
	    memcmp(h->p + 2, number, sizeof(number) - 1) == 0;
}

/* --- pickles and arrays in zips --- */

static bool
is_torch_zip(const struct head *h)
{
	return sniffzip_kind(h->p, h->n) == SNIFF_TORCH_ZIP;
}

static bool
is_npy_object(const struct head *h)
{
	return sniffzip_npy(h->p, h->n, true) ||
	    sniffzip_kind(h->p, h->n) == SNIFF_NPY_OBJECT;
}

/* PyTorch calls its files so too, as site.py does those below. */
static bool
is_pth_zip(const struct head *h)
{
	return begins(h, "PK\3\4", 4) && ends_in(h, ".pth");
}

/* --- programs --- */

static bool
is_elf(const struct head *h)
{
	return begins(h, "\177ELF", 4);
}

/* PE Format of Microsoft: the offset of "PE\0\0" is at 0x3C.  Where it is
 * behind the head, only a number that could be one counts: of text, which may
 * begin with "MZ" too, it would be far over 16 MiB. */
static bool
is_pe(const struct head *h)
{
	uint64_t at;

	if (!begins(h, "MZ", 2) || h->n < 64)
		return false;
	at = num_le(h->p + 0x3C, 4);
	if (at <= h->n - 4)
		return memcmp(h->p + at, "PE\0\0", 4) == 0;
	return h->n >= SNIFF_HEAD && at < (1u << 24);
}

/* mach-o/loader.h and fat.h.  A fat file has few architectures where a class
 * of Java has its version, of 45 and over. */
static bool
is_macho(const struct head *h)
{
	static const uint32_t magics[] = {
		0xFEEDFACE, 0xCEFAEDFE, 0xFEEDFACF, 0xCFFAEDFE
	};
	uint64_t magic;
	size_t i;

	if (h->n < 8)
		return false;
	magic = num_be(h->p, 4);
	if (magic == 0xCAFEBABE || magic == 0xCAFEBABF)
		return num_be(h->p + 4, 4) > 0 && num_be(h->p + 4, 4) < 45;
	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		if (magic == magics[i])
			return true;
	}
	return false;
}

/* The Java Virtual Machine Specification, 4.1. */
static bool
is_java(const struct head *h)
{
	return begins(h, "\xCA\xFE\xBA\xBE", 4) && h->n >= 8 &&
	    (num_be(h->p + 4, 4) & 0xFFFF) >= 45;
}

/* WebAssembly Core Specification, 5.5.16. */
static bool
is_wasm(const struct head *h)
{
	return begins(h, "\0asm", 4);
}

/* MAGIC_NUMBER of Lib/importlib/_bootstrap_external.py: 3000 to 3999 for
 * Python 3, 62211 for 2.7, then CR LF. */
static bool
is_pyc(const struct head *h)
{
	uint64_t version;

	if (h->n < 16 || memcmp(h->p + 2, "\r\n", 2) != 0)
		return false;
	version = num_le(h->p, 2);
	return (version >= 3000 && version <= 3999) || version == 62211;
}

/* Lib/site.py runs each line of a .pth that begins with "import" and a blank
 * or a tab; str.splitlines() tells the lines, and a mark of UTF-8 may be in
 * front. */
static bool
is_pth(const struct head *h)
{
	static const char ends[] = "\n\v\f\r\x1c\x1d\x1e";
	size_t begin = begins(h, "\xEF\xBB\xBF", 3) ? 3 : 0, i;

	if (!ends_in(h, ".pth"))
		return false;
	for (i = begin; i + 7 <= h->n; i++) {
		if ((i == begin || (h->p[i - 1] != 0 &&
		    strchr(ends, h->p[i - 1]) != NULL)) &&
		    memcmp(h->p + i, "import", 6) == 0 &&
		    (h->p[i + 6] == ' ' || h->p[i + 6] == '\t'))
			return true;
	}
	return false;
}

/* execve(2).  "#![" begins the attributes of Rust. */
static bool
is_script(const struct head *h)
{
	return begins(h, "#!", 2) && !begins(h, "#![", 3);
}

/* The first that fits. */
static const struct test {
	enum sniff_kind kind;
	bool (*is)(const struct head *);
} tests[] = {
	{ SNIFF_ELF, is_elf },
	{ SNIFF_PE, is_pe },
	{ SNIFF_MACHO, is_macho },
	{ SNIFF_JAVA, is_java },
	{ SNIFF_WASM, is_wasm },
	{ SNIFF_SCRIPT, is_script },
	{ SNIFF_TORCH_ZIP, is_torch_zip },
	{ SNIFF_TORCH_OLD, is_torch_old },
	{ SNIFF_NPY_OBJECT, is_npy_object },
	{ SNIFF_CONTAINER, is_pth_zip },
	{ SNIFF_PICKLE, is_pickle },
	{ SNIFF_PTH, is_pth },
	{ SNIFF_PYC, is_pyc },
	{ SNIFF_PICKLE, is_old_pickle },
};

enum sniff_kind
sniff_called(const char *name)
{
	enum sniff_kind kind = sniffname_kind(name, strlen(name));

	return kind != SNIFF_NONE ? kind : sniffname_odd(name);
}

enum sniff_kind
sniff(const char *name, const uint8_t *head, size_t n, bool executable)
{
	const struct head h = { name, head, n };
	enum sniff_kind kind;
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (tests[i].is(&h))
			return tests[i].kind;
	}
	kind = sniff_called(name);
	return kind == SNIFF_NONE && executable ? SNIFF_EXECUTABLE : kind;
}

static const struct {
	const char *name, *words;
} texts[] = {
	[SNIFF_NONE] = { "", "" },
	[SNIFF_PICKLE] = { "pickle",
	    "a pickle: loading it runs what its maker chose" },
	[SNIFF_TORCH_ZIP] = { "torch-zip", "a zip with a pickle, as of "
	    "PyTorch: loading it may run what its maker chose" },
	[SNIFF_TORCH_OLD] = { "torch-old", "a pickle of PyTorch before 1.6: "
	    "loading it may run what its maker chose" },
	[SNIFF_NPY_OBJECT] = { "npy-object", "an array that may hold Python "
	    "objects: with allow_pickle, loading it runs what its maker "
	    "chose" },
	[SNIFF_ELF] = { "elf", "machine code (ELF)" },
	[SNIFF_PE] = { "pe", "machine code (PE)" },
	[SNIFF_MACHO] = { "macho", "machine code (Mach-O)" },
	[SNIFF_WASM] = { "wasm", "code for WebAssembly" },
	[SNIFF_JAVA] = { "java", "code for Java" },
	[SNIFF_PYC] = { "pyc", "bytecode of Python: importing it runs it, "
	    "whatever the source beside it says" },
	[SNIFF_PTH] = { "pth", "a path file with an import line: Python runs "
	    "it at its start, from a directory of packages" },
	[SNIFF_SCRIPT] = { "script", "a script" },
	[SNIFF_PYTHON] = { "python",
	    "a Python script or notebook by its name" },
	[SNIFF_SHELL] = { "shell", "a shell script by its name" },
	[SNIFF_PACKAGE] = { "package", "a package by its name: running or "
	    "installing it runs what is in it" },
	[SNIFF_CONTAINER] = { "container", "a container of pickles, arrays or "
	    "a model by its name: loading it may run what its maker chose" },
	[SNIFF_DASH] = { "dash", "a name that begins with '-', its own or a "
	    "directory's: careless commands take it for an option" },
	[SNIFF_HIDDEN] = { "hidden", "a hidden file, or one in a hidden "
	    "directory: programs may obey it where nobody looks" },
	[SNIFF_EXECUTABLE] = { "executable", "a file marked executable" },
};

const char *
sniff_words(enum sniff_kind k)
{
	return texts[k].words;
}

const char *
sniff_name(enum sniff_kind k)
{
	return texts[k].name;
}
