#include "seeds.h"

#include <stdlib.h>
#include <string.h>

void
seed_free(struct seed *s)
{
	free(s->p);
	memset(s, 0, sizeof(*s));
}

void
seed_zeros(struct seed *s, size_t n)
{
	while (s->cap - s->n < n) {
		s->cap = s->cap > 0 ? 2 * s->cap : 256;
		s->p = realloc(s->p, s->cap);
		if (s->p == NULL)
			abort();
	}
	memset(s->p + s->n, 0, n);
	s->n += n;
}

void
seed_bytes(struct seed *s, const void *p, size_t n)
{
	if (n == 0)		/* p or s->p may be NULL */
		return;
	seed_zeros(s, n);
	memcpy(s->p + s->n - n, p, n);
}

void
seed_text(struct seed *s, const char *text)
{
	seed_bytes(s, text, strlen(text));
}

void
seed_le(struct seed *s, uint64_t v, size_t n)
{
	for (; n > 0; n--, v >>= 8)
		seed_bytes(s, &(uint8_t){ (uint8_t)v }, 1);
}

void
seed_be(struct seed *s, uint64_t v, size_t n)
{
	while (n-- > 0)
		seed_bytes(s, &(uint8_t){ (uint8_t)(v >> 8 * n) }, 1);
}

void
seed_until(struct seed *s, size_t at)
{
	if (at < s->n)
		abort();
	seed_zeros(s, at - s->n);
}

void
seed_varint(struct seed *s, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		seed_le(s, (v & 0x7F) | 0x80, 1);
	seed_le(s, v, 1);
}

void
seed_mark(struct seed *s, const char *name)
{
	if (s->n_marks == SEED_MARKS)
		abort();
	s->marks[s->n_marks].name = name;
	s->marks[s->n_marks++].at = s->n;
}

size_t
seed_at(const struct seed *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_marks; i++) {
		if (strcmp(s->marks[i].name, name) == 0)
			return s->marks[i].at;
	}
	abort();
}

void
seed_put(struct seed *s, const char *name, uint64_t v, size_t n)
{
	size_t at = seed_at(s, name);

	for (; n > 0; n--, v >>= 8)
		s->p[at++] = (uint8_t)v;
}

/* --- GGUF (docs/gguf.md of ggml) --- */

static void
gguf_string(struct seed *s, const char *text)
{
	seed_le(s, strlen(text), 8);
	seed_text(s, text);
}

static void
gguf_tensor(struct seed *s, const char *name, unsigned int type,
    unsigned int n_dims, const uint64_t *dims, uint64_t off)
{
	unsigned int i;

	gguf_string(s, name);
	seed_le(s, n_dims, 4);
	for (i = 0; i < n_dims; i++)
		seed_le(s, dims[i], 8);
	seed_le(s, type, 4);
	seed_le(s, off, 8);
}

static void
gguf_metadata(struct seed *s)
{
	gguf_string(s, "general.name");
	seed_le(s, 8, 4);			/* string */
	seed_mark(s, "string");
	gguf_string(s, "seed");
	gguf_string(s, "general.alignment");
	seed_le(s, 4, 4);			/* u32 */
	seed_mark(s, "alignment");
	seed_le(s, 64, 4);
	gguf_string(s, "bool");
	seed_le(s, 7, 4);
	seed_le(s, 1, 1);
	gguf_string(s, "double");
	seed_le(s, 12, 4);
	seed_zeros(s, 8);
	gguf_string(s, "tokens");
	seed_le(s, 9, 4);			/* array */
	seed_le(s, 8, 4);			/* of strings */
	seed_mark(s, "strings");
	seed_le(s, 2, 8);
	gguf_string(s, "<s>");
	gguf_string(s, "");
	gguf_string(s, "nested");
	seed_le(s, 9, 4);
	seed_mark(s, "nested");
	seed_le(s, 9, 4);			/* of arrays */
	seed_le(s, 1, 8);
	seed_le(s, 2, 4);			/* of u16 */
	seed_mark(s, "numbers");
	seed_le(s, 3, 8);
	seed_zeros(s, 6);
}

