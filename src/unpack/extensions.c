#include "unpack/extensions.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/* No extension can mean to be larger. */
#define ABSURD ((uint64_t)1 << 33)
/* A size of its own in a pax header is for what ustar's 11 octal digits
 * cannot say (POSIX.1-2017, pax, "size"). */
#define USTAR_SIZE_MAX 077777777777

void
extensions_free(struct extensions *x)
{
	paxrecords_free(&x->pax);
	free(x->long_name);
	free(x->long_link);
	memset(x, 0, sizeof(*x));
}

static bool
has_slash(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && name[n - 1] == '/';
}

/* --- extension headers --- */

/* An extension is followed by its member; L and K may both be there, and 'g'
 * comes before all others. */
static enum err_code
check_order(const struct extensions *x, char type, struct err *e)
{
	bool names = x->long_name != NULL || x->long_link != NULL;

	if ((type == 'x' && x->has_pax) ||
	    (type == 'L' && x->long_name != NULL) ||
	    (type == 'K' && x->long_link != NULL))
		return err_set(e, ERR_UNSAFE, "two extension headers of type "
		    "'%c' for one member; refused", type);
	if (x->has_pax || (names && type != 'L' && type != 'K'))
		return err_set(e, ERR_UNSAFE, "an extension header of type "
		    "'%c' behind one of type '%c', which readers take "
		    "differently; refused", type, x->last);
	return ERR_OK;
}

/* Perl's Archive::Tar takes an extension whose own name ends in '/' for a
 * directory, and its body for headers.  GNU tar cuts such names of pax
 * headers, be it at a '/'. */
static enum err_code
check_own_name(struct extensions *x, const struct tarfield_header *h,
    struct err *e)
{
	x->is_cut = has_slash(h->name);
	if (x->is_cut && (h->type != 'x' || !h->is_full))
		return err_set(e, ERR_UNSAFE, "an extension header whose own "
		    "name ends in '/', which is a directory to some readers; "
		    "refused");
	return ERR_OK;
}

enum err_code
extensions_begin(struct extensions *x, const struct tarfield_header *h,
    uint64_t max, struct err *e)
{
	unsigned long long size = h->size;

	if (check_order(x, h->type, e) != ERR_OK ||
	    check_own_name(x, h, e) != ERR_OK)
		return e->code;
	if (size > ABSURD || size == 0)
		return err_set(e, ERR_UNSAFE, "an extension header of %llu "
		    "bytes; refused", size);
	x->bytes += TARFIELD_BLOCK + num_round_up(size, TARFIELD_BLOCK);
	x->globals += h->type == 'g';
	x->last = h->type;
	if (size > EXTENSIONS_BODY_MAX)
		return err_set(e, ERR_LIMIT, "an extension header of %llu "
		    "bytes, and none may have over %d (--max-pax does not "
		    "change that)", size, EXTENSIONS_BODY_MAX);
	if (x->bytes > max)
		return err_set(e, ERR_LIMIT, "%llu bytes of extension "
		    "headers, where %llu are allowed; --max-pax %llu would "
		    "pass", (unsigned long long)x->bytes,
		    (unsigned long long)max, (unsigned long long)x->bytes);
	if (x->globals > EXTENSIONS_GLOBALS_MAX)
		return err_set(e, ERR_LIMIT, "over %d global headers in "
		    "front of one member", EXTENSIONS_GLOBALS_MAX);
	return ERR_OK;
}

/* The body of L or K: a name, and GNU tar writes a NUL behind it. */
static enum err_code
take_long(const uint8_t *p, size_t n, char **to, struct err *e)
{
	if (n > 0 && p[n - 1] == '\0')
		n--;
	if (n == 0 || memchr(p, '\0', n) != NULL)
		return err_set(e, ERR_UNSAFE, "a GNU long name that is empty "
		    "or holds a NUL; refused");
	*to = strndup((const char *)p, n);
	return *to != NULL ? ERR_OK : err_nomem(e);
}

enum err_code
extensions_body(struct extensions *x, const uint8_t *p, size_t n,
    struct err *e)
{
	if (x->is_cut && tarfield_has_header(p, n))
		return err_set(e, ERR_UNSAFE, "an extension header whose body "
		    "some readers would take for headers; refused");
	switch (x->last) {
	case 'x':
		x->has_pax = true;
		return paxrecords_parse(p, n, &x->pax, e);
	case 'g':
		return paxrecords_global(p, n, e);
	case 'L':
		return take_long(p, n, &x->long_name, e);
	default:
		return take_long(p, n, &x->long_link, e);
	}
}

