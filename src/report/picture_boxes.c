#include "report/picture_part.h"

#include <stdlib.h>

static struct picture_box *
member_box(struct picture *p, size_t member)
{
	return &p->boxes[p->place[member] - 1];
}

/* Decide which rows are shown, and count them by member. */
static size_t
choose(struct picture *p)
{
	const struct report *r = p->r;
	uint64_t least = r->xz->file_size / p->form->parts + 1;
	size_t i, row, member, n = 0;
	struct picture_box *box;

	for (i = 0; i < r->breakdown.n_rows && i < p->form->rows; i++) {
		row = r->rows[i];
		if (r->breakdown.rows[row].packed_size < least)
			break;
		p->shown[row] = true;
		member = r->row_member[row];
		if (p->place[member] == 0) {
			box = &p->boxes[p->n_boxes++];
			box->kind = BOX_MEMBER;
			box->index = member;
			p->place[member] = p->n_boxes;
		}
		member_box(p, member)->n_rows++;
		n++;
	}
	return n;
}

static void
take_row(struct picture_box *box, const struct breakdown_row *row)
{
	box->n++;
	box->packed += row->packed_size;
	box->raw += row->raw_size;
}

/* Sum up what is not shown, of the members and of the file. */
static void
sum_up(struct picture *p, struct picture_box *more)
{
	const struct report *r = p->r;
	const struct breakdown_row *row;
	size_t i, member, last = SIZE_MAX;
	struct picture_box *box;

	for (i = 0; i < r->breakdown.n_rows; i++) {
		row = &r->breakdown.rows[i];
		member = r->row_member[i];
		if (p->place[member] != 0) {
			box = member_box(p, member);
			box->packed += row->packed_size;
			box->raw += row->raw_size;
			if (!p->shown[i])
				take_row(&p->inner[box->first +
				    box->n_rows], row);
		} else {
			take_row(more, row);
			more->n -= member == last;
			last = member;
		}
	}
}

static int
larger_first(const void *a, const void *b)
{
	const struct picture_box *x = a, *y = b;

	if (x->packed != y->packed)
		return x->packed < y->packed ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Give each member room for its rows and one for the others, and put the rows
 * there. */
static void
fill(struct picture *p)
{
	const struct report *r = p->r;
	size_t i, row, at = 0;
	struct picture_box *box;

	for (i = 0; i < p->n_boxes; i++) {
		box = &p->boxes[i];
		box->first = at;
		at += box->n_rows + 1;
		p->inner[at - 1].kind = BOX_ROWS;
		p->inner[at - 1].index = box->index;
		box->n_rows = 0;
	}
	for (i = 0; i < r->breakdown.n_rows && p->shown[r->rows[i]]; i++) {
		row = r->rows[i];
		box = member_box(p, r->row_member[row]);
		at = box->first + box->n_rows++;
		p->inner[at].kind = BOX_ROW;
		p->inner[at].index = row;
		take_row(&p->inner[at], &r->breakdown.rows[row]);
	}
}

/* The boxes of the file and of its members, the largest first. */
static void
arrange(struct picture *p)
{
	struct picture_box more = { .kind = BOX_MEMBERS };
	struct picture_box container = { .kind = BOX_CONTAINER, .n = 1,
	    .packed = p->r->breakdown.rows_container };
	struct picture_box *box;
	size_t i;

	fill(p);
	sum_up(p, &more);
	for (i = 0; i < p->n_boxes; i++) {
		box = &p->boxes[i];
		if (p->inner[box->first + box->n_rows].n > 0)
			box->n_rows++;
		qsort(&p->inner[box->first], box->n_rows, sizeof(*box),
		    larger_first);
	}
	if (more.n > 0)
		p->boxes[p->n_boxes++] = more;
	if (container.packed > 0)
		p->boxes[p->n_boxes++] = container;
	qsort(p->boxes, p->n_boxes, sizeof(*box), larger_first);
}

static void
cut(struct picture *p, const struct picture_box *boxes, size_t n,
    const struct treemap_rect *in, struct treemap_rect *out)
{
	size_t i;

	for (i = 0; i < n; i++)
		p->sizes[i] = boxes[i].packed;
	treemap_cut(p->sizes, n, in, out);
}

static void
lay_out(struct picture *p)
{
	const struct treemap_rect whole = { 0, 0, p->form->w, p->form->h };
	const struct picture_box *box;
	size_t i;

	cut(p, p->boxes, p->n_boxes, &whole, p->rects);
	for (i = 0; i < p->n_boxes; i++) {
		box = &p->boxes[i];
		if (box->kind == BOX_MEMBER)
			cut(p, &p->inner[box->first], box->n_rows,
			    &p->rects[i], &p->inner_rects[box->first]);
	}
}

enum err_code
picture_boxes_make(struct picture *p, struct err *e)
{
	const struct report *r = p->r;
	size_t most = p->form->rows + 2;

	p->shown = calloc(r->breakdown.n_rows + 1, sizeof(*p->shown));
	p->place = calloc(r->toc->n_members + 1, sizeof(*p->place));
	p->boxes = calloc(most, sizeof(*p->boxes));
	p->inner = calloc(2 * most, sizeof(*p->inner));
	p->sizes = calloc(2 * most, sizeof(*p->sizes));
	p->rects = calloc(most, sizeof(*p->rects));
	p->inner_rects = calloc(2 * most, sizeof(*p->inner_rects));
	if (p->shown == NULL || p->place == NULL || p->boxes == NULL ||
	    p->inner == NULL || p->sizes == NULL || p->rects == NULL ||
	    p->inner_rects == NULL)
		return err_nomem(e);
	choose(p);
	arrange(p);
	lay_out(p);
	return ERR_OK;
}

void
picture_boxes_free(struct picture *p)
{
	free(p->shown);
	free(p->place);
	free(p->boxes);
	free(p->inner);
	free(p->sizes);
	free(p->rects);
	free(p->inner_rects);
}
