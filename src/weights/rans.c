#include <stdlib.h>
#include <string.h>

#include "weights/field.h"
#include "weights/packing.h"

enum {
	WAY_ONE,		/* table */
	WAY_CLASSES
};

static const struct packing_way ways[] = {
	{ "rans", WAY_ONE }, { "rans by class", WAY_CLASSES }, { NULL, 0 }
};

static const char *const params[] = { NULL };

/* Room for the values of t, which have 1 or 2 bytes. */
static enum err_code
make_values(const struct tensor *t, uint16_t **values, struct err *e)
{
	*values = NULL;
	if (t->word != 1 && t->word != 2)
		return err_set(e, ERR_UNSUPPORTED, "%s: rans takes values of "
		    "1 or 2 bytes", t->dtype);
	*values = field_room(t->n);
	return *values == NULL ? err_nomem(e) : ERR_OK;
}

static enum err_code
encode(const struct tensor *t, const uint8_t *raw, unsigned int way,
    struct buf *out, json_t *unused, struct err *e)
{
	struct field f = { NULL, t->n, 8 * t->word, tensor_cols(t) };
	uint16_t *values;
	uint64_t i;

	(void)unused;
	if (make_values(t, &values, e) != ERR_OK)
		return e->code;
	if (way == WAY_CLASSES && f.cols >= f.n) {
		free(values);
		return err_set(e, ERR_UNSUPPORTED, "one row has no classes");
	}
	for (i = 0; i < t->n; i++)
		values[i] = (uint16_t)tensor_get(raw, t->word, i);
	f.values = values;
	field_put_coded(&f, way == WAY_CLASSES, out, e);
	free(values);
	return e->code;
}

/* Words of two bytes. */
static enum err_code
decode_wide(const struct tensor *t, const uint8_t *packed, size_t n,
    uint8_t *raw, size_t *used, struct err *e)
{
	uint16_t *values;
	uint64_t i;

	if (make_values(t, &values, e) != ERR_OK)
		return e->code;
	if (field_get(packed, n, t->n, 16, values, used, e) == ERR_OK) {
		for (i = 0; i < t->n; i++)
			tensor_put(raw, 2, i, values[i]);
	}
	free(values);
	return e->code;
}

static enum err_code
decode(const struct tensor *t, const json_t *unused, const uint8_t *packed,
    size_t n, uint8_t *raw, struct err *e)
{
	size_t used = 0;

	(void)unused;
	if (t->word == 1)
		field_get_bytes(packed, n, t->n, 8, raw, &used, e);
	else if (t->word == 2)
		decode_wide(t, packed, n, raw, &used, e);
	else
		err_set(e, ERR_CORRUPT, "%s: rans takes values of 1 or 2 "
		    "bytes", t->dtype);
	if (e->code == ERR_OK && used != n)
		err_set(e, ERR_CORRUPT, "bytes behind the coded values");
	return e->code;
}

const struct packing packing_rans = { "rans", ways, encode, decode, params };