void
seed_gguf(struct seed *s)
{
	static const uint64_t vector[] = { 8 }, quant[] = { 512, 3 },
	    half[] = { 4, 5, 2 }, odd[] = { 8, 8 };

	seed_text(s, "GGUF");
	seed_mark(s, "version");
	seed_le(s, 3, 4);
	seed_mark(s, "tensors");
	seed_le(s, 5, 8);
	seed_mark(s, "pairs");
	seed_le(s, 6, 8);
	gguf_metadata(s);
	seed_mark(s, "infos");
	gguf_tensor(s, "norm", 0, 1, vector, 0);	/* F32: 32 bytes */
	seed_mark(s, "quant");
	gguf_tensor(s, "quant", 12, 2, quant, 64);	/* Q4_K: 864 */
	seed_mark(s, "half");
	gguf_tensor(s, "half", 1, 3, half, 960);	/* F16: 80 */
	gguf_tensor(s, "scalar", 24, 0, NULL, 1088);	/* I8: 1 */
	gguf_tensor(s, "odd", 99, 2, odd, 1152);	/* no such type */
	seed_until(s, (s->n + 63) / 64 * 64);
	seed_mark(s, "data");
	seed_zeros(s, 1152 + 64);
}

/* --- ONNX (onnx.proto) --- */

/* A field that holds another message; empties it. */
static void
proto_message(struct seed *s, unsigned int field, struct seed *inner)
{
	size_t i, base;

	seed_varint(s, field << 3 | 2);
	seed_varint(s, inner->n);
	base = s->n;
	seed_bytes(s, inner->p, inner->n);
	for (i = 0; i < inner->n_marks; i++) {
		seed_mark(s, inner->marks[i].name);
		s->marks[s->n_marks - 1].at = base + inner->marks[i].at;
	}
	seed_free(inner);
}

static void
proto_text(struct seed *s, unsigned int field, const char *text)
{
	seed_varint(s, field << 3 | 2);
	seed_varint(s, strlen(text));
	seed_text(s, text);
}

static void
proto_number(struct seed *s, unsigned int field, uint64_t v)
{
	seed_varint(s, field << 3);
	seed_varint(s, v);
}

/* n zeros in a field of bytes, marked. */
static void
proto_zeros(struct seed *s, unsigned int field, size_t n, const char *mark)
{
	seed_varint(s, field << 3 | 2);
	seed_varint(s, n);
	seed_mark(s, mark);
	seed_zeros(s, n);
}

static void
onnx_graph(struct seed *graph)
{
	struct seed t = { 0 }, node = { 0 };

	proto_text(&node, 4, "MatMul");
	proto_message(graph, 1, &node);
	proto_text(graph, 2, "graph");
	/* dims in a run, the order of fields as they are numbered */
	seed_le(&t, 1 << 3 | 2, 1);
	seed_le(&t, 3, 1);
	seed_varint(&t, 3);
	seed_varint(&t, 200);
	proto_number(&t, 2, 10);		/* FLOAT16 */
	proto_text(&t, 8, "half");
	proto_zeros(&t, 9, 1200, "half");
	proto_message(graph, 5, &t);
	/* one dim a field, the data in front */
	proto_zeros(&t, 9, 16, "long");
	proto_text(&t, 8, "long");
	proto_number(&t, 2, 7);			/* INT64 */
	proto_number(&t, 1, 2);
	proto_message(graph, 5, &t);
	/* float_data */
	proto_number(&t, 1, 2);
	proto_number(&t, 1, 3);
	proto_number(&t, 2, 1);			/* FLOAT */
	proto_zeros(&t, 4, 24, "floats");
	proto_message(graph, 5, &t);
	/* varints in int32_data: no region */
	proto_number(&t, 1, 4);
	proto_number(&t, 2, 6);			/* INT32 */
	proto_zeros(&t, 5, 4, "varints");
	proto_message(graph, 5, &t);
}

void
seed_onnx(struct seed *s)
{
	struct seed graph = { 0 }, opset = { 0 };

	proto_number(s, 1, 8);
	proto_text(s, 2, "seed");
	proto_number(s, 5, 1);
	onnx_graph(&graph);
	seed_mark(s, "graph");
	proto_message(s, 7, &graph);
	proto_number(&opset, 2, 17);
	seed_mark(s, "opset");
	proto_message(s, 8, &opset);
}

/* --- ELF (System V gABI) --- */

struct elf_seed {
	struct seed *s;
	bool wide, big;
};

static void
elf_n(const struct elf_seed *f, uint64_t v, size_t n)
{
	(f->big ? seed_be : seed_le)(f->s, v, n);
}

/* Elf32_Addr and Elf64_Addr, and the like. */
static void
elf_word(const struct elf_seed *f, uint64_t v)
{
	elf_n(f, v, f->wide ? 8 : 4);
}

