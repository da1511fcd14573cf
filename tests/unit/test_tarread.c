#include "unpack/tarread.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "xz/encode.h"
#include "xz/xzwrite.h"

#define MEMORY (UINT64_C(64) << 20)
#define PAX_MAX 65536

/* --- a tar, made by hand --- */

static uint8_t tar[1 << 18];
static size_t tar_n;

static void
begin(void)
{
	memset(tar, 0, sizeof(tar));
	tar_n = 0;
}

/* Bytes, and zeros up to a multiple of 512. */
static void
bytes(const void *p, size_t n)
{
	if (n > 0)
		memcpy(tar + tar_n, p, n);
	tar_n += (n + 511) / 512 * 512;
}

/* The checksum of the header at off. */
static void
seal(size_t off)
{
	unsigned int sum = 0;
	size_t i;

	memset(tar + off + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += tar[off + i];
	snprintf((char *)tar + off + 148, 8, "%06o", sum);
}

static void
header(char type, const char *name, const char *link, size_t size,
    unsigned int mode)
{
	uint8_t *h = tar + tar_n;

	memcpy(h, name, strnlen(name, 100));
	snprintf((char *)h + 100, 8, "%07o", mode);
	snprintf((char *)h + 108, 8, "%07o", 0);
	snprintf((char *)h + 116, 8, "%07o", 0);
	snprintf((char *)h + 124, 12, "%011zo", size);
	snprintf((char *)h + 136, 12, "%011o", 1);
	h[156] = (uint8_t)type;
	memcpy(h + 157, link, strnlen(link, 100));
	memcpy(h + 257, "ustar\00000", 8);
	seal(tar_n);
	tar_n += 512;
}

/* A file of n bytes of a pattern. */
static void
file(const char *name, size_t n)
{
	uint8_t *p = harness_bytes('r', (uint32_t)n, n);

	header('0', name, "", n, 0644);
	bytes(p, n);
	free(p);
}

/* A pax header of one record; the value may hold NULs. */
static void
pax(char type, const char *key, const char *value, size_t n)
{
	size_t size = strlen(key) + n + 3, digits = 1, i;
	char record[5000];

	/* The length counts its own digits. */
	for (i = 0; i < 4; i++)
		digits = (size_t)snprintf(NULL, 0, "%zu", size + digits);
	size += digits;
	i = (size_t)snprintf(record, sizeof(record), "%zu %s=", size, key);
	memcpy(record + i, value, n);
	record[i + n] = '\n';
	header(type, "pax", "", size, 0644);
	bytes(record, size);
}

/* GNU's long name ('L') or long link ('K'). */
static void
gnu_long(char type, const char *text)
{
	header(type, "././@LongLink", "", strlen(text) + 1, 0644);
	bytes(text, strlen(text) + 1);
}

static void
finish(void)
{
	tar_n += 1024;
}

/* --- reading a bundle of it --- */

struct reading {
	struct xzread x;
	struct blockstream *s;
	struct tarread *t;
};

static enum err_code
start(struct reading *r, struct err *e)
{
	struct blockstream_options o = { false, 1, MEMORY, NULL };
	struct range all = { 0, 0 };

	memset(r, 0, sizeof(*r));
	if (xzread_open("b", MEMORY, &r->x, e) != ERR_OK)
		return e->code;
	all.end = r->x.raw_size;
	if (blockstream_open(&r->x, &all, all.end > 0, &o, &r->s, e) ==
	    ERR_OK)
		tarread_open(r->s, PAX_MAX, &r->t, e);
	return e->code;
}

static void
stop(struct reading *r)
{
	tarread_free(r->t);
	blockstream_free(r->s);
	xzread_free(&r->x);
}

/* Read all of "b": members, their data, and the tail. */
static enum err_code
read_all(size_t *n, uint64_t *members_end, struct err *e)
{
	const struct tarread_member *m;
	struct reading r;
	const uint8_t *p;
	size_t size;

	*n = 0;
	start(&r, e);
	while (e->code == ERR_OK && tarread_next(r.t, &m, e) == ERR_OK &&
	    m != NULL) {
		++*n;
		do {
			tarread_data(r.t, &p, &size, e);
		} while (e->code == ERR_OK && size > 0);
	}
	if (e->code == ERR_OK)
		tarread_tail(r.t, members_end, e);
	stop(&r);
	return e->code;
}

static enum err_code
read_toc(struct tarread_toc *toc, struct err *e)
{
	struct xzread x;

	memset(toc, 0, sizeof(*toc));
	if (xzread_open("b", MEMORY, &x, e) == ERR_OK)
		tarread_toc(&x, MEMORY, NULL, toc, e);
	xzread_free(&x);
	return e->code;
}

/* --- what is read, against what is expected --- */

struct expected {
	const char *name;
	const char *link;
	enum tarread_type type;
	size_t size;
	bool executable;
	size_t end_off;		/* head_off of the next */
};

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void
compare(const struct tarread_member *m, const struct expected *x,
    size_t head_off)
{
	if (!same_text(m->name, x->name) || !same_text(m->link, x->link) ||
	    m->type != x->type || m->size != x->size ||
	    m->executable != x->executable || m->head_off != head_off ||
	    m->mtime != 1 || m->dropped != 0) {
		printf("\n    %.60s -> %.60s: %d %llu %d @%llu", m->name,
		    m->link != NULL ? m->link : "-", (int)m->type,
		    (unsigned long long)m->size, m->executable,
		    (unsigned long long)m->head_off);
		CU_FAIL("a member");
	}
}

/* The data of the member that ends, with its padding, at end_off. */
static void
compare_data(struct tarread *t, const struct expected *x)
{
	size_t at = x->end_off - (x->size + 511) / 512 * 512, got = 0, size;
	struct err e = ERR_INIT;
	const uint8_t *p;

	do {
		CU_ASSERT_EQUAL(tarread_data(t, &p, &size, &e), ERR_OK);
		if (size > x->size - got)
			break;
		if (size > 0)
			CU_ASSERT_EQUAL(memcmp(p, tar + at + got, size), 0);
		got += size;
	} while (size > 0);
	CU_ASSERT_EQUAL(size, 0);
	CU_ASSERT_EQUAL(got, x->type == TARREAD_FILE ? x->size : 0);
	CU_ASSERT_EQUAL(tarread_data(t, &p, &size, &e), ERR_OK);
	CU_ASSERT_EQUAL(size, 0);
}

static void
compare_read(const struct expected *x, size_t n, bool data)
{
	const struct tarread_member *m;
	struct err e = ERR_INIT;
	uint64_t members_end = 0;
	struct reading r;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(start(&r, &e), ERR_OK);
	for (i = 0; tarread_next(r.t, &m, &e) == ERR_OK && m != NULL; i++) {
		if (i == n)
			break;
		compare(m, &x[i], i > 0 ? x[i - 1].end_off : 0);
		if (data)
			compare_data(r.t, &x[i]);
	}
	CU_ASSERT_EQUAL(i, n);
	CU_ASSERT_EQUAL(tarread_tail(r.t, &members_end, &e), ERR_OK);
	CU_ASSERT_EQUAL(members_end, x[n - 1].end_off);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	stop(&r);
}

static void
compare_toc(const struct expected *x, size_t n)
{
	struct err e = ERR_INIT;
	struct tarread_toc toc;
	size_t i;

	CU_ASSERT_EQUAL(read_toc(&toc, &e), ERR_OK);
	CU_ASSERT_EQUAL(toc.n_members, n);
	for (i = 0; i < n && i < toc.n_members; i++) {
		compare(&toc.members[i], &x[i],
		    i > 0 ? x[i - 1].end_off : 0);
		CU_ASSERT_EQUAL(toc.members[i].end_off, x[i].end_off);
	}
	CU_ASSERT_EQUAL(toc.members_end, x[n - 1].end_off);
	tarread_toc_free(&toc);
	CU_ASSERT_EQUAL(toc.n_members, 0);
	tarread_toc_free(&toc);
}

static bool
is_called(void *ctx, const struct tarread_member *m)
{
	return strcmp(m->name, ctx) == 0;
}

/* Up to each member, as if all had been read. */
static void
compare_until(const struct expected *x, size_t n)
{
	struct tarread_toc toc;
	struct xzread xz;
	char name[600];
	size_t i, first;

	for (i = 0; i < n && strlen(x[i].name) < sizeof(name); i++) {
		struct err e = ERR_INIT;

		strcpy(name, x[i].name);
		for (first = 0; strcmp(x[first].name, name) != 0; first++)
			;
		CU_ASSERT_EQUAL(xzread_open("b", MEMORY, &xz, &e), ERR_OK);
		CU_ASSERT_EQUAL(tarread_toc_until(&xz, MEMORY, NULL,
		    is_called, name, &toc, &e), ERR_OK);
		CU_ASSERT_EQUAL_FATAL(toc.n_members, first + 1);
		compare(&toc.members[first], &x[first],
		    first > 0 ? x[first - 1].end_off : 0);
		CU_ASSERT_EQUAL(toc.members[first].end_off, x[first].end_off);
		tarread_toc_free(&toc);
		xzread_free(&xz);
	}
}

/* In one Block, and with the ends of Blocks anywhere. */
static void
expect(const struct expected *x, size_t n)
{
	static const size_t steps[] = { sizeof(tar), 512, 777, 5000 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(steps); i++) {
		harness_bundle("b", tar, tar_n, steps[i]);
		compare_read(x, n, true);
		compare_read(x, n, false);
		compare_toc(x, n);
		compare_until(x, n);
	}
}

/* --- dialects --- */

static void
plain(void)
{
	static const struct expected x[] = {
		{ "d", NULL, TARREAD_DIR, 0, true, 512 },
		{ "d/one", NULL, TARREAD_FILE, 1, false, 1536 },
		{ "d/run", NULL, TARREAD_FILE, 0, true, 2048 },
		{ "group", NULL, TARREAD_FILE, 0, false, 2560 },
		{ "block", NULL, TARREAD_FILE, 512, false, 3584 },
		{ "large", NULL, TARREAD_FILE, 70000, false, 74240 },
		{ "old", NULL, TARREAD_FILE, 0, false, 74752 },
		{ "sym", "../d/", TARREAD_SYMLINK, 0, true, 75264 },
		{ "hard", "d/one", TARREAD_HARDLINK, 0, false, 75776 },
		{ "chr", NULL, TARREAD_OTHER, 0, false, 76288 },
		{ "blk", NULL, TARREAD_OTHER, 0, false, 76800 },
		{ "fifo", NULL, TARREAD_OTHER, 0, false, 77312 },
		{ "./dots//..", NULL, TARREAD_DIR, 0, false, 77824 },
		{ "/", NULL, TARREAD_DIR, 0, true, 78336 },
		{ "d/one", NULL, TARREAD_FILE, 3, false, 79360 },
	};

	begin();
	header('5', "d///", "", 0, 0755);
	file("d/one", 1);
	header('0', "d/run", "", 0, 0755);
	header('0', "group", "", 0, 0677);
	file("block", 512);
	file("large", 70000);
	header('\0', "old", "", 0, 0644);
	header('2', "sym", "../d/", 0, 0777);
	header('1', "hard", "d/one", 0, 0644);
	header('3', "chr", "", 0, 0644);
	header('4', "blk", "", 0, 0644);
	header('6', "fifo", "", 0, 0644);
	/* Dots are for unpack/policy, and so are the types above. */
	header('5', "./dots//../", "", 0, 0644);
	header('5', "/", "", 0, 0755);
	file("d/one", 3);
	finish();
	expect(x, HARNESS_COUNT(x));
}

/* Names of 100 bytes, which have no NUL, and the prefix field. */
static void
full_fields(void)
{
	char name[101], link[101], both[257];
	struct expected x[] = {
		{ name, link, TARREAD_SYMLINK, 0, false, 512 },
		{ both, NULL, TARREAD_FILE, 5, false, 1536 },
	};

	memset(name, 'n', 100);
	memset(link, 'l', 100);
	name[100] = link[100] = '\0';
	memset(both, 'p', 155);
	snprintf(both + 155, sizeof(both) - 155, "/%s", name);
	begin();
	header('2', name, link, 0, 0644);
	file(name, 5);
	memset(tar + 512 + 345, 'p', 155);
	seal(512);
	finish();
	expect(x, HARNESS_COUNT(x));
}

static void
pax_headers(void)
{
	static const char odd[] = "odd \xFF\xFE\n=1 /x";
	char name[1001], link[2001];
	struct expected x[] = {
		{ name, NULL, TARREAD_FILE, 600, false, 3072 },
		{ "after", NULL, TARREAD_FILE, 1, false, 4096 },
		{ "s", link, TARREAD_SYMLINK, 0, false, 7168 },
		{ odd, NULL, TARREAD_FILE, 0, false, 8704 },
		{ "sized", NULL, TARREAD_FILE, 700, true, 11264 },
		{ "globe", NULL, TARREAD_FILE, 2, false, 13312 },
		{ "\xC3\xA9", NULL, TARREAD_DIR, 0, false, 14848 },
		{ "raw\xC3", "\xC3(", TARREAD_HARDLINK, 0, false, 15360 },
	};
	uint8_t *p = harness_bytes('r', 9, 700);

	memset(name, 'n', sizeof(name));
	memset(link, 'l', sizeof(link));
	name[1000] = link[2000] = '\0';
	begin();
	pax('x', "path", name, 1000);
	file("short", 600);
	file("after", 1);
	pax('x', "linkpath", link, 2000);
	header('2', "s", "t", 0, 0644);
	pax('x', "path", odd, sizeof(odd) - 1);
	file("short", 0);
	pax('x', "size", "700", 3);
	header('0', "sized", "", 700, 0744);
	bytes(p, 700);
	pax('g', "comment", "path=none", 9);
	file("globe", 2);
	pax('x', "path", "\xC3\xA9/", 3);
	header('5', "short", "", 0, 0644);
	header('1', "raw\xC3", "\xC3(", 0, 0644);
	finish();
	expect(x, HARNESS_COUNT(x));
	free(p);
}

/* libarchive composes what pax headers say; a name stays as it is. */
static void
normal_forms(void)
{
	static const char latin[] = "d/e\xCC\x81.txt", angstrom[] =
	    "\xE2\x84\xAB", hangul[] = "\xE1\x84\x92\xE1\x85\xA1"
	    "\xE1\x86\xAB/";
	char dir[sizeof(hangul)];
	struct expected x[] = {
		{ latin, NULL, TARREAD_FILE, 6, false, 2048 },
		{ angstrom, NULL, TARREAD_FILE, 0, false, 3584 },
		{ dir, NULL, TARREAD_DIR, 0, false, 5120 },
		{ "s", latin, TARREAD_SYMLINK, 0, false, 6656 },
		{ "h", latin, TARREAD_HARDLINK, 0, false, 8192 },
	};

	memcpy(dir, hangul, sizeof(dir));
	dir[strlen(dir) - 1] = '\0';
	begin();
	pax('x', "path", latin, strlen(latin));
	file("short", 6);
	pax('x', "path", angstrom, strlen(angstrom));
	file("short", 0);
	pax('x', "path", hangul, strlen(hangul));
	header('5', "short", "", 0, 0644);
	pax('x', "linkpath", latin, strlen(latin));
	header('2', "s", "t", 0, 0644);
	pax('x', "linkpath", latin, strlen(latin));
	header('1', "h", "t", 0, 0644);
	finish();
	expect(x, HARNESS_COUNT(x));
}

static void
gnu_names(void)
{
	char name[513], link[301];
	struct expected x[] = {
		{ name, NULL, TARREAD_FILE, 3, false, 2560 },
		{ "f", NULL, TARREAD_FILE, 0, false, 3072 },
		{ name, link, TARREAD_HARDLINK, 0, false, 6144 },
		{ "s", link, TARREAD_SYMLINK, 0, false, 7680 },
	};

	memset(name, 'n', sizeof(name));
	memset(link, 'l', sizeof(link));
	name[512] = link[300] = '\0';
	begin();
	gnu_long('L', name);
	file("nnn", 3);
	file("f", 0);
	gnu_long('K', link);
	gnu_long('L', name);
	header('1', "nnn", "lll", 0, 0644);
	gnu_long('K', link);
	header('2', "s", "lll", 0, 0644);
	finish();
	expect(x, HARNESS_COUNT(x));
}

/* Attributes, which are counted. */
static void
dropped(void)
{
	const struct tarread_member *m = NULL;
	struct err e = ERR_INIT;
	struct reading r;

	begin();
	pax('x', "SCHILY.xattr.user.kept", "no", 2);
	file("f", 1);
	file("g", 1);
	finish();
	harness_bundle("b", tar, tar_n, 5000);
	CU_ASSERT_EQUAL(start(&r, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarread_next(r.t, &m, &e), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_STRING_EQUAL(m->name, "f");
	CU_ASSERT_EQUAL(m->dropped, 1);
	CU_ASSERT_EQUAL(tarread_next(r.t, &m, &e), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->dropped, 0);
	stop(&r);
}

/* --- what the validator refuses --- */

/* The tar, and a table of its contents, are refused behind n members. */
static void
refused(size_t n, enum err_code code, const char *says)
{
	struct err e = ERR_INIT, lazy = ERR_INIT;
	struct tarread_toc toc;
	uint64_t members_end;
	size_t got, i;

	/* However the bytes arrive: what is at hand is judged at once. */
	for (i = 512; i <= sizeof(tar); i *= 512) {
		struct err piece = ERR_INIT;

		harness_bundle("b", tar, tar_n, i);
		read_all(&got, &members_end, &piece);
		CU_ASSERT_EQUAL(piece.code, code);
		CU_ASSERT_TRUE(got <= n);
	}
	harness_bundle("b", tar, tar_n, 512);
	read_all(&got, &members_end, &e);
	if (e.code != code || !HARNESS_SAYS(&e, says))
		printf("\n    not \"%s\": %d \"%s\"", says, (int)e.code,
		    e.text);
	CU_ASSERT_EQUAL(e.code, code);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
	read_toc(&toc, &lazy);
	CU_ASSERT_EQUAL(lazy.code, code);
	CU_ASSERT_TRUE(HARNESS_SAYS(&lazy, says));
	tarread_toc_free(&toc);
}

static void
nul(void)
{
	begin();
	pax('x', "path", "good\0/../evil", 13);
	file("x", 1);
	finish();
	refused(0, ERR_UNSAFE, "NUL");
	begin();
	file("first", 1);
	header('0', "ustar", "", 0, 0644);
	memcpy(tar + tar_n - 512 + 6, "evil", 4);
	seal(tar_n - 512);
	finish();
	refused(1, ERR_UNSAFE, "behind the end of a name");
}

static void
types(void)
{
	static const char rows[] = "7SVMDXZ";
	size_t i;

	for (i = 0; rows[i] != '\0'; i++) {
		begin();
		file("first", 600);
		header(rows[i], "x", "", 0, 0644);
		file("last", 1);
		finish();
		refused(1, ERR_UNSAFE, "not supported");
	}
}

/* An old GNU sparse member: 1 or 2 extents of 512 bytes in 4096. */
static void
gnu_sparse(const char *name, size_t first, size_t second, size_t n)
{
	size_t head = tar_n;
	char *h = (char *)tar + head;

	header('S', name, "", n * 512, 0644);
	memcpy(h + 257, "ustar  ", 8);
	snprintf(h + 386, 12, "%011zo", first);
	snprintf(h + 398, 12, "%011o", n > 0 ? 512 : 0);
	if (n > 1) {
		snprintf(h + 410, 12, "%011zo", second);
		snprintf(h + 422, 12, "%011o", 512);
	}
	snprintf(h + 483, 12, "%011o", 4096);
	seal(head);
	memset(tar + tar_n, 'd', n * 512);
	tar_n += n * 512;
}

/* So are those in pax headers, version 1.0: the map is before the data. */
static void
sparse(void)
{
	static const char records[] = "22 GNU.sparse.major=1\n"
	    "22 GNU.sparse.minor=0\n26 GNU.sparse.name=sparse\n"
	    "31 GNU.sparse.realsize=1000000\n";
	static const char map[] = "1\n1024\n512\n";
	size_t i;

	for (i = 0; i < 3; i++) {
		begin();
		gnu_sparse("sparse", 1024, 3072, i);
		file("next", 1);
		finish();
		refused(0, ERR_UNSAFE, "type 'S'");
	}
	begin();
	header('x', "pax", "", sizeof(records) - 1, 0644);
	bytes(records, sizeof(records) - 1);
	header('0', "GNUSparseFile.1/sparse", "", 1024, 0644);
	bytes(map, sizeof(map) - 1);
	memset(tar + tar_n, 'd', 512);
	tar_n += 512;
	finish();
	refused(0, ERR_UNSAFE, "GNU.sparse");
}

/* Two sizes of one member. */
static void
two_sizes(void)
{
	begin();
	pax('x', "size", "0", 1);
	header('0', "hides", "", 1024, 0644);
	header('0', "hidden", "", 0, 0644);
	tar_n += 512;
	finish();
	refused(0, ERR_UNSAFE, "by its pax header");
	begin();
	pax('x', "size", "1024", 4);
	header('0', "hides", "", 0, 0644);
	header('0', "hidden", "", 0, 0644);
	tar_n += 512;
	finish();
	refused(0, ERR_UNSAFE, "by its pax header");
	begin();
	header('5', "hides", "", 512, 0755);
	header('0', "hidden", "", 0, 0644);
	finish();
	refused(0, ERR_UNSAFE, "is no file");
}

static void
pax_limit(void)
{
	struct err e = ERR_INIT, over = ERR_INIT;
	const struct tarread_member *m;
	char name[2000];
	struct reading r;

	memset(name, 'n', sizeof(name));
	begin();
	pax('x', "path", name, sizeof(name));
	file("short", 1);
	finish();
	harness_bundle("b", tar, tar_n, 512);
	CU_ASSERT_EQUAL(start(&r, &e), ERR_OK);
	tarread_free(r.t);
	blockstream_free(r.s);
	r.t = NULL;
	r.s = NULL;
	CU_ASSERT_EQUAL(blockstream_open(&r.x, &(struct range){ 0,
	    r.x.raw_size }, 1, &(struct blockstream_options){ false, 1,
	    MEMORY, NULL }, &r.s, &e), ERR_OK);
	/* One header block, and four blocks of records. */
	if (tarread_open(r.s, 5 * 512 - 1, &r.t, &over) == ERR_OK)
		tarread_next(r.t, &m, &over);
	CU_ASSERT_EQUAL(over.code, ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&over, "--max-pax 2560 "));
	stop(&r);
}

/* --- damage --- */

static void
three(void)
{
	begin();
	file("one", 700);
	pax('x', "path", "two", 3);
	file("short", 1);
	file("three", 512);
	finish();
}

/* Cut anywhere, it is never taken for whole. */
static void
truncated(void)
{
	uint64_t members_end;
	size_t i, n, cut;

	three();
	for (i = 0; i * 64 < tar_n; i++) {
		struct err e = ERR_INIT;

		cut = i * 64 + (i % 5 == 4 ? 1 : 0);
		harness_bundle("b", tar, cut, 1000);
		read_all(&n, &members_end, &e);
		if (e.code != ERR_CORRUPT)
			printf("\n    cut at %zu: %d \"%s\"", cut,
			    (int)e.code, e.text);
		CU_ASSERT_EQUAL(e.code, ERR_CORRUPT);
		/* libarchive's position is that of an error by then. */
		CU_ASSERT_TRUE(strstr(e.text, "byte -") == NULL);
	}
}

/* And a table of contents has no member whose data is not all there. */
static void
truncated_toc(void)
{
	struct tarread_toc toc;
	size_t i, k, cut;

	three();
	for (i = 0; i < 64; i++) {
		struct err e = ERR_INIT;

		cut = i * tar_n / 64;
		harness_bundle("b", tar, cut, 300);
		read_toc(&toc, &e);
		for (k = 0; e.code == ERR_OK && k < toc.n_members; k++)
			CU_ASSERT_TRUE(toc.members[k].end_off <= cut);
		tarread_toc_free(&toc);
	}
}

static void
tails(void)
{
	uint64_t members_end = 0;
	struct err e = ERR_INIT, garbage = ERR_INIT, late = ERR_INIT;
	struct err again = ERR_INIT, marker = ERR_INIT, half = ERR_INIT;
	struct err none = ERR_INIT;
	size_t n, end;

	three();
	end = tar_n - 1024;
	/* padded, as GNU tar does */
	harness_bundle("b", tar, tar_n + 9216, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &e), ERR_OK);
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(members_end, end);
	harness_bundle("b", tar, tar_n + 5, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &e), ERR_OK);
	harness_bundle("b", tar, end, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &none), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&none, "end marker"));
	harness_bundle("b", tar, end + 512, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &half), ERR_CORRUPT);
	tar[tar_n] = 1;
	harness_bundle("b", tar, tar_n + 1, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &garbage), ERR_UNSAFE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&garbage, "end marker"));
	tar[tar_n] = 0;
	tar[tar_n + 90000] = 1;
	harness_bundle("b", tar, tar_n + 100000, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &late), ERR_UNSAFE);
	tar[tar_n + 90000] = 0;
	file("again", 3);		/* a second tar behind the first */
	finish();
	harness_bundle("b", tar, tar_n, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &again), ERR_UNSAFE);
	three();
	tar_n -= 512;			/* behind half of the marker */
	file("again", 3);
	finish();
	harness_bundle("b", tar, tar_n, 4096);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &marker), ERR_UNSAFE);
}

