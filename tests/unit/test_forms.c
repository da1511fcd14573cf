/* The text, TSV and JSON of a breakdown. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "report/json.h"
#include "report/table.h"

#define CHAIN_0 "lzma2:dict=4KiB,lc=0,lp=0,pb=0"
#define CHAIN_1 "delta:dist=2 lzma2:dict=64KiB"

/* A breakdown made up by hand. */
static struct xzblock xz_blocks[2];
static const struct xzread xz = {
	.file_size = 1234, .blocks = xz_blocks, .n_blocks = 2,
};
static char chain_0[] = CHAIN_0, chain_1[] = CHAIN_1;
static char *chains[] = { chain_0, chain_1 };
static struct breakdown_block blocks[] = {
	{ 2000, 1000, 800, 3, 2, CHAIN_0, "a\n" },
	{ 512, 34, 0, 0, 0, CHAIN_1, NULL },
};
static struct breakdown_row rows[] = {
	{ PART_TENSOR, "a\n", "w\t\xFF", "F16", NULL, 1000, 500, 400, true, true,
	    0, 2 },
	{ PART_TENSOR, "a\n", NULL, NULL, NULL, 10, 20, 0, true, false, 1, 2 },
	{ PART_REST, "a\n", NULL, NULL, NULL, 0, 80, 0, false, true, 0, 0 },
	{ PART_MEMBER, "b", NULL, NULL, NULL, 990, 400, 300, true, false, 0, 1 },
};
static const struct breakdown all = {
	.xz = &xz, .blocks = blocks, .rows = rows, .n_rows = 4,
	.chains = chains, .blocks_container = 200, .rows_container = 234,
	.data_size = 2000,
};

typedef enum err_code printer(const struct breakdown *, struct buf *,
    struct err *);

static void
prints(printer *print, const char *wanted)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 1 << 20);
	CU_ASSERT_EQUAL(print(&all, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&b, "", 1, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(b.data, wanted);
	buf_free(&b);
}

static void
text(void)
{
	prints(table_blocks_text,
	    " BLOCK          RAW       PACKED        BOUND     OVER MEMBERS "
	    "TENSORS  CHAIN                                 NAME\n"
	    "     1         2000         1000          800  +25.00%       3 "
	    "      2  " CHAIN_0 "        a\\x0a (+2 more)\n"
	    "     2          512           34            0        -       0 "
	    "      0  " CHAIN_1 "         (no data of members)\n"
	    "     -            0          200            0        -       - "
	    "      -                                        (container: "
	    "Stream Header, Index, Footer)\n"
	    "     -         2512         1234          800  +54.25%       - "
	    "      -                                        (total)\n");
	prints(table_tensors_text,
	    "         RAW       PACKED   RATIO   BITS        BOUND  DTYPE   "
	    "  CHAIN                                 NAME\n"
	    "        1000         ~500  0.5000  4.000          400  F16     "
	    "  " CHAIN_0 " + " CHAIN_1 "  a\\x0a: w\\x09\\xff\n"
	    "          10           20  2.0000 16.000            0  -       "
	    "  " CHAIN_1 "         a\\x0a: (numbers)\n"
	    "           0          ~80       -      -            -  -       "
	    "  -                                     a\\x0a: (rest)\n"
	    "         990          400  0.4040  3.232          300  -       "
	    "  " CHAIN_0 "        b\n"
	    "           0          234       -      -            -  -       "
	    "  -                                     (container: headers, "
	    "Index, Footer, tar end)\n"
	    "        2000         1234  0.6170  4.936            -  -       "
	    "  -                                     (total)\n");
}

static void
tsv(void)
{
	prints(table_blocks_tsv,
	    "#kind\tblock\traw\tpacked\tbound\tover\tmembers\ttensors\t"
	    "chain\tname\n"
	    "block\t1\t2000\t1000\t800\t0.250000\t3\t2\t" CHAIN_0
	    "\ta\\x0a\n"
	    "block\t2\t512\t34\t0\t-\t0\t0\t" CHAIN_1 "\t-\n"
	    "container\t-\t0\t200\t0\t-\t-\t-\t-\t-\n"
	    "total\t-\t2512\t1234\t800\t0.542500\t-\t-\t-\t-\n");
	prints(table_tensors_tsv,
	    "#kind\tmember\ttensor\tdtype\traw\tpacked\tratio\tbits\t"
	    "bound\tchain\tapportioned\tpacking\n"
	    "tensor\ta\\x0a\tw\\x09\\xff\tF16\t1000\t500\t0.500000\t"
	    "4.000000\t400\t" CHAIN_0 " + " CHAIN_1 "\t1\t-\n"
	    "tensor\ta\\x0a\t-\t-\t10\t20\t2.000000\t16.000000\t0\t"
	    CHAIN_1 "\t0\t-\n"
	    "rest\ta\\x0a\t-\t-\t0\t80\t-\t-\t-\t-\t1\t-\n"
	    "member\tb\t-\t-\t990\t400\t0.404040\t3.232323\t300\t" CHAIN_0
	    "\t0\t-\n"
	    "container\t-\t-\t-\t0\t234\t-\t-\t-\t-\t-\t-\n"
	    "total\t-\t-\t-\t2000\t1234\t0.617000\t4.936000\t-\t-\t-\t-\n");
}

static void
json(void)
{
	prints(json_blocks,
	    "{\n \"file_bytes\": 1234,\n \"container_bytes\": 200,\n"
	    " \"block_rows\": [\n"
	    "  {\"block\": 1, \"raw_bytes\": 2000, "
	    "\"packed_bytes\": 1000, \"bound_bytes\": 800, "
	    "\"over\": 0.25, \"members\": 3, \"tensors\": 2, "
	    "\"chain\": \"" CHAIN_0 "\", \"name\": \"a\\n\"},\n"
	    "  {\"block\": 2, \"raw_bytes\": 512, "
	    "\"packed_bytes\": 34, \"bound_bytes\": 0, "
	    "\"over\": null, \"members\": 0, \"tensors\": 0, "
	    "\"chain\": \"" CHAIN_1 "\", \"name\": null}\n"
	    " ]\n}\n");
}

#define TENSOR_JSON "  {\"kind\": \"tensor\", " \
    "\"member\": \"a\\n\", \"tensor\": \"w\\\\x09\\\\xff\", " \
    "\"tensor_hex\": \"7709ff\", \"dtype\": \"F16\", " \
    "\"packing\": null, " \
    "\"raw_bytes\": 1000, \"packed_bytes\": 500, " \
    "\"ratio\": 0.5, \"bits_per_byte\": 4.0, " \
    "\"bound_bytes\": 400, \"chain\": \"" CHAIN_0 " + " CHAIN_1 \
    "\", \"apportioned\": true}"
#define REST_JSON "  {\"kind\": \"rest\", " \
    "\"member\": \"a\\n\", \"tensor\": null, " \
    "\"dtype\": null, \"packing\": null, " \
    "\"raw_bytes\": 0, " \
    "\"packed_bytes\": 80, \"ratio\": null, " \
    "\"bits_per_byte\": null, \"bound_bytes\": null, " \
    "\"chain\": null, \"apportioned\": true}"

static void
json_of_tensors(void)
{
	struct err e = ERR_INIT;
	const char *s;
	struct buf b;

	buf_init(&b, 1 << 20);
	CU_ASSERT_EQUAL(json_tensors(&all, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&b, "", 1, &e), ERR_OK);
	s = (const char *)b.data;
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "{\n \"file_bytes\": 1234,\n "
	    "\"container_bytes\": 234,\n \"tensor_rows\": [\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, TENSOR_JSON ",\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, REST_JSON ",\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "\"kind\": \"member\""));
	buf_free(&b);
}

