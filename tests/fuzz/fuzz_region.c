/*
 * fuzz_region: any bytes at all have regions that cover them, and looking for
 * those reads nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

bool
fuzz_seed(struct seed *s, size_t i)
{
	memset(s, 0, sizeof(*s));
	switch (i) {
	case 0: seed_gguf(s); break;
	case 1: seed_onnx(s); break;
	case 2: seed_elf(s, true, false, 62); break;
	case 3: seed_elf(s, false, true, 20); break;
	case 4: seed_elf_segments(s, true); break;
	case 5: seed_elf_segments(s, false); break;
	case 6: seed_pe(s, 0x8664); break;
	case 7: seed_macho(s, 0x0100000C); break;
	case 8: seed_safetensors(s); break;
	case 9: seed_npy(s); break;
	case 10: seed_zip(s); break;
	default: return false;
	}
	return true;
}

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
