/*
 * fuzz_unpacker: any bytes at all as a packed file become the same, however
 * they are cut into pieces: an error, or a file that is what the recipe says.
 *
 * The first byte of an input tells what is done with the rest.  Bit 0: the size
 * of the header is made right, so that mutants get farther.  Bit 1: a byte more
 * is announced than there is, bit 2: one less.  Bit 3: little memory is
 * allowed.  The second byte: the bytes of a piece, but for 0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz.h"
#include "packseed.h"
#include "weights/stfile.h"
#include "weights/unpacker.h"
#include "xz/crc.h"

#define MEMORY ((uint64_t)1 << 20)	/* bytes */
#define LITTLE_MEMORY 500
#define KEPT_MAX ((size_t)4 << 20)	/* bytes of what comes out */
#define ENOUGH ((uint64_t)64 << 20)	/* of what may */

/* What came out. */
struct outcome {
	struct err err;
	unsigned int begun;
	enum unpacker_kind kind;
	uint64_t promised, size;
	uint32_t crc32;
	struct buf bytes;	/* the first of them */
	char reason[sizeof(((struct err *)0)->text)];
};

static void
wrong(const char *what, const char *text)
{
	fprintf(stderr, "fuzz_unpacker: %s: %s\n", what, text);
	abort();
}

/* --- seeds --- */

#define T(name, dtype, shape, from, to) "\"" name "\":{\"dtype\":\"" dtype \
	"\",\"shape\":[" shape "],\"data_offsets\":[" from "," to "]}"

static bool
packed_seed(struct seed *s, size_t i)
{
	static const struct {
		const char *header, *kinds;
		const char *ways[4];
	} rows[] = {
		/* without metadata; no bytes at the end */
		{ "{" T("a", "I8", "10,20", "0", "200") ","
		    T("b", "I8", "3", "200", "203") "}", "t0",
		    { "base3", "bits" } },
		{ "{" T("a", "F32", "5,9", "0", "180") ","
		    T("b", "I8", "", "180", "181") ","
		    T("c", "I16", "40", "181", "261") "}", "ftw",
		    { "planes", "bits", NULL } },
		/* with them, and in another order than the data */
		{ "{\"__metadata__\":{\"format\":\"pt\",\"\\\"\\u001f\":\"\"},"
		    T("a", "I8", "90,50", "40", "4540") ","
		    T("b", "U8", "40", "0", "40") "}", "w0",
		    { "rans by class", "bits" } },
		{ "{" T("a", "BF16", "100", "0", "200") ","
		    "\"__metadata__\":{},"
		    T("b", "I8", "9,3", "200", "227") ","
		    T("c", "F16", "2,2,2", "227", "243") "}", "ftr",
		    { "planes", "bitmask", "planes, stored" } },
		/* a header that rules do not make */
		{ "{ \"__metadata__\": {\"a\": \"\\u00e9\"},\n"
		    T("\\u0061", "I8", "30", "0", "30") "}", "t",
		    { "base3" } },
		/* no bytes at all, and a dtype that is not known */
		{ "{" T("a", "I8", "0,7", "0", "0") ","
		    T("b", "X", "3,3", "0", "5") ","
		    T("c", "I8", "6", "5", "11") ","
		    T("d", "I8", "2", "11", "13") "}", "r00t",
		    { NULL, NULL, "bits", "base3" } },
		{ "{" T("a", "F4", "4", "0", "2") "}", "r", { NULL } },
		/* arrays */
		{ "", "t", { "bitmask" } },
		{ "", "w", { "rans" } },
		{ "", "r", { NULL } },
	};

	if (i >= sizeof(rows) / sizeof(rows[0]))
		return false;
	packseed_file(s, rows[i].header, rows[i].kinds, rows[i].ways);
	return true;
}

