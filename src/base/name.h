/*
 * name: which names a bundle may hold, and which of them are alike.
 *
 * Extraction and create --strict ask here, so that the one accepts what the
 * other wrote.  Decided from bytes alone, no file is touched.  A clean name
 * is relative, its components are apart by one '/', none is "." or "..", and
 * there is no '/' at its end; the root is "".  Functions without an error
 * cannot fail.  Any thread may call all of this.
 *
 * What is assigned and how it folds is as in the Unicode version of utf8proc.
 */
#ifndef XZB_NAME_H
#define XZB_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* How names of directories begin in which extraction is at work.  Folded. */
#define NAME_STAGE_PREFIX ".xzbundle-stage."

enum name_rules {
	NAME_STRICT,	/* names that mean the same on all systems */
	NAME_ANY	/* what the file system here takes */
};

/* A reason to refuse a name: a stable id for machines, words for people that
 * complete "NAME: ...; refused". */
struct name_rule {
	const char *id;
	const char *what;
};

/*
 * The clean form of an archived name.  *clean is the caller's, NULL after an
 * error.  ERR_UNSAFE: absolute, a ".." component, empty, PATH_MAX bytes and
 * over, or a component of over 255.
 */
enum err_code name_clean(const char *name, char **clean, struct err *e);

/*
 * The first rule that a clean name, or the text of a symlink, breaks, or NULL.
 * Components "." and ".." break none.  Ids, in their order: utf8, control,
 * format, unassigned, backslash, colon, windows, trailing, device,
 * folds-to-slash, reserved; of these NAME_ANY has "reserved" alone.
 */
const struct name_rule *name_broken_rule(const char *name,
    enum name_rules rules);

/*
 * The form in which names that a file system or a person may take for the
 * same are equal: each component by itself, NFKC_Casefold of Unicode, and the
 * Turkish i without a dot (U+0131) and with one (U+0130) are i.  *key is the
 * caller's, NULL after an error.  A component that is not UTF-8 stays as it
 * is.  ERR_UNSAFE: a component of over 255 bytes.
 */
enum err_code name_fold(const char *clean, char **key, struct err *e);

/* Are two names of UTF-8 the same when composed (NFC)?  With a component of
 * over 1530 characters, or any that is not UTF-8, they are not. */
bool name_same_nfc(const char *a, const char *b);

/* Order of names, like strcmp(): by bytes, but '/' comes right after the end
 * of a name.  So what is below a name follows it at once. */
int name_compare(const char *a, const char *b);

/* The same of a name and the n bytes at p, which have no NUL. */
int name_compare_part(const char *a, const char *p, size_t n);

/* How many components a clean name has; none for the root. */
unsigned int name_depth(const char *clean);

/* The version of utf8proc. */
const char *name_version(void);

#endif
