/*
 * fuzz_packing: any bytes at all as a packed tensor are values that pack and
 * unpack as the same, or ERR_CORRUPT; and any values come back, however they
 * are packed.
 *
 * An input begins with 8 bytes: what is done; the packing; the dtype; the
 * levels that values have; rows, 0 for one dimension, and columns without the
 * first one, 2 bytes each.  Bit 0 of what is done is 0: then come the
 * parameters, up to the end of a line, and behind it the packed bytes.  1: then
 * come values, which repeat until there are enough.
 *
 * An encoder may take a thousand times as long as a decoder, so that some
 * inputs have it try, and not all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "packseed.h"
#include "xz/crc.h"

#define HEAD 8			/* bytes */
#define DECODED_MAX ((size_t)1 << 16)	/* values of a tensor */
#define FEW_MAX 200		/* of one that is packed */
#define MANY_MAX 5000		/* the same, with classes */
#define SIDE_MAX 500		/* rows or columns that may have these */
#define SLOW 16			/* one in so many is packed by a slow encoder */
#define MANY 256		/* one in so many has many values */
#define PARAMS_MAX ((size_t)1 << 16)	/* bytes */
#define PACKINGS 5

/* The last ones cannot be packed. */
static const char *const dtypes[] = {
	"I8", "U8", "I16", "BF16", "F32", "I64", "F16", "F8_E4M3", "F64",
	"U16", "I32", "U32", "U64", "BOOL", "C64", "F4", "F6_E2M3", "X"
};

#define DTYPES (sizeof(dtypes) / sizeof(dtypes[0]))

/* --- seeds --- */

static void
put_head(struct seed *s, unsigned int what, size_t packing, size_t dtype,
    unsigned int levels, unsigned int rows, unsigned int cols)
{
	seed_le(s, what, 1);
	seed_le(s, packing, 1);
	seed_le(s, dtype, 1);
	seed_le(s, levels, 1);
	seed_le(s, rows, 2);
	seed_le(s, cols - 1, 2);
}

static size_t
index_of(const struct packing *p)
{
	size_t i;

	for (i = 0; packing_all[i] != p; i++)
		;
	return i;
}

/* rows is 0 for one dimension. */
static void
set_tensor(struct tensor *t, const char *dtype, uint64_t rows, uint64_t cols,
    struct err *e)
{
	const uint64_t shape[2] = { rows, cols };

	tensor_set(t, dtype, rows > 0 ? shape : shape + 1, rows > 0 ? 2 : 1,
	    e);
}

static void
seed_packed(struct seed *s, const char *way, size_t dtype, char kind,
    unsigned int rows, unsigned int cols)
{
	json_t *params = json_object();
	struct seed packed = { 0 };
	struct err e = ERR_INIT;
	const struct packing *p;
	struct tensor t;
	uint8_t *raw;
	char *text;

	set_tensor(&t, dtypes[dtype], rows, cols, &e);
	raw = malloc((size_t)t.size);
	if (raw == NULL)
		abort();
	packseed_values(&t, kind, raw);
	p = packseed_pack(&packed, &t, raw, way, params);
	text = json_dumps(params, JSON_COMPACT);
	if (text == NULL)
		abort();
	put_head(s, 0, index_of(p), dtype, 0, rows, cols);
	seed_text(s, text);
	seed_text(s, "\n");
	seed_bytes(s, packed.p, packed.n);
	free(text);
	free(raw);
	seed_free(&packed);
	json_decref(params);
}

