#include "base/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define MIB ((uint64_t)1 << 20)
#define PIECE ((size_t)64 << 10)
#define CHANNELS 16
#define READY 16		/* channels of the worker's own */
#define END 17
#define FDS 1024		/* descriptors that are looked at */

/* What the parent gets, and what it does then. */
struct box {
	struct worker_job job;
	struct sandbox_state state;
	struct buf got[CHANNELS];
	char order[64];		/* the channels, a letter for a piece */
	size_t n_order;
	size_t largest;		/* bytes of a piece */
	int sig;		/* sent to the child, whose pid has come */
	int fail;		/* the code that receive() fails with */
	atomic_int *stop;	/* set by the first piece */
	int told;		/* a descriptor that gets the pid, or -1 */
	int sent;		/* a number for the child */
	int64_t stopped_ms;
};

/* --- in the child --- */

/* As sleeping is a forbidden call. */
static void
wait_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	uint32_t word = 0;

	(void)syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0);
}

static enum err_code
hang(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	pid_t pid = getpid();

	(void)ctx;
	(void)w;
	if (worker_send(l, 0, &pid, sizeof(pid), e) != ERR_OK)
		return e->code;
	for (;;)
		wait_ms(60000);
}

/* The pipe to the parent: the one FIFO that is open. */
static int
pipe_fd(void)
{
	struct stat st;
	int fd;

	for (fd = 3; fd < FDS; fd++) {
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
			return fd;
	}
	return -1;
}

/* --- in the parent --- */

static enum err_code
receive(void *ctx, unsigned int channel, const uint8_t *p, size_t n,
    struct err *e)
{
	struct box *b = ctx;
	pid_t pid = 0;

	CU_ASSERT_TRUE(channel < CHANNELS);
	if (b->n_order < sizeof(b->order) - 1)
		b->order[b->n_order++] = (char)('a' + channel);
	if (n > b->largest)
		b->largest = n;
	if (n == sizeof(pid))
		memcpy(&pid, p, n);
	if (b->sig != 0 && pid > 0)
		CU_ASSERT_EQUAL(kill(pid, b->sig), 0);
	if (b->told >= 0 && write(b->told, &pid, sizeof(pid)) < 0)
		return err_set(e, ERR_FAIL, "cannot tell");
	if (b->stop != NULL) {
		*b->stop = 1;
		b->stopped_ms = watch_clock_ms();
	}
	if (b->fail != ERR_OK)
		return err_set(e, (enum err_code)b->fail, "had enough");
	return buf_append(&b->got[channel], p, n, e);
}

static void
box_init(struct box *b, enum err_code (*run)(void *ctx,
    struct worker_link *l, const struct watch *w, struct err *e))
{
	size_t i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < CHANNELS; i++)
		buf_init(&b->got[i], 64 * MIB);
	b->told = -1;
	b->job.run = run;
	b->job.receive = receive;
	b->job.ctx = b;
	b->job.sandbox.stage_fd = -1;
	b->job.sandbox.file_bytes = UINT64_MAX;
}

static void
box_free(struct box *b)
{
	size_t i;

	for (i = 0; i < CHANNELS; i++)
		buf_free(&b->got[i]);
}

static size_t
shared_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[4096];
	size_t n = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, "/dev/zero") != NULL;
	(void)fclose(f);
	return n;
}

/* Run it; nothing of it is left but what it said. */
static enum err_code
work(struct box *b, struct err *e)
{
	size_t fds = harness_entries("/proc/self/fd"), maps = shared_maps();

	worker_run(&b->job, &b->state, e);
	CU_ASSERT_EQUAL(harness_entries("/proc/self/fd"), fds);
	CU_ASSERT_EQUAL(shared_maps(), maps);
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
	CU_ASSERT_EQUAL(errno, ECHILD);
	return e->code;
}

/* --- what is said --- */

static enum err_code
say_error(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	struct box *b = ctx;
	char text[ERR_TEXT_MAX];

	(void)l;
	(void)w;
	memset(text, 0xFE, sizeof(text));
	memcpy(text, "d\n/", 3);
	text[sizeof(text) - 1] = '\0';
	return b->sent == ERR_OK ? ERR_OK :
	    err_set(e, (enum err_code)b->sent, "%s", text);
}

