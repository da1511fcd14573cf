#include "unpack/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "harness.h"
#include "unpack/stagedir.h"

#define NOBODY 65534

/* --- a file system that can do less --- */

static bool no_flags;		/* renameat2(2) has none */
static bool no_rename;		/* a stage cannot be renamed */
static const char *stuck;	/* this one cannot be renamed */
static bool exchanged;		/* the last rename was an exchange */
static bool no_way_back;	/* two can be exchanged once */
static const char *late;	/* a command, just before a rename */

static void
run_late(void)
{
	const char *command = late;

	late = NULL;
	if (command != NULL)
		CU_ASSERT_EQUAL(system(command), 0);
}

/* Those of the C library, which these stand in for. */
int
renameat2(int from_fd, const char *from, int to_fd, const char *to,
    unsigned int flags)
{
	static bool swapped;
	bool swaps = (flags & RENAME_EXCHANGE) != 0;

	run_late();
	if ((no_flags && flags != 0) || (no_way_back && swaps && swapped)) {
		errno = no_flags ? EINVAL : EIO;
		return -1;
	}
	swapped = no_way_back && (swaps || swapped);
	exchanged = swaps;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

/* After an exchange: what stands under the stage's name is moved to "stolen",
 * and the directory of this name, if any, takes its place. */
static const char *steal;
static bool collects;		/* another run does, after an exchange */
static bool no_sync;		/* an exchange cannot be synced */

int
fsync(int fd)
{
	const char *what = steal;
	int home;
	char *line;

	if (collects && exchanged) {
		home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		exchanged = false;
		stagedir_collect(home);
		exchanged = true;
		CU_ASSERT_EQUAL(close(home), 0);
	}
	steal = exchanged ? NULL : steal;
	if (what != NULL && exchanged) {
		if (asprintf(&line, "n=$(echo .xzbundle-stage.*) && "
		    "mv $n stolen%s%s%s", what[0] != '\0' ? " && mv " : "",
		    what, what[0] != '\0' ? " $n" : "") < 0)
			abort();
		CU_ASSERT_EQUAL(system(line), 0);
		free(line);
	}
	if (no_sync && exchanged) {
		exchanged = false;
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	run_late();
	if ((no_rename && strncmp(from, ".xzb", 4) == 0) ||
	    (stuck != NULL && strcmp(from, stuck) == 0)) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
}

/* --- what the tests share --- */

static enum err_code
publish(struct stage *s, struct err *e)
{
	return stage_sync(s, e) == ERR_OK ? stage_publish(s, e) : e->code;
}

static struct stage *
opened(const char *dest, enum stage_mode mode)
{
	struct err e = ERR_INIT;
	struct stage *s = NULL;

	exchanged = false;
	stage_open(dest, mode, &s, &e);
	if (e.code != ERR_OK)
		printf("\n    %s: %s", dest, e.text);
	CU_ASSERT_EQUAL_FATAL(e.code, ERR_OK);
	return s;
}

static void
put_at(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, name, strlen(name)), (ssize_t)strlen(name));
	CU_ASSERT_EQUAL(close(fd), 0);
}

/* Something of each kind: three entries at the top. */
static void
fill(struct stage *s)
{
	int fd = stage_fd(s);

	CU_ASSERT_EQUAL(mkdirat(fd, "a", 0755), 0);
	CU_ASSERT_EQUAL(mkdirat(fd, "a/b", 0755), 0);
	put_at(fd, "a/b/c");
	put_at(fd, "x");
	CU_ASSERT_EQUAL(symlinkat("a/b", fd, "s"), 0);
}

/* Is it all there, in a directory of this mode? */
static void
published(const char *dest, unsigned int mode)
{
	char path[300];

	CU_ASSERT_EQUAL(harness_mode_of(dest), S_IFDIR | mode);
	snprintf(path, sizeof(path), "%s/a/b/c", dest);
	CU_ASSERT_TRUE(harness_holds(path, "a/b/c"));
	snprintf(path, sizeof(path), "%s/x", dest);
	CU_ASSERT_TRUE(harness_holds(path, "x"));
	snprintf(path, sizeof(path), "%s/s", dest);
	CU_ASSERT_TRUE(harness_links_to(path, "a/b"));
	CU_ASSERT_EQUAL(harness_entries(dest), 3);
}

/* Open, fill, publish, free. */
static void
extract(const char *dest, enum stage_mode mode)
{
	struct stage *s = opened(dest, mode);
	struct err e = ERR_INIT;

	fill(s);
	publish(s, &e);
	if (e.code != ERR_OK)
		printf("\n    %s: %s", dest, e.text);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	stage_free(s);
}

/* Publishing fails, with these words. */
static void
fails(struct stage *s, const char *says)
{
	struct err e = ERR_INIT;

	fill(s);
	CU_ASSERT_EQUAL(publish(s, &e), ERR_FAIL);
	if (!HARNESS_SAYS(&e, says))
		printf("\n    \"%s\": no \"%s\"", e.text, says);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
	stage_free(s);
}

