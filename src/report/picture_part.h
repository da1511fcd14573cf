/*
 * What picture is made of: picture_boxes decides what is shown and where,
 * picture writes it.
 */
#ifndef XZB_PICTURE_PART_H
#define XZB_PICTURE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"
#include "report/treemap.h"

/* Each shown row may have another rectangle beside it, for the others of its
 * member. */
struct picture_form {
	double w, h;
	size_t rows;		/* shown by themselves, at most */
	uint64_t parts;		/* what is less than the file / parts is not */
	const char *class;
};

enum picture_kind {
	BOX_ROW,
	BOX_ROWS,		/* small rows of a member */
	BOX_MEMBERS,		/* small members */
	BOX_CONTAINER,
	BOX_MEMBER		/* a frame around its rows */
};

struct picture_box {
	enum picture_kind kind;
	size_t index;		/* of the row, or of the member */
	size_t n;		/* things in it */
	uint64_t packed, raw;
	size_t first, n_rows;	/* BOX_MEMBER: its boxes, in picture.inner */
};

struct picture {
	const struct report *r;
	const struct picture_form *form;
	bool *shown;		/* [n_rows] */
	size_t *place;		/* [n_members] index + 1 of its box */
	struct picture_box *boxes;	/* [n_boxes], of the file */
	size_t n_boxes;
	struct picture_box *inner;	/* of members, each in a row */
	size_t n_inner;
	/* Of as many boxes as there are. */
	uint64_t *sizes;
	struct treemap_rect *rects;
	struct treemap_rect *inner_rects;
};

/* p->r and p->form are set, and all else is zero.  *p is to be freed in every
 * case. */
enum err_code picture_boxes_make(struct picture *p, struct err *e);
void picture_boxes_free(struct picture *p);

#endif