static void
elf_header(const struct elf_seed *f, unsigned int machine, uint64_t phoff,
    unsigned int phnum, uint64_t shoff, unsigned int shnum)
{
	seed_text(f->s, "\177ELF");
	seed_le(f->s, f->wide ? 2 : 1, 1);
	seed_le(f->s, f->big ? 2 : 1, 1);
	seed_le(f->s, 1, 1);
	seed_until(f->s, 16);
	elf_n(f, 3, 2);				/* ET_DYN */
	elf_n(f, machine, 2);
	elf_n(f, 1, 4);
	elf_word(f, 0);				/* e_entry */
	seed_mark(f->s, "phoff");
	elf_word(f, phoff);
	seed_mark(f->s, "shoff");
	elf_word(f, shoff);
	elf_n(f, 0, 4);				/* e_flags */
	elf_n(f, f->wide ? 64 : 52, 2);
	seed_mark(f->s, "phentsize");
	elf_n(f, f->wide ? 56 : 32, 2);
	seed_mark(f->s, "phnum");
	elf_n(f, phnum, 2);
	seed_mark(f->s, "shentsize");
	elf_n(f, f->wide ? 64 : 40, 2);
	seed_mark(f->s, "shnum");
	elf_n(f, shnum, 2);
	seed_mark(f->s, "shstrndx");
	elf_n(f, shnum > 0 ? shnum - 1 : 0, 2);
}

static void
elf_section(const struct elf_seed *f, unsigned int name, unsigned int type,
    unsigned int flags, uint64_t off, uint64_t size, unsigned int entsize)
{
	elf_n(f, name, 4);
	elf_n(f, type, 4);
	elf_word(f, flags);
	elf_word(f, 0);				/* sh_addr */
	elf_word(f, off);
	elf_word(f, size);
	elf_n(f, 0, 4);				/* sh_link, sh_info */
	elf_n(f, 0, 4);
	elf_word(f, 1);				/* sh_addralign */
	elf_word(f, entsize);
}

/* The section table is at 0x6000: null, .rela 0x400 + 0x1800, .plt 0x2000 +
 * 0x100, .text 0x2120 + 0xEE0, .rodata 0x3000 + 0x2000, .data 0x5000 + 0x100,
 * .bss, .shstrtab. */
void
seed_elf(struct seed *s, bool wide, bool big, unsigned int machine)
{
	static const char names[] =
	    "\0.rela\0.plt\0.text\0.rodata\0.data\0.bss\0.shstrtab";
	const struct elf_seed f = { s, wide, big };

	elf_header(&f, machine, 0, 0, 0x6000, 8);
	seed_until(s, 0x5800);
	seed_bytes(s, names, sizeof(names));
	seed_until(s, 0x6000);
	seed_mark(s, "null");
	elf_section(&f, 0, 0, 0, 0, 0, 0);
	elf_section(&f, 1, 4, 2, 0x400, 0x1800, wide ? 24 : 12);
	elf_section(&f, 7, 1, 6, 0x2000, 0x100, 16);
	seed_mark(s, "text");
	elf_section(&f, 12, 1, 6, 0x2120, 0xEE0, 0);
	seed_mark(s, "rodata");
	elf_section(&f, 18, 1, 2, 0x3000, 0x2000, 0);
	elf_section(&f, 26, 1, 3, 0x5000, 0x100, 0);
	elf_section(&f, 32, 8, 3, 0x5100, 0xFFFFFF, 0);
	seed_mark(s, "names");
	elf_section(&f, 37, 3, 0, 0x5800, sizeof(names), 0);
}

static void
elf_segment(const struct elf_seed *f, unsigned int type, unsigned int flags,
    uint64_t off, uint64_t size)
{
	elf_n(f, type, 4);
	if (f->wide)
		elf_n(f, flags, 4);
	elf_word(f, off);
	elf_word(f, 0);				/* p_vaddr, p_paddr */
	elf_word(f, 0);
	elf_word(f, size);
	elf_word(f, size);
	if (!f->wide)
		elf_n(f, flags, 4);
	elf_word(f, 0x1000);
}

/* Program headers alone: r-- 0 + 0x1000, r-x 0x1000 + 0x1800, rw- 0x2800 +
 * 0x800, and a PT_DYNAMIC inside of that, said to be executable. */
void
seed_elf_segments(struct seed *s, bool wide)
{
	const struct elf_seed f = { s, wide, false };

	elf_header(&f, wide ? 62 : 3, wide ? 64 : 52, 4, 0, 0);
	elf_segment(&f, 1, 4, 0, 0x1000);
	seed_mark(s, "segment");
	elf_segment(&f, 1, 5, 0x1000, 0x1800);
	elf_segment(&f, 1, 6, 0x2800, 0x800);
	elf_segment(&f, 2, 7, 0x2900, 0x100);
	seed_until(s, 0x3000);
}

