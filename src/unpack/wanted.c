#include "unpack/wanted.h"

#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "unpack/tarread.h"

enum err_code
wanted_all(const struct wanted_from *from, struct selection *s,
    struct err *e)
{
	memset(s, 0, sizeof(*s));
	s->ranges = calloc(1, sizeof(*s->ranges));
	if (s->ranges == NULL)
		return err_nomem(e);
	s->ranges[0].end = from->xz->raw_size;
	s->n_ranges = from->xz->raw_size > 0;
	return ERR_OK;
}

enum err_code
wanted_some(const struct wanted_from *from, const char *const *names,
    size_t n, const struct policy_options *o, struct selection *s,
    struct err *e)
{
	struct tarread_toc toc;

	memset(s, 0, sizeof(*s));
	if (tarread_toc(from->xz, from->memory, from->watch, &toc, e) ==
	    ERR_OK)
		select_members(&toc, names, n, o, s, e);
	tarread_toc_free(&toc);
	return e->code;
}

/* Is m the file of the clean name `wanted`?  The first one counts. */
static bool
is_wanted(void *wanted, const struct tarread_member *m)
{
	struct err ignored = ERR_INIT;
	bool same = false;
	char *clean;

	if (m->type == TARREAD_FILE &&
	    name_clean(m->name, &clean, &ignored) == ERR_OK) {
		same = strcmp(clean, wanted) == 0;
		free(clean);
	}
	return same;
}

enum err_code
wanted_file(const struct wanted_from *from, const char *name,
    struct selection *s, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct tarread_toc toc;
	char *clean = NULL;

	memset(s, 0, sizeof(*s));
	/* A name that is none is select_file()'s to complain of. */
	(void)name_clean(name, &clean, &ignored);
	if (tarread_toc_until(from->xz, from->memory, from->watch,
	    clean != NULL ? is_wanted : NULL, clean, &toc, e) == ERR_OK)
		select_file(&toc, name, s, e);
	tarread_toc_free(&toc);
	free(clean);
	return e->code;
}
