/*
 * GGUF, versions 2 and 3, little-endian: header, metadata, tensor infos, and
 * the data of the tensors from the next multiple of the alignment on.  See
 * docs/gguf.md of ggml.
 *
 * A tensor of a type that is not in the table stays a gap: new types come
 * every few months.
 */
#include <string.h>

#include "base/num.h"
#include "region/reader.h"
#include "region/region.h"

#define TENSOR_MIN 24		/* bytes of the smallest tensor info */
#define PAIR_MIN 13		/* bytes of the smallest metadata pair */
#define TENSORS_MAX 65536	/* of one file; real ones have thousands */
#define DIMS_MAX 4
#define DEPTH_MAX 4		/* of arrays in arrays; nobody writes any */
#define NAME_MAX_KEPT 128
#define ALIGN_KEY "general.alignment"

/* gguf_metadata_value_type */
enum { TYPE_UINT32 = 4, TYPE_STRING = 8, TYPE_ARRAY = 9 };

struct tensor {
	char name[NAME_MAX_KEPT];	/* cut, without a NUL */
	size_t name_n;
	unsigned int n_dims;
	uint64_t dims[DIMS_MAX];	/* the first is the row's */
	uint64_t type;
	uint64_t off;		/* in the data */
};

/* A block of a type: so many elements in so many bytes (type_traits of
 * ggml.c).  A block of one element is a plain number. */
struct block {
	char name[REGION_DTYPE_MAX];	/* "": there is no such type */
	uint16_t elements;
	uint16_t bytes;
};

static const struct block blocks[] = {
	{ "F32", 1, 4 }, { "F16", 1, 2 },		/* 0 */
	{ "Q4_0", 32, 18 }, { "Q4_1", 32, 20 },
	{ "", 0, 0 }, { "", 0, 0 },			/* 4 */
	{ "Q5_0", 32, 22 }, { "Q5_1", 32, 24 },
	{ "Q8_0", 32, 34 }, { "Q8_1", 32, 36 },		/* 8 */
	{ "Q2_K", 256, 84 }, { "Q3_K", 256, 110 },
	{ "Q4_K", 256, 144 }, { "Q5_K", 256, 176 },	/* 12 */
	{ "Q6_K", 256, 210 }, { "Q8_K", 256, 292 },
	{ "IQ2_XXS", 256, 66 }, { "IQ2_XS", 256, 74 },	/* 16 */
	{ "IQ3_XXS", 256, 98 }, { "IQ1_S", 256, 50 },
	{ "IQ4_NL", 32, 18 }, { "IQ3_S", 256, 110 },	/* 20 */
	{ "IQ2_S", 256, 82 }, { "IQ4_XS", 256, 136 },
	{ "I8", 1, 1 }, { "I16", 1, 2 },		/* 24 */
	{ "I32", 1, 4 }, { "I64", 1, 8 },
	{ "F64", 1, 8 }, { "IQ1_M", 256, 56 },		/* 28 */
	{ "BF16", 1, 2 }, { "", 0, 0 },
	{ "", 0, 0 }, { "", 0, 0 },			/* 32 */
	{ "TQ1_0", 256, 54 }, { "TQ2_0", 256, 66 },
	{ "", 0, 0 }, { "", 0, 0 },			/* 36 */
	{ "", 0, 0 }, { "MXFP4", 32, 17 },
	{ "NVFP4", 64, 36 },				/* 40 */
};

/* Bytes of a value of a metadata type, 0 for those that have no fixed size;
 * *ok is false if there is no such type. */
static size_t
value_size(uint64_t type, bool *ok)
{
	static const uint8_t sizes[] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8,
	    8 };

	*ok = type < sizeof(sizes);
	return *ok ? sizes[type] : 0;
}

static void skip_value(struct reader *r, uint64_t type, unsigned int depth,
    struct err *e);

static void
skip_array(struct reader *r, unsigned int depth, struct err *e)
{
	uint64_t type = reader_le(r, 4, e), n = reader_le(r, 8, e), i;
	bool ok;
	size_t size = value_size(type, &ok);

	if (!ok || depth == DEPTH_MAX || n > reader_left(r)) {
		r->bad = true;
		return;
	}
	if (size > 0) {
		reader_skip(r, n * size);
		return;
	}
	for (i = 0; i < n && !r->bad; i++)
		skip_value(r, type, depth + 1, e);
}

static void
skip_value(struct reader *r, uint64_t type, unsigned int depth,
    struct err *e)
{
	bool ok;
	size_t size = value_size(type, &ok);

	if (!ok)
		r->bad = true;
	else if (type == TYPE_STRING)
		reader_skip(r, reader_le(r, 8, e));
	else if (type == TYPE_ARRAY)
		skip_array(r, depth, e);
	else
		reader_skip(r, size);
}

/* The metadata; *align is what it says of the data. */
static void
skip_metadata(struct reader *r, uint64_t pairs, uint64_t *align,
    struct err *e)
{
	char key[sizeof(ALIGN_KEY) - 1];
	uint64_t i, n, type;
	bool is_align;

