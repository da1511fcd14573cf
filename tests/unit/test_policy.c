#include "unpack/policy.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/*
 * Bundles are written as "f:name d:name s:name=text h:name=target o:name",
 * apart by blanks: a file, a directory, a symlink, a hard link, another type.
 */
static enum tarread_type
type_of(char c)
{
	switch (c) {
	case 'f':
		return TARREAD_FILE;
	case 'd':
		return TARREAD_DIR;
	case 's':
		return TARREAD_SYMLINK;
	case 'h':
		return TARREAD_HARDLINK;
	default:
		return TARREAD_OTHER;
	}
}

/* Judge each member of the bundle; how many were accepted? */
static size_t
judge(struct policy *p, const char *bundle, struct err *e)
{
	char *copy = strdup(bundle), *rest = copy, *word, *equals;
	const char *name, *link;
	struct tarread_member m;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL) {
		memset(&m, 0, sizeof(m));
		m.type = type_of(word[0]);
		equals = strchr(word, '=');
		if (equals != NULL)
			*equals = '\0';
		m.name = word + 2;
		m.link = equals != NULL ? equals + 1 : NULL;
		if (policy_member(p, &m, &name, &link, e) != ERR_OK)
			break;
		n++;
	}
	free(copy);
	return n;
}

static size_t
words(const char *bundle)
{
	size_t n = 1;

	for (; *bundle != '\0'; bundle++)
		n += *bundle == ' ';
	return n;
}

/* A row of a table that is not as it should be. */
static void
wrong(const char *row, const struct err *e)
{
	printf("\n    \"%s\": %d, \"%s\"", row, (int)e->code, e->text);
	CU_FAIL("a row of the table");
}

/* --- one member --- */

/* n bytes of components of 255 bytes or less; the caller frees. */
static char *
long_name(size_t n)
{
	char *name = malloc(n + 1);
	size_t i;

	memset(name, 'n', n);
	for (i = 200; i < n - 1; i += 200)
		name[i] = '/';
	name[n] = '\0';
	return name;
}

static void
long_links(void)
{
	static const char types[] = { 's', 'h' };
	struct policy p;
	char *path, *row;
	size_t i, n;

	for (i = 0; i < 2 * HARNESS_COUNT(types); i++) {
		struct err e = ERR_INIT;

		n = i % 2 == 0 ? PATH_MAX - 1 : PATH_MAX;
		path = long_name(n);
		if (asprintf(&row, "%c:l=%s", types[i / 2], path) < 0)
			abort();
		memset(&p, 0, sizeof(p));
		CU_ASSERT_EQUAL(judge(&p, row, &e), n < PATH_MAX);
		CU_ASSERT_EQUAL(e.code,
		    n < PATH_MAX ? ERR_OK : ERR_UNSAFE);
		policy_free(&p);
		free(row);
		free(path);
	}
}

/* What is refused before anything is made of it. */
static void
refused_alone(void)
{
	static const struct {
		const char *bundle;	/* the last of it is refused */
		const char *says;
	} rows[] = {
		{ "f:", "empty name" }, { "d:", "empty name" },
		{ "f:/etc/passwd", "/etc/passwd: an absolute name" },
		{ "d:/", "absolute" }, { "s:/a=b", "absolute" },
		{ "f:..", "'..'" }, { "f:a/../../b", "a/../../b: '..'" },
		{ "d:a/..", "'..'" }, { "h:../a=b", "'..'" },
		{ "f:ok f:../a", "'..'" },
		{ "o:a", "a: a device" }, { "o:.", "a device" },
		{ "f:.", "names the root" }, { "f:./", "names the root" },
		{ "s:.=a", "names the root" }, { "h:./=a", "names the root" },
		{ "s:l=/", "l: a symlink to '/', an absolute path" },
		{ "s:l=/etc", "absolute" }, { "s:l=//a", "absolute" },
		{ "s:l=", "l: a symlink to ''" },
		{ "s:l=..", "leaves the tree" },
		{ "s:l=../a", "leaves the tree" },
		{ "s:l=./..", "leaves the tree" },
		{ "s:l=.//../a", "leaves the tree" },
		{ "s:l=a/../..", "leaves the tree" },
		{ "s:l=a/../../l", "leaves the tree" },
		{ "s:d/l=../..", "leaves the tree" },
		{ "s:./d//l=../../d", "leaves the tree" },
		{ "s:a/b/l=../../../a", "leaves the tree" },
		{ "s:a/b/l=../c/../../..", "leaves the tree" },
		{ "h:l=", "l: a hard link: a member has an empty name" },
		{ "h:l=/etc/passwd", "absolute" },
		{ "h:l=../a", "'..'" }, { "h:l=a/../b", "'..'" },
	};
	struct policy p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		memset(&p, 0, sizeof(p));
		if (judge(&p, rows[i].bundle, &e) !=
		    words(rows[i].bundle) - 1 || e.code != ERR_UNSAFE ||
		    !HARNESS_SAYS(&e, rows[i].says))
			wrong(rows[i].bundle, &e);
		policy_free(&p);
	}
}

