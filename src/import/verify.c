#include "import/verify.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "import/entries.h"
#include "unpack/extensions.h"
#include "unpack/tarread.h"
#include "xz/blockstream.h"
#include "xz/xzread.h"

#define PIECE ((size_t)64 << 10)	/* bytes compared at a time */
#define INDEX_MEMORY ((uint64_t)1 << 32)	/* of our own new file */
#define ROOM ((uint64_t)128 << 20)	/* for what is decoded */

/* Compares what is read with the members. */
struct verifier {
	const struct scan *scan;
	const struct member **sorted;	/* [n_members] by name; owned */
	bool *seen;		/* [n_members] of the scan: it was met; owned */
	bool *whole;		/* the same: so were all of its data; owned */
	uint8_t *piece;		/* [PIECE]; owned */
};

static enum err_code
differs(const char *name, const char *what, struct err *e)
{
	return err_set(e, ERR_FAIL, "%s: %s; the archive changed, or memory "
	    "or disk is faulty, or this is a mistake of xzbundle's; nothing "
	    "was written", name, what);
}

/* Are these n bytes those of m at off? */
static enum err_code
compare_data(struct verifier *v, const struct member *m, uint64_t off,
    const uint8_t *p, size_t n, struct err *e)
{
	size_t step;

	if (off > m->size || n > m->size - off)
		return differs(m->name, "has more data than before", e);
	for (; n > 0; p += step, off += step, n -= step) {
		step = (size_t)num_min(n, PIECE);
		if (scan_read_data(m, off, v->piece, step, e) != ERR_OK)
			return e->code;
		if (memcmp(p, v->piece, step) != 0)
			return differs(m->name, "has other data than before",
			    e);
	}
	return ERR_OK;
}

/* Is what is between the two offsets of m zeros? */
static enum err_code
compare_gap(struct verifier *v, const struct member *m, uint64_t off,
    uint64_t end, struct err *e)
{
	size_t step, i;

	for (; off < end; off += step) {
		step = (size_t)num_min(end - off, PIECE);
		if (end > m->size)
			return differs(m->name, "has more data than before",
			    e);
		if (scan_read_data(m, off, v->piece, step, e) != ERR_OK)
			return e->code;
		for (i = 0; i < step; i++) {
			if (v->piece[i] != 0)
				return differs(m->name, "has other data than "
				    "before", e);
		}
	}
	return ERR_OK;
}

static enum err_code
begin(struct verifier *v, const struct scan *s, struct err *e)
{
	memset(v, 0, sizeof(*v));
	v->scan = s;
	v->sorted = calloc(s->n_members + 1, sizeof(*v->sorted));
	v->seen = calloc(s->n_members + 1, sizeof(*v->seen));
	v->whole = calloc(s->n_members + 1, sizeof(*v->whole));
	v->piece = malloc(PIECE);
	return v->sorted == NULL || v->seen == NULL || v->whole == NULL ||
	    v->piece == NULL ? err_nomem(e) : ERR_OK;
}

static void
end(struct verifier *v)
{
	free(v->sorted);
	free(v->seen);
	free(v->whole);
	free(v->piece);
}

/* --- the bundle --- */

static enum tarread_type
tar_type(const struct member *m)
{
	switch (m->type) {
	case MEMBER_DIR:
		return TARREAD_DIR;
	case MEMBER_SYMLINK:
		return TARREAD_SYMLINK;
	case MEMBER_HARDLINK:
		return TARREAD_HARDLINK;
	default:
		return TARREAD_FILE;
	}
}

