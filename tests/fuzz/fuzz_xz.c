/*
 * fuzz_xz: any bytes at all as a .xz are refused, or all that the Index has
 * promised comes out.
 *
 * The first byte of an input tells what is done with the rest.  Bit 0: the
 * CRC32 of the headers are made right, so that mutants get farther.  Bit 1:
 * several Streams, and Blocks without a check, are allowed.  Bit 2: it is
 * read lazily, and pieces are skipped.  Bit 3: two threads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "xz/blockstream.h"
#include "xz/xzread.h"
#include "xzseed.h"

#define MEMORY ((uint64_t)8 << 20)
#define ENOUGH ((uint64_t)256 << 20)	/* decoded bytes of one input */

static void
wrong(const char *what, const struct err *e)
{
	fprintf(stderr, "fuzz_xz: %s: %s\n", what, e->text);
	abort();
}

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const struct {
		const char *chain;
		uint8_t flags;
		size_t size, step;
	} rows[] = {
		{ "lzma2:preset=0", 1, 700, 200 },
		{ "lzma2:preset=0", 9, 2000, 1000 },
		{ "lzma2:preset=0", 5, 900, 300 },
		{ "x86 lzma2:preset=0", 3, 100, 1000 },
		{ "delta:dist=4 lzma2:preset=0", 0, 600, 600 },
		{ "lzma2:preset=0", 1, 0, 1 },
	};
	uint8_t raw[2000];
	size_t k;

	memset(s, 0, sizeof(*s));
	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	for (k = 0; k < sizeof(raw); k++)
		raw[k] = (uint8_t)(k * k / 50);
	seed_bytes(s, &rows[i].flags, 1);
	xzseed_append(s, raw, rows[i].size, rows[i].step, rows[i].chain);
	if ((rows[i].flags & 2) != 0)
		xzseed_append(s, raw, rows[i].size, rows[i].step,
		    rows[i].chain);
	return true;
}

/* Blocks in order and without gaps. */
static void
look(const struct xzread *x, const struct err *e)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < x->n_blocks; i++) {
		if (x->blocks[i].raw_off != at)
			wrong("Blocks with a gap", e);
		at += x->blocks[i].raw_size;
		if (x->blocks[i].file_off + x->blocks[i].total_size >
		    x->file_size)
			wrong("a Block outside of the file", e);
	}
	if (at != x->raw_size)
		wrong("another size than that of the Blocks", e);
}

static void
decode(const struct xzread *x, unsigned int flags)
{
	struct blockstream_options o = { (flags & 4) != 0,
	    (flags & 8) != 0 ? 2 : 1, MEMORY, NULL };
	struct range all = { 0, x->raw_size };
	struct blockstream *s = NULL;
	struct err e = ERR_INIT;
	uint64_t total = 0, skipped;
	const uint8_t *p;
	size_t n = 1;

	blockstream_open(x, &all, x->raw_size > 0, &o, &s, &e);
	while (e.code == ERR_OK && n > 0 && total < ENOUGH) {
		if (blockstream_next(s, &p, &n, &e) != ERR_OK)
			break;
		total += n;
		if (o.lazy && n > 0 && blockstream_skip(s, 1 + p[0], &skipped,
		    &e) == ERR_OK)
			total += skipped;
		if (total > x->raw_size)
			wrong("more than was promised", &e);
	}
	if (e.code == ERR_OK && total < ENOUGH && total != x->raw_size)
		wrong("less than was promised", &e);
	if (e.code != ERR_OK && e.text[0] == '\0')
		wrong("an error without words", &e);
	blockstream_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct xzread_rules rules = { false, false };
	struct err e = ERR_INIT;
	unsigned int flags;
	struct xzread x;
	uint8_t *copy;

	if (n == 0 || (copy = malloc(n)) == NULL)
		return 0;
	flags = p[0];
	n--;
	memcpy(copy, p + 1, n);
	if ((flags & 1) != 0)
		xzseed_repair(copy, n);
	rules.multi_stream = rules.unchecked = (flags & 2) != 0;
	if (xzread_strict(xzseed_plain(copy, n), MEMORY, &rules, &x, &e) ==
	    ERR_OK) {
		look(&x, &e);
		decode(&x, flags);
	} else if (e.text[0] == '\0') {
		wrong("an error without words", &e);
	}
	xzread_free(&x);
	free(copy);
	return 0;
}
