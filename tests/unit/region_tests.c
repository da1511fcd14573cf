#include "region_tests.h"

#include <stdlib.h>
#include <string.h>

#include "../fuzz/seeds.h"
#include "harness.h"

/* The regions of a copy that has no room behind it. */
static void
find(const uint8_t *p, size_t n, struct region_list *list)
{
	uint8_t *copy = malloc(n);
	struct err e = ERR_INIT;

	memcpy(copy, p, n);
	CU_ASSERT_EQUAL(seed_find(copy, n, list, &e), ERR_OK);
	CU_ASSERT_PTR_NULL(seed_wrong(list, n));
	free(copy);
}

static void
is(const struct region *r, const struct region_want *want)
{
	CU_ASSERT_EQUAL(r->off, want->off);
	CU_ASSERT_EQUAL(r->size, want->size);
	CU_ASSERT_EQUAL(r->kind, want->kind);
	CU_ASSERT_EQUAL(r->element, want->element);
	CU_ASSERT_EQUAL(r->row, want->row);
	CU_ASSERT_STRING_EQUAL(r->dtype, want->dtype);
	CU_ASSERT_EQUAL(r->name == NULL, want->name == NULL);
	if (r->name != NULL && want->name != NULL)
		CU_ASSERT_STRING_EQUAL(r->name, want->name);
}

void
region_tests_are(const uint8_t *p, size_t n, const char *format,
    const struct region_want *want, size_t n_want)
{
	struct region_list list;
	size_t i;

	find(p, n, &list);
	CU_ASSERT_STRING_EQUAL(list.warning, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(list.format);
	CU_ASSERT_STRING_EQUAL(list.format, format);
	CU_ASSERT_EQUAL(list.n, n_want);
	for (i = 0; i < n_want && i < list.n; i++)
		is(&list.regions[i], &want[i]);
	region_list_free(&list);
}

void
region_tests_plain(const uint8_t *p, size_t n, const char *part)
{
	struct region_list list;

	find(p, n, &list);
	CU_ASSERT_EQUAL(list.n, 1);
	CU_ASSERT_EQUAL(list.regions[0].kind, REGION_OTHER);
	CU_ASSERT_EQUAL(list.warning[0] != '\0', part[0] != '\0');
	CU_ASSERT_PTR_NOT_NULL(strstr(list.warning, part));
	if (part[0] == '\0')
		CU_ASSERT_PTR_NULL(list.format);
	region_list_free(&list);
}

void
region_tests_survive(const uint8_t *p, size_t n, size_t header)
{
	size_t i, bit, step = n > 1000 ? n / 1000 : 1;
	uint8_t *copy = malloc(n);
	struct region_list list;

	for (i = 1; i < n; i += step) {
		find(p, i, &list);
		region_list_free(&list);
	}
	memcpy(copy, p, n);
	for (i = 0; i < header && i < n; i++)
	for (bit = 0; bit < 8; bit++) {
		copy[i] ^= (uint8_t)(1u << bit);
		find(copy, n, &list);
		region_list_free(&list);
		copy[i] = p[i];
	}
	free(copy);
}