static void
no_members(void)
{
	struct err empty = ERR_INIT;
	uint64_t members_end;
	size_t n;

	begin();
	finish();
	refused(0, ERR_UNSAFE, "no members");
	harness_bundle("b", tar, 0, 1);
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &empty), ERR_CORRUPT);
}

/* A header that lies, and what is no header. */
static void
damaged(void)
{
	static const struct {
		size_t n;		/* members before it */
		enum err_code code;
		const char *says;
	} rows[] = {
		{ 0, ERR_UNSAFE, "holds no tar" },	/* no tar */
		{ 0, ERR_UNSAFE, "holds no tar" },	/* checksum: first */
		{ 2, ERR_CORRUPT, "checksum" },		/* the third */
		{ 1, ERR_CORRUPT, "checksum" },		/* the pax header */
		{ 1, ERR_UNSAFE, "malformed" },		/* a record */
		{ 1, ERR_CORRUPT, "runcated" },		/* too much data */
		{ 0, ERR_UNSAFE, "the field size" },	/* negative */
		{ 0, ERR_UNSAFE, "the field size" },	/* 2^63 bytes */
	};
	size_t how;

	for (how = 0; how < HARNESS_COUNT(rows); how++) {
		three();
		if (how == 0)
			memset(tar, 'x', tar_n);
		if (how == 1)
			tar[0] ^= 1;
		if (how == 2)
			tar[tar_n - 1024 - 1024] ^= 1;
		if (how == 3)
			tar[1536] ^= 1;
		if (how == 4)
			tar[1536 + 512] = 'x';
		if (how == 5)
			memcpy(tar + 124, "77777777777", 11);
		if (how == 6)
			memset(tar + 124, 0xFF, 12);
		if (how == 7)
			memcpy(tar + 124, "\x80\0\0\0\x80\0\0\0\0\0\0\0", 12);
		if (how >= 5)
			seal(0);
		refused(rows[how].n, rows[how].code, rows[how].says);
	}
}

