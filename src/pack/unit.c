#include "pack/unit.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "region/machine.h"
#include "xz/chain.h"

#define GROUP_MIN ((uint64_t)8 << 10)	/* smaller groups join a neighbour */
#define HEAD 4096			/* bytes that tell the kind */

static bool
rule_matches(const struct unit_rule *rule, const char *name)
{
	const char *slash = strrchr(name, '/');

	if (strchr(rule->pattern, '/') == NULL && slash != NULL)
		name = slash + 1;
	return fnmatch(rule->pattern, name, 0) == 0;
}

static enum unit_kind
kind_of_bytes(const uint8_t *p, size_t n)
{
	size_t i, odd = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == 0)
			return UNIT_BINARY;
		odd += p[i] < 32 && (p[i] < 7 || p[i] > 13) && p[i] != 27;
	}
	return odd * 64 > n ? UNIT_BINARY : UNIT_TEXT;
}

static enum err_code
classify(const struct tarstream *t, const struct unit_request *r,
    const struct source *cursor, size_t i, struct unit *u, struct err *e)
{
	const struct tarspan *span = tarstream_span(t, i);
	const struct member *m = tarstream_member(t, i);
	struct err ignored = ERR_INIT;
	uint8_t head[HEAD];
	struct chain probe;
	size_t n, rule;

	memset(u, 0, sizeof(*u));
	u->off = span->head_off;
	u->size = span->end_off - span->head_off;
	u->bcj = LZMA_VLI_UNKNOWN;
	if (m->type != MEMBER_FILE || m->size == 0)
		return ERR_OK;
	for (rule = r->n_rules; rule > 0; rule--) {
		if (!rule_matches(&r->rules[rule - 1], m->name))
			continue;
		u->kind = UNIT_FORCED;
		u->rule = rule - 1;
		return ERR_OK;
	}
	n = (size_t)num_min(m->size, HEAD);
	if (cursor->read(cursor->ctx, span->data_off, head, n, e) != ERR_OK)
		return e->code;
	u->kind = kind_of_bytes(head, n);
	u->bcj = machine_bcj(head, n);
	chain_preset(&probe, LZMA_PRESET_DEFAULT);
	if (u->bcj != LZMA_VLI_UNKNOWN)
		chain_prepend(&probe, u->bcj, 0);
	if (chain_allowed(&probe, r->target, &ignored) != ERR_OK)
		u->bcj = LZMA_VLI_UNKNOWN;
	if (u->bcj != LZMA_VLI_UNKNOWN)
		u->kind = UNIT_CODE;
	u->solo = u->kind != UNIT_TEXT && m->size >= UNIT_SOLO_MIN;
	return ERR_OK;
}

/* May b, which follows a, be coded with it, whatever the trial says? */
static bool
belongs(const struct unit *a, const struct unit *b)
{
	if (a->kind == UNIT_NONE || b->kind == UNIT_NONE)
		return true;
	if (a->kind == UNIT_FORCED || b->kind == UNIT_FORCED)
		return a->kind == b->kind && a->rule == b->rule;
	if (a->solo || b->solo)
		return false;
	return (a->kind == b->kind && a->bcj == b->bcj) ||
	    a->size < GROUP_MIN || b->size < GROUP_MIN;
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
	}
	a->size += b->size;
}

enum err_code
unit_make(const struct tarstream *t, const struct unit_request *r,
    struct unit **out, size_t *n_units, struct err *e)
{
	size_t i, n = tarstream_count(t), made = 0;
	struct source cursor = { NULL, NULL };
	struct unit u, *units = calloc(n + 1, sizeof(*units));

	*out = units;
	*n_units = 0;
	if (units == NULL)
		return err_nomem(e);
	if (tarstream_cursor(t, &cursor, e) != ERR_OK)
		return e->code;
	for (i = 0; i < n; i++) {
		if (classify(t, r, &cursor, i, &u, e) != ERR_OK)
			break;
		if (made > 0 && belongs(&units[made - 1], &u))
			join(&units[made - 1], &u);
		else
			units[made++] = u;
	}
	tarstream_cursor_end(&cursor, e);
	if (made > 0)
		units[made - 1].size += tarstream_size(t) -
		    tarstream_members_end(t);
	*n_units = made;
	return e->code;
}
