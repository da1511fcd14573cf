#include "unpack/select.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name.h"
#include "base/text.h"

#define NAME_BYTES_MAX ((size_t)64 << 10)

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
	char **made_as;		/* [n_members] the link whose name a file
				 * gets, or NULL; owned */
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
		if (name_clean(c->toc->members[i].name, &v->name,
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

/* Or one that list shows and that nothing else reads. */
static enum err_code
no_such_member(const struct chooser *c, const char *name, struct err *e)
{
	struct err why = ERR_INIT;
	char *clean = NULL;
	size_t i = c->toc->n_members;

	name_clean(name, &clean, &why);
	free(clean);
	while (why.code == ERR_UNSAFE && i-- > 0) {
		if (strcmp(c->toc->members[i].name, name) == 0)
			return err_copy(e, &why);
	}
	return err_set(e, ERR_FAIL, "'%s': no such member; 'xzbundle list' "
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
	    c->made_as[m - c->toc->members] != NULL)
		return ERR_OK;
	c->need[i] = false;
	c->need[m - c->toc->members] = true;
	c->made_as[m - c->toc->members] = strdup(name);
	return c->made_as[m - c->toc->members] != NULL ? ERR_OK :
	    err_nomem(e);
}

static enum err_code
judge_members(struct chooser *c, struct policy *p, struct err *e)
{
	const struct tarread_toc *toc = c->toc;
	const char *name, *link;
	size_t i;

	for (i = 0; i < toc->n_members; i++) {
		if (policy_member(p, &toc->members[i], &name, &link, e) !=
		    ERR_OK)
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
	return policy_finish(p, e);
}

/* With a policy of their own: all names are judged, not those wanted. */
static enum err_code
judge_all(struct chooser *c, const struct policy_options *o, struct err *e)
{
	struct policy *p = NULL;

	if (policy_new(o, &p, e) == ERR_OK)
		judge_members(c, p, e);
	policy_free(p);
	return e->code;
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
	c->made_as = calloc(c->toc->n_members + 1, sizeof(*c->made_as));
	if (c->wanted == NULL || c->seen == NULL || c->need == NULL ||
	    c->made_as == NULL)
		return err_nomem(e);
	for (; c->n_wanted < n; c->n_wanted++) {
		if (name_clean(names[c->n_wanted],
		    &c->wanted[c->n_wanted], &not_clean) == ERR_OK)
			continue;
		return not_clean.code == ERR_UNSAFE ?
		    no_such_member(c, names[c->n_wanted], e) :
		    err_copy(e, &not_clean);
	}
	return ERR_OK;
}

/* In the order of the index, which is that of the names. */
static enum err_code
list_aliases(struct chooser *c, struct err *e)
{
	struct select_alias *a;
	const char *to;
	size_t i, n = 0;

	for (i = 0; i < c->toc->n_members; i++)
		n += c->made_as[i] != NULL;
	c->s->aliases = calloc(n + 1, sizeof(*c->s->aliases));
	if (c->s->aliases == NULL)
		return err_nomem(e);
	for (i = 0; i < c->n_index; i++) {
		to = c->made_as[c->index[i].member];
		if (to == NULL)
			continue;
		a = &c->s->aliases[c->s->n_aliases++];
		a->from = strdup(c->index[i].name);
		a->to = strdup(to);
		if (a->from == NULL || a->to == NULL)
			return err_nomem(e);
	}
	return ERR_OK;
}

/* Is any member called name, or below it? */
static bool
is_there(const struct chooser *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n_index; i++) {
		if (is_below(c->index[i].name, name))
			return true;
	}
	return false;
}

/* A name that is no member's as it stands may have been copied from a list,
 * where it is escaped. */
static enum err_code
unescape_wanted(struct chooser *c, struct err *e)
{
	struct err not_clean = ERR_INIT;
	struct buf raw;
	char *clean;
	size_t i;

	for (i = 0; i < c->n_wanted; i++) {
		if (is_there(c, c->wanted[i]))
			continue;
		buf_init(&raw, NAME_BYTES_MAX);
		if (text_unescape(&raw, c->wanted[i], e) == ERR_OK &&
		    buf_append(&raw, "", 1, e) == ERR_OK &&
		    name_clean((char *)raw.data, &clean, &not_clean) ==
		    ERR_OK) {
			free(c->wanted[i]);
			c->wanted[i] = clean;
		}
		buf_free(&raw);
		if (e->code != ERR_OK)
			break;
	}
	return e->code;
}

static enum err_code
choose(struct chooser *c, const char *const *names, size_t n,
    const struct policy_options *o, struct err *e)
{
	size_t i;

	if (clean_wanted(c, names, n, e) != ERR_OK ||
	    make_index(c, e) != ERR_OK ||
	    unescape_wanted(c, e) != ERR_OK ||
	    judge_all(c, o, e) != ERR_OK || list_aliases(c, e) != ERR_OK)
		return e->code;
	for (i = 0; i < n; i++) {
		if (!c->seen[i])
			return no_such_member(c, names[i], e);
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
	for (i = 0; c->made_as != NULL && i < c->toc->n_members; i++)
		free(c->made_as[i]);
	free(c->made_as);
}

enum err_code
select_members(const struct tarread_toc *toc, const char *const *names,
    size_t n, const struct policy_options *o, struct selection *s,
    struct err *e)
{
	struct chooser c;

	if (chooser_init(&c, toc, s, e) == ERR_OK)
		choose(&c, names, n, o, e);
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

	if (name_clean(name, &clean, &not_clean) == ERR_OK) {
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
	    clean_wanted(&c, &name, 1, e) == ERR_OK &&
	    make_index(&c, e) == ERR_OK &&
	    unescape_wanted(&c, e) == ERR_OK)
		m = find_member(&c, c.wanted[0]);
	if (m != NULL && m->type == TARREAD_HARDLINK)
		m = find_raw(&c, m->link, e);
	if (e->code == ERR_OK && m == NULL)
		no_such_member(&c, name, e);
	else if (e->code == ERR_OK && m->type != TARREAD_FILE)
		err_set(e, ERR_FAIL, "%s: is not a file; name one", name);
	if (e->code == ERR_OK)
		add_range(s, m);
	chooser_free(&c);
	return e->code;
}

const char *
select_made_name(const struct selection *s, const char *name)
{
	size_t lo = 0, hi = s->n_aliases, mid;
	int c;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strcmp(s->aliases[mid].from, name);
		if (c == 0)
			return s->aliases[mid].to;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return name;
}

uint64_t
select_bytes(const struct selection *s)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s->n_ranges; i++)
		n += s->ranges[i].end - s->ranges[i].off;
	return n;
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
