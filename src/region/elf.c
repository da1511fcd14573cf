/*
 * ELF, of 32 and 64 bits and both byte orders: the section table, or the
 * program headers of a file without one.  See the System V gABI, chapters 4
 * and 5.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "region/region.h"
#include "region/section.h"

#define SH_MAX 64		/* bytes of an entry that are looked at */
#define ELEMENT_MAX 64

enum {
	PT_LOAD = 1,
	PF_X = 1,
	SHT_NULL = 0,
	SHT_NOBITS = 8,
	SHF_EXECINSTR = 0x4,
	SHF_COMPRESSED = 0x800,
	SHN_XINDEX = 0xFFFF
};

/* Where a field is: at a 32-bit and a 64-bit offset, so many bytes each. */
struct place {
	uint8_t at32, n32, at64, n64;
};

static const struct place
    e_phoff = { 28, 4, 32, 8 }, e_shoff = { 32, 4, 40, 8 },
    e_phentsize = { 42, 2, 54, 2 }, e_phnum = { 44, 2, 56, 2 },
    e_shentsize = { 46, 2, 58, 2 }, e_shnum = { 48, 2, 60, 2 },
    e_shstrndx = { 50, 2, 62, 2 },
    sh_name = { 0, 4, 0, 4 }, sh_type = { 4, 4, 4, 4 },
    sh_flags = { 8, 4, 8, 8 }, sh_offset = { 16, 4, 24, 8 },
    sh_size = { 20, 4, 32, 8 }, sh_link = { 24, 4, 40, 4 },
    sh_entsize = { 36, 4, 56, 8 },
    p_type = { 0, 4, 0, 4 }, p_offset = { 4, 4, 8, 8 },
    p_filesz = { 16, 4, 32, 8 }, p_flags = { 24, 4, 4, 4 };

struct elf {
	const struct region_input *in;
	bool wide;		/* 64 bits */
	bool big;		/* the byte order */
	uint64_t off;		/* of the table */
	uint64_t n;		/* its entries */
	uint64_t step;		/* bytes of an entry */
	uint64_t names_off;	/* the section of names */
	uint64_t names_size;
};

static uint64_t
get(const struct elf *f, const uint8_t *p, struct place at)
{
	p += f->wide ? at.at64 : at.at32;
	return f->big ? num_be(p, f->wide ? at.n64 : at.n32) :
	    num_le(p, f->wide ? at.n64 : at.n32);
}

/* Entry i of the table, which is inside the file.  Only the least size of an
 * entry is read. */
static enum err_code
read_entry(const struct elf *f, uint64_t i, size_t least, uint8_t *p,
    struct err *e)
{
	bool ok;

	return region_read(f->in, f->off + i * f->step, p, least, &ok, e);
}

/* Is there a table of n entries at off? */
static bool
table_fits(const struct elf *f, size_t least)
{
	return f->step >= least && f->off <= f->in->size &&
	    f->n <= SECTION_MAX && f->n <= (f->in->size - f->off) / f->step;
}

static size_t
section_header_size(const struct elf *f)
{
	return f->wide ? 64 : 40;
}

/* How many sections there are, and where their names are; large numbers of
 * either are in the first section. */
static enum err_code
read_layout(struct elf *f, const uint8_t *header, bool *ok, struct err *e)
{
	uint64_t names = get(f, header, e_shstrndx);
	size_t least = section_header_size(f);
	uint8_t p[SH_MAX];

	f->off = get(f, header, e_shoff);
	f->step = get(f, header, e_shentsize);
	f->n = 1;
	*ok = table_fits(f, least);
	if (!*ok || read_entry(f, 0, least, p, e) != ERR_OK)
		return e->code;
	f->n = get(f, header, e_shnum);
	if (f->n == 0)
		f->n = get(f, p, sh_size);
	if (names == SHN_XINDEX)
		names = get(f, p, sh_link);
	*ok = table_fits(f, least);
	if (!*ok || names == 0 || names >= f->n)
		return ERR_OK;
	if (read_entry(f, names, least, p, e) != ERR_OK)
		return e->code;
	f->names_off = get(f, p, sh_offset);
	f->names_size = get(f, p, sh_size);
	*ok = f->names_off <= f->in->size &&
	    f->names_size <= f->in->size - f->names_off;
	return ERR_OK;
}

