/*
 * scale: a number as a colour, for maps and heat maps.
 *
 * From dark violet (little) over blue and green to light yellow (much): the
 * lightness rises in equal steps, so that the order shows in grey, in print and
 * to eyes that tell few colours apart.  Equal numbers are equal colours
 * everywhere: there is no floating point in it.
 */
#ifndef XZB_SCALE_H
#define XZB_SCALE_H

#include <stdint.h>

#define SCALE_MAX 1024		/* the end of the scale */
#define SCALE_STEPS 10		/* classes h0 .. h9 of report/page.css */

/* The colour at 0 .. SCALE_MAX (and what is above that) as 0xRRGGBB. */
uint32_t scale_colour(uint32_t at);

/* Black or white, whichever can be read on that colour: 0 or 0xFFFFFF. */
uint32_t scale_ink(uint32_t at);

/* Where bits for a byte, packed * 8 / raw, are on the scale: 8 are the end.
 * raw is not 0. */
uint32_t scale_bits(uint64_t packed, uint64_t raw);

#endif
