#include "weights/packing.h"

#include <string.h>

const struct packing *const packing_all[] = {
	&packing_bits, &packing_base3, &packing_bitmask, &packing_rans,
	&packing_planes, NULL
};

const struct packing *
packing_find(const char *name)
{
	const struct packing *const *p;

	for (p = packing_all; *p != NULL; p++) {
		if (strcmp((*p)->name, name) == 0)
			return *p;
	}
	return NULL;
}
