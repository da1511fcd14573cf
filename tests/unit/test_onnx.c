#include <stdlib.h>

#include "../fuzz/seeds.h"
#include "harness.h"
#include "regions.h"

static void
good(void)
{
	struct seed s = { 0 };
	uint64_t half, number, floats;

	seed_onnx(&s);
	half = seed_at(&s, "half");
	number = seed_at(&s, "long");
	floats = seed_at(&s, "floats");
	{
		const struct regions_want want[] = {
			{ 0, half, REGION_OTHER, 1, 0, "", NULL },
			{ half, 1200, REGION_NUMBERS, 2, 400, "FLOAT16",
			    "half" },
			{ half + 1200, number - half - 1200, REGION_OTHER, 1,
			    0, "", NULL },
			{ number, 16, REGION_NUMBERS, 8, 0, "INT64", "long" },
			{ number + 16, floats - number - 16, REGION_OTHER, 1,
			    0, "", NULL },
			{ floats, 24, REGION_NUMBERS, 4, 12, "FLOAT", "" },
			{ floats + 24, s.n - floats - 24, REGION_OTHER, 1, 0,
			    "", NULL },
		};

		regions_are(s.p, s.n, "onnx", want, HARNESS_COUNT(want));
	}
	seed_free(&s);
}

/* A field of bytes: its tag and size, then what is appended. */
static void
bytes_field(struct seed *s, unsigned int field, size_t n)
{
	seed_varint(s, field << 3 | 2);
	seed_varint(s, n);
}

/* A model with one tensor of the type, dims 2 x 4, of n bytes. */
static void
one_tensor(struct seed *s, uint64_t type, size_t n)
{
	struct seed t = { 0 }, head = { 0 };

	seed_text(&t, "\x08\x02\x08\x04\x10");
	seed_varint(&t, type);
	seed_text(&t, "\x42\x01t");
	bytes_field(&t, 9, n);
	bytes_field(&head, 5, t.n + n);
	seed_text(s, "\x08\x07");
	bytes_field(s, 7, head.n + t.n + n);
	seed_bytes(s, head.p, head.n);
	seed_bytes(s, t.p, t.n);
	seed_mark(s, "data");
	seed_zeros(s, n);
	seed_free(&t);
	seed_free(&head);
}

static void
types(void)
{
	static const struct {
		uint64_t id;
		unsigned int size;
		const char *name;
	} cases[] = {
		{ 1, 4, "FLOAT" }, { 2, 1, "UINT8" }, { 3, 1, "INT8" },
		{ 4, 2, "UINT16" }, { 5, 2, "INT16" }, { 6, 4, "INT32" },
		{ 7, 8, "INT64" }, { 9, 1, "BOOL" }, { 10, 2, "FLOAT16" },
		{ 11, 8, "DOUBLE" }, { 12, 4, "UINT32" },
		{ 13, 8, "UINT64" }, { 14, 8, "COMPLEX64" },
		{ 15, 16, "COMPLEX128" }, { 16, 2, "BFLOAT16" },
		{ 17, 1, "FLOAT8E4M3FN" }, { 18, 1, "FLOAT8E4M3FNUZ" },
		{ 19, 1, "FLOAT8E5M2" }, { 20, 1, "FLOAT8E5M2FNUZ" },
	};
	struct regions_want want[2] = {
		{ 0, 0, REGION_OTHER, 1, 0, "", NULL },
		{ 0, 0, REGION_NUMBERS, 0, 0, "", "t" },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		one_tensor(&s, cases[i].id, 8 * cases[i].size);
		want[0].size = want[1].off = seed_at(&s, "data");
		want[1].size = 8 * cases[i].size;
		want[1].element = cases[i].size;
		want[1].row = 4 * cases[i].size;
		want[1].dtype = cases[i].name;
		regions_are(s.p, s.n, "onnx", want, 2);
		seed_free(&s);
	}
}

/* Types of less than a byte, or unknown, and sizes that do not fit them. */
static void
odd_types(void)
{
	static const struct {
		uint64_t id;
		size_t n;
		const char *name;
	} cases[] = {
		{ 22, 4, "INT4" }, { 0, 8, "" }, { 99, 8, "" },
		{ UINT64_MAX, 8, "" }, { (uint64_t)1 << 32 | 1, 32, "" },
		{ 1, 31, "FLOAT" },
	};
	struct regions_want want[2] = {
		{ 0, 0, REGION_OTHER, 1, 0, "", NULL },
		{ 0, 0, REGION_NUMBERS, 1, 0, "", "t" },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		one_tensor(&s, cases[i].id, cases[i].n);
		want[0].size = want[1].off = seed_at(&s, "data");
		want[1].size = cases[i].n;
		want[1].dtype = cases[i].name;
		regions_are(s.p, s.n, "onnx", want, 2);
		seed_free(&s);
	}
	/* A row that is not a part of the whole. */
	one_tensor(&s, 1, 40);
	want[0].size = want[1].off = seed_at(&s, "data");
	want[1].size = 40;
	want[1].element = 4;
	want[1].dtype = "FLOAT";
	regions_are(s.p, s.n, "onnx", want, 2);
	seed_free(&s);
}

