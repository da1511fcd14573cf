#include "unpack/extract.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/name.h"
#include "base/num.h"
#include "unpack/policy.h"
#include "unpack/select.h"
#include "unpack/stage.h"
#include "unpack/tarread.h"
#include "xz/blockstream.h"
#include "xz/xzread.h"

struct extraction {
	const struct extract_request *r;
	struct xzread xz;
	struct selection chosen;	/* what to read */
	bool all;
	struct stage *stage;		/* NULL: write nothing */
	struct policy policy;
	int cat_fd;			/* -1, or where data goes */
};

/* --- what to read --- */

static enum err_code
choose_some(struct extraction *x, struct err *e)
{
	struct tarread_toc toc;

	if (tarread_toc(&x->xz, x->r->memory, x->r->watch, &toc, e) == ERR_OK)
		select_members(&toc, x->r->wanted, x->r->n_wanted,
		    &x->chosen, e);
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

static enum err_code
choose_one(struct extraction *x, struct err *e)
{
	const char *name = x->r->wanted[0];
	struct err ignored = ERR_INIT;
	struct tarread_toc toc;
	char *clean = NULL;

	/* A name that is none is select_file()'s to complain of. */
	(void)name_clean(name, &clean, &ignored);
	if (tarread_toc_until(&x->xz, x->r->memory, x->r->watch,
	    clean != NULL ? is_wanted : NULL, clean, &toc, e) == ERR_OK)
		select_file(&toc, name, &x->chosen, e);
	tarread_toc_free(&toc);
	free(clean);
	return e->code;
}

static enum err_code
choose_all(struct extraction *x, struct err *e)
{
	x->all = true;
	x->chosen.ranges = calloc(1, sizeof(*x->chosen.ranges));
	if (x->chosen.ranges == NULL)
		return err_nomem(e);
	x->chosen.ranges[0].end = x->xz.raw_size;
	x->chosen.n_ranges = x->xz.raw_size > 0;
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
			if (io_write(fd, p, n, NULL, e) != ERR_OK)
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
	if (fd >= 0 && io_close(fd, e) != ERR_OK)
		err_wrap(e, "%s", m->name);
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
		if (io_write(x->cat_fd, p, size, x->r->watch, e) !=
		    ERR_OK)
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
	name = select_made_name(&x->chosen, name);
	if (m->type == TARREAD_HARDLINK)
		link = select_made_name(&x->chosen, link);
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

/* The bytes of the Blocks that will be decoded, or of a part of them. */
static uint64_t
total(const struct extraction *x)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < x->chosen.n_ranges; i++)
		n += x->chosen.ranges[i].end - x->chosen.ranges[i].off;
	return n;
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
	    x->cat_fd >= 0 ? "reading" : "checking", total(x));
	if (blockstream_open(&x->xz, x->chosen.ranges,
	    x->chosen.n_ranges, &o, &s, e) ==
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
		if (x->cat_fd >= 0)
			choose_one(x, e);
		else if (x->r->n_wanted > 0)
			choose_some(x, e);
		else
			choose_all(x, e);
	}
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, "%s", x->r->bundle);
}

static void
extraction_free(struct extraction *x)
{
	stage_free(x->stage);
	policy_free(&x->policy);
	xzread_free(&x->xz);
	selection_free(&x->chosen);
}

enum err_code
extract_bundle(const struct extract_request *r, struct err *e)
{
	struct extraction x = { .r = r, .cat_fd = -1,
	    .policy = { .memory = r->memory } };

	if (open_bundle(&x, e) == ERR_OK)
		run_staged(&x, e);
	extraction_free(&x);
	return e->code;
}

enum err_code
extract_cat(const struct extract_request *r, int fd, struct err *e)
{
	struct extraction x = { .r = r, .cat_fd = fd };

	if (open_bundle(&x, e) == ERR_OK && run(&x, e) != ERR_OK)
		err_wrap(e, "%s", r->bundle);
	extraction_free(&x);
	return e->code;
}
