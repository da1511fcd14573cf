/*
 * json: an account, a breakdown or a whole report as one JSON object; what is
 * in them is in xzbundle-json(5).
 */
#ifndef XZB_JSON_H
#define XZB_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "report/account.h"
#include "report/breakdown.h"
#include "report/report.h"

enum err_code json_account(const struct account *a, struct buf *to,
    struct err *e);

/* By Blocks, or by tensors. */
enum err_code json_blocks(const struct breakdown *b, struct buf *to,
    struct err *e);
enum err_code json_tensors(const struct breakdown *b, struct buf *to,
    struct err *e);

enum err_code json_report(const struct report *r, struct buf *to,
    struct err *e);

#endif
