#include "unpack/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../fuzz/tarseed.h"
#include "harness.h"
#include "unpack/tarread.h"
#include "xz/encode.h"
#include "xz/xzwrite.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define LISTED 1000		/* violations */

/* All is done in this process, on the bundle "b". */
struct run {
	struct extract_request r;
	struct inside_job j;
	struct watch watch;
	struct extract_stats stats;
	unsigned int n_stats;
	struct buf text;
	struct buf manifest;
	int fail;		/* a channel on which put() fails, or -1 */
	char phases[64];
	uint64_t done;		/* bytes that the watch was told */
};

static enum err_code
put(void *ctx, enum inside_channel channel, const void *p, size_t n,
    struct err *e)
{
	struct run *t = ctx;

	if (t->fail == (int)channel)
		return err_set(e, ERR_FAIL, "nobody listens");
	if (channel == INSIDE_STATS) {
		CU_ASSERT_EQUAL_FATAL(n, sizeof(t->stats));
		memcpy(&t->stats, p, n);
		t->n_stats++;
		return ERR_OK;
	}
	return buf_append(channel == INSIDE_TEXT ? &t->text : &t->manifest,
	    p, n, e);
}

static void
on_begin(void *ctx, const char *phase, uint64_t total)
{
	struct run *t = ctx;

	(void)total;
	strcat(strcat(t->phases, phase), ",");
}

static void
on_advance(void *ctx, uint64_t n)
{
	struct run *t = ctx;

	t->done += n;
}

static void
run_init(struct run *t)
{
	memset(t, 0, sizeof(*t));
	limits_init(&t->r.rules.limits);
	t->r.bundle = "b";
	t->r.n_threads = 2;
	t->watch.begin = on_begin;
	t->watch.advance = on_advance;
	t->watch.ctx = t;
	t->j.r = &t->r;
	t->j.fd = t->j.dir_fd = -1;
	t->j.watch = &t->watch;
	t->j.put = put;
	t->j.ctx = t;
	t->fail = -1;
	buf_init(&t->text, 64 * MIB);
	buf_init(&t->manifest, 64 * MIB);
}

static void
run_free(struct run *t)
{
	limits_free(&t->r.rules.limits);
	buf_free(&t->text);
	buf_free(&t->manifest);
}

/* Do it once more, with nothing of what was said before; what is said are
 * strings then.  Nothing stays open. */
static enum err_code
go(struct run *t, struct err *e)
{
	const struct err none = ERR_INIT;
	size_t fds = harness_entries("/proc/self/fd");

	*e = none;
	t->text.size = t->manifest.size = 0;
	t->n_stats = 0;
	t->done = 0;
	t->phases[0] = '\0';
	t->j.fd = open("b", O_RDONLY | O_CLOEXEC);
	CU_ASSERT_TRUE(t->j.fd >= 0);
	inside_run(&t->j, e);
	CU_ASSERT_EQUAL(harness_entries("/proc/self/fd"), fds);
	CU_ASSERT_EQUAL(t->n_stats, t->fail != INSIDE_STATS);
	CU_ASSERT_TRUE(e->code == ERR_OK || e->text[0] != '\0');
	return e->code;
}

/* The text with a NUL. */
static const char *
said(struct run *t)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(buf_append(&t->text, "", 1, &e), ERR_OK);
	return (const char *)t->text.data;
}

static json_t *
said_json(struct run *t)
{
	json_error_t where;
	json_t *all = json_loadb((char *)t->text.data, t->text.size, 0,
	    &where);

	CU_ASSERT_PTR_NOT_NULL(all);
	return all;
}

/* The bundle of a script, see tarseed.h. */
static void
make(const char *script, size_t step)
{
	struct seed s = { 0 };

	tarseed_script(&s, script);
	harness_bundle("b", s.p, s.n, step);
	seed_free(&s);
}

static const char *
string_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "(none)";
}