/* Opening fails, and leaves nothing. */
static void
refused(const char *dest, enum stage_mode mode, enum err_code code,
    const char *says)
{
	struct err e = ERR_INIT;
	struct stage *s = NULL;

	CU_ASSERT_EQUAL(stage_open(dest, mode, &s, &e), code);
	if (!HARNESS_SAYS(&e, says))
		printf("\n    %s: \"%s\": no \"%s\"", dest, e.text, says);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
	CU_ASSERT_PTR_NULL(s);
	stage_free(s);
}

/* --- a destination that is missing --- */

static void
appears(void)
{
	struct stage *s = opened("new", STAGE_NEW);
	struct err e = ERR_INIT;

	fill(s);
	CU_ASSERT_EQUAL(harness_mode_of("new"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 1);	/* the stage */
	CU_ASSERT_EQUAL(publish(s, &e), ERR_OK);
	published("new", 0755);
	stage_free(s);
	published("new", 0755);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	extract("into", STAGE_INTO);
	published("into", 0755);
	extract("replace", STAGE_REPLACE);
	published("replace", 0755);
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* Others can not look into the stage before it is published; its owner can,
 * whatever the umask, which does not count for the result either. */
static void
private(void)
{
	static const mode_t masks[] = { 0, 022, 0177, 0777 };
	struct err e = ERR_INIT;
	struct stage *s;
	struct stat st;
	mode_t before;
	size_t i;

	harness_become_user();
	for (i = 0; i < 2 * HARNESS_COUNT(masks); i++) {
		before = umask(masks[i / 2]);
		s = opened("new", STAGE_NEW);
		umask(before);
		CU_ASSERT_EQUAL(fstat(stage_fd(s), &st), 0);
		CU_ASSERT_EQUAL(st.st_mode, S_IFDIR | 0700);
		CU_ASSERT_EQUAL(system("test -d .xzbundle-stage.????????"),
		    0);
		fill(s);
		umask(masks[i / 2]);
		if (i % 2 == 0)
			CU_ASSERT_EQUAL(publish(s, &e), ERR_OK);
		stage_free(s);
		umask(before);
		if (i % 2 == 0) {
			published("new", 0755);
			CU_ASSERT_EQUAL(system("rm -r new"), 0);
		}
		CU_ASSERT_EQUAL(harness_entries("."), 0);
	}
	harness_become_root();
}

/* Removing it does not reach through symlinks. */
static void
abandoned(void)
{
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("out", 0700), 0);
	harness_write("out/file", "kept", 4);
	s = opened("new", STAGE_NEW);
	fill(s);
	CU_ASSERT_EQUAL(symlinkat("../out", stage_fd(s), "out"), 0);
	CU_ASSERT_EQUAL(symlinkat("../../out", stage_fd(s), "a/out"), 0);
	stage_free(s);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
	stage_free(NULL);
}

static void
destinations(void)
{
	static const struct {
		const char *dest, *at;
	} rows[] = {
		{ "plain", "plain" }, { "slash/", "slash" },
		{ "slashes///", "slashes" }, { "d/below", "d/below" },
		{ "./d//dots", "d/dots" }, { "to/through", "d/through" },
		{ "d/../up", "up" }, { ".hidden", ".hidden" },
		{ "-a b\n", "-a b\n" }, { "empty", "empty" },
		{ "d/empty/", "d/empty" }, { "link", "real" },
	};
	char *cwd = getcwd(NULL, 0), *dest;
	size_t i, n;

	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("empty", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("d/empty", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("real", 0755), 0);
	CU_ASSERT_EQUAL(symlink("d", "to"), 0);
	CU_ASSERT_EQUAL(symlink("real", "link"), 0);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		n = harness_mode_of(rows[i].at) == 0;
		n += harness_entries(".") + harness_entries("d");
		extract(rows[i].dest, STAGE_NEW);
		published(rows[i].at, 0755);
		CU_ASSERT_EQUAL(harness_entries(".") + harness_entries("d"),
		    n);
	}
	CU_ASSERT_TRUE(harness_links_to("to", "d"));
	CU_ASSERT_TRUE(harness_links_to("link", "real"));
	if (asprintf(&dest, "%s/absolute", cwd) < 0)
		abort();
	extract(dest, STAGE_NEW);
	published("absolute", 0755);
	free(dest);
	free(cwd);
}

/* None of these can be one, which is known at once. */
static void
not_destinations(void)
{
	static const struct {
		const char *dest;
		enum err_code code;
		const char *says;
	} rows[] = {
		{ "file", ERR_FAIL, "not a directory" },
		{ "file/x", ERR_FAIL, "Not a directory" },
		{ "none/x", ERR_FAIL, "No such file" },
		{ "none/..", ERR_FAIL, "No such file" },
		{ "to-file", ERR_FAIL, "not a directory" },
		{ "dangling", ERR_FAIL, "not a directory" },
		{ "/", ERR_USAGE, "root directory" },
		{ "//", ERR_USAGE, "root directory" },
		{ "", ERR_USAGE, "empty name" },
	};
	size_t i;

	harness_write("file", "kept", 4);
	CU_ASSERT_EQUAL(symlink("file", "to-file"), 0);
	CU_ASSERT_EQUAL(symlink("elsewhere", "dangling"), 0);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		refused(rows[i].dest, STAGE_NEW, rows[i].code, rows[i].says);
		refused(rows[i].dest, STAGE_INTO, rows[i].code,
		    rows[i].says);
		refused(rows[i].dest, STAGE_REPLACE, rows[i].code,
		    rows[i].says);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 3);
	CU_ASSERT_TRUE(harness_holds("file", "kept"));
	CU_ASSERT_TRUE(harness_links_to("dangling", "elsewhere"));
}

