#include "region/machine.h"

#include <stdbool.h>
#include <string.h>

static lzma_vli
elf_bcj(const uint8_t *p)
{
	/* e_machine, in the byte order of EI_DATA (ELF gABI, figure 4-3). */
	bool big = p[5] == 2;
	unsigned int machine = big ? (unsigned int)p[18] << 8 | p[19] :
	    (unsigned int)p[19] << 8 | p[18];

	switch (machine) {
	case 3:			/* EM_386 */
	case 62:		/* EM_X86_64 */
		return LZMA_FILTER_X86;
	case 20:		/* EM_PPC */
	case 21:		/* EM_PPC64 */
		return big ? LZMA_FILTER_POWERPC : LZMA_VLI_UNKNOWN;
	case 40:		/* EM_ARM */
		return LZMA_FILTER_ARM;
	case 50:		/* EM_IA_64 */
		return LZMA_FILTER_IA64;
	case 2:			/* EM_SPARC */
	case 43:		/* EM_SPARCV9 */
		return LZMA_FILTER_SPARC;
	case 183:		/* EM_AARCH64 */
		return LZMA_FILTER_ARM64;
	default:
		return LZMA_VLI_UNKNOWN;
	}
}

static lzma_vli
pe_bcj(const uint8_t *p, size_t n)
{
	uint32_t at = (uint32_t)p[60] | (uint32_t)p[61] << 8 |
	    (uint32_t)p[62] << 16 | (uint32_t)p[63] << 24;

	if (n < 6 || at > n - 6 || memcmp(p + at, "PE\0\0", 4) != 0)
		return LZMA_VLI_UNKNOWN;
	switch ((unsigned int)p[at + 5] << 8 | p[at + 4]) {
	case 0x14C:
	case 0x8664:
		return LZMA_FILTER_X86;
	case 0xAA64:
		return LZMA_FILTER_ARM64;
	case 0x1C0:
		return LZMA_FILTER_ARM;
	case 0x1C4:
		return LZMA_FILTER_ARMTHUMB;
	default:
		return LZMA_VLI_UNKNOWN;
	}
}

lzma_vli
machine_bcj(const uint8_t *p, size_t n)
{
	if (n >= 64 && memcmp(p, "\177ELF", 4) == 0)
		return elf_bcj(p);
	if (n >= 64 && p[0] == 'M' && p[1] == 'Z')
		return pe_bcj(p, n);
	/* Mach-O 64, little-endian: magic, then cputype (mach/machine.h). */
	if (n >= 8 && memcmp(p, "\xCF\xFA\xED\xFE", 4) == 0 && p[7] == 1) {
		if (p[4] == 7)
			return LZMA_FILTER_X86;
		if (p[4] == 12)
			return LZMA_FILTER_ARM64;
	}
	return LZMA_VLI_UNKNOWN;
}
