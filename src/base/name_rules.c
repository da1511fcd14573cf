#include "base/name.h"

#include <string.h>

#include "base/name_part.h"
#include "base/text.h"

/* --- each for n bytes of a component --- */

static bool
not_utf8(const char *p, size_t n)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t k;
	size_t i;

	if (name_part_is_ascii(p, n))
		return false;
	for (i = 0; i < n; i += (size_t)k) {
		k = utf8proc_iterate((const utf8proc_uint8_t *)p + i,
		    (utf8proc_ssize_t)(n - i), &c);
		if (k <= 0)
			return true;
	}
	return false;
}

/* Has it a character of such a kind? */
static bool
has(const char *p, size_t n, bool (*is_kind)(utf8proc_int32_t c))
{
	utf8proc_int32_t c;
	utf8proc_ssize_t k;
	size_t i;

	for (i = 0; i < n; i += (size_t)k) {
		k = utf8proc_iterate((const utf8proc_uint8_t *)p + i,
		    (utf8proc_ssize_t)(n - i), &c);
		if (k <= 0)
			return false;
		if (is_kind(c))
			return true;
	}
	return false;
}

#define IN(category) (1UL << UTF8PROC_CATEGORY_##category)

static bool
is_of(utf8proc_int32_t c, unsigned long categories)
{
	return (categories >> utf8proc_category(c) & 1) != 0;
}

static bool
is_control(utf8proc_int32_t c)
{
	return is_of(c, IN(CC) | IN(ZL) | IN(ZP));
}

static bool
has_control(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((unsigned char)p[i] < 0x20 || p[i] == 0x7F)
			return true;
	}
	return !name_part_is_ascii(p, n) && has(p, n, is_control);
}

/* The table of base/text has all of these, and blanks that have a category of
 * their own; but utf8proc may be of a later Unicode. */
static bool
is_format(utf8proc_int32_t c)
{
	return text_is_unseen((uint32_t)c) || is_of(c, IN(CF)) ||
	    (c != ' ' && is_of(c, IN(ZS))) ||
	    utf8proc_get_property(c)->ignorable;
}

static bool
has_format(const char *p, size_t n)
{
	return !name_part_is_ascii(p, n) && has(p, n, is_format);
}

static bool
is_unassigned(utf8proc_int32_t c)
{
	return is_of(c, IN(CN) | IN(CO) | IN(CS));
}

static bool
has_unassigned(const char *p, size_t n)
{
	return !name_part_is_ascii(p, n) && has(p, n, is_unassigned);
}

static bool
has_backslash(const char *p, size_t n)
{
	return memchr(p, '\\', n) != NULL;
}

static bool
has_colon(const char *p, size_t n)
{
	return memchr(p, ':', n) != NULL;
}

/* What else "Naming Files, Paths, and Namespaces" excludes; see below. */
static bool
has_windows(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (memchr("<>|\"?*", p[i], 6) != NULL)
			return true;
	}
	return false;
}

static bool
has_trailing(const char *p, size_t n)
{
	return p[n - 1] == '.' || p[n - 1] == ' ';
}

/* Is it the digit at the end of a port's name?  Windows takes the digits of
 * Latin-1 that are superscripts for digits too. */
static bool
is_port(const char *p, size_t n)
{
	if (n == 1)
		return p[0] >= '0' && p[0] <= '9';
	return n == 2 && (memcmp(p, "\xC2\xB9", 2) == 0 ||
	    memcmp(p, "\xC2\xB2", 2) == 0 || memcmp(p, "\xC2\xB3", 2) == 0);
}

/* Are the n bytes this word, which is in lower case? */
static bool
is_word(const char *p, size_t n, const char *word)
{
	char lower[8];

	if (n != strlen(word) || n > sizeof(lower))
		return false;
	name_part_lower(p, n, lower);
	return memcmp(lower, word, n) == 0;
}

/* "Naming Files, Paths, and Namespaces" of Microsoft's documentation; CONIN$
 * and CONOUT$ are in that of CreateFile.  What follows the first dot does not
 * matter, nor do blanks before it. */
static bool
is_device(const char *p, size_t n)
{
	static const char *const names[] = { "con", "prn", "aux", "nul",
		"conin$", "conout$" };
	const char *dot = memchr(p, '.', n);
	size_t i;

	if (dot != NULL)
		n = (size_t)(dot - p);
	while (n > 0 && p[n - 1] == ' ')
		n--;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (is_word(p, n, names[i]))
			return true;
	}
	return n > 3 && is_port(p + 3, n - 3) &&
	    (is_word(p, 3, "com") || is_word(p, 3, "lpt"));
}

static bool
folds_to_slash(const char *p, size_t n)
{
	struct name_folded f;

	if (name_part_is_ascii(p, n) || n > NAME_PART_MAX)
		return false;
	name_part_fold(p, n, &f);
	return f.n == 0 || memchr(f.text, '/', f.n) != NULL ||
	    name_part_is_dots(f.text, f.n);
}

static bool
is_reserved(const char *p, size_t n)
{
	const size_t length = strlen(NAME_STAGE_PREFIX);
	struct name_folded f;

	if (n > NAME_PART_MAX)
		return false;
	name_part_fold(p, n, &f);
	return f.n >= length && memcmp(f.text, NAME_STAGE_PREFIX, length) == 0;
}

static const struct {
	struct name_rule rule;
	bool (*broken)(const char *p, size_t n);
	bool in_any;
} table[] = {
	{ { "utf8", "a name that is not UTF-8" }, not_utf8, false },
	{ { "control", "a control character in the name" }, has_control,
	    false },
	{ { "format", "an invisible character, a blank other than the space, "
	    "or a change of direction in the name" }, has_format, false },
	{ { "unassigned", "an unassigned or private character in the name" },
	    has_unassigned, false },
	{ { "backslash", "a backslash in the name" }, has_backslash, false },
	{ { "colon", "a colon in the name" }, has_colon, false },
	{ { "windows", "one of < > | \" ? * in the name" }, has_windows,
	    false },
	{ { "trailing", "a dot or a space at the end of a name component" },
	    has_trailing, false },
	{ { "device", "the name of a device of Windows" }, is_device, false },
	{ { "folds-to-slash", "characters that may be taken for '/', '.', "
	    "'..' or nothing" }, folds_to_slash, false },
	{ { "reserved", "a name component that begins with "
	    "'" NAME_STAGE_PREFIX "', as extraction's own" }, is_reserved,
	    true },
};

const struct name_rule *
name_broken_rule(const char *name, enum name_rules rules)
{
	const char *at, *p;
	size_t i, n;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (rules == NAME_ANY && !table[i].in_any)
			continue;
		at = name;
		while ((p = name_part(&at, &n)) != NULL) {
			if (!name_part_is_dots(p, n) && table[i].broken(p, n))
				return &table[i].rule;
		}
	}
	return NULL;
}
