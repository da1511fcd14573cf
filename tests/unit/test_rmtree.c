#include "unpack/rmtree.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"


/* --- an old kernel --- */

static bool lacks_openat2;

/* The C library's, which this stands in for, as it makes openat2(2). */
long
syscall(long call, ...)
{
	long (*real)(long, ...);
	long a[4];
	va_list ap;
	int i;

	if (call == SYS_openat2 && lacks_openat2) {
		errno = ENOSYS;
		return -1;
	}
	va_start(ap, call);
	for (i = 0; i < 4; i++)
		a[i] = call == SYS_openat2 ? va_arg(ap, long) : 0;
	va_end(ap);
	*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(call, a[0], a[1], a[2], a[3]);
}

/* Empty the directory "t". */
static int
empty(void)
{
	int fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC), left;

	CU_ASSERT_TRUE(fd >= 0);
	left = rmtree_below(fd);
	/* the descriptor is gone */
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	return left;
}

/* Make "t" with what a command makes in it. */
static void
make(const char *command)
{
	char *line;

	if (asprintf(&line, "mkdir t && cd t && { %s; }", command) < 0)
		abort();
	CU_ASSERT_EQUAL(system(line), 0);
	free(line);
}

static void
all_kinds(void)
{
	static const char *const rows[] = {
		"true", "touch a .b ..c '-d e'", "mkdir a .b && touch a/c",
		"mkdir -p a/b/c/d a/b2 b/c && touch a/b/c/d/e a/f b/c/g",
		"mkfifo p && ln -s none l && mkdir a && ln -s ../.. a/up",
		/* names that it would give to what it moves */
		"mkdir -p a/b/c .0/x/y d/.0/.1/.2 && touch .1 .2 d/.0/.3",
		"mkdir -p a/.0/.0/.0/.0 .0/.0/.0 .1/.1/.1 && touch .0/.1",
		"mkdir -p $(seq -f %g/a/b 500) && touch $(seq -f %g/c 500)",
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		make(rows[i]);
		CU_ASSERT_EQUAL(empty(), 0);
		CU_ASSERT_EQUAL(harness_entries("t"), 0);
		CU_ASSERT_EQUAL(rmdir("t"), 0);
		CU_ASSERT_EQUAL(harness_entries("."), 0);
	}
}

/* Links go, what they lead to stays. */
static void
links(void)
{
	CU_ASSERT_EQUAL(mkdir("out", 0500), 0);
	CU_ASSERT_EQUAL(mkdir("out/dir", 0755), 0);
	harness_write("out/file", "kept", 4);
	CU_ASSERT_EQUAL(chmod("out/file", 0400), 0);
	make("mkdir -p d/e && ln -s ../out l && ln -s ../../out d/l && "
	    "ln -s ../../../out/dir d/e/l && ln ../out/file h && "
	    "ln ../out/file d/e/h");
	CU_ASSERT_EQUAL(empty(), 0);
	CU_ASSERT_EQUAL(harness_entries("t"), 0);
	CU_ASSERT_EQUAL(harness_entries("out"), 2);
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
	CU_ASSERT_EQUAL(system("test $(stat -c %a out) = 500 && "
	    "test $(stat -c %a out/dir) = 755 && "
	    "test $(stat -c %a out/file) = 400"), 0);
}

/* A chain much deeper than a path may be long, and few descriptors. */
static void
deep(void)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), i;
	rlim_t was;

	make("true");
	CU_ASSERT_EQUAL(chdir("t"), 0);
	for (i = 0; i < 3000; i++) {
		if (mkdir("d", 0700) != 0 || chdir("d") != 0) {
			CU_FAIL("a deep tree");
			break;
		}
		if (i % 100 == 0)
			harness_write("f", "f", 1);
	}
	CU_ASSERT_EQUAL(fchdir(fd), 0);
	CU_ASSERT_EQUAL(close(fd), 0);
	was = harness_descriptors(16);
	CU_ASSERT_EQUAL(empty(), 0);
	CU_ASSERT_EQUAL(harness_descriptors(was), 16);
	CU_ASSERT_EQUAL(harness_entries("t"), 0);
}

/* Modes of the user's own directories are not in the way. */
static void
modes(void)
{
	static const char *const rows[] = { "000", "100", "200", "300",
	    "400", "500", "600" };
	char *command;
	size_t i;

	harness_become_user();
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		if (asprintf(&command, "mkdir -p a/b/c/d a/e f g/h && touch "
		    "a/x a/b/x a/b/c/x a/b/c/d/x && chmod %s a/b/c/d a/b/c "
		    "a/b a/e a f g/h", rows[i]) < 0)
			abort();
		make(command);
		free(command);
		CU_ASSERT_EQUAL(empty(), 0);
		CU_ASSERT_EQUAL(harness_entries("t"), 0);
		CU_ASSERT_EQUAL(rmdir("t"), 0);
	}
	make("mkdir -p a/b && chmod 500 .");
	CU_ASSERT_EQUAL(empty(), 0);
	CU_ASSERT_EQUAL(harness_entries("t"), 0);
	harness_become_root();
}

