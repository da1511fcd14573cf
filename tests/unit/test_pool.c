#include "base/pool.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"

struct plan {
	size_t n_items;
	size_t fail_at;		/* items that fail, SIZE_MAX: none */
	size_t fail_also;
	size_t take_fails_at;
	size_t wrong_order;
	size_t taken;
	atomic_size_t begun;
	atomic_size_t most_ahead;
	atomic_long alive;	/* results made and not freed */
};

static atomic_long *alive_now;

static void
drop(void *result)
{
	atomic_fetch_sub(alive_now, 1);
	free(result);
}

static enum err_code
work(void *ctx, size_t i, void **result, struct err *e)
{
	struct plan *p = ctx;
	size_t *value;

	atomic_fetch_add(&p->begun, 1);
	/* Early items are slow, so that later ones are done before them. */
	if (i % 4 == 0)
		usleep(300);
	if (i == p->fail_at || i == p->fail_also)
		return err_set(e, ERR_CORRUPT, "item %zu", i);
	if (i % 7 == 6)
		return ERR_OK;		/* a NULL result is a result */
	value = malloc(sizeof(*value));
	if (value == NULL)
		return err_nomem(e);
	*value = i;
	atomic_fetch_add(&p->alive, 1);
	*result = value;
	return ERR_OK;
}

static enum err_code
take(void *ctx, size_t i, void *result, struct err *e)
{
	struct plan *p = ctx;
	size_t ahead = atomic_load(&p->begun) - i;

	if (ahead > atomic_load(&p->most_ahead))
		atomic_store(&p->most_ahead, ahead);
	if (i != p->taken || (i % 7 == 6) != (result == NULL) ||
	    (result != NULL && *(size_t *)result != i))
		p->wrong_order++;
	p->taken++;
	if (result != NULL)
		drop(result);
	if (i == p->take_fails_at)
		return err_set(e, ERR_LIMIT, "enough");
	return ERR_OK;
}

static struct pool_job
job_of(struct plan *p, size_t n, unsigned int threads)
{
	struct pool_job job = { .n_items = n, .n_threads = threads,
	    .work = work, .drop = drop, .ctx = p };

	*p = (struct plan){ .n_items = n, .fail_at = SIZE_MAX,
	    .fail_also = SIZE_MAX, .take_fails_at = SIZE_MAX };
	alive_now = &p->alive;
	return job;
}

static const unsigned int threads[] = { 1, 2, 8, 200 };

static void
order(void)
{
	static const size_t sizes[] = { 0, 1, 2, 9, 150 };
	static const size_t windows[] = { 0, 1, 3 };
	struct pool_job job;
	struct plan p;
	size_t t, n, w;

	for (t = 0; t < HARNESS_COUNT(threads); t++)
	for (n = 0; n < HARNESS_COUNT(sizes); n++)
	for (w = 0; w < HARNESS_COUNT(windows); w++) {
		struct err e = ERR_INIT;

		job = job_of(&p, sizes[n], threads[t]);
		job.window = windows[w];
		CU_ASSERT_EQUAL(pool_run(&job, take, &e), ERR_OK);
		CU_ASSERT_EQUAL(p.taken, sizes[n]);
		CU_ASSERT_EQUAL(p.wrong_order, 0);
		CU_ASSERT_EQUAL(p.begun, sizes[n]);
		CU_ASSERT_EQUAL(p.alive, 0);
		CU_ASSERT_TRUE(p.most_ahead <=
		    (windows[w] > 0 ? windows[w] : threads[t] + 1) + 1);
	}
}

/* Of two items that fail, the first by number is the one reported. */
static void
first_error(void)
{
	struct pool_job job;
	struct plan p;
	size_t t, round;

	for (t = 0; t < HARNESS_COUNT(threads); t++)
	for (round = 0; round < 10; round++) {
		struct err e = ERR_INIT;

		job = job_of(&p, 60, threads[t]);
		p.fail_at = 20;
		p.fail_also = 21;
		CU_ASSERT_EQUAL(pool_run(&job, take, &e), ERR_CORRUPT);
		CU_ASSERT_STRING_EQUAL(e.text, "item 20");
		CU_ASSERT_EQUAL(p.taken, 20);
		CU_ASSERT_EQUAL(p.wrong_order, 0);
		CU_ASSERT_EQUAL(p.alive, 0);
		/* Nobody goes on for long after an error. */
		CU_ASSERT_TRUE(p.begun <= 21 + threads[t] + 1);
	}
}

static void
take_fails(void)
{
	struct pool_job job;
	struct plan p;
	size_t t;

	for (t = 0; t < HARNESS_COUNT(threads); t++) {
		struct err e = ERR_INIT;

		job = job_of(&p, 60, threads[t]);
		p.take_fails_at = 13;
		CU_ASSERT_EQUAL(pool_run(&job, take, &e), ERR_LIMIT);
		CU_ASSERT_EQUAL(p.taken, 14);
		CU_ASSERT_EQUAL(p.alive, 0);
	}
}

