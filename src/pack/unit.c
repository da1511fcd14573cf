#include "pack/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pattern.h"
#include "pack/cut.h"
#include "pack/order.h"
#include "region/machine.h"

#define GROUP_MIN ((uint64_t)8 << 10)	/* smaller groups join a neighbour */
#define LOOK_MIN ((uint64_t)4 << 10)	/* smaller files are one piece */
#define CUT_MIN ((uint64_t)256 << 10)	/* larger ones are looked through */
#define SHORT 256			/* bytes that never are a unit */
#define HEAD 4096			/* bytes that tell text */

struct making {
	const struct tarstream *t;
	const struct unit_request *r;
	const struct source *cursor;
	struct unit *units;	/* [n]; owned by the caller in the end */
	size_t n, cap;
};

uint64_t
unit_slice(uint64_t size, uint64_t max)
{
	uint64_t n = (size + max - 1) / max;

	return num_round_up((size + n - 1) / n, 512);
}

/* --- joining --- */

bool
unit_same_type(const struct unit *a, const struct unit *b)
{
	return a->kind == b->kind && a->bcj == b->bcj &&
	    a->element == b->element && strcmp(a->dtype, b->dtype) == 0;
}

/* May b, which follows a, be coded with it, whatever the trial says? */
static bool
belongs(const struct unit *a, const struct unit *b)
{
	if (b->pinned)
		return false;
	if (b->kind == UNIT_NONE || a->kind == UNIT_NONE)
		return true;
	if (a->kind == UNIT_FORCED || b->kind == UNIT_FORCED)
		return a->kind == b->kind && a->rule == b->rule;
	if (unit_same_type(a, b))
		return a->kind != UNIT_BINARY || (!a->solo && !b->solo);
	/* Numbers keep their phase: what is before them stays apart. */
	if (a->kind == UNIT_NUMBERS || b->kind == UNIT_NUMBERS)
		return false;
	return (a->size < GROUP_MIN && !b->solo) ||
	    (b->size < GROUP_MIN && !a->solo);
}

static void
join(struct unit *a, const struct unit *b)
{
	if (a->kind == UNIT_NONE || (a->size < GROUP_MIN &&
	    b->kind != UNIT_NONE && b->size > a->size)) {
		a->kind = b->kind;
		a->bcj = b->bcj;
		a->rule = b->rule;
		a->solo = b->solo;
		a->element = b->element;
		memcpy(a->dtype, b->dtype, sizeof(a->dtype));
	}
	a->size += b->size;
}

/* Weights, by their type or by all signs. */
static bool
is_weights(const struct unit *u)
{
	return u->size >= UNIT_LARGE && (u->kind == UNIT_NUMBERS ||
	    (u->kind == UNIT_BINARY && u->solo));
}

/*
 * A little that no kind is known of, behind weights, such as the header of the
 * next entry of a zip: it waits for what comes.  With small numbers it finds
 * others of its like, if it leaves them their phase; weights learn nothing
 * from it.
 */
static void
settle(struct making *m, const struct unit *next)
{
	struct unit *gap, *before;

	if (m->n < 2)
		return;
	gap = &m->units[m->n - 1];
	before = gap - 1;
	if (gap->kind != UNIT_NONE || !is_weights(before) || gap->pinned)
		return;
	if (next == NULL || next->pinned || next->kind == UNIT_FORCED ||
	    is_weights(next) || gap->size % next->element != 0 ||
	    (next->kind == UNIT_NUMBERS && unit_same_type(before, next))) {
		before->size += gap->size;
		before->tail = next == NULL ? gap->size : 0;
		m->n--;
	}
}

static enum err_code
append(struct making *m, const struct unit *u, struct err *e)
{
	struct unit *p;
	size_t cap;

	if (u->size == 0)
		return ERR_OK;
	if (u->kind != UNIT_NONE || u->pinned)
		settle(m, u);
	if (m->n > 0 && belongs(&m->units[m->n - 1], u) &&
	    (u->kind != UNIT_NONE || !is_weights(&m->units[m->n - 1]))) {
		join(&m->units[m->n - 1], u);
		return ERR_OK;
	}
	if (m->n == m->cap) {
		cap = m->cap > 0 ? 2 * m->cap : 64;
		p = realloc(m->units, cap * sizeof(*p));
		if (p == NULL)
			return err_nomem(e);
		m->units = p;
		m->cap = cap;
	}
	m->units[m->n++] = *u;
	return ERR_OK;
}