static void
errors(void)
{
	struct box b;
	int code;

	for (code = ERR_OK; code <= ERR_MEMLIMIT; code++) {
		struct err e = ERR_INIT;

		box_init(&b, say_error);
		b.sent = code;
		CU_ASSERT_EQUAL((int)work(&b, &e), code);
		CU_ASSERT_EQUAL(strlen(e.text),
		    code != ERR_OK ? ERR_TEXT_MAX - 1 : 0);
		CU_ASSERT_TRUE(code == ERR_OK ||
		    memcmp(e.text, "d\n/\xFE", 4) == 0);
		CU_ASSERT_TRUE(b.state.seccomp && b.state.descriptors &&
		    b.state.landlock_abi > 0);
		box_free(&b);
	}
}

/* Both have it in memory: made before the fork. */
static uint8_t *data;
static const size_t sizes[] = { 0, 1, PIECE - 1, PIECE, PIECE + 1, 3000000 };

static enum err_code
say_data(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	size_t i;

	(void)ctx;
	(void)w;
	for (i = 0; i < HARNESS_COUNT(sizes); i++)
		worker_send(l, (unsigned int)(i * 3), data + i, sizes[i], e);
	worker_send(l, 3, "x", 1, e);
	return worker_send(l, 0, worker_state(l),
	    sizeof(struct sandbox_state), e);
}

static void
channels(void)
{
	struct err e = ERR_INIT;
	struct box b;
	size_t i;

	data = harness_bytes('r', 1, 3000100);
	box_init(&b, say_data);
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	for (i = 2; i < HARNESS_COUNT(sizes); i++) {
		CU_ASSERT_EQUAL_FATAL(b.got[i * 3].size, sizes[i]);
		CU_ASSERT_EQUAL(memcmp(b.got[i * 3].data, data + i,
		    sizes[i]), 0);
	}
	CU_ASSERT_EQUAL(b.got[3].size, 2);
	CU_ASSERT_EQUAL(memcmp(b.got[3].data, (uint8_t[]){ data[1], 'x' },
	    2), 0);
	CU_ASSERT_EQUAL(b.got[0].size, sizeof(b.state));
	CU_ASSERT_EQUAL(memcmp(b.got[0].data, &b.state, sizeof(b.state)), 0);
	CU_ASSERT_EQUAL(b.largest, PIECE);
	CU_ASSERT_EQUAL(strncmp(b.order, "dgjmmpppp", 9), 0);
	CU_ASSERT_EQUAL(b.got[1].size, 0);
	box_free(&b);
	free(data);
}

struct told {
	char phases[100];
	uint64_t total;
	uint64_t done[4];
	size_t n;
};

static void
on_begin(void *ctx, const char *phase, uint64_t total)
{
	struct told *t = ctx;

	strcat(strcat(t->phases, phase), ",");
	t->total = t->total * 1000 + total;
	t->n++;
}

static void
on_advance(void *ctx, uint64_t n)
{
	struct told *t = ctx;

	t->done[t->n % 4] += n;
}

static enum err_code
say_progress(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	(void)ctx;
	(void)l;
	watch_begin(w, "reading", 900);
	watch_step(w, 300, e);
	wait_ms(200);
	watch_step(w, 600, e);
	wait_ms(200);
	watch_begin(w, "a\033[31mlong phase's name", 7);
	return watch_step(w, 5, e);
}

static void
progress(void)
{
	struct told t = { .n = 0 };
	struct watch w = { .begin = on_begin, .advance = on_advance,
	    .ctx = &t };
	struct err e = ERR_INIT;
	struct box b;

	box_init(&b, say_progress);
	b.job.watch = &w;
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(t.phases, "reading,working,");
	CU_ASSERT_EQUAL(t.total, 900007);
	CU_ASSERT_EQUAL(t.done[1], 900);
	CU_ASSERT_EQUAL(t.done[2], 5);
	box_free(&b);
}

/* --- how a child dies --- */

static enum err_code
crash(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	/* not 0, where UBSan would be first */
	static volatile uintptr_t nowhere = 16;

	(void)ctx;
	(void)l;
	(void)w;
	*(volatile char *)nowhere = 1;
	return e->code;
}

static enum err_code
give_up(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	(void)ctx;
	(void)l;
	(void)w;
	(void)e;
	abort();
}

