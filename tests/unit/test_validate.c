#include "unpack/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/tarseed.h"
#include "base/text.h"
#include "harness.h"
#include "unpack/paxrecords.h"
#include "unpack/tarfield.h"

#define PAX_MAX 65536
#define TAIL_MAX 4096

/* What came of a tar.  Members are listed as "TYPE:NAME=SIZE@HEAD+DATA ",
 * a link as "TYPE:NAME>LINK@...", behind it 'x' when executable and "-N" when
 * N records were dropped.  Or with times, or with types and places alone. */
enum listing { NAMES, PLACES, TIMES };

struct outcome {
	struct err err;
	struct buf list;	/* text, NUL-terminated */
	uint64_t end;
};

static void
list_member(struct outcome *o, const struct validate_member *m,
    enum listing what)
{
	struct err e = ERR_INIT;
	struct buf *to = &o->list;

	text_printf(to, &e, "%c:", m->type);
	if (what != PLACES)
		text_printf(to, &e, "%s", m->name);
	if (m->link == NULL)
		text_printf(to, &e, "=%llu", (unsigned long long)m->size);
	else if (what != PLACES)
		text_printf(to, &e, ">%s", m->link);
	text_printf(to, &e, "@%llu+%llu%s", (unsigned long long)m->head_off,
	    (unsigned long long)m->data_off, m->executable ? "x" : "");
	if (m->dropped > 0 && what != PLACES)
		text_printf(to, &e, "-%u", m->dropped);
	if (what == TIMES)
		text_printf(to, &e, "t%lld", (long long)m->mtime);
	text_printf(to, &e, " ");
	CU_ASSERT(e.code == ERR_OK);
}

/* In pieces of `piece` bytes. */
static void
judge(const uint8_t *p, size_t n, size_t piece, enum listing what,
    struct outcome *o)
{
	const struct validate_options options = { PAX_MAX, TAIL_MAX };
	struct err e = ERR_INIT;
	struct validate_member m;
	struct validate *v = NULL;
	size_t at, step;

	memset(o, 0, sizeof(*o));
	buf_init(&o->list, 1 << 20);
	CU_ASSERT_FATAL(validate_new(&options, &v, &e) == ERR_OK);
	for (at = 0; at < n && o->err.code == ERR_OK; at += step) {
		step = n - at < piece ? n - at : piece;
		validate_bytes(v, p + at, step, &o->err);
		while (validate_take(v, &m)) {
			list_member(o, &m, what);
			validate_member_free(&m);
		}
	}
	validate_end(v, &o->end, &o->err);
	validate_free(v);
	CU_ASSERT(buf_append(&o->list, "", 1, &e) == ERR_OK);
}

static const char *
listed(const struct outcome *o)
{
	return (const char *)o->list.data;
}

static bool
same(const struct outcome *a, const struct outcome *b)
{
	return a->err.code == b->err.code && a->end == b->end &&
	    strcmp(a->err.text, b->err.text) == 0 &&
	    strcmp(listed(a), listed(b)) == 0;
}

/* Whole, byte by byte and in pieces of 513: always the same. */
static void
judge_script(const char *script, enum listing what, struct outcome *o)
{
	static const size_t pieces[] = { 1, 513 };
	struct seed tar = { 0 };
	struct outcome other;
	size_t i;

	tarseed_script(&tar, script);
	judge(tar.p, tar.n, tar.n + 1, what, o);
	for (i = 0; i < HARNESS_COUNT(pieces); i++) {
		judge(tar.p, tar.n, pieces[i], what, &other);
		if (!same(o, &other)) {
			printf("\n    \"%s\" in pieces of %zu: %d, \"%s\"",
			    script, pieces[i], (int)other.err.code,
			    other.err.text);
			CU_FAIL("pieces make a difference");
		}
		buf_free(&other.list);
	}
	seed_free(&tar);
}

/* A tar that is refused, and what is said of it; behind "CORRUPT " or
 * "LIMIT " when the error is one of those. */
struct row {
	const char *script;
	const char *says;
};

static enum err_code
split_code(const char **says)
{
	static const struct {
		const char *word;
		enum err_code code;
	} words[] = { { "CORRUPT ", ERR_CORRUPT }, { "LIMIT ", ERR_LIMIT } };
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(words); i++) {
		n = strlen(words[i].word);
		if (strncmp(*says, words[i].word, n) == 0) {
			*says += n;
			return words[i].code;
		}
	}
	return ERR_UNSAFE;
}

static void
check_refused(const struct row *rows, size_t n)
{
	enum err_code code;
	const char *says;
	struct outcome o;
	size_t i;

	for (i = 0; i < n; i++) {
		judge_script(rows[i].script, NAMES, &o);
		says = rows[i].says;
		code = split_code(&says);
		if (o.err.code != code || !HARNESS_SAYS(&o.err, says)) {
			printf("\n    \"%s\": %d, \"%s\"", rows[i].script,
			    (int)o.err.code, o.err.text);
			CU_FAIL("a row of the table");
		}
		buf_free(&o.list);
	}
}

#define REFUSED(rows) check_refused(rows, HARNESS_COUNT(rows))

/* --- accepted --- */

