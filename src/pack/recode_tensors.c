#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/num.h"
#include "base/pattern.h"
#include "base/pool.h"
#include "pack/recode_part.h"
#include "xz/crc.h"
#include "xz/encode.h"

/* Without a limit, threads are no reason to take more. */
#define MEMORY ((uint64_t)4 << 30)

/* What was made of a tensor. */
struct found {
	struct search_result search;
	struct baseline baseline;
	uint32_t crc32;
};

/* --- tensors --- */

static const struct recode_rule *
rule_for(const struct recode_request *r, const char *name)
{
	size_t i;

	for (i = r->rules.n; i-- > 0;) {
		if (pattern_matches(r->rules.v[i].pattern, name))
			return &r->rules.v[i];
	}
	return NULL;
}

/* Which rules are for any of the tensors at all? */
static void
meet_rules(const struct recoding *g)
{
	const struct recode_rules *r = &g->r->rules;
	size_t i, k;

	for (k = 0; k < r->n && r->met != NULL; k++) {
		for (i = 0; i < g->f.n && !r->met[k]; i++)
			r->met[k] = pattern_matches(r->v[k].pattern,
			    g->f.tensors[i].name);
	}
}

static void
found_free(void *result)
{
	struct found *found = result;

	if (found == NULL)
		return;
	search_free(&found->search);
	free(found);
}

static enum err_code
search(const struct recoding *g, size_t i, const uint8_t *raw,
    struct found *found, struct err *e)
{
	const struct stfile_tensor *t = &g->f.tensors[i];
	const struct recode_rule *rule = rule_for(g->r, t->name);
	struct search_request sr;

	memset(&sr, 0, sizeof(sr));
	sr.tensor = &t->tensor;
	sr.raw = raw;
	sr.only = rule != NULL ? rule->packing : NULL;
	sr.no_empty = g->no_empty && sr.only == NULL;
	sr.rules.target = g->r->target;
	sr.rules.dict_max = ENCODE_BLOCK_MAX;
	sr.watch = g->r->watch;
	if (search_tensor(&sr, &found->search, e) == ERR_UNSUPPORTED) {
		e->code = ERR_USAGE;
		err_wrap(e, "cannot be packed by %s", sr.only->name);
	}
	if (e->code == ERR_OK && g->r->report)
		baseline_measure(raw, (size_t)t->tensor.size, t->tensor.word,
		    &found->baseline, e);
	found->crc32 = crc_32(raw, (size_t)t->tensor.size, 0);
	return e->code;
}

/* On any thread. */
static enum err_code
work(void *ctx, size_t k, void **result, struct err *e)
{
	const struct recoding *g = ctx;
	size_t i = g->order[k];
	const struct stfile_tensor *t = &g->f.tensors[i];
	uint8_t *raw = malloc((size_t)t->tensor.size);
	struct found *found = calloc(1, sizeof(*found));

	if (raw == NULL || found == NULL)
		err_nomem(e);
	else if (recode_read(g->r->fd, g->in_off[i], raw,
	    (size_t)t->tensor.size, e) == ERR_OK)
		search(g, i, raw, found, e);
	free(raw);
	if (e->code == ERR_OK)
		watch_step(g->r->watch, t->tensor.size, e);
	if (e->code != ERR_OK) {
		found_free(found);
		return err_wrap(e, "%s", t->name);
	}
	*result = found;
	return ERR_OK;
}

static enum err_code
add_row(struct recode_row *row, const struct stfile_tensor *t,
    const struct found *found, struct err *e)
{
	const struct search_result *s = &found->search;

	row->name = strdup(t->name);
	row->candidates = calloc(s->n, sizeof(*row->candidates));
	if (row->name == NULL || row->candidates == NULL)
		return err_nomem(e);
	row->tensor = *stfile_original(t);
	memcpy(row->candidates, s->candidates, s->n *
	    sizeof(*row->candidates));
	row->n = s->n;
	row->best = s->best;
	row->baseline = found->baseline;
	return ERR_OK;
}

