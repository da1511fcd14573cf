#include "unpack/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "xz/encode.h"
#include "xz/xzread.h"
#include "xz/xzwrite.h"

#define MEMORY (UINT64_C(64) << 20)
#define LARGE 300000		/* bytes of a file that spans Blocks */

/* --- a tar, made by hand --- */

static uint8_t tar[1 << 19];
static size_t tar_n;

/* The checksum of a header. */
static void
seal(uint8_t *h)
{
	unsigned int sum = 0;
	size_t i;

	memset(h + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
}

static void
member(char type, const char *name, const char *link, const void *data,
    size_t n, unsigned int mode)
{
	uint8_t *h = tar + tar_n;

	memcpy(h, name, strnlen(name, 100));
	snprintf((char *)h + 100, 8, "%07o", mode);
	snprintf((char *)h + 124, 12, "%011zo",
	    n & (size_t)077777777777);
	h[156] = (uint8_t)type;
	memcpy(h + 157, link, strnlen(link, 100));
	memcpy(h + 257, "ustar\00000", 8);
	seal(h);
	tar_n += 512;
	if (n > 0)
		memcpy(tar + tar_n, data, n);
	tar_n += (n + 511) / 512 * 512;
}

/* GNU's old format: 512 bytes of data behind a hole of 3584. */
static void
old_sparse(const char *name)
{
	char *h = (char *)tar + tar_n;

	member('S', name, "", name, strlen(name), 0644);
	snprintf(h + 124, 12, "%011o", 512);
	memcpy(h + 257, "ustar  ", 8);
	snprintf(h + 386, 12, "%011o", 3584);
	snprintf(h + 398, 12, "%011o", 512);
	snprintf(h + 483, 12, "%011o", 4096);
	seal((uint8_t *)h);
}

static void
begin(void)
{
	memset(tar, 0, sizeof(tar));
	tar_n = 0;
}

/*
 * Members are written as "f:name x:name d:name s:name=text h:name=target
 * o:name", apart by blanks: files (x: executable) that hold their own names,
 * directories, symlinks, hard links, a FIFO.
 */
static void
add(const char *members)
{
	static const char letters[] = "fxdsho", types[] = "005216";
	char *copy = strdup(members), *rest = copy, *word, *name, *equals;
	size_t n;

	while ((word = strsep(&rest, " ")) != NULL) {
		name = word + 2;
		equals = strchr(name, '=');
		if (equals != NULL)
			*equals = '\0';
		n = *word == 'f' || *word == 'x' ? strlen(name) : 0;
		member(types[strchr(letters, *word) - letters], name,
		    equals != NULL ? equals + 1 : "", name, n,
		    *word == 'f' ? 0644 : 0755);
	}
	free(copy);
}

/* --- a bundle of it --- */

/* A whole bundle. */
static void
make(const char *members, size_t step)
{
	begin();
	add(members);
	tar_n += 1024;
	harness_bundle("b", tar, tar_n, step);
}

/* With links; else as strict as can be. */
static struct extract_request
request(const char *dest)
{
	struct extract_request r;

	memset(&r, 0, sizeof(r));
	limits_init(&r.rules.limits);
	r.rules.limits.max[LIMIT_MEMORY] = MEMORY;
	r.rules.links = true;
	r.bundle = "b";
	r.dest = dest;
	r.n_threads = 2;
	return r;
}

static struct extract_stats stats;	/* of the last run */
static char text[1 << 16];		/* likewise */

/* Nothing is left open, and no process. */
static enum err_code
run(const struct extract_request *r, struct err *e)
{
	size_t fds = harness_entries("/proc/self/fd");
	struct extract_result res;

	extract_result_init(&res);
	extract_bundle(r, &res, e);
	stats = res.stats;
	CU_ASSERT_TRUE_FATAL(res.text.size < sizeof(text));
	if (res.text.size > 0)
		memcpy(text, res.text.data, res.text.size);
	text[res.text.size] = '\0';
	CU_ASSERT_TRUE(e->code != ERR_OK || (res.sandbox.seccomp &&
	    res.sandbox.landlock_abi > 0));
	extract_result_free(&res);
	CU_ASSERT_EQUAL(harness_entries("/proc/self/fd"), fds);
	CU_ASSERT_TRUE(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return e->code;
}

/* Extract to dest: all, or what is wanted (names apart by blanks). */
static enum err_code
extract(const char *dest, const char *wanted, struct err *e)
{
	struct extract_request r = request(dest);
	char *copy = strdup(wanted != NULL ? wanted : ""), *rest = copy;
	const char *names[8];

	while (wanted != NULL && rest != NULL)
		names[r.n_wanted++] = strsep(&rest, " ");
	r.wanted = names;
	run(&r, e);
	free(copy);
	return e->code;
}

static enum err_code
cat_to(const struct extract_request *r, int fd, struct err *e)
{
	struct extract_result res;

	extract_result_init(&res);
	extract_cat(r, fd, &res, e);
	extract_result_free(&res);
	return e->code;
}

/* The data of a member, "" when there is an error; the caller frees. */
static char *
cat(const char *name, struct err *e)
{
	struct extract_request r = request(NULL);
	int fd = open("cat", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char *got;
	size_t n;

	r.wanted = &name;
	r.n_wanted = 1;
	cat_to(&r, fd, e);
	CU_ASSERT_EQUAL(close(fd), 0);
	got = (char *)harness_read("cat", &n);
	got[n] = '\0';
	CU_ASSERT_EQUAL(unlink("cat"), 0);
	return got;
}

/* --- what came out --- */

/* Is there exactly this below dir?  As add() writes it. */
static bool
is(const char *dir, const char *members)
{
	char command[1024];

	snprintf(command, sizeof(command), "cd '%s' && LC_ALL=C find . "
	    "-mindepth 1 '(' -type f -perm 755 -printf 'x:%%P\\n' -o "
	    "-type f -perm 644 -printf 'f:%%P\\n' -o -type d -perm 755 "
	    "-printf 'd:%%P\\n' -o -type l -printf 's:%%P=%%l\\n' -o "
	    "-printf '?:%%P\\n' ')' | sort | tr '\\n' ' ' >../is && "
	    "test \"$(cat ../is)\" = '%s '", dir, members);
	if (system(command) == 0 && unlink("is") == 0)
		return true;
	printf("\n    not as expected: %s\n    ", members);
	fflush(stdout);
	return system("cat is") == 0 && unlink("is") != 0;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return lstat(a, &sa) == 0 && lstat(b, &sb) == 0 &&
	    sa.st_ino == sb.st_ino;
}

/* --- extracting all --- */

static const char many[] = "d:d f:d/a x:d/b d:d/e h:h=d/a s:s=d/a f:imp/x "
    "s:d/up=../imp/x h:d/h2=d/a";
static const char many_sorted[] = "d:d d:d/e d:imp f:d/a f:d/h2 f:h f:imp/x "
    "s:d/up=../imp/x s:s=d/a x:d/b";

static void
all(void)
{
	static const size_t steps[] = { 512, 1000, 100000 };
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(steps); i++) {
		make(many, steps[i]);
		CU_ASSERT_EQUAL(extract("t", NULL, &e), ERR_OK);
		CU_ASSERT_TRUE(is("t", many_sorted));
		CU_ASSERT_TRUE(harness_holds("t/d/a", "d/a"));
		CU_ASSERT_TRUE(harness_holds("t/d/b", "d/b"));
		CU_ASSERT_TRUE(harness_holds("t/s", "d/a"));
		CU_ASSERT_TRUE(harness_holds("t/d/up", "imp/x"));
		CU_ASSERT_TRUE(same_file("t/h", "t/d/a"));
		CU_ASSERT_TRUE(same_file("t/d/h2", "t/d/a"));
		CU_ASSERT_EQUAL(harness_entries("."), 2);
		CU_ASSERT_EQUAL(system("rm -r t"), 0);
	}
}

/* Files of any size, and pages of zeros anywhere in them. */
static void
contents(void)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 65536, LARGE };
	uint8_t *p = harness_bytes('r', 1, LARGE), *got;
	struct err e = ERR_INIT;
	char name[16];
	size_t i, k, n;

	memset(p, 0, 70000);
	memset(p + 100001, 0, 65536);
	memset(p + 170000, 0, 5000);
	memset(p + LARGE - 20000, 0, 20000);
	for (i = 0; i < 3; i++) {
		begin();
		for (k = 0; k < HARNESS_COUNT(sizes); k++) {
			snprintf(name, sizeof(name), "f%zu", k);
			member('0', name, "", p + i * 4000, sizes[k] > 12000 ?
			    sizes[k] - 12000 : sizes[k], 0644);
		}
		tar_n += 1024;
		harness_bundle("b", tar, tar_n, i == 0 ? sizeof(tar) : 50000);
		CU_ASSERT_EQUAL(extract("t", NULL, &e), ERR_OK);
		for (k = 0; k < HARNESS_COUNT(sizes); k++) {
			snprintf(name, sizeof(name), "t/f%zu", k);
			got = harness_read(name, &n);
			CU_ASSERT_EQUAL(n, sizes[k] > 12000 ?
			    sizes[k] - 12000 : sizes[k]);
			CU_ASSERT_PTR_NOT_NULL_FATAL(got);
			CU_ASSERT_EQUAL(memcmp(got, p + i * 4000, n), 0);
			free(got);
		}
		CU_ASSERT_EQUAL(system("rm -r t"), 0);
	}
	free(p);
}

