/*
 * base3 and bitmask, which take the same tensors.
 */
#include "weights/packing.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "packings.h"

static const struct packing *const both[] = { &packing_base3,
	&packing_bitmask };

/* Encode; parameters and bytes have to be these. */
static void
becomes(const struct packing *p, const char *dtype, const void *raw,
    uint64_t n, const char *levels, const char *data, size_t size)
{
	struct packings_packed k;
	char *text;

	packings_encode(&k, p, 0, dtype, raw, n);
	CU_ASSERT_EQUAL(k.e.code, ERR_OK);
	text = packings_params(&k);
	/* {"levels":[...]} */
	CU_ASSERT_EQUAL(strncmp(text + 10, levels, strlen(levels)), 0);
	CU_ASSERT_STRING_EQUAL(text + 10 + strlen(levels), "}");
	CU_ASSERT_EQUAL(k.n, size);
	CU_ASSERT_TRUE(k.n == size && memcmp(k.data, data, size) == 0);
	CU_ASSERT_TRUE(packings_decodes(&k));
	free(text);
	packings_free(&k);
}

/* --- what comes out --- */

static void
fixed(void)
{
	static const int8_t raw[] = { 1, 0, -1, 0, 1, 0, 1, 0, 0, 1, -1 };

	/* 2 + 1*3 + 0 + 1*27 + 2*81 = 194; 1 + 2*3 + 1*9 + 1*27 + 2*81 = 205;
	 * 0 */
	becomes(&packing_base3, "I8", raw, 11, "[-1,0,1]", "\xc2\xcd\0", 3);
	/* 10101010 011; 101110 */
	becomes(&packing_bitmask, "I8", raw, 11, "[0,-1,1]", "\xaa\x60\xb8",
	    3);
}

static void
levels(void)
{
	static const uint16_t f16[] = { 0x3c00, 0xbc00, 0x3c00, 0x8000 };
	static const uint64_t ends[] = { UINT64_C(1) << 63, UINT64_MAX >> 1 };
	const struct packing *const b3 = &packing_base3;
	const struct packing *const bm = &packing_bitmask;

	/* Integers within -1, 0 and 1 get all of them. */
	becomes(b3, "I8", "\x00", 1, "[-1,0,1]", "\1", 1);
	becomes(bm, "I8", "\x00", 1, "[0,-1,1]", "\0", 1);
	becomes(b3, "U8", "\xff\x01\xff", 3, "[-1,0,1]", "\6", 1);
	becomes(bm, "U8", "\xff\x01\xff", 3, "[0,-1,1]", "\xe0\x40", 2);
	becomes(b3, "BOOL", "\1\0\1", 3, "[-1,0,1]", "\x17", 1);
	/* Others are as they are, and what is missing is filled up. */
	becomes(b3, "U8", "\x02\x01\x00", 3, "[0,1,2]", "\5", 1);
	becomes(b3, "I8", "\x09\x09", 2, "[9,0,1]", "\0", 1);
	becomes(b3, "I8", "\x01\x02", 2, "[1,2,0]", "\3", 1);
	becomes(b3, "F8_E5M2", "\x00\x00", 2, "[0,1,2]", "\0", 1);
	becomes(b3, "F16", f16, 4, "[-32768,-17408,15360]", "\x17", 1);
	/* The most frequent one is first for a mask. */
	becomes(bm, "F16", f16, 4, "[15360,-32768,-17408]", "\x50\x80", 2);
	becomes(bm, "U8", "\x02\x01\x00\x01", 4, "[1,0,2]", "\xa0\x80", 2);
	becomes(bm, "F8_E4M3", "\xff\x01\x01", 3, "[1,-1,0]", "\x80\x00", 2);
	becomes(bm, "I8", "\x09\x09", 2, "[9,0,1]", "\0", 1);
	becomes(b3, "I64", ends, 2, "[-9223372036854775808,"
	    "9223372036854775807,0]", "\3", 1);
}

/* --- there and back --- */

