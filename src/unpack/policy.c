#include "unpack/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/treelink.h"

static int
compare(const void *a, const void *b)
{
	const struct policy_name *na = a, *nb = b;

	return strcmp(na->name, nb->name);
}

/* The entry called by the first n bytes of path, or NULL. */
static const struct policy_name *
look_up(const struct policy *p, const char *path, size_t n)
{
	size_t lo = 0, hi = p->n_names, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strncmp(p->names[mid].name, path, n);
		if (c == 0 && p->names[mid].name[n] != '\0')
			c = 1;
		if (c == 0)
			return &p->names[mid];
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* The text of the symlink called by the first n bytes of path, or NULL. */
static const char *
link_text(void *ctx, const char *path, size_t n)
{
	const struct policy_name *hit = look_up(ctx, path, n);

	return hit != NULL && hit->type == TARREAD_SYMLINK ? hit->link : NULL;
}

/* With p, which is sorted then, other symlinks count too. */
static enum err_code
check_symlink(struct policy *p, const char *name, const char *text,
    struct err *e)
{
	enum treelink verdict;

	if (treelink_walk(name, text, p != NULL ? link_text : NULL, p,
	    &verdict, e) != ERR_OK)
		return e->code;
	if (verdict != TREELINK_INSIDE)
		return err_set(e, ERR_UNSAFE, "%s: a symlink to '%s', %s; "
		    "refused", name, text, treelink_reason(verdict));
	return ERR_OK;
}

static enum err_code
append(struct policy *p, char *name, char *link, enum tarread_type type,
    struct err *e)
{
	struct policy_name *v = p->names;
	size_t cap = p->cap;

	p->bytes += 2 * sizeof(*v) + strlen(name) + 1 +
	    (link != NULL ? strlen(link) + 1 : 0);
	if (p->memory != 0 && p->bytes > p->memory) {
		err_set(e, ERR_MEMLIMIT, "the names of %zu members and more "
		    "need over %llu bytes of memory; raise --memlimit",
		    p->n_names, (unsigned long long)p->memory);
	} else if (p->n_names == cap) {
		cap = cap > 0 ? 2 * cap : 64;
		v = realloc(p->names, cap * sizeof(*v));
		if (v == NULL)
			err_nomem(e);
		else
			p->names = v;
	}
	if (e->code != ERR_OK) {
		free(name);
		free(link);
		return e->code;
	}
	p->cap = cap;
	v = &p->names[p->n_names];
	v->name = name;
	v->link = link;
	v->type = type;
	v->order = p->n_names++;
	return ERR_OK;
}

static enum err_code
check_type(const struct tarread_member *m, struct err *e)
{
	if (m->type == TARREAD_OTHER)
		return err_set(e, ERR_UNSAFE, "%s: a device, a FIFO or a "
		    "member of unknown type; refused", m->name);
	if (m->type != TARREAD_FILE && m->size > 0)
		return err_set(e, ERR_UNSAFE, "%s: a member with data that "
		    "is not a file; refused", m->name);
	return ERR_OK;
}

enum err_code
policy_member(struct policy *p, const struct tarread_member *m,
    const char **name, const char **link, struct err *e)
{
	char *clean = NULL, *target = NULL;
	const char *text;

	*name = *link = NULL;
	if (check_type(m, e) != ERR_OK ||
	    name_clean(m->name, &clean, e) != ERR_OK)
		return e->code;
	if (clean[0] == '\0') {
		if (m->type != TARREAD_DIR)
			err_set(e, ERR_UNSAFE, "%s: names the root, and is "
			    "not a directory; refused", m->name);
		free(clean);
		return e->code;
	}
	if (m->type == TARREAD_SYMLINK) {
		/* libarchive has no text for an empty one. */
		text = m->link != NULL ? m->link : "";
		if (check_symlink(NULL, clean, text, e) == ERR_OK) {
			target = strdup(text);
			if (target == NULL)
				err_nomem(e);
		}
	} else if (m->type == TARREAD_HARDLINK &&
	    name_clean(m->link, &target, e) != ERR_OK) {
		err_wrap(e, "%s: a hard link", m->name);
	}
	if (e->code != ERR_OK) {
		free(clean);
		free(target);
		return e->code;
	}
	if (append(p, clean, target, m->type, e) != ERR_OK)
		return e->code;
	*name = clean;
	*link = target;
	return ERR_OK;
}

/* Each proper parent of a name must be a directory, or not a member. */
static enum err_code
check_parents(const struct policy *p, const struct policy_name *of,
    struct err *e)
{
	const struct policy_name *parent;
	const char *slash;

	for (slash = strchr(of->name, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		parent = look_up(p, of->name, (size_t)(slash - of->name));
		if (parent != NULL && parent->type != TARREAD_DIR)
			return err_set(e, ERR_UNSAFE, "%s: is below %s, "
			    "which is not a directory; refused", of->name,
			    parent->name);
	}
	return ERR_OK;
}

static enum err_code
check_hardlink(const struct policy *p, const struct policy_name *of,
    struct err *e)
{
	const struct policy_name *to = look_up(p, of->link,
	    strlen(of->link));

	if (to == NULL || to->type != TARREAD_FILE || to->order > of->order)
		return err_set(e, ERR_UNSAFE, "%s: a hard link to '%s', "
		    "which is not an earlier file of the bundle; refused",
		    of->name, of->link);
	return ERR_OK;
}

enum err_code
policy_finish(struct policy *p, struct err *e)
{
	const struct policy_name *n;
	size_t i;

	if (p->n_names > 0)
		qsort(p->names, p->n_names, sizeof(*p->names), compare);
	for (i = 0; i < p->n_names && e->code == ERR_OK; i++) {
		n = &p->names[i];
		if (i > 0 && strcmp(n->name, p->names[i - 1].name) == 0)
			err_set(e, ERR_UNSAFE, "%s: there are two members of "
			    "this name; refused", n->name);
		else if (check_parents(p, n, e) == ERR_OK &&
		    n->type == TARREAD_SYMLINK)
			check_symlink(p, n->name, n->link, e);
		else if (n->type == TARREAD_HARDLINK)
			check_hardlink(p, n, e);
	}
	return e->code;
}

void
policy_free(struct policy *p)
{
	size_t i;

	for (i = 0; i < p->n_names; i++) {
		free(p->names[i].name);
		free(p->names[i].link);
	}
	free(p->names);
	memset(p, 0, sizeof(*p));
}