/* --- extract --- */

static bool
has_mode(const char *path, mode_t mode, uint64_t size)
{
	struct stat st;

	return lstat(path, &st) == 0 && (st.st_mode & ~(mode_t)S_IFMT) ==
	    mode && (S_ISDIR(st.st_mode) || (uint64_t)st.st_size == size);
}

static void
extracts(void)
{
	struct run t;
	struct err e;

	run_init(&t);
	make("d:d f:d/a=600 !100=0004755%00 f:imp/x=3 f:z=0 "
	    "x:mtime=7;SCHILY.xattr.user.a=b f:old=70000 e", 1000);
	CU_ASSERT_EQUAL(mkdir("in", 0755), 0);
	t.j.dir_fd = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t.r.keep_mtime = true;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_TRUE(has_mode("in/d", 0755, 0));
	CU_ASSERT_TRUE(has_mode("in/imp", 0755, 0));
	CU_ASSERT_TRUE(has_mode("in/d/a", 0755, 600));
	CU_ASSERT_TRUE(has_mode("in/imp/x", 0644, 3));
	CU_ASSERT_TRUE(has_mode("in/z", 0644, 0));
	CU_ASSERT_TRUE(has_mode("in/old", 0644, 70000));
	CU_ASSERT_TRUE(harness_holds("in/imp/x", "abc"));
	CU_ASSERT_EQUAL(system("test $(stat -c %Y in/old) = 7"), 0);
	CU_ASSERT_STRING_EQUAL(t.phases, "extracting,");
	CU_ASSERT_EQUAL(t.stats.files, 4);
	CU_ASSERT_EQUAL(t.stats.dirs, 1);
	CU_ASSERT_EQUAL(t.stats.bytes, 70603);
	CU_ASSERT_EQUAL(t.stats.dropped, 1);
	CU_ASSERT_EQUAL(t.text.size + t.manifest.size, 0);
	/* What is there is in the way. */
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "d/a: "));
	(void)close(t.j.dir_fd);
	run_free(&t);
}

/* --- check --- */

/* The text as "RULE MEMBER," for each line, of which there are *n. */
static void
rules_of(const char *text, char *got, size_t size, size_t *n)
{
	const char *p, *member;
	size_t k = 0;

	*n = 0;
	for (p = text; *p != '\0'; p = strchr(p, '\n') + 1) {
		member = strstr(p, "  ") + 2;
		k += (size_t)snprintf(got + k, size - k, "%.*s %.*s,",
		    (int)strcspn(p, " "), p, (int)strcspn(member, " "),
		    member);
		++*n;
	}
	got[k] = '\0';
}

