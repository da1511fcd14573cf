#include "unpack/policy.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/* How far over a limit on the whole the list of violations goes on: to so many
 * times it, and to what takes no time. */
#define FAR_OVER 4
static const uint64_t floors[LIMIT_N] = {
	[LIMIT_TOTAL] = LIMITS_RATIO_FROM,
	[LIMIT_MEMBERS] = 10000,
};

struct policy {
	struct policy_options o;
	struct nameset *names;
	struct limits_met met;
	uint64_t members;	/* so far, of all types */
	uint64_t total;		/* bytes of files so far */
	char *name;		/* of the last member; owned */
	char *link;		/* owned */
	bool bad;		/* the last member broke a rule */
	bool stopped;		/* so far over a limit that no more is read */
};

enum err_code
policy_new(const struct policy_options *o, struct policy **out, struct err *e)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return err_nomem(e);
	p->o = *o;
	if (nameset_new(o->names, num_min(o->limits->max[LIMIT_MEMORY],
	    NAMESET_MEMORY_MAX), &p->names, e) != ERR_OK ||
	    limits_met_init(&p->met, o->limits, e) != ERR_OK) {
		policy_free(p);
		return e->code;
	}
	*out = p;
	return ERR_OK;
}

/* --- violations --- */

/* e holds a broken rule, or nothing.  It stays, or moves into the list. */
static enum err_code
broken(struct policy *p, const char *rule, const char *member, uint64_t value,
    uint64_t limit, struct err *e)
{
	if (e->code == ERR_OK)
		return ERR_OK;
	p->bad = true;
	if (p->o.verdict == NULL)
		return e->code;
	return verdict_judge(p->o.verdict, rule, member, value, limit, e);
}

static enum err_code
within(struct policy *p, enum limit_id id, uint64_t value, const char *member,
    struct err *e)
{
	limits_judge(p->o.limits, p->o.seen, id, value, member, e);
	return broken(p, limits_name(id), member, value,
	    p->o.limits->max[id], e);
}

/*
 * A sum over all members, which grows: before the end, a value that would
 * pass is not known, but one that is sure to (most).  A list of violations
 * goes on for a while and has the exact value, see policy_finish().
 */
static enum err_code
sum_within(struct policy *p, enum limit_id id, uint64_t value, uint64_t most,
    struct err *e)
{
	uint64_t max = p->o.limits->max[id];

	if (value > max && p->o.verdict != NULL &&
	    (value / FAR_OVER <= max || value <= floors[id]))
		return ERR_OK;
	limits_judge_sum(p->o.limits, p->o.seen, id, value,
	    num_max(most, value), e);
	p->stopped |= e->code != ERR_OK;
	return broken(p, limits_name(id), NULL, value, max, e);
}

/* --- one member --- */

/* Not of links, devices and the like. */
static enum err_code
check_type(struct policy *p, const struct tarread_member *m, struct err *e)
{
	if (m->type == TARREAD_OTHER)
		err_set(e, ERR_UNSAFE, "%s: a device, a FIFO or a member of "
		    "unknown type; refused", m->name);
	else if ((m->type == TARREAD_SYMLINK || m->type == TARREAD_HARDLINK)
	    && !p->o.links)
		err_set(e, ERR_UNSAFE, "%s: a %s; refused (--links in-tree "
		    "accepts those that stay inside)", m->name,
		    m->type == TARREAD_SYMLINK ? "symlink" : "hard link");
	return broken(p, "type", m->name, 0, 0, e);
}

static uint64_t
longest_component(const char *name)
{
	uint64_t most = 0;
	size_t n;

	for (; *name != '\0'; name += n + (name[n] == '/')) {
		n = strcspn(name, "/");
		most = num_max(most, n);
	}
	return most;
}

/* A name, or what a symlink says (whose is the words for that). */
static enum err_code
check_rules(struct policy *p, const char *name, const char *whose,
    const char *member, struct err *e)
{
	const struct name_rule *rule = name_broken_rule(name, p->o.names);

	if (rule == NULL)
		return ERR_OK;
	err_set(e, ERR_UNSAFE, "%s: %s%s; refused%s", member, whose,
	    rule->what, name_broken_rule(name, NAME_ANY) == NULL ?
	    " (--names any accepts it)" : "");
	return broken(p, rule->id, member, 0, 0, e);
}

