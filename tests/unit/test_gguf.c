#include "../fuzz/seeds.h"
#include "harness.h"
#include "regions.h"

#define BROKEN(s, part) regions_one((s)->p, (s)->n, (part))

static void
good(void)
{
	struct seed s = { 0 };
	uint64_t data;

	seed_gguf(&s);
	data = seed_at(&s, "data");
	{
		const struct regions_want want[] = {
			{ 0, data, REGION_OTHER, 1, 0, "", NULL },
			{ data, 32, REGION_NUMBERS, 4, 0, "F32", "norm" },
			{ data + 32, 32, REGION_OTHER, 1, 0, "", NULL },
			{ data + 64, 864, REGION_NUMBERS, 144, 288, "Q4_K",
			    "quant" },
			{ data + 928, 32, REGION_OTHER, 1, 0, "", NULL },
			{ data + 960, 80, REGION_NUMBERS, 2, 8, "F16",
			    "half" },
			{ data + 1040, 48, REGION_OTHER, 1, 0, "", NULL },
			{ data + 1088, 1, REGION_NUMBERS, 1, 0, "I8",
			    "scalar" },
			{ data + 1089, 127, REGION_OTHER, 1, 0, "", NULL },
		};

		CU_ASSERT_EQUAL(data % 64, 0);
		regions_are(s.p, s.n, "gguf", want, HARNESS_COUNT(want));
		seed_put(&s, "version", 2, 4);
		regions_are(s.p, s.n, "gguf", want, HARNESS_COUNT(want));
	}
	seed_free(&s);
}

/* A file with one tensor of the type, of 512 x 2. */
static void
one_tensor(struct seed *s, unsigned int type)
{
	seed_text(s, "GGUF");
	seed_le(s, 3, 4);
	seed_le(s, 1, 8);
	seed_le(s, 0, 8);
	seed_le(s, 1, 8);
	seed_text(s, "t");
	seed_le(s, 2, 4);
	seed_mark(s, "dims");
	seed_le(s, 512, 8);
	seed_le(s, 2, 8);
	seed_le(s, type, 4);
	seed_mark(s, "offset");
	seed_le(s, 0, 8);
	seed_until(s, 96);			/* the default alignment */
}

/* Each type: bytes of 256 elements, as ggml has them, and of a block. */
static void
types(void)
{
	static const struct {
		unsigned int id, of256, block;
		const char *name;
	} cases[] = {
		{ 0, 1024, 4, "F32" }, { 1, 512, 2, "F16" },
		{ 2, 144, 18, "Q4_0" }, { 3, 160, 20, "Q4_1" },
		{ 6, 176, 22, "Q5_0" }, { 7, 192, 24, "Q5_1" },
		{ 8, 272, 34, "Q8_0" }, { 9, 288, 36, "Q8_1" },
		{ 10, 84, 84, "Q2_K" }, { 11, 110, 110, "Q3_K" },
		{ 12, 144, 144, "Q4_K" }, { 13, 176, 176, "Q5_K" },
		{ 14, 210, 210, "Q6_K" }, { 15, 292, 292, "Q8_K" },
		{ 16, 66, 66, "IQ2_XXS" }, { 17, 74, 74, "IQ2_XS" },
		{ 18, 98, 98, "IQ3_XXS" }, { 19, 50, 50, "IQ1_S" },
		{ 20, 144, 18, "IQ4_NL" }, { 21, 110, 110, "IQ3_S" },
		{ 22, 82, 82, "IQ2_S" }, { 23, 136, 136, "IQ4_XS" },
		{ 24, 256, 1, "I8" }, { 25, 512, 2, "I16" },
		{ 26, 1024, 4, "I32" }, { 27, 2048, 8, "I64" },
		{ 28, 2048, 8, "F64" }, { 29, 56, 56, "IQ1_M" },
		{ 30, 512, 2, "BF16" }, { 34, 54, 54, "TQ1_0" },
		{ 35, 66, 66, "TQ2_0" }, { 39, 136, 17, "MXFP4" },
		{ 40, 144, 36, "NVFP4" },
	};
	struct regions_want want[2] = {
		{ 0, 96, REGION_OTHER, 1, 0, "", NULL },
		{ 96, 0, REGION_NUMBERS, 0, 0, "", "t" },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		one_tensor(&s, cases[i].id);
		seed_zeros(&s, 4 * cases[i].of256);
		want[1].size = 4 * cases[i].of256;
		want[1].row = 2 * cases[i].of256;
		want[1].element = cases[i].block;
		want[1].dtype = cases[i].name;
		regions_are(s.p, s.n, "gguf", want, 2);
		regions_one(s.p, s.n - 1, "gguf: ");
		seed_free(&s);
	}
}

