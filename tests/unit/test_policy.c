#include "unpack/policy.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "harness.h"

/*
 * Bundles are written as "f:name d:name s:name=text h:name=target o:name",
 * apart by blanks: a file, a directory, a symlink, a hard link, another type.
 * A file may have a size behind it, as in "f:name#100".
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

/* --- a policy, and what it is asked --- */

static struct limits limits;
static struct limits_seen seen;

/* All that is allowed, links too; a test may narrow it. */
static struct policy_options
options(void)
{
	struct policy_options o;

	memset(&o, 0, sizeof(o));
	limits_free(&limits);
	limits_init(&limits);
	memset(&seen, 0, sizeof(seen));
	o.names = NAME_ANY;
	o.links = true;
	o.limits = &limits;
	o.seen = &seen;
	o.raw_size = 1 << 20;
	o.file_size = 1000;
	return o;
}

static struct policy *
made(const struct policy_options *o)
{
	struct err e = ERR_INIT;
	struct policy *p = NULL;

	CU_ASSERT_EQUAL_FATAL(policy_new(o, &p, &e), ERR_OK);
	return p;
}

/* Judge each member of the bundle; how many were taken? */
static size_t
judge(struct policy *p, const char *bundle, struct err *e)
{
	char *copy = strdup(bundle), *rest = copy, *word, *equals, *size;
	const char *name, *link;
	struct tarread_member m;
	size_t n = 0;

	while ((word = strsep(&rest, " ")) != NULL) {
		memset(&m, 0, sizeof(m));
		m.type = type_of(word[0]);
		size = strchr(word, '#');
		if (size != NULL) {
			*size = '\0';
			m.size = strtoull(size + 1, NULL, 10);
		}
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

/* A bundle, the error's code and what it says; the last member is the one
 * that is refused, or all are taken and it is found at the end. */
struct row {
	const char *bundle;
	const char *says;
};

static void
refused_at(const struct policy_options *o, const struct row *row,
    enum err_code code, size_t taken)
{
	struct policy *p = made(o);
	struct err e = ERR_INIT;

	if (judge(p, row->bundle, &e) != taken)
		wrong(row->bundle, &e);
	else if (taken == words(row->bundle))
		policy_finish(p, &e);
	if (e.code != code || !HARNESS_SAYS(&e, row->says))
		wrong(row->bundle, &e);
	policy_free(p);
}

static void
refused_last(const struct policy_options *o, const struct row *row,
    enum err_code code)
{
	refused_at(o, row, code, words(row->bundle) - 1);
}

static void
refused_at_end(const struct policy_options *o, const struct row *row,
    enum err_code code)
{
	refused_at(o, row, code, words(row->bundle));
}

static void
accepted(const struct policy_options *o, const char *bundle)
{
	struct policy *p = made(o);
	struct err e = ERR_INIT;

	if (judge(p, bundle, &e) != words(bundle) ||
	    policy_finish(p, &e) != ERR_OK)
		wrong(bundle, &e);
	policy_free(p);
}

/*
 * Collect: the rules that were broken, in order, as "RULE:MEMBER " each, with
 * the end "=CODE".  The caller frees.
 */
static char *
collected(struct policy_options o, const char *bundle)
{
	struct err e = ERR_INIT, done = ERR_INIT;
	const char *member;
	struct policy *p;
	json_t *list = NULL, *one;
	struct buf text;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(verdict_new(true, 100, &o.verdict, &e),
	    ERR_OK);
	p = made(&o);
	if (judge(p, bundle, &done) == words(bundle))
		policy_finish(p, &done);
	policy_free(p);
	verdict_result(o.verdict, &done);
	CU_ASSERT_EQUAL(verdict_json(o.verdict, &list, &e), ERR_OK);
	buf_init(&text, 1 << 16);
	json_array_foreach(list, i, one) {
		member = json_string_value(json_object_get(one, "member"));
		text_printf(&text, &e, "%s:%s ", json_string_value(
		    json_object_get(one, "rule")),
		    member != NULL ? member : "-");
	}
	text_printf(&text, &e, "=%d", (int)done.code);
	CU_ASSERT_EQUAL(buf_append(&text, "", 1, &e), ERR_OK);
	json_decref(list);
	verdict_free(o.verdict);
	return (char *)text.data;
}

static void
collects(const struct policy_options *o, const char *bundle,
    const char *expected)
{
	char *got = collected(*o, bundle);

	if (strcmp(got, expected) != 0) {
		printf("\n    \"%s\": %s", bundle, got);
		CU_FAIL("what is collected");
	}
	free(got);
}

/* --- one member --- */

static void
refused_alone(void)
{
	static const struct row rows[] = {
		{ "f:", "empty name" }, { "d:", "empty name" },
		{ "f:/etc/passwd", "/etc/passwd: an absolute name" },
		{ "d:/", "absolute" }, { "s:/a=b", "absolute" },
		{ "f:..", "'..'" }, { "f:a/../../b", "a/../../b: '..'" },
		{ "d:a/..", "'..'" }, { "h:../a=b", "'..'" },
		{ "f:ok f:../a", "'..'" },
		{ "o:a", "a: a device" }, { "o:.", "a device" },
		{ "f:.", "names the root" }, { "f:./", "names the root" },
		{ "s:.=a", "names the root" }, { "h:./=a", "names the root" },
		{ "h:l=", "l: a hard link: a member has an empty name" },
		{ "h:l=/etc/passwd", "absolute" },
		{ "h:l=../a", "'..'" }, { "h:l=a/../b", "'..'" },
		{ "f:.xzbundle-stage.1", "begins with" },
		{ "d:a/.xzbundle-stage.00000000", "begins with" },
	};
	struct policy_options o = options();
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++)
		refused_last(&o, &rows[i], ERR_UNSAFE);
}

/* Links are refused unless they are asked for. */
static void
no_links(void)
{
	static const struct row rows[] = {
		{ "f:a s:l=a", "l: a symlink; refused (--links in-tree" },
		{ "f:a h:l=a", "l: a hard link; refused (--links in-tree" },
	};
	struct policy_options o = options();
	size_t i;

	accepted(&o, "f:a s:l=a h:m=a");
	o.links = false;
	accepted(&o, "f:a d:b");
	for (i = 0; i < HARNESS_COUNT(rows); i++)
		refused_last(&o, &rows[i], ERR_UNSAFE);
}

/* The rules for names are those of base/name. */
static void
name_rules(void)
{
	static const struct row rows[] = {
		{ "f:\xFF", "not UTF-8" }, { "f:a\x1B", "control" },
		{ "f:a\\b", "backslash" }, { "f:d/c:x", "colon" },
		{ "f:d/x?", "* in the name; refused (--names any" },
		{ "f:a.", "at the end" }, { "d:com1", "device" },
		{ "f:d/AUX.txt", "device" },
	};
	struct policy_options o = options();
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		o.names = NAME_ANY;
		accepted(&o, rows[i].bundle);
		o.names = NAME_STRICT;
		refused_last(&o, &rows[i], ERR_UNSAFE);
	}
	accepted(&o, "f:\xC3\xA9/.git/-rf d:.bashrc");
}

