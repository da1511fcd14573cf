#include "region/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "regions.h"

#define LOCAL 30		/* bytes of a local header without its name */
#define CENTRAL 46		/* and of a central one */
#define END 22
#define NONE32 0xFFFFFFFF

/* A zip file in the making. */
struct zip {
	struct buf b;
	struct buf central;
	size_t n;
	bool zip64;		/* numbers are where zip64 has them */
};

struct member {
	const char *name;
	const char *data;
	size_t size;
	unsigned int method, flags;
	size_t raw;		/* 0: as size */
	size_t extra;		/* bytes behind the local header's name */
};

static void
put_zeros(struct buf *b, size_t n)
{
	while (n-- > 0)
		regions_put(b, "", 1);
}

/* APPNOTE.TXT 4.3.7. */
static void
put_local(struct buf *b, const struct member *m, size_t raw)
{
	regions_put(b, "PK\3\4\24\0", 6);
	regions_put_le(b, m->flags, 2);
	regions_put_le(b, m->method, 2);
	put_zeros(b, 8);			/* time, CRC */
	regions_put_le(b, m->size, 4);
	regions_put_le(b, raw, 4);
	regions_put_le(b, strlen(m->name), 2);
	regions_put_le(b, m->extra, 2);
	regions_put_text(b, m->name);
	put_zeros(b, m->extra);
	regions_put(b, m->data, m->size);
}

/* APPNOTE.TXT 4.3.12, and 4.5.3 for zip64. */
static void
put_central(struct zip *z, const struct member *m, size_t raw, size_t at)
{
	struct buf *b = &z->central;

	regions_put(b, "PK\1\2\24\0\24\0", 8);
	regions_put_le(b, m->flags, 2);
	regions_put_le(b, m->method, 2);
	put_zeros(b, 8);
	regions_put_le(b, z->zip64 ? NONE32 : m->size, 4);
	regions_put_le(b, z->zip64 ? NONE32 : raw, 4);
	regions_put_le(b, strlen(m->name), 2);
	regions_put_le(b, z->zip64 ? 33 : 0, 2);
	regions_put_le(b, 1, 2);		/* a comment of one byte */
	put_zeros(b, 8);			/* disk, attributes */
	regions_put_le(b, z->zip64 ? NONE32 : at, 4);
	regions_put_text(b, m->name);
	if (z->zip64) {
		regions_put(b, "UT\1\0x\1\0\30\0", 9);
		regions_put_le(b, raw, 8);
		regions_put_le(b, m->size, 8);
		regions_put_le(b, at, 8);
	}
	regions_put_text(b, "c");
}

static void
add(struct zip *z, const struct member *m)
{
	size_t raw = m->raw > 0 ? m->raw : m->size;
	size_t at = z->b.size;

	put_local(&z->b, m, raw);
	put_central(z, m, raw, at);
	z->n++;
}

/* APPNOTE.TXT 4.3.16: without zip64, or pointing to it. */
static void
put_end(struct buf *b, size_t n, size_t size, size_t at, size_t comment)
{
	regions_put(b, "PK\5\6\0\0\0\0", 8);
	regions_put_le(b, n, 2);
	regions_put_le(b, n, 2);
	regions_put_le(b, size, 4);
	regions_put_le(b, at, 4);
	regions_put_le(b, comment, 2);
}

/* APPNOTE.TXT 4.3.14 and 4.3.15. */
static void
put_end64(struct zip *z, size_t at)
{
	size_t record = z->b.size;

	regions_put(&z->b, "PK\6\6\54\0\0\0\0\0\0\0\55\0\55\0\0\0\0\0\0\0\0\0",
	    24);
	regions_put_le(&z->b, z->n, 8);
	regions_put_le(&z->b, z->n, 8);
	regions_put_le(&z->b, z->central.size, 8);
	regions_put_le(&z->b, at, 8);
	regions_put(&z->b, "PK\6\7\0\0\0\0", 8);
	regions_put_le(&z->b, record, 8);
	regions_put_le(&z->b, 1, 4);
}

