#include "base/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/selftest_calls.h"

#define OLD_NAME "xzbundle-selftest.old"
#define NOT_CONFINED 255	/* exit status; all errnos are below */

/* One call's trial. */
struct trial {
	const struct selftest_call *call;
	struct sandbox_request request;	/* keep is owned */
	struct selftest_place place;
	int outside_fd;
	struct err *shared;		/* what sandbox_enter() says, in memory
					 * that the child has too */
};

struct outcome {
	bool killed;
	int errnum;
};

/* --- the place --- */

static enum err_code
fill_names(struct trial *t, struct err *e)
{
	struct selftest_place *p = &t->place;
	int a, b, c, d;

	a = snprintf(p->new_name, sizeof(p->new_name),
	    "xzbundle-selftest.%ld", (long)getpid());
	b = snprintf(p->above, sizeof(p->above), "../%s", p->new_name);
	c = snprintf(p->victim, sizeof(p->victim), "%s/victim", p->outside);
	d = snprintf(p->absolute, sizeof(p->absolute), "%s/%s", p->outside,
	    p->new_name);
	if (a < 0 || b < 0 || c < 0 || d < 0 ||
	    (size_t)c >= sizeof(p->victim) ||
	    (size_t)d >= sizeof(p->absolute))
		return err_set(e, ERR_FAIL, "%s: too long a name",
		    p->outside);
	p->old_name = OLD_NAME;
	p->uid = getuid();
	p->gid = getgid();
	p->parent = getpid();
	return ERR_OK;
}

static enum err_code
make_outside(struct trial *t, struct err *e)
{
	struct selftest_place *p = &t->place;
	const char *dir = getenv("TMPDIR");
	int n;

	if (dir == NULL || dir[0] != '/')
		dir = "/tmp";
	n = snprintf(p->outside, sizeof(p->outside),
	    "%s/xzbundle-self-test.XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof(p->outside)) {
		p->outside[0] = '\0';
		return err_set(e, ERR_FAIL, "%s: too long a name", dir);
	}
	if (mkdtemp(p->outside) == NULL) {
		err_sys(e, errno, "%s: cannot make a directory", dir);
		p->outside[0] = '\0';
		return e->code;
	}
	t->outside_fd = open(p->outside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->outside_fd < 0)
		return err_sys(e, errno, "%s: cannot open", p->outside);
	return fill_names(t, e);
}

static enum err_code
make_files(struct trial *t, struct err *e)
{
	struct selftest_place *p = &t->place;
	int fd;

	p->stage_fd = t->request.stage_fd >= 0 ? t->request.stage_fd :
	    t->outside_fd;
	p->links = t->request.stage_fd >= 0 && t->request.links;
	p->victim_fd = open(p->victim, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);
	if (p->victim_fd < 0)
		return err_sys(e, errno, "%s: cannot make", p->victim);
	fd = openat(p->stage_fd, OLD_NAME,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, errno, OLD_NAME ": cannot make in the "
		    "stage");
	(void)close(fd);
	return ERR_OK;
}

static enum err_code
keep_more(struct trial *t, const struct sandbox_request *r, struct err *e)
{
	int *keep = malloc((r->n_keep + 2) * sizeof(*keep));

	if (keep == NULL)
		return err_nomem(e);
	if (r->n_keep > 0)
		memcpy(keep, r->keep, r->n_keep * sizeof(*keep));
	keep[r->n_keep] = t->place.victim_fd;
	keep[r->n_keep + 1] = t->place.stage_fd;
	t->request.keep = keep;
	t->request.n_keep = r->n_keep + 2;
	return ERR_OK;
}

/* What a call may have made; most of it is not there. */
static void
remove_new(const struct trial *t)
{
	const struct selftest_place *p = &t->place;

	(void)unlinkat(p->stage_fd, p->new_name, 0);
	(void)unlinkat(p->stage_fd, p->new_name, AT_REMOVEDIR);
	(void)unlinkat(p->stage_fd, p->above, 0);
	(void)unlinkat(t->outside_fd, p->new_name, 0);
	(void)unlinkat(t->outside_fd, p->new_name, AT_REMOVEDIR);
}

static void
clean(struct trial *t)
{
	struct selftest_place *p = &t->place;

	if (p->victim_fd >= 0) {
		remove_new(t);
		(void)unlinkat(p->stage_fd, OLD_NAME, 0);
		(void)unlink(p->victim);
		(void)close(p->victim_fd);
	}
	if (t->outside_fd >= 0)
		(void)close(t->outside_fd);
	if (p->outside[0] != '\0')
		(void)rmdir(p->outside);
	if (t->shared != MAP_FAILED)
		(void)munmap(t->shared, sizeof(*t->shared));
	if (t->request.keep != NULL)
		free((void *)(uintptr_t)t->request.keep);
}

/* --- the calls --- */

static void
child(const struct trial *t, bool confined)
{
	struct sandbox_state state;

	if (fchdir(t->outside_fd) != 0) {
		err_sys(t->shared, errno, "%s", t->place.outside);
		_exit(NOT_CONFINED);
	}
	if (confined && sandbox_enter(&t->request, &state, t->shared) !=
	    ERR_OK)
		_exit(NOT_CONFINED);
	_exit(t->call->make(&t->place));
}

static enum err_code
try_once(struct trial *t, bool confined, struct outcome *o, struct err *e)
{
	pid_t pid = fork(), r;
	int status = 0;

	if (pid == 0)
		child(t, confined);
	if (pid < 0)
		return err_sys(e, errno, "cannot start a process");
	do
		r = waitpid(pid, &status, 0);
	while (r < 0 && errno == EINTR);
	remove_new(t);
	if (r < 0)
		return err_sys(e, errno, "cannot wait for a process");
	o->killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	o->errnum = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (o->errnum == NOT_CONFINED)
		return err_copy(e, t->shared);
	if (!o->killed && !WIFEXITED(status))
		return err_set(e, ERR_FAIL, "%s: the process that tried it "
		    "was ended by signal %d", t->call->name,
		    WTERMSIG(status));
	return ERR_OK;
}

static enum err_code
try_both(struct trial *t, struct selftest_result *out, struct err *e)
{
	struct outcome in, outside;

	if (try_once(t, true, &in, e) != ERR_OK ||
	    try_once(t, false, &outside, e) != ERR_OK)
		return e->code;
	out->name = t->call->name;
	out->killed = in.killed;
	out->errnum = in.errnum;
	out->refused = in.killed || in.errnum != 0;
	out->allowed_outside = in.killed != outside.killed ||
	    in.errnum != outside.errnum;
	return ERR_OK;
}

size_t
selftest_count(void)
{
	size_t n;

	(void)selftest_calls(&n);
	return n;
}

enum err_code
selftest_run(size_t i, const struct sandbox_request *r,
    struct selftest_result *out, struct err *e)
{
	struct trial t;
	size_t n;

	memset(out, 0, sizeof(*out));
	memset(&t, 0, sizeof(t));
	t.call = selftest_calls(&n) + i;
	t.request = *r;
	t.request.keep = NULL;
	t.outside_fd = -1;
	t.place.victim_fd = -1;
	t.shared = mmap(NULL, sizeof(*t.shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t.shared == MAP_FAILED)
		err_nomem(e);
	else if (make_outside(&t, e) == ERR_OK &&
	    make_files(&t, e) == ERR_OK && keep_more(&t, r, e) == ERR_OK)
		try_both(&t, out, e);
	clean(&t);
	return e->code;
}
