/*
 * What is the same for all packings.
 */
#include "weights/packing.h"

#include "harness.h"
#include "packings.h"

static void
names(void)
{
	const struct packing *const *p;

	for (p = packing_all; *p != NULL; p++) {
		CU_ASSERT_PTR_EQUAL(packing_find((*p)->name), *p);
		CU_ASSERT_PTR_NOT_NULL((*p)->ways[0].name);
	}
	CU_ASSERT_PTR_NULL(packing_find("none"));
	CU_ASSERT_PTR_NULL(packing_find(""));
}

/* Values that are not whole bytes are refused both ways, whatever the
 * parameters are. */
static void
parts_of_bytes(void)
{
	static const char *const dtypes[] = { "F4", "F6_E2M3", "X" };
	static const char *const params[] = {
		"{}", "{\"bits\":0,\"low\":0}", "{\"levels\":[0,1,2]}",
		"{\"fields\":[]}", "{\"fields\":[],\"rotate\":1}",
	};
	static const uint8_t raw[8] = { 0 };
	const struct packing *const *p;
	size_t d, i;

	for (p = packing_all; *p != NULL; p++) {
		for (d = 0; d < HARNESS_COUNT(dtypes); d++) {
			packings_refuses(*p, (*p)->ways[0].id, dtypes[d], raw,
			    8, dtypes[d]);
			for (i = 0; i < HARNESS_COUNT(params); i++)
				packings_decode_is(*p, dtypes[d], 8,
				    params[i], "", 0, dtypes[d]);
		}
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "found by name", names },
		{ "values that are parts of bytes", parts_of_bytes },
	};

	return harness_run("packing", tests, HARNESS_COUNT(tests));
}