static bool
packed_seed(struct seed *s, size_t i)
{
	static const struct {
		const char *way;
		size_t dtype;
		char kind;
		unsigned int rows, cols;
	} rows[] = {
		{ "bits", 0, 't', 0, 41 },
		{ "bits", 2, 'w', 3, 50 },
		{ "bits", 4, '0', 0, 9 },
		{ "bits", 5, 't', 10, 10 },
		{ "base3", 0, 't', 8, 33 },
		{ "base3", 3, 't', 0, 12 },
		{ "bitmask", 0, 't', 20, 20 },
		{ "bitmask", 4, 't', 0, 77 },
		{ "rans", 0, '0', 0, 100 },
		{ "rans", 0, 't', 0, 600 },
		{ "rans", 7, 'f', 16, 32 },
		{ "rans", 2, 'w', 1, 900 },
		{ "rans by class", 0, 'w', 80, 64 },
		{ "planes", 3, 'f', 20, 30 },
		{ "planes", 4, 'f', 0, 400 },
		{ "planes", 5, 'w', 0, 70 },
		{ "planes, stored", 6, 'r', 5, 5 },
		{ "planes, stored", 10, 'r', 0, 12 },
	};

	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	seed_packed(s, rows[i].way, rows[i].dtype, rows[i].kind, rows[i].rows,
	    rows[i].cols);
	return true;
}

/* What encoders here do not make, or not of so few values. */
static bool
handmade_seed(struct seed *s, size_t i)
{
	static const uint8_t plain[] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	/* Two tables by columns alone; of a field, the 16 bytes of its head and
	 * what follows that are a line each. */
	static const uint8_t columns[] = {
		1, 1, 0, 0, 2, 1, 0, 0, 2, 0, 1, 0, 2, 0, 0, 0,
		0xC0, 0xF0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0x01, 1, 0, 6, 0,
		0x15, 0, 0x40, 0
	};
	/* Two stages, 2 lanes by 3 steps and 1 by 2. */
	static const uint8_t stages[] = {
		1, 1, 0, 0, 1, 2, 0, 0, 2, 0, 1, 0, 4, 0, 0, 0,
		0xC0, 0xC0, 2, 0, 3, 0, 1, 0, 2, 0,
		0x15, 0, 0x08, 0, 0x23, 0, 0x08, 0
	};
	static const struct {
		const struct packing *packing;
		size_t dtype;
		unsigned int rows, cols;
		const char *params;
		const uint8_t *p;
		size_t n;
	} rows[] = {
		{ &packing_rans, 0, 0, 7, "", plain, 8 },
		{ &packing_bits, 9, 0, 4, "{\"bits\":16,\"low\":-32768}",
		    plain, 8 },
		{ &packing_rans, 1, 3, 2, "", columns, sizeof(columns) },
		{ &packing_rans, 1, 0, 8, "", stages, sizeof(stages) },
		{ &packing_planes, 0, 0, 8, "{\"fields\":[8]}", stages,
		    sizeof(stages) },
		{ &packing_planes, 15, 0, 8, "{\"fields\":[]}", NULL, 0 },
	};

	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	put_head(s, 0, index_of(rows[i].packing), rows[i].dtype, 0,
	    rows[i].rows, rows[i].cols);
	seed_text(s, rows[i].params);
	seed_text(s, "\n");
	seed_bytes(s, rows[i].p, rows[i].n);
	return true;
}

static bool
values_seed(struct seed *s, size_t i)
{
	static const struct {
		size_t packing, dtype;
		unsigned int levels, rows, cols;
	} rows[] = {
		{ 0, 2, 20, 0, 100 }, { 1, 0, 3, 7, 11 },
		{ 2, 4, 3, 0, 200 }, { 3, 0, 61, 70, 65 },
		{ 4, 3, 0, 10, 10 }, { 4, 15, 0, 0, 20 },
	};
	uint32_t state = 1;
	size_t k;

	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	put_head(s, 1, rows[i].packing, rows[i].dtype, rows[i].levels,
	    rows[i].rows, rows[i].cols);
	for (k = 0; k < 128; k++) {
		state = state * 1664525 + 1013904223;
		seed_le(s, state >> 24 & state >> 16, 1);
	}
	return true;
}

