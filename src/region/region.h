/*
 * region: the parts of a file's bytes that hold one kind of element each.
 *
 * A tensor of a safetensors file, a stored entry of a zip, the machine code
 * of a shared object, and the bytes between them.  What a file is, is told
 * by its content, never by its name.
 *
 * The file is untrusted: every offset, count and size in it is checked
 * against the file's own size before it is used.  What does not fit makes
 * the file one region of REGION_OTHER with a warning, never an error; errors
 * are for reading and memory alone.
 *
 * One file a format: region/safetensors.c and so on; each knows nothing of
 * the others (region/zip.c hands its entries to region/npy.c).  Needs no
 * lock: a list belongs to one thread.
 */
#ifndef XZB_REGION_H
#define XZB_REGION_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"

#define REGION_DTYPE_MAX 16	/* bytes of a type's name with its NUL */
#define REGION_WARNING_MAX 160	/* bytes of a warning with its NUL */
#define REGION_COUNT_MAX ((size_t)1 << 18)	/* regions of one file */

enum region_kind {
	REGION_OTHER,		/* headers, gaps, what is not known */
	REGION_NUMBERS,		/* elements of one type */
	REGION_CODE		/* machine code */
};

struct region {
	uint64_t off;		/* in the file */
	uint64_t size;		/* bytes, >= 1 */
	enum region_kind kind;
	uint32_t element;	/* bytes of an element, or of a block of a
				 * quantised type; 1 when not known */
	uint64_t row;		/* bytes from one row to the next; 0 when not
				 * known or when there is but one row */
	lzma_vli bcj;		/* REGION_CODE: the filter for it, else
				 * LZMA_VLI_UNKNOWN */
	char dtype[REGION_DTYPE_MAX];	/* as the format calls it, "F16"; or
					 * "" */
	char *name;		/* of the tensor, entry or section, any bytes
				 * but NUL; or NULL; owned by the list */
};

struct region_list {
	struct region *regions;	/* [n]; owned */
	size_t n;
	size_t cap;
	const char *format;	/* "safetensors", static; NULL: not known */
	char warning[REGION_WARNING_MAX];	/* "" or why a file that looks
						 * like a format is not */
};

/*
 * The regions of the size bytes at off of src, size >= 1: they cover the file
 * from 0 to size, in order, without gaps.  *list is to be freed in every
 * case.
 */
enum err_code region_find(const struct source *src, uint64_t off,
    uint64_t size, struct region_list *list, struct err *e);

void region_list_free(struct region_list *list);

/* --- for the parsers, region/FORMAT.c --- */

/* The file, or a part of it that is a file of its own. */
struct region_input {
	const struct source *src;
	uint64_t off;		/* of its first byte, in src */
	uint64_t size;		/* bytes */
};

/*
 * A parser looks at the input.  If it is not of the format, it leaves the
 * list as it is.  If it is, it sets list->format and adds what it finds, in
 * any order; gaps are filled by region_find().  If it is of the format and
 * broken, it calls region_broken().
 */
typedef enum err_code region_parser(const struct region_input *in,
    struct region_list *list, struct err *e);

region_parser region_safetensors, region_npy, region_zip, region_gguf,
    region_onnx, region_elf, region_pe, region_macho;

/* Read the n bytes at `at` of the input; *ok is false, and nothing read, when
 * they are not all inside it. */
enum err_code region_read(const struct region_input *in, uint64_t at,
    void *buf, size_t n, bool *ok, struct err *e);

/*
 * Add what *r says (its name is ignored), called by the n bytes at name (NULL:
 * no name; NUL bytes in it end it).  Empty regions are left out.  A region that
 * is not inside of size, or one too many, breaks the list.
 */
enum err_code region_add(struct region_list *list, uint64_t size,
    const struct region *r, const char *name, size_t name_size,
    struct err *e);

/* Say what is wrong, for people: "safetensors: a tensor overlaps another".
 * The first one holds. */
void region_broken(struct region_list *list, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
