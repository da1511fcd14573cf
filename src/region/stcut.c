#include "region/stcut.h"

#include <string.h>

static void
skip_blanks(struct span *s)
{
	while (s->p < s->end && strchr(" \t\r\n", *s->p) != NULL &&
	    *s->p != '\0')
		s->p++;
}

/* Take the next byte that is not white space; NUL at the end. */
static char
next(struct span *s)
{
	skip_blanks(s);
	return s->p < s->end ? *s->p++ : '\0';
}

/* Go behind the string whose first quote has been taken. */
static bool
skip_string(struct span *s)
{
	for (; s->p < s->end; s->p++) {
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p == '\\' && ++s->p == s->end)
			break;
	}
	return false;
}

/* Go behind the object or array that has been entered, by signs of its own
 * kind. */
static bool
skip_nested(struct span *s, char open, char close)
{
	size_t depth = 1;
	char c;

	while (depth > 0) {
		if (s->p == s->end)
			return false;
		c = *s->p++;
		if (c == open)
			depth++;
		else if (c == close)
			depth--;
		else if (c == '"' && !skip_string(s))
			return false;
	}
	return true;
}

/* Go behind a number or a word, which ends where something else begins. */
static bool
skip_plain(struct span *s)
{
	while (s->p < s->end && strchr(" \t\r\n,:{}[]\"", *s->p) == NULL)
		s->p++;
	return true;
}

static bool
take_string(struct span *s, struct span *string)
{
	if (next(s) != '"')
		return false;
	string->p = s->p - 1;
	if (!skip_string(s))
		return false;
	string->end = s->p;
	return true;
}

static bool
take_value(struct span *s, struct span *value)
{
	char c = next(s);
	bool ok;

	if (c == '\0')
		return false;
	value->p = s->p - 1;
	if (c == '{')
		ok = skip_nested(s, '{', '}');
	else if (c == '[')
		ok = skip_nested(s, '[', ']');
	else if (c == '"')
		ok = skip_string(s);
	else
		ok = strchr(",:}]", c) == NULL && skip_plain(s);
	value->end = s->p;
	return ok;
}

size_t
stcut_size(const struct span *s)
{
	return (size_t)(s->end - s->p);
}

void
stcut_begin(struct stcut *c, const char *text, size_t size)
{
	c->left.p = text;
	c->left.end = text + size;
	c->begun = false;
}

enum stcut_found
stcut_next(struct stcut *c, struct span *key, struct span *value)
{
	char sign = next(&c->left);

	if (sign != (c->begun ? ',' : '{') && !(c->begun && sign == '}'))
		return STCUT_BROKEN;
	skip_blanks(&c->left);
	if (!c->begun && c->left.p < c->left.end && *c->left.p == '}')
		sign = next(&c->left);	/* no members at all */
	c->begun = true;
	if (sign == '}') {
		skip_blanks(&c->left);
		return c->left.p == c->left.end ? STCUT_END : STCUT_BROKEN;
	}
	if (!take_string(&c->left, key) || next(&c->left) != ':' ||
	    !take_value(&c->left, value))
		return STCUT_BROKEN;
	return STCUT_MEMBER;
}
