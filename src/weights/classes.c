#include "weights/classes.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/classes_part.h"

#define LENGTH_MIN 32		/* values in a row or column with a label */
#define LENGTH_MAX ((uint64_t)1 << 24)	/* so that sums have room */
#define ROUNDS 2		/* of moving columns and rows */
#define NEAR 2			/* labels by which one may move */
#define CROSS_SIZE ((size_t)1 << 16)	/* counts that a cache has room for */
#define LANES 8			/* of a sum, for vectors */
#define PRIOR 8			/* counts in a table that all values share */
#define SYMBOL_BITS 4		/* of a symbol in a table, about */

struct search {
	struct classes_search s;
	unsigned int n_tables;
	uint32_t *count;	/* [CLASSES_TABLES_MAX][n_bins] */
	float *cost;		/* the same: bits of a value */
	int32_t *cross;		/* [CROSS_SIZE] counts of some rows or columns:
				 * [n_labels of the other side][n_bins] each */
};

/* --- what it takes --- */

/* The bits of all values by what was counted, and of the tables. */
static double
value_bits(const struct search *x)
{
	double bits = SYMBOL_BITS * (double)x->n_tables *
	    (double)x->s.in->n_symbols, sum;
	const uint32_t *count = x->count;
	size_t t, b;

	for (t = 0; t < x->n_tables; t++, count += x->s.n_bins) {
		for (b = 0, sum = 0; b < x->s.n_bins; b++) {
			if (count[b] == 0)
				continue;
			sum += count[b];
			bits -= count[b] * log2(count[b]);
		}
		bits += sum > 0 ? sum * log2(sum) : 0;
	}
	return bits;
}

/* The bits of labels of which there are used[]. */
static double
label_bits(const double *used, size_t n)
{
	double bits = 0;
	size_t i;

	for (i = 0; i < CLASSES_TABLES_MAX; i++) {
		if (used[i] > 0)
			bits -= used[i] * log2(used[i] / (double)n);
	}
	return bits;
}

static void
count_labels(const struct classes_side *side, double *used)
{
	size_t i;

	memset(used, 0, CLASSES_TABLES_MAX * sizeof(*used));
	for (i = 0; i < side->n; i++)
		used[side->label[i]]++;
}

static double
bits_without(struct search *x)
{
	size_t b;

	x->n_tables = 1;
	for (b = 0; b < x->s.n_bins; b++)
		x->count[b] = (uint32_t)x->s.total[b];
	return value_bits(x);
}

static double
bits_with(const struct search *x)
{
	double used[CLASSES_TABLES_MAX], bits = value_bits(x);

	count_labels(&x->s.row, used);
	bits += label_bits(used, x->s.row.n);
	count_labels(&x->s.col, used);
	return bits + label_bits(used, x->s.col.n);
}

/* --- labels that are levels --- */

static unsigned int
label_of(const struct classes_side *side, unsigned int level)
{
	return level * side->n_labels / side->n_levels;
}

static void
count_levels(const struct classes_side *side, size_t *used)
{
	size_t i;

	memset(used, 0, (CLASSES_LEVELS + 1) * sizeof(*used));
	for (i = 0; i < side->n; i++)
		used[side->label[i]]++;
}

static double
level_bits(const struct classes_side *side, const size_t *levels)
{
	double used[CLASSES_TABLES_MAX] = { 0 };
	unsigned int i;

	for (i = 0; i < side->n_levels; i++)
		used[label_of(side, i)] += (double)levels[i];
	return label_bits(used, side->n);
}

/* The bits with so many tables, n_row of them for labels of rows. */
static double
try_split(struct search *x, unsigned int n_tables, unsigned int n_row,
    const size_t *row_levels, const size_t *col_levels)
{
	struct classes_side *row = &x->s.row, *col = &x->s.col;
	const uint32_t *from = x->s.joint;
	unsigned int r, c;
	uint32_t *to;
	size_t b;

	x->n_tables = n_tables;
	row->n_labels = n_row;
	col->n_labels = n_tables + 1 - n_row;
	if (row->n_labels > row->n_levels || col->n_labels > col->n_levels)
		return INFINITY;
	memset(x->count, 0, n_tables * x->s.n_bins * sizeof(*x->count));
	for (r = 0; r < row->n_levels; r++) {
		for (c = 0; c < col->n_levels; c++) {
			to = x->count + (label_of(row, r) + label_of(col, c)) *
			    x->s.n_bins;
			for (b = 0; b < x->s.n_bins; b++)
				to[b] += from[b];
			from += x->s.n_bins;
		}
	}
	return value_bits(x) + level_bits(row, row_levels) +
	    level_bits(col, col_levels);
}

