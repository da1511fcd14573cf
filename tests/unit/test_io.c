#include "base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static void
read_at(void)
{
	struct err e = ERR_INIT, bad = ERR_INIT;
	char buf[8] = "";
	size_t got = 99;
	int fd;

	harness_write("f", "0123456789", 10);
	fd = open("f", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(io_pread(fd, buf, 4, 3, &got, &e), ERR_OK);
	CU_ASSERT_EQUAL(got, 4);
	CU_ASSERT_EQUAL(memcmp(buf, "3456", 4), 0);
	CU_ASSERT_EQUAL(io_pread(fd, buf, 8, 7, &got, &e), ERR_OK);
	CU_ASSERT_EQUAL(got, 3);
	CU_ASSERT_EQUAL(io_pread(fd, buf, 8, 1000, &got, &e), ERR_OK);
	CU_ASSERT_EQUAL(got, 0);
	CU_ASSERT_EQUAL(io_close(fd, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_pread(-1, buf, 8, 0, &got, &bad), ERR_FAIL);
	CU_ASSERT_EQUAL(got, 0);
}

static void
read_file(void)
{
	static const size_t sizes[] = { 0, 1, 65536, 65537, 200000 };
	struct err e = ERR_INIT;
	struct buf got;
	uint8_t *p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		p = harness_bytes('r', 1, sizes[i] + 1);
		harness_write("f", p, sizes[i]);
		CU_ASSERT_EQUAL(io_read_file("f", sizes[i], &got, &e),
		    ERR_OK);
		CU_ASSERT_EQUAL_FATAL(got.size, sizes[i]);
		CU_ASSERT_EQUAL(memcmp(got.data, p, sizes[i]), 0);
		buf_free(&got);
		free(p);
	}
}

static void
read_file_fails(void)
{
	static const struct {
		const char *path;
		enum err_code code;
		const char *says;
	} rows[] = {
		{ "f", ERR_USAGE, "f: is over 9 bytes" },
		{ "/dev/zero", ERR_USAGE, "is over 9 bytes" },
		{ "none", ERR_FAIL, "none: cannot open" },
		{ ".", ERR_FAIL, ".: cannot read" },
	};
	struct buf got;
	size_t i;

	harness_write("f", "0123456789", 10);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(io_read_file(rows[i].path, 9, &got, &e),
		    rows[i].code);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, rows[i].says));
		buf_free(&got);
	}
}

