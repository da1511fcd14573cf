#include "base/nameset.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/*
 * Sets are written as "f:name d:name s:name=text h:name=target", apart by
 * blanks: a file, a directory, a symlink, a hard link.
 */
static enum nameset_type
type_of(char c)
{
	switch (c) {
	case 'f':
		return NAMESET_FILE;
	case 'd':
		return NAMESET_DIR;
	case 's':
		return NAMESET_SYMLINK;
	default:
		return NAMESET_HARDLINK;
	}
}

static struct nameset *
plant(const char *what, enum name_rules rules)
{
	char *copy = strdup(what), *rest = copy, *word, *equals;
	struct err e = ERR_INIT;
	struct nameset *s;

	CU_ASSERT_EQUAL(nameset_new(rules, 0, &s, &e), ERR_OK);
	while ((word = strsep(&rest, " ")) != NULL) {
		equals = strchr(word, '=');
		if (equals != NULL)
			*equals++ = '\0';
		if (word[0] != '\0')
			nameset_add(s, word + 2, equals, type_of(word[0]),
			    &e);
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	free(copy);
	return s;
}

static void
wrong(const char *row, const char *got)
{
	printf("\n    \"%s\": \"%s\"", row, got);
	CU_FAIL("a row of the table");
}

static unsigned int
random_below(uint32_t *seed, unsigned int n)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 8) % n;
}

/* --- tables --- */

static void
accepted(void)
{
	static const char *const rows[] = {
		"", "f:a", "d:", "d: f:a", "f:a f:ab f:abc",
		"f:a/b/c f:a/b/d f:a/e", "d:a f:a/b", "f:a/b d:a",
		"d:a f:a-b f:a.b f:a/b f:a0b", "f:a- f:a/b f:a.",
		"f:A/x f:A/y d:A", "f:\xC3\xA9 f:e", "f:A/b f:B/a",
		"f:a/B f:b/B", "f:\xC3\xA9/\xC3\x89 f:\xC3\xA9/e",
		"s:d/l=a", "s:l=a f:a", "s:l=a d:a", "s:l=a/none/x f:a/b",
		"s:l=.", "s:l=a/.. d:a", "s:d/l=..", "s:d/l=../x f:x",
		"d:d s:d/l=../d", "s:a/b/l=../../c d:c",
		"s:a/b/l=../../a/none", "s:a/l=none/../../a/x",
		"s:l=f/../x f:f f:x", "s:l=x f:x/y f:x.z",
		"s:v=v.1 s:v.1=v.1.2 f:v.1.2", "s:d/a=../b s:b=d/c",
		"f:a h:b=a", "f:a h:b=a h:c=a", "f:a h:d/b=a d:d",
	};
	static const char *const any[] = {
		"f:a f:A", "f:A/x f:a/y", "f:\xC3\xA9 f:e\xCC\x81",
		"f:\xFF h:\xFE=\xFF s:\xFD=\xFF", "d:\xC3\x9F f:ss",
	};
	struct nameset *s;
	size_t i;

	for (i = 0; i < 2 * HARNESS_COUNT(rows) + HARNESS_COUNT(any); i++) {
		struct err e = ERR_INIT;
		const char *row = i / 2 < HARNESS_COUNT(rows) ? rows[i / 2] :
		    any[i - 2 * HARNESS_COUNT(rows)];

		s = plant(row, i % 2 != 0 || i / 2 >= HARNESS_COUNT(rows) ?
		    NAME_ANY : NAME_STRICT);
		if (nameset_finish(s, NULL, NULL, &e) != ERR_OK)
			wrong(row, e.text);
		nameset_free(s);
	}
}

/* Every report as "id:name ". */
struct reports {
	char text[4096];
	size_t n;
	size_t most;		/* go on for so many */
	enum err_code code;	/* and then fail */
};

