#include "region/machine.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define NONE LZMA_VLI_UNKNOWN
#define HEAD 4096

/* A buffer with no room behind its n bytes, so that AddressSanitizer sees
 * what reads past them. */
static lzma_vli
bcj_of(const uint8_t *head, size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);
	lzma_vli id;

	memcpy(p, head, n);
	id = machine_bcj(p, n);
	free(p);
	return id;
}

/* e_ident (ELF gABI, figure 4-4), e_type ET_DYN, e_machine. */
static void
elf(uint8_t *head, bool big, unsigned int machine)
{
	memset(head, 0, HEAD);
	memcpy(head, "\177ELF", 4);
	head[4] = 2;				/* ELFCLASS64 */
	head[5] = big ? 2 : 1;			/* ELFDATA2MSB, 2LSB */
	head[6] = 1;				/* EV_CURRENT */
	head[big ? 17 : 16] = 3;
	head[big ? 18 : 19] = (uint8_t)(machine >> 8);
	head[big ? 19 : 18] = (uint8_t)machine;
}

static void
elf_machines(void)
{
	static const struct {
		unsigned int machine;
		lzma_vli little, big;
	} cases[] = {
		{ 3, LZMA_FILTER_X86, LZMA_FILTER_X86 },	/* 386 */
		{ 62, LZMA_FILTER_X86, LZMA_FILTER_X86 },	/* x86-64 */
		/* The filter knows big-endian instructions alone. */
		{ 20, NONE, LZMA_FILTER_POWERPC },
		{ 21, NONE, LZMA_FILTER_POWERPC },
		{ 40, LZMA_FILTER_ARM, LZMA_FILTER_ARM },
		{ 50, LZMA_FILTER_IA64, LZMA_FILTER_IA64 },
		{ 2, LZMA_FILTER_SPARC, LZMA_FILTER_SPARC },
		{ 43, LZMA_FILTER_SPARC, LZMA_FILTER_SPARC },
		{ 183, LZMA_FILTER_ARM64, LZMA_FILTER_ARM64 },
		{ 0, NONE, NONE }, { 8, NONE, NONE },	/* none, MIPS */
		{ 22, NONE, NONE },			/* S390 */
		{ 243, NONE, NONE },			/* RISC-V */
		/* Another byte order of 3, 62 and 183, and more than 16 bits
		 * of which the low ones are alike. */
		{ 0x300, NONE, NONE }, { 0x3E00, NONE, NONE },
		{ 0xB700, NONE, NONE }, { 0x13E, NONE, NONE },
	};
	uint8_t head[HEAD];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		elf(head, false, cases[i].machine);
		CU_ASSERT_EQUAL(bcj_of(head, HEAD), cases[i].little);
		CU_ASSERT_EQUAL(bcj_of(head, 64), cases[i].little);
		elf(head, true, cases[i].machine);
		CU_ASSERT_EQUAL(bcj_of(head, HEAD), cases[i].big);
	}
}

static void
put32(uint8_t *p, uint32_t n)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(n >> 8 * i);
}

/* "MZ", e_lfanew at 60, there "PE\0\0" and the machine (PE format, COFF File
 * Header). */
static void
pe(uint8_t *head, uint32_t at, unsigned int machine)
{
	memset(head, 0, HEAD);
	memcpy(head, "MZ", 2);
	put32(head + 60, at);
	if (at > HEAD - 6)
		return;
	memcpy(head + at, "PE\0\0", 4);
	head[at + 4] = (uint8_t)machine;
	head[at + 5] = (uint8_t)(machine >> 8);
}

static void
pe_machines(void)
{
	static const struct {
		unsigned int machine;
		lzma_vli id;
	} cases[] = {
		{ 0x14C, LZMA_FILTER_X86 }, { 0x8664, LZMA_FILTER_X86 },
		{ 0xAA64, LZMA_FILTER_ARM64 }, { 0x1C0, LZMA_FILTER_ARM },
		{ 0x1C4, LZMA_FILTER_ARMTHUMB }, { 0, NONE },
		{ 0x4C01, NONE }, { 0x6486, NONE }, { 0x5064, NONE },
		{ 0x4C, NONE },
	};
	static const uint32_t places[] = { 64, 65, 128, 0x100, 0xFFA };
	uint8_t head[HEAD];
	size_t i, j;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
	for (j = 0; j < HARNESS_COUNT(places); j++) {
		pe(head, places[j], cases[i].machine);
		CU_ASSERT_EQUAL(bcj_of(head, HEAD), cases[i].id);
		/* just all of it, and cut within the machine */
		CU_ASSERT_EQUAL(bcj_of(head, places[j] + 6), cases[i].id);
		CU_ASSERT_EQUAL(bcj_of(head, places[j] + 5), NONE);
		CU_ASSERT_EQUAL(bcj_of(head, 64), NONE);
	}
}

