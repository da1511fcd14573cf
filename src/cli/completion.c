#include "cli/completion.h"

#include <string.h>

#include "base/text.h"
#include "cli/completion_part.h"

static enum err_code
find(const struct completion_part *parts, size_t n, const char *name,
    size_t length, struct buf *to, struct err *e, bool *found)
{
	size_t i;

	for (i = 0; i < n && !*found; i++) {
		if (strlen(parts[i].name) != length ||
		    memcmp(parts[i].name, name, length) != 0)
			continue;
		*found = true;
		parts[i].put(to, e);
	}
	return e->code;
}

static enum err_code
put_part(const char *name, size_t n, struct buf *to, struct err *e)
{
	bool found = false;

	find(completion_bash, COMPLETION_BASH_N, name, n, to, e, &found);
	find(completion_zsh, COMPLETION_ZSH_N, name, n, to, e, &found);
	find(completion_fish, COMPLETION_FISH_N, name, n, to, e, &found);
	if (!found)
		err_set(e, ERR_FAIL, "nothing is called '%.*s' in a script "
		    "for completion", (int)n, name);
	return e->code;
}

/* A line of the text. */
static enum err_code
put_line(const char *line, size_t n, struct buf *to, struct err *e)
{
	static const char mark[] = "#@ ";
	const size_t skip = sizeof(mark) - 1;

	if (n > skip && memcmp(line, mark, skip) == 0)
		return put_part(line + skip, n - skip, to, e);
	if (buf_append(to, line, n, e) == ERR_OK)
		buf_append(to, "\n", 1, e);
	return e->code;
}

enum err_code
completion_write(const char *shell, struct buf *to, struct err *e)
{
	const struct completion_text *t = completion_texts;
	const char *p;
	size_t n;

	while (t->shell != NULL && strcmp(t->shell, shell) != 0)
		t++;
	if (t->shell == NULL)
		return err_set(e, ERR_USAGE, "'%s': no completion for this "
		    "shell, but for bash, zsh and fish", shell);
	for (p = t->text; *p != '\0' && e->code == ERR_OK; p += n + 1) {
		n = strcspn(p, "\n");
		put_line(p, n, to, e);
	}
	return e->code;
}

/* --- for the parts --- */

bool
completion_has(size_t command, const struct optable_option *o)
{
	if (command == COMMAND_HELP)
		return o->commands == 0 || o->id == OPT_HELP ||
		    o->id == OPT_VERSION;
	return (o->commands & 1U << command) != 0;
}

void
completion_quote(const char *text, const char *special, struct buf *to,
    struct err *e)
{
	const char *p = text;

	text_printf(to, e, "'");
	while (*p != '\0') {
		if (*p == ' ' || *p == '\n') {
			p += strspn(p, " \n");
			text_printf(to, e, " ");
			continue;
		}
		if (strchr(special, *p) != NULL)
			text_printf(to, e, "\\%c", *p);
		else if (*p == '\'')
			text_printf(to, e, "'\\''");
		else
			text_printf(to, e, "%c", *p);
		p++;
	}
	text_printf(to, e, "'");
}
