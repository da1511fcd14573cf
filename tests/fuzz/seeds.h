/*
 * seeds: small files of every format that region knows, made by code from the
 * specifications.  For the fuzzer to begin with, and for unit tests.
 *
 * Memory that runs out ends the program: these are tests.
 */
#ifndef XZB_SEEDS_H
#define XZB_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "region/region.h"

#define SEED_MARKS 32

/* A file that grows at its end.  All zeros: empty. */
struct seed {
	uint8_t *p;		/* owned */
	size_t n;
	size_t cap;
	struct {
		const char *name;	/* static */
		size_t at;
	} marks[SEED_MARKS];
	size_t n_marks;
};

void seed_free(struct seed *s);

void seed_bytes(struct seed *s, const void *p, size_t n);
void seed_text(struct seed *s, const char *text);	/* without its NUL */
void seed_le(struct seed *s, uint64_t v, size_t n);
void seed_be(struct seed *s, uint64_t v, size_t n);
void seed_zeros(struct seed *s, size_t n);
void seed_until(struct seed *s, size_t at);	/* zeros up to there */
void seed_varint(struct seed *s, uint64_t v);	/* of protobuf */

/* Give the end a name; find it again; write n bytes of a number there. */
void seed_mark(struct seed *s, const char *name);
size_t seed_at(const struct seed *s, const char *name);
void seed_put(struct seed *s, const char *name, uint64_t v, size_t n);

/* A file with one of everything.  What is marked: see the code. */
void seed_gguf(struct seed *s);
void seed_onnx(struct seed *s);
void seed_elf(struct seed *s, bool wide, bool big, unsigned int machine);
void seed_elf_segments(struct seed *s, bool wide);
void seed_pe(struct seed *s, unsigned int machine);
void seed_macho(struct seed *s, unsigned int cpu);
void seed_safetensors(struct seed *s);
void seed_npy(struct seed *s);
void seed_zip(struct seed *s);		/* of an .npy, stored */

/* region_find() on the n bytes at p, which reads nothing outside of them. */
enum err_code seed_find(const uint8_t *p, size_t n, struct region_list *list,
    struct err *e);

/* What every list has to be: it covers the n bytes exactly, and its fields
 * make sense.  The result is what is wrong, or NULL. */
const char *seed_wrong(const struct region_list *list, uint64_t n);

#endif