/* They hold for symlinks' own names, and for what symlinks say. */
static void
symlink_rules(void)
{
	static const struct row rows[] = {
		{ "f:a s:b\\c=a", "b\\c: a backslash in the name; refused (" },
		{ "d:e s:e/nul=../e", "device" },
		{ "s:a.=.", "at the end" }, { "s:\xE2\x80\xAE=.", "direction" },
		{ "s:l=..\\..\\..\\etc", "l: a symlink's text: a backslash "
		    "in the name; refused (--names any accepts it)" },
		{ "s:l=\x1B[31m", "text: a control" },
		{ "s:l=a:b", "text: a colon" }, { "s:l=con", "text: the name" },
		{ "s:l=x\xE2\x80\xAEy", "text: an invisible" },
		{ "d:a s:a/l=.././a/../x?/b", "text: one of" },
		{ "s:l=a\xFF/", "text: a name that is not UTF-8" },
		{ "s:l=..../", "text: a dot" },
	};
	static const char at_stage[] = "d:d s:l=d/../.xzbundle-stage.1/x";
	const struct row stage = { at_stage, "l: a symlink's text: a name "
	    "component that begins with '.xzbundle-stage.', as extraction's "
	    "own; refused" };
	struct policy_options o = options();
	struct policy *p;
	struct err e;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		e = (struct err)ERR_INIT;
		p = made(&o);
		CU_ASSERT_EQUAL(judge(p, rows[i].bundle, &e),
		    words(rows[i].bundle));
		policy_free(p);
	}
	refused_last(&o, &stage, ERR_UNSAFE);
	o.names = NAME_STRICT;
	refused_last(&o, &stage, ERR_UNSAFE);
	for (i = 1; i < HARNESS_COUNT(rows); i++)
		refused_last(&o, &rows[i], ERR_UNSAFE);
	accepted(&o, "f:a/b s:a/l=.././/a/b s:m=a/. d:c s:c/n=../a/../c");
	collects(&o, "f:a s:b:c=a s:l=x? s:m\\n=a\\ f:z",
	    "colon:b:c windows:l backslash:m\\n backslash:m\\n =4");
}

