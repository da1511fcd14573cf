#include "weights/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/num.h"

enum err_code
tensor_set(struct tensor *t, const char *dtype, const uint64_t *shape,
    size_t n_dims, struct err *e)
{
	const unsigned int bits = dtype_bits(dtype);
	const size_t length = strlen(dtype);
	uint64_t size;
	size_t i;

	memset(t, 0, sizeof(*t));
	if (length >= sizeof(t->dtype))
		return err_set(e, ERR_CORRUPT, "the name of a dtype has %zu "
		    "bytes", length);
	if (n_dims > TENSOR_DIMS_MAX)
		return err_set(e, ERR_CORRUPT, "%zu dimensions are too many",
		    n_dims);
	memcpy(t->dtype, dtype, length);
	t->n_dims = n_dims;
	t->n = 1;
	for (i = 0; i < n_dims; i++) {
		t->shape[i] = shape[i];
		if (!num_mul(t->n, shape[i], &t->n))
			return err_set(e, ERR_CORRUPT, "the shape has too "
			    "many values");
	}
	if (!num_mul(t->n, bits, &size))
		return err_set(e, ERR_CORRUPT, "the shape has too many "
		    "values");
	if (size % 8 != 0)
		return err_set(e, ERR_CORRUPT, "the values end inside of a "
		    "byte");
	t->size = size / 8;
	t->word = bits % 8 == 0 ? bits / 8 : 0;
	return ERR_OK;
}

uint64_t
tensor_cols(const struct tensor *t)
{
	return t->n_dims < 2 ? t->n : t->shape[t->n_dims - 1];
}

enum err_code
tensor_packable(const struct tensor *t, enum err_code code, struct err *e)
{
	if (t->word == 0)
		return err_set(e, code, "values of the dtype %s cannot be "
		    "packed", t->dtype);
	if (t->n > TENSOR_VALUES_MAX)
		return err_set(e, code, "%" PRIu64 " values are too many to "
		    "be packed", t->n);
	return ERR_OK;
}

bool
tensor_is_integer(const struct tensor *t)
{
	return t->word > 0 && (t->dtype[0] == 'I' || t->dtype[0] == 'U' ||
	    strcmp(t->dtype, "BOOL") == 0);
}

bool
tensor_is_signed(const struct tensor *t)
{
	return t->word > 0 && t->dtype[0] == 'I';
}

void
tensor_text(const struct tensor *t, uint64_t value, char text[TENSOR_TEXT_MAX])
{
	if (tensor_is_signed(t))
		(void)snprintf(text, TENSOR_TEXT_MAX, "%" PRId64,
		    tensor_signed(t->word, value));
	else if (tensor_is_integer(t))
		(void)snprintf(text, TENSOR_TEXT_MAX, "%" PRIu64, value);
	else
		(void)snprintf(text, TENSOR_TEXT_MAX, "0x%0*" PRIx64,
		    (int)(2 * t->word), value);
}
