#include "weights/stfile.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "heap.h"

/* Packings of our own, so that the registry is not linked. */
static const char *const no_params[] = { NULL };
static const char *const two_params[] = { "bits", "levels", NULL };
static const struct packing plain = { .name = "plain", .params = no_params };
static const struct packing other = { .name = "other", .params = two_params };

const struct packing *
packing_find(const char *name)
{
	return strcmp(name, "plain") == 0 ? &plain :
	    strcmp(name, "other") == 0 ? &other : NULL;
}

#define T(name, dtype, shape, begin, end) "\"" name "\":{\"dtype\":\"" \
	dtype "\",\"shape\":[" shape "],\"data_offsets\":[" #begin "," #end "]}"
/* A packed file of one tensor of 4 bytes, by its recipe in quotes. */
#define PACKED(recipe) "{\"__metadata__\":{\"xzbundle\":\"" recipe "\"}," \
	T("a", "U8", "4", 0, 4) "}"
/* One without tensors, with other metadata. */
#define META(other, more) "{\"__metadata__\":{" other "\"xzbundle\":\"" \
	RECIPE(more, "") "\"}}"
#define RECIPE(more, tensors) "{\\\"version\\\":1," more \
	"\\\"tensors\\\":{" tensors "}}"
#define R(name, shape) "\\\"" name "\\\":{\\\"dtype\\\":\\\"I8\\\"," \
	"\\\"shape\\\":[" shape "],\\\"packing\\\":\\\"plain\\\"," \
	"\\\"crc32\\\":7}"

static enum err_code
read_text(const char *text, uint64_t data_size, struct stfile *f,
    struct err *e)
{
	e->code = ERR_OK;
	return stfile_read(text, strlen(text), data_size, f, e);
}

