#include "base/name.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/name_part.h"

#define PIECE 256	/* bytes that are compared at once, at most */
#define KEY_MAX (16 * PATH_MAX)	/* bytes; U+FDFA takes 11 times its 3 */

enum err_code
name_clean(const char *name, char **clean, struct err *e)
{
	const char *at = name, *p;
	char *out;
	size_t n, used = 0;

	*clean = NULL;
	if (name[0] == '\0')
		return err_set(e, ERR_UNSAFE, "a member has an empty name");
	if (name[0] == '/')
		return err_set(e, ERR_UNSAFE, "%s: an absolute name; refused",
		    name);
	if (strlen(name) >= PATH_MAX)
		return err_set(e, ERR_UNSAFE, "%.80s...: a name of %zu "
		    "bytes; refused", name, strlen(name));
	out = malloc(strlen(name) + 1);
	if (out == NULL)
		return err_nomem(e);
	while ((p = name_part(&at, &n)) != NULL) {
		if ((n == 2 && name_part_is_dots(p, n)) || n > NAME_PART_MAX) {
			err_set(e, ERR_UNSAFE, "%s: %s; refused", name,
			    n > NAME_PART_MAX ? "a name component over 255 "
			    "bytes" : "'..' in the name");
			free(out);
			return e->code;
		}
		if (name_part_is_dots(p, n))
			continue;
		if (used > 0)
			out[used++] = '/';
		memcpy(out + used, p, n);
		used += n;
	}
	out[used] = '\0';
	*clean = out;
	return ERR_OK;
}

/* --- folding --- */

/* Of n decomposed and folded characters, make each i the same: U+0130 is an
 * i and U+0307 by now.  How many are left. */
static utf8proc_ssize_t
same_i(utf8proc_int32_t *c, utf8proc_ssize_t n)
{
	utf8proc_ssize_t i, used = 0;
	bool on_i = false;

	for (i = 0; i < n; i++) {
		if (c[i] == 0x0131)
			c[i] = 'i';
		if (utf8proc_get_property(c[i])->combining_class == 0)
			on_i = c[i] == 'i';
		if (c[i] != 0x0307 || !on_i)
			c[used++] = c[i];
	}
	return used;
}

/*
 * Fold n bytes of UTF-8.  Marks are put in order before their case is folded,
 * or U+0345, which becomes a letter, would make equals differ: D145 and D146
 * in section 3.13 of the Unicode Standard.
 */
static bool
fold_unicode(const char *p, size_t n, struct name_folded *f)
{
	const int both = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_IGNORE;
	utf8proc_ssize_t k;

	k = utf8proc_decompose((const utf8proc_uint8_t *)p,
	    (utf8proc_ssize_t)n, f->first, NAME_FOLD_MAX,
	    (utf8proc_option_t)(both | UTF8PROC_DECOMPOSE));
	if (k < 0 || k > NAME_FOLD_MAX)
		return false;
	k = utf8proc_reencode(f->first, k, UTF8PROC_STABLE);
	if (k < 0)
		return false;
	k = utf8proc_decompose((const utf8proc_uint8_t *)f->first, k,
	    f->second, NAME_FOLD_MAX, (utf8proc_option_t)(both |
	    UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD));
	if (k < 0 || k > NAME_FOLD_MAX)
		return false;
	k = utf8proc_reencode(f->second, same_i(f->second, k),
	    (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
	if (k < 0)
		return false;
	f->text = (const char *)f->second;
	f->n = (size_t)k;
	return true;
}

void
name_part_fold(const char *p, size_t n, struct name_folded *f)
{
	if (name_part_is_ascii(p, n)) {
		name_part_lower(p, n, (char *)f->first);
		f->text = (const char *)f->first;
		f->n = n;
	} else if (!fold_unicode(p, n, f)) {
		f->text = p;
		f->n = n;
	}
}

enum err_code
name_fold(const char *clean, char **key, struct err *e)
{
	const char *at = clean, *p;
	struct name_folded f;
	struct buf b;
	size_t n;

	*key = NULL;
	buf_init(&b, KEY_MAX);
	while ((p = name_part(&at, &n)) != NULL) {
		if (n > NAME_PART_MAX) {
			err_set(e, ERR_UNSAFE, "%s: a name component over "
			    "255 bytes; refused", clean);
			break;
		}
		name_part_fold(p, n, &f);
		if (p != clean && buf_append(&b, "/", 1, e) != ERR_OK)
			break;
		if (buf_append(&b, f.text, f.n, e) != ERR_OK)
			break;
	}
	if (e->code != ERR_OK || buf_append(&b, "", 1, e) != ERR_OK)
		buf_free(&b);
	else
		*key = (char *)b.data;
	return e->code;
}

/* Bytes of the composed form (NFC) of n bytes, or less than 0. */
static utf8proc_ssize_t
compose(const char *p, size_t n, utf8proc_int32_t to[NAME_FOLD_MAX + 1])
{
	const utf8proc_option_t how = (utf8proc_option_t)(UTF8PROC_STABLE |
	    UTF8PROC_COMPOSE);
	utf8proc_ssize_t k;

	k = utf8proc_decompose((const utf8proc_uint8_t *)p,
	    (utf8proc_ssize_t)n, to, NAME_FOLD_MAX, how);
	return k < 0 || k > NAME_FOLD_MAX ? -1 : utf8proc_reencode(to, k, how);
}

bool
name_same_nfc(const char *a, const char *b)
{
	struct name_folded f;
	utf8proc_ssize_t used;
	size_t n, k;

	for (;; a += n + 1, b += k + 1) {
		n = strcspn(a, "/");
		k = strcspn(b, "/");
		used = compose(a, n, f.first);
		if (a[n] != b[k] || used < 0 ||
		    used != compose(b, k, f.second) ||
		    memcmp(f.first, f.second, (size_t)used) != 0)
			return false;
		if (a[n] == '\0')
			return true;
	}
}

/* --- names as wholes --- */

/* Where a byte sorts. */
static int
rank(char c)
{
	return c == '/' ? 1 : c == '\0' ? 0 : 1 + (unsigned char)c;
}

/* How many of the first bytes to pass, as they are the same and no NUL?  The
 * max bytes at p have none.  Names that are much alike are compared by the
 * million, and the C library compares faster than a loop. */
static size_t
same_bytes(const char *a, const char *p, size_t max)
{
	size_t piece, n = 0;

	for (piece = PIECE; piece >= 16; piece /= 4) {
		while (max - n >= piece && strncmp(a + n, p + n, piece) == 0)
			n += piece;
	}
	return n;
}

int
name_compare(const char *a, const char *b)
{
	size_t same = same_bytes(a, b, strlen(b));

	a += same;
	b += same;
	while (*a == *b && *a != '\0') {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

int
name_compare_part(const char *a, const char *p, size_t n)
{
	size_t i = same_bytes(a, p, n);

	while (i < n && a[i] == p[i] && a[i] != '\0')
		i++;
	return rank(a[i]) - (i < n ? rank(p[i]) : 0);
}

unsigned int
name_depth(const char *clean)
{
	unsigned int depth = 0;
	size_t n;

	while (name_part(&clean, &n) != NULL)
		depth++;
	return depth;
}

const char *
name_version(void)
{
	return utf8proc_version();
}