/* A text of n bytes, in components of 200; the caller frees. */
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
	struct policy_options o = options();
	char *path, *row;
	size_t i, n;

	limits.max[LIMIT_PATH] = PATH_MAX;

	for (i = 0; i < 2 * HARNESS_COUNT(types); i++) {
		struct err e = ERR_INIT;
		struct policy *p = made(&o);

		n = i % 2 == 0 ? PATH_MAX - 1 : PATH_MAX;
		path = long_name(n);
		if (asprintf(&row, "%c:l=%s", types[i / 2], path) < 0)
			abort();
		CU_ASSERT_EQUAL(judge(p, row, &e), n < PATH_MAX);
		CU_ASSERT_EQUAL(e.code,
		    n < PATH_MAX ? ERR_OK : ERR_UNSAFE);
		policy_free(p);
		if (n == PATH_MAX)
			collects(&o, row, "link:l =4");
		free(row);
		free(path);
	}
}

/* Too long for Linux: too deep, if it has many components. */
static void
long_and_deep(void)
{
	struct policy_options o = options();
	char name[5001], *row;
	size_t i, deep;

	for (deep = 0; deep < 2; deep++) {
		struct err e = ERR_INIT;
		struct policy *p = made(&o);

		for (i = 0; i < sizeof(name) - 1; i++)
			name[i] = deep && i % 2 == 1 ? '/' : 'a';
		name[i - 1] = 'a';
		name[i] = '\0';
		if (asprintf(&row, "f:%s", name) < 0)
			abort();
		judge(p, row, &e);
		CU_ASSERT_EQUAL(e.code, deep ? ERR_LIMIT : ERR_UNSAFE);
		CU_ASSERT_TRUE(!deep || HARNESS_SAYS(&e, "--max-depth"));
		policy_free(p);
		free(row);
	}
}

/* The limits of names hold for what symlinks say, too. */
static void
long_texts(void)
{
	static const struct row rows[] = {
		{ "d:a s:l=a/../a/../a", "l: a symlink's text: 5 components "
		    "of a name, where 4 are allowed; --max-depth 5 would" },
		{ "d:a s:l=././././a", "--max-depth 5 would pass" },
		{ "d:a s:l=a///////a", "l: a symlink's text: 9 bytes of a "
		    "name, where 8 are allowed; --max-path 9 would pass" },
	};
	struct policy_options o = options();

	limits.max[LIMIT_DEPTH] = 4;
	accepted(&o, "d:a s:l=a/../a/..");
	CU_ASSERT_EQUAL(seen.value[LIMIT_DEPTH], 4);
	refused_last(&o, &rows[0], ERR_LIMIT);
	refused_last(&o, &rows[1], ERR_LIMIT);
	limits.max[LIMIT_PATH] = 8;
	accepted(&o, "d:a s:l=a//////a");
	refused_last(&o, &rows[2], ERR_LIMIT);
	collects(&o, "d:a s:l=a///////a", "max-path:l =3");
	collects(&o, "d:a s:l=././././a", "max-path:l max-depth:l =3");
}

