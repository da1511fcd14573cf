#include "unpack/paxrecords.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX (UINT32_MAX - 1)		/* of a user or group; then comes -1 */
#define TIME_MAX ((uint64_t)1 << 40)	/* seconds, either way */
/* Bytes of an ACL.  It is not restored, but libarchive 3.6.2 parses it, and
 * compares each entry with all before (acl_new_entry() in archive_acl.c).  A
 * real one has some dozen bytes. */
#define ACL_MAX 1024

struct record {
	const uint8_t *key;	/* [n_key], not terminated */
	size_t n_key;
	const uint8_t *value;	/* [n_value], not terminated */
	size_t n_value;
};

struct name {
	const uint8_t *p;
	size_t n;
};

/* Bytes of a key that a message shows. */
static int
shown(size_t n_key)
{
	return n_key < 80 ? (int)n_key : 80;
}

/* --- one record --- */

/* Decimal digits alone, and the value at most max. */
static bool
decimal(const uint8_t *p, size_t n, uint64_t max, uint64_t *out)
{
	uint64_t v = 0, digit;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		digit = (uint64_t)(p[i] - '0');
		if (digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return n > 0;
}

/* [-]digits[.digits] */
static bool
seconds(const uint8_t *p, size_t n, int64_t *out)
{
	bool minus = n > 0 && p[0] == '-';
	const uint8_t *dot;
	size_t whole, i;
	uint64_t v;

	p += minus;
	n -= minus;
	dot = n > 0 ? memchr(p, '.', n) : NULL;
	whole = dot != NULL ? (size_t)(dot - p) : n;
	if (!decimal(p, whole, TIME_MAX, &v) || whole + 1 == n)
		return false;
	for (i = whole + 1; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
	}
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* Read the record at the front of the n bytes at p; its length, or 0 when it
 * is malformed. */
static size_t
cut(const uint8_t *p, size_t n, struct record *r)
{
	const uint8_t *blank = memchr(p, ' ', n < 8 ? n : 8), *equals;
	uint64_t len;
	size_t i;

	if (blank == NULL || p[0] == '0' || !decimal(p, (size_t)(blank - p),
	    n < PAXRECORDS_RECORD_MAX ? n : PAXRECORDS_RECORD_MAX, &len))
		return 0;
	r->key = blank + 1;
	if ((size_t)(r->key - p) >= len || p[len - 1] != '\n')
		return 0;
	equals = memchr(r->key, '=', (size_t)(p + len - r->key));
	if (equals == NULL || equals == r->key)
		return 0;
	r->n_key = (size_t)(equals - r->key);
	r->value = equals + 1;
	r->n_value = (size_t)(p + len - 1 - r->value);
	for (i = 0; i < r->n_key; i++) {
		if (r->key[i] < 0x20 || r->key[i] == 0x7F)
			return 0;
	}
	return (size_t)len;
}

static enum err_code
malformed(size_t at, struct err *e)
{
	return err_set(e, ERR_UNSAFE, "the pax record at byte %zu of its "
	    "header is malformed", at);
}

/* --- keys --- */

static bool
is_key(const struct record *r, const char *key)
{
	return r->n_key == strlen(key) && memcmp(r->key, key, r->n_key) == 0;
}

static bool
begins(const struct record *r, const char *prefix)
{
	return r->n_key >= strlen(prefix) &&
	    memcmp(r->key, prefix, strlen(prefix)) == 0;
}

/* Why the record is refused by its key alone, or NULL. */
static const char *
refused(const struct record *r)
{
	static const struct {
		const char *prefix, *why;
	} keys[] = {
		{ "GNU.", "sparse files, volumes and directory dumps of GNU "
		    "tar are not supported" },
		{ "SUN.", "sparse files of Solaris are not supported" },
		{ "SCHILY.realsize", "sparse files of star are not "
		    "supported" },
		{ "SCHILY.filetype", "readers disagree about types" },
		{ "SCHILY.tarfiletype", "readers disagree about types" },
		{ "SCHILY.offset", "volumes are not supported" },
		{ "SCHILY.volhdr.", "volumes are not supported" },
		{ "RHT.security.", "security labels are not supported" },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (begins(r, keys[i].prefix))
			return keys[i].why;
	}
	return NULL;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Do the n bytes at p begin with the text, where %XX stands for a byte?
 * (libarchive writes the names of extended attributes so.)  *end tells
 * whether nothing follows. */
static bool
begins_decoded(const uint8_t *p, size_t n, const char *text, bool *end)
{
	size_t i = 0;
	uint8_t c;

	for (; *text != '\0'; text++) {
		if (i == n)
			return false;
		c = p[i++];
		if (c == '%' && n - i >= 2 && hex_digit(p[i]) >= 0 &&
		    hex_digit(p[i + 1]) >= 0) {
			c = (uint8_t)(hex_digit(p[i]) << 4 |
			    hex_digit(p[i + 1]));
			i += 2;
		}
		if (c != (uint8_t)*text)
			return false;
	}
	*end = i == n;
	return true;
}

/* An extended attribute that gives rights? */
static bool
is_privilege(const struct record *r)
{
	static const char *const families[] = {
		"SCHILY.xattr.", "LIBARCHIVE.xattr."
	};
	const uint8_t *name;
	size_t i, n;
	bool end;

	for (i = 0; i < 2; i++) {
		if (!begins(r, families[i]))
			continue;
		name = r->key + strlen(families[i]);
		n = r->n_key - strlen(families[i]);
		return begins_decoded(name, n, "trusted.", &end) ||
		    (begins_decoded(name, n, "security.capability", &end) &&
		    end);
	}
	return false;
}

static bool
is_dropped(const struct record *r)
{
	return begins(r, "SCHILY.xattr.") || begins(r, "LIBARCHIVE.xattr.") ||
	    begins(r, "SCHILY.acl.") || is_key(r, "SCHILY.fflags");
}

/* Known and of no interest, or of a vendor (POSIX: VENDOR.keyword). */
static bool
is_ignored(const struct record *r)
{
	return is_key(r, "comment") || is_key(r, "charset") ||
	    is_key(r, "hdrcharset") || is_key(r, "uname") ||
	    is_key(r, "gname") ||
	    memchr(r->key, '.', r->n_key) != NULL;
}

/* --- what records mean --- */

static enum err_code
bad_value(const struct record *r, struct err *e)
{
	return err_set(e, ERR_UNSAFE, "the pax record '%.*s' has a value "
	    "that is out of range or no number", shown(r->n_key), r->key);
}

static enum err_code
take_text(const struct record *r, char **to, struct err *e)
{
	if (memchr(r->value, '\0', r->n_value) != NULL)
		return err_set(e, ERR_UNSAFE, "the pax record '%.*s' holds "
		    "a NUL", shown(r->n_key), r->key);
	*to = strndup((const char *)r->value, r->n_value);
	return *to != NULL ? ERR_OK : err_nomem(e);
}

static enum err_code
take_number(const struct record *r, struct paxrecords *out, struct err *e)
{
	int64_t when;
	uint64_t id;

	if (is_key(r, "size")) {
		out->has_size = true;
		if (!decimal(r->value, r->n_value, INT64_MAX, &out->size))
			bad_value(r, e);
	} else if (is_key(r, "uid") || is_key(r, "gid")) {
		if (!decimal(r->value, r->n_value, ID_MAX, &id))
			bad_value(r, e);
	} else if (!seconds(r->value, r->n_value, &when)) {
		bad_value(r, e);
	} else if (is_key(r, "mtime")) {
		out->has_mtime = true;
		out->mtime = when;
	}
	return e->code;
}

/* libarchive 3.6.2 warns about any other value. */
static bool
is_link_kind(const struct record *r)
{
	return (r->n_value == 4 && memcmp(r->value, "file", 4) == 0) ||
	    (r->n_value == 3 && memcmp(r->value, "dir", 3) == 0);
}

/* Names are bytes, and this is how a writer says so of those that are not
 * UTF-8.  With any other value readers would convert them. */
static bool
is_bytes(const struct record *r)
{
	return r->n_value == 6 && memcmp(r->value, "BINARY", 6) == 0;
}

static enum err_code
take(const struct record *r, struct paxrecords *out, struct err *e)
{
	const char *why = refused(r);

	if (r->n_value == 0)
		return err_set(e, ERR_UNSAFE, "the pax record '%.*s' has no "
		    "value", shown(r->n_key), r->key);
	if (why == NULL && is_privilege(r))
		why = "it would give the file rights";
	if (why == NULL && is_key(r, "LIBARCHIVE.symlinktype") &&
	    !is_link_kind(r))
		why = "its value is unknown";
	if (why == NULL && begins(r, "SCHILY.acl.") && r->n_value > ACL_MAX)
		why = "an ACL of over 1024 bytes, which takes long to read";
	if (why == NULL && is_key(r, "hdrcharset") && !is_bytes(r))
		why = "names are bytes; write the tar without it";
	if (why != NULL)
		return err_set(e, ERR_UNSAFE, "the pax record '%.*s' is "
		    "refused: %s", shown(r->n_key), r->key, why);
	if (is_key(r, "path"))
		return take_text(r, &out->path, e);
	if (is_key(r, "linkpath"))
		return take_text(r, &out->linkpath, e);
	if (is_key(r, "size") || is_key(r, "uid") || is_key(r, "gid") ||
	    is_key(r, "mtime") || is_key(r, "atime") || is_key(r, "ctime"))
		return take_number(r, out, e);
	if (is_key(r, "hdrcharset"))
		out->binary = true;
	if (is_dropped(r))
		out->dropped++;
	else if (!is_ignored(r))
		err_set(e, ERR_UNSAFE, "the pax record '%.*s' is unknown",
		    shown(r->n_key), r->key);
	return e->code;
}

/* --- bodies --- */

static int
compare(const void *a, const void *b)
{
	const struct name *na = a, *nb = b;
	int c = memcmp(na->p, nb->p, na->n < nb->n ? na->n : nb->n);

	return c != 0 ? c : (na->n > nb->n) - (na->n < nb->n);
}

static enum err_code
check_twice(struct name *keys, size_t n, struct err *e)
{
	size_t i;

	if (n > 1)
		qsort(keys, n, sizeof(*keys), compare);
	for (i = 1; i < n; i++) {
		if (compare(&keys[i - 1], &keys[i]) == 0)
			return err_set(e, ERR_UNSAFE, "the pax record '%.*s' "
			    "is there twice", shown(keys[i].n), keys[i].p);
	}
	return ERR_OK;
}

/* The keys of the n bytes at p, *n_keys of them; the caller frees. */
static enum err_code
find_keys(const uint8_t *p, size_t n, struct name **keys, size_t *n_keys,
    struct err *e)
{
	size_t at = 0, len, count = 0, i;
	struct record r;

	if (n == 0)
		return err_set(e, ERR_UNSAFE, "a pax header without records");
	for (; at < n; at += len, count++) {
		len = cut(p + at, n - at, &r);
		if (len == 0)
			return malformed(at, e);
	}
	*keys = calloc(count, sizeof(**keys));
	if (*keys == NULL)
		return err_nomem(e);
	for (at = 0, i = 0; i < count; i++) {
		at += cut(p + at, n - at, &r);
		(*keys)[i].p = r.key;
		(*keys)[i].n = r.n_key;
	}
	*n_keys = count;
	return ERR_OK;
}

enum err_code
paxrecords_parse(const uint8_t *p, size_t n, struct paxrecords *out,
    struct err *e)
{
	struct name *keys = NULL;
	struct record r;
	size_t at = 0, n_keys = 0;

	memset(out, 0, sizeof(*out));
	if (find_keys(p, n, &keys, &n_keys, e) == ERR_OK)
		check_twice(keys, n_keys, e);
	free(keys);
	while (e->code == ERR_OK && at < n) {
		at += cut(p + at, n - at, &r);
		take(&r, out, e);
	}
	if (e->code != ERR_OK)
		paxrecords_free(out);
	return e->code;
}

enum err_code
paxrecords_global(const uint8_t *p, size_t n, struct err *e)
{
	struct paxrecords ignored;
	struct record r;
	size_t at = 0;

	if (paxrecords_parse(p, n, &ignored, e) != ERR_OK)
		return e->code;
	paxrecords_free(&ignored);
	while (at < n) {
		at += cut(p + at, n - at, &r);
		if (!is_key(&r, "comment"))
			return err_set(e, ERR_UNSAFE, "a global pax header "
			    "with '%.*s'; only a comment is allowed there",
			    shown(r.n_key), r.key);
	}
	return ERR_OK;
}

void
paxrecords_free(struct paxrecords *r)
{
	free(r->path);
	free(r->linkpath);
	memset(r, 0, sizeof(*r));
}