static enum err_code
collect(void *ctx, const char *id, const char *name, struct err *e)
{
	struct reports *r = ctx;
	size_t used = strlen(r->text);

	CU_ASSERT_EQUAL(e->code, ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(e, name));
	CU_ASSERT_TRUE(HARNESS_SAYS(e, "; refused"));
	snprintf(r->text + used, sizeof(r->text) - used, "%s:%s ", id, name);
	return ++r->n <= r->most ? ERR_OK : r->code;
}

static void
refused(void)
{
	static const struct {
		const char *set;
		const char *reports;
		const char *says;	/* of the first one */
	} rows[] = {
		{ "d: d:", "duplicate: ", "./: there are two members" },
		{ "f:a f:a", "duplicate:a ", "a: there are two members of" },
		{ "d:a f:b d:a", "duplicate:a ", "two members" },
		{ "f:x f:a s:a=x f:a", "duplicate:a duplicate:a ", "a: " },
		{ "f:a f:a/b", "parent:a/b ", "a/b: is below a, which" },
		{ "f:a/b/c f:a", "parent:a/b/c ", "below a," },
		{ "s:a=. d:a/b", "parent:a/b ", "not a directory" },
		{ "f:x h:a=x f:a/b", "parent:a/b ", "below" },
		{ "f:a f:a! f:a/b f:a/b/c f:a0",
		    "parent:a/b parent:a/b/c ", "below a," },
		{ "f:A f:a", "alike:a ", "a: it, or a directory above it, may "
		    "be taken for 'A'" },
		{ "f:A/x f:a/y", "alike:a/y ", "taken for 'A'; refused" },
		{ "f:a/B/x f:a/b f:c", "alike:a/B/x ", "taken for 'a/b'" },
		{ "d:a/B/c/d f:a/b/c/d", "alike:a/b/c/d ", "for 'a/B'" },
		{ "f:\xC3\xA9 f:e\xCC\x81", "alike:\xC3\xA9 ", "may be" },
		{ "f:\xC3\x9F f:ss", "alike:\xC3\x9F ", "for 'ss'" },
		{ "f:\xEF\xAC\x81 f:fi", "alike:\xEF\xAC\x81 ", "for 'fi'" },
		{ "f:\xE2\x84\xAA f:k f:K", "alike:k alike:\xE2\x84\xAA ", "" },
		{ "d:\xC4\xB0/x f:i", "alike:\xC4\xB0/x ", "for 'i'" },
		{ "f:a/b f:a\xEF\xBC\x8F" "b", "alike:a\xEF\xBC\x8F" "b ",
		    "for 'a'" },
		{ "d: f:\xE3\x85\xA4", "alike:\xE3\x85\xA4 ", "for ''" },
		{ "s:l=/a", "symlink:l ", "l: a symlink to '/a', an abs" },
		{ "s:l=", "symlink:l ", "symlink to '', no usable path" },
		{ "s:l", "symlink:l ", "symlink to ''" },
		{ "s:l=..", "symlink:l ", "which leaves the tree" },
		{ "s:d/l=../../x", "symlink:d/l ", "leaves" },
		{ "s:x=d/up/../y s:d/up=..", "symlink-cross:x ",
		    "which leads through another symlink" },
		{ "s:a=b/x s:b=.", "symlink-cross:a ", "through another" },
		{ "s:a=b/. s:b=.", "symlink-cross:a ", "through another" },
		{ "s:a=a/x", "symlink-cross:a ", "through another" },
		{ "s:l=a", "symlink-foreign:l ", "l: a symlink to 'a', "
		    "which leads to what the bundle does not bring" },
		{ "s:l=a/x f:a.x f:A", "symlink-foreign:l ", "not bring" },
		{ "s:d/l=../a/x", "symlink-foreign:d/l ", "not bring" },
		{ "s:d/l=../a/../d", "symlink-foreign:d/l ", "not bring" },
		{ "s:l=a/..", "symlink-foreign:l ", "not bring" },
		{ "s:l=a/../../x", "symlink:l ", "leaves" },
		{ "s:l=a/../d/l s:d/l=x", "symlink-foreign:l ", "not bring" },
		{ "s:a=a", "symlink-loop:a ", "too many symlinks" },
		{ "s:a=b s:b=a", "symlink-loop:a symlink-loop:b ", "many" },
		{ "s:a=b s:b=./d/../b d:d", "symlink-loop:a symlink-loop:b ",
		    "a: a symlink to 'b', which crosses too many" },
		{ "h:a=b", "hardlink:a ", "a: a hard link to 'b', which is "
		    "not an earlier file of the bundle" },
		{ "h:a=b f:b", "hardlink:a ", "not an earlier" },
		{ "h:a", "hardlink:a ", "hard link to ''" },
		{ "h:a=a", "hardlink:a ", "not an earlier" },
		{ "d:b h:a=b", "hardlink:a ", "not an earlier" },
		{ "d: h:a=", "hardlink:a ", "not an earlier" },
		{ "f:c s:b=c h:a=b", "hardlink:a ", "not an earlier" },
		{ "f:c h:b=c h:a=b", "hardlink:a ", "not an earlier" },
		{ "f:d/b s:e=d h:a=e/b", "hardlink:a ", "not an earlier" },
		{ "f:ab h:c=a", "hardlink:c ", "not an earlier" },
		{ "f:a h:c=A", "hardlink:c ", "not an earlier" },
		{ "f:a f:a s:a/l=/ f:A", "duplicate:a parent:a/l alike:a "
		    "symlink:a/l ", "two members" },
	};
	struct nameset *s;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT, first = ERR_INIT;
		struct reports r = { "", 0, SIZE_MAX, ERR_OK };

		s = plant(rows[i].set, NAME_STRICT);
		if (nameset_finish(s, NULL, NULL, &first) != ERR_UNSAFE ||
		    !HARNESS_SAYS(&first, rows[i].says))
			wrong(rows[i].set, first.text);
		if (nameset_finish(s, collect, &r, &e) != ERR_OK ||
		    strcmp(r.text, rows[i].reports) != 0)
			wrong(rows[i].set, r.text);
		nameset_free(s);
	}
}

