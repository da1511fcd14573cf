/*
 * stfile_part: what the files of stfile have in common, for these alone.
 */
#ifndef XZB_STFILE_PART_H
#define XZB_STFILE_PART_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "region/stcut.h"
#include "weights/stfile.h"

#define STFILE_METADATA "__metadata__"

/* The value of a part of a text, which has max bytes at most, or ERR_CORRUPT.
 * With nul, a string may have NUL bytes.  *v is a new reference. */
enum err_code stfile_load(const struct span *s, size_t max, bool nul,
    json_t **v, struct err *e);

/* The dtype and shape of an object into *t. */
enum err_code stfile_load_tensor(const json_t *o, struct tensor *t,
    struct err *e);

/* Read a header that may have a recipe or may not. */
enum err_code stfile_read_header(const char *text, size_t size,
    uint64_t data_size, bool may_be_packed, struct stfile *f, struct err *e);

/* Read the recipe text[size] into *f, which is complete but for that. */
enum err_code stfile_read_recipe(struct stfile *f, const char *text,
    size_t size, struct err *e);

/* Would a reader of f, unpacked and with this header, find the tensors in the
 * places that they have?  ERR_CORRUPT: no. */
enum err_code stfile_check_original(const struct stfile *f, const char *text,
    size_t size, struct err *e);

/* Append the n bytes at p as a string in JSON, by the rules. */
enum err_code stfile_put_string(struct buf *to, const char *p, size_t n,
    struct err *e);

/* Sort by_off and by_name of f. */
enum err_code stfile_sort(struct stfile *f, struct err *e);

#endif