/* What is somebody else's stays, and nothing more does. */
static void
others(void)
{
	if (getuid() != 0)
		return;
	make("mkdir -p a/b a/mine/x/y theirs/b z/1/2 && touch theirs/b/f "
	    "a/mine/f && chown -R 65534:65534 . && chown 0:0 theirs "
	    "theirs/b");
	harness_become_user();
	CU_ASSERT_EQUAL(empty(), EACCES);
	harness_become_root();
	CU_ASSERT_EQUAL(harness_entries("t"), 1);
	CU_ASSERT_EQUAL(harness_entries("t/theirs/b"), 1);
	CU_ASSERT_EQUAL(system("rm -r t"), 0);
	/* the same below one that is the user's */
	make("mkdir -p a/theirs/b a/k/l/m a/n/o && touch a/theirs/f && "
	    "chown -R 65534:65534 . && chown -R 0:0 a/theirs");
	harness_become_user();
	CU_ASSERT_EQUAL(empty(), EACCES);
	harness_become_root();
	CU_ASSERT_EQUAL(system("test $(find t | wc -l) = 5"), 0);
	CU_ASSERT_EQUAL(harness_entries("t/a/theirs"), 2);
	CU_ASSERT_EQUAL(system("rm -r t"), 0);
	/* a file alone */
	make("mkdir theirs && touch theirs/f && chown 65534:65534 .");
	harness_become_user();
	CU_ASSERT_EQUAL(empty(), EACCES);
	harness_become_root();
	CU_ASSERT_EQUAL(system("rm -r t"), 0);
	/* one that cannot be looked into, and one that is empty */
	make("mkdir -m 700 theirs e && touch theirs/f && "
	    "chown 65534:65534 .");
	harness_become_user();
	CU_ASSERT_EQUAL(empty(), EPERM);
	harness_become_root();
	CU_ASSERT_EQUAL(harness_entries("t"), 1);
}

static void
opening(void)
{
	int fd;

	harness_become_user();
	make("mkdir d && chmod 0 d && mkdir out && chmod 500 out && "
	    "ln -s out l && touch f && chmod 400 f");
	CU_ASSERT_EQUAL(chdir("t"), 0);
	fd = rmtree_open(AT_FDCWD, "d");
	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(rmtree_open(AT_FDCWD, "l"), -1);
	CU_ASSERT_EQUAL(rmtree_open(AT_FDCWD, "f"), -1);
	CU_ASSERT_EQUAL(rmtree_open(AT_FDCWD, "none"), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(system("test $(stat -c %a d) = 700 && "
	    "test $(stat -c %a out) = 500 && test $(stat -c %a f) = 400"),
	    0);
	CU_ASSERT_EQUAL(chdir(".."), 0);
	harness_become_root();
}

/* What is mounted at t/m, t/a/b/m, and on the file t/a/f. */
static int
over_mounts(void)
{
	static const char *const kept[] = { "out/d/f", "out/f" };
	size_t i;
	int fd;

	if (mount("none", "t/m", "tmpfs", 0, NULL) != 0 ||
	    system("mkdir -m 500 t/m/d && touch t/m/d/f t/m/f") != 0 ||
	    mount("out", "t/a/b/m", "none", MS_BIND, NULL) != 0 ||
	    mount("out/f", "t/a/f", "none", MS_BIND, NULL) != 0)
		return 1;
	if (rmtree_open(AT_FDCWD, "t/m") != -1 || errno != EXDEV)
		return 2;
	fd = open("t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || rmtree_below(fd) != EBUSY)
		return 3;
	if (system("test -f t/m/f && test -f t/m/d/f && "
	    "test $(stat -c %a t/m/d) = 500") != 0)
		return 4;
	for (i = 0; i < HARNESS_COUNT(kept); i++) {
		if (!harness_holds(kept[i], "kept"))
			return 5;
	}
	/* t, t/m and its three, t/a/f, and what was b with m and its three */
	return system("test $(find t | wc -l) = 12 && "
	    "! test -e t/file && test $(stat -c %a out) = 710") != 0 ? 6 : 0;
}

static void
mounts(void)
{
	int r;

	CU_ASSERT_EQUAL(mkdir("out", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("out/d", 0700), 0);
	CU_ASSERT_EQUAL(chmod("out", 0710), 0);
	harness_write("out/f", "kept", 4);
	harness_write("out/d/f", "kept", 4);
	make("mkdir -p m a/b/m a/b/c/d z/1/2 && touch a/f file z/f");
	r = harness_mounting(over_mounts);
	CU_ASSERT_TRUE(r == 0 || r == -1);
	if (r == -1)
		printf("skip: mounts ");
	else if (r != 0)
		printf("\n    step %d", r);
}

static void
mounts_without_openat2(void)
{
	lacks_openat2 = true;
	mounts();
	CU_ASSERT_EQUAL(system("rm -r t out"), 0);
	all_kinds();
	lacks_openat2 = false;
}

static void
no_directory(void)
{
	int fd;

	harness_write("f", "kept", 4);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(rmtree_below(fd), ENOTDIR);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	CU_ASSERT_TRUE(harness_holds("f", "kept"));
	CU_ASSERT_EQUAL(rmtree_below(-1), EBADF);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "all kinds of files", all_kinds },
		{ "links are not followed", links },
		{ "a deep tree", deep },
		{ "modes", modes },
		{ "what is somebody else's", others },
		{ "opening", opening },
		{ "mounts", mounts },
		{ "without openat2(2)", mounts_without_openat2 },
		{ "no directory", no_directory },
	};

	umask(022);
	return harness_run("rmtree", tests, HARNESS_COUNT(tests));
}