/* Make labels of levels, so that it takes fewest bits; these are the result. */
static double
split(struct search *x, unsigned int max_tables)
{
	static const uint8_t numbers[] = { 2, 3, 4, 5, 6, 8, 10, 12, 14, 16 };
	struct classes_side *row = &x->s.row, *col = &x->s.col;
	size_t rows[CLASSES_LEVELS + 1], cols[CLASSES_LEVELS + 1], i;
	unsigned int n_row, best = 1, best_row = 1;
	double least = INFINITY, bits;

	count_levels(row, rows);
	count_levels(col, cols);
	for (i = 0; i < sizeof(numbers) && numbers[i] <= max_tables; i++) {
		for (n_row = 1; n_row <= numbers[i]; n_row++) {
			bits = try_split(x, numbers[i], n_row, rows, cols);
			if (bits < least) {
				least = bits;
				best = numbers[i];
				best_row = n_row;
			}
		}
	}
	try_split(x, best, best_row, rows, cols);
	for (i = 0; i < row->n; i++)
		row->label[i] = (uint8_t)label_of(row, row->label[i]);
	for (i = 0; i < col->n; i++)
		col->label[i] = (uint8_t)label_of(col, col->label[i]);
	return least;
}

/* --- moving rows and columns to where they are cheapest --- */

static void
set_costs(struct search *x)
{
	double whole = (double)x->s.in->n, sum;
	const uint32_t *count = x->count;
	float *cost = x->cost;
	size_t t, b, n = x->s.n_bins;

	for (t = 0; t < x->n_tables; t++, count += n, cost += n) {
		for (b = 0, sum = 0; b < n; b++)
			sum += count[b];
		for (b = 0; b < n; b++)
			cost[b] = (float)-log2((count[b] + PRIOR *
			    (double)x->s.total[b] / whole + 1e-6) /
			    (sum + PRIOR + 1e-6 * (double)n));
	}
}

/* The sum of the products; n is a multiple of LANES. */
static float
product(const int32_t *count, const float *cost, size_t n)
{
	float sum[LANES] = { 0 }, all = 0;
	size_t i, k;

	for (i = 0; i < n; i += LANES) {
		for (k = 0; k < LANES; k++)
			sum[k] += (float)count[i + k] * cost[i + k];
	}
	for (k = 0; k < LANES; k++)
		all += sum[k];
	return all;
}

/* Give row or column i, whose counts are cross, the label that costs least, and
 * count it there. */
static void
move_one(struct search *x, struct classes_side *side, size_t i,
    const int32_t *cross, const double *label_cost)
{
	size_t n = x->s.n_bins, k, own = side->label[i], best = own, l;
	size_t all = (x->n_tables + 1 - side->n_labels) * n;
	double least = INFINITY, cost;

	for (l = own > NEAR ? own - NEAR : 0; l <= own + NEAR &&
	    l < side->n_labels; l++) {
		/* Labels that follow each other have tables that do. */
		cost = (double)product(cross, x->cost + l * n, all) +
		    label_cost[l];
		if (cost < least) {
			least = cost;
			best = l;
		}
	}
	side->label[i] = (uint8_t)best;
	for (k = 0; k < all; k++)
		x->count[best * n + k] += (uint32_t)cross[k];
}

static void
begin_moves(struct search *x, const struct classes_side *side,
    double *label_cost)
{
	size_t i;

	set_costs(x);
	memset(x->count, 0, x->n_tables * x->s.n_bins * sizeof(*x->count));
	count_labels(side, label_cost);
	for (i = 0; i < side->n_labels; i++)
		label_cost[i] = -log2((label_cost[i] + 0.5) /
		    (double)side->n);
}

static void
move_cols(struct search *x)
{
	const struct classes_search *s = &x->s;
	size_t size = s->row.n_labels * s->n_bins;
	size_t strip = CROSS_SIZE / size, begin, n, r, c;
	double label_cost[CLASSES_TABLES_MAX];
	const uint16_t *p;
	int32_t *cross;

	begin_moves(x, &s->col, label_cost);
	for (begin = 0; begin < s->col.n; begin += strip) {
		strip = (size_t)num_min(strip, s->col.n - begin);
		memset(x->cross, 0, strip * size * sizeof(*x->cross));
		for (r = 0; r < s->row.n; r++) {
			if (r * s->col.n + begin >= s->in->n)
				break;
			p = s->in->symbols + r * s->col.n + begin;
			n = (size_t)num_min(strip, s->in->n - (r * s->col.n +
			    begin));
			cross = x->cross + s->row.label[r] * s->n_bins;
			for (c = 0; c < n; c++, cross += size)
				cross[s->bin[p[c]]]++;
		}
		for (c = 0; c < strip; c++)
			move_one(x, &x->s.col, begin + c, x->cross + c * size,
			    label_cost);
	}
}

static void
move_rows(struct search *x)
{
	const struct classes_search *s = &x->s;
	size_t size = s->col.n_labels * s->n_bins, n, r, c;
	double label_cost[CLASSES_TABLES_MAX];
	const uint16_t *p = s->in->symbols;
	uint64_t left = s->in->n;

	begin_moves(x, &s->row, label_cost);
	for (c = 0; c < s->col.n; c++)
		s->at[c] = s->col.label[c] * (uint32_t)s->n_bins;
	for (r = 0; r < s->row.n; r++, p += n, left -= n) {
		n = (size_t)num_min(s->col.n, left);
		memset(x->cross, 0, size * sizeof(*x->cross));
		for (c = 0; c < n; c++)
			x->cross[s->at[c] + s->bin[p[c]]]++;
		move_one(x, &x->s.row, r, x->cross, label_cost);
	}
}