static enum err_code
compare_header(const struct member *m, const struct tarread_member *t,
    const struct tarstream_options *tar, struct err *e)
{
	int64_t mtime = tar->keep_mtime ? m->mtime.tv_sec : tar->mtime;

	if (strcmp(m->name, t->name) != 0)
		return differs(m->name, "another name in its place", e);
	if (t->type != tar_type(m))
		return differs(m->name, "of another type than before", e);
	if (m->link != NULL && (t->link == NULL ||
	    strcmp(m->link, t->link) != 0))
		return differs(m->name, "another link than before", e);
	if (m->type == MEMBER_FILE && t->size != m->size)
		return differs(m->name, "of another size than before", e);
	if (m->type == MEMBER_FILE &&
	    t->executable != ((m->mode & S_IXUSR) != 0))
		return differs(m->name, "another mode than before", e);
	if (t->mtime != mtime)
		return differs(m->name, "another time than before", e);
	return ERR_OK;
}

static enum err_code
compare_member(struct verifier *v, const struct member *m, struct tarread *t,
    struct err *e)
{
	uint64_t off = 0;
	const uint8_t *p;
	size_t n;

	for (;;) {
		if (tarread_data(t, &p, &n, e) != ERR_OK)
			return e->code;
		if (n == 0)
			break;
		if (compare_data(v, m, off, p, n, e) != ERR_OK)
			return e->code;
		off += n;
	}
	if (m->type == MEMBER_FILE && off != m->size)
		return differs(m->name, "has less data than before", e);
	return ERR_OK;
}

static enum err_code
compare_tar(struct verifier *v, struct tarread *t,
    const struct tarstream_options *tar, struct err *e)
{
	const struct tarread_member *tm;
	const struct member *m;
	uint64_t members_end;
	size_t i = 0;

	while (tarread_next(t, &tm, e) == ERR_OK && tm != NULL) {
		if (i == v->scan->n_members)
			return differs(tm->name, "a member too many", e);
		m = &v->scan->members[i++];
		if (compare_header(m, tm, tar, e) != ERR_OK ||
		    compare_member(v, m, t, e) != ERR_OK)
			return e->code;
	}
	if (e->code == ERR_OK && i < v->scan->n_members)
		return differs(v->scan->members[i].name, "is missing", e);
	return e->code == ERR_OK ? tarread_tail(t, &members_end, e) : e->code;
}

enum err_code
verify_bundle(int fd, const struct scan *s,
    const struct tarstream_options *tar, unsigned int n_threads,
    uint64_t memory, const struct watch *w, struct err *e)
{
	struct blockstream_options o = { .n_threads = n_threads,
	    .watch = w };
	struct blockstream *stream = NULL;
	struct range all = { 0, 0 };
	struct tarread *t = NULL;
	struct verifier v;
	struct xzread x;

	if (begin(&v, s, e) == ERR_OK &&
	    xzread_take(fd, INDEX_MEMORY, &x, e) == ERR_OK) {
		all.end = x.raw_size;
		o.memory = num_max(memory, xzread_decoder_memory(&x) + ROOM);
		if (blockstream_open(&x, &all, all.end > 0, &o, &stream,
		    e) == ERR_OK &&
		    tarread_open(stream, EXTENSIONS_BODY_MAX, &t, e) ==
		    ERR_OK)
			compare_tar(&v, t, tar, e);
		tarread_free(t);
		blockstream_free(stream);
		x.fd = -1;		/* the caller's */
		xzread_free(&x);
	}
	end(&v);
	return e->code == ERR_OK ? ERR_OK :
	    err_wrap(e, "the new bundle, read back");
}

/* --- the archive --- */

static int
compare_names(const void *a, const void *b)
{
	const struct member *ma = *(const struct member *const *)a;
	const struct member *mb = *(const struct member *const *)b;

	return strcmp(ma->name, mb->name);
}

/* The member of this name, or NULL. */
static const struct member *
find(const struct verifier *v, const char *name)
{
	struct member key = { .name = (char *)(uintptr_t)name };
	const struct member *k = &key, **hit;

	hit = bsearch(&k, v->sorted, v->scan->n_members, sizeof(*hit),
	    compare_names);
	return hit != NULL ? *hit : NULL;
}