static enum err_code
forbidden(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	(void)ctx;
	(void)l;
	(void)w;
	if (syscall(SYS_mkdir, "made", 0755) != 0 && errno == EPERM)
		return err_set(e, ERR_UNSAFE, "forbidden, not killed");
	return ERR_OK;
}

static enum err_code
spin(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	(void)ctx;
	(void)l;
	(void)w;
	while (getpid() > 0)
		;
	return e->code;
}

static enum err_code
eat(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	struct box *b = ctx;
	uint8_t *p;
	int i;

	(void)l;
	(void)w;
	for (i = 0; i < b->sent; i++) {
		p = malloc(MIB);
		if (p == NULL)
			return err_nomem(e);
		memset(p, i, MIB);
	}
	return ERR_OK;
}

static enum err_code
leave(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	(void)ctx;
	(void)l;
	(void)w;
	(void)e;
	_exit(0);
}

static void
deaths(void)
{
	static const struct {
		enum err_code (*run)(void *, struct worker_link *,
		    const struct watch *, struct err *);
		int sig;
		enum err_code code, reporting;	/* with sanitizers */
		const char *says;
	} rows[] = {
		{ crash, 0, ERR_UNSAFE, ERR_FAIL, "crashed (signal 11)" },
		/* which would send a signal */
		{ give_up, 0, ERR_UNSAFE, ERR_FAIL, "forbidden" },
		{ forbidden, 0, ERR_UNSAFE, ERR_UNSAFE, "forbidden" },
		{ leave, 0, ERR_FAIL, ERR_FAIL, "ended early" },
		{ hang, SIGKILL, ERR_FAIL, ERR_FAIL, "signal 9" },
		{ hang, SIGTERM, ERR_FAIL, ERR_FAIL, "signal 15" },
		{ hang, SIGFPE, ERR_UNSAFE, ERR_FAIL, "crashed (signal 8)" },
		{ hang, SIGXCPU, ERR_LIMIT, ERR_LIMIT, "processor time" },
	};
	struct box b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		box_init(&b, rows[i].run);
		b.sig = rows[i].sig;
		CU_ASSERT_EQUAL(work(&b, &e), sandbox_reports() ?
		    rows[i].reporting : rows[i].code);
		CU_ASSERT_TRUE((sandbox_reports() && i < 8) ||
		    HARNESS_SAYS(&e, rows[i].says));
		if (e.code == ERR_OK || e.text[0] == '\0')
			printf("\n    row %zu: %s", i, e.text);
		box_free(&b);
	}
	CU_ASSERT_EQUAL(harness_entries("."), 0);
}

static enum err_code
wait_a_second(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	(void)ctx;
	(void)l;
	(void)w;
	wait_ms(1000);
	return e->code;
}

/* 1000 of the last one are 384 when 64 bits are all. */
static void
long_limits(void)
{
	static const uint64_t seconds[] = { 60, INT64_MAX / 1000 + 1,
	    UINT64_MAX, UINT64_MAX / 1000 + 1 };
	struct box b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(seconds); i++) {
		struct err e = ERR_INIT;

		box_init(&b, wait_a_second);
		b.job.seconds = seconds[i];
		CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
		box_free(&b);
	}
}

static void
time_limits(void)
{
	struct err e = ERR_INIT, cpu = ERR_INIT;
	int64_t begin = watch_clock_ms(), took;
	struct box b;

	box_init(&b, hang);
	b.job.seconds = 1;
	CU_ASSERT_EQUAL(work(&b, &e), ERR_LIMIT);
	took = watch_clock_ms() - begin;
	CU_ASSERT_TRUE(took >= 1000 && took < 5000);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "--max-time"));
	box_free(&b);
	box_init(&b, spin);
	b.job.sandbox.cpu_seconds = 1;
	CU_ASSERT_EQUAL(work(&b, &cpu), ERR_LIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&cpu, "processor time"));
	box_free(&b);
}

static void
memory(void)
{
	struct err e = ERR_INIT, more = ERR_INIT;
	struct box b;

	if (sandbox_reports())
		return;
	box_init(&b, eat);
	b.job.sandbox.memory = 64 * MIB;
	b.sent = 32;
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	b.sent = 128;
	CU_ASSERT_EQUAL(work(&b, &more), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&more, "memory"));
	box_free(&b);
}

/* --- a child that is no longer ours --- */

struct frame {
	uint32_t channel;
	uint32_t size;
};