/* What a report answers. */
static void
answers(void)
{
	struct nameset *s = plant("f:a f:a f:b f:b f:c/d f:c", NAME_ANY);
	struct reports r;
	struct err e;

	memset(&e, 0, sizeof(e));
	r = (struct reports){ "", 0, 1, ERR_UNSAFE };
	CU_ASSERT_EQUAL(nameset_finish(s, collect, &r, &e), ERR_UNSAFE);
	CU_ASSERT_STRING_EQUAL(r.text, "duplicate:a duplicate:b ");
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "b: there are two"));
	memset(&e, 0, sizeof(e));
	r = (struct reports){ "", 0, 2, ERR_FAIL };
	CU_ASSERT_EQUAL(nameset_finish(s, collect, &r, &e), ERR_FAIL);
	CU_ASSERT_EQUAL(e.code, ERR_FAIL);
	CU_ASSERT_EQUAL(r.n, 3);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "c/d: is below c"));
	nameset_free(s);
}

/* --- what it keeps --- */

static void
members(void)
{
	struct err root = ERR_INIT, e = ERR_INIT;
	struct nameset_member m;
	struct nameset *s;
	char name[] = "B/x", link[] = "../y";
	size_t i;

	CU_ASSERT_EQUAL(nameset_new(NAME_STRICT, 0, &s, &e), ERR_OK);
	CU_ASSERT_FALSE(nameset_find(s, "a", 1, &i));
	CU_ASSERT_EQUAL(nameset_add(s, name, link, NAMESET_SYMLINK, &e), 0);
	memset(name, '?', sizeof(name) - 1);
	memset(link, '?', sizeof(link) - 1);
	CU_ASSERT_EQUAL(nameset_add(s, "B", NULL, NAMESET_DIR, &e), 0);
	CU_ASSERT_EQUAL(nameset_add(s, "", NULL, NAMESET_DIR, &e), 0);
	CU_ASSERT_EQUAL(nameset_add(s, "", NULL, NAMESET_FILE, &root),
	    ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&root, "./: names the root"));
	CU_ASSERT_EQUAL(nameset_add(s, "y", NULL, NAMESET_FILE, &e), 0);
	CU_ASSERT_EQUAL(nameset_count(s), 4);
	CU_ASSERT_EQUAL(nameset_finish(s, NULL, NULL, &e), ERR_OK);
	m = nameset_get(s, 0);
	CU_ASSERT_STRING_EQUAL(m.name, "B/x");
	CU_ASSERT_STRING_EQUAL(m.link, "../y");
	CU_ASSERT_EQUAL(m.type, NAMESET_SYMLINK);
	m = nameset_get(s, 1);
	CU_ASSERT_STRING_EQUAL(m.name, "B");
	CU_ASSERT_PTR_NULL(m.link);
	CU_ASSERT_TRUE(nameset_find(s, "B/xy", 3, &i) && i == 0);
	CU_ASSERT_TRUE(nameset_find(s, "B/xy", 1, &i) && i == 1);
	CU_ASSERT_TRUE(nameset_find(s, "B", 0, &i) && i == 2);
	CU_ASSERT_FALSE(nameset_find(s, "B/xy", 2, &i));
	CU_ASSERT_FALSE(nameset_find(s, "B/xy", 4, &i));
	CU_ASSERT_FALSE(nameset_find(s, "b", 1, &i));
	/* more, and again */
	CU_ASSERT_EQUAL(nameset_add(s, "B/w", NULL, NAMESET_FILE, &e), 0);
	CU_ASSERT_FALSE(nameset_find(s, "B", 1, &i));
	CU_ASSERT_EQUAL(nameset_finish(s, NULL, NULL, &e), ERR_OK);
	CU_ASSERT_TRUE(nameset_find(s, "B/w", 3, &i) && i == 4);
	nameset_free(s);
	nameset_free(NULL);
}