/* The names that it hands out. */
static void
results(void)
{
	static const struct {
		char type;
		char name[16], link[16];
		const char *clean_name, *text;
		size_t count;
	} rows[] = {
		{ 'f', "./a//b", "", "a/b", NULL, 1 },
		{ 'd', "d//./", "", "d", NULL, 2 },
		{ 's', ".//s", "./d//../x/", "s", "./d//../x/", 3 },
		{ 'h', "h", "./a//b", "h", "a/b", 4 },
		{ 'd', "./", "", NULL, NULL, 5 },
		{ 'f', "last", "", "last", NULL, 6 },
	};
	struct policy_options o = options();
	const char *name, *link;
	struct err e = ERR_INIT;
	struct tarread_member m;
	struct policy *p = made(&o);
	size_t i;

	CU_ASSERT_EQUAL(policy_count(p), 0);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		memset(&m, 0, sizeof(m));
		m.name = strdup(rows[i].name);
		m.link = strdup(rows[i].link);
		m.type = type_of(rows[i].type);
		CU_ASSERT_EQUAL(policy_member(p, &m, &name, &link, &e),
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
		CU_ASSERT_EQUAL(policy_count(p), rows[i].count);
	}
	policy_free(p);
	policy_free(NULL);
}

/* --- limits --- */

/* Of one member: what is within, and what is over and by how much. */
static void
member_limits(void)
{
	static const struct {
		enum limit_id id;
		uint64_t max;
		const char *good;
		struct row bad;
	} rows[] = {
		{ LIMIT_MEMBER, 100, "f:a#100 f:b#100", { "f:a#100 f:b#101",
		    "b: 101 bytes of one member, where 100 are allowed; "
		    "--max-member 101 would pass" } },
		{ LIMIT_MEMBER, 0, "f:a#0", { "f:a#1", "--max-member 1 " } },
		{ LIMIT_MEMBER, 100, "f:a", { "f:b#18446744073709551615",
		    "--max-member 18446744073709551615 would pass" } },
		{ LIMIT_PATH, 5, "f:ab/cd d:./ab//de/", { "f:ab/cde",
		    "--max-path 6 would pass" } },
		{ LIMIT_COMPONENT, 3, "f:abc/def/ghi", { "d:abc/defg/h",
		    "--max-component 4 would pass" } },
		{ LIMIT_DEPTH, 2, "f:a/b d:. d:././/a", { "f:a/b/c",
		    "--max-depth 3 would pass" } },
	};
	struct policy_options o;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		o = options();
		limits.max[rows[i].id] = rows[i].max;
		accepted(&o, rows[i].good);
		CU_ASSERT_EQUAL(seen.value[rows[i].id] <= rows[i].max, true);
		refused_last(&o, &rows[i].bad, ERR_LIMIT);
		CU_ASSERT_TRUE(seen.value[rows[i].id] > rows[i].max);
	}
}

/* Of all: without a list, what certainly passes is all that there is room
 * for in the tar; with one, it is the exact value. */