/* Cases of nonsense, by the parent's number. */
static enum err_code
say_nonsense(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	static uint8_t buf[sizeof(struct frame) + 20000];
	struct box *b = ctx;
	struct frame f = { 0, 0 };
	size_t n = 0;
	int fd = pipe_fd();

	(void)w;
	memset(buf, 0xA5, sizeof(buf));
	switch (b->sent) {
	case 0: f.channel = END + 1; break;
	case 1: f.channel = UINT32_MAX; break;
	case 2: f.size = (uint32_t)PIECE + 1; n = 100; break;
	case 3: f.size = UINT32_MAX; break;
	case 4: f.channel = READY; f.size = 4; n = 4; break;
	case 5: f.channel = END; f.size = 8; n = 8; break;
	case 6: f.channel = END; break;
	case 7: f.size = 9000; n = 8999; break;		/* and ends */
	case 8:
		f.channel = READY;
		f.size = sizeof(struct sandbox_state);
		n = sizeof(struct sandbox_state);
		break;
	case 9:
		f.channel = END;
		f.size = 4 + ERR_TEXT_MAX;
		n = f.size;
		break;
	default:
		break;
	}
	memcpy(buf, &f, sizeof(f));
	if (write(fd, buf, sizeof(f) + n) < 0)
		return err_set(e, ERR_USAGE, "no pipe");
	if (b->sent == 7)
		_exit(0);
	return hang(ctx, l, w, e);
}

static void
nonsense(void)
{
	struct box b;
	int i;

	for (i = 0; i < 10; i++) {
		struct err e = ERR_INIT;

		box_init(&b, say_nonsense);
		b.sent = i;
		b.job.seconds = 60;
		CU_ASSERT_EQUAL(work(&b, &e), ERR_FAIL);
		CU_ASSERT_TRUE(i == 9 || HARNESS_SAYS(&e,
		    i == 7 ? "ended early" : "makes no sense"));
		CU_ASSERT_TRUE(i != 9 || strlen(e.text) == ERR_TEXT_MAX - 1);
		/* What was said of the sandbox stays. */
		CU_ASSERT_TRUE(b.state.landlock_abi > 0 &&
		    b.state.landlock_abi < 1000);
		box_free(&b);
	}
}

/* It says that it is done, or nothing any more, and stays. */
static enum err_code
stay(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	static uint8_t buf[sizeof(struct frame) + 4 + ERR_TEXT_MAX];
	struct frame f = { END, 4 + ERR_TEXT_MAX };
	struct box *b = ctx;
	int fd = pipe_fd();

	memcpy(buf, &f, sizeof(f));
	if (b->sent != 0 && write(fd, buf, sizeof(buf)) < 0)
		return err_set(e, ERR_USAGE, "no pipe");
	if (b->sent == 0)
		(void)close(fd);
	(void)hang(ctx, l, w, e);
	for (;;)
		wait_ms(60000);
}

static void
stays(void)
{
	struct err e = ERR_INIT, quiet = ERR_INIT;
	struct box b;

	box_init(&b, stay);
	b.sent = 1;
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	b.sent = 0;
	CU_ASSERT_EQUAL(work(&b, &quiet), ERR_FAIL);
	box_free(&b);
}

/* --- a parent that has enough --- */

static enum err_code
flood(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	static const uint8_t zeros[1000];

	(void)ctx;
	(void)w;
	while (worker_send(l, 2, zeros, sizeof(zeros), e) == ERR_OK)
		;
	return e->code;
}

static void
receive_fails(void)
{
	struct err e = ERR_INIT;
	struct box b;

	box_init(&b, flood);
	b.fail = ERR_LIMIT;
	CU_ASSERT_EQUAL(work(&b, &e), ERR_LIMIT);
	CU_ASSERT_STRING_EQUAL(e.text, "had enough");
	CU_ASSERT_EQUAL(b.n_order, 1);
	box_free(&b);
}

