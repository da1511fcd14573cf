#include "compare/compare.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "compare/grid.h"
#include "harness.h"
#include "pack/order.h"

#define TEXT_MAX ((size_t)1 << 24)

static struct scan scan;
static struct columns columns;
static struct compare result;

static enum err_code
make_file(void *ctx, int *fd, struct err *e)
{
	int *left = ctx;

	*fd = -1;
	return left != NULL && (*left)-- <= 0 ? ERR_OK : io_temporary(fd, e);
}

/* A text, a tensor of few values, and an empty file. */
static void
open_scan(void)
{
	static const char *const paths[] = { "in" };
	struct scan_request r = { NULL, paths, 1, NULL };
	char head[256];
	struct err e = ERR_INIT;
	uint8_t *p = harness_bytes('t', 4, 20000);
	uint8_t *values = harness_bytes('r', 5, 16000);
	size_t i, n;

	CU_ASSERT_EQUAL(mkdir("in", 0755), 0);
	harness_write("in/a.txt", p, 20000);
	harness_write("in/empty", "", 0);
	n = (size_t)sprintf(head + 8, "{\"w\":{\"dtype\":\"I8\",\"shape\":"
	    "[100,160],\"data_offsets\":[0,16000]}}");
	memset(head, 0, 8);
	head[0] = (char)n;
	memcpy(p, head, 8 + n);
	for (i = 0; i < 16000; i++)
		p[8 + n + i] = (uint8_t)(values[i] % 3 - 1);
	harness_write("in/w.safetensors", p, 8 + n + 16000);
	free(values);
	free(p);
	CU_ASSERT_EQUAL(scan_paths(&r, &scan, &e), ERR_OK);
	CU_ASSERT_EQUAL(order_members(&scan, ORDER_NAME, &e), ERR_OK);
}

static void
set_columns(const char *const *names, size_t n)
{
	struct err e = ERR_INIT;
	size_t i;

	memset(&columns, 0, sizeof(columns));
	for (i = 0; i < n; i++)
		columns_add(&columns, names[i], &e);
	CU_ASSERT_EQUAL(columns_set_baseline(&columns, NULL, &e), ERR_OK);
}

static struct compare_request
request(enum rows_view view)
{
	struct compare_request r = { .scan = &scan, .columns = &columns,
	    .view = view, .target = TARGET_XZ_5_0, .n_threads = 2,
	    .memory = UINT64_MAX, .get = make_file };

	return r;
}

static void
close_all(void)
{
	compare_free(&result);
	columns_free(&columns);
	scan_free(&scan);
}

/* --- the cells --- */

static void
cells(void)
{
	static const char *const names[] = { "xz-1", "delta", "bcj",
	    "xzbundle", "packed" };
	struct compare_request r;
	const struct cell *c;
	struct err e = ERR_INIT;
	size_t i;

	open_scan();
	set_columns(names, 5);
	r = request(ROWS_MEMBERS);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_TRUE(result.complete);
	CU_ASSERT_EQUAL(result.rows.n, 3);
	CU_ASSERT_EQUAL(result.rows.v[0].size, 20000);
	CU_ASSERT_STRING_EQUAL(result.rows.v[1].dtype, "I8");
	CU_ASSERT_EQUAL(result.rows.v[2].kind, ROW_TOTAL);
	for (i = 0; i < 3; i++) {
		c = compare_cell(&result, i, 0);
		CU_ASSERT_EQUAL(c->state, CELL_DONE);
		CU_ASSERT_TRUE(c->size > 60 && c->size < 30000);
		CU_ASSERT_TRUE(c->encode_ns > 0 && c->decode_ns > 0);
		CU_ASSERT_TRUE(c->decoder_memory > 10000);
		CU_ASSERT_EQUAL(compare_cell(&result, i, 2)->state,
		    CELL_NONE);
		CU_ASSERT_EQUAL(compare_cell(&result, i, 3)->state,
		    CELL_DONE);
		CU_ASSERT_TRUE(compare_cell(&result, i, 3)->n_blocks > 0);
	}
	CU_ASSERT_EQUAL(compare_cell(&result, 0, 1)->state, CELL_NONE);
	CU_ASSERT_EQUAL(compare_cell(&result, 1, 1)->state, CELL_DONE);
	CU_ASSERT_TRUE(strncmp(compare_cell(&result, 1, 1)->chain, "delta",
	    5) == 0);
	CU_ASSERT_EQUAL(compare_cell(&result, 0, 4)->state, CELL_NONE);
	CU_ASSERT_EQUAL(compare_cell(&result, 1, 4)->state, CELL_DONE);
	CU_ASSERT_EQUAL(compare_cell(&result, 2, 4)->state, CELL_DONE);
	CU_ASSERT_TRUE(compare_cell(&result, 1, 4)->size <
	    compare_cell(&result, 1, 0)->size);
	CU_ASSERT_EQUAL(compare_best(&result, 1, false), 4);
	CU_ASSERT_NOT_EQUAL(compare_best(&result, 1, true), 4);
	close_all();
}