static void
finish(struct zip *z, const void *comment, size_t n_comment)
{
	size_t at = z->b.size;

	regions_put(&z->b, z->central.data, z->central.size);
	if (z->zip64)
		put_end64(z, at);
	put_end(&z->b, z->zip64 ? 0xFFFF : z->n, z->zip64 ? NONE32 :
	    z->central.size, z->zip64 ? NONE32 : at, n_comment);
	regions_put(&z->b, comment, n_comment);
}

static void
zip_free(struct zip *z)
{
	buf_free(&z->b);
	buf_free(&z->central);
}

/* --- good files --- */

#define NPY_HEADER "{'descr':'<f2','fortran_order':False,'shape':(3,2)}"
#define NPY "\x93NUMPY\1\0\63\0" NPY_HEADER "abcdefghijkl"
#define NPY_SIZE (10 + 51 + 12)

static const struct member members[] = {
	{ "m/", "", 0, 0, 0, 0, 0 },
	{ "m/data/0", "0123456789", 10, 0, 0, 0, 23 },
	{ "packed", "xyz", 3, 8, 0, 1000, 0 },
	{ "a.npy", NPY, NPY_SIZE, 0, 0, 0, 5 },
	{ "secret", NPY, NPY_SIZE, 0, 1, 0, 0 },
	{ "zst", NPY, NPY_SIZE, 93, 0, 1000, 0 },
	{ "odd", "q", 1, 77, 0, 0, 0 },
	{ "short.npy", NPY, NPY_SIZE - 1, 0, 0, 0, 0 },
	{ "", "z", 1, 0, 8, 0, 0 },
};

static void
make(struct zip *z, bool zip64)
{
	size_t i;

	memset(z, 0, sizeof(*z));
	z->zip64 = zip64;
	for (i = 0; i < HARNESS_COUNT(members); i++)
		add(z, &members[i]);
}

/* What is to be found of them: all but the empty one. */
static const struct regions_want wants[] = {
	{ 0, 10, REGION_OTHER, 1, 0, "", "m/data/0" },
	{ 0, 3, REGION_OTHER, 1, 0, "deflate", "packed" },
	{ 10 + 51, 12, REGION_NUMBERS, 2, 4, "f2", "a.npy" },
	{ 0, NPY_SIZE, REGION_OTHER, 1, 0, "encrypted", "secret" },
	{ 0, NPY_SIZE, REGION_OTHER, 1, 0, "zstd", "zst" },
	{ 0, 1, REGION_OTHER, 1, 0, "packed", "odd" },
	{ 0, NPY_SIZE - 1, REGION_OTHER, 1, 0, "", "short.npy" },
	{ 0, 1, REGION_OTHER, 1, 0, "", "" },
};

static void
check(const struct zip *z)
{
	struct regions_want want[2 * HARNESS_COUNT(wants) + 1];
	const struct regions_want gap = { 0, 0, REGION_OTHER, 1, 0, "",
	    NULL };
	size_t i, n = 0;
	uint64_t at = 0, data = LOCAL + strlen(members[0].name);

	for (i = 0; i < HARNESS_COUNT(wants); i++) {
		const struct member *m = &members[i + 1];

		data += LOCAL + strlen(m->name) + m->extra;
		want[n] = gap;
		want[n + 1] = wants[i];
		want[n].off = at;
		want[n + 1].off += data;
		want[n].size = want[n + 1].off - at;
		at = want[n + 1].off + want[n + 1].size;
		data += m->size;
		n += 2;
	}
	want[n] = gap;
	want[n].off = at;
	want[n].size = z->b.size - at;
	regions_are(z->b.data, z->b.size, "zip", want, n + 1);
}

static void
good(void)
{
	struct zip z;
	int zip64, comment;

	for (zip64 = 0; zip64 < 2; zip64++)
	for (comment = 0; comment < 2; comment++) {
		make(&z, zip64 == 1);
		finish(&z, "a comment", comment == 1 ? 9 : 0);
		check(&z);
		zip_free(&z);
	}
}

static void
empty(void)
{
	struct zip z;
	int comment;

	for (comment = 0; comment < 2; comment++) {
		memset(&z, 0, sizeof(z));
		finish(&z, "a comment", comment == 1 ? 9 : 0);
		const struct regions_want want = { 0, z.b.size, REGION_OTHER,
		    1, 0, "", NULL };

		regions_are(z.b.data, z.b.size, "zip", &want, 1);
		/* Something else begins like that. */
		z.b.data[2] = 4;
		regions_one(z.b.data, z.b.size, NULL);
		zip_free(&z);
	}
}

