#include "unpack/files.h"

#include <stdlib.h>
#include <string.h>

#include "weights/unpacker.h"

/* --- data --- */

/* A piece of a file goes wherever it is wanted. */
static enum err_code
take_data(struct files *f, const uint8_t *p, size_t n, struct err *e)
{
	if (f->dry)
		return ERR_OK;
	if (f->j->cat)
		return f->j->put(f->j->ctx, INSIDE_TEXT, p, n, e);
	if (f->manifest != NULL)
		manifest_data(f->manifest, p, n);
	if (f->findings != NULL)
		findings_data(f->findings, p, n);
	if (f->writer != NULL)
		writer_data(f->writer, p, n, e);
	return e->code;
}

/* A file that may be packed. */
struct packed {
	struct files *f;
	const struct tarread_member *m;
	struct unpacker *u;		/* NULL: it is taken as it is */
	uint64_t size;			/* as it is written */
	bool named;			/* an error names what it has to */
	bool skipped;			/* it broke a rule that is on a list */
};

static enum err_code
begin_packed(void *ctx, enum unpacker_kind kind, uint64_t size,
    struct err *e)
{
	struct packed *p = ctx;
	bool good = true;

	p->size = size;
	if (kind != UNPACKER_PACKED)
		return ERR_OK;
	p->named = policy_unpacked(p->f->policy, p->m, size, &good, e) !=
	    ERR_OK;
	if (e->code == ERR_OK && good)
		p->f->stats->unpacked++;
	/* The list goes on, but not with what may be huge. */
	p->skipped = !good;
	return good ? e->code : err_set(e, ERR_LIMIT, "not unpacked");
}

static enum err_code
put_packed(void *ctx, const uint8_t *bytes, size_t n, struct err *e)
{
	struct packed *p = ctx;

	p->named = take_data(p->f, bytes, n, e) != ERR_OK;
	return e->code;
}

/* The next n bytes of it, or for 0 its end. */
static enum err_code
unpack_data(struct packed *p, const uint8_t *bytes, size_t n, struct err *e)
{
	struct err own = ERR_INIT;

	if (n > 0)
		unpacker_data(p->u, bytes, n, &own);
	else
		unpacker_end(p->u, &own);
	if (p->skipped && !p->named)
		return ERR_OK;
	if (own.code != ERR_OK && !p->named)
		err_wrap(&own, "%s", p->m->name);
	return err_copy(e, &own);
}

static enum err_code
copy_data(struct packed *p, struct tarread *t, struct err *e)
{
	const uint8_t *bytes;
	size_t n;

	do {
		if (tarread_data(t, &bytes, &n, e) != ERR_OK)
			return e->code;
		if (p->u != NULL)
			unpack_data(p, bytes, n, e);
		else if (n > 0)
			take_data(p->f, bytes, n, e);
	} while (n > 0 && e->code == ERR_OK && !p->skipped);
	return e->code;
}

/* --- files --- */

/* A line of the manifest, and its sum for hard links to the file. */
static enum err_code
list_file(struct files *f, const char *name, uint64_t size, struct err *e)
{
	size_t i = policy_count(f->policy), cap = f->n_sums;
	struct manifest_sum sum, *v;

	if (manifest_file(f->manifest, name, size, &sum, e) != ERR_OK ||
	    !f->j->r->rules.links)
		return e->code;
	if (i > cap) {
		cap = i + cap / 2 + 64;
		v = realloc(f->sums, cap * sizeof(*v));
		if (v == NULL)
			return err_nomem(e);
		memset(v + f->n_sums, 0, (cap - f->n_sums) * sizeof(*v));
		f->sums = v;
		f->n_sums = cap;
	}
	f->sums[i - 1] = sum;
	return ERR_OK;
}

static enum err_code
end_file(struct files *f, const struct tarread_member *m, const char *name,
    uint64_t size, struct err *e)
{
	f->stats->files++;
	f->stats->bytes += size;
	if (f->writer != NULL && writer_end(f->writer, size,
	    f->j->r->keep_mtime, m->mtime, e) != ERR_OK)
		return e->code;
	if (f->findings != NULL && findings_file(f->findings, name,
	    m->executable, e) != ERR_OK)
		return e->code;
	if (f->manifest != NULL)
		list_file(f, name, size, e);
	return e->code;
}

enum err_code
files_file(struct files *f, struct tarread *t,
    const struct tarread_member *m, const char *name, struct err *e)
{
	const struct extract_rules *rules = &f->j->r->rules;
	struct packed p = { f, m, NULL, m->size, false, false };
	const struct unpacker_request r = { m->size,
	    rules->limits.max[LIMIT_MEMORY], begin_packed, put_packed, &p };

	if (f->writer != NULL && writer_file(f->writer, name, m->executable,
	    e) != ERR_OK)
		return e->code;
	if (rules->unpack)
		unpacker_new(&r, &p.u, e);
	if (e->code == ERR_OK && copy_data(&p, t, e) == ERR_OK && !p.skipped)
		end_file(f, m, name, p.size, e);
	unpacker_free(p.u);
	return e->code;
}

enum err_code
files_dir(struct files *f, const char *name, struct err *e)
{
	f->stats->dirs++;
	return f->writer != NULL ? writer_dir(f->writer, name, e) : ERR_OK;
}

/* --- links --- */

enum err_code
files_link(struct files *f, const struct tarread_member *m, const char *name,
    const char *link, struct err *e)
{
	f->stats->links++;
	if (f->findings != NULL && findings_link(f->findings, name, e) !=
	    ERR_OK)
		return e->code;
	if (f->writer == NULL || m->type == TARREAD_SYMLINK)
		return ERR_OK;		/* symlinks are made last */
	return writer_hardlink(f->writer, name, link, e);
}

static enum err_code
make_symlink(void *ctx, const char *name, const char *text, size_t target,
    struct err *e)
{
	(void)target;
	return writer_symlink(ctx, name, text, e);
}

static enum err_code
list_hardlink(void *ctx, const char *name, const char *link, size_t target,
    struct err *e)
{
	struct files *f = ctx;

	(void)link;
	return target < f->n_sums ? manifest_same(f->manifest, name,
	    &f->sums[target], e) : ERR_OK;
}

enum err_code
files_finish(struct files *f, struct err *e)
{
	if (f->writer != NULL && policy_links(f->policy, NAMESET_SYMLINK,
	    make_symlink, f->writer, e) != ERR_OK)
		return e->code;
	if (f->manifest != NULL && policy_links(f->policy, NAMESET_HARDLINK,
	    list_hardlink, f, e) == ERR_OK)
		manifest_end(f->manifest, e);
	return e->code;
}

/* --- the whole --- */

static enum err_code
put_manifest(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	const struct files *f = ctx;

	return f->j->put(f->j->ctx, INSIDE_MANIFEST, p, n, e);
}

enum err_code
files_open(struct files *f, struct err *e)
{
	const struct extract_request *r = f->j->r;

	if (f->j->dir_fd >= 0)
		writer_new(f->j->dir_fd, &f->writer, e);
	if (e->code == ERR_OK && r->manifest != NULL)
		manifest_new(r->form, put_manifest, f, &f->manifest, e);
	if (e->code == ERR_OK && r->sniff)
		findings_new(&f->findings, e);
	return e->code;
}

void
files_free(struct files *f)
{
	findings_free(f->findings);
	manifest_free(f->manifest);
	free(f->sums);
	writer_free(f->writer);
}
