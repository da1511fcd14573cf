#include "pack/order.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static void
make(const char *path, char kind, size_t n)
{
	uint8_t *p = harness_bytes(kind, 1, n);

	harness_write(path, p, n);
	free(p);
}

static void
make_tree(void)
{
	static uint8_t elf[64] = "\177ELF\2\1\1";

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/sub", 0755), 0);
	make("t/a.py", 't', 90000);
	make("t/b.json", 't', 10);
	make("t/sub/c.py", 't', 10);
	make("t/large.bin", 'r', ORDER_LARGE_MIN);
	make("t/small.bin", 'r', ORDER_LARGE_MIN - 1);
	make("t/empty", 't', 0);
	elf[18] = 62;				/* EM_X86_64 */
	harness_write("t/z.so", elf, sizeof(elf));
	CU_ASSERT_EQUAL(symlink("z.so", "t/a.link"), 0);
	CU_ASSERT_EQUAL(link("t/sub/c.py", "t/0.hard"), 0);
}

/* The names in order, with blanks between. */
static void
assert_order(enum order_by by, const char *const *paths, size_t n,
    const char *want)
{
	struct scan_request r = { "t", paths, n, NULL };
	struct err e = ERR_INIT;
	char text[400] = "";
	struct scan s;
	size_t i;

	CU_ASSERT_EQUAL(scan_paths(&r, &s, &e), ERR_OK);
	CU_ASSERT_EQUAL(order_members(&s, by, &e), ERR_OK);
	for (i = 0; i < s.n_members; i++) {
		strcat(text, s.members[i].name);
		strcat(text, " ");
	}
	CU_ASSERT_STRING_EQUAL(text, want);
	scan_free(&s);
}

static void
orders(void)
{
	static const char *const all[] = { "." };
	static const char *const some[] = { "z.so", "sub", "a.py", "sub/c.py",
	    "0.hard" };

	make_tree();
	/* Of an inode the first by name is the file. */
	assert_order(ORDER_KIND, all, 1, "sub empty z.so small.bin 0.hard "
	    "b.json a.py large.bin a.link sub/c.py ");
	assert_order(ORDER_NAME, all, 1, "0.hard a.link a.py b.json empty "
	    "large.bin small.bin sub z.so sub/c.py ");
	/* But as given, it is the first given; links are behind all. */
	assert_order(ORDER_GIVEN, some, 5, "z.so sub sub/c.py a.py 0.hard ");
}

static void
kinds(void)
{
	struct scan_request r = { "t", (const char *const[]){ "." }, 1,
	    NULL };
	struct err e = ERR_INIT;
	enum order_by by;
	struct scan s;

	make_tree();
	CU_ASSERT_EQUAL(scan_paths(&r, &s, &e), ERR_OK);
	CU_ASSERT_EQUAL(order_members(&s, ORDER_KIND, &e), ERR_OK);
	CU_ASSERT_EQUAL(s.members[0].kind, KIND_NONE);
	CU_ASSERT_EQUAL(s.members[1].kind, KIND_NONE);	/* empty */
	CU_ASSERT_EQUAL(s.members[2].kind, KIND_CODE);
	CU_ASSERT_EQUAL(s.members[2].bcj, LZMA_FILTER_X86);
	CU_ASSERT_EQUAL(s.members[3].kind, KIND_BINARY);
	CU_ASSERT_EQUAL(s.members[4].kind, KIND_TEXT);
	CU_ASSERT_EQUAL(s.members[9].type, MEMBER_HARDLINK);
	CU_ASSERT_STRING_EQUAL(s.members[9].link, "0.hard");
	scan_free(&s);
	CU_ASSERT_TRUE(order_parse("given", &by) && by == ORDER_GIVEN);
	CU_ASSERT_FALSE(order_parse("size", &by));
}

/* A file that is gone, or a symlink now, is an error with its name. */
static void
gone(void)
{
	struct scan_request r = { "t", (const char *const[]){ "." }, 1,
	    NULL };
	struct err e = ERR_INIT;
	struct scan s;

	make_tree();
	CU_ASSERT_EQUAL(scan_paths(&r, &s, &e), ERR_OK);
	CU_ASSERT_EQUAL(unlink("t/b.json"), 0);
	CU_ASSERT_EQUAL(symlink("/etc/passwd", "t/b.json"), 0);
	CU_ASSERT_EQUAL(order_members(&s, ORDER_KIND, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "b.json"));
	scan_free(&s);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "kind, name, given", orders },
		{ "what members are", kinds },
		{ "a file that is gone", gone },
	};

	return harness_run("order", tests, HARNESS_COUNT(tests));
}
