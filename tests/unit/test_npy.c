#include "region/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "regions.h"

/* A file of a version, a header and n bytes. */
static void
make(struct buf *b, unsigned int version, const char *header, size_t n)
{
	uint8_t *data = harness_bytes('r', 5, n);

	memset(b, 0, sizeof(*b));
	regions_put_text(b, "\x93NUMPY");
	regions_put_le(b, version, 2);		/* major, minor */
	regions_put_le(b, strlen(header), version == 1 ? 2 : 4);
	regions_put_text(b, header);
	regions_put(b, data, n);
	free(data);
}

#define HEADER(descr, order, shape) "{'descr': " descr \
    ", 'fortran_order': " order ", 'shape': " shape ", }      \n"

static void
good(void)
{
	static const struct {
		const char *header;
		uint64_t size;		/* of the array; 100 is all */
		uint32_t element;
		uint64_t row;
		const char *dtype;
	} cases[] = {
		{ HEADER("'<f4'", "False", "(2, 3)"), 24, 4, 12, "f4" },
		{ HEADER("'<f4'", "True", "(2, 3)"), 24, 4, 8, "f4" },
		{ HEADER("'>f2'", "False", "(3, 2, 4)"), 48, 2, 8, "f2" },
		{ HEADER("'|i1'", "False", "(5,)"), 5, 1, 0, "i1" },
		{ HEADER("'|b1'", "False", "(5, 1)"), 5, 1, 1, "b1" },
		{ HEADER("'|u1'", "False", "(1, 5)"), 5, 1, 0, "u1" },
		{ HEADER("'<c8'", "False", "()"), 8, 8, 0, "c8" },
		{ HEADER("'=c16'", "False", "(2, 2)"), 64, 16, 32, "c16" },
		{ HEADER("'<M8[ns]'", "False", "(3,)"), 24, 8, 0, "M8" },
		{ HEADER("'<V2'", "False", "(3, 4)"), 24, 2, 8, "V2" },
		{ HEADER("'i8'", "False", "(12,)"), 96, 8, 0, "i8" },
		{ HEADER("'<f4'", "False", "(25,)"), 100, 4, 0, "f4" },
		{ "{\"shape\":(2L,3L),\"descr\":\"<f8\",\"fortran_order\":"
		    "False}", 48, 8, 24, "f8" },
	};
	unsigned int version;
	struct buf b;
	size_t i, at;

	for (version = 1; version <= 3; version++)
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		at = (version == 1 ? 10 : 12) + strlen(cases[i].header);
		const struct regions_want want[] = {
			{ 0, at, REGION_OTHER, 1, 0, "", NULL },
			{ at, cases[i].size, REGION_NUMBERS, cases[i].element,
			    cases[i].row, cases[i].dtype, NULL },
			{ at + cases[i].size, 100 - cases[i].size,
			    REGION_OTHER, 1, 0, "", NULL },
		};

		make(&b, version, cases[i].header, 100);
		regions_are(b.data, b.size, "npy", want,
		    cases[i].size < 100 ? 3 : 2);
		/* All of the array is needed, and no more. */
		b.size = at + cases[i].size;
		regions_are(b.data, b.size, "npy", want, 2);
		regions_one(b.data, b.size - 1, "behind the file");
		buf_free(&b);
	}
}

/* Arrays of what is no number. */
static void
no_numbers(void)
{
	static const struct {
		const char *header;
		uint64_t size, row;
		const char *dtype;
	} cases[] = {
		{ HEADER("[('a', '<f4'), ('b]\\'', '|u1', (2,))]", "False",
		    "(7,)"), 100, 0, "" },
		{ HEADER("('<f4', (2,))", "False", "(7,)"), 100, 0, "" },
		{ HEADER("'|O'", "False", "(7,)"), 100, 0, "O" },
		{ HEADER("'|S5'", "False", "(2, 3)"), 30, 15, "S5" },
		{ HEADER("'<U2'", "False", "(4,)"), 32, 0, "U2" },
		{ HEADER("'|V9'", "False", "(3,)"), 27, 0, "V9" },
		{ HEADER("'<f33'", "False", "(3,)"), 99, 0, "f33" },
	};
	struct buf b;
	size_t i, at;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		at = 10 + strlen(cases[i].header);
		const struct regions_want want[] = {
			{ 0, at, REGION_OTHER, 1, 0, "", NULL },
			{ at, cases[i].size, REGION_OTHER, 1, cases[i].row,
			    cases[i].dtype, NULL },
			{ at + cases[i].size, 100 - cases[i].size,
			    REGION_OTHER, 1, 0, "", NULL },
		};

		make(&b, 1, cases[i].header, 100);
		regions_are(b.data, b.size, "npy", want,
		    cases[i].size < 100 ? 3 : 2);
		buf_free(&b);
	}
}

static void
empty(void)
{
	static const char *const headers[] = {
		HEADER("'<f4'", "False", "(0,)"),
		HEADER("'<f4'", "False", "(2, 0)"),
		HEADER("'<f4'", "True", "(0, 2)"),
		HEADER("'|S0'", "False", "(7, 2)"),
	};
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, 1, headers[i], i);
		const struct regions_want want = { 0, b.size, REGION_OTHER, 1,
		    0, "", NULL };

		regions_are(b.data, b.size, "npy", &want, 1);
		buf_free(&b);
	}
}

