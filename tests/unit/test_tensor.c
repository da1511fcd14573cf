#include "weights/tensor.h"

#include <string.h>

#include "harness.h"

static void
dtypes(void)
{
	static const struct {
		const char *dtype;
		unsigned int word;
		uint64_t size;		/* bytes of 6 x 4 values */
		bool integer, is_signed;
	} cases[] = {
		{ "F64", 8, 192, false, false }, { "F32", 4, 96, false, false },
		{ "F16", 2, 48, false, false }, { "BF16", 2, 48, false, false },
		{ "F8_E4M3", 1, 24, false, false },
		{ "F8_E5M2", 1, 24, false, false },
		{ "F8_E8M0", 1, 24, false, false },
		{ "F8_E4M3FNUZ", 1, 24, false, false },
		{ "F8_E5M2FNUZ", 1, 24, false, false },
		{ "F6_E2M3", 0, 18, false, false },
		{ "F6_E3M2", 0, 18, false, false },
		{ "F4", 0, 12, false, false },
		{ "I64", 8, 192, true, true }, { "I32", 4, 96, true, true },
		{ "I16", 2, 48, true, true }, { "I8", 1, 24, true, true },
		{ "U64", 8, 192, true, false }, { "U32", 4, 96, true, false },
		{ "U16", 2, 48, true, false }, { "U8", 1, 24, true, false },
		{ "BOOL", 1, 24, true, false }, { "C64", 8, 192, false, false },
		{ "F7", 0, 0, false, false }, { "I9", 0, 0, false, false },
		{ "", 0, 0, false, false },
		{ "F7_OF_15_BYTES_", 0, 0, false, false },
	};
	static const uint64_t shape[] = { 6, 4 };
	struct err e = ERR_INIT;
	struct tensor t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		memset(&t, 0xaa, sizeof(t));
		CU_ASSERT_EQUAL(tensor_set(&t, cases[i].dtype, shape, 2, &e),
		    ERR_OK);
		CU_ASSERT_STRING_EQUAL(t.dtype, cases[i].dtype);
		CU_ASSERT_EQUAL(t.word, cases[i].word);
		CU_ASSERT_EQUAL(t.n, 24);
		CU_ASSERT_EQUAL(t.size, cases[i].size);
		CU_ASSERT_EQUAL(t.n_dims, 2);
		CU_ASSERT_EQUAL(t.shape[0], 6);
		CU_ASSERT_EQUAL(t.shape[1], 4);
		CU_ASSERT_EQUAL(tensor_cols(&t), 4);
		CU_ASSERT_EQUAL(tensor_is_integer(&t), cases[i].integer);
		CU_ASSERT_EQUAL(tensor_is_signed(&t), cases[i].is_signed);
	}
}

static void
shapes(void)
{
	static const uint64_t k = UINT64_C(1) << 32;
	static const struct {
		const char *dtype;
		size_t n_dims;
		uint64_t shape[3];
		uint64_t n, size, cols;
	} cases[] = {
		{ "I16", 0, { 0 }, 1, 2, 1 },
		{ "I16", 1, { 0 }, 0, 0, 0 },
		{ "I16", 1, { 7 }, 7, 14, 7 },
		{ "I16", 2, { 7, 1 }, 7, 14, 1 },
		{ "I16", 2, { 1, 7 }, 7, 14, 7 },
		{ "I16", 3, { 3, 5, 7 }, 105, 210, 7 },
		{ "I16", 3, { 0, UINT64_MAX, UINT64_MAX }, 0, 0, UINT64_MAX },
		{ "U8", 2, { k - 1, k >> 3 }, (k - 1) << 29, (k - 1) << 29,
		    k >> 3 },
		{ "U8", 1, { UINT64_MAX / 8 }, UINT64_MAX / 8, UINT64_MAX / 8,
		    UINT64_MAX / 8 },
		{ "F64", 1, { UINT64_MAX / 64 }, UINT64_MAX / 64,
		    UINT64_MAX / 64 * 8, UINT64_MAX / 64 },
		{ "F4", 1, { 2 }, 2, 1, 2 },
		{ "F6_E2M3", 2, { 2, 4 }, 8, 6, 4 },
		{ "?", 1, { UINT64_MAX }, UINT64_MAX, 0, UINT64_MAX },
	};
	struct err e = ERR_INIT;
	struct tensor t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		CU_ASSERT_EQUAL(tensor_set(&t, cases[i].dtype, cases[i].shape,
		    cases[i].n_dims, &e), ERR_OK);
		CU_ASSERT_EQUAL(t.n_dims, cases[i].n_dims);
		CU_ASSERT_EQUAL(t.n, cases[i].n);
		CU_ASSERT_EQUAL(t.size, cases[i].size);
		CU_ASSERT_EQUAL(tensor_cols(&t), cases[i].cols);
	}
}

