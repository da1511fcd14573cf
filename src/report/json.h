/*
 * json: an account as one JSON object; the schema is in xzbundle(1).
 */
#ifndef XZB_JSON_H
#define XZB_JSON_H

#include "base/buf.h"
#include "base/err.h"
#include "report/account.h"

enum err_code json_account(const struct account *a, struct buf *to,
    struct err *e);

#endif
