#include "weights/field.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define LONGEST 70		/* values, of which each count is tried */

static void
sizes(void)
{
	CU_ASSERT_EQUAL(field_raw_size(0, 16), 0);
	CU_ASSERT_EQUAL(field_raw_size(9, 0), 0);
	CU_ASSERT_EQUAL(field_raw_size(8, 1), 1);
	CU_ASSERT_EQUAL(field_raw_size(9, 1), 2);
	CU_ASSERT_EQUAL(field_raw_size(5, 3), 2);
	CU_ASSERT_EQUAL(field_raw_size(UINT32_MAX, 16),
	    UINT64_C(2) * UINT32_MAX);
	CU_ASSERT_EQUAL(field_raw_size(UINT64_MAX / 2, 16), UINT64_MAX - 1);
}

/* The bytes are those that the format says. */
static void
fixed(void)
{
	static const uint16_t three[] = { 5, 0, 7, 2, 1, 6 };
	static const uint16_t eleven[] = { 0x555, 0x2aa, 0x7ff };
	static const uint16_t all[] = { 0x1234, 0xfedc };
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 100);
	CU_ASSERT_EQUAL(buf_append(&b, "\x99", 1, &e), ERR_OK);
	CU_ASSERT_EQUAL(field_put_bits(three, 6, 3, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 4);
	/* 101 000 111 010 001 110, and 6 more */
	CU_ASSERT_EQUAL(memcmp(b.data, "\x99\xa3\xa3\x80", 4), 0);
	b.size = 0;
	CU_ASSERT_EQUAL(field_put_bits(eleven, 3, 11, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 5);
	CU_ASSERT_EQUAL(memcmp(b.data, "\xaa\xaa\xab\xff\x80", 5), 0);
	b.size = 0;
	CU_ASSERT_EQUAL(field_put_bits(all, 2, 16, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 4);
	CU_ASSERT_EQUAL(memcmp(b.data, "\x12\x34\xfe\xdc", 4), 0);
	b.size = 0;
	CU_ASSERT_EQUAL(field_put_bits(all, 2, 0, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 0);
	buf_free(&b);
}

/* There and back, from memory that ends where the bits do. */
static void
round_trip(const uint16_t *values, size_t n, unsigned int bits)
{
	uint16_t *back = malloc(n * sizeof(*back) + 1);
	struct err e = ERR_INIT;
	uint8_t *exact;
	struct buf b;
	size_t i;

	buf_init(&b, SIZE_MAX);
	CU_ASSERT_EQUAL(field_put_bits(values, n, bits, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, (n * bits + 7) / 8);
	exact = malloc(b.size + 1);
	if (exact == NULL || back == NULL)
		abort();
	exact = realloc(exact, b.size > 0 ? b.size : 1);
	memcpy(exact, b.data != NULL ? b.data : exact, b.size);
	CU_ASSERT_EQUAL(field_get_bits(exact, n, bits, back, &e), ERR_OK);
	CU_ASSERT_EQUAL(memcmp(back, values, n * sizeof(*back)), 0);
	/* Any bit of the padding. */
	for (i = n * bits; i < b.size * 8; i++) {
		exact[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		CU_ASSERT_EQUAL(field_get_bits(exact, n, bits, back, &e),
		    ERR_CORRUPT);
		exact[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		e.code = ERR_OK;
	}
	free(exact);
	free(back);
	buf_free(&b);
}

static void
round_trips(void)
{
	uint8_t *random = harness_bytes('r', 5, 2 * LONGEST);
	uint16_t values[LONGEST];
	unsigned int bits;
	size_t n, i;

	for (bits = 0; bits <= 16; bits++) {
		for (i = 0; i < LONGEST; i++) {
			memcpy(&values[i], random + 2 * i, 2);
			values[i] &= (uint16_t)((1U << bits) - 1);
		}
		for (n = 0; n <= LONGEST; n++)
			round_trip(values, n, bits);
		for (i = 0; i < LONGEST; i++)
			values[i] = (uint16_t)((1U << bits) - 1);
		for (n = 0; n <= LONGEST; n++)
			round_trip(values, n, bits);
	}
	free(random);
}

static void
no_room(void)
{
	static const uint16_t values[8] = { 1 };
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 6);
	CU_ASSERT_EQUAL(field_put_bits(values, 8, 6, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(field_put_bits(values, 1, 1, &b, &e), ERR_FAIL);
	CU_ASSERT_EQUAL(b.size, 6);
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "sizes", sizes },
		{ "the bytes of some", fixed },
		{ "there and back, and the padding", round_trips },
		{ "a buffer that is full", no_room },
	};

	return harness_run("field_bits", tests, HARNESS_COUNT(tests));
}