static bool
other_seed(struct seed *s, size_t i)
{
	static const char *const headers[] = {
		"{\"__metadata__\":{\"xzbundle\":\"{\\\"version\\\":2,"
		    "\\\"tensors\\\":{}}\"}}",
		"{\"__metadata__\":{\"xzbundle\":\"{\\\"version\\\":1,"
		    "\\\"tensors\\\":{}}\",\"k\":\"\"}}",
		"{\"xzbundle\":0}",
		"{}",
	};

	if (i == 0) {
		seed_safetensors(s);
		return true;
	}
	if (i > sizeof(headers) / sizeof(headers[0]))
		return false;
	seed_le(s, strlen(headers[i - 1]), 8);
	seed_text(s, headers[i - 1]);
	return true;
}

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const uint8_t head[][2] = {
		{ 1, 0 }, { 0, 6 }, { 1, 99 }, { 9, 31 }, { 3, 250 }, { 5, 1 }
	};
	struct seed file = { 0 };
	size_t k;

	memset(s, 0, sizeof(*s));
	for (k = 0; packed_seed(&file, k) && k < i; k++)
		seed_free(&file);
	if (file.n == 0 && !other_seed(&file, i - k))
		return false;
	/* Every second one is as it should be. */
	seed_bytes(s, head[i % 2 == 0 ? i / 2 % 3 : i / 2 % 6], 2);
	seed_bytes(s, file.p, file.n);
	seed_free(&file);
	return true;
}

/* --- a file through the unpacker --- */

static enum err_code
take_begin(void *ctx, enum unpacker_kind kind, uint64_t size, struct err *e)
{
	struct outcome *o = ctx;

	if (o->begun++ > 0)
		wrong("it begins twice", "");
	o->kind = kind;
	o->promised = size;
	return size > ENOUGH ? err_set(e, ERR_LIMIT, "enough") : ERR_OK;
}

static enum err_code
take_bytes(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct outcome *o = ctx;

	if (o->begun == 0 || n == 0 || n > o->promised - o->size)
		wrong("bytes that it should not give", "");
	o->size += n;
	o->crc32 = crc_32(p, n, o->crc32);
	if (n > KEPT_MAX - o->bytes.size)
		n = KEPT_MAX - o->bytes.size;
	return buf_append(&o->bytes, p, n, e);
}

/* The next piece has so many bytes: `piece`, or any few if that is 0. */
static size_t
next_piece(size_t piece, uint32_t *state)
{
	if (piece > 0)
		return piece;
	*state = *state * 1664525 + 1013904223;
	return (*state >> 24) % 4 == 0 ? (*state >> 16) % 400 :
	    (*state >> 16) % 20;
}

static void
feed(struct unpacker *u, const uint8_t *p, size_t n, size_t piece,
    struct err *e)
{
	uint32_t state = 1;
	uint8_t *copy;
	size_t i, k;

	for (i = 0; i < n && e->code == ERR_OK; i += k) {
		k = next_piece(piece, &state);
		k = k < n - i ? k : n - i;
		/* Without room behind it. */
		copy = malloc(k > 0 ? k : 1);
		if (copy == NULL)
			abort();
		memcpy(copy, p + i, k);
		if (unpacker_data(u, copy, k, e) != e->code)
			wrong("another code than the error's", e->text);
		free(copy);
	}
	if (e->code == ERR_OK && unpacker_end(u, e) != e->code)
		wrong("another code at the end", e->text);
}

static struct outcome *
unpack(const uint8_t *p, size_t n, uint64_t size, uint64_t memory,
    size_t piece)
{
	struct outcome *o = calloc(1, sizeof(*o));
	struct unpacker_request r = { size, memory, take_begin, take_bytes,
	    o };
	struct unpacker *u = NULL;

	if (o == NULL || unpacker_new(&r, &u, &o->err) != ERR_OK)
		abort();
	buf_init(&o->bytes, KEPT_MAX);
	feed(u, p, n, piece, &o->err);
	(void)snprintf(o->reason, sizeof(o->reason), "%s",
	    unpacker_reason(u));
	unpacker_free(u);
	return o;
}

