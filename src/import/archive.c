#include "import/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/name.h"
#include "base/nameset.h"
#include "base/num.h"
#include "import/entries.h"

#define PIECE ((size_t)64 << 10)	/* bytes compared at a time */

struct import {
	const struct import_request *r;
	struct scan *scan;
	struct entries *entries;
	size_t cap;		/* members allocated */
	uint64_t file_size;	/* of the archive */
	uint64_t end;		/* of the data */
};

/* --- one member --- */

static enum err_code
judge_name(const struct limits *l, const char *name, struct err *e)
{
	uint64_t longest = 0;
	const char *p = name;
	size_t n;

	for (; *p != '\0'; p += n + (p[n] == '/')) {
		n = strcspn(p, "/");
		longest = num_max(longest, n);
	}
	if (limits_judge(l, NULL, LIMIT_PATH, strlen(name), name, e) !=
	    ERR_OK || limits_judge(l, NULL, LIMIT_DEPTH, name_depth(name),
	    name, e) != ERR_OK)
		return e->code;
	return limits_judge(l, NULL, LIMIT_COMPONENT, longest, name, e);
}

static mode_t
mode_of(const struct entries_entry *en)
{
	if (en->type == ENTRIES_DIR)
		return S_IFDIR | en->perm;
	return (en->type == ENTRIES_SYMLINK ? S_IFLNK : S_IFREG) | en->perm;
}

static enum member_type
type_of(const struct entries_entry *en)
{
	switch (en->type) {
	case ENTRIES_DIR:
		return MEMBER_DIR;
	case ENTRIES_SYMLINK:
		return MEMBER_SYMLINK;
	case ENTRIES_HARDLINK:
		return MEMBER_HARDLINK;
	default:
		return MEMBER_FILE;
	}
}

/* Room for one more, which is not counted yet. */
static enum err_code
grow(struct import *im, struct err *e)
{
	struct scan *s = im->scan;
	struct member *v;
	size_t cap = im->cap > 0 ? 2 * im->cap : 64;

	if (s->n_members < im->cap)
		return ERR_OK;
	v = realloc(s->members, cap * sizeof(*v));
	if (v == NULL)
		return err_nomem(e);
	s->members = v;
	im->cap = cap;
	return ERR_OK;
}

static enum err_code
add_member(struct import *im, const struct entries_entry *en, struct err *e)
{
	struct scan *s = im->scan;
	struct member *m;

	if (limits_judge(im->r->limits, NULL, LIMIT_MEMBERS,
	    s->n_members + 1, NULL, e) != ERR_OK ||
	    judge_name(im->r->limits, en->name, e) != ERR_OK ||
	    grow(im, e) != ERR_OK)
		return e->code;
	m = &s->members[s->n_members];
	memset(m, 0, sizeof(*m));
	m->type = type_of(en);
	m->mode = mode_of(en);
	m->mtime.tv_sec = (time_t)en->mtime;
	m->n_links = 1;
	m->operand = s->n_members;
	m->bcj = LZMA_VLI_UNKNOWN;
	m->data_fd = -1;
	m->data_off = im->end;
	m->name = strdup(en->name);
	m->link = en->link != NULL ? strdup(en->link) : NULL;
	s->n_members++;
	if (m->name == NULL || (en->link != NULL && m->link == NULL))
		return err_nomem(e);
	if (im->r->dropped != NULL) {
		im->r->dropped->owners += en->owned;
		im->r->dropped->extras += en->extra;
	}
	return ERR_OK;
}

/* --- data --- */

/* Would size bytes of m be within the limits? */
static enum err_code
judge_size(const struct import *im, const struct member *m, uint64_t size,
    struct err *e)
{
	const struct limits *l = im->r->limits;
	uint64_t total;

	if (!num_add(im->end, size, &total))
		total = UINT64_MAX;
	if (limits_judge(l, NULL, LIMIT_MEMBER, size, m->name, e) != ERR_OK ||
	    limits_judge_sum(l, NULL, LIMIT_TOTAL, total, total, e) != ERR_OK)
		return e->code;
	return limits_judge_sum(l, NULL, LIMIT_RATIO,
	    limits_ratio(total, im->file_size),
	    limits_ratio(total, im->file_size), e);
}

static enum err_code
write_at(struct import *im, uint64_t off, const uint8_t *p, size_t n,
    struct err *e)
{
	int fd = im->scan->data_fd;

