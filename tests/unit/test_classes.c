#include "weights/classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "values.h"

/* --- matrices --- */

struct matrix {
	uint16_t *symbols;
	uint8_t *tables;	/* those that made it */
	size_t rows, cols;
	size_t n_symbols;
};

/* Normal numbers, whose widths depend on rows and columns as far as `by_row`
 * and `by_col` say: nothing (0), some (0.3), much (1). */
static struct matrix
make(size_t rows, size_t cols, size_t n_symbols, double by_row, double by_col,
    uint64_t seed)
{
	struct values v = { seed };
	struct matrix m = { values_room(2 * rows * cols),
	    values_room(rows * cols), rows, cols, n_symbols };
	double *row = values_room(rows * sizeof(*row));
	double *col = values_room(cols * sizeof(*col)), width;
	int middle = (int)(n_symbols / 2);
	size_t i;

	for (i = 0; i < rows; i++)
		row[i] = by_row * values_normal(&v);
	for (i = 0; i < cols; i++)
		col[i] = by_col * values_normal(&v);
	for (i = 0; i < rows * cols; i++) {
		width = row[i / cols] + col[i % cols];
		m.symbols[i] = (uint16_t)(values_rounded(&v, (double)n_symbols
		    / 12 * exp(width), (int)(n_symbols - 1) / 2) + middle);
		if (m.symbols[i] >= n_symbols)
			m.symbols[i] = 0;
		width = floor(4 * width) + 8;
		m.tables[i] = width < 0 ? 0 : width > 15 ? 15 :
		    (uint8_t)width;
	}
	free(row);
	free(col);
	return m;
}

static void
matrix_free(struct matrix *m)
{
	free(m->symbols);
	free(m->tables);
}

/* Bits of the values by tables. */
static double
bits_by(const struct matrix *m, const uint8_t *tables, size_t n)
{
	uint32_t *count = calloc(16 * m->n_symbols, sizeof(*count)), sum;
	double bits = 0;
	size_t i, t;

	if (count == NULL)
		abort();
	for (i = 0; i < n; i++)
		count[tables[i] * m->n_symbols + m->symbols[i]]++;
	for (t = 0; t < 16; t++) {
		for (i = 0, sum = 0; i < m->n_symbols; i++)
			sum += count[t * m->n_symbols + i];
		for (i = 0; i < m->n_symbols; i++) {
			if (count[t * m->n_symbols + i] > 0)
				bits -= count[t * m->n_symbols + i] *
				    log2((double)count[t * m->n_symbols + i] /
				    sum);
		}
	}
	free(count);
	return bits;
}

/* Find classes twice, and look at what comes out.  The tables go to
 * tables[n]. */
static unsigned int
find(const struct matrix *m, size_t n, size_t cols, unsigned int max_tables,
    int by_rows, uint8_t *tables)
{
	uint16_t *symbols = values_exact(m->symbols, 2 * n);
	struct classes_input in = { symbols, n, m->n_symbols, cols };
	size_t rows = (n + cols - 1) / cols, i, at;
	unsigned int row = 0, col = 0, label;
	struct classes c, again;
	struct err e = ERR_INIT;
	int bad = 0;

	CU_ASSERT_EQUAL(classes_find(&in, max_tables, by_rows, &c, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(classes_find(&in, max_tables, by_rows, &again, &e),
	    ERR_OK);
	CU_ASSERT(c.n_tables >= 1 && c.n_tables <= max_tables);
	CU_ASSERT_EQUAL(c.n_tables, again.n_tables);
	memset(tables, 0, n);
	if (c.n_tables > 1) {
		CU_ASSERT_EQUAL(c.n_cols, cols);
		CU_ASSERT(c.n_rows == 0 || (by_rows && c.n_rows == rows));
		CU_ASSERT_EQUAL(memcmp(c.labels, again.labels, (c.n_rows +
		    c.n_cols) * sizeof(*c.labels)), 0);
		for (i = 0; i < c.n_rows; i++)
			row = c.labels[i] > row ? c.labels[i] : row;
		for (i = 0; i < cols; i++) {
			label = c.labels[c.n_rows + i];
			col = label > col ? label : col;
		}
		CU_ASSERT(row + col < c.n_tables);
		classes_tables(&c, n, tables);
		for (i = 0; i < n; i++) {
			at = c.n_rows > 0 ? c.labels[i / cols] : 0;
			at += c.labels[c.n_rows + i % cols];
			bad += tables[i] != at;
		}
		CU_ASSERT_EQUAL(bad, 0);
	}
	classes_free(&c);
	classes_free(&again);
	free(symbols);
	return c.n_tables;
}

/* --- what is there is found --- */

static void
found(void)
{
	static const struct {
		size_t rows, cols, n_symbols;
		double by_row, by_col;
	} of[] = {
		{ 300, 400, 64, 0, 0.5 }, { 300, 400, 64, 0.5, 0 },
		{ 300, 400, 64, 0.4, 0.4 }, { 300, 400, 3, 0, 0.7 },
		{ 400, 300, 3, 0.5, 0.5 }, { 900, 300, 200, 0.5, 0.5 },
		{ 2000, 64, 256, 0, 0.5 }, { 40, 9000, 33, 0.5, 0 },
	};
	struct matrix m;
	uint8_t *tables;
	double none, best, bits;
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(of); i++) {
		m = make(of[i].rows, of[i].cols, of[i].n_symbols, of[i].by_row,
		    of[i].by_col, i);
		n = m.rows * m.cols;
		tables = values_room(n);
		memset(tables, 0, n);
		none = bits_by(&m, tables, n);
		best = bits_by(&m, m.tables, n);
		CU_ASSERT(find(&m, n, m.cols, 16, 1, tables) > 1);
		bits = bits_by(&m, tables, n);
		/* Tables that do not pay are not there. */
		CU_ASSERT(none - bits > 0.85 * (none - best));
		CU_ASSERT(find(&m, n, m.cols, 4, 1, tables) > 1);
		CU_ASSERT(none - bits_by(&m, tables, n) > 0.5 * (none - best));
		CU_ASSERT_EQUAL(find(&m, n, m.cols, 2, 1, tables), 2);
		bits = bits_by(&m, tables, n);
		CU_ASSERT(none - bits > 0.2 * (none - best));
		CU_ASSERT_EQUAL(find(&m, n, m.cols, 16, 0, tables) > 1,
		    of[i].by_col > 0);
		/* The last row is not whole. */
		CU_ASSERT(find(&m, n - 5, m.cols, 16, 1, tables) > 1);
		CU_ASSERT(find(&m, n - m.cols + 1, m.cols, 16, 1, tables) > 1);
		free(tables);
		matrix_free(&m);
	}
}

/* The exponents of floats differ in their mean. */
static void
by_mean(void)
{
	enum { ROWS = 300, COLS = 200 };
	struct matrix m = make(ROWS, COLS, 40, 0, 0, 3);
	uint8_t *tables = values_room(ROWS * COLS);
	struct values v = { 4 };
	double none, bits;
	size_t i;

	for (i = 0; i < ROWS * COLS; i++)
		m.symbols[i] = (uint16_t)(30 + i % COLS / 40 -
		    values_falling(&v, 20, 0.5));
	memset(tables, 0, ROWS * COLS);
	none = bits_by(&m, tables, ROWS * COLS);
	CU_ASSERT(find(&m, ROWS * COLS, COLS, 16, 1, tables) >= 5);
	bits = bits_by(&m, tables, ROWS * COLS);
	CU_ASSERT(bits < 2.02 * ROWS * COLS && none > 2.5 * ROWS * COLS);
	free(tables);
	matrix_free(&m);
}

/* --- and what is not there is not --- */

static void
nothing(void)
{
	static const size_t of[][3] = { { 300, 400, 64 }, { 300, 400, 2 },
	    { 2000, 50, 3 }, { 50, 2000, 300 }, { 500, 500, 4096 },
	    { 1, 5000, 9 }, { 5000, 1, 9 }, { 2500, 2, 9 }, { 2, 2500, 9 } };
	uint8_t *tables = values_room(500 * 500);
	struct matrix m;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(of); i++) {
		for (k = 0; k < 4; k++) {
			m = make(of[i][0], of[i][1], of[i][2], 0, 0, i + 10 *
			    k);
			CU_ASSERT_EQUAL(find(&m, m.rows * m.cols, m.cols, 16,
			    1, tables), 1);
			matrix_free(&m);
		}
	}
	free(tables);
}

