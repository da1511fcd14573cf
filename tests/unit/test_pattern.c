#include "base/pattern.h"

#include <stdio.h>

#include "harness.h"

static void
matches(void)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} rows[] = {
		{ "*.py", "a.py", true }, { "*.py", "d/e/a.py", true },
		{ "*.py", "d.py/a", false }, { "*.py", "a.pyc", false },
		{ "d/*.py", "d/a.py", true }, { "d/*.py", "d/e/a.py", true },
		{ "d/*.py", "x/d/a.py", false }, { "d/*.py", "a.py", false },
		{ "*/a", "d/a", true }, { "*/a", "a", false },
		{ "a", "a", true }, { "a", "d/a", true }, { "a", "ab", false },
		{ "[ab]?", "d/bc", true }, { "[!a]", "a", false },
		{ "*", ".hidden", true }, { "\\*", "*", true },
		{ "\\*", "a", false }, { "[", "[", true }, { "", "a", false },
	};
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		if (pattern_matches(rows[i].pattern, rows[i].name) ==
		    rows[i].matches)
			continue;
		printf("\n    '%s' and '%s'", rows[i].pattern, rows[i].name);
		CU_FAIL("matches");
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "matches", matches },
	};

	return harness_run("pattern", tests, HARNESS_COUNT(tests));
}
