/* The first look at a matrix: in which direction rows and columns differ, and
 * how much. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/classes_part.h"

#define BINS_STEP 8
#define WEIGHT_MAX 255		/* of a symbol in a sum */
#define SORTED_MAX 4096		/* scores that are looked at for their range */
#define CHI_BITS 0.72		/* that a unit of chi square stands for */

/* Two directions; the weights are the halves of a number. */
#define BY_VALUE 0
#define BY_DISTANCE 32

struct sums {
	uint64_t *weight;	/* [n_symbols] */
	uint64_t *row;		/* [rows] */
	uint64_t *col;		/* [cols] */
};

/* --- symbols --- */

/* Bins of symbols beside each other, about as frequent as each other. */
static void
set_bins(struct classes_search *s)
{
	uint64_t left = s->in->n, sum = 0;
	size_t i, bin = 0, most = CLASSES_BINS_MAX;

	for (i = 0; i < s->in->n; i++)
		s->count[s->in->symbols[i]]++;
	for (i = 0; i < s->in->n_symbols; i++) {
		s->bin[i] = (uint8_t)bin;
		s->total[bin] += s->count[i];
		sum += s->count[i];
		if (bin + 1 < most && (s->in->n_symbols <= most ||
		    sum >= left / (most - bin))) {
			left -= sum;
			sum = 0;
			bin++;
		}
	}
	s->n_bins = ((size_t)s->bin[s->in->n_symbols - 1] + BINS_STEP) /
	    BINS_STEP * BINS_STEP;
}

/* The value itself tells rows and columns apart if it is an exponent, and its
 * distance from the mean if it is a number with a sign. */
static void
set_weights(const struct classes_search *s, uint64_t *weight)
{
	size_t last = s->in->n_symbols - 1, i;
	double mean = 0, most, distance;

	for (i = 0; i <= last; i++)
		mean += (double)s->count[i] * (double)i;
	mean /= (double)s->in->n;
	most = mean > (double)last - mean ? mean : (double)last - mean;
	for (i = 0; i <= last; i++) {
		distance = fabs((double)i - mean) / most;
		weight[i] = (uint64_t)i * WEIGHT_MAX / last << BY_VALUE |
		    (uint64_t)(distance * WEIGHT_MAX + 0.5) << BY_DISTANCE;
	}
}

/* --- scores --- */

static void
sum_all(const struct classes_search *s, struct sums *sums)
{
	const uint16_t *p = s->in->symbols;
	uint64_t of_row, w, left = s->in->n;
	size_t r, c, n;

	for (r = 0; r < s->row.n; r++, p += n, left -= n) {
		n = (size_t)num_min(s->col.n, left);
		for (c = 0, of_row = 0; c < n; c++) {
			w = sums->weight[p[c]];
			sums->col[c] += w;
			of_row += w;
		}
		sums->row[r] = of_row;
	}
}

/* How many values are in row or column i? */
static double
length_of(const struct classes_search *s, const struct classes_side *side,
    size_t i)
{
	uint64_t rest = s->in->n % s->col.n;

	if (rest == 0)
		return (double)side->length;
	if (side == &s->row)
		return (double)(i + 1 < side->n ? side->length : rest);
	return (double)(i < rest ? side->length : side->length - 1);
}

/*
 * Set the scores of one side, which are mean weights.  The result is what they
 * tell beyond chance: the bits that can be gained, if that is not much.
 */
static double
set_scores(const struct classes_search *s, struct classes_side *side,
    const struct sums *sums, unsigned int shift)
{
	const uint64_t *sum = side == &s->row ? sums->row : sums->col;
	double mean = 0, square = 0, n = (double)s->in->n, w, chi;
	size_t i;

	for (i = 0; i < s->in->n_symbols; i++) {
		w = (double)(sums->weight[i] >> shift & UINT32_MAX);
		mean += (double)s->count[i] * w / n;
		square += (double)s->count[i] * w * w / n;
	}
	square -= mean * mean;
	if (!side->labelled || square <= 0)
		return 0;
	chi = -(double)side->n;
	for (i = 0; i < side->n; i++) {
		n = length_of(s, side, i);
		w = (double)(sum[i] >> shift & UINT32_MAX) / n;
		side->score[i] = (float)w;
		chi += n * (w - mean) * (w - mean) / square;
	}
	return chi > 0 ? chi * CHI_BITS : 0;
}

/* Scores in the direction that tells more, and what it tells. */
static double
find_direction(struct classes_search *s, const struct sums *sums)
{
	double distance, value;

	distance = set_scores(s, &s->row, sums, BY_DISTANCE) +
	    set_scores(s, &s->col, sums, BY_DISTANCE);
	value = set_scores(s, &s->row, sums, BY_VALUE) +
	    set_scores(s, &s->col, sums, BY_VALUE);
	if (value >= distance)
		return value;
	set_scores(s, &s->row, sums, BY_DISTANCE);
	set_scores(s, &s->col, sums, BY_DISTANCE);
	return distance;
}

