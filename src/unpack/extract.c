#include "unpack/extract.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "unpack/policy.h"
#include "unpack/stage.h"
#include "unpack/tarread.h"
#include "xz/blockstream.h"
#include "xz/xzread.h"

/* A file that is wanted only under the name of a hard link to it. */
struct alias {
	char *from;		/* clean name of the file; owned */
	char *to;		/* of the link; owned */
};

struct extraction {
	const struct extract_request *r;
	struct alias *aliases;		/* [n_aliases]; owned */
	size_t n_aliases;
	struct xzread xz;
	struct range *ranges;		/* [n_ranges] to read; owned */
	size_t n_ranges;
	bool all;
	struct stage *stage;		/* NULL: write nothing */
	struct policy policy;
	int cat_fd;			/* -1, or where data goes */
};

/* --- choosing members --- */

/* Is name equal to want, or below it? */
static bool
is_wanted(const char *name, const char *want)
{
	size_t n = strlen(want);

	while (n > 0 && want[n - 1] == '/')
		n--;
	return strncmp(name, want, n) == 0 &&
	    (name[n] == '\0' || name[n] == '/');
}

static const struct tarread_member *
find_member(const struct tarread_toc *toc, const char *clean)
{
	struct err ignored = ERR_INIT;
	char *name;
	size_t i;
	bool same;

	for (i = 0; i < toc->n_members; i++) {
		if (policy_clean(toc->members[i].name, &name, &ignored) !=
		    ERR_OK)
			continue;
		same = strcmp(name, clean) == 0;
		free(name);
		if (same)
			return &toc->members[i];
	}
	return NULL;
}

static void
add_range(struct extraction *x, const struct tarread_member *m)
{
	struct range *last = x->n_ranges > 0 ?
	    &x->ranges[x->n_ranges - 1] : NULL;

	if (last != NULL && last->end == m->head_off) {
		last->end = m->end_off;
		return;
	}
	x->ranges[x->n_ranges].off = m->head_off;
	x->ranges[x->n_ranges++].end = m->end_off;
}

/* Is name wanted by any?  seen (may be NULL) notes by which. */
static bool
any_wanted(const struct extract_request *r, const char *name, bool *seen)
{
	bool any = false;
	size_t i;

	for (i = 0; i < r->n_wanted; i++) {
		if (!is_wanted(name, r->wanted[i]))
			continue;
		any = true;
		if (seen != NULL)
			seen[i] = true;
	}
	return any;
}

/* The name under which a file is made. */
static const char *
made_name(const struct extraction *x, const char *name)
{
	size_t i;

	for (i = 0; i < x->n_aliases; i++) {
		if (strcmp(x->aliases[i].from, name) == 0)
			return x->aliases[i].to;
	}
	return name;
}

/*
 * A hard link has no data: its file must come along.  Where that is not
 * wanted itself, the first wanted link to it takes its place.
 */
static enum err_code
select_hardlink(struct extraction *x, const struct tarread_toc *toc,
    size_t i, const char *name, const char *target, bool *need,
    struct err *e)
{
	const struct tarread_member *m = find_member(toc, target);
	struct alias *a;

	need[i] = true;
	if (m == NULL || any_wanted(x->r, target, NULL) ||
	    made_name(x, target) != target)
		return ERR_OK;
	a = realloc(x->aliases, (x->n_aliases + 1) * sizeof(*a));
	if (a == NULL)
		return err_nomem(e);
	x->aliases = a;
	a += x->n_aliases++;
	a->from = strdup(target);
	a->to = strdup(name);
	if (a->from == NULL || a->to == NULL)
		return err_nomem(e);
	need[i] = false;
	need[m - toc->members] = true;
	return ERR_OK;
}

/* Judge every name; need[i] says that member i has to be read. */
static enum err_code
select_members(struct extraction *x, const struct tarread_toc *toc,
    bool *seen, bool *need, struct err *e)
{
	const char *name, *link;
	size_t i;

	for (i = 0; i < toc->n_members; i++) {
		if (policy_member(&x->policy, &toc->members[i], &name, &link,
		    e) != ERR_OK)
			return e->code;
		if (name == NULL || !any_wanted(x->r, name, seen))
			continue;
		if (toc->members[i].type != TARREAD_HARDLINK)
			need[i] = true;
		else if (select_hardlink(x, toc, i, name, link, need, e) !=
		    ERR_OK)
			return e->code;
	}
	for (i = 0; i < x->r->n_wanted; i++) {
		if (!seen[i])
			return err_set(e, ERR_FAIL, "%s: no such member; "
			    "'xzbundle list' shows the names",
			    x->r->wanted[i]);
	}
	return policy_finish(&x->policy, e);
}