static void
accepted(void)
{
	static const struct {
		const char *script;
		const char *list;	/* behind 't': with the times */
	} rows[] = {
		{ "f:a=6 e", "0:a=6@0+512 " },
		{ "f:a=6 d:d/ f:d/b=513 f:c=512 s:s=a h:h=a e",
		    "0:a=6@0+512 5:d/=0@1024+1536 0:d/b=513@1536+2048 "
		    "0:c=512@3072+3584 2:s>a@4096+4608 1:h>a@4608+5120 " },
		/* t01 to t03 are for policy, t09 */
		{ "3:c 4:b 6:p e", "3:c=0@0+512 4:b=0@512+1024 "
		    "6:p=0@1024+1536 " },
		{ "f:a=6 !156=%00 e", "0:a=6@0+512 " },
		/* d08, d38, blank and unterminated numbers */
		{ "f:a=6 !124=%20%20%20%20%20%20%20%20%20%206%20 e",
		    "0:a=6@0+512 " },
		{ "f:a=6 !124=6%20%20%20%20%20%20%20%20%20%20%20 e",
		    "0:a=6@0+512 " },
		{ "f:a=6 !124=000000000006 e", "0:a=6@0+512 " },
		{ "f:a=6 !124=%80%00%00%00%00%00%00%00%00%00%00%06 e",
		    "0:a=6@0+512 " },
		{ "f:a !124=%20%20%20%20%20%20%20%20%20%20%20%20 "
		    "!108=%00%00%00%00%00%00%00%00 e", "0:a=0@0+512 " },
		/* the mode, also with a type: m12, m01 */
		{ "f:a !100=0120777%00 e", "0:a=0@0+512x " },
		{ "f:a !100=0004755%00 e", "0:a=0@0+512x " },
		{ "f:a !100=0000677%00 e", "0:a=0@0+512 " },
		/* d22, d23, and no prefix in a GNU header */
		{ "@v7 f:a=6 d:b e", "0:a=6@0+512 5:b=0@1024+1536 " },
		{ "@gnu f:a=6 d:b e", "0:a=6@0+512 5:b=0@1024+1536 " },
		{ "@v7 f:a !329=0000000%000000000 e", "0:a=0@0+512 " },
		/* names */
		{ "f:a !345=p/q e", "0:p/q/a=0@0+512 " },
		{ "f:a !345=p/ e", "0:p/a=0@0+512 " },
		{ "x:path=n%0A1 f:a=3 e", "0:n\n1=3@0+1536 " },
		{ "x:path=p f: e", "0:p=0@0+1536 " },
		{ "x:path=n%FF;hdrcharset=BINARY f: e", "0:n\xff=0@0+1536 " },
		{ "L:long d:a K:kl s:s=t L+x K+y s:s=t e",
		    "5:long=0@0+1536 2:s>kl@1536+3072 2:x>y@3072+5632 " },
		{ "x:linkpath=q s:s=t e", "2:s>q@0+1536 " },
		/* d18, m05 to m07, m11 */
		{ "x:comment=a%0A16%20path=../../x%0A f:a e",
		    "0:a=0@0+1536 " },
		{ "x:SCHILY.xattr.user.a=b;LIBARCHIVE.xattr.user.b=Yg;"
		    "SCHILY.acl.access=u;SCHILY.fflags=schg;V.k=1;charset=c;"
		    "LIBARCHIVE.creationtime=1;SCHILY.ino=1;uname=a;gname=b;"
		    "SCHILY.xattr.security.capability2=a "
		    "f:a e", "0:a=0@0+1536-5 " },
		/* times */
		{ "f:a e", "t0:a=0@0+512t5349 " },
		{ "x:mtime=17.250;atime=1;ctime=2.5 f:a e",
		    "t0:a=0@0+1536t17 " },
		{ "x:mtime=-17.5 f:a e", "t0:a=0@0+1536t-17 " },
		{ "x:mtime=1099511627776 f:a f:b e",
		    "t0:a=0@0+1536t1099511627776 0:b=0@1536+2048t5349 " },
		{ "f:a !136=%80%00%00%00%00%00%01%00%00%00%00%00 e",
		    "t0:a=0@0+512t1099511627776 " },
		/* sizes in pax */
		{ "x:size=6;uid=4294967294;gid=0 f:a=6 e",
		    "0:a=6@0+1536 " },
		/* git archive */
		{ "g:comment=0123 f:a g:comment=1 g:comment=2 x:path=b f:c e",
		    "0:a=0@0+1536 0:b=0@1536+5120 " },
		{ "16*g:comment=x f:a e", "0:a=0@0+16896 " },
		/* e11, e12 */
		{ "f:a=2560 ~2048 e f:b=512 e", "0:a=2560@0+512 " },
		{ "f:a e 0:1", "0:a=0@0+512 " },
		{ "f:a e 0:3584", "0:a=0@0+512 " },
	};
	struct outcome o;
	bool times;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		times = rows[i].list[0] == 't';
		judge_script(rows[i].script, times ? TIMES : NAMES, &o);
		if (o.err.code != ERR_OK ||
		    strcmp(listed(&o), rows[i].list + times) != 0) {
			printf("\n    \"%s\": %d, \"%s\", \"%s\"",
			    rows[i].script, (int)o.err.code, o.err.text,
			    listed(&o));
			CU_FAIL("a row of the table");
		}
		buf_free(&o.list);
	}
}

/* A name of 100 bytes has no NUL; a prefix may take all of its 155. */
static void
long_names(void)
{
	char script[1024], want[512], name[101], prefix[156];
	struct outcome o;

	memset(name, 'n', 100);
	memset(prefix, 'p', 155);
	name[100] = prefix[155] = '\0';
	(void)snprintf(script, sizeof(script), "f:%s=1 !345=%s s:a=%s e",
	    name, prefix, name);
	(void)snprintf(want, sizeof(want), "0:%s/%s=1@0+512 2:a>%s@1024+1536 ",
	    prefix, name, name);
	judge_script(script, NAMES, &o);
	CU_ASSERT(o.err.code == ERR_OK);
	CU_ASSERT_STRING_EQUAL(listed(&o), want);
	CU_ASSERT_EQUAL(o.end, 1536);
	buf_free(&o.list);
}