static void
destinations(void)
{
	struct extract_request r = request("t");
	struct err e = ERR_INIT, taken = ERR_INIT, file = ERR_INIT;
	struct err full = ERR_INIT;

	make("d:./", 4096);
	CU_ASSERT_EQUAL(extract("root", NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(rmdir("root"), 0);
	make("f:a d:d", 4096);
	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	CU_ASSERT_EQUAL(extract("t", NULL, &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "d:d f:a"));
	CU_ASSERT_EQUAL(extract("t", NULL, &full), ERR_FAIL);
	CU_ASSERT_EQUAL(unlink("t/a") | rmdir("t/d"), 0);
	harness_write("t/old", "old", 3);
	r.mode = STAGE_INTO;
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "d:d f:a f:old"));
	CU_ASSERT_EQUAL(unlink("t/a"), 0);
	harness_write("t/d/mine", "mine", 4);
	CU_ASSERT_EQUAL(run(&r, &taken), ERR_FAIL);
	CU_ASSERT_TRUE(is("t", "d:d f:d/mine f:old"));
	r.mode = STAGE_REPLACE;
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "d:d f:a"));
	make("f:../x", 4096);
	CU_ASSERT_EQUAL(run(&r, &full), ERR_FAIL);
	CU_ASSERT_TRUE(is("t", "d:d f:a"));
	CU_ASSERT_EQUAL(extract("b", NULL, &file), ERR_FAIL);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