/* --- PE (Microsoft's "PE Format") --- */

static void
pe_section(struct seed *s, const char *name, uint64_t size, uint64_t off,
    uint64_t flags)
{
	size_t at = s->n;

	seed_text(s, name);
	seed_until(s, at + 8);
	seed_le(s, size, 4);			/* VirtualSize */
	seed_le(s, 0x1000, 4);
	seed_le(s, size, 4);			/* SizeOfRawData */
	seed_le(s, off, 4);
	seed_zeros(s, 12);
	seed_le(s, flags, 4);
}

/* .text 0x400 + 0x1000, .rdata 0x1400 + 0x1200, .bss, .pdata 0x2600 +
 * 0x1200, .rsrc 0x3800 + 0x200. */
void
seed_pe(struct seed *s, unsigned int machine)
{
	seed_text(s, "MZ");
	seed_until(s, 60);
	seed_mark(s, "lfanew");
	seed_le(s, 128, 4);
	seed_until(s, 128);
	seed_text(s, "PE");
	seed_zeros(s, 2);
	seed_le(s, machine, 2);
	seed_mark(s, "sections");
	seed_le(s, 5, 2);
	seed_zeros(s, 12);
	seed_mark(s, "optional");
	seed_le(s, 240, 2);
	seed_le(s, 0x22, 2);
	seed_le(s, 0x20B, 2);			/* PE32+ */
	seed_zeros(s, 238);
	seed_mark(s, "text");
	pe_section(s, ".text", 0x1000, 0x400, 0x60000020);
	seed_mark(s, "rdata");
	pe_section(s, ".rdata", 0x1200, 0x1400, 0x40000040);
	pe_section(s, ".bss", 0x100000, 0, 0xC0000080);
	pe_section(s, ".pdata", 0x1200, 0x2600, 0x40000040);
	pe_section(s, ".rsrc", 0x200, 0x3800, 0x40000040);
	seed_until(s, 0x3A00);
}

/* --- Mach-O (mach-o/loader.h) --- */

static void
macho_name(struct seed *s, const char *name)
{
	size_t at = s->n;

	seed_text(s, name);
	seed_until(s, at + 16);
}

static void
macho_section(struct seed *s, const char *name, const char *segment,
    uint64_t off, uint64_t size, uint64_t flags)
{
	macho_name(s, name);
	macho_name(s, segment);
	seed_le(s, off, 8);			/* addr */
	seed_le(s, size, 8);
	seed_le(s, off, 4);
	seed_zeros(s, 12);
	seed_le(s, flags, 4);
	seed_zeros(s, 12);
}

static void
macho_segment(struct seed *s, const char *name, uint64_t off, uint64_t size,
    unsigned int sections)
{
	seed_le(s, 0x19, 4);			/* LC_SEGMENT_64 */
	seed_le(s, 72 + 80 * sections, 4);
	macho_name(s, name);
	seed_le(s, off, 8);			/* vmaddr, vmsize */
	seed_le(s, size, 8);
	seed_le(s, off, 8);
	seed_le(s, size, 8);
	seed_zeros(s, 8);
	seed_le(s, sections, 4);
	seed_zeros(s, 4);
}

/* __text 0x1000 + 0x1000, __stubs 0x2000 + 0x60, __const 0x2060 + 0x1FA0,
 * __data 0x4000 + 0x1000 of pointers, __bss. */
void
seed_macho(struct seed *s, unsigned int cpu)
{
	seed_le(s, 0xFEEDFACF, 4);
	seed_le(s, cpu, 4);
	seed_le(s, 3, 4);
	seed_le(s, 6, 4);			/* MH_DYLIB */
	seed_mark(s, "commands");
	seed_le(s, 4, 4);
	seed_mark(s, "size");
	seed_le(s, (72 + 3 * 80) + (72 + 2 * 80) + 24 + 72, 4);
	seed_zeros(s, 8);
	seed_mark(s, "segment");
	macho_segment(s, "__TEXT", 0, 0x4000, 3);
	seed_mark(s, "text");
	macho_section(s, "__text", "__TEXT", 0x1000, 0x1000, 0x80000400);
	macho_section(s, "__stubs", "__TEXT", 0x2000, 0x60, 0x80000408);
	seed_mark(s, "const");
	macho_section(s, "__const", "__TEXT", 0x2060, 0x1FA0, 0);
	macho_segment(s, "__DATA", 0x4000, 0x1000, 2);
	macho_section(s, "__pointers_16byt", "__DATA_CONST", 0x4000, 0x1000,
	    6);
	macho_section(s, "__bss", "__DATA", 0x4800, 0x8000, 1);
	seed_le(s, 0x1B, 4);			/* LC_UUID */
	seed_le(s, 24, 4);
	seed_zeros(s, 16);
	macho_segment(s, "__LINKEDIT", 0x5000, 0x100, 0);
	seed_until(s, 0x5100);
}

