#include "report/page.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define ELLIPSIS "\xE2\x80\xA6"

/* --- what the tests share --- */

static struct buf out;

static void
begin(void)
{
	buf_free(&out);
	buf_init(&out, 1 << 22);
}

static const char *
end(struct err *e)
{
	CU_ASSERT_EQUAL(e->code, ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&out, "", 1, e), ERR_OK);
	return (const char *)out.data;
}

static const char *
text(const char *s)
{
	struct err e = ERR_INIT;

	begin();
	page_text(&out, s, &e);
	return end(&e);
}

static const char *
name(const char *s, size_t max)
{
	struct err e = ERR_INIT;

	begin();
	page_name(&out, s, max, &e);
	return end(&e);
}

static const char *
ratio(uint64_t packed, uint64_t raw, double factor, int digits)
{
	struct err e = ERR_INIT;

	begin();
	page_cell_ratio(&out, packed, raw, factor, digits, &e);
	return end(&e);
}

static size_t
count(const char *s, const char *part)
{
	size_t n = 0;

	for (s = strstr(s, part); s != NULL; s = strstr(s + 1, part))
		n++;
	return n;
}

/* --- the tests --- */

static void
markup(void)
{
	CU_ASSERT_STRING_EQUAL(text(""), "");
	CU_ASSERT_STRING_EQUAL(text("a b/c.d"), "a b/c.d");
	CU_ASSERT_STRING_EQUAL(text("<script>&amp;\"'"),
	    "&lt;script&gt;&amp;amp;&quot;&#39;");
	CU_ASSERT_STRING_EQUAL(text("]]>-->"), "]]&gt;--&gt;");
	/* what base/text does comes first */
	CU_ASSERT_STRING_EQUAL(text("a\nb\t\x7F"), "a\\x0ab\\x09\\x7f");
	CU_ASSERT_STRING_EQUAL(text("\xE2\x80\xAE" "x"),
	    "\\xe2\\x80\\xae" "x");
	CU_ASSERT_STRING_EQUAL(text("\xFF\\"), "\\xff\\\\");
	CU_ASSERT_STRING_EQUAL(text("\xC3\xA9\xE6\xBC\xA2"),
	    "\xC3\xA9\xE6\xBC\xA2");
	CU_ASSERT_STRING_EQUAL(text(" a "), "\\x20a\\x20");
}

static void
cut(void)
{
	/* as long as it may be, and one more */
	CU_ASSERT_STRING_EQUAL(name("0123456789", 10), "0123456789");
	CU_ASSERT_STRING_EQUAL(name("0123456789x", 10),
	    "012345" ELLIPSIS "x");
	/* never within an escape or a character */
	CU_ASSERT_STRING_EQUAL(name("&&&&", 20), "&amp;&amp;&amp;&amp;");
	CU_ASSERT_STRING_EQUAL(name("&&&&&", 20),
	    "&amp;&amp;" ELLIPSIS);
	CU_ASSERT_STRING_EQUAL(name("\n\n\n\n\n\n", 20),
	    "\\x0a\\x0a\\x0a" ELLIPSIS "\\x0a");
	CU_ASSERT_STRING_EQUAL(name("\\\\\\\\\\\\\\", 13),
	    "\\\\\\\\\\\\\\\\" ELLIPSIS "\\\\");
	CU_ASSERT_STRING_EQUAL(name("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
	    "\xC3\xA9", 9), "\xC3\xA9\xC3\xA9\xC3\xA9" ELLIPSIS);
}

/* Whatever is in them. */
static void
bounds(void)
{
	static const char letters[] = "&<\\\n\"a\xC3";
	char s[2001];
	size_t i, n, most;
	int bad = 0;

	for (n = 0; n < 2000; n += 37) {
		for (i = 0; i < n; i++)
			s[i] = letters[(i * i + n) % 7];
		s[n] = '\0';
		for (most = 12; most < 200; most += 17)
			bad += strlen(name(s, most)) > most;
	}
	CU_ASSERT_EQUAL(bad, 0);
}

static void
numbers(void)
{
	static const struct {
		uint64_t n;
		const char *as;
	} cases[] = {
		{ 0, "0" }, { 999, "999" }, { 1000, "1,000" },
		{ 123456, "123,456" }, { 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		begin();
		page_number(&out, cases[i].n, &e);
		CU_ASSERT_STRING_EQUAL(end(&e), cases[i].as);
	}
	begin();
	page_cell(&out, 4096, &e);
	page_cell_none(&out, &e);
	CU_ASSERT_STRING_EQUAL(end(&e), "<td class=\"n\" data-v=\"4096\">"
	    "4,096</td><td class=\"n\">-</td>");
	CU_ASSERT_STRING_EQUAL(ratio(1, 3, 8, 2),
	    "<td class=\"n\" data-v=\"2.66667\">2.67</td>");
	CU_ASSERT_STRING_EQUAL(ratio(1, 0, 8, 2), "<td class=\"n\">-</td>");
}

static const char *
page(const char *title)
{
	struct err e = ERR_INIT;

	begin();
	page_begin(&out, title, &e);
	page_end(&out, &e);
	return end(&e);
}

static void
frame(void)
{
	const char *p = page("a<b>\"");
	char *first = strdup(p);

	CU_ASSERT_EQUAL(strncmp(p, "<!DOCTYPE html>\n", 16), 0);
	CU_ASSERT_EQUAL(count(p, "a&lt;b&gt;&quot;"), 2);
	CU_ASSERT_EQUAL(count(p, "a<b>"), 0);
	CU_ASSERT_EQUAL(count(p, "<script>"), 1);
	CU_ASSERT_EQUAL(count(p, "<style>"), 1);
	CU_ASSERT_EQUAL(count(p, "'sha256-"), 2);
	CU_ASSERT_EQUAL(count(p, "default-src 'none'; "), 1);
	CU_ASSERT_EQUAL(count(p, "://"), 0);
	CU_ASSERT_EQUAL(count(p, " style="), 0);
	CU_ASSERT_EQUAL(count(p, "unsafe"), 0);
	CU_ASSERT_STRING_EQUAL(page("a<b>\""), first);
	free(first);
}

/* The style and the script are whole, and end where they should. */
static void
pieces(void)
{
	size_t i;

	for (i = 0; page_pieces[i].name != NULL; i++) {
		CU_ASSERT_EQUAL(count(page_pieces[i].text, "</"), 0);
		CU_ASSERT_EQUAL(count(page_pieces[i].text, "<!--"), 0);
		CU_ASSERT_TRUE(strlen(page_pieces[i].text) > 1000);
	}
	CU_ASSERT_EQUAL(i, 2);
	CU_ASSERT_STRING_EQUAL(page_pieces[1].name, "page.js");
}

static void
ceilings(void)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 8);
	CU_ASSERT_EQUAL(page_text(&b, "a<b>", &e), ERR_FAIL);
	buf_free(&b);
	memset(&e, 0, sizeof(e));
	buf_init(&b, 100);
	CU_ASSERT_EQUAL(page_begin(&b, "x", &e), ERR_FAIL);
	CU_ASSERT_EQUAL(page_end(&b, &e), ERR_FAIL);
	buf_free(&b);
	buf_free(&out);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "markup in text", markup },
		{ "long names", cut },
		{ "no name is longer", bounds },
		{ "numbers and cells", numbers },
		{ "the frame", frame },
		{ "style and script", pieces },
		{ "ceilings", ceilings },
	};

	return harness_run("page", tests, HARNESS_COUNT(tests));
}
