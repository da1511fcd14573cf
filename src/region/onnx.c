/*
 * ONNX: a protobuf message, ModelProto of onnx.proto; the initializers of its
 * graph hold the weights.
 *
 * There are no magic bytes.  A file is taken for ONNX only if it begins with
 * ir_version, has none but the fields of a ModelProto, the last of which ends
 * where the file ends, and a graph is among them.  From there on, what is
 * wrong is said.
 *
 * Left to the gaps: numbers in int32_data and the like, which are varints or
 * belong to tiny tensors; tensors in the attributes of nodes; sparse ones.
 */
#include <string.h>

#include "base/num.h"
#include "region/reader.h"
#include "region/region.h"

#define FIELDS_MAX 100000	/* of a ModelProto; most are functions */
#define TENSORS_MAX 65536	/* of one file */
#define NAME_MAX_KEPT 128
#define IR_VERSION_MAX 100	/* 13 in 2026 */

/* Wire types; 3 and 4 are groups, which ONNX has none of. */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

/* A field: its number, and where its bytes are if it has any. */
struct field {
	uint32_t number;
	unsigned int wire;
	uint64_t value;		/* WIRE_VARINT */
	uint64_t off;		/* WIRE_BYTES */
	uint64_t size;
};

struct tensor {
	char name[NAME_MAX_KEPT];	/* cut, without a NUL */
	size_t name_n;
	uint64_t dim;		/* the last one */
	uint64_t type;
	uint64_t off;		/* of the data; size 0: there is none */
	uint64_t size;
};

/* TensorProto.DataType: bytes of an element, 0 if it is less than one or has
 * no fixed size. */
static const struct type {
	char name[REGION_DTYPE_MAX];
	uint8_t size;
} types[] = {
	{ "", 0 }, { "FLOAT", 4 }, { "UINT8", 1 }, { "INT8", 1 },
	{ "UINT16", 2 }, { "INT16", 2 }, { "INT32", 4 }, { "INT64", 8 },
	{ "STRING", 0 }, { "BOOL", 1 }, { "FLOAT16", 2 }, { "DOUBLE", 8 },
	{ "UINT32", 4 }, { "UINT64", 8 }, { "COMPLEX64", 8 },
	{ "COMPLEX128", 16 }, { "BFLOAT16", 2 }, { "FLOAT8E4M3FN", 1 },
	{ "FLOAT8E4M3FNUZ", 1 }, { "FLOAT8E5M2", 1 },
	{ "FLOAT8E5M2FNUZ", 1 }, { "UINT4", 0 }, { "INT4", 0 },
	{ "FLOAT4E2M1", 0 }, { "FLOAT8E8M0", 1 },
};

/* The next field; its bytes are skipped.  False at the end, or if bad. */
static bool
next_field(struct reader *r, struct field *f, struct err *e)
{
	uint64_t tag;

	memset(f, 0, sizeof(*f));
	if (reader_left(r) == 0)
		return false;
	tag = reader_varint(r, e);
	f->number = (uint32_t)(tag >> 3);
	f->wire = tag & 7;
	if (tag > UINT32_MAX || f->number == 0)
		r->bad = true;
	if (f->wire == WIRE_VARINT) {
		f->value = reader_varint(r, e);
	} else if (f->wire == WIRE_BYTES) {
		f->size = reader_varint(r, e);
		f->off = r->at;
		reader_skip(r, f->size);
	} else if (f->wire == WIRE_64 || f->wire == WIRE_32) {
		reader_skip(r, f->wire == WIRE_64 ? 8 : 4);
	} else {
		r->bad = true;
	}
	return !r->bad;
}

static bool
is_model_field(const struct field *f)
{
	switch (f->number) {
	case 1:			/* ir_version */
	case 5:			/* model_version */
		return f->wire == WIRE_VARINT;
	case 2:			/* producer_name */
	case 3:			/* producer_version */
	case 4:			/* domain */
	case 6:			/* doc_string */
	case 7:			/* graph */
	case 8:			/* opset_import */
	case 14:		/* metadata_props */
	case 20:		/* training_info */
	case 25:		/* functions */
	case 26:		/* configuration */
		return f->wire == WIRE_BYTES;
	default:
		return false;
	}
}

