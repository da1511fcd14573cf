#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "unpack/extract.h"

static struct extract_request
request(const struct options *o, const struct watch *w)
{
	struct extract_request r;

	memset(&r, 0, sizeof(r));
	r.bundle = o->operands[0];
	r.wanted = o->operands + 1;
	r.n_wanted = o->n_operands - 1;
	r.n_threads = o->n_threads;
	r.memory = o->memory != 0 ? o->memory : CMD_READ_MEMORY;
	r.watch = w;
	return r;
}

/* "dir/foo.tar.xz" -> "foo". */
static char *
folder_name(const char *bundle)
{
	static const char *const endings[] = { ".tar.xz", ".txz", ".xz" };
	const char *slash = strrchr(bundle, '/');
	const char *base = slash != NULL ? slash + 1 : bundle;
	size_t n = strlen(base), i, k;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		k = strlen(endings[i]);
		if (n > k && strcmp(base + n - k, endings[i]) == 0)
			return strndup(base, n - k);
	}
	return NULL;
}

enum err_code
cmd_extract(const struct options *o, const struct watch *w, struct err *e)
{
	struct extract_request r = request(o, w);
	char *folder = NULL;

	if (o->directory == NULL) {
		folder = folder_name(r.bundle);
		if (folder == NULL)
			return err_set(e, ERR_USAGE, "%s: has no .tar.xz to "
			    "take off for a folder's name; use -C DIR",
			    r.bundle);
		if (access(folder, F_OK) == 0) {
			err_set(e, ERR_FAIL, "%s: exists; remove it, or "
			    "use -C DIR", folder);
			free(folder);
			return e->code;
		}
	}
	r.dest = folder != NULL ? folder : o->directory;
	extract_bundle(&r, e);
	free(folder);
	return e->code;
}

enum err_code
cmd_check(const struct options *o, const struct watch *w, struct err *e)
{
	struct extract_request r = request(o, w);

	return extract_bundle(&r, e);
}

enum err_code
cmd_cat(const struct options *o, const struct watch *w, struct err *e)
{
	struct extract_request r = request(o, w);
	struct watch quiet = *w;

	/* The progress line would stand in the middle of the data. */
	if (isatty(STDOUT_FILENO)) {
		quiet.advance = NULL;
		r.watch = &quiet;
	}
	return extract_cat(&r, STDOUT_FILENO, e);
}