/* --- one that is empty --- */

static void
empty_renamed(void)
{
	static const unsigned int modes[] = { 0700, 0755, 0500, 01777 };
	ino_t before;
	size_t i;

	harness_become_user();
	for (i = 0; i < HARNESS_COUNT(modes); i++) {
		CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
		CU_ASSERT_EQUAL(chmod("d", modes[i]), 0);
		before = harness_inode_of("d");
		extract("d", STAGE_NEW);
		published("d", modes[i]);
		CU_ASSERT_NOT_EQUAL(harness_inode_of("d"), before);
		CU_ASSERT_EQUAL(harness_entries("."), 1);
		CU_ASSERT_EQUAL(system("chmod 700 d && rm -r d"), 0);
	}
	harness_become_root();
}

/* Those that stay the directory that they are: the inode, who owns it, what
 * it has of attributes. */
static void
empty_kept(void)
{
	enum { CURRENT, DOT, LINK, LINK_SLASH, OWNER, GROUP, ATTRIBUTE, N };
	static const char *const dests[N] = { ".", "d/.", "link", "link/",
	    "d", "d", "d" };
	ino_t before;
	int i;

	CU_ASSERT_EQUAL(symlink("d", "link"), 0);
	for (i = 0; i < N; i++) {
		CU_ASSERT_EQUAL(mkdir("d", 0750), 0);
		before = harness_inode_of("d");
		if ((i == OWNER && chown("d", NOBODY, 0) != 0) ||
		    (i == GROUP && chown("d", (uid_t)-1, NOBODY) != 0) ||
		    (i == ATTRIBUTE && setxattr("d", "user.kept", "1", 1,
		    0) != 0)) {
			CU_ASSERT_EQUAL(rmdir("d"), 0);
			continue;
		}
		CU_ASSERT_EQUAL(chdir(i == CURRENT ? "d" : "."), 0);
		extract(dests[i], STAGE_NEW);
		CU_ASSERT_EQUAL(chdir(i == CURRENT ? ".." : "."), 0);
		published("d", 0750);
		CU_ASSERT_EQUAL(harness_inode_of("d"), before);
		CU_ASSERT_EQUAL(harness_entries("."), 2);
		CU_ASSERT_EQUAL(system("rm -r d"), 0);
	}
	CU_ASSERT_TRUE(harness_links_to("link", "d"));
}

/* Beside it nothing can be made, in it something can. */
static void
empty_in_read_only(void)
{
	harness_become_user();
	CU_ASSERT_EQUAL(mkdir("r", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("r/d", 0700), 0);
	CU_ASSERT_EQUAL(chmod("r", 0500), 0);
	extract("r/d", STAGE_NEW);
	published("r/d", 0700);
	refused("r/new", STAGE_NEW, ERR_FAIL, "beside it");
	CU_ASSERT_EQUAL(harness_entries("r"), 1);
	CU_ASSERT_EQUAL(chmod("r", 0700), 0);
	harness_become_root();
}

/* Not empty is not empty, whatever it is. */
static void
not_empty(void)
{
	static const char *const commands[] = { "echo kept >d/file",
	    "mkdir d/dir", "ln -s none d/dangling", "touch d/.hidden",
	    "touch d/.xzbundle-stage.01234567",
	    "ln -s . d/.xzbundle-stage.01234567",
	    "mkdir d/.xzbundle-stage.mine" };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(commands); i++) {
		CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
		CU_ASSERT_EQUAL(system(commands[i]), 0);
		refused("d", STAGE_NEW, ERR_FAIL, "--into");
		refused("d", STAGE_NEW, ERR_FAIL, "--replace");
		refused("d", STAGE_NEW, ERR_FAIL, "not empty");
		CU_ASSERT_EQUAL(harness_entries("d"), 1);
		CU_ASSERT_EQUAL(harness_entries("."), 1);
		CU_ASSERT_EQUAL(system("rm -r d"), 0);
	}
}