/* --- safetensors, .npy, .zip --- */

void
seed_safetensors(struct seed *s)
{
	static const char json[] =
	    "{\"__metadata__\":{\"format\":\"pt\"},"
	    "\"a\":{\"dtype\":\"F16\",\"shape\":[4,8],"
	    "\"data_offsets\":[0,64]},"
	    "\"b\":{\"dtype\":\"I64\",\"shape\":[2],"
	    "\"data_offsets\":[64,80]}}";

	seed_le(s, sizeof(json) - 1, 8);
	seed_text(s, json);
	seed_zeros(s, 80);
}

void
seed_npy(struct seed *s)
{
	static const char text[] = "{'descr': '<f4', 'fortran_order': False, "
	    "'shape': (4, 6), }";

	seed_text(s, "\x93NUMPY");
	seed_le(s, 1, 2);			/* version 1.0 */
	seed_le(s, 118, 2);
	seed_text(s, text);
	while (s->n < 127)
		seed_text(s, " ");
	seed_text(s, "\n");
	seed_zeros(s, 96);
}

/* What the local and the central header have in common. */
static void
zip_fields(struct seed *s, size_t size, const char *name)
{
	seed_le(s, 20, 2);			/* version needed */
	seed_le(s, 0, 2);
	seed_le(s, 0, 2);			/* stored */
	seed_zeros(s, 4 + 4);			/* time, CRC32 */
	seed_le(s, size, 4);
	seed_le(s, size, 4);
	seed_le(s, strlen(name), 2);
	seed_le(s, 0, 2);
}

void
seed_zip(struct seed *s)
{
	static const char name[] = "a.npy";
	struct seed npy = { 0 };
	size_t central;

	seed_npy(&npy);
	seed_text(s, "PK\3\4");
	zip_fields(s, npy.n, name);
	seed_text(s, name);
	seed_bytes(s, npy.p, npy.n);
	central = s->n;
	seed_text(s, "PK\1\2");
	seed_le(s, 20, 2);			/* made by */
	zip_fields(s, npy.n, name);
	seed_zeros(s, 2 + 2 + 2 + 4 + 4);	/* ..., offset of the entry */
	seed_text(s, name);
	central = s->n - central;
	seed_text(s, "PK\5\6");
	seed_zeros(s, 4);
	seed_le(s, 1, 2);
	seed_le(s, 1, 2);
	seed_le(s, central, 4);
	seed_le(s, s->n - 16 - central, 4);
	seed_zeros(s, 2);
	seed_free(&npy);
}

/* --- what is asked of region_find() --- */

struct memory {
	const uint8_t *p;
	size_t n;
};

static enum err_code
memory_read(void *ctx, uint64_t off, uint8_t *buf, size_t size,
    struct err *e)
{
	const struct memory *m = ctx;

	if (off > m->n || size > m->n - off)
		return err_set(e, ERR_FAIL, "read outside the file");
	if (size > 0)
		memcpy(buf, m->p + off, size);
	return ERR_OK;
}

enum err_code
seed_find(const uint8_t *p, size_t n, struct region_list *list,
    struct err *e)
{
	struct memory m = { p, n };
	const struct source src = { memory_read, &m };

	return region_find(&src, 0, n, list, e);
}

const char *
seed_wrong(const struct region_list *list, uint64_t n)
{
	const struct region *r;
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < list->n; i++) {
		r = &list->regions[i];
		if (r->off != at)
			return "a gap or an overlap";
		if (r->size == 0 || r->size > n - at)
			return "an impossible size";
		if (r->element == 0)
			return "an element of no bytes";
		if ((r->bcj != LZMA_VLI_UNKNOWN) != (r->kind == REGION_CODE))
			return "code without a filter, or the reverse";
		if (memchr(r->dtype, 0, sizeof(r->dtype)) == NULL)
			return "a type without a NUL";
		at += r->size;
	}
	if (at != n)
		return "the end is missing";
	if (list->n > REGION_COUNT_MAX)
		return "too many regions";
	if (list->warning[0] != '\0' && list->n != 1)
		return "regions in spite of a warning";
	return NULL;
}