static void
refused(void)
{
	static const uint64_t k = UINT64_C(1) << 32;
	static const struct {
		const char *dtype;
		size_t n_dims;
		uint64_t shape[3];
		const char *says;
	} cases[] = {
		{ "F7_OF_A_16_BYTES", 1, { 1 }, "the name of a dtype has 16" },
		{ "I8", TENSOR_DIMS_MAX + 1, { 1 }, "33 dimensions are too" },
		{ "I8", 2, { k, k }, "too many values" },
		{ "I8", 3, { k, k, 0 }, "too many values" },
		{ "?", 2, { k, k }, "too many values" },
		{ "I8", 1, { UINT64_MAX / 8 + 1 }, "too many values" },
		{ "F64", 1, { UINT64_MAX / 64 + 1 }, "too many values" },
		{ "F4", 1, { 3 }, "inside of a byte" },
		{ "F6_E3M2", 2, { 1, 6 }, "inside of a byte" },
		{ "F4", 0, { 0 }, "inside of a byte" },
	};
	uint64_t shape[TENSOR_DIMS_MAX + 1] = { 0 };
	struct tensor t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		memcpy(shape, cases[i].shape, sizeof(cases[i].shape));
		CU_ASSERT_EQUAL(tensor_set(&t, cases[i].dtype, shape,
		    cases[i].n_dims, &e), ERR_CORRUPT);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, cases[i].says));
	}
}

static void
dimensions(void)
{
	uint64_t shape[TENSOR_DIMS_MAX];
	struct err e = ERR_INIT;
	struct tensor t;
	size_t i;

	for (i = 0; i < TENSOR_DIMS_MAX; i++)
		shape[i] = 1 + i % 2;
	CU_ASSERT_EQUAL(tensor_set(&t, "U32", shape, TENSOR_DIMS_MAX, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(t.n, 1 << 16);
	CU_ASSERT_EQUAL(memcmp(t.shape, shape, sizeof(shape)), 0);
}

static void
packable(void)
{
	static const struct {
		const char *dtype;
		uint64_t n;
		const char *says;	/* or NULL */
	} cases[] = {
		{ "I8", 0, NULL }, { "F64", TENSOR_VALUES_MAX, NULL },
		{ "I8", (uint64_t)TENSOR_VALUES_MAX + 1, "4294967296 values" },
		{ "F4", 8, "the dtype F4" }, { "?", 8, "the dtype ?" },
	};
	struct tensor t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;
		const enum err_code want = cases[i].says != NULL ?
		    ERR_UNSUPPORTED : ERR_OK;

		CU_ASSERT_EQUAL(tensor_set(&t, cases[i].dtype, &cases[i].n, 1,
		    &e), ERR_OK);
		CU_ASSERT_EQUAL(tensor_packable(&t, ERR_UNSUPPORTED, &e),
		    want);
		CU_ASSERT_TRUE(want == ERR_OK ||
		    HARNESS_SAYS(&e, cases[i].says));
	}
}

static void
words(void)
{
	static const unsigned int sizes[] = { 1, 2, 4, 8 };
	static const uint64_t value = UINT64_C(0x8877665544332291);
	uint8_t p[24];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		const unsigned int w = sizes[i];
		const uint64_t mask = tensor_mask(w);
		const int64_t least = -(int64_t)(mask / 2) - 1;

		memset(p, 0x5a, sizeof(p));
		tensor_put(p, w, 1, value);
		CU_ASSERT_EQUAL(tensor_get(p, w, 1), value & mask);
		CU_ASSERT_EQUAL(p[w - 1], 0x5a);
		CU_ASSERT_EQUAL(p[w], 0x91);
		CU_ASSERT_EQUAL(p[2 * w - 1], (value & mask) >> 8 * (w - 1));
		CU_ASSERT_EQUAL(p[2 * w], 0x5a);
		CU_ASSERT_EQUAL(tensor_signed(w, mask), -1);
		CU_ASSERT_EQUAL(tensor_signed(w, mask / 2 + 1), least);
		CU_ASSERT_EQUAL(tensor_signed(w, mask / 2),
		    (int64_t)(mask / 2));
		CU_ASSERT_EQUAL(tensor_unsigned(w, -1), mask);
		CU_ASSERT_EQUAL(tensor_unsigned(w, least), mask / 2 + 1);
		CU_ASSERT_EQUAL(tensor_unsigned(w, 77), 77);
	}
}

static void
texts(void)
{
	static const struct {
		const char *dtype;
		uint64_t value;
		const char *text;
	} cases[] = {
		{ "I8", 0x80, "-128" }, { "I8", 5, "5" }, { "U8", 255, "255" },
		{ "BOOL", 1, "1" }, { "F8_E4M3", 9, "0x09" },
		{ "I16", 0xffff, "-1" }, { "BF16", 0x3f80, "0x3f80" },
		{ "F32", 1, "0x00000001" },
		{ "I64", UINT64_C(1) << 63, "-9223372036854775808" },
		{ "U64", UINT64_MAX, "18446744073709551615" },
		{ "F64", UINT64_MAX, "0xffffffffffffffff" },
	};
	char text[TENSOR_TEXT_MAX];
	struct err e = ERR_INIT;
	struct tensor t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		tensor_set(&t, cases[i].dtype, NULL, 0, &e);
		tensor_text(&t, cases[i].value, text);
		CU_ASSERT_STRING_EQUAL(text, cases[i].text);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "dtypes", dtypes },
		{ "shapes", shapes },
		{ "what is refused", refused },
		{ "as many dimensions as there may be", dimensions },
		{ "what can be packed", packable },
		{ "words", words },
		{ "values as text", texts },
	};

	return harness_run("tensor", tests, HARNESS_COUNT(tests));
}