/* What a killed run left does not count, and goes. */
static void
stale(void)
{
	int fd;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("d/.xzbundle-stage.00000001", 0700), 0);
	CU_ASSERT_EQUAL(mkdir(".xzbundle-stage.00000002", 0700), 0);
	CU_ASSERT_EQUAL(mkdir(".xzbundle-stage.00000003", 0700), 0);
	fd = open(".xzbundle-stage.00000003", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
	extract("d", STAGE_NEW);
	published("d", 0700);
	CU_ASSERT_EQUAL(harness_mode_of(".xzbundle-stage.00000002"), 0);
	CU_ASSERT_NOT_EQUAL(harness_mode_of(".xzbundle-stage.00000003"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	CU_ASSERT_EQUAL(close(fd), 0);
}

/* --- into --- */

/* What is in the destination stays, what is new is added. */
static void
added(void)
{
	struct err e = ERR_INIT;
	struct stage *s;
	ino_t before;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "kept", 4);
	before = harness_inode_of("d");
	s = opened("d", STAGE_INTO);
	fill(s);
	/* The old entry, and the stage. */
	CU_ASSERT_EQUAL(harness_entries("d"), 2);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	CU_ASSERT_EQUAL(publish(s, &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
	CU_ASSERT_EQUAL(harness_inode_of("d"), before);
	CU_ASSERT_EQUAL(unlink("d/old"), 0);
	published("d", 0700);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* A name that is taken, as what, first or last of those to move. */
static void
conflicts(void)
{
	static const char *const names[] = { "d/a", "d/s", "d/x" };
	size_t i;
	int how, r;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "kept", 4);
	for (i = 0; i < 4 * HARNESS_COUNT(names); i++) {
		const char *name = names[i / 4];

		how = (int)(i % 4);
		if (how == 0)
			harness_write(name, "mine", 4);
		r = how == 0 ? 0 : how == 1 ? mkdir(name, 0700) :
		    symlink(how == 2 ? "none" : ".", name);
		CU_ASSERT_EQUAL(r, 0);
		fails(opened("d", STAGE_INTO), name);
		CU_ASSERT_EQUAL(harness_entries("d"), 2);
		CU_ASSERT_EQUAL(harness_entries("."), 1);
		CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
		if (how == 0)
			CU_ASSERT_TRUE(harness_holds(name, "mine"));
		if (how == 1)
			CU_ASSERT_EQUAL(harness_entries(name), 0);
		CU_ASSERT_EQUAL(remove(name), 0);
	}
}

/* What cannot be taken back is told, and the rest is. */
static void
not_taken_back(void)
{
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/x", "kept", 4);
	stuck = "a";
	fails(opened("d", STAGE_INTO), "d/x: exists; nothing was extracted: "
	    "remove it or choose another directory; d/a is there, and could "
	    "not be taken back");
	stuck = NULL;
	CU_ASSERT_TRUE(harness_holds("d/a/b/c", "a/b/c"));
	CU_ASSERT_TRUE(harness_holds("d/x", "kept"));
	CU_ASSERT_EQUAL(harness_entries("d"), 2);
}

/* --- replace --- */

/* A tree with directories that cannot be read or written, links that lead
 * out, and a chain of 1000 directories. */
static void
old_tree(const char *at)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY), i;

	CU_ASSERT_EQUAL(mkdir(at, 0700), 0);
	CU_ASSERT_EQUAL(chdir(at), 0);
	CU_ASSERT_EQUAL(system("mkdir -p r/s/t u/v && touch r/f r/s/f u/v/f "
	    "&& ln -s ../out l && ln -s ../../out r/l && ln ../out/file h && "
	    "mkdir -p .0/x .1/y && touch .2 && "
	    "chmod 500 r/s/t r/s r && chmod 0 u/v u"), 0);
	for (i = 0; i < 1000; i++) {
		if (mkdir("deep", 0700) != 0 || chdir("deep") != 0) {
			CU_FAIL("a deep tree");
			break;
		}
	}
	CU_ASSERT_EQUAL(fchdir(fd), 0);
	CU_ASSERT_EQUAL(close(fd), 0);
}

static void
replace_one(const char *dest, const char *at)
{
	rlim_t was;

	old_tree(at);
	was = harness_descriptors(32);
	extract(dest, STAGE_REPLACE);
	CU_ASSERT_EQUAL(harness_descriptors(was), 32);
	published(at, 0700);	/* as what was there */
	CU_ASSERT_EQUAL(harness_entries("out"), 1);
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	CU_ASSERT_EQUAL(system("rm -r d"), 0);
}

static void
replaced(void)
{
	CU_ASSERT_EQUAL(mkdir("out", 0700), 0);
	harness_write("out/file", "kept", 4);
	replace_one("d", "d");
	replace_one("./d//", "d");
	CU_ASSERT_EQUAL(system("rm -r out"), 0);
	harness_become_user();
	CU_ASSERT_EQUAL(mkdir("out", 0700), 0);
	harness_write("out/file", "kept", 4);
	replace_one("d", "d");
	/* one that cannot even be listed */
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "old", 3);
	CU_ASSERT_EQUAL(chmod("d", 0300), 0);
	extract("d", STAGE_REPLACE);
	published("d", 0700);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	harness_become_root();
}

