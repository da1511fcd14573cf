#include "unpack/select.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unpack/policy.h"

struct entry {
	char *name;		/* clean; owned */
	size_t member;		/* index in the table of contents */
};

struct chooser {
	const struct tarread_toc *toc;
	struct selection *s;
	struct entry *index;	/* [n_index] by name; owned */
	size_t n_index;
	char **wanted;		/* [n_wanted] clean; owned */
	size_t n_wanted;
	bool *seen;		/* [n_wanted] some member is called so */
	bool *need;		/* [n_members] has to be read */
	struct policy policy;
};

/* --- finding members --- */

static int
compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->member > y->member) -
	    (x->member < y->member);
}

/* Members whose names have no clean form cannot be found. */
static enum err_code
make_index(struct chooser *c, struct err *e)
{
	struct err not_clean;
	struct entry *v;
	size_t i;

	c->index = calloc(c->toc->n_members + 1, sizeof(*c->index));
	if (c->index == NULL)
		return err_nomem(e);
	for (i = 0; i < c->toc->n_members; i++) {
		not_clean = (struct err)ERR_INIT;
		v = &c->index[c->n_index];
		v->member = i;
		if (policy_clean(c->toc->members[i].name, &v->name,
		    &not_clean) == ERR_OK)
			c->n_index++;
		else if (not_clean.code != ERR_UNSAFE)
			return err_copy(e, &not_clean);
	}
	if (c->n_index > 0)
		qsort(c->index, c->n_index, sizeof(*c->index), compare);
	return ERR_OK;
}

/* The first member of that clean name, or NULL. */
static const struct tarread_member *
find_member(const struct chooser *c, const char *clean)
{
	size_t lo = 0, hi = c->n_index, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(c->index[mid].name, clean) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == c->n_index || strcmp(c->index[lo].name, clean) != 0)
		return NULL;
	return &c->toc->members[c->index[lo].member];
}

static void
add_range(struct selection *s, const struct tarread_member *m)
{
	struct range *last = s->n_ranges > 0 ?
	    &s->ranges[s->n_ranges - 1] : NULL;

	if (last != NULL && last->end == m->head_off) {
		last->end = m->end_off;
		return;
	}
	s->ranges[s->n_ranges].off = m->head_off;
	s->ranges[s->n_ranges++].end = m->end_off;
}

static enum err_code
no_such_member(const char *name, struct err *e)
{
	return err_set(e, ERR_FAIL, "%s: no such member; 'xzbundle list' "
	    "shows the names", name);
}

/* --- several members --- */

/* Is name equal to want, or below it?  All is below "", the root. */
static bool
is_below(const char *name, const char *want)
{
	size_t n = strlen(want);

	return n == 0 || (strncmp(name, want, n) == 0 &&
	    (name[n] == '\0' || name[n] == '/'));
}

/* Is name wanted by any?  note says to remember by which. */
static bool
any_wanted(const struct chooser *c, const char *name, bool note)
{
	bool any = false;
	size_t i;

	for (i = 0; i < c->n_wanted; i++) {
		if (!is_below(name, c->wanted[i]))
			continue;
		any = true;
		if (note)
			c->seen[i] = true;
	}
	return any;
}

