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
#define TENSOR_TEXT_MAX 24	/* bytes of a value as text with its NUL */

struct tensor {
	char dtype[TENSOR_DTYPE_MAX];	/* as safetensors calls it, "BF16" */
	uint64_t shape[TENSOR_DIMS_MAX];	/* [n_dims], outermost first */
	size_t n_dims;		/* 0: a scalar */
	unsigned int word;	/* bytes of a value: 1, 2, 4, 8; 0: a dtype
				 * that is not known, or has parts of bytes */
	uint64_t n;		/* values: the product of shape */
	uint64_t size;		/* bytes, of all of them */
};

/*
 * Fill *t.  ERR_CORRUPT: a name too long, too many dimensions, more than
 * UINT64_MAX bits or dimensions whose product is more than that from the left
 * on (as safetensors has it, even if a 0 follows), or a part of a byte at the
 * end.  Of a dtype that is not known size is 0.
 */
enum err_code tensor_set(struct tensor *t, const char *dtype,
    const uint64_t *shape, size_t n_dims, struct err *e);

/* Values from one row to the next: the last dimension; n if there are fewer
 * than two. */
uint64_t tensor_cols(const struct tensor *t);

/* Are its values whole bytes, and not too many?  If not, that is an error of
 * this code. */
enum err_code tensor_packable(const struct tensor *t, enum err_code code,
    struct err *e);

/* Is it of integers (BOOL is), and are they signed? */
bool tensor_is_integer(const struct tensor *t);
bool tensor_is_signed(const struct tensor *t);

/* A word's value as people write it: a decimal number for integers, and else
 * the bits in hexadecimal. */
void tensor_text(const struct tensor *t, uint64_t value,
    char text[TENSOR_TEXT_MAX]);

/* The bits that a word of that many bytes has.  Here and below, these are 1, 2,
 * 4 or 8. */
static inline uint64_t
tensor_mask(unsigned int word)
{
	return UINT64_MAX >> (64 - 8 * word);
}

/* A word as a signed number, and back. */
static inline int64_t
tensor_signed(unsigned int word, uint64_t value)
{
	const uint64_t sign = UINT64_C(1) << (8 * word - 1);

	return (int64_t)((value ^ sign) - sign);
}

static inline uint64_t
tensor_unsigned(unsigned int word, int64_t value)
{
	return (uint64_t)value & tensor_mask(word);
}

/* Value i of the words at p. */
static inline uint64_t
tensor_get(const uint8_t *p, unsigned int word, uint64_t i)
{
	switch (word) {
	case 1:
		return p[i];
	case 2:
		p += 2 * i;
		return (uint64_t)p[0] | (uint64_t)p[1] << 8;
	case 4:
		p += 4 * i;
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 |
		    (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
	default:
		p += 8 * i;
		return (uint64_t)p[0] | (uint64_t)p[1] << 8 |
		    (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
		    (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
		    (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
	}
}

static inline void
tensor_put(uint8_t *p, unsigned int word, uint64_t i, uint64_t value)
{
	switch (word) {
	case 1:
		p[i] = (uint8_t)value;
		return;
	case 2:
		p += 2 * i;
		p[0] = (uint8_t)value;
		p[1] = (uint8_t)(value >> 8);
		return;
	case 4:
		p += 4 * i;
		p[0] = (uint8_t)value;
		p[1] = (uint8_t)(value >> 8);
		p[2] = (uint8_t)(value >> 16);
		p[3] = (uint8_t)(value >> 24);
		return;
	default:
		p += 8 * i;
		p[0] = (uint8_t)value;
		p[1] = (uint8_t)(value >> 8);
		p[2] = (uint8_t)(value >> 16);
		p[3] = (uint8_t)(value >> 24);
		p[4] = (uint8_t)(value >> 32);
		p[5] = (uint8_t)(value >> 40);
		p[6] = (uint8_t)(value >> 48);
		p[7] = (uint8_t)(value >> 56);
		return;
	}
}

#endif
