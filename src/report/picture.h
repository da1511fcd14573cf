/*
 * picture: a report as a treemap in SVG.
 *
 * The area of a rectangle is packed bytes, its colour bits for a byte.  Inside
 * the file are members and the container, inside members their tensors.  What
 * is too many or too small is one rectangle with what else is like it, so that
 * there are about PICTURE_MAX at most and all add up to the file.
 */
#ifndef XZB_PICTURE_H
#define XZB_PICTURE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"

#define PICTURE_MAX 2000	/* rectangles */

/* For a page: of class "map broad" or "map narrow", with a <title> in each
 * rectangle, which has data-v (packed bytes) and data-k (keys of the rows that
 * are about it, "m" and the member's index, "t" and the row's). */
enum err_code picture_inline(const struct report *r, bool narrow,
    struct buf *to, struct err *e);

/* What the colours mean, for a page. */
enum err_code picture_legend(struct buf *to, struct err *e);

/* A file of its own, with the title, the legend, and colours that do on dark
 * and on light: begin, body, end. */
enum err_code picture_begin(struct buf *to, struct err *e);
enum err_code picture_body(const struct report *r, const char *title,
    struct buf *to, struct err *e);
enum err_code picture_end(struct buf *to, struct err *e);

#endif
