#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct pool_crew {
	pthread_mutex_t lock;
	pthread_cond_t left;
	unsigned int free;	/* items that may be begun */
};

struct slot {
	void *result;
	struct err err;
	bool done;
};

struct pool {
	struct pool_job job;
	pthread_mutex_t lock;
	pthread_cond_t work_ready;	/* a worker may take an item */
	pthread_cond_t item_done;	/* the owner may receive */
	struct slot *slots;		/* [window]; item i at i % window */
	size_t taken;			/* items given to workers */
	size_t received;		/* items given to the owner */
	bool stop;
	pthread_t *threads;
	unsigned int n_started;
};

/* --- crews --- */

enum err_code
pool_crew_new(unsigned int n, struct pool_crew **out, struct err *e)
{
	struct pool_crew *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return err_nomem(e);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->left, NULL);
	c->free = n;
	*out = c;
	return ERR_OK;
}

void
pool_crew_free(struct pool_crew *c)
{
	if (c == NULL)
		return;
	pthread_cond_destroy(&c->left);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void
crew_enter(struct pool_crew *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	while (c->free == 0)
		pthread_cond_wait(&c->left, &c->lock);
	c->free--;
	pthread_mutex_unlock(&c->lock);
}

static void
crew_leave(struct pool_crew *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->free++;
	pthread_cond_signal(&c->left);
	pthread_mutex_unlock(&c->lock);
}

/* --- workers --- */

/* One item, with the lock held on entry and on return. */
static void
run_item(struct pool *p, size_t i)
{
	struct slot *s = &p->slots[i % p->job.window];
	struct err e = ERR_INIT;
	void *result = NULL;

	pthread_mutex_unlock(&p->lock);
	crew_enter(p->job.crew);
	p->job.work(p->job.ctx, i, &result, &e);
	crew_leave(p->job.crew);
	pthread_mutex_lock(&p->lock);
	s->result = result;
	s->err = e;
	s->done = true;
	if (e.code != ERR_OK)
		p->stop = true;
	pthread_cond_signal(&p->item_done);
}

static void *
worker(void *arg)
{
	struct pool *p = arg;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->stop && p->taken < p->job.n_items &&
		    p->taken - p->received >= p->job.window)
			pthread_cond_wait(&p->work_ready, &p->lock);
		if (p->stop || p->taken == p->job.n_items)
			break;
		run_item(p, p->taken++);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static enum err_code
start_threads(struct pool *p, struct err *e)
{
	sigset_t all, before;
	unsigned int i;
	int r;

	if (p->job.n_threads <= 1 && !p->job.aside)
		return ERR_OK;
	p->threads = calloc(p->job.n_threads, sizeof(*p->threads));
	if (p->threads == NULL)
		return err_nomem(e);
	/* Signals are the owner's, which may be blocked in a transfer. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (i = 0; i < p->job.n_threads && i < p->job.n_items; i++) {
		r = pthread_create(&p->threads[i], NULL, worker, p);
		/* One worker is enough to go on with. */
		if (r != 0 && i == 0)
			err_sys(e, r, "cannot start a thread");
		if (r != 0)
			break;
		p->n_started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e->code;
}

enum err_code
pool_start(const struct pool_job *job, struct pool **out, struct err *e)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return err_nomem(e);
	p->job = *job;
	if (p->job.window == 0)
		p->job.window = (size_t)p->job.n_threads + 1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work_ready, NULL);
	pthread_cond_init(&p->item_done, NULL);
	p->slots = calloc(p->job.window, sizeof(*p->slots));
	if (p->slots == NULL)
		err_nomem(e);
	else
		start_threads(p, e);
	if (e->code != ERR_OK) {
		pool_free(p);
		return e->code;
	}
	*out = p;
	return ERR_OK;
}

enum err_code
pool_next(struct pool *p, void **result, struct err *e)
{
	struct slot *s = &p->slots[p->received % p->job.window];

	*result = NULL;
	pthread_mutex_lock(&p->lock);
	if (p->n_started == 0 && !s->done && !p->stop)
		run_item(p, p->taken++);
	/* A worker that stopped early leaves items that nobody will do. */
	while (!s->done && !(p->stop && p->received >= p->taken))
		pthread_cond_wait(&p->item_done, &p->lock);
	if (s->done && s->err.code == ERR_OK) {
		*result = s->result;
		s->result = NULL;
		s->done = false;
		p->received++;
		pthread_cond_signal(&p->work_ready);
	} else if (s->done) {
		err_copy(e, &s->err);
	} else {
		err_set(e, ERR_FAIL, "a worker stopped early");
	}
	pthread_mutex_unlock(&p->lock);
	return e->code;
}

void
pool_free(struct pool *p)
{
	unsigned int t;
	size_t i;

	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->work_ready);
	pthread_mutex_unlock(&p->lock);
	for (t = 0; t < p->n_started; t++)
		pthread_join(p->threads[t], NULL);
	for (i = 0; p->slots != NULL && i < p->job.window; i++) {
		if (p->slots[i].result != NULL && p->job.drop != NULL)
			p->job.drop(p->slots[i].result);
	}
	pthread_cond_destroy(&p->item_done);
	pthread_cond_destroy(&p->work_ready);
	pthread_mutex_destroy(&p->lock);
	free(p->threads);
	free(p->slots);
	free(p);
}

enum err_code
pool_run(const struct pool_job *job,
    enum err_code (*take)(void *, size_t, void *, struct err *),
    struct err *e)
{
	struct pool *p = NULL;
	void *result;
	size_t i;

	if (pool_start(job, &p, e) != ERR_OK)
		return e->code;
	for (i = 0; i < job->n_items; i++) {
		if (pool_next(p, &result, e) != ERR_OK)
			break;
		if (take != NULL && take(job->ctx, i, result, e) != ERR_OK)
			break;
		if (take == NULL && job->drop != NULL && result != NULL)
			job->drop(result);
	}
	pool_free(p);
	return e->code;
}
