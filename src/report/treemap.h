/*
 * treemap: sizes -> rectangles whose areas are in proportion to them.
 *
 * Squarified: sizes are laid in rows along the shorter side of what is left,
 * and a row grows as long as that makes its rectangles more like squares.
 * Source: Bruls, Huizing, van Wijk, "Squarified Treemaps" (2000).
 */
#ifndef XZB_TREEMAP_H
#define XZB_TREEMAP_H

#include <stddef.h>
#include <stdint.h>

struct treemap_rect {
	double x, y, w, h;
};

/*
 * Cut `in` into out[n], one for each of sizes[n], which are best in falling
 * order.  They cover it without overlapping, but for rounding; a size of 0, or
 * one in an area of 0, gets a rectangle without area.  With sizes that are all
 * 0 nothing is covered.
 */
void treemap_cut(const uint64_t *sizes, size_t n,
    const struct treemap_rect *in, struct treemap_rect *out);

#endif
