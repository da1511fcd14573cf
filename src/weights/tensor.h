/*
 * tensor: what a tensor's bytes mean: its dtype and its shape.
 *
 * The values of a tensor are words: unsigned little-endian numbers of 1, 2, 4
 * or 8 bytes, one after the other, the last dimension varying first.  What the
 * dtype makes of their bits matters to nobody here, so that every bit pattern
 * survives.
 */
#ifndef XZB_TENSOR_H
#define XZB_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TENSOR_DTYPE_MAX 16	/* bytes of a dtype's name with its NUL */
#define TENSOR_DIMS_MAX 32	/* dimensions */
#define TENSOR_VALUES_MAX UINT32_MAX	/* values of a packed tensor */

struct tensor {
	char dtype[TENSOR_DTYPE_MAX];	/* as safetensors calls it, "BF16" */
	uint64_t shape[TENSOR_DIMS_MAX];	/* [n_dims], outermost first */
	size_t n_dims;		/* 0: a scalar */
	unsigned int word;	/* bytes of a value: 1, 2, 4, 8; 0: a dtype
				 * that is not known, or has parts of bytes */
	uint64_t n;		/* values: the product of shape */
	uint64_t size;		/* bytes, of all of them */
};

/* Fill *t.  ERR_CORRUPT: a name too long, too many dimensions, or a size of
 * more than UINT64_MAX / 2 bytes.  Of a dtype that is not known size is 0. */
enum err_code tensor_set(struct tensor *t, const char *dtype,
    const uint64_t *shape, size_t n_dims, struct err *e);

/* Values from one row to the next: the last dimension; n if there are fewer
 * than two. */
uint64_t tensor_cols(const struct tensor *t);

/* Value i of the words at p. */
uint64_t tensor_get(const uint8_t *p, unsigned int word, uint64_t i);
void tensor_put(uint8_t *p, unsigned int word, uint64_t i, uint64_t value);

#endif