/* A pipe takes a large write in parts. */
static void
write_all(void)
{
	enum { SIZE = 1 << 20 };
	struct err e = ERR_INIT, bad = ERR_INIT;
	uint8_t *p = harness_bytes('r', 1, SIZE), piece[4096];
	size_t at = 0, wrong = 0;
	int pipes[2], status = -1;
	ssize_t n;
	pid_t child;

	CU_ASSERT_EQUAL(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		(void)close(pipes[0]);
		io_write(pipes[1], p, SIZE, NULL, &e);
		free(p);
		_exit(e.code);
	}
	(void)close(pipes[1]);
	while ((n = read(pipes[0], piece, sizeof(piece))) > 0) {
		wrong += at + (size_t)n > SIZE ||
		    memcmp(p + at, piece, (size_t)n) != 0;
		at += (size_t)n;
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(at, SIZE);
	CU_ASSERT_EQUAL(wrong, 0);
	(void)close(pipes[0]);
	free(p);
	CU_ASSERT_EQUAL(io_write(-1, "x", 1, NULL, &bad), ERR_FAIL);
}

static void
commit(void)
{
	struct err e = ERR_INIT;
	struct outfile o;
	struct stat st;
	mode_t mask = umask(027);

	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	CU_ASSERT_EQUAL(outfile_open("d/out", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "hello", 5, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(access("d/out", F_OK), -1);
	CU_ASSERT_EQUAL(outfile_commit(&o, NULL, &e), ERR_OK);
	CU_ASSERT_TRUE(harness_holds("d/out", "hello"));
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
	CU_ASSERT_EQUAL(stat("d/out", &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
	outfile_abort(&o);
	CU_ASSERT_EQUAL(harness_entries("d"), 1);
	umask(mask);
}

static void
replace(void)
{
	struct err e = ERR_INIT;
	struct outfile o;
	struct stat st;

	harness_write("old", "old", 3);
	harness_write("target", "target", 6);
	CU_ASSERT_EQUAL(symlink("target", "link"), 0);
	CU_ASSERT_EQUAL(outfile_open("old", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "new", 3, NULL, &e), ERR_OK);
	CU_ASSERT_TRUE(harness_holds("old", "old"));
	CU_ASSERT_EQUAL(outfile_commit(&o, NULL, &e), ERR_OK);
	CU_ASSERT_TRUE(harness_holds("old", "new"));
	/* A symlink is replaced, and what it points to is not touched. */
	CU_ASSERT_EQUAL(outfile_open("link", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "new", 3, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(outfile_commit(&o, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(lstat("link", &st), 0);
	CU_ASSERT_TRUE(S_ISREG(st.st_mode));
	CU_ASSERT_TRUE(harness_holds("target", "target"));
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* One file where nothing was, and one where something was. */
static void
place(void)
{
	static const char *const names[] = { "new", "old" };
	struct err e = ERR_INIT;
	struct outfile o;
	int i, keep;

	for (keep = 0; keep < 2; keep++) {
		harness_write("old", "old", 3);
		for (i = 0; i < 2; i++) {
			CU_ASSERT_EQUAL(outfile_open(names[i], &o, &e),
			    ERR_OK);
			CU_ASSERT_EQUAL(io_write(o.fd, "x", 1, NULL, &e),
			    ERR_OK);
			CU_ASSERT_EQUAL(outfile_place(&o, NULL, &e), ERR_OK);
			CU_ASSERT_TRUE(harness_holds(names[i], "x"));
			if (keep)
				CU_ASSERT_EQUAL(outfile_keep(&o, &e), ERR_OK);
			outfile_abort(&o);
		}
		CU_ASSERT_EQUAL(harness_entries("."), (size_t)(1 + keep));
		CU_ASSERT_TRUE(harness_holds("old", keep ? "x" : "old"));
	}
	CU_ASSERT_TRUE(harness_holds("new", "x"));
	memset(&o, 0, sizeof(o));
	CU_ASSERT_EQUAL(outfile_keep(&o, &e), ERR_OK);
}

/* What was there before is not lost when it cannot have its name again. */
static void
not_given_back(void)
{
	struct err e = ERR_INIT;
	struct outfile o;
	char second[64];

	harness_write("old", "old", 3);
	CU_ASSERT_EQUAL(outfile_open("old", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "x", 1, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(outfile_place(&o, NULL, &e), ERR_OK);
	snprintf(second, sizeof(second), "%s", o.old);
	CU_ASSERT_EQUAL(unlink("old"), 0);
	CU_ASSERT_EQUAL(mkdir("old", 0700), 0);
	outfile_abort(&o);
	CU_ASSERT_TRUE(harness_holds(second, "old"));
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

static void
abort_leaves_nothing(void)
{
	struct err e = ERR_INIT;
	struct outfile o, zero;

	harness_write("old", "old", 3);
	CU_ASSERT_EQUAL(outfile_open("new", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "x", 1, NULL, &e), ERR_OK);
	outfile_abort(&o);
	outfile_abort(&o);
	CU_ASSERT_EQUAL(outfile_open("old", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "x", 1, NULL, &e), ERR_OK);
	outfile_abort(&o);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	CU_ASSERT_TRUE(harness_holds("old", "old"));
	memset(&zero, 0, sizeof(zero));
	outfile_abort(&zero);
	/* Standard input is still there: 0 is not taken for a descriptor. */
	CU_ASSERT_NOT_EQUAL(fcntl(0, F_GETFD), -1);
}

static void
open_fails(void)
{
	static const struct {
		const char *path;
		enum err_code code;
	} cases[] = {
		{ "d", ERR_USAGE }, { "d/", ERR_USAGE }, { ".", ERR_USAGE },
		{ "new/", ERR_USAGE }, { "", ERR_USAGE },
		{ "none/x", ERR_FAIL }, { "f/x", ERR_FAIL },
	};
	struct outfile o;
	size_t i;

	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	harness_write("f", "", 0);
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(outfile_open(cases[i].path, &o, &e),
		    cases[i].code);
		CU_ASSERT_NOT_EQUAL(e.text[0], '\0');
		outfile_abort(&o);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

/* The directory goes away, or a directory takes the place, before commit. */
static void
commit_fails(void)
{
	struct err gone = ERR_INIT, taken = ERR_INIT;
	struct outfile o;

	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	CU_ASSERT_EQUAL(outfile_open("d/out", &o, &gone), ERR_OK);
	if (o.temp == NULL) {
		CU_ASSERT_EQUAL(rmdir("d"), 0);
		CU_ASSERT_EQUAL(outfile_commit(&o, NULL, &gone), ERR_FAIL);
		CU_ASSERT_EQUAL(strncmp(gone.text, "d/out: ", 7), 0);
	}
	outfile_abort(&o);
	CU_ASSERT_EQUAL(outfile_open("out", &o, &taken), ERR_OK);
	CU_ASSERT_EQUAL(mkdir("out", 0755), 0);
	CU_ASSERT_EQUAL(outfile_commit(&o, NULL, &taken), ERR_FAIL);
	CU_ASSERT_EQUAL(rmdir("out"), 0);
	(void)rmdir("d");
	CU_ASSERT_EQUAL(harness_entries("."), 0);
}

/* What cannot be renamed over is copied to: here, a FIFO. */
static void
fifo(void)
{
	struct err e = ERR_INIT;
	struct outfile o;
	struct stat st;
	char got[16] = "";
	int fd;

	CU_ASSERT_EQUAL(mkfifo("p", 0600), 0);
	fd = open("p", O_RDWR | O_CLOEXEC);
	CU_ASSERT_EQUAL(outfile_open("p", &o, &e), ERR_OK);
	CU_ASSERT_EQUAL(io_write(o.fd, "hello", 5, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(outfile_commit(&o, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(read(fd, got, sizeof(got)), 5);
	CU_ASSERT_STRING_EQUAL(got, "hello");
	CU_ASSERT_EQUAL(lstat("p", &st), 0);
	CU_ASSERT_TRUE(S_ISFIFO(st.st_mode));
	(void)close(fd);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "reads at an offset", read_at },
		{ "reads a file", read_file },
		{ "files that cannot be read", read_file_fails },
		{ "writes all", write_all },
		{ "commit", commit },
		{ "commit replaces", replace },
		{ "what is placed can be taken back", place },
		{ "what cannot be taken back is kept", not_given_back },
		{ "abort leaves nothing", abort_leaves_nothing },
		{ "places that cannot be written", open_fails },
		{ "a commit that fails", commit_fails },
		{ "a FIFO", fifo },
	};

	return harness_run("io", tests, HARNESS_COUNT(tests));
}
