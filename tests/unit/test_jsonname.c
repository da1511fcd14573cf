#include "base/jsonname.h"

#include <string.h>

#include "harness.h"

/* NULL when there is no such string. */
static const char *
string(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void
utf8(void)
{
	static const char *const names[] = {
		"", "a/b", "\xC3\xA9", "\\x41", "a\nb\x1B[2J", "\xF0\x9F\x98\x80",
	};
	struct err e = ERR_INIT;
	json_t *o;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(names); i++) {
		o = json_object();
		CU_ASSERT_EQUAL(jsonname_put(o, "n", "h", names[i], &e), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(string(o, "n"));
		CU_ASSERT_STRING_EQUAL(string(o, "n"), names[i]);
		CU_ASSERT_EQUAL(json_object_size(o), 1);
		json_decref(o);
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
}

static void
bytes(void)
{
	static const struct {
		const char *name, *text, *hex;
	} rows[] = {
		{ "\xFF", "\\xff", "ff" },
		{ "a\\\x80/\n", "a\\\\\\x80/\\x0a", "615c802f0a" },
		{ "\xC3", "\\xc3", "c3" },
		{ "\xED\xA0\x80", "\\xed\\xa0\\x80", "eda080" },
	};
	struct err e = ERR_INIT;
	json_t *o;
	size_t i;

	for (i = 0; i < 2 * HARNESS_COUNT(rows); i++) {
		o = json_object();
		CU_ASSERT_EQUAL(jsonname_put(o, "n", i % 2 == 0 ? "h" : NULL,
		    rows[i / 2].name, &e), 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(string(o, "n"));
		CU_ASSERT_STRING_EQUAL(string(o, "n"), rows[i / 2].text);
		CU_ASSERT_EQUAL(json_object_size(o), i % 2 == 0 ? 2 : 1);
		if (i % 2 == 0) {
			CU_ASSERT_PTR_NOT_NULL_FATAL(string(o, "h"));
			CU_ASSERT_STRING_EQUAL(string(o, "h"),
			    rows[i / 2].hex);
		}
		json_decref(o);
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
}

static void
or_null(void)
{
	struct err e = ERR_INIT;
	json_t *o = json_object();

	CU_ASSERT_EQUAL(jsonname_put_or_null(o, "n", "h", NULL, &e), 0);
	CU_ASSERT_TRUE(json_is_null(json_object_get(o, "n")));
	CU_ASSERT_EQUAL(jsonname_put_or_null(o, "n", "h", "a", &e), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(string(o, "n"));
	CU_ASSERT_STRING_EQUAL(string(o, "n"), "a");
	json_decref(o);
	CU_ASSERT_NOT_EQUAL(jsonname_put(NULL, "n", "h", "\xFF", &e), 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "UTF-8", utf8 },
		{ "other bytes", bytes },
		{ "null, and what fails", or_null },
	};

	return harness_run("jsonname", tests, HARNESS_COUNT(tests));
}
