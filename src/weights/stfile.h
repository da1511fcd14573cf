/*
 * stfile: the header of a safetensors file, and the recipe in it that says what
 * was packed.
 *
 * Both directions: text to what it says, and what it says to text; see
 * xzbundle-packed(5).  The text is untrusted.
 *
 * What safetensors forbids is refused: gaps between the data of tensors,
 * overlaps, bytes behind the last, two tensors of one name, sizes that dtype
 * and shape do not have.  So is what cannot be packed here: more than 16 MiB of
 * header.
 */
#ifndef XZB_STFILE_H
#define XZB_STFILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "weights/packing.h"
#include "weights/tensor.h"

#define STFILE_HEADER_MAX ((size_t)16 << 20)	/* bytes */
#define STFILE_KEY "xzbundle"	/* in __metadata__ */
#define STFILE_ARRAY "array"	/* the name of a bare array */

/* How a tensor was packed. */
struct stfile_recipe {
	const struct packing *packing;	/* NULL: it is not packed */
	struct tensor original;
	uint32_t crc32;			/* of the original bytes */
	json_t *params;			/* an object, owned; NULL if not packed */
};

struct stfile_tensor {
	char *name;			/* UTF-8, owned; no NUL bytes in it */
	struct tensor tensor;		/* as in the header */
	uint64_t off;			/* from the first byte of the data */
	struct stfile_recipe recipe;
};

struct stfile {
	struct stfile_tensor *tensors;	/* [n], in the order of the header;
					 * owned */
	size_t n;
	size_t *by_off;			/* [n] indices in the order of the
					 * data; owned */
	json_t *metadata;		/* __metadata__ without STFILE_KEY, an
					 * object; NULL: there is none; owned */
	bool packed;			/* has a recipe: the members below */
	bool bare;			/* the original had no metadata */
	bool array;			/* it is a bare array */
	char *original_header;		/* of original_size bytes, or NULL: it
					 * is made by the rules; owned */
	size_t original_size;
	uint64_t data_size;		/* bytes of the data */
};

/*
 * Is a file that begins with the n bytes at p (8 are enough) perhaps one?
 * *header_size is the size of its header then, without these 8 bytes.
 */
bool stfile_looks(const uint8_t *p, size_t n, uint64_t *header_size);

/*
 * Read text[size] of a file with data_size bytes behind it, which
 * stfile_free() frees in every case.  ERR_CORRUPT: it is no safetensors header,
 * or its recipe is wrong; the text names the tensor.
 */
enum err_code stfile_read(const char *text, size_t size, uint64_t data_size,
    struct stfile *f, struct err *e);
void stfile_free(struct stfile *f);

/*
 * Append a header to *text, with the 8 bytes of its size before and spaces
 * behind, for f as it is: tensors, offsets, metadata and recipe, f->packed or
 * not.
 */
enum err_code stfile_write(const struct stfile *f, struct buf *text,
    struct err *e);

/* Append the header of the original of a packed file f likewise.  A bare array
 * has none, and nothing is appended. */
enum err_code stfile_write_original(const struct stfile *f,
    struct buf *text, struct err *e);

/* The index of the tensor of that name, or n. */
size_t stfile_find(const struct stfile *f, const char *name);

/* Set every off, and data_size, by the order of by_off and the sizes of the
 * tensors. */
enum err_code stfile_lay_out(struct stfile *f, struct err *e);

#endif
