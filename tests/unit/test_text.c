#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void
utf8(void)
{
	static const char *const good[] = {
		"", "a", "\x01\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80",
		"\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
		"\xF0\x90\x80\x80", "\xF3\xBF\xBF\xBF", "\xF4\x8F\xBF\xBF",
		"a\xC3\xA9z\xE2\x82\xACz\xF0\x9F\x98\x80z",
	};
	static const char *const bad[] = {
		"\x80", "\xBF", "\xFE", "\xFF", "\xF8\x88\x80\x80\x80",
		/* longer than needed */
		"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF",
		/* surrogates, and above U+10FFFF */
		"\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80",
		/* cut short, by the end or by something else */
		"\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xC3z", "\xE2\x82z",
		"\xE2z\xAC", "\xF0\x9F\x98z", "\xC3\xC3\xA9", "ok\xE2\x82",
		"\xC3\xA9\x80",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(good); i++) {
		CU_ASSERT_TRUE(text_is_utf8(good[i]));
		if (!text_is_utf8(good[i]))
			printf("\n    good %zu", i);
	}
	for (i = 0; i < HARNESS_COUNT(bad); i++) {
		CU_ASSERT_FALSE(text_is_utf8(bad[i]));
		if (text_is_utf8(bad[i]))
			printf("\n    bad %zu", i);
	}
}

/* What text_escape() or text_escape_name() makes of s; the caller frees. */
static char *
written(const char *s, enum err_code (*write)(struct buf *, const char *,
    struct err *))
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 1 << 16);
	CU_ASSERT_EQUAL(write(&b, s, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&b, "", 1, &e), ERR_OK);
	return (char *)b.data;
}

static char *
escaped(const char *s)
{
	return written(s, text_escape);
}

static void
escapes(void)
{
	static const struct {
		const char *raw, *text;
	} cases[] = {
		{ "", "" },
		{ " name-1_[x]~!", " name-1_[x]~!" },
		{ "\\", "\\\\" }, { "\\x41", "\\\\x41" },
		{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
		{ "\x1B[31m", "\\x1b[31m" }, { "\x01\x7F", "\\x01\\x7f" },
		/* not UTF-8: the bytes alone, what follows is text again */
		{ "\xFF\xFE", "\\xff\\xfe" }, { "\xC3(", "\\xc3(" },
		{ "\xE2\x82", "\\xe2\\x82" },
		{ "\xE2\x82\xC3\xA9", "\\xe2\\x82\xC3\xA9" },
		{ "\xED\xA0\x80", "\\xed\\xa0\\x80" },
		{ "\xC0\xAF", "\\xc0\\xaf" },
		{ "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
		    "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80" },
	};
	char *text;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		text = escaped(cases[i].raw);
		CU_ASSERT_STRING_EQUAL(text, cases[i].text);
		if (strcmp(text, cases[i].text) != 0)
			printf("\n    case %zu: '%s'", i, text);
		free(text);
	}
}

/* Nothing in a name looks like what stands beside one. */
static void
names(void)
{
	static const struct {
		const char *raw, *text;
	} cases[] = {
		{ "", "" }, { " ", "\\x20" }, { "a b c", "a b c" },
		{ " a", "\\x20a" }, { "a ", "a\\x20" },
		{ "a  b", "a\\x20 b" }, { "a   b", "a\\x20\\x20 b" },
		{ "a -> b", "a\\x20-> b" }, { "a ->", "a\\x20->" },
		{ "a == b", "a\\x20== b" }, { "a: b", "a:\\x20b" },
		{ "a (+1 more)", "a\\x20(+1 more)" },
		{ "a->b==c:d(+1", "a->b==c:d(+1" },
		{ "a - b > c = d (1)", "a - b > c = d (1)" },
		{ "a -\n", "a -\\x0a" }, { "\\ -> \xFF", "\\\\\\x20-> \\xff" },
	};
	char *text;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		text = written(cases[i].raw, text_escape_name);
		CU_ASSERT_STRING_EQUAL(text, cases[i].text);
		if (strcmp(text, cases[i].text) != 0)
			printf("\n    case %zu: '%s'", i, text);
		free(text);
	}
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

/* Is c shown as it is?  If not, it has to be as the bytes in hexadecimal. */
static bool
shown(uint32_t c)
{
	char raw[8], hex[32], *text;
	bool plain;
	size_t i;

	put_utf8(c, raw);
	CU_ASSERT_TRUE(text_is_utf8(raw));
	for (i = 0; raw[i] != '\0'; i++)
		snprintf(hex + 4 * i, 5, "\\x%02x",
		    (unsigned int)(unsigned char)raw[i]);
	text = escaped(raw);
	plain = strcmp(text, raw) == 0;
	CU_ASSERT_TRUE(plain || strcmp(text, hex) == 0);
	free(text);
	return plain;
}

