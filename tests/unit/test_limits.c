#include "unpack/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define HEAD "{\"format\": \"xzbundle-limits\", \"version\": 1"

/* --- names and defaults --- */

static void
defaults(void)
{
	static const struct {
		enum limit_id id;
		const char *name;
		uint64_t max;
	} rows[] = {
		{ LIMIT_TOTAL, "max-total", UINT64_C(8000000000) },
		{ LIMIT_MEMBER, "max-member", UINT64_C(8000000000) },
		{ LIMIT_MEMBERS, "max-members", 100000 },
		{ LIMIT_DEPTH, "max-depth", 64 },
		{ LIMIT_PATH, "max-path", 1024 },
		{ LIMIT_COMPONENT, "max-component", 255 },
		{ LIMIT_PAX, "max-pax", 65536 },
		{ LIMIT_RATIO, "max-ratio", 10000 },
		{ LIMIT_MEMORY, "memlimit", 1073741824 },
		{ LIMIT_TIME, "max-time", 600 },
		{ LIMIT_BUNDLE, "max-bundle", UINT64_MAX },
	};
	struct limits l;
	size_t i;

	CU_ASSERT_EQUAL(HARNESS_COUNT(rows), LIMIT_N);
	limits_init(&l);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		CU_ASSERT_EQUAL(l.max[rows[i].id], rows[i].max);
		CU_ASSERT_STRING_EQUAL(limits_name(rows[i].id), rows[i].name);
	}
	CU_ASSERT_TRUE(limits_allowed(&l, "a"));
	limits_free(&l);
}

static void
parse(void)
{
	static const struct {
		enum limit_id id;
		const char *text;
		bool fits;
		uint64_t value;
	} rows[] = {
		{ LIMIT_TOTAL, "16MB", true, 16000000 },
		{ LIMIT_TOTAL, "16MiB", true, 16777216 },
		{ LIMIT_TOTAL, "0", true, 0 },
		{ LIMIT_MEMBER, "0B", true, 0 },
		{ LIMIT_PAX, "0", true, 0 },
		{ LIMIT_MEMORY, "1", true, 1 },
		{ LIMIT_BUNDLE, "18446744073709551615", true, UINT64_MAX },
		{ LIMIT_TIME, "60", true, 60 },
		{ LIMIT_RATIO, "18446744073709551615", true, UINT64_MAX },
		{ LIMIT_TOTAL, "16M", false, 0 },
		{ LIMIT_TOTAL, "-1", false, 0 },
		{ LIMIT_TOTAL, "", false, 0 },
		{ LIMIT_TOTAL, "18446744073709551616", false, 0 },
		{ LIMIT_MEMORY, "0", false, 0 },
		{ LIMIT_BUNDLE, "0", false, 0 },
		{ LIMIT_PATH, "0", false, 0 },
		{ LIMIT_COMPONENT, "0", false, 0 },
		{ LIMIT_MEMBERS, "0", false, 0 },
		{ LIMIT_DEPTH, "0", false, 0 },
		{ LIMIT_RATIO, "0", false, 0 },
		{ LIMIT_TIME, "0", false, 0 },
		{ LIMIT_TIME, "1kB", false, 0 },
		{ LIMIT_MEMBERS, "1.5", false, 0 },
	};
	struct limits l, whole;
	size_t i;

	limits_init(&whole);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		limits_init(&l);
		CU_ASSERT_EQUAL(limits_parse(&l, rows[i].id, rows[i].text,
		    &e), rows[i].fits ? ERR_OK : ERR_USAGE);
		CU_ASSERT_EQUAL(l.max[rows[i].id], rows[i].fits ?
		    rows[i].value : whole.max[rows[i].id]);
		l.max[rows[i].id] = whole.max[rows[i].id];
		CU_ASSERT_EQUAL(memcmp(&l, &whole, sizeof(l)), 0);
		CU_ASSERT_EQUAL(HARNESS_SAYS(&e, rows[i].text),
		    !rows[i].fits || rows[i].text[0] == '\0');
	}
}

