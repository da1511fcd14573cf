#include "unpack/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "unpack/sniff.h"

#define ELF "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0\1\0\0\0"
#define LISTED 1020		/* of one kind */

static struct findings *
fresh(void)
{
	struct err e = ERR_INIT;
	struct findings *f = NULL;

	CU_ASSERT_EQUAL_FATAL(findings_new(&f, &e), ERR_OK);
	return f;
}

/* A file of these bytes, in pieces of step. */
static void
file(struct findings *f, const char *name, const void *p, size_t n,
    size_t step, bool executable)
{
	struct err e = ERR_INIT;
	const uint8_t *bytes = p;
	size_t at, size;

	for (at = 0; at < n; at += size) {
		size = n - at < step ? n - at : step;
		findings_data(f, bytes + at, size);
	}
	CU_ASSERT_EQUAL(findings_file(f, name, executable, &e), ERR_OK);
}

/* The caller frees. */
static char *
text(const struct findings *f)
{
	struct err e = ERR_INIT;
	struct buf to;
	char *copy;

	buf_init(&to, (size_t)1 << 24);
	CU_ASSERT_EQUAL(findings_text(f, &to, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_append(&to, "", 1, &e), ERR_OK);
	copy = strdup((char *)to.data);
	buf_free(&to);
	return copy;
}

static json_t *
json(const struct findings *f)
{
	struct err e = ERR_INIT;
	json_t *all;

	CU_ASSERT_EQUAL(findings_json(f, &all, &e), ERR_OK);
	return all;
}

static const char *
string_of(const json_t *all, size_t i, const char *key)
{
	const char *s = json_string_value(json_object_get(
	    json_array_get(all, i), key));

	return s != NULL ? s : "(none)";
}

/* Each file is judged by its own bytes, however they come. */
static void
files(void)
{
	static const size_t steps[] = { 1, 3, 511, 4096 };
	struct findings *f;
	char data[2000], expected[300], *got;
	json_t *all;
	size_t i;

	memset(data, 'x', sizeof(data));
	memcpy(data, ELF, sizeof(ELF) - 1);
	snprintf(expected, sizeof(expected), "note  d/prog  %s\n"
	    "note  run  %s\nnote  tool  %s\n", sniff_words(SNIFF_ELF),
	    sniff_words(SNIFF_SCRIPT), sniff_words(SNIFF_EXECUTABLE));
	for (i = 0; i < HARNESS_COUNT(steps); i++) {
		f = fresh();
		file(f, "empty", "", 0, 1, false);
		file(f, "d/prog", data, sizeof(data), steps[i], false);
		/* nothing of the file before is left */
		file(f, "README", "text", 4, steps[i], false);
		file(f, "late", data + 4, 1000, steps[i], false);
		file(f, "run", "#!/bin/sh\n", 10, steps[i], false);
		file(f, "tool", "text", 4, steps[i], true);
		got = text(f);
		CU_ASSERT_STRING_EQUAL(got, expected);
		free(got);
		all = json(f);
		CU_ASSERT_EQUAL(json_array_size(all), 3);
		CU_ASSERT_STRING_EQUAL(string_of(all, 0, "kind"), "elf");
		CU_ASSERT_STRING_EQUAL(string_of(all, 0, "member"),
		    "d/prog");
		CU_ASSERT_STRING_EQUAL(string_of(all, 1, "message"),
		    sniff_words(SNIFF_SCRIPT));
		json_decref(all);
		findings_free(f);
	}
}

/* Links are judged by their names, and leave the next file alone. */
static void
links(void)
{
	struct err e = ERR_INIT;
	struct findings *f = fresh();
	json_t *all;

	CU_ASSERT_EQUAL(findings_link(f, "plain", &e), ERR_OK);
	CU_ASSERT_EQUAL(findings_link(f, "a.py", &e), ERR_OK);
	file(f, "b", "#!x", 3, 3, false);
	CU_ASSERT_EQUAL(findings_link(f, "d/-rf", &e), ERR_OK);
	CU_ASSERT_EQUAL(findings_link(f, "c", &e), ERR_OK);
	all = json(f);
	CU_ASSERT_EQUAL(json_array_size(all), 3);
	CU_ASSERT_STRING_EQUAL(string_of(all, 0, "kind"), "python");
	CU_ASSERT_STRING_EQUAL(string_of(all, 1, "kind"), "script");
	CU_ASSERT_STRING_EQUAL(string_of(all, 2, "kind"), "dash");
	json_decref(all);
	findings_free(f);
}

static void
none(void)
{
	struct findings *f = fresh();
	json_t *all = json(f);
	char *got = text(f);

	CU_ASSERT_STRING_EQUAL(got, "");
	CU_ASSERT_EQUAL(findings_count(f), 0);
	CU_ASSERT_TRUE(json_is_array(all));
	CU_ASSERT_EQUAL(json_array_size(all), 0);
	free(got);
	json_decref(all);
	findings_free(f);
	findings_free(NULL);
}

/* No name breaks a line or the JSON. */
static void
hostile_names(void)
{
	static const char *const names[] = { "a\nnote  b", "\xFF\x1B[31m",
	    "caf\xC3\xA9", "\"}]\\", "a -> b  " };
	struct findings *f = fresh();
	json_t *all;
	char *got, *p;
	size_t i, lines = 0;

	for (i = 0; i < HARNESS_COUNT(names); i++)
		file(f, names[i], "#!x", 3, 3, false);
	got = text(f);
	for (p = got; *p != '\0'; p++) {
		lines += *p == '\n';
		CU_ASSERT_TRUE(*p == '\n' || (unsigned char)*p >= ' ');
	}
	CU_ASSERT_EQUAL(lines, HARNESS_COUNT(names));
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "note  \\xff\\x1b[31m  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "note  a\\x20-> b\\x20\\x20  "));
	free(got);
	all = json(f);
	for (i = 0; i < HARNESS_COUNT(names); i++)
		CU_ASSERT_TRUE(i == 1 || strcmp(string_of(all, i, "member"),
		    names[i]) == 0);
	CU_ASSERT_STRING_EQUAL(string_of(all, 1, "member_hex"),
	    "ff1b5b33316d");
	CU_ASSERT_STRING_EQUAL(string_of(all, 0, "member_hex"), "(none)");
	json_decref(all);
	findings_free(f);
}

/* The list ends, the count does not. */
static void
too_many(void)
{
	struct findings *f = fresh();
	json_t *all;
	char name[32], *got;
	size_t i;

	for (i = 0; i < LISTED + 7; i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		file(f, name, "#!x", 3, 3, false);
		if (i + 1 != LISTED)
			continue;
		got = text(f);
		CU_ASSERT_PTR_NULL(strstr(got, "more"));
		free(got);
	}
	got = text(f);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "\nnote  and 7 more\n"));
	CU_ASSERT_PTR_NULL(strstr(got, "f1020"));
	free(got);
	CU_ASSERT_EQUAL(findings_count(f), LISTED + 7);
	all = json(f);
	CU_ASSERT_EQUAL(json_array_size(all), LISTED);
	json_decref(all);
	findings_free(f);
}