static enum err_code
check_name(struct policy *p, const struct tarread_member *m, struct err *e)
{
	const char *name = p->name;

	if (within(p, LIMIT_PATH, strlen(name), m->name, e) != ERR_OK ||
	    within(p, LIMIT_COMPONENT, longest_component(name), m->name,
	    e) != ERR_OK ||
	    within(p, LIMIT_DEPTH, name_depth(name), m->name, e) != ERR_OK)
		return e->code;
	if (m->binary && p->o.names == NAME_STRICT)
		err_set(e, ERR_UNSAFE, "%s: a name that is marked as no "
		    "UTF-8; refused (--names any accepts it)", m->name);
	if (broken(p, "utf8", m->name, 0, 0, e) != ERR_OK)
		return e->code;
	if (check_rules(p, name, "", m->name, e) != ERR_OK)
		return e->code;
	if (m->type != TARREAD_DIR && !limits_allowed(p->o.limits, name))
		err_set(e, ERR_UNSAFE, "%s: not among the names that are "
		    "allowed; refused", m->name);
	return broken(p, "allow", m->name, 0, 0, e);
}

/* A file of so many bytes is written. */
static enum err_code
check_file(struct policy *p, const char *member, uint64_t size, struct err *e)
{
	uint64_t raw = p->o.raw_size, file = p->o.file_size;

	if (within(p, LIMIT_MEMBER, size, member, e) != ERR_OK)
		return e->code;
	if (!num_add(p->total, size, &p->total))
		p->total = UINT64_MAX;
	if (sum_within(p, LIMIT_TOTAL, p->total, raw, e) != ERR_OK)
		return e->code;
	return sum_within(p, LIMIT_RATIO, limits_ratio(p->total, file),
	    limits_ratio(raw, file), e);
}

static enum err_code
check_size(struct policy *p, const struct tarread_member *m, struct err *e)
{
	if (within(p, LIMIT_PAX, m->pax_size, m->name, e) != ERR_OK ||
	    m->type != TARREAD_FILE)
		return e->code;
	return check_file(p, m->name, m->size, e);
}

enum err_code
policy_unpacked(struct policy *p, const struct tarread_member *m,
    uint64_t size, bool *good, struct err *e)
{
	p->total -= num_min(p->total, m->size);
	/* All members may have the tar's bytes, and those that are new. */
	if (size > m->size && !num_add(p->o.raw_size, size - m->size,
	    &p->o.raw_size))
		p->o.raw_size = UINT64_MAX;
	check_file(p, m->name, size, e);
	*good = !p->bad;
	return e->code;
}

/* The clean name, which is "" for the root, and what a link says. */
static enum err_code
take_names(struct policy *p, const struct tarread_member *m, struct err *e)
{
	free(p->name);
	free(p->link);
	p->name = p->link = NULL;
	/* What is too long for Linux by its depth is too deep. */
	if (strlen(m->name) >= PATH_MAX && (within(p, LIMIT_DEPTH,
	    name_depth(m->name), m->name, e) != ERR_OK || p->bad))
		return e->code;
	if (name_clean(m->name, &p->name, e) == ERR_OK &&
	    p->name[0] == '\0' && m->type != TARREAD_DIR)
		err_set(e, ERR_UNSAFE, "%s: names the root, and is not a "
		    "directory; refused", m->name);
	if (broken(p, "name", m->name, 0, 0, e) != ERR_OK || p->bad)
		return e->code;
	if (m->type == TARREAD_HARDLINK && name_clean(m->link, &p->link,
	    e) != ERR_OK)
		err_wrap(e, "%s: a hard link", m->name);
	if (m->type == TARREAD_SYMLINK) {
		p->link = strdup(m->link != NULL ? m->link : "");
		if (p->link == NULL)
			return err_nomem(e);
		if (strlen(p->link) >= PATH_MAX)
			err_set(e, ERR_UNSAFE, "%s: a symlink to a name of "
			    "%zu bytes; refused", m->name, strlen(p->link));
	}
	return broken(p, "link", m->name, 0, 0, e);
}

/* What a symlink says is walked, as a name is. */
static enum err_code
text_within(struct policy *p, enum limit_id id, uint64_t value,
    const char *member, struct err *e)
{
	if (limits_judge(p->o.limits, p->o.seen, id, value, NULL, e) !=
	    ERR_OK)
		err_wrap(e, "%.2048s: a symlink's text", member);
	return broken(p, limits_name(id), member, value,
	    p->o.limits->max[id], e);
}