/* Three words of any kind and fewer, in every dtype, in any number. */
static void
random_words(void)
{
	static const uint64_t counts[] = { 3999, 4000, 4001, 4005, 8000, 8008,
		12345 };
	struct err e = ERR_INIT;
	uint32_t seed = 1;
	struct tensor t;
	uint8_t *raw;
	size_t i, p;
	uint64_t n;

	for (i = 0; packings_dtypes[i] != NULL; i++) {
		tensor_set(&t, packings_dtypes[i], NULL, 0, &e);
		for (n = 1; n < 42 + HARNESS_COUNT(counts); n++) {
			const uint64_t m = n < 42 ? n : counts[n - 42];

			raw = packings_random(seed, t.word, m, 1 + seed % 3);
			for (p = 0; p < 2; p++)
				packings_round_trip(both[p], 0, t.dtype, raw,
				    m);
			seed++;
			free(raw);
		}
	}
}

/* -1, 0 and 1 in words of every size. */
static void
random_ternary(void)
{
	static const char *const dtypes[] = { "I8", "U8", "I16", "I32", "I64",
		"U64", "F32" };
	const uint64_t n = 9001;
	uint8_t *digits = packings_random(3, 1, n, 0);
	struct err e = ERR_INIT;
	struct tensor t;
	uint8_t *raw;
	size_t d, p;
	uint64_t i;

	for (d = 0; d < HARNESS_COUNT(dtypes); d++) {
		tensor_set(&t, dtypes[d], NULL, 0, &e);
		raw = packings_random(4, t.word, n, 0);
		for (i = 0; i < n; i++)
			tensor_put(raw, t.word, i, (uint64_t)digits[i] % 3 -
			    1);
		for (p = 0; p < 2; p++)
			packings_round_trip(both[p], 0, t.dtype, raw, n);
		free(raw);
	}
	free(digits);
}

/* --- what cannot be packed --- */

static void
refused(void)
{
	uint8_t bytes[20000];
	uint16_t words[40];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 3 - 1);
	bytes[17] = 5;
	bytes[18] = 6;
	packings_refuses(&packing_base3, 0, "I8", bytes, sizeof(bytes),
	    "value 5 at element 17 is a fourth level; base3 takes three");
	packings_refuses(&packing_bitmask, 0, "I8", bytes, sizeof(bytes),
	    "value 5 at element 17 is a fourth level; bitmask takes three");
	bytes[17] = bytes[18] = 0;
	bytes[19999] = 0x85;
	packings_refuses(&packing_base3, 0, "I8", bytes, sizeof(bytes),
	    "value -123 at element 19999 ");
	packings_refuses(&packing_base3, 0, "U8", bytes, sizeof(bytes),
	    "value 133 at element 19999 ");
	packings_refuses(&packing_base3, 0, "F8_E4M3", bytes, sizeof(bytes),
	    "value 0x85 at element 19999 ");
	for (i = 0; i < HARNESS_COUNT(words); i++)
		words[i] = (uint16_t)(0x7c00 + i / 10);
	packings_refuses(&packing_bitmask, 0, "F16", (uint8_t *)words, 40,
	    "value 0x7c03 at element 30 is a fourth level");
	packings_refuses(&packing_base3, 0, "F4", bytes, 8, "the dtype F4");
	packings_refuses(&packing_bitmask, 0, "F4", bytes, 8, "the dtype F4");
}

static void
no_room(void)
{
	static const uint8_t raw[40] = { 1 };

	packings_needs(&packing_base3, "I8", raw, 40, 8);
	packings_needs(&packing_bitmask, "I8", raw, 40, 6);
}

/* --- what is not a packed tensor --- */

static void
wrong_params(void)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{ "{}", "no list of levels" },
		{ "{\"levels\":\"-1,0,1\"}", "no list of levels" },
		{ "{\"levels\":[]}", "0 levels are too few" },
		{ "{\"levels\":[-1,0]}", "2 levels are too few" },
		{ "{\"levels\":[-1,0,1,2]}", "4 levels are too many" },
		{ "{\"levels\":[-1,1,1]}", "the level 1 is there twice" },
		{ "{\"levels\":[-1,0,255]}", "level 2 is no word of 8 bits" },
		{ "{\"levels\":[-1,0,1e0]}", "level 2 is no word" },
		{ "{\"levels\":[-1,null,1]}", "level 1 is no word" },
		{ "{\"levels\":[-128,127,1],\"crc32\":0}", NULL },
	};
	size_t i, p;

	for (p = 0; p < 2; p++) {
		for (i = 0; i < HARNESS_COUNT(cases); i++)
			packings_decode_is(both[p], "U8", 4, cases[i].json,
			    "\0", 1, cases[i].says);
		packings_decode_is(both[p], "F4", 4, "{\"levels\":[0,1,2]}",
		    "\0", 1, "the dtype F4");
	}
}