/* With what is somebody else's in it: why, and what to do. */
static void
others_in_it(void)
{
	struct stage *s;
	struct err e = ERR_INIT;

	if (getuid() != 0)
		return;
	CU_ASSERT_EQUAL(system("mkdir -p d/theirs/sub && "
	    "touch d/theirs/f d/theirs/sub/f && chown 65534:65534 d"), 0);
	harness_become_user();
	s = opened("d", STAGE_REPLACE);
	fill(s);
	CU_ASSERT_EQUAL(publish(s, &e), ERR_FAIL);
	stage_free(s);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "beside it): Permission denied; "
	    "remove it as the owner of what is in it"));
	published("d", 0755);
	harness_become_root();
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

/* The new one is of the group of what was there, by exchange or over it. */
static void
same_group(void)
{
	static const enum stage_mode modes[] = { STAGE_REPLACE, STAGE_NEW };
	struct stat st;
	size_t i;

	if (getuid() != 0)
		return;
	for (i = 0; i < HARNESS_COUNT(modes); i++) {
		CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
		CU_ASSERT_EQUAL(chown("d", 0, 1234), 0);
		CU_ASSERT_EQUAL(chmod("d", 02770), 0);
		extract("d", modes[i]);
		published("d", 02770);
		CU_ASSERT_EQUAL(stat("d", &st), 0);
		CU_ASSERT_EQUAL(st.st_gid, 1234);
		CU_ASSERT_EQUAL(system("rm -r d"), 0);
	}
}

static void
not_replaced(void)
{
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "kept", 4);
	CU_ASSERT_EQUAL(symlink("d", "link"), 0);
	refused("link", STAGE_REPLACE, ERR_FAIL, "own name");
	refused("link/", STAGE_REPLACE, ERR_FAIL, "own name");
	refused("d/.", STAGE_REPLACE, ERR_FAIL, "own name");
	refused(".", STAGE_REPLACE, ERR_USAGE, "current directory");
	refused("d/..", STAGE_REPLACE, ERR_USAGE, "current directory");
	/* given up, and on a file system that cannot exchange */
	s = opened("d", STAGE_REPLACE);
	fill(s);
	stage_free(s);
	no_flags = true;
	fails(opened("d", STAGE_REPLACE), "cannot be replaced");
	no_flags = false;
	CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

/* --- what comes in between --- */

static void
overtaken(void)
{
	struct stage *s = opened("f", STAGE_NEW);

	harness_write("f", "mine", 4);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_holds("f", "mine"));
	s = opened("d", STAGE_NEW);
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	fails(s, "meanwhile");
	CU_ASSERT_EQUAL(harness_mode_of("d"), S_IFDIR | 0700);
	s = opened("l", STAGE_NEW);
	CU_ASSERT_EQUAL(symlink("d", "l"), 0);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_links_to("l", "d"));
	/* It was empty and is not any more, or is a file. */
	s = opened("d", STAGE_NEW);
	harness_write("d/old", "kept", 4);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
	CU_ASSERT_EQUAL(mkdir("e", 0700), 0);
	s = opened("e", STAGE_NEW);
	CU_ASSERT_EQUAL(rmdir("e"), 0);
	harness_write("e", "mine", 4);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_holds("e", "mine"));
	CU_ASSERT_EQUAL(harness_entries("."), 4);
}

/* What is to be replaced is another directory, a file, or gone. */
static void
overtaken_replace(void)
{
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	s = opened("d", STAGE_REPLACE);
	CU_ASSERT_EQUAL(rename("d", "moved"), 0);
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/new", "kept", 4);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_holds("d/new", "kept"));
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
	s = opened("d", STAGE_REPLACE);
	CU_ASSERT_EQUAL(rename("d", "too"), 0);
	harness_write("d", "kept", 4);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_holds("d", "kept"));
	CU_ASSERT_EQUAL(rename("too", "e"), 0);
	s = opened("e", STAGE_REPLACE);
	CU_ASSERT_EQUAL(rename("e", "too"), 0);
	fails(s, "cannot be replaced");
	CU_ASSERT_TRUE(harness_holds("too/new", "kept"));
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* It cannot be put back: all of both stays, and the name of what was there is
 * none that a later run would collect. */
static void
no_return(void)
{
	struct err e = ERR_INIT;
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	s = opened("d", STAGE_REPLACE);
	fill(s);
	no_way_back = true;
	late = "mv d moved && mkdir -m 700 d && echo -n kept >d/new";
	CU_ASSERT_EQUAL(publish(s, &e), ERR_FAIL);
	no_way_back = false;
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "meanwhile; the new tree is in its "
	    "place, and what was there is beside it: .xzbundle-stage."));
	CU_ASSERT_TRUE(stage_is_published(s));
	stage_abandon(s, &e);
	stage_free(s);
	published("d", 0700);
	extract("other", STAGE_NEW);
	CU_ASSERT_EQUAL(system("test \"$(cat .xzbundle-stage.*.kept/new)\" "
	    "= kept"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 4);
}