/* --- refusals --- */

/* Nothing of these is there afterwards; `check` judges the same. */
static void
refused(void)
{
	static const char *const rows[] = {
		"f:/tmp/x", "f:../x", "f:a f:b/../../x", "d:..", "f:",
		"f:ok o:fifo", "s:l=/etc", "s:l=..", "f:a s:l=../b",
		"s:l=out f:l/x", "f:out/x s:out=a", "f:l/x s:l=out",
		"s:l=. f:l/x", "d:l s:l=out", "s:l=out d:l", "s:l=out f:l",
		"f:a f:a", "d:a d:a", "f:a d:a/", "f:a f:a/b", "f:a/b f:a",
		"h:h=a", "h:h=a f:a", "h:h=h", "h:h=/etc/passwd",
		"h:h=../out/x", "d:d h:h=d", "s:s=a h:h=s", "f:. f:a",
		"f:a h:a=a", "f:a h:b=a h:b=a", "s:a=a/x",
		"d:d s:d/up=.. s:x=d/up/../out",
	};
	size_t i;

	CU_ASSERT_EQUAL(mkdir("out", 0777), 0);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT, check = ERR_INIT;

		make(rows[i], 4096);
		extract("t", NULL, &e);
		extract(NULL, NULL, &check);
		if (e.code != ERR_UNSAFE || check.code != ERR_UNSAFE)
			printf("\n    \"%s\": %d \"%s\" %d", rows[i],
			    (int)e.code, e.text, (int)check.code);
		CU_ASSERT_EQUAL(e.code, ERR_UNSAFE);
		CU_ASSERT_EQUAL(check.code, ERR_UNSAFE);
		CU_ASSERT_EQUAL(strncmp(e.text, "b: ", 3), 0);
		CU_ASSERT_EQUAL(harness_entries("."), 2);
		CU_ASSERT_EQUAL(harness_entries("out"), 0);
	}
}

/* Bytes where there should be none. */
static void
hidden(void)
{
	static const char types[] = { '5', '2', '1', '6' };
	struct err after = ERR_INIT, none = ERR_INIT, empty = ERR_INIT;
	struct err e = ERR_INIT, sparse = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(types); i++) {
		struct err bad = ERR_INIT;

		begin();
		add("f:a");
		/* the data is a member again */
		member(types[i], "m", "a", tar, 1024, 0644);
		tar_n += 1024;
		harness_bundle("b", tar, tar_n, 4096);
		extract("t", NULL, &bad);
		if (bad.code == ERR_OK)
			printf("\n    type %c has data, and is not refused",
			    types[i]);
		CU_ASSERT_NOT_EQUAL(bad.code, ERR_OK);
	}
	begin();
	add("f:a");
	old_sparse("sparse");
	tar_n += 1024;
	harness_bundle("b", tar, tar_n, 4096);
	CU_ASSERT_EQUAL(extract("t", NULL, &sparse), ERR_UNSAFE);
	make("f:a", 4096);
	harness_bundle("b", tar, tar_n + 10240, 4096);
	CU_ASSERT_EQUAL(extract(NULL, NULL, &e), ERR_OK);
	tar[tar_n + 7] = 'x';
	harness_bundle("b", tar, tar_n + 512, 4096);
	CU_ASSERT_EQUAL(extract("t", NULL, &after), ERR_UNSAFE);
	harness_bundle("b", tar, tar_n - 1024, 4096);
	CU_ASSERT_EQUAL(extract("t", NULL, &none), ERR_CORRUPT);
	begin();
	harness_bundle("b", tar, 1024, 4096);
	CU_ASSERT_EQUAL(extract("t", NULL, &empty), ERR_UNSAFE);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* --- selected members --- */

static void
selected(void)
{
	static const struct {
		const char *wanted, *got;
	} rows[] = {
		{ "d/a", "d:d f:d/a" }, { "d/b", "d:d x:d/b" },
		{ "d", "d:d d:d/e f:d/a f:d/h2 s:d/up=../imp/x x:d/b" },
		{ "d/", "d:d d:d/e f:d/a f:d/h2 s:d/up=../imp/x x:d/b" },
		{ "s", "s:s=d/a" }, { "d/e", "d:d d:d/e" },
		{ "imp", "d:imp f:imp/x" },
		{ "imp/x s", "d:imp f:imp/x s:s=d/a" },
		{ "s imp/x s imp", "d:imp f:imp/x s:s=d/a" },
		{ "h d/a", "d:d f:d/a f:h" }, { "h", "f:h" },
		{ "h d/h2", "d:d f:d/h2 f:h" }, { "d/h2", "d:d f:d/h2" },
		{ "d h", "d:d d:d/e f:d/a f:d/h2 f:h s:d/up=../imp/x x:d/b" },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		make(many, i % 2 == 0 ? 512 : 2000);
		CU_ASSERT_EQUAL(extract("t", rows[i].wanted, &e), ERR_OK);
		if (e.code != ERR_OK)
			printf("\n    %s: %s", rows[i].wanted, e.text);
		CU_ASSERT_TRUE(is("t", rows[i].got));
		CU_ASSERT_EQUAL(harness_entries("."), 2);
		CU_ASSERT_EQUAL(system("rm -rf t"), 0);
	}
}

