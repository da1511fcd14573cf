#include "weights/classes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define BINS_MAX 64		/* symbols are looked at in no more kinds */
#define COUNTS_MAX ((uint64_t)1 << 25)	/* numbers in a table of counts */
#define ROUNDS 4		/* of moving rows and columns */
#define TABLES_MAX 16
#define PRIOR 8		/* counts in a table that all values share */
#define SYMBOL_BITS 4	/* of a symbol in a table, about */

struct search {
	const struct classes_input *in;
	unsigned int shift;	/* symbol >> shift is a bin */
	size_t n_bins;
	size_t n_rows;
	size_t n_cols;
	unsigned int n_tables;
	uint8_t *row;		/* [n_rows] */
	uint8_t *col;		/* [n_cols] */
	unsigned int n_row;	/* labels of rows, >= 1 */
	unsigned int n_col;	/* and of columns: n_tables + 1 - n_row */
	double *direction;	/* [n_bins] see find_direction() */
	double *row_score;	/* [n_rows] */
	double *col_score;	/* [n_cols] */
	uint32_t *row_count;	/* [n_rows][n_bins] */
	uint32_t *col_count;	/* [n_cols][n_bins] */
	uint32_t *cross;	/* [n_cols][n_row][n_bins]: columns by the
				 * labels of rows; or [n_rows][n_col][n_bins] */
	float *cost;		/* [n_tables][n_bins] bits of a bin */
	double total[BINS_MAX];
};

static inline size_t
bin_of(const struct search *s, uint64_t i)
{
	return s->in->symbols[i] >> s->shift;
}

/* --- scores --- */

static void
count_all(struct search *s)
{
	uint64_t i = 0;
	size_t r, c, b;

	for (r = 0; r < s->n_rows; r++) {
		for (c = 0; c < s->n_cols && i < s->in->n; c++, i++) {
			b = bin_of(s, i);
			s->row_count[r * s->n_bins + b]++;
			s->col_count[c * s->n_bins + b]++;
			s->total[b]++;
		}
	}
}

/* The mean of direction over what was counted. */
static double
score(const struct search *s, const uint32_t *count)
{
	double sum = 0, n = 0;
	size_t b;

	for (b = 0; b < s->n_bins; b++) {
		sum += count[b] * s->direction[b];
		n += count[b];
	}
	return n > 0 ? sum / n : 0;
}

/* How much of the variance of all scores is between columns, and between
 * rows. */
static double
spread(const struct search *s)
{
	double mean = 0, square = 0, n = 0, between = 0, d;
	size_t b, c;

	for (b = 0; b < s->n_bins; b++) {
		mean += s->total[b] * s->direction[b];
		n += s->total[b];
	}
	mean /= n;
	for (b = 0; b < s->n_bins; b++) {
		d = s->direction[b] - mean;
		square += s->total[b] * d * d;
	}
	for (c = 0; c < s->n_cols; c++) {
		d = score(s, s->col_count + c * s->n_bins) - mean;
		between += d * d;
	}
	for (c = 0; c < s->n_rows; c++) {
		d = score(s, s->row_count + c * s->n_bins) - mean;
		between += d * d * (double)s->n_cols / (double)s->n_rows;
	}
	return square > 0 ? between / square : 0;
}

/*
 * The direction in which columns and rows differ: weights of bins whose mean
 * over a column is its score.  Begins with the value itself (exponents) or its
 * distance from the mean (numbers with a sign), whichever tells columns apart.
 */
static void
find_direction(struct search *s)
{
	double mean = 0, n = 0, by_value;
	size_t b;

	for (b = 0; b < s->n_bins; b++) {
		mean += s->total[b] * (double)b;
		n += s->total[b];
		s->direction[b] = (double)b;
	}
	mean /= n;
	by_value = spread(s);
	for (b = 0; b < s->n_bins; b++)
		s->direction[b] = fabs((double)b - mean);
	if (spread(s) < by_value) {
		for (b = 0; b < s->n_bins; b++)
			s->direction[b] = (double)b;
	}
}

