#include "base/sandbox_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sandbox.h"

/* A call and what becomes of it, when (args[arg] & mask) op value. */
struct rule {
	int call;
	uint32_t action;
	unsigned int n_tests;		/* 0: always */
	struct scmp_arg_cmp tests[2];
};

#define CALL(name) SCMP_SYS(name)
#define ALLOW(name) { CALL(name), SCMP_ACT_ALLOW, 0, { { 0 } } }
#define FAIL(name, errnum) \
	{ CALL(name), SCMP_ACT_ERRNO(errnum), 0, { { 0 } } }
#define EQUAL(arg, value) { (arg), SCMP_CMP_EQ, (value), 0 }
#define OTHER(arg, value) { (arg), SCMP_CMP_NE, (value), 0 }
#define MASKED(arg, mask, value) \
	{ (arg), SCMP_CMP_MASKED_EQ, (mask), (value) }
#define IF(name, test) { CALL(name), SCMP_ACT_ALLOW, 1, { test } }

/* Threads only, in no namespace of their own. */
#define CLONE_SHARED (CLONE_VM | CLONE_THREAD)
#define CLONE_MASK (CLONE_SHARED | CLONE_NEWNS | CLONE_NEWCGROUP | \
	CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	CLONE_NEWNET)

/* An int of a call: the kernel takes no notice of the rest. */
#define INT_MASK 0xFFFFFFFFU

/* What computing, threads and open descriptors need. */
static const struct rule rules_base[] = {
	ALLOW(read), ALLOW(pread64), ALLOW(write), ALLOW(close),
	ALLOW(lseek), ALLOW(fstat), ALLOW(ftruncate),
	/* fstat() of glibc 2.33 to 2.38; stat() fails */
	IF(newfstatat, EQUAL(3, AT_EMPTY_PATH)),
	{ CALL(newfstatat), SCMP_ACT_ERRNO(EPERM), 1,
	    { OTHER(3, AT_EMPTY_PATH) } },
	{ CALL(mmap), SCMP_ACT_ALLOW, 2, { MASKED(2, PROT_EXEC, 0),
	    MASKED(3, MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS,
	    MAP_PRIVATE | MAP_ANONYMOUS) } },
	IF(mprotect, MASKED(2, PROT_EXEC, 0)),
	ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(brk),
	ALLOW(futex), ALLOW(getrandom), ALLOW(clock_gettime),
	ALLOW(sched_yield), ALLOW(sched_getaffinity),
	ALLOW(getpid), ALLOW(gettid),
	ALLOW(exit), ALLOW(exit_group),
	ALLOW(rt_sigprocmask), ALLOW(rt_sigreturn), ALLOW(restart_syscall),
	/* the C library's own signals, when the first thread starts */
	IF(rt_sigaction, EQUAL(0, 32)), IF(rt_sigaction, EQUAL(0, 33)),
	IF(rt_sigaction, EQUAL(0, 34)),
	ALLOW(set_robust_list), ALLOW(rseq),
	IF(clone, MASKED(0, CLONE_MASK, CLONE_SHARED)),
	FAIL(clone3, ENOSYS),		/* then glibc takes clone */
	IF(prctl, EQUAL(0, PR_SET_NAME)),
	/* glibc's qsort() reads its answer without looking for errors */
	ALLOW(sysinfo),
	/* libraries may try, and go on without */
	FAIL(ioctl, ENOTTY), FAIL(prlimit64, EPERM), FAIL(getrlimit, EPERM),
	FAIL(open, EPERM)
};

static const struct rule rules_stage[] = {
	ALLOW(openat),			/* as filter_openat() has it */
	IF(mkdirat, MASKED(2, INT_MASK, SANDBOX_MODE_DIR)),
	IF(fcntl, EQUAL(1, F_DUPFD_CLOEXEC)), IF(fcntl, EQUAL(1, F_GETFL))
};

static const struct rule rules_no_stage[] = { FAIL(openat, EPERM) };

