/*
 * fuzz_plan: any bytes at all as a plan are segments that cover the tar, with
 * chains that can be used, or an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pack/planfile.h"

#define TAR_SIZE 3000		/* bytes, as a seed has to have it */
#define HEAD "{\"format\": \"xzbundle-plan\", \"version\": 1, " \
	"\"tar_bytes\": 3000, \"segments\": ["

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const char *const texts[] = {
		HEAD "{\"tar_off\": 0, \"bytes\": 3000, "
		    "\"chain\": \"lzma2\"}]}",
		HEAD "{\"tar_off\": 0, \"bytes\": 1000, \"chain\": "
		    "\"x86 lzma2:dict=64KiB,lc=0,lp=2,pb=0,nice=18\"}, "
		    "{\"tar_off\": 1000, \"bytes\": 2000, \"chain\": "
		    "\"delta:dist=2 lzma2:preset=9e,mf=bt2,depth=4\"}]}",
		HEAD "{\"tar_off\": 0, \"bytes\": 1, \"chain\": \"6e\"}, "
		    "{\"tar_off\": 1, \"bytes\": 2999, "
		    "\"chain\": \"arm lzma2:mode=fast,mf=hc4\"}]}",
	};

	memset(s, 0, sizeof(*s));
	if (i >= sizeof(texts) / sizeof(texts[0]))
		return false;
	seed_text(s, texts[i]);
	return true;
}

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