static void
total_limits(void)
{
	static const struct {
		enum limit_id id;
		uint64_t max;
		const char *good;
		struct row bad;
	} rows[] = {
		{ LIMIT_TOTAL, 10, "f:a#4 d:b f:c#6", { "f:a#4 f:b#7",
		    "11 bytes written" } },
		{ LIMIT_MEMBERS, 2, "f:a d:b", { "f:a d:b f:c",
		    "3 members" } },
		{ LIMIT_RATIO, 68000, "f:a#68000000", { "f:a#68000001",
		    "68001 bytes for each" } },
	};
	static const char *const certain[] = { "--max-total 1048576 ",
	    "--max-members 131072 ", "--max-ratio 68001 " };
	struct policy_options o;
	struct row bad;
	char *text;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		o = options();
		limits.max[rows[i].id] = rows[i].max;
		accepted(&o, rows[i].good);
		CU_ASSERT_EQUAL(seen.value[rows[i].id], rows[i].max);
		bad.bundle = rows[i].bad.bundle;
		bad.says = certain[i];
		refused_last(&o, &bad, ERR_LIMIT);
		/* The name of the limit is the rule. */
		if (asprintf(&text, "%s:- =3", limits_name(rows[i].id)) < 0)
			abort();
		collects(&o, bad.bundle, text);
		free(text);
	}
	/* Sizes that no sum can hold. */
	o = options();
	limits.max[LIMIT_MEMBER] = UINT64_MAX;
	bad.bundle = "f:a#10 f:b#18446744073709551615";
	bad.says = "--max-total 18446744073709551615 ";
	refused_last(&o, &bad, ERR_LIMIT);
	limits.max[LIMIT_TOTAL] = limits.max[LIMIT_RATIO] = UINT64_MAX;
	accepted(&o, bad.bundle);
}

/* Directories that only are parents count with the members. */
static void
directories(void)
{
	struct policy_options o = options();
	struct err e = ERR_INIT;
	struct policy *p;

	limits.max[LIMIT_MEMBERS] = 4;
	accepted(&o, "f:a/b/c f:a/d");
	CU_ASSERT_EQUAL(seen.value[LIMIT_MEMBERS], 4);
	accepted(&o, "f:a/b/c d:a d:a/b f:a/d");
	limits.max[LIMIT_MEMBERS] = 3;
	refused_at_end(&o, &(struct row){ "f:a/b/c f:a/d",
	    "4 members and directories, where 3 are allowed; --max-members "
	    "4 would pass" }, ERR_LIMIT);
	collects(&o, "f:a/b/c f:a/d", "max-members:- =3");
	/* And while they are made. */
	p = made(&o);
	judge(p, "f:a/b/c", &e);
	CU_ASSERT_EQUAL(policy_made(p, 2, &e), ERR_OK);
	CU_ASSERT_EQUAL(policy_made(p, 3, &e), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "--max-members 131072 would pass"));
	policy_free(p);
}

/* A list goes on for a while over a limit on the whole, and not for ever. */
static void
far_over(void)
{
	struct policy_options o = options();
	struct err e = ERR_INIT;
	struct policy *p;
	char name[16];
	size_t i;

	CU_ASSERT_EQUAL_FATAL(verdict_new(true, 9, &o.verdict, &e), ERR_OK);
	limits.max[LIMIT_MEMBERS] = 2;
	p = made(&o);
	judge(p, "f:a f:b", &e);
	for (i = 2; i < 10000; i++) {
		snprintf(name, sizeof(name), "f:%zu", i);
		judge(p, name, &e);
	}
	CU_ASSERT_FALSE(policy_stopped(p));
	CU_ASSERT_EQUAL(verdict_count(o.verdict), 0);
	judge(p, "f:l", &e);
	CU_ASSERT_TRUE(policy_stopped(p));
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(verdict_count(o.verdict), 1);
	CU_ASSERT_EQUAL(verdict_result(o.verdict, &e), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "--max-members 131072 "));
	policy_free(p);
	verdict_free(o.verdict);
}

static void
memory(void)
{
	struct policy_options o = options();
	struct err e = ERR_INIT;
	char name[16];
	struct policy *p;
	size_t i;

	limits.max[LIMIT_MEMORY] = 20000;
	o.raw_size = UINT64_MAX;
	p = made(&o);
	for (i = 0; i < 5000 && e.code == ERR_OK; i++) {
		snprintf(name, sizeof(name), "f:%zu", i);
		judge(p, name, &e);
	}
	CU_ASSERT_EQUAL(e.code, ERR_MEMLIMIT);
	CU_ASSERT_TRUE(i > 10 && i < 1000);
	policy_free(p);
}