static void
only_parents(void)
{
	static const struct {
		const char *set;
		uint64_t n;
	} rows[] = {
		{ "", 0 }, { "d:", 0 }, { "f:a d:b", 0 }, { "f:a/b", 1 },
		{ "d:a f:a/b", 0 }, { "f:a/b d:a", 0 }, { "d: f:a/b/c", 2 },
		{ "f:a/b/c f:a/b/d f:a/e/f", 3 }, { "f:a/b/c d:a/b", 1 },
		{ "f:a/b f:a.b/c f:a-/b f:a0/b", 4 }, { "f:a f:ab/c", 1 },
		{ "f:b/a f:a/b s:x/y=../z h:v/w=b/a", 4 },
		{ "f:a/b/c/d/e f:a/b/x/y/z d:a/b/x", 5 },
	};
	struct nameset *s;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		s = plant(rows[i].set, NAME_ANY);
		(void)nameset_finish(s, NULL, NULL, &(struct err)ERR_INIT);
		if (nameset_parents(s) != rows[i].n)
			wrong(rows[i].set, "parents");
		nameset_free(s);
	}
}

static void
too_long(void)
{
	struct err name = ERR_INIT, link = ERR_INIT, part = ERR_INIT;
	struct err e = ERR_INIT;
	char path[PATH_MAX + 1];
	struct nameset *s;
	size_t i;

	for (i = 0; i < PATH_MAX; i++)
		path[i] = i % 200 == 199 ? '/' : 'n';
	path[PATH_MAX] = '\0';
	CU_ASSERT_EQUAL(nameset_new(NAME_STRICT, 0, &s, &e), ERR_OK);
	nameset_add(s, path, NULL, NAMESET_FILE, &name);
	CU_ASSERT_EQUAL(name.code, ERR_UNSAFE);
	nameset_add(s, "l", path, NAMESET_SYMLINK, &link);
	CU_ASSERT_EQUAL(link.code, ERR_UNSAFE);
	path[PATH_MAX - 1] = '\0';
	nameset_add(s, path, path, NAMESET_SYMLINK, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	path[199] = 'n';
	nameset_add(s, path, NULL, NAMESET_FILE, &part);
	CU_ASSERT_EQUAL(part.code, ERR_UNSAFE);
	CU_ASSERT_EQUAL(nameset_count(s), 1);
	nameset_free(s);
}

/* --- against a model that compares all with all --- */

struct model {
	char name[12][32];
	char link[12][32];
	enum nameset_type type[12];
	size_t n;
};

static void
random_path(uint32_t *seed, char *to, unsigned int depth)
{
	static const char *const parts[] = { "a", "A", "b", "a!", "\xC3\x9F",
		"ss" };
	unsigned int i, n = 1 + random_below(seed, depth);

	to[0] = '\0';
	for (i = 0; i < n; i++) {
		if (i > 0)
			strcat(to, "/");
		strcat(to, parts[random_below(seed, i == 0 ? 6 : 4)]);
	}
}

static void
random_text(uint32_t *seed, char *to)
{
	static const char *const parts[] = { "a", "A", "b", "..", "..", "." };
	unsigned int i, n = 1 + random_below(seed, 4);

	to[0] = '\0';
	for (i = 0; i < n; i++) {
		if (i > 0)
			strcat(to, "/");
		strcat(to, parts[random_below(seed, 6)]);
	}
}

static void
random_model(uint32_t *seed, struct model *m)
{
	static const char kinds[] = "fffddsh";
	size_t i;

	memset(m, 0, sizeof(*m));
	m->n = 1 + random_below(seed, 7);
	for (i = 0; i < m->n; i++) {
		random_path(seed, m->name[i], 3);
		m->type[i] = type_of(kinds[random_below(seed, 7)]);
		if (m->type[i] == NAMESET_SYMLINK)
			random_text(seed, m->link[i]);
		else if (m->type[i] == NAMESET_HARDLINK)
			random_path(seed, m->link[i], 2);
	}
}

/* The first member of a name; m->n: there is none. */
static size_t
where(const struct model *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n && strcmp(m->name[i], name) != 0; i++)
		;
	return i;
}

