/*
 * page: the frame of a self-contained HTML page, and what its parts are made
 * of.
 *
 *     page_begin(to, title)   doctype, policy, style, title, <main>
 *     ... sections, as the caller has them ...
 *     page_end(to)            </main>, script
 *
 * The page needs nothing from elsewhere.  Its policy allows the one style and
 * the one script by their hashes and nothing else, so that a name that got
 * through as markup would still not run.  Hence the rules for what is between
 * the two:
 *
 *   no style or on* attributes: classes, and presentation attributes of SVG
 *   text of others through page_text() or page_name() only
 *
 * Classes (report/page.css), and what the script makes of them
 * (report/page.js); without it the page says the same:
 *
 *   dl.figures       a grid of <div><dt>What<dd>Figure <small>more</small>
 *   div.box          a table that scrolls by itself; give it tabindex="0",
 *                    role="region" and aria-label
 *   table.sortable   by a click on a <th>, or the keyboard.  It has one <thead>
 *                    row, one <tbody> that is sorted, and a <tfoot> of sums
 *                    that stays.  Set aria-sort where it is sorted by already.
 *     data-filter=L  a field with the label L, for rows that have its words;
 *                    with a <th data-sum=L> the sum of that column, called L
 *     data-map       and only these marks of svg.map are not dimmed
 *   td.n, th.n       numbers: to the right, and sorted as such, by data-v
 *   td.h0 .. td.h9   heat: the cell is n / 10 of the way from little to much,
 *                    in the colours of report/scale
 *   td.name, .chain  long text, which may be broken anywhere
 *   svg.bar          bars: rect.raw, rect.packed, rect.over; also .wide
 *   td.bars          a column of them, which narrow screens do without
 *   svg.map          with a <title> in each mark; .broad or .narrow is shown
 *   data-k=K...      rows and marks that have a word in common light up
 *                    together, but rows no rows and marks no marks
 *   p.note, .alert   said more quietly, or more loudly
 */
#ifndef XZB_PAGE_H
#define XZB_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of markup of a name that is not cut. */
#define PAGE_NAME_MAX 160

/* title is any bytes; the same title gives the same page. */
enum err_code page_begin(struct buf *to, const char *title, struct err *e);
enum err_code page_end(struct buf *to, struct err *e);

/* Append s, any bytes, as text or as an attribute's value in double quotes:
 * text_escape_name(), and then HTML's own escapes. */
enum err_code page_text(struct buf *to, const char *s, struct err *e);

/* The same of what base/text has escaped already. */
enum err_code page_escaped(struct buf *to, const char *s, struct err *e);

/* The same of any bytes, as at most max bytes of markup: what is in the middle
 * of a longer one becomes an ellipsis. */
enum err_code page_name(struct buf *to, const char *s, size_t max,
    struct err *e);

/* Append n with a comma before each three digits. */
enum err_code page_number(struct buf *to, uint64_t n, struct err *e);

/* Append a cell of class "n" for a number of bytes or things, for packed *
 * factor / raw with so many digits behind the point ("-" if raw is 0), or for
 * no number at all. */
enum err_code page_cell(struct buf *to, uint64_t n, struct err *e);
enum err_code page_cell_ratio(struct buf *to, uint64_t packed, uint64_t raw,
    double factor, int digits, struct err *e);
enum err_code page_cell_none(struct buf *to, struct err *e);

/* A file that the build makes part of the program, by its name. */
struct page_piece {
	const char *name;
	const char *text;
};

/* page.css and page.js; { NULL } at the end. */
extern const struct page_piece page_pieces[];

#endif