static void
lists(void)
{
	static const struct row allow[] = {
		{ "f:a.py f:b.sh", "b.sh: not among the names" },
		{ "s:l.sh=a.py", "l.sh: not among the names" },
		{ "f:d/b.sh", "d/b.sh: not among the names" },
	};
	static const struct row require[] = {
		{ "f:a.py", "'train.py'" },
		{ "f:train.py", "'data/*'" },
		{ "f:train.pyc f:data/x", "'train.py'" },
		{ "d:train.py f:data/x", "'train.py'" },
	};
	struct policy_options o = options();
	struct err e = ERR_INIT;
	size_t i;

	CU_ASSERT_EQUAL(limits_allow(&limits, "*.py", &e), ERR_OK);
	accepted(&o, "f:a.py d:dir f:dir/b.py s:c.py=a.py d:.");
	for (i = 0; i < HARNESS_COUNT(allow); i++)
		refused_last(&o, &allow[i], ERR_UNSAFE);
	collects(&o, "f:a f:b.py f:c", "allow:a allow:c =4");
	o = options();
	CU_ASSERT_EQUAL(limits_require(&limits, "train.py", &e), ERR_OK);
	CU_ASSERT_EQUAL(limits_require(&limits, "data/*", &e), ERR_OK);
	accepted(&o, "f:data/x f:./train.py");
	for (i = 0; i < HARNESS_COUNT(require); i++)
		refused_at_end(&o, &require[i], ERR_LIMIT);
	collects(&o, "f:a", "require:- require:- =3");
	collects(&o, "f:data/1", "require:- =3");
	/* what is refused is there; a device of the name is no file */
	limits.max[LIMIT_DEPTH] = 1;
	collects(&o, "f:train.py f:data/1", "max-depth:data/1 =3");
	collects(&o, "o:train.py f:data/1",
	    "type:train.py max-depth:data/1 require:- =4");
	CU_ASSERT_EQUAL(e.code, ERR_OK);
}

/* --- all members --- */

static void
accepted_together(void)
{
	static const char *const rows[] = {
		"f:a", "d:a", "d:. f:a", "f:a f:A", "f:a f:ab f:abc",
		"f:a/b/c f:a/b/d f:a/e", "d:a f:a/b", "f:a/b d:a",
		"d:a/b/c d:a d:a/b", "d:a f:a-b f:a.b f:a/b f:a0b",
		"f:a- f:a/b f:a.", "f:... f:..a",
		"s:d/l=a", "f:a s:l=a", "s:l=.", "s:l=a/.. d:a",
		"s:d/l=../x f:x", "s:a/b/l=../../c d:c", "f:a h:b=./a",
		"f:a h:b=a h:c=a",
		"d:d f:d/a h:b=d/a", "f:\xFF h:\xFE=\xFF s:\xFD=\xFF",
	};
	struct policy_options o = options();
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++)
		accepted(&o, rows[i]);
}

/* Each member is fine alone. */
static void
refused_together(void)
{
	static const char twice[] = "two members of this name";
	static const char below[] = "is below";
	static const char leaves[] = "leaves the tree";
	static const char target[] = "not an earlier file";
	static const struct row rows[] = {
		{ "f:a f:a", twice }, { "f:a f:./a", twice },
		{ "d:a d:a/", twice }, { "d:a s:a=b", twice },
		{ "d:. d:./", twice },
		{ "f:a f:a/b", below }, { "f:a/b f:a", below },
		{ "s:a=b f:a/b", below }, { "f:x h:a=x f:a/b", below },
		{ "f:a f:a! f:a- f:a/b f:a0", below },
		{ "s:l=/", "l: a symlink to '/', an absolute path" },
		{ "s:l=/etc", "absolute" }, { "s:l=", "l: a symlink to ''" },
		{ "s:l=..", leaves }, { "s:l=../a", leaves },
		{ "s:l=a/../..", leaves }, { "s:./d//l=../../d", leaves },
		{ "d:d s:d/up=.. s:x=d/up/../y", "x: a symlink" },
		{ "s:a=a/x", "a: a symlink" },
		{ "h:a=b", target }, { "h:a=b f:b", target },
		{ "h:a=a", target }, { "d:b h:a=b", target },
		{ "d:c s:b=c h:a=b", target },
		{ "s:l=a", "does not bring along" },
		{ "f:c h:b=c h:a=b", target },
	};
	struct policy_options o = options();
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++)
		refused_at_end(&o, &rows[i], ERR_UNSAFE);
	o.names = NAME_STRICT;
	refused_at_end(&o, &(struct row){ "f:a f:A", "taken for 'A'" },
	    ERR_UNSAFE);
}

