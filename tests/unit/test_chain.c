#include "xz/chain.h"

#include <stdio.h>
#include <string.h>

#include "harness.h"

/* What is printed can be parsed, and is the same chain. */
static void
round_trip(void)
{
	static const char *const texts[] = {
		"0", "6", "6e", "9", "9e", "lzma2", "lzma2:preset=9e,lc=0",
		"lzma2:preset=6,lc=0,lp=2,pb=2,dict=4KiB",
		"lzma2:dict=1MiB,mf=bt2,nice=2,mode=fast,depth=7",
		"lzma2:dict=1536MiB", "lzma2:lc=4,lp=0,pb=4",
		"delta:dist=1 lzma2", "delta:dist=256 lzma2:preset=9e",
		"x86 lzma2:dict=1MiB", "x86:start=4096 lzma2", "arm64 lzma2",
		"powerpc lzma2", "delta:dist=2 x86 lzma2",
		"delta:dist=4 delta:dist=1 delta:dist=3 lzma2:lp=2,lc=1",
	};
	char text[CHAIN_TEXT_MAX], again[CHAIN_TEXT_MAX];
	struct chain a, b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(chain_parse(texts[i], &a, &e), ERR_OK);
		chain_print(&a, text);
		CU_ASSERT_EQUAL(chain_parse(text, &b, &e), ERR_OK);
		chain_print(&b, again);
		CU_ASSERT_STRING_EQUAL(text, again);
		CU_ASSERT_TRUE(chain_equal(&a, &b));
		CU_ASSERT_PTR_NULL(a.lzma.preset_dict);
		b.lzma.nice_len++;
		CU_ASSERT_FALSE(chain_equal(&a, &b));
	}
}

static void
parsed_values(void)
{
	struct err e = ERR_INIT;
	struct chain c;

	CU_ASSERT_EQUAL(chain_parse(
	    "delta:dist=4 x86 lzma2:lc=1,lp=2,pb=0,dict=1MiB,nice=64", &c,
	    &e), ERR_OK);
	CU_ASSERT_EQUAL(c.n_pre, 2);
	CU_ASSERT_EQUAL(c.pre[0].id, LZMA_FILTER_DELTA);
	CU_ASSERT_EQUAL(c.pre[0].dist, 4);
	CU_ASSERT_EQUAL(c.pre[1].id, LZMA_FILTER_X86);
	CU_ASSERT_EQUAL(c.lzma.lc, 1);
	CU_ASSERT_EQUAL(c.lzma.lp, 2);
	CU_ASSERT_EQUAL(c.lzma.pb, 0);
	CU_ASSERT_EQUAL(c.lzma.dict_size, 1 << 20);
	CU_ASSERT_EQUAL(c.lzma.nice_len, 64);
}

static void
bad_text(void)
{
	static const char *const texts[] = {
		"", " ", "nonsense", "10", "6x", "lzma1", "lzma2:lc=5",
		"lzma2:lc=3,lp=3", "lzma2:dict=1", "lzma2:dict=4GiB",
		"lzma2:what=1", "delta", "delta:dist=1", "delta:dist=0 lzma2",
		"delta:dist=257 lzma2", "lzma2 delta:dist=1", "x86",
		"x86:start=-1 lzma2", "arm64:start=3 lzma2",
		"lzma2 lzma2",
		"delta delta delta delta lzma2", "lzma2:preset=11",
		"lzma2:nice=1", "lzma2:mf=none",
	};
	struct chain c;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(chain_parse(texts[i], &c, &e), ERR_USAGE);
		if (e.code != ERR_USAGE)
			printf("\n    '%s' gave %d: %s", texts[i], e.code,
			    e.text);
	}
}

static void
position(void)
{
	struct err e = ERR_INIT;
	struct chain c;

	chain_parse("lzma2:lc=1,zz=3", &c, &e);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "character 12"));
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "lzma2:lc=1,zz=3"));
}

