#include "region/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "harness.h"
#include "regions.h"

/* The file of a format that is easy to make: safetensors, with `header` and n
 * bytes behind it. */
static void
with_header(struct buf *b, const char *header, size_t n)
{
	uint8_t *data = harness_bytes('r', 7, n);

	memset(b, 0, sizeof(*b));
	regions_put_le(b, strlen(header), 8);
	regions_put_text(b, header);
	regions_put(b, data, n);
	free(data);
}

#define T(name, from, to) "\"" name "\":{\"dtype\":\"NEW\",\"shape\":[]," \
    "\"data_offsets\":[" #from "," #to "]}"

static void
unknown(void)
{
	static const char *const files[] = { "x", "text\n", "PK", "\x93NUM",
	    "{}", "#!/bin/sh\n", "a longer text, of more than nine bytes" };
	uint8_t *p = harness_bytes('r', 1, 70000);
	size_t i;

	for (i = 0; i < HARNESS_COUNT(files); i++)
		regions_one((const uint8_t *)files[i], strlen(files[i]), NULL);
	for (i = 1; i < 40; i++)
		regions_one(p, i, NULL);
	regions_one(p, 70000, NULL);
	memset(p, 0, 70000);
	regions_one(p, 70000, NULL);
	free(p);
}

/* What is between the parts, before and behind them is covered too. */
static void
gaps(void)
{
	static const char header[] = "{" T("c", 30, 40) "," T("a", 5, 10) ","
	    T("b", 10, 20) "}";
	const uint64_t at = 8 + strlen(header);
	const struct regions_want want[] = {
		{ 0, at + 5, REGION_OTHER, 1, 0, "", NULL },
		{ at + 5, 5, REGION_OTHER, 1, 0, "NEW", "a" },
		{ at + 10, 10, REGION_OTHER, 1, 0, "NEW", "b" },
		{ at + 20, 10, REGION_OTHER, 1, 0, "", NULL },
		{ at + 30, 10, REGION_OTHER, 1, 0, "NEW", "c" },
		{ at + 40, 2, REGION_OTHER, 1, 0, "", NULL },
	};
	struct buf b;

	with_header(&b, header, 42);
	regions_are(b.data, b.size, "safetensors", want, HARNESS_COUNT(want));
	/* No gap at the end. */
	regions_are(b.data, b.size - 2, "safetensors", want,
	    HARNESS_COUNT(want) - 1);
	buf_free(&b);
}

static void
overlaps(void)
{
	static const char *const headers[] = {
		"{" T("a", 0, 10) "," T("b", 9, 20) "}",
		"{" T("a", 9, 20) "," T("b", 0, 10) "}",
		"{" T("a", 0, 10) "," T("b", 0, 10) "}",
		"{" T("a", 0, 20) "," T("b", 5, 6) "}",
		"{" T("a", 0, 20) "," T("b", 0, 1) "," T("c", 19, 20) "}",
	};
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(headers); i++) {
		with_header(&b, headers[i], 20);
		regions_one(b.data, b.size, "overlaps");
		buf_free(&b);
	}
}

/* One region more than there may be, by the parts or by the gaps. */
static void
too_many(void)
{
	const struct region r = { .size = 1, .element = 1 };
	struct region_list list;
	struct err e = ERR_INIT;
	size_t i;

	memset(&list, 0, sizeof(list));
	for (i = 0; i < REGION_COUNT_MAX; i++)
		region_add(&list, 1, &r, NULL, 0, &e);
	CU_ASSERT_EQUAL(list.n, REGION_COUNT_MAX);
	CU_ASSERT_STRING_EQUAL(list.warning, "");
	region_add(&list, 1, &r, NULL, 0, &e);
	CU_ASSERT_EQUAL(list.n, REGION_COUNT_MAX);
	CU_ASSERT_PTR_NOT_NULL(strstr(list.warning, "more than 262144"));
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	region_list_free(&list);
}