/* It is another one just before the exchange, which is taken back. */
static void
returned(void)
{
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	s = opened("d", STAGE_REPLACE);
	late = "mv d moved && mkdir -m 700 d && echo -n kept >d/new";
	fails(s, "d: became something else meanwhile; nothing was extracted");
	CU_ASSERT_TRUE(harness_holds("d/new", "kept"));
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

/* Nobody collects what was there while it has the stage's name. */
static void
old_is_locked(void)
{
	int fd;

	collects = true;
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "kept", 4);
	no_sync = true;
	fails(opened("d", STAGE_REPLACE), "nothing was extracted");
	no_sync = false;
	CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	extract("d", STAGE_REPLACE);
	published("d", 0700);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	collects = false;
	/* nor is it replaced by two */
	fd = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
	fails(opened("d", STAGE_REPLACE), "d: is locked by another process");
	CU_ASSERT_EQUAL(close(fd), 0);
	published("d", 0700);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Its name is free after the exchange, or becomes so when there is no way
 * back: no name is told that is nobody's. */
static void
old_is_gone(void)
{
	struct err e = ERR_INIT;
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	steal = "";
	extract("d", STAGE_REPLACE);
	CU_ASSERT_PTR_NULL(steal);
	published("d", 0700);
	CU_ASSERT_EQUAL(system("rm -r * && mkdir d"), 0);
	s = opened("d", STAGE_REPLACE);
	fill(s);
	steal = "";
	no_sync = no_way_back = true;
	CU_ASSERT_EQUAL(publish(s, &e), ERR_FAIL);
	no_sync = no_way_back = false;
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "moved or removed by somebody else"));
	CU_ASSERT_PTR_NULL(strstr(e.text, ".xzbundle-stage"));
	stage_free(s);
	published("d", 0755);
}

/* The old tree goes through its own descriptor: what somebody puts under the
 * stage's name after the exchange stays. */
static void
old_name_taken(void)
{
	struct err e = ERR_INIT;
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "old", 3);
	CU_ASSERT_EQUAL(mkdir("victim", 0700), 0);
	harness_write("victim/file", "kept", 4);
	s = opened("d", STAGE_REPLACE);
	fill(s);
	steal = "victim";
	CU_ASSERT_EQUAL(publish(s, &e), ERR_FAIL);
	CU_ASSERT_PTR_NULL(steal);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "cannot be removed"));
	stage_free(s);
	published("d", 0700);
	CU_ASSERT_EQUAL(system("test \"$(cat .xzbundle-stage.*/file)\" = "
	    "kept"), 0);
	CU_ASSERT_EQUAL(harness_entries("stolen"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* The stage's name is another directory's, long before it is published or just
 * before: nothing of that is touched, nor taken for the tree. */
static void
stage_name_taken(void)
{
	static const char *const renames[] = {
		"n=$(echo .xzbundle-stage.*) && mv $n away && mv victim $n",
		"n=$(echo .xzbundle-stage.*) && mv $n away && "
		    "mkdir -m 711 victim/e && mv victim/e $n"
	};
	enum stage_mode modes[] = { STAGE_NEW, STAGE_NEW, STAGE_REPLACE };
	struct err e;
	struct stage *s;
	size_t i;

	for (i = 0; i < 12; i++) {
		bool just = i % 2 == 1, empty = i % 4 / 2 == 1;

		e = (struct err)ERR_INIT;
		CU_ASSERT_EQUAL(system("mkdir victim && echo -n kept "
		    ">victim/file"), 0);
		if (i / 4 > 0)
			CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
		s = opened("d", modes[i / 4]);
		fill(s);
		late = renames[empty];
		if (!just)
			run_late();
		CU_ASSERT_EQUAL(publish(s, &e), ERR_FAIL);
		CU_ASSERT_PTR_NULL(late);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, !just ? "was renamed; "
		    "nothing was extracted" : i < 8 ? "is not what was "
		    "extracted" : "nothing was extracted"));
		stage_abandon(s, &e);
		stage_free(s);
		CU_ASSERT_EQUAL(harness_entries("away"),
		    just && i < 8 ? 3 : 0);
		CU_ASSERT_EQUAL(system(empty ? "test $(find . -type d "
		    "-name '[.d]*' -perm 711 -empty | wc -l) = 1" :
		    "test \"$(cat .xzb*/file d/file 2>/dev/null)\" = kept"),
		    0);
		CU_ASSERT_EQUAL(system("rm -r * .xzb* 2>/dev/null; true"), 0);
	}
}