/* Bytes that are nearly a model, and are left alone. */
static void
not_onnx(void)
{
	static const struct {
		const char *p;
		size_t n;
	} cases[] = {
		{ "\x08\x07", 2 },			/* no graph */
		{ "\x3A\x00", 2 },			/* no version */
		{ "\x3A\x00\x08\x07", 4 },		/* not in front */
		{ "\x28\x07\x3A\x00", 4 },		/* another version */
		{ "\x08\x00\x3A\x00", 4 },		/* version 0 */
		{ "\x08\x65\x3A\x00", 4 },		/* version 101 */
		{ "\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x3A\x00",
		    13 },
		{ "\x08\x07\x3A\x01", 4 },		/* cut */
		{ "\x08\x07\x3A\x00\x4A\x00", 6 },	/* field 9 */
		{ "\x08\x07\x38\x00", 4 },		/* graph a number */
		{ "\x08\x07\x3A\x00\x12", 5 },
		{ "\x08\x07\x3A\x00\x13\x14", 6 },	/* a group */
		{ "\x08\x07\x3A\x00\x02\x00", 6 },	/* field 0 */
		{ "\x08\x07\x3A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01",
		    13 },
		{ "\x08\x07\x3A\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",
		    14 },
		{ "\x08\x07\xBA\x80\x80\x80\x10\x00", 8 }, /* 7 + 2^29 */
		{ "\x08\x07\xBA\x80\x80\x80\x80\x01\x00", 9 },
	};
	static const struct regions_want empty = { 0, 4, REGION_OTHER, 1, 0,
	    "", NULL };
	uint8_t *text = harness_bytes('t', 1, 4096);
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		regions_one((const uint8_t *)cases[i].p, cases[i].n,
		    "");
	regions_one(text, 4096, "");
	/* The least that is one. */
	regions_are((const uint8_t *)"\x08\x07\x3A\x00", 4, "onnx",
	    &empty, 1);
	free(text);
}

/* A model whose graph has these bytes is broken. */
static void
graph_broken(const char *p, size_t n)
{
	struct seed s = { 0 };

	seed_text(&s, "\x08\x07");
	bytes_field(&s, 7, n);
	seed_bytes(&s, p, n);
	regions_one(s.p, s.n, "onnx: the graph is wrong");
	seed_free(&s);
}

#define GRAPH_BROKEN(text) graph_broken((text), sizeof(text) - 1)

static void
broken(void)
{
	GRAPH_BROKEN("\x28\x07");		/* an initializer of no bytes */
	GRAPH_BROKEN("\x2A\x01");		/* behind the graph */
	GRAPH_BROKEN("\x2A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
	GRAPH_BROKEN("\x2A\x02\x4A\x01");	/* raw_data of 1 in 0 */
	GRAPH_BROKEN("\x2A\x02\x4A\x01Z");	/* ... the byte is outside */
	GRAPH_BROKEN("\x2A\x02\x42\x05");	/* a name */
	GRAPH_BROKEN("\x2A\x03\x0A\x01\x80");	/* half a dim */
	GRAPH_BROKEN("\x2A\x04\x0A\x01\x80\x01");
	GRAPH_BROKEN("\x2A\x05\x0D\0\0\0\0");	/* a dim of 32 bits */
	GRAPH_BROKEN("\x2A\x01\x4B");
	GRAPH_BROKEN("\x02\0");		/* field 0 */
}

/* Initializers cannot overlap.  But a graph's size can be too large, and reach
 * into the next field, or take it in, or end behind the file. */
static void
reach(void)
{
	struct seed s = { 0 };
	struct region_list list;
	struct err e = ERR_INIT;
	size_t i, at;

	seed_onnx(&s);
	at = seed_at(&s, "graph") + 1;
	CU_ASSERT_EQUAL(seed_at(&s, "opset") + 4, s.n);
	for (i = 1; s.p[at] < 0xFF; i++) {
		s.p[at]++;
		if (i != 4) {
			regions_one(s.p, s.n, "");
			continue;
		}
		CU_ASSERT_EQUAL(seed_find(s.p, s.n, &list, &e), ERR_OK);
		CU_ASSERT_EQUAL(list.n, 7);
		region_list_free(&list);
	}
	CU_ASSERT(i > 5);
	seed_free(&s);
}

/* More fields and tensors than any model has. */
static void
counts(void)
{
	struct seed s = { 0 }, graph = { 0 };
	size_t i;

	for (i = 0; i < 65537; i++)
		seed_text(&graph, "\x2A\x03\x4A\x01Z");
	seed_text(&s, "\x08\x07");
	bytes_field(&s, 7, graph.n);
	seed_bytes(&s, graph.p, graph.n);
	regions_one(s.p, s.n, "onnx: the graph is wrong");
	seed_free(&s);
	seed_free(&graph);
	seed_text(&s, "\x08\x07");
	for (i = 0; i < 100001; i++) {
		seed_le(&s, 0x3A, 1);
		seed_le(&s, 0, 1);
	}
	regions_one(s.p, s.n, "");
	seed_free(&s);
}

static void
survive(void)
{
	struct seed s = { 0 };

	seed_onnx(&s);
	regions_hurt(s.p, s.n, 0, 64);
	seed_free(&s);
	one_tensor(&s, 1, 32);
	regions_hurt(s.p, s.n, 0, s.n);
	seed_free(&s);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "a good file", good },
		{ "types", types },
		{ "odd types and sizes", odd_types },
		{ "other files", not_onnx },
		{ "broken graphs", broken },
		{ "sizes that reach too far", reach },
		{ "huge counts", counts },
		{ "cut and flipped", survive },
	};

	return harness_run("onnx", tests, HARNESS_COUNT(tests));
}
