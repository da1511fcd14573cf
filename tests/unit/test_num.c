#include "base/num.h"

#include "harness.h"

static void
bytes(void)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
		{ "0", 0 }, { "00012", 12 }, { "16000000", 16000000 },
		{ "5B", 5 }, { "0B", 0 }, { "0TiB", 0 },
		{ "16MB", 16000000 },
		{ "16MiB", 16777216 },
		{ "1kB", 1000 },
		{ "1KB", 1000 }, { "1kiB", 1024 }, { "1KiB", 1024 },
		{ "2GB", UINT64_C(2000000000) },
		{ "2GiB", UINT64_C(2147483648) },
		{ "3TB", UINT64_C(3000000000000) },
		{ "3TiB", UINT64_C(3298534883328) },
		{ "1PB", UINT64_C(1000000000000000) },
		{ "1PiB", UINT64_C(1) << 50 },
		{ "16383PiB", UINT64_C(16383) << 50 },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = {
		"", " ", "B", "M", "MB", "-1", "+1", " 1", "1 ", "1 MB",
		"0x10", "1.5M", "1e6", "1m", "1g", "1mb", "1Mb", "1MIB",
		"1Mib", "1Mi", "1iB", "1i", "1MBB", "1BM", "1MiBx", "1,000",
		"18446744073709551616", "99999999999999999999999",
		"1k", "1K", "16M", "2G", "3T", "1P", "16384PiB",
		"18446744073709552kB", "1E", "1KK",
	};
	uint64_t n;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(good); i++) {
		n = 77;
		CU_ASSERT_TRUE(num_bytes(good[i].text, &n));
		CU_ASSERT_EQUAL(n, good[i].value);
	}
	for (i = 0; i < HARNESS_COUNT(bad); i++) {
		n = 77;
		CU_ASSERT_FALSE(num_bytes(bad[i], &n));
		CU_ASSERT_EQUAL(n, 77);
	}
}

static void
plain(void)
{
	uint64_t n = 77;

	CU_ASSERT_TRUE(num_plain("1", 1, 256, &n));
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT_TRUE(num_plain("256", 1, 256, &n));
	CU_ASSERT_EQUAL(n, 256);
	CU_ASSERT_TRUE(num_plain("18446744073709551615", 0, UINT64_MAX, &n));
	CU_ASSERT_EQUAL(n, UINT64_MAX);
	n = 77;
	CU_ASSERT_FALSE(num_plain("0", 1, 256, &n));
	CU_ASSERT_FALSE(num_plain("257", 1, 256, &n));
	CU_ASSERT_FALSE(num_plain("", 0, 256, &n));
	CU_ASSERT_FALSE(num_plain("12k", 0, 256, &n));
	CU_ASSERT_FALSE(num_plain("-1", 0, UINT64_MAX, &n));
	CU_ASSERT_FALSE(num_plain("18446744073709551616", 0, UINT64_MAX, &n));
	CU_ASSERT_EQUAL(n, 77);
}

static void
arithmetic(void)
{
	uint64_t sum = 77;

	CU_ASSERT_TRUE(num_add(UINT64_MAX - 1, 1, &sum));
	CU_ASSERT_EQUAL(sum, UINT64_MAX);
	CU_ASSERT_FALSE(num_add(UINT64_MAX, 1, &(uint64_t){ 0 }));
	CU_ASSERT_EQUAL(num_min(3, 4), 3);
	CU_ASSERT_EQUAL(num_max(3, 4), 4);
	CU_ASSERT_EQUAL(num_round_up(0, 512), 0);
	CU_ASSERT_EQUAL(num_round_up(1, 512), 512);
	CU_ASSERT_EQUAL(num_round_up(512, 512), 512);
	CU_ASSERT_EQUAL(num_round_up(513, 512), 1024);
	CU_ASSERT_EQUAL(num_round_up(UINT64_C(1) << 63, 4096),
	    UINT64_C(1) << 63);
}

static void
products(void)
{
	static const struct {
		uint64_t a, b;
		bool fits;
	} cases[] = {
		{ 0, UINT64_MAX, true }, { UINT64_MAX, 0, true },
		{ 1, UINT64_MAX, true }, { UINT64_MAX, 1, true },
		{ UINT32_MAX, UINT32_MAX, true },
		{ UINT64_C(1) << 32, UINT32_MAX, true },
		{ UINT64_C(1) << 32, UINT64_C(1) << 32, false },
		{ UINT64_MAX, 2, false }, { 2, UINT64_MAX, false },
		{ 3, UINT64_MAX / 3, true }, { 3, UINT64_MAX / 3 + 1, false },
	};
	uint64_t n;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		n = 77;
		CU_ASSERT_EQUAL(num_mul(cases[i].a, cases[i].b, &n),
		    cases[i].fits);
		CU_ASSERT_EQUAL(n, cases[i].fits ? cases[i].a * cases[i].b :
		    77);
	}
}

/* The header promises that *sum is untouched when it does not fit. */
static void
add_untouched(void)
{
	uint64_t sum = 77;

	CU_ASSERT_FALSE(num_add(UINT64_MAX, 2, &sum));
	CU_ASSERT_EQUAL(sum, 77);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "bytes", bytes },
		{ "plain", plain },
		{ "arithmetic", arithmetic },
		{ "products", products },
		{ "a sum that does not fit", add_untouched },
	};

	return harness_run("num", tests, HARNESS_COUNT(tests));
}