static bool
is_link(const struct model *m, const char *name)
{
	size_t i = where(m, name);

	return i < m->n && m->type[i] == NAMESET_SYMLINK;
}

/* Do they begin with components that differ and fold to the same? */
static bool
alike(const char *a, const char *b)
{
	struct err e = ERR_INIT;
	char pa[32], pb[32], *ka, *kb;
	size_t i, j;
	bool hit = false;

	for (i = 1; i <= strlen(a); i++) {
		for (j = 1; j <= strlen(b); j++) {
			if ((a[i] != '/' && a[i] != '\0') ||
			    (b[j] != '/' && b[j] != '\0'))
				continue;
			snprintf(pa, sizeof(pa), "%.*s", (int)i, a);
			snprintf(pb, sizeof(pb), "%.*s", (int)j, b);
			name_fold(pa, &ka, &e);
			name_fold(pb, &kb, &e);
			hit = hit || (strcmp(ka, kb) == 0 &&
			    strcmp(pa, pb) != 0);
			free(ka);
			free(kb);
		}
	}
	return hit;
}

/* Is it a member, or a directory above one? */
static bool
holds(const struct model *m, const char *name)
{
	size_t i, n = strlen(name);

	for (i = 0; i < m->n; i++) {
		if (strncmp(m->name[i], name, n) == 0 &&
		    (m->name[i][n] == '\0' || m->name[i][n] == '/'))
			return true;
	}
	return false;
}

/* Where a symlink leads, and what is wrong: "" for nothing. */
static const char *
follow(const struct model *m, size_t i, char *to)
{
	char text[32], *rest = text, *part, *slash;
	bool foreign = false;

	snprintf(text, sizeof(text), "%s", m->link[i]);
	snprintf(to, 64, "%s", m->name[i]);
	slash = strrchr(to, '/');
	*(slash != NULL ? slash : to) = '\0';
	while ((part = strsep(&rest, "/")) != NULL) {
		if (strcmp(part, ".") == 0)
			continue;
		if (strcmp(part, "..") == 0) {
			if (to[0] == '\0')
				return "symlink";
			slash = strrchr(to, '/');
			*(slash != NULL ? slash : to) = '\0';
			continue;
		}
		if (to[0] != '\0')
			strcat(to, "/");
		strcat(to, part);
		foreign = foreign || (strchr(to, '/') == NULL &&
		    !holds(m, to));
		if (rest != NULL && !foreign && is_link(m, to))
			return "symlink-cross";
	}
	return foreign ? "symlink-foreign" : "";
}