/* A part of a bundle may leave out what a symlink leads to. */
static void
part(void)
{
	struct policy_options o = options();

	o.part = true;
	accepted(&o, "s:l=a s:d/l=../x/y");
	collects(&o, "s:l=a", "=0");
	refused_at_end(&o, &(struct row){ "s:l=..", "leaves" }, ERR_UNSAFE);
	o.part = false;
	collects(&o, "s:l=a s:d/l=../x/y",
	    "symlink-foreign:l symlink-foreign:d/l =4");
}

/* Names take no more than a part of what decoders may. */
static void
names_memory(void)
{
	static const char grows[] = "\xEF\xB7\xBA";	/* 11 times its size */
	static const struct {
		uint64_t memlimit;
		enum name_rules names;
		const char *says;	/* NULL: all fit */
	} rows[] = {
		{ 1 << 30, NAME_STRICT, "over 100663296 bytes of memory; "
		    "make them fewer" },
		{ 1 << 20, NAME_STRICT, "over 1048576 bytes of memory; "
		    "raise --memlimit" },
		{ 1 << 30, NAME_ANY, NULL },
	};
	struct policy_options o = options();
	struct tarread_member m = { .type = TARREAD_FILE };
	char name[1100];
	const char *clean, *link;
	struct policy *p;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		o.names = rows[i].names;
		limits.max[LIMIT_MEMORY] = rows[i].memlimit;
		p = made(&o);
		m.name = name;
		for (k = 0; k < 12000 && e.code == ERR_OK; k++) {
			size_t n = 0, j;

			for (j = 0; j < 330; j++) {
				memcpy(name + n, grows, 3);
				n += 3;
				if (j % 80 == 79)
					name[n++] = '/';
			}
			snprintf(name + n, sizeof(name) - n, "%zu", k);
			policy_member(p, &m, &clean, &link, &e);
		}
		CU_ASSERT_EQUAL(e.code, rows[i].says != NULL ?
		    ERR_MEMLIMIT : ERR_OK);
		CU_ASSERT_TRUE(rows[i].says == NULL ||
		    HARNESS_SAYS(&e, rows[i].says));
		policy_free(p);
	}
}

static void
none(void)
{
	struct policy_options o = options();
	struct policy *p = made(&o);
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(policy_finish(p, &e), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "no members"));
	policy_free(p);
}

/* All that is wrong is told, each once, and what is refused alone is none of
 * the others' trouble. */
static void
violations(void)
{
	static const struct {
		const char *bundle, *expected;
	} rows[] = {
		{ "f:a", "=0" },
		{ "o:a f:../b f:c f:/d", "type:a name:../b name:/d =4" },
		{ "f:a f:a f:b f:b/c", "duplicate:a parent:b/c =4" },
		{ "o:a f:a", "type:a =4" },
		{ "f:x f:../y h:z=../y", "name:../y link:z =4" },
		{ "f:.xzbundle-stage.a f:.xzbundle-stage.a",
		    "reserved:.xzbundle-stage.a reserved:.xzbundle-stage.a "
		    "=4" },
		{ "f:.xzbundle-stage.a/b/c",
		    "max-depth:.xzbundle-stage.a/b/c "
		    "reserved:.xzbundle-stage.a/b/c =4" },
		{ "f:a/b/c f:big#1000", "max-depth:a/b/c max-member:big =3" },
		{ "f:a/b/c s:l=/", "max-depth:a/b/c symlink:l =4" },
		{ "o:../a/b", "type:../a/b name:../a/b =4" },
		{ "f:.", "name:. =4" },
		{ "s:l=.. h:m=l", "symlink:l hardlink:m =4" },
	};
	struct policy_options o = options();
	size_t i;

	limits.max[LIMIT_DEPTH] = 2;
	limits.max[LIMIT_MEMBER] = 999;
	for (i = 0; i < HARNESS_COUNT(rows); i++)
		collects(&o, rows[i].bundle, rows[i].expected);
}

