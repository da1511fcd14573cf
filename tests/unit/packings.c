#include "packings.h"

#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define BEFORE "bytes that are there already"

const char *const packings_dtypes[] = {
	"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E8M0",
	"F8_E4M3FNUZ", "F8_E5M2FNUZ", "I64", "I32", "I16", "I8", "U64", "U32",
	"U16", "U8", "BOOL", "C64", NULL
};

/* A copy that ends where its memory does. */
static uint8_t *
copy(const void *p, uint64_t n)
{
	uint8_t *to = malloc(n > 0 ? (size_t)n : 1);

	if (to == NULL)
		abort();
	if (n > 0)
		memcpy(to, p, (size_t)n);
	return to;
}

void
packings_encode(struct packings_packed *k, const struct packing *p,
    unsigned int way, const char *dtype, const uint8_t *raw, uint64_t n)
{
	const size_t before = strlen(BEFORE);
	struct buf b;

	memset(k, 0, sizeof(*k));
	k->packing = p;
	buf_init(&b, SIZE_MAX / 2);
	CU_ASSERT_EQUAL(tensor_set(&k->t, dtype, &n, 1, &k->e), ERR_OK);
	buf_append(&b, BEFORE, before, &k->e);
	k->raw = copy(raw, k->t.size);
	k->params = json_object();
	CU_ASSERT_EQUAL(p->encode(&k->t, k->raw, way, &b, k->params, &k->e),
	    k->e.code);
	CU_ASSERT_EQUAL(memcmp(b.data, BEFORE, before), 0);
	k->n = b.size - before;
	k->data = k->n > 0 ? copy(b.data + before, k->n) : NULL;
	buf_free(&b);
}

void
packings_free(struct packings_packed *k)
{
	free(k->raw);
	free(k->data);
	json_decref(k->params);
}

char *
packings_params(const struct packings_packed *k)
{
	return json_dumps(k->params, JSON_COMPACT | JSON_SORT_KEYS);
}

bool
packings_decodes(const struct packings_packed *k)
{
	uint8_t *back = copy(k->raw, k->t.size);
	struct err e = ERR_INIT;
	bool same;

	memset(back, 0x5a, (size_t)k->t.size);
	same = k->packing->decode(&k->t, k->params, k->data, k->n, back,
	    &e) == ERR_OK && memcmp(back, k->raw, (size_t)k->t.size) == 0;
	free(back);
	return same;
}

void
packings_round_trip(const struct packing *p, unsigned int way,
    const char *dtype, const uint8_t *raw, uint64_t n)
{
	struct packings_packed k;
	const char *key;
	json_t *value;
	size_t i;

	packings_encode(&k, p, way, dtype, raw, n);
	CU_ASSERT_EQUAL(k.e.code, ERR_OK);
	CU_ASSERT_TRUE(packings_decodes(&k));
	json_object_foreach(k.params, key, value) {
		for (i = 0; p->params[i] != NULL; i++) {
			if (strcmp(p->params[i], key) == 0)
				break;
		}
		CU_ASSERT_PTR_NOT_NULL(p->params[i]);
	}
	packings_free(&k);
}

void
packings_refuses(const struct packing *p, unsigned int way, const char *dtype,
    const uint8_t *raw, uint64_t n, const char *says)
{
	struct packings_packed k;

	packings_encode(&k, p, way, dtype, raw, n);
	CU_ASSERT_EQUAL(k.e.code, ERR_UNSUPPORTED);
	CU_ASSERT_TRUE(HARNESS_SAYS(&k.e, says));
	packings_free(&k);
}

void
packings_needs(const struct packing *p, const char *dtype,
    const uint8_t *raw, uint64_t n, size_t size)
{
	struct err e = ERR_INIT;
	struct tensor t;
	size_t less;

	CU_ASSERT_EQUAL(tensor_set(&t, dtype, &n, 1, &e), ERR_OK);
	for (less = 0; less < 2; less++) {
		json_t *params = json_object();
		struct buf b;

		buf_init(&b, size - less);
		e.code = ERR_OK;
		CU_ASSERT_EQUAL(p->encode(&t, raw, 0, &b, params, &e),
		    less == 0 ? ERR_OK : ERR_FAIL);
		CU_ASSERT_TRUE(less > 0 || b.size == size);
		buf_free(&b);
		json_decref(params);
	}
}

void
packings_decode_is(const struct packing *p, const char *dtype,
    uint64_t values, const char *json, const char *data, size_t n,
    const char *says)
{
	json_t *params = json_loads(json, 0, NULL);
	uint8_t *packed = copy(data, n), *raw;
	struct err e = ERR_INIT;
	struct tensor t;

	CU_ASSERT_PTR_NOT_NULL(params);
	CU_ASSERT_EQUAL(tensor_set(&t, dtype, &values, 1, &e), ERR_OK);
	raw = malloc((size_t)t.size + 1);
	if (raw == NULL)
		abort();
	CU_ASSERT_EQUAL(p->decode(&t, params, n > 0 ? packed : NULL, n, raw,
	    &e),
	    says != NULL ? ERR_CORRUPT : ERR_OK);
	CU_ASSERT_TRUE(says == NULL || HARNESS_SAYS(&e, says));
	free(raw);
	free(packed);
	json_decref(params);
}

/* Decode n bytes of a copy of data. */
static void
decode_copy(const struct packings_packed *k, const uint8_t *data, size_t n)
{
	uint8_t *packed = copy(data, n), *back = copy(k->raw, k->t.size);
	struct err e = ERR_INIT;
	enum err_code code;

	code = k->packing->decode(&k->t, k->params, n > 0 ? packed : NULL, n,
	    back, &e);
	CU_ASSERT_TRUE(code == ERR_OK || code == ERR_CORRUPT);
	CU_ASSERT_TRUE(code != ERR_OK || n == k->n);
	free(back);
	free(packed);
}

void
packings_hurt(const struct packings_packed *k)
{
	uint8_t *longer = copy(k->data, k->n);
	size_t i;

	longer = realloc(longer, k->n + 1);
	if (longer == NULL)
		abort();
	longer[k->n] = 0;
	for (i = 0; i < k->n; i++)
		decode_copy(k, k->data, i);
	decode_copy(k, longer, k->n + 1);
	for (i = 0; i < k->n * 8; i++) {
		longer[i / 8] ^= (uint8_t)(1 << i % 8);
		decode_copy(k, longer, k->n);
		longer[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	free(longer);
}

uint8_t *
packings_random(uint32_t seed, unsigned int word, uint64_t n, size_t levels)
{
	uint8_t *raw = harness_bytes('r', seed, (size_t)n * word), *words;
	uint8_t *which;
	uint64_t i;

	if (levels == 0)
		return raw;
	words = harness_bytes('r', seed + 1, levels * word);
	which = harness_bytes('r', seed + 2, (size_t)n * 2);
	for (i = 0; i < n; i++)
		tensor_put(raw, word, i, tensor_get(words, word,
		    tensor_get(which, 2, i) % levels));
	free(which);
	free(words);
	return raw;
}
