#include "report/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define N_BLOCKS 3

/* An account made up by hand: 4 members in 3 Blocks. */
static struct xzblock blocks[N_BLOCKS] = {
	{ .check = LZMA_CHECK_CRC32 }, { .check = LZMA_CHECK_SHA256 },
	{ .check = LZMA_CHECK_CRC64 },
};
static const struct xzread xz = {
	.file_size = 12345, .blocks = blocks, .n_blocks = N_BLOCKS,
};
static char chain_0[] = "lzma2:dict=4KiB,lc=0,lp=0,pb=0";
static char chain_1[] = "delta:dist=2 lzma2:dict=64KiB";
static char chain_2[] = "x86 lzma2:dict=8MiB,lc=3,lp=0,pb=2";
static char *chains[N_BLOCKS] = { chain_0, chain_1, chain_2 };

static struct tarread_member members[] = {
	{ .name = (char[]){ "d" }, .type = TARREAD_DIR },
	{ .name = (char[]){ "d/weights.bin" }, .size = 10000 },
	{ .name = (char[]){ "d/sym" }, .link = (char[]){ "weights.bin" },
	    .type = TARREAD_SYMLINK },
	{ .name = (char[]){ "d/hard" }, .link = (char[]){ "d/weights.bin" },
	    .type = TARREAD_HARDLINK },
};
static struct account_row rows[] = {
	{ 100, true, 0, 1 },
	{ 7501, true, 0, 2 },
	{ 5, false, 1, 2 },
	{ 6, false, 2, 3 },
};
static struct tarread_toc toc = { members, 4, 12288 };
static struct account plain = {
	&xz, &toc, rows, chains, 4733, 10000
};

/* --- what the tests share --- */

static struct buf out;

/* Format a; the result is a string until the next drop(). */
static const char *
format(enum err_code (*as)(const struct account *, struct buf *,
    struct err *), const struct account *a)
{
	struct err e = ERR_INIT;

	buf_init(&out, 1 << 20);
	CU_ASSERT_EQUAL(as(a, &out, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&out, "", 1, &e), ERR_OK);
	CU_ASSERT_EQUAL(strlen((char *)out.data), out.size - 1);
	return (const char *)out.data;
}

static void
drop(void)
{
	buf_free(&out);
}

static size_t
count(const char *s, char c)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == c;
	return n;
}

