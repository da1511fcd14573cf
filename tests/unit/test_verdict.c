#include "unpack/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* A verdict that gathers up to max. */
static struct verdict *
gatherer(size_t max)
{
	struct err e = ERR_INIT;
	struct verdict *v;

	CU_ASSERT_EQUAL_FATAL(verdict_new(true, max, &v, &e), ERR_OK);
	return v;
}

/* Judge "MEMBER: TEXT" of a code, for which all is well afterwards. */
static void
gather(struct verdict *v, enum err_code code, const char *member,
    const char *text)
{
	struct err e = ERR_INIT;

	err_set(&e, code, "%s", text);
	if (member != NULL)
		err_wrap(&e, "%s", member);
	CU_ASSERT_EQUAL(verdict_judge(v, "rule", member, 0, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
}

/* What stays in e, with and without gathering. */
static void
stays(void)
{
	static const enum err_code codes[] = {
		ERR_OK, ERR_FAIL, ERR_USAGE, ERR_LIMIT, ERR_UNSAFE,
		ERR_CORRUPT, ERR_UNSUPPORTED, ERR_MEMLIMIT
	};
	struct err ok = ERR_INIT;
	struct verdict *v;
	size_t i, collect;
	bool moved;

	for (i = 0; i < 2 * HARNESS_COUNT(codes); i++) {
		struct err e = ERR_INIT;
		enum err_code code = codes[i / 2];

		collect = i % 2;
		moved = collect && (code == ERR_LIMIT ||
		    code == ERR_UNSAFE || code == ERR_MEMLIMIT);
		CU_ASSERT_EQUAL(verdict_new(collect, 10, &v, &ok), ERR_OK);
		if (code != ERR_OK)
			err_set(&e, code, "text");
		CU_ASSERT_EQUAL(verdict_judge(v, "r", "m", 1, 2, &e),
		    moved ? ERR_OK : code);
		CU_ASSERT_EQUAL(e.code, moved ? ERR_OK : code);
		CU_ASSERT_STRING_EQUAL(e.text,
		    moved || code == ERR_OK ? "" : "text");
		CU_ASSERT_EQUAL(verdict_count(v), moved);
		CU_ASSERT_EQUAL(verdict_result(v, &e), code);
		CU_ASSERT_STRING_EQUAL(e.text, code == ERR_OK ? "" : "text");
		verdict_free(v);
	}
	verdict_free(NULL);
}

/* The gravest code and its text, be it one that is not kept otherwise. */
static void
result(void)
{
	static const struct {
		const char *codes;	/* L, M, U */
		enum err_code code;
		const char *text;
	} rows[] = {
		{ "", ERR_OK, "" },
		{ "L", ERR_LIMIT, "m: text 0" },
		{ "M", ERR_MEMLIMIT, "m: text 0" },
		{ "LL", ERR_LIMIT, "2 violations; the first: m: text 0" },
		{ "LM", ERR_LIMIT, "2 violations; the first: m: text 0" },
		{ "ML", ERR_MEMLIMIT, "2 violations; the first: m: text 0" },
		{ "LUM", ERR_UNSAFE, "3 violations; the gravest: m: text 1" },
		{ "MUU", ERR_UNSAFE, "3 violations; the gravest: m: text 1" },
		{ "ULM", ERR_UNSAFE, "3 violations; the first: m: text 0" },
		{ "LLLLU", ERR_UNSAFE, "5 violations; the gravest: m: text 4" },
	};
	struct verdict *v;
	char text[32];
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		v = gatherer(2);
		for (k = 0; rows[i].codes[k] != '\0'; k++) {
			snprintf(text, sizeof(text), "text %zu", k);
			gather(v, rows[i].codes[k] == 'U' ? ERR_UNSAFE :
			    rows[i].codes[k] == 'L' ? ERR_LIMIT :
			    ERR_MEMLIMIT, "m", text);
		}
		CU_ASSERT_EQUAL(verdict_count(v), k);
		CU_ASSERT_EQUAL(verdict_result(v, &e), rows[i].code);
		CU_ASSERT_STRING_EQUAL(e.text, rows[i].text);
		verdict_free(v);
	}
}

/* Damage that is found later wins. */
static void
damage(void)
{
	struct verdict *v = gatherer(10);
	struct err e = ERR_INIT;

	gather(v, ERR_UNSAFE, "m", "text");
	err_set(&e, ERR_CORRUPT, "damaged");
	CU_ASSERT_EQUAL(verdict_judge(v, "r", NULL, 0, 0, &e), ERR_CORRUPT);
	CU_ASSERT_EQUAL(verdict_result(v, &e), ERR_CORRUPT);
	CU_ASSERT_STRING_EQUAL(e.text, "damaged");
	CU_ASSERT_EQUAL(verdict_count(v), 1);
	verdict_free(v);
}

static void
lines(void)
{
	static const char want[] =
	    "rule  d/a  what is wrong\n"
	    "rule  -  the whole\n"
	    "rule  a\\x0ab\\xff\\\\  text\\x1b\n"
	    "rule  a\\x20 -  what  is\n"
	    "rule  x  xy: no name in front\n"
	    "rule  x  x:y\n"
	    "rule    : y\n"
	    "-  -  2 more\n";
	struct verdict *v = gatherer(7);
	struct err e = ERR_INIT, full = ERR_INIT;
	struct buf b;

	buf_init(&b, 4096);
	CU_ASSERT_EQUAL(verdict_text(v, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 0);
	gather(v, ERR_UNSAFE, "d/a", "what is wrong");
	gather(v, ERR_LIMIT, NULL, "the whole");
	gather(v, ERR_LIMIT, "a\nb\xFF\\", "text\x1B");
	gather(v, ERR_LIMIT, "a  -", "what  is");
	err_set(&e, ERR_LIMIT, "xy: no name in front");
	verdict_judge(v, "rule", "x", 0, 0, &e);
	err_set(&e, ERR_LIMIT, "x:y");
	verdict_judge(v, "rule", "x", 0, 0, &e);
	gather(v, ERR_LIMIT, "", "y");
	gather(v, ERR_LIMIT, "more", "more");
	gather(v, ERR_LIMIT, "more", "more");
	CU_ASSERT_EQUAL(verdict_text(v, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(b.size, strlen(want));
	CU_ASSERT_EQUAL(memcmp(b.data, want, b.size), 0);
	buf_free(&b);
	buf_init(&b, 30);
	CU_ASSERT_EQUAL(verdict_text(v, &b, &full), ERR_FAIL);
	buf_free(&b);
	verdict_free(v);
}

static const char *
string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "(none)";
}

static void
objects(void)
{
	struct verdict *v = gatherer(3);
	struct err e = ERR_INIT;
	json_t *all;
	const json_t *o;

	CU_ASSERT_EQUAL(verdict_json(v, &all, &e), ERR_OK);
	CU_ASSERT_TRUE(json_is_array(all) && json_array_size(all) == 0);
	json_decref(all);
	gather(v, ERR_UNSAFE, NULL, "text");
	err_set(&e, ERR_LIMIT, "a\xFF: more");
	verdict_judge(v, "max-pax", "a\xFF", UINT64_MAX, 0, &e);
	err_set(&e, ERR_MEMLIMIT, "x");
	verdict_judge(v, "memlimit", "x", 9, 8, &e);
	gather(v, ERR_UNSAFE, "not", "kept");
	CU_ASSERT_EQUAL(verdict_json(v, &all, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(json_array_size(all), 3);
	o = json_array_get(all, 0);
	CU_ASSERT_EQUAL(json_object_size(o), 4);
	CU_ASSERT_STRING_EQUAL(string(o, "rule"), "rule");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "status")), 4);
	CU_ASSERT_TRUE(json_is_null(json_object_get(o, "member")));
	CU_ASSERT_STRING_EQUAL(string(o, "message"), "text");
	o = json_array_get(all, 1);
	CU_ASSERT_EQUAL(json_object_size(o), 7);
	CU_ASSERT_STRING_EQUAL(string(o, "member"), "a\\xff");
	CU_ASSERT_STRING_EQUAL(string(o, "member_hex"), "61ff");
	CU_ASSERT_STRING_EQUAL(string(o, "message"), "a\\xff: more");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "status")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "value")),
	    INT64_MAX);
	CU_ASSERT_TRUE(json_is_integer(json_object_get(o, "limit")));
	o = json_array_get(all, 2);
	CU_ASSERT_EQUAL(json_object_size(o), 6);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "status")), 7);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "value")), 9);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(o, "limit")), 8);
	json_decref(all);
	verdict_free(v);
}

