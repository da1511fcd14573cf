#include "pack/planfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define HEAD "{\"format\": \"xzbundle-plan\", \"version\": 1, "
#define SIZE "\"tar_bytes\": 3000, "
#define ONE "{\"tar_off\": 0, \"bytes\": 1000, \"chain\": \"lzma2\"}"
#define TWO "{\"tar_off\": 1000, \"bytes\": 2000, \"chain\": \"delta lzma2\"}"

static enum err_code
read_text(const char *text, enum chain_target target, struct err *e)
{
	enum err_code code;
	struct plan p;

	harness_write("plan", text, strlen(text));
	code = planfile_read("plan", 3000, target, &p, e);
	CU_ASSERT_TRUE(code != ERR_OK || p.n_segments == 2);
	plan_free(&p);
	return code;
}

/* What was written is read. */
static void
both_ways(void)
{
	struct plan_segment s[2];
	struct plan p = { s, 2 }, got;
	struct err e = ERR_INIT;
	size_t i;

	memset(s, 0, sizeof(s));
	s[0].size = 1000;
	s[1].tar_off = 1000;
	s[1].size = UINT64_C(1) << 30;
	for (i = 0; i < 2; i++) {
		s[i].choice.n = 1;
		CU_ASSERT_EQUAL(chain_parse(i == 0 ? "lzma2:lc=0,nice=20" :
		    "x86 delta:dist=4 lzma2:preset=9e,mf=bt2,depth=2",
		    &s[i].choice.chains[0], &e), ERR_OK);
	}
	CU_ASSERT_EQUAL(planfile_write("plan", 1000 + s[1].size, &p, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(planfile_read("plan", 1000 + s[1].size,
	    TARGET_XZ_5_0, &got, &e), ERR_OK);
	CU_ASSERT_EQUAL(got.n_segments, 2);
	for (i = 0; i < 2 && i < got.n_segments; i++) {
		CU_ASSERT_EQUAL(got.segments[i].tar_off, s[i].tar_off);
		CU_ASSERT_EQUAL(got.segments[i].size, s[i].size);
		CU_ASSERT_EQUAL(got.segments[i].choice.n, 1);
		CU_ASSERT_TRUE(chain_equal(&s[i].choice.chains[0],
		    &got.segments[i].choice.chains[0]));
	}
	plan_free(&got);
}

static void
refused(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "JSON" },
		{ "[1, 2", "JSON" },
		{ "[]", "version 1" },
		{ "{}", "version 1" },
		{ "{\"format\": \"xzbundle-plan\", \"version\": 2}",
		    "version 1" },
		{ HEAD "\"tar_bytes\": 3001, \"segments\": []}", "other" },
		{ HEAD "\"tar_bytes\": -3000, \"segments\": []}", "other" },
		{ HEAD "\"tar_bytes\": 3e3, \"segments\": []}", "other" },
		{ HEAD SIZE "\"segments\": []}", "end at 0" },
		{ HEAD SIZE "\"segments\": 7}", "end at 0" },
		{ HEAD SIZE "\"segments\": [7]}", "segment 1" },
		{ HEAD SIZE "\"segments\": [" ONE "]}", "end at 1000" },
		{ HEAD SIZE "\"segments\": [" TWO "]}", "segment 1" },
		{ HEAD SIZE "\"segments\": [" ONE ", " ONE "]}", "segment 2" },
		{ HEAD SIZE "\"segments\": [" ONE ", " TWO ", " TWO "]}",
		    "segment 3" },
		{ HEAD SIZE "\"segments\": [{\"tar_off\": 0, \"bytes\": 0, "
		    "\"chain\": \"lzma2\"}]}", "bytes 0" },
		{ HEAD SIZE "\"segments\": [{\"tar_off\": 0, \"bytes\": "
		    "9223372036854775807, \"chain\": \"lzma2\"}]}", "bytes" },
		{ HEAD SIZE "\"segments\": [{\"tar_off\": 0, \"bytes\": 3000, "
		    "\"chain\": \"lzma3\"}]}", "segment 1" },
		{ HEAD SIZE "\"segments\": [{\"tar_off\": 0, \"bytes\": 3000, "
		    "\"chain\": 3}]}", "segment 1" },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(read_text(cases[i].text, TARGET_XZ_5_0, &e),
		    ERR_USAGE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, cases[i].says));
		CU_ASSERT_TRUE(strncmp(e.text, "plan: ", 6) == 0);
		if (!HARNESS_SAYS(&e, cases[i].says))
			printf("\n    case %zu: %s", i, e.text);
	}
}

static void
targets(void)
{
	static const char text[] = HEAD SIZE "\"segments\": [" ONE ", " TWO
	    "]}";
	struct err e = ERR_INIT;
	struct plan p;

	CU_ASSERT_EQUAL(read_text(text, TARGET_XZ_5_0, &e), ERR_OK);
	CU_ASSERT_EQUAL(read_text(text, TARGET_ANY, &e), ERR_UNSUPPORTED);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "segment 2"));
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(planfile_read("none", 1, TARGET_ANY, &p, &e),
	    ERR_FAIL);
	plan_free(&p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "both ways", both_ways },
		{ "what makes no sense", refused },
		{ "the target, no file", targets },
	};

	return harness_run("planfile", tests, HARNESS_COUNT(tests));
}
