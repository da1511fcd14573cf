/*
 * num: checked arithmetic and the numbers that people write.
 *
 * Every size that comes from a file or a command line goes through here.
 */
#ifndef XZB_NUM_H
#define XZB_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* *sum = a + b; false, and *sum untouched, when that does not fit. */
static inline bool
num_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	if (b > UINT64_MAX - a)
		return false;
	*sum = a + b;
	return true;
}

/* *product = a * b; false, and *product untouched, when that does not fit. */
static inline bool
num_mul(uint64_t a, uint64_t b, uint64_t *product)
{
	if (a != 0 && b > UINT64_MAX / a)
		return false;
	*product = a * b;
	return true;
}

static inline uint64_t
num_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t
num_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* n rounded up to a multiple of step (a power of two); n <= 2^63. */
static inline uint64_t
num_round_up(uint64_t n, uint64_t step)
{
	return (n + step - 1) & ~(step - 1);
}

/* Unsigned numbers of n bytes (1 .. 8) at p. */
uint64_t num_le(const uint8_t *p, size_t n);
uint64_t num_be(const uint8_t *p, size_t n);

/*
 * Bytes as people write them: decimal digits, then nothing, B, or one of
 * k K M G T P followed by "B" (decimal) or "iB" (binary).  "16MB" is
 * 16,000,000 and "16MiB" is 16,777,216; "16M" could mean either and is none.
 * False when s is not such a number or does not fit.
 */
bool num_bytes(const char *s, uint64_t *out);

/* Decimal digits only, min <= value <= max. */
bool num_plain(const char *s, uint64_t min, uint64_t max, uint64_t *out);

#endif
