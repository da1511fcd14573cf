#include "unpack/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static int
dir(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void
directories(void)
{
	int fd, home = dir(".");

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_EQUAL(symlink("d", "l"), 0);
	harness_write("f", "f", 1);
	fd = mount_open(home, "d", O_RDONLY);
	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CU_ASSERT_TRUE(mount_same(home, fd));
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(mount_open(home, "l", O_RDONLY), -1);
	CU_ASSERT_EQUAL(mount_open(home, "f", O_PATH), -1);
	CU_ASSERT_EQUAL(errno, ENOTDIR);
	CU_ASSERT_EQUAL(mount_open(home, "none", O_RDONLY), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(mount_open(-1, "d", O_RDONLY), -1);
	CU_ASSERT_FALSE(mount_same(home, -1));
	CU_ASSERT_FALSE(mount_same(-1, home));
	CU_ASSERT_EQUAL(close(home), 0);
}

static void
below_none(void)
{
	char *at;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_PTR_NULL(mount_below("d"));
	CU_ASSERT_PTR_NULL(mount_below("none"));
	CU_ASSERT_PTR_NULL(mount_below(""));
	/* /proc at least */
	at = mount_below("/");
	CU_ASSERT_TRUE(at != NULL && at[0] == '/' && at[1] != '\0');
	free(at);
}

/* Is what is mounted below path at `at` in here?  NULL: nothing is. */
static int
below_is(const char *path, const char *at)
{
	char *got = mount_below(path), *here = getcwd(NULL, 0), *want = NULL;
	int same = got == NULL && at == NULL;

	if (got != NULL && at != NULL &&
	    asprintf(&want, "%s/%s", here, at) > 0)
		same = strcmp(got, want) == 0;
	free(want);
	free(here);
	free(got);
	return same;
}

/* Is it of one mount with the directory home? */
static bool
same(int home, const char *path)
{
	int fd = dir(path);
	bool is = mount_same(home, fd);

	(void)close(fd);
	return is;
}

/* A bind mount of one's own file system, and another one at a name that
 * mountinfo cannot have as it is. */
static int
mounted(void)
{
	static const char odd[] = "d/a b\n\\134\t/m";
	int home = dir("."), d = dir("d");

	if (mkdir("d/a b\n\\134\t", 0700) != 0 || mkdir(odd, 0700) != 0)
		return 1;
	if (!same(home, "d/bind") ||
	    mount("out", "d/bind", "none", MS_BIND, NULL) != 0)
		return 2;
	if (same(home, "d/bind") || mount_open(d, "bind", O_RDONLY) != -1 ||
	    errno != EXDEV)
		return 3;
	if (!below_is("d", "d/bind") || !below_is("./d/", "d/bind") ||
	    !below_is("l", "d/bind") || !below_is(".", "d/bind"))
		return 4;
	/* not below itself, nor below a name that goes on */
	if (!below_is("d/bind", NULL) || !below_is("d/bin", NULL))
		return 5;
	if (umount("d/bind") != 0 ||
	    mount("none", odd, "tmpfs", 0, NULL) != 0)
		return 6;
	if (!below_is("d", odd) || same(home, odd))
		return 7;
	return umount(odd) != 0 || !below_is("d", NULL) ? 8 : 0;
}

static void
mounts(void)
{
	int r;

	CU_ASSERT_EQUAL(system("mkdir -p d/bind d/bin out && ln -s d l"), 0);
	r = harness_mounting(mounted);
	CU_ASSERT_TRUE(r == 0 || r == -1);
	if (r == -1)
		printf("skip: mounts ");
	else if (r != 0)
		printf("\n    step %d", r);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "directories", directories },
		{ "nothing below", below_none },
		{ "mounts", mounts },
	};

	umask(022);
	return harness_run("mount", tests, HARNESS_COUNT(tests));
}
