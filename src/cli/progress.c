#include "cli/progress.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/msg.h"

#define FIRST_MS 1000
#define STEP_MS 100
#define LEFT_AFTER_S 2.0	/* of a phase, its speed is known */

/* One line on one terminal: the process's own, so it may be global here. */
static struct {
	atomic_int stop;		/* lock-free, so legal in a handler */
	bool shown_at_all;
	_Atomic(const char *) phase;
	atomic_uint_fast64_t total;	/* bytes of the phase */
	atomic_uint_fast64_t done;
	atomic_int_fast64_t next_ms;	/* when to draw again */
	atomic_bool drawn;
	int64_t start_ms;
	atomic_int_fast64_t phase_ms;	/* when the phase began */
} state;

static void
on_signal(int sig)
{
	atomic_store(&state.stop, sig);
}

/* How long the phase will still take, if it goes on as it did; "" while that
 * is a guess. */
static void
time_left(char text[32], uint64_t done, uint64_t total)
{
	double past = (double)(watch_clock_ms() -
	    atomic_load(&state.phase_ms)) / 1e3, left;

	text[0] = '\0';
	if (past < LEFT_AFTER_S || done < total / 64 || done == 0)
		return;
	left = past * (double)(total - done) / (double)done;
	if (left < 90)
		snprintf(text, 32, ", %.0f s left", left);
	else
		snprintf(text, 32, ", %.0f min left", left / 60);
}

static void
draw(void)
{
	uint64_t total = atomic_load(&state.total);
	uint64_t done = atomic_load(&state.done);
	const char *phase = atomic_load(&state.phase);
	char line[128], left[32];
	int n;

	if (total == 0 || phase == NULL)
		return;
	if (done > total)
		done = total;
	time_left(left, done, total);
	n = snprintf(line, sizeof(line), "\r%-10s %3u %%  %.1f of %.1f MB  "
	    "%.0f s%s\033[K", phase, (unsigned int)((double)done * 100 /
	    (double)total), (double)done / 1e6, (double)total / 1e6,
	    (double)(watch_clock_ms() - state.start_ms) / 1e3, left);
	msg_raw(line, (size_t)n);
	atomic_store(&state.drawn, true);
}

static void
begin(void *ctx, const char *phase, uint64_t total)
{
	(void)ctx;
	atomic_store(&state.phase, phase);
	atomic_store(&state.done, 0);
	atomic_store(&state.total, total);
	atomic_store(&state.phase_ms, watch_clock_ms());
}

static void
advance(void *ctx, uint64_t n)
{
	int_fast64_t due = atomic_load(&state.next_ms), now;

	(void)ctx;
	atomic_fetch_add(&state.done, n);
	now = watch_clock_ms();
	/* One thread of those that see it due draws. */
	if (state.shown_at_all && now >= due &&
	    atomic_compare_exchange_strong(&state.next_ms, &due,
	    now + STEP_MS))
		draw();
}

static void
handle(int sig, void (*handler)(int))
{
	struct sigaction a;

	/* What is ignored stays so, as under nohup(1). */
	if (sigaction(sig, NULL, &a) == 0 && a.sa_handler == SIG_IGN)
		return;
	memset(&a, 0, sizeof(a));
	a.sa_handler = handler;
	/* No SA_RESTART: what blocks has to return. */
	sigemptyset(&a.sa_mask);
	(void)sigaction(sig, &a, NULL);
}

const struct watch *
progress_start(enum options_progress when)
{
	static const struct watch watch = {
		.stop = &state.stop, .begin = begin, .advance = advance,
	};

	handle(SIGINT, on_signal);
	handle(SIGTERM, on_signal);
	handle(SIGHUP, on_signal);
	handle(SIGXCPU, on_signal);
	handle(SIGPIPE, SIG_IGN);
	handle(SIGXFSZ, SIG_IGN);
	state.shown_at_all = when == PROGRESS_ALWAYS ||
	    (when == PROGRESS_AUTO && isatty(STDERR_FILENO));
	state.start_ms = watch_clock_ms();
	atomic_store(&state.next_ms, when == PROGRESS_ALWAYS ?
	    state.start_ms : state.start_ms + FIRST_MS);
	return &watch;
}

void
progress_die(void)
{
	int sig = atomic_load(&state.stop);

	/* XCPU would leave a core file. */
	if (sig == 0 || sig == SIGXCPU)
		return;
	handle(sig, SIG_DFL);
	(void)raise(sig);
}

void
progress_end(void)
{
	if (atomic_exchange(&state.drawn, false))
		msg_raw("\r\033[K", 4);
}
