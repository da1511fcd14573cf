#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"

#define PIECE ((size_t)64 << 10)	/* bytes of a frame's data, at most */
#define CHANNELS 16U			/* those above are our own */
#define CHANNEL_READY 16U		/* a struct sandbox_state */
#define CHANNEL_END 17U			/* a struct ending */
#define KEEP_MAX 16
#define TICK_MS 50			/* how often progress is looked at */
#define GRACE_MS 10000		/* to come to an end that was asked for */

/* What work is called that has a name here, and what it is called that has
 * none: the watch keeps the pointer. */
static const char *const phases[] = { "reading", "checking", "extracting",
    "measuring", "unpacking", "packing", "planning", "encoding",
    "verifying", "comparing", "working" };
#define N_PHASES (sizeof(phases) / sizeof(phases[0]))

/* What goes over the pipe: this, and then size bytes. */
struct frame {
	uint32_t channel;
	uint32_t size;
};

struct ending {
	int32_t code;
	char text[ERR_TEXT_MAX];
};

/* Progress, in memory that both have.  The child may write anything. */
struct shared {
	atomic_int stop;		/* the parent's wish */
	atomic_uint phase_number;	/* counts the phases begun */
	atomic_uint phase;		/* an index of phases[] */
	atomic_uint_fast64_t total;
	atomic_uint_fast64_t done;
};

struct worker_link {
	int fd;
	struct shared *shared;
	uint8_t *frame;			/* [sizeof(struct frame) + PIECE] */
	struct sandbox_state state;
};

/* The parent's state of one job. */
struct host {
	const struct worker_job *job;
	struct sandbox_state *state;
	struct shared *shared;
	pid_t pid;
	int fd;				/* the pipe's end to read from */
	uint8_t *buf;			/* [sizeof(struct frame) + PIECE] */
	size_t filled;			/* bytes of it */
	bool ready;			/* the sandbox's state has come */
	bool ended;			/* an ending has come */
	unsigned int phase_number;	/* the last one told to the watch */
	uint64_t done;			/* of that phase, told */
	int64_t begin_ms;
	int64_t stop_ms;		/* when the child was asked to end; 0:
					 * it was not */
};

/* --- the child --- */

static enum err_code
send_frame(struct worker_link *l, unsigned int channel, const void *p,
    size_t n, struct err *e)
{
	struct frame f = { channel, (uint32_t)n };

	memcpy(l->frame, &f, sizeof(f));
	if (n > 0)
		memcpy(l->frame + sizeof(f), p, n);
	return io_write(l->fd, l->frame, sizeof(f) + n, NULL, e);
}

