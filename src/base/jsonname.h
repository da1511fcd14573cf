/*
 * jsonname: names of members as JSON.
 *
 * JSON holds Unicode, and a name is any bytes.  A name that is not UTF-8 is
 * put as text_escape() writes it, and its bytes in hexadecimal beside it.
 */
#ifndef XZB_JSONNAME_H
#define XZB_JSONNAME_H

#include <jansson.h>

#include "base/err.h"

/*
 * Put key: name into the object o; when it is not UTF-8, escaped, and its hex
 * digits under hex_key unless that is NULL.  0, or another value when it
 * failed, as jansson's functions have it; e may or may not say why.
 */
int jsonname_put(json_t *o, const char *key, const char *hex_key,
    const char *name, struct err *e);

/* The same; null when name is NULL. */
int jsonname_put_or_null(json_t *o, const char *key, const char *hex_key,
    const char *name, struct err *e);

#endif
