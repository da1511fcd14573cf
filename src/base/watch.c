#include "base/watch.h"

#include <stddef.h>
#include <time.h>

void
watch_begin(const struct watch *w, const char *phase, uint64_t total)
{
	if (w != NULL && w->begin != NULL)
		w->begin(w->ctx, phase, total);
}

enum err_code
watch_step(const struct watch *w, uint64_t n, struct err *e)
{
	if (w == NULL)
		return ERR_OK;
	if (w->stop != NULL && atomic_load(w->stop) != 0)
		return err_set(e, ERR_FAIL, "interrupted by a signal");
	if (w->quit != NULL && atomic_load(w->quit) != 0)
		return err_set(e, ERR_FAIL, "not wanted any more");
	if (w->advance != NULL && n > 0)
		w->advance(w->ctx, n);
	return ERR_OK;
}

int64_t
watch_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
