/*
 * The parsers of ELF, PE and Mach-O.
 */
#include <stdlib.h>
#include <string.h>

#include "../fuzz/seeds.h"
#include "harness.h"
#include "regions.h"

#define CPU_AMD64 0x01000007u
#define CPU_ARM64 0x0100000Cu

/* --- ELF --- */

static void
elf_good(void)
{
	static const struct {
		bool wide, big;
		unsigned int machine;
		lzma_vli bcj;
		unsigned int element;
	} cases[] = {
		{ true, false, 62, LZMA_FILTER_X86, 1 },
		{ false, false, 3, LZMA_FILTER_X86, 1 },
		{ true, false, 183, LZMA_FILTER_ARM64, 4 },
		{ false, true, 20, LZMA_FILTER_POWERPC, 4 },
		{ true, true, 43, LZMA_FILTER_SPARC, 4 },
		{ true, false, 50, LZMA_FILTER_IA64, 16 },
		{ true, false, 243, LZMA_VLI_UNKNOWN, 1 },
	};
	struct regions_want want[] = {
		{ 0, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x400, 0x1800, REGION_OTHER, 0, 0, "", ".rela" },
		{ 0x1C00, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x2000, 0x1000, REGION_CODE, 0, 0, "", ".text" },
		{ 0x3000, 0x2000, REGION_OTHER, 1, 0, "", ".rodata" },
		{ 0x5000, 0, REGION_OTHER, 1, 0, "", NULL },
	};
	struct region_list list;
	struct err e = ERR_INIT;
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		seed_elf(&s, cases[i].wide, cases[i].big, cases[i].machine);
		want[1].element = cases[i].wide ? 24 : 12;
		want[3].kind = cases[i].bcj != LZMA_VLI_UNKNOWN ?
		    REGION_CODE : REGION_OTHER;
		want[3].element = cases[i].element;
		want[5].size = s.n - 0x5000;
		regions_are(s.p, s.n, "elf", want, HARNESS_COUNT(want));
		CU_ASSERT_EQUAL(seed_find(s.p, s.n, &list, &e), ERR_OK);
		CU_ASSERT_EQUAL(list.regions[3].bcj, cases[i].bcj);
		region_list_free(&list);
		seed_free(&s);
	}
}

static void
elf_segments(void)
{
	static const struct regions_want want[] = {
		{ 0, 0x1000, REGION_OTHER, 1, 0, "", NULL },
		{ 0x1000, 0x1800, REGION_CODE, 1, 0, "", NULL },
		{ 0x2800, 0x800, REGION_OTHER, 1, 0, "", NULL },
	};
	static const struct regions_want none = { 0, 0x3000, REGION_OTHER, 1,
	    0, "", NULL };
	struct seed s = { 0 };
	unsigned int wide;

	for (wide = 0; wide < 2; wide++) {
		seed_elf_segments(&s, wide);
		regions_are(s.p, s.n, "elf", want, 3);
		seed_put(&s, "phnum", 0xFFFF, 2);
		regions_one(s.p, s.n, "elf: the program headers");
		seed_put(&s, "phnum", 4, 2);
		seed_put(&s, "phentsize", wide ? 55 : 31, 2);
		regions_one(s.p, s.n, "elf: the program headers");
		seed_put(&s, "phnum", 0, 2);
		regions_are(s.p, s.n, "elf", &none, 1);
		seed_free(&s);
	}
	/* p_filesz of the executable one */
	seed_elf_segments(&s, true);
	s.marks[s.n_marks - 1].at += 32;
	seed_put(&s, "segment", 0x2001, 8);
	regions_one(s.p, s.n, "elf: a section is not inside");
	seed_free(&s);
}

/* A number of a section, to a value. */
static void
put_at(struct seed *s, const char *section, size_t field, uint64_t v,
    size_t n)
{
	size_t i, at = seed_at(s, section) + field;

	for (i = 0; i < n; i++)
		s->p[at + i] = (uint8_t)(v >> 8 * i);
}

