/*
 * A zip file: entries, each a local header and data; then the central
 * directory, which lists them; then records that tell where it is, for zip64
 * and for all (the end record), and a comment.
 *
 * Only what stands together is taken: the central directory ends where the
 * first of those records begins, and the comment where the file ends.
 */
#include "region/region.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define LOCAL_SIZE 30
#define CENTRAL_SIZE 46
#define END_SIZE 22
#define LOCATOR_SIZE 20		/* of zip64, before the end record */
#define END64_SIZE 56
#define TAIL_MAX (END_SIZE + 0xFFFF)
#define TEXT_MAX ((size_t)0xFFFF)	/* of a name or an extra field */
#define CENTRAL_MAX (UINT64_C(24) << 20)	/* the names are kept */
#define NONE16 0xFFFF		/* the number is where zip64 has it */
#define NONE32 UINT64_C(0xFFFFFFFF)

struct central {
	uint64_t off;
	uint64_t size;
	uint64_t n;		/* entries, modulo 2^16 */
};

struct entry {
	unsigned int flags, method;
	uint64_t packed, raw;	/* bytes */
	uint64_t local;		/* offset of its header */
	const uint8_t *name;
	size_t name_size;
};

struct work {
	const struct region_input *in;
	struct region_list *list;
	struct central central;
	uint8_t *text;		/* [2 * TEXT_MAX] */
};

/* --- where the central directory is --- */

/* Put what zip64's record says, before the end record at `at`, into *c; *end
 * becomes where that record is. */
static enum err_code
read_end64(const struct region_input *in, uint64_t at, struct central *c,
    uint64_t *end, struct err *e)
{
	uint8_t loc[LOCATOR_SIZE], p[END64_SIZE];
	uint64_t off;
	bool ok;

	if (at < LOCATOR_SIZE)
		return ERR_OK;
	if (region_read(in, at - LOCATOR_SIZE, loc, sizeof(loc), &ok, e) !=
	    ERR_OK || !ok || memcmp(loc, "PK\6\7", 4) != 0)
		return e->code;
	off = num_le(loc + 8, 8);
	if (region_read(in, off, p, sizeof(p), &ok, e) != ERR_OK || !ok ||
	    memcmp(p, "PK\6\6", 4) != 0)
		return e->code;
	if (c->n == NONE16)
		c->n = num_le(p + 32, 8);
	if (c->size == NONE32)
		c->size = num_le(p + 40, 8);
	if (c->off == NONE32)
		c->off = num_le(p + 48, 8);
	*end = off;
	return ERR_OK;
}

/* Is there an end record at `at`, of which the n bytes to the end of the file
 * are at p? */
static enum err_code
try_end(const struct region_input *in, uint64_t at, const uint8_t *p,
    size_t n, struct central *c, bool *yes, struct err *e)
{
	uint64_t end = at, disk, stop;
	uint8_t sign[4];
	bool ok;

	*yes = false;
	if (memcmp(p, "PK\5\6", 4) != 0 ||
	    num_le(p + 20, 2) != n - END_SIZE)
		return ERR_OK;
	disk = num_le(p + 4, 2);
	if (num_le(p + 6, 2) != disk || (disk != 0 && disk != NONE16) ||
	    num_le(p + 8, 2) != num_le(p + 10, 2))
		return ERR_OK;
	c->n = num_le(p + 10, 2);
	c->size = num_le(p + 12, 4);
	c->off = num_le(p + 16, 4);
	if (read_end64(in, at, c, &end, e) != ERR_OK)
		return e->code;
	if (!num_add(c->off, c->size, &stop) || stop != end)
		return ERR_OK;
	/* A comment may look like an end record without entries. */
	if (c->size == 0) {
		*yes = c->n == 0 && c->off == 0;
		return ERR_OK;
	}
	if (region_read(in, c->off, sign, sizeof(sign), &ok, e) != ERR_OK)
		return e->code;
	*yes = ok && memcmp(sign, "PK\1\2", 4) == 0;
	return ERR_OK;
}

