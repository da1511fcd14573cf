#include "pack/strict.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/nameset.h"
#include "base/num.h"
#include "base/profile.h"

#define RULES_MAX 32

/* A rule that was broken. */
struct broken {
	char id[32];
	char *first;		/* what is said of the first member; owned */
	size_t n;
};

struct strict {
	const struct strict_request *r;
	struct broken broken[RULES_MAX];
	size_t n_broken;
};

/* e holds what was found, or nothing.  It stays when it is to be the error,
 * and else is remembered. */
static enum err_code
found(struct strict *s, const char *id, struct err *e)
{
	struct broken *b = s->broken;
	size_t i;

	if (e->code != ERR_UNSAFE || s->r->refuse)
		return e->code;
	for (i = 0; i < s->n_broken && strcmp(b[i].id, id) != 0; i++)
		;
	if (i == s->n_broken && i < RULES_MAX) {
		snprintf(b[i].id, sizeof(b[i].id), "%s", id);
		b[i].first = strdup(e->text);
		if (b[i].first == NULL)
			return err_nomem(e);
		s->n_broken++;
	}
	if (i < RULES_MAX)
		b[i].n++;
	*e = (struct err)ERR_INIT;
	return ERR_OK;
}

static enum err_code
check_number(struct strict *s, const char *id, const char *name, uint64_t n,
    uint64_t max, const char *what, struct err *e)
{
	if (n <= max)
		return ERR_OK;
	err_set(e, ERR_UNSAFE, "%s%s%llu %s, over the %llu that extract "
	    "accepts by default (--%s)", name, name[0] != '\0' ? ": " : "",
	    (unsigned long long)n, what, (unsigned long long)max, id);
	return found(s, id, e);
}

/* A name, or what a symlink says (whose is the words for that). */
static enum err_code
check_rules(struct strict *s, const char *name, const char *whose,
    const char *member, struct err *e)
{
	const struct name_rule *rule = name_broken_rule(name, NAME_STRICT);

	if (rule == NULL)
		return ERR_OK;
	err_set(e, ERR_UNSAFE, "%s: %s%s, which extract refuses%s", member,
	    whose, rule->what, name_broken_rule(name, NAME_ANY) == NULL ?
	    " without --names any" : "");
	return found(s, rule->id, e);
}

static enum err_code
check_member(struct strict *s, const struct member *m, struct err *e)
{
	if (m->type == MEMBER_SYMLINK || m->type == MEMBER_HARDLINK)
		err_set(e, ERR_UNSAFE, "%s: a %s, which extract refuses "
		    "without --links in-tree", m->name,
		    m->type == MEMBER_SYMLINK ? "symlink" : "hard link");
	if (found(s, m->type == MEMBER_SYMLINK ? "symlink" : "hardlink",
	    e) != ERR_OK)
		return e->code;
	if (check_rules(s, m->name, "", m->name, e) != ERR_OK ||
	    (m->type == MEMBER_SYMLINK && check_rules(s, m->link,
	    "a symlink's text: ", m->name, e) != ERR_OK) ||
	    check_number(s, "max-depth", m->name, name_depth(m->name),
	    PROFILE_DEPTH, "components in its name", e) != ERR_OK ||
	    check_number(s, "max-path", m->name, strlen(m->name),
	    PROFILE_PATH, "bytes of name", e) != ERR_OK)
		return e->code;
	return check_number(s, "max-member", m->name, m->size,
	    PROFILE_MEMBER, "bytes", e);
}

static enum nameset_type
kind_of(enum member_type type)
{
	return type == MEMBER_DIR ? NAMESET_DIR :
	    type == MEMBER_SYMLINK ? NAMESET_SYMLINK :
	    type == MEMBER_HARDLINK ? NAMESET_HARDLINK : NAMESET_FILE;
}

/* It is extract that refuses. */
static enum err_code
conflict(void *ctx, const char *id, const char *name, struct err *e)
{
	char *end = strstr(e->text, "; refused");
	const char *way = strcmp(id, "alike") == 0 ? " without --names any" :
	    "";

	(void)name;
	if (end != NULL)
		snprintf(end, sizeof(e->text) - (size_t)(end - e->text),
		    ", which extract refuses%s", way);
	return found(ctx, id, e);
}

/* Names that are only refused beside each other. */
static enum err_code
check_together(struct strict *s, const struct scan *scan, struct err *e)
{
	struct nameset *set = NULL;
	const struct member *m;
	size_t i;

	if (nameset_new(NAME_STRICT, 0, &set, e) != ERR_OK)
		return e->code;
	for (i = 0; i < scan->n_members && e->code == ERR_OK; i++) {
		m = &scan->members[i];
		if (nameset_add(set, m->name, m->link, kind_of(m->type), e) ==
		    ERR_UNSAFE)
			found(s, "name", e);
	}
	if (e->code == ERR_OK && nameset_finish(set, conflict, s, e) ==
	    ERR_OK)
		check_number(s, "max-members", "", scan->n_members +
		    nameset_parents(set), PROFILE_MEMBERS,
		    "members and directories", e);
	nameset_free(set);
	return e->code;
}

static enum err_code
check_all(struct strict *s, const struct scan *scan, struct err *e)
{
	uint64_t total = 0;
	size_t i;

	if (s->r->check == LZMA_CHECK_NONE)
		err_set(e, ERR_UNSAFE, "a bundle without checksums, which "
		    "extract refuses without --allow-unchecked");
	if (found(s, "check", e) != ERR_OK)
		return e->code;
	for (i = 0; i < scan->n_members; i++) {
		if (check_member(s, &scan->members[i], e) != ERR_OK)
			return e->code;
		total += num_min(scan->members[i].size, UINT64_MAX - total);
	}
	if (check_number(s, "max-total", "", total, PROFILE_TOTAL,
	    "bytes of files", e) != ERR_OK)
		return e->code;
	return check_together(s, scan, e);
}

enum err_code
strict_check(const struct scan *scan, const struct strict_request *r,
    struct err *e)
{
	struct strict s = { .r = r };
	char text[ERR_TEXT_MAX + 64];
	size_t i;

	check_all(&s, scan, e);
	for (i = 0; i < s.n_broken; i++) {
		if (s.broken[i].n > 1)
			snprintf(text, sizeof(text), "%s (and %zu more)",
			    s.broken[i].first, s.broken[i].n - 1);
		else
			snprintf(text, sizeof(text), "%s", s.broken[i].first);
		if (r->warn != NULL && e->code == ERR_OK)
			r->warn(r->ctx, text);
		free(s.broken[i].first);
	}
	return e->code;
}