/* --- the file --- */

static enum err_code
load(struct limits *l, const char *text, struct err *e)
{
	harness_write("rules", text, strlen(text));
	return limits_load(l, "rules", e);
}

static void
full(void)
{
	static const char text[] = HEAD ", \"max_total\": 16000000000, "
	    "\"max_member\": \"2GiB\", \"max_members\": 10, \"max_depth\": 3, "
	    "\"max_path\": 100, \"max_component\": \"50\", \"max_pax\": 0, "
	    "\"max_ratio\": 99, \"memlimit\": \"64MiB\", \"max_time\": 5, "
	    "\"max_bundle\": \"16MB\", \"allow\": [\"*.py\", \"w/*\"], "
	    "\"require\": [\"*/train_gpt.py\"]}";
	static const uint64_t want[LIMIT_N] = { UINT64_C(16000000000),
	    UINT64_C(2147483648), 10, 3, 100, 50, 0, 99, 67108864, 5,
	    16000000 };
	struct err e = ERR_INIT;
	struct limits l;
	size_t i;

	limits_init(&l);
	CU_ASSERT_EQUAL(load(&l, text, &e), ERR_OK);
	for (i = 0; i < LIMIT_N; i++)
		CU_ASSERT_EQUAL(l.max[i], want[i]);
	CU_ASSERT_EQUAL_FATAL(l.n_allow, 2);
	CU_ASSERT_STRING_EQUAL(l.allow[0], "*.py");
	CU_ASSERT_STRING_EQUAL(l.allow[1], "w/*");
	CU_ASSERT_EQUAL_FATAL(l.n_require, 1);
	CU_ASSERT_STRING_EQUAL(l.require[0], "*/train_gpt.py");
	/* a second file over it */
	CU_ASSERT_EQUAL(load(&l, HEAD ", \"max_time\": 7, \"allow\": "
	    "[\"b\"]}", &e), ERR_OK);
	for (i = 0; i < LIMIT_N; i++)
		CU_ASSERT_EQUAL(l.max[i], i == LIMIT_TIME ? 7 : want[i]);
	CU_ASSERT_EQUAL_FATAL(l.n_allow, 1);
	CU_ASSERT_STRING_EQUAL(l.allow[0], "b");
	CU_ASSERT_EQUAL(l.n_require, 1);
	CU_ASSERT_EQUAL(load(&l, HEAD ", \"require\": []}", &e), ERR_OK);
	CU_ASSERT_EQUAL(l.n_require, 0);
	CU_ASSERT_EQUAL(l.n_allow, 1);
	limits_free(&l);
	CU_ASSERT_EQUAL(l.n_allow, 0);
	limits_free(&l);
}