bool
fuzz_seed(struct seed *s, size_t i)
{
	static bool (*const kinds[])(struct seed *, size_t) = {
		packed_seed, handmade_seed, values_seed
	};
	size_t kind, k = 0;

	memset(s, 0, sizeof(*s));
	for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		for (k = 0; kinds[kind](s, k); k++) {
			if (i-- == 0)
				return true;
			seed_free(s);
		}
	}
	return false;
}

/* --- the run --- */

/* A tensor, its packing, and what is in memory of its own. */
struct run {
	const struct packing *p;
	struct tensor t;
	json_t *params;
	uint8_t *packed;	/* [n]; NULL: n is 0 */
	size_t n;
	uint8_t *raw;		/* [t.size] */
	uint32_t hash;		/* of the input */
};

static void
wrong(const struct run *r, const char *what, const struct err *e)
{
	fprintf(stderr, "fuzz_packing: %s of %s: %s: %s\n", r->p->name,
	    r->t.dtype, what, e->text);
	abort();
}

/* Memory of exactly n bytes, but for n = 0. */
static uint8_t *
room(size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		abort();
	return p;
}

static uint8_t *
copy(const uint8_t *from, size_t n)
{
	uint8_t *p = room(n);

	if (n > 0)
		memcpy(p, from, n);
	return p;
}

/* Decode into raw, which is filled with `fill` before; true: ERR_OK. */
static bool
decodes(const struct run *r, const uint8_t *packed, size_t n, int fill,
    uint8_t *raw)
{
	struct err e = ERR_INIT;
	enum err_code code;

	memset(raw, fill, (size_t)r->t.size);
	code = r->p->decode(&r->t, r->params, packed, n, raw, &e);
	if (code != e.code)
		wrong(r, "another code than the error's", &e);
	if (code != ERR_OK && (code != ERR_CORRUPT || e.text[0] == '\0'))
		wrong(r, "another error", &e);
	return code == ERR_OK;
}

/* Encode r->raw in one way and decode it; `must`: it has to be possible. */
static void
round_trip(const struct run *r, const struct packing_way *way, bool must)
{
	struct run k = { r->p, r->t, json_object(), NULL, 0, NULL, 0 };
	struct err e = ERR_INIT;
	enum err_code code;
	struct buf out;

	buf_init(&out, (size_t)1 << 24);
	k.raw = room((size_t)k.t.size);
	code = k.p->encode(&k.t, r->raw, way->id, &out, k.params, &e);
	if (code != e.code || (code != ERR_OK &&
	    (code != ERR_UNSUPPORTED || must || e.text[0] == '\0')))
		wrong(&k, way->name, &e);
	if (code == ERR_OK) {
		k.n = out.size;
		k.packed = k.n > 0 ? copy(out.data, k.n) : NULL;
		if (!decodes(&k, k.packed, k.n, 0x5a, k.raw) ||
		    memcmp(k.raw, r->raw, (size_t)k.t.size) != 0)
			wrong(&k, "it does not come back", &e);
	}
	buf_free(&out);
	free(k.packed);
	free(k.raw);
	json_decref(k.params);
}

/* Does the first way of a packing take these values, whatever they are?
 * `three`: there are no more than three levels. */
static bool
takes_all(const struct run *r, bool three)
{
	if (r->p == &packing_planes)
		return r->t.word >= 2;
	if (r->p == &packing_bits)
		return r->t.word == 1 || r->t.word == 2;
	if (r->p == &packing_rans)
		return r->t.word == 1;
	return three;
}

/* In every way, if that is to be done. */
static void
round_trips(const struct run *r, bool three)
{
	const bool slow = r->p == &packing_rans || r->p == &packing_planes;
	const bool many = r->t.n > FEW_MAX;
	const struct packing_way *w;

	if (r->t.n > MANY_MAX || (many && r->hash % MANY != 0) ||
	    (slow && r->hash % SLOW != 0))
		return;
	if (slow && many && r->t.n_dims > 1 &&
	    (r->t.shape[0] > SIDE_MAX || r->t.shape[1] > SIDE_MAX))
		return;
	for (w = r->p->ways; w->name != NULL; w++)
		round_trip(r, w, w == r->p->ways && takes_all(r, three));
}