/* So many values of I16, and what is wrong with them, or NULL. */
struct bytes {
	uint64_t values;
	const char *data;
	size_t n;
	const char *says;
};

static void
are(const struct packing *p, const char *params, const struct bytes *cases,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		packings_decode_is(p, "I16", cases[i].values, params,
		    cases[i].data, cases[i].n, cases[i].says);
}

static void
wrong_base3(void)
{
	static const struct bytes cases[] = {
		{ 5, "\0\0", 2, "2 bytes where there have to be 1" },
		{ 5, "", 0, "0 bytes where there have to be 1" },
		{ 6, "\0", 1, "1 bytes where there have to be 2" },
		{ 10, "\xf2\xf2", 2, NULL },
		{ 10, "\xf2\xf3", 2, "byte 1 is 243" },
		{ 10, "\xff\xf2", 2, "byte 0 is 255" },
		{ 6, "\xf2\x02", 2, NULL },
		{ 6, "\xf2\x03", 2, "the last byte is 3, which no 1 digits" },
		{ 9, "\xf2\x50", 2, NULL },
		{ 9, "\xf2\x51", 2, "the last byte is 81" },
		{ 2, "\x08", 1, NULL }, { 2, "\x09", 1, "byte is 9" },
		{ 3, "\x1a", 1, NULL }, { 3, "\x1b", 1, "byte is 27" },
	};

	are(&packing_base3, "{\"levels\":[-1,0,1]}", cases,
	    HARNESS_COUNT(cases));
}

static void
wrong_bitmask(void)
{
	static const struct bytes cases[] = {
		{ 9, "", 0, "0 bytes where there have to be 2 or more" },
		{ 9, "\0", 1, "1 bytes where there have to be 2 or more" },
		{ 9, "\0\0", 2, NULL },
		{ 9, "\0\0\0", 3, "3 bytes where there have to be 2" },
		{ 9, "\x80\0", 2, "2 bytes where there have to be 3" },
		{ 9, "\x80\0\0", 3, NULL }, { 9, "\x80\0\x80", 3, NULL },
		{ 9, "\x80\0\x40", 3, "left over that are not zero" },
		{ 9, "\xff\0\xff", 3, NULL },
		{ 9, "\xff\0\xff\0", 4, "4 bytes where there have to be 3" },
		{ 9, "\xff\x80\xff\x80", 4, NULL },
		{ 9, "\xff\x80\xff", 3, "3 bytes where there have to be 4" },
		{ 9, "\xff\x80\xff\x01", 4, "left over" },
		{ 9, "\xff\x40\xff\x00", 4, "left over" },
		{ 7, "\xfe\xfe", 2, NULL }, { 7, "\xfe\xff", 2, "left over" },
		{ 7, "\xff\xff", 2, "left over" },
	};

	are(&packing_bitmask, "{\"levels\":[0,-1,1]}", cases,
	    HARNESS_COUNT(cases));
}

static void
hurt(void)
{
	struct packings_packed k;
	uint8_t *raw;
	size_t i, p;

	for (i = 1; i <= 6; i++) {
		raw = packings_random(9, 4, 70 + i, 1 + i % 3);
		for (p = 0; p < 2; p++) {
			packings_encode(&k, both[p], 0, "I32", raw, 70 + i);
			packings_hurt(&k);
			packings_free(&k);
			packings_encode(&k, both[p], 0, "U8", raw, 3);
			packings_hurt(&k);
			packings_free(&k);
		}
		free(raw);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the bytes of some", fixed },
		{ "which levels", levels },
		{ "any three words there and back", random_words },
		{ "-1, 0 and 1 there and back", random_ternary },
		{ "what cannot be packed", refused },
		{ "a buffer that is full", no_room },
		{ "wrong parameters", wrong_params },
		{ "wrong bytes of base3", wrong_base3 },
		{ "wrong bytes of bitmask", wrong_bitmask },
		{ "cut and flipped", hurt },
	};

	return harness_run("ternary", tests, HARNESS_COUNT(tests));
}
