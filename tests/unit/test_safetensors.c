#include "region/region.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "heap.h"
#include "regions.h"

#define DATA 64			/* bytes of data in most files */

static void
make(struct buf *b, const char *header, size_t n)
{
	uint8_t *data = harness_bytes('r', 3, n);

	memset(b, 0, sizeof(*b));
	regions_put_le(b, strlen(header), 8);
	regions_put_text(b, header);
	regions_put(b, data, n);
	free(data);
}

static const char good_header[] =
    "{\"__metadata__\":{\"format\":\"pt\",\"x\":\"{\\\"}\\\\\"},"
    "\"a.weight\":{\"dtype\":\"F16\",\"shape\":[2,3],"
    "\"data_offsets\":[0,12]},"
    "\"b\":{\"shape\":[1,3],\"data_offsets\":[12,24],\"dtype\":\"F32\"},"
    "\"empty\":{\"dtype\":\"I8\",\"shape\":[5,0],\"data_offsets\":[24,24]},\n"
    " \"q}\\\"\\u00e4\" : { \"dtype\" : \"F8_E4M3\" , \"shape\" : [5,1,2] , "
    "\"data_offsets\" : [26,36] } ,"
    "\"new\":{\"dtype\":\"F7_OF_A_LONG_NAME\",\"shape\":[9],"
    "\"data_offsets\":[36,40]},"
    "\"one\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[40,48]},"
    "\"v\":{\"dtype\":\"BF16\",\"shape\":[8],\"data_offsets\":[48,64]}}   ";

static void
good(void)
{
	const uint64_t at = 8 + strlen(good_header);
	const struct regions_want want[] = {
		{ 0, at, REGION_OTHER, 1, 0, "", NULL },
		{ at, 12, REGION_NUMBERS, 2, 6, "F16", "a.weight" },
		{ at + 12, 12, REGION_NUMBERS, 4, 0, "F32", "b" },
		{ at + 24, 2, REGION_OTHER, 1, 0, "", NULL },
		{ at + 26, 10, REGION_NUMBERS, 1, 2, "F8_E4M3",
		    "q}\"\xc3\xa4" },
		{ at + 36, 4, REGION_OTHER, 1, 0, "F7_OF_A_LONG_NA", "new" },
		{ at + 40, 8, REGION_NUMBERS, 8, 0, "F64", "one" },
		{ at + 48, 16, REGION_NUMBERS, 2, 0, "BF16", "v" },
	};
	struct buf b;

	make(&b, good_header, DATA);
	regions_are(b.data, b.size, "safetensors", want, HARNESS_COUNT(want));
	buf_free(&b);
}

static void
no_tensors(void)
{
	static const char *const headers[] = { "{}", "{ } \n ",
	    "{\"__metadata__\":{}}" };
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, headers[i], 0);
		const struct regions_want want = { 0, b.size, REGION_OTHER, 1,
		    0, "", NULL };

		regions_are(b.data, b.size, "safetensors", &want, 1);
		buf_free(&b);
	}
}

/* A tensor of 6 rows of 4 elements in each type. */
static void
types(void)
{
	static const struct {
		const char *dtype;
		unsigned int size;	/* bytes of the tensor */
		uint32_t element;
		uint64_t row;
	} cases[] = {
		{ "F64", 192, 8, 32 }, { "F32", 96, 4, 16 },
		{ "F16", 48, 2, 8 }, { "BF16", 48, 2, 8 },
		{ "F8_E4M3", 24, 1, 4 }, { "F8_E5M2", 24, 1, 4 },
		{ "F8_E8M0", 24, 1, 4 }, { "F6_E2M3", 18, 1, 3 },
		{ "F6_E3M2", 18, 1, 3 }, { "F4", 12, 1, 2 },
		{ "I64", 192, 8, 32 }, { "I32", 96, 4, 16 },
		{ "I16", 48, 2, 8 }, { "I8", 24, 1, 4 },
		{ "U64", 192, 8, 32 }, { "U32", 96, 4, 16 },
		{ "U16", 48, 2, 8 }, { "U8", 24, 1, 4 },
		{ "BOOL", 24, 1, 4 }, { "C64", 192, 8, 32 },
	};
	char header[128];
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		const unsigned int size = cases[i].size;

		(void)snprintf(header, sizeof(header), "{\"t\":{\"dtype\":"
		    "\"%s\",\"shape\":[6,4],\"data_offsets\":[0,%u]}}",
		    cases[i].dtype, size);
		make(&b, header, size + 1);
		const struct regions_want want[] = {
			{ 0, 8 + strlen(header), REGION_OTHER, 1, 0, "",
			    NULL },
			{ 8 + strlen(header), size, REGION_NUMBERS,
			    cases[i].element, cases[i].row, cases[i].dtype,
			    "t" },
			{ b.size - 1, 1, REGION_OTHER, 1, 0, "", NULL },
		};
		regions_are(b.data, b.size, "safetensors", want, 3);
		buf_free(&b);
		/* One byte more than the shape says. */
		(void)snprintf(header, sizeof(header), "{\"t\":{\"dtype\":"
		    "\"%s\",\"shape\":[6,4],\"data_offsets\":[0,%u]}}",
		    cases[i].dtype, size + 1);
		make(&b, header, size + 1);
		regions_one(b.data, b.size, "of a tensor is wrong");
		buf_free(&b);
	}
}

