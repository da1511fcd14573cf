/*
 * summary: a report as text, within 80 columns: the sizes, and of members,
 * tensors and Blocks the largest, with the others as a sum.
 */
#ifndef XZB_SUMMARY_H
#define XZB_SUMMARY_H

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"

#define SUMMARY_ROWS 10		/* of each kind, at most one more */

enum err_code summary_text(const struct report *r, struct buf *to,
    struct err *e);

#endif