/* Reading fails, and says so. */
static void
refuse(const char *text, uint64_t data_size, const char *says)
{
	struct err e = ERR_INIT;
	struct stfile f;

	CU_ASSERT_EQUAL(read_text(text, data_size, &f, &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
	if (!HARNESS_SAYS(&e, says))
		printf("\n    \"%s\" of %.200s", e.text, text);
	stfile_free(&f);
}

/* What was written: the prefix tells its size; NULL: not that. */
static const char *
body(const struct buf *b, size_t *size)
{
	uint64_t n;

	if (!stfile_looks(b->data, b->size, &n) || n + 8 != b->size ||
	    n % 8 != 0)
		return NULL;
	*size = (size_t)n;
	return (const char *)b->data + 8;
}

/* Is what was written this text and spaces? */
static void
is_text(const struct buf *b, const char *text)
{
	size_t n = 0, k = strlen(text);
	const char *p = body(b, &n);

	CU_ASSERT_PTR_NOT_NULL(p);
	CU_ASSERT_TRUE(n >= k && n < k + 8);
	if (p == NULL || n < k)
		return;
	CU_ASSERT_EQUAL(memcmp(p, text, k), 0);
	if (memcmp(p, text, k) != 0)
		printf("\n    %.*s\n    %s", (int)n, p, text);
	for (; k < n; k++)
		CU_ASSERT_EQUAL(p[k], ' ');
}

static void
looks(void)
{
	uint8_t p[9] = { 0x39, 0x30, 0, 0, 0, 0, 0, 1, '{' };
	uint64_t n = 0;

	CU_ASSERT_TRUE(stfile_looks(p, 9, &n));
	CU_ASSERT_EQUAL(n, (UINT64_C(1) << 56) + 12345);
	CU_ASSERT_FALSE(stfile_looks(p, 8, &n));
	CU_ASSERT_FALSE(stfile_looks(p, 0, &n));
	p[8] = '[';
	CU_ASSERT_FALSE(stfile_looks(p, 9, &n));
	memset(p, 0, 8);
	p[8] = '{';
	p[0] = 1;
	CU_ASSERT_FALSE(stfile_looks(p, 9, &n));
	p[0] = 2;
	CU_ASSERT_TRUE(stfile_looks(p, 9, &n));
}

static void
plain_file(void)
{
	/* The data's order is c, e (no bytes), a; b is a scalar. */
	static const char text[] = "{" T("a", "F32", "2,3", 10, 34) ","
	    "\"__metadata__\" : {\"k\" : \"v\\u00e9\\u0000\\/\\t\"},"
	    T("b", "I64", "", 34, 42) "," T("c", "U8", "10", 0, 10) ","
	    T("d\\u00e9", "XYZ", "9", 42, 50) ","
	    T("e", "F16", "7,0,3", 10, 10) "}";
	static const char again[] = "{" T("a", "F32", "2,3", 10, 34) ","
	    "\"__metadata__\":{\"k\":\"v\xc3\xa9\\u0000/\\t\"},"
	    T("b", "I64", "", 34, 42) "," T("c", "U8", "10", 0, 10) ","
	    T("d\xc3\xa9", "XYZ", "9", 42, 50) ","
	    T("e", "F16", "7,0,3", 10, 10) "}";
	static const size_t order[] = { 2, 4, 0, 1, 3 };
	struct err e = ERR_INIT;
	struct stfile f;
	struct buf b;
	size_t i;

	buf_init(&b, 4096);
	CU_ASSERT_EQUAL(read_text(text, 50, &f, &e), ERR_OK);
	CU_ASSERT_EQUAL(f.n, 5);
	for (i = 0; i < f.n && i < 5; i++)
		CU_ASSERT_EQUAL(f.by_off[i], order[i]);
	CU_ASSERT_EQUAL(f.metadata_at, 1);
	CU_ASSERT_FALSE(f.packed);
	CU_ASSERT_EQUAL(stfile_find(&f, "d\xc3\xa9"), 3);
	CU_ASSERT_EQUAL(stfile_find(&f, "a"), 0);
	CU_ASSERT_EQUAL(stfile_find(&f, "z"), 5);
	CU_ASSERT_EQUAL(stfile_find(&f, ""), 5);
	if (f.n == 5) {
		CU_ASSERT_EQUAL(f.tensors[3].size, 8);
		CU_ASSERT_EQUAL(f.tensors[3].tensor.word, 0);
		CU_ASSERT_EQUAL(f.tensors[0].tensor.n, 6);
		CU_ASSERT_EQUAL(stfile_original_size(&f.tensors[0]), 24);
	}
	CU_ASSERT_EQUAL(stfile_write(&f, &b, &e), ERR_OK);
	is_text(&b, again);
	stfile_free(&f);
	CU_ASSERT_EQUAL(read_text("{} ", 0, &f, &e), ERR_OK);
	CU_ASSERT_EQUAL(f.n, 0);
	CU_ASSERT_PTR_NULL(f.metadata);
	stfile_free(&f);
	buf_free(&b);
}

static void
wrong_tensors(void)
{
	static const struct {
		const char *text;
		uint64_t data_size;
		const char *says;
	} cases[] = {
		{ "[]", 0, "not JSON" },
		{ " {}", 0, "not JSON" },
		{ "{}x", 0, "not JSON" },
		{ "{\"a\":{}", 0, "tensor 'a': it has no dtype" },
		{ "{\"a\":1}", 0, "tensor 'a': it is no object" },
		{ "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0,
		    "tensor 'a': a part of the header is not JSON" },
		{ "{\"\\u0000\":{}}", 0, "not JSON" },
		{ "{\"\xff\":{}}", 0, "not JSON" },
		{ "{\"\\ud800\":{}}", 0, "not JSON" },
		{ "{" T("a", "U8", "4", 0, 4) "}", 3, "behind the end" },
		{ "{" T("a", "U8", "4", 0, 4) "}", 5, "does not end where" },
		{ "{" T("a", "U8", "4", 1, 5) "}", 5, "'a': its data do not" },
		{ "{" T("a", "U8", "4", 0, 3) "}", 3, "the size of its" },
		{ "{" T("a", "U8", "4", 4, 0) "}", 4, "data_offsets" },
		{ "{" T("a", "U8", "-4", 0, 4) "}", 4, "list of sizes" },
		{ "{" T("a", "U8", "4.0", 0, 4) "}", 4, "list of sizes" },
		{ "{" T("a", "U8", "4", -1, 3) "}", 4, "data_offsets" },
		{ "{" T("a", "U8", "4", 0, 99999999999999999999) "}", 4,
		    "not JSON" },
		{ "{" T("a", "U8", "4294967296,4294967296", 0, 0) "}", 0,
		    "tensor 'a'" },
		{ "{" T("a", "U8", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		    "1,1,1,1,1,1,1,1,1,1,1,1,1", 0, 1) "}", 1,
		    "33 dimensions" },
		{ "{" T("a", "U8", "4", 0, 4) "," T("b", "U8", "4", 5, 9) "}",
		    9, "'b': its data do not begin" },
		{ "{" T("a", "U8", "4", 0, 4) "," T("b", "U8", "4", 3, 7) "}",
		    7, "'b': its data do not begin" },
		{ "{" T("a", "U8", "4", 0, 4) "," T("\\u0061", "U8", "4", 4,
		    8) "}", 8, "'a': is there twice" },
		{ "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice" },
		{ "{\"__metadata__\":[]}", 0, "no object" },
		{ "{\"__metadata__\":{\"a\":1}}", 0, "a value is no string" },
		{ "{\"__metadata__\":{\"a\":\"\",\"ab\":\"\",\"\\u0061\":"
		    "\"\"}}", 0, "__metadata__: a name is there twice" },
		{ "{\"__metadata__\":{\"a\":{}}}", 0, "a value is no string" },
		{ "{\"__metadata__\":{\"a\":\"\xff\"}}", 0, "not JSON" },
		{ "{\"__metadata__\":{\"a\":\"b\"\"c\":\"d\"}}", 0, "not JSON" },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		refuse(cases[i].text, cases[i].data_size, cases[i].says);
}

static void
packed_file(void)
{
	static const char text[] = "{" T("b", "U8", "4", 3, 7) ","
	    "\"__metadata__\":{\"k\":\"v\",\"xzbundle\":\"{ \\\"tensors\\\": {"
	    R("b", "5,4") ", \\\"a\\\": {\\\"levels\\\":[1,2],\\\"bits\\\":1,"
	    "\\\"crc32\\\":4294967295, \\\"shape\\\":[],\\\"dtype\\\":\\\"F64"
	    "\\\",\\\"packing\\\":\\\"other\\\"}},\\\"version\\\":1}\"},"
	    T("a", "U8", "3", 0, 3) "," T("c", "I16", "1,2", 7, 11) "}";
	static const char original[] = "{" T("b", "I8", "5,4", 8, 28) ","
	    "\"__metadata__\":{\"k\":\"v\"}," T("a", "F64", "", 0, 8) ","
	    T("c", "I16", "1,2", 28, 32) "}";
	struct err e = ERR_INIT;
	json_t *params = NULL;
	struct stfile f;
	struct buf b;

	buf_init(&b, 4096);
	CU_ASSERT_EQUAL(read_text(text, 11, &f, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_TRUE(f.packed && !f.bare && !f.array);
	CU_ASSERT_EQUAL(f.original_data_size, 32);
	if (f.n == 3 && f.tensors[0].recipe != NULL &&
	    f.tensors[1].recipe != NULL) {
		CU_ASSERT_PTR_EQUAL(f.tensors[0].recipe->packing, &plain);
		CU_ASSERT_PTR_EQUAL(f.tensors[1].recipe->packing, &other);
		CU_ASSERT_EQUAL(f.tensors[1].recipe->crc32, UINT32_MAX);
		CU_ASSERT_EQUAL(stfile_original(&f.tensors[0])->n, 20);
		CU_ASSERT_PTR_NULL(f.tensors[2].recipe);
		CU_ASSERT_EQUAL(stfile_params(f.tensors[1].recipe, &params,
		    &e), ERR_OK);
		CU_ASSERT_EQUAL(json_array_size(json_object_get(params,
		    "levels")), 2);
		json_decref(params);
	}
	CU_ASSERT_EQUAL(stfile_write_original(&f, &b, &e), ERR_OK);
	is_text(&b, original);
	stfile_free(&f);
	buf_free(&b);
}

static void
wrong_recipes(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ PACKED(""), "the recipe: it is not JSON" },
		{ PACKED("[]"), "not JSON" },
		{ PACKED("{}"), "no version, or no tensors" },
		{ PACKED("{\\\"version\\\":1}"), "no version, or no" },
		{ PACKED("{\\\"tensors\\\":{}}"), "no version, or no" },
		{ PACKED("{\\\"version\\\":\\\"1\\\",\\\"tensors\\\":{}}"),
		    "no number" },
		{ PACKED(RECIPE("\\\"version\\\":1,", "")), "twice" },
		{ PACKED(RECIPE("\\\"more\\\":1,", "")), "not known" },
		{ PACKED(RECIPE("\\\"bare\\\":1,", "")), "'bare' is wrong" },
		{ PACKED(RECIPE("\\\"bare\\\":[1],", "")), "'bare' is" },
		{ PACKED(RECIPE("\\\"array\\\":null,", "")), "'array' is" },
		{ PACKED(RECIPE("\\\"header\\\":true,", "")), "'header' is" },
		{ PACKED(RECIPE("\\\"array\\\":true,\\\"bare\\\":false,",
		    "")), "an array has no header" },
		{ PACKED(RECIPE("\\\"array\\\":true,", R("a", "4"))),
		    "not the one tensor" },
		{ META("\"a\":\"\",", "\\\"bare\\\":true,"),
		    "metadata that the original had not" },
		{ "{\"__metadata__\":{\"xzbundle\":\"" RECIPE("\\\"array\\\":"
		    "true,", R("array", "4")) "\",\"a\":\"\"},"
		    T("array", "U8", "4", 0, 4) "}", "metadata that the" },
		{ "{\"__metadata__\":{\"xzbundle\":\"" RECIPE("", "") "\"},"
		    "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":"
		    "[0,4],\"more\":1}}", "members that are not known" },
		{ META("\"xzbundl\\u0065\":\"\",", ""), "has escapes" },
		{ PACKED("{\\\"version\\\":1,\\\"tensors\\\":[]}"),
		    "tensors are no object" },
		{ PACKED(RECIPE("", R("b", "4"))),
		    "the recipe: tensor 'b': there is no such" },
		{ PACKED(RECIPE("", R("a", "4") "," R("\\\\u0061", "4"))),
		    "tensor 'a': its recipe is there twice" },
		{ PACKED(RECIPE("", R("a", "0"))), "has no values" },
		{ PACKED(RECIPE("", R("a", "4294967296"))), "too many" },
		{ PACKED(RECIPE("", "\\\"a\\\":[]")), "is no object" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"levels\\\":[{}]}")),
		    "no object of numbers" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"levels\\\":[[],[],[],[],"
		    "[],[],[],[]]}")), "no object of numbers" },
		{ PACKED(RECIPE("", "\\\"a\\\":{}")), "no packing" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":1}")),
		    "no packing" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":"
		    "\\\"none\\\"}")), "there is no packing 'none'" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":\\\"plain"
		    "\\\",\\\"bits\\\":1}")), "'bits' is nothing that plain" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":\\\"plain"
		    "\\\"}")), "no crc32" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":\\\"plain"
		    "\\\",\\\"crc32\\\":-1}")), "no crc32" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":\\\"plain"
		    "\\\",\\\"crc32\\\":4294967296}")), "no crc32" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":\\\"plain"
		    "\\\",\\\"crc32\\\":1}")), "no dtype or no shape" },
		{ PACKED(RECIPE("", "\\\"a\\\":{\\\"packing\\\":\\\"plain"
		    "\\\",\\\"crc32\\\":1,\\\"dtype\\\":\\\"F4\\\","
		    "\\\"shape\\\":[2]}")), "cannot be packed" },
		{ PACKED(RECIPE("\\\"header\\\":\\\"{}\\\",", R("a", "4"))),
		    "the original's header" },
		{ "{\"__metadata__\":{\"xzbundle\":\"\",\"xzbundle\":\"\"}}",
		    "xzbundle is there twice" },
		{ "{\"__metadata__\":{\"xzbundle\":\"" RECIPE("", R("a", "4"))
		    "\"}," T("a", "I8", "4", 0, 4) "}", "not of dtype U8" },
		{ "{\"__metadata__\":{\"xzbundle\":\"" RECIPE("", R("a", "4"))
		    "\"}," T("a", "U8", "2,2", 0, 4) "}", "not of dtype U8" },
	};
	static const char nul[] = "{" T("a", "U8", "4\0", 0, 4) "}";
	struct err e = ERR_INIT;
	struct stfile f;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		refuse(cases[i].text, strstr(cases[i].text, "data_offsets") !=
		    NULL ? 4 : 0, cases[i].says);
	CU_ASSERT_EQUAL(read_text(PACKED("{\\\"version\\\":2}"), 4, &f, &e),
	    ERR_UNSUPPORTED);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "format 2"));
	stfile_free(&f);
	/* A key that only begins so is another one. */
	CU_ASSERT_EQUAL(read_text("{\"__metadata__\":{\"xzbundle\\u0000\":"
	    "\"\"}}", 0, &f, &e), ERR_OK);
	CU_ASSERT_FALSE(f.packed);
	stfile_free(&f);
	/* A NUL byte is no space, in the recipe neither. */
	CU_ASSERT_EQUAL(stfile_read(nul, sizeof(nul) - 1, 4, &f, &e),
	    ERR_CORRUPT);
	stfile_free(&f);
	refuse(PACKED(RECIPE("", R("a", "4\\u0000"))), 4, "a NUL byte");
	/* The names of members may have escapes. */
	CU_ASSERT_EQUAL(read_text(PACKED("{\\\"version\\\":1,\\\"tensor"
	    "\\\\u0073\\\":{}}"), 4, &f, &e), ERR_OK);
	CU_ASSERT_TRUE(f.packed);
	stfile_free(&f);
}