#define ONE(text) "{\"t\":{" text "}}"
#define U8(shape, offsets) ONE("\"dtype\":\"U8\",\"shape\":" shape \
    ",\"data_offsets\":" offsets)

static void
wrong_tensors(void)
{
	static const char *const headers[] = {
		/* offsets */
		U8("[65]", "[0,65]"), U8("[1]", "[64,65]"),
		U8("[1]", "[65,66]"), U8("[1]", "[2,1]"), U8("[0]", "[65,65]"),
		U8("[1]", "[-1,0]"), U8("[1]", "[0]"), U8("[1]", "[0,1,2]"),
		U8("[1]", "[0,1.0]"), U8("[1]", "[\"0\",\"1\"]"),
		U8("[1]", "{}"), U8("[1]", "null"),
		U8("[1]", "[9223372036854775807,9223372036854775807]"),
		U8("[1]", "[0,9223372036854775808]"),
		U8("[1]", "[0,18446744073709551617]"),
		/* shapes; 2^32 * 2^32, and 2^61 * 8 bits */
		U8("[3]", "[0,2]"), U8("[-1]", "[0,1]"), U8("[1.0]", "[0,1]"),
		U8("{}", "[0,1]"), U8("[[1]]", "[0,1]"), U8("7", "[0,7]"),
		U8("[4294967296,4294967296]", "[0,0]"),
		U8("[2305843009213693952]", "[0,0]"),
		U8("[4294967296,4294967296,0]", "[0,0]"),
		U8("[9223372036854775808]", "[0,1]"), U8("[]", "[0,0]"),
		/* the same for a type that is not known */
		ONE("\"dtype\":\"NEW\",\"shape\":[1],"
		    "\"data_offsets\":[2,1]"),
		ONE("\"dtype\":\"NEW\",\"shape\":[-1],"
		    "\"data_offsets\":[0,1]"),
		/* members */
		ONE("\"dtype\":\"U8\",\"shape\":[1]"),
		ONE("\"dtype\":\"U8\",\"data_offsets\":[0,1]"),
		ONE("\"shape\":[1],\"data_offsets\":[0,1]"),
		ONE("\"dtype\":8,\"shape\":[1],\"data_offsets\":[0,1]"),
		ONE("\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],"
		    "\"data_offsets\":[0,1]"),
		ONE(""), ONE("x"), ONE("\"dtype\""), ONE("\"a\":{]"),
		ONE("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,2]"),
		ONE("\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]"),
	};
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, headers[i], DATA);
		regions_one(b.data, b.size, "of a tensor is wrong");
		buf_free(&b);
	}
}

static void
wrong_json(void)
{
	static const char *const headers[] = {
		"{ ", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1}", "{\"a\":[]}",
		"{\"a\":null}", "{\"__metadata__\":{},}", "{}x", "{}}", "{} {",
		"{\"__metadata__\":{}", "{\"__metadata__\":{\"}",
		"{\"__metadata__\":{}\"b\":{}}", "{\"a", "{\"a\\", "{\"a\\\"",
		"{'a':{}}", "{a:{}}", "{\"__metadata__\":{\"a\\\":{}}",
	};
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		make(&b, headers[i], DATA);
		regions_one(b.data, b.size, "the header is not JSON");
		buf_free(&b);
	}
	make(&b, "{}0 x", DATA);
	b.data[10] = '\0';
	regions_one(b.data, b.size, "the header is not JSON");
	buf_free(&b);
	make(&b, "{\"\\u0000\":{}}", DATA);
	regions_one(b.data, b.size, "a name is no string");
	buf_free(&b);
	make(&b, "{\"\xff\":{}}", DATA);
	regions_one(b.data, b.size, "a name is no string");
	buf_free(&b);
}

