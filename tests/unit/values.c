#include "values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint32_t
values_bits(struct values *v)
{
	uint64_t x = v->state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 31) * UINT64_C(0xd1342543de82ef95);
	x = (x ^ x >> 29) * UINT64_C(0xaf251af3b0f025b5);
	return (uint32_t)(x >> 32);
}

uint32_t
values_below(struct values *v, uint32_t n)
{
	return (uint32_t)((uint64_t)values_bits(v) * n >> 32);
}

double
values_unit(struct values *v)
{
	return values_bits(v) / 4294967296.0;
}

double
values_normal(struct values *v)
{
	double r = sqrt(-2 * log(1 - values_unit(v)));

	return r * cos(6.283185307179586 * values_unit(v));
}

int
values_rounded(struct values *v, double width, int limit)
{
	double x = floor(values_normal(v) * width + 0.5);

	return x > limit ? limit : x < -limit ? -limit : (int)x;
}

uint32_t
values_falling(struct values *v, uint32_t n, double share)
{
	double x = floor(log(1 - values_unit(v)) / log(1 - share));

	return x >= n ? n - 1 : (uint32_t)x;
}

double
values_entropy(const uint16_t *p, size_t n)
{
	uint32_t *count = calloc(65536, sizeof(*count));
	double bits = 0;
	size_t i;

	if (count == NULL)
		abort();
	for (i = 0; i < n; i++)
		count[p[i]]++;
	for (i = 0; i < 65536; i++) {
		if (count[i] > 0)
			bits -= count[i] * log2((double)count[i] / (double)n);
	}
	free(count);
	return bits;
}

void *
values_room(size_t size)
{
	void *p = malloc(size > 0 ? size : 1);

	if (p == NULL)
		abort();
	return p;
}

void *
values_exact(const void *p, size_t size)
{
	void *copy = values_room(size);

	if (size > 0)
		memcpy(copy, p, size);
	return copy;
}