static void
elf_broken(void)
{
	static const struct {
		const char *mark;
		size_t field, n;
		uint64_t v;
		const char *part;
	} cases[] = {
		{ "shoff", 0, 8, 1 << 20, "elf: the section table" },
		{ "shoff", 0, 8, UINT64_MAX, "elf: the section table" },
		{ "shoff", 0, 8, UINT64_MAX - 63, "elf: the section table" },
		{ "shnum", 0, 2, 9, "elf: the section table" },
		{ "shnum", 0, 2, 0xFFFF, "elf: the section table" },
		{ "shentsize", 0, 2, 0, "elf: the section table" },
		{ "shentsize", 0, 2, 63, "elf: the section table" },
		{ "shentsize", 0, 2, 0xFFFF, "elf: the section table" },
		{ "text", 24, 8, UINT64_MAX, "elf: a section is not" },
		{ "text", 32, 8, UINT64_MAX, "elf: a section is not" },
		{ "text", 32, 8, 0x5000, "elf: a section is not" },
		{ "rodata", 24, 8, 1 << 20, "elf: a section is not" },
		{ "rodata", 32, 8, UINT64_MAX - 0x2FFF, "elf: a section" },
		{ "names", 24, 8, UINT64_MAX, "elf: the section table" },
		{ "names", 32, 8, 1 << 20, "elf: the section table" },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		seed_elf(&s, true, false, 62);
		put_at(&s, cases[i].mark, cases[i].field, cases[i].v,
		    cases[i].n);
		regions_one(s.p, s.n, cases[i].part);
		seed_free(&s);
	}
	for (i = 4; i < 6; i++) {
		seed_elf(&s, true, false, 62);
		s.p[i] = 3;
		regions_one(s.p, s.n, "elf: the header");
		s.p[i] = 0;
		regions_one(s.p, s.n, "elf: the header");
		regions_one(s.p, i, "");
		seed_free(&s);
	}
	seed_elf(&s, true, false, 62);
	for (i = 6; i < 64; i++)
		regions_one(s.p, i, "elf: the header");
	seed_free(&s);
	/* Counts in the first section: too many, and the right ones. */
	seed_elf(&s, true, false, 62);
	seed_put(&s, "shnum", 0, 2);
	seed_put(&s, "shstrndx", 0xFFFF, 2);
	put_at(&s, "null", 32, (uint64_t)1 << 58, 8);
	regions_one(s.p, s.n, "elf: the section table");
	put_at(&s, "null", 32, 65537, 8);
	regions_one(s.p, s.n, "elf: the section table");
	seed_free(&s);
}