/* Copy line i (0-based) of s into line[size]. */
static void
get_line(const char *s, size_t i, char *line, size_t size)
{
	for (; i > 0 && s != NULL; i--) {
		s = strchr(s, '\n');
		s = s != NULL ? s + 1 : NULL;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	snprintf(line, size, "%.*s", (int)strcspn(s, "\n"), s);
}

/* Copy field i (0-based) of a line of TSV into field[size]. */
static void
get_field(const char *line, size_t i, char *field, size_t size)
{
	for (; i > 0 && line != NULL; i--) {
		line = strchr(line, '\t');
		line = line != NULL ? line + 1 : NULL;
	}
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	snprintf(field, size, "%.*s", (int)strcspn(line, "\t"), line);
}

/* An account of one file with that name, and link if not NULL. */
static void
one(struct account *a, struct tarread_toc *t, struct tarread_member *m,
    char *name, char *link)
{
	memset(m, 0, sizeof(*m));
	m->name = name;
	m->link = link;
	m->type = link != NULL ? TARREAD_SYMLINK : TARREAD_FILE;
	*t = (struct tarread_toc){ m, 1, 512 };
	*a = plain;
	a->toc = t;
}

/* --- the tests --- */

static void
types(void)
{
	CU_ASSERT_STRING_EQUAL(table_type(TARREAD_FILE), "file");
	CU_ASSERT_STRING_EQUAL(table_type(TARREAD_DIR), "dir");
	CU_ASSERT_STRING_EQUAL(table_type(TARREAD_SYMLINK), "symlink");
	CU_ASSERT_STRING_EQUAL(table_type(TARREAD_HARDLINK), "hardlink");
	CU_ASSERT_STRING_EQUAL(table_type(TARREAD_OTHER), "other");
}

static void
text(void)
{
	static const char wanted[] =
	    "         RAW       PACKED   RATIO   BITS  CHECK   CHAIN"
	    "                                 NAME\n"
	    "           0         ~100       -      -  crc32   "
	    "lzma2:dict=4KiB,lc=0,lp=0,pb=0        d/\n"
	    "       10000        ~7501  0.7501  6.001  crc32   "
	    "lzma2:dict=4KiB,lc=0,lp=0,pb=0 + "
	    "delta:dist=2 lzma2:dict=64KiB  d/weights.bin\n"
	    "           0            5       -      -  sha256  "
	    "delta:dist=2 lzma2:dict=64KiB         "
	    "d/sym -> weights.bin\n"
	    "           0            6       -      -  crc64   "
	    "x86 lzma2:dict=8MiB,lc=3,lp=0,pb=2    "
	    "d/hard == d/weights.bin\n"
	    "           0         4733       -      -          3 Blocks"
	    "                              "
	    "(container: headers, Index, Footer, tar end)\n"
	    "       10000        12345  1.2345  9.876          4 members"
	    "                             (total)\n";

	CU_ASSERT_STRING_EQUAL(format(table_text, &plain), wanted);
	drop();
}

static void
tsv(void)
{
	static const char wanted[] =
	    "#kind\tname\ttype\traw\tpacked\tratio\tbits\tchain\tcheck\t"
	    "apportioned\n"
	    "member\td\tdir\t0\t100\t-\t-\tlzma2:dict=4KiB,lc=0,lp=0,pb=0"
	    "\tcrc32\t1\n"
	    "member\td/weights.bin\tfile\t10000\t7501\t0.750100\t6.000800\t"
	    "lzma2:dict=4KiB,lc=0,lp=0,pb=0 + delta:dist=2 "
	    "lzma2:dict=64KiB\tcrc32\t1\n"
	    "member\td/sym\tsymlink\t0\t5\t-\t-\t"
	    "delta:dist=2 lzma2:dict=64KiB\tsha256\t0\n"
	    "member\td/hard\thardlink\t0\t6\t-\t-\t"
	    "x86 lzma2:dict=8MiB,lc=3,lp=0,pb=2\tcrc64\t0\n"
	    "container\t-\t-\t0\t4733\t-\t-\t-\t-\t-\n"
	    "total\t-\t-\t10000\t12345\t1.234500\t9.876000\t-\t-\t-\n";

	CU_ASSERT_STRING_EQUAL(format(table_tsv, &plain), wanted);
	drop();
}

/* Every line has ten fields, and the packed column adds up. */
static void
tsv_columns(void)
{
	const char *s = format(table_tsv, &plain);
	char line[400], field[400];
	uint64_t sum = 0, packed;
	size_t i;

	CU_ASSERT_EQUAL(count(s, '\n'), 7);
	for (i = 0; i < 7; i++) {
		get_line(s, i, line, sizeof(line));
		CU_ASSERT_EQUAL(count(line, '\t'), 9);
		get_field(line, 4, field, sizeof(field));
		packed = strtoull(field, NULL, 10);
		get_field(line, 0, field, sizeof(field));
		CU_ASSERT_STRING_EQUAL(field, i == 0 ? "#kind" : i == 5 ?
		    "container" : i == 6 ? "total" : "member");
		if (i < 6)
			sum += packed;
		else
			CU_ASSERT_EQUAL(sum, packed);
	}
	drop();
}

static const struct {
	const char *name;
	const char *shown;
} names[] = {
	{ "plain name, 100%s %n \"'$`", "plain name, 100%s %n \"'$`" },
	{ "\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80",
	    "\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80" },
	{ "a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd" },
	{ "\x1B[2J\x07\x7F\x01\x1F", "\\x1b[2J\\x07\\x7f\\x01\\x1f" },
	{ "back\\slash\\x41", "back\\\\slash\\\\x41" },
	{ "c1\xC2\x9B" "31m", "c1\\xc2\\x9b31m" },
	{ "bidi\xE2\x80\xAEgpj", "bidi\\xe2\\x80\\xaegpj" },
	{ "line\xE2\x80\xA8sep", "line\\xe2\\x80\\xa8sep" },
	{ "\xFF\xFE", "\\xff\\xfe" },
	{ "cut\xE6\x97", "cut\\xe6\\x97" },
	{ "over\xC0\xAFlong", "over\\xc0\\xaflong" },
	{ "surrogate\xED\xA0\x80", "surrogate\\xed\\xa0\\x80" },
	{ "", "" },
	{ "a -> b", "a\\x20-> b" }, { "a == b", "a\\x20== b" },
	{ " a  b ", "\\x20a\\x20 b\\x20" }, { "a (+2 more)",
	    "a\\x20(+2 more)" },
	{ "a: b", "a:\\x20b" }, { "a (1)->b - > = (", "a (1)->b - > = (" },
};

/* No name breaks a line or a field, or reaches the terminal as it is. */
static void
escaped(void)
{
	char name[64], link[64], line[600], field[600], wanted[600];
	struct tarread_member m;
	struct tarread_toc t;
	struct account a;
	const char *s;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(names); i++) {
		strcpy(name, names[i].name);
		strcpy(link, names[i].name);
		one(&a, &t, &m, name, link);
		s = format(table_tsv, &a);
		CU_ASSERT_EQUAL(count(s, '\n'), 4);
		get_line(s, 1, line, sizeof(line));
		CU_ASSERT_EQUAL(count(line, '\t'), 9);
		get_field(line, 1, field, sizeof(field));
		CU_ASSERT_STRING_EQUAL(field, names[i].shown);
		drop();
		s = format(table_text, &a);
		CU_ASSERT_EQUAL(count(s, '\n'), 4);
		CU_ASSERT_EQUAL(count(s, '\t'), 0);
		get_line(s, 1, line, sizeof(line));
		snprintf(wanted, sizeof(wanted), "  %s -> %s",
		    names[i].shown, names[i].shown);
		CU_ASSERT_TRUE(strlen(line) > strlen(wanted));
		CU_ASSERT_STRING_EQUAL(line + strlen(line) - strlen(wanted),
		    wanted);
		drop();
	}
}