	for (i = 0; i < pairs && !r->bad; i++) {
		n = reader_le(r, 8, e);
		is_align = n == sizeof(key) &&
		    reader_bytes(r, key, sizeof(key), e) &&
		    memcmp(key, ALIGN_KEY, sizeof(key)) == 0;
		if (n != sizeof(key))
			reader_skip(r, n);
		type = reader_le(r, 4, e);
		if (is_align && type == TYPE_UINT32)
			*align = reader_le(r, 4, e);
		else
			skip_value(r, type, 0, e);
	}
}

static void
read_tensor(struct reader *r, struct tensor *t, struct err *e)
{
	uint64_t n = reader_le(r, 8, e);
	unsigned int i;

	memset(t, 0, sizeof(*t));
	t->name_n = (size_t)num_min(n, sizeof(t->name));
	reader_bytes(r, t->name, t->name_n, e);
	reader_skip(r, n - t->name_n);
	n = reader_le(r, 4, e);
	if (n > DIMS_MAX) {
		r->bad = true;
		return;
	}
	t->n_dims = (unsigned int)n;
	for (i = 0; i < t->n_dims; i++)
		t->dims[i] = reader_le(r, 8, e);
	t->type = reader_le(r, 4, e);
	t->off = reader_le(r, 8, e);
}

/* How big a tensor is, to *to.  False: it cannot be so, or is larger than
 * max bytes. */
static bool
measure(const struct tensor *t, const struct block *b, uint64_t max,
    struct region *to)
{
	uint64_t row = t->n_dims > 0 ? t->dims[0] : 1, rows = 1;
	unsigned int i;

	if (row % b->elements != 0 || row / b->elements > max / b->bytes)
		return false;
	row = row / b->elements * b->bytes;
	for (i = 1; i < t->n_dims; i++) {
		if (t->dims[i] != 0 && rows > max / t->dims[i])
			return false;
		rows *= t->dims[i];
	}
	if (row != 0 && rows > max / row)
		return false;
	to->size = row * rows;
	to->row = rows > 1 ? row : 0;
	return true;
}

static enum err_code
add_tensor(const struct region_input *in, struct region_list *list,
    const struct tensor *t, uint64_t data, struct err *e)
{
	const struct block *b;
	struct region to;

	if (t->type >= sizeof(blocks) / sizeof(blocks[0]) ||
	    blocks[t->type].elements == 0)
		return ERR_OK;
	b = &blocks[t->type];
	memset(&to, 0, sizeof(to));
	if (data > in->size || t->off > in->size - data ||
	    !measure(t, b, in->size, &to)) {
		region_broken(list, "gguf: a tensor does not fit in the file");
		return ERR_OK;
	}
	to.off = data + t->off;
	to.kind = REGION_NUMBERS;
	to.element = b->bytes;
	to.bcj = LZMA_VLI_UNKNOWN;
	memcpy(to.dtype, b->name, sizeof(to.dtype));
	return region_add(list, in->size, &to, t->name, t->name_n, e);
}

/* Twice over the tensor infos: the data begins behind the last of them. */
static enum err_code
add_tensors(struct reader *r, struct region_list *list, uint64_t n,
    uint64_t align, struct err *e)
{
	uint64_t first = r->at, data, i;
	struct tensor t;

	for (i = 0; i < n && !r->bad; i++)
		read_tensor(r, &t, e);
	if (r->bad) {
		region_broken(list, "gguf: the table of tensors is wrong");
		return e->code;
	}
	data = num_round_up(r->at, align);
	r->at = first;
	for (i = 0; i < n && list->warning[0] == '\0'; i++) {
		read_tensor(r, &t, e);
		if (e->code != ERR_OK ||
		    add_tensor(r->in, list, &t, data, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

enum err_code
region_gguf(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	uint64_t tensors, pairs, version, align = 32;
	uint8_t magic[4];
	struct reader r;

	reader_begin(&r, in, 0, in->size);
	if (!reader_bytes(&r, magic, sizeof(magic), e) ||
	    memcmp(magic, "GGUF", sizeof(magic)) != 0)
		return e->code;
	version = reader_le(&r, 4, e);
	if (version != 2 && version != 3)
		return e->code;
	list->format = "gguf";
	tensors = reader_le(&r, 8, e);
	pairs = reader_le(&r, 8, e);
	if (r.bad || tensors > TENSORS_MAX ||
	    tensors > reader_left(&r) / TENSOR_MIN ||
	    pairs > reader_left(&r) / PAIR_MIN) {
		region_broken(list, "gguf: the header is wrong");
		return e->code;
	}
	skip_metadata(&r, pairs, &align, e);
	if (r.bad) {
		region_broken(list, "gguf: the metadata is wrong");
		return e->code;
	}
	if (align < 8 || align > 65536 || (align & (align - 1)) != 0) {
		region_broken(list, "gguf: the alignment is wrong");
		return e->code;
	}
	return add_tensors(&r, list, tensors, align, e);
}
