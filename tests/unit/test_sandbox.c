#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/openat2.h>
#include <locale.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/pool.h"
#include "harness.h"

#define MIB ((uint64_t)1 << 20)
#define NOBODY 65534
#define ABSTRACT "xzbundle-test-%ld"	/* a socket that has no file */

/* What a child tells, in memory that both have. */
struct box {
	int line;		/* of the MUST() that it was at */
	struct err e;
	struct sandbox_state state;
};

/* What a child is given. */
struct scene {
	struct sandbox_request r;
	const int *lacks;	/* [n_lacks] calls that the kernel shall not
				 * have */
	size_t n_lacks;
	int status;		/* of the child, see wait(2) */
};

static struct box *box;

#define MUST(x) \
	do { \
		box->line = __LINE__; \
		if (!(x)) \
			return 1; \
	} while (0)

static bool
killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static bool
went_well(int status)
{
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (!well)
		printf("\n    line %d: status 0x%x, errno or error \"%s\"",
		    box->line, (unsigned int)status, box->e.text);
	return well;
}

/* Let the kernel of this process seem to lack some calls. */
static int
take_away(const struct scene *s)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;

	MUST(ctx != NULL);
	for (i = 0; i < s->n_lacks; i++)
		MUST(seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS),
		    s->lacks[i], 0) == 0);
	MUST(seccomp_load(ctx) == 0);
	seccomp_release(ctx);
	return 0;
}

static int
enter(const struct scene *s)
{
	if (s->n_lacks > 0)
		MUST(take_away(s) == 0);
	(void)umask(0);
	MUST(sandbox_enter(&s->r, &box->state, &box->e) == ERR_OK);
	return 0;
}

static int
only_enter(struct scene *s)
{
	return enter(s);
}

static int
become_nobody(void)
{
	gid_t none = NOBODY;

	MUST(setgroups(0, &none) == 0);
	MUST(setgid(NOBODY) == 0);
	MUST(setuid(NOBODY) == 0);
	/* as a program has it that this user has started */
	MUST(prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL) == 0);
	return 0;
}

/* Run it in a child: as root if that is who we are, or as nobody. */
static int
run_as(bool nobody, int (*run)(struct scene *s), struct scene *s)
{
	pid_t pid;

	memset(box, 0, sizeof(*box));
	pid = fork();
	if (pid == 0) {
		if (nobody && become_nobody() != 0)
			_exit(1);
		_exit(run(s));
	}
	if (pid < 0 || waitpid(pid, &s->status, 0) != pid)
		s->status = -1;
	return s->status;
}

static int
run_in(int (*run)(struct scene *s), struct scene *s)
{
	return run_as(false, run, s);
}