static bool
loops(const struct model *m, size_t i)
{
	char to[64];
	int steps;

	for (steps = 0; steps < 20; steps++) {
		if (follow(m, i, to)[0] != '\0' || !is_link(m, to))
			return false;
		i = where(m, to);
	}
	return true;
}

/* How often the model and the set have something to say. */
struct counts {
	unsigned int duplicate, parent, alike, symlink, cross, foreign, loop,
	    hardlink;
};

static bool
same_counts(const struct counts *a, const struct counts *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* What of member i conflicts, alike left out. */
static void
expect(const struct model *m, size_t i, struct counts *c)
{
	char to[64];
	const char *id;
	size_t k;
	bool below = false;

	c->duplicate += where(m, m->name[i]) != i;
	for (k = 0; k < m->n; k++)
		below = below || (m->type[k] != NAMESET_DIR &&
		    strlen(m->name[i]) > strlen(m->name[k]) &&
		    m->name[i][strlen(m->name[k])] == '/' &&
		    strncmp(m->name[i], m->name[k], strlen(m->name[k])) == 0);
	c->parent += below;
	if (m->type[i] == NAMESET_SYMLINK) {
		id = follow(m, i, to);
		c->symlink += strcmp(id, "symlink") == 0;
		c->cross += strcmp(id, "symlink-cross") == 0;
		c->foreign += strcmp(id, "symlink-foreign") == 0;
		c->loop += loops(m, i);
	} else if (m->type[i] == NAMESET_HARDLINK) {
		k = where(m, m->link[i]);
		c->hardlink += k >= i || m->type[k] != NAMESET_FILE;
	}
}

struct counting {
	struct counts c;
	const struct model *m;
};

static enum err_code
count(void *ctx, const char *id, const char *name, struct err *e)
{
	struct counting *k = ctx;
	size_t i;

	(void)e;
	CU_ASSERT_NOT_EQUAL(where(k->m, name), k->m->n);
	k->c.duplicate += strcmp(id, "duplicate") == 0;
	k->c.parent += strcmp(id, "parent") == 0;
	k->c.symlink += strcmp(id, "symlink") == 0;
	k->c.cross += strcmp(id, "symlink-cross") == 0;
	k->c.foreign += strcmp(id, "symlink-foreign") == 0;
	k->c.loop += strcmp(id, "symlink-loop") == 0;
	k->c.hardlink += strcmp(id, "hardlink") == 0;
	if (strcmp(id, "alike") == 0) {
		k->c.alike = 1;
		for (i = 0; i < k->m->n && !alike(name, k->m->name[i]); i++)
			;
		CU_ASSERT_NOT_EQUAL(i, k->m->n);
	}
	return ERR_OK;
}

/* How many directories have no member of their own? */
static uint64_t
parents(const struct model *m)
{
	size_t n_seen = 0, i, k;
	char seen[64][64], *slash, name[64];

	for (i = 0; i < m->n; i++) {
		snprintf(name, sizeof(name), "%s", m->name[i]);
		while ((slash = strrchr(name, '/')) != NULL) {
			*slash = '\0';
			for (k = 0; k < n_seen; k++) {
				if (strcmp(seen[k], name) == 0)
					break;
			}
			if (k == n_seen && where(m, name) == m->n)
				strcpy(seen[n_seen++], name);
		}
	}
	return n_seen;
}

static void
show(const struct model *m, const struct counts *c)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		printf("\n    %d:%s=%s", (int)m->type[i], m->name[i],
		    m->link[i]);
	printf("\n    %u %u %u %u %u %u %u %u", c->duplicate, c->parent,
	    c->alike, c->symlink, c->cross, c->foreign, c->loop, c->hardlink);
	CU_FAIL("not as the model");
}