/* d46, p44: a name that is cut at 100 bytes, where it has a '/'.  What follows
 * must not pass for a header. */
static void
cut_names(void)
{
	static const struct {
		const char *before, *behind;	/* the name of 100 bytes */
		const char *says;		/* NULL: accepted */
	} rows[] = {
		{ "@gnu L:b f:", "=6 e", NULL },
		{ "x:path=b f:", "=6 e", NULL },
		{ "x:path=b f:", " e", NULL },
		{ "x:path=b f:", "=512 f:c=5 e", NULL },
		{ "x:path=b f:", "=513 ~512 b:2 0:511 e", NULL },
		{ "x:path=b f:", "=1024 ~1024 0:512 f:c=0 e", "at byte 2048" },
		{ "x:path=b f:", "=1100 ~1536 f:d=512 0:512 e",
		    "at byte 1536" },
		{ "x:path=b f:", "=500 ~512 f:d e", "at byte 1536" },
		{ "@gnu L:b f:", "=512 ~512 f:d e", "at byte 1536" },
		{ "x:path=b f:", "=1 !345=p e", "in its own header" },
		{ "x:path=b f:", "=1 !156=%00 e", "in its own header" },
		{ "@gnu L:b f:", "=1 !156=%00 e", "in its own header" },
		{ "f:", "=1 e", "a file whose name ends in '/'" },
		/* of an extension */
		{ "x:path=b !0=", " f:a=6 e", NULL },
		{ "L:b !0=", " f:a=6 e", "whose own name ends in '/'" },
	};
	char script[512], name[101];
	struct outcome o;
	size_t i;

	memset(name, 'n', 99);
	(void)strcpy(name + 99, "/");
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		(void)snprintf(script, sizeof(script), "%s%s%s",
		    rows[i].before, name, rows[i].behind);
		judge_script(script, NAMES, &o);
		if (rows[i].says == NULL ? o.err.code != ERR_OK :
		    o.err.code != ERR_UNSAFE ||
		    !HARNESS_SAYS(&o.err, rows[i].says)) {
			printf("\n    %zu: %d, \"%s\"", i, (int)o.err.code,
			    o.err.text);
			CU_FAIL("a row of the table");
		}
		buf_free(&o.list);
	}
}