/* Only a file has data. */
static void
data(void)
{
	static const char types[] = { 'f', 'd', 's', 'h' };
	char name[] = "name", link[] = "link";
	const char *clean_name, *text;
	struct tarread_member m;
	struct policy p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(types); i++) {
		struct err e = ERR_INIT;

		memset(&p, 0, sizeof(p));
		memset(&m, 0, sizeof(m));
		m.name = name;
		m.link = link;
		m.type = type_of(types[i]);
		m.size = 1;
		policy_member(&p, &m, &clean_name, &text, &e);
		CU_ASSERT_EQUAL(e.code, i == 0 ? ERR_OK : ERR_UNSAFE);
		CU_ASSERT_EQUAL(clean_name != NULL, i == 0);
		policy_free(&p);
	}
}

/* The names that it hands out, and keeps. */
static void
results(void)
{
	static const struct {
		char type;
		char name[16], link[16];
		const char *clean_name, *text;
	} rows[] = {
		{ 'f', "./a//b", "", "a/b", NULL },
		{ 'd', "d//./", "", "d", NULL },
		{ 's', ".//s", "./d//../x/", "s", "./d//../x/" },
		{ 'h', "h", "./a//b", "h", "a/b" },
		{ 'd', "./", "", NULL, NULL },
	};
	const char *name, *link;
	struct err e = ERR_INIT;
	struct tarread_member m;
	struct policy p;
	size_t i;

	memset(&p, 0, sizeof(p));
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		memset(&m, 0, sizeof(m));
		m.name = strdup(rows[i].name);
		m.link = strdup(rows[i].link);
		m.type = type_of(rows[i].type);
		CU_ASSERT_EQUAL(policy_member(&p, &m, &name, &link, &e),
		    ERR_OK);
		/* borrowed from p, not from m */
		free(m.name);
		free(m.link);
		CU_ASSERT_EQUAL(name == NULL, rows[i].clean_name == NULL);
		if (name != NULL)
			CU_ASSERT_STRING_EQUAL(name, rows[i].clean_name);
		CU_ASSERT_EQUAL(link == NULL, rows[i].text == NULL);
		if (link != NULL)
			CU_ASSERT_STRING_EQUAL(link, rows[i].text);
	}
	CU_ASSERT_EQUAL(p.n_names, 4);	/* the root is none */
	CU_ASSERT_EQUAL(p.names[2].order, 2);
	CU_ASSERT_EQUAL(p.names[2].type, TARREAD_SYMLINK);
	policy_free(&p);
	CU_ASSERT_EQUAL(p.n_names, 0);
	policy_free(&p);
}

/* --- all members --- */

static void
accepted(void)
{
	static const char *const rows[] = {
		"f:a", "d:a", "d:. f:a", "d:./ d:. d:./.", "f:a f:A",
		"f:a f:ab f:abc", "f:a/b/c f:a/b/d f:a/e",
		"d:a f:a/b", "f:a/b d:a", "d:a/b/c d:a d:a/b",
		"d:a f:a-b f:a.b f:a/b f:a0b", "f:a- f:a/b f:a.", "f:... f:..a",
		"s:l=a", "s:l=a f:a", "f:a s:l=a", "s:l=a d:a", "s:l=none/x",
		"s:l=.", "s:l=./", "s:l=a/", "s:l=a/..", "s:l=...",
		"s:l=..a", "s:d/l=..", "s:d/l=../x f:x", "d:d s:d/l=../d",
		"s:a/b/l=../../c", "s:a/b/l=../../a/b", "s:l=a//./b f:a/b",
		"s:a/b/l=.././../c/../a", "s:l=ab s:a=c", "s:l=a s:ab=c",
		"f:a h:b=a", "f:a h:b=./a", "f:a h:b=a h:c=a", "f:x f:a h:b=a",
		"f:z h:b=z f:a", "d:d f:d/a h:b=d/a", "f:a h:d/b=a d:d",
		"f:\xFF h:\xFE=\xFF s:\xFD=\xFF", "s:l=f/../x f:f",
		/* through other symlinks, which stay inside too */
		"s:a=b s:b=c", "s:b=c s:a=b f:c", "s:a=a", "s:a=./a",
		"s:a=b s:b=a", "s:d/a=../b s:b=c", "s:a=d/x s:d=e",
		"s:a=d/.. s:d=e/f", "s:a=d/../x s:d=e/f", "s:a=d/ s:d=e",
		"s:a/b=../d/./../x s:d=e/f", "s:d/e/up=.. s:x=d/e/up/../y",
		"s:v=v.1 s:v.1=v.1.2 f:v.1.2",
	};
	struct policy p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		memset(&p, 0, sizeof(p));
		if (judge(&p, rows[i], &e) != words(rows[i]) ||
		    policy_finish(&p, &e) != ERR_OK)
			wrong(rows[i], &e);
		policy_free(&p);
	}
}