static bool
is_model(struct reader *r, struct err *e)
{
	bool graph = false;
	struct field f;
	size_t n;

	for (n = 0; next_field(r, &f, e); n++) {
		if (!is_model_field(&f) || n == FIELDS_MAX)
			return false;
		if (n == 0 && (f.number != 1 || f.value < 1 ||
		    f.value > IR_VERSION_MAX))
			return false;
		graph |= f.number == 7;
	}
	return graph && !r->bad;
}

/* dims, one or several in a run; next_field() was there. */
static void
read_dims(struct reader *r, const struct field *f, struct tensor *t,
    struct err *e)
{
	uint64_t end = f->off + f->size;

	if (f->wire == WIRE_VARINT) {
		t->dim = f->value;
		return;
	}
	if (f->wire != WIRE_BYTES) {
		r->bad = true;
		return;
	}
	r->at = f->off;
	while (r->at < end && !r->bad)
		t->dim = reader_varint(r, e);
	r->bad |= r->at != end;
}

static void
read_name(struct reader *r, const struct field *f, struct tensor *t,
    struct err *e)
{
	t->name_n = (size_t)num_min(f->size, NAME_MAX_KEPT);
	r->at = f->off;
	reader_bytes(r, t->name, t->name_n, e);
	reader_skip(r, f->size - t->name_n);
}

/* A TensorProto, whose fields come in any order. */
static void
read_tensor(const struct region_input *in, const struct field *from,
    struct tensor *t, bool *bad, struct err *e)
{
	struct reader r;
	struct field f;

	memset(t, 0, sizeof(*t));
	reader_begin(&r, in, from->off, from->size);
	while (next_field(&r, &f, e)) {
		if (f.number == 1) {
			read_dims(&r, &f, t, e);
		} else if (f.number == 2 && f.wire == WIRE_VARINT) {
			t->type = f.value;
		} else if (f.number == 8 && f.wire == WIRE_BYTES) {
			read_name(&r, &f, t, e);
		} else if ((f.number == 9 || f.number == 4 ||
		    f.number == 10) && f.wire == WIRE_BYTES) {
			/* raw_data, float_data, double_data */
			t->off = f.off;
			t->size = f.size;
		}
	}
	*bad = r.bad;
}

static enum err_code
add_tensor(const struct region_input *in, struct region_list *list,
    const struct tensor *t, struct err *e)
{
	struct region to;
	uint32_t size = 0;
	uint64_t n;

	memset(&to, 0, sizeof(to));
	to.off = t->off;
	to.size = t->size;
	to.kind = REGION_NUMBERS;
	to.element = 1;
	to.bcj = LZMA_VLI_UNKNOWN;
	if (t->type < sizeof(types) / sizeof(types[0])) {
		memcpy(to.dtype, types[t->type].name, sizeof(to.dtype));
		size = types[t->type].size;
	}
	if (size > 0 && t->size % size == 0) {
		to.element = size;
		n = t->size / size;
		if (t->dim > 0 && t->dim < n && n % t->dim == 0)
			to.row = t->dim * size;
	}
	return region_add(list, in->size, &to, t->name, t->name_n, e);
}

/* The initializers of a GraphProto. */
static enum err_code
add_graph(const struct region_input *in, struct region_list *list,
    const struct field *from, size_t *tensors, struct err *e)
{
	struct reader r;
	struct field f;
	struct tensor t;
	bool bad = false;

	reader_begin(&r, in, from->off, from->size);
	while (!bad && next_field(&r, &f, e)) {
		if (f.number != 5)
			continue;
		bad = f.wire != WIRE_BYTES || ++*tensors > TENSORS_MAX;
		if (bad)
			break;
		read_tensor(in, &f, &t, &bad, e);
		if (e->code != ERR_OK ||
		    (!bad && add_tensor(in, list, &t, e) != ERR_OK))
			return e->code;
	}
	if (bad || r.bad)
		region_broken(list, "onnx: the graph is wrong");
	return e->code;
}

enum err_code
region_onnx(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	size_t tensors = 0;
	struct reader r;
	struct field f;

	reader_begin(&r, in, 0, in->size);
	if (!is_model(&r, e))
		return e->code;
	list->format = "onnx";
	reader_begin(&r, in, 0, in->size);
	while (next_field(&r, &f, e) && list->warning[0] == '\0') {
		if (f.number == 7 &&
		    add_graph(in, list, &f, &tensors, e) != ERR_OK)
			return e->code;
	}
	return e->code;
}