static enum err_code
find_central(const struct region_input *in, struct central *c, bool *found,
    struct err *e)
{
	size_t n = (size_t)num_min(in->size, TAIL_MAX), at;
	uint8_t *tail = malloc(n);
	bool ok;

	*found = false;
	if (tail == NULL)
		return err_nomem(e);
	if (region_read(in, in->size - n, tail, n, &ok, e) == ERR_OK && ok &&
	    n >= END_SIZE) {
		at = n - END_SIZE + 1;
		while (!*found && e->code == ERR_OK && at-- > 0)
			try_end(in, in->size - n + at, tail + at, n - at, c,
			    found, e);
	}
	free(tail);
	return e->code;
}

/* --- an entry --- */

/* Take a number from zip64's extra field, if it is there. */
static bool
take64(uint64_t *to, const uint8_t **p, size_t *n)
{
	if (*to != NONE32)
		return true;
	if (*n < 8)
		return false;
	*to = num_le(*p, 8);
	*p += 8;
	*n -= 8;
	return true;
}

/* Numbers that do not fit the central header are in an extra field. */
static bool
read_extra(struct entry *entry, const uint8_t *p, size_t n)
{
	size_t size;

	for (; n >= 4; p += size, n -= size) {
		size = (size_t)num_le(p + 2, 2);
		if (size > n - 4)
			break;		/* some writers pad with anything */
		if (num_le(p, 2) != 1) {
			size += 4;
			continue;
		}
		p += 4;
		return take64(&entry->raw, &p, &size) &&
		    take64(&entry->packed, &p, &size) &&
		    take64(&entry->local, &p, &size);
	}
	return true;
}

/* Read the central header at *at, and go behind it. */
static enum err_code
read_entry(const struct work *w, uint64_t *at, struct entry *entry,
    struct err *e)
{
	const uint64_t end = w->central.off + w->central.size;
	uint8_t p[CENTRAL_SIZE];
	size_t extra, comment;
	bool ok;

	memset(entry, 0, sizeof(*entry));
	if (region_read(w->in, *at, p, sizeof(p), &ok, e) != ERR_OK)
		return e->code;
	if (!ok || end - *at < sizeof(p) || memcmp(p, "PK\1\2", 4) != 0) {
		region_broken(w->list, "zip: the central directory is wrong");
		return ERR_OK;
	}
	entry->flags = (unsigned int)num_le(p + 8, 2);
	entry->method = (unsigned int)num_le(p + 10, 2);
	entry->packed = num_le(p + 20, 4);
	entry->raw = num_le(p + 24, 4);
	entry->local = num_le(p + 42, 4);
	entry->name = w->text;
	entry->name_size = (size_t)num_le(p + 28, 2);
	extra = (size_t)num_le(p + 30, 2);
	comment = (size_t)num_le(p + 32, 2);
	*at += sizeof(p);
	if (region_read(w->in, *at, w->text, entry->name_size + extra, &ok,
	    e) != ERR_OK)
		return e->code;
	if (!ok || end - *at < entry->name_size + extra + comment ||
	    !read_extra(entry, w->text + entry->name_size, extra))
		region_broken(w->list, "zip: the central directory is wrong");
	*at += entry->name_size + extra + comment;
	return ERR_OK;
}

/* Where the data of an entry begins; it is before the central directory. */
static enum err_code
find_data(const struct work *w, const struct entry *entry, uint64_t *off,
    struct err *e)
{
	uint8_t p[LOCAL_SIZE];
	uint64_t end;
	bool ok;

	if (region_read(w->in, entry->local, p, sizeof(p), &ok, e) != ERR_OK)
		return e->code;
	if (!ok || memcmp(p, "PK\3\4", 4) != 0) {
		region_broken(w->list, "zip: an entry without a header");
		return ERR_OK;
	}
	*off = entry->local + sizeof(p) + num_le(p + 26, 2) +
	    num_le(p + 28, 2);
	if (!num_add(*off, entry->packed, &end) || end > w->central.off)
		region_broken(w->list, "zip: an entry would end behind the "
		    "last one");
	return ERR_OK;
}