/* Add the model to a set and compare what they find. */
static void
compare(const struct model *m, enum name_rules rules, struct counts *all)
{
	struct counting k = { { 0 }, m };
	struct counts want = { 0 };
	struct err e = ERR_INIT;
	struct nameset *s;
	size_t i, j, hit;

	nameset_new(rules, 0, &s, &e);
	for (i = 0; i < m->n; i++) {
		nameset_add(s, m->name[i], m->link[i][0] != '\0' ?
		    m->link[i] : NULL, m->type[i], &e);
		expect(m, i, &want);
		for (j = 0; rules == NAME_STRICT && j < i; j++)
			want.alike |= alike(m->name[i], m->name[j]);
	}
	CU_ASSERT_EQUAL(nameset_finish(s, count, &k, &e), ERR_OK);
	if (!same_counts(&k.c, &want) || nameset_parents(s) != parents(m))
		show(m, &k.c);
	for (i = 0; i < m->n; i++) {
		CU_ASSERT_TRUE(nameset_find(s, m->name[i],
		    strlen(m->name[i]), &hit) && hit == where(m, m->name[i]));
	}
	CU_ASSERT_EQUAL(nameset_finish(s, NULL, NULL, &e),
	    same_counts(&want, &(struct counts){ 0 }) ? ERR_OK : ERR_UNSAFE);
	all->duplicate += want.duplicate;
	all->parent += want.parent;
	all->alike += want.alike;
	all->symlink += want.symlink;
	all->cross += want.cross;
	all->foreign += want.foreign;
	all->loop += want.loop;
	all->hardlink += want.hardlink;
	nameset_free(s);
}

static void
model(void)
{
	struct counts all = { 0 };
	struct model m;
	uint32_t seed = 11;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		random_model(&seed, &m);
		compare(&m, i % 4 == 0 ? NAME_ANY : NAME_STRICT, &all);
	}
	/* The sets had some of all. */
	CU_ASSERT_TRUE(all.duplicate > 100 && all.parent > 100);
	CU_ASSERT_TRUE(all.alike > 100 && all.alike < 15000);
	CU_ASSERT_TRUE(all.symlink > 100 && all.cross > 20 && all.loop > 20);
	CU_ASSERT_TRUE(all.foreign > 100 && all.hardlink > 100);
}

/* --- many --- */

static enum err_code
tally(void *ctx, const char *id, const char *name, struct err *e)
{
	size_t *n = ctx;

	(void)id;
	(void)name;
	(void)e;
	*n += 1;
	return ERR_OK;
}

/* The conflicts of n members; form makes the name of one, and its link when
 * the type is a symlink. */
static size_t
conflicts(size_t n, enum nameset_type type,
    void (*form)(unsigned int i, char *name, char *link))
{
	char name[64], link[64];
	struct err e = ERR_INIT;
	struct nameset *s;
	size_t i, found = 0;

	nameset_new(NAME_STRICT, 0, &s, &e);
	for (i = 0; i < n; i++) {
		form((unsigned int)i, name, link);
		nameset_add(s, name, type == NAMESET_SYMLINK ? link : NULL,
		    type, &e);
	}
	CU_ASSERT_EQUAL(nameset_finish(s, tally, &found, &e), ERR_OK);
	CU_ASSERT_EQUAL(nameset_count(s), n);
	nameset_free(s);
	return found;
}

static void
plain(unsigned int i, char *name, char *link)
{
	(void)link;
	snprintf(name, 64, "models/some-model/%07u", i * 7919 % 1000003);
}

/* The same 17 letters in all cases. */
static void
cases(unsigned int i, char *name, char *link)
{
	unsigned int k;

	(void)link;
	for (k = 0; k < 17; k++)
		name[k] = (i >> k & 1) != 0 ? 'A' : 'a';
	name[k] = '\0';
}