/* --- what a piece is --- */

static struct unit
piece(uint64_t off, uint64_t end, enum unit_kind kind)
{
	struct unit u;

	memset(&u, 0, sizeof(u));
	u.off = off;
	u.size = end - off;
	u.kind = kind;
	u.solo = kind != UNIT_TEXT && u.size >= UNIT_LARGE;
	u.bcj = LZMA_VLI_UNKNOWN;
	u.element = 1;
	return u;
}

/* The filter for it, if the target has that. */
static lzma_vli
allowed_bcj(const struct making *m, lzma_vli bcj)
{
	struct err ignored = ERR_INIT;
	struct chain probe;

	if (bcj == LZMA_VLI_UNKNOWN)
		return bcj;
	chain_preset(&probe, LZMA_PRESET_DEFAULT);
	chain_prepend(&probe, bcj, 0);
	return chain_allowed(&probe, m->r->target, &ignored) == ERR_OK ? bcj :
	    LZMA_VLI_UNKNOWN;
}

/* What no format names: text, or any bytes. */
static enum err_code
look_at(const struct making *m, struct unit *u, struct err *e)
{
	uint8_t head[HEAD];
	size_t n = (size_t)num_min(u->size, HEAD);

	if (u->size < SHORT) {
		u->kind = UNIT_NONE;
		return ERR_OK;
	}
	if (m->cursor->read(m->cursor->ctx, u->off, head, n, e) != ERR_OK)
		return e->code;
	u->kind = order_kind(head, n) == KIND_TEXT ? UNIT_TEXT : UNIT_BINARY;
	u->solo &= u->kind != UNIT_TEXT;
	return ERR_OK;
}

/* Bytes that no format names, cut where they change. */
static enum err_code
append_unknown(struct making *m, const struct unit *u, struct err *e)
{
	uint64_t places[CUT_MAX], at = 0, end;
	struct unit part;
	size_t i, n = 0;

	if (u->kind == UNIT_BINARY && u->size >= CUT_MIN &&
	    cut_find(m->cursor, u->off, u->size, places, &n, e) != ERR_OK)
		return e->code;
	for (i = 0; i <= n && e->code == ERR_OK; i++, at = end) {
		end = i < n ? places[i] : u->size;
		part = *u;
		part.off = u->off + at;
		part.size = end - at;
		append(m, &part, e);
	}
	return e->code;
}

static enum err_code
append_region(struct making *m, uint64_t data_off, const struct region *r,
    bool program, struct err *e)
{
	struct unit u = piece(data_off + r->off, data_off + r->off + r->size,
	    UNIT_BINARY);

	if (r->kind == REGION_NUMBERS) {
		u.kind = UNIT_NUMBERS;
		u.element = r->element;
		memcpy(u.dtype, r->dtype, sizeof(u.dtype));
	} else if (r->kind == REGION_CODE) {
		u.bcj = allowed_bcj(m, r->bcj);
		u.kind = u.bcj != LZMA_VLI_UNKNOWN ? UNIT_CODE : UNIT_BINARY;
	} else {
		/* Tables of their own, each. */
		u.solo |= program && u.size >= LOOK_MIN;
		return look_at(m, &u, e) != ERR_OK ? e->code :
		    append_unknown(m, &u, e);
	}
	return append(m, &u, e);
}

static bool
has_code(const struct region_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->regions[i].kind == REGION_CODE)
			return true;
	}
	return false;
}

/* A file that is not text, by its regions. */
static enum err_code
append_regions(struct making *m, size_t i, struct err *e)
{
	const struct tarspan *s = tarstream_span(m->t, i);
	const struct member *mem = tarstream_member(m->t, i);
	struct region_list list;
	bool program;
	size_t k;

	region_find(m->cursor, s->data_off, mem->size, &list, e);
	if (e->code == ERR_OK && list.warning[0] != '\0' &&
	    m->r->warn != NULL)
		m->r->warn(m->r->warn_ctx, mem->name, list.warning);
	program = has_code(&list);
	/* Its header names a machine, and no parser found the code. */
	if (list.n == 1 && list.regions[0].kind == REGION_OTHER &&
	    mem->bcj != LZMA_VLI_UNKNOWN) {
		list.regions[0].kind = REGION_CODE;
		list.regions[0].bcj = mem->bcj;
	}
	for (k = 0; k < list.n && e->code == ERR_OK; k++)
		append_region(m, s->data_off, &list.regions[k], program, e);
	region_list_free(&list);
	return e->code;
}

