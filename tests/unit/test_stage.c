#include "unpack/stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static struct stage *
opened(const char *dest)
{
	struct err e = ERR_INIT;
	struct stage *s = NULL;

	CU_ASSERT_EQUAL_FATAL(stage_open(dest, &s, &e), ERR_OK);
	return s;
}

/* Make a file that holds its own name. */
static enum err_code
put(struct stage *s, const char *name, bool executable, struct err *e)
{
	size_t n = strlen(name);
	int fd = -1;

	if (stage_file(s, name, executable, &fd, e) != ERR_OK)
		return e->code;
	CU_ASSERT_EQUAL(write(fd, name, n), (ssize_t)n);
	CU_ASSERT_EQUAL(close(fd), 0);
	return ERR_OK;
}

/* Type and permission bits; 0 when there is nothing. */
static unsigned int
mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (unsigned int)st.st_mode : 0;
}

static ino_t
inode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

static bool
links_to(const char *path, const char *text)
{
	char got[256];
	ssize_t n = readlink(path, got, sizeof(got));

	return n == (ssize_t)strlen(text) && memcmp(got, text, n) == 0;
}

/* Something of each kind. */
static void
fill(struct stage *s)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(put(s, "a/b/c", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(s, "x", true, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(s, "a/d", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(s, "a/b/e", true, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_dir(s, "a/b", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_dir(s, "k/empty", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_dir(s, "k/empty", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_hardlink(s, "k/h", "a/b/c", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_hardlink(s, "h", "x", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "a/s", "../x", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "n/s", "not there", &e), ERR_OK);
}

static void
published(const char *dest)
{
	char path[64];
	int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s", dest);
	CU_ASSERT_EQUAL(mode_of(path), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(chdir(path), 0);
	CU_ASSERT_TRUE(harness_holds("a/b/c", "a/b/c"));
	CU_ASSERT_TRUE(harness_holds("a/d", "a/d"));
	CU_ASSERT_TRUE(harness_holds("x", "x"));
	CU_ASSERT_EQUAL(mode_of("a"), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(mode_of("a/b"), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(mode_of("k/empty"), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(mode_of("a/b/c"), S_IFREG | 0644);
	CU_ASSERT_EQUAL(mode_of("a/b/e"), S_IFREG | 0755);
	CU_ASSERT_EQUAL(mode_of("x"), S_IFREG | 0755);
	CU_ASSERT_EQUAL(inode_of("k/h"), inode_of("a/b/c"));
	CU_ASSERT_EQUAL(inode_of("h"), inode_of("x"));
	CU_ASSERT_TRUE(links_to("a/s", "../x"));
	CU_ASSERT_TRUE(links_to("n/s", "not there"));
	CU_ASSERT_EQUAL(harness_entries("."), 5);
	CU_ASSERT_EQUAL(harness_entries("a"), 3);
	CU_ASSERT_EQUAL(harness_entries("a/b"), 2);
	CU_ASSERT_EQUAL(harness_entries("k"), 2);
	CU_ASSERT_EQUAL(fchdir(fd), 0);
	CU_ASSERT_EQUAL(close(fd), 0);
}

/* --- appearing and not --- */

static void
appears(void)
{
	struct stage *s = opened("new");
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(mode_of("new"), 0);
	fill(s);
	CU_ASSERT_EQUAL(mode_of("new"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 1);	/* the stage */
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	published("new");
	stage_free(s);
	published("new");
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Others can not look into the stage before it is published; its owner can,
 * whatever the umask. */
static void
private(void)
{
	static const mode_t masks[] = { 0, 022, 0177 };
	struct stage *s;
	mode_t before;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(masks); i++) {
		before = umask(masks[i]);
		s = opened("new");
		umask(before);
		CU_ASSERT_EQUAL(system("test \"$(stat -c %a .new.*)\" = "
		    "700"), 0);
		stage_free(s);
		CU_ASSERT_EQUAL(harness_entries("."), 0);
	}
}

/* And removing it does not reach through symlinks. */
static void
abandoned(void)
{
	struct err e = ERR_INIT;
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("out", 0700), 0);
	harness_write("out/file", "kept", 4);
	s = opened("new");
	fill(s);
	CU_ASSERT_EQUAL(stage_symlink(s, "out", "../out", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "a/out", "../../out", &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
	stage_free(NULL);
}

static void
umasks(void)
{
	static const mode_t masks[] = { 0, 022, 077, 0177 };
	struct err e = ERR_INIT;
	struct stage *s;
	mode_t before;
	char name[8];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(masks); i++) {
		snprintf(name, sizeof(name), "new%u", (unsigned int)i);
		before = umask(masks[i]);
		s = opened(name);
		fill(s);
		CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
		stage_free(s);
		umask(before);
		published(name);
	}
}

/* --- destinations --- */

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
	struct err e = ERR_INIT;
	struct stage *s;
	size_t i, n;

	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("empty", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("d/empty", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("real", 0755), 0);
	CU_ASSERT_EQUAL(symlink("d", "to"), 0);
	CU_ASSERT_EQUAL(symlink("real", "link"), 0);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		n = mode_of(rows[i].at) == 0;
		n += harness_entries(".") + harness_entries("d");
		s = opened(rows[i].dest);
		fill(s);
		CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
		stage_free(s);
		published(rows[i].at);
		CU_ASSERT_EQUAL(harness_entries(".") + harness_entries("d"),
		    n);
	}
	CU_ASSERT_TRUE(links_to("to", "d"));
	CU_ASSERT_TRUE(links_to("link", "real"));
}

static void
absolute(void)
{
	char *cwd = getcwd(NULL, 0), *dest;
	struct err e = ERR_INIT;
	struct stage *s;

	if (asprintf(&dest, "%s/new", cwd) < 0)
		abort();
	s = opened(dest);
	fill(s);
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	published("new");
	CU_ASSERT_EQUAL(harness_entries("."), 1);
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
	} rows[] = {
		{ "file", ERR_FAIL }, { "file/x", ERR_FAIL },
		{ "none/x", ERR_FAIL }, { "none/..", ERR_FAIL },
		{ "to-file", ERR_FAIL },
		{ "/", ERR_USAGE }, { "//", ERR_USAGE }, { "", ERR_USAGE },
	};
	struct stage *s = NULL;
	size_t i;

	harness_write("file", "kept", 4);
	CU_ASSERT_EQUAL(symlink("file", "to-file"), 0);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(stage_open(rows[i].dest, &s, &e),
		    rows[i].code);
		CU_ASSERT_PTR_NULL(s);
		stage_free(s);
		s = NULL;
	}
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	CU_ASSERT_TRUE(harness_holds("file", "kept"));
}

/* What is in the destination stays, what is new is added. */
static void
added(void)
{
	struct err e = ERR_INIT;
	struct stage *s;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "kept", 4);
	s = opened("d");
	fill(s);
	/* The old entry, and the stage. */
	CU_ASSERT_EQUAL(harness_entries("d"), 2);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
	CU_ASSERT_EQUAL(mode_of("d"), S_IFDIR | 0700);
	CU_ASSERT_EQUAL(unlink("d/old"), 0);
	CU_ASSERT_EQUAL(chmod("d", 0755), 0);
	published("d");
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* A name that is taken, as what, first or last of those to move. */
static void
conflicts(void)
{
	static const char *const names[] = { "d/a", "d/k", "d/x" };
	size_t i;
	int how, r;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	harness_write("d/old", "kept", 4);
	for (i = 0; i < 4 * HARNESS_COUNT(names); i++) {
		const char *name = names[i / 4];
		struct err e = ERR_INIT;
		struct stage *s;

		how = (int)(i % 4);
		if (how == 0)
			harness_write(name, "mine", 4);
		r = how == 0 ? 0 : how == 1 ? mkdir(name, 0700) :
		    symlink(how == 2 ? "none" : ".", name);
		CU_ASSERT_EQUAL(r, 0);
		s = opened("d");
		fill(s);
		CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, name));
		stage_free(s);
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

/* The destination comes into being while the stage is filled. */
static void
overtaken(void)
{
	struct err file = ERR_INIT, dir = ERR_INIT, dangling = ERR_INIT;
	struct err e = ERR_INIT, slash = ERR_INIT;
	struct stage *s;

	s = opened("f");
	fill(s);
	harness_write("f", "mine", 4);
	CU_ASSERT_EQUAL(stage_publish(s, &file), ERR_FAIL);
	stage_free(s);
	if (stage_open("f/", &s, &slash) == ERR_OK) {
		stage_publish(s, &slash);
		stage_free(s);
	}
	CU_ASSERT_EQUAL(slash.code, ERR_FAIL);
	CU_ASSERT_TRUE(harness_holds("f", "mine"));
	s = opened("d");
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_EQUAL(stage_publish(s, &dir), ERR_FAIL);
	stage_free(s);
	CU_ASSERT_EQUAL(mode_of("d"), S_IFDIR | 0700);
	CU_ASSERT_EQUAL(symlink("elsewhere", "s"), 0);
	s = NULL;
	CU_ASSERT_EQUAL(stage_open("s", &s, &dangling), ERR_FAIL);
	CU_ASSERT_PTR_NULL(s);
	CU_ASSERT_TRUE(links_to("s", "elsewhere"));
	CU_ASSERT_EQUAL(harness_entries("."), 3);
	/* It was empty and is not any more: as if it never was. */
	s = opened("d");
	fill(s);
	harness_write("d/old", "kept", 4);
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_TRUE(harness_holds("d/old", "kept"));
	CU_ASSERT_EQUAL(harness_entries("d"), 6);
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* An empty directory is still the same one: a shell may be in it, and who
 * may look into it was its owner's choice. */
static void
empty_kept(void)
{
	struct err e = ERR_INIT;
	struct stage *s;
	ino_t inode;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	inode = inode_of("d");
	s = opened("d");
	fill(s);
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_EQUAL(mode_of("d"), S_IFDIR | 0700);
	CU_ASSERT_EQUAL(inode_of("d"), inode);
}

/* As deep as names allow, with few descriptors: nothing is left. */
static void
deep_removed(void)
{
	struct rlimit was, few;
	char name[4000];
	struct err e = ERR_INIT;
	struct stage *s;
	size_t i;
	int fd = -1;

	for (i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "d/", 2);
	memcpy(name + i - 1, "f", 2);
	name[i - 2] = '/';
	name[i - 3] = 'd';
	CU_ASSERT_EQUAL(mkdir("in", 0700), 0);
	s = opened("in");
	CU_ASSERT_EQUAL(stage_file(s, name, false, &fd, &e), ERR_OK);
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(stage_file(s, ".0", false, &fd, &e), ERR_OK);
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(stage_dir(s, "d/.1", &e), ERR_OK);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	few.rlim_cur = 24;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &few), 0);
	stage_free(s);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &was), 0);
	CU_ASSERT_EQUAL(harness_entries("in"), 0);
}

/* --- names --- */

/* Try to make name in each way that `how` has: all are refused. */
static void
refused(struct stage *s, const char *name, const char *how)
{
	for (; *how != '\0'; how++) {
		struct err e = ERR_INIT;
		int fd = -1;

		if (*how == 'f')
			stage_file(s, name, false, &fd, &e);
		else if (*how == 'd')
			stage_dir(s, name, &e);
		else if (*how == 's')
			stage_symlink(s, name, "x", &e);
		else
			stage_hardlink(s, name, "file", &e);
		if (e.code != ERR_UNSAFE || !HARNESS_SAYS(&e, name))
			printf("\n    %s as %c: %d \"%s\"", name, *how,
			    (int)e.code, e.text);
		CU_ASSERT_EQUAL(e.code, ERR_UNSAFE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, name));
		CU_ASSERT_EQUAL(fd, -1);
	}
}

static void
taken(void)
{
	struct stage *s = opened("new");
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(put(s, "file", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_dir(s, "dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(put(s, "dir/in", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "dangling", "none", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "dir/sym", "../dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_hardlink(s, "hard", "file", &e), ERR_OK);
	refused(s, "file", "fdsh");
	refused(s, "dir", "fsh");
	refused(s, "dir/in", "fdsh");
	refused(s, "dangling", "fdsh");
	refused(s, "dir/sym", "fdsh");
	refused(s, "hard", "fdsh");
	/* below something that is no directory */
	refused(s, "file/x", "fdsh");
	refused(s, "file/x/y", "fdsh");
	refused(s, "dir/in/x", "fdsh");
	refused(s, "hard/x", "fdsh");
	/* and none of it did harm */
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_EQUAL(harness_entries("new"), 4);
	CU_ASSERT_EQUAL(harness_entries("new/dir"), 2);
	CU_ASSERT_TRUE(harness_holds("new/file", "file"));
	CU_ASSERT_TRUE(harness_holds("new/dir/in", "dir/in"));
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Nothing goes through a symlink, to wherever it leads. */
static void
below_symlinks(void)
{
	char *out = realpath(".", NULL), *text;
	struct stage *s = opened("new");
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(mkdir("out", 0777), 0);
	if (asprintf(&text, "%s/out", out) < 0)
		abort();
	CU_ASSERT_EQUAL(put(s, "file", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(s, "dir/x", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "far", text, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "up", "..", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "up-out", "../out", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "in", "dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "dir/far", text, &e), ERR_OK);
	refused(s, "far/x", "fdsh");
	refused(s, "far/y/z", "fdsh");
	refused(s, "up/out/x", "fdsh");
	refused(s, "up-out/x", "fdsh");
	refused(s, "in/y", "fdsh");
	refused(s, "dir/far/x", "fdsh");
	CU_ASSERT_EQUAL(harness_entries("out"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	stage_free(s);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	free(text);
	free(out);
}

/* Hard links to what is not a file of the stage. */
static void
hard_links(void)
{
	static const char *const targets[] = { "none", "none/x", "dir",
	    "far/file", "up/out/file", "file/x" };
	struct stage *s = opened("new");
	struct err e = ERR_INIT, sym = ERR_INIT;
	size_t i;

	CU_ASSERT_EQUAL(mkdir("out", 0777), 0);
	harness_write("out/file", "kept", 4);
	CU_ASSERT_EQUAL(put(s, "file", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_dir(s, "dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "far", "../out", &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_symlink(s, "up", "..", &e), ERR_OK);
	for (i = 0; i < HARNESS_COUNT(targets); i++) {
		struct err bad = ERR_INIT;

		CU_ASSERT_EQUAL(stage_hardlink(s, "hard", targets[i], &bad),
		    ERR_UNSAFE);
	}
	/* To a symlink: refused, or the symlink itself, not its target. */
	CU_ASSERT_EQUAL(stage_symlink(s, "to", "../out/file", &e), ERR_OK);
	stage_hardlink(s, "hard-to", "to", &sym);
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	CU_ASSERT_EQUAL(mode_of("new/hard"), 0);
	CU_ASSERT_NOT_EQUAL(inode_of("new/hard-to"), inode_of("out/file"));
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
}

/* A name has up to 255 bytes a component, and some depth. */
static void
long_names(void)
{
	struct stage *s = opened("new");
	struct err e = ERR_INIT;
	char name[2048], path[sizeof(name) + 8];

	memset(name, 'n', sizeof(name));
	name[255] = name[511] = name[767] = name[1023] = '/';
	name[1024 + 255] = '\0';
	CU_ASSERT_EQUAL(put(s, name, false, &e), ERR_OK);
	name[1024 + 254] = '\0';
	CU_ASSERT_EQUAL(put(s, name, false, &e), ERR_OK);
	CU_ASSERT_EQUAL(stage_publish(s, &e), ERR_OK);
	stage_free(s);
	snprintf(path, sizeof(path), "new/%s", name);
	CU_ASSERT_TRUE(harness_holds(path, name));
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "appears when published", appears },
		{ "private until then", private },
		{ "abandoned", abandoned },
		{ "any umask", umasks },
		{ "destinations", destinations },
		{ "an absolute destination", absolute },
		{ "no destinations", not_destinations },
		{ "added to a directory", added },
		{ "names taken in the destination", conflicts },
		{ "a destination that comes later", overtaken },
		{ "an empty directory stays itself", empty_kept },
		{ "a deep tree is removed", deep_removed },
		{ "names taken in the stage", taken },
		{ "below symlinks", below_symlinks },
		{ "hard links", hard_links },
		{ "long names", long_names },
	};

	/* The tests' own files; what the stage makes does not depend on it. */
	umask(022);
	return harness_run("stage", tests, HARNESS_COUNT(tests));
}