enum err_code
worker_send(struct worker_link *l, unsigned int channel, const void *p,
    size_t n, struct err *e)
{
	const uint8_t *bytes = p;
	size_t step;

	for (; n > 0; bytes += step, n -= step) {
		step = (size_t)num_min(n, PIECE);
		if (send_frame(l, channel, bytes, step, e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}

const struct sandbox_state *
worker_state(const struct worker_link *l)
{
	return &l->state;
}

static void
child_begin(void *ctx, const char *phase, uint64_t total)
{
	struct shared *s = ctx;
	unsigned int i = 0;

	while (i < N_PHASES - 1 && strcmp(phases[i], phase) != 0)
		i++;
	atomic_store(&s->phase, i);
	atomic_store(&s->total, total);
	atomic_store(&s->done, 0);
	atomic_fetch_add(&s->phase_number, 1);
}

static void
child_advance(void *ctx, uint64_t n)
{
	struct shared *s = ctx;

	atomic_fetch_add(&s->done, n);
}

static void
set_signal(int sig, void (*handler)(int))
{
	struct sigaction a;

	memset(&a, 0, sizeof(a));
	a.sa_handler = handler;
	(void)sigaction(sig, &a, NULL);
}

/* The terminal's signals go to the parent too, which ends the child. */
static void
child_signals(void)
{
	set_signal(SIGINT, SIG_IGN);
	set_signal(SIGHUP, SIG_IGN);
	set_signal(SIGPIPE, SIG_IGN);
	set_signal(SIGXFSZ, SIG_IGN);
	set_signal(SIGTERM, SIG_DFL);
	set_signal(SIGXCPU, SIG_DFL);
}

/* What is in the environment, tokens of a build service say, shall not get
 * into files.  All that needs it has looked before the fork. */
static void
child_environment(void)
{
	char **p;

	for (p = environ; p != NULL && *p != NULL; p++)
		memset(*p, 0, strlen(*p));
}

static bool
is_needed(const struct worker_job *job, const struct worker_link *l, int fd)
{
	size_t i;

	for (i = 0; i < job->sandbox.n_keep; i++) {
		if (job->sandbox.keep[i] == fd)
			return true;
	}
	return fd == l->fd || fd == job->sandbox.stage_fd;
}

/* Nothing is said on the parent's descriptors, and nothing opened takes
 * their numbers.  Where the parent had them closed they are our own. */
static enum err_code
child_standard(const struct worker_job *job, const struct worker_link *l,
    struct err *e)
{
	int fd = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC), i;

	if (fd < 0)
		return err_sys(e, errno, "/dev/null: cannot open");
	for (i = 0; i <= 2; i++) {
		if ((i < 2 || !sandbox_reports()) && !is_needed(job, l, i) &&
		    dup2(fd, i) < 0)
			err_sys(e, errno, "cannot set a descriptor");
	}
	if (fd > 2)
		(void)close(fd);
	return e->code;
}

static enum err_code
child_enter(const struct worker_job *job, struct worker_link *l,
    struct err *e)
{
	struct sandbox_request r = job->sandbox;
	int keep[KEEP_MAX + 4];
	size_t n = 0, i;

	for (; n < 3; n++)
		keep[n] = (int)n;
	for (i = 0; i < r.n_keep && i < KEEP_MAX; i++)
		keep[n++] = r.keep[i];
	keep[n++] = l->fd;
	r.keep = keep;
	r.n_keep = n;
	if (sandbox_enter(&r, &l->state, e) == ERR_OK)
		send_frame(l, CHANNEL_READY, &l->state, sizeof(l->state), e);
	return e->code;
}

static void
child(const struct worker_job *job, int fd, struct shared *shared,
    pid_t parent)
{
	struct worker_link l = { .fd = fd, .shared = shared };
	struct watch w = { &shared->stop, NULL, child_begin, child_advance,
	    shared };
	struct err e = ERR_INIT, lost = ERR_INIT;
	struct ending end;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	(void)umask(0);
	child_signals();
	child_environment();
	l.frame = malloc(sizeof(struct frame) + PIECE);
	if (l.frame == NULL)
		_exit(1);
	if (child_standard(job, &l, &e) == ERR_OK &&
	    child_enter(job, &l, &e) == ERR_OK)
		job->run(job->ctx, &l, &w, &e);
	memset(&end, 0, sizeof(end));
	end.code = (int32_t)e.code;
	memcpy(end.text, e.text, sizeof(end.text));
	_exit(send_frame(&l, CHANNEL_END, &end, sizeof(end), &lost) ==
	    ERR_OK ? 0 : 1);
}

/* --- the parent --- */

/* Tell the watch what the child has done since. */
static void
relay_progress(struct host *h)
{
	const struct watch *w = h->job->watch;
	unsigned int number = atomic_load(&h->shared->phase_number);
	uint64_t done, total;

	if (w == NULL || number == 0)
		return;
	done = atomic_load(&h->shared->done);
	total = atomic_load(&h->shared->total);
	if (number != h->phase_number) {
		h->phase_number = number;
		h->done = 0;
		watch_begin(w, phases[atomic_load(&h->shared->phase) %
		    N_PHASES], total);
	}
	if (done > h->done && w->advance != NULL)
		w->advance(w->ctx, done - h->done);
	h->done = done;
}

static enum err_code
take_ending(struct host *h, const uint8_t *p, size_t n, struct err *e)
{
	struct ending end;

	if (n != sizeof(end))
		return err_set(e, ERR_FAIL, "the confined process makes no "
		    "sense");
	memcpy(&end, p, sizeof(end));
	end.text[sizeof(end.text) - 1] = '\0';
	h->ended = true;
	if (end.code == ERR_OK)
		return ERR_OK;
	if (end.code < ERR_OK || end.code > ERR_MEMLIMIT)
		end.code = ERR_FAIL;
	return err_set(e, (enum err_code)end.code, "%s", end.text);
}

static enum err_code
take_frame(struct host *h, const struct frame *f, const uint8_t *p,
    struct err *e)
{
	if (f->channel < CHANNELS)
		return h->job->receive(h->job->ctx, f->channel, p, f->size,
		    e);
	if (f->channel == CHANNEL_END)
		return take_ending(h, p, f->size, e);
	/* Only once: before anything hostile is looked at. */
	if (f->channel == CHANNEL_READY && !h->ready &&
	    f->size == sizeof(*h->state)) {
		memcpy(h->state, p, sizeof(*h->state));
		h->ready = true;
		return ERR_OK;
	}
	return err_set(e, ERR_FAIL, "the confined process makes no sense");
}

/* Hand on the frames that are complete. */
static enum err_code
take_frames(struct host *h, struct err *e)
{
	struct frame f;
	size_t at = 0;

	while (h->filled - at >= sizeof(f) && !h->ended) {
		memcpy(&f, h->buf + at, sizeof(f));
		if (f.size > PIECE)
			return err_set(e, ERR_FAIL,
			    "the confined process makes no sense");
		if (h->filled - at - sizeof(f) < f.size)
			break;
		if (take_frame(h, &f, h->buf + at + sizeof(f), e) != ERR_OK)
			return e->code;
		at += sizeof(f) + f.size;
	}
	h->filled -= at;
	memmove(h->buf, h->buf + at, h->filled);
	return ERR_OK;
}

/* Does the owner want it to end?  Then the child may have some time to say what
 * it has, if that is of use. */
static enum err_code
look_for_stop(struct host *h, struct err *e)
{
	struct err stopped = ERR_INIT;

	if (watch_step(h->job->watch, 0, &stopped) == ERR_OK)
		return ERR_OK;
	if (h->stop_ms == 0) {
		h->stop_ms = watch_clock_ms();
		atomic_store(&h->shared->stop, 1);
	}
	if (h->job->partial && watch_clock_ms() - h->stop_ms < GRACE_MS)
		return ERR_OK;
	return err_copy(e, &stopped);
}

/* One wait for the pipe, and one read; *open is false at its end. */
static enum err_code
listen_once(struct host *h, bool *open, struct err *e)
{
	struct pollfd p = { h->fd, POLLIN, 0 };
	ssize_t n;
	int r = poll(&p, 1, TICK_MS);

	relay_progress(h);
	if (look_for_stop(h, e) != ERR_OK)
		return e->code;
	if (h->job->seconds > 0 && h->job->seconds <=
	    (uint64_t)(watch_clock_ms() - h->begin_ms) / 1000)
		return err_set(e, ERR_LIMIT, "takes longer than %llu "
		    "seconds; raise --max-time", (unsigned long long)
		    h->job->seconds);
	if (r < 0 && errno != EINTR)
		return err_sys(e, errno, "cannot wait for the confined "
		    "process");
	if (r <= 0)
		return ERR_OK;
	n = read(h->fd, h->buf + h->filled,
	    sizeof(struct frame) + PIECE - h->filled);
	if (n < 0 && errno != EINTR && errno != EAGAIN)
		return err_sys(e, errno, "cannot read from the confined "
		    "process");
	*open = n != 0;
	if (n > 0) {
		h->filled += (size_t)n;
		take_frames(h, e);
	}
	return e->code;
}

/* How a child ended that has sent no ending. */
static enum err_code
say_death(int status, struct err *e)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	switch (sig) {
	case SIGSYS:
		return err_set(e, ERR_UNSAFE, "the confined process made a "
		    "forbidden system call and was ended; refused");
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGABRT:
		return err_set(e, ERR_UNSAFE, "the confined process crashed "
		    "(signal %d); refused", sig);
	case SIGXCPU:
		return err_set(e, ERR_LIMIT, "takes too much processor "
		    "time; raise --max-time");
	case 0:
		return err_set(e, ERR_FAIL, "the confined process ended "
		    "early");
	default:
		return err_set(e, ERR_FAIL, "the confined process was ended "
		    "by signal %d", sig);
	}
}

/* End the child, which has no more to say, and wait for that: it may not want
 * to.  One that is ending already keeps its status. */
static enum err_code
reap(struct host *h, struct err *e)
{
	int status = 0;
	pid_t r;

	(void)kill(h->pid, SIGKILL);
	do
		r = waitpid(h->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	/* ECHILD: it is gone, but SIGCHLD is ignored. */
	if (r < 0 && errno != ECHILD)
		return err_sys(e, errno, "cannot wait for the confined "
		    "process");
	if (e->code == ERR_OK && !h->ended)
		say_death(status, e);
	return e->code;
}

static enum err_code
host(struct host *h, struct err *e)
{
	bool open = true;

	h->begin_ms = watch_clock_ms();
	while (open && !h->ended && listen_once(h, &open, e) == ERR_OK)
		;
	/* A signal that ended the child may have been meant for us. */
	if (e->code == ERR_OK && !h->ended)
		watch_step(h->job->watch, 0, e);
	reap(h, e);
	relay_progress(h);
	return e->code;
}

static enum err_code
start(struct host *h, struct err *e)
{
	pid_t me = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return err_sys(e, errno, "cannot make a pipe");
	/* Only a matter of speed. */
	(void)fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
	h->fd = fds[0];
	h->pid = fork();
	if (h->pid == 0) {
		(void)close(fds[0]);
		child(h->job, fds[1], h->shared, me);
	}
	if (h->pid < 0)
		err_sys(e, errno, "cannot start the confined process");
	(void)close(fds[1]);
	return e->code;
}

enum err_code
worker_run(const struct worker_job *job, struct sandbox_state *state,
    struct err *e)
{
	struct host h = { .job = job, .state = state, .fd = -1 };

	memset(state, 0, sizeof(*state));
	h.buf = malloc(sizeof(struct frame) + PIECE);
	h.shared = mmap(NULL, sizeof(*h.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h.buf == NULL || h.shared == MAP_FAILED)
		err_nomem(e);
	else if (start(&h, e) == ERR_OK)
		host(&h, e);
	if (h.fd >= 0)
		(void)close(h.fd);
	if (h.shared != MAP_FAILED)
		(void)munmap(h.shared, sizeof(*h.shared));
	free(h.buf);
	return e->code;
}