/* A stage that anybody may write to. */
static struct scene
scene(const char *stage)
{
	struct scene s;

	memset(&s, 0, sizeof(s));
	s.r.stage_fd = -1;
	s.r.file_bytes = UINT64_MAX;
	if (stage != NULL) {
		CU_ASSERT_EQUAL(mkdir(stage, 0755), 0);
		CU_ASSERT_EQUAL(chmod(stage, 0777), 0);
		s.r.stage_fd = open(stage, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
		CU_ASSERT_TRUE(s.r.stage_fd >= 0);
	}
	return s;
}

static void
scene_end(struct scene *s)
{
	if (s->r.stage_fd >= 0)
		(void)close(s->r.stage_fd);
}

#define WALK SANDBOX_OPEN_DIR
#define MAKE SANDBOX_OPEN_FILE

/* By number, so that the C library adds nothing. */
static int
open1(int dir, const char *path, int flags, unsigned int mode)
{
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

static int
open2(int dir, const char *path, int flags, unsigned int mode)
{
	struct open_how how;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)flags;
	how.mode = (flags & O_CREAT) != 0 ? mode : 0;
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

/* --- what works --- */

static int
files(struct scene *s)
{
	int dir, fd, again;
	struct stat st;

	MUST(enter(s) == 0);
	MUST(mkdirat(s->r.stage_fd, "d", 0755) == 0);
	MUST((dir = openat(s->r.stage_fd, "d", WALK)) >= 0);
	MUST((fd = openat(dir, "f", MAKE, 0755)) >= 0);
	MUST(write(fd, "abc", 3) == 3);
	MUST(lseek(fd, 10, SEEK_CUR) == 13);
	MUST(ftruncate(fd, 5) == 0);
	MUST(fstat(fd, &st) == 0);
	MUST(st.st_size == 5 && (st.st_mode & 07777) == 0755);
	MUST((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY);
	MUST((again = fcntl(dir, F_DUPFD_CLOEXEC, 3)) >= 0);
	MUST(close(again) == 0 && close(dir) == 0 && close(fd) == 0);
	MUST(openat(s->r.stage_fd, "d/f", O_RDONLY) < 0);
	MUST(errno == EPERM);
	return 0;
}

static void
makes_files(void)
{
	struct scene s = scene("stage"), t;
	struct stat st;

	CU_ASSERT_TRUE(went_well(run_in(files, &s)));
	CU_ASSERT_EQUAL(stat("stage/d/f", &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 5);
	CU_ASSERT_TRUE(box->state.landlock_abi > 0);
	CU_ASSERT_TRUE(box->state.seccomp && box->state.rlimits &&
	    box->state.no_new_privs && box->state.capabilities &&
	    box->state.descriptors);
	scene_end(&s);
	if (getuid() == 0) {
		t = scene("stage2");
		CU_ASSERT_TRUE(went_well(run_as(true, files, &t)));
		CU_ASSERT_EQUAL(stat("stage2/d/f", &st), 0);
		CU_ASSERT_EQUAL(st.st_uid, NOBODY);
		scene_end(&t);
	}
}

static int
special_bits(struct scene *s)
{
	int fd = s->r.keep[0];
	struct stat st;

	MUST(enter(s) == 0);
	MUST(fstat(fd, &st) == 0);
	MUST((st.st_mode & S_ISUID) != 0);
	MUST(write(fd, "x", 1) == 1);
	MUST(fstat(fd, &st) == 0);
	MUST((st.st_mode & 07777) == 0755);
	return 0;
}

/* As root, CAP_FSETID would keep them. */
static void
drops_special_bits(void)
{
	struct scene s = scene("stage");
	int fd = open("stage/f", O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	CU_ASSERT_EQUAL(fchmod(fd, 06755), 0);
	s.r.keep = &fd;
	s.r.n_keep = 1;
	CU_ASSERT_TRUE(went_well(run_in(special_bits, &s)));
	(void)close(fd);
	scene_end(&s);
}

static int
links(struct scene *s)
{
	int d = s->r.stage_fd, fd;

	MUST(enter(s) == 0);
	MUST((fd = openat(d, "f", MAKE, 0644)) >= 0);
	MUST(mkdirat(d, "d", 0755) == 0);
	MUST(symlinkat("f", d, "s") == 0);
	MUST(linkat(d, "f", d, "h", 0) == 0);
	MUST(linkat(d, "f", d, "d/h", 0) == 0);
	MUST(linkat(AT_FDCWD, "victim", d, "v", 0) < 0);
	MUST(errno == EXDEV || errno == EACCES || errno == EPERM);
	MUST(linkat(d, "f", AT_FDCWD, "out", 0) < 0);
	MUST(errno == EXDEV || errno == EACCES);
	MUST(symlinkat("f", AT_FDCWD, "out") < 0);
	MUST(errno == EACCES);
	/* Through a link that leads out, with nothing to hold it. */
	MUST(symlinkat("..", d, "up") == 0);
	MUST(mkdirat(d, "up/out", 0755) < 0);
	MUST(errno == EACCES);
	return 0;
}

static void
makes_links(void)
{
	struct scene s = scene("stage");
	struct stat st;

	harness_write("victim", "v", 1);
	s.r.links = true;
	CU_ASSERT_TRUE(went_well(run_in(links, &s)));
	CU_ASSERT_EQUAL(stat("stage/f", &st), 0);
	CU_ASSERT_EQUAL(st.st_nlink, 3);
	CU_ASSERT_EQUAL(stat("victim", &st), 0);
	CU_ASSERT_EQUAL(st.st_nlink, 1);
	CU_ASSERT_NOT_EQUAL(lstat("out", &st), 0);
	scene_end(&s);
}

/* A hard link next to its target is nothing that Landlock bounds. */
static int
one_link(struct scene *s)
{
	int d = s->r.stage_fd;

	MUST(enter(s) == 0);
	MUST(openat(d, "f", MAKE, 0644) >= 0);
	MUST(linkat(d, "f", d, "h", s->r.links ? AT_SYMLINK_FOLLOW : 0) < 0);
	MUST(errno == EPERM);
	return 0;
}

static void
makes_no_other_links(void)
{
	struct scene s = scene("stage"), t = scene("stage2");

	run_in(one_link, &s);
	CU_ASSERT_TRUE(sandbox_reports() ? went_well(s.status) :
	    killed(s.status));
	CU_ASSERT_EQUAL(harness_entries("stage"), 1);
	t.r.links = true;
	run_in(one_link, &t);
	CU_ASSERT_TRUE(sandbox_reports() ? went_well(t.status) :
	    killed(t.status));
	CU_ASSERT_EQUAL(harness_entries("stage2"), 1);
	scene_end(&s);
	scene_end(&t);
}

static int
times(struct scene *s)
{
	struct timespec t[2] = { { 1000, 0 }, { 1000, 0 } };
	int fd;

	MUST(enter(s) == 0);
	MUST((fd = openat(s->r.stage_fd, "f", MAKE, 0644)) >= 0);
	MUST(futimens(fd, t) == 0 || errno == EPERM);
	return 0;
}

static void
sets_times(void)
{
	struct scene s = scene("stage"), t = scene("stage2");
	struct stat st;

	s.r.times = true;
	CU_ASSERT_TRUE(went_well(run_in(times, &s)));
	CU_ASSERT_EQUAL(stat("stage/f", &st), 0);
	CU_ASSERT_EQUAL(st.st_mtime, 1000);
	run_in(times, &t);
	CU_ASSERT_TRUE(sandbox_reports() || killed(t.status));
	CU_ASSERT_EQUAL(stat("stage2/f", &st), 0);
	CU_ASSERT_NOT_EQUAL(st.st_mtime, 1000);
	scene_end(&s);
	scene_end(&t);
}

static enum err_code
square(void *ctx, size_t i, void **result, struct err *e)
{
	size_t *value = malloc(sizeof(*value));

	(void)ctx;
	if (value == NULL)
		return err_nomem(e);
	*value = i * i;
	*result = value;
	return ERR_OK;
}

static enum err_code
add_up(void *ctx, size_t i, void *result, struct err *e)
{
	(void)i;
	(void)e;
	*(size_t *)ctx += *(size_t *)result;
	free(result);
	return ERR_OK;
}

static uint8_t packed[4096];
static size_t n_packed;

/* Threads, memory, a decoder, a locale that was loaded before. */
static int
computing(struct scene *s)
{
	static uint8_t plain[64 << 10];
	size_t sum = 0, in = 0, out = 0;
	struct pool_job job = { .n_items = 1000, .n_threads = 4,
	    .work = square, .drop = free, .ctx = &sum };
	uint64_t memory = 64 * MIB;
	locale_t l, again;
	char *p;

	MUST((l = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0)) != NULL);
	MUST(enter(s) == 0);
	MUST(pool_run(&job, add_up, &box->e) == ERR_OK);
	MUST(sum == 332833500);
	MUST((p = malloc((size_t)64 << 20)) != NULL);
	memset(p, 1, (size_t)64 << 20);
	free(p);
	MUST(lzma_stream_buffer_decode(&memory, 0, NULL, packed, &in,
	    n_packed, plain, &out, sizeof(plain)) == LZMA_OK);
	MUST(out == sizeof(plain) && plain[7] == 'x');
	MUST((again = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0)) !=
	    NULL);
	freelocale(again);
	freelocale(l);
	return 0;
}

static void
computes(void)
{
	uint8_t *plain = malloc(64 << 10);
	struct scene s = scene(NULL), t = scene("stage");

	memset(plain, 'x', 64 << 10);
	n_packed = 0;
	CU_ASSERT_EQUAL(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL,
	    plain, 64 << 10, packed, &n_packed, sizeof(packed)), LZMA_OK);
	free(plain);
	CU_ASSERT_TRUE(went_well(run_in(computing, &s)));
	t.r.links = t.r.times = true;
	t.r.memory = 1024 * MIB;
	CU_ASSERT_TRUE(went_well(run_in(computing, &t)));
	if (getuid() == 0)
		CU_ASSERT_TRUE(went_well(run_as(true, computing, &s)));
	scene_end(&t);
}

/* --- what does not --- */

static int
no_stage(struct scene *s)
{
	MUST(enter(s) == 0);
	MUST(mkdirat(AT_FDCWD, "out", 0755) < 0);
	return 0;
}

static void
writes_nothing_without_a_stage(void)
{
	struct scene s = scene(NULL);
	struct stat st;

	run_in(no_stage, &s);
	CU_ASSERT_TRUE(sandbox_reports() ? went_well(s.status) :
	    killed(s.status));
	CU_ASSERT_NOT_EQUAL(stat("out", &st), 0);
}

/* Landlock does not bound these in what was open before. */
static int
old_descriptors(struct scene *s)
{
	MUST(enter(s) == 0);
	MUST(openat(s->r.keep[0], "victim", O_RDONLY) < 0);
	MUST(errno == EPERM);		/* that is the filter */
	MUST(openat(s->r.keep[0], "victim", MAKE, 0644) < 0);
	MUST(errno == EEXIST);
	MUST(openat(s->r.keep[0], "new", MAKE, 0644) < 0);
	MUST(errno == EACCES);
	MUST(mkdirat(s->r.keep[0], "new", 0755) < 0);
	MUST(errno == EACCES);
	return 0;
}

static void
bounds_other_directories(void)
{
	struct scene s = scene("stage");
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	harness_write("victim", "v", 1);
	s.r.keep = &here;
	s.r.n_keep = 1;
	CU_ASSERT_TRUE(went_well(run_in(old_descriptors, &s)));
	CU_ASSERT_EQUAL(harness_entries("."), 2);
	(void)close(here);
	scene_end(&s);
}

/* --- what is opened, and how --- */

static int
opens_nothing(struct scene *s)
{
	MUST(enter(s) == 0);
	MUST(open1(s->r.keep[0], "a", MAKE, 0644) < 0 && errno == EPERM);
	MUST(open1(s->r.keep[0], ".", WALK, 0) < 0 && errno == EPERM);
	return 0;
}

/* All flags and modes but one or two, in a stage that forbids nothing. */
static int
other_flags(struct scene *s)
{
	static const unsigned int modes[] = { 0, 0600, 0666, 0700, 0777,
	    01755, 02755, 04755, 06755, 0100644, 0644U | 1U << 16 };
	int d = s->r.stage_fd, i;
	size_t k;

	MUST(enter(s) == 0);
	for (i = 0; i < 32; i++) {
		MUST(open1(d, "n", MAKE ^ (int)(1U << i), 0644) < 0);
		MUST(errno == EPERM);
		MUST(open1(d, ".", WALK ^ (int)(1U << i), 0) < 0);
		MUST(errno == EPERM);
	}
	for (k = 0; k < HARNESS_COUNT(modes); k++) {
		MUST(open1(d, "n", MAKE, modes[k]) < 0);
		MUST(errno == EPERM);
	}
	MUST(open1(d, "old", O_ACCMODE | O_TRUNC, 0) < 0 && errno == EPERM);
	MUST(open1(d, "old", WALK, 0) < 0 && errno == ENOTDIR);
	MUST(open1(d, "link", WALK, 0) < 0 && errno == ENOTDIR);
	MUST(open1(d, "a", MAKE, SANDBOX_MODE_FILE) >= 0);
	MUST(open1(d, "b", MAKE, SANDBOX_MODE_PROGRAM) >= 0);
	/* The kernel takes the lower half. */
	MUST(syscall(SYS_openat, d, ".", (long)WALK | (long)((uint64_t)1 <<
	    (sizeof(long) > 4 ? 40 : 0)), 0) >= 0 || sizeof(long) == 4);
	MUST(mkdirat(d, "c", SANDBOX_MODE_DIR) == 0);
	return 0;
}

static void
opens_in_two_ways(void)
{
	struct scene s = scene("stage"), none = scene(NULL);

	harness_write("stage/old", "old", 3);
	CU_ASSERT_EQUAL(symlink(".", "stage/link"), 0);
	CU_ASSERT_TRUE(went_well(run_in(other_flags, &s)));
	CU_ASSERT_TRUE(harness_holds("stage/old", "old"));
	CU_ASSERT_EQUAL(harness_entries("stage"), 5);
	scene_end(&s);
	CU_ASSERT_EQUAL(unlink("stage/a") + unlink("stage/b"), 0);
	/* Without a stage not even these. */
	none.r.keep = &s.r.stage_fd;
	none.r.n_keep = 1;
	s.r.stage_fd = open("stage", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE(went_well(run_in(opens_nothing, &none)));
	scene_end(&s);
	CU_ASSERT_EQUAL(harness_entries("stage"), 3);
}

static int which;

/* One call that is not let through. */
static int
other_call(struct scene *s)
{
	int d = s->r.stage_fd;

	MUST(enter(s) == 0);
	if (which == 0)
		MUST(open2(d, "n", MAKE, 0644) < 0);
	else if (which == 1)
		MUST(open2(d, "old", O_ACCMODE | O_TRUNC, 0) < 0);
	else if (which == 2)
		MUST(mkdirat(d, "n", 0777) < 0);
	else if (which == 3)
		MUST(mkdirat(d, "n", 02755) < 0);
	else
		MUST(truncate("stage/old", 0) < 0);
	MUST(errno == EPERM);
	return 0;
}

/* Also where Landlock does not ask for a right to cut a file. */
static void
cuts_nothing(void)
{
	struct scene s = scene("stage");

	harness_write("stage/old", "old", 3);
	for (s.r.max_abi = 0; s.r.max_abi < 4; s.r.max_abi++) {
		for (which = 0; which < 5; which++) {
			run_in(other_call, &s);
			CU_ASSERT_TRUE(sandbox_reports() ?
			    went_well(s.status) : killed(s.status));
		}
	}
	CU_ASSERT_TRUE(harness_holds("stage/old", "old"));
	CU_ASSERT_EQUAL(harness_entries("stage"), 1);
	scene_end(&s);
}

#ifdef __x86_64__
/* getpid of i386: with the numbers of this ABI that is writev(). */
static int
other_abi(struct scene *s)
{
	long r;

	/* Kernels without that ABI send this; sanitizers would catch it. */
	MUST(signal(SIGSEGV, SIG_DFL) != SIG_ERR);
	if (s->r.n_keep == 0)
		MUST(enter(s) == 0);
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory");
	MUST(r == getpid());
	return 0;
}

static void
kills_calls_of_i386(void)
{
	struct scene s = scene(NULL), control = scene(NULL);

	control.r.n_keep = 1;
	run_in(other_abi, &control);
	run_in(other_abi, &s);
	CU_ASSERT_TRUE(killed(s.status) ||
	    (WIFSIGNALED(s.status) && WIFSIGNALED(control.status)));
}
#endif

/* --- descriptors --- */

#define MANY 1000

static int
only_kept(struct scene *s)
{
	struct stat st;
	int fd, found = 0;

	MUST(enter(s) == 0);
	for (fd = 0; fd < 2 * MANY; fd++) {
		if (fstat(fd, &st) == 0) {
			MUST(fd == s->r.stage_fd || fd == s->r.keep[0] ||
			    fd == s->r.keep[1] || fd == s->r.keep[2]);
			found++;
		} else {
			MUST(errno == EBADF);
		}
	}
	MUST(found == 4);
	return 0;
}

static void
closes_descriptors(void)
{
	static const int lacks[] = { SCMP_SYS(close_range) };
	struct scene s = scene("stage");
	int keep[3] = { -1, 2, -1 }, first, last = -1, i;
	struct rlimit before, rl;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	rl = before;
	rl.rlim_cur = rl.rlim_max < 3 * MANY ? rl.rlim_max : 3 * MANY;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &rl), 0);
	first = dup(s.r.stage_fd);
	for (i = 0; i < MANY; i++)
		last = dup(first);
	CU_ASSERT_TRUE(last >= MANY);
	keep[0] = last - 100;
	keep[2] = last - 300;
	s.r.keep = keep;
	s.r.n_keep = 3;
	CU_ASSERT_TRUE(went_well(run_in(only_kept, &s)));
	s.lacks = lacks;
	s.n_lacks = 1;
	CU_ASSERT_TRUE(went_well(run_in(only_kept, &s)));
	CU_ASSERT_TRUE(box->state.descriptors);
	for (i = first; i <= last; i++)
		(void)close(i);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
	scene_end(&s);
}

/* --- limits --- */

static int
big_file(struct scene *s)
{
	static char bytes[2048];
	int fd;

	signal(SIGXFSZ, SIG_IGN);
	MUST(enter(s) == 0);
	MUST((fd = openat(s->r.stage_fd, "f", MAKE, 0644)) >= 0);
	MUST(write(fd, bytes, sizeof(bytes)) == 1000);
	MUST(write(fd, bytes, 1) < 0 && errno == EFBIG);
	return 0;
}

static int
big_file_inherited(struct scene *s)
{
	struct rlimit rl = { 1000, 1000 }, few = { 20, 20 };

	MUST(setrlimit(RLIMIT_FSIZE, &rl) == 0);
	MUST(setrlimit(RLIMIT_NOFILE, &few) == 0);
	return big_file(s);
}

static void
limits_files(void)
{
	struct scene s = scene("stage"), t = scene("stage2"),
	    u = scene("stage3");

	s.r.file_bytes = 1000;
	CU_ASSERT_TRUE(went_well(run_in(big_file, &s)));
	/* What was inherited is tighter, and cannot be raised. */
	t.r.file_bytes = 5000;
	CU_ASSERT_TRUE(went_well(run_in(big_file_inherited, &t)));
	u.r.file_bytes = 5000;
	if (getuid() == 0)
		CU_ASSERT_TRUE(went_well(run_as(true, big_file_inherited,
		    &u)));
	scene_end(&s);
	scene_end(&t);
	scene_end(&u);
}

static int
too_much_memory(struct scene *s)
{
	void *p;

	MUST(enter(s) == 0);
	MUST((p = malloc(20 * MIB)) != NULL);
	memset(p, 1, 20 * MIB);
	MUST(malloc(20 * MIB) == NULL);
	MUST(errno == ENOMEM);
	return 0;
}

static void
limits_memory(void)
{
	static const int lacks[] = { SYS_openat };
	struct scene s = scene(NULL);
	char words[SANDBOX_WORDS_MAX];

	s.r.memory = 32 * MIB;
	if (sandbox_reports())
		return;
	CU_ASSERT_TRUE(went_well(run_in(too_much_memory, &s)));
	if (getuid() == 0)
		CU_ASSERT_TRUE(went_well(run_as(true, too_much_memory,
		    &s)));
	/* Without /proc nothing says how much is in use. */
	s.lacks = lacks;
	s.n_lacks = 1;
	run_in(only_enter, &s);
	CU_ASSERT_EQUAL(box->e.code, ERR_UNSUPPORTED);
	CU_ASSERT_TRUE(HARNESS_SAYS(&box->e, "/proc/self/statm"));
	s.r.weak = true;
	CU_ASSERT_TRUE(went_well(run_in(only_enter, &s)));
	CU_ASSERT_PTR_NOT_NULL_FATAL(sandbox_missing(&box->state, words));
	CU_ASSERT_STRING_EQUAL(words, "limits");
}

static int
spin(struct scene *s)
{
	volatile unsigned int i = 0;

	MUST(enter(s) == 0);
	for (;;)
		i++;
}

static void
limits_time(void)
{
	struct scene s = scene(NULL);

	s.r.cpu_seconds = 1;
	run_in(spin, &s);
	CU_ASSERT_TRUE(WIFSIGNALED(s.status) &&
	    WTERMSIG(s.status) == SIGXCPU);
}

static int
spin_a_little(struct scene *s)
{
	MUST(enter(s) == 0);
	while (clock() < CLOCKS_PER_SEC / 2)
		;
	return 0;
}

/* 2^55 s are 2^64 ns and 0 to the kernel. */
static void
limits_no_long_time(void)
{
	static const uint64_t seconds[] = { (uint64_t)1 << 55,
	    INT64_MAX / 1000, UINT64_MAX - 1, UINT64_MAX };
	struct scene s = scene(NULL);
	size_t i;

	for (i = 0; i < HARNESS_COUNT(seconds); i++) {
		s.r.cpu_seconds = seconds[i];
		CU_ASSERT_TRUE(went_well(run_in(spin_a_little, &s)));
	}
}

/* --- what the kernel says of it --- */

static int
wait_confined(struct scene *s)
{
	char c;

	MUST(enter(s) == 0);
	MUST(write(s->r.keep[1], "x", 1) == 1);
	MUST(read(s->r.keep[0], &c, 1) == 0);
	return 0;
}

/* Is the line, such as "Seccomp: 2", in a file of /proc? */
static bool
proc_says(pid_t pid, const char *file, const char *line)
{
	char path[64], text[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, file);
	f = fopen(path, "r");
	while (f != NULL && fgets(text, sizeof(text), f) != NULL)
		found = found || strncmp(text, line, strlen(line)) == 0;
	if (f != NULL)
		(void)fclose(f);
	if (!found)
		printf("\n    no \"%s\" in %s", line, path);
	return found;
}

static void
agrees(bool nobody)
{
	struct scene s = scene(NULL);
	char path[64];
	struct stat st;
	int go[2], ready[2], keep[2];
	pid_t pid;
	char c;

	CU_ASSERT_EQUAL(pipe2(go, O_CLOEXEC) + pipe2(ready, O_CLOEXEC), 0);
	keep[0] = go[0];
	keep[1] = ready[1];
	s.r.keep = keep;
	s.r.n_keep = 2;
	pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		(void)close(ready[0]);
		_exit((nobody && become_nobody() != 0) || wait_confined(&s));
	}
	(void)close(ready[1]);
	CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
	CU_ASSERT_TRUE(proc_says(pid, "status", "NoNewPrivs:\t1"));
	CU_ASSERT_TRUE(proc_says(pid, "status", "Seccomp:\t2"));
	CU_ASSERT_TRUE(proc_says(pid, "status", "CapEff:\t0000000000000000"));
	CU_ASSERT_TRUE(proc_says(pid, "status", "CapPrm:\t0000000000000000"));
	if (getuid() == 0 && !nobody)
		CU_ASSERT_TRUE(proc_says(pid, "status",
		    "CapBnd:\t0000000000000000"));
	/* Nobody's process is root's in /proc once it cannot be traced. */
	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_uid, !sandbox_reports() ? 0 :
	    nobody ? NOBODY : getuid());
	CU_ASSERT_TRUE(proc_says(pid, "limits",
	    "Max open files            67                   67"));
	CU_ASSERT_TRUE(proc_says(pid, "limits",
	    "Max core file size        0                    0"));
	(void)close(go[1]);
	CU_ASSERT_EQUAL(waitpid(pid, &s.status, 0), pid);
	CU_ASSERT_TRUE(went_well(s.status));
	(void)close(go[0]);
	(void)close(ready[0]);
}