static void
set_scores(struct search *s)
{
	size_t i;

	for (i = 0; i < s->n_rows; i++)
		s->row_score[i] = score(s, s->row_count + i * s->n_bins);
	for (i = 0; i < s->n_cols; i++)
		s->col_score[i] = score(s, s->col_count + i * s->n_bins);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* The least and the greatest score but for one in 200 at either end. */
static void
score_range(const double *scores, size_t n, double *sorted, double *least,
    double *most)
{
	memcpy(sorted, scores, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_value);
	*least = sorted[n / 200];
	*most = sorted[n - 1 - n / 200];
}

static uint8_t
label_of(double score, double least, double step, unsigned int n)
{
	double label = step > 0 ? floor((score - least) / step) : 0;

	return label < 0 ? 0 : label >= n ? (uint8_t)(n - 1) :
	    (uint8_t)label;
}

/* First labels, by scores: steps of one width for rows and columns. */
static void
label_by_score(struct search *s, bool by_rows, double *sorted)
{
	double row_least = 0, row_most = 0, least, most, step;
	size_t i;

	score_range(s->col_score, s->n_cols, sorted, &least, &most);
	if (by_rows)
		score_range(s->row_score, s->n_rows, sorted, &row_least,
		    &row_most);
	step = (most - least + row_most - row_least) / (s->n_tables + 1);
	s->n_row = 1;
	if (by_rows && step > 0) {
		s->n_row = (unsigned int)((row_most - row_least) / step + 0.5);
		if (s->n_row < 1)
			s->n_row = 1;
		if (s->n_row > s->n_tables)
			s->n_row = s->n_tables;
	}
	s->n_col = s->n_tables + 1 - s->n_row;
	step = (most - least) / s->n_col;
	for (i = 0; i < s->n_cols; i++)
		s->col[i] = label_of(s->col_score[i], least, step, s->n_col);
	step = (row_most - row_least) / s->n_row;
	for (i = 0; i < s->n_rows; i++)
		s->row[i] = label_of(s->row_score[i], row_least, step,
		    s->n_row);
}

/* --- moving rows and columns to where they are cheapest --- */

/* Counts of one way (columns, or rows) by the labels of the other. */
static void
count_cross(struct search *s, bool of_rows)
{
	size_t r, c, of, label, n_labels = of_rows ? s->n_col : s->n_row;
	uint64_t i = 0;

	memset(s->cross, 0, (of_rows ? s->n_rows : s->n_cols) * n_labels *
	    s->n_bins * sizeof(*s->cross));
	for (r = 0; r < s->n_rows; r++) {
		for (c = 0; c < s->n_cols && i < s->in->n; c++, i++) {
			of = of_rows ? r : c;
			label = of_rows ? s->col[c] : s->row[r];
			s->cross[(of * n_labels + label) * s->n_bins +
			    bin_of(s, i)]++;
		}
	}
}

/* The bits that bins take by table, from the counts by label; and the bits of
 * all. */
static double
set_costs(struct search *s, bool of_rows)
{
	size_t n = of_rows ? s->n_rows : s->n_cols, i, l, b, t;
	size_t n_labels = of_rows ? s->n_col : s->n_row;
	double counts[TABLES_MAX][BINS_MAX] = { { 0 } }, sum, all = 0, whole = 0;

	for (i = 0; i < n; i++) {
		for (l = 0; l < n_labels; l++) {
			t = l + (of_rows ? s->row[i] : s->col[i]);
			for (b = 0; b < s->n_bins; b++)
				counts[t][b] += s->cross[(i * n_labels + l) *
				    s->n_bins + b];
		}
	}
	for (b = 0; b < s->n_bins; b++)
		whole += s->total[b];
	for (t = 0; t < s->n_tables; t++) {
		for (b = 0, sum = 0; b < s->n_bins; b++)
			sum += counts[t][b];
		for (b = 0; b < s->n_bins; b++) {
			s->cost[t * s->n_bins + b] = (float)-log2(
			    (counts[t][b] + PRIOR * s->total[b] / whole + 1e-6) /
			    (sum + PRIOR + 1e-6 * (double)s->n_bins));
			if (counts[t][b] > 0)
				all -= counts[t][b] *
				    log2(counts[t][b] / sum);
		}
	}
	return all;
}

/* What a row or column i costs with a label. */
static double
cost_of(const struct search *s, size_t i, size_t n_labels, size_t label)
{
	const uint32_t *cross = s->cross + i * n_labels * s->n_bins;
	const float *cost = s->cost + label * s->n_bins;
	size_t k, n = n_labels * s->n_bins;
	double sum = 0;

	/* Labels that follow each other have tables that do. */
	for (k = 0; k < n; k++)
		sum += (double)((float)cross[k] * cost[k]);
	return sum;
}

/* Give each column (or row) the label that costs least, itself counted. */
static void
move_all(struct search *s, bool of_rows)
{
	size_t n = of_rows ? s->n_rows : s->n_cols, i, l, best;
	size_t n_own = of_rows ? s->n_row : s->n_col;
	size_t n_labels = of_rows ? s->n_col : s->n_row;
	uint8_t *own = of_rows ? s->row : s->col;
	double used[TABLES_MAX] = { 0 }, least, cost;

	for (i = 0; i < n; i++)
		used[own[i]]++;
	for (i = 0; i < n; i++) {
		best = own[i];
		least = INFINITY;
		for (l = 0; l < n_own; l++) {
			cost = cost_of(s, i, n_labels, l) -
			    log2((used[l] + 0.5) / (double)n);
			if (cost < least) {
				least = cost;
				best = l;
			}
		}
		own[i] = (uint8_t)best;
	}
}

/* Bits of the labels themselves. */
static double
label_bits(const uint8_t *labels, size_t n)
{
	double used[TABLES_MAX] = { 0 }, bits = 0;
	size_t i;

	for (i = 0; i < n; i++)
		used[labels[i]]++;
	for (i = 0; i < TABLES_MAX; i++) {
		if (used[i] > 0)
			bits -= used[i] * log2(used[i] / (double)n);
	}
	return bits;
}

/* Refine the labels; the bits of values, labels and tables, about. */
static double
refine(struct search *s)
{
	double bits = 0;
	unsigned int round;

	for (round = 0; round < ROUNDS; round++) {
		count_cross(s, false);
		set_costs(s, false);
		move_all(s, false);
		if (s->n_row > 1) {
			count_cross(s, true);
			set_costs(s, true);
			move_all(s, true);
		}
	}
	count_cross(s, false);
	bits = set_costs(s, false) + label_bits(s->col, s->n_cols);
	if (s->n_row > 1)
		bits += label_bits(s->row, s->n_rows);
	return bits + SYMBOL_BITS * s->n_tables * (double)s->n_bins;
}

/* --- the search --- */

static enum err_code
keep(const struct search *s, struct classes *c, struct err *e)
{
	size_t i, n_rows = s->n_row > 1 ? s->n_rows : 0;
	uint16_t *labels = malloc((n_rows + s->n_cols) * sizeof(*labels));

	if (labels == NULL)
		return err_nomem(e);
	for (i = 0; i < n_rows; i++)
		labels[i] = s->row[i];
	for (i = 0; i < s->n_cols; i++)
		labels[n_rows + i] = s->col[i];
	free(c->labels);
	c->labels = labels;
	c->n_rows = n_rows;
	c->n_cols = s->n_cols;
	c->n_tables = s->n_tables;
	return ERR_OK;
}

static enum err_code
make_room(struct search *s, unsigned int max_tables, struct err *e)
{
	size_t n = s->n_rows > s->n_cols ? s->n_rows : s->n_cols;

	s->row = calloc(s->n_rows, 1);
	s->col = calloc(s->n_cols, 1);
	s->direction = calloc(s->n_bins, sizeof(*s->direction));
	s->row_score = calloc(s->n_rows, sizeof(*s->row_score));
	s->col_score = calloc(s->n_cols, sizeof(*s->col_score));
	s->row_count = calloc(s->n_rows * s->n_bins, sizeof(*s->row_count));
	s->col_count = calloc(s->n_cols * s->n_bins, sizeof(*s->col_count));
	s->cross = calloc(n * max_tables * s->n_bins, sizeof(*s->cross));
	s->cost = calloc(max_tables * s->n_bins, sizeof(*s->cost));
	if (s->row == NULL || s->col == NULL || s->direction == NULL ||
	    s->row_score == NULL || s->col_score == NULL ||
	    s->row_count == NULL || s->col_count == NULL ||
	    s->cross == NULL || s->cost == NULL)
		return err_nomem(e);
	return ERR_OK;
}

static void
free_room(struct search *s)
{
	free(s->row);
	free(s->col);
	free(s->direction);
	free(s->row_score);
	free(s->col_score);
	free(s->row_count);
	free(s->col_count);
	free(s->cross);
	free(s->cost);
}

static double
bits_without(const struct search *s)
{
	double bits = 0, n = 0;
	size_t b;

	for (b = 0; b < s->n_bins; b++)
		n += s->total[b];
	for (b = 0; b < s->n_bins; b++) {
		if (s->total[b] > 0)
			bits -= s->total[b] * log2(s->total[b] / n);
	}
	return bits + SYMBOL_BITS * (double)s->n_bins;
}

/* Try several numbers of tables, by columns alone and by rows too. */
static enum err_code
try_all(struct search *s, unsigned int max_tables, bool by_rows,
    struct classes *c, struct err *e)
{
	static const unsigned int numbers[] = { 2, 4, 6, 8, 12, 16 };
	size_t n = s->n_rows > s->n_cols ? s->n_rows : s->n_cols, i;
	double *sorted = malloc(n * sizeof(*sorted));
	double least, bits;
	int rows;

	if (sorted == NULL)
		return err_nomem(e);
	count_all(s);
	find_direction(s);
	set_scores(s);
	least = bits_without(s);
	for (rows = 0; rows <= (by_rows ? 1 : 0); rows++) {
		for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
			if (numbers[i] > max_tables)
				break;
			s->n_tables = numbers[i];
			label_by_score(s, rows, sorted);
			bits = refine(s);
			if (bits < least && keep(s, c, e) == ERR_OK)
				least = bits;
		}
	}
	free(sorted);
	return e->code;
}

