#include "region/stcut.h"

#include <string.h>

#include "harness.h"

/* The members of text as "key=value " each, and how it ended. */
static enum stcut_found
cut(const char *text, size_t size, char *to)
{
	enum stcut_found found;
	struct span key, value;
	struct stcut c;

	*to = '\0';
	stcut_begin(&c, text, size);
	while ((found = stcut_next(&c, &key, &value)) == STCUT_MEMBER) {
		strncat(to, key.p, stcut_size(&key));
		strcat(to, "=");
		strncat(to, value.p, stcut_size(&value));
		strcat(to, " ");
	}
	return found;
}

static void
good(void)
{
	static const struct {
		const char *text, *members;
	} cases[] = {
		{ "{}", "" },
		{ " {\t}\r\n ", "" },
		{ "{\"a\":1}", "\"a\"=1 " },
		{ "{ \"a\" : -1.5e3 , \"b\":true,\"\":null}",
		    "\"a\"=-1.5e3 \"b\"=true \"\"=null " },
		{ "{\"a\":{\"}\":[{}]},\"b\":[[1],{\"]\":2}]}",
		    "\"a\"={\"}\":[{}]} \"b\"=[[1],{\"]\":2}] " },
		{ "{\"\\\"\\\\\":\"\\\"}\",\"c\":\"\"}",
		    "\"\\\"\\\\\"=\"\\\"}\" \"c\"=\"\" " },
	};
	char to[256];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		CU_ASSERT_EQUAL(cut(cases[i].text, strlen(cases[i].text), to),
		    STCUT_END);
		CU_ASSERT_STRING_EQUAL(to, cases[i].members);
	}
}

static void
broken(void)
{
	static const char *const texts[] = {
		"", " ", "[]", "1", "\"a\"", "}", ",", "{", "{,}", "{:1}",
		"{\"a\"}", "{\"a\":}", "{\"a\":,}", "{\"a\":]}", "{\"a\":1",
		"{\"a\":1,", "{\"a\":1,}", "{\"a\":1 2}", "{\"a\":1}}",
		"{\"a\":{}{\"b\":{}}", "{\"a\":{}\"b\":{}}", "{a:1}", "{}x",
		"{\"a\":[}", "{\"a\":[}}", "{\"a\":\"}", "{\"a\\", "{{}}",
		"{\"a\":\"\\", "{}{}",
	};
	char to[256];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++)
		CU_ASSERT_EQUAL(cut(texts[i], strlen(texts[i]), to),
		    STCUT_BROKEN);
	/* NUL is no blank, and no end. */
	CU_ASSERT_EQUAL(cut("{}\0", 3, to), STCUT_BROKEN);
	CU_ASSERT_EQUAL(cut("{\0}", 3, to), STCUT_BROKEN);
	CU_ASSERT_EQUAL(cut("{\"a\":1\0}", 8, to), STCUT_BROKEN);
	CU_ASSERT_EQUAL(cut("\0", 1, to), STCUT_BROKEN);
}

/* Nothing behind the end is looked at, wherever that is. */
static void
ends(void)
{
	static const char text[] = "{\"a\":{\"b\\\"\":[1]},\"c\":-1}";
	char to[256];
	size_t n;

	for (n = 0; n < sizeof(text) - 1; n++)
		CU_ASSERT_EQUAL(cut(text, n, to), STCUT_BROKEN);
	CU_ASSERT_EQUAL(cut(text, n, to), STCUT_END);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "objects", good },
		{ "what is none", broken },
		{ "every end", ends },
	};

	return harness_run("stcut", tests, HARNESS_COUNT(tests));
}