/* Both ends of each range that is escaped, and what is next to them. */
static void
characters(void)
{
	static const uint32_t ranges[][2] = {
		{ 0x7F, 0xA0 }, { 0xAD, 0xAD }, { 0x34F, 0x34F },
		{ 0x600, 0x605 }, { 0x61C, 0x61C }, { 0x6DD, 0x6DD },
		{ 0x70F, 0x70F }, { 0x890, 0x891 }, { 0x8E2, 0x8E2 },
		{ 0x115F, 0x1160 }, { 0x1680, 0x1680 }, { 0x17B4, 0x17B5 },
		{ 0x180B, 0x180F }, { 0x2000, 0x200F }, { 0x2028, 0x202F },
		{ 0x205F, 0x206F }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
		{ 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
		{ 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x110BD, 0x110BD },
		{ 0x110CD, 0x110CD }, { 0x13430, 0x1343F },
		{ 0x13441, 0x13442 }, { 0x16FE4, 0x16FE4 },
		{ 0x1BCA0, 0x1BCA3 }, { 0x1D159, 0x1D159 },
		{ 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
	};
	size_t i;

	CU_ASSERT_TRUE(!shown(0x01) && !shown(0x1F) && shown(0x20));
	for (i = 0; i < HARNESS_COUNT(ranges); i++) {
		if (shown(ranges[i][0]) || shown(ranges[i][1]) ||
		    !shown(ranges[i][0] - 1) || !shown(ranges[i][1] + 1)) {
			CU_FAIL("an end of a range");
			printf("\n    U+%04X", ranges[i][0]);
		}
	}
	CU_ASSERT_TRUE(shown(0x10FFFF));
}

/* The reverse of both, as a reader of their comments would write it;
 * false: it steers a terminal, or is not what the comment says. */
static bool
turn_back(const char *text, char *raw)
{
	unsigned int byte;
	int used;

	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7F)
			return false;
		if (*text != '\\') {
			*raw++ = *text;
		} else if (text[1] == '\\') {
			*raw++ = *text++;
		} else if (sscanf(text, "\\x%2x%n", &byte, &used) == 1 &&
		    used == 4) {
			*raw++ = (char)byte;
			text += 3;
		} else {
			return false;
		}
	}
	*raw = '\0';
	return true;
}

/* What text_unescape() makes of s. */
static void
unescaped(const char *s, char *raw)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 64);
	CU_ASSERT_EQUAL(text_unescape(&b, s, &e), ERR_OK);
	if (b.size > 0)
		memcpy(raw, b.data, b.size);
	raw[b.size] = '\0';
	buf_free(&b);
}

/* What nobody escaped stays as it is. */
static void
not_escapes(void)
{
	static const char *const rows[] = {
		"", "a", "\\", "\\n", "\\x", "\\x1", "\\x1g", "\\xG1",
		"\\x1F", "\\x00", "a\\", "\\X41", "x41",
	};
	char raw[64];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		unescaped(rows[i], raw);
		CU_ASSERT_STRING_EQUAL(raw, rows[i]);
	}
	unescaped("\\x41\\\\x42\\x0a.", raw);
	CU_ASSERT_STRING_EQUAL(raw, "A\\x42\n.");
}

static void
reversible(void)
{
	static const char parts[][5] = { "\\", "x", "41", "\xC3", "\xA9",
	    "\xE2\x82\xAC", "\xE2\x80\x8B", "\xF0", "\n", "\x7F", "\xED",
	    "\xC2\x85", " ", "->", ":" };
	char raw[64], back[64], *text;
	uint8_t *p = harness_bytes('r', 3, 9 * 3000);
	size_t i, j, wrong = 0;

	for (i = 0; i < 3000; i++) {
		raw[0] = '\0';
		for (j = 0; j < p[9 * i] % 9u; j++)
			strcat(raw, parts[p[9 * i + 1 + j] %
			    HARNESS_COUNT(parts)]);
		text = written(raw, i % 2 == 0 ? text_escape :
		    text_escape_name);
		if (!text_is_utf8(text) || !turn_back(text, back) ||
		    strcmp(raw, back) != 0)
			wrong++;
		unescaped(text, back);
		if (strcmp(raw, back) != 0)
			wrong++;
		free(text);
	}
	CU_ASSERT_EQUAL(wrong, 0);
	free(p);
}