/* All that is wrong, and that JSON says the same. */
static void
violations(void)
{
	static const struct {
		const char *script, *lines;	/* RULE MEMBER, each */
	} rows[] = {
		{ "f:a=1 e", "" },
		{ "f:../x=1 f:a f:/y f:a/../b e",
		    "name ../x,name /y,name a/../b," },
		{ "f:a s:s=a h:h=a 6:p 3:c f:b e",
		    "type s,type h,type p,type c," },
		{ "f:a f:a f:a/b f:A e",
		    "duplicate a,parent a/b,alike a," },
		{ "f:con f:x. f:a%5Cb f:%FF f:a%0Ab e",
		    "device con,trailing x.,backslash a\\\\b,utf8 \\xff,"
		    "control a\\x0ab," },
		{ "f:d/e/g/h=1 f:long-name=100 e",
		    "max-depth d/e/g/h,max-member long-name,"
		    "max-path long-name,max-component long-name," },
	};
	const char *p, *q;
	char got[1000];
	json_t *all, *list;
	struct err e, f;
	struct run t;
	size_t i, n, k;

	run_init(&t);
	t.r.rules.limits.max[LIMIT_DEPTH] = 3;
	t.r.rules.limits.max[LIMIT_PATH] = 8;
	t.r.rules.limits.max[LIMIT_COMPONENT] = 8;
	t.r.rules.limits.max[LIMIT_MEMBER] = 99;
	t.r.collect = true;
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		make(rows[i].script, 512 + i * 500);
		t.r.json = false;
		go(&t, &e);
		rules_of(said(&t), got, sizeof(got), &n);
		CU_ASSERT_STRING_EQUAL(got, rows[i].lines);
		if (strcmp(got, rows[i].lines) != 0)
			printf("\n    %s\n    %s", rows[i].script, got);
		CU_ASSERT_EQUAL(e.code, i == 0 ? ERR_OK : i == 5 ?
		    ERR_LIMIT : ERR_UNSAFE);
		t.r.json = true;
		CU_ASSERT_EQUAL(go(&t, &f), e.code);
		CU_ASSERT_STRING_EQUAL(f.text, e.text);
		all = said_json(&t);
		list = json_object_get(all, "violations");
		CU_ASSERT_EQUAL(json_array_size(list), n);
		for (k = 0, p = rows[i].lines; k < n; k++) {
			q = string_of(json_array_get(list, k), "rule");
			CU_ASSERT_EQUAL(strncmp(p, q, strlen(q)), 0);
			p = strchr(p, ',') + 1;
		}
		CU_ASSERT_STRING_EQUAL(string_of(all, "message"),
		    i == 0 ? "(none)" : e.text);
		json_decref(all);
	}
	run_free(&t);
}

/* The list is bounded, the count is not; damage ends it. */
static void
many_violations(void)
{
	struct run t;
	json_t *all;
	struct err e;

	run_init(&t);
	t.r.collect = true;
	make("1207*6:p f:a e", 4096);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "1207 violations"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "-  -  207 more\n"));
	t.r.json = true;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	all = said_json(&t);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(all, "violations")),
	    LISTED);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all,
	    "violations_total")), 1207);
	CU_ASSERT_PTR_NULL(json_object_get(all, "findings_total"));
	json_decref(all);
	make("f:../a f:c=300000 f:b ?148=1 e", 4096);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_CORRUPT);
	all = said_json(&t);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(all, "violations")),
	    1);
	CU_ASSERT_STRING_EQUAL(string_of(all, "verdict"), "corrupt");
	json_decref(all);
	/* Without a list the first one ends it. */
	t.r.collect = false;
	make("f:a f:../b=5 f:/c e", 4096);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "../b: "));
	CU_ASSERT_EQUAL(t.text.size, 0);
	CU_ASSERT_EQUAL(t.stats.files, 1);
	run_free(&t);
}

static void
finds(void)
{
	struct seed s = { 0 };
	struct err e;
	struct run t;
	json_t *all, *list;

	run_init(&t);
	tarseed_script(&s, "f:a=700 f:run%FF=9 f:../b=9 f:x=4 "
	    "!100=0000755%00 e");
	memcpy(s.p + 512, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0\1", 21);
	memcpy(s.p + 512 + 1024 + 512, "#!/bin/sh", 9);
	memcpy(s.p + 512 + 1024 + 512 + 1024, "#!/bin/sh", 9);
	harness_bundle("b", s.p, s.n, 600);
	seed_free(&s);
	t.r.rules.names = NAME_ANY;
	t.r.collect = true;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	CU_ASSERT_PTR_NULL(strstr(said(&t), "note"));
	t.r.sniff = true;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	/* not that of a name which is refused */
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "name  ../b  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "\nnote  a  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "\nnote  run\\xff  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "\nnote  x  "));
	CU_ASSERT_PTR_NULL(strstr(said(&t), "note  ../b"));
	t.r.json = true;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	all = said_json(&t);
	list = json_object_get(all, "findings");
	CU_ASSERT_EQUAL(json_array_size(list), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(all,
	    "findings_total")), 3);
	CU_ASSERT_STRING_EQUAL(string_of(json_array_get(list, 1),
	    "member_hex"), "72756eff");
	json_decref(all);
	run_free(&t);
}

