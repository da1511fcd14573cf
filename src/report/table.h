/*
 * table: an account as text for people, or as TSV for programs.
 *
 * Only appends to a buffer; names are escaped (base/text).
 */
#ifndef XZB_TABLE_H
#define XZB_TABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "report/account.h"

enum err_code table_text(const struct account *a, struct buf *to,
    struct err *e);
enum err_code table_tsv(const struct account *a, struct buf *to,
    struct err *e);

/* "file", "dir", "symlink", "hardlink", "other". */
const char *table_type(enum tarread_type type);

#endif