/* The file of a hard link comes along, under the link's name. */
static void
hard_link_alone(void)
{
	struct err e = ERR_INIT;

	make("f:first f:d/a h:h1=d/a f:mid h:k/h2=./d/a h:h3=d/a", 512);
	CU_ASSERT_EQUAL(extract("one", "h1", &e), ERR_OK);
	CU_ASSERT_TRUE(is("one", "f:h1"));
	CU_ASSERT_TRUE(harness_holds("one/h1", "d/a"));
	CU_ASSERT_EQUAL(extract("last", "k/h2", &e), ERR_OK);
	CU_ASSERT_TRUE(is("last", "d:k f:k/h2"));
	CU_ASSERT_TRUE(harness_holds("last/k/h2", "d/a"));
	CU_ASSERT_EQUAL(extract("two", "h3 mid h1", &e), ERR_OK);
	CU_ASSERT_TRUE(is("two", "f:h1 f:h3 f:mid"));
	CU_ASSERT_TRUE(harness_holds("two/h1", "d/a"));
	CU_ASSERT_TRUE(harness_holds("two/mid", "mid"));
	CU_ASSERT_TRUE(same_file("two/h1", "two/h3"));
	CU_ASSERT_EQUAL(extract("with", "d/a h3", &e), ERR_OK);
	CU_ASSERT_TRUE(is("with", "d:d f:d/a f:h3"));
	CU_ASSERT_TRUE(same_file("with/h3", "with/d/a"));
	CU_ASSERT_EQUAL(extract(NULL, "h1", &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
}

/* As tar(1) writes "tar -c .", and as `list` shows it. */
static void
dotted(void)
{
	struct err e = ERR_INIT, dir = ERR_INIT, link = ERR_INIT;
	struct err file = ERR_INIT, root = ERR_INIT;
	char *got;

	make("d:./ d:./d/ f:./d/a h:./h=./d/a s:./s=d/a", 512);
	CU_ASSERT_EQUAL(extract("t", NULL, &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "d:d f:d/a f:h s:s=d/a"));
	CU_ASSERT_EQUAL(extract("clean", "d/a", &e), ERR_OK);
	CU_ASSERT_TRUE(is("clean", "d:d f:d/a"));
	CU_ASSERT_EQUAL(extract("alone", "h", &e), ERR_OK);
	CU_ASSERT_TRUE(is("alone", "f:h"));
	got = cat("./d/a", &e);
	CU_ASSERT_STRING_EQUAL(got, "./d/a");
	free(got);
	CU_ASSERT_EQUAL(extract("file", "./d/a", &file), ERR_OK);
	CU_ASSERT_EQUAL(extract("dir", "./d", &dir), ERR_OK);
	CU_ASSERT_EQUAL(extract("root", "./", &root), ERR_OK);
	got = cat("h", &link);
	CU_ASSERT_EQUAL(link.code, ERR_OK);
	CU_ASSERT_STRING_EQUAL(got, "./d/a");
	free(got);
}

static void
selected_not(void)
{
	static const char *const names[] = { "none", "d/", "a/b", "aa", "A",
	    "a d", "../a", "/a", "", "a*" };
	struct err e = ERR_INIT;
	size_t i;

	make("f:a f:b/c f:ab", 512);
	CU_ASSERT_EQUAL(extract("t", "a b", &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "d:b f:a f:b/c"));
	CU_ASSERT_EQUAL(system("rm -r t"), 0);
	for (i = 0; i < HARNESS_COUNT(names); i++) {
		struct err none = ERR_INIT;

		CU_ASSERT_EQUAL(extract("t", names[i], &none), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&none, "no such member"));
	}
	/* All names are judged, also of what is not wanted. */
	for (i = 0; i < 4; i++) {
		static const char *const bad[] = { "f:a f:../x",
		    "f:a f:b f:b", "f:a h:h=none", "f:a s:l=b f:l/x" };
		struct err unsafe = ERR_INIT;

		make(bad[i], 512);
		CU_ASSERT_EQUAL(extract("t", "a", &unsafe), ERR_UNSAFE);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Only the Blocks of what is wanted have to be whole. */
static void
own_blocks(void)
{
	struct err e = ERR_INIT, own = ERR_INIT, every = ERR_INIT;
	struct err shown = ERR_INIT;
	char data[3072], *got;

	memset(data, 'y', sizeof(data));
	data[3071] = '\0';
	begin();
	member('0', "a", "", data, 3072, 0644);
	member('0', "b", "", data, 3071, 0644);
	add("h:h=b");
	member('0', "c", "", data, 3072, 0644);
	tar_n += 1024;
	harness_bundle("b", tar, tar_n, 1024);
	harness_spoil("b", 1, HARNESS_CHECK);	/* in the data of a, no header */
	harness_spoil("b", 8, HARNESS_CHECK);	/* of c */
	CU_ASSERT_EQUAL(extract("t", "b", &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "f:b"));
	CU_ASSERT_EQUAL(extract("u", "h", &e), ERR_OK);
	CU_ASSERT_TRUE(harness_holds("u/h", data));
	got = cat("h", &e);
	CU_ASSERT_STRING_EQUAL(got, data);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	free(got);
	CU_ASSERT_EQUAL(extract("v", NULL, &every), ERR_CORRUPT);
	CU_ASSERT_EQUAL(extract("v", "a b", &own), ERR_CORRUPT);
	got = cat("a", &shown);
	CU_ASSERT_EQUAL(shown.code, ERR_CORRUPT);
	/* What was before the damaged Block may have been written. */
	CU_ASSERT_TRUE(strlen(got) <= 512);
	CU_ASSERT_EQUAL(strncmp(got, data, strlen(got)), 0);
	free(got);
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* Data that is handed out before its Block is verified counts for nothing
 * until it is. */
static void
streamed_block(void)
{
	const char *name = "a";
	struct extract_request r = request("t");
	struct err e = ERR_INIT, bad = ERR_INIT, shown = ERR_INIT;
	uint8_t *p = harness_bytes('r', 3, LARGE + 1000);
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	r.wanted = &name;
	r.n_wanted = r.n_threads = 1;
	r.rules.limits.max[LIMIT_MEMORY] = 200000;
	begin();
	add("f:a");
	member('0', "b", "", p, LARGE + 1000, 0644);
	tar_n += 1024;
	/* more than the memory */
	harness_bundle("b", tar, tar_n, LARGE);
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	CU_ASSERT_TRUE(is("t", "f:a"));
	harness_spoil("b", 0, HARNESS_CHECK);
	r.dest = "u";
	CU_ASSERT_EQUAL(run(&r, &bad), ERR_CORRUPT);
	CU_ASSERT_EQUAL(cat_to(&r, fd, &shown), ERR_CORRUPT);
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	free(p);
}

/* --- check and cat --- */

static void
check(void)
{
	struct err e = ERR_INIT, bad = ERR_INIT;

	make(many, 1000);
	CU_ASSERT_EQUAL(extract(NULL, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(extract(NULL, "d s", &e), ERR_OK);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	harness_spoil("b", 3, HARNESS_CHECK);
	CU_ASSERT_EQUAL(extract(NULL, NULL, &bad), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&bad, "Block 4"));
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

static void
cats(void)
{
	static const struct {
		const char *name, *text;	/* NULL: an error */
	} rows[] = {
		{ "d/a", "d/a" }, { "d/b", "d/b" }, { "h", "d/a" },
		{ "d/h2", "d/a" }, { "d//a", "d/a" }, { "imp/x", "imp/x" },
		{ "empty", "" }, { "d", NULL }, { "d/", NULL }, { "s", NULL },
		{ "none", NULL }, { "../d/a", NULL }, { "/d/a", NULL },
		{ "", NULL }, { ".", NULL }, { "imp", NULL },
	};
	char *got;
	size_t i;

	begin();
	add(many);
	member('0', "empty", "", "", 0, 0644);
	tar_n += 1024;
	harness_bundle("b", tar, tar_n, 1000);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		got = cat(rows[i].name, &e);
		CU_ASSERT_EQUAL(e.code,
		    rows[i].text != NULL ? ERR_OK : ERR_FAIL);
		CU_ASSERT_STRING_EQUAL(got,
		    rows[i].text != NULL ? rows[i].text : "");
		free(got);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* All of a large file's data, to a descriptor that is not at 0. */
static void
cat_large(void)
{
	uint8_t *p = harness_bytes('r', 5, LARGE), *got;
	const char *name = "large";
	struct extract_request r = request("t");
	struct err e = ERR_INIT, closed = ERR_INIT;
	size_t n;
	int fd;

	r.wanted = &name;
	r.n_wanted = 1;
	memset(p + 1000, 0, 100000);
	begin();
	add("f:a");
	member('0', name, "", p, LARGE, 0644);
	add("f:z");
	tar_n += 1024;
	harness_bundle("b", tar, tar_n, 70000);
	fd = open("cat", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL(write(fd, "before", 6), 6);
	CU_ASSERT_EQUAL(cat_to(&r, fd, &e), ERR_OK);
	CU_ASSERT_EQUAL(write(fd, "after", 5), 5);
	CU_ASSERT_EQUAL(close(fd), 0);
	got = harness_read("cat", &n);
	CU_ASSERT_EQUAL_FATAL(n, LARGE + 11);
	CU_ASSERT_EQUAL(memcmp(got, "before", 6), 0);
	CU_ASSERT_EQUAL(memcmp(got + 6, p, LARGE), 0);
	CU_ASSERT_EQUAL(memcmp(got + 6 + LARGE, "after", 5), 0);
	fd = open("cat", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(cat_to(&r, fd, &closed), ERR_FAIL);
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	free(got);
	free(p);
}

/* --- damage --- */

/* After damage: an error and no trace, or the very same files. */
static int
harmless(const char *what, size_t at)
{
	struct err e = ERR_INIT;
	bool same;

	extract("t", NULL, &e);
	if (e.code != ERR_OK && e.text[0] != '\0' &&
	    harness_entries(".") == 1)
		return 1;
	same = e.code == ERR_OK && harness_entries(".") == 2 &&
	    is("t", "d:d f:d/a f:h s:s=d/a x:b") &&
	    harness_holds("t/d/a", "d/a") && harness_holds("t/b", "b") &&
	    same_file("t/h", "t/d/a") && system("rm -r t") == 0;
	if (!same)
		printf("\n    %s %zu: %d \"%s\"", what, at, (int)e.code,
		    e.text);
	return same;
}

static void
flipped(void)
{
	size_t i, n, bad = 0;
	uint8_t *p;

	make("d:d f:d/a x:b h:h=d/a s:s=d/a", 1500);
	p = harness_read("b", &n);
	CU_ASSERT_TRUE(n > 300 && n < 1500);
	for (i = 0; i < n; i++) {
		p[i] ^= (uint8_t)(1 << i % 8);
		harness_write("b", p, n);
		bad += !harmless("byte", i);
		p[i] ^= (uint8_t)(1 << i % 8);
	}
	CU_ASSERT_EQUAL(bad, 0);
	free(p);
}

static void
truncated(void)
{
	size_t i, n;
	uint8_t *p;

	make("d:d f:d/a x:b h:h=d/a s:s=d/a", 1500);
	p = harness_read("b", &n);
	for (i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		harness_write("b", p, i);
		if (extract("t", NULL, &e) != ERR_CORRUPT)
			printf("\n    cut at %zu: %d \"%s\"", i,
			    (int)e.code, e.text);
		CU_ASSERT_EQUAL(e.code, ERR_CORRUPT);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	free(p);
}

/* --- the rest of the request --- */

static void
advance(void *ctx, uint64_t n)
{
	atomic_int *stop = ctx;

	(void)n;
	*stop = 1;
}

static void
stopped(void)
{
	atomic_int stop = 0;
	struct watch w = { .stop = &stop,
	    .advance = advance, .ctx = (void *)&stop };
	struct extract_request r = request("t");
	struct err e = ERR_INIT;

	r.watch = &w;
	make(many, 512);
	CU_ASSERT_EQUAL(run(&r, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "interrupted"));
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* As when the disk is full. */
static void
cannot_write(void)
{
	struct err data = ERR_INIT, hole = ERR_INIT;
	uint8_t *p = harness_bytes('r', 3, LARGE);
	struct rlimit before, little;
	int i;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	little = before;
	little.rlim_cur = 10000;
	signal(SIGXFSZ, SIG_IGN);
	for (i = 0; i < 2; i++) {
		begin();
		member('0', "a", "", p, LARGE, 0644);
		tar_n += 1024;
		harness_bundle("b", tar, tar_n, 50000);
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &little), 0);
		extract("t", NULL, i == 0 ? &data : &hole);
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
		memset(p, 0, LARGE);
	}
	CU_ASSERT_EQUAL(data.code, ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&data, "b: a: "));
	CU_ASSERT_EQUAL(hole.code, ERR_FAIL);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	free(p);
}

static void
threads_and_memory(void)
{
	struct extract_request r = request("t");
	struct err e = ERR_INIT, none = ERR_INIT;
	static const uint64_t limits[] = { 100, 20000 };
	size_t i;

	make(many, 512);
	for (r.n_threads = 1; r.n_threads <= 9; r.n_threads += 4) {
		CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
		CU_ASSERT_TRUE(is("t", many_sorted));
		CU_ASSERT_EQUAL(system("rm -r t"), 0);
	}
	for (i = 0; i < HARNESS_COUNT(limits); i++) {
		struct err little = ERR_INIT;

		r.rules.limits.max[LIMIT_MEMORY] = limits[i];
		CU_ASSERT_EQUAL(run(&r, &little), ERR_MEMLIMIT);
	}
	r.bundle = "none";
	CU_ASSERT_EQUAL(run(&r, &none), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&none, "none: "));
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* --- what is said beside the error --- */

static void
statistics(void)
{
	struct extract_request r = request("t");
	struct err e = ERR_INIT, over = ERR_INIT;
	struct stat st;

	make(many, 1000);
	CU_ASSERT_EQUAL(stat("b", &st), 0);
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	CU_ASSERT_EQUAL(stats.files, 3);
	CU_ASSERT_EQUAL(stats.dirs, 2);
	CU_ASSERT_EQUAL(stats.links, 4);
	CU_ASSERT_EQUAL(stats.bytes, 11);
	CU_ASSERT_EQUAL(stats.dropped, 0);
	CU_ASSERT_EQUAL(stats.file_size, (uint64_t)st.st_size);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_TOTAL], 11);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_MEMBER], 5);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_MEMBERS], 10);	/* and "imp" */
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_DEPTH], 3);	/* "../imp/x" */
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_PATH], 8);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_COMPONENT], 3);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_RATIO], 0);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_BUNDLE],
	    (uint64_t)st.st_size);
	CU_ASSERT_TRUE(stats.seen.value[LIMIT_MEMORY] > 4096);
	CU_ASSERT_TRUE(stats.seen.value[LIMIT_MEMORY] < MEMORY);
	/* Also of what was not done. */
	r.rules.limits.max[LIMIT_MEMBER] = 4;
	r.dest = "u";
	CU_ASSERT_EQUAL(run(&r, &over), ERR_LIMIT);
	CU_ASSERT_EQUAL(stats.seen.value[LIMIT_MEMBER], 5);
	CU_ASSERT_EQUAL(stats.files, 2);
	CU_ASSERT_EQUAL(harness_entries("."), 2);
}