/* The best of some tries, as the machine may be busy. */
static void
stopped(void)
{
	static enum err_code (*const runs[])(void *, struct worker_link *,
	    const struct watch *, struct err *) = { hang, flood };
	int64_t took, best;
	struct box b;
	size_t i, k;

	for (i = 0; i < 2; i++) {
		best = INT64_MAX;
		for (k = 0; k < 5 && best >= 200; k++) {
			atomic_int stop = 0;
			struct watch w = { .stop = &stop };
			struct err e = ERR_INIT;

			box_init(&b, runs[i]);
			b.job.watch = &w;
			b.stop = &stop;
			CU_ASSERT_EQUAL(work(&b, &e), ERR_FAIL);
			CU_ASSERT_TRUE(HARNESS_SAYS(&e, "interrupted"));
			took = watch_clock_ms() - b.stopped_ms;
			best = took < best ? took : best;
			box_free(&b);
		}
		CU_ASSERT_TRUE(best < 200);
	}
}

/* Goes on until it is asked to end, and then says how far it came. */
static enum err_code
until_asked(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	struct err stop = ERR_INIT;

	(void)ctx;
	if (worker_send(l, 0, "half", 4, e) != ERR_OK)
		return e->code;
	while (watch_step(w, 0, &stop) == ERR_OK)
		wait_ms(1);
	return worker_send(l, 1, "of it", 5, e);
}

/* What it has to say then is taken, and only where it is wanted. */
static void
stopped_half_way(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		atomic_int stop = 0;
		struct watch w = { .stop = &stop };
		struct err e = ERR_INIT;
		struct box b;

		box_init(&b, until_asked);
		b.job.watch = &w;
		b.job.partial = i == 0;
		b.stop = &stop;
		CU_ASSERT_EQUAL(work(&b, &e), i == 0 ? ERR_OK : ERR_FAIL);
		CU_ASSERT_EQUAL(b.got[0].size, 4);
		if (i == 0)
			CU_ASSERT_EQUAL(b.got[1].size, 5);
		CU_ASSERT_TRUE(watch_clock_ms() - b.stopped_ms < 5000);
		box_free(&b);
	}
}

/* As a shell may start us. */
static void
no_news_of_children(void)
{
	struct err e = ERR_INIT, bad = ERR_INIT;
	struct box b;

	signal(SIGCHLD, SIG_IGN);
	box_init(&b, leave);
	CU_ASSERT_EQUAL(work(&b, &bad), ERR_FAIL);
	box_free(&b);
	box_init(&b, say_error);
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	box_free(&b);
	signal(SIGCHLD, SIG_DFL);
}

/* A process between us and the worker, which is killed. */
static void
parent_dies(void)
{
	struct err e = ERR_INIT;
	int fds[2], status = 0;
	pid_t middle, pid = 0;
	struct box b;

	/* The worker becomes our child then. */
	CU_ASSERT_EQUAL(prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL),
	    0);
	CU_ASSERT_EQUAL(pipe(fds), 0);
	middle = fork();
	if (middle == 0) {
		box_init(&b, hang);
		b.told = fds[1];
		worker_run(&b.job, &b.state, &e);
		_exit(0);
	}
	CU_ASSERT_EQUAL(close(fds[1]), 0);
	CU_ASSERT_EQUAL(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	CU_ASSERT_TRUE_FATAL(pid > 0 && pid != middle);
	CU_ASSERT_EQUAL(kill(middle, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(middle, NULL, 0), middle);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CU_ASSERT_EQUAL(close(fds[0]), 0);
	CU_ASSERT_EQUAL(prctl(PR_SET_CHILD_SUBREAPER, 0UL, 0UL, 0UL, 0UL),
	    0);
}

/* --- descriptors --- */

/* A letter for each: n(ull), f(ile), p(ipe), d(irectory), ? or '.'. */
static enum err_code
list_descriptors(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	char letters[FDS];
	struct stat st;
	int fd;

	(void)ctx;
	(void)w;
	for (fd = 0; fd < FDS; fd++) {
		letters[fd] = fstat(fd, &st) != 0 ? '.' :
		    S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) ?
		    'n' : S_ISREG(st.st_mode) ? 'f' :
		    S_ISDIR(st.st_mode) ? 'd' :
		    S_ISFIFO(st.st_mode) ? 'p' : '?';
	}
	return worker_send(l, 0, letters, sizeof(letters), e);
}

/* The caller's standard descriptors are closed, as a daemon's may be, so that
 * others have their numbers. */
