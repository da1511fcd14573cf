#include "pack/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/* Anchors for far repeats: one position in 256, 64 bytes of context. */
#define ANCHOR_MAX (UINT64_C(64) << 20)	/* bytes looked at */
#define PIECE ((size_t)256 << 10)	/* bytes read at a time */
#define MANY 500			/* one in so many repeats is many */

enum err_code
sample_read(const struct source *src, uint64_t off, uint64_t size,
    uint8_t *p, size_t *got, struct err *e)
{
	size_t i, run = SAMPLE_MAX / SAMPLE_RUNS;
	uint64_t at;

	*got = (size_t)num_min(size, SAMPLE_MAX);
	if (size <= SAMPLE_MAX)
		return src->read(src->ctx, off, p, *got, e);
	for (i = 0; i < SAMPLE_RUNS; i++, p += run) {
		at = (size - run) / (SAMPLE_RUNS - 1) * i & ~UINT64_C(15);
		if (src->read(src->ctx, off + at, p, run, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

size_t
sample_thin(uint8_t *to, size_t max, size_t first, size_t last,
    const uint8_t *p, size_t size)
{
	size_t i, part = max / (last - first + 1);

	if (size <= max) {
		memcpy(to, p, size);
		return size;
	}
	for (i = first; i <= last; i++, to += part)
		memcpy(to, p + (size / SAMPLE_RUNS * i & ~(size_t)15), part);
	return max;
}

/* --- far repeats --- */

struct repeats {
	uint64_t *seen;		/* [mask + 1] hashes of anchors; 0: free */
	size_t mask;
	uint64_t hash;
	uint64_t anchors;
	uint64_t hits;		/* anchors seen before */
};

static uint64_t
gear(uint8_t byte)
{
	uint64_t z = (uint64_t)byte + UINT64_C(0x9E3779B97F4A7C15);

	/* The finaliser of splitmix64 (Steele et al. 2014). */
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

void
sample_gear(uint64_t table[256])
{
	size_t i;

	for (i = 0; i < 256; i++)
		table[i] = gear((uint8_t)i);
}

static void
count_repeats(struct repeats *r, const uint64_t *table, const uint8_t *p,
    size_t n)
{
	size_t i, at;

	for (i = 0; i < n; i++) {
		r->hash = (r->hash << 1) + table[p[i]];
		if (r->hash >> (64 - SAMPLE_ANCHOR_BITS) != 0)
			continue;
		r->anchors++;
		at = (size_t)(r->hash >> 8) & r->mask;
		if (r->seen[at] == r->hash)
			r->hits++;
		else
			r->seen[at] = r->hash;
	}
}

enum err_code
sample_repeats(const struct source *src, uint64_t off, uint64_t size,
    bool *yes, struct err *e)
{
	uint64_t end = num_min(size, ANCHOR_MAX), done = 0, table[256];
	uint8_t *piece = malloc(PIECE);
	struct repeats s;
	size_t n;

	memset(&s, 0, sizeof(s));
	s.mask = 4095;
	while (s.mask + 1 < end >> (SAMPLE_ANCHOR_BITS - 1))
		s.mask = 2 * s.mask + 1;
	s.seen = calloc(s.mask + 1, sizeof(*s.seen));
	if (s.seen == NULL || piece == NULL)
		err_nomem(e);
	sample_gear(table);
	for (; done < end && e->code == ERR_OK; done += n) {
		n = (size_t)num_min(end - done, PIECE);
		if (src->read(src->ctx, off + done, piece, n, e) == ERR_OK)
			count_repeats(&s, table, piece, n);
	}
	*yes = s.hits * MANY > s.anchors;
	free(s.seen);
	free(piece);
	return e->code;
}
