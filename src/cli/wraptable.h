/*
 * wraptable: what wrap has made, and what a contest counts of it, as text or
 * JSON.
 */
#ifndef XZB_WRAPTABLE_H
#define XZB_WRAPTABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "wrap/capsule.h"
#include "wrap/script.h"
#include "wrap/tally.h"

/* A table of the tally. */
enum err_code wraptable_text(const struct tally *t, struct buf *to,
    struct err *e);

/* How the script became what it is, for --verbose. */
enum err_code wraptable_script(const struct script_result *s, struct buf *to,
    struct err *e);

/* The same of a bundle. */
enum err_code wraptable_capsule(const struct capsule_result *c,
    struct buf *to, struct err *e);

/* All of it (xzbundle-json(5)); s and c may be NULL. */
enum err_code wraptable_json(const struct tally *t,
    const struct script_result *s, const struct capsule_result *c,
    struct buf *to, struct err *e);

#endif
