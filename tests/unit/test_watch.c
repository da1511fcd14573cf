#include "base/watch.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "harness.h"

/* What the owner's functions were told. */
struct told {
	char phase[32];
	uint64_t total;
	uint64_t done;
	unsigned int n_begin;
	unsigned int n_advance;
};

static void
on_begin(void *ctx, const char *phase, uint64_t total)
{
	struct told *t = ctx;

	strncpy(t->phase, phase, sizeof(t->phase) - 1);
	t->total = total;
	t->n_begin++;
}

static void
on_advance(void *ctx, uint64_t n)
{
	struct told *t = ctx;

	t->done += n;
	t->n_advance++;
}

static void
told_all(void)
{
	struct told t = { "", 0, 0, 0, 0 };
	struct watch w = { .begin = on_begin,
	    .advance = on_advance, .ctx = &t };
	struct err e = ERR_INIT;

	watch_begin(&w, "encoding", UINT64_MAX);
	CU_ASSERT_STRING_EQUAL(t.phase, "encoding");
	CU_ASSERT_EQUAL(t.total, UINT64_MAX);
	CU_ASSERT_EQUAL(watch_step(&w, 5, &e), ERR_OK);
	CU_ASSERT_EQUAL(watch_step(&w, UINT64_C(1) << 40, &e), ERR_OK);
	CU_ASSERT_EQUAL(t.done, (UINT64_C(1) << 40) + 5);
	CU_ASSERT_EQUAL(t.n_advance, 2);
	watch_begin(&w, "verifying", 0);
	CU_ASSERT_STRING_EQUAL(t.phase, "verifying");
	CU_ASSERT_EQUAL(t.total, 0);
	CU_ASSERT_EQUAL(t.n_begin, 2);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
}

/* No bytes are no news, but a reason to look whether to stop. */
static void
no_bytes(void)
{
	struct told t = { "", 0, 0, 0, 0 };
	atomic_int stop = 0;
	struct watch w = { .stop = &stop, .begin = on_begin,
	    .advance = on_advance, .ctx = &t };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(watch_step(&w, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(t.n_advance, 0);
	stop = 1;
	CU_ASSERT_EQUAL(watch_step(&w, 0, &e), ERR_FAIL);
	CU_ASSERT_EQUAL(t.n_advance, 0);
}

static void
stopped(void)
{
	struct told t = { "", 0, 0, 0, 0 };
	atomic_int stop = 0;
	struct watch w = { .stop = &stop, .begin = on_begin,
	    .advance = on_advance, .ctx = &t };
	struct err e = ERR_INIT, again = ERR_INIT, other = ERR_INIT;

	CU_ASSERT_EQUAL(watch_step(&w, 3, &e), ERR_OK);
	stop = SIGTERM;
	CU_ASSERT_EQUAL(watch_step(&w, 4, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "interrupted"));
	CU_ASSERT_EQUAL(t.done, 3);
	/* It stays stopped, for every thread with its own error. */
	CU_ASSERT_EQUAL(watch_step(&w, 4, &again), ERR_FAIL);
	CU_ASSERT_EQUAL(t.n_advance, 1);
	/* An earlier error wins. */
	err_set(&other, ERR_CORRUPT, "damaged");
	CU_ASSERT_EQUAL(watch_step(&w, 4, &other), ERR_CORRUPT);
	CU_ASSERT_STRING_EQUAL(other.text, "damaged");
}

/* Nobody watches, or only in part. */
static void
nobody(void)
{
	atomic_int stop = 0;
	struct told t = { "", 0, 0, 0, 0 };
	struct watch none, only_stop, only_advance, only_begin;
	struct err e = ERR_INIT;

	memset(&none, 0, sizeof(none));
	only_stop = only_advance = only_begin = none;
	only_stop.stop = &stop;
	only_advance.advance = on_advance;
	only_advance.ctx = &t;
	only_begin.begin = on_begin;
	only_begin.ctx = &t;
	watch_begin(NULL, "a", 1);
	watch_begin(&none, "b", 1);
	watch_begin(&only_stop, "c", 1);
	watch_begin(&only_advance, "d", 1);
	CU_ASSERT_EQUAL(t.n_begin, 0);
	watch_begin(&only_begin, "e", 1);
	CU_ASSERT_EQUAL(t.n_begin, 1);
	CU_ASSERT_EQUAL(watch_step(NULL, 7, &e), ERR_OK);
	CU_ASSERT_EQUAL(watch_step(&none, 7, &e), ERR_OK);
	CU_ASSERT_EQUAL(watch_step(&only_begin, 7, &e), ERR_OK);
	CU_ASSERT_EQUAL(watch_step(&only_stop, 7, &e), ERR_OK);
	CU_ASSERT_EQUAL(t.done, 0);
	CU_ASSERT_EQUAL(watch_step(&only_advance, 7, &e), ERR_OK);
	CU_ASSERT_EQUAL(t.done, 7);
	stop = 1;
	CU_ASSERT_EQUAL(watch_step(&only_stop, 7, &e), ERR_FAIL);
}

/* Of a part alone, another flag stops the work. */
static void
quits(void)
{
	atomic_int quit = 0;
	struct watch w = { .quit = &quit };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(watch_step(&w, 1, &e), ERR_OK);
	atomic_store(&quit, 1);
	CU_ASSERT_EQUAL(watch_step(&w, 1, &e), ERR_FAIL);
}

static void
clock_goes(void)
{
	struct timespec nap = { 0, 20000000 };
	int64_t begin = watch_clock_ms(), end;

	CU_ASSERT_EQUAL(nanosleep(&nap, NULL), 0);
	end = watch_clock_ms();
	CU_ASSERT_TRUE(end - begin >= 19 && end - begin < 60000);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "phases and bytes", told_all },
		{ "no bytes", no_bytes },
		{ "stopped", stopped },
		{ "nobody watches", nobody },
		{ "quits", quits },
		{ "the clock", clock_goes },
	};

	return harness_run("watch", tests, HARNESS_COUNT(tests));
}