static void
outcome_free(struct outcome *o)
{
	buf_free(&o->bytes);
	free(o);
}

static void
same_outcome(const struct outcome *a, const struct outcome *b)
{
	if (a->err.code != b->err.code ||
	    strcmp(a->err.text, b->err.text) != 0)
		wrong(a->err.text, b->err.text);
	if (a->begun != b->begun || a->kind != b->kind ||
	    a->promised != b->promised)
		wrong("another beginning", a->err.text);
	if (a->size != b->size || a->crc32 != b->crc32)
		wrong("other bytes", a->err.text);
	if (strcmp(a->reason, b->reason) != 0)
		wrong(a->reason, b->reason);
}

/* --- what came out of it --- */

/* Read the header of a file of `size` bytes, the first n of which are at p;
 * *data_at is where its data begin. */
static enum err_code
read_file(const uint8_t *p, size_t n, uint64_t size, struct stfile *f,
    uint64_t *data_at, struct err *e)
{
	uint64_t header;

	memset(f, 0, sizeof(*f));
	if (!stfile_looks(p, n, &header) || header > n - STFILE_PREFIX)
		return err_set(e, ERR_CORRUPT, "no header");
	*data_at = STFILE_PREFIX + header;
	return stfile_read((const char *)p + STFILE_PREFIX, (size_t)header,
	    size - *data_at, f, e);
}

static bool
same_tensor(const struct tensor *a, const struct tensor *b)
{
	return strcmp(a->dtype, b->dtype) == 0 && a->n_dims == b->n_dims &&
	    memcmp(a->shape, b->shape, a->n_dims * sizeof(a->shape[0])) == 0;
}

/* The data of o, in out[], are what t was, whose bytes are in data[]. */
static void
same_data(const struct stfile_tensor *o, const uint8_t *out,
    const struct stfile_tensor *t, const uint8_t *data)
{
	const uint8_t *p = out + o->off;
	const size_t size = (size_t)o->size;

	if (t->recipe != NULL ? crc_32(p, size, 0) != t->recipe->crc32 :
	    size > 0 && memcmp(p, data + t->off, size) != 0)
		wrong("other data", t->name);
}

/* f, which was read from a packed file, may be written and read again. */
static void
write_again(const struct stfile *f, const uint8_t *original, size_t n)
{
	struct buf packed, made;
	struct err e = ERR_INIT;
	struct stfile again;
	uint64_t at;

	buf_init(&packed, 2 * STFILE_HEADER_MAX);
	buf_init(&made, 2 * STFILE_HEADER_MAX);
	if (stfile_write(f, &packed, &e) != ERR_OK ||
	    read_file(packed.data, packed.size, packed.size + f->data_size,
	    &again, &at, &e) != ERR_OK ||
	    stfile_write_original(&again, &made, &e) != ERR_OK)
		wrong("it is not written again", e.text);
	if (again.packed != f->packed || again.array != f->array ||
	    again.n != f->n || made.size != n || (n > 0 && memcmp(made.data,
	    original, n) != 0))
		wrong("it is written as another file", e.text);
	stfile_free(&again);
	buf_free(&packed);
	buf_free(&made);
}