/* The body of a pax header whose own name is cut, as a header. */
static void
cut_extension(void)
{
	static const char name[] = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
	    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn/";
	struct seed tar = { 0 };
	char script[1024], value[501];
	unsigned int sum = 0;
	struct outcome o;
	uint8_t *p;
	size_t i;

	CU_ASSERT_EQUAL(strlen(name), 100);
	memset(value, '1', 500);
	value[500] = '\0';
	(void)snprintf(script, sizeof(script), "x:comment=%s !0=%s f:a=6 e",
	    value, name);
	tarseed_script(&tar, script);
	judge(tar.p, tar.n, tar.n, NAMES, &o);
	CU_ASSERT(o.err.code == ERR_OK);
	buf_free(&o.list);
	p = tar.p + 512;
	for (i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : p[i];
	(void)snprintf(value, sizeof(value), "%07o ", sum);
	memcpy(p + 148, value, 8);
	judge(tar.p, tar.n, tar.n, NAMES, &o);
	CU_ASSERT(o.err.code == ERR_UNSAFE);
	CU_ASSERT(HARNESS_SAYS(&o.err, "whose body some readers would"));
	buf_free(&o.list);
	seed_free(&tar);
}

/* d37: over 8 GiB the header may say 0.  No such bytes follow here. */
static void
huge_size(void)
{
	struct outcome o;

	judge_script("x:size=8589934592 f:a", NAMES, &o);
	CU_ASSERT_STRING_EQUAL(listed(&o), "0:a=8589934592@0+1536 ");
	CU_ASSERT(o.err.code == ERR_CORRUPT);
	buf_free(&o.list);
	judge_script("x:size=9223372036854775807 f:a", NAMES, &o);
	CU_ASSERT(o.err.code == ERR_UNSAFE);
	CU_ASSERT(HARNESS_SAYS(&o.err, "a size of 9223372036854775807"));
	buf_free(&o.list);
}

/* --- refused --- */

static void
headers(void)
{
	static const struct row rows[] = {
		/* x22 and on, x26 to x29: other formats */
		{ "b:#mtree%0A 0:600 e", "holds no tar" },
		{ "b:070701 0:600", "holds no tar" },
		{ "b:PK%03%04 0:600", "holds no tar" },
		{ "f:a ?0=b e", "holds no tar" },
		{ "f:a ?148=99999999 e", "holds no tar" },
		/* d20, d36 */
		{ "f:a=6 f:b ?0=c e", "CORRUPT byte 1024: the checksum" },
		{ "f:a=6 b:junk 0:508 f:b e", "CORRUPT the checksum is wr" },
		/* forms: d24 and others */
		{ "f:a !263=%00%00 e", "neither ustar nor GNU" },
		{ "f:a !263=%20%00 e", "neither ustar nor GNU" },
		{ "f:a !257=USTAR e", "neither ustar nor GNU" },
		{ "f:a !257=ustar%20%2000 e", "neither ustar nor GNU" },
		{ "@v7 f:a !264=0 e", "neither ustar nor GNU" },
		{ "@v7 f:a !345=p e", "no part of the header's form" },
		{ "f:a !508=tar%00 e", "no part of the header's form" },
		{ "@gnu f:a !386=1 e", "a sparse file" },
		{ "@gnu f:a !482=1 e", "a sparse file" },
		{ "@gnu f:a !483=1 e", "a sparse file" },
		{ "@gnu f:a !369=1 e", "a sparse file" },
		/* d45 */
		{ "@gnu f:a !345=12345670123%00 e", "times of access or" },
		{ "@gnu f:a !357=12345670123%00 e", "times of access or" },
		{ "@gnu f:a !345=prefix e", "times of access or" },
		{ "@gnu f:a !368=9 e", "times of access or" },
		{ "@gnu L:b f:a !345=0 e", "times of access or" },
		/* d05 to d07, m08, m09 */
		{ "f:a !124=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%00 e",
		    "field size" },
		{ "f:a !124=%80%00%00%00%80%00%00%00%00%00%00%00 e",
		    "field size" },
		{ "f:a=6 !124=%80%00%00%01%00%00%00%00%00%00%00%06 e",
		    "field size" },
		{ "f:a !124=%81%00%00%00%00%00%00%00%00%00%00%00 e",
		    "field size" },
		{ "f:a !124=%80%00%00%00%7F%FF%FF%FF%FF%FF%FF%FF e",
		    "a size of 9223372036854775807 bytes" },
		{ "f:a !124=0000000000z e", "field size" },
		{ "f:a !124=00000000008 e", "field size" },
		{ "f:a !124=-0000000001 e", "field size" },
		{ "f:a !124=0000%000000 e", "field size" },
		{ "f:a !124=%000000000001 e", "field size" },
		{ "f:a !124=%090000000001 e", "field size" },
		{ "f:a !100=0x1 e", "field mode" },
		{ "f:a !108=%80%00%00%00%FF%FF%FF%FF e", "field uid" },
		{ "f:a !116=%FF%FF%FF%FF%FF%FF%FF%FE e", "field gid" },
		{ "f:a !136=%80%00%00%00%00%00%01%00%00%00%00%01 e",
		    "field mtime" },
		{ "f:a !136=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FE e",
		    "field mtime" },
		{ "f:a !329=x e", "field devmajor" },
		{ "f:a !337=x e", "field devminor" },
		/* p36 and the same in the other names */
		{ "f:a%00b e", "behind the end of a name" },
		{ "s:a=b%00c e", "behind the end of a name" },
		{ "f:a !345=p%00q e", "behind the end of a name" },
		/* p12, p22, d42, l10, l11 */
		{ "f: e", "empty name" },
		{ "f: !345=p e", "empty name" },
		{ "f:a/=5 e", "a/: a file whose name ends in '/'" },
		{ "x:path=b/ f:a e", "b/: a file whose name ends in '/'" },
		/* d46: the name in the header itself */
		{ "x:path=b f:a/=1 e", "b: a file whose name in its own h" },
		{ "x:path=b f:a/ !156=%00 e", "b: a file whose name in its" },
		{ "L:b f:a/ e", "b: a file whose name in its own header" },
		{ "L:b @gnu f:a/ !156=%00 e", "b: a file whose name in its" },
		{ "x:path=b @v7 f:a/ !156=%00 e", "b: a file whose name in" },
		{ "x:path=b f:a/ !345=p e", "b: a file whose name in its own" },
		{ "x:path=b f:/ e", "b: a file whose name in its own header" },
		{ "x:path=b !12=/ f:a e", "whose own name ends in '/'" },
		{ "g:comment=b !12=/ f:a e", "whose own name ends in" },
		{ "L:b !12=/ f:a e", "whose own name ends in '/'" },
		{ "K:b !12=/ s:a=b e", "whose own name ends in '/'" },
		{ "s:a e", "a: a link without a target" },
		{ "h:a e", "a: a link without a target" },
		{ "x:linkpath=b s:a e", "a: a link without a target" },
		{ "K:b h:a e", "a: a link without a target" },
		{ "f:a !157=b e", "a: has the target of a link" },
		{ "d:a !157=b e", "a: has the target of a link" },
		{ "x:linkpath=b f:a e", "a: has the target of a link" },
		{ "K:b f:a e", "a: has the target of a link" },
		/* d39 */
		{ "f:a=6 ~1 b:x e", "padding is not zero at byte 1023" },
		{ "f:a=6 ~506 b:x 0:505 e",
		    "padding is not zero at byte 518" },
		{ "x:path=b ~1 b:x f:a e",
		    "padding is not zero at byte 1023" },
	};

	REFUSED(rows);
}

/* d21: bytes of over 0x7F in a name, and their sum with signs. */
static void
signed_checksum(void)
{
	struct seed tar = { 0 };
	struct outcome o;
	unsigned int sum;
	char text[8];

	tarseed_script(&tar, "f:a%FF%80 e");
	CU_ASSERT(sscanf((char *)tar.p + 148, "%6o", &sum) == 1);
	(void)snprintf(text, sizeof(text), "%06o", sum - 2 * 256);
	memcpy(tar.p + 148, text, 6);
	judge(tar.p, tar.n, tar.n, NAMES, &o);
	CU_ASSERT(o.err.code == ERR_UNSAFE);
	CU_ASSERT(HARNESS_SAYS(&o.err, "signed"));
	buf_free(&o.list);
	seed_free(&tar);
}

/* d44: the end of the checksum's field.  All that writers make has one. */
static void
open_checksum(void)
{
	static const struct {
		int blanks, digits;
		char end[4];
	} rows[] = {
		{ 0, 6, "\0 " }, { 0, 6, " " }, { 0, 6, "  " }, { 0, 7, "" },
		{ 0, 7, " " }, { 1, 6, "" }, { 1, 5, "\0 " }, { 2, 5, " " },
		{ 0, 5, "" }, { 0, 8, "" }, { 1, 7, "" }, { 3, 5, "" },
	};
	struct seed tar = { 0 };
	struct outcome o;
	unsigned int sum;
	char text[16];
	bool open;
	size_t i;
	int n;

	tarseed_script(&tar, "f:a f:b e");
	CU_ASSERT(sscanf((char *)tar.p + 512 + 148, "%6o", &sum) == 1);
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		n = snprintf(text, sizeof(text), "%*s%0*o", rows[i].blanks, "",
		    rows[i].digits, sum);
		open = n == 8;
		memcpy(text + n, rows[i].end, 4);
		memcpy(tar.p + 512 + 148, text, 8);
		judge(tar.p, tar.n, tar.n, NAMES, &o);
		CU_ASSERT(o.err.code == (open ? ERR_UNSAFE : ERR_OK));
		CU_ASSERT(!open || HARNESS_SAYS(&o.err, "byte 512: "
		    "nothing ends the checksum"));
		buf_free(&o.list);
	}
	seed_free(&tar);
}

