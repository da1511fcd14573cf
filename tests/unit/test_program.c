/* The program around a script's text: its literal holds any text. */
#include <string.h>

#include "harness.h"
#include "wrap/program.h"

static struct err e;

/* The text that Python has of the raw literals that stand one behind the other
 * at p, and of those with three quotes between them. */
static void
read_literals(const char *p, struct buf *to)
{
	char mark[4], other[6];
	size_t n;

	snprintf(mark, sizeof(mark), "%.3s", p);
	snprintf(other, sizeof(other), "%c%s%c", p[0] == '"' ? '\'' : '"',
	    mark, p[0] == '"' ? '\'' : '"');
	for (;;) {
		for (p += 3; strncmp(p, mark, 3) != 0; p += n) {
			n = p[0] == '\\' ? 2 : 1;
			CU_ASSERT(*p != '\0');
			if (*p == '\0')
				return;
			buf_append(to, p, n, &e);
		}
		p += 3;
		if (strncmp(p, other, 5) != 0)
			return;
		buf_append(to, mark, 3, &e);
		CU_ASSERT_EQUAL(p[5], 'r');
		p += 6;
	}
}

static void
check(const char *text)
{
	struct phrases p;
	struct buf program, back;

	e = (struct err)ERR_INIT;
	memset(&p, 0, sizeof(p));
	buf_init(&p.coded, 10000);
	buf_init(&program, 20000);
	buf_init(&back, 10000);
	buf_append(&p.coded, text, strlen(text), &e);
	program_write(&p, true, 'f', &program, &e);
	buf_append(&program, "", 1, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT(strncmp((char *)program.data, "def f(s=r", 9) == 0);
	read_literals((char *)program.data + 9, &back);
	CU_ASSERT_EQUAL(back.size, strlen(text));
	CU_ASSERT(back.size == strlen(text) &&
	    memcmp(back.data, text, back.size) == 0);
	buf_free(&p.coded);
	buf_free(&program);
	buf_free(&back);
}

static void
test_quotes(void)
{
	static const char *const texts[] = {
		"\n", "x\n", "'''\n", "\"\"\"\n", "'''\"\"\"\n",
		"'''\"\"\"'''\n", "''''''\"\"\"\"\"\"\n", "'''''\"\"\"\"\n",
		"\\'''\"\"\"\n", "\\''''\"\"\"\n", "\\\\'''\"\"\"\n",
		"\\\"\"\"'''\n", "'\n", "''\n", "\"'''\n\"\"\"'\n",
		"a\\\n'''\n\"\"\"\n",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++)
		check(texts[i]);
}

/* What is there depends on the text. */
static void
test_parts(void)
{
	struct phrases p;
	struct buf b;

	e = (struct err)ERR_INIT;
	memset(&p, 0, sizeof(p));
	buf_init(&p.coded, 100);
	buf_init(&b, 10000);
	buf_append(&p.coded, "\1\n", 2, &e);
	program_write(&p, false, 'q', &b, &e);
	buf_append(&b, "", 1, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "import io,sys,"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "[*io.StringIO(s)]"));
	CU_ASSERT_PTR_NULL(strstr((char *)b.data, "translate"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "global q;del q;"));
	b.size = 0;
	p.n = 1;
	p.separator = '~';
	p.v[0] = (struct phrase){ .code = 1, .size = 4, .text = "self" };
	program_write(&p, true, 'q', &b, &e);
	buf_append(&b, "", 1, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data,
	    "def q(w=r'''\1\n~self'''.split('~')):\n import sys,"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "s=w[0].translate(w)"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "s.splitlines(1)"));
	buf_free(&p.coded);
	buf_free(&b);
}

static void
test_lines(void)
{
	static const struct {
		const char *text;
		bool plain;
	} known[] = {
		{ "", true }, { "a\nb\tc\n", true }, { "\v", false },
		{ "\f", false }, { "\x1c", false }, { "\x1d", false },
		{ "\x1e", false }, { "\x1f", true }, { "\xc2\x85", false },
		{ "\xc2\x86", true }, { "\xe2\x80\xa8", false },
		{ "\xe2\x80\xa9", false }, { "\xe2\x80\xa7", true },
		{ "\xc2", true }, { "\xe2\x80", true },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(known); i++)
		CU_ASSERT_EQUAL(program_plain_lines((const uint8_t *)
		    known[i].text, strlen(known[i].text)), known[i].plain);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "quotes", test_quotes },
		{ "parts", test_parts },
		{ "lines", test_lines },
	};

	return harness_run("program", tests, HARNESS_COUNT(tests));
}
