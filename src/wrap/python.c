#include "wrap/python.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 100		/* between two looks at the watch */
#define COMPLAINT_MAX 65536	/* bytes of standard error that are kept */
#define NO_SUCH_PROGRAM 127	/* as shells have it */

extern char **environ;

struct child {
	pid_t pid;
	int out, complaint;	/* ends to read from, -1 when closed */
	struct buf text;	/* what it wrote to standard error */
};

/* --- start --- */

/* What our process does with SIGINT and others is not to be inherited. */
static enum err_code
set_attributes(posix_spawnattr_t *a, struct err *e)
{
	sigset_t all, none;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	if (posix_spawnattr_setsigdefault(a, &all) != 0 ||
	    posix_spawnattr_setsigmask(a, &none) != 0 ||
	    posix_spawnattr_setflags(a, POSIX_SPAWN_SETSIGDEF |
	    POSIX_SPAWN_SETSIGMASK) != 0)
		return err_set(e, ERR_FAIL, "cannot prepare a process");
	return ERR_OK;
}

static enum err_code
spawn(struct child *c, const struct python_job *job, int out, int complaint,
    struct err *e)
{
	posix_spawn_file_actions_t f;
	posix_spawnattr_t a;
	int r = ENOMEM;

	if (posix_spawn_file_actions_init(&f) != 0)
		return err_nomem(e);
	if (posix_spawnattr_init(&a) != 0) {
		(void)posix_spawn_file_actions_destroy(&f);
		return err_nomem(e);
	}
	if (set_attributes(&a, e) == ERR_OK) {
		if (posix_spawn_file_actions_adddup2(&f, job->input, 0) == 0 &&
		    posix_spawn_file_actions_adddup2(&f, out, 1) == 0 &&
		    posix_spawn_file_actions_adddup2(&f, complaint, 2) == 0)
			r = posix_spawnp(&c->pid, job->argv[0], &f, &a,
			    (char *const *)job->argv, environ);
		if (r != 0)
			c->pid = -1;
		if (r == ENOENT || r == EACCES)
			err_set(e, ERR_UNSUPPORTED, "no such program");
		else if (r != 0)
			err_sys(e, r, "cannot start");
	}
	(void)posix_spawnattr_destroy(&a);
	(void)posix_spawn_file_actions_destroy(&f);
	return e->code;
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);	/* a pipe: nothing is lost */
	*fd = -1;
}

static enum err_code
start(struct child *c, const struct python_job *job, struct err *e)
{
	int out[2] = { -1, -1 }, complaint[2] = { -1, -1 };

	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(complaint, O_CLOEXEC) != 0)
		err_sys(e, errno, "cannot make a pipe");
	else
		spawn(c, job, out[1], complaint[1], e);
	shut(&out[1]);
	shut(&complaint[1]);
	c->out = out[0];
	c->complaint = complaint[0];
	return e->code;
}

/* --- what it says --- */

/* Of too long a complaint the end is kept. */
static enum err_code
keep(struct buf *text, const char *p, size_t n, struct err *e)
{
	size_t cut;

	if (n > text->ceiling - text->size) {
		cut = text->size / 2 > n ? text->size / 2 : text->size;
		memmove(text->data, text->data + cut, text->size - cut);
		text->size -= cut;
	}
	return buf_append(text, p, n, e);
}

static enum err_code
receive(struct child *c, int *fd, struct buf *out, struct err *e)
{
	char piece[16384];
	ssize_t n = read(*fd, piece, sizeof(piece));

	if (n < 0 && errno != EINTR)
		return err_sys(e, errno, "cannot read what it prints");
	if (n == 0)
		shut(fd);
	if (n > 0 && fd == &c->complaint)
		return keep(&c->text, piece, (size_t)n, e);
	if (n > 0 && buf_append(out, piece, (size_t)n, e) != ERR_OK)
		return err_wrap(e, "it prints too much");
	return e->code;
}

static enum err_code
listen_to(struct child *c, struct buf *out, const struct watch *w,
    struct err *e)
{
	struct pollfd p[2] = { { .events = POLLIN }, { .events = POLLIN } };

	while (e->code == ERR_OK && (c->out >= 0 || c->complaint >= 0)) {
		p[0].fd = c->out;
		p[1].fd = c->complaint;
		if (poll(p, 2, TICK_MS) < 0 && errno != EINTR)
			return err_sys(e, errno, "poll");
		if (watch_step(w, 0, e) != ERR_OK)
			return e->code;
		if (c->out >= 0 && p[0].revents != 0)
			receive(c, &c->out, out, e);
		if (c->complaint >= 0 && p[1].revents != 0)
			receive(c, &c->complaint, out, e);
	}
	return e->code;
}