static void
ceilings(void)
{
	struct err fits = ERR_INIT, over = ERR_INIT, wide = ERR_INIT,
	    first = ERR_INIT;
	struct buf b;

	buf_init(&b, 8);
	CU_ASSERT_EQUAL(text_escape(&b, "abcd\n", &fits), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 8);
	CU_ASSERT_EQUAL(memcmp(b.data, "abcd\\x0a", 8), 0);
	CU_ASSERT_EQUAL(text_escape(&b, "", &over), ERR_OK);
	CU_ASSERT_EQUAL(text_escape(&b, "e", &over), ERR_FAIL);
	CU_ASSERT_EQUAL(text_printf(&b, &wide, "%d", 1), ERR_FAIL);
	CU_ASSERT_EQUAL(b.size, 8);
	buf_free(&b);
	/* An error that was there before is the one that stays. */
	err_set(&first, ERR_CORRUPT, "first");
	CU_ASSERT_EQUAL(text_escape(&b, "abc", &first), ERR_CORRUPT);
	CU_ASSERT_STRING_EQUAL(first.text, "first");
	buf_free(&b);
}

static void
printed(void)
{
	struct err e = ERR_INIT;
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 16);
	CU_ASSERT_EQUAL(text_printf(&b, &e, "%s", ""), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 0);
	CU_ASSERT_EQUAL(text_printf(&b, &e, "%d-%s", 7, "a%sb"), ERR_OK);
	CU_ASSERT_EQUAL(text_printf(&b, &e, "|%05.1f", 2.25), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 12);
	CU_ASSERT_EQUAL(memcmp(b.data, "7-a%sb|002.2", 12), 0);
	/* much more than a first guess of room */
	CU_ASSERT_EQUAL(text_printf(&b, &e, "%*s", 20000, "end"), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 20012);
	for (i = 12; i < 20009 && b.data[i] == ' '; i++)
		continue;
	CU_ASSERT_EQUAL(i, 20009);
	CU_ASSERT_EQUAL(memcmp(b.data + 20009, "end", 3), 0);
	buf_free(&b);
}

/* Text that others have made: nothing in it steers a terminal. */
static void
disarmed(void)
{
	static const struct {
		const char *raw, *plain;
	} cases[] = {
		{ "", "" }, { "a\tb\\n\n", "a\tb\\n\n" },
		{ "\033[2J", "?[2J" }, { "a\x7F\r", "a??" },
		{ "\xC2\x9B", "??" }, { "\xC3\xA9", "\xC3\xA9" },
		{ "\xE2\x80\xAE", "???" }, { "\xFF\xC3", "??" },
		{ "\xF3\xA0\x81\x81", "????" }, { "\xC3\n", "?\n" },
	};
	struct err e = ERR_INIT;
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		buf_init(&b, 100);
		buf_append(&b, cases[i].raw, strlen(cases[i].raw), &e);
		text_disarm(&b);
		CU_ASSERT_EQUAL(b.size, strlen(cases[i].plain));
		CU_ASSERT_TRUE(b.size == 0 || memcmp(b.data, cases[i].plain,
		    b.size) == 0);
		buf_free(&b);
	}
	/* no room for one more byte: ASCII alone is left */
	buf_init(&b, 3);
	buf_append(&b, "a\xC3\xA9", 3, &e);
	text_disarm(&b);
	CU_ASSERT_TRUE(b.size == 3 && memcmp(b.data, "a??", 3) == 0);
	buf_free(&b);
}

static void
units(void)
{
	CU_ASSERT_EQUAL(text_unit("ab"), 1);
	CU_ASSERT_EQUAL(text_unit("\\\\\\"), 2);
	CU_ASSERT_EQUAL(text_unit("\\x0ab"), 4);
	CU_ASSERT_EQUAL(text_unit("\xC3\xA9\xC3\xA9"), 2);
	CU_ASSERT_EQUAL(text_unit("\xF0\x9F\x98\x80z"), 4);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what is UTF-8", utf8 },
		{ "what is escaped", escapes },
		{ "names among other things", names },
		{ "characters at the edges", characters },
		{ "it can be turned back", reversible },
		{ "what is no escape", not_escapes },
		{ "what is not cut", units },
		{ "ceilings", ceilings },
		{ "printf", printed },
		{ "text of others", disarmed },
	};

	return harness_run("text", tests, HARNESS_COUNT(tests));
}