	/* Over a gap: nothing was written there, so that it is zeros. */
	if (lseek(fd, (off_t)off, SEEK_SET) < 0)
		return err_sys(e, errno, "cannot write the temporary file");
	if (io_write(fd, p, n, NULL, e) != ERR_OK)
		return err_wrap(e, "the temporary file");
	return ERR_OK;
}

/* Put the data of the last member behind those of the others. */
static enum err_code
take_data(struct import *im, struct member *m, bool sized, uint64_t size,
    struct err *e)
{
	const uint8_t *p;
	uint64_t off;
	size_t n;

	if (sized && m->type == MEMBER_FILE &&
	    judge_size(im, m, size, e) != ERR_OK)
		return e->code;
	for (;;) {
		if (entries_data(im->entries, &p, &n, &off, e) != ERR_OK)
			return e->code;
		if (n == 0)
			break;
		if (judge_size(im, m, off + n, e) != ERR_OK ||
		    write_at(im, im->end + off, p, n, e) != ERR_OK)
			return e->code;
	}
	if (judge_size(im, m, off, e) != ERR_OK)
		return e->code;
	m->size = off;
	m->data_fd = im->scan->data_fd;
	im->end += off;
	/* For a hole at the end. */
	if (ftruncate(im->scan->data_fd, (off_t)im->end) != 0)
		return err_sys(e, errno, "cannot write the temporary file");
	return ERR_OK;
}

static enum err_code
read_entries(struct import *im, struct err *e)
{
	const struct import_request *r = im->r;
	const struct entries_entry *en;

	if (entries_open(r->fd, r->single, r->name, r->watch, &im->entries,
	    e) != ERR_OK)
		return e->code;
	while (entries_next(im->entries, &en, e) == ERR_OK && en != NULL) {
		/* The root is no member. */
		if (en->name[0] == '\0' && en->type == ENTRIES_DIR)
			continue;
		if (en->name[0] == '\0')
			return err_set(e, ERR_UNSAFE, "the root, and it is "
			    "not a directory; refused");
		if (add_member(im, en, e) != ERR_OK)
			return e->code;
		if (en->type != ENTRIES_DIR && en->type != ENTRIES_SYMLINK &&
		    take_data(im, &im->scan->members[im->scan->n_members - 1],
		    en->sized, en->size, e) != ERR_OK)
			return e->code;
	}
	if (e->code == ERR_OK && im->scan->n_members == 0)
		return err_set(e, ERR_CORRUPT, "an archive without members");
	return e->code;
}

/* --- what only shows when all are there --- */

static int
compare_names(const void *a, const void *b)
{
	const struct member *ma = *(const struct member *const *)a;
	const struct member *mb = *(const struct member *const *)b;
	int r = scan_compare(ma->name, mb->name);

	return r != 0 ? r : (ma->operand > mb->operand) -
	    (ma->operand < mb->operand);
}

static int
compare_key(const void *key, const void *element)
{
	const struct member *m = *(const struct member *const *)element;

	return scan_compare(key, m->name);
}

/* Do both files, of one size, hold the same? */
static enum err_code
compare_data(const struct member *a, const struct member *b, struct err *e)
{
	uint8_t *two = malloc(2 * PIECE);
	uint64_t done = 0;
	size_t n;

	if (two == NULL)
		return err_nomem(e);
	for (; done < a->size; done += n) {
		n = (size_t)num_min(a->size - done, PIECE);
		if (scan_read_data(a, done, two, n, e) != ERR_OK ||
		    scan_read_data(b, done, two + PIECE, n, e) != ERR_OK)
			break;
		if (memcmp(two, two + PIECE, n) != 0) {
			err_set(e, ERR_UNSAFE, "%s: a hard link to %s, but "
			    "with other data; refused", a->name, b->name);
			break;
		}
	}
	free(two);
	return e->code;
}

/*
 * Make a hard link one more name of the file that `first` is.  It may have
 * data: the file's own, as in pax, or those that the file lacks, which cpio has
 * with the last of its names.
 */
static enum err_code
join(struct member *m, struct member *first, struct err *e)
{
	if (m->size > 0 && first->size == 0) {
		first->size = m->size;
		first->data_off = m->data_off;
	} else if (m->size > 0 && m->size != first->size) {
		return err_set(e, ERR_UNSAFE, "%s: a hard link to %s, but "
		    "of another size; refused", m->name, first->name);
	} else if (m->size > 0 && compare_data(m, first, e) != ERR_OK) {
		return e->code;
	}
	first->ino = first->operand + 1;
	first->n_links++;
	m->ino = first->ino;
	return ERR_OK;
}