static enum err_code
check_text(struct policy *p, const struct tarread_member *m, struct err *e)
{
	if (m->type != TARREAD_SYMLINK || p->link == NULL ||
	    text_within(p, LIMIT_PATH, strlen(p->link), m->name, e) !=
	    ERR_OK)
		return e->code;
	if (text_within(p, LIMIT_DEPTH, name_depth(p->link), m->name, e) !=
	    ERR_OK)
		return e->code;
	return check_rules(p, p->link, "a symlink's text: ", m->name, e);
}

static enum nameset_type
kind_of(enum tarread_type type)
{
	return type == TARREAD_DIR ? NAMESET_DIR :
	    type == TARREAD_SYMLINK ? NAMESET_SYMLINK :
	    type == TARREAD_HARDLINK ? NAMESET_HARDLINK : NAMESET_FILE;
}

enum err_code
policy_made(struct policy *p, uint64_t dirs, struct err *e)
{
	return sum_within(p, LIMIT_MEMBERS, p->members + dirs,
	    limits_most_members(p->o.limits, p->o.raw_size), e);
}

enum err_code
policy_member(struct policy *p, const struct tarread_member *m,
    const char **name, const char **link, struct err *e)
{
	*name = *link = NULL;
	p->bad = false;
	p->members++;
	if (policy_made(p, 0, e) != ERR_OK)
		return e->code;
	if (check_type(p, m, e) != ERR_OK || take_names(p, m, e) != ERR_OK ||
	    check_size(p, m, e) != ERR_OK || p->name == NULL)
		return e->code;
	if (check_name(p, m, e) != ERR_OK || check_text(p, m, e) != ERR_OK)
		return e->code;
	/* A file that is refused is there nevertheless. */
	if (m->type == TARREAD_FILE || (m->type != TARREAD_DIR && !p->bad))
		limits_met_mark(&p->met, p->o.limits, p->name);
	/* It must not be refused for its neighbours, too. */
	if (p->bad)
		return ERR_OK;
	if (nameset_add(p->names, p->name, p->link, kind_of(m->type), e) !=
	    ERR_OK)
		return e->code;
	if (p->name[0] == '\0')
		return ERR_OK;
	*name = p->name;
	*link = p->link;
	return ERR_OK;
}

bool
policy_stopped(const struct policy *p)
{
	return p->stopped;
}

/* --- all of them --- */

static enum err_code
conflict(void *ctx, const char *rule, const char *name, struct err *e)
{
	struct policy *p = ctx;

	if (p->o.part && strcmp(rule, "symlink-foreign") == 0)
		*e = (struct err)ERR_INIT;
	return broken(p, rule, name, 0, 0, e);
}

static enum err_code
check_required(struct policy *p, struct err *e)
{
	size_t at = 0;

	while (limits_met_judge(&p->met, p->o.limits, &at, e) != ERR_OK) {
		if (broken(p, "require", NULL, 0, 0, e) != ERR_OK)
			break;
	}
	return e->code;
}

enum err_code
policy_finish(struct policy *p, struct err *e)
{
	if (p->members == 0)
		return err_set(e, ERR_UNSAFE, "the tar has no members");
	if (within(p, LIMIT_TOTAL, p->total, NULL, e) != ERR_OK ||
	    within(p, LIMIT_RATIO, limits_ratio(p->total, p->o.file_size),
	    NULL, e) != ERR_OK)
		return e->code;
	if (nameset_finish(p->names, conflict, p, e) != ERR_OK ||
	    within(p, LIMIT_MEMBERS, p->members + nameset_parents(p->names),
	    NULL, e) != ERR_OK)
		return e->code;
	return check_required(p, e);
}

size_t
policy_count(const struct policy *p)
{
	return nameset_count(p->names);
}

enum err_code
policy_links(const struct policy *p, enum nameset_type type,
    enum err_code (*each)(void *, const char *, const char *, size_t,
    struct err *), void *ctx, struct err *e)
{
	size_t i, n = nameset_count(p->names), target;
	struct nameset_member m;

	for (i = 0; i < n && e->code == ERR_OK; i++) {
		m = nameset_get(p->names, i);
		if (m.type != type)
			continue;
		target = 0;
		if (type == NAMESET_HARDLINK && !nameset_find(p->names,
		    m.link, strlen(m.link), &target))
			continue;	/* judged by policy_finish() */
		each(ctx, m.name, m.link, target, e);
	}
	return e->code;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	nameset_free(p->names);
	limits_met_free(&p->met);
	free(p->name);
	free(p->link);
	free(p);
}