/* --- levels --- */

static int
by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* The least score, and how far away the greatest is, but for one in 200 at
 * either end. */
static float
range(const struct classes_side *side, float *least)
{
	float some[SORTED_MAX];
	size_t step = (side->n + SORTED_MAX - 1) / SORTED_MAX, n = 0, i;

	*least = 0;
	if (!side->labelled)
		return 0;
	for (i = 0; i < side->n; i += step)
		some[n++] = side->score[i];
	qsort(some, n, sizeof(*some), by_size);
	*least = some[n / 200];
	return some[n - 1 - n / 200] - *least;
}

static void
label_by_level(struct classes_side *side, float least, float width,
    float all)
{
	float level;
	size_t i;

	side->n_levels = all > 0 ? (unsigned int)(CLASSES_LEVELS * width /
	    all + 0.5F) : 1;
	if (side->n_levels < 1)
		side->n_levels = 1;
	for (i = 0; i < side->n && side->n_levels > 1; i++) {
		level = (side->score[i] - least) / width *
		    (float)side->n_levels;
		side->label[i] = level <= 0 ? 0 : level >=
		    (float)side->n_levels ? (uint8_t)(side->n_levels - 1) :
		    (uint8_t)level;
	}
}

/* Count the bins by the levels of their row and column. */
static void
count_joint(struct classes_search *s)
{
	const uint16_t *p = s->in->symbols;
	uint64_t left = s->in->n;
	uint32_t *of_row;
	size_t r, c, n;

	for (c = 0; c < s->col.n; c++)
		s->at[c] = s->col.label[c] * (uint32_t)s->n_bins;
	for (r = 0; r < s->row.n; r++, p += n, left -= n) {
		n = (size_t)num_min(s->col.n, left);
		of_row = s->joint + s->row.label[r] * s->col.n_levels *
		    s->n_bins;
		for (c = 0; c < n; c++)
			of_row[s->at[c] + s->bin[p[c]]]++;
	}
}

static enum err_code
set_levels(struct classes_search *s, struct err *e)
{
	float row_least, col_least, row, col;

	row = range(&s->row, &row_least);
	col = range(&s->col, &col_least);
	label_by_level(&s->row, row_least, row, row + col);
	label_by_level(&s->col, col_least, col, row + col);
	s->joint = calloc(s->row.n_levels * s->col.n_levels * s->n_bins,
	    sizeof(*s->joint));
	if (s->joint == NULL)
		return err_nomem(e);
	count_joint(s);
	return ERR_OK;
}

/* --- all of it --- */

static enum err_code
make_room(struct classes_search *s, struct sums *sums, struct err *e)
{
	s->bin = calloc(s->in->n_symbols, sizeof(*s->bin));
	s->count = calloc(s->in->n_symbols, sizeof(*s->count));
	s->at = calloc(s->col.n, sizeof(*s->at));
	s->row.label = calloc(s->row.n, sizeof(*s->row.label));
	s->col.label = calloc(s->col.n, sizeof(*s->col.label));
	s->row.score = calloc(s->row.labelled ? s->row.n : 1,
	    sizeof(*s->row.score));
	s->col.score = calloc(s->col.labelled ? s->col.n : 1,
	    sizeof(*s->col.score));
	sums->weight = calloc(s->in->n_symbols, sizeof(*sums->weight));
	sums->row = calloc(s->row.n, sizeof(*sums->row));
	sums->col = calloc(s->col.n, sizeof(*sums->col));
	if (s->bin == NULL || s->count == NULL || s->at == NULL ||
	    s->row.label == NULL || s->col.label == NULL ||
	    s->row.score == NULL || s->col.score == NULL ||
	    sums->weight == NULL || sums->row == NULL || sums->col == NULL)
		return err_nomem(e);
	return ERR_OK;
}

enum err_code
classes_set_levels(struct classes_search *s, double least, double *bits,
    struct err *e)
{
	struct sums sums;

	*bits = 0;
	if (make_room(s, &sums, e) == ERR_OK) {
		set_bins(s);
		set_weights(s, sums.weight);
		sum_all(s, &sums);
		*bits = find_direction(s, &sums);
	}
	free(sums.weight);
	free(sums.row);
	free(sums.col);
	if (e->code == ERR_OK && *bits >= least)
		set_levels(s, e);
	return e->code;
}

void
classes_search_free(struct classes_search *s)
{
	free(s->bin);
	free(s->count);
	free(s->at);
	free(s->row.label);
	free(s->col.label);
	free(s->row.score);
	free(s->col.score);
	free(s->joint);
}
