#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length in bytes of the character at s, its value in *c; 0: not UTF-8. */
static size_t
decode(const unsigned char *s, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;

	if (s[0] < 0x80) {
		*c = s[0];
		return 1;
	}
	n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return 0;
	*c = s[0] & (0x7FU >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		*c = *c << 6 | (s[i] & 0x3FU);
	}
	if (*c < least[n] || *c > 0x10FFFF || (*c >= 0xD800 && *c <= 0xDFFF))
		return 0;
	return n;
}

/*
 * What nobody sees or what moves that around it: of Unicode 15.0 the category
 * Cf, separators (Zs but the space, Zl, Zp) and Default_Ignorable_Code_Point
 * (DerivedGeneralCategory.txt, DerivedCoreProperties.txt); and what is blank by
 * its name in the code charts: U+2800, U+13441, U+13442, U+16FE4, U+1D159.
 */
static const uint32_t unseen[][2] = {
	{ 0x00A0, 0x00A0 }, { 0x00AD, 0x00AD }, { 0x034F, 0x034F },
	{ 0x0600, 0x0605 }, { 0x061C, 0x061C }, { 0x06DD, 0x06DD },
	{ 0x070F, 0x070F }, { 0x0890, 0x0891 }, { 0x08E2, 0x08E2 },
	{ 0x115F, 0x1160 }, { 0x1680, 0x1680 }, { 0x17B4, 0x17B5 },
	{ 0x180B, 0x180F }, { 0x2000, 0x200F }, { 0x2028, 0x202F },
	{ 0x205F, 0x206F }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
	{ 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 }, { 0xFFF0, 0xFFFB }, { 0x110BD, 0x110BD },
	{ 0x110CD, 0x110CD }, { 0x13430, 0x1343F }, { 0x13441, 0x13442 },
	{ 0x16FE4, 0x16FE4 }, { 0x1BCA0, 0x1BCA3 }, { 0x1D159, 0x1D159 },
	{ 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF },
};

bool
text_is_unseen(uint32_t c)
{
	size_t i;

	for (i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
		if (c >= unseen[i][0] && c <= unseen[i][1])
			return true;
	}
	return false;
}

static bool
is_plain(uint32_t c)
{
	if (c < 0x80)
		return c >= 0x20 && c != 0x7F;
	return c >= 0xA0 && !text_is_unseen(c);
}

bool
text_is_utf8(const char *s)
{
	uint32_t c;
	size_t n;

	for (; *s != '\0'; s += n) {
		n = decode((const unsigned char *)s, &c);
		if (n == 0)
			return false;
	}
	return true;
}

/* Would the space at p, in the name s, be taken for one that is between a name
 * and what stands beside it? */
static bool
splits(const char *s, const char *p)
{
	return p == s || p[-1] == ':' || p[1] == '\0' || p[1] == ' ' ||
	    strncmp(p + 1, "->", 2) == 0 || strncmp(p + 1, "==", 2) == 0 ||
	    strncmp(p + 1, "(+", 2) == 0;
}

static enum err_code
escape(struct buf *to, const char *s, bool name, struct err *e)
{
	const unsigned char *p = (const unsigned char *)s;
	char hex[8];
	uint32_t c;
	size_t n, i;

	for (; *p != '\0'; p += n) {
		n = decode(p, &c);
		if (n > 0 && c == '\\') {
			buf_append(to, "\\\\", 2, e);
		} else if (n > 0 && is_plain(c) && !(name && c == ' ' &&
		    splits(s, (const char *)p))) {
			buf_append(to, p, n, e);
		} else {
			n = n > 0 ? n : 1;
			for (i = 0; i < n; i++) {
				snprintf(hex, sizeof(hex), "\\x%02x", p[i]);
				buf_append(to, hex, 4, e);
			}
		}
		if (e->code != ERR_OK)
			break;
	}
	return e->code;
}

enum err_code
text_escape(struct buf *to, const char *s, struct err *e)
{
	return escape(to, s, false, e);
}

enum err_code
text_escape_name(struct buf *to, const char *s, struct err *e)
{
	return escape(to, s, true, e);
}

size_t
text_unit(const char *p)
{
	size_t n = 1;

	if (p[0] == '\\')
		return p[1] == 'x' ? 4 : 2;
	while (((unsigned char)p[n] & 0xC0) == 0x80)
		n++;
	return n;
}

/* Of a unit. */
static size_t
columns_of(const char *p, size_t n)
{
	return n > 1 && p[0] != '\\' ? 2 : n;
}

const char *
text_last(const char *p, size_t columns)
{
	size_t whole = 0, n, i;

	for (i = 0; p[i] != '\0'; i += n) {
		n = text_unit(p + i);
		whole += columns_of(p + i, n);
	}
	for (; whole > columns; p += n) {
		n = text_unit(p);
		whole -= columns_of(p, n);
	}
	return p;
}

void
text_disarm(struct buf *b)
{
	struct err ignored = ERR_INIT;
	uint8_t *p, *end;
	bool ascii = false;
	uint32_t c;
	size_t n;

	if (b->size == 0)
		return;
	/* So that no character is read beyond the end. */
	if (buf_append(b, "", 1, &ignored) != ERR_OK)
		ascii = true;
	else
		b->size--;
	for (p = b->data, end = p + b->size; p < end; p += n) {
		n = ascii ? 0 : decode(p, &c);
		if (*p == '\n' || *p == '\t' || (*p >= 0x20 && *p < 0x7F)) {
			n = 1;
		} else if (n == 0 || !is_plain(c)) {
			n = n > 0 ? n : 1;
			memset(p, '?', n);
		}
	}
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum err_code
text_unescape(struct buf *to, const char *s, struct err *e)
{
	int high, low;
	char byte;
	size_t n;

	for (; *s != '\0' && e->code == ERR_OK; s += n) {
		byte = *s;
		n = 1;
		if (s[0] == '\\' && s[1] == '\\') {
			n = 2;
		} else if (s[0] == '\\' && s[1] == 'x') {
			high = hex_digit(s[2]);
			low = high < 0 ? -1 : hex_digit(s[3]);
			if (low >= 0 && high + low > 0) {
				byte = (char)(high << 4 | low);
				n = 4;
			}
		}
		buf_append(to, &byte, 1, e);
	}
	return e->code;
}

enum err_code
text_printf(struct buf *to, struct err *e, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err_nomem(e);
	buf_append(to, s, (size_t)n, e);
	free(s);
	return e->code;
}
