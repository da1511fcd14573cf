#include "base/num.h"

#include <string.h>

uint64_t
num_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

uint64_t
num_be(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Read digits at *s, leave *s behind them.  False: none, or too large. */
static bool
digits(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t n = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(n, (uint64_t)10, &n) ||
		    !num_add(n, (uint64_t)(*p - '0'), &n))
			return false;
	}
	*s = p;
	*out = n;
	return true;
}

bool
num_plain(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t n;

	if (!digits(&s, &n) || *s != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

bool
num_bytes(const char *s, uint64_t *out)
{
	static const char prefixes[] = "KMGTP";
	const char *at;
	uint64_t n, unit;
	int power = 0;

	if (!digits(&s, &n))
		return false;
	if (*s == 'k')
		power = 1;
	else if (*s != '\0' && (at = strchr(prefixes, *s)) != NULL)
		power = (int)(at - prefixes) + 1;
	if (power > 0)
		s++;
	unit = power > 0 && strcmp(s, "iB") == 0 ? 1024 : 1000;
	if (unit != 1024 && strcmp(s, "B") != 0 &&
	    (power > 0 || *s != '\0'))
		return false;
	for (; power > 0; power--) {
		if (__builtin_mul_overflow(n, unit, &n))
			return false;
	}
	*out = n;
	return true;
}
