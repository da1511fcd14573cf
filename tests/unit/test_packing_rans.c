/* The packings rans and planes: words of each dtype. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "values.h"
#include "weights/packing.h"

static const char *const dtypes[] = { "BOOL", "U8", "I8", "F8_E5M2", "U16",
    "I16", "F16", "BF16", "U32", "I32", "F32", "U64", "I64", "F64", "C64" };

static enum err_code
decode(const struct packing *p, const struct tensor *t, const json_t *params,
    const uint8_t *packed, size_t n, uint8_t *raw)
{
	uint8_t *exact = values_exact(packed, n);
	struct err e = ERR_INIT;

	memset(raw, 0x5a, (size_t)t->size);
	p->decode(t, params, exact, n, raw, &e);
	CU_ASSERT(e.code == ERR_OK || e.code == ERR_CORRUPT);
	free(exact);
	return e.code;
}

/* All ways of both packings.  The result is the size of the smallest; 0: there
 * is none. */
static size_t
round_trips(const char *dtype, uint64_t rows, uint64_t cols,
    const uint8_t *raw)
{
	static const struct packing *const both[] = { &packing_rans,
	    &packing_planes };
	const uint64_t shape[] = { rows, cols };
	const struct packing_way *way;
	struct err e = ERR_INIT, e2;
	struct tensor t;
	struct buf b;
	size_t i, least = 0;
	uint8_t *back;
	json_t *params;

	CU_ASSERT_EQUAL(tensor_set(&t, dtype, rows == 0 ? shape + 1 : shape,
	    rows == 0 ? 1 : 2, &e), ERR_OK);
	back = values_room((size_t)t.size);
	for (i = 0; i < HARNESS_COUNT(both); i++) {
		for (way = both[i]->ways; way->name != NULL; way++) {
			e2 = (struct err)ERR_INIT;
			buf_init(&b, SIZE_MAX);
			params = json_object();
			if (both[i]->encode(&t, raw, way->id, &b, params,
			    &e2) == ERR_OK) {
				CU_ASSERT_EQUAL(decode(both[i], &t, params,
				    b.data, b.size, back), ERR_OK);
				CU_ASSERT_EQUAL(memcmp(back, raw,
				    (size_t)t.size), 0);
				CU_ASSERT_EQUAL(decode(both[i], &t, params,
				    b.data, b.size - 1, back), ERR_CORRUPT);
				if (least == 0 || b.size < least)
					least = b.size;
				buf_append(&b, "", 1, &e);
				CU_ASSERT_EQUAL(decode(both[i], &t, params,
				    b.data, b.size, back), ERR_CORRUPT);
			} else {
				CU_ASSERT_EQUAL(e2.code, ERR_UNSUPPORTED);
			}
			json_decref(params);
			buf_free(&b);
		}
	}
	free(back);
	return least;
}

/* Random bits, all of each byte, the same, extremes and NaNs with payloads. */
static void
each_dtype(void)
{
	static const uint64_t cols[] = { 1, 7, 64, 512, 1000 };
	struct values v = { 1 };
	struct err e = ERR_INIT;
	size_t d, c, kind, i, size;
	struct tensor t;
	uint64_t shape[2];
	uint8_t *raw;

	for (d = 0; d < HARNESS_COUNT(dtypes); d++) {
		for (c = 0; c < HARNESS_COUNT(cols); c++) {
			shape[0] = 1 + values_below(&v, 5000) / cols[c];
			shape[1] = cols[c];
			tensor_set(&t, dtypes[d], shape, 2, &e);
			raw = values_room((size_t)t.size);
			for (kind = 0; kind < 5; kind++) {
				for (i = 0; i < t.size; i++)
					raw[i] = (uint8_t)(kind == 0 ?
					    values_bits(&v) : kind == 1 ? i :
					    kind == 2 ? 0xc3 : kind == 3 ?
					    0 - values_below(&v, 2) : 0x7e |
					    values_bits(&v));
				size = round_trips(dtypes[d], shape[0],
				    shape[1], raw);
				/* No way is much larger than none. */
				CU_ASSERT(size == 0 || size <= t.size + 600);
				CU_ASSERT(size > 0 || t.word == 2);
			}
			round_trips(dtypes[d], 0, shape[0] * shape[1], raw);
			free(raw);
		}
	}
}

/* Floats of one width: their exponents, and no more, take less. */
static void
floats(void)
{
	static const struct {
		const char *dtype;
		unsigned int word, skip;	/* bytes of a float's 4 */
		double ratio;
	} of[] = { { "BF16", 2, 2, 0.68 }, { "F32", 4, 0, 0.85 } };
	enum { N = 256 * 300 };
	uint8_t *raw = values_room(4 * (size_t)N);
	struct values v = { 2 };
	size_t k, i, size;
	uint32_t bits;
	float x;

	for (k = 0; k < HARNESS_COUNT(of); k++) {
		for (i = 0; i < N; i++) {
			x = (float)(0.02 * values_normal(&v));
			memcpy(&bits, &x, 4);
			tensor_put(raw, of[k].word, i, bits >> 8 * of[k].skip);
		}
		size = round_trips(of[k].dtype, 300, 256, raw);
		CU_ASSERT(size > 0 && (double)size < of[k].ratio * N *
		    of[k].word);
	}
	free(raw);
}