/* The reason that a Block cannot be decoded comes through, whether a header
 * or data is in it, and whether or not anyone wants the data. */
static void
damaged_block(void)
{
	static const struct {
		size_t block, n_members;
		const char *says;
	} rows[] = {
		{ 1, 1, "Block 2" }, { 2, 1, "Block 3" },
		{ 3, 2, "Block 4" }, { 0, 0, "Block 1" },
	};
	const struct tarread_member *m;
	uint64_t members_end;
	struct reading r;
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT, unread = ERR_INIT;

		begin();
		file("one", 5000);
		file("two", 5000);	/* its header begins at 5632 */
		finish();
		harness_bundle("b", tar, tar_n, i == 1 ? 2816 : 3000);
		harness_spoil("b", rows[i].block, HARNESS_DATA);
		CU_ASSERT_EQUAL(read_all(&n, &members_end, &e), ERR_CORRUPT);
		CU_ASSERT_EQUAL(n, rows[i].n_members);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, rows[i].says));
		start(&r, &unread);
		while (unread.code == ERR_OK &&
		    tarread_next(r.t, &m, &unread) == ERR_OK && m != NULL)
			;
		if (unread.code == ERR_OK)
			tarread_tail(r.t, &members_end, &unread);
		CU_ASSERT_EQUAL(unread.code, ERR_CORRUPT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&unread, rows[i].says));
		stop(&r);
	}
}

