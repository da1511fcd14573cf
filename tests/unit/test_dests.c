#include "cli/dests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#define MANY 4

static void
folders(void)
{
	static const char *const rows[][2] = {
		{ "foo.tar.xz", "foo" }, { "a/b.c/foo.txz", "foo" },
		{ "foo.xz", "foo" }, { "foo.tar.tar.xz", "foo.tar" },
		{ "/foo.tar.xz", "foo" }, { "foo", NULL }, { "", NULL },
		{ "foo.tar", NULL }, { ".tar.xz", NULL }, { ".xz", NULL },
		{ "a/.foo.tar.xz", NULL }, { "...tar.xz", NULL },
		{ "foo.xz/", NULL }, { "foo.TXZ", NULL },
	};
	char *got;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		got = dests_folder(rows[i][0]);
		CU_ASSERT_EQUAL(got == NULL, rows[i][1] == NULL);
		if (got != NULL && rows[i][1] != NULL)
			CU_ASSERT_STRING_EQUAL(got, rows[i][1]);
		free(got);
	}
}

/* Bundles, the directory of each below top, and words of what is wrong. */
struct row {
	const char *bundles[MANY], *dirs[MANY], *wrong[MANY];
};

static void
plan_one(const struct row *r)
{
	struct dest all[MANY] = { { NULL, NULL, NULL, NULL } };
	struct err e = ERR_INIT;
	size_t n = 0, i;

	for (; n < MANY && r->bundles[n] != NULL; n++)
		all[n].bundle = r->bundles[n];
	CU_ASSERT_EQUAL(dests_plan("top", NULL, all, n, &e), ERR_OK);
	for (i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(all[i].dir == NULL, r->dirs[i] == NULL);
		if (all[i].dir != NULL && r->dirs[i] != NULL)
			CU_ASSERT_STRING_EQUAL(all[i].dir, r->dirs[i]);
		CU_ASSERT_EQUAL(all[i].wrong == NULL, r->wrong[i] == NULL);
		if (all[i].wrong != NULL && r->wrong[i] != NULL)
			CU_ASSERT_PTR_NOT_NULL(strstr(all[i].wrong,
			    r->wrong[i]));
	}
	dests_free(all, n);
}

static void
plans(void)
{
	static const struct row rows[] = {
		{ { "x.xz" }, { "top/x" }, { NULL } },
		{ { "a/x.xz", "../y.txz", "/b/z.tar.xz" },
		    { "top/x", "top/y", "top/z" }, { NULL } },
		{ { "a/x.xz", "b/x.xz", "y.xz", "/c//d/z.xz" },
		    { "top/a/x", "top/b/x", "top/y", "top/c/d/z" },
		    { NULL } },
		{ { "./a/././x.tar.xz", "//b//x.xz", ".c/x.xz" },
		    { "top/a/x", "top/b/x", "top/.c/x" }, { NULL } },
		/* The order makes no difference. */
		{ { "../x.xz", "x.xz", "a/../y.xz" }, { NULL, "top/x", NULL },
		    { "'..'", NULL, "'..'" } },
		{ { "x.xz", "a/../y.xz", "../x.xz" }, { "top/x", NULL, NULL },
		    { NULL, "'..'", "'..'" } },
		{ { ".xzbundle-stage.01234567/x.xz", "x.xz" },
		    { NULL, "top/x" }, { "cannot be", NULL } },
		{ { ".xzbundle-stage.0123456789012345678901/x.xz", "x.xz" },
		    { "top/.xzbundle-stage.0123456789012345678901/x",
		    "top/x" }, { NULL } },
		/* The same twice. */
		{ { "a/x.xz", "b/x.xz", "a/x.xz" },
		    { "top/a/x", "top/b/x", "top/a/x" },
		    { NULL, NULL, "top/a/x, as a/x.xz does" } },
		{ { "x.xz", "./x.tar.xz", "x.txz" },
		    { "top/x", "top/x", "top/x" },
		    { NULL, "as x.xz does", "as x.xz does" } },
		/* One in another. */
		{ { "a.xz", "a/x.xz", "b/x.xz" },
		    { "top/a", "top/a/x", "top/b/x" },
		    { NULL, "inside of top/a, which is for a.xz", NULL } },
		{ { "a/x.xz", "b/x.xz", "a.xz" },
		    { "top/a/x", "top/b/x", "top/a" },
		    { "inside of top/a, which is for a.xz", NULL, NULL } },
		{ { "a.xz", "ab/x.xz", "x.xz" },
		    { "top/a", "top/ab/x", "top/x" },
		    { NULL, NULL, NULL } },
		/* Without an ending: no names to compare. */
		{ { "a/x", "b/x", "x.xz" }, { NULL, NULL, "top/x" },
		    { "no .tar.xz", "rename it", NULL } },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++)
		plan_one(&rows[i]);
}

