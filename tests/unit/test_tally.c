/* What a contest counts. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "wrap/tally.h"

static struct err e;

static struct tally
start(void)
{
	struct tally t;

	memset(&t, 0, sizeof(t));
	e = (struct err)ERR_INIT;
	return t;
}

static void
test_sum(void)
{
	const char *const paths[] = { "a", "b" };
	struct tally t = start();

	harness_write("a", "12345", 5);
	harness_write("b", "", 0);
	t.code = "none";
	t.code_size = 100;
	CU_ASSERT_EQUAL(tally_make(&t, paths, 2, &e), ERR_OK);
	CU_ASSERT_EQUAL(t.total, 105);
	CU_ASSERT_EQUAL(t.files[0].size, 5);
	CU_ASSERT_EQUAL(t.files[1].size, 0);
	CU_ASSERT_EQUAL(tally_judge(&t, &e), ERR_OK);
	t.has_limit = true;
	t.limit = 105;
	CU_ASSERT_EQUAL(tally_judge(&t, &e), ERR_OK);
	t.limit = 104;
	CU_ASSERT_EQUAL(tally_judge(&t, &e), ERR_LIMIT);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "1 over the limit of 104"));
	tally_free(&t);
}

static void
refuse(const char *one, const char *other, const char *code,
    enum err_code want)
{
	const char *const paths[] = { one, other };
	struct tally t = start();

	t.code = code;
	CU_ASSERT_EQUAL(tally_make(&t, paths, 2, &e), want);
	tally_free(&t);
}

static void
test_refused(void)
{
	harness_write("a", "1", 1);
	harness_write("b", "2", 1);
	CU_ASSERT_EQUAL(link("a", "c"), 0);
	CU_ASSERT_EQUAL(mkdir("d", 0777), 0);
	CU_ASSERT_EQUAL(mkfifo("f", 0777), 0);
	refuse("a", "b", NULL, ERR_OK);
	refuse("a", "a", NULL, ERR_USAGE);
	refuse("a", "./c", NULL, ERR_USAGE);
	refuse("a", "b", "b", ERR_USAGE);
	refuse("a", "b", "missing", ERR_OK);
	refuse("a", "missing", NULL, ERR_FAIL);
	refuse("a", "d", NULL, ERR_FAIL);
	refuse("f", "a", NULL, ERR_FAIL);
}

/* Files with holes have the size that they say, and sums may not wrap. */
static void
test_large(void)
{
	const char *const paths[] = { "a" };
	struct tally t = start();

	harness_write("a", "1", 1);
	CU_ASSERT_EQUAL(truncate("a", (off_t)1 << 40), 0);
	t.code_size = 1;
	CU_ASSERT_EQUAL(tally_make(&t, paths, 1, &e), ERR_OK);
	CU_ASSERT_EQUAL(t.total, (UINT64_C(1) << 40) + 1);
	tally_free(&t);
	t = start();
	t.code_size = UINT64_MAX;
	CU_ASSERT_EQUAL(tally_make(&t, paths, 1, &e), ERR_FAIL);
	tally_free(&t);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "sum", test_sum },
		{ "refused", test_refused },
		{ "large", test_large },
	};

	return harness_run("tally", tests, HARNESS_COUNT(tests));
}