static void
same_names(void)
{
	static const char header[] = "{"
	    "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
	    "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]},"
	    "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[1],"
	    "\"data_offsets\":[2,3]}}";
	struct buf b;

	make(&b, header, DATA);
	regions_one(b.data, b.size, "two tensors have one name");
	buf_free(&b);
}

/* Not of the format at all: no warning. */
static void
others(void)
{
	static const uint64_t sizes[] = { 0, 1, 19, 20, UINT64_MAX,
	    UINT64_C(1) << 63, UINT64_MAX - 7 };
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		memset(&b, 0, sizeof(b));
		regions_put_le(&b, sizes[i], 8);
		regions_put_text(&b, "{}                ");
		regions_one(b.data, b.size, NULL);
		buf_free(&b);
	}
	memset(&b, 0, sizeof(b));
	make(&b, "[]", DATA);
	regions_one(b.data, b.size, NULL);
	buf_free(&b);
}

static void
hurt(void)
{
	struct buf b;

	make(&b, good_header, DATA);
	regions_hurt(b.data, b.size, 0, 8 + strlen(good_header));
	buf_free(&b);
}

/* --- what jansson takes --- */

/* A file whose header has n bytes: one text, another as often as it fits, and
 * a third. */
static void
long_header(struct buf *b, size_t n, const char *first, const char *again,
    const char *last)
{
	char *p = heap_header(n, first, again, last);

	memset(b, 0, sizeof(*b));
	regions_put_le(b, n, 8);
	regions_put(b, p, n);
	free(p);
}

static void
large_with(size_t n, const char *first, const char *again, const char *last,
    const char *says)
{
	struct region_list list;
	struct buf b;

	long_header(&b, n, first, again, last);
	heap_watch();
	if (says != NULL) {
		regions_one(b.data, b.size, says);
	} else {
		regions_find(b.data, b.size, &list);
		CU_ASSERT_STRING_EQUAL(list.warning, "");
		region_list_free(&list);
	}
	CU_ASSERT_TRUE(heap_peak() < (size_t)16 << 20);
	buf_free(&b);
}

/* As one tree, those would need a lot of memory or stack. */
static void
large(void)
{
	static const struct {
		const char *first, *again, *last, *says, *says_small;
	} cases[] = {
		{ "{\"a\":{\"x\":[", "[],", "[]]}}", "is wrong", "is wrong" },
		{ "{\"a\":{\"x\":[", "{},", "{}]}}", "is wrong", "is wrong" },
		{ "{\"a\":{\"shape\":[", "0,", "0]}}", "is wrong",
		    "is wrong" },
		{ "{\"a\":{\"x\":", "[", "}}", "is wrong", "is wrong" },
		{ "{\"a\":", "{", "", "not JSON", "not JSON" },
		{ "{\"a\":", "{\"\":", "{}", "not JSON", "not JSON" },
		{ "{", "\"a\":{},", "\"a\":{}}", "is wrong", "is wrong" },
		{ "{\"", "aaaaaaaa", "\":{}}", "no string", "is wrong" },
		{ "{\"__metadata__\":{\"", "aaaaaaaa", "\":1}}", NULL, NULL },
		{ "{", "\"__metadata__\":{},", "\"__metadata__\":{}}", NULL,
		    NULL },
		{ "{}", " ", "", NULL, NULL },
	};
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		large_with((size_t)16 << 20, cases[i].first, cases[i].again,
		    cases[i].last, cases[i].says);
		large_with((size_t)64 << 10, cases[i].first, cases[i].again,
		    cases[i].last, cases[i].says_small);
	}
	long_header(&b, ((size_t)16 << 20) + 1, "{}", " ", "");
	regions_one(b.data, b.size, "more than 16 MiB");
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "good", good },
		{ "no tensors", no_tensors },
		{ "types", types },
		{ "tensors that are wrong", wrong_tensors },
		{ "headers that are wrong", wrong_json },
		{ "two of a name", same_names },
		{ "other files", others },
		{ "every byte lost or changed", hurt },
		{ "large headers", large },
	};

	return harness_run("safetensors", tests, HARNESS_COUNT(tests));
}