static void
suffixes(void)
{
	static const char *const good[] = { ".json", ".sha256", ".a.b" };
	static const char *const bad[] = { "", ".", "-", "json", "./a",
	    ".a/b", "/", ".xz", ".txz", ".tar.xz", ".a.tar.xz" };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(good); i++)
		CU_ASSERT_TRUE(dests_is_suffix(good[i]));
	for (i = 0; i < HARNESS_COUNT(bad); i++)
		CU_ASSERT_FALSE(dests_is_suffix(bad[i]));
}

/* Where a manifest would be, something else goes. */
static void
manifests(void)
{
	struct dest all[] = {
		{ .bundle = "a.xz" }, { .bundle = "b" },
		{ .bundle = "a.s.xz" }, { .bundle = "a.s.s.t.xz" },
	};
	struct dest deep[] = {
		{ .bundle = "x.xz" }, { .bundle = "x.s/x.xz" },
	};
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(dests_plan("top", ".s", all, 4, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(all[0].manifest, "top/a.s");
	CU_ASSERT_PTR_NOT_NULL_FATAL(all[0].wrong);
	CU_ASSERT_PTR_NOT_NULL(strstr(all[0].wrong,
	    "top/a.s, where a.s.xz goes"));
	CU_ASSERT_PTR_NULL(all[1].manifest);
	CU_ASSERT_STRING_EQUAL(all[2].manifest, "top/a.s.s");
	CU_ASSERT_PTR_NULL(all[2].wrong);
	CU_ASSERT_PTR_NULL(all[3].wrong);
	dests_free(all, 4);
	CU_ASSERT_EQUAL(dests_plan("top", ".s", deep, 2, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(deep[1].manifest, "top/x.s/x.s");
	CU_ASSERT_PTR_NOT_NULL(deep[0].wrong);
	CU_ASSERT_PTR_NULL(deep[1].wrong);
	dests_free(deep, 2);
}

static enum err_code
make(const char *dir, struct err *e)
{
	struct dest d = { .bundle = "x.xz" };

	memset(e, 0, sizeof(*e));
	d.dir = strdup(dir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(d.dir);
	dests_make("top", &d, e);
	free(d.dir);
	return e->code;
}

static void
directories(void)
{
	struct err e;

	CU_ASSERT_EQUAL(make("top/x", &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "top: "));
	CU_ASSERT_EQUAL(mkdir("top", 0700), 0);
	CU_ASSERT_EQUAL(make("top/x", &e), ERR_OK);
	CU_ASSERT_EQUAL(harness_entries("top"), 0);
	umask(027);
	CU_ASSERT_EQUAL(make("top/a/b/x", &e), ERR_OK);
	CU_ASSERT_EQUAL(make("top/a/b/x", &e), ERR_OK);
	umask(022);
	CU_ASSERT_EQUAL(harness_mode_of("top/a"), S_IFDIR | 0750);
	CU_ASSERT_EQUAL(harness_mode_of("top/a/b"), S_IFDIR | 0750);
	CU_ASSERT_EQUAL(harness_entries("top/a/b"), 0);
	harness_write("top/f", "f", 1);
	CU_ASSERT_EQUAL(make("top/f/x", &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "top/f: "));
	/* A symlink, to a directory or to nothing. */
	CU_ASSERT_EQUAL(mkdir("out", 0755), 0);
	CU_ASSERT_EQUAL(symlink("../out", "top/link"), 0);
	CU_ASSERT_EQUAL(symlink("../new", "top/a/none"), 0);
	CU_ASSERT_EQUAL(make("top/link/b/x", &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "top/link: "));
	CU_ASSERT_EQUAL(make("top/a/none/b/x", &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "top/a/none: "));
	CU_ASSERT_EQUAL(harness_entries("out"), 0);
	CU_ASSERT_EQUAL(access("new", F_OK), -1);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "folders", folders },
		{ "plans", plans },
		{ "suffixes", suffixes },
		{ "manifests", manifests },
		{ "directories", directories },
	};

	umask(022);
	return harness_run("dests", tests, HARNESS_COUNT(tests));
}
