#include <string.h>

#include "base/buf.h"
#include "harness.h"

static void
append(void)
{
	struct err e = ERR_INIT;
	struct buf b;
	size_t i, wrong = 0;
	uint8_t piece[1000];

	buf_init(&b, 1 << 20);
	CU_ASSERT_PTR_NULL(b.data);
	for (i = 0; i < 300; i++) {
		memset(piece, (int)(i & 255), sizeof(piece));
		CU_ASSERT_EQUAL(buf_append(&b, piece, sizeof(piece), &e),
		    ERR_OK);
	}
	CU_ASSERT_EQUAL(b.size, 300 * sizeof(piece));
	CU_ASSERT_TRUE(b.cap >= b.size);
	for (i = 0; i < b.size; i++)
		wrong += b.data[i] != (uint8_t)((i / 1000) & 255);
	CU_ASSERT_EQUAL(wrong, 0);
	buf_free(&b);
	CU_ASSERT_EQUAL(b.size, 0);
	CU_ASSERT_EQUAL(b.cap, 0);
	CU_ASSERT_EQUAL(b.ceiling, 1 << 20);
	buf_free(&b);
}

static void
nothing(void)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 0);
	CU_ASSERT_EQUAL(buf_append(&b, NULL, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_reserve(&b, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_reserve(&b, 1, &e), ERR_FAIL);
	CU_ASSERT_EQUAL(b.size, 0);
	buf_free(&b);
}

/* Fill a buf to each ceiling exactly; one byte more is an error. */
static void
ceiling(void)
{
	static const size_t sizes[] = { 1, 10, 4095, 4096, 4097, 5000, 70000 };
	static const uint8_t zeros[70000];
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(sizes); i++) {
		struct err e = ERR_INIT, over = ERR_INIT;

		buf_init(&b, sizes[i]);
		CU_ASSERT_EQUAL(buf_append(&b, zeros, sizes[i] - 1, &e),
		    ERR_OK);
		CU_ASSERT_EQUAL(buf_append(&b, zeros, 1, &e), ERR_OK);
		CU_ASSERT_EQUAL(b.size, sizes[i]);
		CU_ASSERT_EQUAL(buf_append(&b, "x", 1, &over), ERR_FAIL);
		CU_ASSERT_EQUAL(b.size, sizes[i]);
		CU_ASSERT_TRUE(HARNESS_SAYS(&over, "exceed"));
		buf_free(&b);
	}
}

static void
overflow(void)
{
	struct err e = ERR_INIT, huge = ERR_INIT;
	struct buf b;

	buf_init(&b, 100000);
	CU_ASSERT_EQUAL(buf_append(&b, "abc", 3, &e), ERR_OK);
	CU_ASSERT_EQUAL(buf_reserve(&b, SIZE_MAX, &huge), ERR_FAIL);
	CU_ASSERT_EQUAL(b.size, 3);
	CU_ASSERT_EQUAL(memcmp(b.data, "abc", 3), 0);
	buf_free(&b);
}

static void
sink(void)
{
	struct buf b;

	buf_init(&b, 20);
	CU_ASSERT_EQUAL(buf_sink("a\x7f\x7f" "b", 4, &b), 0);
	CU_ASSERT_EQUAL(b.size, 14);
	CU_ASSERT_EQUAL(memcmp(b.data, "a\\u007F\\u007Fb", 14), 0);
	CU_ASSERT_EQUAL(buf_sink("c", 1, &b), 0);
	/* What fails in the middle fails. */
	CU_ASSERT_EQUAL(buf_sink("\x7f" "d", 2, &b), -1);
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "append", append },
		{ "nothing", nothing },
		{ "the ceiling", ceiling },
		{ "sizes that overflow", overflow },
		{ "a sink for JSON", sink },
	};

	return harness_run("buf", tests, HARNESS_COUNT(tests));
}