/* Have hard links be files of one inode.  sorted has the members by name. */
static enum err_code
resolve(struct scan *s, struct member **sorted, struct err *e)
{
	struct member *m, **hit, *first;
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		m = &s->members[i];
		if (m->type != MEMBER_HARDLINK)
			continue;
		hit = bsearch(m->link, sorted, s->n_members, sizeof(*hit),
		    compare_key);
		if (hit == NULL || *hit >= m || ((*hit)->type != MEMBER_FILE))
			return err_set(e, ERR_UNSAFE, "%s: a hard link to %s, "
			    "which is no earlier file of the archive; "
			    "refused", m->name, m->link);
		first = (*hit)->ino != 0 ? &s->members[(*hit)->ino - 1] :
		    *hit;
		if (join(m, first, e) != ERR_OK)
			return e->code;
		m->type = MEMBER_FILE;
		free(m->link);
		m->link = NULL;
	}
	for (i = 0; i < s->n_members; i++) {
		m = &s->members[i];
		if (m->ino == 0)
			continue;
		first = &s->members[m->ino - 1];
		m->size = first->size;
		m->data_off = first->data_off;
		m->mode = first->mode;
		m->mtime = first->mtime;
		m->n_links = first->n_links;
	}
	return ERR_OK;
}

/* Duplicates, parents that are none, and symlinks. */
static enum err_code
judge_names(const struct import *im, struct err *e)
{
	const struct scan *s = im->scan;
	const struct name_rule *broken;
	struct nameset *set = NULL;
	const struct member *m;
	size_t i;

	nameset_new(NAME_ANY, 0, &set, e);
	for (i = 0; i < s->n_members && e->code == ERR_OK; i++) {
		m = &s->members[i];
		broken = name_broken_rule(m->name, NAME_ANY);
		if (broken != NULL)
			err_set(e, ERR_UNSAFE, "%s: %s; refused", m->name,
			    broken->what);
		else
			nameset_add(set, m->name, m->link,
			    m->type == MEMBER_DIR ? NAMESET_DIR :
			    m->type == MEMBER_SYMLINK ? NAMESET_SYMLINK :
			    NAMESET_FILE, e);
	}
	if (e->code == ERR_OK && nameset_finish(set, NULL, NULL, e) == ERR_OK)
		limits_judge(im->r->limits, NULL, LIMIT_MEMBERS,
		    s->n_members + nameset_parents(set), NULL, e);
	nameset_free(set);
	return e->code;
}

/* Members in the order of their names. */
static enum err_code
sort(struct scan *s, struct member *const *sorted, struct err *e)
{
	struct member *v = calloc(s->n_members + 1, sizeof(*v));
	size_t i;

	if (v == NULL)
		return err_nomem(e);
	for (i = 0; i < s->n_members; i++)
		v[i] = *sorted[i];
	free(s->members);
	s->members = v;
	return ERR_OK;
}

static enum err_code
finish(struct import *im, struct err *e)
{
	struct scan *s = im->scan;
	struct member **sorted = calloc(s->n_members + 1, sizeof(*sorted));
	size_t i;

	if (sorted == NULL)
		return err_nomem(e);
	for (i = 0; i < s->n_members; i++)
		sorted[i] = &s->members[i];
	qsort(sorted, s->n_members, sizeof(*sorted), compare_names);
	if (resolve(s, sorted, e) == ERR_OK && judge_names(im, e) == ERR_OK)
		sort(s, sorted, e);
	free(sorted);
	return e->code;
}

enum err_code
import_members(const struct import_request *r, struct scan *s, struct err *e)
{
	struct import im = { .r = r, .scan = s };
	struct stat st;

	scan_init(s);
	s->data_fd = r->data_fd;
	if (fstat(r->fd, &st) != 0)
		return err_sys(e, errno, "cannot stat the archive");
	im.file_size = (uint64_t)st.st_size;
	watch_begin(r->watch, "reading", im.file_size);
	if (limits_judge(r->limits, NULL, LIMIT_BUNDLE, im.file_size, NULL,
	    e) == ERR_OK && read_entries(&im, e) == ERR_OK)
		finish(&im, e);
	entries_free(im.entries);
	return e->code;
}
