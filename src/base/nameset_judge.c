#include "base/nameset.h"

#include <stdlib.h>
#include <string.h>

#include "base/nameset_entry.h"
#include "base/treelink.h"

#define LINKS_MAX 40		/* symlinks, as path_resolution(7) has it */
#define NONE UINT32_MAX		/* no index */

/* --- sorting --- */

static int
name_order(const void *a, const void *b, void *ctx)
{
	struct nameset *s = ctx;
	const uint32_t *ia = a, *ib = b;
	int c = name_compare(s->entries[*ia].name, s->entries[*ib].name);

	return c != 0 ? c : *ia < *ib ? -1 : *ia > *ib;
}

static int
key_order(const void *a, const void *b, void *ctx)
{
	struct nameset *s = ctx;
	const uint32_t *ia = a, *ib = b;
	const struct nameset_entry *va = &s->entries[*ia];
	const struct nameset_entry *vb = &s->entries[*ib];
	int c = name_compare(va->name + va->key, vb->name + vb->key);

	return c != 0 ? c : name_order(a, b, ctx);
}

/* All indexes in an order; the caller frees.  NULL without memory. */
static uint32_t *
sorted(struct nameset *s,
    int (*order)(const void *, const void *, void *))
{
	uint32_t *v = malloc((s->n > 0 ? s->n : 1) * sizeof(*v));
	size_t i;

	if (v == NULL)
		return NULL;
	for (i = 0; i < s->n; i++)
		v[i] = (uint32_t)i;
	if (s->n > 0)
		qsort_r(v, s->n, sizeof(*v), order, s);
	return v;
}

/* --- judging --- */

struct judge {
	struct nameset *s;
	nameset_report report;
	void *ctx;
	struct err found;	/* the conflict at hand */
};

/* Hand on what is in j->found. */
static enum err_code
tell(struct judge *j, const char *id, const struct nameset_entry *v,
    struct err *e)
{
	enum err_code code = j->found.code;

	if (j->report != NULL)
		code = j->report(j->ctx, id, v->name, &j->found);
	j->found.code = code;
	return code != ERR_OK ? err_copy(e, &j->found) : ERR_OK;
}

/* Is a name below another? */
static bool
is_below(const char *name, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(name, dir, n) == 0 && name[n] == '/';
}

/* Names twice, and what is below something else than a directory: that is
 * the last such thing which is not below one itself. */
static enum err_code
judge_names(struct judge *j, struct err *e)
{
	const struct nameset_entry *v, *last = NULL, *top = NULL;
	size_t i;

	for (i = 0; i < j->s->n; i++, last = v) {
		v = &j->s->entries[j->s->by_name[i]];
		if (last != NULL && strcmp(v->name, last->name) == 0) {
			err_set(&j->found, ERR_UNSAFE, "%s: there are two "
			    "members of this name; refused",
			    v->name[0] != '\0' ? v->name : "./");
			if (tell(j, "duplicate", v, e) != ERR_OK)
				return e->code;
		}
		if (top != NULL && is_below(v->name, top->name)) {
			err_set(&j->found, ERR_UNSAFE, "%s: is below %s, "
			    "which is not a directory; refused", v->name,
			    top->name);
			if (tell(j, "parent", v, e) != ERR_OK)
				return e->code;
		} else if (v->type != NAMESET_DIR) {
			top = v;
		}
	}
	return ERR_OK;
}

/* Do the names have components in one place that differ, and fold to the
 * same as all before do?  The first ends after *part bytes of b's name. */
static bool
alike(const struct nameset_entry *a, const struct nameset_entry *b,
    size_t *part)
{
	const char *na = a->name, *nb = b->name;
	const char *ka = na + a->key, *kb = nb + b->key;
	size_t n, m;

	if (a->key == 0 && b->key == 0)
		return false;
	for (;;) {
		n = strcspn(ka, "/");
		if (n != strcspn(kb, "/") || memcmp(ka, kb, n) != 0)
			return false;
		ka += n;
		kb += n;
		n = strcspn(na, "/");
		m = strcspn(nb, "/");
		*part = (size_t)(nb - b->name) + m;
		if (n != m || memcmp(na, nb, n) != 0)
			return true;
		na += n;
		nb += m;
		if (*ka == '\0' || *kb == '\0' || *na == '\0' || *nb == '\0')
			return false;
		ka++;
		kb++;
		na++;
		nb++;
	}
}

/*
 * Names that begin with the same folded components are neighbours, since what
 * is below a name follows it at once.  So if all neighbours among them have
 * those components in common, all of them have.
 */