static enum err_code
select_ranges(struct extraction *x, const struct tarread_toc *toc,
    struct err *e)
{
	bool *seen = calloc(x->r->n_wanted + 1, sizeof(*seen));
	bool *need = calloc(toc->n_members + 1, sizeof(*need));
	size_t i;

	x->ranges = calloc(toc->n_members + 1, sizeof(*x->ranges));
	if (x->ranges == NULL || seen == NULL || need == NULL)
		err_nomem(e);
	else
		select_members(x, toc, seen, need, e);
	for (i = 0; i < toc->n_members && e->code == ERR_OK; i++) {
		if (need[i])
			add_range(x, &toc->members[i]);
	}
	free(seen);
	free(need);
	return e->code;
}

static enum err_code
choose_some(struct extraction *x, struct err *e)
{
	struct tarread_toc toc;

	if (tarread_toc(&x->xz, x->r->memory, x->r->watch, &toc, e) ==
	    ERR_OK)
		select_ranges(x, &toc, e);
	tarread_toc_free(&toc);
	policy_free(&x->policy);
	return e->code;
}

static enum err_code
choose_all(struct extraction *x, struct err *e)
{
	x->all = true;
	x->ranges = calloc(1, sizeof(*x->ranges));
	if (x->ranges == NULL)
		return err_nomem(e);
	x->ranges[0].end = x->xz.raw_size;
	x->n_ranges = x->xz.raw_size > 0;
	return ERR_OK;
}

/* --- writing --- */

