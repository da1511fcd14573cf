#include "report/picture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "report/markup.h"
#include "report/sections.h"
#include "report/summary.h"

/* --- a report, made by hand --- */

#define PARTS 900		/* tensors of the first member, and a rest */
#define CONTAINER 77

static struct xzblock block = { .check = LZMA_CHECK_CRC32 };
static struct xzread xz = { .blocks = &block, .n_blocks = 1 };
static struct tarread_toc toc;
static struct breakdown_block block_row;
static char chain[] = "lzma2:dict=4KiB,lc=0,lp=0,pb=0";
static char *chains[1] = { chain };
static struct report r;
static struct buf out;

/* How large the i-th is: falling, with some that take nothing. */
static uint64_t
size_of(size_t i, size_t n)
{
	uint64_t left = n - i;

	return left * left * left / 1000;
}

static void
add_row(size_t member, enum part_kind kind, size_t n, uint64_t raw)
{
	struct breakdown_row *row = &r.breakdown.rows[r.breakdown.n_rows];
	uint64_t packed = size_of(r.breakdown.n_rows, n);

	row->kind = kind;
	row->member = toc.members[member].name;
	row->tensor = kind == PART_TENSOR ? "a.\"<b>&" : NULL;
	row->raw_size = raw;
	row->packed_size = packed;
	row->bound = raw;
	row->has_bound = kind != PART_REST;
	row->block_end = kind != PART_REST;
	r.rows[r.breakdown.n_rows] = r.breakdown.n_rows;
	r.row_member[r.breakdown.n_rows++] = member;
	r.n_tensors += kind == PART_TENSOR;
	r.account.rows[member].packed_size += packed;
	r.account.rows[member].block_end = 1;
	toc.members[member].size += raw;
	r.account.raw_size += raw;
	xz.file_size += packed;
}

/* n members with that name, of which the first has tensors. */
static void
make(size_t n, const char *name)
{
	size_t i, rows = n + PARTS;

	memset(&r, 0, sizeof(r));
	r.xz = r.account.xz = r.breakdown.xz = &xz;
	r.toc = r.account.toc = &toc;
	r.limit = UINT64_MAX;
	toc.n_members = n;
	toc.members = calloc(n, sizeof(*toc.members));
	r.account.rows = calloc(n, sizeof(*r.account.rows));
	r.members = calloc(n, sizeof(*r.members));
	r.breakdown.rows = calloc(rows, sizeof(*r.breakdown.rows));
	r.rows = calloc(rows, sizeof(*r.rows));
	r.row_member = calloc(rows, sizeof(*r.row_member));
	r.blocks = calloc(1, sizeof(*r.blocks));
	xz.file_size = CONTAINER;
	for (i = 0; i < n; i++) {
		toc.members[i].name = strdup(name);
		r.members[i] = i;
	}
	for (i = 0; i < PARTS; i++)
		add_row(0, PART_TENSOR, rows, 100000 * (i % 5));
	add_row(0, PART_REST, rows, 10);
	for (i = 1; i < n; i++)
		add_row(i, PART_MEMBER, rows, 1000);
	r.account.container_size = r.breakdown.rows_container = CONTAINER;
	r.account.chains = chains;
	r.breakdown.chains = chains;
	r.breakdown.data_size = r.account.raw_size;
	r.breakdown.blocks = &block_row;
	r.breakdown.blocks_container = 40;
	block_row = (struct breakdown_block){ r.account.raw_size,
	    xz.file_size - 40, 1, n, PARTS, chain, name };
	r.widest = toc.members[0].size;
}

static void
drop(void)
{
	size_t i;

	for (i = 0; i < toc.n_members; i++)
		free(toc.members[i].name);
	free(toc.members);
	free(r.account.rows);
	free(r.members);
	free(r.breakdown.rows);
	free(r.rows);
	free(r.row_member);
	free(r.blocks);
	buf_free(&out);
}

/* --- what the tests share --- */

static const char *
finish(struct err *e)
{
	CU_ASSERT_EQUAL(e->code, ERR_OK);
	CU_ASSERT_EQUAL(markup_check(out.data, out.size, e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&out, "", 1, e), ERR_OK);
	return (const char *)out.data;
}

static const char *
draw(bool narrow)
{
	struct err e = ERR_INIT;

	buf_free(&out);
	buf_init(&out, 1 << 24);
	picture_inline(&r, narrow, &out, &e);
	return finish(&e);
}

struct found {
	size_t n;		/* rectangles */
	uint64_t sum;		/* of what they stand for */
	double worst;		/* error of an area, in square pixels */
};

