#include "wrap/phrases.h"

#include <string.h>

#include "wrap/phrases_part.h"

#define LIST_CHARS 32		/* below it, a code or an entry of itself */

/* Separators, the best first: what Python rarely has. */
static const char separators[] = "~`$?!;|^&@%";

void
phrases_free(struct phrases *p)
{
	buf_free(&p->coded);
	memset(p, 0, sizeof(*p));
}

bool
phrases_is_inside(uint8_t c)
{
	return (c & 0xC0) == 0x80;
}

bool
phrases_may_end(uint8_t c)
{
	return c != '\\' && c != '\'' && c != '"';
}

/* --- coding --- */

size_t
phrases_occur(const uint8_t *t, size_t n, const struct phrase *p)
{
	const uint8_t *end = t + n;
	size_t count = 0;

	while ((t = memmem(t, (size_t)(end - t), p->text, p->size)) != NULL) {
		t += p->size;
		count++;
	}
	return count;
}

static void
replace(struct buf *b, const struct phrase *p)
{
	uint8_t *to = b->data, *from = b->data, *end = b->data + b->size;
	uint8_t *at;
	size_t n;

	while ((at = memmem(from, (size_t)(end - from), p->text, p->size)) !=
	    NULL) {
		n = (size_t)(at - from);
		memmove(to, from, n);
		to += n;
		*to++ = p->code;
		from = at + p->size;
	}
	n = (size_t)(end - from);
	memmove(to, from, n);
	b->size = (size_t)(to - b->data) + n;
}

enum err_code
phrases_code(const struct phrases_request *r, struct phrases *p,
    struct err *e)
{
	size_t i;

	p->coded.ceiling = r->size;
	p->coded.size = 0;
	if (buf_append(&p->coded, r->text, r->size, e) != ERR_OK)
		return e->code;
	for (i = 0; i < p->n; i++)
		replace(&p->coded, &p->v[i]);
	return ERR_OK;
}

/* --- the list --- */

static const struct phrase *
of_code(const struct phrases *p, unsigned int c)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].code == c)
			return &p->v[i];
	}
	return NULL;
}

enum err_code
phrases_list(const struct phrases *p, struct buf *to, struct err *e)
{
	const struct phrase *x;
	unsigned int c, last = 0;
	uint8_t own;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].code > last)
			last = p->v[i].code;
	}
	for (c = 1; c <= last; c++) {
		x = of_code(p, c);
		own = (uint8_t)c;
		buf_append(to, &p->separator, 1, e);
		if (x != NULL)
			buf_append(to, x->text, x->size, e);
		else if ((p->own >> c & 1) != 0)
			buf_append(to, &own, 1, e);
	}
	return e->code;
}

/* Cut the list into the entries of the characters below LIST_CHARS; what is
 * behind its end has NULL. */
static void
cut(const struct phrases *p, const struct buf *list,
    const uint8_t *entry[LIST_CHARS + 1], size_t size[LIST_CHARS])
{
	size_t i, c = 0;

	for (i = 0; i < list->size && c < LIST_CHARS; i++) {
		if (list->data[i] == p->separator) {
			if (++c < LIST_CHARS)
				entry[c] = list->data + i + 1;
		} else if (c > 0) {
			size[c]++;
		}
	}
}

enum err_code
phrases_decode(const struct phrases *p, struct buf *to, struct err *e)
{
	const uint8_t *entry[LIST_CHARS + 1] = { NULL }, *t = p->coded.data;
	size_t size[LIST_CHARS] = { 0 }, i;
	struct buf list;

	buf_init(&list, LIST_CHARS * (PHRASE_MAX + 1));
	if (phrases_list(p, &list, e) == ERR_OK)
		cut(p, &list, entry, size);
	for (i = 0; i < p->coded.size && e->code == ERR_OK; i++) {
		if (t[i] < LIST_CHARS && entry[t[i]] != NULL)
			buf_append(to, entry[t[i]], size[t[i]], e);
		else
			buf_append(to, &t[i], 1, e);
	}
	buf_free(&list);
	return e->code;
}

/* --- all of it --- */

/* Find what characters there are, and a separator: 0 if there is none. */
static void
look(const struct phrases_request *r, struct phrases *p)
{
	bool used[256] = { false };
	size_t i;

	for (i = 0; i < r->size; i++)
		used[r->text[i]] = true;
	for (i = 0; i < 32; i++)
		p->own |= used[i] ? (uint32_t)1 << i : 0;
	for (i = 0; p->separator == 0 && separators[i] != '\0'; i++) {
		if (!used[(uint8_t)separators[i]])
			p->separator = (uint8_t)separators[i];
	}
	for (i = 33; p->separator == 0 && i < 128; i++) {
		if (!used[i] && phrases_may_end((uint8_t)i))
			p->separator = (uint8_t)i;
	}
}

static enum err_code
verify(const struct phrases_request *r, const struct phrases *p,
    struct err *e)
{
	struct buf back;

	buf_init(&back, r->size + 1);
	if (phrases_decode(p, &back, e) == ERR_OK && (back.size != r->size ||
	    memcmp(back.data, r->text, r->size) != 0))
		err_set(e, ERR_FAIL, "with phrases, the text is not what it "
		    "was; memory may be faulty");
	buf_free(&back);
	return e->code;
}

enum err_code
phrases_find(const struct phrases_request *r, struct phrases *out,
    struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (r->size == 0)
		return ERR_OK;
	look(r, out);
	if (phrases_code(r, out, e) != ERR_OK)
		return e->code;
	if (out->separator != 0 && r->size <= PHRASES_TEXT_MAX &&
	    phrases_search(r, out, e) != ERR_OK)
		return e->code;
	if (out->n == 0)
		out->separator = 0;
	return verify(r, out, e);
}