/* Two of one destination: one wins, the other leaves nothing. */
static void
two(void)
{
	struct stage *first = opened("d", STAGE_NEW);
	struct stage *second = opened("d", STAGE_NEW);
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(harness_entries("."), 2);
	fill(first);
	CU_ASSERT_EQUAL(publish(first, &e), ERR_OK);
	fails(second, "meanwhile");
	stage_free(first);
	published("d", 0755);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* --- what would go with the destination --- */

static int
over_mounts(void)
{
	struct err e = ERR_INIT, below = ERR_INIT;
	struct stage *s = NULL;

	/* one's own file system, as an empty directory: from the inside */
	if (mount("source", "bound", "none", MS_BIND, NULL) != 0 ||
	    stage_open("bound", STAGE_NEW, &s, &e) != ERR_OK)
		return 1;
	fill(s);
	if (publish(s, &e) != ERR_OK)
		return 2;
	stage_free(s);
	if (harness_mode_of("source/a/b/c") == 0 || harness_entries("source") != 3)
		return 3;
	if (stage_open("bound", STAGE_REPLACE, &s, &e) != ERR_FAIL ||
	    !HARNESS_SAYS(&e, "mount point"))
		return 4;
	if (mount("none", "d/in/tmp", "tmpfs", 0, NULL) != 0 ||
	    mkdir("d/in/tmp/kept", 0700) != 0 ||
	    stage_open("d", STAGE_REPLACE, &s, &below) != ERR_FAIL ||
	    !HARNESS_SAYS(&below, "/d/in/tmp;"))
		return 5;
	return harness_mode_of("d/in/tmp/kept") == 0 || harness_entries(".") != 3 ?
	    6 : 0;
}

/* And one that is mounted later. */
static int
late_mount(void)
{
	struct err e = ERR_INIT;
	struct stage *s = opened("d", STAGE_REPLACE);

	fill(s);
	if (mount("none", "d/in/tmp", "tmpfs", 0, NULL) != 0 ||
	    mkdir("d/in/tmp/kept", 0700) != 0)
		return 1;
	if (publish(s, &e) != ERR_FAIL || !stage_is_published(s) ||
	    !HARNESS_SAYS(&e, "what was there cannot be removed") ||
	    !HARNESS_SAYS(&e, strerror(EBUSY)))
		return 2;
	stage_free(s);
	return system("test -d .xzbundle-stage.*/*/kept || "
	    "test -d .xzbundle-stage.*/*/*/kept") != 0 ? 3 :
	    harness_mode_of("d/a/b/c") == 0 ? 4 : 0;
}

static void
mounts(void)
{
	int (*const runs[])(void) = { over_mounts, late_mount };
	size_t i;
	int r;

	for (i = 0; i < HARNESS_COUNT(runs); i++) {
		CU_ASSERT_EQUAL(system("mkdir -p source bound d/in/tmp"), 0);
		r = harness_mounting(runs[i]);
		CU_ASSERT_TRUE(r == 0 || r == -1);
		if (r == -1)
			printf("skip: mounts ");
		else if (r != 0)
			printf("\n    step %d", r);
		CU_ASSERT_EQUAL(system("rm -rf * .xzbundle*"), 0);
	}
}

static void
spares_one(const struct stage *s, const char *path, enum err_code want)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(stage_spares_file(s, path, &e), want);
	CU_ASSERT_EQUAL(HARNESS_SAYS(&e, "which is replaced"),
	    want == ERR_USAGE);
}

static void
spares(void)
{
	enum stage_mode modes[] = { STAGE_REPLACE, STAGE_NEW, STAGE_INTO };
	struct stage *s;
	size_t i;

	CU_ASSERT_EQUAL(system("mkdir -p d/in/deep out empty && "
	    "touch d/in/b out/b && ln -s ../d/in/b out/l && "
	    "ln -s ../../out/b d/in/l"), 0);
	CU_ASSERT_EQUAL(chdir("d/in/deep"), 0);
	refused("../../../d", STAGE_REPLACE, ERR_USAGE,
	    "holds the current directory");
	CU_ASSERT_EQUAL(chdir("../../.."), 0);
	for (i = 0; i < HARNESS_COUNT(modes); i++) {
		s = opened(i == 1 ? "empty" : "d", modes[i]);
		spares_one(s, "d/in/b", i == 0 ? ERR_USAGE : ERR_OK);
		spares_one(s, "out/l", i == 0 ? ERR_USAGE : ERR_OK);
		spares_one(s, "d/in/l", i == 0 ? ERR_USAGE : ERR_OK);
		spares_one(s, "out/b", ERR_OK);
		spares_one(s, "b", ERR_OK);
		spares_one(s, "empty/m", i == 1 ? ERR_USAGE : ERR_OK);
		stage_free(s);
	}
	CU_ASSERT_EQUAL(system("test -e d/in/b && rm -r d empty out"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 0);
}

static void
stage_names(void)
{
	static const char *const names[] = { ".xzbundle-stage.01234567",
	    "./.xzbundle-stage.01234567//", "d/.xzbundle-stage.abcdef00" };
	size_t i;
	int k;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("d/.xzbundle-stage.abcdef00", 0700), 0);
	for (i = 0; i < HARNESS_COUNT(names); i++) {
		for (k = STAGE_NEW; k <= STAGE_REPLACE; k++)
			refused(names[i], k, ERR_USAGE, "staging");
	}
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	extract(".xzbundle-stage.012345678", STAGE_NEW);
	published(".xzbundle-stage.012345678", 0755);
}

