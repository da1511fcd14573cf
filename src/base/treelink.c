#include "base/treelink.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CROSSED_MAX 40		/* symlinks, as path_resolution(7) has it */

struct walk {
	char path[PATH_MAX];	/* where we are, [used], not terminated */
	size_t used;
	char *rest;		/* what is still to be walked; owned */
	unsigned int crossed;
	bool direct;		/* cross none */
};

/* Put text in front of what is left to walk. */
static enum err_code
prepend(struct walk *w, const char *text, const char *left, struct err *e)
{
	size_t n = strlen(text), more = strlen(left);
	char *v = malloc(n + 1 + more + 1);

	if (v == NULL)
		return err_nomem(e);
	memcpy(v, text, n);
	v[n] = '/';
	memcpy(v + n + 1, left, more + 1);
	free(w->rest);
	w->rest = v;
	return ERR_OK;
}

/* One component up; false at the root. */
static bool
go_up(struct walk *w)
{
	if (w->used == 0)
		return false;
	while (w->used > 0 && w->path[w->used - 1] != '/')
		w->used--;
	w->used -= w->used > 0;
	return true;
}

static bool
go_down(struct walk *w, const char *part, size_t n)
{
	if (w->used + 1 + n >= sizeof(w->path))
		return false;
	if (w->used > 0)
		w->path[w->used++] = '/';
	memcpy(w->path + w->used, part, n);
	w->used += n;
	return true;
}

static enum treelink
judge(const char *text)
{
	if (text[0] == '/')
		return TREELINK_ABSOLUTE;
	return text[0] == '\0' || strlen(text) >= PATH_MAX ?
	    TREELINK_EMPTY : TREELINK_INSIDE;
}

static enum err_code
run(struct walk *w,
    const char *(*link_text)(void *, const char *, size_t), void *ctx,
    enum treelink *verdict, struct err *e)
{
	const char *at = w->rest, *part, *text;
	size_t n;

	for (;;) {
		part = at + strspn(at, "/");
		n = strcspn(part, "/");
		at = part + n;
		if (n == 0)
			return ERR_OK;
		if (n == 1 && part[0] == '.')
			continue;
		if (n == 2 && part[0] == '.' && part[1] == '.') {
			if (!go_up(w)) {
				*verdict = TREELINK_LEAVES;
				return ERR_OK;
			}
			continue;
		}
		if (!go_down(w, part, n)) {
			*verdict = TREELINK_EMPTY;
			return ERR_OK;
		}
		if (link_text == NULL || at[strspn(at, "/")] == '\0' ||
		    (text = link_text(ctx, w->path, w->used)) == NULL)
			continue;
		if (w->direct) {
			*verdict = TREELINK_CROSSES;
			return ERR_OK;
		}
		*verdict = ++w->crossed > CROSSED_MAX ? TREELINK_LOOPS :
		    judge(text);
		(void)go_up(w);
		if (*verdict != TREELINK_INSIDE ||
		    prepend(w, text, at, e) != ERR_OK)
			return e->code;
		at = w->rest;
	}
}

/* Walk with w, which is all zeros but for its mode. */
static enum err_code
start(struct walk *w, const char *name, const char *text,
    const char *(*link_text)(void *, const char *, size_t), void *ctx,
    enum treelink *verdict, struct err *e)
{
	const char *slash = strrchr(name, '/');

	w->used = slash != NULL ? (size_t)(slash - name) : 0;
	if (w->used >= sizeof(w->path)) {
		*verdict = TREELINK_EMPTY;
		return ERR_OK;
	}
	memcpy(w->path, name, w->used);
	w->rest = strdup(text);
	if (w->rest == NULL)
		return err_nomem(e);
	run(w, link_text, ctx, verdict, e);
	free(w->rest);
	return e->code;
}

enum err_code
treelink_walk(const char *name, const char *text,
    const char *(*link_text)(void *, const char *, size_t), void *ctx,
    enum treelink *verdict, struct err *e)
{
	struct walk *w;

	*verdict = judge(text);
	if (*verdict != TREELINK_INSIDE)
		return ERR_OK;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return err_nomem(e);
	start(w, name, text, link_text, ctx, verdict, e);
	free(w);
	return e->code;
}

enum err_code
treelink_direct(const char *name, const char *text,
    const char *(*link_text)(void *, const char *, size_t), void *ctx,
    enum treelink *verdict, char **to, struct err *e)
{
	struct walk *w;

	*to = NULL;
	*verdict = judge(text);
	if (*verdict != TREELINK_INSIDE)
		return ERR_OK;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return err_nomem(e);
	w->direct = true;
	if (start(w, name, text, link_text, ctx, verdict, e) == ERR_OK &&
	    *verdict == TREELINK_INSIDE) {
		*to = strndup(w->path, w->used);
		if (*to == NULL)
			err_nomem(e);
	}
	free(w);
	return e->code;
}

const char *
treelink_reason(enum treelink verdict)
{
	static const char *const reasons[] = {
		[TREELINK_INSIDE] = "",
		[TREELINK_EMPTY] = "no usable path",
		[TREELINK_ABSOLUTE] = "an absolute path",
		[TREELINK_LEAVES] = "which leaves the tree",
		[TREELINK_LOOPS] = "which crosses too many symlinks",
		[TREELINK_CROSSES] = "which leads through another symlink",
	};

	return reasons[verdict];
}
