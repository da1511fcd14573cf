#include "xz/crc.h"

#include <lzma.h>

uint32_t
crc_32(const uint8_t *p, size_t n, uint32_t before)
{
	return lzma_crc32(p, n, before);
}
