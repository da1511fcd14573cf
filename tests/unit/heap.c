#include "heap.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define HEAD 16			/* bytes before each piece */

static size_t in_use, peak;

static void *
counted_malloc(size_t n)
{
	size_t *p = malloc(n + HEAD);

	if (p == NULL)
		return NULL;
	*p = n;
	in_use += n;
	if (in_use > peak)
		peak = in_use;
	return (char *)p + HEAD;
}

static void
counted_free(void *p)
{
	size_t *from;

	if (p == NULL)
		return;
	from = (size_t *)((char *)p - HEAD);
	in_use -= *from;
	free(from);
}

void
heap_watch(void)
{
	peak = 0;
	json_set_alloc_funcs(counted_malloc, counted_free);
}

size_t
heap_peak(void)
{
	json_set_alloc_funcs(malloc, free);
	CU_ASSERT_EQUAL(in_use, 0);
	return peak;
}

char *
heap_header(size_t n, const char *first, const char *again, const char *last)
{
	char *p = malloc(n), *to = p + strlen(first);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	memset(p, ' ', n);
	memcpy(p, first, strlen(first));
	for (; to + strlen(again) + strlen(last) <= p + n; to += strlen(again))
		memcpy(to, again, strlen(again));
	memcpy(to, last, strlen(last));
	return p;
}