/* t04 to t12, d25 to d27, d32, d35, d43, l13, l16, l26 */
static void
types(void)
{
	static const struct row rows[] = {
		{ "7:a=1 e", "type '7'" }, { "Z:a=5 e", "type 'Z'" },
		{ "V:a e", "type 'V'" }, { "M:a=1 e", "type 'M'" },
		{ "D:a=1 e", "type 'D'" }, { "N:a=1 e", "type 'N'" },
		{ "X:a=1 e", "type 'X'" }, { "S:a=1 e", "type 'S'" },
		{ "A:a=1 e", "type 'A'" }, { "I:a=1 e", "type 'I'" },
		{ "f:a !156=%07 e", "type 0x07" },
		{ "f:a !156=%FF e", "type 0xFF" },
		{ "V:a !124=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%00 e",
		    "type 'V'" },
		{ "5:d=1024 e", "d: has data and is no file" },
		{ "h:l=a !124=00000001000 f:b=6 e", "l: has data" },
		{ "s:l=a !124=00000001000 f:b=6 e", "l: has data" },
		{ "3:c=1024 e", "c: has data" },
		{ "4:c=1024 e", "c: has data" },
		{ "6:c=1024 e", "c: has data" },
		{ "x:size=6 5:d=6 e", "d: has data" },
		{ "x:size=0 d:d e", "d: has data" },
		{ "x:size=6 h:l=a e", "l: has data" },
		{ "x:linkpath=b;size=6 h:l=a !124=00000000006 f:b e",
		    "l: has data" },
	};

	REFUSED(rows);
}

static void
pax_values(void)
{
	static const struct row rows[] = {
		/* d01, d02 */
		{ "x:size=1024 f:a f:b e", "a: has 0 bytes by its header and "
		    "1024 by its pax header" },
		{ "x:size=0 f:a=1024 e", "a: has 1024 bytes" },
		{ "x:size=7 f:a=6 e", "a: has 6 bytes" },
		{ "x:size=8589934591 f:a e", "a: has 0 bytes" },
		{ "x:size=8589934592 f:a=1 e", "a: has 1 bytes" },
		/* d03 */
		{ "x:size=-1 f:a=6 e", "'size' has a value" },
		{ "x:size=%2B6 f:a=6 e", "'size' has a value" },
		{ "x:size=0x6 f:a=6 e", "'size' has a value" },
		{ "x:size=6.0 f:a=6 e", "'size' has a value" },
		{ "x:size=9223372036854775808 f:a e", "'size' has a value" },
		{ "x:size=18446744073709551616 f:a e", "'size' has a value" },
		{ "x:size=18446744073709551622 f:a=6 e",
		    "'size' has a value" },
		{ "x:size= f:a=6 e", "'size' has no value" },
		{ "x:size=6%20 f:a=6 e", "'size' has a value" },
		{ "x:size=%206 f:a=6 e", "'size' has a value" },
		{ "x:size=1e1 f:a=10 e", "'size' has a value" },
		/* d40, m09 */
		{ "x:uid=-1 f:a e", "'uid' has a value" },
		{ "x:gid=%2B1 f:a e", "'gid' has a value" },
		{ "x:uid=4294967295 f:a e", "'uid' has a value" },
		{ "x:mtime=1099511627777 f:a e", "'mtime' has a value" },
		{ "x:mtime=-1099511627777.5 f:a e", "'mtime' has a value" },
		{ "x:mtime=99999999999999999999 f:a e", "'mtime' has" },
		{ "x:mtime=- f:a e", "'mtime' has a value" },
		{ "x:mtime=1. f:a e", "'mtime' has a value" },
		{ "x:mtime=.5 f:a e", "'mtime' has a value" },
		{ "x:mtime=1.5.5 f:a e", "'mtime' has a value" },
		{ "x:atime=%2B1 f:a e", "'atime' has a value" },
		{ "x:ctime=x f:a e", "'ctime' has a value" },
		/* p11, d19, d41 */
		{ "x:path=a%00b f:a e", "'path' holds a NUL" },
		{ "x:linkpath=a%00b s:a=b e", "'linkpath' holds a NUL" },
		{ "x:path= f:a e", "'path' has no value" },
		{ "x:VENDOR.key= f:a e", "'VENDOR.key' has no value" },
		/* d04 */
		{ "x:size=6;mtime=1;size=6 f:a=6 e", "'size' is there twice" },
		{ "x:V.a=1;V.ab=1;V.a=2 f:a e", "'V.a' is there twice" },
		/* keys: d30, d31, m04, p21, b06 */
		{ "x:GNU.sparse.name=b f:a e", "'GNU.sparse.name' is refused" },
		{ "x:GNU.sparse.realsize=9 f:a e", "is refused" },
		{ "x:GNU.sparse.major=1 f:a e", "is refused" },
		{ "x:SUN.holesdata=1 f:a e", "is refused" },
		{ "x:SCHILY.realsize=9 f:a e", "is refused" },
		{ "x:SCHILY.filetype=sparse f:a e", "is refused" },
		{ "x:RHT.security.selinux=a f:a e", "is refused" },
		{ "x:hdrcharset=UTF-8 f:a e", "names are bytes" },
		{ "x:hdrcharset=BINARY2 f:a e", "names are bytes" },
		{ "x:hdrcharset2=BINARY f:a e", "'hdrcharset2' is unknown" },
		{ "g:hdrcharset=BINARY f:a e", "only a comment is allowed" },
		{ "x:SCHILY.xattr.security.capability=a f:a e", "rights" },
		{ "x:SCHILY.xattr.trusted.a=a f:a e", "rights" },
		{ "x:LIBARCHIVE.xattr.security.capability=a f:a e",
		    "rights" },
		{ "x:LIBARCHIVE.xattr.tr%2575sted.a=a f:a e", "rights" },
		{ "x:LIBARCHIVE.xattr.security%252Ecapability=a f:a e",
		    "rights" },
		{ "x:LIBARCHIVE.symlinktype=x s:a=b e", "is refused" },
		{ "x:unknown=a f:a e", "'unknown' is unknown" },
		{ "x:Path=a f:a e", "'Path' is unknown" },
		/* p10 */
		{ "g:path=b f:a e", "only a comment is allowed" },
		{ "g:comment=b;mtime=1 f:a e", "only a comment is allowed" },
		{ "g:comment= f:a e", "no value" },
	};

	REFUSED(rows);
}

