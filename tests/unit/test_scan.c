#include "pack/scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness.h"

/* c/f/a, c/f/b, c/g, c/f.x, c/f-y, c/link -> f/a, c/hard = c/g */
static void
make_tree(void)
{
	CU_ASSERT_EQUAL(mkdir("c", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("c/f", 0750), 0);
	harness_write("c/f/a", "aa", 2);
	harness_write("c/f/b", "", 0);
	harness_write("c/g", "ggg", 3);
	harness_write("c/f.x", "x", 1);
	harness_write("c/f-y", "y", 1);
	CU_ASSERT_EQUAL(symlink("f/a", "c/link"), 0);
	CU_ASSERT_EQUAL(link("c/g", "c/hard"), 0);
}

/* Scan, and give the names with blanks between; the caller frees. */
static char *
names_of(const char *root, const char *const *paths, size_t n,
    const char *output, struct err *e)
{
	struct scan_request r = { root, paths, n, output };
	char *text = calloc(1, 4096);
	struct scan s;
	size_t i;

	if (scan_paths(&r, &s, e) == ERR_OK) {
		for (i = 0; i < s.n_members; i++) {
			if (i > 0)
				strcat(text, " ");
			strncat(text, s.members[i].name, 300);
		}
	}
	scan_free(&s);
	return text;
}

#define ALL "f f/a f/b f-y f.x g hard link"
#define C_ALL "c c/f c/f/a c/f/b c/f-y c/f.x c/g c/hard c/link"

static void
spellings(void)
{
	static const struct {
		const char *root;
		const char *paths[3];
		size_t n;
		const char *names;
	} cases[] = {
		{ NULL, { "c" }, 1, C_ALL },
		{ NULL, { "./c" }, 1, C_ALL },
		{ NULL, { "c/" }, 1, C_ALL },
		{ NULL, { "c//" }, 1, C_ALL },
		{ NULL, { "c/f/.." }, 1, C_ALL },
		{ ".", { "c" }, 1, C_ALL },
		{ "c/..", { "c/" }, 1, C_ALL },
		{ "c", { "../c/." }, 1, ALL },
		{ NULL, { "c/." }, 1, ALL },
		{ NULL, { "c/./" }, 1, ALL },
		{ "c", { "." }, 1, ALL },
		{ "c/f/..", { "./" }, 1, ALL },
		{ NULL, { "c/f" }, 1, "f f/a f/b" },
		{ "c", { "f" }, 1, "f f/a f/b" },
		{ "c", { "f/." }, 1, "f f/a f/b" },
		{ "c", { "f", "g" }, 2, "f f/a f/b g" },
		{ "c", { "g", "f/a", "f" }, 3, "f f/a f/b g" },
		{ NULL, { "c/f/a" }, 1, "a" },
		{ NULL, { "c/f/a", "c/g" }, 2, "f/a g" },
		{ NULL, { "c/f", "c/f.x" }, 2, "f f/a f/b f.x" },
		{ NULL, { "c/f/a", "c/f/a" }, 2, "a" },
		{ NULL, { "c/f/.", "c/g" }, 2, "f f/a f/b g" },
		{ NULL, { "c/link" }, 1, "link" },
	};
	char *names, *text, here[1024];
	const char *path;
	size_t i;

	make_tree();
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		names = names_of(cases[i].root, cases[i].paths, cases[i].n,
		    NULL, &e);
		/* "DIR/." with a path beside it names what DIR holds. */
		CU_ASSERT_EQUAL(e.code, ERR_OK);
		CU_ASSERT_STRING_EQUAL(names, cases[i].names);
		if (strcmp(names, cases[i].names) != 0)
			printf("\n    case %zu: %s: '%s'", i, e.text, names);
		free(names);
	}
	CU_ASSERT_PTR_NOT_NULL(getcwd(here, sizeof(here)));
	if (asprintf(&text, "%s/c", here) > 0) {
		struct err e = ERR_INIT;

		path = text;
		names = names_of(NULL, &path, 1, NULL, &e);
		CU_ASSERT_STRING_EQUAL(names, C_ALL);
		free(names);
		names = names_of(".", &path, 1, NULL, &e);
		CU_ASSERT_STRING_EQUAL(names, C_ALL);
		free(names);
		free(text);
	}
}

static void
members(void)
{
	static const char *const paths[] = { "." };
	struct scan_request r = { "c", paths, 1, NULL };
	struct err e = ERR_INIT;
	struct member *m;
	struct scan s;

	make_tree();
	CU_ASSERT_EQUAL(scan_paths(&r, &s, &e), ERR_OK);
	CU_ASSERT_EQUAL(scan_link(&s, &e), ERR_OK);
	CU_ASSERT_EQUAL(s.n_members, 8);
	if (s.n_members != 8)
		return;
	m = s.members;
	CU_ASSERT_EQUAL(m[0].type, MEMBER_DIR);
	CU_ASSERT_EQUAL(m[0].size, 0);
	CU_ASSERT_EQUAL(m[0].mode & 07777, 0750);
	CU_ASSERT_EQUAL(m[1].type, MEMBER_FILE);
	CU_ASSERT_EQUAL(m[1].size, 2);
	CU_ASSERT_PTR_NULL(m[1].link);
	CU_ASSERT_EQUAL(m[5].type, MEMBER_FILE);	/* g */
	CU_ASSERT_EQUAL(m[5].size, 3);
	CU_ASSERT_EQUAL(m[6].type, MEMBER_SYMLINK);
	CU_ASSERT_STRING_EQUAL(m[6].link, "f/a");
	CU_ASSERT_EQUAL(m[7].type, MEMBER_HARDLINK);	/* behind all */
	CU_ASSERT_EQUAL(m[7].size, 0);
	CU_ASSERT_STRING_EQUAL(m[7].link, "g");
	CU_ASSERT_FALSE(s.skipped_output);
	CU_ASSERT_NOT_EQUAL(fcntl(s.root_fd, F_GETFD), -1);
	scan_free(&s);
	CU_ASSERT_EQUAL(s.root_fd, -1);
}

