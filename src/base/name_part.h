/*
 * name_part: what base/name and base/name_rules share: components of names,
 * which are n bytes without a terminator.
 */
#ifndef XZB_NAME_PART_H
#define XZB_NAME_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <utf8proc.h>

#define NAME_PART_MAX 255	/* bytes, NAME_MAX of Linux file systems */
/* Characters that a component may become.  Nothing grows more than U+FDFA:
 * its 3 bytes are 18 characters, which have no case. */
#define NAME_FOLD_MAX (18 * (NAME_PART_MAX / 3))

/* A component while it is folded, and its folded form: n bytes at text. */
struct name_folded {
	utf8proc_int32_t first[NAME_FOLD_MAX + 1];
	utf8proc_int32_t second[NAME_FOLD_MAX + 1];
	const char *text;
	size_t n;
};

/* The next component of *s, or NULL; advances *s. */
static inline const char *
name_part(const char **s, size_t *n)
{
	const char *p = *s;

	while (*p == '/')
		p++;
	*n = strcspn(p, "/");
	*s = p + *n;
	return *n > 0 ? p : NULL;
}

/* One or two? */
static inline bool
name_part_is_dots(const char *p, size_t n)
{
	return n > 0 && n <= 2 && memcmp(p, "..", n) == 0;
}

static inline bool
name_part_is_ascii(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if ((unsigned char)p[i] >= 0x80)
			return false;
	}
	return true;
}

/* ASCII in lower case, n bytes to to. */
static inline void
name_part_lower(const char *p, size_t n, char *to)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = p[i] >= 'A' && p[i] <= 'Z' ?
		    (char)(p[i] - 'A' + 'a') : p[i];
}

/* Fold at most NAME_PART_MAX bytes, as name_fold() does.  f->text is in f, or
 * p if that is not UTF-8. */
void name_part_fold(const char *p, size_t n, struct name_folded *f);

#endif
