#include "report/scale.h"

#include <stddef.h>

/* In OKLCH: L from 0.30 to 0.91, C about 0.13 (less where sRGB has no more),
 * h from 288 to 102 degrees. */
static const uint32_t colours[] = {
	0x2e1b67, 0x292a78, 0x1d3a86, 0x004b8e, 0x035b8b, 0x006a8d, 0x08788f,
	0x038693, 0x029495, 0x0ca394, 0x07b28f, 0x3cbf85, 0x6cc87d, 0x92d077,
	0xb4d874, 0xd4de76, 0xf2e57e
};

#define N_COLOURS (sizeof(colours) / sizeof(colours[0]))
#define GAP (SCALE_MAX / (N_COLOURS - 1))

/* Up to here white has more contrast than black. */
#define INK_WHITE 427

uint32_t
scale_colour(uint32_t at)
{
	uint32_t to, from, part, colour = 0;
	unsigned int shift;
	size_t i;

	if (at >= SCALE_MAX)
		return colours[N_COLOURS - 1];
	i = at / GAP;
	part = at % GAP;
	for (shift = 0; shift < 24; shift += 8) {
		from = colours[i] >> shift & 255;
		to = colours[i + 1] >> shift & 255;
		colour |= (from * (GAP - part) + to * part + GAP / 2) / GAP <<
		    shift;
	}
	return colour;
}

uint32_t
scale_ink(uint32_t at)
{
	return at <= INK_WHITE ? 0xffffff : 0;
}

uint32_t
scale_bits(uint64_t packed, uint64_t raw)
{
	if (packed >= raw)
		return SCALE_MAX;
	/* Both are cut to what can be multiplied. */
	while (packed > UINT64_MAX / SCALE_MAX) {
		packed /= 2;
		raw /= 2;
	}
	return (uint32_t)(packed * SCALE_MAX / raw);
}