static void
output_left_out(void)
{
	static const char *const paths[] = { "." };
	struct scan_request r = { "c", paths, 1, "c/g" };
	struct err e = ERR_INIT, none = ERR_INIT;
	struct scan s;

	make_tree();
	CU_ASSERT_EQUAL(unlink("c/hard"), 0);
	CU_ASSERT_EQUAL(scan_paths(&r, &s, &e), ERR_OK);
	CU_ASSERT_EQUAL(scan_link(&s, &e), ERR_OK);
	CU_ASSERT_EQUAL(s.n_members, 6);
	CU_ASSERT_TRUE(s.skipped_output);
	scan_free(&s);
	r.output = "c/none";
	CU_ASSERT_EQUAL(scan_paths(&r, &s, &none), ERR_OK);
	CU_ASSERT_EQUAL(scan_link(&s, &none), ERR_OK);
	CU_ASSERT_EQUAL(s.n_members, 7);
	CU_ASSERT_FALSE(s.skipped_output);
	scan_free(&s);
}

static void
refused(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX,
	    .sun_path = "d/socket" };
	static const char *const dir[] = { "d" }, *const outside[] = { ".." },
	    *const none[] = { "none" }, *const empty[] = { "." };
	struct err fifo = ERR_INIT, sock = ERR_INIT, out = ERR_INIT,
	    missing = ERR_INIT, nothing = ERR_INIT, root = ERR_INIT;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_EQUAL(mkdir("d", 0755), 0);
	free(names_of("d", empty, 1, NULL, &nothing));
	CU_ASSERT_EQUAL(nothing.code, ERR_USAGE);
	CU_ASSERT_EQUAL(mkfifo("d/fifo", 0600), 0);
	free(names_of(NULL, dir, 1, NULL, &fifo));
	CU_ASSERT_EQUAL(fifo.code, ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&fifo, "d/fifo: is a FIFO"));
	CU_ASSERT_EQUAL(unlink("d/fifo"), 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	free(names_of(NULL, dir, 1, NULL, &sock));
	CU_ASSERT_EQUAL(sock.code, ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&sock, "d/socket: is a socket"));
	(void)close(fd);
	free(names_of("d", outside, 1, NULL, &out));
	CU_ASSERT_EQUAL(out.code, ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&out, "outside"));
	free(names_of(NULL, none, 1, NULL, &missing));
	CU_ASSERT_EQUAL(missing.code, ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&missing, "none"));
	free(names_of("none", dir, 1, NULL, &root));
	CU_ASSERT_NOT_EQUAL(root.code, ERR_OK);
}

/* A symlink to a directory is a symlink; below it nothing is scanned. */
static void
no_symlinks_followed(void)
{
	static const char *const inside[] = { "." };
	static const char *const through[] = { "c/out/f" };
	struct err e = ERR_INIT, out = ERR_INIT, leaves = ERR_INIT;
	char *names;

	CU_ASSERT_EQUAL(mkdir("c", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("o", 0755), 0);
	harness_write("o/f", "f", 1);
	CU_ASSERT_EQUAL(symlink(".", "c/loop"), 0);
	CU_ASSERT_EQUAL(symlink("nowhere", "c/dangling"), 0);
	names = names_of("c", inside, 1, NULL, &e);
	CU_ASSERT_STRING_EQUAL(names, "dangling loop");
	free(names);
	/* One that leaves the tree is refused by name. */
	CU_ASSERT_EQUAL(symlink("../o", "c/out"), 0);
	free(names_of("c", inside, 1, NULL, &leaves));
	CU_ASSERT_EQUAL(leaves.code, ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&leaves, "out: a symlink to '../o'"));
	free(names_of("c", through, 1, NULL, &out));
	CU_ASSERT_NOT_EQUAL(out.code, ERR_OK);
}

static void
order(void)
{
	static const char *const sorted[] = { "", "a", "a/b", "a/b/c", "a/c",
	    "a b", "a-b", "a.b", "aa", "b", "\x7F", "\xC3\xA9", "\xFF" };
	size_t i, j;
	int c;

	for (i = 0; i < HARNESS_COUNT(sorted); i++)
	for (j = 0; j < HARNESS_COUNT(sorted); j++) {
		c = scan_compare(sorted[i], sorted[j]);
		CU_ASSERT_EQUAL((c > 0) - (c < 0), (i > j) - (i < j));
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "spellings of a path", spellings },
		{ "what members are", members },
		{ "the output is left out", output_left_out },
		{ "what is refused", refused },
		{ "symlinks are not followed", no_symlinks_followed },
		{ "the order of names", order },
	};

	return harness_run("scan", tests, HARNESS_COUNT(tests));
}
