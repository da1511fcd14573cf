#include "weights/levels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define COUNT_CHUNK ((size_t)1 << 14)	/* values counted before a look at
					 * how many levels they have */
#define N_SLOTS_MIN ((size_t)16)

static enum err_code
start(struct levels *l, unsigned int word, size_t max, struct err *e)
{
	memset(l, 0, sizeof(*l));
	l->word = word;
	l->max = max;
	l->list = calloc(max, sizeof(*l->list));
	return l->list == NULL ? err_nomem(e) : ERR_OK;
}

void
levels_free(struct levels *l)
{
	free(l->list);
	free(l->slots);
	memset(l, 0, sizeof(*l));
}

/* --- words to codes ---
 *
 * A word of a byte has its code in the slot of its number.  Others are found by
 * hashing: a slot has a code and 1, or 0, and a word is in the first free slot
 * from its own on.  A quarter of the slots is used at most.
 */

static inline size_t
slot_of(const struct levels *l, uint64_t value)
{
	value ^= value >> 32;
	value *= UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(value >> 40) & (l->n_slots - 1);
}

/* The slot where the word is, or should be. */
static inline size_t
find_slot(const struct levels *l, int64_t value)
{
	size_t i = slot_of(l, (uint64_t)value);

	while (l->slots[i] != 0 && l->list[l->slots[i] - 1].value != value)
		i = (i + 1) & (l->n_slots - 1);
	return i;
}

/* No slot in use, and enough of them for n levels. */
static enum err_code
clear_slots(struct levels *l, size_t n, struct err *e)
{
	free(l->slots);
	l->n_slots = N_SLOTS_MIN;
	while (l->n_slots < 4 * n)
		l->n_slots *= 2;
	if (l->word == 1)
		l->n_slots = 256;
	l->slots = calloc(l->n_slots, sizeof(*l->slots));
	return l->slots == NULL ? err_nomem(e) : ERR_OK;
}

enum err_code
levels_index(struct levels *l, struct err *e)
{
	size_t i, slot;

	if (clear_slots(l, l->n, e) != ERR_OK)
		return e->code;
	for (i = 0; i < l->n; i++) {
		slot = l->word == 1 ? (uint8_t)l->list[i].value :
		    find_slot(l, l->list[i].value);
		l->slots[slot] = (uint16_t)(l->word == 1 ? i : i + 1);
	}
	return ERR_OK;
}

/* Inline, so that there is a loop for each word. */
static inline void
hashed_codes(const struct levels *l, const uint8_t *raw, size_t n,
    uint16_t *codes, unsigned int word)
{
	size_t i;

	for (i = 0; i < n; i++)
		codes[i] = (uint16_t)(l->slots[find_slot(l, tensor_signed(word,
		    tensor_get(raw, word, i)))] - 1);
}

void
levels_codes(const struct levels *l, const uint8_t *raw, size_t n,
    uint16_t *codes)
{
	size_t i;

	switch (l->word) {
	case 1:
		for (i = 0; i < n; i++)
			codes[i] = l->slots[raw[i]];
		break;
	case 2:
		hashed_codes(l, raw, n, codes, 2);
		break;
	case 4:
		hashed_codes(l, raw, n, codes, 4);
		break;
	default:
		hashed_codes(l, raw, n, codes, 8);
		break;
	}
}

/* --- codes to words --- */

static inline void
put_words(const struct levels *l, const uint16_t *codes, size_t n,
    uint8_t *raw, unsigned int word)
{
	const struct level *list = l->list;
	size_t i;

	for (i = 0; i < n; i++)
		tensor_put(raw, word, i, (uint64_t)list[codes[i]].value);
}

size_t
levels_words(const struct levels *l, const uint16_t *codes, size_t n,
    uint8_t *raw)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (codes[i] >= l->n)
			return i;
	}
	switch (l->word) {
	case 1:
		put_words(l, codes, n, raw, 1);
		break;
	case 2:
		put_words(l, codes, n, raw, 2);
		break;
	case 4:
		put_words(l, codes, n, raw, 4);
		break;
	default:
		put_words(l, codes, n, raw, 8);
		break;
	}
	return n;
}

/* --- which there are --- */