/* More entries than 16 bits count. */
static void
many(void)
{
	const struct member m = { "x", "y", 1, 0, 0, 0, 0 };
	struct region_list list;
	struct zip z;
	size_t i;

	memset(&z, 0, sizeof(z));
	for (i = 0; i < 70000; i++)
		add(&z, &m);
	finish(&z, "", 0);
	regions_find(z.b.data, z.b.size, &list);
	CU_ASSERT_STRING_EQUAL(list.warning, "");
	CU_ASSERT_EQUAL(list.n, 140001);
	region_list_free(&list);
	zip_free(&z);
}

/* --- hostile files --- */

/* The comment looks like the end of a file. */
static void
comments(void)
{
	static const struct {
		size_t n, size, at;
	} fakes[] = {
		{ 0, 0, 0 }, { 1, 46, 0 }, { 9, 46, 100 }, { 0xFFFF, 0, 0 },
		{ 0, 46, 7 }, { 0xFFFF, NONE32, NONE32 }, { 1, 0, 7 },
		{ 1, NONE32, 1 }, { 1, 1, NONE32 },
	};
	size_t i, behind, at;
	struct buf fake;
	struct zip z;

	for (i = 0; i < HARNESS_COUNT(fakes); i++)
	for (behind = 0; behind < 3; behind++) {
		memset(&fake, 0, sizeof(fake));
		regions_put_text(&fake, "PK\6\7................PK\1\2");
		put_end(&fake, fakes[i].n, fakes[i].size, fakes[i].at,
		    behind);
		regions_put(&fake, "..", behind);
		make(&z, i % 2 == 1);
		finish(&z, fake.data, fake.size);
		check(&z);
		/* No entries, in a directory that is where it should be. */
		at = z.b.size - behind - END;
		z.b.size = at;
		put_end(&z.b, 0, 0, at, behind);
		z.b.size += behind;
		check(&z);
		zip_free(&z);
		buf_free(&fake);
	}
}

/* A comment as long as there may be, of ends without any sense. */
static void
long_comment(void)
{
	struct buf fake = { 0 };
	struct zip z;

	while (fake.size + END <= 0xFFFF)
		put_end(&fake, 1, 0, fake.size,
		    0xFFFF - fake.size - END);
	put_zeros(&fake, 0xFFFF - fake.size);
	make(&z, false);
	finish(&z, fake.data, fake.size);
	check(&z);
	/* One more byte behind the file, and the end is not the end. */
	regions_put(&z.b, "", 1);
	regions_one(z.b.data, z.b.size, "no central directory");
	zip_free(&z);
	buf_free(&fake);
}

/* Put v into the n bytes at `at` of the central header of member i; what is
 * found then? */
static void
spoil(size_t i, size_t at, uint64_t v, size_t n, const char *says)
{
	struct zip z;
	size_t k;

	make(&z, false);
	for (k = 0; k < i; k++)
		at += CENTRAL + strlen(members[k].name) + 1;
	for (k = 0; k < n; k++)
		z.central.data[at + k] = (uint8_t)(v >> 8 * k);
	finish(&z, "", 0);
	regions_one(z.b.data, z.b.size, says);
	zip_free(&z);
}

static void
wrong_entries(void)
{
	spoil(0, 0, 0, 1, "no central directory");
	spoil(1, 0, 0, 1, "directory is wrong");
	spoil(8, 28, 1, 2, "directory is wrong");	/* its name's size */
	spoil(8, 28, 0xFFFF, 2, "directory is wrong");
	spoil(8, 30, 0xFFFF, 2, "directory is wrong");
	spoil(8, 32, 0xFFFF, 2, "directory is wrong");
	spoil(3, 32, 0, 2, "directory is wrong");
	/* zip64's numbers are not there; so these are as they look */
	spoil(2, 20, NONE32, 4, "behind the last one");
	spoil(2, 42, NONE32, 4, "without a header");
	/* sizes */
	spoil(1, 20, 9, 4, "two sizes");
	spoil(1, 24, 11, 4, "two sizes");
	spoil(2, 20, 100000, 4, "behind the last one");
	spoil(2, 20, 0xFFFFFFFE, 4, "behind the last one");
	spoil(8, 20, 2, 4, "behind the last one");
	/* offsets */
	spoil(2, 42, 1, 4, "without a header");
	spoil(2, 42, 0xFFFFFFFE, 4, "without a header");
	spoil(2, 42, 1000000, 4, "without a header");
}

