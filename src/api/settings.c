#include "api/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"

#define THREADS_MAX 256

/* As many as there are processors. */
static unsigned int
all_threads(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : (unsigned int)num_min((uint64_t)n, THREADS_MAX);
}

void
settings_init(struct settings *s)
{
	memset(s, 0, sizeof(*s));
	s->effort = EFFORT_DEFAULT;
	s->target = TARGET_XZ_5_0;
	s->limit = UINT64_MAX;
	s->n_threads = all_threads();
	limits_init(&s->rules.limits);
}

void
settings_free(struct settings *s)
{
	free(s->directory);
	limits_free(&s->rules.limits);
	memset(s, 0, sizeof(*s));
}

/* --- by name --- */

/* The place of an option that is on or off, or NULL. */
static bool *
find_flag(struct settings *s, const char *option)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{ "keep-over-limit", &s->keep_over_limit },
		{ "pack", &s->pack },
		{ "strict", &s->strict },
		{ "unpack", &s->rules.unpack },
		{ "multi-stream", &s->rules.xz.multi_stream },
		{ "allow-unchecked", &s->rules.xz.unchecked },
		{ "allow-weak-sandbox", &s->rules.weak },
		{ "into", &s->into },
		{ "replace", &s->replace },
		{ "mtime", &s->mtime },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(flags[i].name, option) == 0)
			return flags[i].flag;
	}
	return NULL;
}

static bool
set_flag(bool *flag, const char *value)
{
	const bool yes = strcmp(value, "yes") == 0;

	if (yes || strcmp(value, "no") == 0) {
		*flag = yes;
		return true;
	}
	return false;
}

static bool
set_names(struct settings *s, const char *value)
{
	const bool any = strcmp(value, "any") == 0;

	if (!any && strcmp(value, "strict") != 0)
		return false;
	s->rules.names = any ? NAME_ANY : NAME_STRICT;
	return true;
}

static bool
set_size(uint64_t *to, const char *value)
{
	uint64_t n;

	if (!num_bytes(value, &n) || n == 0)
		return false;
	*to = n;
	return true;
}

static bool
set_threads(struct settings *s, const char *value)
{
	uint64_t n;

	if (!num_plain(value, 0, THREADS_MAX, &n))
		return false;
	s->n_threads = n == 0 ? all_threads() : (unsigned int)n;
	return true;
}

static enum err_code
set_directory(struct settings *s, const char *value, struct err *e)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return err_nomem(e);
	free(s->directory);
	s->directory = copy;
	return ERR_OK;
}

/* Of --links there is one value yet. */
static bool
set_links(struct settings *s, const char *value)
{
	const bool in_tree = strcmp(value, "in-tree") == 0;

	if (!in_tree && strcmp(value, "none") != 0)
		return false;
	s->rules.links = in_tree;
	return true;
}

/* One of the limits: *found says whether it is. */
static enum err_code
set_limit(struct settings *s, const char *option, const char *value,
    bool *found, struct err *e)
{
	int i;

	for (i = 0; i < LIMIT_N && !*found; i++) {
		if (strcmp(limits_name((enum limit_id)i), option) != 0)
			continue;
		*found = true;
		if (limits_parse(&s->rules.limits, (enum limit_id)i, value,
		    e) != ERR_OK)
			return err_wrap(e, "%s", option);
		if (i == LIMIT_MEMORY)
			s->memory = s->rules.limits.max[i];
	}
	return ERR_OK;
}

enum err_code
settings_set(struct settings *s, const char *option, const char *value,
    struct err *e)
{
	bool ok = false, found = false;
	bool *flag;

	if (option == NULL || value == NULL)
		return err_set(e, ERR_USAGE, "an option without a value");
	flag = find_flag(s, option);
	if (set_limit(s, option, value, &found, e) != ERR_OK || found)
		return e->code;
	if (strcmp(option, "directory") == 0)
		return set_directory(s, value, e);
	if (strcmp(option, "limits") == 0)
		return limits_load(&s->rules.limits, value, e);
	if (flag != NULL)
		ok = set_flag(flag, value);
	else if (strcmp(option, "effort") == 0)
		ok = choose_effort_parse(value, &s->effort);
	else if (strcmp(option, "target") == 0)
		ok = chain_target_parse(value, &s->target);
	else if (strcmp(option, "limit") == 0)
		ok = set_size(&s->limit, value);
	else if (strcmp(option, "threads") == 0)
		ok = set_threads(s, value);
	else if (strcmp(option, "links") == 0)
		ok = set_links(s, value);
	else if (strcmp(option, "names") == 0)
		ok = set_names(s, value);
	else
		return err_set(e, ERR_USAGE, "'%.80s': no such option",
		    option);
	if (!ok)
		err_set(e, ERR_USAGE, "%s: '%.80s' is no value for it", option,
		    value);
	return e->code;
}

/* --- for the calls --- */

void
settings_create(const struct settings *s, struct create_request *r)
{
	memset(r, 0, sizeof(*r));
	r->scan.root = s->directory;
	r->bundle.effort = s->effort;
	r->bundle.target = s->target;
	r->bundle.check = LZMA_CHECK_CRC32;
	r->limit = s->limit;
	r->keep_over_limit = s->keep_over_limit;
	r->bundle.memory = s->memory != 0 ? s->memory : UINT64_MAX;
	r->bundle.n_threads = s->n_threads;
	r->pack = s->pack;
	r->strict = s->strict;
}

void
settings_extract(const struct settings *s, struct extract_request *r)
{
	memset(r, 0, sizeof(*r));
	r->rules = s->rules;
	if (s->memory != 0)
		r->rules.limits.max[LIMIT_MEMORY] = s->memory;
	r->n_threads = s->n_threads;
	r->mode = s->replace ? STAGE_REPLACE : s->into ? STAGE_INTO :
	    STAGE_NEW;
	r->keep_mtime = s->mtime;
}