static const char *
packing(const struct entry *entry)
{
	if ((entry->flags & 1) != 0)
		return "encrypted";
	switch (entry->method) {
	case 0:
		return "";
	case 8:
		return "deflate";
	case 9:
		return "deflate64";
	case 12:
		return "bzip2";
	case 14:
		return "lzma";
	case 93:
		return "zstd";
	case 95:
		return "xz";
	default:
		return "packed";
	}
}

/* Make the region of an entry that is a .npy file that of its array. */
static enum err_code
look_inside(const struct work *w, struct region *r, struct err *e)
{
	struct region_input part = { w->in->src, w->in->off + r->off,
	    r->size };
	struct region_list inside;
	uint64_t off = r->off;

	memset(&inside, 0, sizeof(inside));
	if (region_npy(&part, &inside, e) == ERR_OK && inside.n == 1 &&
	    inside.warning[0] == '\0') {
		*r = inside.regions[0];
		r->off += off;
	}
	region_list_free(&inside);
	return e->code;
}

static enum err_code
add_entry(const struct work *w, const struct entry *entry, struct err *e)
{
	struct region r;

	memset(&r, 0, sizeof(r));
	r.size = entry->packed;
	r.kind = REGION_OTHER;
	r.element = 1;
	r.bcj = LZMA_VLI_UNKNOWN;
	strncpy(r.dtype, packing(entry), sizeof(r.dtype) - 1);
	if (find_data(w, entry, &r.off, e) != ERR_OK ||
	    w->list->warning[0] != '\0')
		return e->code;
	if (r.dtype[0] == '\0' && entry->packed != entry->raw) {
		region_broken(w->list, "zip: a stored entry of two sizes");
		return ERR_OK;
	}
	if (r.dtype[0] == '\0' && look_inside(w, &r, e) != ERR_OK)
		return e->code;
	return region_add(w->list, w->in->size, &r,
	    (const char *)entry->name, entry->name_size, e);
}

/* --- all of them --- */

static enum err_code
add_entries(const struct work *w, struct err *e)
{
	uint64_t at = w->central.off, n = 0;
	const uint64_t end = at + w->central.size;
	struct entry entry;

	if (w->central.size > CENTRAL_MAX)
		region_broken(w->list, "zip: a central directory of more than "
		    "24 MiB");
	for (; at < end && w->list->warning[0] == '\0'; n++) {
		if (read_entry(w, &at, &entry, e) != ERR_OK)
			return e->code;
		if (w->list->warning[0] == '\0' &&
		    add_entry(w, &entry, e) != ERR_OK)
			return e->code;
	}
	/* Without zip64 the count of many entries is cut to 16 bits. */
	if (((n ^ w->central.n) & NONE16) != 0)
		region_broken(w->list, "zip: the count of entries is wrong");
	return ERR_OK;
}

enum err_code
region_zip(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	struct work w = { in, list, { 0, 0, 0 }, NULL };
	uint8_t head[4];
	bool ok;

	if (region_read(in, 0, head, sizeof(head), &ok, e) != ERR_OK || !ok ||
	    (memcmp(head, "PK\3\4", 4) != 0 &&
	    memcmp(head, "PK\5\6", 4) != 0))
		return e->code;
	list->format = "zip";
	if (find_central(in, &w.central, &ok, e) != ERR_OK)
		return e->code;
	if (!ok) {
		region_broken(list, "zip: no central directory at its end");
		return ERR_OK;
	}
	w.text = malloc(2 * TEXT_MAX);
	if (w.text == NULL)
		return err_nomem(e);
	add_entries(&w, e);
	free(w.text);
	return e->code;
}