static void
kernel_agrees(void)
{
	agrees(false);
	if (getuid() == 0)
		agrees(true);
}

/* --- kernels that lack something --- */

/* One call less: what is the error, and what is missing from a weak one? */
static void
lacks_one(int call, const char *word, struct scene *s)
{
	char text[200], words[SANDBOX_WORDS_MAX];

	s->lacks = &call;
	s->n_lacks = 1;
	s->r.weak = false;
	run_in(only_enter, s);
	snprintf(text, sizeof(text), "the kernel has no %s; "
	    "--allow-weak-sandbox goes on without", word);
	CU_ASSERT_EQUAL(box->e.code, ERR_UNSUPPORTED);
	CU_ASSERT_STRING_EQUAL(box->e.text, text);
	s->r.weak = true;
	CU_ASSERT_TRUE(went_well(run_in(only_enter, s)));
	CU_ASSERT_PTR_NOT_NULL_FATAL(sandbox_missing(&box->state, words));
	CU_ASSERT_STRING_EQUAL(words, word);
	s->lacks = NULL;
	s->n_lacks = 0;
}

static void
says_what_the_kernel_lacks(void)
{
	struct scene s = scene("stage");

	lacks_one(SYS_landlock_create_ruleset, "Landlock", &s);
	CU_ASSERT_EQUAL(box->state.landlock_abi, 0);
	CU_ASSERT_TRUE(box->state.seccomp);
	lacks_one(SYS_seccomp, "seccomp", &s);
	CU_ASSERT_TRUE(box->state.landlock_abi > 0);
	scene_end(&s);
}