static const struct {
	const char *text, *says;
} broken[] = {
	{ "", "is not JSON" },
	{ "{", "is not JSON" },
	{ "{\n\"format\": x}", "in line 2, column " },
	{ HEAD "} x", "is not JSON" },
	{ HEAD ", \"max_time\": 5,}", "is not JSON" },
	{ HEAD ", \"max_time\": 5, \"max_time\": 6}", "duplicate" },
	{ HEAD ", \"max_time\": 99999999999999999999}", "too big" },
	{ HEAD ", \"allow\": [\"\xFF\"]}", "is not JSON" },
	{ HEAD ", \"allow\": [\"a\\u0000b\"]}", "is not JSON" },
	{ "[]", "does not say" }, { "{}", "does not say" },
	{ "7", "is not JSON" },
	{ "{\"format\": \"xzbundle-plan\", \"version\": 1}", "does not say" },
	{ "{\"format\": 1, \"version\": 1}", "does not say" },
	{ "{\"format\": \"xzbundle-limits\"}", "does not say" },
	{ "{\"format\": \"xzbundle-limits\", \"version\": 2}",
	    "does not say" },
	{ "{\"format\": \"xzbundle-limits\", \"version\": \"1\"}",
	    "does not say" },
	{ "{\"format\": \"xzbundle-limits\", \"version\": 1.0}",
	    "does not say" },
	{ HEAD ", \"max_totle\": 5}", "\"max_totle\": there is no" },
	{ HEAD ", \"max-total\": 5}", "\"max-total\": there is no" },
	{ HEAD ", \"\": 5}", "\"\": there is no" },
	{ HEAD ", \"max_total\": -1}", "\"max_total\": is not a whole" },
	{ HEAD ", \"max_total\": 1e3}", "\"max_total\": is not a whole" },
	{ HEAD ", \"max_total\": null}", "\"max_total\": is not a whole" },
	{ HEAD ", \"max_total\": true}", "\"max_total\": is not a whole" },
	{ HEAD ", \"max_total\": [5]}", "\"max_total\": is not a whole" },
	{ HEAD ", \"max_total\": \"16M\"}", "\"max_total\": '16M' is not" },
	{ HEAD ", \"max_total\": \"-1\"}", "\"max_total\": '-1' is not" },
	{ HEAD ", \"max_time\": \"5\"}", "\"max_time\": is not a whole" },
	{ HEAD ", \"max_time\": 0}", "\"max_time\": is not a whole" },
	{ HEAD ", \"memlimit\": \"0\"}", "\"memlimit\": '0' is not" },
	{ HEAD ", \"allow\": \"*.py\"}", "\"allow\": is not a list" },
	{ HEAD ", \"allow\": {}}", "\"allow\": is not a list" },
	{ HEAD ", \"allow\": []}", "\"allow\": is empty" },
	{ HEAD ", \"allow\": [\"a\", 1]}", "\"allow\": pattern 2 is" },
	{ HEAD ", \"allow\": [\"\"]}", "\"allow\": '' matches no" },
	{ HEAD ", \"allow\": [\"/a\"]}", "\"allow\": '/a' matches no" },
	{ HEAD ", \"require\": [\"./a\"]}", "\"require\": './a' matches no" },
	{ HEAD ", \"require\": [\"a/\"]}", "\"require\": 'a/' matches no" },
	{ HEAD ", \"require\": [null]}", "\"require\": pattern 1 is" },
	{ HEAD ", \"require\": 1}", "\"require\": is not a list" },
	{ HEAD ", \"max_time\": 1, \"allow\": [\"x\"], \"require\": "
	    "[\"x\"], \"z\": 1}", "\"z\"" },
};

/* What is broken is named, and changes nothing. */
static void
refused(void)
{
	struct err ok = ERR_INIT;
	struct limits l;
	size_t i, k;

	limits_init(&l);
	CU_ASSERT_EQUAL(limits_allow(&l, "a", &ok), ERR_OK);
	CU_ASSERT_EQUAL(limits_require(&l, "b", &ok), ERR_OK);
	for (k = 0; k < LIMIT_N; k++)
		l.max[k] = k + 10;
	for (i = 0; i < HARNESS_COUNT(broken); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(load(&l, broken[i].text, &e), ERR_USAGE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, broken[i].says));
		CU_ASSERT_TRUE(strncmp(e.text, "rules: ", 7) == 0);
		if (!HARNESS_SAYS(&e, broken[i].says))
			printf("\n    case %zu: %s", i, e.text);
		for (k = 0; k < LIMIT_N; k++)
			CU_ASSERT_EQUAL(l.max[k], k + 10);
		CU_ASSERT_EQUAL_FATAL(l.n_allow, 1);
		CU_ASSERT_STRING_EQUAL(l.allow[0], "a");
		CU_ASSERT_EQUAL_FATAL(l.n_require, 1);
		CU_ASSERT_STRING_EQUAL(l.require[0], "b");
	}
	limits_free(&l);
}

