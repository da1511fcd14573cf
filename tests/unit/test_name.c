#include "base/name.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/text.h"
#include "harness.h"

/* A row of a table that is not as it should be. */
static void
wrong(const char *row, const char *got)
{
	printf("\n    \"%s\": \"%s\"", row, got);
	CU_FAIL("a row of the table");
}

/* The same every time. */
static unsigned int
random_below(uint32_t *seed, unsigned int n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* --- clean names --- */

static void
clean(void)
{
	static const struct {
		const char *name;
		const char *clean;	/* NULL: refused */
	} rows[] = {
		{ "a", "a" }, { "a/b", "a/b" }, { "./a", "a" },
		{ "././a/./b/.", "a/b" }, { "a//b///c", "a/b/c" },
		{ "a/", "a" }, { "a///", "a" }, { ".//a//", "a" },
		{ ".", "" }, { "./", "" }, { "././/.", "" },
		{ "...", "..." }, { "..a", "..a" }, { "a..", "a.." },
		{ "a/...", "a/..." }, { ".a", ".a" }, { "a./b", "a./b" },
		{ "a b\n\t\\c", "a b\n\t\\c" }, { "C:\\x", "C:\\x" },
		{ "\xFF\xFE/\xC3\xA9", "\xFF\xFE/\xC3\xA9" },
		{ "~/x", "~/x" }, { "-rf", "-rf" },
		{ "", NULL }, { "/", NULL }, { "/a", NULL }, { "//a", NULL },
		{ "/./a", NULL }, { "..", NULL }, { "../a", NULL },
		{ "./../a", NULL }, { "a/..", NULL }, { "a/../b", NULL },
		{ "a//../b", NULL }, { "a/b/..", NULL }, { "a/../", NULL },
	};
	char *got;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		name_clean(rows[i].name, &got, &e);
		if (rows[i].clean == NULL ?
		    e.code != ERR_UNSAFE || got != NULL :
		    e.code != ERR_OK || strcmp(got, rows[i].clean) != 0)
			wrong(rows[i].name, e.text);
		free(got);
	}
}

/* n bytes of components of 200 bytes or less; the caller frees. */
static char *
long_name(size_t n)
{
	char *name = malloc(n + 1);
	size_t i;

	memset(name, 'n', n);
	for (i = 200; i < n - 1; i += 200)
		name[i] = '/';
	name[n] = '\0';
	return name;
}