static void
elf_odd(void)
{
	struct regions_want want[] = {
		{ 0, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x400, 0x1800, REGION_OTHER, 24, 0, "", ".rela" },
		{ 0x1C00, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x2000, 0x1000, REGION_CODE, 1, 0, "", ".text" },
		{ 0x3000, 0x2000, REGION_OTHER, 1, 0, "", ".rodata" },
		{ 0x5000, 0, REGION_OTHER, 1, 0, "", NULL },
	};
	struct seed s = { 0 };

	/* Counts that are in the first section. */
	seed_elf(&s, true, false, 62);
	want[5].size = s.n - 0x5000;
	seed_put(&s, "shnum", 0, 2);
	seed_put(&s, "shstrndx", 0xFFFF, 2);
	put_at(&s, "null", 32, 8, 8);
	put_at(&s, "null", 40, 7, 4);
	regions_are(s.p, s.n, "elf", want, 6);
	/* A name behind the names; one that is not ended there. */
	put_at(&s, "rodata", 0, 1 << 20, 4);
	want[4].name = NULL;
	regions_are(s.p, s.n, "elf", want, 6);
	put_at(&s, "rodata", 0, 18, 4);
	put_at(&s, "names", 32, 21, 8);
	want[4].name = ".ro";
	regions_are(s.p, s.n, "elf", want, 6);
	put_at(&s, "names", 32, 18, 8);
	want[4].name = NULL;
	regions_are(s.p, s.n, "elf", want, 6);
	/* A gap of 64 bytes within the code parts it. */
	put_at(&s, "text", 24, 0x2140, 8);
	put_at(&s, "text", 32, 0xEC0, 8);
	{
		const struct regions_want parted[] = {
			want[0], want[1], want[2],
			{ 0x2000, 0x100, REGION_CODE, 1, 0, "", ".plt" },
			{ 0x2100, 0x40, REGION_OTHER, 1, 0, "", NULL },
			{ 0x2140, 0xEC0, REGION_CODE, 1, 0, "", ".text" },
			want[4], want[5],
		};

		regions_are(s.p, s.n, "elf", parted, 8);
	}
	seed_free(&s);
	/* Overlap: the later one is left out. */
	seed_elf(&s, true, false, 62);
	put_at(&s, "rodata", 24, 0x2FFF, 8);
	want[4].size = s.n - 0x3000;
	want[4].name = NULL;
	regions_are(s.p, s.n, "elf", want, 5);
	seed_free(&s);
}

/* As many sections as are read, and one more. */
static void
elf_many(void)
{
	struct seed s = { 0 };

	seed_elf(&s, true, false, 62);
	seed_put(&s, "shnum", 0, 2);
	put_at(&s, "null", 32, 65536, 8);
	seed_zeros(&s, 65536 * 64);
	{
		const struct regions_want want[] = {
			{ 0, 0x400, REGION_OTHER, 1, 0, "", NULL },
			{ 0x400, 0x1800, REGION_OTHER, 24, 0, "", ".rela" },
			{ 0x1C00, 0x400, REGION_OTHER, 1, 0, "", NULL },
			{ 0x2000, 0x1000, REGION_CODE, 1, 0, "", ".text" },
			{ 0x3000, 0x2000, REGION_OTHER, 1, 0, "", ".rodata" },
			{ 0x5000, s.n - 0x5000, REGION_OTHER, 1, 0, "",
			    NULL },
		};

		regions_are(s.p, s.n, "elf", want, HARNESS_COUNT(want));
	}
	put_at(&s, "null", 32, 65537, 8);
	regions_one(s.p, s.n, "elf: the section table");
	seed_free(&s);
}

/* Names that are in no section, the one behind the last. */
static void
elf_nameless(void)
{
	static const struct regions_want want[] = {
		{ 0, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x400, 0x1800, REGION_OTHER, 24, 0, "", NULL },
		{ 0x1C00, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x2000, 0x1000, REGION_CODE, 1, 0, "", NULL },
		{ 0x3000, 0x2000, REGION_OTHER, 1, 0, "", NULL },
		{ 0x5000, 0x1240, REGION_OTHER, 1, 0, "", NULL },
	};
	static const unsigned int places[] = { 0, 8, 9, 0xFFFE };
	struct seed s = { 0 };
	uint8_t entry[64];
	size_t i;

	seed_elf(&s, true, false, 62);
	/* What is there would do, but is not of the table. */
	memcpy(entry, s.p + seed_at(&s, "names"), sizeof(entry));
	seed_bytes(&s, entry, sizeof(entry));
	for (i = 0; i < HARNESS_COUNT(places); i++) {
		seed_put(&s, "shstrndx", places[i], 2);
		regions_are(s.p, s.n, "elf", want, HARNESS_COUNT(want));
	}
	seed_free(&s);
}