/* The file p[n], unpacked, is what its recipe says. */
static void
look_at_packed(const uint8_t *p, size_t n, const struct outcome *o)
{
	uint64_t data_at = 0, original_at = 0;
	struct stfile f, original = { .n = 0 };
	struct err e = ERR_INIT;
	size_t i;

	if (read_file(p, n, n, &f, &data_at, &e) != ERR_OK || !f.packed)
		wrong("it was packed", e.text);
	if (o->size == o->bytes.size && f.array) {
		if (o->size != stfile_original_size(&f.tensors[0]))
			wrong("another size of an array", "");
	} else if (o->size == o->bytes.size) {
		if (read_file(o->bytes.data, o->bytes.size, o->size,
		    &original, &original_at, &e) != ERR_OK)
			wrong("the original", e.text);
		if (original.packed || original.n != f.n)
			wrong("the original has other tensors", "");
	}
	for (i = 0; i < original.n; i++) {
		if (strcmp(original.tensors[i].name, f.tensors[i].name) != 0 ||
		    !same_tensor(&original.tensors[i].tensor,
		    stfile_original(&f.tensors[i])) ||
		    original.tensors[i].size !=
		    stfile_original_size(&f.tensors[i]))
			wrong("another tensor", f.tensors[i].name);
		same_data(&original.tensors[i], o->bytes.data + original_at,
		    &f.tensors[i], p + data_at);
	}
	if (o->size == o->bytes.size)
		write_again(&f, o->bytes.data, (size_t)original_at);
	stfile_free(&original);
	stfile_free(&f);
}

static void
look(const uint8_t *p, size_t n, const struct outcome *o)
{
	const enum err_code c = o->err.code;

	if (c != ERR_OK) {
		if ((c != ERR_CORRUPT && c != ERR_UNSUPPORTED &&
		    c != ERR_MEMLIMIT && c != ERR_LIMIT) ||
		    o->err.text[0] == '\0')
			wrong("another error", o->err.text);
		return;
	}
	if (o->begun != 1 || o->size != o->promised)
		wrong("another size than was promised", "");
	if (o->kind == UNPACKER_PACKED)
		look_at_packed(p, n, o);
	else if (o->size != n || o->crc32 != crc_32(p, n, 0))
		wrong("other bytes of a file that is not packed", "");
}

/* --- an input --- */

/* Where the object ends that begins at p, and spaces behind it. */
static size_t
object_end(const uint8_t *p, size_t n)
{
	size_t depth = 0, i;
	bool string = false;

	for (i = 0; i < n; i++) {
		if (p[i] == '"')
			string = !string;
		else if (string && p[i] == '\\')
			i++;
		else if (!string && p[i] == '{')
			depth++;
		else if (!string && p[i] == '}' && --depth == 0)
			break;
	}
	for (i++; i < n && p[i] == ' '; i++)
		;
	return i < n ? i : n;
}

/* Make the size of the header right. */
static void
repair(uint8_t *p, size_t n)
{
	size_t size, i;

	if (n <= STFILE_PREFIX || p[STFILE_PREFIX] != '{')
		return;
	size = object_end(p + STFILE_PREFIX, n - STFILE_PREFIX);
	for (i = 0; i < STFILE_PREFIX; i++)
		p[i] = (uint8_t)((uint64_t)size >> 8 * i);
}

static void
run(const uint8_t *p, size_t n, unsigned int what, size_t piece)
{
	const uint64_t memory = (what & 8) != 0 ? LITTLE_MEMORY : MEMORY;
	const uint64_t size = n + ((what & 2) != 0) - ((what & 4) != 0 &&
	    n > 0);
	struct outcome *whole = unpack(p, n, size, memory, n > 0 ? n : 1);
	struct outcome *pieces = unpack(p, n, size, memory, piece);

	/* How much comes out before too many bytes are noticed does depend on
	 * the pieces. */
	if (size >= n)
		same_outcome(whole, pieces);
	if (size != n && (whole->err.code == ERR_OK ||
	    pieces->err.code == ERR_OK))
		wrong("a wrong size is not noticed", "");
	look(p, n, whole);
	outcome_free(whole);
	outcome_free(pieces);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t *copy;

	if (n < 2)
		return 0;
	copy = malloc(n - 1);
	if (copy == NULL)
		abort();
	memcpy(copy, p + 2, n - 2);
	if ((p[0] & 1) != 0)
		repair(copy, n - 2);
	run(copy, n - 2, p[0], p[1]);
	free(copy);
	return 0;
}
