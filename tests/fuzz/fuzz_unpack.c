/*
 * fuzz_unpack: any bytes at all are unpacked or an error, as many as was said
 * and the same ones however they go in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "weights/stfile.h"
#include "weights/unpacker.h"
#include "xz/crc.h"

#define MEMORY ((uint64_t)1 << 20)	/* bytes, for tensors */
#define N 600				/* values of a tensor of the seeds */

static void
wrong(const char *what, const struct err *e)
{
	fprintf(stderr, "fuzz_unpack: %s: %s\n", what, e->text);
	abort();
}

/* --- seeds --- */

/* n values of a dtype that packing p can take, and their bytes in raw. */
static void
fill(const struct packing *p, const struct tensor *t, uint8_t *raw)
{
	const bool few = p != &packing_rans && p != &packing_planes;
	uint64_t i, v;

	for (i = 0; i < t->n; i++) {
		v = i * 2654435761U >> 7;
		v = few ? v % 3 : v % 7 + v / 8 % 5;
		tensor_put(raw, t->word, i, t->word == 2 ? 0x3f00 + 19 * v :
		    v);
	}
}

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const uint64_t shape[] = { 20, N / 20 };
	struct err e = ERR_INIT;
	const struct packing *p;
	struct buf data, text;
	uint8_t raw[2 * N];
	struct tensor t;
	struct stfile f;
	json_t *params;

	/* Two dtypes for each packing. */
	memset(s, 0, sizeof(*s));
	p = packing_all[i / 2];
	if (p == NULL)
		return false;
	buf_init(&data, 1 << 16);
	buf_init(&text, 1 << 16);
	params = json_object();
	tensor_set(&t, i % 2 == 0 ? "I8" : "BF16", shape, 2, &e);
	fill(p, &t, raw);
	stfile_set_array(&f, &t, &e);
	/* planes are for words of 2 bytes and more. */
	if (p->encode(&t, raw, p->ways[0].id, &data, params, &e) == ERR_OK)
		stfile_pack(&f.tensors[0], p, params, crc_32(raw,
		    (size_t)t.size, 0), data.size, &e);
	if (e.code == ERR_UNSUPPORTED) {
		e.code = ERR_OK;
		data.size = 0;
		buf_append(&data, raw, (size_t)t.size, &e);
	}
	stfile_lay_out(&f, &e);
	stfile_finish(&f, NULL, 0, &e);
	if (stfile_write(&f, &text, &e) != ERR_OK)
		wrong("no seed", &e);
	seed_bytes(s, text.data, text.size);
	seed_bytes(s, data.data, data.size);
	json_decref(params);
	stfile_free(&f);
	buf_free(&data);
	buf_free(&text);
	return true;
}

/* --- the entry --- */

struct taken {
	uint64_t said, size;
	uint32_t crc;
	bool begun;
};

static enum err_code
begin(void *ctx, enum unpacker_kind kind, uint64_t size, struct err *e)
{
	struct taken *t = ctx;

	(void)kind;
	if (t->begun)
		wrong("it begins twice", e);
	t->begun = true;
	t->said = size;
	return ERR_OK;
}

static enum err_code
put(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct taken *t = ctx;

	if (!t->begun || n > t->said - t->size)
		wrong("more bytes than it said", e);
	t->size += n;
	t->crc = crc_32(p, n, t->crc);
	return ERR_OK;
}

static enum err_code
unpack(const uint8_t *p, size_t n, size_t step, struct taken *t)
{
	const struct unpacker_request r = { n, MEMORY, begin, put, t };
	struct err e = ERR_INIT;
	struct unpacker *u;
	size_t i, k;

	memset(t, 0, sizeof(*t));
	if (unpacker_new(&r, &u, &e) != ERR_OK)
		wrong("no memory", &e);
	for (i = 0; i < n && e.code == ERR_OK; i += k) {
		k = n - i < step ? n - i : step;
		unpacker_data(u, p + i, k, &e);
	}
	if (e.code == ERR_OK)
		unpacker_end(u, &e);
	unpacker_free(u);
	if (e.code == ERR_OK ? t->size != t->said : e.text[0] == '\0' ||
	    (e.code != ERR_CORRUPT && e.code != ERR_UNSUPPORTED &&
	    e.code != ERR_MEMLIMIT))
		wrong("another end", &e);
	return e.code;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct taken whole, pieces;
	enum err_code code = unpack(p, n, n + 1, &whole);

	if (unpack(p, n, 1 + n % 97, &pieces) != code ||
	    (code == ERR_OK && (pieces.size != whole.size ||
	    pieces.crc != whole.crc)))
		wrong("other bytes in pieces", &(struct err)ERR_INIT);
	return 0;
}