static void
wrong_headers(void)
{
	static const char *const headers[] = {
		"", "{", "{}", "x", "{'descr'", "{'descr': '<f4'",
		"{'descr': '<f4', 'fortran_order': False}",
		"{'descr': '<f4', 'shape': (1,)}",
		"{'shape': (1,), 'fortran_order': False}",
		HEADER("'<f4'", "False", "(1,)") "x",
		HEADER("'<f4', 'descr': '<f4'", "False", "(1,)"),
		HEADER("'<f4'", "False", "(1,), 'more': 1"),
		HEADER("'<f4'", "false", "(1,)"),
		HEADER("'<f4'", "0", "(1,)"),
		"{'fortran_order': Tru", "{'fortran_order': Fals",
		HEADER("'<f4'", "False", "[1]"),
		HEADER("'<f4'", "False", "(1"),
		HEADER("'<f4'", "False", "(-1,)"),
		HEADER("'<f4'", "False", "(1 2)"),
		HEADER("'<f4'", "False", "(,)"),
		HEADER("'<f4'", "False", "(18446744073709551616,)"),
		HEADER("'<f4'", "False", "(99999999999999999999999,)"),
		HEADER("''", "False", "(1,)"), HEADER("'<'", "False", "(1,)"),
		HEADER("'<f'", "False", "(1,)"),
		HEADER("'<f4x'", "False", "(1,)"),
		HEADER("'<q4'", "False", "(1,)"),
		HEADER("'<f2147483648'", "False", "(1,)"),
		HEADER("'<f18446744073709551617'", "False", "(1,)"),
		HEADER("'<f4", "False", "(1,)"), HEADER("<f4", "False", "(1,)"),
		HEADER("[", "False", "(1,)"), HEADER("[('a'", "False", "(1,)"),
		HEADER("['", "False", "(1,)"),
		HEADER("'0123456789012345678901234567890123456789012345678901"
		    "2345678901234567890'", "False", "(1,)"),
		HEADER("'<f4'", "False", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)"),
	};
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, 1, headers[i], 100);
		regions_one(b.data, b.size, "npy: the header is wrong");
		buf_free(&b);
	}
}

/* Sizes that 64 bits do not hold. */
static void
overflow(void)
{
	static const char *const headers[] = {
		HEADER("'<f4'", "False", "(4611686018427387904,)"),
		HEADER("'|u1'", "False", "(4294967296, 4294967296)"),
		HEADER("'|u1'", "False", "(4294967296, 4294967296, 0)"),
		HEADER("'|u1'", "False", "(18446744073709551615,)"),
		HEADER("'<U2147483647'", "False", "(2147483648, 2)"),
	};
	static const char *const says[] = { "more elements", "more elements",
	    "more elements", "behind the file", "more elements" };
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, 1, headers[i], 100);
		regions_one(b.data, b.size, says[i]);
		buf_free(&b);
	}
}

static void
wrong_starts(void)
{
	struct buf b;

	make(&b, 4, HEADER("'<f4'", "False", "(1,)"), 4);
	regions_one(b.data, b.size, "not of version");
	b.data[6] = 0;
	regions_one(b.data, b.size, "not of version");
	b.data[6] = 3;
	b.data[10] = 0x10;		/* 1 MiB and more, and cut short */
	regions_one(b.data, b.size, "more than 1 MiB");
	b.data[10] = 0;
	b.data[9] = 0x10;
	regions_one(b.data, b.size, "the header is wrong");
	b.data[0] = 0x92;
	regions_one(b.data, b.size, NULL);
	buf_free(&b);
}

static void
hurt(void)
{
	static const char *const headers[] = {
		HEADER("'<f4'", "False", "(2, 3)"),
		HEADER("[('a', '<f4'), ('b', '|u1')]", "True", "(3L,)"),
	};
	unsigned int version;
	struct buf b;
	size_t i;

	for (version = 1; version <= 2; version++)
	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, version, headers[i], 24);
		regions_hurt(b.data, b.size, 0, b.size - 24);
		buf_free(&b);
	}
}

static void
by_numpy(void)
{
	regions_by_python(
	    "import numpy as np\n"
	    "n = 0\n"
	    "r = np.random.RandomState(1)\n"
	    "for t in 'f2 f4 f8 c8 c16 i1 i2 i4 i8 u1 u2 >f4 >i2'.split():\n"
	    "  for shape in (50,), (5, 30), (3, 4, 5), (1, 77):\n"
	    "    for order in 'CF':\n"
	    "      a = (r.randn(*shape) * 100).astype(t)\n"
	    "      a = np.array(a, order=order)\n"
	    "      f = '%d.npy' % n\n"
	    "      n += 1\n"
	    "      np.save(f, a)\n"
	    "      data = a.tobytes('A')\n"
	    "      row = max(a.strides)\n"
	    "      if len([d for d in shape if d > 1]) < 2: row = 0\n"
	    "      if len(shape) == 3:\n"
	    "        row = sorted(a.strides)[1]\n"
	    "      print(f, open(f, 'rb').read().index(data), len(data),\n"
	    "            a.itemsize, row, t.strip('>'), '-')\n");
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "good", good },
		{ "no numbers", no_numbers },
		{ "empty arrays", empty },
		{ "headers that are wrong", wrong_headers },
		{ "sizes that overflow", overflow },
		{ "starts that are wrong", wrong_starts },
		{ "every byte lost or changed", hurt },
		{ "files of numpy", by_numpy },
	};

	return harness_run("npy", tests, HARNESS_COUNT(tests));
}