static enum err_code
judge_keys(struct judge *j, struct err *e)
{
	uint32_t *by_key = sorted(j->s, key_order);
	const struct nameset_entry *v, *last;
	size_t i, n;

	if (by_key == NULL)
		return err_nomem(e);
	for (i = 1; i < j->s->n; i++) {
		last = &j->s->entries[by_key[i - 1]];
		v = &j->s->entries[by_key[i]];
		if (!alike(v, last, &n))
			continue;
		err_set(&j->found, ERR_UNSAFE, "%s: it, or a directory above "
		    "it, may be taken for '%.*s'; refused (--names any "
		    "accepts it)", v->name, (int)n, last->name);
		if (tell(j, "alike", v, e) != ERR_OK)
			break;
	}
	free(by_key);
	return e->code;
}

/* --- links --- */

static enum err_code
judge_hardlink(struct judge *j, size_t index, struct err *e)
{
	const struct nameset_entry *v = &j->s->entries[index];
	const char *to = nameset_link(v);
	size_t hit;

	if (nameset_find(j->s, to, strlen(to), &hit) && hit < index &&
	    j->s->entries[hit].type == NAMESET_FILE)
		return ERR_OK;
	err_set(&j->found, ERR_UNSAFE, "%s: a hard link to '%s', which is "
	    "not an earlier file of the bundle; refused", v->name, to);
	return tell(j, "hardlink", v, e);
}

/* The way of a symlink. */
struct way {
	const struct nameset *s;
	bool foreign;		/* led through what is no member's */
};

static const char *
link_text(void *ctx, const char *path, size_t n)
{
	struct way *w = ctx;
	const struct nameset *s = w->s;
	size_t hit;

	if (memchr(path, '/', n) == NULL && !nameset_holds(s, path, n))
		w->foreign = true;
	if (w->foreign || !nameset_find(s, path, n, &hit) ||
	    s->entries[hit].type != NAMESET_SYMLINK)
		return NULL;
	return nameset_link(&s->entries[hit]);
}

static enum err_code
refuse_symlink(struct judge *j, const char *id, const struct nameset_entry *v,
    const char *why, struct err *e)
{
	err_set(&j->found, ERR_UNSAFE, "%s: a symlink to '%s', %s; refused",
	    v->name, nameset_link(v), why);
	return tell(j, id, v, e);
}

/* *next becomes the index of the symlink that it leads to, or NONE. */
static enum err_code
judge_symlink(struct judge *j, const struct nameset_entry *v, uint32_t *next,
    struct err *e)
{
	struct way w = { j->s, false };
	const char *text = nameset_link(v);
	enum treelink verdict;
	size_t hit;
	char *to;

	*next = NONE;
	if (treelink_direct(v->name, text, link_text, &w, &verdict, &to, e) !=
	    ERR_OK)
		return e->code;
	if (to != NULL && to[0] != '\0' &&
	    !nameset_holds(j->s, to, strcspn(to, "/")))
		w.foreign = true;
	if (to != NULL && !w.foreign &&
	    nameset_find(j->s, to, strlen(to), &hit) &&
	    j->s->entries[hit].type == NAMESET_SYMLINK)
		*next = (uint32_t)hit;
	free(to);
	if (verdict != TREELINK_INSIDE)
		return refuse_symlink(j, verdict == TREELINK_CROSSES ?
		    "symlink-cross" : "symlink", v, treelink_reason(verdict),
		    e);
	return !w.foreign ? ERR_OK : refuse_symlink(j, "symlink-foreign", v,
	    "which leads to what the bundle does not bring along", e);
}

/* Follow each symlink to its end: next[index] is where it leads. */
static enum err_code
judge_chains(struct judge *j, const uint32_t *next, struct err *e)
{
	size_t i, at;
	unsigned int n;

	for (i = 0; i < j->s->n; i++) {
		n = 1;
		for (at = i; next[at] != NONE && n <= LINKS_MAX; n++)
			at = next[at];
		if (n > LINKS_MAX && refuse_symlink(j, "symlink-loop",
		    &j->s->entries[i], treelink_reason(TREELINK_LOOPS), e) !=
		    ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

static enum err_code
judge_links(struct judge *j, struct err *e)
{
	uint32_t *next = malloc((j->s->n > 0 ? j->s->n : 1) * sizeof(*next));
	size_t i;

	if (next == NULL)
		return err_nomem(e);
	for (i = 0; i < j->s->n && e->code == ERR_OK; i++) {
		next[i] = NONE;
		if (j->s->entries[i].type == NAMESET_SYMLINK)
			judge_symlink(j, &j->s->entries[i], &next[i], e);
		else if (j->s->entries[i].type == NAMESET_HARDLINK)
			judge_hardlink(j, i, e);
	}
	if (e->code == ERR_OK)
		judge_chains(j, next, e);
	free(next);
	return e->code;
}

enum err_code
nameset_finish(struct nameset *s, nameset_report report, void *ctx,
    struct err *e)
{
	struct judge j = { s, report, ctx, ERR_INIT };

	free(s->by_name);
	s->by_name = sorted(s, name_order);
	if (s->by_name == NULL)
		return err_nomem(e);
	if (judge_names(&j, e) == ERR_OK &&
	    (!s->folded || judge_keys(&j, e) == ERR_OK))
		judge_links(&j, e);
	return e->code;
}
