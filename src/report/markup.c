#include "report/markup.h"

#include <stdbool.h>
#include <string.h>

#define NAME_MAX_SIZE 24	/* bytes of a name, with a NUL */

struct markup {
	const uint8_t *p, *end;
};

static const char *const elements[] = {
	"section", "h2", "p", "dl", "div", "dt", "dd", "small", "span", "bdi",
	"strong", "figure", "figcaption", "table", "thead", "tbody", "tfoot",
	"tr", "th", "td", "svg", "g", "rect", "text", "title", "desc", NULL
};

static const char *const attributes[] = {
	"class", "title", "role", "tabindex", "scope", "colspan", "viewBox",
	"x", "y", "width", "height", "fill", "font-weight", "text-anchor",
	"transform", "preserveAspectRatio", "aria-label", "aria-hidden",
	"aria-sort", "data-v", "data-k", "data-filter", "data-sum", "data-map",
	NULL
};

static bool
is_listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

static bool
skip(struct markup *m, char c)
{
	if (m->p == m->end || *m->p != (uint8_t)c)
		return false;
	m->p++;
	return true;
}

/* A name, up to a character that is in none. */
static bool
take_name(struct markup *m, char name[NAME_MAX_SIZE])
{
	size_t n = 0;

	for (; m->p < m->end && n < NAME_MAX_SIZE - 1 &&
	    strchr(" =/>", *m->p) == NULL; m->p++)
		name[n++] = (char)*m->p;
	name[n] = '\0';
	return n > 0;
}

/* One that report/page writes: others could stand for what no value has. */
static bool
entity(struct markup *m)
{
	static const char *const names[] = { "&amp;", "&lt;", "&gt;",
	    "&quot;", "&#39;" };
	size_t i, n;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if ((size_t)(m->end - m->p) >= n &&
		    memcmp(m->p, names[i], n) == 0) {
			m->p += n;
			return true;
		}
	}
	return false;
}

/* Nor is any value an address, be it in the escapes of CSS. */
static bool
value(struct markup *m)
{
	if (!skip(m, '"'))
		return false;
	while (m->p < m->end && strchr("<>\":/\\", *m->p) == NULL) {
		if (*m->p != '&')
			m->p++;
		else if (!entity(m))
			return false;
	}
	return skip(m, '"');
}

static bool
attribute(struct markup *m)
{
	char name[NAME_MAX_SIZE];

	if (!take_name(m, name) || !is_listed(attributes, name))
		return false;
	return !skip(m, '=') || value(m);
}

/* Behind its '<'. */
static bool
tag(struct markup *m)
{
	bool closes = skip(m, '/');
	char name[NAME_MAX_SIZE];

	if (!take_name(m, name) || !is_listed(elements, name))
		return false;
	while (!closes && skip(m, ' ')) {
		if (!attribute(m))
			return false;
	}
	if (!closes)
		(void)skip(m, '/');
	return skip(m, '>');
}

enum err_code
markup_check(const uint8_t *p, size_t n, struct err *e)
{
	struct markup m = { p, n > 0 ? p + n : p };
	bool ok = true;

	while (ok && m.p < m.end) {
		if (*m.p++ == '<')
			ok = tag(&m);
	}
	if (!ok)
		err_set(e, ERR_UNSAFE, "the confined process has written "
		    "what no report has; refused");
	return e->code;
}