/* malloc() for jansson, which fails when allowed calls were made. */
static size_t allowed;

static void *
scarce(size_t n)
{
	if (allowed == 0)
		return NULL;
	allowed--;
	return malloc(n);
}

/* Wherever memory runs out: all of it, or an error. */
static void
no_memory(void)
{
	struct verdict *v = gatherer(10);
	size_t i, bad = 0;
	json_t *all;

	gather(v, ERR_UNSAFE, NULL, "text");
	gather(v, ERR_LIMIT, "a\xFF", "te\xFFxt");
	json_set_alloc_funcs(scarce, free);
	for (i = 0; i < 500; i++) {
		struct err e = ERR_INIT;

		allowed = i;
		if (verdict_json(v, &all, &e) == ERR_OK)
			break;
		bad += all != NULL || e.code != ERR_FAIL;
	}
	allowed = SIZE_MAX;
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_TRUE(i > 20 && i < 500);
	CU_ASSERT_EQUAL(json_array_size(all), 2);
	CU_ASSERT_EQUAL(json_object_size(json_array_get(all, 0)), 4);
	CU_ASSERT_EQUAL(json_object_size(json_array_get(all, 1)), 5);
	json_decref(all);
	json_set_alloc_funcs(malloc, free);
	verdict_free(v);
}

