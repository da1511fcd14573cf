/* What only `compare` is told. */
#include <stdlib.h>
#include <string.h>

#include "cli/optable.h"
#include "cli/options_part.h"

static enum err_code
push(const char ***v, size_t *n, const char *value, struct err *e)
{
	const char **p = realloc(*v, (*n + 1) * sizeof(*p));

	if (p == NULL)
		return err_nomem(e);
	*v = p;
	p[(*n)++] = value;
	return ERR_OK;
}

bool
options_compare_take(struct options_compare *c, int id, const char *value,
    struct err *e)
{
	switch (id) {
	case OPT_CHAIN:
		push(&c->chains, &c->n_chains, value, e);
		break;
	case OPT_CODEC:
		if (columns_check(value, e) != ERR_OK)
			err_wrap(e, "--codec");
		else
			push(&c->codecs, &c->n_codecs, value, e);
		break;
	case OPT_CHAINS:
		c->chain_file = value;
		break;
	case OPT_BASELINE:
		c->baseline = value;
		break;
	case OPT_TOTAL:
		c->total = true;
		break;
	case OPT_BEST:
		c->best = true;
		break;
	case OPT_SORT:
		if (!grid_sort_parse(value, &c->sort))
			err_set(e, ERR_USAGE, "--sort '%s': not size, "
			    "encode, decode, memory or given", value);
		break;
	default:
		return false;
	}
	return true;
}

void
options_compare_free(struct options_compare *c)
{
	free(c->chains);
	free(c->codecs);
	memset(c, 0, sizeof(*c));
}
