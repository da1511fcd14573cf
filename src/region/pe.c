/*
 * PE: the programs and libraries of Windows.  "MZ", at 60 where "PE\0\0" is,
 * behind it the COFF header, the optional header and the section table.  See
 * "PE Format" of Microsoft's documentation.
 *
 * An MZ file without a PE header is a DOS program, or no program at all, and
 * is left alone.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "region/region.h"
#include "region/section.h"

#define COFF_SIZE 24		/* with the signature */
#define ENTRY_SIZE 40		/* of the section table */
#define NAME_SIZE 8
#define MACHINE_AMD64 0x8664
#define UNWIND_SIZE 12		/* bytes of a RUNTIME_FUNCTION of AMD64 */

/* Characteristics of a section. */
#define CNT_CODE 0x20u
#define CNT_UNINITIALIZED_DATA 0x80u
#define MEM_EXECUTE 0x20000000u

static void
read_section(const uint8_t *p, uint64_t machine, struct section *s)
{
	uint64_t flags = num_le(p + 36, 4);

	s->size = num_le(p + 16, 4);
	s->off = num_le(p + 20, 4);
	if (s->off == 0 || (flags & CNT_UNINITIALIZED_DATA) != 0)
		s->size = s->off = 0;
	s->code = (flags & (CNT_CODE | MEM_EXECUTE)) != 0;
	s->element = 1;
	memcpy(s->name, p, NAME_SIZE);
	if (machine == MACHINE_AMD64 && memcmp(p, ".pdata\0\0", NAME_SIZE) == 0)
		s->element = UNWIND_SIZE;
}

static enum err_code
add_sections(const struct region_input *in, uint64_t table, size_t n,
    uint64_t machine, struct region_list *list, struct err *e)
{
	struct section *sections;
	uint8_t p[ENTRY_SIZE];
	bool ok;
	size_t i;

	if (section_alloc(n, &sections, e) != ERR_OK)
		return e->code;
	for (i = 0; i < n; i++) {
		if (region_read(in, table + i * ENTRY_SIZE, p, sizeof(p), &ok,
		    e) != ERR_OK)
			break;
		if (!ok) {
			region_broken(list, "pe: the section table is wrong");
			break;
		}
		read_section(p, machine, &sections[i]);
	}
	if (e->code == ERR_OK && i == n)
		section_add(in, list, sections, n, e);
	free(sections);
	return e->code;
}

enum err_code
region_pe(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	uint8_t dos[64], coff[COFF_SIZE];
	uint64_t at;
	bool ok;

	if (region_read(in, 0, dos, sizeof(dos), &ok, e) != ERR_OK || !ok ||
	    memcmp(dos, "MZ", 2) != 0)
		return e->code;
	at = num_le(dos + 60, 4);
	if (region_read(in, at, coff, sizeof(coff), &ok, e) != ERR_OK || !ok ||
	    memcmp(coff, "PE\0\0", 4) != 0)
		return e->code;
	list->format = "pe";
	return add_sections(in, at + COFF_SIZE + num_le(coff + 20, 2),
	    num_le(coff + 6, 2), num_le(coff + 4, 2), list, e);
}