/* --- the end --- */

/* The last line of the complaint. */
static enum err_code
complain(struct child *c, enum err_code code, struct err *e)
{
	const char *p = (const char *)c->text.data;
	size_t begin, end = c->text.size;

	while (end > 0 && p[end - 1] == '\n')
		end--;
	for (begin = end; begin > 0 && p[begin - 1] != '\n'; begin--)
		;
	if (begin == end)
		return err_set(e, ERR_FAIL, "it failed without a word");
	return err_set(e, code, "%.*s", (int)(end - begin), p + begin);
}

/* It may close its pipes long before it ends. */
static pid_t
wait_for(struct child *c, const struct watch *w, int *status, struct err *e)
{
	int pause_ms = 1;
	pid_t r;

	for (;;) {
		if (e->code != ERR_OK)
			(void)kill(c->pid, SIGKILL);
		r = waitpid(c->pid, status, e->code != ERR_OK ? 0 : WNOHANG);
		if (r != 0 && (r > 0 || errno != EINTR))
			return r;
		if (e->code != ERR_OK || watch_step(w, 0, e) != ERR_OK)
			continue;
		(void)poll(NULL, 0, pause_ms);
		if (pause_ms < TICK_MS)
			pause_ms *= 2;
	}
}

static enum err_code
finish(struct child *c, const struct watch *w, struct err *e)
{
	int status;

	if (wait_for(c, w, &status, e) < 0)
		return err_sys(e, errno, "waitpid");
	if (WIFSIGNALED(status))
		return err_set(e, ERR_FAIL, "it was ended by signal %d",
		    WTERMSIG(status));
	if (WEXITSTATUS(status) == NO_SUCH_PROGRAM && c->text.size == 0)
		return err_set(e, ERR_UNSUPPORTED, "no such program");
	if (WEXITSTATUS(status) != 0)
		return complain(c, WEXITSTATUS(status) == 1 ? ERR_CORRUPT :
		    ERR_FAIL, e);
	return e->code;
}

enum err_code
python_run(const struct python_job *job, struct buf *out, struct err *e)
{
	struct child c = { .pid = -1, .out = -1, .complaint = -1 };

	buf_init(&c.text, COMPLAINT_MAX);
	if (start(&c, job, e) == ERR_OK)
		listen_to(&c, out, job->watch, e);
	shut(&c.out);
	shut(&c.complaint);
	if (c.pid > 0)
		finish(&c, job->watch, e);
	buf_free(&c.text);
	return e->code;
}

const char *
python_text(const char *name)
{
	const struct python_text *t;

	for (t = python_texts; t->name != NULL; t++) {
		if (strcmp(t->name, name) == 0)
			return t->text;
	}
	return "1/0";	/* a program without it would not have been built */
}

enum err_code
python_ask(const char *python, const char *text, const char *const *args,
    int input, const struct watch *w, struct buf *out, struct err *e)
{
	const char *argv[PYTHON_ARGS_MAX + 9] = {
		python, "-I", "-X", "utf8", "-W", "ignore", "-c", text
	};
	struct python_job job = { argv, input, w };
	size_t i;

	/* The NULL behind them is there. */
	for (i = 0; i < PYTHON_ARGS_MAX && args[i] != NULL; i++)
		argv[8 + i] = args[i];
	if (python_run(&job, out, e) == ERR_UNSUPPORTED)
		err_append(e, " to compile scripts with; install Python, or "
		    "name another with --python");
	return e->code == ERR_CORRUPT ? e->code : err_wrap(e, "%s", python);
}

enum err_code
python_judge(const char *python, const char *text, const char *const *args,
    int input, const struct watch *w, struct err *e)
{
	struct buf nothing;

	buf_init(&nothing, 1);
	if (python_ask(python, text, args, input, w, &nothing, e) ==
	    ERR_CORRUPT)
		e->code = ERR_FAIL;
	buf_free(&nothing);
	return e->code;
}

void
python_path(int fd, char path[PYTHON_PATH_SIZE])
{
	snprintf(path, PYTHON_PATH_SIZE, "/proc/%ld/fd/%d", (long)getpid(),
	    fd);
}