/* A packed tensor, and so a column in the text. */
static void
packed(void)
{
	struct breakdown_row row = rows[0];
	struct breakdown b = all;
	struct err e = ERR_INIT;
	struct buf to;

	row.packing = "base3";
	b.rows = &row;
	b.n_rows = 1;
	b.any_packed = true;
	buf_init(&to, 1 << 20);
	CU_ASSERT_EQUAL(table_tensors_text(&b, &to, &e), ERR_OK);
	CU_ASSERT_EQUAL(table_tensors_tsv(&b, &to, &e), ERR_OK);
	CU_ASSERT_EQUAL(json_tensors(&b, &to, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&to, "", 1, &e), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)to.data, "  DTYPE     PACKING  "
	    "CHAIN   "));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)to.data, "  F16       base3    "
	    CHAIN_0));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)to.data, CHAIN_1
	    "\t1\tbase3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)to.data,
	    "\"packing\": \"base3\","));
	buf_free(&to);
}

/* A buffer that is full anywhere is an error, in each form. */
static void
no_room(void)
{
	static printer *const printers[] = { table_blocks_text,
	    table_blocks_tsv, json_blocks, table_tensors_text,
	    table_tensors_tsv, json_tensors };
	struct err e = ERR_INIT;
	size_t i, size, passed = 0;
	struct buf b;

	for (i = 0; i < HARNESS_COUNT(printers); i++) {
		buf_init(&b, 1 << 20);
		CU_ASSERT_EQUAL(printers[i](&all, &b, &e), ERR_OK);
		size = b.size;
		buf_free(&b);
		for (; size > 0; size--) {
			struct err full = ERR_INIT;

			buf_init(&b, size - 1);
			passed += printers[i](&all, &b, &full) != ERR_FAIL;
			buf_free(&b);
		}
	}
	CU_ASSERT_EQUAL(passed, 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "text", text },
		{ "TSV", tsv },
		{ "JSON", json },
		{ "JSON of tensors", json_of_tensors },
		{ "packed", packed },
		{ "no room", no_room },
	};

	return harness_run("forms", tests, HARNESS_COUNT(tests));
}