/* The reason is there, however long the name is. */
static void
long_names(void)
{
	struct err e = ERR_INIT;
	char name[9001];
	size_t i;

	for (i = 0; i + 1 < sizeof(name); i++)
		name[i] = i % 2 == 0 ? '\xc3' : '\xa9';
	name[9000] = '\0';
	err_set(&e, ERR_CORRUPT, "reason");
	CU_ASSERT_EQUAL(stfile_blame(name, &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "\xa9...': reason"));
	e.code = ERR_OK;
	err_set(&e, ERR_CORRUPT, "reason");
	CU_ASSERT_EQUAL(stfile_blame(name + 1, &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "\xa9...': reason"));
	e.code = ERR_OK;
	err_set(&e, ERR_CORRUPT, "reason");
	stfile_blame("a", &e);
	CU_ASSERT_STRING_EQUAL(e.text, "tensor 'a': reason");
}

/* --- packing --- */

/* Pack the tensors of `from` whose sizes are at least 0 to these; the result is
 * the code, and *to what was written. */
static enum err_code
pack(const char *from, uint64_t data_size, const int *sizes, struct buf *to,
    bool *verbatim)
{
	struct err e = ERR_INIT;
	json_t *params = json_pack("{s:[i,i]}", "levels", -1, 1);
	struct stfile f;
	size_t i;

	CU_ASSERT_EQUAL(read_text(from, data_size, &f, &e), ERR_OK);
	for (i = 0; i < f.n; i++) {
		if (sizes[i] >= 0)
			CU_ASSERT_EQUAL(stfile_pack(&f.tensors[i], &other,
			    params, 5, (uint64_t)sizes[i], &e), ERR_OK);
	}
	CU_ASSERT_EQUAL(stfile_lay_out(&f, &e), ERR_OK);
	if (stfile_finish(&f, from, strlen(from), &e) == ERR_OK)
		stfile_write(&f, to, &e);
	*verbatim = f.original_header != NULL;
	json_decref(params);
	stfile_free(&f);
	return e.code;
}

