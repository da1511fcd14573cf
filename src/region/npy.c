/*
 * A .npy file: "\x93NUMPY", the version (2 bytes), the size of the header (2
 * bytes, from version 2 on 4), the header, the data.  The header is a literal
 * of Python:
 *
 *	{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 */
#include "region/region.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define HEADER_MAX (UINT32_C(1) << 20)	/* numpy itself reads no more than
					 * 10,000 unless told to */
#define ITEM_MAX UINT64_C(0x7FFFFFFF)	/* an item's size is an int there */
#define NUMBER_MAX 32		/* bytes of complex256 */
#define DIMS_MAX 64			/* numpy 2 has as many */

/* The header, not yet read. */
struct text {
	const char *p;
	const char *end;
};

struct array {
	char kind;		/* of numpy's letters; NUL: of several parts */
	uint64_t item;		/* bytes; 0: not known */
	uint64_t dims[DIMS_MAX];
	size_t n_dims;
	bool fortran;		/* the first dimension is the innermost */
	bool has_descr, has_order, has_shape;
};

/* --- the literal --- */

/* The next byte that is not white space, not taken; NUL at the end. */
static char
peek(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\n' ||
	    *t->p == '\t' || *t->p == '\r'))
		t->p++;
	return t->p < t->end ? *t->p : '\0';
}

static bool
take(struct text *t, char c)
{
	if (c == '\0' || peek(t) != c)
		return false;
	t->p++;
	return true;
}

