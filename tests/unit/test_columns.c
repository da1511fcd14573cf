#include "compare/columns.h"

#include <string.h>

#include "harness.h"

static const char *
line(char *to, const struct columns *c)
{
	size_t i, n = 0;

	to[0] = '\0';
	for (i = 0; i < c->n; i++)
		n += (size_t)sprintf(to + n, "%s%s", i > 0 ? "|" : "",
		    c->v[i].name);
	return to;
}

static void
usual(void)
{
	struct columns c;
	struct err e = ERR_INIT;
	char text[1024];

	memset(&c, 0, sizeof(c));
	CU_ASSERT_EQUAL(columns_default(&c, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(line(text, &c), "zlib -9|bzip2 -9|zstd -22|"
	    "brotli -q 11|xz -6|xz -9|xz -9e|delta + xz -9e|BCJ + xz -9e|"
	    "xzbundle|xzbundle --pack");
	CU_ASSERT_EQUAL(columns_set_baseline(&c, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(c.v[c.baseline].kind, COLUMN_CODEC);
	CU_ASSERT_TRUE(columns_available(&c.v[c.baseline]));
	CU_ASSERT_EQUAL(columns_set_baseline(&c, "xz-9e", &e), ERR_OK);
	CU_ASSERT_EQUAL(c.baseline, 6);
	CU_ASSERT_EQUAL(columns_set_baseline(&c, "xz -6", &e), ERR_OK);
	CU_ASSERT_EQUAL(c.baseline, 4);
	CU_ASSERT_EQUAL(columns_set_baseline(&c, "packed", &e), ERR_OK);
	CU_ASSERT_EQUAL(c.baseline, 10);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(columns_set_baseline(&c, "xz-3", &e), ERR_USAGE);
	columns_free(&c);
}

static void
by_name(void)
{
	static const char *const bad[] = { "", "xz-", "xz-10", "xz-9f",
	    "xz-9e5", "xy", "lzma", "delta-2", "default" };
	struct columns c;
	struct err e = ERR_INIT;
	size_t i;

	memset(&c, 0, sizeof(c));
	CU_ASSERT_EQUAL(columns_add(&c, "xz-3e", &e), ERR_OK);
	CU_ASSERT_EQUAL(columns_add(&c, "xz", &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(c.v[0].name, "xz -3e");
	CU_ASSERT_STRING_EQUAL(c.v[1].name, "xz -9e");
	CU_ASSERT_EQUAL(columns_find(&c, "xz -9e"), 1);
	CU_ASSERT_EQUAL(columns_find(&c, "xz"), 2);
	/* The first codec that there is, or else the first column. */
	CU_ASSERT_EQUAL(columns_set_baseline(&c, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(c.baseline, 0);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	for (i = 0; i < HARNESS_COUNT(bad); i++) {
		struct err own = ERR_INIT;

		CU_ASSERT_EQUAL(columns_add(&c, bad[i], &own), ERR_USAGE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&own, bad[i]));
		own = (struct err)ERR_INIT;
		CU_ASSERT_EQUAL(columns_check(bad[i], &own), strcmp(bad[i],
		    "default") == 0 ? ERR_OK : ERR_USAGE);
	}
	CU_ASSERT_EQUAL(columns_add(&c, "xz-9e", &e), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "twice"));
	CU_ASSERT_EQUAL(c.n, 2);
	columns_free(&c);
}

static void
read_text(struct columns *c, const char *s, size_t n, struct err *e)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_append(&text, s, n, e);
	columns_add_text(c, &text, e);
	buf_free(&text);
}

static void
from_a_file(void)
{
	static const char good[] = "# chains\n\n  6e \n"
	    "small: lzma2:dict=4KiB,lc=0\t# for weights\n"
	    "delta:dist=2 lzma2:preset=9e\r\nbcj: x86 lzma2";
	static const char bad[] = "6e\n\n  lzma2:lc=9\n";
	struct columns c;
	struct err e = ERR_INIT, wrong = ERR_INIT, nul = ERR_INIT;
	char text[1024];

	memset(&c, 0, sizeof(c));
	read_text(&c, good, sizeof(good) - 1, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_STRING_EQUAL(line(text, &c), "6e|small|"
	    "delta:dist=2 lzma2:preset=9e|bcj");
	CU_ASSERT_EQUAL(c.v[1].chain.lzma.dict_size, 4096);
	CU_ASSERT_EQUAL(c.v[3].chain.n_pre, 1);
	columns_free(&c);
	read_text(&c, bad, sizeof(bad) - 1, &wrong);
	CU_ASSERT_EQUAL(wrong.code, ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&wrong, "line 3: "));
	columns_free(&c);
	read_text(&c, "6e\0x", 4, &nul);
	CU_ASSERT_EQUAL(nul.code, ERR_USAGE);
	columns_free(&c);
}

static void
too_many(void)
{
	struct columns c;
	struct err e = ERR_INIT;
	char name[16];
	size_t i;

	memset(&c, 0, sizeof(c));
	for (i = 0; i <= COLUMNS_MAX && e.code == ERR_OK; i++) {
		sprintf(name, "c%zu", i);
		columns_add_chain(&c, name, "6", &e);
	}
	CU_ASSERT_EQUAL(e.code, ERR_USAGE);
	CU_ASSERT_EQUAL(c.n, COLUMNS_MAX);
	columns_free(&c);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the usual ones", usual },
		{ "by name", by_name },
		{ "from a file", from_a_file },
		{ "too many", too_many },
	};

	return harness_run("columns", tests, HARNESS_COUNT(tests));
}