/* A file that is cut short at any byte is none. */
static void
cut(void)
{
	static const char text[] = HEAD ", \"max_total\": \"1MB\", "
	    "\"allow\": [\"a\", \"b\"], \"require\": [\"a\"]}";
	struct limits l;
	size_t n;

	limits_init(&l);
	for (n = 0; n <= strlen(text); n++) {
		struct err e = ERR_INIT;
		char *copy = malloc(n + 1);

		memcpy(copy, text, n);
		CU_ASSERT_EQUAL(limits_parse_json(&l, copy, n, &e),
		    n < strlen(text) ? ERR_USAGE : ERR_OK);
		free(copy);
	}
	CU_ASSERT_EQUAL(l.max[LIMIT_TOTAL], 1000000);
	limits_free(&l);
}

/* 1 MiB is the most. */
static void
sizes(void)
{
	enum { MOST = 1 << 20 };
	struct err e = ERR_INIT, over = ERR_INIT, none = ERR_INIT;
	char *text = malloc(MOST + 1);
	struct limits l;

	memset(text, ' ', MOST + 1);
	memcpy(text, HEAD "}", strlen(HEAD "}"));
	limits_init(&l);
	harness_write("rules", text, MOST);
	CU_ASSERT_EQUAL(limits_load(&l, "rules", &e), ERR_OK);
	harness_write("rules", text, MOST + 1);
	CU_ASSERT_EQUAL(limits_load(&l, "rules", &over), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&over, "rules: is over 1048576 bytes"));
	CU_ASSERT_EQUAL(limits_load(&l, "none", &none), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&none, "none: cannot open"));
	limits_free(&l);
	free(text);
}

/* --- judging --- */

static void
judge(void)
{
	struct limits_seen seen;
	struct limits l;
	size_t i;

	limits_init(&l);
	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < LIMIT_N; i++) {
		struct err e = ERR_INIT;
		enum limit_id id = (enum limit_id)i;

		l.max[i] = 50;
		CU_ASSERT_EQUAL(limits_judge(&l, &seen, id, 50, "a", &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(limits_judge(&l, &seen, id, 0, "a", &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(seen.value[i], 50);
		CU_ASSERT_EQUAL(limits_judge(&l, &seen, id, 51, "d/a", &e),
		    id == LIMIT_MEMORY ? ERR_MEMLIMIT : ERR_LIMIT);
		CU_ASSERT_EQUAL(seen.value[i], 51);
		CU_ASSERT_TRUE(strncmp(e.text, "d/a: 51 ", 8) == 0);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, limits_name(id)));
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, "where 50 are allowed"));
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, " 51 would pass"));
		/* the first error wins, and is not touched */
		CU_ASSERT_EQUAL(limits_judge(&l, &seen, id, 99, "b", &e),
		    id == LIMIT_MEMORY ? ERR_MEMLIMIT : ERR_LIMIT);
		CU_ASSERT_TRUE(strncmp(e.text, "d/a: 51 ", 8) == 0);
		CU_ASSERT_EQUAL(seen.value[i], 99);
	}
}

/* The whole message; no member; no limit; a member with a long name. */
static void
messages(void)
{
	struct err e = ERR_INIT, none = ERR_INIT, big = ERR_INIT;
	char name[20000];
	struct limits l;

	limits_init(&l);
	limits_judge(&l, NULL, LIMIT_TOTAL, UINT64_C(8000000001), NULL, &e);
	CU_ASSERT_STRING_EQUAL(e.text, "8000000001 bytes written in all, "
	    "where 8000000000 are allowed; --max-total 8000000001 would "
	    "pass");
	CU_ASSERT_EQUAL(limits_judge(&l, NULL, LIMIT_BUNDLE, UINT64_MAX,
	    NULL, &none), ERR_OK);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	CU_ASSERT_EQUAL(limits_judge(&l, NULL, LIMIT_PATH, sizeof(name) - 1,
	    name, &big), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&big, "--max-path 19999 would pass"));
}