static void
not_gguf(void)
{
	struct seed s = { 0 };
	size_t n;

	seed_gguf(&s);
	seed_put(&s, "version", 1, 4);
	BROKEN(&s, "");
	seed_put(&s, "version", 0x03000000, 4);	/* big-endian */
	BROKEN(&s, "");
	seed_put(&s, "version", 3, 4);
	for (n = 1; n < 8; n++)
		regions_one(s.p, n, "");
	for (; n < seed_at(&s, "data") + 1089; n++)
		regions_one(s.p, n, "gguf: ");
	s.p[0] = 'g';
	BROKEN(&s, "");
	seed_free(&s);
}

/* A number in the file to a value, and what is said of it. */
static void
spoil(const char *mark, uint64_t v, size_t n, const char *part)
{
	struct seed s = { 0 };

	seed_gguf(&s);
	seed_put(&s, mark, v, n);
	BROKEN(&s, part);
	seed_free(&s);
}

static void
counts(void)
{
	static const uint64_t huge[] = { 65537, 1 << 20, UINT32_MAX,
	    (uint64_t)1 << 60, UINT64_MAX, UINT64_MAX / 2 + 1 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(huge); i++) {
		spoil("tensors", huge[i], 8, "gguf: the header");
		spoil("pairs", huge[i], 8, "gguf: the header");
		spoil("string", huge[i], 8, "gguf: the metadata");
		spoil("strings", huge[i], 8, "gguf: the metadata");
		spoil("numbers", huge[i], 8, "gguf: the metadata");
		spoil("infos", huge[i], 8, "gguf: the table");
	}
	/* What would not fit in the file. */
	spoil("tensors", 1000, 8, "gguf: the header");
	spoil("pairs", 1000, 8, "gguf: the header");
	spoil("pairs", 7, 8, "gguf: ");
	spoil("tensors", 6, 8, "gguf: ");
	spoil("nested", 13, 4, "gguf: the metadata");
}

static void
alignments(void)
{
	static const uint32_t bad[] = { 0, 1, 4, 7, 9, 48, 65535, 65537,
	    131072, UINT32_MAX };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(bad); i++)
		spoil("alignment", bad[i], 4, "gguf: the alignment");
	/* So large that the data would begin behind the end. */
	spoil("alignment", 65536, 4, "gguf: a tensor");
}

