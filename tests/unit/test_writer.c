#include "unpack/writer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static int dir;			/* "d", where all is made */

static struct writer *
begin(void)
{
	struct err e = ERR_INIT;
	struct writer *w = NULL;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	dir = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(dir >= 0);
	CU_ASSERT_EQUAL_FATAL(writer_new(dir, &w, &e), ERR_OK);
	return w;
}

static void
end(struct writer *w)
{
	writer_free(w);
	/* It was borrowed. */
	CU_ASSERT_EQUAL(close(dir), 0);
}

/* Make a file that holds its own name. */
static enum err_code
put(struct writer *w, const char *name, bool executable, struct err *e)
{
	size_t n = strlen(name);

	if (writer_file(w, name, executable, e) == ERR_OK)
		writer_data(w, (const uint8_t *)name, n, e);
	if (e->code == ERR_OK)
		writer_end(w, n, false, 0, e);
	return e->code;
}

/* --- what is made --- */

/* Directories that nobody asked for. */
static void
parents(void)
{
	struct writer *w = begin();
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(put(w, "x", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_parents(w), 0);
	CU_ASSERT_EQUAL(put(w, "a/b/c", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "a/b/d", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_parents(w), 2);
	CU_ASSERT_EQUAL(writer_dir(w, "a/b", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_parents(w), 1);
	CU_ASSERT_EQUAL(writer_dir(w, "k/l/m", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_parents(w), 3);
	CU_ASSERT_EQUAL(writer_hardlink(w, "h/x", "x", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "s/x", "../x", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_parents(w), 5);
	CU_ASSERT_EQUAL(put(w, "x/y", false, &e), ERR_UNSAFE);
	CU_ASSERT_EQUAL(writer_parents(w), 5);
	end(w);
}

static void
all_kinds(void)
{
	struct writer *w = begin();
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(put(w, "a/b/c", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "x", true, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "a/d", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "a/b/e", true, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_dir(w, "a/b", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_dir(w, "k/empty", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_dir(w, "k/empty", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_hardlink(w, "k/h", "a/b/c", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_hardlink(w, "h", "x", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "a/s", "../x", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "n/s", "not there", &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "-rf", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "\xFF\n *", false, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	end(w);
	CU_ASSERT_TRUE(harness_holds("d/a/b/c", "a/b/c"));
	CU_ASSERT_TRUE(harness_holds("d/a/d", "a/d"));
	CU_ASSERT_TRUE(harness_holds("d/x", "x"));
	CU_ASSERT_TRUE(harness_holds("d/\xFF\n *", "\xFF\n *"));
	CU_ASSERT_EQUAL(harness_mode_of("d"), S_IFDIR | 0700);
	CU_ASSERT_EQUAL(harness_mode_of("d/a"), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(harness_mode_of("d/a/b"), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(harness_mode_of("d/k/empty"), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(harness_mode_of("d/a/b/c"), S_IFREG | 0644);
	CU_ASSERT_EQUAL(harness_mode_of("d/a/b/e"), S_IFREG | 0755);
	CU_ASSERT_EQUAL(harness_mode_of("d/x"), S_IFREG | 0755);
	CU_ASSERT_EQUAL(harness_inode_of("d/k/h"), harness_inode_of("d/a/b/c"));
	CU_ASSERT_EQUAL(harness_inode_of("d/h"), harness_inode_of("d/x"));
	CU_ASSERT_TRUE(harness_links_to("d/a/s", "../x"));
	CU_ASSERT_TRUE(harness_links_to("d/n/s", "not there"));
	CU_ASSERT_EQUAL(harness_entries("d"), 7);
	CU_ASSERT_EQUAL(harness_entries("d/a"), 3);
	CU_ASSERT_EQUAL(harness_entries("d/a/b"), 2);
	CU_ASSERT_EQUAL(harness_entries("d/k"), 2);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Write n bytes at p as "f" in pieces; is it what it was, and how many bytes
 * does it take on the disk? */
static off_t
written(struct writer *w, const uint8_t *p, size_t n, size_t piece)
{
	struct err e = ERR_INIT;
	size_t at, step, got_n;
	struct stat st;
	uint8_t *got;

	CU_ASSERT_EQUAL(writer_file(w, "f", false, &e), ERR_OK);
	for (at = 0; at < n; at += step) {
		step = n - at < piece ? n - at : piece;
		CU_ASSERT_EQUAL(writer_data(w, p + at, step, &e), ERR_OK);
	}
	CU_ASSERT_EQUAL(writer_data(w, p, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_end(w, n, false, 0, &e), ERR_OK);
	got = harness_read("d/f", &got_n);
	CU_ASSERT_EQUAL_FATAL(got_n, n);
	CU_ASSERT_EQUAL(memcmp(got, p, n), 0);
	free(got);
	CU_ASSERT_EQUAL(stat("d/f", &st), 0);
	CU_ASSERT_EQUAL(unlink("d/f"), 0);
	return st.st_blocks * 512;
}

/* Zeros are holes, wherever they are, and none of them gets lost. */
static void
holes(void)
{
	enum { SIZE = 1 << 20 };
	static const struct {
		size_t from, to;	/* what is not zero */
	} rows[] = {
		{ 0, 0 }, { 0, 1 }, { SIZE - 1, SIZE }, { 0, 4096 },
		{ 65535, 65537 }, { 131072, 196608 }, { SIZE / 2, SIZE },
		{ 0, SIZE / 2 }, { 0, SIZE },
	};
	static const size_t pieces[] = { SIZE, 65536, 4096, 4095, 100000 };
	uint8_t *p = malloc(SIZE);
	struct writer *w = begin();
	size_t i, k;
	off_t n;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		memset(p, 0, SIZE);
		memset(p + rows[i].from, 'x', rows[i].to - rows[i].from);
		for (k = 0; k < HARNESS_COUNT(pieces); k++) {
			n = written(w, p, SIZE, pieces[k]);
			if (pieces[k] != 4095 && rows[i].to - rows[i].from <
			    SIZE / 4)
				CU_ASSERT_TRUE(n < SIZE / 2);
		}
	}
	memset(p, 0, SIZE);
	written(w, p, 4095, 5000);
	written(w, p, 4097, 5000);
	written(w, p, 0, 1);
	/* A hole before says nothing of the next file. */
	p[0] = 'x';
	written(w, p, 3, 3);
	free(p);
	end(w);
}

static void
times(void)
{
	static const int64_t seconds[] = { 0, 1, 1234567890, 2147483648,
	    4294967296 };
	struct writer *w = begin();
	struct err e = ERR_INIT;
	struct stat st;
	char path[16];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(seconds); i++) {
		snprintf(path, sizeof(path), "d/%zu", i);
		CU_ASSERT_EQUAL(writer_file(w, path + 2, false, &e), ERR_OK);
		CU_ASSERT_EQUAL(writer_data(w, (const uint8_t *)"x", 1, &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(writer_end(w, 1, true, seconds[i], &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(stat(path, &st), 0);
		CU_ASSERT_EQUAL(st.st_mtime, seconds[i]);
		CU_ASSERT_EQUAL(st.st_mtim.tv_nsec, 0);
	}
	CU_ASSERT_EQUAL(put(w, "now", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(stat("d/now", &st), 0);
	CU_ASSERT_TRUE(st.st_mtime > 1700000000);
	end(w);
}

/* A component has up to 255 bytes, and a path as many as it likes. */
static void
long_names(void)
{
	struct err e = ERR_INIT;
	struct writer *w = begin();
	char name[4000], path[sizeof(name) + 8];
	size_t i;

	memset(name, 'n', sizeof(name));
	for (i = 255; i < sizeof(name); i += 256)
		name[i] = '/';
	name[15 * 256 - 1] = '\0';
	CU_ASSERT_EQUAL(put(w, name, false, &e), ERR_OK);
	snprintf(path, sizeof(path), "d/%s", name);
	CU_ASSERT_TRUE(harness_holds(path, name));
	for (i = 0; i + 2 < sizeof(name); i += 2)
		memcpy(name + i, "e/", 2);
	memcpy(name + i - 2, "f", 2);
	CU_ASSERT_EQUAL(put(w, name, true, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	snprintf(path, sizeof(path), "d/%s", name);
	CU_ASSERT_TRUE(harness_holds(path, name));
	end(w);
}

/* --- what is refused --- */

/* Try to make name in each way that `how` has: all fail with this code. */
static void
fails(struct writer *w, const char *name, const char *how,
    enum err_code code)
{
	for (; *how != '\0'; how++) {
		struct err e = ERR_INIT;

		if (*how == 'f')
			writer_file(w, name, false, &e);
		else if (*how == 'd')
			writer_dir(w, name, &e);
		else if (*how == 's')
			writer_symlink(w, name, "x", &e);
		else
			writer_hardlink(w, name, "file", &e);
		if (e.code != code || !HARNESS_SAYS(&e, name))
			printf("\n    %s as %c: %d \"%s\"", name, *how,
			    (int)e.code, e.text);
		CU_ASSERT_EQUAL(e.code, code);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, name));
	}
}

static void
refused(struct writer *w, const char *name, const char *how)
{
	fails(w, name, how, ERR_UNSAFE);
}

static void
taken(void)
{
	struct writer *w = begin();
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(put(w, "file", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_dir(w, "dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "dir/in", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "dangling", "none", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "dir/sym", "../dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_hardlink(w, "hard", "file", &e), ERR_OK);
	refused(w, "file", "fdsh");
	refused(w, "dir", "fsh");
	refused(w, "dir/in", "fdsh");
	refused(w, "dangling", "fdsh");
	refused(w, "dir/sym", "fdsh");
	refused(w, "hard", "fdsh");
	/* below something that is no directory */
	refused(w, "file/x", "fdsh");
	refused(w, "file/x/y", "fdsh");
	refused(w, "dir/in/x", "fdsh");
	refused(w, "hard/x", "fdsh");
	refused(w, "dangling/x", "fdsh");
	/* and none of it did harm */
	CU_ASSERT_EQUAL(put(w, "dir/after", false, &e), ERR_OK);
	end(w);
	CU_ASSERT_EQUAL(harness_entries("d"), 4);
	CU_ASSERT_EQUAL(harness_entries("d/dir"), 3);
	CU_ASSERT_TRUE(harness_holds("d/file", "file"));
	CU_ASSERT_TRUE(harness_holds("d/dir/in", "dir/in"));
	CU_ASSERT_EQUAL(harness_mode_of("d/none"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Nothing goes through a symlink, to wherever it leads, whether the bundle
 * brought it or somebody else did. */
static void
below_symlinks(void)
{
	char *here = realpath(".", NULL), *text;
	struct writer *w = begin();
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(mkdir("out", 0777), 0);
	if (asprintf(&text, "%s/out", here) < 0)
		abort();
	CU_ASSERT_EQUAL(put(w, "file", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(put(w, "dir/x", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "far", text, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "up", "..", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "up-out", "../out", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "in", "dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "dir/far", text, &e), ERR_OK);
	CU_ASSERT_EQUAL(symlink("/proc/self/cwd/out", "d/magic"), 0);
	refused(w, "far", "fdsh");
	refused(w, "far/x", "fdsh");
	refused(w, "far/y/z", "fdsh");
	refused(w, "up/out/x", "fdsh");
	refused(w, "up-out/x", "fdsh");
	refused(w, "in/y", "fdsh");
	refused(w, "dir/far/x", "fdsh");
	refused(w, "magic/x", "fdsh");
	CU_ASSERT_EQUAL(harness_entries("out"), 0);
	CU_ASSERT_EQUAL(harness_entries("d/dir"), 2);
	end(w);
	free(text);
	free(here);
}

/* Hard links to what is not a file that was made. */
static void
hard_links(void)
{
	static const char *const targets[] = { "none", "none/x", "dir",
	    "far/file", "up/out/file", "file/x" };
	struct err e = ERR_INIT, sym = ERR_INIT;
	struct writer *w = begin();
	struct stat st;
	size_t i;

	CU_ASSERT_EQUAL(mkdir("out", 0777), 0);
	harness_write("out/file", "kept", 4);
	CU_ASSERT_EQUAL(put(w, "file", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_dir(w, "dir", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "far", "../out", &e), ERR_OK);
	CU_ASSERT_EQUAL(writer_symlink(w, "up", "..", &e), ERR_OK);
	for (i = 0; i < HARNESS_COUNT(targets); i++) {
		struct err bad = ERR_INIT;

		CU_ASSERT_EQUAL(writer_hardlink(w, "hard", targets[i], &bad),
		    ERR_UNSAFE);
	}
	/* To a symlink: refused, or the symlink itself, not its target. */
	CU_ASSERT_EQUAL(writer_symlink(w, "to", "../out/file", &e), ERR_OK);
	writer_hardlink(w, "hard-to", "to", &sym);
	end(w);
	CU_ASSERT_EQUAL(harness_mode_of("d/hard"), 0);
	CU_ASSERT_NOT_EQUAL(harness_inode_of("d/hard-to"), harness_inode_of("out/file"));
	CU_ASSERT_EQUAL(stat("out/file", &st), 0);
	CU_ASSERT_EQUAL(st.st_nlink, 1);
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
}

/* What is there already stays as it is: also a FIFO, which would block, and
 * a file that has another name outside. */
static void
not_opened(void)
{
	struct writer *w = begin();

	harness_write("victim", "kept", 4);
	CU_ASSERT_EQUAL(link("victim", "d/hard"), 0);
	CU_ASSERT_EQUAL(symlink("../victim", "d/sym"), 0);
	CU_ASSERT_EQUAL(mkfifo("d/fifo", 0666), 0);
	refused(w, "hard", "fdsh");
	refused(w, "sym", "fdsh");
	refused(w, "fifo", "fdsh");
	refused(w, "fifo/x", "fdsh");
	end(w);
	CU_ASSERT_TRUE(harness_holds("victim", "kept"));
	CU_ASSERT_EQUAL(harness_entries("d"), 3);
}

static void
too_long(void)
{
	struct writer *w = begin();
	struct err e = ERR_INIT;
	char name[300];

	CU_ASSERT_EQUAL(put(w, "file", false, &e), ERR_OK);
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	fails(w, name, "fdsh", ERR_FAIL);
	memcpy(name + 256, "/x", 3);
	fails(w, name, "fdsh", ERR_FAIL);
	end(w);
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
}

/* No clean name has it; if one comes, it does not lead out. */
static void
upwards(void)
{
	struct writer *w = begin();
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(put(w, "file", false, &e), ERR_OK);
	fails(w, "../x", "fsh", ERR_FAIL);
	fails(w, "../x/y", "fdsh", ERR_FAIL);
	fails(w, "a/../../x/y", "fdsh", ERR_FAIL);
	fails(w, "..", "d", ERR_FAIL);
	end(w);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* A file that is not finished, and one that cannot be written. */
static void
unfinished(void)
{
	struct writer *w = begin();
	struct err e = ERR_INIT, full = ERR_INIT;
	struct rlimit was, none;

	CU_ASSERT_EQUAL(writer_file(w, "a", false, &e), ERR_OK);
	end(w);
	CU_ASSERT_EQUAL(system("rm -r d"), 0);
	w = begin();
	CU_ASSERT_EQUAL(writer_file(w, "full", false, &e), ERR_OK);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	(void)signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &none), 0);
	writer_data(w, (const uint8_t *)"x", 1, &full);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &was), 0);
	CU_ASSERT_EQUAL(full.code, ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&full, "full: "));
	end(w);
	writer_free(NULL);
}

/* --- an attacker --- */

/* Exchange the directory d/a and a symlink to out, for ever. */
static void
attack(void)
{
	for (;;)
		(void)renameat2(AT_FDCWD, "d/a", AT_FDCWD, "d/link",
		    RENAME_EXCHANGE);
}

/* Nothing may be made outside, whatever fails meanwhile. */
static void
attacked(void)
{
	struct writer *w = begin();
	size_t i, made = 0, swapped = 0;
	char name[32];
	pid_t pid;

	CU_ASSERT_EQUAL(mkdir("out", 0777), 0);
	CU_ASSERT_EQUAL(mkdir("out/b", 0777), 0);
	harness_write("out/victim", "kept", 4);
	CU_ASSERT_EQUAL(mkdir("d/a", 0755), 0);
	CU_ASSERT_EQUAL(symlink("../out", "d/link"), 0);
	pid = fork();
	if (pid == 0)
		attack();
	for (i = 0; i < 2000 || (swapped == 0 && i < 100000); i++) {
		struct err e = ERR_INIT;

		/* A directory of its own, so that the path is walked. */
		snprintf(name, sizeof(name), i % 3 == 0 ? "a/f%zu" :
		    i % 3 == 1 ? "a/b/f%zu" : "a/d%zu/f", i);
		if (put(w, name, false, &e) == ERR_OK)
			made++;
		else
			swapped++;
		e.code = ERR_OK;
		if (i % 50 == 0)
			writer_hardlink(w, "mine", "a/victim", &e);
	}
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	CU_ASSERT_TRUE(made > 0);
	/* The attack was one. */
	CU_ASSERT_TRUE(swapped > 0);
	CU_ASSERT_EQUAL(harness_entries("out"), 2);
	CU_ASSERT_EQUAL(harness_entries("out/b"), 0);
	CU_ASSERT_EQUAL(harness_mode_of("d/mine"), 0);
	CU_ASSERT_TRUE(harness_holds("out/victim", "kept"));
	end(w);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "parents", parents },
		{ "all kinds", all_kinds },
		{ "holes", holes },
		{ "times", times },
		{ "long names", long_names },
		{ "names that are taken", taken },
		{ "below symlinks", below_symlinks },
		{ "hard links", hard_links },
		{ "what is there is not opened", not_opened },
		{ "names that are too long", too_long },
		{ "upwards", upwards },
		{ "unfinished, and no space", unfinished },
		{ "directories swapped for symlinks", attacked },
	};

	/* As where it runs. */
	umask(0);
	return harness_run("writer", tests, HARNESS_COUNT(tests));
}
