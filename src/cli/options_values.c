/* What follows an option. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/optable.h"
#include "cli/options_part.h"

#define THREADS_MAX 256

static enum err_code
bad_value(const char *option, const char *value, const char *wanted,
    struct err *e)
{
	return err_set(e, ERR_USAGE, "--%s '%s': not %s", option, value,
	    wanted);
}

static enum err_code
parse_rule(struct options *o, char *value, struct err *e)
{
	char *equals = strchr(value, '=');
	struct unit_rule *rules;

	if (equals == NULL || equals == value)
		return bad_value("chain", value, "PATTERN=CHAIN, such as "
		    "'*.bin=lzma2:preset=9e,lc=0'", e);
	rules = realloc(o->chains, (o->n_chains + 1) * sizeof(*rules));
	if (rules == NULL)
		return err_nomem(e);
	o->chains = rules;
	*equals = '\0';
	rules[o->n_chains].pattern = value;
	if (chain_parse(equals + 1, &rules[o->n_chains].chain, e) != ERR_OK)
		return err_wrap(e, "--chain for '%s'", value);
	o->n_chains++;
	return ERR_OK;
}

/* The name of a tensor may have a '=', that of a packing has none. */
static enum err_code
parse_packing(struct options *o, char *value, struct err *e)
{
	char *equals = strrchr(value, '=');
	const struct packing *packing = NULL;
	struct recode_rule *rules;

	if (equals != NULL)
		packing = packing_find(equals + 1);
	if (equals == NULL || equals == value || (packing == NULL &&
	    strcmp(equals + 1, "none") != 0))
		return bad_value("packing", value, "TENSOR=NAME, where NAME is "
		    "bits, base3, bitmask, rans, planes or none", e);
	rules = realloc(o->packings, (o->n_packings + 1) * sizeof(*rules));
	if (rules == NULL)
		return err_nomem(e);
	o->packings = rules;
	*equals = '\0';
	rules[o->n_packings].pattern = value;
	rules[o->n_packings++].packing = packing;
	o->pack = true;
	return ERR_OK;
}

static enum err_code
parse_progress(struct options *o, const char *value, struct err *e)
{
	if (strcmp(value, "auto") == 0)
		o->progress = PROGRESS_AUTO;
	else if (strcmp(value, "always") == 0)
		o->progress = PROGRESS_ALWAYS;
	else if (strcmp(value, "never") == 0)
		o->progress = PROGRESS_NEVER;
	else
		return bad_value("progress", value, "auto, always or never",
		    e);
	return ERR_OK;
}

unsigned int
options_processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned int)n;
}

static enum err_code
parse_threads(struct options *o, const char *value, struct err *e)
{
	uint64_t n;

	if (!num_plain(value, 0, THREADS_MAX, &n))
		return bad_value("threads", value, "a number from 0 to 256",
		    e);
	o->n_threads = n == 0 ? options_processors() : (unsigned int)n;
	return ERR_OK;
}

static enum err_code
parse_links(struct options *o, const char *value, struct err *e)
{
	if (strcmp(value, "in-tree") != 0)
		return bad_value("links", value, "in-tree", e);
	o->rules.links = true;
	return ERR_OK;
}

static enum err_code
parse_names(struct options *o, const char *value, struct err *e)
{
	if (strcmp(value, "strict") == 0)
		o->rules.names = NAME_STRICT;
	else if (strcmp(value, "any") == 0)
		o->rules.names = NAME_ANY;
	else
		return bad_value("names", value, "strict or any", e);
	return ERR_OK;
}

/* What tells readers of bundles what to accept and where to put it. */
static enum err_code
take_rule(struct options *o, int id, char *value, struct err *e)
{
	enum limit_id limit;

	switch (id) {
	case OPT_LINKS:
		return parse_links(o, value, e);
	case OPT_NAMES:
		return parse_names(o, value, e);
	case OPT_LIMITS:
		return limits_load(&o->rules.limits, value, e);
	case OPT_EACH:
		o->each = value;
		return ERR_OK;
	case OPT_MANIFEST:
		o->manifest = value;
		return ERR_OK;
	case OPT_HTML:
		o->html = value;
		return ERR_OK;
	case OPT_SVG:
		o->svg = value;
		return ERR_OK;
	default:
		limit = (enum limit_id)(id - OPT_MAX);
		if (limits_parse(&o->rules.limits, limit, value, e) != ERR_OK)
			err_wrap(e, "--%s", limits_name(limit));
		return e->code;
	}
}

/* What becomes of tensors. */
static enum err_code
take_packing(struct options *o, int id, char *value, struct err *e)
{
	switch (id) {
	case OPT_PACKING:
		return parse_packing(o, value, e);
	case OPT_DTYPE:
		o->dtype = value;
		return ERR_OK;
	case OPT_SHAPE:
		o->shape = value;
		return ERR_OK;
	default:
		return take_rule(o, id, value, e);
	}
}

enum err_code
options_value(struct options *o, int id, char *value, struct err *e)
{
	switch (id) {
	case OPT_DIRECTORY:
		o->directory = value;
		break;
	case OPT_OUTPUT:
		o->output = value;
		break;
	case OPT_CHAIN:
		return parse_rule(o, value, e);
	case OPT_TARGET:
		if (!chain_target_parse(value, &o->target))
			return bad_value("target", value,
			    "any, embedded, xz-5.0 or xz-5.4", e);
		break;
	case OPT_FOR:
		o->loader_for = value;
		break;
	case OPT_PLAN:
		o->plan_in = value;
		break;
	case OPT_PLAN_OUT:
		o->plan_out = value;
		break;
	case OPT_EFFORT:
		if (!choose_effort_parse(value, &o->effort))
			return bad_value("effort", value,
			    "fast, default or max", e);
		break;
	case OPT_ORDER:
		if (!order_parse(value, &o->order))
			return bad_value("order", value,
			    "kind, name or given", e);
		break;
	case OPT_CHECK:
		if (!chain_check_parse(value, &o->check))
			return bad_value("check", value,
			    "none, crc32, crc64 or sha256", e);
		break;
	case OPT_LIMIT:
		if (!num_bytes(value, &o->limit) || o->limit == 0)
			return bad_value("limit", value, "a size above 0, "
			    "such as 16000000, 16MB or 16MiB", e);
		o->has_limit = true;
		break;
	case OPT_THREADS:
		return parse_threads(o, value, e);
	case OPT_MEMLIMIT:
		if (!num_bytes(value, &o->memory) || o->memory == 0)
			return bad_value("memlimit", value, "a size above 0, "
			    "such as 500MB or 1GiB", e);
		break;
	case OPT_PROGRESS:
		return parse_progress(o, value, e);
	default:
		return take_packing(o, id, value, e);
	}
	return ERR_OK;
}
