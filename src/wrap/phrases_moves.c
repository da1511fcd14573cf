#include <string.h>

#include "wrap/phrases_part.h"

void
phrases_codes(const struct phrases *p, struct phrases_codes *c)
{
	uint8_t i;

	memset(c, 0, sizeof(*c));
	for (i = 1; i < 32; i++) {
		if (i == '\n' || i == '\r' || (p->own >> i & 1) != 0)
			continue;
		c->mask |= (uint32_t)1 << i;
		c->v[c->n++] = i;
	}
}

static struct phrase *
find(struct phrases *p, const struct phrase *x)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].size == x->size &&
		    memcmp(p->v[i].text, x->text, x->size) == 0)
			return &p->v[i];
	}
	return NULL;
}

static struct phrase *
find_code(struct phrases *p, uint8_t code)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].code == code)
			return &p->v[i];
	}
	return NULL;
}

/* The codes of phrases are always the first n, as gaps cost. */
static size_t
place_of(const struct phrases_codes *c, uint8_t code)
{
	size_t i;

	for (i = 0; i + 1 < c->n && c->v[i] != code; i++)
		;
	return i;
}

static void
swap_codes(struct phrase *a, struct phrase *b)
{
	uint8_t code = a->code;

	a->code = b->code;
	b->code = code;
}

/* Give it the code at a place; those between move by one. */
static void
shift(const struct phrases_codes *c, struct phrases *p, struct phrase *x,
    size_t to)
{
	size_t i = place_of(c, x->code);

	while (i != to) {
		i = i < to ? i + 1 : i - 1;
		swap_codes(x, find_code(p, c->v[i]));
	}
}

/* Behind all that are as long: what is long is replaced first. */
static struct phrase *
insert(struct phrases *p, const struct phrase *x)
{
	size_t i = p->n++;

	for (; i > 0 && p->v[i - 1].size < x->size; i--)
		p->v[i] = p->v[i - 1];
	p->v[i] = *x;
	return &p->v[i];
}

static void
take_out(struct phrases *p, struct phrase *x)
{
	size_t i = (size_t)(x - p->v);

	p->n--;
	memmove(x, x + 1, (p->n - i) * sizeof(*x));
}

bool
phrases_add(const struct phrases_codes *c, struct phrases *p,
    const struct phrase *x)
{
	struct phrase own = *x, *new;

	if (p->n == c->n || find(p, x) != NULL)
		return false;
	own.code = c->v[p->n];
	new = insert(p, &own);
	if (x->code != 0)
		shift(c, p, new, place_of(c, x->code));
	return true;
}

static bool
apply(const struct phrases_codes *c, struct phrases *p,
    const struct phrases_move *m)
{
	struct phrase *a = find(p, &m->a), *b = find(p, &m->b), own;

	if (m->kind != PHRASES_ADD && a == NULL)
		return false;
	switch (m->kind) {
	case PHRASES_ADD:
		return place_of(c, m->b.code) <= p->n &&
		    phrases_add(c, p, &m->b);
	case PHRASES_DROP:
		shift(c, p, a, p->n - 1);
		take_out(p, a);
		return true;
	case PHRASES_REPLACE:
		if (b != NULL)
			return false;
		own = m->b;
		own.code = a->code;
		take_out(p, a);
		insert(p, &own);
		return true;
	case PHRASES_SWAP:
		if (b == NULL || a == b)
			return false;
		swap_codes(a, b);
		return true;
	case PHRASES_SHIFT:
		if (a->code == m->b.code || place_of(c, m->b.code) >= p->n)
			return false;
		shift(c, p, a, place_of(c, m->b.code));
		return true;
	}
	return false;
}

bool
phrases_settle(const struct phrases_codes *c, struct phrases *p)
{
	struct phrase *x;
	size_t i;

	for (i = p->n; i-- > 0;) {
		x = find_code(p, c->v[i]);
		if (phrases_may_end(x->text[x->size - 1])) {
			swap_codes(x, find_code(p, c->v[p->n - 1]));
			return true;
		}
	}
	return p->n == 0;
}

bool
phrases_apply(const struct phrases_codes *c, struct phrases *p,
    const struct phrases_move *m)
{
	return apply(c, p, m) && phrases_settle(c, p);
}