static void
standard_closed(void)
{
	struct err e = ERR_INIT;
	int saved[2], kept[1];
	struct box b;

	harness_write("f", "f", 1);
	saved[0] = dup(0);
	saved[1] = dup(1);
	fflush(stdout);
	(void)close(0);
	(void)close(1);
	kept[0] = open("f", O_RDONLY);
	box_init(&b, list_descriptors);
	b.job.sandbox.keep = kept;
	b.job.sandbox.n_keep = 1;
	work(&b, &e);
	(void)dup2(saved[0], 0);
	(void)dup2(saved[1], 1);
	(void)close(saved[0]);
	(void)close(saved[1]);
	CU_ASSERT_EQUAL(kept[0], 0);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(b.got[0].size, FDS);
	if (b.got[0].size == FDS)
		CU_ASSERT_EQUAL(b.got[0].data[0], 'f');
	box_free(&b);
}

static void
descriptors(void)
{
	struct err e = ERR_INIT;
	size_t count[256] = { 0 }, i;
	int fds[6], kept[2];
	struct box b;

	harness_write("f", "f", 1);
	for (i = 0; i < 6; i++)
		fds[i] = open("f", O_RDONLY);
	kept[0] = dup2(fds[0], 700);
	kept[1] = fds[3];
	box_init(&b, list_descriptors);
	b.job.sandbox.keep = kept;
	b.job.sandbox.n_keep = 2;
	b.job.sandbox.stage_fd = open(".", O_RDONLY | O_DIRECTORY);
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(b.got[0].size, FDS);
	for (i = 0; i < FDS; i++)
		count[b.got[0].data[i]]++;
	CU_ASSERT_EQUAL(memcmp(b.got[0].data, "nn", 2), 0);
	CU_ASSERT_TRUE(sandbox_reports() || b.got[0].data[2] == 'n');
	CU_ASSERT_EQUAL(b.got[0].data[700], 'f');
	CU_ASSERT_EQUAL(b.got[0].data[kept[1]], 'f');
	CU_ASSERT_EQUAL(b.got[0].data[b.job.sandbox.stage_fd], 'd');
	if (!sandbox_reports()) {
		CU_ASSERT_EQUAL(count['n'], 3);
		CU_ASSERT_EQUAL(count['f'], 2);
		CU_ASSERT_EQUAL(count['p'], 1);
		CU_ASSERT_EQUAL(count['.'], FDS - 7);
	}
	(void)close(b.job.sandbox.stage_fd);
	(void)close(kept[0]);
	for (i = 0; i < 6; i++)
		(void)close(fds[i]);
	box_free(&b);
}

/* --- the environment --- */

static char *secret;		/* as the environment has it */

static enum err_code
look_around(void *ctx, struct worker_link *l, const struct watch *w,
    struct err *e)
{
	char **p;

	(void)ctx;
	(void)w;
	for (p = environ; *p != NULL; p++)
		worker_send(l, 0, *p, strlen(*p), e);
	return worker_send(l, 1, secret, 6, e);
}

static void
environment(void)
{
	struct err e = ERR_INIT;
	struct box b;

	CU_ASSERT_EQUAL(setenv("XZB_TOKEN", "secret", 1), 0);
	secret = getenv("XZB_TOKEN");
	CU_ASSERT_PTR_NOT_NULL_FATAL(secret);
	box_init(&b, look_around);
	CU_ASSERT_EQUAL(work(&b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.got[0].size, 0);
	CU_ASSERT_EQUAL_FATAL(b.got[1].size, 6);
	CU_ASSERT_EQUAL(memcmp(b.got[1].data, "\0\0\0\0\0\0", 6), 0);
	CU_ASSERT_STRING_EQUAL(secret, "secret");
	CU_ASSERT_EQUAL(unsetenv("XZB_TOKEN"), 0);
	box_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "errors come back whole", errors },
		{ "data over channels", channels },
		{ "progress", progress },
		{ "how a child dies", deaths },
		{ "time", time_limits },
		{ "a lot of time", long_limits },
		{ "memory", memory },
		{ "frames without sense", nonsense },
		{ "a child that stays", stays },
		{ "receive() fails", receive_fails },
		{ "stopped", stopped },
		{ "stopped half-way", stopped_half_way },
		{ "SIGCHLD ignored", no_news_of_children },
		{ "the parent dies", parent_dies },
		{ "descriptors", descriptors },
		{ "standard descriptors closed", standard_closed },
		{ "the environment", environment },
	};

	return harness_run("worker", tests, HARNESS_COUNT(tests));
}
