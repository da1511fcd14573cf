/*
 * stfile: the header of a safetensors file, and the recipe in it that says what
 * was packed.
 *
 * Both directions: text to what it says, and what it says to text; see
 * xzbundle-packed(5).  The text is untrusted.
 *
 * What safetensors forbids is refused: gaps between the data of tensors,
 * overlaps, bytes behind the last, two tensors of one name, sizes that dtype
 * and shape do not have, metadata other than strings.  So is what cannot be
 * packed here: more than 16 MiB of header.
 *
 * Memory is bounded by the header's size: a small multiple, and no more than
 * about 200 MiB for 16 MiB of the shortest descriptions of tensors.
 *
 * To pack: stfile_read() the original's header, or stfile_set_array();
 * stfile_pack() each tensor that gets smaller; stfile_lay_out();
 * stfile_finish(); stfile_write(); and then the data, in the order of by_off.
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
#define STFILE_PREFIX 8		/* bytes in front of it, which are its size */
#define STFILE_KEY "xzbundle"	/* in __metadata__ */
#define STFILE_ARRAY "array"	/* the name of a bare array */

/* How a tensor was packed. */
struct stfile_recipe {
	const struct packing *packing;
	struct tensor original;
	uint32_t crc32;			/* of the original bytes */
	char *text;			/* the whole as JSON; owned */
};

struct stfile_tensor {
	char *name;			/* UTF-8, owned; no NUL bytes in it */
	struct tensor tensor;		/* as in the header */
	uint64_t off;			/* from the first byte of the data */
	uint64_t size;			/* bytes; tensor.size, unless the dtype
					 * is not known */
	struct stfile_recipe *recipe;	/* NULL: it is not packed; owned */
};

struct stfile {
	struct stfile_tensor *tensors;	/* [n], in the order of the header;
					 * owned */
	size_t n;
	size_t *by_off;			/* [n] indices in the order of the
					 * data; owned.  Those without bytes
					 * come before one that begins at the
					 * same place */
	size_t *by_name;		/* [n] the same by name; owned */
	char *metadata;			/* what is in __metadata__ beside
					 * STFILE_KEY, an object in JSON; NULL:
					 * there is none; owned */
	size_t metadata_at;		/* that many tensors come before it */
	uint64_t data_size;		/* bytes of the data */
	bool more;			/* a tensor has more members than it
					 * should; a packed one has not */
	bool packed;			/* has a recipe: the members below */
	bool bare;			/* the original had no metadata */
	bool array;			/* it was a bare array */
	char *original_header;		/* of original_size bytes, or NULL: it
					 * is made by the rules; owned */
	size_t original_size;
	uint64_t original_data_size;	/* bytes of the original's data */
};

/*
 * Is a file that begins with the n bytes at p (9 tell) perhaps one?
 * *header_size is the size of its header then, without the 8 bytes of the
 * prefix.
 */
bool stfile_looks(const uint8_t *p, size_t n, uint64_t *header_size);

/* May the text of a header have a recipe?  If not, it need not be read to
 * know. */
bool stfile_mentions(const void *text, size_t size);

/*
 * Read text[size] of a file with data_size bytes behind it.  *f is to be freed
 * in every case.  ERR_CORRUPT: it is no safetensors header, or its recipe is
 * wrong; ERR_UNSUPPORTED: a recipe of another version.  The text names the
 * tensor.
 */
enum err_code stfile_read(const char *text, size_t size, uint64_t data_size,
    struct stfile *f, struct err *e);
void stfile_free(struct stfile *f);

/* The index of the tensor of that name, or n. */
size_t stfile_find(const struct stfile *f, const char *name);

/* Say that an error is of the tensor of that name, of which a long one is cut.
 * Returns e->code. */
enum err_code stfile_blame(const char *name, struct err *e);

/* What it was before it was packed, if it is. */
const struct tensor *stfile_original(const struct stfile_tensor *t);
uint64_t stfile_original_size(const struct stfile_tensor *t);

/* The parameters of its packing, among other members; *params is a new
 * reference. */
enum err_code stfile_params(const struct stfile_recipe *r, json_t **params,
    struct err *e);

/* --- packing --- */

/* A file with one tensor, STFILE_ARRAY.  *f is to be freed in every case. */
enum err_code stfile_set_array(struct stfile *f, const struct tensor *t,
    struct err *e);

/* A tensor, as read, has become packed_size bytes. */
enum err_code stfile_pack(struct stfile_tensor *t, const struct packing *p,
    json_t *params, uint32_t crc32, uint64_t packed_size,
    struct err *e);

/* Set every off, and data_size, by the order of by_off and the sizes of the
 * tensors. */
enum err_code stfile_lay_out(struct stfile *f, struct err *e);

/*
 * All of f is as it shall be, and its original had the header text[size]
 * (nothing for a bare array): find out what has to be said of that.
 * ERR_UNSUPPORTED: who reads f would not know the order of the data, since
 * tensors were packed to no bytes at all; pack these in another way.
 */
enum err_code stfile_finish(struct stfile *f, const char *text, size_t size,
    struct err *e);

/* --- text --- */

/* Append a header to *to, with the 8 bytes of its size before and spaces
 * behind, for f as it is.  ERR_UNSUPPORTED: it is too large. */
enum err_code stfile_write(const struct stfile *f, struct buf *to,
    struct err *e);

/* Append the header of the original of a packed file f likewise.  A bare array
 * has none, and nothing is appended. */
enum err_code stfile_write_original(const struct stfile *f, struct buf *to,
    struct err *e);

#endif