/* Where the alias from that name is in the list, or would be. */
static size_t
alias_place(const struct selection *s, const char *from)
{
	size_t lo = 0, hi = s->n_aliases, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(s->aliases[mid].from, from) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum err_code
add_alias(struct selection *s, const char *from, const char *to,
    struct err *e)
{
	size_t at = alias_place(s, from);
	struct select_alias *a;

	a = realloc(s->aliases, (s->n_aliases + 1) * sizeof(*a));
	if (a == NULL)
		return err_nomem(e);
	s->aliases = a;
	a += at;
	memmove(a + 1, a, (s->n_aliases - at) * sizeof(*a));
	s->n_aliases++;
	a->from = strdup(from);
	a->to = strdup(to);
	if (a->from == NULL || a->to == NULL)
		return err_nomem(e);
	return ERR_OK;
}

/*
 * A hard link has no data: its file must come along.  Where that is not
 * wanted itself, the first wanted link to it takes its place.
 */
static enum err_code
need_hardlink(struct chooser *c, size_t i, const char *name,
    const char *target, struct err *e)
{
	const struct tarread_member *m = find_member(c, target);

	c->need[i] = true;
	if (m == NULL || any_wanted(c, target, false) ||
	    select_made_name(c->s, target) != target)
		return ERR_OK;
	c->need[i] = false;
	c->need[m - c->toc->members] = true;
	return add_alias(c->s, target, name, e);
}

static enum err_code
judge_members(struct chooser *c, struct err *e)
{
	const struct tarread_toc *toc = c->toc;
	const char *name, *link;
	size_t i;

	for (i = 0; i < toc->n_members; i++) {
		if (policy_member(&c->policy, &toc->members[i], &name, &link,
		    e) != ERR_OK)
			return e->code;
		/* The root itself is no file, but may be asked for. */
		if (!any_wanted(c, name != NULL ? name : "", true) ||
		    name == NULL)
			continue;
		if (toc->members[i].type != TARREAD_HARDLINK)
			c->need[i] = true;
		else if (need_hardlink(c, i, name, link, e) != ERR_OK)
			return e->code;
	}
	return policy_finish(&c->policy, e);
}

/* The wanted names in clean form; one that has none is no member's. */
static enum err_code
clean_wanted(struct chooser *c, const char *const *names, size_t n,
    struct err *e)
{
	struct err not_clean = ERR_INIT;

	c->wanted = calloc(n + 1, sizeof(*c->wanted));
	c->seen = calloc(n + 1, sizeof(*c->seen));
	c->need = calloc(c->toc->n_members + 1, sizeof(*c->need));
	if (c->wanted == NULL || c->seen == NULL || c->need == NULL)
		return err_nomem(e);
	for (; c->n_wanted < n; c->n_wanted++) {
		if (policy_clean(names[c->n_wanted],
		    &c->wanted[c->n_wanted], &not_clean) == ERR_OK)
			continue;
		return not_clean.code == ERR_UNSAFE ?
		    no_such_member(names[c->n_wanted], e) :
		    err_copy(e, &not_clean);
	}
	return ERR_OK;
}

static enum err_code
choose(struct chooser *c, const char *const *names, size_t n, struct err *e)
{
	size_t i;

	if (clean_wanted(c, names, n, e) != ERR_OK ||
	    make_index(c, e) != ERR_OK || judge_members(c, e) != ERR_OK)
		return e->code;
	for (i = 0; i < n; i++) {
		if (!c->seen[i])
			return no_such_member(names[i], e);
	}
	for (i = 0; i < c->toc->n_members; i++) {
		if (c->need[i])
			add_range(c->s, &c->toc->members[i]);
	}
	return ERR_OK;
}

/* --- the way in --- */

static enum err_code
chooser_init(struct chooser *c, const struct tarread_toc *toc,
    struct selection *s, struct err *e)
{
	memset(c, 0, sizeof(*c));
	memset(s, 0, sizeof(*s));
	c->toc = toc;
	c->s = s;
	s->ranges = calloc(toc->n_members + 1, sizeof(*s->ranges));
	return s->ranges != NULL ? ERR_OK : err_nomem(e);
}

static void
chooser_free(struct chooser *c)
{
	size_t i;

	for (i = 0; i < c->n_index; i++)
		free(c->index[i].name);
	for (i = 0; i < c->n_wanted; i++)
		free(c->wanted[i]);
	free(c->index);
	free(c->wanted);
	free(c->seen);
	free(c->need);
	policy_free(&c->policy);
}

enum err_code
select_members(const struct tarread_toc *toc, const char *const *names,
    size_t n, struct selection *s, struct err *e)
{
	struct chooser c;

	if (chooser_init(&c, toc, s, e) == ERR_OK)
		choose(&c, names, n, e);
	chooser_free(&c);
	return e->code;
}

/* The member of that name as archived, or NULL. */
static const struct tarread_member *
find_raw(const struct chooser *c, const char *name, struct err *e)
{
	const struct tarread_member *m = NULL;
	struct err not_clean = ERR_INIT;
	char *clean;

	if (policy_clean(name, &clean, &not_clean) == ERR_OK) {
		m = find_member(c, clean);
		free(clean);
	} else if (not_clean.code != ERR_UNSAFE) {
		err_copy(e, &not_clean);
	}
	return m;
}

enum err_code
select_file(const struct tarread_toc *toc, const char *name,
    struct selection *s, struct err *e)
{
	const struct tarread_member *m = NULL;
	struct chooser c;

	if (chooser_init(&c, toc, s, e) == ERR_OK &&
	    make_index(&c, e) == ERR_OK)
		m = find_raw(&c, name, e);
	if (m != NULL && m->type == TARREAD_HARDLINK)
		m = find_raw(&c, m->link, e);
	if (e->code == ERR_OK && m == NULL)
		no_such_member(name, e);
	else if (e->code == ERR_OK && m->type != TARREAD_FILE)
		err_set(e, ERR_FAIL, "%s: is not a file", name);
	if (e->code == ERR_OK)
		add_range(s, m);
	chooser_free(&c);
	return e->code;
}

const char *
select_made_name(const struct selection *s, const char *name)
{
	size_t at = alias_place(s, name);

	if (at < s->n_aliases && strcmp(s->aliases[at].from, name) == 0)
		return s->aliases[at].to;
	return name;
}

void
selection_free(struct selection *s)
{
	size_t i;

	for (i = 0; i < s->n_aliases; i++) {
		free(s->aliases[i].from);
		free(s->aliases[i].to);
	}
	free(s->aliases);
	free(s->ranges);
	memset(s, 0, sizeof(*s));
}