static enum err_code
read_section(const struct elf *f, const uint8_t *p, struct section *s,
    struct err *e)
{
	uint64_t type = get(f, p, sh_type), flags = get(f, p, sh_flags);
	uint64_t name = get(f, p, sh_name), element = get(f, p, sh_entsize);
	bool ok;

	if (type == SHT_NULL || type == SHT_NOBITS)
		return ERR_OK;
	s->off = get(f, p, sh_offset);
	s->size = get(f, p, sh_size);
	s->code = (flags & SHF_EXECINSTR) != 0 &&
	    (flags & SHF_COMPRESSED) == 0;
	s->element = 1;
	if (element >= 1 && element <= ELEMENT_MAX &&
	    (flags & SHF_COMPRESSED) == 0)
		s->element = (uint32_t)element;
	if (!section_counts(s) || name >= f->names_size)
		return ERR_OK;
	return region_read(f->in, f->names_off + name, s->name,
	    (size_t)num_min(f->names_size - name, sizeof(s->name)), &ok, e);
}

static enum err_code
add_sections(struct elf *f, const uint8_t *header,
    struct region_list *list, struct err *e)
{
	struct section *sections;
	uint8_t p[SH_MAX];
	bool ok;
	size_t i;

	if (read_layout(f, header, &ok, e) != ERR_OK)
		return e->code;
	if (!ok) {
		region_broken(list, "elf: the section table is wrong");
		return ERR_OK;
	}
	if (section_alloc(f->n, &sections, e) != ERR_OK)
		return e->code;
	for (i = 0; i < f->n; i++) {
		if (read_entry(f, i, section_header_size(f), p, e) != ERR_OK ||
		    read_section(f, p, &sections[i], e) != ERR_OK)
			break;
	}
	if (e->code == ERR_OK)
		section_add(f->in, list, sections, f->n, e);
	free(sections);
	return e->code;
}

/* Without a section table: the segments that are executable. */
static enum err_code
add_segments(struct elf *f, const uint8_t *header,
    struct region_list *list, struct err *e)
{
	size_t least = f->wide ? 56 : 32, i;
	struct section *sections, *s;
	uint8_t p[SH_MAX];

	f->off = get(f, header, e_phoff);
	f->n = get(f, header, e_phnum);
	f->step = get(f, header, e_phentsize);
	if (f->off == 0 || f->n == 0)
		return ERR_OK;
	if (!table_fits(f, least)) {
		region_broken(list, "elf: the program headers are wrong");
		return ERR_OK;
	}
	if (section_alloc(f->n, &sections, e) != ERR_OK)
		return e->code;
	for (i = 0; i < f->n; i++) {
		s = &sections[i];
		if (read_entry(f, i, least, p, e) != ERR_OK)
			break;
		if (get(f, p, p_type) != PT_LOAD ||
		    (get(f, p, p_flags) & PF_X) == 0)
			continue;
		s->off = get(f, p, p_offset);
		s->size = get(f, p, p_filesz);
		s->code = true;
	}
	if (e->code == ERR_OK)
		section_add(f->in, list, sections, f->n, e);
	free(sections);
	return e->code;
}

enum err_code
region_elf(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	struct elf f = { .in = in };
	uint8_t header[64] = { 0 };
	bool known, ok;

	if (region_read(in, 0, header, 6, &ok, e) != ERR_OK || !ok ||
	    memcmp(header, "\177ELF", 4) != 0)
		return e->code;
	list->format = "elf";
	f.wide = header[4] == 2;
	f.big = header[5] == 2;
	/* EI_CLASS and EI_DATA are 1 or 2. */
	known = (header[4] == 1 || f.wide) && (header[5] == 1 || f.big);
	if (known && region_read(in, 0, header, f.wide ? 64 : 52, &ok, e) !=
	    ERR_OK)
		return e->code;
	if (!known || !ok) {
		region_broken(list, "elf: the header is wrong");
		return ERR_OK;
	}
	if (get(&f, header, e_shoff) == 0)
		return add_segments(&f, header, list, e);
	return add_sections(&f, header, list, e);
}