static void
targets(void)
{
	static const struct {
		const char *text;
		enum chain_target least;	/* the narrowest that reads it */
		const char *named;
	} cases[] = {
		{ "6e", TARGET_ANY, "" },
		{ "lzma2:dict=64MiB", TARGET_ANY, "" },
		{ "lzma2:dict=96MiB", TARGET_EMBEDDED, "64 MiB" },
		{ "x86 lzma2", TARGET_EMBEDDED, "BCJ" },
		{ "delta:dist=2 lzma2", TARGET_XZ_5_0, "delta" },
		{ "x86 delta:dist=2 lzma2", TARGET_XZ_5_0, "delta" },
		{ "arm64 lzma2", TARGET_XZ_5_4, "arm64" },
		{ "delta arm64 lzma2", TARGET_XZ_5_4, "arm64" },
	};
	struct chain c;
	size_t i;
	int t;

	for (i = 0; i < HARNESS_COUNT(cases); i++)
	for (t = TARGET_ANY; t <= TARGET_XZ_5_4; t++) {
		struct err e = ERR_INIT;
		int allowed = t >= (int)cases[i].least;

		CU_ASSERT_EQUAL(chain_parse(cases[i].text, &c, &e), ERR_OK);
		CU_ASSERT_EQUAL(chain_allowed(&c, (enum chain_target)t, &e),
		    allowed ? ERR_OK : ERR_UNSUPPORTED);
		if (t == (int)cases[i].least - 1)
			CU_ASSERT_TRUE(HARNESS_SAYS(&e, cases[i].named));
	}
}

static void
names(void)
{
	static const char *const target_names[] = {
		"any", "embedded", "xz-5.0", "xz-5.4",
	};
	static const char *const check_names[] = {
		"none", "crc32", "crc64", "sha256",
	};
	struct err crc32 = ERR_INIT, crc64 = ERR_INIT, wide = ERR_INIT;
	enum chain_target target;
	lzma_check check;
	size_t i;

	for (i = 0; i < 4; i++) {
		CU_ASSERT_TRUE(chain_target_parse(target_names[i], &target));
		CU_ASSERT_EQUAL((size_t)target, i);
		CU_ASSERT_TRUE(chain_check_parse(check_names[i], &check));
		CU_ASSERT_STRING_EQUAL(chain_check_name(check),
		    check_names[i]);
	}
	CU_ASSERT_FALSE(chain_target_parse("ANY", &target));
	CU_ASSERT_FALSE(chain_target_parse("", &target));
	CU_ASSERT_FALSE(chain_target_parse("xz-5.2", &target));
	CU_ASSERT_FALSE(chain_check_parse("md5", &check));
	CU_ASSERT_FALSE(chain_check_parse("crc32 ", &check));
	CU_ASSERT_STRING_EQUAL(chain_check_name((lzma_check)7), "unknown");
	CU_ASSERT_EQUAL(chain_check_allowed(LZMA_CHECK_CRC32,
	    TARGET_EMBEDDED, &crc32), ERR_OK);
	CU_ASSERT_EQUAL(chain_check_allowed(LZMA_CHECK_CRC64,
	    TARGET_EMBEDDED, &crc64), ERR_UNSUPPORTED);
	CU_ASSERT_EQUAL(chain_check_allowed(LZMA_CHECK_SHA256,
	    TARGET_XZ_5_0, &wide), ERR_OK);
}