/* This program: its code is the largest part or not, but it is there. */
static void
elf_self(void)
{
	struct region_list list;
	struct err e = ERR_INIT;
	uint64_t code = 0, named = 0;
	size_t n, i;
	uint8_t *p = harness_read("/proc/self/exe", &n);

	if (p == NULL || n < 4 || memcmp(p, "\177ELF", 4) != 0) {
		free(p);
		return;
	}
	CU_ASSERT_EQUAL(seed_find(p, n, &list, &e), ERR_OK);
	CU_ASSERT_PTR_NULL(seed_wrong(&list, n));
	CU_ASSERT_STRING_EQUAL(list.warning, "");
	for (i = 0; i < list.n; i++) {
		if (list.regions[i].kind == REGION_CODE)
			code += list.regions[i].size;
		named += list.regions[i].name != NULL &&
		    strcmp(list.regions[i].name, ".text") == 0;
	}
	CU_ASSERT_EQUAL(named, 1);
#if defined(__x86_64__) || defined(__i386__) || defined(__aarch64__)
	CU_ASSERT(code > 4096 && code < n);
#endif
	region_list_free(&list);
	for (i = 1; i < n; i += n / 200) {
		CU_ASSERT_EQUAL(seed_find(p, i, &list, &e), ERR_OK);
		CU_ASSERT_PTR_NULL(seed_wrong(&list, i));
		region_list_free(&list);
	}
	free(p);
}

/* --- PE --- */

static void
pe_good(void)
{
	static const struct {
		unsigned int machine, code, unwind;
	} cases[] = {
		{ 0x8664, 1, 12 }, { 0x14C, 1, 1 }, { 0xAA64, 4, 1 },
		{ 0x1C4, 2, 1 }, { 0x5064, 0, 1 },
	};
	struct regions_want want[] = {
		{ 0, 0x400, REGION_OTHER, 1, 0, "", NULL },
		{ 0x400, 0x1000, REGION_CODE, 0, 0, "", ".text" },
		{ 0x1400, 0x1200, REGION_OTHER, 1, 0, "", ".rdata" },
		{ 0x2600, 0x1200, REGION_OTHER, 0, 0, "", ".pdata" },
		{ 0x3800, 0x200, REGION_OTHER, 1, 0, "", NULL },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		seed_pe(&s, cases[i].machine);
		want[1].kind = cases[i].code > 0 ? REGION_CODE : REGION_OTHER;
		want[1].element = cases[i].code > 0 ? cases[i].code : 1;
		want[3].element = cases[i].unwind;
		regions_are(s.p, s.n, "pe", want, HARNESS_COUNT(want));
		seed_free(&s);
	}
}

static void
pe_broken(void)
{
	static const struct {
		const char *mark;
		size_t field, n;
		uint64_t v;
		const char *part;
	} cases[] = {
		{ "lfanew", 0, 4, 0, "" }, { "lfanew", 0, 4, 0x3A00, "" },
		{ "lfanew", 0, 4, UINT32_MAX, "" },
		{ "lfanew", 0, 4, 0x39F0, "" },
		{ "sections", 0, 2, 0xFFFF, "pe: " },
		{ "optional", 0, 2, 0xFFFF, "pe: the section table" },
		{ "text", 16, 4, 0x3601, "pe: a section is not" },
		{ "text", 16, 4, UINT32_MAX, "pe: a section is not" },
		{ "text", 20, 4, UINT32_MAX, "pe: a section is not" },
		{ "rdata", 20, 4, 0x3A01, "pe: a section is not" },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		seed_pe(&s, 0x8664);
		put_at(&s, cases[i].mark, cases[i].field, cases[i].v,
		    cases[i].n);
		regions_one(s.p, s.n, cases[i].part);
		seed_free(&s);
	}
	/* Sections that overlap: without the later one. */
	seed_pe(&s, 0x8664);
	put_at(&s, "rdata", 20, 0x13FF, 4);
	{
		static const struct regions_want want[] = {
			{ 0, 0x400, REGION_OTHER, 1, 0, "", NULL },
			{ 0x400, 0x1000, REGION_CODE, 1, 0, "", ".text" },
			{ 0x1400, 0x1200, REGION_OTHER, 1, 0, "", NULL },
			{ 0x2600, 0x1200, REGION_OTHER, 12, 0, "", ".pdata" },
			{ 0x3800, 0x200, REGION_OTHER, 1, 0, "", NULL },
		};

		regions_are(s.p, s.n, "pe", want, HARNESS_COUNT(want));
	}
	seed_free(&s);
}