static void
ratio(void)
{
	static const uint64_t from = LIMITS_RATIO_FROM;

	CU_ASSERT_EQUAL(limits_ratio(0, 0), 0);
	CU_ASSERT_EQUAL(limits_ratio(from - 1, 1), 0);
	CU_ASSERT_EQUAL(limits_ratio(from, 1), from);
	CU_ASSERT_EQUAL(limits_ratio(from, from), 1);
	CU_ASSERT_EQUAL(limits_ratio(from + 1, from), 2);
	CU_ASSERT_EQUAL(limits_ratio(from, UINT64_MAX), 1);
	CU_ASSERT_EQUAL(limits_ratio(from, 0), UINT64_MAX);
	CU_ASSERT_EQUAL(limits_ratio(UINT64_MAX, 1), UINT64_MAX);
	CU_ASSERT_EQUAL(limits_ratio(UINT64_MAX, 2), UINT64_C(1) << 63);
}

/* --- names --- */

static void
allowed(void)
{
	static const struct {
		const char *name;
		bool allowed;
	} rows[] = {
		{ "a.py", true }, { "d/e/a.py", true }, { "a.pyc", false },
		{ "d.py/x", false }, { "w/x", true }, { "w/x/y", true },
		{ "v/w/x", false }, { "w", false },
	};
	struct err e = ERR_INIT, bad = ERR_INIT;
	struct limits l;
	size_t i;

	limits_init(&l);
	CU_ASSERT_EQUAL(limits_allow(&l, "", &bad), ERR_USAGE);
	CU_ASSERT_TRUE(limits_allowed(&l, "a.pyc"));
	CU_ASSERT_EQUAL(limits_allow(&l, "*.py", &e), ERR_OK);
	CU_ASSERT_EQUAL(limits_allow(&l, "w/*", &e), ERR_OK);
	for (i = 0; i < HARNESS_COUNT(rows); i++)
		CU_ASSERT_EQUAL(limits_allowed(&l, rows[i].name),
		    rows[i].allowed);
	limits_free(&l);
}

static void
required(void)
{
	static const char *const patterns[] = { "a", "*.py", "d/*", "b" };
	struct err e = ERR_INIT;
	struct limits_met met;
	struct limits l;
	size_t i, at = 0;

	limits_init(&l);
	for (i = 0; i < HARNESS_COUNT(patterns); i++)
		limits_require(&l, patterns[i], &e);
	CU_ASSERT_EQUAL(limits_met_init(&met, &l, &e), ERR_OK);
	limits_met_mark(&met, &l, "d/x.py");
	limits_met_mark(&met, &l, "d/xyz");
	limits_met_mark(&met, &l, "none");
	CU_ASSERT_EQUAL(limits_met_judge(&met, &l, &at, &e), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "'a'"));
	CU_ASSERT_EQUAL(at, 1);
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(limits_met_judge(&met, &l, &at, &e), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "'b'"));
	CU_ASSERT_EQUAL(at, 4);
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(limits_met_judge(&met, &l, &at, &e), ERR_OK);
	limits_met_mark(&met, &l, "a");
	limits_met_mark(&met, &l, "x/b");
	at = 0;
	CU_ASSERT_EQUAL(limits_met_judge(&met, &l, &at, &e), ERR_OK);
	limits_met_free(&met);
	limits_met_free(&met);
	limits_free(&l);
	CU_ASSERT_EQUAL(limits_met_init(&met, &l, &e), ERR_OK);
	at = 0;
	limits_met_mark(&met, &l, "a");
	CU_ASSERT_EQUAL(limits_met_judge(&met, &l, &at, &e), ERR_OK);
	limits_met_free(&met);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "defaults", defaults },
		{ "limits from text", parse },
		{ "a file, and one over it", full },
		{ "broken files", refused },
		{ "a file that is cut short", cut },
		{ "sizes of files", sizes },
		{ "judging", judge },
		{ "messages", messages },
		{ "ratios", ratio },
		{ "allowed names", allowed },
		{ "required names", required },
	};

	return harness_run("limits", tests, HARNESS_COUNT(tests));
}
