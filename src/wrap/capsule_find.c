#include "wrap/capsule_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "report/parts.h"
#include "unpack/tarread.h"
#include "weights/loader.h"
#include "xz/xzread.h"

#define HINTS 3			/* members that a message names, at most */

/* --- in the confined process --- */

/* What is said first; names follow, each with its NUL. */
struct found {
	uint64_t main_size;
	uint32_t packings;
	uint32_t is_there;	/* main's name follows, then the packed ones;
				 * else names of scripts, as a hint */
	uint32_t all_clean;	/* names, as name_clean() has them */
};

struct look {
	const char *main;	/* clean */
	uint64_t memory;
	struct tarread_toc toc;
	struct parts parts;
	struct found found;
	struct buf names;
};

static void
add_name(struct look *l, const char *name, struct err *e)
{
	buf_append(&l->names, name, strlen(name) + 1, e);
}

/* The end of a clean name behind the directory at its beginning, or NULL. */
static const char *
behind_top(const char *clean)
{
	const char *slash = strchr(clean, '/');

	return slash != NULL ? slash + 1 : NULL;
}

/* Are all members in one directory? */
static bool
has_top(const struct look *l, struct err *e)
{
	char *first = NULL, *clean;
	size_t i, n = 0;
	bool one = true;

	for (i = 0; i < l->toc.n_members && one && e->code == ERR_OK; i++) {
		if (name_clean(l->toc.members[i].name, &clean, e) != ERR_OK)
			break;
		if (first == NULL && clean[0] != '\0') {
			first = clean;
			n = strcspn(first, "/");
			continue;
		}
		one = clean[0] == '\0' || (strncmp(clean, first, n) == 0 &&
		    (clean[n] == '/' || clean[n] == '\0'));
		free(clean);
	}
	free(first);
	return one;
}

/* Is this file the one that is meant: by its whole name, or by that without
 * the directory that all are in? */
static bool
is_main(const struct look *l, const struct tarread_member *m, bool below_top,
    struct err *e)
{
	const char *rest;
	char *clean;
	bool is;

	if (m->type != TARREAD_FILE ||
	    name_clean(m->name, &clean, e) !=
	    ERR_OK)
		return false;
	rest = below_top ? behind_top(clean) : clean;
	is = rest != NULL && strcmp(rest, l->main) == 0;
	free(clean);
	return is;
}

static bool
find_main(struct look *l, bool below_top, struct err *e)
{
	size_t i;

	for (i = 0; i < l->toc.n_members && e->code == ERR_OK; i++) {
		if (!is_main(l, &l->toc.members[i], below_top, e))
			continue;
		l->found.is_there = 1;
		l->found.main_size = l->toc.members[i].size;
		add_name(l, l->toc.members[i].name, e);
		return true;
	}
	return false;
}

static bool
all_clean(const struct look *l, struct err *e)
{
	const char *name;
	char *clean;
	size_t i;
	bool same = true;

	for (i = 0; i < l->toc.n_members && same && e->code == ERR_OK; i++) {
		name = l->toc.members[i].name;
		if (name_clean(name, &clean, e) != ERR_OK)
			break;
		/* "." of tar -c . is no module. */
		same = strcmp(name, clean) == 0 || clean[0] == '\0';
		free(clean);
	}
	return same;
}

static void
add_hints(struct look *l, struct err *e)
{
	const char *name;
	size_t i, n, given = 0;

	for (i = 0; i < l->toc.n_members && given < HINTS; i++) {
		name = l->toc.members[i].name;
		n = strlen(name);
		if (n > 3 && strcmp(name + n - 3, ".py") == 0) {
			add_name(l, name, e);
			given++;
		}
	}
}

/* Members with a packed tensor. */
static void
add_packed(struct look *l, struct err *e)
{
	size_t i, last = SIZE_MAX;

	for (i = 0; i < l->parts.n; i++) {
		const struct part *p = &l->parts.parts[i];

		if (p->packing == NULL)
			continue;
		l->found.packings |= loader_bit(packing_find(p->packing));
		if (p->member != last)
			add_name(l, l->toc.members[p->member].name, e);
		last = p->member;
	}
}

static enum err_code
look(void *ctx, int fd, struct extract_output *out, const struct watch *w,
    struct err *e)
{
	static const struct xzread_rules any = { true, true };
	struct look *l = ctx;
	struct xzread xz = { .fd = -1 };