/* Pack and read again: the original's header comes back, which is text with
 * spaces to a multiple of 8, or more. */
static void
round_trip(const char *head, size_t more, uint64_t data_size,
    const int *sizes, uint64_t packed_size, bool verbatim)
{
	char from[1024];
	struct err e = ERR_INIT;
	struct buf packed, back;
	const char *text;
	struct stfile f;
	size_t n = 0;
	bool is_verbatim;

	snprintf(from, sizeof(from), "%s%*s", head,
	    (int)((8 - strlen(head) % 8) % 8 + more), "");
	buf_init(&packed, 1 << 16);
	buf_init(&back, 1 << 16);
	CU_ASSERT_EQUAL(pack(from, data_size, sizes, &packed, &is_verbatim),
	    ERR_OK);
	CU_ASSERT_EQUAL(is_verbatim, verbatim);
	text = body(&packed, &n);
	CU_ASSERT_PTR_NOT_NULL(text);
	CU_ASSERT_EQUAL(stfile_read(text, n, packed_size, &f, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	CU_ASSERT_TRUE(f.packed);
	CU_ASSERT_EQUAL(f.original_data_size, data_size);
	CU_ASSERT_EQUAL(stfile_write_original(&f, &back, &e), ERR_OK);
	CU_ASSERT_EQUAL(back.size, strlen(from) + 8);
	if (back.size == strlen(from) + 8)
		CU_ASSERT_EQUAL(memcmp(back.data + 8, from, strlen(from)), 0);
	stfile_free(&f);
	buf_free(&packed);
	buf_free(&back);
}

static void
round_trips(void)
{
	static const struct {
		const char *text;
		size_t more;
		uint64_t data_size;
		int sizes[3];
		uint64_t packed_size;
		bool verbatim;
	} cases[] = {
		{ "{" T("a", "U8", "4", 0, 4) "}", 0, 4, { 3 }, 3, false },
		{ "{" T("a", "U8", "4", 0, 4) "}", 1, 4, { 3 }, 3, true },
		{ "{" T("a", "U8", "4", 0, 4) "}", 8, 4, { 3 }, 3, true },
		{ "{\t" T("a", "U8", "4", 0, 4) "}", 0, 4, { 3 }, 3, true },
		{ "{\"__metadata__\":{}," T("a", "U8", "4", 0, 4) "}", 0, 4,
		    { 1 }, 1, false },
		{ "{" T("a", "U8", "4", 0, 4) ",\"__metadata__\":{\"\":\"\"}}",
		    0, 4, { 1 }, 1, false },
		{ "{\"__metadata__\":{\"a\":\"\\\"\\\\\\b\\t\\n\\f\\r\\u0001"
		    "\\u001f\x7f\xc3\xa9\"}}", 0, 0, { 0 }, 0, false },
		{ "{\"__metadata__\":{\"a\":\"\\u00e9\"}}", 0, 0, { 0 }, 0,
		    true },
		{ "{\"__metadata__\":{\"a\":\"\\u001F\"}}", 0, 0, { 0 }, 0,
		    true },
		/* another order, and one without bytes */
		{ "{" T("b", "U8", "4", 4, 8) "," T("a", "U8", "4", 0, 4) ","
		    T("c", "U8", "0", 8, 8) "}", 0, 8, { 9, 2, -1 }, 11,
		    false },
		/* which would be found elsewhere; more members */
		{ "{" T("a", "U8", "4", 0, 4) "," T("c", "U8", "0", 0, 0) "}",
		    0, 4, { 0, -1 }, 0, true },
		{ "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"more\":\"\",\"data"
		    "_offsets\":[0,1]}}", 0, 1, { 1 }, 1, true },
		{ "{\"a\":{\"shape\":[1],\"dtype\":\"U8\",\"data_offsets\":"
		    "[0,1]}}", 0, 1, { 1 }, 1, true },
		{ "{" T("a", "NEW", "1", 0, 5) "," T("b", "U8", "", 5, 6) "}",
		    0, 6, { -1, 2 }, 7, false },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		round_trip(cases[i].text, cases[i].more, cases[i].data_size,
		    cases[i].sizes, cases[i].packed_size, cases[i].verbatim);
}

/* Nobody could tell b's data from a's. */
static void
no_bytes(void)
{
	static const char text[] = "{" T("b", "U8", "4", 4, 8) "," T("a", "U8",
	    "4", 0, 4) "}";
	static const int none[] = { 0, 0 }, one[] = { 0, 1 };
	struct buf to;
	bool verbatim;

	buf_init(&to, 4096);
	CU_ASSERT_EQUAL(pack(text, 8, none, &to, &verbatim), ERR_UNSUPPORTED);
	buf_free(&to);
	round_trip(text, 0, 8, one, 1, false);
}

static void
arrays(void)
{
	static const uint64_t shape[] = { 3, 5 };
	struct err e = ERR_INIT;
	struct tensor t;
	struct stfile f;
	struct buf b;
	json_t *none = json_object();
	const char *text;
	size_t n = 0;

	buf_init(&b, 4096);
	CU_ASSERT_EQUAL(tensor_set(&t, "I16", shape, 2, &e), ERR_OK);
	CU_ASSERT_EQUAL(stfile_set_array(&f, &t, &e), ERR_OK);
	CU_ASSERT_EQUAL(stfile_pack(&f.tensors[0], &plain, none, 9, 11, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(stfile_lay_out(&f, &e), ERR_OK);
	CU_ASSERT_EQUAL(stfile_finish(&f, NULL, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(stfile_write(&f, &b, &e), ERR_OK);
	stfile_free(&f);
	text = body(&b, &n);
	CU_ASSERT_PTR_NOT_NULL(text);
	CU_ASSERT_EQUAL(stfile_read(text, n, 11, &f, &e), ERR_OK);
	CU_ASSERT_TRUE(f.packed && f.array);
	CU_ASSERT_EQUAL(f.original_data_size, 30);
	b.size = 0;
	CU_ASSERT_EQUAL(stfile_write_original(&f, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 0);
	stfile_free(&f);
	json_decref(none);
	buf_free(&b);
}

/* The texts of a packed file with every byte lost or changed: an error or not,
 * and never worse. */
static void
hurt(void)
{
	static const char original[] = "{ " T("b", "U8", "4", 4, 8) "," T("a",
	    "I16", "2,1", 0, 4) ",\"__metadata__\":{\"x\":\"\\u00e9\"}}";
	static const int sizes[] = { 3, 1 };
	struct buf b;
	struct stfile f;
	struct err e;
	char *copy;
	const char *text;
	size_t n = 0, i;
	bool verbatim;
	int k;

	buf_init(&b, 4096);
	CU_ASSERT_EQUAL(pack(original, 8, sizes, &b, &verbatim), ERR_OK);
	text = body(&b, &n);
	CU_ASSERT_PTR_NOT_NULL(text);
	for (i = 0; text != NULL && i < n; i++) {
		for (k = 0; k < 10; k++) {
			/* Exactly as large, for the sanitizers. */
			copy = malloc(k < 8 ? n : n - 1);
			memcpy(copy, text, k < 8 ? n : n - 1);
			if (k < 8)
				copy[i] = (char)(copy[i] ^ 1 << k);
			else
				memmove(copy + i, text + i + 1, n - i - 1);
			e.code = ERR_OK;
			stfile_read(copy, k < 8 ? n : k == 8 ? n - 1 : i, 4,
			    &f, &e);
			stfile_free(&f);
			free(copy);
		}
	}
	buf_free(&b);
}

/* --- what memory large headers take --- */

/* A header of 16 MiB: one text, another as often as it fits, and a third. */
static void
large_one(const char *first, const char *again, const char *last,
    const char *says)
{
	const size_t n = STFILE_HEADER_MAX;
	char *p = heap_header(n, first, again, last);
	struct err e = ERR_INIT;
	struct stfile f;

	heap_watch();
	stfile_read(p, n, 0, &f, &e);
	stfile_free(&f);
	CU_ASSERT_TRUE(heap_peak() <= (size_t)120 << 20);
	CU_ASSERT_EQUAL(e.code, says != NULL ? ERR_CORRUPT : ERR_OK);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says != NULL ? says : ""));
	if (says != NULL && !HARNESS_SAYS(&e, says))
		printf("\n    \"%.300s\"", e.text);
	free(p);
}

static void
large(void)
{
	static const struct {
		const char *first, *again, *last, *says;
	} cases[] = {
		{ "{\"a\":{\"x\":[", "[],", "[]]}}", "too long" },
		{ "{\"a\":{\"x\":", "[", "}}", "too long" },
		{ "{\"a\":", "{", "", "not JSON" },
		{ "{\"", "aaaaaaaa", "\":{}}", "too long" },
		{ "{", "\"a\":{},", "\"a\":{}}", "no dtype" },
		{ "{\"__metadata__\":{\"a\":[", "[],", "[]]}}", "no string" },
		{ "{\"__metadata__\":{\"", "aaaaaaaa", "\":\"\"}}", NULL },
		{ "{\"__metadata__\":{\"a\":\"", "\\u0001", "\"}}", NULL },
		{ "{\"__metadata__\":{", "\"\":\"\",", "\"\":\"\"}}",
		    "there twice" },
		{ "{\"__metadata__\":{\"xzbundle\":\"", "aaaaaaaa", "\"}}",
		    "not JSON" },
		{ "{\"__metadata__\":{\"xzbundle\":\"{\\\"version\\\":[",
		    "1,", "1]}\"}}", "'version' is wrong" },
		{ "{\"__metadata__\":{\"xzbundle\":\"{\\\"header\\\":\\\"",
		    "aaaaaaaa", "\\\",\\\"version\\\":1,\\\"tensors\\\":{}}"
		    "\"}}", "the original's header" },
		{ "{\"__metadata__\":{\"xzbundle\":\"{\\\"tensors\\\":{\\\"a"
		    "\\\":{\\\"levels\\\":[", "1,", "1]}}}\"},"
		    T("a", "U8", "0", 0, 0) "}", "too long" },
		{ "{\"__metadata__\":{\"xzbundle\":\"{\\\"tensors\\\":{", "\\\""
		    "a\\\":{},", "}\"}}", "no such tensor" },
		{ "{" T("b", "U8", "0", 0, 0), "," T("a", "U8", "0", 0, 0),
		    "}", "is there twice" },
		{ "{}", " ", "", NULL },
	};
	static char more[STFILE_HEADER_MAX + 1];
	struct err e = ERR_INIT;
	struct stfile f;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		large_one(cases[i].first, cases[i].again, cases[i].last,
		    cases[i].says);
	memset(more, ' ', sizeof(more));
	memcpy(more, "{}", 2);
	CU_ASSERT_EQUAL(stfile_read(more, sizeof(more), 0, &f, &e),
	    ERR_CORRUPT);
	stfile_free(&f);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "first bytes", looks },
		{ "a file that is not packed", plain_file },
		{ "headers that are wrong", wrong_tensors },
		{ "a packed file", packed_file },
		{ "recipes that are wrong", wrong_recipes },
		{ "there and back", round_trips },
		{ "tensors without bytes", no_bytes },
		{ "long names", long_names },
		{ "bare arrays", arrays },
		{ "every byte lost or changed", hurt },
		{ "large headers", large },
	};

	return harness_run("stfile", tests, HARNESS_COUNT(tests));
}