/* Integers of many bytes that are small. */
static void
small_integers(void)
{
	static const char *const of[] = { "I8", "I16", "I32", "I64" };
	enum { N = 20000 };
	uint8_t *raw = values_room(8 * (size_t)N);
	struct values v = { 3 };
	unsigned int word;
	size_t k, i;

	for (k = 0; k < HARNESS_COUNT(of); k++) {
		word = 1U << k;
		for (i = 0; i < N; i++)
			tensor_put(raw, word, i, tensor_unsigned(word,
			    values_rounded(&v, 4, 31)));
		/* Of 4.05 bits; fields that are all 0 or all 1 follow the
		 * sign. */
		CU_ASSERT(round_trips(of[k], 100, 200, raw) < N * (word < 4 ?
		    0.52 : 2.5));
	}
	free(raw);
}

/* --- what no encoder makes --- */

static enum err_code
planes_with(const char *params, const uint8_t *packed, size_t n)
{
	const uint64_t shape[] = { 3 };
	json_t *json = json_loads(params, 0, NULL);
	struct err e = ERR_INIT;
	enum err_code code;
	uint8_t raw[6];
	struct tensor t;

	CU_ASSERT_PTR_NOT_NULL(json);
	tensor_set(&t, "F16", shape, 1, &e);
	code = decode(&packing_planes, &t, json, packed, n, raw);
	json_decref(json);
	return code;
}

static void
wrong_params(void)
{
	/* Two raw fields of three values of 8 bits. */
	static const uint8_t good[] = { 0, 1, 2, 3, 0, 4, 5, 6 };
	static const char *const bad[] = { "{}", "{\"fields\": 8}",
	    "{\"fields\": [8]}", "{\"fields\": [8, 8, 8]}",
	    "{\"fields\": [16, 0]}", "{\"fields\": [17, -1]}",
	    "{\"fields\": [8, 9]}", "{\"fields\": [8, 8.0]}",
	    "{\"fields\": [8, \"8\"]}", "{\"fields\": [8, 4294967304]}",
	    "{\"fields\": []}", "{\"fields\": [8, 8], \"rotate\": 2}",
	    "{\"fields\": [8, 8], \"rotate\": -1}",
	    "{\"fields\": [8, 8], \"rotate\": true}",
	    "{\"fields\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}" };
	size_t i;

	CU_ASSERT_EQUAL(planes_with("{\"fields\": [8, 8]}", good, 8), ERR_OK);
	CU_ASSERT_EQUAL(planes_with("{\"fields\": [8, 8], \"rotate\": 1}",
	    good, 8), ERR_OK);
	CU_ASSERT_EQUAL(planes_with("{\"fields\": [8, 8]}", good, 7),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(planes_with("{\"fields\": [8, 8]}", good, 0),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(planes_with("{\"fields\": [16]}", good, 8),
	    ERR_CORRUPT);
	CU_ASSERT_EQUAL(planes_with("{\"fields\": [16]}", good, 7), ERR_OK);
	CU_ASSERT_EQUAL(planes_with("{\"fields\": [8]}", good, 4),
	    ERR_CORRUPT);
	for (i = 0; i < HARNESS_COUNT(bad); i++)
		CU_ASSERT_EQUAL(planes_with(bad[i], good, 8), ERR_CORRUPT);
}

/* Words that are too wide for it, in a file and in a request. */
static void
wrong_words(void)
{
	const uint64_t shape[] = { 2 };
	static const uint8_t raw[16] = { 0 };
	json_t *params = json_object();
	struct err e = ERR_INIT;
	uint8_t back[16];
	struct tensor t;
	struct buf b;

	buf_init(&b, 100);
	tensor_set(&t, "F32", shape, 1, &e);
	CU_ASSERT_EQUAL(packing_rans.encode(&t, raw, packing_rans.ways[0].id,
	    &b, params, &e), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(decode(&packing_rans, &t, params, raw, 16, back),
	    ERR_CORRUPT);
	e.code = ERR_OK;
	tensor_set(&t, "I8", shape, 1, &e);
	CU_ASSERT_EQUAL(packing_planes.encode(&t, raw,
	    packing_planes.ways[0].id, &b, params, &e), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(b.size, 0);
	buf_free(&b);
	json_decref(params);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "each dtype", each_dtype },
		{ "floats", floats },
		{ "small integers", small_integers },
		{ "wrong parameters", wrong_params },
		{ "wrong words", wrong_words },
	};

	return harness_run("packing_rans", tests, HARNESS_COUNT(tests));
}