/* Look at all rectangles of a map of that size that stand for something. */
static struct found
look(const char *s, double area)
{
	struct found f = { 0, 0, 0 };
	double x, y, w, h;
	uint64_t v;

	for (s = strstr(s, "<rect "); s != NULL; s = strstr(s + 1, "<rect ")) {
		if (sscanf(s, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\" "
		    "height=\"%lf\" fill=\"#%*6[0-9a-f]\" data-v=\"%" SCNu64
		    "\"", &x, &y, &w, &h, &v) != 5)
			continue;
		f.n++;
		f.sum += v;
		f.worst = fmax(f.worst, fabs(w * h - area * (double)v /
		    (double)xz.file_size));
	}
	return f;
}

/* --- the tests --- */

/* All adds up, in about so many rectangles, whose areas are right. */
static void
maps(void)
{
	static const size_t numbers[] = { 1, 2, 50, 3000, 100000 };
	struct found f;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(numbers); i++) {
		make(numbers[i], "d/x<y>");
		f = look(draw(false), 1200 * 600);
		CU_ASSERT_EQUAL(f.sum, xz.file_size);
		CU_ASSERT_TRUE(f.n <= PICTURE_MAX);
		CU_ASSERT_TRUE(f.n > 100);
		CU_ASSERT_TRUE(f.worst < 10);
		f = look(draw(true), 400 * 560);
		CU_ASSERT_EQUAL(f.sum, xz.file_size);
		CU_ASSERT_TRUE(f.n < 310);
		CU_ASSERT_TRUE(f.worst < 10);
		CU_ASSERT_PTR_NULL(strstr((char *)out.data, "x<y"));
		drop();
	}
}

/* The sum of one column, of the rows of a table; -1 without a total. */
static int64_t
column(const char *table, int n)
{
	const char *end = strstr(table, "</table>"), *row, *p, *total;
	int64_t sum = 0;
	int i;

	total = strstr(table, "<tr><th scope=\"row\">Total");
	CU_ASSERT_TRUE(total != NULL && end != NULL && total < end);
	for (row = strstr(table, "<tbody>"); row != NULL && row <= total;
	    row = strstr(row + 1, "<tr")) {
		p = row;
		for (i = 0; i < n && p != NULL; i++)
			p = strstr(p + 1, "data-v=\"");
		if (p != NULL && strncmp(row, "<tr", 3) == 0)
			sum += (row == total ? -1 : 1) *
			    strtoll(p + 8, NULL, 10);
	}
	return sum;
}

/* The rows, the others and the container are the total. */
static void
tables(void)
{
	static const size_t numbers[] = { 5, 1001, 1002, 5000 };
	struct err e = ERR_INIT;
	const char *s;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(numbers); i++) {
		make(numbers[i], "d/&<");
		r.limit = 1000;
		buf_init(&out, 1 << 24);
		sections_html(&r, &out, &e);
		s = finish(&e);
		CU_ASSERT_EQUAL(column(strstr(s, "<h2>Members"), 1), 0);
		CU_ASSERT_EQUAL(column(strstr(s, "<h2>Members"), 2), 0);
		CU_ASSERT_EQUAL(column(strstr(s, "<h2>Tensors"), 1), 0);
		CU_ASSERT_EQUAL(column(strstr(s, "<h2>Tensors"), 2), 0);
		CU_ASSERT_EQUAL(strstr(s, "\">4,000 more<") != NULL,
		    numbers[i] == 5000);
		CU_ASSERT_PTR_NOT_NULL(strstr(s, "bytes too many"));
		drop();
	}
}

static void
summary(void)
{
	struct err e = ERR_INIT;
	const char *line;
	size_t most = 0, n;

	make(20, "d/a name that is far too long for what is left of 80 columns"
	    "\n\xFF\xE6\xBC\xA2");
	buf_init(&out, 1 << 20);
	r.limit = UINT64_MAX - 1;
	CU_ASSERT_EQUAL(summary_text(&r, &out, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&out, "", 1, &e), ERR_OK);
	for (line = (char *)out.data; *line != '\0'; line += n + 1) {
		n = strcspn(line, "\n");
		most = n > most ? n : most;
	}
	CU_ASSERT_TRUE(most <= 81);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "(10 more)"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "(container)"));
	drop();
}

static void
file(void)
{
	struct err e = ERR_INIT;
	const char *s;

	make(3, "]]><script>");
	buf_init(&out, 1 << 24);
	picture_body(&r, "a&b", &out, &e);
	s = finish(&e);
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "<title>a&amp;b</title>"));
	CU_ASSERT_PTR_NULL(strstr(s, "data-"));
	CU_ASSERT_PTR_NULL(strstr(s, "]]>"));
	drop();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "maps add up", maps },
		{ "tables add up", tables },
		{ "the summary", summary },
		{ "a file of its own", file },
	};

	return harness_run("picture", tests, HARNESS_COUNT(tests));
}