/* Every byte that a name can have, one at a time. */
static void
every_byte(void)
{
	char name[2] = "", line[400], field[400], wanted[8];
	struct tarread_member m;
	struct tarread_toc t;
	struct account a;
	int c;

	for (c = 1; c < 256; c++) {
		name[0] = (char)c;
		one(&a, &t, &m, name, NULL);
		get_line(format(table_tsv, &a), 1, line, sizeof(line));
		get_field(line, 1, field, sizeof(field));
		if (c == '\\')
			snprintf(wanted, sizeof(wanted), "\\\\");
		else if (c > ' ' && c < 0x7F)
			snprintf(wanted, sizeof(wanted), "%c", c);
		else
			snprintf(wanted, sizeof(wanted), "\\x%02x",
			    (unsigned int)c);
		CU_ASSERT_STRING_EQUAL(field, wanted);
		drop();
	}
}

/* The names of a table begin in one column. */
static void
text_columns(void)
{
	struct account_row row = { UINT64_C(999999999999), false, 0, 1 };
	struct tarread_member m;
	struct tarread_toc t;
	struct account a;
	char line[400];
	const char *s;
	size_t at, i;

	one(&a, &t, &m, chain_0, NULL);
	m.name = members[0].name;
	m.size = UINT64_C(123456789012);
	a.rows = &row;
	s = format(table_text, &a);
	get_line(s, 0, line, sizeof(line));
	CU_ASSERT_PTR_NOT_NULL_FATAL(strstr(line, "NAME"));
	at = (size_t)(strstr(line, "NAME") - line);
	for (i = 1; i < 4; i++) {
		static const char *const last[] = { "", "d", "(container",
		    "(total)" };

		get_line(s, i, line, sizeof(line));
		CU_ASSERT_TRUE_FATAL(strlen(line) > at);
		CU_ASSERT_EQUAL(strncmp(line + at, last[i],
		    strlen(last[i])), 0);
		CU_ASSERT_EQUAL(line[at - 1], ' ');
	}
	get_line(s, 1, line, sizeof(line));
	CU_ASSERT_EQUAL(strncmp(line, "123456789012 999999999999  8.1000 "
	    "64.800  crc32   ", 50), 0);
	drop();
}

