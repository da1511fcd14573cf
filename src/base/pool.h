/*
 * pool: ordered workers.  The only user of <pthread.h> in src/.
 *
 * A job is n items.  Worker threads take them in order and make a result of
 * each; the owner receives the results in the order of the items.  No more
 * than `window` items are in hand (begun, or done and not yet received), so
 * memory is bounded by the window, whatever n is.
 *
 * With one thread no thread is started, unless the job is to run aside:
 * pool_next() does the work itself.
 * The results are the same for any number of threads.
 */
#ifndef XZB_POOL_H
#define XZB_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* A number of items that jobs which run beside each other may have in work at
 * once, all together.  Must outlive them. */
struct pool_crew;

/* n >= 1.  *out is the caller's, for pool_crew_free() (NULL is legal). */
enum err_code pool_crew_new(unsigned int n, struct pool_crew **out,
    struct err *e);
void pool_crew_free(struct pool_crew *c);

struct pool_job {
	size_t n_items;
	unsigned int n_threads;		/* 1 .. 256 */
	size_t window;			/* 0: n_threads + 1 */
	bool aside;			/* start a thread even for one: the
					 * owner has other work */
	struct pool_crew *crew;		/* borrowed; NULL: the job is alone */
	/*
	 * Make the result of item i (0-based); called from any thread.
	 * *result may stay NULL.  On an error nothing is owed.
	 */
	enum err_code (*work)(void *ctx, size_t i, void **result,
	    struct err *e);
	/* Free a result that nobody received.  May be NULL. */
	void (*drop)(void *result);
	void *ctx;
};

struct pool;

/* Start the workers.  *out is the caller's, to be freed by pool_free(). */
enum err_code pool_start(const struct pool_job *job, struct pool **out,
    struct err *e);

/*
 * Receive the next result, waiting for it; the caller owns it.  Must not be
 * called more than n_items times.  Fails with the error of the first item
 * (in order) that failed; no later item is given out then.
 */
enum err_code pool_next(struct pool *p, void **result, struct err *e);

/* Stop, join, drop what was not received.  NULL is legal. */
void pool_free(struct pool *p);

/*
 * The whole job in one call.  take (may be NULL: results are dropped) gets
 * each result in order on the calling thread and owns it.
 */
enum err_code pool_run(const struct pool_job *job,
    enum err_code (*take)(void *ctx, size_t i, void *result, struct err *e),
    struct err *e);

#endif