static void
lengths(void)
{
	struct err part = ERR_INIT, whole = ERR_INIT, e = ERR_INIT;
	struct err unfolded = ERR_INIT;
	char name[300], *got, *path;

	memset(name, 'n', sizeof(name));
	memcpy(name, "d/", 2);
	name[2 + 255] = '\0';
	CU_ASSERT_EQUAL(name_clean(name, &got, &e), ERR_OK);
	free(got);
	CU_ASSERT_EQUAL(name_fold(name, &got, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(got, name);
	free(got);
	name[2 + 255] = 'n';
	name[2 + 256] = '\0';
	CU_ASSERT_EQUAL(name_clean(name, &got, &part), ERR_UNSAFE);
	CU_ASSERT_PTR_NULL(got);
	CU_ASSERT_EQUAL(name_fold(name, &got, &unfolded), ERR_UNSAFE);
	CU_ASSERT_PTR_NULL(got);
	CU_ASSERT_PTR_NULL(name_broken_rule(name, NAME_STRICT));
	path = long_name(PATH_MAX - 1);
	CU_ASSERT_EQUAL(name_clean(path, &got, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(got, path);
	free(got);
	free(path);
	path = long_name(PATH_MAX);
	CU_ASSERT_EQUAL(name_clean(path, &got, &whole), ERR_UNSAFE);
	CU_ASSERT_PTR_NULL(got);
	free(path);
}

static void
depth(void)
{
	CU_ASSERT_EQUAL(name_depth(""), 0);
	CU_ASSERT_EQUAL(name_depth("a"), 1);
	CU_ASSERT_EQUAL(name_depth("abc/d"), 2);
	CU_ASSERT_EQUAL(name_depth("a/b/c/d"), 4);
}

/* --- rules --- */

static const char *
id_of(const char *name, enum name_rules rules)
{
	const struct name_rule *rule = name_broken_rule(name, rules);

	if (rule == NULL)
		return "";
	CU_ASSERT_NOT_EQUAL(rule->what[0], '\0');
	return rule->id;
}

static void
refused(void)
{
	static const char bytes[] = "utf8", control[] = "control";
	static const char format[] = "format", unassigned[] = "unassigned";
	static const char trailing[] = "trailing", device[] = "device";
	static const char slash[] = "folds-to-slash";
	static const struct {
		const char *name;
		const char *id;
	} rows[] = {
		/* Latin-1, stray and missing continuations, overlong, the
		 * surrogates, above U+10FFFF */
		{ "caf\xE9", bytes }, { "\x80", bytes }, { "a/\xBF/b", bytes },
		{ "\xC3", bytes }, { "\xE2\x82", bytes }, { "\xC3(", bytes },
		{ "\xF0\x9F\x98", bytes }, { "\xFE", bytes }, { "\xFF", bytes },
		{ "\xC0\xAF", bytes }, { "\xC1\xBF", bytes },
		{ "\xC0\x80", bytes }, { "\xE0\x80\xAF", bytes },
		{ "\xE0\x9F\xBF", bytes }, { "\xF0\x80\x80\xAF", bytes },
		{ "\xF0\x8F\xBF\xBF", bytes }, { "..\xC0\xAF..", bytes },
		{ "\xED\xA0\x80", bytes }, { "\xED\xBF\xBF", bytes },
		{ "\xED\xA0\xBD\xED\xB8\x80", bytes },
		{ "\xF4\x90\x80\x80", bytes }, { "\xF5\x80\x80\x80", bytes },
		{ "\xF8\x88\x80\x80\x80", bytes },
		{ "a\nb", control }, { "\t", control },
		{ "a/\x1B[2J", control },
		{ "\x01", control }, { "\x1F", control }, { "a\x7F", control },
		{ "\xC2\x80", control }, { "\xC2\x9B" "31m", control },
		{ "a\xC2\x85", control }, { "\xC2\x9F", control },
		{ "a\xE2\x80\xA8" "b", control },
		{ "a\xE2\x80\xA9" "b", control },
		/* bidi marks, embeddings, overrides and isolates */
		{ "a\xD8\x9C", format }, { "\xE2\x80\x8E" "a", format },
		{ "a\xE2\x80\x8F", format }, { "a\xE2\x80\xAA" "b", format },
		{ "a\xE2\x80\xAE" "txt.exe", format },
		{ "a\xE2\x81\xA6" "b", format }, { "a\xE2\x81\xA9", format },
		/* ZWSP, ZWNJ, ZWJ, WJ, BOM, soft hyphen, tags, U+180E */
		{ ".g\xE2\x80\x8Bit", format }, { ".g\xE2\x80\x8Cit", format },
		{ "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", format },
		{ "a\xE2\x81\xA0", format }, { "\xEF\xBB\xBF" "a", format },
		{ "a\xC2\xAD" "b", format }, { "a\xF3\xA0\x80\xA1", format },
		{ "a\xE1\xA0\x8E", format },
		/* Hangul fillers, CGJ, Khmer vowels, variation selectors of
		 * three kinds */
		{ "train\xE3\x85\xA4.py", format },
		{ "a.py\xE3\x85\xA4", format }, { "\xE3\x85\xA4", format },
		{ "a\xEF\xBE\xA0", format }, { "a\xE1\x85\x9F", format },
		{ "a\xE1\x85\xA0", format }, { "a\xCD\x8F" "b.py", format },
		{ "a\xE1\x9E\xB4", format }, { "a\xE1\x9E\xB5", format },
		{ "a\xE1\xA0\x8B", format }, { "a\xE1\xA0\x8F", format },
		{ "a\xEF\xB8\x80.py", format },
		{ "\xE2\x9D\xA4\xEF\xB8\x8F", format },
		{ "a/\xEF\xB8\x8F", format },
		{ "\xEF\xB8\x8F\xE2\x80\xA5", format },
		{ "a\xF3\xA0\x84\x80.py", format },
		{ "a\xF3\xA0\x87\xAF", format },
		/* no-break, Ogham, em, narrow, mathematical and ideographic
		 * spaces; Braille, Khitan, hieroglyphic and notes' blanks */
		{ "a\xC2\xA0" "b", format }, { "con\xC2\xA0", format },
		{ "a\xE1\x9A\x80", format }, { "\xE2\x80\x83" "a", format },
		{ "8\xE2\x80\xAFPM.png", format },
		{ "a\xE2\x81\x9F", format }, { "a\xE3\x80\x80", format },
		{ "a\xE2\xA0\x80", format }, { "a\xF0\x96\xBF\xA4", format },
		{ "a\xF0\x93\x91\x81", format },
		{ "a\xF0\x9D\x85\x99", format },
		/* U+0378, U+FFFE, U+FDD0, U+10FFFF, private use */
		{ "\xCD\xB8", unassigned }, { "a\xEF\xBF\xBE", unassigned },
		{ "\xEF\xB7\x90", unassigned }, { "\xEE\x80\x80", unassigned },
		{ "\xF4\x8F\xBF\xBF", unassigned },
		{ "\xF4\x8F\xBF\xBD", unassigned },
		{ "d/\xF3\xB0\x80\x80", unassigned },
		{ "\xEF\xA3\xBF", unassigned },
		{ "a\\b", "backslash" }, { "\\", "backslash" },
		{ "a/..\\..\\b", "backslash" }, { "C:\\x", "backslash" },
		{ "C:", "colon" }, { "a:b", "colon" }, { "d/C:/x", "colon" },
		{ "file.txt::$DATA", "colon" },
		{ "<", "windows" }, { "a>b", "windows" }, { "d|/x", "windows" },
		{ "a/\"b\"", "windows" }, { "what?", "windows" },
		{ "*.py", "windows" }, { "a:b?", "colon" },
		{ "con?.", "windows" }, { "a.", trailing }, { "a ", trailing }, { "a./b", trailing },
		{ "a /b", trailing }, { "...", trailing }, { " ", trailing },
		{ "a/b/c..", trailing }, { "a. ", trailing },
		{ "CON", device }, { "con", device }, { "d/PrN", device },
		{ "aux/x", device }, { "NUL.txt", device },
		{ "nul.tar.gz", device }, { "nul .txt", device },
		{ "nul  . x", device }, { "COM0", device },
		{ "com9.c", device },
		{ "LPT0", device }, { "a/lpt1/b", device },
		{ "COM\xC2\xB9", device }, { "com\xC2\xB2.x", device },
		{ "LPT\xC2\xB3", device }, { "CONIN$", device },
		{ "conout$.log", device }, { "aux.", trailing },
		/* full width '/', a/c, full width and one dot leaders */
		{ "a\xEF\xBC\x8F" "b", slash }, { "\xE2\x84\x80", slash },
		{ "x/\xE2\x84\x85", slash }, { "\xEF\xBC\x8E", slash },
		{ "a/\xEF\xBC\x8E\xEF\xBC\x8E/b", slash },
		{ "\xE2\x80\xA4", slash },
		{ "\xE2\x80\xA4\xE2\x80\xA4", slash },
		{ "\xE2\x80\xA5", slash }, { "\xEF\xB9\x92" "\xE2\x80\xA4",
		    slash },
		{ ".xzbundle-stage.0", "reserved" },
		{ "a/.xzbundle-stage.Ab3/b", "reserved" },
		{ ".XZBundle-Stage.x", "reserved" },
		{ ".xzbundle-\xC5\xBFtage.x", "reserved" },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		if (strcmp(id_of(rows[i].name, NAME_STRICT), rows[i].id) != 0)
			wrong(rows[i].name, id_of(rows[i].name, NAME_STRICT));
		if (strcmp(id_of(rows[i].name, NAME_ANY),
		    strcmp(rows[i].id, "reserved") == 0 ? "reserved" : "") !=
		    0)
			wrong(rows[i].name, id_of(rows[i].name, NAME_ANY));
	}
}

static void
legal(void)
{
	static const char *const rows[] = {
		"", ".", "..", "../../a/./b", "a/..", "./", "a//b/",
		"a", "a/b", ".git", ".git/hooks/x", ".bashrc", "-rf", "--",
		"a b", " a", "a. b", "..a", ".a", "~", "$HOME", "a;b",
		"[a]", "{a}", "a=b&c", "!", "^", "%00", "a'b", "#", "`x`",
		"\xE2\x80\xA6", "a\xE2\x80\xA6", "a\xE2\x80\xA5",
		("\xE2\x80\xA4" "a"),
		/* NFC and NFD, right to left, Han, Hangul, Thai, Devanagari */
		"caf\xC3\xA9", "cafe\xCC\x81",
		"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D",
		"\xD8\xA7\xD8\xA8", "\xE6\xBC\xA2\xE5\xAD\x97",
		"\xED\x95\x9C\xEA\xB8\x80",
		"\xE0\xB9\x84\xE0\xB8\x97\xE0\xB8\xA2",
		"\xE0\xA4\xB9\xE0\xA4\xBF", "\xD0\x96",
		/* emoji, with nothing to select it, a flag, a skin */
		"\xF0\x9F\x98\x80.png", "\xE2\x9D\xA4",
		"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",
		"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
		/* full width colon, 1/2, a Braille dot */
		"\xEF\xBC\x9A", "\xC2\xBD", "\xE2\xA0\x81",
		"\xF0\xA0\x80\x80", "\xEF\xBF\xBD",
		/* nearly devices */
		"CONS", "CO", "COM", "COM10", "COMA", "LPT", "LPT1a", "xCON",
		"a.con", "con-1", "NULL", "auxx.c", "COM\xC2\xBA", "CONIN",
		"COM\xE2\x81\xB4", "c.on", " con",
		".xzbundle-stage", "x.xzbundle-stage.x", ".xzbundle-stages.x",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		if (id_of(rows[i], NAME_STRICT)[0] != '\0')
			wrong(rows[i], id_of(rows[i], NAME_STRICT));
		if (id_of(rows[i], NAME_ANY)[0] != '\0')
			wrong(rows[i], id_of(rows[i], NAME_ANY));
	}
}

/* The rules of utf8proc's UTF-8 are those of base/text. */
static void
well_formed(void)
{
	static const unsigned char some[] = { 0x41, 0x7F, 0x80, 0x8F, 0x90,
		0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
		0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF };
	const size_t n = HARNESS_COUNT(some);
	size_t i, bad = 0, good = 0;
	char name[5];

	for (i = 0; i < n * n * n * n; i++) {
		name[0] = (char)some[i % n];
		name[1] = (char)some[i / n % n];
		name[2] = (char)some[i / n / n % n];
		name[3] = (char)some[i / n / n / n];
		name[4] = '\0';
		good += text_is_utf8(name);
		bad += text_is_utf8(name) !=
		    (strcmp(id_of(name, NAME_STRICT), "utf8") != 0);
	}
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_TRUE(good > 100);
}

static void
put_utf8(uint32_t c, char *s)
{
	unsigned int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 :
	    3;
	static const unsigned int lead[] = { 0, 0xC0, 0xE0, 0xF0 };

	*s++ = (char)(lead[more] | c >> 6 * more);
	while (more-- > 0)
		*s++ = (char)(0x80 | (c >> 6 * more & 0x3F));
	*s = '\0';
}

/* What the rules take for invisible is never shown as it is, and what is not
 * shown is refused. */
static void
unseen(void)
{
	char name[8] = "a", text[64];
	struct err e = ERR_INIT;
	struct buf b;
	const char *id;
	size_t n = 0;
	uint32_t c;
	bool plain;

	for (c = 0x80; c <= 0x10FFFF; c++) {
		if (c >= 0xD800 && c <= 0xDFFF)
			continue;
		put_utf8(c, name + 1);
		id = id_of(name, NAME_STRICT);
		buf_init(&b, sizeof(text));
		text_escape(&b, name, &e);
		plain = b.data[1] != '\\';
		buf_free(&b);
		n += strcmp(id, "format") == 0;
		if (plain ? strcmp(id, "format") == 0 ||
		    strcmp(id, "control") == 0 : id[0] == '\0') {
			snprintf(text, sizeof(text), "U+%04X", c);
			wrong(text, id);
		}
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_TRUE(n > 4096);
}

/* --- folding --- */

/* The caller frees. */
static char *
folded(const char *name)
{
	struct err e = ERR_INIT;
	char *key;

	if (name_fold(name, &key, &e) != ERR_OK)
		CU_FAIL_FATAL("a name that cannot be folded");
	return key;
}

static bool
alike(const char *a, const char *b)
{
	char *ka = folded(a), *kb = folded(b);
	bool same = strcmp(ka, kb) == 0;

	free(ka);
	free(kb);
	return same;
}

static void
keys(void)
{
	static const struct {
		const char *name;
		const char *key;
	} rows[] = {
		{ "", "" }, { "a/b", "a/b" }, { "A/Bc", "a/bc" },
		{ "README.txt", "readme.txt" }, { "@[`{", "@[`{" },
		{ "\xC3\x89", "\xC3\xA9" }, { "E\xCC\x81", "\xC3\xA9" },
		{ "\xC3\x9F", "ss" }, { "\xE1\xBA\x9E", "ss" },
		{ "\xEF\xAC\x81x", "fix" }, { "\xE2\x84\xAA", "k" },
		{ "\xE2\x84\xAB", "\xC3\xA5" }, { "\xC5\xBF", "s" },
		{ "\xEF\xBC\xA1", "a" }, { "\xC4\xB1", "i" },
		{ "\xC4\xB0", "i" }, { "I\xCC\x87", "i" }, { "i\xCC\x87", "i" },
		{ "i\xCC\xA3\xCC\x87", "\xE1\xBB\x8B" },
		{ "\xE1\xBB\x8A\xCC\x87", "\xE1\xBB\x8B" },
		{ "\xC4\xB1\xCC\x87", "i" }, { "e\xCC\x87", "\xC4\x97" },
		{ "i\xCC\x81", "\xC3\xAD" }, { "ie\xCC\x87", "i\xC4\x97" },
		{ "\xEF\xBC\xA9\xCC\x87", "i" },
		{ "\xCE\xA3", "\xCF\x83" }, { "\xCF\x82", "\xCF\x83" },
		{ "\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4" },
		{ "\xEA\xB0\x80", "\xEA\xB0\x80" },
		{ "\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80" },
		{ "\xE2\x84\x80/\xE2\x80\xA6", "a/c/..." },
		{ "\xC2\xB2\xE2\x85\xA7", "2viii" },
		/* not UTF-8: that component alone stays */
		{ "\xFF", "\xFF" }, { "A\xFF", "A\xFF" },
		{ "A/B\xE9/C", "a/B\xE9/c" },
		{ "\xED\xA0\x80", "\xED\xA0\x80" },
		{ "\xC0\xAF", "\xC0\xAF" },
		/* marks are ordered before U+0345 becomes a letter */
		{ "\xCE\xB1\xCD\x85\xCC\x81", "\xCE\xAC\xCE\xB9" },
		{ "\xCE\xB1\xCC\x81\xCD\x85", "\xCE\xAC\xCE\xB9" },
		{ "\xCE\xB1\xCD\x85\xCD\x8F\xCC\x81", "\xCE\xAC\xCE\xB9" },
	};
	char *key;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		key = folded(rows[i].name);
		if (strcmp(key, rows[i].key) != 0)
			wrong(rows[i].name, key);
		free(key);
	}
	CU_ASSERT_FALSE(alike("a", "b"));
	CU_ASSERT_FALSE(alike("a/b", "ab"));
	CU_ASSERT_FALSE(alike("\xD0\xB0", "a"));	/* Cyrillic */
	CU_ASSERT_FALSE(alike("o", "0"));
}

/* A component of 255 bytes of what grows most when folded. */
static void
growth(void)
{
	static const char *const most[] = { "\xEF\xB7\xBA", "\xEF\xB7\xBB",
		"\xCE\x90", "\xC3\x9F", "\xE3\x8C\x80", "\xE1\xBE\xB7",
		"\xEF\xAC\x83", "\xF0\x9D\x85\xA3", "\xF0\x9F\x84\x90" };
	char name[256], *once, *key;
	size_t i, n, k;

	for (i = 0; i < HARNESS_COUNT(most); i++) {
		n = strlen(most[i]);
		for (k = 0; k + n <= 255; k += n)
			memcpy(name + k, most[i], n);
		name[k] = '\0';
		key = folded(name);
		once = folded(most[i]);
		CU_ASSERT_EQUAL(strncmp(key, once, 1), 0);
		CU_ASSERT_EQUAL(strlen(key), k / n * strlen(once));
		free(once);
		free(key);
	}
}

static void
encode(utf8proc_int32_t c, char *to)
{
	to[utf8proc_encode_char(c, (utf8proc_uint8_t *)to)] = '\0';
}

/* Of every character, its other cases and forms fold as it does, and what is
 * folded folds to itself. */
static void
all_characters(void)
{
	char name[8], other[8], *key;
	utf8proc_uint8_t *form;
	utf8proc_int32_t c;
	unsigned int i, bad = 0;

	for (c = 0x80; c < 0x110000; c++) {
		if (utf8proc_category(c) == UTF8PROC_CATEGORY_CN ||
		    utf8proc_category(c) == UTF8PROC_CATEGORY_CO ||
		    utf8proc_category(c) == UTF8PROC_CATEGORY_CS ||
		    c == 0xFF0F)	/* a '/' then, which is no name */
			continue;
		encode(c, name);
		key = folded(name);
		bad += !alike(name, key);
		free(key);
		encode(utf8proc_toupper(c), other);
		bad += !alike(name, other);
		encode(utf8proc_tolower(c), other);
		bad += !alike(name, other);
		for (i = 0; i < 4; i++) {
			form = i == 0 ? utf8proc_NFC((void *)name) :
			    i == 1 ? utf8proc_NFD((void *)name) :
			    i == 2 ? utf8proc_NFKC((void *)name) :
			    utf8proc_NFKD((void *)name);
			bad += !alike(name, (char *)form);
			free(form);
		}
		if (bad != 0) {
			wrong(name, "folds to another");
			return;
		}
	}
}

/* The same of strings of letters and marks that are hard. */
static void
hard_strings(void)
{
	static const utf8proc_int32_t hard[] = { 'i', 'I', 0x130, 0x131, 'a',
		0x307, 0x301, 0x323, 0x345, 0x34F, 0x37A, 0x390, 0x3B1, 0xDF,
		0x1F88, 0x1FB7, 0xFB01, 0x212A, 0x1100, 0x1161, 0x11A8,
		0xFE0F, 0x3164, 0x1E9E, 0x149, 0x1F0, 0x2163, 0x1D6A4 };
	utf8proc_uint8_t *nfd, *nfkc;
	char name[64], *key;
	size_t i, k, used;
	uint32_t seed = 1;

	for (i = 0; i < 30000; i++) {
		used = 0;
		for (k = 1 + random_below(&seed, 6); k > 0; k--) {
			encode(hard[random_below(&seed,
			    HARNESS_COUNT(hard))], name + used);
			used += strlen(name + used);
		}
		key = folded(name);
		nfd = utf8proc_NFD((void *)name);
		nfkc = utf8proc_NFKC((void *)name);
		if (!alike(name, key) || !alike(name, (char *)nfd) ||
		    !alike(name, (char *)nfkc))
			wrong(name, key);
		free(nfkc);
		free(nfd);
		free(key);
	}
}

/* --- order --- */

static int
sign(int n)
{
	return (n > 0) - (n < 0);
}

static void
random_name(uint32_t *seed, char *to)
{
	static const char letters[] = "a!./\xFF\x01";
	size_t i, n = random_below(seed, 6);

	for (i = 0; i < n; i++) {
		do {
			to[i] = letters[random_below(seed, 6)];
		} while (to[i] == '/' && (i == 0 || i == n - 1 ||
		    to[i - 1] == '/'));
	}
	to[n] = '\0';
}

static bool
is_below(const char *name, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(name, dir, n) == 0 && name[n] == '/';
}

/* A part of a name sorts as if it were all of it. */
static void
parts(void)
{
	char a[8], b[8], part[8];
	uint32_t seed = 3;
	unsigned int i, equal = 0;
	size_t n;

	for (i = 0; i < 100000; i++) {
		random_name(&seed, a);
		random_name(&seed, b);
		n = random_below(&seed, (unsigned int)strlen(b) + 1);
		snprintf(part, sizeof(part), "%.*s", (int)n, b);
		if (sign(name_compare_part(a, b, n)) !=
		    sign(name_compare(a, part)))
			wrong(a, part);
		equal += strcmp(a, part) == 0;
	}
	CU_ASSERT_TRUE(equal > 1000);
}

/* A total order in which nothing comes between a name and what is below. */
static void
order(void)
{
	char a[8], b[8], c[8];
	uint32_t seed = 7;
	unsigned int i, below = 0, equal = 0;

	for (i = 0; i < 300000; i++) {
		random_name(&seed, a);
		random_name(&seed, b);
		random_name(&seed, c);
		if (sign(name_compare(a, b)) != -sign(name_compare(b, a)) ||
		    (name_compare(a, b) == 0) != (strcmp(a, b) == 0))
			wrong(a, b);
		if (name_compare(a, b) <= 0 && name_compare(b, c) <= 0 &&
		    name_compare(a, c) > 0)
			wrong(a, c);
		if (is_below(b, a) && name_compare(a, b) >= 0)
			wrong(a, b);
		if (is_below(c, a) && name_compare(a, b) < 0 &&
		    name_compare(b, c) < 0 && !is_below(b, a))
			wrong(b, a);
		below += is_below(c, a);
		equal += strcmp(a, b) == 0;
	}
	CU_ASSERT_TRUE(below > 500);
	CU_ASSERT_TRUE(equal > 1000);
	CU_ASSERT_TRUE(name_compare("a", "a/b") < 0);
	CU_ASSERT_TRUE(name_compare("a/b", "a\x01") < 0);
	CU_ASSERT_TRUE(name_compare("a/b", "a!") < 0);
	CU_ASSERT_TRUE(name_compare("a~", "a\xFF") < 0);
	CU_ASSERT_TRUE(name_compare("", "a") < 0);
}

/* --- normal forms --- */

static void
same_nfc(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "", "", true }, { "a", "a", true }, { "a", "b", false },
		{ "a", "A", false }, { "a", "", false }, { "a/", "a", false },
		{ "a/b", "a/b", true }, { "a/b", "a//b", false },
		{ "/", "/", true }, { "//a", "//a", true },
		/* composed or not, in any component */
		{ "\xC3\xA9", "e\xCC\x81", true },
		{ "x/\xC3\xA9/y", "x/e\xCC\x81/y", true },
		{ "\xC3\xA9/e\xCC\x81", "e\xCC\x81/\xC3\xA9", true },
		{ "\xC3\xA9", "e", false }, { "\xC3\xA9", "E\xCC\x81", false },
		{ "e/\xCC\x81", "\xC3\xA9", false },
		/* marks in another order, but not any order */
		{ "a\xCC\xA3\xCC\x82", "a\xCC\x82\xCC\xA3", true },
		{ "a\xCC\x81\xCC\x82", "a\xCC\x82\xCC\x81", false },
		/* U+212B, U+00C5, A and U+030A; U+2126 and U+03A9 */
		{ "\xE2\x84\xAB", "\xC3\x85", true },
		{ "\xE2\x84\xAB", "A\xCC\x8A", true },
		{ "\xE2\x84\xA6", "\xCE\xA9", true },
		/* Hangul; U+0958, which is never composed */
		{ "\xED\x95\x9C", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB",
		    true },
		{ "\xED\x95\x98\xE1\x86\xAB", "\xED\x95\x9C", true },
		{ "\xE0\xA5\x98", "\xE0\xA4\x95\xE0\xA4\xBC", true },
		/* what only compatibility or case makes the same */
		{ "\xEF\xAC\x81", "fi", false }, { "\xC2\xB2", "2", false },
		{ "\xEF\xBC\x8F", "/", false },
		{ "\xE2\x80\x8B" "a", "a", false },
		/* no UTF-8 */
		{ "\xFF", "\xFF", false }, { "\xFF", "\xFE", false },
		{ "a\xFF", "a", false }, { "\xED\xA0\x80", "?", false },
	};
	char longer[2 * 1530 + 3];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		if (name_same_nfc(rows[i].a, rows[i].b) != rows[i].same ||
		    name_same_nfc(rows[i].b, rows[i].a) != rows[i].same)
			wrong(rows[i].a, rows[i].b);
	}
	for (i = 0; i < 2 * 1530; i += 2)
		memcpy(longer + i, "\xC3\xB8", 2);
	longer[i] = '\0';
	CU_ASSERT_TRUE(name_same_nfc(longer, longer));
	memcpy(longer + i, "x", 2);
	CU_ASSERT_FALSE(name_same_nfc(longer, longer));
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "clean names", clean },
		{ "lengths of names", lengths },
		{ "depth", depth },
		{ "refused", refused },
		{ "legal", legal },
		{ "what is UTF-8", well_formed },
		{ "what nobody sees", unseen },
		{ "folded names", keys },
		{ "names that grow", growth },
		{ "all characters", all_characters },
		{ "hard strings", hard_strings },
		{ "order", order },
		{ "order of parts", parts },
		{ "the same when composed", same_nfc },
	};

	return harness_run("name", tests, HARNESS_COUNT(tests));
}