/* Where others can write nothing is collected, and what is so not quite empty
 * cannot be renamed over. */
static void
uncollected(void)
{
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("d/.xzbundle-stage.00000001", 0700), 0);
	CU_ASSERT_EQUAL(chmod("d", 0777), 0);
	extract("d", STAGE_NEW);
	CU_ASSERT_EQUAL(rmdir("d/.xzbundle-stage.00000001"), 0);
	published("d", 0777);
}

static void
left_behind(void)
{
	struct err e = ERR_INIT, none = ERR_INIT;
	struct stage *s = opened("d", STAGE_NEW);

	stage_abandon(NULL, &e);
	fill(s);
	err_set(&e, ERR_CORRUPT, "b: damaged");
	stage_abandon(s, &e);
	CU_ASSERT_STRING_EQUAL(e.text, "b: damaged");
	CU_ASSERT_FALSE(stage_is_published(s));
	stage_free(s);
	CU_ASSERT_EQUAL(harness_entries("."), 0);
	if (getuid() != 0)
		return;
	harness_become_user();
	s = opened("d", STAGE_NEW);
	fill(s);
	harness_become_root();
	CU_ASSERT_EQUAL(fchownat(stage_fd(s), "a", 0, 0, 0), 0);
	harness_become_user();
	stage_abandon(s, &e);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "b: damaged; staging directory "
	    ".xzbundle-stage."));
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, " could not be removed"));
	stage_abandon(s, &none);
	CU_ASSERT_EQUAL(none.code, ERR_OK);
	stage_free(s);
	harness_become_root();
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* --- without renameat2(2)'s flags --- */

static void
fall_backs(void)
{
	struct stage *s;

	no_flags = true;
	extract("new", STAGE_NEW);
	published("new", 0755);
	CU_ASSERT_EQUAL(mkdir("empty", 0750), 0);
	extract("empty", STAGE_NEW);
	published("empty", 0750);
	s = opened("f", STAGE_NEW);
	harness_write("f", "mine", 4);
	fails(s, "meanwhile");
	CU_ASSERT_TRUE(harness_holds("f", "mine"));
	s = opened("d", STAGE_NEW);
	CU_ASSERT_EQUAL(mkdir("d", 0711), 0);
	fails(s, "meanwhile");
	CU_ASSERT_EQUAL(harness_mode_of("d"), S_IFDIR | 0711);
	/* one by one: all, or what was moved goes back */
	harness_write("d/old", "kept", 4);
	harness_write("d/x", "kept", 4);
	fails(opened("d", STAGE_INTO), "d/x: exists");
	CU_ASSERT_EQUAL(harness_entries("d"), 2);
	CU_ASSERT_TRUE(harness_holds("d/x", "kept"));
	CU_ASSERT_EQUAL(unlink("d/x"), 0);
	CU_ASSERT_EQUAL(mkdir("d/a", 0700), 0);
	fails(opened("d", STAGE_INTO), "d/a: exists");
	CU_ASSERT_EQUAL(rmdir("d/a"), 0);
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
	extract("d", STAGE_INTO);
	CU_ASSERT_EQUAL(unlink("d/old"), 0);
	published("d", 0711);
	/* and what claimed the name goes again */
	no_rename = true;
	fails(opened("g", STAGE_NEW), "cannot put it in place");
	CU_ASSERT_EQUAL(harness_mode_of("g"), 0);
	no_flags = no_rename = false;
	CU_ASSERT_EQUAL(harness_entries("."), 4);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "appears when published", appears },
		{ "private until then, any umask", private },
		{ "abandoned", abandoned },
		{ "destinations", destinations },
		{ "no destinations", not_destinations },
		{ "empty: renamed over", empty_renamed },
		{ "empty: stays itself", empty_kept },
		{ "empty: in a read-only directory", empty_in_read_only },
		{ "not empty", not_empty },
		{ "stages of dead runs", stale },
		{ "into: added", added },
		{ "into: names that are taken", conflicts },
		{ "into: what cannot be taken back", not_taken_back },
		{ "replace", replaced },
		{ "replace: what is another's", others_in_it },
		{ "replace: the group", same_group },
		{ "replace: refused", not_replaced },
		{ "a destination that comes later", overtaken },
		{ "one that becomes another", overtaken_replace },
		{ "one that cannot be put back", no_return },
		{ "one that is put back", returned },
		{ "an old tree is locked", old_is_locked },
		{ "an old tree that is gone", old_is_gone },
		{ "an old tree whose name is taken", old_name_taken },
		{ "a stage whose name is taken", stage_name_taken },
		{ "mounts", mounts },
		{ "what is in the destination", spares },
		{ "names of stages", stage_names },
		{ "empty but for stages", uncollected },
		{ "what cannot be removed", left_behind },
		{ "two of one destination", two },
		{ "file systems that can do less", fall_backs },
	};

	/* The tests' own files; what the stage makes does not depend on it. */
	umask(022);
	return harness_run("stage", tests, HARNESS_COUNT(tests));
}