/* d13 to d17 and what else a record can have wrong. */
static void
pax_forms(void)
{
	static const struct row rows[] = {
		{ "x+8%20path=b%0A f:a e", "byte 0 of its header is malf" },
		{ "x+11%20path=b%0A f:a e", "malformed" },
		{ "x+4096%20path=b%0A f:a e", "malformed" },
		{ "x+9999999%20path=b%0A f:a e", "malformed" },
		{ "x+99999999999999999999%20path=b%0A f:a e", "malformed" },
		{ "x+10%20path=bc f:a e", "malformed" },
		{ "x+10%20path:b%0A f:a e", "malformed" },
		{ "x+011%20path=b%0A f:a e", "malformed" },
		{ "x+0%20path=b%0A f:a e", "malformed" },
		{ "x+-10%20path=b%0A f:a e", "malformed" },
		{ "x+%2B10%20path=b%0A f:a e", "malformed" },
		{ "x+%2010%20path=b%0A f:a e", "malformed" },
		{ "x+10%09path=b%0A f:a e", "malformed" },
		{ "x+10path=b%0A f:a e", "malformed" },
		{ "x+10 f:a e", "malformed" },
		{ "x+10%20 f:a e", "malformed" },
		{ "x+3%20%0A f:a e", "malformed" },
		{ "x+2%20 f:a e", "malformed" },
		{ "x+%20path=b%0A f:a e", "malformed" },
		{ "x+6%20=ab%0A f:a e", "malformed" },
		{ "x+11%20pa%00h=b%0A f:a e", "malformed" },
		{ "x+11%20pa%0Ah=b%0A f:a e", "malformed" },
		{ "x+10%20path=b%0A%00%00 f:a e", "byte 10 of its header" },
		{ "x+10%20path=b%0Ax f:a e", "byte 10 of its header" },
		{ "x+ f:a e", "an extension header of 0 bytes" },
		{ "g+ f:a e", "an extension header of 0 bytes" },
		{ "L+ f:a e", "an extension header of 0 bytes" },
		{ "L+%00 f:a e", "empty or holds a NUL" },
		/* d28 */
		{ "L+a%00b%00 f:a e", "empty or holds a NUL" },
		{ "L+a%00%00 f:a e", "empty or holds a NUL" },
		{ "K+a%00b%00 s:a=b e", "empty or holds a NUL" },
	};

	REFUSED(rows);
}

/* d09 to d12, d29, d33, d34, b04, b05, b10 to b13 */
static void
extensions(void)
{
	static const struct row rows[] = {
		{ "x:size=6 L:l f:a=6 e", "'L' behind one of type 'x'" },
		{ "x:path=b K:l s:a=b e", "'K' behind one of type 'x'" },
		{ "L:l x:path=b f:a e", "'x' behind one of type 'L'" },
		{ "K:l x:path=b s:a=b e", "'x' behind one of type 'K'" },
		{ "L:l g:comment=b f:a e", "'g' behind one of type 'L'" },
		{ "x:path=b g:comment=b f:a e", "'g' behind one of type 'x'" },
		{ "x:path=b x:path=c f:a e", "two extension headers" },
		{ "L:b L:c f:a e", "two extension headers" },
		{ "K:b L:l K:c s:a=b e", "two extension headers" },
		{ "300*L:b f:a e", "two extension headers" },
		{ "300*x:path=b f:a e", "two extension headers" },
		{ "f:a x:path=b e", "byte 1536: extension headers without a "
		    "member" },
		{ "f:a L:b e", "without a member" },
		{ "f:a g:comment=b e", "without a member" },
		{ "f:a x:path=b", "CORRUPT truncated" },
		{ "x:path=b !124=%80%00%00%00%40%00%00%00%00%00%00%00 f:a e",
		    "an extension header of 4611686018427387904 bytes" },
		{ "x:path=b !124=%80%00%00%00%00%00%00%02%00%00%00%01 f:a e",
		    "an extension header of 8589934593 bytes" },
		{ "L:b !124=%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%FF%00 f:a e",
		    "field size" },
		{ "x:path=b !124=02000000000 f:a e",
		    "LIMIT 268435456 bytes, and none may have over" },
		{ "L:b !124=02000000000 f:a e", "LIMIT none may have over" },
		{ "x:path=b !124=00000200000 f:a e",
		    "LIMIT --max-pax 66048 would pass" },
		{ "L:b K:c !124=00000200000 f:a e",
		    "LIMIT --max-pax 67072 would pass" },
		{ "17*g:comment=b f:a e", "LIMIT over 16 global headers" },
	};

	REFUSED(rows);
}

