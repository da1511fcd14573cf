#include "unpack/limits.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"
#include "base/pattern.h"
#include "base/profile.h"
#include "unpack/tarfield.h"

#define FORMAT "xzbundle-limits"
#define FILE_MAX ((size_t)1 << 20)	/* bytes of a file of limits */

/*
 * The defaults: those of base/profile; extension headers hold a name or two;
 * the rest is more than a bundle of 16 MB of weights and code ever needs.
 */
static const struct row {
	const char *name;
	const char *key;	/* in the file */
	const char *what;
	uint64_t max;
	uint64_t least;		/* that makes sense as a limit */
	bool bytes;
} rows[] = {
	[LIMIT_TOTAL] = { "max-total", "max_total",
	    "bytes written in all", PROFILE_TOTAL, 0, true },
	[LIMIT_MEMBER] = { "max-member", "max_member",
	    "bytes of one member", PROFILE_MEMBER, 0, true },
	[LIMIT_MEMBERS] = { "max-members", "max_members",
	    "members and directories", PROFILE_MEMBERS, 1, false },
	[LIMIT_DEPTH] = { "max-depth", "max_depth",
	    "components of a name", PROFILE_DEPTH, 1, false },
	[LIMIT_PATH] = { "max-path", "max_path",
	    "bytes of a name", PROFILE_PATH, 1, true },
	[LIMIT_COMPONENT] = { "max-component", "max_component",
	    "bytes of a component of a name", PROFILE_COMPONENT, 1,
	    true },
	[LIMIT_PAX] = { "max-pax", "max_pax",
	    "bytes of extension headers", 65536, 0, true },
	[LIMIT_RATIO] = { "max-ratio", "max_ratio",
	    "bytes for each byte of the bundle", 10000, 1, false },
	[LIMIT_MEMORY] = { "memlimit", "memlimit",
	    "bytes of memory for decoders", (uint64_t)1 << 30, 1, true },
	[LIMIT_TIME] = { "max-time", "max_time",
	    "seconds", 600, 1, false },
	[LIMIT_BUNDLE] = { "max-bundle", "max_bundle",
	    "bytes of the bundle", UINT64_MAX, 1, true },
};

void
limits_init(struct limits *l)
{
	size_t i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < LIMIT_N; i++)
		l->max[i] = rows[i].max;
}

static void
free_list(char ***list, size_t *n)
{
	while (*n > 0)
		free((*list)[--*n]);
	free(*list);
	*list = NULL;
}

void
limits_free(struct limits *l)
{
	free_list(&l->allow, &l->n_allow);
	free_list(&l->require, &l->n_require);
}

const char *
limits_name(enum limit_id id)
{
	return rows[id].name;
}

enum err_code
limits_parse(struct limits *l, enum limit_id id, const char *text,
    struct err *e)
{
	const struct row *row = &rows[id];
	uint64_t n;

	if (!(row->bytes ? num_bytes(text, &n) :
	    num_plain(text, 0, UINT64_MAX, &n)) || n < row->least)
		return err_set(e, ERR_USAGE, "'%.80s' is not a %s from %llu "
		    "on%s", text, row->bytes ? "size" : "number",
		    (unsigned long long)row->least,
		    row->bytes ? ", such as 16MB or 16MiB" : "");
	l->max[id] = n;
	return ERR_OK;
}

/* --- lists --- */

static enum err_code
add(char ***list, size_t *n, const char *pattern, struct err *e)
{
	size_t size = strlen(pattern);
	char **v;

	if (size == 0 || pattern[0] == '/' || pattern[size - 1] == '/' ||
	    strncmp(pattern, "./", 2) == 0)
		return err_set(e, ERR_USAGE, "'%.200s' matches no name of a "
		    "member: these have no '/' or './' in front, and no '/' "
		    "at the end", pattern);
	v = realloc(*list, (*n + 1) * sizeof(*v));
	if (v == NULL)
		return err_nomem(e);
	*list = v;
	v[*n] = strdup(pattern);
	if (v[*n] == NULL)
		return err_nomem(e);
	++*n;
	return ERR_OK;
}

