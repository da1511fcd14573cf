#include "weights/packing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "packings.h"

static void
round_trip(const char *dtype, const uint8_t *raw, uint64_t n)
{
	packings_round_trip(&packing_bits, 0, dtype, raw, n);
}

/* Encode; the parameters and the size have to be these. */
static void
becomes(const char *dtype, const void *raw, uint64_t n, const char *params,
    size_t size)
{
	struct packings_packed k;
	char *text;

	packings_encode(&k, &packing_bits, 0, dtype, raw, n);
	CU_ASSERT_EQUAL(k.e.code, ERR_OK);
	text = packings_params(&k);
	CU_ASSERT_STRING_EQUAL(text, params);
	CU_ASSERT_EQUAL(k.n, size);
	CU_ASSERT_TRUE(packings_decodes(&k));
	free(text);
	packings_free(&k);
}

/* --- what comes out --- */

static void
fixed(void)
{
	static const int8_t range[] = { -2, 1, 0, -1, -2 };
	static const int8_t levels[] = { -100, 7, 100, 7 };
	struct packings_packed k;

	packings_encode(&k, &packing_bits, 0, "I8", (const uint8_t *)range, 5);
	/* 00 11 10 01 00 */
	CU_ASSERT_EQUAL(k.n, 2);
	CU_ASSERT_EQUAL(memcmp(k.data, "\x39\x00", 2), 0);
	packings_free(&k);
	packings_encode(&k, &packing_bits, 0, "I8", (const uint8_t *)levels,
	    4);
	/* 00 01 10 01 */
	CU_ASSERT_EQUAL(k.n, 1);
	CU_ASSERT_EQUAL(k.data[0], 0x19);
	packings_free(&k);
}

/* A range where it takes no more bits than levels. */
static void
choice(void)
{
	static const uint8_t over[] = { 120, 127, 128, 135, 130 };
	static const uint8_t twice[] = { 0, 2, 4, 6 };
	static const uint16_t f16[] = { 0xbc00, 0x3c00, 0xbc00 };
	static const uint16_t zeros[] = { 0x8000, 0, 0x8000 };
	static const uint64_t least[] = { UINT64_C(1) << 63,
		UINT64_MAX >> 1 };
	static const uint8_t one[] = { 9, 9, 9, 9, 9, 9, 9, 9, 9 };
	static const int8_t binary[] = { -1, 1, 1, -1 };

	becomes("I8", binary, 4, "{\"bits\":1,\"levels\":[-1,1]}", 1);
	becomes("BOOL", "\0\1\1", 3, "{\"bits\":1,\"low\":0}", 1);
	becomes("I8", one, 9, "{\"bits\":0,\"low\":9}", 0);
	becomes("I8", one, 1, "{\"bits\":0,\"low\":9}", 0);
	becomes("U8", twice, 4, "{\"bits\":2,\"levels\":[0,2,4,6]}", 1);
	becomes("U8", over, 5, "{\"bits\":3,\"levels\":[-128,-126,-121,120,"
	    "127]}", 2);
	becomes("I8", over, 5, "{\"bits\":3,\"levels\":[-128,-126,-121,120,"
	    "127]}", 2);
	becomes("U8", over + 1, 2, "{\"bits\":1,\"low\":127}", 1);
	becomes("I8", over + 1, 2, "{\"bits\":1,\"levels\":[-128,127]}", 1);
	becomes("U8", over + 2, 1, "{\"bits\":0,\"low\":-128}", 0);
	becomes("F16", f16, 3, "{\"bits\":1,\"levels\":[-17408,15360]}", 1);
	becomes("BF16", zeros, 3, "{\"bits\":1,\"levels\":[-32768,0]}", 1);
	becomes("I64", least, 2, "{\"bits\":1,\"levels\":"
	    "[-9223372036854775808,9223372036854775807]}", 1);
	becomes("U64", least, 2, "{\"bits\":1,\"low\":9223372036854775807}",
	    1);
}

/* --- there and back --- */