/* A table of contents decodes no Block that has no header. */
static void
lazy(void)
{
	static const struct expected x[] = {
		{ "one", NULL, TARREAD_FILE, 100000, false, 100864 },
		{ "two", NULL, TARREAD_FILE, 1, false, 101888 },
	};
	struct err e = ERR_INIT;
	uint64_t members_end;
	struct reading r;
	uint8_t *p;
	size_t n, size, i;

	begin();
	file("one", 100000);
	file("two", 1);
	finish();
	harness_bundle("b", tar, tar_n, 10000);
	CU_ASSERT_EQUAL(start(&r, &e), ERR_OK);
	p = harness_read("b", &size);
	for (i = 4; i < 9; i++) {
		n = (size_t)r.x.blocks[i].file_off + r.x.blocks[i].header_size;
		memset(p + n, 0x55, 1000);
	}
	stop(&r);
	harness_write("b", p, size);
	compare_toc(x, HARNESS_COUNT(x));
	CU_ASSERT_EQUAL(read_all(&n, &members_end, &e), ERR_CORRUPT);
	free(p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "plain ustar", plain },
		{ "full fields", full_fields },
		{ "pax", pax_headers },
		{ "composed or not", normal_forms },
		{ "GNU long names", gnu_names },
		{ "NUL in a name", nul },
		{ "dropped attributes", dropped },
		{ "other types", types },
		{ "sparse", sparse },
		{ "two sizes", two_sizes },
		{ "limit on extension headers", pax_limit },
		{ "truncated", truncated },
		{ "truncated, the table of contents", truncated_toc },
		{ "what follows the members", tails },
		{ "no members", no_members },
		{ "damaged headers", damaged },
		{ "a damaged Block", damaged_block },
		{ "skipped Blocks are not decoded", lazy },
	};

	return harness_run("tarread", tests, HARNESS_COUNT(tests));
}
