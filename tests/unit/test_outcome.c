#include "unpack/outcome.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

static struct extract_stats stats;
static struct limits limits;
static struct sandbox_state sandbox;

/* What was read again; the caller's. */
static json_t *
printed(const struct outcome *o)
{
	struct err e = ERR_INIT;
	json_error_t where;
	json_t *all = NULL, *again;
	struct buf text;
	size_t i;

	buf_init(&text, (size_t)1 << 24);
	CU_ASSERT_EQUAL(outcome_json(o, &all, &e), ERR_OK);
	CU_ASSERT_EQUAL(outcome_print(all, &text, &e), ERR_OK);
	CU_ASSERT_TRUE_FATAL(text.size > 2);
	CU_ASSERT_EQUAL(text.data[text.size - 1], '\n');
	for (i = 0; i < text.size; i++)
		CU_ASSERT_TRUE((text.data[i] >= ' ' && text.data[i] < 127) ||
		    text.data[i] == '\n');
	again = json_loadb((char *)text.data, text.size, 0, &where);
	CU_ASSERT_TRUE(json_equal(all, again));
	json_decref(all);
	buf_free(&text);
	return again;
}

static struct outcome
outcome(const struct err *e)
{
	struct outcome o = { .bundle = "b.tar.xz", .err = e, .stats = &stats,
	    .limits = &limits };

	limits_init(&limits);
	memset(&stats, 0, sizeof(stats));
	memset(&sandbox, 0, sizeof(sandbox));
	return o;
}

static const char *
string_of(const json_t *all, const char *key)
{
	const char *s = json_string_value(json_object_get(all, key));

	return s != NULL ? s : "(none)";
}

static json_int_t
number_of(const json_t *all, const char *key)
{
	const json_t *n = json_object_get(all, key);

	return json_is_integer(n) ? json_integer_value(n) : -1;
}

static void
verdicts(void)
{
	static const char *const words[] = {
		[ERR_OK] = "ok", [ERR_FAIL] = "failed",
		[ERR_USAGE] = "failed", [ERR_LIMIT] = "limit",
		[ERR_UNSAFE] = "refused", [ERR_CORRUPT] = "corrupt",
		[ERR_UNSUPPORTED] = "refused", [ERR_MEMLIMIT] = "limit"
	};
	struct outcome o;
	json_t *all;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(words); i++) {
		struct err e = ERR_INIT;

		if (i > 0)
			err_set(&e, (enum err_code)i, "what is wrong");
		o = outcome(&e);
		all = printed(&o);
		CU_ASSERT_EQUAL(number_of(all, "status"), (json_int_t)i);
		CU_ASSERT_STRING_EQUAL(string_of(all, "verdict"), words[i]);
		CU_ASSERT_STRING_EQUAL(string_of(all, "message"),
		    i > 0 ? "what is wrong" : "(none)");
		CU_ASSERT_STRING_EQUAL(string_of(all, "bundle"),
		    "b.tar.xz");
		CU_ASSERT_PTR_NULL(json_object_get(all, "destination"));
		CU_ASSERT_TRUE(json_is_false(json_object_get(
		    json_object_get(all, "sandbox"), "seccomp")));
		CU_ASSERT_TRUE(json_is_false(json_object_get(all,
		    "complete")));
		CU_ASSERT_PTR_NULL(json_object_get(all, "violations"));
		CU_ASSERT_PTR_NULL(json_object_get(all, "findings"));
		CU_ASSERT_EQUAL(number_of(all, "violations_total"), -1);
		CU_ASSERT_EQUAL(number_of(all, "findings_total"), -1);
		json_decref(all);
	}
}

static void
numbers(void)
{
	struct err e = ERR_INIT;
	struct outcome o = outcome(&e);
	json_t *all, *each, *one;
	int i;

	stats.files = 1;
	stats.dirs = 2;
	stats.links = 3;
	stats.bytes = UINT64_MAX;
	stats.dropped = 5;
	stats.file_size = INT64_MAX;
	stats.seen.value[LIMIT_TOTAL] = 2000000000;
	stats.seen.value[LIMIT_BUNDLE] = 77;
	limits.max[LIMIT_PAX] = 0;
	o.dest = "out";
	all = printed(&o);
	CU_ASSERT_EQUAL(number_of(all, "files"), 1);
	CU_ASSERT_EQUAL(number_of(all, "directories"), 2);
	CU_ASSERT_EQUAL(number_of(all, "links"), 3);
	/* JSON of others has no more. */
	CU_ASSERT_EQUAL(number_of(all, "bytes"), INT64_MAX);
	CU_ASSERT_EQUAL(number_of(all, "attributes_dropped"), 5);
	CU_ASSERT_EQUAL(number_of(all, "file_bytes"), INT64_MAX);
	CU_ASSERT_STRING_EQUAL(string_of(all, "destination"), "out");
	each = json_object_get(all, "limits");
	CU_ASSERT_EQUAL(json_object_size(each), LIMIT_N);
	for (i = 0; i < LIMIT_N; i++) {
		one = json_object_get(each, limits_name((enum limit_id)i));
		CU_ASSERT_TRUE(number_of(one, "value") >= 0);
	}
	one = json_object_get(each, "max-total");
	CU_ASSERT_EQUAL(number_of(one, "limit"), 8000000000);
	CU_ASSERT_EQUAL(json_real_value(json_object_get(one, "used")), 0.25);
	/* Without a limit, and with one of nothing. */
	one = json_object_get(each, "max-bundle");
	CU_ASSERT_EQUAL(number_of(one, "value"), 77);
	CU_ASSERT_EQUAL(json_object_size(one), 1);
	one = json_object_get(each, "max-pax");
	CU_ASSERT_EQUAL(json_real_value(json_object_get(one, "used")), 0);
	json_decref(all);
}