static void
all_bytes(void)
{
	static const char *const bytes[] = { "I8", "U8", "F8_E4M3",
		"F8_E5M2", "BOOL" };
	uint8_t raw[512];
	size_t i;

	for (i = 0; i < sizeof(raw); i++)
		raw[i] = (uint8_t)(i * 7);
	for (i = 0; i < HARNESS_COUNT(bytes); i++)
		round_trip(bytes[i], raw, sizeof(raw));
	becomes("I8", raw, sizeof(raw), "{\"bits\":8,\"low\":-128}", 512);
	becomes("U8", raw, sizeof(raw), "{\"bits\":8,\"low\":0}", 512);
}

/* Some words of any kind, in every dtype; NaNs are among them. */
static void
random_levels(void)
{
	static const size_t levels[] = { 1, 2, 3, 4, 5, 8, 9, 16, 17, 64, 128,
		200, 256, 300, 1024, 4096 };
	static const uint64_t counts[] = { 1, 2, 3, 7, 8, 9, 100, 3999, 4000,
		4001, 8000, 9001 };
	struct err e = ERR_INIT;
	uint32_t seed = 1;
	struct tensor t;
	uint8_t *raw;
	size_t i, j;

	for (i = 0; packings_dtypes[i] != NULL; i++) {
		tensor_set(&t, packings_dtypes[i], NULL, 0, &e);
		for (j = 0; j < HARNESS_COUNT(levels) * 3; j++) {
			const uint64_t n = counts[seed % HARNESS_COUNT(counts)];

			raw = packings_random(seed++, t.word, n,
			    levels[j % HARNESS_COUNT(levels)]);
			round_trip(t.dtype, raw, n);
			free(raw);
		}
	}
}

/* Ranges of every number of bits, at any place, also where the words end. */
static void
random_ranges(void)
{
	static const char *const dtypes[] = { "U8", "I8", "U16", "I16", "U32",
		"I32", "U64", "I64", "F16", "F32" };
	const uint64_t n = 4100;
	uint8_t *raw, *above = packings_random(77, 2, n, 0);
	struct err e = ERR_INIT;
	uint64_t low, i;
	struct tensor t;
	unsigned int bits;
	size_t d;

	for (d = 0; d < HARNESS_COUNT(dtypes); d++) {
		tensor_set(&t, dtypes[d], NULL, 0, &e);
		raw = packings_random(5, t.word, n, 0);
		for (bits = 0; bits <= 16 && bits <= 8 * t.word; bits++) {
			const uint64_t top = (UINT64_C(1) << bits) - 1;

			low = tensor_mask(t.word) - top;
			if (tensor_is_signed(&t))
				low = low >> (bits % 3);
			for (i = 0; i < n; i++)
				tensor_put(raw, t.word, i, low +
				    (tensor_get(above, 2, i) & top));
			round_trip(t.dtype, raw, n);
		}
		free(raw);
	}
	free(above);
}

/* --- what cannot be packed --- */

static void
refused(void)
{
	static const uint8_t f4[] = { 1, 2, 3, 4 };
	uint32_t words[65536];
	char says[100];
	size_t i;

	for (i = 0; i < HARNESS_COUNT(words); i++)
		words[i] = (uint32_t)(i % 4096 * 1048573);
	round_trip("I32", (uint8_t *)words, HARNESS_COUNT(words));
	words[60000] = 5;
	packings_refuses(&packing_bits, 0, "I32", (uint8_t *)words,
	    HARNESS_COUNT(words), "value 5 at element 60000 is one level too "
	    "many; bits takes 4096 levels");
	packings_refuses(&packing_bits, 0, "F32", (uint8_t *)words,
	    HARNESS_COUNT(words), "value 0x00000005 at element 60000");
	/* As wide a range as there may be, and one more. */
	for (i = 0; i < HARNESS_COUNT(words); i++)
		words[i] = (uint32_t)(i - 30000);
	becomes("I32", words, HARNESS_COUNT(words),
	    "{\"bits\":16,\"low\":-30000}", 2 * HARNESS_COUNT(words));
	words[5]--;
	round_trip("I32", (uint8_t *)words, HARNESS_COUNT(words));
	words[0]--;
	(void)snprintf(says, sizeof(says), "value %d at element 4097 ",
	    (int)words[4097]);
	packings_refuses(&packing_bits, 0, "I32", (uint8_t *)words,
	    HARNESS_COUNT(words), says);
	packings_refuses(&packing_bits, 0, "F4", f4, 8, "the dtype F4");
}

