/*
 * stcut: a JSON object, cut into its members.
 *
 * A header of a safetensors file with 16 MiB may take more than 1 GiB as a tree
 * of jansson's.  So it is cut here by its quotes, braces and brackets, and
 * jansson gets one member at a time, which it may then find to be no JSON.
 * Nothing is copied or allocated.
 */
#ifndef XZB_STCUT_H
#define XZB_STCUT_H

#include <stdbool.h>
#include <stddef.h>

/* A part of a text that somebody else holds. */
struct span {
	const char *p;
	const char *end;
};

enum stcut_found {
	STCUT_MEMBER,
	STCUT_END,	/* the object has ended, and so has the text */
	STCUT_BROKEN	/* no JSON */
};

struct stcut {
	struct span left;	/* not yet read */
	bool begun;
};

/* The text is to hold one object and blanks. */
void stcut_begin(struct stcut *c, const char *text, size_t size);

/* The next member: *key is a string with its quotes, *value any value.  Not to
 * be called again after anything else than STCUT_MEMBER. */
enum stcut_found stcut_next(struct stcut *c, struct span *key,
    struct span *value);

size_t stcut_size(const struct span *s);

#endif