static void
parts(void)
{
	struct err e = ERR_INIT;
	struct outcome o = outcome(&e);
	json_t *all, *box;

	sandbox.landlock_abi = 3;
	sandbox.seccomp = 1;
	o.sandbox = &sandbox;
	o.violations = json_pack("[{s:s}]", "rule", "name");
	o.findings = json_array();
	o.n_violations = 5;
	o.n_findings = 7;
	all = printed(&o);
	box = json_object_get(all, "sandbox");
	CU_ASSERT_EQUAL(json_object_size(box), SANDBOX_PARTS + 1);
	CU_ASSERT_EQUAL(number_of(box, "landlock_abi"), 3);
	CU_ASSERT_TRUE(json_is_true(json_object_get(box, "Landlock")));
	CU_ASSERT_TRUE(json_is_true(json_object_get(box, "seccomp")));
	CU_ASSERT_TRUE(json_is_false(json_object_get(box, "limits")));
	CU_ASSERT_TRUE(json_equal(json_object_get(all, "violations"),
	    o.violations));
	CU_ASSERT_TRUE(json_is_array(json_object_get(all, "findings")));
	CU_ASSERT_EQUAL(number_of(all, "violations_total"), 5);
	CU_ASSERT_EQUAL(number_of(all, "findings_total"), 7);
	/* They were borrowed. */
	CU_ASSERT_EQUAL(o.violations->refcount, 1);
	json_decref(o.violations);
	json_decref(o.findings);
	json_decref(all);
}

static void
hostile(void)
{
	struct err e = ERR_INIT;
	struct outcome o = outcome(&e);
	char huge[2 * ERR_TEXT_MAX];
	json_t *all;

	/* cut in the middle of a character */
	memset(huge, 'a', sizeof(huge));
	memcpy(huge + ERR_TEXT_MAX - 2, "\xC3\xA9", 2);
	huge[sizeof(huge) - 1] = '\0';
	err_set(&e, ERR_UNSAFE, "%s", huge);
	o.bundle = "\xFF\"\n";
	o.dest = "\xC3\xA9\x1B[0m";
	all = printed(&o);
	CU_ASSERT_STRING_EQUAL(string_of(all, "bundle"), "\\xff\"\\x0a");
	CU_ASSERT_STRING_EQUAL(string_of(all, "bundle_hex"), "ff220a");
	CU_ASSERT_STRING_EQUAL(string_of(all, "destination"), o.dest);
	CU_ASSERT_PTR_NULL(json_object_get(all, "destination_hex"));
	CU_ASSERT_PTR_NULL(json_object_get(all, "message_hex"));
	CU_ASSERT_EQUAL(strlen(string_of(all, "message")),
	    ERR_TEXT_MAX - 2 + strlen("\\xc3"));
	json_decref(all);
}

static void
not_tried(void)
{
	struct outcome o = outcome(NULL);
	json_t *all;

	o.dest = "out";
	all = printed(&o);
	CU_ASSERT_TRUE(json_is_null(json_object_get(all, "status")));
	CU_ASSERT_STRING_EQUAL(string_of(all, "verdict"), "not tried");
	CU_ASSERT_STRING_EQUAL(string_of(all, "bundle"), "b.tar.xz");
	CU_ASSERT_STRING_EQUAL(string_of(all, "destination"), "out");
	CU_ASSERT_EQUAL(json_object_size(all), 4);
	json_decref(all);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "verdicts", verdicts },
		{ "numbers", numbers },
		{ "parts", parts },
		{ "hostile names", hostile },
		{ "not tried", not_tried },
	};

	return harness_run("outcome", tests, HARNESS_COUNT(tests));
}
