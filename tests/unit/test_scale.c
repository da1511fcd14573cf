#include "report/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "report/page.h"

/* --- what the tests share --- */

static double
linear(uint32_t part)
{
	double c = part / 255.0;

	return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* As WCAG 2 has it. */
static double
luminance(uint32_t colour)
{
	return 0.2126 * linear(colour >> 16 & 255) +
	    0.7152 * linear(colour >> 8 & 255) +
	    0.0722 * linear(colour & 255);
}

static double
contrast(uint32_t a, uint32_t b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

/* --- the tests --- */

static void
order(void)
{
	uint32_t at;
	int falls = 0;

	for (at = 1; at <= SCALE_MAX; at++)
		falls += luminance(scale_colour(at)) + 0.003 <
		    luminance(scale_colour(at - 1));
	CU_ASSERT_EQUAL(falls, 0);
	CU_ASSERT_EQUAL(scale_colour(0), 0x2e1b67);
	CU_ASSERT_EQUAL(scale_colour(SCALE_MAX), 0xf2e57e);
	CU_ASSERT_EQUAL(scale_colour(UINT32_MAX), 0xf2e57e);
	CU_ASSERT_EQUAL(scale_colour(64), 0x292a78);
	CU_ASSERT_EQUAL(scale_colour(32), 0x2c2370);
}

/* Text can be read on every colour. */
static void
inks(void)
{
	int bad = 0;
	uint32_t at;

	for (at = 0; at <= SCALE_MAX; at++)
		bad += contrast(scale_colour(at), scale_ink(at)) < 4.5;
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(scale_ink(UINT32_MAX), 0);
}

static void
bits(void)
{
	CU_ASSERT_EQUAL(scale_bits(0, 1), 0);
	CU_ASSERT_EQUAL(scale_bits(1, 2), SCALE_MAX / 2);
	CU_ASSERT_EQUAL(scale_bits(8, 8), SCALE_MAX);
	CU_ASSERT_EQUAL(scale_bits(UINT64_MAX, 1), SCALE_MAX);
	CU_ASSERT_EQUAL(scale_bits(UINT64_MAX / 2, UINT64_MAX),
	    SCALE_MAX / 2 - 1);
	CU_ASSERT_EQUAL(scale_bits(UINT64_MAX - 1, UINT64_MAX),
	    SCALE_MAX);
	CU_ASSERT_EQUAL(scale_bits(1, UINT64_MAX), 0);
}

/* The style sheet has the same colours. */
static void
classes(void)
{
	const char *css = page_pieces[0].text;
	uint32_t i, at;
	char line[80];

	CU_ASSERT_STRING_EQUAL(page_pieces[0].name, "page.css");
	for (i = 0; i < SCALE_STEPS; i++) {
		at = (2 * i + 1) * SCALE_MAX / (2 * SCALE_STEPS);
		snprintf(line, sizeof(line), ".h%u { background: #%06x; "
		    "color: #%s; }\n", i, scale_colour(at),
		    scale_ink(at) == 0 ? "000" : "fff");
		CU_ASSERT_PTR_NOT_NULL(strstr(css, line));
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "from dark to light", order },
		{ "text on it", inks },
		{ "bits for a byte", bits },
		{ "classes of the style sheet", classes },
	};

	return harness_run("scale", tests, HARNESS_COUNT(tests));
}