enum err_code
classes_find(const struct classes_input *in, unsigned int max_tables,
    int by_rows, struct classes *c, struct err *e)
{
	struct search s;
	uint64_t rows = (in->n + in->cols - 1) / in->cols;

	memset(c, 0, sizeof(*c));
	c->n_tables = 1;
	memset(&s, 0, sizeof(s));
	s.in = in;
	while ((in->n_symbols - 1) >> s.shift >= BINS_MAX)
		s.shift++;
	s.n_bins = ((in->n_symbols - 1) >> s.shift) + 1;
	if (rows < 2 || num_max(rows, in->cols) >
	    COUNTS_MAX / max_tables / s.n_bins)
		return ERR_OK;
	s.n_rows = (size_t)rows;
	s.n_cols = (size_t)in->cols;
	if (make_room(&s, max_tables, e) == ERR_OK)
		try_all(&s, max_tables, by_rows != 0, c, e);
	free_room(&s);
	return e->code;
}

void
classes_free(struct classes *c)
{
	free(c->labels);
	c->labels = NULL;
}

void
classes_tables(const struct classes *c, uint64_t n, uint8_t *tables)
{
	const uint16_t *col = c->labels + c->n_rows;
	uint64_t i = 0;
	size_t r, j, row;

	for (r = 0; i < n; r++) {
		row = c->n_rows > 0 ? c->labels[r] : 0;
		for (j = 0; j < c->n_cols && i < n; j++, i++)
			tables[i] = (uint8_t)(row + col[j]);
	}
}
