/*
 * Mach-O, 64 bits, little-endian, one architecture: the header, and the load
 * commands, of which those for segments hold the sections.  See
 * mach-o/loader.h.
 *
 * Left alone: files of several architectures, of 32 bits, big-endian ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "region/reader.h"
#include "region/region.h"
#include "region/section.h"

#define HEADER_SIZE 32
#define COMMAND_MIN 8		/* bytes of a load command */
#define COMMANDS_MAX 65536	/* of one file; real ones have dozens */
#define SEGMENT_SIZE 72		/* of the command, before its sections */
#define SECTION_SIZE 80
#define NAME_SIZE 16
#define LC_SEGMENT_64 0x19

/* Flags of a section: instructions only, or some; the type is 8 bits. */
#define ATTR_INSTRUCTIONS 0x80000400u
#define TYPE_ZEROFILL 0x1
#define TYPE_GB_ZEROFILL 0xC
#define TYPE_THREAD_ZEROFILL 0x12

struct found {
	struct section *sections;	/* [cap]; owned */
	size_t n;
	size_t cap;
	bool bad;
};

/* Bytes of an element of a section type. */
static uint32_t
type_element(unsigned int type)
{
	switch (type) {
	case 3:			/* S_4BYTE_LITERALS */
		return 4;
	case 4:			/* S_8BYTE_LITERALS */
	case 5:			/* S_LITERAL_POINTERS */
	case 6:			/* S_NON_LAZY_SYMBOL_POINTERS */
	case 7:			/* S_LAZY_SYMBOL_POINTERS */
	case 9:			/* S_MOD_INIT_FUNC_POINTERS */
		return 8;
	case 14:		/* S_16BYTE_LITERALS */
		return 16;
	default:
		return 1;
	}
}

/* "SEGMENT,section", as the linker writes it. */
static void
set_name(struct section *s, const uint8_t *p)
{
	size_t n = strnlen((const char *)p + NAME_SIZE, NAME_SIZE);

	memcpy(s->name, p + NAME_SIZE, n);
	s->name[n++] = ',';
	memcpy(s->name + n, p, NAME_SIZE);
}

static void
read_section(const uint8_t *p, struct section *s)
{
	uint64_t flags = num_le(p + 64, 4);
	unsigned int type = flags & 0xFF;

	s->size = num_le(p + 40, 8);
	s->off = num_le(p + 48, 4);
	if (s->off == 0 || type == TYPE_ZEROFILL ||
	    type == TYPE_GB_ZEROFILL || type == TYPE_THREAD_ZEROFILL)
		s->size = s->off = 0;
	s->code = (flags & ATTR_INSTRUCTIONS) != 0;
	s->element = type_element(type);
	set_name(s, p);
}

static enum err_code
grow(struct found *f, size_t n, struct err *e)
{
	struct section *p;
	size_t cap;

	if (n > SECTION_MAX - f->n) {
		f->bad = true;
		return ERR_OK;
	}
	if (n <= f->cap - f->n)
		return ERR_OK;
	cap = (size_t)num_max(2 * f->cap, f->n + n);
	p = realloc(f->sections, cap * sizeof(*p));
	if (p == NULL)
		return err_nomem(e);
	memset(p + f->cap, 0, (cap - f->cap) * sizeof(*p));
	f->sections = p;
	f->cap = cap;
	return ERR_OK;
}

/* LC_SEGMENT_64; the reader is that of the command, behind cmd and
 * cmdsize. */
static enum err_code
read_segment(struct reader *r, struct found *f, struct err *e)
{
	uint8_t p[SECTION_SIZE];
	uint64_t filesize, n, i;

	reader_bytes(r, p, SEGMENT_SIZE - COMMAND_MIN, e);
	filesize = num_le(p + 48 - COMMAND_MIN, 8);
	n = num_le(p + 64 - COMMAND_MIN, 4);
	if (r->bad || n > reader_left(r) / SECTION_SIZE) {
		f->bad = true;
		return e->code;
	}
	if (filesize == 0)	/* as in files with debug data alone */
		return ERR_OK;
	if (grow(f, (size_t)n, e) != ERR_OK || f->bad)
		return e->code;
	for (i = 0; i < n && reader_bytes(r, p, sizeof(p), e); i++)
		read_section(p, &f->sections[f->n++]);
	return e->code;
}

static enum err_code
read_commands(const struct region_input *in, uint64_t n, uint64_t size,
    struct found *f, struct err *e)
{
	struct reader r, command;
	uint64_t at, cmd, step;

	reader_begin(&r, in, HEADER_SIZE, size);
	f->bad |= r.bad || n > COMMANDS_MAX;
	for (; n > 0 && !f->bad; n--) {
		at = r.at;
		cmd = reader_le(&r, 4, e);
		step = reader_le(&r, 4, e);
		if (step < COMMAND_MIN || !reader_skip(&r,
		    step - COMMAND_MIN)) {
			f->bad = true;
			break;
		}
		if (cmd != LC_SEGMENT_64)
			continue;
		reader_begin(&command, in, at + COMMAND_MIN,
		    step - COMMAND_MIN);
		if (read_segment(&command, f, e) != ERR_OK)
			break;
	}
	return e->code;
}

enum err_code
region_macho(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	struct found f = { NULL, 0, 0, false };
	uint8_t header[HEADER_SIZE];
	bool ok;

	if (region_read(in, 0, header, sizeof(header), &ok, e) != ERR_OK ||
	    !ok || memcmp(header, "\xCF\xFA\xED\xFE", 4) != 0)
		return e->code;
	list->format = "macho";
	read_commands(in, num_le(header + 16, 4),
	    num_le(header + 20, 4), &f, e);
	if (f.bad)
		region_broken(list, "macho: a load command is wrong");
	if (e->code == ERR_OK && !f.bad)
		section_add(in, list, f.sections, f.n, e);
	free(f.sections);
	return e->code;
}