static const struct rule rules_links[] = {
	ALLOW(symlinkat), IF(linkat, EQUAL(4, 0))
};

static const struct rule rules_times[] = { IF(utimensat, EQUAL(1, 0)) };

/* For each thread that starts and ends. */
static const struct rule rules_reports[] = { ALLOW(sigaltstack) };

/* What happens to a call without a rule. */
static uint32_t
action_else(const struct sandbox_filter *f)
{
	return f->reports ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
}

static int
add(scmp_filter_ctx ctx, const struct rule *rules, size_t n,
    const struct sandbox_filter *f)
{
	size_t i;
	int r = 0;

	/* A call that the machine does not have is passed over by the
	 * library; a rule that says nothing new it refuses. */
	for (i = 0; r == 0 && i < n; i++) {
		if (rules[i].action != action_else(f))
			r = seccomp_rule_add_array(ctx, rules[i].action,
			    rules[i].call, rules[i].n_tests,
			    rules[i].tests);
	}
	return r;
}

#define ADD(ctx, rules) \
	add(ctx, rules, sizeof(rules) / sizeof((rules)[0]), f)

static int
add_all(scmp_filter_ctx ctx, const struct sandbox_filter *f)
{
	int r = ADD(ctx, rules_base);

	if (r == 0 && !f->stage)
		r = ADD(ctx, rules_no_stage);
	if (r == 0 && f->stage)
		r = ADD(ctx, rules_stage);
	if (r == 0 && f->stage && f->links)
		r = ADD(ctx, rules_links);
	if (r == 0 && f->times)
		r = ADD(ctx, rules_times);
	if (r == 0 && f->reports)
		r = ADD(ctx, rules_reports);
	return r;
}

/* The half of an argument that an int is in. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARG(i) (offsetof(struct seccomp_data, args) + 8 * (i))
#else
#define ARG(i) (offsetof(struct seccomp_data, args) + 8 * (i) + 4)
#endif
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
/* Over how many steps to go if it is the value, and if not. */
#define TEST(value, yes, no) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))

/*
 * Let openat() make a file or enter a directory, and else fail.  A filter of
 * its own, since libseccomp has no "else" for one call.  The strictest answer
 * of all filters counts, so the other one may still kill, as it does with
 * calls of another ABI.
 */
static int
filter_openat(void)
{
	struct sock_filter steps[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		TEST(SYS_openat, 0, 7),			/* no: allow */
		LOAD(ARG(2)),
		TEST(SANDBOX_OPEN_DIR, 5, 0),		/* yes: allow */
		TEST(SANDBOX_OPEN_FILE, 0, 3),		/* no: fail */
		LOAD(ARG(3)),
		TEST(SANDBOX_MODE_FILE, 2, 0),		/* yes: allow */
		TEST(SANDBOX_MODE_PROGRAM, 1, 0),	/* yes: allow */
		ANSWER(SECCOMP_RET_ERRNO | EPERM),
		ANSWER(SECCOMP_RET_ALLOW)
	};
	struct sock_fprog program = { sizeof(steps) / sizeof(steps[0]),
	    steps };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) ==
	    0 ? 0 : -errno;
}

bool
sandbox_filter_there(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
	    &action) == 0;
}

enum err_code
sandbox_filter(const struct sandbox_filter *f, struct err *e)
{
	scmp_filter_ctx ctx = seccomp_init(action_else(f));
	int r;

	if (ctx == NULL)
		return err_nomem(e);
	/* Calls of another ABI have other numbers, and would pass. */
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH,
	    SCMP_ACT_KILL_PROCESS);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (r == 0)
		r = add_all(ctx, f);
	if (r == 0 && f->stage)
		r = filter_openat();
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	return r == 0 ? ERR_OK :
	    err_sys(e, -r, "cannot filter system calls");
}

void
sandbox_filter_version(char *text, size_t size)
{
	const struct scmp_version *v = seccomp_version();

	snprintf(text, size, "%u.%u.%u", v->major, v->minor, v->micro);
}
