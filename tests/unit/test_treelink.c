#include "base/treelink.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* "a=b c/d=e": names of symlinks and their texts. */
struct tree {
	char *name[16];
	char *text[16];
	size_t n;
	char *words;
};

static void
plant(struct tree *t, const char *what)
{
	char *word, *save = NULL;

	memset(t, 0, sizeof(*t));
	t->words = strdup(what);
	for (word = strtok_r(t->words, " ", &save); word != NULL;
	    word = strtok_r(NULL, " ", &save)) {
		t->name[t->n] = word;
		t->text[t->n] = strchr(word, '=');
		*t->text[t->n]++ = '\0';
		t->n++;
	}
}

static const char *
link_text(void *ctx, const char *path, size_t n)
{
	const struct tree *t = ctx;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (strlen(t->name[i]) == n &&
		    memcmp(t->name[i], path, n) == 0)
			return t->text[i];
	}
	return NULL;
}

/* The verdict on the first link of the tree. */
static enum treelink
verdict(const char *what)
{
	enum treelink v = TREELINK_LOOPS;
	struct err e = ERR_INIT;
	struct tree t;

	plant(&t, what);
	CU_ASSERT_EQUAL(treelink_walk(t.name[0], t.text[0], link_text, &t,
	    &v, &e), ERR_OK);
	free(t.words);
	return v;
}

static void
verdicts(void)
{
	static const struct {
		const char *tree;
		enum treelink is;
	} rows[] = {
		{ "a=b", TREELINK_INSIDE }, { "a=.", TREELINK_INSIDE },
		{ "a=./", TREELINK_INSIDE }, { "a=b/..", TREELINK_INSIDE },
		{ "d/a=..", TREELINK_INSIDE },
		{ "d/e/a=.././../x", TREELINK_INSIDE },
		{ "a=..a/...", TREELINK_INSIDE },
		{ "a=", TREELINK_EMPTY }, { "a=/", TREELINK_ABSOLUTE },
		{ "a=/b", TREELINK_ABSOLUTE }, { "d/a=/b", TREELINK_ABSOLUTE },
		{ "a=..", TREELINK_LEAVES }, { "a=../a", TREELINK_LEAVES },
		{ "a=./..", TREELINK_LEAVES }, { "a=b/../..", TREELINK_LEAVES },
		{ "d/a=../..", TREELINK_LEAVES },
		{ "d/a=../x/../../d", TREELINK_LEAVES },
		/* the last component is not followed */
		{ "a=b b=/etc", TREELINK_INSIDE },
		{ "a=b b=a", TREELINK_INSIDE }, { "a=a", TREELINK_INSIDE },
		/* others are, wherever they lead */
		{ "a=b/c b=d/e", TREELINK_INSIDE },
		{ "a=b/c b=/etc", TREELINK_ABSOLUTE },
		{ "a=b/c b=..", TREELINK_LEAVES },
		{ "a=d/up/../x d/up=..", TREELINK_LEAVES },
		{ "a=d/down/../x d/down=e/f", TREELINK_INSIDE },
		{ "a=d/down/../../x d/down=e/f", TREELINK_INSIDE },
		{ "a=d/down/../../../x d/down=e/f", TREELINK_INSIDE },
		{ "a=d/down/../../../../x d/down=e/f", TREELINK_LEAVES },
		{ "a=b/x b=c c=d/e d=f", TREELINK_INSIDE },
		{ "a=b/x b=c/. c=d/e d=..", TREELINK_LEAVES },
		{ "a=b/x b=", TREELINK_EMPTY },
		{ "a=b/x b=b/y", TREELINK_LOOPS },
		{ "a=b/x b=c/. c=b/.", TREELINK_LOOPS },
		{ "a=a/x", TREELINK_LOOPS },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		CU_ASSERT_EQUAL(verdict(rows[i].tree), rows[i].is);
		if (verdict(rows[i].tree) != rows[i].is)
			printf("\n    %s", rows[i].tree);
	}
}

