/*
 * replay: run a fuzzer's entry without the fuzzer.
 *
 * usage: replay_NAME [--seeds DIR] [FILE...]
 *
 * On each file; without one on the seeds, on what is left of them when they
 * are cut short, and on a fixed number of mutants of each, the same ones
 * every time.  --seeds writes the seeds to DIR, for a fuzzer to begin with.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#ifndef MUTANTS			/* slow targets have fewer */
#define MUTANTS 400		/* of each seed */
#define CUTS 150		/* of each seed */
#endif
#define KEPT (1 << 28)		/* bytes */

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* On a copy without room behind it, so that AddressSanitizer sees what is
 * read there. */
static void
run(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);

	if (copy == NULL)
		abort();
	memcpy(copy, p, n);
	(void)LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static int
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct seed s = { 0 };
	uint8_t buf[4096];
	size_t n;

	if (f == NULL) {
		perror(path);
		return 1;
	}
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		seed_bytes(&s, buf, n);
	(void)fclose(f);
	run(s.p != NULL ? s.p : buf, s.n);
	seed_free(&s);
	return 0;
}

/* Change one to four places, mostly in front where the headers are: a bit, a
 * byte, or a number of 1 to 8 bytes to one at a limit. */
static void
mutate(uint8_t *p, size_t n, uint32_t *state)
{
	static const uint8_t values[] = { 0, 1, 0x7F, 0x80, 0xFF };
	size_t left = 1 + next_random(state) % 4, at, size;

	while (left-- > 0) {
		at = next_random(state) % (next_random(state) % 4 > 0 &&
		    n > 512 ? 512 : n);
		size = (size_t)1 << next_random(state) % 4;
		if (size > n - at)
			size = n - at;
		switch (next_random(state) % 3) {
		case 0:
			p[at] ^= (uint8_t)(1u << next_random(state) % 8);
			break;
		case 1:
			p[at] = (uint8_t)next_random(state);
			break;
		default:
			memset(p + at, values[next_random(state) %
			    sizeof(values)], size);
		}
	}
}

static void
run_seed(const struct seed *s, uint32_t *state)
{
	uint8_t *p = malloc(s->n);
	size_t i;

	if (p == NULL)
		abort();
	run(s->p, s->n);
	for (i = 0; i < CUTS; i++)
		run(s->p, i < CUTS / 2 ? s->n * i / (CUTS / 2) :
		    next_random(state) % s->n);
	for (i = 0; i < MUTANTS; i++) {
		memcpy(p, s->p, s->n);
		mutate(p, s->n, state);
		run(p, i % 8 > 0 ? s->n : 1 + next_random(state) % s->n);
	}
	free(p);
}

static int
write_seed(const char *dir, const struct seed *s, size_t i)
{
	char path[4096];
	bool written;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%zu", dir, i);
	f = fopen(path, "wb");
	if (f == NULL) {
		perror(path);
		return 1;
	}
	written = fwrite(s->p, 1, s->n, f) == s->n;
	return fclose(f) == 0 && written ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const char *dir = argc == 3 && strcmp(argv[1], "--seeds") == 0 ?
	    argv[2] : NULL;
	uint32_t state = 1;
	struct seed s;
	int bad = 0, arg;
	size_t i;

	/* Memory goes from one run to the next, not back to the kernel. */
	(void)mallopt(M_TRIM_THRESHOLD, KEPT);
	(void)mallopt(M_MMAP_THRESHOLD, KEPT);
	if (argc > 1 && dir == NULL) {
		for (arg = 1; arg < argc; arg++)
			bad |= run_file(argv[arg]);
		return bad;
	}
	for (i = 0; fuzz_seed(&s, i); i++) {
		if (dir != NULL)
			bad |= write_seed(dir, &s, i);
		else
			run_seed(&s, &state);
		seed_free(&s);
	}
	return bad;
}