/* The rule for a member, counted from 1; 0: none. */
static size_t
rule_for(const struct making *m, const struct member *mem)
{
	size_t rule = m->r->n_rules;

	while (rule > 0 && !pattern_matches(m->r->rules[rule - 1].pattern,
	    mem->name))
		rule--;
	return rule;
}

static enum err_code
append_data(struct making *m, size_t i, struct err *e)
{
	const struct tarspan *s = tarstream_span(m->t, i);
	const struct member *mem = tarstream_member(m->t, i);
	struct unit u = piece(s->data_off, s->pad_off, UNIT_TEXT);

	if (mem->kind == KIND_TEXT)
		return append(m, &u, e);
	if (mem->size >= LOOK_MIN)
		return append_regions(m, i, e);
	u.bcj = allowed_bcj(m, mem->bcj);
	u.kind = u.bcj != LZMA_VLI_UNKNOWN ? UNIT_CODE : UNIT_BINARY;
	return append(m, &u, e);
}

/* Behind much else a header is better off with text, or what is next. */
static enum unit_kind
head_kind(const struct making *m)
{
	const struct unit *last;

	if (m->n == 0)
		return UNIT_NONE;
	last = &m->units[m->n - 1];
	if (last->kind == UNIT_NONE && m->n > 1 && is_weights(last - 1))
		last--;
	if (last->kind == UNIT_FORCED)
		return UNIT_NONE;
	return last->kind == UNIT_TEXT || last->size >= UNIT_LARGE ?
	    UNIT_TEXT : UNIT_NONE;
}

static enum err_code
append_member(struct making *m, size_t i, struct err *e)
{
	const struct tarspan *s = tarstream_span(m->t, i);
	const struct member *mem = tarstream_member(m->t, i);
	bool data = mem->type == MEMBER_FILE && mem->size > 0;
	size_t rule = data ? rule_for(m, mem) : 0;
	struct unit u = piece(s->head_off, s->data_off, head_kind(m));

	if (rule > 0) {
		u = piece(s->head_off, s->end_off, UNIT_FORCED);
		u.rule = rule - 1;
	}
	u.pinned = m->r->each_member && data;
	if (append(m, &u, e) != ERR_OK || rule > 0)
		return e->code;
	if (data && append_data(m, i, e) != ERR_OK)
		return e->code;
	u = piece(s->pad_off, s->end_off, UNIT_NONE);
	return append(m, &u, e);
}

enum err_code
unit_make(const struct tarstream *t, const struct unit_request *r,
    struct unit **out, size_t *n_units, struct err *e)
{
	struct source cursor = { NULL, NULL };
	struct making m = { .t = t, .r = r, .cursor = &cursor };
	struct unit end;
	size_t i;

	if (tarstream_cursor(t, &cursor, e) == ERR_OK) {
		for (i = 0; i < tarstream_count(t) && e->code == ERR_OK; i++)
			append_member(&m, i, e);
	}
	tarstream_cursor_end(&cursor, e);
	end = piece(tarstream_members_end(t), tarstream_size(t), UNIT_NONE);
	if (e->code == ERR_OK && append(&m, &end, e) == ERR_OK)
		settle(&m, NULL);
	*out = m.units;
	*n_units = m.n;
	return e->code;
}

void
unit_part_tail(struct unit *units, size_t *n_units)
{
	struct unit *last = &units[*n_units - 1], *tail = last + 1;
	struct chain c;

	if (last->tail == 0 || !last->choice.stored)
		return;
	last->size -= last->tail;
	*tail = piece(last->off + last->size, last->off + last->size +
	    last->tail, UNIT_NONE);
	last->tail = 0;
	tail->like = *n_units;
	tail->leader = tail->off;
	chain_preset(&c, 9 | LZMA_PRESET_EXTREME);
	c.lzma.dict_size = LZMA_DICT_SIZE_MIN;
	c.lzma.pb = 0;
	choice_only(&tail->choice, &c, false);
	++*n_units;
}