/* In order, on the calling thread. */
static enum err_code
take(void *ctx, size_t k, void *result, struct err *e)
{
	struct recoding *g = ctx;
	struct found *found = result;
	struct search_result *s = &found->search;
	struct stfile_tensor *t = &g->f.tensors[g->order[k]];

	if (g->r->report && add_row(&g->res->rows[g->order[k]], t, found,
	    e) != ERR_OK)
		goto out;
	if (s->best == 0)
		goto out;
	g->before += s->candidates[0].weigh.size;
	g->after += s->candidates[s->best].weigh.size;
	g->spool_off[g->order[k]] = g->spool_size;
	g->spool_size += s->packed.size;
	if (io_write(g->spool, s->packed.data, s->packed.size, g->r->watch,
	    e) == ERR_OK)
		stfile_pack(t, s->candidates[s->best].packing, s->params,
		    found->crc32, s->packed.size, e);
out:
	found_free(found);
	return e->code;
}

/* Is tensor i to be tried?  What cannot be and has to be is an error. */
static enum err_code
is_tried(struct recoding *g, size_t i, bool *yes, struct err *e)
{
	const struct stfile_tensor *t = &g->f.tensors[i];
	const struct recode_rule *rule = rule_for(g->r, t->name);
	bool forced = rule != NULL && rule->packing != NULL, can, fits;

	*yes = false;
	if ((rule != NULL && rule->packing == NULL) || t->size == 0 ||
	    (!forced && t->size < SEARCH_MIN))
		return ERR_OK;
	fits = t->size < SIZE_MAX / 16 && SEARCH_MEMORY(t->size) <=
	    g->r->memory;
	can = t->tensor.word > 0 && t->tensor.n <= TENSOR_VALUES_MAX;
	*yes = can && fits;
	g->forced |= forced;
	if (can && !fits) {
		g->n_large++;
		g->large = num_max(g->large, SEARCH_MEMORY(t->size));
	}
	if (*yes || !forced)
		return ERR_OK;
	if (!fits)
		return err_set(e, ERR_MEMLIMIT, "%s: packing it needs %llu "
		    "bytes of memory; raise --memlimit", t->name,
		    (unsigned long long)SEARCH_MEMORY(t->size));
	return err_set(e, ERR_USAGE, "%s: cannot be packed by %s: %s",
	    t->name, rule->packing->name, t->tensor.word == 0 ?
	    "its values have no whole bytes" : "it has too many values");
}

static int
by_size(const void *a, const void *b, void *tensors)
{
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	uint64_t x = ((const struct stfile_tensor *)tensors)[i].size;
	uint64_t y = ((const struct stfile_tensor *)tensors)[j].size;

	return x != y ? (x < y) - (x > y) : (i > j) - (i < j);
}

static enum err_code
list_tried(struct recoding *g, uint64_t *bytes, struct err *e)
{
	bool yes;
	size_t i;

	*bytes = 0;
	for (i = 0; i < g->f.n; i++) {
		if (is_tried(g, i, &yes, e) != ERR_OK)
			return e->code;
		if (!yes)
			continue;
		g->order[g->n_order++] = i;
		*bytes += g->f.tensors[i].size;
	}
	g->res->left_size = g->f.data_size - *bytes;
	if (g->n_large > 0)
		snprintf(g->res->left_why, sizeof(g->res->left_why), "%zu of "
		    "the tensors, which take up to %" PRIu64 " bytes of "
		    "memory; raise --memlimit", g->n_large, g->large);
	qsort_r(g->order, g->n_order, sizeof(*g->order), by_size,
	    g->f.tensors);
	return ERR_OK;
}

enum err_code
recode_tensors(struct recoding *g, struct err *e)
{
	struct pool_job job;
	uint64_t bytes, most;

	meet_rules(g);
	if (list_tried(g, &bytes, e) != ERR_OK || g->n_order == 0)
		return e->code;
	watch_begin(g->r->watch, "packing", bytes);
	most = SEARCH_MEMORY(g->f.tensors[g->order[0]].size);
	memset(&job, 0, sizeof(job));
	job.n_items = g->n_order;
	job.n_threads = (unsigned int)num_max(1, num_min(g->r->n_threads,
	    num_min(g->r->memory, MEMORY) / most));
	job.work = work;
	job.drop = found_free;
	job.ctx = g;
	return pool_run(&job, take, e);
}