/* Where the first link of the tree leads, or why nowhere. */
static void
direct(void)
{
	static const struct {
		const char *tree;
		enum treelink is;
		const char *to;		/* NULL: nowhere */
	} rows[] = {
		{ "a=b", TREELINK_INSIDE, "b" }, { "a=.", TREELINK_INSIDE, "" },
		{ "a=a", TREELINK_INSIDE, "a" },
		{ "d/a=..", TREELINK_INSIDE, "" },
		{ "d/a=b//c/", TREELINK_INSIDE, "d/b/c" },
		{ "d/e/a=.././../x", TREELINK_INSIDE, "x" },
		{ "d/e/a=../f/../../y/z/.", TREELINK_INSIDE, "y/z" },
		{ "a=b b=/etc", TREELINK_INSIDE, "b" },
		{ "a=b/ b=c", TREELINK_INSIDE, "b" },
		{ "a=", TREELINK_EMPTY, NULL },
		{ "a=/b", TREELINK_ABSOLUTE, NULL },
		{ "d/a=../..", TREELINK_LEAVES, NULL },
		{ "a=../b/c b=d", TREELINK_LEAVES, NULL },
		{ "a=b/c b=d", TREELINK_CROSSES, NULL },
		{ "a=b/. b=d", TREELINK_CROSSES, NULL },
		{ "a=b/.. b=d", TREELINK_CROSSES, NULL },
		{ "a=b/c b=", TREELINK_CROSSES, NULL },
		{ "d/a=e/../f/g d/e=x", TREELINK_CROSSES, NULL },
		{ "a=a/x", TREELINK_CROSSES, NULL },
	};
	enum treelink v;
	struct tree t;
	char *to;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		plant(&t, rows[i].tree);
		CU_ASSERT_EQUAL(treelink_direct(t.name[0], t.text[0],
		    link_text, &t, &v, &to, &e), ERR_OK);
		CU_ASSERT_EQUAL(v, rows[i].is);
		CU_ASSERT_EQUAL(to == NULL, rows[i].to == NULL);
		if (to != NULL && rows[i].to != NULL)
			CU_ASSERT_STRING_EQUAL(to, rows[i].to);
		free(to);
		free(t.words);
	}
}

/* Without a tree there are no other links. */
static void
alone(void)
{
	enum treelink v = TREELINK_LOOPS;
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(treelink_walk("a", "a/x", NULL, NULL, &v, &e), 0);
	CU_ASSERT_EQUAL(v, TREELINK_INSIDE);
	CU_ASSERT_EQUAL(treelink_walk("d/a", "../../x", NULL, NULL, &v, &e),
	    0);
	CU_ASSERT_EQUAL(v, TREELINK_LEAVES);
}

static void
long_ones(void)
{
	char text[PATH_MAX + 1], name[PATH_MAX];
	enum treelink v = TREELINK_LOOPS;
	struct err e = ERR_INIT;

	memset(text, 'a', sizeof(text));
	text[PATH_MAX] = '\0';
	CU_ASSERT_EQUAL(treelink_walk("a", text, NULL, NULL, &v, &e), 0);
	CU_ASSERT_EQUAL(v, TREELINK_EMPTY);
	text[PATH_MAX - 2] = '\0';
	CU_ASSERT_EQUAL(treelink_walk("a", text, NULL, NULL, &v, &e), 0);
	CU_ASSERT_EQUAL(v, TREELINK_INSIDE);
	/* together they are too long */
	memset(name, 'n', sizeof(name));
	name[2000] = '/';
	name[2002] = '\0';
	text[2200] = '\0';
	CU_ASSERT_EQUAL(treelink_walk(name, text, NULL, NULL, &v, &e), 0);
	CU_ASSERT_EQUAL(v, TREELINK_EMPTY);
}

static void
reasons(void)
{
	enum treelink v;

	CU_ASSERT_STRING_EQUAL(treelink_reason(TREELINK_INSIDE), "");
	for (v = TREELINK_EMPTY; v <= TREELINK_CROSSES; v++)
		CU_ASSERT_NOT_EQUAL(treelink_reason(v)[0], '\0');
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "verdicts", verdicts },
		{ "direct", direct },
		{ "no tree", alone },
		{ "long paths", long_ones },
		{ "reasons", reasons },
	};

	return harness_run("treelink", tests, HARNESS_COUNT(tests));
}