static void
tensors(void)
{
	static const char *const names[] = { "xz-1", "packed", "xzbundle" };
	struct compare_request r;
	struct err e = ERR_INIT;
	size_t i;

	open_scan();
	set_columns(names, 3);
	r = request(ROWS_TENSORS);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_EQUAL(result.rows.n, 2);
	CU_ASSERT_EQUAL(result.rows.v[0].kind, ROW_MEMBER);
	CU_ASSERT_EQUAL(result.rows.v[1].kind, ROW_TENSOR);
	CU_ASSERT_STRING_EQUAL(result.rows.v[1].tensor, "w");
	CU_ASSERT_EQUAL(result.rows.v[1].size, 16000);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(compare_cell(&result, 1, i)->state,
		    CELL_DONE);
	close_all();
}

/* Presets whose dictionaries are larger than the row are worked on once. */
static void
twins(void)
{
	static const char *const names[] = { "xz-6", "xz-9", "xz-8", "xz-3" };
	struct compare_request r;
	const struct cell *a, *b;
	struct err e = ERR_INIT;
	size_t i;

	open_scan();
	set_columns(names, 4);
	r = request(ROWS_MEMBERS);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_TRUE(result.complete);
	a = compare_cell(&result, 1, 0);
	for (i = 1; i < 3; i++) {
		b = compare_cell(&result, 1, i);
		CU_ASSERT_EQUAL(b->state, CELL_DONE);
		CU_ASSERT_EQUAL(a->size, b->size);
		CU_ASSERT_EQUAL(a->decode_ns, b->decode_ns);
		CU_ASSERT_EQUAL(a->pareto, b->pareto);
		CU_ASSERT_STRING_EQUAL(a->chain, b->chain);
	}
	CU_ASSERT_NOT_EQUAL(a->encode_ns, compare_cell(&result, 1,
	    3)->encode_ns);
	close_all();
}

/* No other one is both smaller and faster to decode. */
static void
pareto(void)
{
	static const char *const names[] = { "xz-0", "xz-6", "xz-9e",
	    "xzbundle", "packed" };
	struct compare_request r;
	const struct cell *a, *b;
	struct err e = ERR_INIT;
	size_t i, k, marked = 0;
	bool beaten;

	open_scan();
	set_columns(names, 5);
	r = request(ROWS_TOTAL);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_EQUAL(result.rows.n, 1);
	for (i = 0; i < 5; i++) {
		a = compare_cell(&result, 0, i);
		beaten = a->state != CELL_DONE;
		for (k = 0; k < 5; k++) {
			b = compare_cell(&result, 0, k);
			beaten |= b->state == CELL_DONE &&
			    b->size < a->size && b->decode_ns < a->decode_ns;
		}
		CU_ASSERT_EQUAL(a->pareto, !beaten);
		marked += a->pareto;
	}
	CU_ASSERT_TRUE(marked > 0);
	CU_ASSERT_TRUE(compare_cell(&result, 0, compare_best(&result, 0,
	    false))->pareto);
	close_all();
}