/* The file that has the data of m. */
static const struct member *
file_of(const struct verifier *v, const struct member *m)
{
	return m->type == MEMBER_HARDLINK ? find(v, m->link) : m;
}

static enum err_code
compare_kind(const struct verifier *v, const struct entries_entry *en,
    const struct member *m, struct err *e)
{
	const struct member *f = file_of(v, m), *to;
	bool same;

	switch (en->type) {
	case ENTRIES_DIR:
		same = m->type == MEMBER_DIR;
		break;
	case ENTRIES_SYMLINK:
		same = m->type == MEMBER_SYMLINK &&
		    strcmp(m->link, en->link) == 0;
		break;
	case ENTRIES_HARDLINK:
		to = find(v, en->link);
		same = f != NULL && f->type == MEMBER_FILE && to != NULL &&
		    file_of(v, to) == f;
		break;
	default:
		same = f != NULL && f->type == MEMBER_FILE;
	}
	if (!same)
		return differs(m->name, "of another type or with another "
		    "link than before", e);
	if (en->type != ENTRIES_HARDLINK && en->type != ENTRIES_SYMLINK &&
	    ((m->mode & 07777) != en->perm || m->mtime.tv_sec != en->mtime))
		return differs(m->name, "another mode or time than before",
		    e);
	return ERR_OK;
}

static enum err_code
compare_entry(struct verifier *v, struct entries *es,
    const struct entries_entry *en, struct err *e)
{
	const struct member *m = find(v, en->name), *f;
	uint64_t off, at = 0;
	const uint8_t *p;
	size_t n;

	if (m == NULL)
		return differs(en->name, "was not there before", e);
	if (v->seen[m - v->scan->members])
		return differs(en->name, "is there twice", e);
	v->seen[m - v->scan->members] = true;
	if (compare_kind(v, en, m, e) != ERR_OK)
		return e->code;
	f = file_of(v, m);
	for (;;) {
		if (entries_data(es, &p, &n, &off, e) != ERR_OK ||
		    compare_gap(v, f, at, off, e) != ERR_OK)
			return e->code;
		if (n == 0)
			break;
		if (compare_data(v, f, off, p, n, e) != ERR_OK)
			return e->code;
		at = off + n;
	}
	if (f->type == MEMBER_FILE && off == f->size)
		v->whole[f - v->scan->members] = true;
	/* With one of several names there may be none. */
	else if (f->type == MEMBER_FILE && (off > 0 || f->n_links == 1))
		return differs(m->name, "has less data than before", e);
	return ERR_OK;
}

static enum err_code
compare_entries(struct verifier *v, struct entries *es, struct err *e)
{
	const struct entries_entry *en;
	const struct member *m;
	size_t i;

	while (entries_next(es, &en, e) == ERR_OK && en != NULL) {
		if (en->name[0] != '\0' &&
		    compare_entry(v, es, en, e) != ERR_OK)
			return e->code;
	}
	for (i = 0; i < v->scan->n_members && e->code == ERR_OK; i++) {
		m = &v->scan->members[i];
		if (!v->seen[i] || (m->type == MEMBER_FILE && !v->whole[i]))
			differs(m->name, "is missing, or a part of it", e);
	}
	return e->code;
}

enum err_code
verify_archive(int fd, const struct scan *s, const struct watch *w,
    struct err *e)
{
	struct entries *es = NULL;
	struct verifier v;
	size_t i;

	if (begin(&v, s, e) == ERR_OK &&
	    entries_open(fd, false, NULL, w, &es, e) == ERR_OK) {
		for (i = 0; i < s->n_members; i++)
			v.sorted[i] = &s->members[i];
		qsort(v.sorted, s->n_members, sizeof(*v.sorted),
		    compare_names);
		compare_entries(&v, es, e);
	}
	entries_free(es);
	end(&v);
	return e->code == ERR_OK ? ERR_OK :
	    err_wrap(e, "the archive, read again");
}