/* Nothing of a member that broke a rule is handed out, nor is it kept. */
static void
not_handed_out(void)
{
	static char bad[] = "../bad", too[] = ".xzbundle-stage.a";
	struct tarread_member m[2] = { { .name = bad }, { .name = too } };
	struct policy_options o = options();
	struct err e = ERR_INIT;
	const char *name, *link;
	struct policy *p;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(verdict_new(true, 9, &o.verdict, &e), ERR_OK);
	p = made(&o);
	for (i = 0; i < HARNESS_COUNT(m); i++) {
		name = link = bad;
		CU_ASSERT_EQUAL(policy_member(p, &m[i], &name, &link, &e),
		    ERR_OK);
		CU_ASSERT_PTR_NULL(name);
		CU_ASSERT_PTR_NULL(link);
	}
	CU_ASSERT_EQUAL(policy_count(p), 0);
	CU_ASSERT_EQUAL(verdict_count(o.verdict), 2);
	policy_free(p);
	verdict_free(o.verdict);
}

/* --- links --- */

static enum err_code
list_link(void *ctx, const char *name, const char *link, size_t target,
    struct err *e)
{
	struct err ignored = ERR_INIT;

	text_printf(ctx, &ignored, "%s>%s@%zu ", name, link, target);
	return strcmp(name, "stop") == 0 ? err_set(e, ERR_FAIL, "stopped") :
	    ERR_OK;
}

static void
links_are(const char *bundle, enum nameset_type type, const char *expected,
    enum err_code code)
{
	struct policy_options o = options();
	struct policy *p = made(&o);
	struct err e = ERR_INIT;
	struct buf text;

	buf_init(&text, 1000);
	CU_ASSERT_EQUAL(judge(p, bundle, &e), words(bundle));
	CU_ASSERT_EQUAL(policy_finish(p, &e), ERR_OK);
	CU_ASSERT_EQUAL(policy_links(p, type, list_link, &text, &e), code);
	e.code = ERR_OK;
	CU_ASSERT_EQUAL(buf_append(&text, "", 1, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL((char *)text.data, expected);
	buf_free(&text);
	policy_free(p);
}

static void
links(void)
{
	static const char all[] = "d:. s:z=b f:b h:y=./b s:a=.//b/ f:c "
	    "h:d/x=c";

	links_are(all, NAMESET_SYMLINK, "z>b@0 a>.//b/@0 ", ERR_OK);
	links_are(all, NAMESET_HARDLINK, "y>b@2 d/x>c@5 ", ERR_OK);
	links_are("f:a", NAMESET_HARDLINK, "", ERR_OK);
	links_are("f:b s:a=b s:stop=b s:c=b", NAMESET_SYMLINK,
	    "a>b@0 stop>b@0 ", ERR_FAIL);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "refused alone", refused_alone },
		{ "directories", directories },
		{ "a part of a bundle", part },
		{ "the memory of names", names_memory },
		{ "links", no_links },
		{ "rules for names", name_rules },
		{ "rules for symlinks", symlink_rules },
		{ "lengths of links", long_links },
		{ "long and deep", long_and_deep },
		{ "lengths of symlinks' texts", long_texts },
		{ "what is handed out", results },
		{ "limits on a member", member_limits },
		{ "limits on the whole", total_limits },
		{ "far over a limit", far_over },
		{ "limit on memory", memory },
		{ "names allowed and required", lists },
		{ "accepted", accepted_together },
		{ "refused together", refused_together },
		{ "no members", none },
		{ "violations", violations },
		{ "what broke a rule is not handed out", not_handed_out },
		{ "links to make", links },
	};
	int r = harness_run("policy", tests, HARNESS_COUNT(tests));

	limits_free(&limits);
	return r;
}