	buf_init(&l->names, (size_t)l->memory);
	if (xzread_strict(fd, l->memory, &any, &xz, e) == ERR_OK &&
	    tarread_toc(&xz, l->memory, w, &l->toc, e) == ERR_OK &&
	    parts_make(&xz, &l->toc, l->memory, w, &l->parts, e) == ERR_OK) {
		l->found.all_clean = all_clean(l, e);
		if (find_main(l, false, e) || (has_top(l, e) &&
		    find_main(l, true, e)))
			add_packed(l, e);
		else
			add_hints(l, e);
	}
	if (e->code == ERR_OK && extract_put(out, &l->found, sizeof(l->found),
	    e) == ERR_OK)
		extract_put(out, l->names.data, l->names.size, e);
	buf_free(&l->names);
	parts_free(&l->parts);
	tarread_toc_free(&l->toc);
	xzread_free(&xz);
	return e->code;
}

/* --- in the parent --- */

/* The NUL-separated names from p on become f->packed. */
static enum err_code
take_packed(struct capsule_find *f, const char *p, const char *end,
    struct err *e)
{
	const char *q;
	size_t n = 0;

	for (q = p; q < end; q += strlen(q) + 1)
		n++;
	f->packed = calloc(n + 1, sizeof(*f->packed));
	if (f->packed == NULL)
		return err_nomem(e);
	for (; p < end; p += strlen(p) + 1)
		f->packed[f->n_packed++] = p;
	return ERR_OK;
}

/* name, the member's, is the prefix and main. */
static enum err_code
take_main(struct capsule_find *f, const char *name, struct err *e)
{
	const size_t n = strlen(name), m = strlen(f->main);

	if (n < m || strcmp(name + n - m, f->main) != 0 ||
	    (n > m && name[n - m - 1] != '/'))
		return err_set(e, ERR_UNSUPPORTED, "%s: its name in the "
		    "bundle has slashes or dots to spare; make the bundle "
		    "anew with repack", name);
	f->prefix = strndup(name, n - m);
	return f->prefix != NULL ? ERR_OK : err_nomem(e);
}

static enum err_code
refuse(const struct capsule_find *f, const char *p, const char *end,
    struct err *e)
{
	const char *before = "; scripts in it are ";

	err_set(e, ERR_FAIL, "has no file %s", f->main);
	for (; p < end; p += strlen(p) + 1) {
		err_append(e, "%s%s", before, p);
		before = ", ";
	}
	return e->code;
}

static enum err_code
take(struct capsule_find *f, bool in_memory, struct err *e)
{
	struct found found;
	const char *p, *end;

	if (f->texts.size < sizeof(found) || (f->texts.size > sizeof(found) &&
	    f->texts.data[f->texts.size - 1] != '\0'))
		return err_set(e, ERR_FAIL, "the confined process makes no "
		    "sense");
	memcpy(&found, f->texts.data, sizeof(found));
	p = (const char *)f->texts.data + sizeof(found);
	end = (const char *)f->texts.data + f->texts.size;
	if (found.is_there == 0 || p == end)
		return refuse(f, p, end, e);
	if (in_memory && found.all_clean == 0)
		return err_set(e, ERR_UNSUPPORTED, "names in it have slashes "
		    "or dots to spare, which --in-memory does not take; make "
		    "the bundle anew with repack");
	f->main_size = found.main_size;
	f->packings = found.packings;
	if (take_main(f, p, e) != ERR_OK)
		return e->code;
	return take_packed(f, p + strlen(p) + 1, end, e);
}

enum err_code
capsule_find(const struct extract_request *r, const char *main,
    bool in_memory, struct capsule_find *f, struct err *e)
{
	struct look l = { .memory = r->rules.limits.max[LIMIT_MEMORY] };
	struct extract_result res;

	memset(f, 0, sizeof(*f));
	if (name_clean(main, &f->main, e) == ERR_OK && f->main[0] == '\0')
		err_set(e, ERR_USAGE, "not a file");
	if (e->code != ERR_OK) {
		e->code = ERR_USAGE;
		return err_wrap(e, "--main %s", main);
	}
	l.main = f->main;
	extract_result_init(&res);
	if (extract_confined(r, look, &l, &res, e) == ERR_OK) {
		f->texts = res.text;
		memset(&res.text, 0, sizeof(res.text));
		if (take(f, in_memory, e) != ERR_OK)
			err_wrap(e, "%s", r->bundle);
	}
	extract_result_free(&res);
	return e->code;
}

void
capsule_find_free(struct capsule_find *f)
{
	free(f->main);
	free(f->prefix);
	free(f->packed);
	buf_free(&f->texts);
}
