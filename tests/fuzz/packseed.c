#include "packseed.h"

#include <stdlib.h>
#include <string.h>

#include "weights/stfile.h"
#include "xz/crc.h"

#define TENSORS 8		/* of a file at most */

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* From -1 to 1, mostly near 0. */
static double
bell(uint32_t *state)
{
	double sum = 0;
	int i;

	for (i = 0; i < 4; i++)
		sum += next_random(state) / 16777216.0;
	return sum / 2 - 1;
}

static uint64_t
float_bits(unsigned int word, double value)
{
	const float single = (float)value;
	uint64_t wide;
	uint32_t bits;

	memcpy(&bits, &single, sizeof(bits));
	memcpy(&wide, &value, sizeof(wide));
	return word == 8 ? wide : word == 4 ? bits : word == 2 ? bits >> 16 :
	    bits >> 24;
}

/* A value of a tensor; its row and column count in eights. */
static uint64_t
value_of(unsigned int word, char kind, uint64_t row, uint64_t col,
    uint32_t *state)
{
	static const signed char ternary[] = { -1, 0, 0, 0, 0, 1, 1, -1 };

	switch (kind) {
	case '0':
		return 5;
	case 't':
		return (uint64_t)ternary[next_random(state) % 8];
	case 'w':
		return (uint64_t)(int64_t)(bell(state) * (double)((row % 2 +
		    1) << col % 5));
	case 'f':
		return float_bits(word, bell(state) / 16);
	default:
		return (uint64_t)next_random(state) << 40 ^
		    (uint64_t)next_random(state) << 16 ^ next_random(state);
	}
}

void
packseed_values(const struct tensor *t, char kind, uint8_t *raw)
{
	const uint64_t cols = tensor_cols(t);
	uint32_t state = 1;
	uint64_t i;

	for (i = 0; i < t->n; i++)
		tensor_put(raw, t->word, i, value_of(t->word, kind, i / cols /
		    8, i % cols / 8, &state));
}

static const struct packing *
find_way(const char *name, unsigned int *id)
{
	const struct packing *const *p;
	const struct packing_way *w;

	for (p = packing_all; *p != NULL; p++) {
		for (w = (*p)->ways; w->name != NULL; w++) {
			if (strcmp(w->name, name) == 0) {
				*id = w->id;
				return *p;
			}
		}
	}
	abort();
}

const struct packing *
packseed_pack(struct seed *s, const struct tensor *t, const uint8_t *raw,
    const char *way, json_t *params)
{
	unsigned int id = 0;
	const struct packing *p = find_way(way, &id);
	struct err e = ERR_INIT;
	struct buf out;

	buf_init(&out, (size_t)1 << 24);
	if (p->encode(t, raw, id, &out, params, &e) != ERR_OK)
		abort();
	seed_bytes(s, out.data, out.size);
	buf_free(&out);
	return p;
}

/* Fill t, and pack it if there is a way. */
static void
make_tensor(struct stfile_tensor *t, char kind, const char *way,
    struct seed *data)
{
	uint8_t *raw = malloc((size_t)t->size + 1);
	json_t *params = json_object();
	struct err e = ERR_INIT;
	const struct packing *p;

	if (raw == NULL || params == NULL)
		abort();
	memset(raw, 'x', (size_t)t->size);
	if (t->tensor.word > 0)
		packseed_values(&t->tensor, kind, raw);
	if (way == NULL) {
		seed_bytes(data, raw, (size_t)t->size);
	} else {
		p = packseed_pack(data, &t->tensor, raw, way, params);
		if (stfile_pack(t, p, params, crc_32(raw, (size_t)t->size, 0),
		    data->n, &e) != ERR_OK)
			abort();
	}
	json_decref(params);
	free(raw);
}

/* The size of the data behind a header: where its last tensor ends. */
static uint64_t
data_size(const char *p, const char *end)
{
	static const char key[] = "data_offsets\":[";
	uint64_t size = 0, n;

	while ((p = memmem(p, (size_t)(end - p), key, strlen(key))) != NULL) {
		p = strchr(p, ',') + 1;
		n = strtoull(p, NULL, 10);
		size = n > size ? n : size;
	}
	return size;
}

/* The tensors of f, as they were. */
static void
open_original(struct stfile *f, const char *text, size_t n)
{
	static const uint64_t shape[] = { 30, 7 };
	struct err e = ERR_INIT;
	struct tensor t;

	if (n > 0)
		stfile_read(text, n, data_size(text, text + n), f, &e);
	else if (tensor_set(&t, "I8", shape, 2, &e) == ERR_OK)
		stfile_set_array(f, &t, &e);
	if (e.code != ERR_OK || f->n > TENSORS)
		abort();
}

void
packseed_file(struct seed *s, const char *header, const char *kinds,
    const char *const *ways)
{
	struct seed data[TENSORS] = { { 0 } }, text = { 0 };
	struct err e = ERR_INIT;
	struct stfile f;
	struct buf head;
	size_t i;

	for (seed_text(&text, header); text.n % 8 != 0;)
		seed_text(&text, " ");
	open_original(&f, (const char *)text.p, text.n);
	buf_init(&head, (size_t)1 << 24);
	for (i = 0; i < f.n; i++)
		make_tensor(&f.tensors[i], kinds[i], ways[i], &data[i]);
	if (stfile_lay_out(&f, &e) != ERR_OK || stfile_finish(&f,
	    (const char *)text.p, text.n, &e) != ERR_OK ||
	    stfile_write(&f, &head, &e) != ERR_OK ||
	    (f.original_header != NULL) != (strstr(header, ": ") != NULL))
		abort();
	seed_bytes(s, head.data, head.size);
	for (i = 0; i < f.n; i++)
		seed_bytes(s, data[f.by_off[i]].p, data[f.by_off[i]].n);
	for (i = 0; i < f.n; i++)
		seed_free(&data[i]);
	seed_free(&text);
	buf_free(&head);
	stfile_free(&f);
}