/* --- Mach-O --- */

static void
macho_good(void)
{
	static const struct {
		unsigned int cpu, element;
	} cases[] = {
		{ CPU_AMD64, 1 }, { CPU_ARM64, 4 }, { 0x01000012, 0 },
	};
	struct regions_want want[] = {
		{ 0, 0x1000, REGION_OTHER, 1, 0, "", NULL },
		{ 0x1000, 0x1060, REGION_CODE, 0, 0, "", "__TEXT,__text" },
		{ 0x2060, 0x1FA0, REGION_OTHER, 1, 0, "", "__TEXT,__const" },
		{ 0x4000, 0x1000, REGION_OTHER, 8, 0, "",
		    "__DATA_CONST,__pointers_16byt" },
		{ 0x5000, 0x100, REGION_OTHER, 1, 0, "", NULL },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		seed_macho(&s, cases[i].cpu);
		want[1].kind = cases[i].element > 0 ? REGION_CODE :
		    REGION_OTHER;
		want[1].element = cases[i].element > 0 ? cases[i].element : 1;
		regions_are(s.p, s.n, "macho", want,
		    HARNESS_COUNT(want));
		seed_free(&s);
	}
	/* Of several architectures, and of 32 bits. */
	seed_macho(&s, CPU_AMD64);
	memcpy(s.p, "\xCA\xFE\xBA\xBE", 4);
	regions_one(s.p, s.n, "");
	memcpy(s.p, "\xCE\xFA\xED\xFE", 4);
	regions_one(s.p, s.n, "");
	seed_free(&s);
}

static void
macho_broken(void)
{
	static const struct {
		const char *mark;
		size_t field, n;
		uint64_t v;
		const char *part;
	} cases[] = {
		{ "commands", 0, 4, 5, "macho: a load command" },
		{ "commands", 0, 4, UINT32_MAX, "macho: a load command" },
		{ "commands", 0, 4, 65537, "macho: a load command" },
		{ "size", 0, 4, UINT32_MAX, "macho: a load command" },
		{ "size", 0, 4, 31, "macho: a load command" },
		{ "segment", 4, 4, 0, "macho: a load command" },
		{ "segment", 4, 4, 7, "macho: a load command" },
		{ "segment", 4, 4, 8, "macho: a load command" },
		{ "segment", 4, 4, 311, "macho: a load command" },
		{ "segment", 4, 4, UINT32_MAX, "macho: a load command" },
		{ "segment", 64, 4, 4, "macho: a load command" },
		{ "segment", 64, 4, UINT32_MAX, "macho: a load command" },
		{ "text", 40, 8, UINT64_MAX, "macho: a section is not" },
		{ "text", 40, 8, 0x4101, "macho: a section is not" },
		{ "const", 48, 4, 0x5101, "macho: a section is not" },
	};
	struct seed s = { 0 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		seed_macho(&s, CPU_ARM64);
		put_at(&s, cases[i].mark, cases[i].field, cases[i].v,
		    cases[i].n);
		regions_one(s.p, s.n, cases[i].part);
		seed_free(&s);
	}
	/* No commands, in more bytes than there are. */
	seed_macho(&s, CPU_ARM64);
	seed_put(&s, "commands", 0, 4);
	seed_put(&s, "size", UINT32_MAX, 4);
	regions_one(s.p, s.n, "macho: a load command");
	seed_free(&s);
}

