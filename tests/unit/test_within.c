#include "unpack/within.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define NOBODY 65534

static struct stat top;

static void
begin(void)
{
	CU_ASSERT_EQUAL(system("mkdir -p top/a/b out && touch top/a/f out/f "
	    "&& ln -s ../top/a/f out/in && ln -s ../../out/f top/a/out && "
	    "ln -s top/a by && ln -s none top/a/none && ln -s top/a/b/g g"),
	    0);
	CU_ASSERT_EQUAL(stat("top", &top), 0);
}

static bool
dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err e = ERR_INIT;
	bool is = true;

	CU_ASSERT_EQUAL(within_dir(fd, &top, &is, &e), ERR_OK);
	CU_ASSERT_EQUAL(close(fd), 0);
	return is;
}

static bool
file(const char *path)
{
	struct err e = ERR_INIT;
	bool is = true;

	CU_ASSERT_EQUAL(within_file(path, &top, &is, &e), ERR_OK);
	return is;
}

static void
directories(void)
{
	struct err e = ERR_INIT, closed = ERR_INIT;
	bool is;

	begin();
	CU_ASSERT_TRUE(dir("top") && dir("top/a") && dir("top/a/b"));
	CU_ASSERT_TRUE(dir("by") && dir("by/b/.."));
	CU_ASSERT_FALSE(dir(".") || dir("out") || dir("/") || dir("top/.."));
	CU_ASSERT_EQUAL(stat("/", &top), 0);
	CU_ASSERT_TRUE(dir("/") && dir("."));
	CU_ASSERT_EQUAL(stat("top", &top), 0);
	CU_ASSERT_EQUAL(chdir("top/a"), 0);
	CU_ASSERT_EQUAL(within_dir(AT_FDCWD, &top, &is, &e), ERR_OK);
	CU_ASSERT_TRUE(is);
	CU_ASSERT_EQUAL(chdir("../.."), 0);
	CU_ASSERT_EQUAL(within_dir(AT_FDCWD, &top, &is, &e), ERR_OK);
	CU_ASSERT_FALSE(is);
	CU_ASSERT_EQUAL(within_dir(-1, &top, &is, &closed), ERR_FAIL);
}

/* By the name, and by what it leads to. */
static void
files(void)
{
	static const char *const in[] = { "top/f", "top/a/f", "by/f",
	    "top/none", "out/in", "top/a/out", "top/a/none",
	    "by" };
	static const char *const no[] = { "top", "out/f", "f", "/",
	    "/f", "/dev/stdin", "none", "g" };
	struct err e = ERR_INIT;
	bool is;
	size_t i;

	begin();
	for (i = 0; i < HARNESS_COUNT(in); i++)
		CU_ASSERT_TRUE(file(in[i]));
	for (i = 0; i < HARNESS_COUNT(no); i++)
		CU_ASSERT_FALSE(file(no[i]));
	CU_ASSERT_EQUAL(within_file("none/f", &top, &is, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "No such file"));
	CU_ASSERT_EQUAL(chdir("top/a"), 0);
	CU_ASSERT_TRUE(file("f") && file("none"));
	CU_ASSERT_EQUAL(chdir("../.."), 0);
}

/* A way up that is not the user's. */
static void
hidden(void)
{
	struct err e = ERR_INIT;
	bool is = true;
	int fd;

	begin();
	fd = open("out", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(chmod("out", 0700), 0);
	CU_ASSERT_EQUAL(seteuid(getuid() == 0 ? NOBODY : getuid()), 0);
	CU_ASSERT_EQUAL(within_dir(fd, &top, &is, &e), ERR_OK);
	CU_ASSERT_FALSE(is);
	CU_ASSERT_EQUAL(seteuid(getuid()), 0);
	CU_ASSERT_EQUAL(close(fd), 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "directories", directories },
		{ "files", files },
		{ "hidden", hidden },
	};

	umask(022);
	return harness_run("within", tests, HARNESS_COUNT(tests));
}