/* --- what is not done --- */

static enum err_code
make_file_and_stop(void *ctx, int *fd, struct err *e)
{
	atomic_store((atomic_int *)ctx, 1);
	return io_temporary(fd, e);
}

static atomic_int stop;

static void
stop_soon(void *ctx, uint64_t n)
{
	atomic_fetch_add((atomic_uint_fast64_t *)ctx, n);
	if (atomic_load((atomic_uint_fast64_t *)ctx) > 90000)
		atomic_store(&stop, 1);
}

static void
stopped(void)
{
	static const char *const names[] = { "xz-0", "xz-1", "xz-2", "xz-3",
	    "xz-4", "xz-5" };
	atomic_uint_fast64_t sum = 0;
	struct watch w = { .stop = &stop, .advance = stop_soon, .ctx = &sum };
	struct compare_request r;
	struct err e = ERR_INIT;
	size_t i, done = 0;

	open_scan();
	set_columns(names, 6);
	r = request(ROWS_MEMBERS);
	r.watch = &w;
	r.n_threads = 1;
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_FALSE(result.complete);
	for (i = 0; i < 18; i++)
		done += result.cells[i].state == CELL_DONE;
	CU_ASSERT_TRUE(done > 0 && done < 18);
	close_all();
}

/* Stopped while something is packed: nothing is known of that. */
static void
stopped_packing(void)
{
	static const char *const names[] = { "xz-0", "packed" };
	atomic_int now = 0;
	struct watch w = { .stop = &now };
	struct compare_request r;
	struct err e = ERR_INIT;

	open_scan();
	set_columns(names, 2);
	r = request(ROWS_TOTAL);
	r.get = make_file_and_stop;
	r.ctx = &now;
	r.watch = &w;
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_FALSE(result.complete);
	CU_ASSERT_EQUAL(compare_cell(&result, 0, 0)->state, CELL_TODO);
	CU_ASSERT_EQUAL(compare_cell(&result, 0, 1)->state, CELL_TODO);
	close_all();
}

static void
little_memory(void)
{
	static const char *const names[] = { "xz-1", "xz-9" };
	struct compare_request r;
	struct err e = ERR_INIT;

	open_scan();
	set_columns(names, 2);
	r = request(ROWS_MEMBERS);
	r.memory = 100000;
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_EQUAL(compare_cell(&result, 0, 0)->state, CELL_MEMORY);
	CU_ASSERT_TRUE(result.complete);
	close_all();
}

/* One file is for what is being packed, and none is left for the result. */
static void
no_files(void)
{
	static const char *const names[] = { "xz-1", "packed" };
	struct compare_request r;
	struct err e = ERR_INIT;
	int left = 1;

	open_scan();
	set_columns(names, 2);
	r = request(ROWS_MEMBERS);
	r.ctx = &left;
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_TRUE(result.unpacked);
	CU_ASSERT_EQUAL(compare_cell(&result, 1, 1)->state, CELL_NONE);
	close_all();
}

static void
changed(void)
{
	static const char *const names[] = { "xz-1" };
	struct compare_request r;
	struct err e = ERR_INIT;

	open_scan();
	set_columns(names, 1);
	harness_write("in/a.txt", "now short", 9);
	r = request(ROWS_MEMBERS);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "a.txt"));
	close_all();
}

/* A codec that keeps bytes as they are, and gives back other ones. */
static int lie;

static enum err_code
keep(const struct codec_job *j, struct buf *out, struct err *e)
{
	if (buf_reserve(out, (size_t)j->size, e) != ERR_OK)
		return e->code;
	out->size = (size_t)j->size;
	return j->src->read(j->src->ctx, j->off, out->data, out->size, e);
}