/* How many lines v has; the last one, if there is one, is *last. */
static size_t
count_lines(const struct verdict *v, char *last, size_t size)
{
	struct err e = ERR_INIT;
	struct buf b;
	size_t i, n = 0, begin = 0;

	buf_init(&b, (size_t)256 << 20);
	CU_ASSERT_EQUAL(verdict_text(v, &b, &e), ERR_OK);
	for (i = 0; i < b.size; i++) {
		n += b.data[i] == '\n';
		if (b.data[i] == '\n' && i + 1 < b.size)
			begin = i + 1;
	}
	snprintf(last, size, "%.*s", (int)(b.size - begin),
	    (const char *)b.data + begin);
	buf_free(&b);
	return n;
}

/* The number of those that are kept has an end, and so have their bytes. */
static void
many(void)
{
	enum { NAME = 3 << 16 };
	char *name = malloc(NAME + 1), last[64];
	struct verdict *v = gatherer(1000);
	size_t i;

	for (i = 0; i < 1500; i++)
		gather(v, ERR_LIMIT, "m", "text");
	CU_ASSERT_EQUAL(verdict_count(v), 1500);
	CU_ASSERT_EQUAL(count_lines(v, last, sizeof(last)), 1001);
	CU_ASSERT_STRING_EQUAL(last, "-  -  500 more\n");
	verdict_free(v);
	memset(name, 'n', NAME);
	name[NAME] = '\0';
	v = gatherer(1000);
	for (i = 0; i < 40; i++)
		gather(v, ERR_LIMIT, name, "text");
	CU_ASSERT_EQUAL(verdict_count(v), 40);
	CU_ASSERT_EQUAL(count_lines(v, last, sizeof(last)), 21);
	CU_ASSERT_STRING_EQUAL(last, "-  -  20 more\n");
	verdict_free(v);
	v = gatherer(0);	/* is 1 */
	gather(v, ERR_LIMIT, "m", "text");
	gather(v, ERR_LIMIT, "m", "text");
	CU_ASSERT_EQUAL(count_lines(v, last, sizeof(last)), 2);
	verdict_free(v);
	free(name);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "what stays an error", stays },
		{ "the result", result },
		{ "damage", damage },
		{ "as text", lines },
		{ "as JSON", objects },
		{ "no memory", no_memory },
		{ "many", many },
	};

	return harness_run("verdict", tests, HARNESS_COUNT(tests));
}