/* Links have names too. */
static void
finds_links(void)
{
	struct run t;
	struct err e;

	run_init(&t);
	t.r.rules.links = t.r.collect = t.r.sniff = true;
	make("f:a=9 h:b.py=a s:c.sh=a h:d=a s:e=a e", 1500);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "note  b.py  "));
	CU_ASSERT_PTR_NOT_NULL(strstr(said(&t), "\nnote  c.sh  "));
	CU_ASSERT_PTR_NULL(strstr(said(&t), "note  d  "));
	CU_ASSERT_PTR_NULL(strstr(said(&t), "note  e  "));
	run_free(&t);
}

/* --- cat --- */

static void
cats(void)
{
	static const struct {
		const char *name;
		size_t size;
		enum err_code code;
	} rows[] = {
		{ "a", 60000, ERR_OK }, { "./d//b", 5, ERR_OK },
		{ "h", 60000, ERR_OK }, { "none", 0, ERR_FAIL },
		{ "d", 0, ERR_FAIL }, { "s", 0, ERR_FAIL },
		{ "con", 2, ERR_OK },
	};
	uint8_t *p;
	struct err e;
	struct run t;
	size_t i, k;

	run_init(&t);
	make("f:con=2 f:a=60000 d:d f:d/b=5 h:h=a s:s=a e", 7000);
	t.j.cat = true;
	t.r.n_wanted = 1;
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		t.r.wanted = &rows[i].name;
		CU_ASSERT_EQUAL(go(&t, &e), rows[i].code);
		CU_ASSERT_EQUAL_FATAL(t.text.size, rows[i].size);
		p = t.text.data;
		for (k = 0; k < rows[i].size && p[k] == 'a' + k % 26; k++)
			;
		CU_ASSERT_EQUAL(k, rows[i].size);
		CU_ASSERT_TRUE(rows[i].code != ERR_OK ||
		    strstr(t.phases, "reading,") != NULL);
	}
	t.r.wanted = &rows[0].name;
	t.fail = INSIDE_TEXT;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_FAIL);
	CU_ASSERT_STRING_EQUAL(e.text, "nobody listens");
	run_free(&t);
}

/* --- the manifest --- */

/* Files f0 ..., and hard links to every third of them. */
static void
make_many(size_t n)
{
	struct seed s = { 0 };
	char word[64];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "f:f%zu=%zu", i, i * 7);
		tarseed_script(&s, word);
	}
	for (i = 0; i < n; i += 3) {
		snprintf(word, sizeof(word), "h:d/h%zu=f%zu", i, n - 1 - i);
		tarseed_script(&s, word);
	}
	tarseed_script(&s, "f:new%0Aline=2 h:last=new%0Aline e");
	harness_bundle("b", s.p, s.n, 5000);
	seed_free(&s);
}

