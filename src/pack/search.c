#include "pack/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/*
 * Of a packed tensor, what its recipe adds to the header when that is encoded:
 * the name and the shape are there a second time, its checksum is no text that
 * was there before.
 */
#define SIDE 20		/* bytes */
#define PARAMS_SHORT 40	/* bytes of parameters that repeat those of others */

/* What a candidate that may win was packed to. */
struct trying {
	struct buf packed;
	json_t *params;
};

struct search {
	const struct search_request *r;
	struct search_result *res;
	struct trying tries[SEARCH_MAX];	/* as res->candidates */
};

uint64_t
search_cost(const struct search_candidate *c)
{
	return c->weigh.size + c->side;
}

/* The least that more care may find. */
static uint64_t
least_cost(const struct search_candidate *c)
{
	return c->weigh.least + c->side;
}

static void
drop(struct trying *t)
{
	buf_free(&t->packed);
	json_decref(t->params);
	t->params = NULL;
}

/* --- one candidate --- */

static enum err_code
weigh_side(const json_t *params, uint64_t *side, struct err *e)
{
	struct buf text;

	buf_init(&text, (size_t)1 << 24);
	if (json_dump_callback(params, buf_sink, &text, JSON_COMPACT) != 0)
		err_nomem(e);
	else if (text.size <= PARAMS_SHORT)
		*side = SIDE + text.size / 4;
	else if (weigh_text(text.data, text.size, side, e) == ERR_OK)
		*side += SIDE;
	buf_free(&text);
	return e->code;
}

/* The bytes of candidate i. */
static const uint8_t *
bytes_of(const struct search *s, size_t i)
{
	return i == 0 ? s->r->raw : s->tries[i].packed.data;
}

static enum err_code
weigh(struct search *s, size_t i, enum weigh_care care, struct err *e)
{
	struct search_candidate *c = &s->res->candidates[i];

	if (watch_step(s->r->watch, 0, e) != ERR_OK)
		return e->code;
	return weigh_bytes(&s->r->rules, bytes_of(s, i), (size_t)c->size,
	    i == 0 ? s->r->tensor->word : 1, care, &c->weigh, e);
}

/* Encode in one way, and weigh it.  *held is false when it does not hold the
 * values, and why says why. */
static enum err_code
try_way(struct search *s, const struct packing *p,
    const struct packing_way *way, bool *held, struct err *why,
    struct err *e)
{
	size_t i = s->res->n;
	struct search_candidate *c = &s->res->candidates[i];
	struct trying *t = &s->tries[i];
	struct err own = ERR_INIT;

	*held = false;
	if (i == SEARCH_MAX)
		return err_set(e, ERR_FAIL, "too many packings");
	buf_init(&t->packed, SIZE_MAX / 2);
	t->params = json_object();
	if (t->params == NULL)
		return err_nomem(e);
	if (p->encode(s->r->tensor, s->r->raw, way->id, &t->packed, t->params,
	    &own) == ERR_OK && s->r->no_empty && t->packed.size == 0)
		err_set(&own, ERR_UNSUPPORTED, "nothing is left of it");
	if (own.code != ERR_OK) {
		drop(t);
		if (own.code != ERR_UNSUPPORTED)
			return err_copy(e, &own);
		err_copy(why, &own);
		return ERR_OK;
	}
	*held = true;
	c->packing = p;
	c->way = way->name;
	c->size = t->packed.size;
	s->res->n++;
	if (weigh_side(t->params, &c->side, e) != ERR_OK)
		return e->code;
	return weigh(s, i, WEIGH_QUICK, e);
}

/* --- which is the smallest? --- */

/* May candidate i be the one that is wanted?  What was dropped may not, even
 * if what it lost to turns out to be larger. */
static bool
may_win(const struct search *s, size_t i)
{
	return i == 0 ? s->r->only == NULL : s->tries[i].params != NULL;
}

/* The first of the smallest, by what is known. */
static size_t
find_best(const struct search *s)
{
	const struct search_candidate *c = s->res->candidates;
	size_t i, best = SEARCH_MAX;

	for (i = 0; i < s->res->n; i++) {
		if (may_win(s, i) && (best == SEARCH_MAX ||
		    search_cost(&c[i]) < search_cost(&c[best])))
			best = i;
	}
	return best;
}

