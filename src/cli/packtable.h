/*
 * packtable: what was tried on the tensors of a file, as text for people, as
 * TSV or as JSON; see xzbundle(1).
 *
 * Only appends to a buffer; names are escaped (base/text).
 */
#ifndef XZB_PACKTABLE_H
#define XZB_PACKTABLE_H

#include "base/buf.h"
#include "base/err.h"
#include "pack/recode.h"

enum err_code packtable_text(const struct recode_result *res, struct buf *to,
    struct err *e);
enum err_code packtable_tsv(const struct recode_result *res, struct buf *to,
    struct err *e);
enum err_code packtable_json(const struct recode_result *res, struct buf *to,
    struct err *e);

#endif