/* Each limit, at what the bundle has and one below. */
static void
limits(void)
{
	static const enum limit_id ids[] = { LIMIT_TOTAL, LIMIT_MEMBER,
	    LIMIT_MEMBERS, LIMIT_DEPTH, LIMIT_PATH, LIMIT_COMPONENT,
	    LIMIT_BUNDLE };
	struct extract_request r = request(NULL);
	struct limits_seen seen;
	struct err e = ERR_INIT;
	size_t i;

	make(many, 1000);
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	seen = stats.seen;
	for (i = 0; i < HARNESS_COUNT(ids); i++) {
		struct err fits = ERR_INIT, over = ERR_INIT;

		r = request("t");
		r.rules.limits.max[ids[i]] = seen.value[ids[i]];
		CU_ASSERT_EQUAL(run(&r, &fits), ERR_OK);
		CU_ASSERT_EQUAL(system("rm -r t"), 0);
		r.rules.limits.max[ids[i]]--;
		CU_ASSERT_EQUAL(run(&r, &over), ERR_LIMIT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&over, limits_name(ids[i])));
	}
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* Limits of what must be in it count for the bundle, not for a selection. */
static void
required(void)
{
	struct extract_request r = request("t");
	struct err e = ERR_INIT, missing = ERR_INIT;
	const char *names[] = { "d/a" };

	make(many, 1000);
	CU_ASSERT_EQUAL(limits_require(&r.rules.limits, "imp/x", &e),
	    ERR_OK);
	r.wanted = names;
	r.n_wanted = 1;
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_TRUE(is("t", "d:d f:d/a"));
	CU_ASSERT_EQUAL(limits_require(&r.rules.limits, "imp/y", &e),
	    ERR_OK);
	r.dest = "u";
	CU_ASSERT_EQUAL(run(&r, &missing), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&missing, "imp/y"));
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	limits_free(&r.rules.limits);
}

