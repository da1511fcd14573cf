#include "compare/meter.h"

#include <stdlib.h>

#include "base/num.h"

/* In front of what is given out; it keeps the alignment of malloc(3). */
struct head {
	_Alignas(max_align_t) size_t size;
};

void *
meter_get(struct meter *m, size_t n)
{
	struct head *h;

	if (n > SIZE_MAX - sizeof(*h))
		return NULL;
	h = malloc(sizeof(*h) + n);
	if (h == NULL)
		return NULL;
	h->size = n;
	m->now += n;
	m->peak = num_max(m->peak, m->now);
	return h + 1;
}

void
meter_put(struct meter *m, void *p)
{
	struct head *h = p;

	if (p == NULL)
		return;
	h--;
	m->now -= h->size;
	free(h);
}