/* As sha256sum(1) has it of what was made, hard links too. */
static void
manifests(void)
{
	static const size_t counts[] = { 1, 63, 64, 65, 200 };
	char command[200];
	struct err e;
	struct run t;
	size_t i;

	run_init(&t);
	t.r.rules.links = true;
	t.r.rules.names = NAME_ANY;
	t.r.manifest = "m";
	for (i = 0; i < HARNESS_COUNT(counts); i++) {
		make_many(counts[i]);
		CU_ASSERT_EQUAL(mkdir("in", 0755), 0);
		t.j.dir_fd = open("in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CU_ASSERT_EQUAL(go(&t, &e), ERR_OK);
		CU_ASSERT_STRING_EQUAL(e.text, "");
		(void)close(t.j.dir_fd);
		harness_write("m", t.manifest.data, t.manifest.size);
		snprintf(command, sizeof(command), "cd in && sha256sum -c "
		    "--strict --quiet ../m && test $(grep -vc '#' ../m) = "
		    "%zu && cd .. && rm -r in", counts[i] +
		    (counts[i] + 2) / 3 + 2);
		CU_ASSERT_EQUAL(system(command), 0);
	}
	run_free(&t);
}

static void
manifest_json(void)
{
	json_error_t where;
	json_t *all, *files;
	struct err e;
	struct run t;

	run_init(&t);
	t.r.rules.links = true;
	t.r.manifest = "m";
	t.r.form = MANIFEST_JSON;
	make("f:a=9 f:b=3 h:h=b e", 1000);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_OK);
	all = json_loadb((char *)t.manifest.data, t.manifest.size, 0,
	    &where);
	files = json_object_get(all, "files");
	CU_ASSERT_EQUAL(json_array_size(files), 3);
	CU_ASSERT_STRING_EQUAL(string_of(json_array_get(files, 2), "name"),
	    "h");
	/* of "abc", FIPS 180-4 has it as an example */
	CU_ASSERT_STRING_EQUAL(string_of(json_array_get(files, 2), "sha256"),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	json_decref(all);
	t.fail = INSIDE_MANIFEST;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_FAIL);
	CU_ASSERT_STRING_EQUAL(e.text, "nobody listens");
	run_free(&t);
}

/* --- limits --- */

static void
memory(void)
{
	struct harness_block block = { 't', 20000,
	    "lzma2:preset=0,dict=8MiB" };
	struct err e;
	struct run t;
	size_t raw;

	run_init(&t);
	t.r.rules.limits.max[LIMIT_MEMORY] = 4 * MIB;
	free(harness_xz("b", &block, 1, LZMA_CHECK_CRC32, &raw));
	CU_ASSERT_EQUAL(go(&t, &e), ERR_MEMLIMIT);
	CU_ASSERT_EQUAL(t.done, 0);
	CU_ASSERT_TRUE(t.stats.seen.value[LIMIT_MEMORY] > 8 * MIB);
	/* names; each is one that a table needs room for */
	make("5000*f:abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz "
	    "e", 100000);
	t.r.rules.limits.max[LIMIT_MEMORY] = MIB / 2;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_MEMLIMIT);
	t.r.rules.limits.max[LIMIT_MEMORY] = 16 * MIB;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "two members"));
	run_free(&t);
}

/* The headers of a file, and zeros. */
static enum err_code
bomb_read(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	const struct seed *s = ctx;
	size_t n = off < s->n ? s->n - (size_t)off : 0;

	(void)e;
	n = n < size ? n : size;
	memset(buf, 0, size);
	if (n > 0)
		memcpy(buf, s->p + off, n);
	return ERR_OK;
}

/* A file of `size` zeros, all in one Block. */
static void
make_bomb(uint64_t size)
{
	int fd = open("b", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct seed s = { 0 };
	struct source src = { bomb_read, &s };
	struct err e = ERR_INIT;
	struct encode_block b;
	struct xzwrite x;
	struct chain c;
	char script[80];

	snprintf(script, sizeof(script), "f:ok=9 f:zeros=0 "
	    "!124=%011llo%%00", (unsigned long long)size);
	tarseed_script(&s, script);
	CU_ASSERT_EQUAL(chain_parse("lzma2:preset=0,nice=273", &c, &e),
	    ERR_OK);
	xzwrite_begin(&x, fd, LZMA_CHECK_CRC32, &e);
	if (encode_block(&src, 0, s.n + size + 1024, &c, LZMA_CHECK_CRC32,
	    NULL, &b, &e) == ERR_OK) {
		xzwrite_block(&x, &b, &e);
		encode_block_free(&b);
	}
	xzwrite_end(&x, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	xzwrite_free(&x);
	(void)close(fd);
	seed_free(&s);
}

/* Refused from its header on, whatever limit is the first. */
static void
bomb(void)
{
	static const struct {
		enum limit_id id;
		uint64_t max;
	} rows[] = {
		{ LIMIT_TOTAL, GIB - 1 }, { LIMIT_MEMBER, GIB - 1 },
		{ LIMIT_RATIO, 1000 }, { LIMIT_BUNDLE, 1000 },
	};
	struct stat st;
	struct err e;
	struct run t;
	size_t i;

	make_bomb(GIB);
	CU_ASSERT_TRUE(stat("b", &st) == 0 && st.st_size < 500000);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		run_init(&t);
		t.r.rules.limits.max[rows[i].id] = rows[i].max;
		CU_ASSERT_EQUAL(go(&t, &e), ERR_LIMIT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, limits_name(rows[i].id)));
		CU_ASSERT_TRUE(t.done < 16 * MIB);
		CU_ASSERT_EQUAL(t.stats.files, i < 3);
		run_free(&t);
	}
}