static int
without_landlock(struct scene *s)
{
	int fd;

	MUST(enter(s) == 0);
	MUST((fd = openat(s->r.stage_fd, "f", MAKE, 0644)) >= 0);
	(void)socket(AF_UNIX, SOCK_STREAM, 0);
	return 0;
}

#define DENIED(call) MUST((call) < 0 && errno == EACCES)

/* What newer ABIs than the first bound, besides files. */
static int
newer_abis(int abi)
{
	struct sockaddr_in port = { .sin_family = AF_INET };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, ABSTRACT,
	    (long)getppid());
	MUST((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
	if (abi >= 4) {
		DENIED(bind(fd, (struct sockaddr *)&port, sizeof(port)));
		port.sin_port = htons(1);
		DENIED(connect(fd, (struct sockaddr *)&port, sizeof(port)));
	}
	MUST((fd = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
	if (abi >= 6) {
		MUST(connect(fd, (struct sockaddr *)&name,
		    sizeof(name)) < 0 && errno == EPERM);
		MUST(kill(getppid(), 0) < 0 && errno == EPERM);
	}
	return 0;
}

/* Landlock has to bound files on its own. */
static int
without_seccomp(struct scene *s)
{
	char arg[] = "true", *argv[] = { arg, NULL };
	int d = s->r.stage_fd;

	MUST(enter(s) == 0);
	DENIED(open("/etc/passwd", O_RDONLY));
	DENIED(open("/", O_RDONLY | O_DIRECTORY));
	DENIED(open("new", O_WRONLY | O_CREAT, 0600));
	DENIED(open("victim", O_WRONLY));
	DENIED(open("/dev/null", O_RDWR));
	if (box->state.landlock_abi >= 3)
		DENIED(truncate("victim", 0));
	DENIED(mkdir("new", 0700));
	DENIED(rename("victim", "new"));
	DENIED(unlink("victim"));
	DENIED(execv("/bin/true", argv));
	DENIED(openat(d, "old", O_RDONLY));
	DENIED(openat(d, ".", O_RDONLY | O_DIRECTORY));
	DENIED(unlinkat(d, "old", 0));
	DENIED(unlinkat(d, "olddir", AT_REMOVEDIR));
	DENIED(renameat(d, "old", d, "new"));
	DENIED(symlinkat("old", d, "new"));
	DENIED(mknodat(d, "new", S_IFIFO | 0600, 0));
	DENIED(mknodat(d, "new", S_IFSOCK | 0600, 0));
	MUST(openat(d, "f", O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
	return newer_abis(box->state.landlock_abi);
}

static void
keeps_the_rest_of_a_weak_one(void)
{
	static const int landlock[] = { SYS_landlock_create_ruleset };
	static const int seccomp[] = { SYS_seccomp };
	struct scene s = scene("stage");
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, ABSTRACT,
	    (long)getpid());
	s.r.weak = true;
	s.n_lacks = 1;
	s.lacks = landlock;
	run_in(without_landlock, &s);
	CU_ASSERT_TRUE(sandbox_reports() || killed(s.status));
	s.lacks = seccomp;
	harness_write("victim", "v", 1);
	harness_write("stage/old", "o", 1);
	CU_ASSERT_EQUAL(mkdir("stage/olddir", 0777), 0);
	CU_ASSERT_EQUAL(unlink("stage/f"), 0);
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&name, sizeof(name)) +
	    listen(fd, 1), 0);
	CU_ASSERT_TRUE(went_well(run_in(without_seccomp, &s)));
	(void)close(fd);
	scene_end(&s);
}

/* --- kernels with an older Landlock --- */

/* With both fences. */
static int
old_landlock(struct scene *s)
{
	int out = s->r.keep[0], d = s->r.stage_fd;

	MUST(enter(s) == 0);
	MUST(box->state.landlock_abi == s->r.max_abi);
	MUST(open1(out, "victim", O_ACCMODE | O_TRUNC, 0) < 0);
	MUST(errno == EPERM);
	MUST(open1(out, "victim", O_WRONLY | O_TRUNC, 0) < 0);
	MUST(errno == EPERM);
	MUST(open1(out, "victim", O_WRONLY, 0) < 0 && errno == EPERM);
	MUST(open1(out, "victim", O_RDONLY, 0) < 0 && errno == EPERM);
	MUST(open1(out, "victim", MAKE, 0644) < 0 && errno == EEXIST);
	DENIED(openat(out, "new", MAKE, 0644));
	DENIED(openat(d, "../new", MAKE, 0644));
	DENIED(mkdirat(out, "new", 0755));
	MUST(openat(d, "f", MAKE, 0644) >= 0);
	MUST(mkdirat(d, "d", 0755) == 0);
	if (!s->r.links)
		return 0;
	MUST(linkat(d, "f", d, "h", 0) == 0);
	MUST((linkat(d, "f", d, "d/h", 0) == 0) == (s->r.max_abi >= 2));
	return 0;
}

/* The control: Landlock alone does not bound it. */
static int
old_landlock_alone(struct scene *s)
{
	MUST(enter(s) == 0);
	MUST(box->state.landlock_abi == s->r.max_abi);
	DENIED(open("victim", O_WRONLY | O_TRUNC));
	MUST(open("victim", O_ACCMODE | O_TRUNC) >= 0);
	return 0;
}

static void
with_old_landlock(int32_t abi, const char *stage, bool links, bool weak)
{
	static const int seccomp[] = { SYS_seccomp };
	struct scene s = scene(stage);
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	harness_write("victim", "v", 1);
	s.r.keep = &here;
	s.r.n_keep = 1;
	s.r.max_abi = abi;
	s.r.links = links;
	s.r.weak = weak;
	CU_ASSERT_TRUE(went_well(run_in(old_landlock, &s)));
	CU_ASSERT_TRUE(harness_holds("victim", "v"));
	s.r.weak = true;
	s.lacks = seccomp;
	s.n_lacks = 1;
	CU_ASSERT_TRUE(went_well(run_in(old_landlock_alone, &s)));
	CU_ASSERT_TRUE(harness_holds("victim", ""));
	(void)close(here);
	scene_end(&s);
}

static void
old_landlocks(void)
{
	struct scene s = scene("stage");

	with_old_landlock(1, "stage1", false, false);
	with_old_landlock(2, "stage2", false, false);
	with_old_landlock(1, "links1", true, true);
	with_old_landlock(2, "links2", true, false);
	/* No hard links between directories: not when they are wanted. */
	s.r.max_abi = 1;
	s.r.links = true;
	run_in(only_enter, &s);
	CU_ASSERT_EQUAL(box->e.code, ERR_UNSUPPORTED);
	CU_ASSERT_TRUE(HARNESS_SAYS(&box->e, "no hard links between"));
	scene_end(&s);
}

/* --- words --- */

static void
names_parts(void)
{
	struct sandbox_state s;
	char words[SANDBOX_WORDS_MAX];
	bool there = true;
	size_t i;

	memset(&s, 0, sizeof(s));
	CU_ASSERT_STRING_EQUAL(sandbox_missing(&s, words), "Landlock, "
	    "seccomp, no_new_privs, limits, capabilities, close_range");
	CU_ASSERT_STRING_EQUAL(sandbox_part(&s, 0, &there), "Landlock");
	CU_ASSERT_FALSE(there);
	s.landlock_abi = 7;
	CU_ASSERT_STRING_EQUAL(sandbox_part(&s, 0, &there), "Landlock");
	CU_ASSERT_TRUE(there);
	s.seccomp = s.rlimits = s.no_new_privs = s.descriptors = 1;
	CU_ASSERT_STRING_EQUAL(sandbox_missing(&s, words), "capabilities");
	s.capabilities = 1;
	CU_ASSERT_PTR_NULL(sandbox_missing(&s, words));
	for (i = 0; i < SANDBOX_PARTS; i++)
		CU_ASSERT_TRUE(sandbox_part(&s, i, &there) != NULL && there);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "makes files", makes_files },
		{ "drops special bits", drops_special_bits },
		{ "makes links", makes_links },
		{ "makes no other links", makes_no_other_links },
		{ "sets times", sets_times },
		{ "computes", computes },
		{ "writes nothing without a stage",
		    writes_nothing_without_a_stage },
		{ "bounds other directories", bounds_other_directories },
		{ "opens in two ways", opens_in_two_ways },
		{ "cuts nothing", cuts_nothing },
#ifdef __x86_64__
		{ "kills calls of i386", kills_calls_of_i386 },
#endif
		{ "closes descriptors", closes_descriptors },
		{ "limits files", limits_files },
		{ "limits memory", limits_memory },
		{ "limits time", limits_time },
		{ "limits no long time", limits_no_long_time },
		{ "the kernel agrees", kernel_agrees },
		{ "says what the kernel lacks", says_what_the_kernel_lacks },
		{ "keeps the rest of a weak one",
		    keeps_the_rest_of_a_weak_one },
		{ "older ABIs of Landlock", old_landlocks },
		{ "names parts", names_parts }
	};

	/* The children must not write what is still in here. */
	setvbuf(stdout, NULL, _IONBF, 0);
	box = mmap(NULL, sizeof(*box), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return box != MAP_FAILED ?
	    harness_run("sandbox", tests, HARNESS_COUNT(tests)) : 1;
}