/* What follows the entries begins like one. */
static void
cut_directory(void)
{
	static const char zeros[60];
	struct zip z;

	make(&z, false);
	regions_put_text(&z.central, "PK\1\2");
	z.n++;
	finish(&z, zeros, sizeof(zeros));
	regions_one(z.b.data, z.b.size, "directory is wrong");
	zip_free(&z);
}

/* Two entries that share bytes, as those of zip bombs do. */
static void
overlaps(void)
{
	const size_t at1 = LOCAL + 2, size1 = LOCAL + 8 + 23 + 10;

	spoil(2, 42, at1, 4, "overlaps");		/* the same header */
	spoil(2, 20, 3 + LOCAL + 5 + 5 + 62, 4, "overlaps");
	spoil(1, 42, at1 + size1, 4, "overlaps");
	spoil(4, 42, at1 + size1, 4, "overlaps");
}

/* The end record: huge counts, and a directory that is elsewhere. */
static void
wrong_ends(void)
{
	static const struct {
		size_t at;
		uint64_t v;
		size_t n;
		const char *says;
	} cases[] = {
		{ 4, 1, 2, "no central" }, { 6, 1, 2, "no central" },
		{ 8, 8, 2, "no central" }, { 10, 10, 2, "no central" },
		{ 8, 0x00080008, 4, "count of entries" },
		{ 8, 0xFFFFFFFF, 4, "count of entries" },
		{ 12, 0, 4, "no central" }, { 12, NONE32, 4, "no central" },
		{ 12, 45, 4, "no central" }, { 16, 0, 4, "no central" },
		{ 16, NONE32, 4, "no central" }, { 20, 1, 2, "no central" },
		{ 16, 0x7FFFFFFF, 4, "no central" },
	};
	struct zip z;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		make(&z, false);
		finish(&z, "", 0);
		for (k = 0; k < cases[i].n; k++)
			z.b.data[z.b.size - END + cases[i].at + k] =
			    (uint8_t)(cases[i].v >> 8 * k);
		regions_one(z.b.data, z.b.size, cases[i].says);
		zip_free(&z);
	}
}

/* The record and the locator of zip64, counted from the end of the file. */
static void
wrong_zip64(void)
{
	static const struct {
		size_t back;
		uint64_t v;
		size_t n;
		const char *says;
	} cases[] = {
		{ END + 20, 0, 1, "no central" },
		{ END + 20 - 8, UINT64_MAX, 8, "no central" },
		{ END + 20 - 8, UINT64_MAX - 50, 8, "no central" },
		{ END + 20 - 8, 0, 8, "no central" },
		{ END + 76, 0, 1, "no central" },
		{ END + 76 - 32, 8, 8, "count of entries" },
		{ END + 76 - 40, UINT64_MAX, 8, "no central" },
		{ END + 76 - 40, UINT64_C(1) << 63, 8, "no central" },
		{ END + 76 - 48, UINT64_MAX, 8, "no central" },
		{ END + 76 - 48, 0, 8, "no central" },
		/* the extra field of the last entry, and its comment: offset,
		 * sizes, size of the field, and what it is */
		{ END + 76 + 9, UINT64_MAX, 8, "without a header" },
		{ END + 76 + 17, UINT64_MAX, 8, "behind the last one" },
		{ END + 76 + 17, UINT64_MAX - 200, 8, "behind the last one" },
		{ END + 76 + 25, UINT64_MAX, 8, "two sizes" },
		{ END + 76 + 27, 23, 2, "directory is wrong" },
		{ END + 76 + 29, 2, 2, "without a header" },
	};
	struct zip z;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		make(&z, true);
		finish(&z, "", 0);
		for (k = 0; k < cases[i].n; k++)
			z.b.data[z.b.size - cases[i].back + k] =
			    (uint8_t)(cases[i].v >> 8 * k);
		regions_one(z.b.data, z.b.size, cases[i].says);
		zip_free(&z);
	}
}