/* Shapes that are hardly matrices, of values that have classes. */
static void
odd_shapes(void)
{
	struct matrix m = make(300, 200, 64, 0.5, 0.5, 7);
	uint8_t *tables = values_room(300 * 200);
	struct values v = { 8 };
	size_t n, i, same;

	for (n = 2; n < 300; n++) {
		for (i = 1; i < n; i += 1 + n / 20)
			find(&m, n, i, 16, 1, tables);
	}
	for (i = 0; i < 100; i++) {
		n = 2 + values_below(&v, 300 * 200 - 1);
		find(&m, n, 1, 16, 1, tables);
		find(&m, n, 2, 16, 1, tables);
		find(&m, n, n - 1, 16, 1, tables);
		find(&m, n, n / 2 + 1, 16, 1, tables);
		find(&m, n, 1 + values_below(&v, (uint32_t)n), 2 +
		    values_below(&v, 15), 1, tables);
	}
	/* One symbol only, which is any. */
	for (same = 0; same < 64; same += 21) {
		for (i = 0; i < 300 * 200; i++)
			m.symbols[i] = (uint16_t)same;
		CU_ASSERT_EQUAL(find(&m, 300 * 200, 200, 16, 1, tables), 1);
	}
	m.n_symbols = 1;
	memset(m.symbols, 0, 300 * 200 * 2);
	CU_ASSERT_EQUAL(find(&m, 300 * 200, 200, 16, 1, tables), 1);
	free(tables);
	matrix_free(&m);
}

/* Many rows, or columns. */
static void
large(void)
{
	struct matrix m = make(100000, 32, 64, 0, 0.5, 9);
	uint8_t *tables = values_room(100000 * 32);
	const size_t n = ((size_t)1 << 24) + 3;

	CU_ASSERT(find(&m, 100000 * 32, 32, 16, 1, tables) > 1);
	CU_ASSERT_EQUAL(find(&m, 100000 * 32, 99999, 16, 1, tables), 1);
	matrix_free(&m);
	free(tables);
	/* More than are looked at. */
	tables = values_room(n);
	m = (struct matrix){ values_room(2 * n), NULL, 1, n, 2 };
	memset(m.symbols, 0, 2 * n);
	CU_ASSERT_EQUAL(find(&m, n, n - 1, 16, 1, tables), 1);
	CU_ASSERT_EQUAL(find(&m, n, 1, 16, 1, tables), 1);
	matrix_free(&m);
	free(tables);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "classes are found", found },
		{ "by the mean", by_mean },
		{ "of noise there are none", nothing },
		{ "odd shapes", odd_shapes },
		{ "large ones", large },
	};

	return harness_run("classes", tests, HARNESS_COUNT(tests));
}
