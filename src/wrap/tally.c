#include "wrap/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"

/* The same file twice would be a slip that hides how near the limit is, or
 * that it was not reached. */
static enum err_code
refuse_twice(const struct tally *t, const struct stat *seen, size_t i,
    struct err *e)
{
	struct stat code;
	size_t j;

	for (j = 0; j < i; j++) {
		if (seen[j].st_dev == seen[i].st_dev &&
		    seen[j].st_ino == seen[i].st_ino)
			return err_set(e, ERR_USAGE, "%s: is counted as %s "
			    "already", t->files[i].path, t->files[j].path);
	}
	if (t->code != NULL && stat(t->code, &code) == 0 &&
	    code.st_dev == seen[i].st_dev && code.st_ino == seen[i].st_ino)
		return err_set(e, ERR_USAGE, "%s: is the code, which is "
		    "counted already", t->files[i].path);
	return ERR_OK;
}

static enum err_code
measure(struct tally *t, struct stat *seen, size_t i, struct err *e)
{
	const char *path = t->files[i].path;

	if (stat(path, &seen[i]) != 0)
		return err_sys(e, errno, "%s: cannot be counted", path);
	if (!S_ISREG(seen[i].st_mode))
		return err_set(e, ERR_FAIL, "%s: cannot be counted: not a "
		    "regular file", path);
	t->files[i].size = (uint64_t)seen[i].st_size;
	if (!num_add(t->total, t->files[i].size, &t->total))
		return err_set(e, ERR_FAIL, "%s: too large to be counted",
		    path);
	return refuse_twice(t, seen, i, e);
}

enum err_code
tally_make(struct tally *t, const char *const *paths, size_t n, struct err *e)
{
	struct stat *seen = calloc(n + 1, sizeof(*seen));

	t->n = n;
	t->total = t->code_size;
	t->files = calloc(n + 1, sizeof(*t->files));
	if (seen == NULL || t->files == NULL) {
		err_nomem(e);
		t->n = 0;
	}
	for (size_t i = 0; i < t->n && e->code == ERR_OK; i++) {
		t->files[i].path = paths[i];
		measure(t, seen, i, e);
	}
	free(seen);
	return e->code;
}

void
tally_free(struct tally *t)
{
	free(t->files);
	t->files = NULL;
	t->n = 0;
}

enum err_code
tally_judge(const struct tally *t, struct err *e)
{
	if (!t->has_limit || t->total <= t->limit)
		return ERR_OK;
	return err_set(e, ERR_LIMIT, "%" PRIu64 " bytes, %" PRIu64 " over the "
	    "limit of %" PRIu64, t->total, t->total - t->limit, t->limit);
}
