/*
 * fuzz_limits: any bytes at all as a file of limits set limits that make
 * sense, or none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "unpack/limits.h"

#define HEAD "{\"format\": \"xzbundle-limits\", \"version\": 1"

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const char *const texts[] = {
		HEAD "}",
		HEAD ", \"max_bundle\": \"16MB\", \"max_total\": 16000000000, "
		    "\"max_members\": 1000, \"max_member\": \"1GiB\"}",
		HEAD ", \"max_depth\": 9, \"max_path\": 200, "
		    "\"max_component\": 64, \"max_pax\": 0, "
		    "\"max_ratio\": 50, \"memlimit\": \"64MiB\", "
		    "\"max_time\": 60}",
		HEAD ", \"allow\": [\"*.py\", \"d/**\", \"[a-c]?\"], "
		    "\"require\": [\"train.py\", \"*.safetensors\"]}",
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
	fprintf(stderr, "fuzz_limits: %s: %s\n", what, e->text);
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = ERR_INIT;
	struct limits l, before;
	size_t i;

	limits_init(&l);
	before = l;
	if (limits_parse_json(&l, (const char *)p, n, &e) != ERR_OK) {
		if (e.code != ERR_USAGE || e.text[0] == '\0')
			wrong("another error", &e);
		if (memcmp(&l, &before, sizeof(l)) != 0)
			wrong("something was set", &e);
		return 0;
	}
	if (l.max[LIMIT_MEMORY] == 0 || l.max[LIMIT_DEPTH] == 0)
		wrong("a limit of 0", &e);
	for (i = 0; i < l.n_allow; i++)
		(void)strlen(l.allow[i]);
	for (i = 0; i < l.n_require; i++)
		(void)strlen(l.require[i]);
	(void)limits_allowed(&l, "d/name");
	limits_free(&l);
	return 0;
}
