#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "harness.h"

static void
first_wins(void)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(err_set(&e, ERR_CORRUPT, "%s: bad %d", "f", 7),
	    ERR_CORRUPT);
	CU_ASSERT_STRING_EQUAL(e.text, "f: bad 7");
	CU_ASSERT_EQUAL(err_set(&e, ERR_USAGE, "later"), ERR_CORRUPT);
	CU_ASSERT_EQUAL(err_sys(&e, ENOENT, "later"), ERR_CORRUPT);
	CU_ASSERT_EQUAL(err_nomem(&e), ERR_CORRUPT);
	CU_ASSERT_EQUAL(e.code, ERR_CORRUPT);
	CU_ASSERT_STRING_EQUAL(e.text, "f: bad 7");
}

static void
system_errors(void)
{
	struct err e = ERR_INIT, unknown = ERR_INIT, memory = ERR_INIT;

	CU_ASSERT_EQUAL(err_sys(&e, ENOENT, "%s: cannot open", "x"),
	    ERR_FAIL);
	CU_ASSERT_STRING_EQUAL(e.text,
	    "x: cannot open: No such file or directory");
	CU_ASSERT_EQUAL(err_sys(&unknown, 99999, "y"), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&unknown, "99999"));
	CU_ASSERT_EQUAL(err_nomem(&memory), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&memory, "memory"));
}

static void
wrap(void)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_UNSAFE, "is absolute");
	CU_ASSERT_EQUAL(err_wrap(&e, "%s", "m"), ERR_UNSAFE);
	CU_ASSERT_EQUAL(err_wrap(&e, "file %d", 1), ERR_UNSAFE);
	CU_ASSERT_STRING_EQUAL(e.text, "file 1: m: is absolute");
}

static void
append(void)
{
	struct err e = ERR_INIT, none = ERR_INIT;

	CU_ASSERT_EQUAL(err_append(&none, "; %s", "m"), ERR_OK);
	CU_ASSERT_STRING_EQUAL(none.text, "");
	err_set(&e, ERR_UNSAFE, "is absolute");
	CU_ASSERT_EQUAL(err_append(&e, "; %s %d", "m", 1), ERR_UNSAFE);
	CU_ASSERT_EQUAL(err_append(&e, "; too"), ERR_UNSAFE);
	CU_ASSERT_STRING_EQUAL(e.text, "is absolute; m 1; too");
}

/* Text that is too long is cut, whichever part of it is. */
static void
long_text(void)
{
	struct err e = ERR_INIT, s = ERR_INIT;
	char big[3 * ERR_TEXT_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_FAIL, "%s", big);
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_MAX - 1);
	err_append(&e, "%s", big);
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_MAX - 1);
	err_wrap(&e, "short");
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_MAX - 1);
	CU_ASSERT_EQUAL(strncmp(e.text, "short: xxx", 10), 0);
	err_wrap(&e, "%s", big);
	CU_ASSERT_EQUAL(strlen(e.text), ERR_TEXT_MAX - 1);
	CU_ASSERT_EQUAL(err_sys(&s, EIO, "%s", big), ERR_FAIL);
	CU_ASSERT_EQUAL(strlen(s.text), ERR_TEXT_MAX - 1);
}

static void
copy(void)
{
	struct err to = ERR_INIT, none = ERR_INIT, a = ERR_INIT, b = ERR_INIT;

	err_set(&a, ERR_MEMLIMIT, "a");
	err_set(&b, ERR_LIMIT, "b");
	CU_ASSERT_EQUAL(err_copy(&to, &none), ERR_OK);
	CU_ASSERT_EQUAL(err_copy(&to, &a), ERR_MEMLIMIT);
	CU_ASSERT_EQUAL(err_copy(&to, &b), ERR_MEMLIMIT);
	CU_ASSERT_EQUAL(err_copy(&to, &none), ERR_MEMLIMIT);
	CU_ASSERT_STRING_EQUAL(to.text, "a");
}

static void
bare(void)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_FAIL, "what");
	err_wrap(&e, "a: b");
	CU_ASSERT_STRING_EQUAL(err_bare(e.text, "a: b"), "what");
	CU_ASSERT_STRING_EQUAL(err_bare(e.text, "a"), "b: what");
	CU_ASSERT_STRING_EQUAL(err_bare(e.text, "b"), e.text);
	CU_ASSERT_STRING_EQUAL(err_bare(e.text, "a: b: what"), e.text);
	CU_ASSERT_STRING_EQUAL(err_bare("a:b", "a"), "a:b");
	CU_ASSERT_STRING_EQUAL(err_bare("a", "a: b"), "a");
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the first error wins", first_wins },
		{ "system errors", system_errors },
		{ "wrap", wrap },
		{ "append", append },
		{ "long text is cut", long_text },
		{ "copy", copy },
		{ "without its context", bare },
	};

	return harness_run("err", tests, HARNESS_COUNT(tests));
}