static void
strict(void)
{
	static const char *const rows[] = { "f:a h:h=a", "f:a s:s=a",
	    "f:a f:A", "f:con.txt", "f:a\\b", "f:caf\xC3", "f:a\n" };
	struct extract_request r = request("t");
	size_t i;

	r.rules.links = false;
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err bad = ERR_INIT, e = ERR_INIT;

		make(rows[i], 4096);
		CU_ASSERT_EQUAL(run(&r, &bad), ERR_UNSAFE);
		CU_ASSERT_EQUAL(harness_entries("."), 1);
		/* and with the rules relaxed */
		r.rules.links = true;
		r.rules.names = NAME_ANY;
		CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
		r.rules.links = false;
		r.rules.names = NAME_STRICT;
		CU_ASSERT_EQUAL(system("rm -r t"), 0);
	}
}

/* --- the manifest --- */

static void
manifests(void)
{
	static const char *const wanted[] = { "h", "imp" };
	struct extract_request r = request("t");
	struct err e = ERR_INIT, bad = ERR_INIT;
	json_error_t where;
	json_t *all;
	size_t i, n;
	char *got;

	make(many, 1000);
	r.manifest = "m";
	for (i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
		CU_ASSERT_EQUAL(system("cd t && sha256sum -c --strict "
		    "--quiet ../m"), 0);
		got = (char *)harness_read("m", &n);
		got[n] = '\0';
		CU_ASSERT_PTR_NOT_NULL(strstr(got, i == 0 ? "  d/h2\n" :
		    "  h\n"));
		CU_ASSERT_TRUE(i == 0 || strstr(got, "d/a") == NULL);
		free(got);
		CU_ASSERT_EQUAL(system("test $(grep -vc '#' m) = "
		    "$(find t -type f | wc -l) && rm -r t m"), 0);
		r.wanted = wanted;
		r.n_wanted = 2;
	}
	r.n_wanted = 0;
	r.form = MANIFEST_JSON;
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	all = json_load_file("m", 0, &where);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(all, "files")), 5);
	json_decref(all);
	/* Beside what failed it stays what it was. */
	harness_write("m", "old", 3);
	CU_ASSERT_EQUAL(run(&r, &bad), ERR_FAIL);
	CU_ASSERT_TRUE(harness_holds("m", "old"));
	bad = (struct err)ERR_INIT;
	make("f:a f:../x", 1000);
	r.dest = "u";
	CU_ASSERT_EQUAL(run(&r, &bad), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&bad, "m: exists"));
	bad = (struct err)ERR_INIT;
	r.mode = STAGE_REPLACE;
	CU_ASSERT_EQUAL(run(&r, &bad), ERR_UNSAFE);
	CU_ASSERT_TRUE(harness_holds("m", "old"));
	CU_ASSERT_EQUAL(harness_entries("."), 3);
}