/* Zeros of whole pages are not written: the file gets holes. */
static bool
all_zero(const uint8_t *p, size_t n)
{
	return n >= 4096 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static enum err_code
write_piece(int fd, const uint8_t *p, size_t size, struct err *e)
{
	size_t n;

	for (; size > 0; p += n, size -= n) {
		n = (size_t)num_min(size, 65536);
		if (!all_zero(p, n)) {
			if (io_write(fd, p, n, e) != ERR_OK)
				return e->code;
		} else if (lseek(fd, (off_t)n, SEEK_CUR) < 0) {
			return err_sys(e, errno, "cannot seek");
		}
	}
	return ERR_OK;
}

static enum err_code
write_file(struct tarread *t, int fd, const struct tarread_member *m,
    struct err *e)
{
	const uint8_t *p;
	size_t size;

	do {
		if (tarread_data(t, &p, &size, e) != ERR_OK)
			return e->code;
		if (fd >= 0 && write_piece(fd, p, size, e) != ERR_OK)
			return err_wrap(e, "%s", m->name);
	} while (size > 0);
	/* A hole at the end is only there once the size is set. */
	if (fd >= 0 && ftruncate(fd, (off_t)m->size) != 0)
		return err_sys(e, errno, "%s: cannot write", m->name);
	return ERR_OK;
}

static enum err_code
make_file(struct extraction *x, struct tarread *t, const char *name,
    const struct tarread_member *m, struct err *e)
{
	int fd = -1;

	if (x->stage != NULL &&
	    stage_file(x->stage, name, m->executable, &fd, e) != ERR_OK)
		return e->code;
	write_file(t, fd, m, e);
	if (fd >= 0)
		io_close(fd, e);
	return e->code;
}

static enum err_code
copy_to_cat(const struct extraction *x, struct tarread *t, struct err *e)
{
	const uint8_t *p;
	size_t size;

	do {
		if (tarread_data(t, &p, &size, e) != ERR_OK)
			return e->code;
		if (io_write(x->cat_fd, p, size, e) != ERR_OK)
			return err_wrap(e, "standard output");
	} while (size > 0);
	return ERR_OK;
}

static enum err_code
make_member(struct extraction *x, struct tarread *t,
    const struct tarread_member *m, struct err *e)
{
	const char *name, *link;

	if (policy_member(&x->policy, m, &name, &link, e) != ERR_OK ||
	    name == NULL)
		return e->code;
	if (x->cat_fd >= 0)
		return copy_to_cat(x, t, e);
	name = made_name(x, name);
	if (m->type == TARREAD_HARDLINK)
		link = made_name(x, link);
	if (m->type == TARREAD_FILE)
		return make_file(x, t, name, m, e);
	if (x->stage == NULL || m->type == TARREAD_SYMLINK)
		return ERR_OK;		/* symlinks are made last */
	if (m->type == TARREAD_HARDLINK)
		return stage_hardlink(x->stage, name, link, e);
	return stage_dir(x->stage, name, e);
}

static enum err_code
make_symlinks(struct extraction *x, struct err *e)
{
	const struct policy_name *n;
	size_t i;

	for (i = 0; i < x->policy.n_names; i++) {
		n = &x->policy.names[i];
		if (n->type == TARREAD_SYMLINK && stage_symlink(x->stage,
		    n->name, n->link, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

/* --- all of it --- */

static enum err_code
read_members(struct extraction *x, struct tarread *t, struct err *e)
{
	const struct tarread_member *m;
	uint64_t members_end;
	size_t n = 0;

	while (tarread_next(t, &m, e) == ERR_OK && m != NULL) {
		if (make_member(x, t, m, e) != ERR_OK)
			return e->code;
		n++;
	}
	if (e->code != ERR_OK)
		return e->code;
	if (x->all && tarread_tail(t, &members_end, e) != ERR_OK)
		return e->code;
	if (n == 0)
		return err_set(e, ERR_UNSAFE, "the tar has no members");
	return ERR_OK;
}

static enum err_code
run(struct extraction *x, struct err *e)
{
	struct blockstream_options o = { false, x->r->n_threads,
	    x->r->memory, x->r->watch };
	struct blockstream *s = NULL;
	struct tarread *t = NULL;
	const uint8_t *p;
	size_t n;

	watch_begin(x->r->watch, x->stage != NULL ? "extracting" :
	    "checking", x->xz.raw_size);
	if (blockstream_open(&x->xz, x->ranges, x->n_ranges, &o, &s, e) ==
	    ERR_OK && tarread_open(s, &t, e) == ERR_OK &&
	    read_members(x, t, e) == ERR_OK) {
		/* To the end of the last range's Block. */
		while (blockstream_next(s, &p, &n, e) == ERR_OK && n > 0)
			;
	}
	tarread_free(t);
	blockstream_free(s);
	if (e->code == ERR_OK && x->cat_fd < 0)
		policy_finish(&x->policy, e);
	if (e->code == ERR_OK && x->stage != NULL)
		make_symlinks(x, e);
	return e->code;
}

static enum err_code
run_staged(struct extraction *x, struct err *e)
{
	if (x->r->dest != NULL &&
	    stage_open(x->r->dest, &x->stage, e) != ERR_OK)
		return e->code;
	if (run(x, e) != ERR_OK)
		return err_wrap(e, "%s", x->r->bundle);
	return x->stage != NULL ? stage_publish(x->stage, e) : ERR_OK;
}

/* Open the bundle and say what of it is to be read. */
static enum err_code
open_bundle(struct extraction *x, struct err *e)
{
	if (xzread_open(x->r->bundle, x->r->memory, &x->xz, e) == ERR_OK) {
		if (x->r->n_wanted > 0)
			choose_some(x, e);
		else
			choose_all(x, e);
	}
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, "%s", x->r->bundle);
}

static void
extraction_free(struct extraction *x)
{
	size_t i;

	for (i = 0; i < x->n_aliases; i++) {
		free(x->aliases[i].from);
		free(x->aliases[i].to);
	}
	free(x->aliases);
	stage_free(x->stage);
	policy_free(&x->policy);
	xzread_free(&x->xz);
	free(x->ranges);
}

enum err_code
extract_bundle(const struct extract_request *r, struct err *e)
{
	struct extraction x = { .r = r, .cat_fd = -1 };

	if (open_bundle(&x, e) == ERR_OK)
		run_staged(&x, e);
	extraction_free(&x);
	return e->code;
}

/* The ranges of the one file that name stands for. */
static enum err_code
choose_file(struct extraction *x, const char *name, struct err *e)
{
	const struct tarread_member *m = NULL;
	struct err not_clean = ERR_INIT;
	struct tarread_toc toc;
	char *clean = NULL;

	if (tarread_toc(&x->xz, x->r->memory, x->r->watch, &toc, e) ==
	    ERR_OK) {
		if (policy_clean(name, &clean, &not_clean) == ERR_OK)
			m = find_member(&toc, clean);
		if (m != NULL && m->type == TARREAD_HARDLINK)
			m = find_member(&toc, m->link);
		if (m == NULL)
			err_set(e, ERR_FAIL, "%s: no such member; "
			    "'xzbundle list' shows the names", name);
		else if (m->type != TARREAD_FILE)
			err_set(e, ERR_FAIL, "%s: is not a file", name);
	}
	if (m != NULL && e->code == ERR_OK) {
		x->ranges = calloc(1, sizeof(*x->ranges));
		if (x->ranges == NULL)
			err_nomem(e);
		else
			add_range(x, m);
	}
	tarread_toc_free(&toc);
	free(clean);
	return e->code;
}

enum err_code
extract_cat(const struct extract_request *r, int fd, struct err *e)
{
	struct extraction x = { .r = r, .cat_fd = fd };

	if (xzread_open(r->bundle, r->memory, &x.xz, e) == ERR_OK &&
	    choose_file(&x, r->wanted[0], e) == ERR_OK)
		run(&x, e);
	if (e->code != ERR_OK)
		err_wrap(e, "%s", r->bundle);
	extraction_free(&x);
	return e->code;
}
