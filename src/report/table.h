/*
 * table: an account or a breakdown as text for people, or as TSV for
 * programs.
 *
 * Only appends to a buffer; names are escaped (base/text).
 */
#ifndef XZB_TABLE_H
#define XZB_TABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "report/account.h"
#include "report/breakdown.h"

enum err_code table_text(const struct account *a, struct buf *to,
    struct err *e);
enum err_code table_tsv(const struct account *a, struct buf *to,
    struct err *e);

/* A row for each Block. */
enum err_code table_blocks_text(const struct breakdown *b, struct buf *to,
    struct err *e);
enum err_code table_blocks_tsv(const struct breakdown *b, struct buf *to,
    struct err *e);

/* A row for each tensor, or member without any. */
enum err_code table_tensors_text(const struct breakdown *b, struct buf *to,
    struct err *e);
enum err_code table_tensors_tsv(const struct breakdown *b, struct buf *to,
    struct err *e);

/* "tensor", "rest", "member". */
const char *table_kind(enum part_kind kind);

/* "file", "dir", "symlink", "hardlink", "other". */
const char *table_type(enum tarread_type type);

#endif
