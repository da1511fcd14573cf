#include "base/dtype.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned int bits;
} types[] = {
	{ "F64", 64 }, { "F32", 32 }, { "F16", 16 }, { "BF16", 16 },
	{ "F8_E4M3", 8 }, { "F8_E5M2", 8 }, { "F8_E8M0", 8 },
	{ "F8_E4M3FNUZ", 8 }, { "F8_E5M2FNUZ", 8 },
	{ "F6_E2M3", 6 }, { "F6_E3M2", 6 }, { "F4", 4 },
	{ "I64", 64 }, { "I32", 32 }, { "I16", 16 }, { "I8", 8 },
	{ "U64", 64 }, { "U32", 32 }, { "U16", 16 }, { "U8", 8 },
	{ "BOOL", 8 }, { "C64", 64 },
};

#define N_TYPES (sizeof(types) / sizeof(types[0]))

unsigned int
dtype_bits(const char *name)
{
	size_t i;

	for (i = 0; i < N_TYPES; i++) {
		if (strcmp(types[i].name, name) == 0)
			return types[i].bits;
	}
	return 0;
}

const char *
dtype_name(size_t i)
{
	return i < N_TYPES ? types[i].name : NULL;
}
