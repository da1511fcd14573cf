#include "compare/clock.h"

#include <time.h>

static uint64_t
ns(clockid_t id)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

uint64_t
clock_thread_ns(void)
{
	return ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t
clock_process_ns(void)
{
	return ns(CLOCK_PROCESS_CPUTIME_ID);
}