static void
no_room(void)
{
	static const uint8_t raw[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	packings_needs(&packing_bits, "I8", raw, 8, 3);
}

/* --- what is not a packed tensor --- */

static void
wrong_params(void)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{ "{}", "\"bits\" is not 0 to 16" },
		{ "{\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":-1,\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":17,\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":4294967297,\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":2.0,\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":\"2\",\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":null,\"low\":0}", "\"bits\" is not" },
		{ "{\"bits\":2}", "no list of levels" },
		{ "{\"bits\":2,\"levels\":3}", "no list of levels" },
		{ "{\"bits\":2,\"levels\":{\"0\":1}}", "no list of levels" },
		{ "{\"bits\":2,\"levels\":null}", "no list of levels" },
		{ "{\"bits\":2,\"levels\":[]}", "0 levels are too few" },
		{ "{\"bits\":2,\"levels\":[1,2,3,4,5]}", "5 levels are too" },
		{ "{\"bits\":2,\"levels\":[1,2,3,2]}", "2 is there twice" },
		{ "{\"bits\":2,\"levels\":[-128,128]}", "level 1 is no word" },
		{ "{\"bits\":2,\"levels\":[1,255]}", "level 1 is no word" },
		{ "{\"bits\":2,\"levels\":[-129]}", "level 0 is no word" },
		{ "{\"bits\":2,\"levels\":[0,1.0]}", "level 1 is no word" },
		{ "{\"bits\":2,\"levels\":[0,\"1\"]}", "level 1 is no word" },
		{ "{\"bits\":2,\"levels\":[0,true]}", "level 1 is no word" },
		{ "{\"bits\":2,\"levels\":[0,[1]]}", "level 1 is no word" },
		{ "{\"bits\":2,\"levels\":[0],\"low\":0}", "\"low\" and" },
		{ "{\"bits\":2,\"low\":128}", "\"low\" is no word of 8 bits" },
		{ "{\"bits\":2,\"low\":-129}", "\"low\" is no word" },
		{ "{\"bits\":2,\"low\":0.0}", "\"low\" is no word" },
		{ "{\"bits\":2,\"low\":\"0\"}", "\"low\" is no word" },
		{ "{\"bits\":2,\"low\":null}", "\"low\" is no word" },
		{ "{\"bits\":2,\"levels\":[0,1]}", "element 3 has code 2, and "
		    "there are 2 levels" },
		{ "{\"bits\":2,\"levels\":[0,1,-128,127]}", NULL },
		{ "{\"bits\":2,\"low\":127,\"packing\":\"bits\"}", NULL },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
		packings_decode_is(&packing_bits, "U8", 4, cases[i].json,
		    "\x02", 1, cases[i].says);
	packings_decode_is(&packing_bits, "F4", 4, "{\"bits\":2,\"low\":0}",
	    "\x02", 1, "the dtype F4");
	packings_decode_is(&packing_bits, "I16", 4, "{\"bits\":2,\"levels\":"
	    "[-32768,32768]}", "\x02", 1, "level 1 is no word of 16");
	packings_decode_is(&packing_bits, "I64", 4, "{\"bits\":2,\"levels\":"
	    "[-9223372036854775808,9223372036854775807,0]}", "\x02", 1, NULL);
}

static void
wrong_bytes(void)
{
	const struct packing *const p = &packing_bits;

	packings_decode_is(p, "I8", 5, "{\"bits\":3,\"low\":0}", "abc", 1,
	    "1 bytes where there have to be 2");
	packings_decode_is(p, "I8", 5, "{\"bits\":3,\"low\":0}", "abc", 3,
	    "3 bytes where there have to be 2");
	packings_decode_is(p, "I8", 5, "{\"bits\":3,\"low\":0}", "\x00\x01", 2,
	    "left over that are not zero");
	packings_decode_is(p, "I8", 5, "{\"bits\":0,\"low\":0}", "", 1,
	    "1 bytes where there have to be 0");
	packings_decode_is(p, "I8", 5, "{\"bits\":0,\"low\":0}", "", 0, NULL);
}

