#include "report/entropy.h"

#include <math.h>

#include "base/num.h"

void
entropy_count(struct entropy *h, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		h->counts[p[i]]++;
}

void
entropy_add(struct entropy *to, const struct entropy *from)
{
	size_t i;

	for (i = 0; i < 256; i++)
		to->counts[i] += from->counts[i];
}

uint64_t
entropy_bound(const struct entropy *h)
{
	uint64_t total = 0;
	double bits = 0, n;
	size_t i;

	for (i = 0; i < 256; i++)
		total += h->counts[i];
	for (i = 0; i < 256; i++) {
		n = (double)h->counts[i];
		if (h->counts[i] > 0)
			bits += n * log2((double)total / n);
	}
	return num_min((uint64_t)ceil(bits / 8), total);
}
