/*
 * classes_part: what the files of classes have in common, for these alone.
 *
 * classes_scores.c counts, and gives each row and column a score and a level;
 * classes.c makes labels of the levels and improves them.  Nothing here keeps
 * counts of a whole matrix: what takes room are the scores and labels, and the
 * values are looked at again instead.
 */
#ifndef XZB_CLASSES_PART_H
#define XZB_CLASSES_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "weights/classes.h"

#define CLASSES_TABLES_MAX 16
#define CLASSES_BINS_MAX 64	/* symbols are looked at in no more kinds */
#define CLASSES_LEVELS 32	/* of rows and columns together, about */

/* Rows, or columns. */
struct classes_side {
	size_t n;
	size_t length;		/* values in one, but for the last row */
	bool labelled;		/* may they have labels? */
	float *score;		/* [n], if labelled; owned */
	unsigned int n_levels;	/* 1 .. CLASSES_LEVELS + 1 */
	unsigned int n_labels;	/* 1 .. CLASSES_TABLES_MAX */
	uint8_t *label;		/* [n], at first the level; owned */
};

struct classes_search {
	const struct classes_input *in;
	struct classes_side row, col;
	size_t n_bins;		/* a multiple of 8 */
	uint8_t *bin;		/* [n_symbols]; owned */
	uint64_t *count;	/* [n_symbols]; owned */
	uint64_t total[CLASSES_BINS_MAX];	/* the same by bins */
	uint32_t *joint;	/* [row.n_levels][col.n_levels][n_bins];
				 * owned */
	uint32_t *at;		/* [cols] scratch; owned */
};

/*
 * Fill *s, with levels instead of labels, for s->in, row.labelled and
 * col.labelled; the rest is zero.  *bits is what can be gained, about; the
 * levels and joint are not there if it is below least.  *s is to be freed in
 * every case.
 */
enum err_code classes_set_levels(struct classes_search *s, double least,
    double *bits, struct err *e);
void classes_search_free(struct classes_search *s);

#endif
