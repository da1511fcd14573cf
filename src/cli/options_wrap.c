/* What only `wrap` is told. */
#include <stdlib.h>
#include <string.h>

#include "cli/optable.h"
#include "cli/options_part.h"

static enum err_code
add_file(struct options_wrap *w, const char *value, struct err *e)
{
	const char **p = realloc(w->with, (w->n_with + 1) * sizeof(*p));

	if (p == NULL)
		return err_nomem(e);
	w->with = p;
	p[w->n_with++] = value;
	return ERR_OK;
}

static bool
take_flag(struct options_wrap *w, int id)
{
	switch (id) {
	case OPT_MINIFY:
		w->minify = true;
		break;
	case OPT_KEEP:
		w->keep = true;
		break;
	case OPT_NUMPY:
		w->numpy = true;
		break;
	case OPT_IN_MEMORY:
		w->in_memory = true;
		break;
	default:
		return false;
	}
	return true;
}

bool
options_wrap_take(struct options_wrap *w, int id, const char *value,
    struct err *e)
{
	switch (id) {
	case OPT_WITH:
		add_file(w, value, e);
		break;
	case OPT_PYTHON:
		w->python = value;
		break;
	case OPT_BUNDLE:
		w->bundle = value;
		break;
	case OPT_MAIN:
		w->main = value;
		break;
	case OPT_DIR:
		w->dir = value;
		break;
	case OPT_ENCODING:
		if (!encoding_parse(value, &w->encoding))
			err_set(e, ERR_USAGE, "--encoding '%s': not smallest, "
			    "latin1, ascii, b85 or zip", value);
		break;
	case OPT_CHECK:
		if (!chain_check_parse(value, &w->check))
			err_set(e, ERR_USAGE, "--check '%s': not none, "
			    "crc32, crc64 or sha256", value);
		break;
	default:
		return take_flag(w, id);
	}
	return true;
}

void
options_wrap_free(struct options_wrap *w)
{
	free(w->with);
}