static enum err_code
give(const uint8_t *p, size_t n, const struct codec_sink *s, struct err *e)
{
	uint8_t other = p[n - 1] ^ 1;

	if (lie == 4)
		return err_nomem(e);
	s->put(s->ctx, p, n - 1, e);
	if (lie != 1)
		s->put(s->ctx, lie == 2 ? &other : p + n - 1, 1, e);
	if (lie == 3)
		s->put(s->ctx, &other, 1, e);
	return e->code;
}

static uint64_t
little(int level, uint64_t size)
{
	(void)level;
	return size;
}

static void
lies(void)
{
	static const char *const says[] = { "", "less", "something else",
	    "more", "" };
	const struct codec kept = { .name = "keep", .cost = 1,
	    .encode = keep, .decode = give, .memory = little };
	struct compare_request r;

	open_scan();
	for (lie = 0; lie < 5; lie++) {
		struct err e = ERR_INIT;

		set_columns(NULL, 0);
		columns.v[0].name = strdup("keep");
		columns.v[0].kind = COLUMN_CODEC;
		columns.v[0].codec = &kept;
		columns.n = 1;
		r = request(ROWS_MEMBERS);
		CU_ASSERT_EQUAL(compare_make(&r, &result, &e), lie % 4 == 0 ?
		    ERR_OK : ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, says[lie]));
		CU_ASSERT_TRUE(lie % 4 == 0 || HARNESS_SAYS(&e, "keep: "));
		/* No memory is no lie. */
		if (lie == 4)
			CU_ASSERT_EQUAL(compare_cell(&result, 0, 0)->state,
			    CELL_MEMORY);
		compare_free(&result);
		columns_free(&columns);
	}
	close_all();
}

/* --- as text and data --- */

static void
append(struct buf *b, enum err_code (*print)(const struct grid_request *,
    struct buf *, struct err *), const struct grid_request *r, struct err *e)
{
	buf_init(b, TEXT_MAX);
	CU_ASSERT_EQUAL(print(r, b, e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(b, "", 1, e), ERR_OK);
}

static void
check_lines(const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		CU_ASSERT_TRUE(n <= 80);
	}
}

static void
forms(void)
{
	static const char *const names[] = { "xz-6", "xz-1", "delta",
	    "xzbundle", "packed" };
	struct compare_request r;
	struct advice advice;
	struct grid_request g = { &result, &advice, "in\n\x01", GRID_SIZE,
	    false };
	struct err e = ERR_INIT;
	struct buf b;
	json_t *root;

	open_scan();
	set_columns(names, 5);
	columns_add_chain(&columns, NULL, "delta:dist=16 lzma2:preset=1,"
	    "dict=64KiB,lc=1", &e);
	r = request(ROWS_MEMBERS);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_EQUAL(advice_make(&result, &advice, &e), ERR_OK);
	CU_ASSERT_TRUE(advice.together);
	CU_ASSERT_EQUAL(advice.packed, 4);
	CU_ASSERT_EQUAL(advice.rival, ADVICE_NONE);
	CU_ASSERT_TRUE(advice.has[0]);
	append(&b, grid_text, &g, &e);
	check_lines((const char *)b.data);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)b.data, "\nin/a.txt: "));
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)b.data, "(order-0"));
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)b.data,
	    "- With packed weights"));
	buf_free(&b);
	g.best = true;
	append(&b, grid_text, &g, &e);
	check_lines((const char *)b.data);
	/* The largest row first: the bundle. */
	CU_ASSERT_TRUE(strstr((const char *)b.data, "the bundle") <
	    strstr((const char *)b.data, "in/a.txt"));
	buf_free(&b);
	append(&b, grid_tsv, &g, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)b.data,
	    "in\\x0a\\x01\tmember\tin/a.txt\t-\t20000\t"));
	buf_free(&b);
	append(&b, grid_json, &g, &e);
	root = json_loads((const char *)b.data, 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "rows")), 3);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "columns")), 6);
	json_decref(root);
	buf_free(&b);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	advice_free(&advice);
	close_all();
}

