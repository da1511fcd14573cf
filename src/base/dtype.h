/*
 * dtype: the types of numbers that safetensors has.
 *
 * Source: the format's documentation and its reference implementation.
 */
#ifndef XZB_DTYPE_H
#define XZB_DTYPE_H

#include <stddef.h>

/* Bits of a value; 0: a name that is not known. */
unsigned int dtype_bits(const char *name);

/* The name of type i, from 0 on; NULL: there are no more. */
const char *dtype_name(size_t i);

#endif
