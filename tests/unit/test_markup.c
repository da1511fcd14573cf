#include "report/markup.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

static enum err_code
check(const char *s)
{
	struct err e = ERR_INIT;

	return markup_check((const uint8_t *)s, strlen(s), &e);
}

static void
good(void)
{
	static const char *const cases[] = {
		"", "text", "a &lt; b > c", "<p>x</p>",
		"<p class=\"note\">x</p>\n<dl class=\"figures\"></dl>",
		"<table class=\"sortable\" data-map data-filter=\"x y\">",
		"<svg viewBox=\"0 0 1 2\"></svg>",
		"<rect x=\"1.5\" width=\"2%\" fill=\"#0011ff\"/>",
		"<p title=\"&amp;&lt;&gt;&quot;&#39;\">&#47;",
		"<g transform=\"translate(1 2)\"><title>a/b:c</title></g>",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		CU_ASSERT_EQUAL(check(cases[i]), ERR_OK);
}

static void
bad(void)
{
	static const char *const cases[] = {
		"<script>alert(1)</script>", "<SCRIPT>", "</script>",
		"<meta http-equiv=\"refresh\" content=\"0\">", "<a>", "<base>",
		"<iframe>", "<img>", "<style>", "<form>", "<input>", "<object>",
		"<svg><use href=\"#x\"/></svg>", "<foreignObject>", "<image>",
		"<animate>", "<set>", "<link>", "<!--", "<!DOCTYPE html>",
		"<?xml?>", "<![CDATA[", "<", "< p>", "<p", "<p ", "<p class",
		"<p class=", "<p class=\"", "<p class=\"x\"",
		"<p onclick=\"x\">", "<p style=\"x\">", "<p href=\"x\">",
		"<p src=\"x\">", "<p class='x'>", "<p class=x>",
		"<p  class=\"x\">", "<p\tclass=\"x\">", "<p/onclick=\"x\">",
		"<p class=\"x\"onclick=\"x\">", "<p class=\"a<b\">",
		"<rect fill=\"url(http://x)\"/>", "<rect fill=\"url(//x)\"/>",
		"<p class=\"javascript:x\">", "</p class=\"x\">",
		"<pppppppppppppppppppppppppppppppppppppp>",
		"<rect fill=\"url(&#47;&#47;x)\"/>",
		"<rect fill=\"url(http&colon;x)\"/>",
		"<rect fill=\"url(\\2f\\2f x)\"/>", "<p title=\"&am",
		"<rect xlink:href=\"x\"/>", "<svg xmlns=\"x\">",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		CU_ASSERT_EQUAL(check(cases[i]), ERR_UNSAFE);
		if (check(cases[i]) != ERR_UNSAFE)
			printf("\n    %s", cases[i]);
	}
}

/* No byte is read behind the end, and a NUL ends nothing. */
static void
edges(void)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(markup_check(NULL, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(markup_check((const uint8_t *)"<p>", 2, &e),
	    ERR_UNSAFE);
	memset(&e, 0, sizeof(e));
	CU_ASSERT_EQUAL(markup_check((const uint8_t *)"<p>\0<a>", 7, &e),
	    ERR_UNSAFE);
	memset(&e, 0, sizeof(e));
	CU_ASSERT_EQUAL(markup_check((const uint8_t *)"<p class=\"\0\">", 13,
	    &e), ERR_UNSAFE);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what reports are made of", good },
		{ "what they are not made of", bad },
		{ "the edges", edges },
	};

	return harness_run("markup", tests, HARNESS_COUNT(tests));
}
