#include "pack/repeat.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "pack/order.h"

static size_t large = 200000;
static bool twice;			/* a file repeats its first half */
static uint64_t crossing;		/* bytes, of the first unit that is left */

/* Files t/0, t/1 ... of large bytes; of each digit in seeds, the same noise
 * ('0': zeros).  *left is how many units stay. */
static void
join(const char *seeds, bool each_member, const struct unit_rule *rule,
    size_t *made, size_t *left)
{
	static const char *const paths[] = { "." };
	struct scan_request r = { "t", paths, 1, NULL };
	struct tarstream_options o = { .mtime = 0 };
	struct unit_request ur = { .rules = rule, .n_rules = rule != NULL,
	    .target = TARGET_XZ_5_0, .each_member = each_member };
	struct err e = ERR_INIT;
	struct tarstream *t = NULL;
	struct unit *units = NULL;
	char path[] = "t/0";
	struct scan s;
	uint64_t end = 0;
	uint8_t *p;
	size_t i;

	(void)mkdir("t", 0755);
	for (i = 0; seeds[i] != '\0'; i++) {
		path[2] = (char)('0' + i);
		p = seeds[i] == '0' ? calloc(1, large) :
		    harness_bytes('r', (uint32_t)seeds[i], large);
		if (twice)
			memcpy(p + large / 2, p, large / 2);
		harness_write(path, p, large);
		free(p);
	}
	*made = *left = 0;
	CU_ASSERT_EQUAL(scan_paths(&r, &s, &e), ERR_OK);
	CU_ASSERT_EQUAL(order_members(&s, ORDER_NAME, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_build(&s, &o, &t, &e), ERR_OK);
	CU_ASSERT_EQUAL(unit_make(t, &ur, &units, made, &e), ERR_OK);
	*left = *made;
	CU_ASSERT_EQUAL(repeat_join(t, NULL, units, left, &e), ERR_OK);
	for (i = 0; i < *left; i++) {
		CU_ASSERT_EQUAL(units[i].off, end);
		end += units[i].size;
	}
	CU_ASSERT_EQUAL(end, tarstream_size(t));
	crossing = units[0].crossing;
	free(units);
	tarstream_free(t);
	scan_free(&s);
}

static void
joins(void)
{
	struct unit_rule rule = { "1", { .n_pre = 0 } };
	size_t made, left;

	join("123", false, NULL, &made, &left);
	CU_ASSERT_EQUAL(left, made);		/* nothing repeats */
	join("000", false, NULL, &made, &left);
	CU_ASSERT_EQUAL(left, made);		/* a run is no repeat */
	join("121", false, NULL, &made, &left);
	CU_ASSERT_TRUE(left < made);		/* with what is between */
	CU_ASSERT_TRUE(left <= 2);
	join("121", true, NULL, &made, &left);
	CU_ASSERT_EQUAL(left, made);		/* pinned */
	chain_preset(&rule.chain, 6);
	join("121", false, &rule, &made, &left);
	CU_ASSERT_EQUAL(left, made);		/* forced */
}

/* One file that repeats its first half. */
static void
crosses_alone(void)
{
	size_t made, left;

	large = 68 << 20;
	twice = true;
	join("1", false, NULL, &made, &left);
	CU_ASSERT_EQUAL(left, 1);
	CU_ASSERT(crossing > large / 32);
	twice = false;
	large = 200000;
}

/* Repeats over more than a Block has otherwise. */
static void
crosses(void)
{
	size_t made, left;

	large = 34 << 20;
	join("11", false, NULL, &made, &left);
	CU_ASSERT_EQUAL(left, 1);
	CU_ASSERT(crossing > large / 2 && crossing < 2 * large);
	join("12", false, NULL, &made, &left);
	CU_ASSERT(left > 1);
	CU_ASSERT_EQUAL(crossing, 0);
	/* Too far for any dictionary. */
	large = 68 << 20;
	join("11", false, NULL, &made, &left);
	CU_ASSERT(left > 1);
	large = 200000;
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "copies, near and far", joins },
		{ "copies over a cut", crosses },
		{ "a file over a cut", crosses_alone },
	};

	return harness_run("repeat", tests, HARNESS_COUNT(tests));
}