/* Of cells that are made up: rivals, and what is missing. */
static void
advised(void)
{
	static const char *const names[] = { "xz-9", "xzbundle" };
	struct codec missing = codec_zlib, rival = codec_zlib;
	struct column *c;
	struct compare_request r;
	struct advice advice;
	struct err e = ERR_INIT;
	struct buf b;

	open_scan();
	set_columns(names, 2);
	missing.name = "nothere";
	missing.encode = NULL;
	rival.name = "rival";
	for (c = &columns.v[2]; columns.n < 4; c++, columns.n++) {
		c->kind = COLUMN_CODEC;
		c->name = strdup(columns.n == 2 ? "nothere" : "rival");
		c->codec = columns.n == 2 ? &missing : &rival;
		c->needs = "a library";
	}
	r = request(ROWS_TOTAL);
	columns.n = 2;
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	columns.n = 4;
	result.cells = realloc(result.cells, 4 * sizeof(*result.cells));
	memset(&result.cells[2], 0, 2 * sizeof(*result.cells));
	result.cells[2].state = CELL_MISSING;
	result.cells[3] = result.cells[1];
	result.cells[3].chain = NULL;
	result.cells[3].size -= 100;
	CU_ASSERT_EQUAL(advice_make(&result, &advice, &e), ERR_OK);
	CU_ASSERT_EQUAL(advice.rival, 3);
	CU_ASSERT_FALSE(advice.has[2]);
	buf_init(&b, TEXT_MAX);
	advice_text(&result, &advice, &b, &e);
	buf_append(&b, "", 1, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "- rival is smaller, "
	    "by 100 bytes"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "needs a library"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "nothere (zlib1g"));
	check_lines((char *)b.data);
	buf_free(&b);
	advice_free(&advice);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	close_all();
}

/* A user's names of columns are of any length. */
static void
long_names(void)
{
	static const char *const chains[] = { "lzma2:preset=0,lc=0,nice=8",
	    "lzma2:preset=0,nice=8", "lzma2:preset=6" };
	char names[3][400];
	struct compare_request r;
	struct advice advice;
	struct err e = ERR_INIT;
	struct buf b;
	size_t i;

	open_scan();
	memset(&columns, 0, sizeof(columns));
	for (i = 0; i < 3; i++) {
		memset(names[i], 'a' + (int)i, sizeof(names[i]));
		names[i][sizeof(names[i]) - 1] = '\0';
	}
	memcpy(names[0], "xz -", 4);
	for (i = 0; i < 3; i++)
		columns_add_chain(&columns, names[i], chains[i], &e);
	columns.baseline = 1;
	r = request(ROWS_TOTAL);
	CU_ASSERT_EQUAL(compare_make(&r, &result, &e), ERR_OK);
	CU_ASSERT_EQUAL(advice_make(&result, &advice, &e), ERR_OK);
	CU_ASSERT_EQUAL(advice.usual, 0);
	CU_ASSERT_EQUAL(advice.use, 2);
	buf_init(&b, TEXT_MAX);
	advice_lines(&result, &advice, &b, &e);
	buf_append(&b, "", 1, &e);
	for (i = 0; i < 3; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, names[i]));
	buf_free(&b);
	advice_free(&advice);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	close_all();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "cells", cells },
		{ "tensors", tensors },
		{ "twins", twins },
		{ "pareto marks", pareto },
		{ "stopped", stopped },
		{ "stopped while packing", stopped_packing },
		{ "little memory", little_memory },
		{ "no files left", no_files },
		{ "a file that changes", changed },
		{ "what is decoded wrongly", lies },
		{ "text and data", forms },
		{ "advice", advised },
		{ "long names of columns", long_names },
	};

	return harness_run("compare", tests, HARNESS_COUNT(tests));
}
