/*
 * findings: files and links of a bundle that an evaluator should look at.
 *
 * Listed are the first 20 of each kind and the first 1000 of the others, all in
 * the order of the tar; more are counted.
 *
 * Nothing that was found is a reason to refuse: a pickle or a program may be
 * what was asked for.  See unpack/sniff for what is looked for.
 */
#ifndef XZB_FINDINGS_H
#define XZB_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct findings;

enum err_code findings_new(struct findings **out, struct err *e);

/* The next bytes of the current file. */
void findings_data(struct findings *f, const uint8_t *p, size_t n);

/* The current file is complete. */
enum err_code findings_file(struct findings *f, const char *name,
    bool executable, struct err *e);

/* A link of any kind, which is judged by its name; not amid a file. */
enum err_code findings_link(struct findings *f, const char *name,
    struct err *e);

/* How many there are, with those that are only counted. */
size_t findings_count(const struct findings *f);

/* A line each: "note", the name, escaped, and words, apart by two blanks; and
 * "note  and N more" for those that are only counted. */
enum err_code findings_text(const struct findings *f, struct buf *to,
    struct err *e);

/* An array of objects with kind, member and message; *out is a new
 * reference. */
enum err_code findings_json(const struct findings *f, json_t **out,
    struct err *e);

void findings_free(struct findings *f);		/* NULL is legal */

#endif