/* Those that cannot win need not be kept. */
static void
drop_losers(struct search *s)
{
	const struct search_candidate *c = s->res->candidates;
	size_t i, best = find_best(s);

	for (i = 1; i < s->res->n && best < SEARCH_MAX; i++) {
		if (i != best && least_cost(&c[i]) >= search_cost(&c[best]))
			drop(&s->tries[i]);
	}
}

/* The one to be weighed next: the least certain of those that may win, or
 * SEARCH_MAX when it is known who does. */
static size_t
find_next(const struct search *s)
{
	const struct search_candidate *c = s->res->candidates;
	size_t i, next = SEARCH_MAX, rivals = 0, best = find_best(s);

	for (i = 0; i < s->res->n; i++) {
		if (!may_win(s, i) || (i != best && least_cost(&c[i]) >=
		    search_cost(&c[best])))
			continue;
		rivals++;
		if (c[i].weigh.care < WEIGH_WELL && (next == SEARCH_MAX ||
		    c[i].weigh.size - c[i].weigh.least >
		    c[next].weigh.size - c[next].weigh.least))
			next = i;
	}
	return rivals > 1 ? next : SEARCH_MAX;
}

static enum err_code
settle(struct search *s, struct err *e)
{
	const struct search_candidate *c = s->res->candidates;
	size_t next;

	while ((next = find_next(s)) != SEARCH_MAX) {
		/* A sample that was all of them tells no more when larger. */
		if (weigh(s, next, c[next].weigh.care == WEIGH_QUICK &&
		    c[next].weigh.sampled && c[next].weigh.least > 0 ?
		    WEIGH_MORE : WEIGH_WELL, e) != ERR_OK)
			return e->code;
		drop_losers(s);
	}
	s->res->best = find_best(s);
	return ERR_OK;
}

/* --- all of it --- */

/* Do the packed bytes give the values back? */
static enum err_code
verify(struct search *s, struct err *e)
{
	const struct search_candidate *c = &s->res->candidates[s->res->best];
	const struct trying *t = &s->tries[s->res->best];
	const struct tensor *tensor = s->r->tensor;
	uint8_t *back = malloc((size_t)tensor->size);

	if (back == NULL)
		return err_nomem(e);
	if (c->packing->decode(tensor, t->params, t->packed.data,
	    t->packed.size, back, e) != ERR_OK)
		err_wrap(e, "packed by %s", c->way);
	else if (memcmp(back, s->r->raw, (size_t)tensor->size) != 0)
		err_set(e, ERR_FAIL, "packed by %s, it is not what it was; "
		    "memory may be faulty", c->way);
	free(back);
	return e->code;
}

static enum err_code
try_packing(struct search *s, const struct packing *p, struct err *why,
    struct err *e)
{
	const struct packing_way *way;
	bool held;

	for (way = p->ways; way->name != NULL; way++) {
		if (watch_step(s->r->watch, 0, e) != ERR_OK ||
		    try_way(s, p, way, &held, why, e) != ERR_OK)
			return e->code;
		if (held)
			drop_losers(s);
	}
	return ERR_OK;
}

static enum err_code
try_all(struct search *s, struct err *e)
{
	struct search_candidate *none = &s->res->candidates[0];
	const struct packing *const *p;
	struct err why = ERR_INIT;

	none->way = "none";
	none->size = s->r->tensor->size;
	s->res->n = 1;
	if (weigh(s, 0, WEIGH_QUICK, e) != ERR_OK)
		return e->code;
	if (s->r->only != NULL) {
		if (try_packing(s, s->r->only, &why, e) == ERR_OK &&
		    s->res->n == 1)
			err_copy(e, &why);
		return e->code;
	}
	for (p = packing_all; *p != NULL; p++) {
		if (try_packing(s, *p, &why, e) != ERR_OK)
			break;
	}
	return e->code;
}

enum err_code
search_tensor(const struct search_request *r, struct search_result *res,
    struct err *e)
{
	struct search s = { .r = r, .res = res };
	size_t i;

	memset(res, 0, sizeof(*res));
	if (try_all(&s, e) == ERR_OK && settle(&s, e) == ERR_OK &&
	    res->best > 0 && verify(&s, e) == ERR_OK) {
		res->packed = s.tries[res->best].packed;
		res->params = s.tries[res->best].params;
		memset(&s.tries[res->best], 0, sizeof(s.tries[0]));
	}
	for (i = 1; i < SEARCH_MAX; i++)
		drop(&s.tries[i]);
	return e->code;
}

void
search_free(struct search_result *res)
{
	buf_free(&res->packed);
	json_decref(res->params);
	memset(res, 0, sizeof(*res));
}