/* --- members --- */

/* The name for a message; a long one must not push the reason out. */
static const char *
short_name(const char *name, char shown[4096])
{
	size_t n = strnlen(name, 4095);

	memcpy(shown, name, n);
	shown[n] = '\0';
	return shown;
}

static enum err_code
check_links(const struct extensions *x, const struct tarfield_header *h,
    const char *link, struct err *e)
{
	bool is_link = h->type == '1' || h->type == '2';

	if (!is_link && (link[0] != '\0' || h->link[0] != '\0' ||
	    x->long_link != NULL || x->pax.linkpath != NULL))
		return err_set(e, ERR_UNSAFE, "has the target of a link and "
		    "is none; refused");
	/* libarchive 3.6.2 finds no target at all when the header's own is
	 * empty, whatever the extensions say. */
	if (is_link && (link[0] == '\0' || h->link[0] == '\0'))
		return err_set(e, ERR_UNSAFE, "a link without a target; "
		    "refused");
	return ERR_OK;
}

/* The size of the data, which all readers agree on. */
static enum err_code
find_size(const struct extensions *x, const struct tarfield_header *h,
    uint64_t *size, struct err *e)
{
	*size = x->pax.has_size ? x->pax.size : h->size;
	if (h->type != '0' && (x->pax.has_size || h->size != 0))
		return err_set(e, ERR_UNSAFE, "has data and is no file, which "
		    "readers take differently; refused");
	if (*size != h->size && (h->size != 0 || *size <= USTAR_SIZE_MAX))
		return err_set(e, ERR_UNSAFE, "has %llu bytes by its header "
		    "and %llu by its pax header; refused",
		    (unsigned long long)h->size, (unsigned long long)*size);
	return ERR_OK;
}

/*
 * By a '/' at the end of the header's own name some readers take a file for a
 * directory and its data for headers, whatever the extensions say: Python 3.11
 * when the type is a NUL, Perl's Archive::Tar behind a pax header.  GNU tar,
 * bsdtar, Python and others cut the name there at 100 bytes, be it at a '/'.
 */
static enum err_code
check_name(const struct tarfield_header *h, const char *name, bool *is_cut,
    struct err *e)
{
	if (name[0] == '\0')
		return err_set(e, ERR_UNSAFE, "has an empty name; refused");
	if (h->type != '0')
		return ERR_OK;
	*is_cut = has_slash(h->name);
	if (has_slash(name) || (*is_cut && (h->old_type || !h->is_full)))
		return err_set(e, ERR_UNSAFE, "a file whose %s ends in '/', "
		    "which is a directory to some readers; refused",
		    has_slash(name) ? "name" : "name in its own header");
	return ERR_OK;
}

enum err_code
extensions_member(const struct extensions *x,
    const struct tarfield_header *h, struct validate_member *m,
    struct err *e)
{
	const char *name = x->pax.path != NULL ? x->pax.path :
	    x->long_name != NULL ? x->long_name : h->name;
	const char *link = x->pax.linkpath != NULL ? x->pax.linkpath :
	    x->long_link != NULL ? x->long_link : h->link;
	char shown[4096];

	memset(m, 0, sizeof(*m));
	m->type = h->type;
	m->executable = h->executable;
	m->mtime = x->pax.has_mtime ? x->pax.mtime : h->mtime;
	m->binary = x->pax.binary;
	m->dropped = x->pax.dropped;
	if (find_size(x, h, &m->size, e) != ERR_OK ||
	    check_links(x, h, link, e) != ERR_OK ||
	    check_name(h, name, &m->is_cut, e) != ERR_OK)
		return name[0] == '\0' ? e->code :
		    err_wrap(e, "%s", short_name(name, shown));
	m->name = strdup(name);
	m->link = link[0] != '\0' ? strdup(link) : NULL;
	if (m->name == NULL || (link[0] != '\0' && m->link == NULL)) {
		validate_member_free(m);
		return err_nomem(e);
	}
	return ERR_OK;
}