static void
sizes(void)
{
	static const uint64_t bad[] = { 513, 256 * 5, UINT64_MAX,
	    (uint64_t)1 << 63, (uint64_t)1 << 56, UINT64_MAX - 255 };
	struct seed s = { 0 };
	size_t i, dim;

	one_tensor(&s, 12);
	seed_zeros(&s, 576);
	for (i = 0; i < HARNESS_COUNT(bad); i++)
	for (dim = 0; dim < 2; dim++) {
		seed_put(&s, "dims", 512, 8);
		s.marks[0].at += 8;
		seed_put(&s, "dims", 2, 8);
		s.marks[0].at += 8 * dim - 8;
		seed_put(&s, "dims", bad[i], 8);
		s.marks[0].at -= 8 * dim;
		BROKEN(&s, "gguf: a tensor does not fit");
	}
	seed_free(&s);
	one_tensor(&s, 12);
	seed_zeros(&s, 576);
	for (i = 0; i < HARNESS_COUNT(bad); i++) {
		seed_put(&s, "offset", bad[i], 8);
		BROKEN(&s, "gguf: ");
	}
	seed_free(&s);
	one_tensor(&s, 27);			/* 8 bytes each */
	seed_put(&s, "dims", (uint64_t)1 << 61, 8);
	BROKEN(&s, "gguf: a tensor does not fit");
	seed_free(&s);
	seed_gguf(&s);
	s.marks[s.n_marks - 2].at += 8 + 4 + 4;
	seed_put(&s, "half", 4, 8);
	s.marks[s.n_marks - 2].at += 8;
	seed_put(&s, "half", (uint64_t)1 << 32, 8);
	s.marks[s.n_marks - 2].at += 8;
	seed_put(&s, "half", (uint64_t)1 << 32, 8);
	BROKEN(&s, "gguf: a tensor does not fit");
	seed_free(&s);
	one_tensor(&s, 12);
	seed_zeros(&s, 576);
	seed_put(&s, "offset", 1, 8);
	BROKEN(&s, "gguf: a part of it would end behind");
	seed_free(&s);
}

static void
overlap(void)
{
	struct seed s = { 0 };
	size_t at;

	seed_gguf(&s);
	/* the offset of "quant": name, rank, two dims and the type first */
	at = seed_at(&s, "quant") + 8 + 5 + 4 + 16 + 4;
	CU_ASSERT_EQUAL(s.p[at], 64);
	s.p[at] = 31;
	BROKEN(&s, "gguf: a part overlaps another");
	s.p[at] = 97;
	BROKEN(&s, "gguf: a part overlaps another");
	seed_free(&s);
}

/* As many tensors as are read, and one more. */
static void
many(void)
{
	static const struct regions_want whole = { 0, 24 + 65537 * 24 + 8,
	    REGION_OTHER, 1, 0, "", NULL };
	struct seed s = { 0 };
	size_t i;

	seed_text(&s, "GGUF");
	seed_le(&s, 3, 4);
	seed_mark(&s, "tensors");
	seed_le(&s, 65536, 8);
	seed_le(&s, 0, 8);
	for (i = 0; i < 65537; i++) {
		seed_zeros(&s, 12);		/* no name, no dims */
		seed_le(&s, 99, 4);		/* no such type */
		seed_zeros(&s, 8);
	}
	seed_zeros(&s, 8);
	regions_are(s.p, s.n, "gguf", &whole, 1);
	seed_put(&s, "tensors", 65537, 8);
	BROKEN(&s, "gguf: the header");
	seed_free(&s);
}

/* Arrays in arrays must not take the stack. */
static void
nested(void)
{
	struct seed s = { 0 };
	size_t i;

	seed_text(&s, "GGUF");
	seed_le(&s, 3, 4);
	seed_le(&s, 0, 8);
	seed_le(&s, 1, 8);
	seed_le(&s, 0, 8);
	seed_le(&s, 9, 4);
	for (i = 0; i < 1000000; i++) {
		seed_le(&s, 9, 4);
		seed_le(&s, 1, 8);
	}
	BROKEN(&s, "gguf: the metadata");
	seed_free(&s);
}

static void
survive(void)
{
	struct seed s = { 0 };

	seed_gguf(&s);
	regions_hurt(s.p, s.n, 0, seed_at(&s, "data"));
	seed_free(&s);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "a good file", good },
		{ "types", types },
		{ "other files, and cut ones", not_gguf },
		{ "huge counts", counts },
		{ "alignments", alignments },
		{ "tensors that do not fit", sizes },
		{ "tensors that overlap", overlap },
		{ "many tensors", many },
		{ "arrays in arrays", nested },
		{ "cut and flipped", survive },
	};

	return harness_run("gguf", tests, HARNESS_COUNT(tests));
}
