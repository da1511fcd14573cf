#include "base/name.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/text.h"

#define PIECE 256	/* bytes that are compared at once, at most */
#define COMPONENT_MAX 255	/* bytes, NAME_MAX of Linux file systems */
/* Characters that a component may become.  Nothing grows more than U+FDFA:
 * its 3 bytes are 18 characters, which have no case. */
#define FOLD_MAX (18 * (COMPONENT_MAX / 3))
#define KEY_MAX (16 * PATH_MAX)	/* bytes; U+FDFA takes 11 times its 3 */

/* The next component of *s, or NULL; advances *s. */
static const char *
component(const char **s, size_t *n)
{
	const char *p = *s;

	while (*p == '/')
		p++;
	*n = strcspn(p, "/");
	*s = p + *n;
	return *n > 0 ? p : NULL;
}

/* One or two? */
static bool
is_dots(const char *p, size_t n)
{
	return n > 0 && n <= 2 && memcmp(p, "..", n) == 0;
}

enum err_code
name_clean(const char *name, char **clean, struct err *e)
{
	const char *at = name, *p;
	char *out;
	size_t n, used = 0;

	*clean = NULL;
	if (name[0] == '\0')
		return err_set(e, ERR_UNSAFE, "a member has an empty name");
	if (name[0] == '/')
		return err_set(e, ERR_UNSAFE, "%s: an absolute name; refused",
		    name);
	if (strlen(name) >= PATH_MAX)
		return err_set(e, ERR_UNSAFE, "%.80s...: a name of %zu "
		    "bytes; refused", name, strlen(name));
	out = malloc(strlen(name) + 1);
	if (out == NULL)
		return err_nomem(e);
	while ((p = component(&at, &n)) != NULL) {
		if ((n == 2 && is_dots(p, n)) || n > COMPONENT_MAX) {
			err_set(e, ERR_UNSAFE, "%s: %s; refused", name,
			    n > COMPONENT_MAX ? "a name component over 255 "
			    "bytes" : "'..' in the name");
			free(out);
			return e->code;
		}
		if (is_dots(p, n))
			continue;
		if (used > 0)
			out[used++] = '/';
		memcpy(out + used, p, n);
		used += n;
	}
	out[used] = '\0';
	*clean = out;
	return ERR_OK;
}

/* --- folding --- */

/* A component while it is folded, and its folded form: n bytes at text. */
struct folded {
	utf8proc_int32_t first[FOLD_MAX + 1];
	utf8proc_int32_t second[FOLD_MAX + 1];
	const char *text;
	size_t n;
};

static bool
is_ascii(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((unsigned char)p[i] >= 0x80)
			return false;
	}
	return true;
}

static void
fold_ascii(const char *p, size_t n, char *to)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = p[i] >= 'A' && p[i] <= 'Z' ?
		    (char)(p[i] - 'A' + 'a') : p[i];
}

/* Of n decomposed and folded characters, make each i the same: U+0130 is an
 * i and U+0307 by now.  How many are left. */
static utf8proc_ssize_t
same_i(utf8proc_int32_t *c, utf8proc_ssize_t n)
{
	utf8proc_ssize_t i, used = 0;
	bool on_i = false;

	for (i = 0; i < n; i++) {
		if (c[i] == 0x0131)
			c[i] = 'i';
		if (utf8proc_get_property(c[i])->combining_class == 0)
			on_i = c[i] == 'i';
		if (c[i] != 0x0307 || !on_i)
			c[used++] = c[i];
	}
	return used;
}

/*
 * Fold n bytes of UTF-8.  Marks are put in order before their case is folded,
 * or U+0345, which becomes a letter, would make equals differ: D145 and D146
 * in section 3.13 of the Unicode Standard.
 */