/* The smallest size that a Block Header can hold, never a larger one. */
static void
fit(void)
{
	static const struct {
		uint64_t raw;
		uint32_t dict;
	} cases[] = {
		{ 0, 4096 }, { 1, 4096 }, { 4096, 4096 }, { 4097, 6144 },
		{ 6144, 6144 }, { 6145, 8192 }, { 8193, 12288 },
		{ 1 << 20, 1 << 20 }, { (1 << 20) + 1, 3 << 19 },
		{ (8 << 20) - 1, 8 << 20 }, { 8 << 20, 8 << 20 },
		{ (8 << 20) + 1, 8 << 20 }, { UINT64_MAX, 8 << 20 },
	};
	struct chain c;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		chain_preset(&c, 6);
		CU_ASSERT_EQUAL(c.lzma.dict_size, 8 << 20);
		chain_fit(&c, cases[i].raw);
		CU_ASSERT_EQUAL(c.lzma.dict_size, cases[i].dict);
	}
	chain_preset(&c, 6);
	c.lzma.dict_size = 5000;
	chain_fit(&c, 100000);
	CU_ASSERT_EQUAL(c.lzma.dict_size, 5000);
	c.lzma.dict_size = UINT32_C(3) << 29;
	chain_fit(&c, UINT64_MAX);
	CU_ASSERT_EQUAL(c.lzma.dict_size, UINT32_C(3) << 29);
}

static void
build(void)
{
	struct err e = ERR_INIT;
	struct chain c, parsed;

	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	chain_prepend(&c, LZMA_FILTER_X86, 0);
	chain_prepend(&c, LZMA_FILTER_DELTA, 3);
	CU_ASSERT_EQUAL(c.n_pre, 2);
	CU_ASSERT_EQUAL(chain_parse("delta:dist=3 x86 lzma2:preset=9e",
	    &parsed, &e), ERR_OK);
	CU_ASSERT_TRUE(chain_equal(&c, &parsed));
	CU_ASSERT_TRUE(chain_encoder_memory(&c) > c.lzma.dict_size);
	CU_ASSERT_TRUE(chain_decoder_memory(&c) > c.lzma.dict_size);
	CU_ASSERT_TRUE(chain_decoder_memory(&c) < chain_encoder_memory(&c));
	c.lzma.lc = 4;
	c.lzma.lp = 4;
	CU_ASSERT_EQUAL(chain_encoder_memory(&c), UINT64_MAX);
}

/* What a decoder needs; liblzma reads it back. */
static void
print_decoder(void)
{
	struct err e = ERR_INIT;
	char text[CHAIN_TEXT_MAX];
	struct chain c, back;

	chain_parse("delta:dist=7 lzma2:dict=1MiB,lc=1,lp=2,pb=0", &c, &e);
	chain_print_decoder(&c, true, text);
	CU_ASSERT_STRING_EQUAL(text,
	    "delta:dist=7 lzma2:dict=1MiB,lc=1,lp=2,pb=0");
	CU_ASSERT_EQUAL(chain_parse(text, &back, &e), ERR_OK);
	chain_print_decoder(&c, false, text);
	CU_ASSERT_STRING_EQUAL(text, "delta:dist=7 lzma2:dict=1MiB");
}

static void
from_filters(void)
{
	struct err e = ERR_INIT, not_lzma2 = ERR_INIT;
	struct chain_filters f;
	struct chain c, back;

	chain_parse("delta:dist=7 x86:start=16 lzma2:preset=1", &c, &e);
	chain_filters(&c, &f);
	CU_ASSERT_EQUAL(chain_from_filters(f.v, &back, &e), ERR_OK);
	CU_ASSERT_TRUE(chain_equal(&c, &back));
	f.v[2].id = LZMA_VLI_UNKNOWN;
	CU_ASSERT_EQUAL(chain_from_filters(f.v, &back, &not_lzma2),
	    ERR_UNSUPPORTED);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "parse and print", round_trip },
		{ "parsed values", parsed_values },
		{ "bad text", bad_text },
		{ "the position of a fault", position },
		{ "targets", targets },
		{ "names", names },
		{ "the dictionary that fits", fit },
		{ "building a chain", build },
		{ "print for a decoder", print_decoder },
		{ "from liblzma's filters", from_filters },
	};

	return harness_run("chain", tests, HARNESS_COUNT(tests));
}
