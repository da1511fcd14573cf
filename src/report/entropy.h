/*
 * entropy: how small bytes could be if each were coded by how often its value
 * occurs, and by nothing else: the order-0 bound.
 */
#ifndef XZB_ENTROPY_H
#define XZB_ENTROPY_H

#include <stddef.h>
#include <stdint.h>

struct entropy {
	uint64_t counts[256];	/* of each value */
};

/* Count the n bytes at p. */
void entropy_count(struct entropy *h, const uint8_t *p, size_t n);

/* Add what from has counted. */
void entropy_add(struct entropy *to, const struct entropy *from);

/* The bound of what was counted, in bytes, rounded up; it is never more than
 * their number. */
uint64_t entropy_bound(const struct entropy *h);

#endif