/* --- the rest --- */

/* Any byte wrong: an error, or the very same files; and the report can be
 * read. */
static void
flipped(void)
{
	size_t i, n, same = 0;
	struct buf whole;
	struct err e;
	struct run t;
	uint8_t *p;

	run_init(&t);
	t.r.rules.links = t.r.collect = t.r.json = t.r.sniff = true;
	t.r.manifest = "m";
	make("d:d f:d/a=9 h:h=d/a s:s=d/a e", 1500);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_OK);
	buf_init(&whole, MIB);
	buf_append(&whole, t.manifest.data, t.manifest.size, &e);
	p = harness_read("b", &n);
	for (i = 0; i < 2 * n; i++) {
		p[i / 2] ^= i % 2 > 0 ? 0xFF : (uint8_t)(1 << i / 2 % 8);
		harness_write("b", p, n);
		if (go(&t, &e) == ERR_OK) {
			same++;
			CU_ASSERT_EQUAL_FATAL(t.manifest.size, whole.size);
			CU_ASSERT_EQUAL(memcmp(t.manifest.data, whole.data,
			    whole.size), 0);
		}
		json_decref(said_json(&t));
		p[i / 2] ^= i % 2 > 0 ? 0xFF : (uint8_t)(1 << i / 2 % 8);
	}
	/* Other lc, lp and pb make no difference to a Block of zeros. */
	CU_ASSERT_TRUE(same <= 2);
	buf_free(&whole);
	free(p);
	run_free(&t);
}

static void
ends(void)
{
	atomic_int stop = 1;
	struct err e;
	struct run t;

	run_init(&t);
	make("f:a=9 e", 512);
	t.watch.stop = &stop;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "interrupted"));
	t.watch.stop = NULL;
	t.fail = INSIDE_STATS;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_FAIL);
	CU_ASSERT_STRING_EQUAL(e.text, "nobody listens");
	t.fail = INSIDE_TEXT;
	t.r.collect = t.r.json = true;
	CU_ASSERT_EQUAL(go(&t, &e), ERR_FAIL);
	/* but what is wrong with the bundle comes first */
	make("f:../a=9 e", 512);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_UNSAFE);
	t.fail = -1;
	t.r.collect = false;
	t.j.watch = NULL;
	make("f:a=9 e", 512);
	CU_ASSERT_EQUAL(go(&t, &e), ERR_OK);
	run_free(&t);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "extract", extracts },
		{ "violations", violations },
		{ "many violations", many_violations },
		{ "findings", finds },
		{ "findings of links", finds_links },
		{ "cat", cats },
		{ "manifests", manifests },
		{ "a manifest as JSON", manifest_json },
		{ "memory", memory },
		{ "a bomb", bomb },
		{ "any byte flipped", flipped },
		{ "how it ends", ends },
	};

	/* as the worker has it */
	umask(0);
	tarread_prepare();
	return harness_run("inside", tests, HARNESS_COUNT(tests));
}