/* Codes go over the end of the word, and through more bits than it has. */
static void
overflow(void)
{
	static const uint8_t packed[] = { 0x01, 0x00, 0xff, 0xff, 0x00, 0x9c };
	const uint64_t n = 3;
	json_t *params = json_pack("{s:i,s:i}", "bits", 16, "low", 100);
	struct err e = ERR_INIT;
	uint16_t words[3];
	uint8_t bytes[3];
	struct tensor t;

	tensor_set(&t, "I8", &n, 1, &e);
	CU_ASSERT_EQUAL(packing_bits.decode(&t, params, packed, 6, bytes, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(bytes[0], 100);
	CU_ASSERT_EQUAL(bytes[1], 99);
	CU_ASSERT_EQUAL(bytes[2], 0);
	tensor_set(&t, "U16", &n, 1, &e);
	CU_ASSERT_EQUAL(packing_bits.decode(&t, params, packed, 6,
	    (uint8_t *)words, &e), ERR_OK);
	CU_ASSERT_EQUAL(tensor_get((uint8_t *)words, 2, 0), 356);
	CU_ASSERT_EQUAL(tensor_get((uint8_t *)words, 2, 1), 99);
	CU_ASSERT_EQUAL(tensor_get((uint8_t *)words, 2, 2), 256);
	json_decref(params);
}

/* A list as long as one can be, which no encoder writes. */
static void
most_levels(void)
{
	json_t *params = json_object(), *list = json_array();
	struct packings_packed k;
	struct err e = ERR_INIT;
	uint8_t back[8];
	int i;

	packings_encode(&k, &packing_bits, 0, "F32",
	    (const uint8_t *)"\1\0\0\0\2\0\0\0", 2);
	for (i = 0; i < 65536; i++)
		json_array_append_new(list, json_integer(i * 3));
	json_object_set_new(params, "bits", json_integer(16));
	json_object_set_new(params, "levels", list);
	CU_ASSERT_EQUAL(packing_bits.decode(&k.t, params,
	    (const uint8_t *)"\xff\xff\0\1", 4, back, &e), ERR_OK);
	CU_ASSERT_EQUAL(tensor_get(back, 4, 0), 196605);
	CU_ASSERT_EQUAL(tensor_get(back, 4, 1), 3);
	json_array_append_new(list, json_integer(1));
	CU_ASSERT_EQUAL(packing_bits.decode(&k.t, params,
	    (const uint8_t *)"\xff\xff\0\1", 4, back, &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "65537 levels are too many"));
	json_decref(params);
	packings_free(&k);
}

static void
hurt(void)
{
	static const size_t levels[] = { 1, 2, 3, 5, 40 };
	struct packings_packed k;
	uint8_t *raw;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(levels); i++) {
		raw = packings_random(9, 2, 75, levels[i]);
		packings_encode(&k, &packing_bits, 0, "BF16", raw, 75);
		packings_hurt(&k);
		packings_free(&k);
		packings_encode(&k, &packing_bits, 0, "I8", raw, 75);
		packings_hurt(&k);
		packings_free(&k);
		free(raw);
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the bytes of some", fixed },
		{ "levels or a range", choice },
		{ "all 256 bytes", all_bytes },
		{ "any levels there and back", random_levels },
		{ "any ranges there and back", random_ranges },
		{ "what cannot be packed", refused },
		{ "a buffer that is full", no_room },
		{ "wrong parameters", wrong_params },
		{ "wrong bytes", wrong_bytes },
		{ "codes that go over the end", overflow },
		{ "65536 levels", most_levels },
		{ "cut and flipped", hurt },
	};

	return harness_run("bits", tests, HARNESS_COUNT(tests));
}