static void
macho_odd(void)
{
	struct seed s = { 0 };

	/* Sections that overlap: without the later one. */
	seed_macho(&s, CPU_ARM64);
	put_at(&s, "const", 48, 0x205F, 4);
	{
		static const struct regions_want want[] = {
			{ 0, 0x1000, REGION_OTHER, 1, 0, "", NULL },
			{ 0x1000, 0x1060, REGION_CODE, 4, 0, "",
			    "__TEXT,__text" },
			{ 0x2060, 0x1FA0, REGION_OTHER, 1, 0, "", NULL },
			{ 0x4000, 0x1000, REGION_OTHER, 8, 0, "",
			    "__DATA_CONST,__pointers_16byt" },
			{ 0x5000, 0x100, REGION_OTHER, 1, 0, "", NULL },
		};

		regions_are(s.p, s.n, "macho", want,
		    HARNESS_COUNT(want));
	}
	/* A segment that is not in the file, as in .dSYM. */
	put_at(&s, "segment", 48, 0, 8);
	put_at(&s, "text", 40, UINT64_MAX, 8);
	{
		static const struct regions_want want[] = {
			{ 0, 0x4000, REGION_OTHER, 1, 0, "", NULL },
			{ 0x4000, 0x1000, REGION_OTHER, 8, 0, "",
			    "__DATA_CONST,__pointers_16byt" },
			{ 0x5000, 0x100, REGION_OTHER, 1, 0, "", NULL },
		};

		regions_are(s.p, s.n, "macho", want,
		    HARNESS_COUNT(want));
	}
	seed_free(&s);
}

/* As many commands as are read, and one more. */
static void
macho_many(void)
{
	static const size_t header = 32, n = 65537;
	struct seed s = { 0 };
	struct regions_want want = { 0, 0, REGION_OTHER, 1, 0, "", NULL };
	size_t i;

	seed_le(&s, 0xFEEDFACF, 4);
	seed_le(&s, CPU_ARM64, 4);
	seed_zeros(&s, 8);
	seed_mark(&s, "commands");
	seed_le(&s, n - 1, 4);
	seed_le(&s, n * 8, 4);
	seed_until(&s, header);
	for (i = 0; i < n; i++) {
		seed_le(&s, 0x26, 4);
		seed_le(&s, 8, 4);
	}
	want.size = s.n;
	regions_are(s.p, s.n, "macho", &want, 1);
	seed_put(&s, "commands", n, 4);
	regions_one(s.p, s.n, "macho: a load command");
	seed_free(&s);
}

static void
survive(void)
{
	struct seed s = { 0 };

	seed_elf(&s, true, false, 62);
	regions_hurt(s.p, s.n, 0, 64);
	seed_free(&s);
	seed_elf(&s, false, true, 20);
	regions_hurt(s.p, s.n, 0, 52);
	seed_free(&s);
	seed_elf_segments(&s, false);
	regions_hurt(s.p, s.n, 0, 52 + 4 * 32);
	seed_free(&s);
	seed_pe(&s, 0x8664);
	regions_hurt(s.p, s.n, 0, 128 + 24 + 240 + 5 * 40);
	seed_free(&s);
	seed_macho(&s, CPU_ARM64);
	regions_hurt(s.p, s.n, 0, 0x300);
	seed_free(&s);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "ELF", elf_good },
		{ "ELF without sections", elf_segments },
		{ "ELF that is broken", elf_broken },
		{ "ELF that is odd", elf_odd },
		{ "ELF of many sections", elf_many },
		{ "ELF without names", elf_nameless },
		{ "this program", elf_self },
		{ "PE", pe_good },
		{ "PE that is broken", pe_broken },
		{ "Mach-O", macho_good },
		{ "Mach-O that is broken", macho_broken },
		{ "Mach-O that is odd", macho_odd },
		{ "Mach-O of many commands", macho_many },
		{ "cut and flipped", survive },
	};

	return harness_run("executable", tests, HARNESS_COUNT(tests));
}
