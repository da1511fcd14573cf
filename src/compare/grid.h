/*
 * grid: a comparison as text for people, as TSV, as JSON and as a part of a
 * page; see xzbundle(1) and xzbundle-json(5).
 *
 * Only appends to a buffer; names are escaped (base/text, base/jsonname).
 */
#ifndef XZB_GRID_H
#define XZB_GRID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "compare/advice.h"
#include "compare/compare.h"

enum grid_sort {
	GRID_SIZE,		/* the smallest column, the largest row */
	GRID_GIVEN,		/* columns, or rows, as they come */
	GRID_ENCODE,		/* the fastest first */
	GRID_DECODE,
	GRID_MEMORY		/* the least first */
};

/* "size", "given", "encode", "decode", "memory"; false: none of them. */
bool grid_sort_parse(const char *name, enum grid_sort *sort);

struct grid_request {
	const struct compare *c;
	const struct advice *advice;
	const char *input;		/* what was compared, as called */
	enum grid_sort sort;
	bool best;			/* a line a row: its smallest column */
};

enum err_code grid_text(const struct grid_request *r, struct buf *to,
    struct err *e);

/* The line of headings, and the lines of one comparison. */
enum err_code grid_tsv_head(struct buf *to, struct err *e);
enum err_code grid_tsv(const struct grid_request *r, struct buf *to,
    struct err *e);

/* One object, without a line end; the caller makes an array of them. */
enum err_code grid_json(const struct grid_request *r, struct buf *to,
    struct err *e);

/* What is inside an HTML page (report/page), as report/markup allows it. */
enum err_code grid_page(const struct grid_request *r, struct buf *to,
    struct err *e);

/* --- for the parts --- */

/* Columns of a row, or with best all rows, in the order asked for; *order
 * [n] is the caller's.  What was not done comes last, as given. */
enum err_code grid_order(const struct grid_request *r, size_t row,
    size_t **order, size_t *n, struct err *e);

/* All rows, the largest first; *rows [rows.n] is the caller's in every case. */
enum err_code grid_rank(const struct compare *c, size_t **rows,
    struct err *e);

/* "done", "none", "missing", "memory", "stopped" */
const char *grid_state(enum cell_state s);

/* "member", "tensor", "bundle" */
const char *grid_kind(enum row_kind k);

/* The name of the row's member; "" of the bundle's. */
const char *grid_member(const struct compare *c, const struct row *row);

/* Megabytes (of 10^6) of the row a second; 0: too quick to tell. */
double grid_speed(const struct row *row, uint64_t ns);

#endif