static void
large_directory(void)
{
	const size_t n = 400;
	struct zip z;
	char *comment = calloc(1, 0xFFFF);
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(comment);
	memset(&z, 0, sizeof(z));
	for (i = 0; i < n; i++) {
		add(&z, &members[1]);
		z.central.data[z.central.size - 1 - 8 - CENTRAL + 32] = 0xFF;
		z.central.data[z.central.size - 1 - 8 - CENTRAL + 33] = 0xFF;
		regions_put(&z.central, comment, 0xFFFF - 1);
	}
	finish(&z, "", 0);
	regions_one(z.b.data, z.b.size, "more than 24 MiB");
	free(comment);
	zip_free(&z);
}

static void
hurt(void)
{
	struct zip z;
	int zip64;

	for (zip64 = 0; zip64 < 2; zip64++) {
		make(&z, zip64 == 1);
		finish(&z, "ab", 2);
		regions_hurt(z.b.data, z.b.size, 0, z.b.size);
		zip_free(&z);
	}
	memset(&z, 0, sizeof(z));
	finish(&z, "ab", 2);
	regions_hurt(z.b.data, z.b.size, 0, z.b.size);
	zip_free(&z);
}

static void
by_python(void)
{
	regions_by_python(
	    "import numpy as np, os, zipfile\n"
	    "r = np.random.RandomState(1)\n"
	    "a = r.randn(7, 5).astype('f4')\n"
	    "b = r.randint(-9, 9, 99).astype('i2')\n"
	    "def show(f, data, *rest):\n"
	    "  print(f, open(f, 'rb').read().index(data), len(data), *rest)\n"
	    "np.savez('p.npz', a=a, b=b)\n"
	    "show('p.npz', a.tobytes(), 4, 20, 'f4', 'a.npy')\n"
	    "show('p.npz', b.tobytes(), 2, 0, 'i2', 'b.npy')\n"
	    "x = bytes(i * 37 % 251 for i in range(1000))   # no d/ in it\n"
	    "y = b'text ' * 50\n"
	    "for zip64 in False, True:\n"
	    "  f = '64.zip' if zip64 else 'p.zip'\n"
	    "  with zipfile.ZipFile(f, 'w') as z:\n"
	    "    with z.open('m/data/0', 'w', force_zip64=zip64) as s:\n"
	    "      s.write(x)\n"
	    "    z.writestr('d/', '')\n"
	    "    z.writestr('t', y, zipfile.ZIP_DEFLATED)\n"
	    "    z.comment = b'PK\\5\\6' + bytes(18)\n"
	    "    n = z.getinfo('t').compress_size\n"
	    "  show(f, x, 1, 0, '-', 'm/data/0')\n"
	    "  p = open(f, 'rb').read()\n"
	    "  print(f, p.index(b't', p.index(b'd/') + 2) + 1, n, 1, 0,\n"
	    "        'deflate', 't')\n"
	    "np.savez_compressed('c.npz', a=a)\n"
	    "i = zipfile.ZipFile('c.npz').getinfo('a.npy')\n"
	    "p = open('c.npz', 'rb').read()\n"
	    "print('c.npz', 30 + p[26] + p[28], i.compress_size, 1, 0,\n"
	    "      'deflate', 'a.npy')\n");
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "good", good },
		{ "empty", empty },
		{ "many", many },
		{ "comments like ends", comments },
		{ "a long comment", long_comment },
		{ "entries that are wrong", wrong_entries },
		{ "a directory cut short", cut_directory },
		{ "overlaps", overlaps },
		{ "ends that are wrong", wrong_ends },
		{ "zip64 that is wrong", wrong_zip64 },
		{ "a large directory", large_directory },
		{ "every byte lost or changed", hurt },
		{ "files of Python", by_python },
	};

	return harness_run("zip", tests, HARNESS_COUNT(tests));
}
