#include "wrap/shrink.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "xz/alone.h"

#define SEEDS 2			/* of lc, lp and pb, for the second round */
#define TRIALS_MIN 5		/* whatever the budget is: lc with lp=pb=0 */

struct trials {
	const struct shrink_request *r;
	lzma_options_lzma *v;		/* [n] */
	uint64_t *sizes;		/* [n] */
	size_t n;
};

static enum err_code
try_one(void *ctx, size_t i, void **result, struct err *e)
{
	struct trials *t = ctx;

	(void)result;
	if (alone_size(t->r->data, t->r->size, &t->v[i], &t->sizes[i], e) ==
	    ERR_OK)
		watch_step(t->r->watch, t->r->size, e);
	return e->code;
}

/* Those of the trials that the budget has room for. */
static enum err_code
run(struct trials *t, struct err *e)
{
	const uint64_t room = t->r->budget / (t->r->size +
	    ALONE_START);
	struct pool_job job = {
		.n_threads = t->r->n_threads, .work = try_one, .ctx = t
	};

	if (t->n > room)
		t->n = room > TRIALS_MIN ? (size_t)room : TRIALS_MIN;
	job.n_items = t->n;
	watch_begin(t->r->watch, "settings", t->n * t->r->size);
	return pool_run(&job, NULL, e);
}

/* Put them where they belong among the best; of equals the first one wins. */
static void
rank(const struct trials *t, struct shrink_result *out)
{
	size_t i, j;

	for (i = 0; i < t->n; i++) {
		for (j = out->n; j > 0 && t->sizes[i] < out->sizes[j - 1]; j--)
			;
		if (j == SHRINK_BEST)
			continue;
		if (out->n < SHRINK_BEST)
			out->n++;
		memmove(&out->v[j + 1], &out->v[j],
		    (out->n - j - 1) * sizeof(out->v[0]));
		memmove(&out->sizes[j + 1], &out->sizes[j],
		    (out->n - j - 1) * sizeof(out->sizes[0]));
		out->v[j] = t->v[i];
		out->sizes[j] = t->sizes[i];
	}
}

static enum err_code
allocate(struct trials *t, const struct shrink_request *r, size_t n,
    struct err *e)
{
	t->r = r;
	t->n = 0;
	t->v = calloc(n, sizeof(*t->v));
	t->sizes = calloc(n, sizeof(*t->sizes));
	if (t->v == NULL || t->sizes == NULL)
		return err_nomem(e);
	return ERR_OK;
}

static void
release(struct trials *t)
{
	free(t->v);
	free(t->sizes);
}

enum err_code
shrink_literals(const struct shrink_request *r, struct shrink_result *out,
    struct err *e)
{
	lzma_options_lzma o;
	struct trials t;

	out->n = 0;
	alone_preset(&o, r->size);
	o.nice_len = 64;
	if (allocate(&t, r, 15 * (LZMA_PB_MAX + 1), e) == ERR_OK) {
		/* Text has no words of several bytes, so 0 comes first. */
		for (o.lp = 0; o.lp <= LZMA_LCLP_MAX; o.lp++)
			for (o.pb = 0; o.pb <= LZMA_PB_MAX; o.pb++)
				for (o.lc = 0; o.lc + o.lp <= LZMA_LCLP_MAX;
				    o.lc++)
					t.v[t.n++] = o;
		if (run(&t, e) == ERR_OK)
			rank(&t, out);
	}
	release(&t);
	return e->code;
}

/* All match finders that look at more than one position, and lengths at which
 * they stop: which is best is chance. */
static void
add_matches(struct trials *t, const lzma_options_lzma *seed)
{
	static const lzma_match_finder finders[] = {
		LZMA_MF_BT4, LZMA_MF_BT3, LZMA_MF_BT2
	};
	static const uint32_t nice[] = {
		64, 128, 32, 48, 96, 273, 40, 80, 24, 192, 56, 112, 160, 28,
		36, 44, 52, 72, 20, 224, 16, 12
	};
	lzma_options_lzma o = *seed;
	size_t i, j;

	for (i = 0; i < sizeof(nice) / sizeof(nice[0]); i++) {
		for (j = 0; j < sizeof(finders) / sizeof(finders[0]); j++) {
			o.nice_len = nice[i];
			o.mf = finders[j];
			t->v[t->n++] = o;
		}
	}
}

enum err_code
shrink_all(const struct shrink_request *r, struct shrink_result *out,
    struct err *e)
{
	struct shrink_result literals;
	struct trials t;
	size_t i;

	out->n = 0;
	if (shrink_literals(r, &literals, e) != ERR_OK)
		return e->code;
	if (allocate(&t, r, SEEDS * 22 * 3, e) == ERR_OK) {
		for (i = 0; i < SEEDS && i < literals.n; i++)
			add_matches(&t, &literals.v[i]);
		if (run(&t, e) == ERR_OK)
			rank(&t, out);
	}
	release(&t);
	return e->code;
}