/* --- the search --- */

/* The labels from 0 on; and how many there are. */
static unsigned int
put_labels(const struct classes_side *side, uint16_t *to)
{
	uint8_t least = UINT8_MAX, most = 0;
	size_t i;

	for (i = 0; i < side->n; i++) {
		least = side->label[i] < least ? side->label[i] : least;
		most = side->label[i] > most ? side->label[i] : most;
	}
	for (i = 0; i < side->n; i++)
		to[i] = (uint16_t)(side->label[i] - least);
	return (unsigned int)(most - least) + 1;
}

static enum err_code
keep(const struct search *x, struct classes *c, struct err *e)
{
	unsigned int n;

	c->labels = malloc((x->s.row.n + x->s.col.n) * sizeof(*c->labels));
	if (c->labels == NULL)
		return err_nomem(e);
	n = put_labels(&x->s.row, c->labels);
	c->n_rows = n > 1 ? x->s.row.n : 0;
	c->n_cols = x->s.col.n;
	c->n_tables = n - 1 + put_labels(&x->s.col, c->labels + c->n_rows);
	return ERR_OK;
}

static enum err_code
find(struct search *x, unsigned int max_tables, struct classes *c,
    struct err *e)
{
	double bits, without;
	unsigned int round;

	if (classes_set_levels(&x->s, SYMBOL_BITS *
	    (double)x->s.in->n_symbols, &bits, e) != ERR_OK ||
	    x->s.joint == NULL)
		return e->code;
	x->count = malloc(CLASSES_TABLES_MAX * x->s.n_bins *
	    sizeof(*x->count));
	x->cost = malloc(CLASSES_TABLES_MAX * x->s.n_bins * sizeof(*x->cost));
	x->cross = malloc(CROSS_SIZE * sizeof(*x->cross));
	if (x->count == NULL || x->cost == NULL || x->cross == NULL)
		return err_nomem(e);
	without = bits_without(x);
	if (split(x, max_tables) >= without)
		return ERR_OK;
	for (round = 0; round < ROUNDS; round++) {
		if (x->s.col.n_labels > 1)
			move_cols(x);
		if (x->s.row.n_labels > 1)
			move_rows(x);
	}
	return bits_with(x) < without ? keep(x, c, e) : ERR_OK;
}

enum err_code
classes_find(const struct classes_input *in, unsigned int max_tables,
    int by_rows, struct classes *c, struct err *e)
{
	uint64_t rows = (in->n + in->cols - 1) / in->cols;
	struct search x;

	memset(c, 0, sizeof(*c));
	c->n_tables = 1;
	if (rows > LENGTH_MAX || in->cols > LENGTH_MAX || in->n_symbols < 2)
		return ERR_OK;
	memset(&x, 0, sizeof(x));
	x.s.in = in;
	x.s.row.n = x.s.col.length = (size_t)rows;
	x.s.col.n = x.s.row.length = (size_t)in->cols;
	x.s.row.labelled = by_rows != 0 && in->cols >= LENGTH_MIN && rows > 1;
	x.s.col.labelled = rows >= LENGTH_MIN && in->cols > 1;
	if (x.s.row.labelled || x.s.col.labelled)
		find(&x, max_tables, c, e);
	classes_search_free(&x.s);
	free(x.count);
	free(x.cost);
	free(x.cross);
	return e->code;
}

void
classes_free(struct classes *c)
{
	free(c->labels);
	c->labels = NULL;
}

/* to[n]: from[n], and the label to each; the sums are below 256.  Eight at a
 * time, as in one number. */
static void
add_label(uint8_t *to, const uint8_t *from, size_t n, unsigned int label)
{
	const uint64_t each = label * UINT64_C(0x0101010101010101);
	uint64_t eight;
	size_t j;

	for (j = 0; j + 8 <= n; j += 8) {
		memcpy(&eight, from + j, 8);
		eight += each;
		memcpy(to + j, &eight, 8);
	}
	for (; j < n; j++)
		to[j] = (uint8_t)(from[j] + label);
}

void
classes_tables(const struct classes *c, uint64_t n, uint8_t *tables)
{
	const uint16_t *col = c->labels + c->n_rows;
	size_t cols = (size_t)num_min(c->n_cols, n), j, r;
	uint64_t i;

	/* The first row is what the others are made from, and then its own. */
	for (j = 0; j < cols; j++)
		tables[j] = (uint8_t)col[j];
	for (i = cols, r = 1; i < n; i += cols, r++)
		add_label(tables + i, tables, (size_t)num_min(cols, n - i),
		    c->n_rows > 0 ? c->labels[r] : 0);
	if (c->n_rows > 0)
		add_label(tables, tables, cols, c->labels[0]);
}
