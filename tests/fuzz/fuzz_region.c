/*
 * fuzz_region: any bytes at all have regions that cover them, and looking for
 * those reads nothing else.
 *
 * The entry of libFuzzer, see configure --enable-fuzzers; replay.c calls it
 * without one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "seeds.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = ERR_INIT;
	struct region_list list;
	const char *wrong;

	if (n == 0)
		return 0;
	if (seed_find(p, n, &list, &e) != ERR_OK) {
		fprintf(stderr, "fuzz_region: %s\n", e.text);
		abort();
	}
	wrong = seed_wrong(&list, n);
	if (wrong != NULL) {
		fprintf(stderr, "fuzz_region: %s: %s\n",
		    list.format != NULL ? list.format : "no format", wrong);
		abort();
	}
	region_list_free(&list);
	return 0;
}