static void
too_many_gaps(void)
{
	const size_t n = REGION_COUNT_MAX / 2;
	struct buf header = { 0 }, b;
	char text[128];
	size_t i;

	for (i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text), "%c\"%zu\":{\"dtype\":"
		    "\"U8\",\"shape\":[],\"data_offsets\":[%zu,%zu]}",
		    i > 0 ? ',' : '{', i, 2 * i, 2 * i + 1);
		regions_put_text(&header, text);
	}
	regions_put(&header, "}", 2);
	with_header(&b, (const char *)header.data, 2 * n);
	/* As many gaps as tensors, and the one of the header. */
	regions_one(b.data, b.size, "more than 262144 parts");
	buf_free(&header);
	buf_free(&b);
}

static void
adding(void)
{
	static const struct {
		uint64_t off, size;
		bool good;
	} cases[] = {
		{ 0, 10, true }, { 9, 1, true }, { 0, 0, true },
		{ 11, 0, true },	/* nothing is nowhere */
		{ 0, 11, false }, { 9, 2, false }, { 10, 1, false },
		{ 1, UINT64_MAX, false }, { UINT64_MAX, 1, false },
		{ UINT64_MAX, UINT64_MAX, false },
	};
	struct region_list list;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct region r = { .off = cases[i].off,
		    .size = cases[i].size };

		memset(&list, 0, sizeof(list));
		region_add(&list, 10, &r, "name\0x", 6, &e);
		CU_ASSERT_EQUAL(list.warning[0] == '\0', cases[i].good);
		CU_ASSERT_EQUAL(list.n, cases[i].good && r.size > 0);
		if (list.n > 0)
			CU_ASSERT_STRING_EQUAL(list.regions[0].name, "name");
		region_list_free(&list);
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
}

static void
numbers(void)
{
	static const uint8_t p[] = { 1, 2, 3, 4, 5, 6, 7, 0xF8 };

	CU_ASSERT_EQUAL(num_le(p, 1), 1);
	CU_ASSERT_EQUAL(num_le(p, 4), 0x04030201);
	CU_ASSERT_EQUAL(num_le(p, 8), UINT64_C(0xF807060504030201));
	CU_ASSERT_EQUAL(num_be(p, 1), 1);
	CU_ASSERT_EQUAL(num_be(p, 3), 0x010203);
	CU_ASSERT_EQUAL(num_be(p, 8), UINT64_C(0x01020304050607F8));
}

static void
first_warning(void)
{
	struct region_list list;

	memset(&list, 0, sizeof(list));
	region_broken(&list, "%s: %d", "zip", 7);
	region_broken(&list, "another");
	CU_ASSERT_STRING_EQUAL(list.warning, "zip: 7");
	list.warning[0] = '\0';
	region_broken(&list, "%0500d", 1);
	CU_ASSERT_EQUAL(strlen(list.warning), REGION_WARNING_MAX - 1);
}

/* A file that cannot be read is an error, wherever that happens. */
static enum err_code
bad_read(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	const struct harness_memory *m = ctx;

	if (off + size > 10)
		return err_set(e, ERR_FAIL, "bad disk");
	memcpy(buf, m->p + off, size);
	return ERR_OK;
}

static void
read_error(void)
{
	static const char *const files[] = {
		"\t\0\0\0\0\0\0\0{}..............",
		"\x93NUMPY\1\0\2\0{}............",
		"PK\3\4....................",
	};
	struct region_list list;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(files); i++) {
		struct harness_memory m = { (const uint8_t *)files[i], 24 };
		struct source src = { bad_read, &m };
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(region_find(&src, 0, 24, &list, &e),
		    ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, "bad disk"));
		region_list_free(&list);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "no format that is known", unknown },
		{ "gaps", gaps },
		{ "overlaps", overlaps },
		{ "adding", adding },
		{ "too many", too_many },
		{ "too many with the gaps", too_many_gaps },
		{ "numbers", numbers },
		{ "the first warning holds", first_warning },
		{ "a file that cannot be read", read_error },
	};

	return harness_run("region", tests, HARNESS_COUNT(tests));
}