static int
by_value(const void *a, const void *b)
{
	const struct level *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

/* The first of n bytes that is one value more than max different ones. */
static uint64_t
first_over(const uint8_t *raw, uint64_t n, size_t max)
{
	bool seen[256] = { false };
	uint64_t i;

	for (i = 0; i < n; i++) {
		if (seen[raw[i]])
			continue;
		if (max-- == 0)
			break;
		seen[raw[i]] = true;
	}
	return i;
}

/* Four tables, since the next increment of a number has to wait for the one
 * before it. */
static void
count_chunk(const uint8_t *raw, size_t n, uint64_t count[256])
{
	uint32_t part[4][256] = { { 0 } };
	size_t i;

	for (i = 0; i + 4 <= n; i += 4) {
		part[0][raw[i]]++;
		part[1][raw[i + 1]]++;
		part[2][raw[i + 2]]++;
		part[3][raw[i + 3]]++;
	}
	for (; i < n; i++)
		part[0][raw[i]]++;
	for (i = 0; i < 256; i++)
		count[i] += (uint64_t)part[0][i] + part[1][i] + part[2][i] +
		    part[3][i];
}

static uint64_t
collect_bytes(const uint8_t *raw, uint64_t n, struct levels *l)
{
	uint64_t count[256] = { 0 }, at;
	size_t i, step;

	for (at = 0; at < n; at += step) {
		step = (size_t)num_min(n - at, COUNT_CHUNK);
		count_chunk(raw + at, step, count);
		l->n = 0;
		for (i = 0; i < 256; i++) {
			if (count[i] == 0)
				continue;
			if (l->n == l->max)
				return first_over(raw, n, l->max);
			l->list[l->n].value = tensor_signed(1, i);
			l->list[l->n++].count = count[i];
		}
	}
	return n;
}

static uint64_t
collect_words(const uint8_t *raw, uint64_t n, struct levels *l)
{
	uint64_t i;
	int64_t value;
	size_t slot;

	for (i = 0; i < n; i++) {
		value = tensor_signed(l->word, tensor_get(raw, l->word, i));
		slot = find_slot(l, value);
		if (l->slots[slot] == 0) {
			if (l->n == l->max)
				break;
			l->list[l->n++].value = value;
			l->slots[slot] = (uint16_t)l->n;
		}
		l->list[l->slots[slot] - 1].count++;
	}
	return i;
}

enum err_code
levels_collect(const struct tensor *t, const uint8_t *raw, size_t max,
    struct levels *l, uint64_t *end, struct err *e)
{
	*end = 0;
	if (start(l, t->word, max, e) != ERR_OK ||
	    clear_slots(l, max, e) != ERR_OK)
		return e->code;
	if (t->word == 1)
		*end = collect_bytes(raw, t->n, l);
	else
		*end = collect_words(raw, t->n, l);
	qsort(l->list, l->n, sizeof(*l->list), by_value);
	return levels_index(l, e);
}

/* Make -1, 0 and 1 of a list that has nothing else. */
static void
make_ternary(struct levels *l)
{
	uint64_t count[3] = { 0 };
	size_t i;

	for (i = 0; i < l->n; i++)
		count[l->list[i].value + 1] = l->list[i].count;
	for (l->n = 0; l->n < 3; l->n++) {
		l->list[l->n].value = (int64_t)l->n - 1;
		l->list[l->n].count = count[l->n];
	}
}

/* Add numbers that are not in the list. */
static void
fill_up(struct levels *l)
{
	int64_t value;
	size_t i;

	for (value = 0; l->n < 3; value++) {
		for (i = 0; i < l->n && l->list[i].value != value; i++)
			;
		if (i < l->n)
			continue;
		l->list[l->n].value = value;
		l->list[l->n++].count = 0;
	}
}

enum err_code
levels_three(const struct tensor *t, const uint8_t *raw, const char *packing,
    struct levels *l, struct err *e)
{
	char text[TENSOR_TEXT_MAX];
	uint64_t end;

	if (levels_collect(t, raw, 3, l, &end, e) != ERR_OK)
		return e->code;
	if (end < t->n) {
		tensor_text(t, tensor_get(raw, t->word, end), text);
		return err_set(e, ERR_UNSUPPORTED, "value %s at element "
		    "%" PRIu64 " is a fourth level; %s takes three", text, end,
		    packing);
	}
	if (tensor_is_integer(t) && l->n > 0 && l->list[0].value >= -1 &&
	    l->list[l->n - 1].value <= 1)
		make_ternary(l);
	else
		fill_up(l);
	return levels_index(l, e);
}

/* --- the parameters --- */

enum err_code
levels_write(const struct levels *l, json_t *params, struct err *e)
{
	json_t *list = json_array();
	size_t i;
	int r = 0;

	for (i = 0; i < l->n; i++)
		r |= json_array_append_new(list, json_integer(
		    (json_int_t)l->list[i].value));
	r |= json_object_set_new(params, "levels", list);
	return r != 0 ? err_nomem(e) : ERR_OK;
}

static enum err_code
check_different(const struct levels *l, struct err *e)
{
	struct level *sorted = malloc(l->n * sizeof(*sorted));
	size_t i;

	if (sorted == NULL)
		return err_nomem(e);
	memcpy(sorted, l->list, l->n * sizeof(*sorted));
	qsort(sorted, l->n, sizeof(*sorted), by_value);
	for (i = 1; i < l->n; i++) {
		if (sorted[i - 1].value == sorted[i].value)
			err_set(e, ERR_CORRUPT, "the level %" PRId64
			    " is there twice", sorted[i].value);
	}
	free(sorted);
	return e->code;
}

enum err_code
levels_read(const json_t *params, unsigned int word, size_t min, size_t max,
    struct levels *l, struct err *e)
{
	const json_t *list = json_object_get(params, "levels"), *item;
	const size_t n = json_array_size(list);
	int64_t value;

	memset(l, 0, sizeof(*l));
	if (!json_is_array(list))
		return err_set(e, ERR_CORRUPT, "there is no list of levels");
	if (n < min || n > max)
		return err_set(e, ERR_CORRUPT, "%zu levels are too %s", n,
		    n < min ? "few" : "many");
	if (start(l, word, n, e) != ERR_OK)
		return e->code;
	for (l->n = 0; l->n < n; l->n++) {
		item = json_array_get(list, l->n);
		value = (int64_t)json_integer_value(item);
		if (!json_is_integer(item) || tensor_signed(word,
		    tensor_unsigned(word, value)) != value)
			return err_set(e, ERR_CORRUPT, "level %zu is no word "
			    "of %u bits", l->n, 8 * word);
		l->list[l->n].value = value;
	}
	return check_different(l, e);
}