enum err_code
limits_allow(struct limits *l, const char *pattern, struct err *e)
{
	return add(&l->allow, &l->n_allow, pattern, e);
}

enum err_code
limits_require(struct limits *l, const char *pattern, struct err *e)
{
	return add(&l->require, &l->n_require, pattern, e);
}

/* --- the file --- */

/* What a file sets. */
struct setting {
	struct limits l;
	bool allow, require;	/* has it such a list? */
};

static enum err_code
read_list(const json_t *v, char ***list, size_t *n, struct err *e)
{
	const char *pattern;
	size_t i;

	if (!json_is_array(v))
		return err_set(e, ERR_USAGE, "is not a list of patterns");
	for (i = 0; i < json_array_size(v); i++) {
		pattern = json_string_value(json_array_get(v, i));
		if (pattern == NULL)
			return err_set(e, ERR_USAGE, "pattern %zu is not a "
			    "string", i + 1);
		if (add(list, n, pattern, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

static enum err_code
read_limit(const json_t *v, enum limit_id id, struct limits *l, struct err *e)
{
	const struct row *row = &rows[id];
	json_int_t n = json_integer_value(v);

	if (json_is_string(v) && row->bytes)
		return limits_parse(l, id, json_string_value(v), e);
	if (!json_is_integer(v) || n < 0 || (uint64_t)n < row->least)
		return err_set(e, ERR_USAGE, "is not a whole number from "
		    "%llu on%s", (unsigned long long)row->least, row->bytes ?
		    ", or a size such as \"16MB\"" : "");
	l->max[id] = (uint64_t)n;
	return ERR_OK;
}

static enum err_code
read_key(const char *key, const json_t *v, struct setting *s, struct err *e)
{
	size_t i;

	if (strcmp(key, "format") == 0 || strcmp(key, "version") == 0)
		return ERR_OK;
	if (strcmp(key, "allow") == 0) {
		s->allow = true;
		read_list(v, &s->l.allow, &s->l.n_allow, e);
		if (s->l.n_allow == 0)
			err_set(e, ERR_USAGE, "is empty, so that no file "
			    "could pass; leave it out to allow all");
		return e->code;
	}
	if (strcmp(key, "require") == 0) {
		s->require = true;
		return read_list(v, &s->l.require, &s->l.n_require, e);
	}
	for (i = 0; i < LIMIT_N; i++) {
		if (strcmp(key, rows[i].key) == 0)
			return read_limit(v, (enum limit_id)i, &s->l, e);
	}
	return err_set(e, ERR_USAGE, "there is no such limit");
}

static enum err_code
read_root(json_t *root, struct setting *s, struct err *e)
{
	const char *format = json_string_value(json_object_get(root,
	    "format"));
	const json_t *version = json_object_get(root, "version");
	const char *key;
	json_t *v;

	if (format == NULL || strcmp(format, FORMAT) != 0 ||
	    !json_is_integer(version) || json_integer_value(version) != 1)
		return err_set(e, ERR_USAGE, "does not say \"format\": \""
		    FORMAT "\", \"version\": 1");
	json_object_foreach(root, key, v) {
		if (read_key(key, v, s, e) != ERR_OK)
			return err_wrap(e, "\"%.200s\"", key);
	}
	return ERR_OK;
}

/* Move a list that was set to where the other one was. */
static void
replace(char ***to, size_t *n_to, char ***from, size_t *n_from)
{
	free_list(to, n_to);
	*to = *from;
	*n_to = *n_from;
	*from = NULL;
	*n_from = 0;
}

enum err_code
limits_parse_json(struct limits *l, const char *text, size_t n,
    struct err *e)
{
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	struct setting s;

	if (root == NULL)
		return err_set(e, ERR_USAGE, "is not JSON: %s in line %d, "
		    "column %d", why.text, why.line, why.column);
	memset(&s, 0, sizeof(s));
	memcpy(s.l.max, l->max, sizeof(s.l.max));
	if (read_root(root, &s, e) == ERR_OK) {
		memcpy(l->max, s.l.max, sizeof(l->max));
		if (s.allow)
			replace(&l->allow, &l->n_allow, &s.l.allow,
			    &s.l.n_allow);
		if (s.require)
			replace(&l->require, &l->n_require, &s.l.require,
			    &s.l.n_require);
	}
	limits_free(&s.l);
	json_decref(root);
	return e->code;
}

enum err_code
limits_load(struct limits *l, const char *path, struct err *e)
{
	struct buf text;

	if (io_read_file(path, FILE_MAX, &text, e) == ERR_OK &&
	    limits_parse_json(l, (const char *)text.data, text.size, e) !=
	    ERR_OK)
		err_wrap(e, "%s", path);
	buf_free(&text);
	return e->code;
}

/* --- judging --- */

/* Note the value, and say whether there is nothing to complain of. */
static bool
passes(const struct limits *l, struct limits_seen *seen, enum limit_id id,
    uint64_t value, const struct err *e)
{
	if (seen != NULL)
		seen->value[id] = num_max(seen->value[id], value);
	return e->code != ERR_OK || value <= l->max[id];
}

enum err_code
limits_judge(const struct limits *l, struct limits_seen *seen,
    enum limit_id id, uint64_t value, const char *member, struct err *e)
{
	const struct row *row = &rows[id];

	if (passes(l, seen, id, value, e))
		return e->code;
	err_set(e, id == LIMIT_MEMORY ? ERR_MEMLIMIT : ERR_LIMIT,
	    "%llu %s, where %llu are allowed; --%s %llu would pass",
	    (unsigned long long)value, row->what,
	    (unsigned long long)l->max[id], row->name,
	    (unsigned long long)value);
	/* A name that is over a limit must not push the reason out. */
	return member != NULL ? err_wrap(e, "%.4096s", member) : e->code;
}

enum err_code
limits_judge_sum(const struct limits *l, struct limits_seen *seen,
    enum limit_id id, uint64_t value, uint64_t most, struct err *e)
{
	const struct row *row = &rows[id];

	if (passes(l, seen, id, value, e))
		return e->code;
	return err_set(e, ERR_LIMIT, "over %llu %s, which is the limit; "
	    "--%s %llu would pass", (unsigned long long)l->max[id], row->what,
	    row->name, (unsigned long long)most);
}

uint64_t
limits_ratio(uint64_t raw, uint64_t file)
{
	if (raw < LIMITS_RATIO_FROM)
		return 0;
	if (file == 0)
		return UINT64_MAX;
	return raw / file + (raw % file > 0);
}

/* A member takes a block at least; and a component of a name two bytes, be it
 * in a header of its own. */
uint64_t
limits_most_members(const struct limits *l, uint64_t raw)
{
	return raw / TARFIELD_BLOCK * num_min(l->max[LIMIT_DEPTH],
	    TARFIELD_BLOCK / 2);
}

bool
limits_allowed(const struct limits *l, const char *clean_name)
{
	size_t i;

	for (i = 0; i < l->n_allow; i++) {
		if (pattern_matches(l->allow[i], clean_name))
			return true;
	}
	return l->n_allow == 0;
}

/* --- what is required --- */

enum err_code
limits_met_init(struct limits_met *m, const struct limits *l, struct err *e)
{
	m->met = calloc(l->n_require + 1, sizeof(*m->met));
	return m->met == NULL ? err_nomem(e) : ERR_OK;
}

void
limits_met_free(struct limits_met *m)
{
	free(m->met);
	m->met = NULL;
}

void
limits_met_mark(struct limits_met *m, const struct limits *l,
    const char *clean_name)
{
	size_t i;

	for (i = 0; i < l->n_require; i++) {
		if (!m->met[i])
			m->met[i] = pattern_matches(l->require[i],
			    clean_name);
	}
}

enum err_code
limits_met_judge(const struct limits_met *m, const struct limits *l,
    size_t *at, struct err *e)
{
	while (*at < l->n_require && m->met[*at])
		++*at;
	if (*at >= l->n_require)
		return e->code;
	return err_set(e, ERR_LIMIT, "no file is called '%s', and one is "
	    "required", l->require[(*at)++]);
}
