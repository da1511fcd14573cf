/*
 * fuzz_plan: any bytes at all as a plan are segments that cover the tar, with
 * chains that can be used, or an error.
 *
 * The entry of libFuzzer, see configure --enable-fuzzers.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pack/planfile.h"

#define TAR_SIZE 3000		/* bytes, as a seed has to have it */

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
wrong(const char *what, const struct err *e)
{
	fprintf(stderr, "fuzz_plan: %s: %s\n", what, e->text);
	abort();
}

static void
look(const struct plan *plan, const struct err *e)
{
	const struct plan_segment *s;
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < plan->n_segments; i++) {
		s = &plan->segments[i];
		if (s->tar_off != at || s->size == 0 ||
		    s->size > TAR_SIZE - at)
			wrong("segments with a gap or an overlap", e);
		if (s->choice.n != 1)
			wrong("a segment without a chain", e);
		at += s->size;
	}
	if (at != TAR_SIZE)
		wrong("the end is missing", e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = ERR_INIT;
	struct plan plan;

	if (planfile_parse((const char *)p, n, TAR_SIZE, TARGET_XZ_5_0, &plan,
	    &e) == ERR_OK)
		look(&plan, &e);
	else if ((e.code != ERR_USAGE && e.code != ERR_UNSUPPORTED) ||
	    e.text[0] == '\0')
		wrong("another error", &e);
	plan_free(&plan);
	return 0;
}