static void
pe_wrong(void)
{
	static const uint32_t places[] = { 0, 4091, 4095, 4096, 0x7FFFFFFF,
	    0x80000000, 0xFFFFFFFA, 0xFFFFFFFF };
	uint8_t head[HEAD];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(places); i++) {
		/* The sign is elsewhere, and the place is not to be read. */
		pe(head, 128, 0x8664);
		put32(head + 60, places[i]);
		CU_ASSERT_EQUAL(bcj_of(head, HEAD), NONE);
	}
	pe(head, 128, 0x8664);
	head[128] = 'N';			/* NE: 16 bits */
	CU_ASSERT_EQUAL(bcj_of(head, HEAD), NONE);
	pe(head, 128, 0x8664);
	head[131] = 1;
	CU_ASSERT_EQUAL(bcj_of(head, HEAD), NONE);
	pe(head, 128, 0x8664);
	head[1] = 'M';
	CU_ASSERT_EQUAL(bcj_of(head, HEAD), NONE);
}

static void
macho(void)
{
	static const struct {
		const char *head;
		lzma_vli id;
	} cases[] = {
		{ "\xCF\xFA\xED\xFE\x07\0\0\1", LZMA_FILTER_X86 },
		{ "\xCF\xFA\xED\xFE\x0C\0\0\1", LZMA_FILTER_ARM64 },
		/* PowerPC 64; no 64-bit flag; 32-bit magic; big-endian */
		{ "\xCF\xFA\xED\xFE\x12\0\0\1", NONE },
		{ "\xCF\xFA\xED\xFE\x07\0\0\0", NONE },
		{ "\xCE\xFA\xED\xFE\x07\0\0\1", NONE },
		{ "\xFE\xED\xFA\xCF\1\0\0\x07", NONE },
		{ "\xCF\xFA\xED\xFF\x07\0\0\1", NONE },
	};
	uint8_t head[32];
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		memset(head, 0, sizeof(head));
		memcpy(head, cases[i].head, 8);
		CU_ASSERT_EQUAL(bcj_of(head, sizeof(head)), cases[i].id);
		CU_ASSERT_EQUAL(bcj_of(head, 8), cases[i].id);
		for (n = 0; n < 8; n++)
			CU_ASSERT_EQUAL(bcj_of(head, n), NONE);
	}
}

static void
not_code(void)
{
	uint8_t head[HEAD], *p = harness_bytes('t', 1, HEAD);
	size_t n;

	CU_ASSERT_EQUAL(bcj_of(p, HEAD), NONE);
	free(p);
	p = harness_bytes('r', 1, HEAD);
	CU_ASSERT_EQUAL(bcj_of(p, HEAD), NONE);
	free(p);
	memset(head, 0, HEAD);
	CU_ASSERT_EQUAL(bcj_of(head, HEAD), NONE);
	/* Cut short anywhere: no header. */
	for (n = 0; n < 64; n++) {
		elf(head, false, 62);
		CU_ASSERT_EQUAL(bcj_of(head, n), NONE);
		elf(head, true, 20);
		CU_ASSERT_EQUAL(bcj_of(head, n), NONE);
		pe(head, 64, 0x8664);
		CU_ASSERT_EQUAL(bcj_of(head, n), NONE);
	}
	/* Each byte of the magic counts. */
	for (n = 0; n < 4; n++) {
		elf(head, false, 62);
		head[n] ^= 0x20;
		CU_ASSERT_EQUAL(bcj_of(head, HEAD), NONE);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "ELF machines", elf_machines },
		{ "PE machines", pe_machines },
		{ "PE headers that are wrong", pe_wrong },
		{ "Mach-O", macho },
		{ "no code, or cut short", not_code },
	};

	return harness_run("machine", tests, HARNESS_COUNT(tests));
}