/* What is many does not hide what is rare, wherever that is. */
static void
rare(void)
{
	struct findings *f = fresh();
	size_t i, size, n_hidden = 0, n_script = 0, n_shell = 0;
	const char *kind;
	json_t *all;
	char name[32], *got;

	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), ".f%zu", i);
		file(f, name, "", 0, 1, false);
	}
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "f%zu", i);
		file(f, name, "#!x", 3, 3, false);
	}
	file(f, "last.sh", "", 0, 1, false);
	all = json(f);
	size = json_array_size(all);
	for (i = 0; i < size; i++) {
		kind = string_of(all, i, "kind");
		n_hidden += strcmp(kind, "hidden") == 0;
		n_script += strcmp(kind, "script") == 0;
		n_shell += strcmp(kind, "shell") == 0;
	}
	CU_ASSERT_EQUAL(n_hidden, LISTED);
	CU_ASSERT_EQUAL(n_script, 20);
	CU_ASSERT_EQUAL(n_shell, 1);
	CU_ASSERT_EQUAL(n_hidden + n_script + n_shell, size);
	CU_ASSERT_STRING_EQUAL(string_of(all, size - 1, "member"),
	    "last.sh");
	json_decref(all);
	got = text(f);
	CU_ASSERT_PTR_NOT_NULL(strstr(got, "\nnote  and 3990 more\n"));
	free(got);
	findings_free(f);
}

/* As many as can be of every kind that names tell: all is within the list. */
static void
every_kind(void)
{
	static const char *const names[] = { "a.pkl", "a.pyc", "a.py", "a.sh",
	    "a.lua", "a.jar", "a.npz", "-a", ".a" };
	struct err e = ERR_INIT;
	struct findings *f = fresh();
	json_t *all;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(names) * 500; i++)
		CU_ASSERT_EQUAL(findings_link(f, names[i / 500], &e),
		    ERR_OK);
	all = json(f);
	CU_ASSERT_EQUAL(json_array_size(all),
	    1000 + 20 * HARNESS_COUNT(names));
	json_decref(all);
	findings_free(f);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "files", files },
		{ "links", links },
		{ "none", none },
		{ "hostile names", hostile_names },
		{ "too many", too_many },
		{ "many of one kind", rare },
		{ "many of every kind", every_kind },
	};

	return harness_run("findings", tests, HARNESS_COUNT(tests));
}
