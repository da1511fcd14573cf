#include "unpack/noreplace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

/* --- a file system that can do less --- */

static int lacks;		/* what renameat2(2) says to flags, or 0 */
static bool broken;		/* what takes a name away fails */

/* Those of the C library, which these stand in for. */
int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
    unsigned int flags)
{
	if (lacks != 0 && flags != 0) {
		errno = lacks;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	if (broken) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

int
unlinkat(int fd, const char *name, int flags)
{
	if (broken && strchr("fsd", name[0]) != NULL) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_unlinkat, fd, name, flags);
}

/* --- the tests --- */

static int from, to;

/* A file, a symlink, and a directory with something in it. */
static void
begin(void)
{
	CU_ASSERT_EQUAL(system("mkdir -p a/d b && echo data >a/f && "
	    "echo in >a/d/in && ln -s f a/s && ln -s none a/n"), 0);
	from = open("a", O_PATH | O_DIRECTORY | O_CLOEXEC);
	to = open("b", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(from >= 0 && to >= 0);
}

static void
end(void)
{
	CU_ASSERT_EQUAL(close(from), 0);
	CU_ASSERT_EQUAL(close(to), 0);
	CU_ASSERT_EQUAL(system("rm -r a b"), 0);
}

static int
move(const char *name, const char *to_name)
{
	errno = 0;
	return noreplace_move(from, name, to, to_name);
}

static void
moves(void)
{
	begin();
	CU_ASSERT_EQUAL(move("f", "F"), 0);
	CU_ASSERT_EQUAL(move("s", "s"), 0);
	CU_ASSERT_EQUAL(move("n", "n"), 0);
	CU_ASSERT_EQUAL(move("d", "D"), 0);
	CU_ASSERT_EQUAL(harness_entries("a"), 0);
	CU_ASSERT_EQUAL(harness_entries("b"), 4);
	CU_ASSERT_TRUE(harness_holds("b/F", "data\n"));
	CU_ASSERT_TRUE(harness_holds("b/D/in", "in\n"));
	CU_ASSERT_EQUAL(system("test $(readlink b/s) = f && "
	    "test $(readlink b/n) = none && "
	    "test $(stat -c %h b/F) = 1"), 0);
	CU_ASSERT_EQUAL(move("none", "new"), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(harness_entries("b"), 4);
	end();
}

/* Whatever it is that has the name, nothing changes. */
static void
taken(void)
{
	static const char *const names[] = { "f", "s", "n", "d" };
	static const char *const as[] = { "echo mine >b/x", "mkdir b/x",
	    "mkdir b/x && touch b/x/y", "ln -s none b/x", "ln -s . b/x",
	    "mkfifo b/x" };
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(names); i++) {
		for (k = 0; k < HARNESS_COUNT(as); k++) {
			begin();
			CU_ASSERT_EQUAL(system(as[k]), 0);
			CU_ASSERT_EQUAL(system("ls -lRi a b >before"), 0);
			CU_ASSERT_EQUAL(move(names[i], "x"), -1);
			CU_ASSERT_EQUAL(errno, EEXIST);
			CU_ASSERT_EQUAL(system("ls -lRi a b | "
			    "cmp - before"), 0);
			end();
		}
	}
}

static void
without_flags(void)
{
	static const int says[] = { EINVAL, ENOSYS };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(says); i++) {
		lacks = says[i];
		moves();
		taken();
	}
	/* another reason is one */
	lacks = EIO;
	begin();
	CU_ASSERT_EQUAL(move("f", "f"), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	CU_ASSERT_EQUAL(harness_entries("b"), 0);
	end();
	lacks = 0;
}

/* The second step fails: what the first one made goes again. */
static void
fails(void)
{
	static const char *const names[] = { "f", "s", "d" };
	size_t i;

	lacks = EINVAL;
	begin();
	broken = true;
	for (i = 0; i < HARNESS_COUNT(names); i++) {
		CU_ASSERT_EQUAL(move(names[i], "x"), -1);
		CU_ASSERT_EQUAL(errno, EIO);
		CU_ASSERT_EQUAL(harness_entries("b"), 0);
		CU_ASSERT_EQUAL(harness_entries("a"), 4);
	}
	broken = false;
	lacks = 0;
	end();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "moves", moves },
		{ "a name that is taken", taken },
		{ "without flags", without_flags },
		{ "failures", fails },
	};

	umask(022);
	return harness_run("noreplace", tests, HARNESS_COUNT(tests));
}