static void
no_take(void)
{
	struct err e = ERR_INIT;
	struct pool_job job;
	struct plan p;

	job = job_of(&p, 40, 4);
	CU_ASSERT_EQUAL(pool_run(&job, NULL, &e), ERR_OK);
	CU_ASSERT_EQUAL(p.begun, 40);
	CU_ASSERT_EQUAL(p.alive, 0);
}

/* Freed before all, or any, results were received. */
static void
free_early(void)
{
	struct pool_job job;
	struct pool *pool;
	struct plan p;
	void *result;
	size_t t, n, i;

	pool_free(NULL);
	for (t = 0; t < HARNESS_COUNT(threads); t++)
	for (n = 0; n < 10; n += 3) {
		struct err e = ERR_INIT;

		job = job_of(&p, 60, threads[t]);
		pool = NULL;
		CU_ASSERT_EQUAL(pool_start(&job, &pool, &e), ERR_OK);
		for (i = 0; i < n; i++) {
			CU_ASSERT_EQUAL(pool_next(pool, &result, &e), ERR_OK);
			if (result != NULL)
				drop(result);
		}
		pool_free(pool);
		CU_ASSERT_EQUAL(p.alive, 0);
		CU_ASSERT_TRUE(p.begun <= n + threads[t] + 1);
	}
}

/* After an error, asking again gives it again and does not block. */
static void
ask_again(void)
{
	struct pool_job job;
	struct pool *pool;
	struct plan p;
	void *result;
	size_t t;

	for (t = 0; t < HARNESS_COUNT(threads); t++) {
		struct err e = ERR_INIT, again = ERR_INIT;

		job = job_of(&p, 5, threads[t]);
		p.fail_at = 0;
		pool = NULL;
		CU_ASSERT_EQUAL(pool_start(&job, &pool, &e), ERR_OK);
		CU_ASSERT_EQUAL(pool_next(pool, &result, &e), ERR_CORRUPT);
		CU_ASSERT_PTR_NULL(result);
		CU_ASSERT_EQUAL(pool_next(pool, &result, &again),
		    ERR_CORRUPT);
		pool_free(pool);
		CU_ASSERT_EQUAL(p.alive, 0);
	}
}

/* One thread aside: the work is done though nobody asks for it. */
static void
aside(void)
{
	struct err e = ERR_INIT;
	struct pool_job job;
	struct pool *pool = NULL;
	struct plan p;
	void *result = NULL;
	int i;

	job = job_of(&p, 2, 1);
	job.aside = true;
	CU_ASSERT_EQUAL(pool_start(&job, &pool, &e), ERR_OK);
	for (i = 0; i < 5000 && atomic_load(&p.alive) < 2; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(p.alive, 2);
	CU_ASSERT_EQUAL(pool_next(pool, &result, &e), ERR_OK);
	drop(result);
	pool_free(pool);
	CU_ASSERT_EQUAL(p.alive, 0);
}

static atomic_uint at_once, most_at_once;

static enum err_code
crew_work(void *ctx, size_t i, void **result, struct err *e)
{
	unsigned int n = atomic_fetch_add(&at_once, 1) + 1;

	(void)ctx;
	(void)i;
	(void)result;
	(void)e;
	if (n > atomic_load(&most_at_once))
		atomic_store(&most_at_once, n);
	usleep(500);
	atomic_fetch_sub(&at_once, 1);
	return ERR_OK;
}

/* Two jobs beside each other have no more in work than their crew. */
static void
crews(void)
{
	struct pool_job job = { .n_items = 40, .n_threads = 6,
	    .work = crew_work, .aside = true };
	unsigned int size;
	struct pool *other;

	for (size = 1; size < 4; size++) {
		struct err e = ERR_INIT;

		CU_ASSERT_EQUAL(pool_crew_new(size, &job.crew, &e), ERR_OK);
		atomic_store(&most_at_once, 0);
		other = NULL;
		CU_ASSERT_EQUAL(pool_start(&job, &other, &e), ERR_OK);
		CU_ASSERT_EQUAL(pool_run(&job, NULL, &e), ERR_OK);
		pool_free(other);
		CU_ASSERT(most_at_once >= 1 && most_at_once <= size);
		pool_crew_free(job.crew);
	}
	pool_crew_free(NULL);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "results come in order", order },
		{ "the first error wins", first_error },
		{ "the receiver fails", take_fails },
		{ "no receiver", no_take },
		{ "freed early", free_early },
		{ "aside", aside },
		{ "crews", crews },
		{ "asked again after an error", ask_again },
	};

	return harness_run("pool", tests, HARNESS_COUNT(tests));
}