static bool
take_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	(void)peek(t);
	if ((size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	return true;
}

/* A string of less than size bytes without escapes. */
static bool
take_string(struct text *t, char *s, size_t size)
{
	char quote = peek(t);
	size_t n = 0;

	if (quote != '\'' && quote != '"')
		return false;
	for (t->p++; t->p < t->end && *t->p != quote; t->p++) {
		if (*t->p == '\\' || *t->p == '\0' || n == size - 1)
			return false;
		s[n++] = *t->p;
	}
	s[n] = '\0';
	return take(t, quote);
}

static bool
take_number(struct text *t, uint64_t *n)
{
	const char *from;

	(void)peek(t);
	*n = 0;
	for (from = t->p; t->p < t->end && *t->p >= '0' && *t->p <= '9';
	    t->p++) {
		if (!num_mul(*n, 10, n) ||
		    !num_add(*n, (uint64_t)(*t->p - '0'), n))
			return false;
	}
	return t->p > from;
}

/* Go behind a list or tuple, whatever it holds. */
static bool
skip_nested(struct text *t)
{
	size_t depth = 0;
	char c, quote = '\0';

	while (t->p < t->end) {
		c = *t->p++;
		if (quote != '\0') {
			if (c == '\\' && t->p < t->end)
				t->p++;
			else if (c == quote)
				quote = '\0';
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '[' || c == '(') {
			depth++;
		} else if ((c == ']' || c == ')') && --depth == 0) {
			return true;
		}
	}
	return false;
}

/* --- the three values --- */

/* "<f4", "|b1", "<M8[ns]", or a list for a record. */
static bool
take_descr(struct text *t, struct array *a)
{
	struct text s;
	char descr[64];
	char c = peek(t);

	a->has_descr = true;
	if (c == '[' || c == '(')
		return skip_nested(t);
	if (!take_string(t, descr, sizeof(descr)))
		return false;
	s.p = descr;
	s.end = descr + strlen(descr);
	if (s.p < s.end && strchr("<>|=", *s.p) != NULL)
		s.p++;
	if (s.p == s.end || strchr("biufcmMOSUV", *s.p) == NULL)
		return false;
	a->kind = *s.p++;
	if (a->kind == 'O')		/* pickled, of any size */
		return true;
	if (!take_number(&s, &a->item) || a->item > ITEM_MAX)
		return false;
	if (a->kind == 'U')		/* so many of 4 bytes */
		a->item *= 4;
	return s.p == s.end || *s.p == '[';
}

static bool
take_order(struct text *t, struct array *a)
{
	a->has_order = true;
	a->fortran = take_word(t, "True");
	return a->fortran || take_word(t, "False");
}

/* "()", "(3,)", "(2, 3)"; Python 2 wrote "(2L, 3L)". */
static bool
take_shape(struct text *t, struct array *a)
{
	a->has_shape = true;
	a->n_dims = 0;
	if (!take(t, '('))
		return false;
	while (!take(t, ')')) {
		if (a->n_dims == DIMS_MAX ||
		    !take_number(t, &a->dims[a->n_dims++]))
			return false;
		(void)take(t, 'L');
		if (!take(t, ',') && peek(t) != ')')
			return false;
	}
	return true;
}

static bool
take_header(struct text *t, struct array *a)
{
	char key[16];
	bool ok;

	memset(a, 0, sizeof(*a));
	if (!take(t, '{'))
		return false;
	while (!take(t, '}')) {
		if (!take_string(t, key, sizeof(key)) || !take(t, ':'))
			return false;
		if (strcmp(key, "descr") == 0)
			ok = !a->has_descr && take_descr(t, a);
		else if (strcmp(key, "fortran_order") == 0)
			ok = !a->has_order && take_order(t, a);
		else
			ok = strcmp(key, "shape") == 0 && !a->has_shape &&
			    take_shape(t, a);
		if (!ok || (!take(t, ',') && peek(t) != '}'))
			return false;
	}
	return a->has_descr && a->has_order && a->has_shape &&
	    peek(t) == '\0' && t->p == t->end;
}

/* --- the array --- */

/* Bytes of the array and of a row of it; false: more than there can be. */
static bool
measure(const struct array *a, uint64_t *size, uint64_t *row)
{
	uint64_t count = 1;
	size_t i;

	for (i = 0; i < a->n_dims; i++) {
		if (!num_mul(count, a->dims[i], &count))
			return false;
	}
	if (!num_mul(count, a->item, size))
		return false;
	/* The innermost dimension; of an array that is not empty, it is no
	 * more than all. */
	*row = 0;
	if (*size > 0 && a->n_dims >= 2)
		*row = a->dims[a->fortran ? 0 : a->n_dims - 1] * a->item;
	if (*row == *size)
		*row = 0;
	return true;
}

static enum err_code
add_array(const struct region_input *in, struct region_list *list,
    const struct array *a, uint64_t data_off, struct err *e)
{
	struct region r;

	memset(&r, 0, sizeof(r));
	r.off = data_off;
	r.size = in->size - data_off;
	r.kind = REGION_OTHER;
	r.element = 1;
	r.bcj = LZMA_VLI_UNKNOWN;
	r.dtype[0] = a->kind;
	if (a->kind == '\0' || a->kind == 'O')
		return region_add(list, in->size, &r, NULL, 0, e);
	if (!measure(a, &r.size, &r.row)) {
		region_broken(list, "npy: more elements than there can be");
		return ERR_OK;
	}
	(void)snprintf(r.dtype, sizeof(r.dtype), "%c%" PRIu32,
	    a->kind, (uint32_t)(a->kind == 'U' ? a->item / 4 : a->item));
	/* bfloat16 and others that numpy does not know are V1 and V2. */
	if ((strchr("biufcmM", a->kind) != NULL && a->item <= NUMBER_MAX) ||
	    (a->kind == 'V' && a->item <= 8)) {
		r.kind = REGION_NUMBERS;
		r.element = (uint32_t)a->item;
	}
	return region_add(list, in->size, &r, NULL, 0, e);
}

static enum err_code
read_array(const struct region_input *in, struct region_list *list,
    uint64_t at, size_t n, struct err *e)
{
	char *header = malloc(n > 0 ? n : 1);
	struct array a;
	struct text t;
	bool ok;

	if (header == NULL)
		return err_nomem(e);
	t.p = header;
	t.end = header + n;
	if (region_read(in, at, header, n, &ok, e) == ERR_OK) {
		if (ok && take_header(&t, &a))
			add_array(in, list, &a, at + n, e);
		else
			region_broken(list, "npy: the header is wrong");
	}
	free(header);
	return e->code;
}

enum err_code
region_npy(const struct region_input *in, struct region_list *list,
    struct err *e)
{
	uint8_t head[8], size[4];
	size_t n;
	uint64_t header;
	bool ok;

	if (region_read(in, 0, head, sizeof(head), &ok, e) != ERR_OK || !ok ||
	    memcmp(head, "\x93NUMPY", 6) != 0)
		return e->code;
	list->format = "npy";
	n = head[6] == 1 ? 2 : 4;
	if (region_read(in, sizeof(head), size, n, &ok, e) != ERR_OK)
		return e->code;
	if (head[6] < 1 || head[6] > 3 || !ok) {
		region_broken(list, "npy: not of version 1, 2 or 3");
		return ERR_OK;
	}
	header = num_le(size, n);
	if (header > HEADER_MAX) {
		region_broken(list, "npy: a header of more than 1 MiB");
		return ERR_OK;
	}
	return read_array(in, list, sizeof(head) + n, (size_t)header, e);
}