/* Each member is fine alone. */
static void
refused_together(void)
{
	static const char twice[] = "two members of this name";
	static const char below[] = "is below";
	static const char leaves[] = "leaves the tree";
	static const char target[] = "not an earlier file";
	static const struct {
		const char *bundle;
		const char *says;
	} rows[] = {
		{ "f:a f:a", twice }, { "f:a f:b f:a", twice },
		{ "f:a f:./a", twice }, { "f:a/b f:a//b", twice },
		{ "d:a d:a/", twice }, { "f:a d:a/", twice },
		{ "d:a s:a=b", twice }, { "s:a=b s:a=b", twice },
		{ "f:b f:a h:b=a", twice }, { "f:x f:a f:y f:a f:z", twice },
		{ "f:a f:a/b", below }, { "f:a/b f:a", below },
		{ "s:a=b f:a/b", below }, { "f:a/b s:a=c", below },
		{ "s:a=. f:a/b", below }, { "s:a=b d:a/b", below },
		{ "s:a=b s:a/b=c", below }, { "f:x s:a=b h:a/b=x", below },
		{ "f:x h:a=x f:a/b", below }, { "s:a=b f:a/b/c/d", below },
		{ "d:a s:a/b=c f:a/b/c", below },
		{ "f:a f:a! f:a- f:a/b f:a0", below },
		/* "up" is in "d", "x" above the root: the classic */
		{ "d:d s:d/up=.. s:x=d/up/../y", leaves },
		{ "d:d s:d/up=../e s:x=d/up/../../d", leaves },
		{ "s:d/a=../e s:d/b=a/../..", leaves },
		{ "s:a=b/x s:b=c/y s:c=b/z", "too many symlinks" },
		{ "s:a=a/x", "too many symlinks" },
		{ "h:a=b", target }, { "h:a=b f:b", target },
		{ "h:a=a", target }, { "d:b h:a=b", target },
		{ "s:b=c h:a=b", target }, { "f:c h:b=c h:a=b", target },
		{ "f:c h:a=b h:b=c", target }, { "d:. h:a=.", target },
		{ "f:d/b s:e=d h:a=e/b", target }, { "f:ab h:c=a", target },
		{ "f:a h:c=ab", target }, { "f:a h:c=A", target },
	};
	struct policy p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		memset(&p, 0, sizeof(p));
		if (judge(&p, rows[i].bundle, &e) != words(rows[i].bundle) ||
		    policy_finish(&p, &e) != ERR_UNSAFE ||
		    !HARNESS_SAYS(&e, rows[i].says))
			wrong(rows[i].bundle, &e);
		policy_free(&p);
	}
}

/* One bad member among n good ones, wherever its name sorts. */
static void
many(void)
{
	char row[64];
	const char *says;
	struct policy p;
	unsigned int i, k, n = 700, hit;

	for (k = 0; k < 40; k++) {
		struct err e = ERR_INIT;

		hit = k * n / 40;
		says = k % 3 == 0 ? "two members" : k % 3 == 1 ? "below" :
		    "too many";
		memset(&p, 0, sizeof(p));
		for (i = n; i-- > 0;) {
			snprintf(row, sizeof(row), "%s%u%s",
			    k % 3 == 2 ? "s:" : "f:", i,
			    k % 3 == 2 ? "=x/z" : "");
			judge(&p, row, &e);
		}
		snprintf(row, sizeof(row), k % 3 == 0 ? "f:%u" :
		    k % 3 == 1 ? "f:%u/x" : "s:x=%u/y", hit);
		judge(&p, row, &e);
		CU_ASSERT_EQUAL(e.code, ERR_OK);
		CU_ASSERT_EQUAL(p.n_names, n + 1);
		CU_ASSERT_EQUAL(policy_finish(&p, &e), ERR_UNSAFE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
		policy_free(&p);
	}
}

static void
none(void)
{
	struct err e = ERR_INIT;
	struct policy p;

	memset(&p, 0, sizeof(p));
	CU_ASSERT_EQUAL(policy_finish(&p, &e), ERR_OK);
	policy_free(&p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "lengths of links", long_links },
		{ "refused alone", refused_alone },
		{ "data of what is no file", data },
		{ "what is handed out", results },
		{ "accepted", accepted },
		{ "refused together", refused_together },
		{ "one among many", many },
		{ "no members", none },
	};

	return harness_run("policy", tests, HARNESS_COUNT(tests));
}
