/*
 * A safetensors file: the size N of the header (8 bytes), the header (N bytes
 * of JSON), the data.  The header is
 *
 *	{ "name": { "dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12] },
 *	  ..., "__metadata__": { ... } }
 *
 * and its offsets count from the start of the data.  As a tree, 16 MiB of JSON
 * may take more than 1 GiB; so the tensors are cut out of the header here, and
 * jansson gets one at a time.
 */
#include "region/region.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/num.h"
#include "region/stcut.h"

#define HEADER_MAX (UINT64_C(16) << 20)
#define TOKEN_MAX ((size_t)64 << 10)	/* bytes of a name or of a tensor's
					 * description */
#define SKIPPED "__metadata__"

struct work {
	struct region_list *list;
	uint64_t size;		/* of the file */
	uint64_t data_off;	/* in the file */
};

/* The value of a part of the header; NULL: it is not JSON, or no memory. */
static json_t *
load(const struct span *s, struct err *e)
{
	json_error_t error;
	json_t *v;

	if (stcut_size(s) > TOKEN_MAX)
		return NULL;
	v = json_loadb(s->p, stcut_size(s),
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (v == NULL && json_error_code(&error) == json_error_out_of_memory)
		err_nomem(e);
	return v;
}

/* --- a tensor --- */

static bool
get_u64(const json_t *v, uint64_t *n)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*n = (uint64_t)json_integer_value(v);
	return true;
}

/* How many elements a shape has, and how many its last dimension. */
static bool
get_shape(const json_t *shape, uint64_t *count, uint64_t *last)
{
	size_t i;

	*count = 1;
	*last = 1;
	if (!json_is_array(shape))
		return false;
	for (i = 0; i < json_array_size(shape); i++) {
		if (!get_u64(json_array_get(shape, i), last) ||
		    !num_mul(*count, *last, count))
			return false;
	}
	return true;
}

/* Put what dtype and shape say into *r; do they agree with its size? */
static bool
set_type(struct region *r, const char *dtype, const json_t *shape)
{
	const unsigned int type_bits = dtype_bits(dtype);
	uint64_t count, last, bits;

	r->kind = REGION_OTHER;
	r->element = 1;
	r->bcj = LZMA_VLI_UNKNOWN;
	strncpy(r->dtype, dtype, sizeof(r->dtype) - 1);
	if (!get_shape(shape, &count, &last))
		return false;
	if (type_bits == 0)
		return true;
	if (!num_mul(count, type_bits, &bits) || bits % 8 != 0 ||
	    bits / 8 != r->size)
		return false;
	r->kind = REGION_NUMBERS;
	if (type_bits > 8)
		r->element = type_bits / 8;
	/* Of a tensor that is not empty, last <= count. */
	if (r->size > 0 && last < count && last * type_bits % 8 == 0)
		r->row = last * type_bits / 8;
	return true;
}

/* The region that a description tells; false: it is wrong. */
static bool
describe(const struct work *w, const json_t *tensor, struct region *r)
{
	const json_t *dtype = json_object_get(tensor, "dtype");
	const json_t *offsets = json_object_get(tensor, "data_offsets");
	uint64_t begin, end;

	memset(r, 0, sizeof(*r));
	if (!json_is_string(dtype) || json_array_size(offsets) != 2 ||
	    !get_u64(json_array_get(offsets, 0), &begin) ||
	    !get_u64(json_array_get(offsets, 1), &end))
		return false;
	if (begin > end || end > w->size - w->data_off)
		return false;
	r->off = w->data_off + begin;
	r->size = end - begin;
	return set_type(r, json_string_value(dtype),
	    json_object_get(tensor, "shape"));
}

static enum err_code
add_tensor(struct work *w, const struct span *key, const struct span *value,
    struct err *e)
{
	json_t *name = load(key, e), *tensor = NULL;
	struct region r;

	if (name == NULL) {
		region_broken(w->list, "safetensors: a name is no string");
		return e->code;
	}
	if (strcmp(json_string_value(name), SKIPPED) != 0) {
		tensor = load(value, e);
		if (tensor == NULL || !describe(w, tensor, &r))
			region_broken(w->list, "safetensors: what the header "
			    "says of a tensor is wrong");
		else
			region_add(w->list, w->size, &r,
			    json_string_value(name),
			    json_string_length(name), e);
	}
	json_decref(tensor);
	json_decref(name);
	return e->code;
}

/* --- the header --- */

static enum err_code
add_tensors(struct work *w, const char *header, size_t size, struct err *e)
{
	enum stcut_found found;
	struct span key, value;
	struct stcut c;

	stcut_begin(&c, header, size);
	while ((found = stcut_next(&c, &key, &value)) == STCUT_MEMBER) {
		if (*value.p != '{')
			break;
		if (add_tensor(w, &key, &value, e) != ERR_OK ||
		    w->list->warning[0] != '\0')
			return e->code;
	}
	if (found != STCUT_END)
		region_broken(w->list, "safetensors: the header is not JSON");
	return e->code;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two tensors of one name are an error.  Every region has a name here. */
static enum err_code
check_names(struct region_list *list, struct err *e)
{
	const char **names;
	size_t i;

	if (list->n < 2 || list->warning[0] != '\0')
		return e->code;
	names = malloc(list->n * sizeof(*names));
	if (names == NULL)
		return err_nomem(e);
	for (i = 0; i < list->n; i++)
		names[i] = list->regions[i].name;
	qsort(names, list->n, sizeof(*names), by_name);
	for (i = 1; i < list->n; i++) {
		if (strcmp(names[i - 1], names[i]) == 0)
			region_broken(list, "safetensors: two tensors have "
			    "one name");
	}
	free(names);
	return e->code;
}

enum err_code
region_safetensors(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	struct work w = { list, in->size, 0 };
	uint8_t head[9];
	uint64_t n;
	char *header;
	bool ok;

	if (region_read(in, 0, head, sizeof(head), &ok, e) != ERR_OK || !ok)
		return e->code;
	n = num_le(head, 8);
	if (head[8] != '{' || n < 2 || n > in->size - 8)
		return ERR_OK;
	list->format = "safetensors";
	if (n > HEADER_MAX) {
		region_broken(list, "safetensors: a header of more than "
		    "16 MiB");
		return ERR_OK;
	}
	header = malloc((size_t)n);
	if (header == NULL)
		return err_nomem(e);
	w.data_off = 8 + n;
	if (region_read(in, 8, header, (size_t)n, &ok, e) == ERR_OK &&
	    add_tensors(&w, header, (size_t)n, e) == ERR_OK)
		check_names(list, e);
	free(header);
	return e->code;
}
