/*
 * meter: memory from malloc(3), and how much of it there was at most.
 *
 * For one thread.
 */
#ifndef XZB_METER_H
#define XZB_METER_H

#include <stddef.h>
#include <stdint.h>

struct meter {
	uint64_t now, peak;	/* bytes */
};

/* As malloc(3) and free(3); NULL is legal in the second. */
void *meter_get(struct meter *m, size_t n);
void meter_put(struct meter *m, void *p);

#endif
