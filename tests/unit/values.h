/*
 * values: numbers for the tests of weights/, the same each time.
 */
#ifndef XZB_TEST_VALUES_H
#define XZB_TEST_VALUES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct values {
	uint64_t state;		/* the seed, at first; any number */
};

/* The next random number: 32 bits; one below n >= 1; one in [0, 1); one of the
 * normal distribution. */
uint32_t values_bits(struct values *v);
uint32_t values_below(struct values *v, uint32_t n);
double values_unit(struct values *v);
double values_normal(struct values *v);

/* A normal one of that width, rounded, and kept within -limit .. limit. */
int values_rounded(struct values *v, double width, int limit);

/* One below n that is the less likely, the greater it is: each is `share` of
 * what the ones before left over, and the last is the rest. */
uint32_t values_falling(struct values *v, uint32_t n, double share);

/* The order-0 entropy of p[n], in bits for all of them. */
double values_entropy(const uint16_t *p, size_t n);

/* A copy at the end of its memory, so that what reads behind it is noticed; the
 * caller frees.  Never NULL. */
void *values_exact(const void *p, size_t size);

/* malloc() that does not fail, also for no bytes. */
void *values_room(size_t size);

#endif