/* --- check, with all that is wrong --- */

static void
collected(void)
{
	static const char *const rows[] = { "f:a", "f:a f:../x d:a o:p" };
	struct extract_request r = request(NULL);
	struct err e = ERR_INIT, bad = ERR_INIT, chosen = ERR_INIT;
	const char *wanted = "a";
	json_error_t where;
	json_t *all;
	size_t i;

	r.collect = true;
	make(rows[0], 512);
	CU_ASSERT_EQUAL(run(&r, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(text, "");
	make(rows[1], 512);
	CU_ASSERT_EQUAL(run(&r, &bad), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&bad, "3 violations"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "name  ../x  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "duplicate  a  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "type  p  "));
	/* Each once, though what is chosen is read twice. */
	r.wanted = &wanted;
	r.n_wanted = 1;
	CU_ASSERT_EQUAL(run(&r, &chosen), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&chosen, "3 violations"));
	CU_ASSERT_PTR_NULL(strstr(strstr(text, "duplicate") + 1,
	    "duplicate"));
	r.n_wanted = 0;
	r.json = true;
	for (i = 0; i < 2; i++) {
		struct err again = ERR_INIT;

		make(rows[i], 512);
		run(&r, &again);
		all = json_loads(text, 0, &where);
		CU_ASSERT_EQUAL(json_integer_value(json_object_get(all,
		    "status")), (int)again.code);
		CU_ASSERT_EQUAL(json_array_size(json_object_get(all,
		    "violations")), i * 3);
		CU_ASSERT_TRUE(json_is_true(json_object_get(json_object_get(
		    all, "sandbox"), "seccomp")));
		json_decref(all);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* --- anything else, confined --- */

static enum err_code
look(void *ctx, int fd, struct extract_output *out, const struct watch *w,
    struct err *e)
{
	char head[6];

	watch_begin(w, "looking", 1);
	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return err_set(e, ERR_FAIL, "cannot read");
	if (open("x", O_WRONLY | O_CREAT | O_CLOEXEC, 0644) >= 0)
		return err_set(e, ERR_FAIL, "can write");
	if (extract_put(out, head, sizeof(head), e) != ERR_OK)
		return e->code;
	return ctx == NULL ? ERR_OK :
	    err_set(e, ERR_CORRUPT, "%s", (const char *)ctx);
}

static void
confined(void)
{
	char words[] = "as it said";
	struct extract_request r = request("t");
	struct extract_result res;
	struct err e = ERR_INIT, bad = ERR_INIT, none = ERR_INIT;

	make(many, 1000);
	/* Of no use here. */
	r.manifest = "m";
	extract_result_init(&res);
	CU_ASSERT_EQUAL(extract_confined(&r, look, NULL, &res, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(res.text.size, 6);
	CU_ASSERT_EQUAL(memcmp(res.text.data, "\xFD""7zXZ", 6), 0);
	CU_ASSERT_TRUE(res.sandbox.seccomp);
	CU_ASSERT_EQUAL(extract_confined(&r, look, words, &res, &bad),
	    ERR_CORRUPT);
	CU_ASSERT_STRING_EQUAL(bad.text, "b: as it said");
	CU_ASSERT_EQUAL(res.text.size, 12);
	r.bundle = "none";
	CU_ASSERT_EQUAL(extract_confined(&r, look, NULL, &res, &none),
	    ERR_FAIL);
	extract_result_free(&res);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

/* What is no file is not waited for. */
static void
no_files(void)
{
	struct extract_request r = request("t");
	struct err fifo = ERR_INIT, dir = ERR_INIT;

	CU_ASSERT_EQUAL(mkfifo("fifo", 0600), 0);
	r.bundle = "fifo";
	CU_ASSERT_EQUAL(run(&r, &fifo), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&fifo, "regular file"));
	r.bundle = ".";
	CU_ASSERT_EQUAL(run(&r, &dir), ERR_FAIL);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "all members", all },
		{ "contents", contents },
		{ "destinations", destinations },
		{ "refused", refused },
		{ "bytes where there should be none", hidden },
		{ "selected members", selected },
		{ "a hard link alone", hard_link_alone },
		{ "names that begin with a dot", dotted },
		{ "selected in vain", selected_not },
		{ "only the Blocks needed", own_blocks },
		{ "a Block that is streamed", streamed_block },
		{ "check", check },
		{ "cat", cats },
		{ "cat of a large file", cat_large },
		{ "a bit of any byte flipped", flipped },
		{ "cut anywhere", truncated },
		{ "stopped", stopped },
		{ "a file that cannot be written", cannot_write },
		{ "threads and memory", threads_and_memory },
		{ "statistics", statistics },
		{ "limits", limits },
		{ "what is required", required },
		{ "strict rules", strict },
		{ "manifests", manifests },
		{ "all that is wrong", collected },
		{ "anything else, confined", confined },
		{ "bundles that are no files", no_files },
	};

	umask(022);
	return harness_run("extract", tests, HARNESS_COUNT(tests));
}
