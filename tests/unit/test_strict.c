#include "pack/strict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

static char said[4096];
static size_t n_said;

static void
warn(void *ctx, const char *what)
{
	CU_ASSERT_PTR_EQUAL(ctx, said);
	n_said++;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n",
	    what);
}

/* Members are written as "f:name d:name s:name=text h:name=target", apart by
 * blanks; sizes are 1. */
static void
judge(const char *members, lzma_check check, bool refuse, struct err *e)
{
	static const char letters[] = "fdsh";
	char *copy = strdup(members), *rest = copy, *word, *equals;
	struct strict_request r = { refuse, check, warn, said };
	struct member list[64];
	struct scan scan = { .members = list };
	struct member *m;

	memset(list, 0, sizeof(list));
	while ((word = strsep(&rest, " ")) != NULL) {
		m = &list[scan.n_members++];
		m->type = (enum member_type)(strchr(letters, *word) -
		    letters);
		m->size = m->type == MEMBER_FILE;
		equals = strchr(word, '=');
		if (equals != NULL)
			*equals = '\0';
		m->name = word + 2;
		m->link = equals != NULL ? equals + 1 : NULL;
	}
	said[0] = '\0';
	n_said = 0;
	*e = (struct err)ERR_INIT;
	strict_check(&scan, &r, e);
	free(copy);
}

static void
fine(void)
{
	struct err e;

	judge("d:d f:d/a f:d/b.py d:e f:e/-rf f:e/.git", LZMA_CHECK_CRC32,
	    true, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(n_said, 0);
}

static void
broken(void)
{
	static const struct {
		const char *members, *says;
		lzma_check check;
	} rows[] = {
		{ "f:a s:l=a", "l: a symlink, ", LZMA_CHECK_CRC32 },
		{ "f:a h:l=a", "l: a hard link, ", LZMA_CHECK_CRC32 },
		{ "f:a f:b\\c", "b\\c: ", LZMA_CHECK_CRC32 },
		{ "f:a f:nul", "nul: ", LZMA_CHECK_CRC32 },
		{ "f:a f:b*", "b*: one of < > | \" ? * in the name, which "
		    "extract refuses without --names any", LZMA_CHECK_CRC32 },
		{ "f:.xzbundle-stage.1", "extraction's own, which extract "
		    "refuses", LZMA_CHECK_CRC32 },
		{ "f:a f:A", "taken for", LZMA_CHECK_CRC32 },
		{ "f:a", "without checksums", LZMA_CHECK_NONE },
	};
	struct err e;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		judge(rows[i].members, rows[i].check, false, &e);
		CU_ASSERT_EQUAL(e.code, ERR_OK);
		CU_ASSERT_EQUAL(n_said, 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(said, rows[i].says));
		judge(rows[i].members, rows[i].check, true, &e);
		CU_ASSERT_EQUAL(e.code, ERR_UNSAFE);
		CU_ASSERT_EQUAL(n_said, 0);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, rows[i].says));
	}
}

/* What a symlink says is judged as a name. */
static void
texts(void)
{
	struct err e;

	judge("d:a f:a/b s:a/l=.././a/b s:m=a:b s:n=../c:", LZMA_CHECK_CRC32,
	    false, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "\nm: a symlink's text: a colon "
	    "in the name, which extract refuses without --names any (and 1 "
	    "more)\n"));
	judge("s:l=.xzbundle-stage.0/x", LZMA_CHECK_CRC32, false, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "own, which extract refuses\n"));
}

/* A line for each rule, with the first member and how many there are. */
static void
counted(void)
{
	struct err e;

	judge("f:a s:l=a s:m=a f:x:y s:n=a f:z:y", LZMA_CHECK_CRC32, false,
	    &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(n_said, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "l: a symlink"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "(and 2 more)\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "x:y: a colon"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "(and 1 more)\n"));
}

/* No option makes extract accept it. */
static void
no_way(void)
{
	struct err e;

	judge("f:.xzbundle-stage.1", LZMA_CHECK_CRC32, false, &e);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "which extract refuses\n"));
}

static void
numbers(void)
{
	struct strict_request r = { false, LZMA_CHECK_CRC32, warn, said };
	struct member list[2];
	struct scan scan = { .members = list, .n_members = 2 };
	char name[1100], other[] = "b";
	struct err e = ERR_INIT;

	memset(list, 0, sizeof(list));
	memset(name, 'a', sizeof(name));
	name[1024] = '\0';
	name[250] = name[500] = name[750] = name[1000] = '/';
	list[0].name = name;
	list[1].name = other;
	list[0].size = list[1].size = UINT64_C(4000000000);
	said[0] = '\0';
	n_said = 0;
	CU_ASSERT_EQUAL(strict_check(&scan, &r, &e), ERR_OK);
	CU_ASSERT_EQUAL(n_said, 0);
	name[1024] = 'a';
	name[1025] = '\0';
	list[1].size++;
	CU_ASSERT_EQUAL(strict_check(&scan, &r, &e), ERR_OK);
	CU_ASSERT_EQUAL(n_said, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "1025 bytes of name"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "8000000001 bytes of files"));
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "nothing to say", fine },
		{ "each rule", broken },
		{ "texts of symlinks", texts },
		{ "how many", counted },
		{ "no way out", no_way },
		{ "numbers", numbers },
	};

	return harness_run("strict", tests, HARNESS_COUNT(tests));
}