/* e01 to e10 */
static void
ends(void)
{
	static const struct row rows[] = {
		{ "f:a=6", "CORRUPT truncated at byte 1024" },
		{ "f:a=6 z", "CORRUPT truncated at byte 1536" },
		{ "f:a=6 e ~1", "CORRUPT truncated" },
		{ "f:a=6 z f:b e", "a single block of zeros is followed by "
		    "data at byte 1536" },
		{ "f:a=6 z 0:511 b:x 0:512", "a single block of zeros" },
		{ "f:a=6 e f:b e", "data follows the tar's end marker at "
		    "byte 2048" },
		{ "f:a=6 e 0:77 b:x", "marker at byte 2125" },
		{ "f:a=600 ~600", "CORRUPT truncated" },
		{ "f:a=600 f:b ~100", "CORRUPT truncated" },
		{ "f:a=600 ~300", "CORRUPT truncated" },
		{ "f:a=600 ~1", "CORRUPT truncated" },
		{ "e", "the tar has no members" },
		{ "", "CORRUPT holds no byte" },
		{ "b:x", "CORRUPT truncated at byte 1" },
		{ "f:a e 0:3585", "LIMIT over 4096 bytes behind" },
		{ "f:a e 0:9000", "LIMIT over 4096 bytes behind" },
		{ "f:a e 0:3584 b:x", "LIMIT over 4096 bytes behind" },
		{ "f:a e 0:3583 b:x0", "end marker at byte 5119" },
	};

	REFUSED(rows);
}

/* --- properties --- */

static const char sample[] =
    "x:path=p/q;mtime=12.5;comment=c f:a=600 L:l f:b=1 K:k s:s=t d:d e";

static void
truncations(void)
{
	struct seed tar = { 0 };
	struct outcome o;
	size_t n;

	tarseed_script(&tar, sample);
	for (n = 0; n < tar.n; n++) {
		judge(tar.p, n, n + 1, NAMES, &o);
		if (o.err.code != ERR_CORRUPT)
			CU_FAIL("a truncated tar");
		buf_free(&o.list);
	}
	judge(tar.p, tar.n, tar.n, NAMES, &o);
	CU_ASSERT(o.err.code == ERR_OK);
	buf_free(&o.list);
	seed_free(&tar);
}

/* A flipped bit is found, or changes no member; in the body of an extension,
 * which has no checksum, it may change a name, but not where things are. */
static void
flips(void)
{
	struct seed tar = { 0 };
	struct outcome good[2], o;
	size_t i, block, found = 0;
	enum listing what;

	tarseed_script(&tar, sample);
	judge(tar.p, tar.n, tar.n, NAMES, &good[NAMES]);
	judge(tar.p, tar.n, tar.n, PLACES, &good[PLACES]);
	for (i = 0; i < 8 * tar.n; i++) {
		/* The bodies of x, L and K. */
		block = i / 8 / 512;
		what = block == 1 || block == 6 || block == 10 ? PLACES :
		    NAMES;
		tar.p[i / 8] ^= (uint8_t)(1u << i % 8);
		judge(tar.p, tar.n, tar.n, what, &o);
		if (o.err.code != ERR_OK)
			found++;
		else if (strcmp(listed(&o), listed(&good[what])) != 0)
			CU_FAIL("a flipped bit");
		tar.p[i / 8] ^= (uint8_t)(1u << i % 8);
		buf_free(&o.list);
	}
	/* All but data, some of the bodies and blanks in checksums. */
	CU_ASSERT(found > 8 * (tar.n - 601 - 3 * 64));
	buf_free(&good[NAMES].list);
	buf_free(&good[PLACES].list);
	seed_free(&tar);
}