/* All below one file. */
static void
below(unsigned int i, char *name, char *link)
{
	(void)link;
	if (i == 5)
		snprintf(name, 64, "top");
	else
		snprintf(name, 64, "top/%u", i);
}

static void
chain(unsigned int i, char *name, char *link)
{
	snprintf(name, 64, "d/l%06u", i);
	snprintf(link, 64, "l%06u", i + 1);
}

static void
many(void)
{
	const size_t n = 100000;

	CU_ASSERT_EQUAL(conflicts(n, NAMESET_FILE, plain), 0);
	CU_ASSERT_EQUAL(conflicts(n, NAMESET_DIR, cases), n - 1);
	CU_ASSERT_EQUAL(conflicts(n, NAMESET_FILE, below), n - 1);
	/* the last 40 of them end in time */
	CU_ASSERT_EQUAL(conflicts(n, NAMESET_SYMLINK, chain), n - 40);
	CU_ASSERT_EQUAL(conflicts(40, NAMESET_SYMLINK, chain), 0);
	CU_ASSERT_EQUAL(conflicts(41, NAMESET_SYMLINK, chain), 1);
}

/* Symlinks that go to and fro among names that are much alike. */
static void
long_ways(void)
{
	/* Comparing is what a sanitizer makes slow. */
	const size_t n = getenv("XZBUNDLE_TEST_SANITIZERS") != NULL ? 10000 :
	    100000;
	char name[1024], link[512] = "";
	struct err e = ERR_INIT;
	struct nameset *s;
	size_t i;

	for (i = 0; i < 31; i++)
		strcat(link, "0/../");
	strcat(link, "0");
	nameset_new(NAME_ANY, 0, &s, &e);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%0250d/%0250d/%0250d/1%06zu",
		    0, 0, 0, i);
		nameset_add(s, name, link, NAMESET_SYMLINK, &e);
	}
	CU_ASSERT_EQUAL(nameset_finish(s, NULL, NULL, &e), ERR_OK);
	nameset_free(s);
}

/* How many members of 60 bytes fit into some memory? */
static size_t
fit(uint64_t memory, enum name_rules rules, struct err *e)
{
	char name[64];
	struct nameset *s;
	size_t n = 0;

	nameset_new(rules, memory, &s, e);
	do {
		snprintf(name, sizeof(name), "%060zu", n);
	} while (nameset_add(s, name, NULL, NAMESET_FILE, e) == ERR_OK &&
	    ++n < 200000);
	CU_ASSERT_EQUAL(nameset_count(s), n);
	nameset_free(s);
	return n;
}

static void
memory(void)
{
	struct err none = ERR_INIT, small = ERR_INIT, e = ERR_INIT;
	struct err unlimited = ERR_INIT, most = ERR_INIT;
	size_t n;

	CU_ASSERT_EQUAL(fit(1, NAME_ANY, &none), 0);
	CU_ASSERT_EQUAL(none.code, ERR_MEMLIMIT);
	n = fit(100000, NAME_STRICT, &small);
	CU_ASSERT_EQUAL(small.code, ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&small, "members and more need over "
	    "100000 bytes of memory; raise --memlimit"));
	CU_ASSERT_TRUE(n >= 500 && n < 1100);
	n = fit(10000000, NAME_ANY, &e);
	CU_ASSERT_EQUAL(e.code, ERR_MEMLIMIT);
	CU_ASSERT_TRUE(n >= 70000 && n < 110000);
	CU_ASSERT_EQUAL(fit(NAMESET_MEMORY_MAX, NAME_ANY, &most), 200000);
	CU_ASSERT_EQUAL(fit(0, NAME_ANY, &unlimited), 200000);
	CU_ASSERT_EQUAL(unlimited.code, ERR_OK);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "accepted", accepted },
		{ "refused", refused },
		{ "answers of a report", answers },
		{ "members", members },
		{ "directories that are only parents", only_parents },
		{ "too long", too_long },
		{ "as a model", model },
		{ "many", many },
		{ "long ways", long_ways },
		{ "memory", memory },
	};

	return harness_run("nameset", tests, HARNESS_COUNT(tests));
}
