/*
 * sections: a report as what is between page_begin() and page_end(): figures,
 * the treemap, and tables of members, tensors and Blocks.
 *
 * Each table has the largest rows, then what the others sum up to, and the
 * container; so all adds up to the file in each.
 */
#ifndef XZB_SECTIONS_H
#define XZB_SECTIONS_H

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"

#define SECTIONS_ROWS 1000	/* of a table, at most one more */

enum err_code sections_html(const struct report *r, struct buf *to,
    struct err *e);

#endif