/* It was decoded: nothing depends on what was in memory, all bytes are needed
 * and no more, and the values can be packed again. */
static void
decoded(struct run *r)
{
	uint8_t *again = room((size_t)r->t.size), *longer = room(r->n + 1);
	struct err e = ERR_INIT;

	if (r->t.word == 0)
		wrong(r, "values that are no words", &e);
	if (!decodes(r, r->packed, r->n, 0, again) ||
	    memcmp(again, r->raw, (size_t)r->t.size) != 0)
		wrong(r, "other values than before", &e);
	if (r->n > 0)
		memcpy(longer, r->packed, r->n);
	longer[r->n] = 0;
	if (decodes(r, longer, r->n + 1, 0, again))
		wrong(r, "a byte more is accepted", &e);
	free(longer);
	longer = copy(r->packed, r->n > 0 ? r->n - 1 : 0);
	if (r->n > 0 && decodes(r, r->n > 1 ? longer : NULL, r->n - 1, 0,
	    again))
		wrong(r, "a byte less is accepted", &e);
	free(longer);
	free(again);
	round_trips(r, r->p == &packing_base3 || r->p == &packing_bitmask);
}

/* The parameters and the packed bytes. */
static void
run_packed(struct run *r, const uint8_t *p, size_t n)
{
	const uint8_t *end = n > 0 ? memchr(p, '\n', n) : NULL;
	size_t k = end != NULL ? (size_t)(end - p) : n;

	if (k > PARAMS_MAX)
		return;
	r->params = json_loadb((const char *)p, k, JSON_REJECT_DUPLICATES,
	    NULL);
	if (!json_is_object(r->params)) {
		json_decref(r->params);
		r->params = json_object();
	}
	r->n = end != NULL ? n - k - 1 : 0;
	r->packed = r->n > 0 ? copy(end + 1, r->n) : NULL;
	if (decodes(r, r->packed, r->n, 0xa5, r->raw))
		decoded(r);
}

static void
run_values(struct run *r, const uint8_t *p, size_t n, unsigned int levels)
{
	uint64_t i;

	for (i = 0; i < r->t.size; i++)
		r->raw[i] = n > 0 ? p[i % n] : 0;
	for (i = 0; i < r->t.n && levels > 0 && r->t.word > 0; i++)
		tensor_put(r->raw, r->t.word, i, tensor_get(r->raw, r->t.word,
		    i) % levels - levels / 2);
	round_trips(r, false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct run r = { .params = NULL };
	struct err e = ERR_INIT;
	size_t rows, cols, most;

	if (n < HEAD)
		return 0;
	r.hash = crc_32(p, n, 0);
	most = p[0] % 2 == 0 ? DECODED_MAX : r.hash % MANY == 0 ? MANY_MAX :
	    FEW_MAX;
	r.p = packing_all[p[1] % PACKINGS];
	rows = p[4] | (size_t)p[5] << 8;
	cols = 1 + (p[6] | (size_t)p[7] << 8);
	cols = cols > most ? most : cols;
	rows = rows > most / cols ? most / cols : rows;
	set_tensor(&r.t, dtypes[p[2] % DTYPES], rows, cols, &e);
	if (e.code != ERR_OK)	/* bits that are no byte */
		return 0;
	r.raw = room((size_t)r.t.size);
	if (p[0] % 2 == 0)
		run_packed(&r, p + HEAD, n - HEAD);
	else
		run_values(&r, p + HEAD, n - HEAD, p[3]);
	json_decref(r.params);
	free(r.packed);
	free(r.raw);
	return 0;
}
