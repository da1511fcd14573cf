#include "report/treemap.h"

#include <stdbool.h>

struct layout {
	const uint64_t *sizes;
	struct treemap_rect *out;
	struct treemap_rect left;	/* what is not cut yet */
	double rest;		/* the sum of the sizes that go there */
};

/* Sizes that make one row. */
struct row {
	size_t n;
	double sum, min, max;
};

static void
add(struct row *r, double size)
{
	r->min = r->n == 0 || size < r->min ? size : r->min;
	r->max = r->n == 0 || size > r->max ? size : r->max;
	r->sum += size;
	r->n++;
}

/* How long the longest rectangle of the row is for its width, along a side of
 * that length; area is that of a size of 1. */
static double
worst(const struct row *r, double side, double area)
{
	double depth = r->sum * area / side, a, b;

	if (r->min <= 0 || depth <= 0)
		return 1e300;
	a = r->max * area / (depth * depth);
	b = depth * depth / (r->min * area);
	return a > b ? a : b;
}

/* Sizes from i on that make the best row. */
static struct row
best_row(const struct layout *l, size_t i, size_t n, double side, double area)
{
	struct row row = { 0, 0, 0, 0 }, more;

	do {
		more = row;
		add(&more, (double)l->sizes[i]);
		if (row.n > 0 && worst(&more, side, area) >
		    worst(&row, side, area))
			break;
		row = more;
	} while (++i < n);
	return row;
}

/* Cut the row off what is left: along its width or its height. */
static void
put_row(struct layout *l, size_t i, const struct row *row, bool along_x)
{
	struct treemap_rect *left = &l->left;
	double side = along_x ? left->w : left->h;
	double depth = along_x ? left->h : left->w;
	double before = 0, from, to;
	size_t end = i + row->n;

	/* The last one takes all, whatever rounding has made of the sums. */
	if (row->sum < l->rest)
		depth = depth * row->sum / l->rest;
	for (; i < end; i++) {
		from = row->sum > 0 ? side * (before / row->sum) : 0;
		before += (double)l->sizes[i];
		to = row->sum > 0 ? side * (before / row->sum) : 0;
		if (along_x)
			l->out[i] = (struct treemap_rect){ left->x + from,
			    left->y, to - from, depth };
		else
			l->out[i] = (struct treemap_rect){ left->x,
			    left->y + from, depth, to - from };
	}
	if (along_x) {
		left->y += depth;
		left->h -= depth;
	} else {
		left->x += depth;
		left->w -= depth;
	}
	l->rest -= row->sum;
}

void
treemap_cut(const uint64_t *sizes, size_t n, const struct treemap_rect *in,
    struct treemap_rect *out)
{
	struct layout l = { sizes, out, *in, 0 };
	struct row row;
	bool along_x;
	double side;
	size_t i;

	for (i = 0; i < n; i++) {
		l.rest += (double)sizes[i];
		out[i] = (struct treemap_rect){ in->x, in->y, 0, 0 };
	}
	for (i = 0; i < n && l.rest > 0 && l.left.w > 0 && l.left.h > 0;
	    i += row.n) {
		along_x = l.left.w <= l.left.h;
		side = along_x ? l.left.w : l.left.h;
		row = best_row(&l, i, n, side, l.left.w * l.left.h / l.rest);
		put_row(&l, i, &row, along_x);
	}
}