/* Data that is watched is not skipped. */
static void
skips_cut(void)
{
	const struct validate_options options = { PAX_MAX, TAIL_MAX };
	struct err e = ERR_INIT;
	struct validate *v = NULL;
	struct seed tar = { 0 };

	tarseed_script(&tar, "x:path=b f:a=600 f:c=600 e");
	memset(tar.p + 1024, 'n', 99);
	tar.p[1024 + 99] = '/';
	tarseed_sum(tar.p + 1024);
	CU_ASSERT_FATAL(validate_new(&options, &v, &e) == ERR_OK);
	CU_ASSERT(validate_bytes(v, tar.p, 1536, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 0);
	CU_ASSERT(validate_bytes(v, tar.p + 1536, 600, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 424);
	CU_ASSERT(validate_bytes(v, tar.p + 2136, 424 + 512, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 1024);
	validate_free(v);
	seed_free(&tar);
}

static void
skips(void)
{
	const struct validate_options options = { PAX_MAX, TAIL_MAX };
	struct err e = ERR_INIT, again = ERR_INIT;
	struct validate_member m;
	struct validate *v = NULL;
	struct seed tar = { 0 };
	uint64_t end;

	/* Padding that nobody sees may be anything. */
	tarseed_script(&tar, "f:a=600 ~1 b:x f:b=1 e");
	CU_ASSERT_FATAL(validate_new(&options, &v, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 0);
	CU_ASSERT(validate_bytes(v, tar.p, 512, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 1024);
	CU_ASSERT(validate_bytes(v, tar.p + 512, 100, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 924);
	CU_ASSERT(validate_skip(v, 900, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 24);
	CU_ASSERT(validate_skip(v, 24, &e) == ERR_OK);
	CU_ASSERT_EQUAL(validate_skippable(v), 0);
	CU_ASSERT(validate_bytes(v, tar.p + 1536, tar.n - 1536, &e) ==
	    ERR_OK);
	CU_ASSERT(validate_take(v, &m) && strcmp(m.name, "a") == 0);
	validate_member_free(&m);
	/* One is left for validate_free(). */
	CU_ASSERT(validate_end(v, &end, &e) == ERR_OK);
	CU_ASSERT_EQUAL(end, 2560);
	CU_ASSERT(validate_skip(v, 1, &e) == ERR_FAIL);
	CU_ASSERT(validate_bytes(v, tar.p, 1, &again) == ERR_FAIL);
	validate_free(v);
	validate_free(NULL);
	seed_free(&tar);
}

/* A reader stops at the end of a field: see AddressSanitizer. */
static void
fields(void)
{
	static const struct {
		const char *bytes;
		uint64_t value;
		bool good;
	} rows[] = {
		{ "12345670", 02345670 + 010000000, true },
		{ "   17 \0 ", 017, true }, { "        ", 0, true },
		{ "\0\0\0\0\0\0\0\0", 0, true }, { "17\0\0\0\0\0 ", 017, true },
		{ "17\0\0\0\0\0001", 0, false }, { "1 7     ", 0, false },
		{ "18      ", 0, false }, { "\x80\0\0\0\0\0\1\2", 258, true },
		{ "\x80\x7F\xFF\xFF\xFF\xFF\xFF\xFF",
		    0x7FFFFFFFFFFFFFull, true },
		{ "\xC0\0\0\0\0\0\1\2", 0, false },
		{ "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 0, false },
	};
	uint64_t v;
	uint8_t *p;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		p = malloc(8);
		CU_ASSERT_FATAL(p != NULL);
		memcpy(p, rows[i].bytes, 8);
		v = 0;
		CU_ASSERT(tarfield_number(p, 8, &v) == rows[i].good);
		CU_ASSERT_EQUAL(v, rows[i].value);
		free(p);
	}
}

/* A body of a megabyte: sorted, not compared with each other. */
static void
many_records(void)
{
	struct paxrecords r;
	struct err e = ERR_INIT;
	struct seed s = { 0 };
	char text[32];
	int i;

	for (i = 0; i < 40000; i++) {
		(void)snprintf(text, sizeof(text), "26 SCHILY.xattr.%07d=x\n",
		    i);
		seed_text(&s, text);
	}
	CU_ASSERT(paxrecords_parse(s.p, s.n, &r, &e) == ERR_OK);
	CU_ASSERT_EQUAL(r.dropped, 40000);
	paxrecords_free(&r);
	seed_text(&s, "26 SCHILY.xattr.0000000=x\n");
	CU_ASSERT(paxrecords_parse(s.p, s.n, &r, &e) == ERR_UNSAFE);
	CU_ASSERT(HARNESS_SAYS(&e, "twice"));
	seed_free(&s);
}

/* A record of an ACL with a value of n bytes, of four digits. */
static enum err_code
acl(const char *kind, int n, struct err *e)
{
	size_t size = strlen(kind) + (size_t)n + 18;	/* "1234 ", "=\n" */
	struct paxrecords r;
	struct seed s = { 0 };
	char text[2048];

	(void)snprintf(text, sizeof(text), "%zu SCHILY.acl.%s=%0*d\n", size,
	    kind, n, 0);
	CU_ASSERT_EQUAL(strlen(text), size);
	seed_text(&s, text);
	if (paxrecords_parse(s.p, s.n, &r, e) == ERR_OK)
		CU_ASSERT_EQUAL(r.dropped, 1);
	paxrecords_free(&r);
	seed_free(&s);
	return e->code;
}

/* libarchive takes quadratic time for them. */
static void
long_acls(void)
{
	static const char *const kinds[] = { "access", "default", "ace" };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(kinds); i++) {
		struct err good = ERR_INIT, bad = ERR_INIT;

		CU_ASSERT_EQUAL(acl(kinds[i], 1024, &good), ERR_OK);
		CU_ASSERT_EQUAL(acl(kinds[i], 1025, &bad), ERR_UNSAFE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&bad, "over 1024 bytes"));
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "tars that are accepted", accepted },
		{ "names that fill their fields", long_names },
		{ "sizes of 8 GiB and more", huge_size },
		{ "names cut at a '/'", cut_names },
		{ "an extension's own name, cut", cut_extension },
		{ "headers", headers },
		{ "a checksum of signed bytes", signed_checksum },
		{ "a checksum that nothing ends", open_checksum },
		{ "types, and data where none belongs", types },
		{ "what pax records say", pax_values },
		{ "how pax records are written", pax_forms },
		{ "extension headers, their order and size", extensions },
		{ "how tars end", ends },
		{ "every truncation", truncations },
		{ "every flipped bit", flips },
		{ "skipping", skips },
		{ "what is not skipped", skips_cut },
		{ "numbers", fields },
		{ "many records", many_records },
		{ "long ACLs", long_acls },
	};

	return harness_run("validate", tests, HARNESS_COUNT(tests));
}