static bool
fold_unicode(const char *p, size_t n, struct folded *f)
{
	const int both = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_IGNORE;
	utf8proc_ssize_t k;

	k = utf8proc_decompose((const utf8proc_uint8_t *)p,
	    (utf8proc_ssize_t)n, f->first, FOLD_MAX,
	    (utf8proc_option_t)(both | UTF8PROC_DECOMPOSE));
	if (k < 0 || k > FOLD_MAX)
		return false;
	k = utf8proc_reencode(f->first, k, UTF8PROC_STABLE);
	if (k < 0)
		return false;
	k = utf8proc_decompose((const utf8proc_uint8_t *)f->first, k,
	    f->second, FOLD_MAX, (utf8proc_option_t)(both |
	    UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD));
	if (k < 0 || k > FOLD_MAX)
		return false;
	k = utf8proc_reencode(f->second, same_i(f->second, k),
	    (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
	if (k < 0)
		return false;
	f->text = (const char *)f->second;
	f->n = (size_t)k;
	return true;
}

/* Fold a component of at most COMPONENT_MAX bytes. */
static void
fold(const char *p, size_t n, struct folded *f)
{
	if (is_ascii(p, n)) {
		fold_ascii(p, n, (char *)f->first);
		f->text = (const char *)f->first;
		f->n = n;
	} else if (!fold_unicode(p, n, f)) {
		f->text = p;
		f->n = n;
	}
}

enum err_code
name_fold(const char *clean, char **key, struct err *e)
{
	const char *at = clean, *p;
	struct folded f;
	struct buf b;
	size_t n;

	*key = NULL;
	buf_init(&b, KEY_MAX);
	while ((p = component(&at, &n)) != NULL) {
		if (n > COMPONENT_MAX) {
			err_set(e, ERR_UNSAFE, "%s: a name component over "
			    "255 bytes; refused", clean);
			break;
		}
		fold(p, n, &f);
		if (p != clean && buf_append(&b, "/", 1, e) != ERR_OK)
			break;
		if (buf_append(&b, f.text, f.n, e) != ERR_OK)
			break;
	}
	if (e->code != ERR_OK || buf_append(&b, "", 1, e) != ERR_OK)
		buf_free(&b);
	else
		*key = (char *)b.data;
	return e->code;
}

/* Bytes of the composed form (NFC) of n bytes, or less than 0. */
static utf8proc_ssize_t
compose(const char *p, size_t n, utf8proc_int32_t to[FOLD_MAX + 1])
{
	const utf8proc_option_t how = (utf8proc_option_t)(UTF8PROC_STABLE |
	    UTF8PROC_COMPOSE);
	utf8proc_ssize_t k;

	k = utf8proc_decompose((const utf8proc_uint8_t *)p,
	    (utf8proc_ssize_t)n, to, FOLD_MAX, how);
	return k < 0 || k > FOLD_MAX ? -1 : utf8proc_reencode(to, k, how);
}

bool
name_same_nfc(const char *a, const char *b)
{
	struct folded f;
	utf8proc_ssize_t used;
	size_t n, k;

	for (;; a += n + 1, b += k + 1) {
		n = strcspn(a, "/");
		k = strcspn(b, "/");
		used = compose(a, n, f.first);
		if (a[n] != b[k] || used < 0 ||
		    used != compose(b, k, f.second) ||
		    memcmp(f.first, f.second, (size_t)used) != 0)
			return false;
		if (a[n] == '\0')
			return true;
	}
}

/* --- rules, each for n bytes of a component --- */

static bool
not_utf8(const char *p, size_t n)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t k;
	size_t i;

	if (is_ascii(p, n))
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
	return !is_ascii(p, n) && has(p, n, is_control);
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
	return !is_ascii(p, n) && has(p, n, is_format);
}

static bool
is_unassigned(utf8proc_int32_t c)
{
	return is_of(c, IN(CN) | IN(CO) | IN(CS));
}

static bool
has_unassigned(const char *p, size_t n)
{
	return !is_ascii(p, n) && has(p, n, is_unassigned);
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
	fold_ascii(p, n, lower);
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
	struct folded f;

	if (is_ascii(p, n) || n > COMPONENT_MAX)
		return false;
	fold(p, n, &f);
	return f.n == 0 || memchr(f.text, '/', f.n) != NULL ||
	    is_dots(f.text, f.n);
}

static bool
is_reserved(const char *p, size_t n)
{
	const size_t length = strlen(NAME_STAGE_PREFIX);
	struct folded f;

	if (n > COMPONENT_MAX)
		return false;
	fold(p, n, &f);
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
		while ((p = component(&at, &n)) != NULL) {
			if (!is_dots(p, n) && table[i].broken(p, n))
				return &table[i].rule;
		}
	}
	return NULL;
}

/* --- names as wholes --- */

/* Where a byte sorts. */
static int
rank(char c)
{
	return c == '/' ? 1 : c == '\0' ? 0 : 1 + (unsigned char)c;
}

/* How many of the first bytes to pass, as they are the same and no NUL?  The
 * max bytes at p have none.  Names that are much alike are compared by the
 * million, and the C library compares faster than a loop. */
static size_t
same_bytes(const char *a, const char *p, size_t max)
{
	size_t piece, n = 0;

	for (piece = PIECE; piece >= 16; piece /= 4) {
		while (max - n >= piece && strncmp(a + n, p + n, piece) == 0)
			n += piece;
	}
	return n;
}

int
name_compare(const char *a, const char *b)
{
	size_t same = same_bytes(a, b, strlen(b));

	a += same;
	b += same;
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

int
name_compare_part(const char *a, const char *p, size_t n)
{
	size_t i = same_bytes(a, p, n);

	while (i < n && a[i] == p[i] && a[i] != '\0')
		i++;
	return rank(a[i]) - (i < n ? rank(p[i]) : 0);
}

unsigned int
name_depth(const char *clean)
{
	unsigned int depth = 0;
	size_t n;

	while (component(&clean, &n) != NULL)
		depth++;
	return depth;
}