/* Ratios: rounded, of nothing, and of a huge file. */
static void
ratios(void)
{
	static const struct {
		uint64_t raw, packed;
		const char *ratio, *bits;
	} cases[] = {
		{ 0, 0, "-", "-" },
		{ 0, 7, "-", "-" },
		{ 3, 0, "0.000000", "0.000000" },
		{ 3, 1, "0.333333", "2.666667" },
		{ 3, 2, "0.666667", "5.333333" },
		{ 1, 200, "200.000000", "1600.000000" },
		{ UINT64_C(1) << 62, UINT64_C(1) << 61, "0.500000",
		    "4.000000" },
	};
	struct account_row row = { 0, false, 0, 1 };
	char line[400], field[400];
	struct tarread_member m;
	struct tarread_toc t;
	struct account a;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		one(&a, &t, &m, chain_0, NULL);
		m.size = cases[i].raw;
		row.packed_size = cases[i].packed;
		a.rows = &row;
		get_line(format(table_tsv, &a), 1, line, sizeof(line));
		get_field(line, 5, field, sizeof(field));
		CU_ASSERT_STRING_EQUAL(field, cases[i].ratio);
		get_field(line, 6, field, sizeof(field));
		CU_ASSERT_STRING_EQUAL(field, cases[i].bits);
		drop();
	}
}

/* One Block is no "Blocks", and nothing at all is a table, too. */
static void
numbers(void)
{
	static const struct xzread single = {
		.file_size = 500, .blocks = blocks, .n_blocks = 1,
	};
	static const struct xzread none = { .file_size = 32 };
	struct tarread_member m;
	struct tarread_toc t;
	struct account a;
	const char *s;

	one(&a, &t, &m, chain_0, NULL);
	a.xz = &single;
	s = format(table_text, &a);
	CU_ASSERT_PTR_NOT_NULL(strstr(s, " 1 Block "));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, " 1 member "));
	drop();
	t.n_members = 0;
	a.xz = &none;
	a.container_size = 32;
	a.raw_size = 0;
	s = format(table_text, &a);
	CU_ASSERT_EQUAL(count(s, '\n'), 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(s, " 0 Blocks "));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, " 0 members "));
	drop();
	s = format(table_tsv, &a);
	CU_ASSERT_EQUAL(count(s, '\n'), 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "\ntotal\t-\t-\t0\t32\t-\t-\t-\t"
	    "-\t-\n"));
	drop();
}

/* A buffer that is too small at any place is an error, not a cut table. */
static void
no_room(void)
{
	static enum err_code (*const as[])(const struct account *,
	    struct buf *, struct err *) = { table_text, table_tsv };
	size_t i, size, passed = 0;
	struct buf b;

	for (i = 0; i < HARNESS_COUNT(as); i++) {
		size = strlen(format(as[i], &plain));
		drop();
		for (; size > 0; size--) {
			struct err e = ERR_INIT;

			buf_init(&b, size - 1);
			passed += as[i](&plain, &b, &e) != ERR_FAIL;
			passed += e.code != ERR_FAIL;
			buf_free(&b);
		}
	}
	CU_ASSERT_EQUAL(passed, 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "types", types },
		{ "text", text },
		{ "TSV", tsv },
		{ "columns of TSV", tsv_columns },
		{ "names escaped", escaped },
		{ "every byte of a name", every_byte },
		{ "columns of text", text_columns },
		{ "ratios", ratios },
		{ "numbers of things", numbers },
		{ "no room", no_room },
	};

	return harness_run("table", tests, HARNESS_COUNT(tests));
}
