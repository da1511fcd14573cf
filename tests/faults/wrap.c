/*
 * wrap: calls of the C library that fail when told to.
 *
 * Linked with -Wl,--wrap=CALL for each call below, so that of the program's
 * own objects every such call comes here, and those of libraries do not.
 * The counters are in memory that the program and its confined child share;
 * nothing here makes a system call that the sandbox forbids.
 *
 * Environment:
 *   FAULT_KIND=KIND  ENOSPC, EDQUOT, EIO, EINTR, EMFILE, ENOMEM: what calls
 *                    fail with; short: reads and writes of one byte; exit:
 *                    the child ends there, with status 0
 *   FAULT_AT=N       the Nth call that can fail so does
 *   FAULT_FROM=N     from the Nth on all do (of renames the Nth alone: what
 *                    was moved can be moved back)
 *   FAULT_LACKS=1    a file system without O_TMPFILE and rename flags
 *   FAULT_COUNT=FILE written at the end: a line "KIND N" for each kind, and
 *                    "hit CALL" if one failed
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define SPACE (1U << 0)
#define QUOTA (1U << 1)
#define BROKEN (1U << 2)
#define SIGNAL (1U << 3)
#define FILES (1U << 4)
#define MEMORY (1U << 5)
#define SHORT (1U << 6)
#define END (1U << 7)
#define KINDS 8

#define DISK (SPACE | QUOTA | BROKEN)

static const struct {
	const char *name;
	int errnum;
} kinds[KINDS] = {
	{ "ENOSPC", ENOSPC }, { "EDQUOT", EDQUOT }, { "EIO", EIO },
	{ "EINTR", EINTR }, { "EMFILE", EMFILE }, { "ENOMEM", ENOMEM },
	{ "short", 0 }, { "exit", 0 }
};

struct shared {
	atomic_uint count[KINDS];
	atomic_uintptr_t hit;		/* a name; the same in the child */
};

static struct shared *shared;
static unsigned int kind = KINDS;	/* none */
static unsigned int at, from;
static bool lacks;
static bool in_child;

void *__real_mmap(void *addr, size_t n, int prot, int flags, int fd,
    off_t off);
int __real_fstat(int fd, struct stat *st);
int __real_fcntl(int fd, int command, ...);

static unsigned int
number(const char *name)
{
	const char *s = getenv(name);

	return s != NULL ? (unsigned int)strtoul(s, NULL, 10) : 0;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *s = getenv("FAULT_KIND");

	shared = __real_mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		_exit(99);
	at = number("FAULT_AT");
	from = number("FAULT_FROM");
	lacks = number("FAULT_LACKS") != 0;
	for (kind = 0; kind < KINDS; kind++) {
		if (s != NULL && strcmp(s, kinds[kind].name) == 0)
			break;
	}
}

__attribute__((destructor)) static void
end(void)
{
	const char *path = getenv("FAULT_COUNT");
	const char *hit = (const char *)atomic_load(&shared->hit);
	FILE *f = path != NULL ? fopen(path, "w") : NULL;
	unsigned int i;

	if (f == NULL)
		return;
	for (i = 0; i < KINDS; i++)
		fprintf(f, "%s %u\n", kinds[i].name,
		    atomic_load(&shared->count[i]));
	if (hit != NULL)
		fprintf(f, "hit %s\n", hit);
	if (fclose(f) != 0)
		_exit(99);
}

/* Does this call, which can fail in these ways, fail now?  Sets errno. */
static bool
fault(unsigned int can, const char *call, bool once)
{
	unsigned int i, n;
	bool now = false;

	if (shared == NULL)		/* before begin() */
		return false;
	if (in_child)
		can |= END;
	for (i = 0; i < KINDS; i++) {
		if ((can & 1U << i) == 0)
			continue;
		n = atomic_fetch_add(&shared->count[i], 1) + 1;
		if (i == kind && (n == at || n == from ||
		    (from > 0 && n > from && !once)))
			now = true;
	}
	if (!now)
		return false;
	if (atomic_load(&shared->hit) == 0)
		atomic_store(&shared->hit, (uintptr_t)call);
	if (kind < KINDS && 1U << kind == END)
		_exit(0);
	if (kind < KINDS && kinds[kind].errnum != 0)
		errno = kinds[kind].errnum;
	return true;
}

#define CALL_ONCE(type, name, params, args, can, failed, once) \
type __real_##name params; \
type __wrap_##name params; \
type \
__wrap_##name params \
{ \
	if (fault(can, #name, once)) \
		return failed; \
	return __real_##name args; \
}
#define CALL(type, name, params, args, can, failed) \
	CALL_ONCE(type, name, params, args, can, failed, false)

/* --- memory, processes, threads --- */

CALL(void *, malloc, (size_t n), (n), MEMORY, NULL)
CALL(void *, calloc, (size_t n, size_t m), (n, m), MEMORY, NULL)
CALL(void *, realloc, (void *p, size_t n), (p, n), MEMORY, NULL)
CALL(void *, reallocarray, (void *p, size_t n, size_t m), (p, n, m), MEMORY,
    NULL)
CALL(char *, strdup, (const char *s), (s), MEMORY, NULL)
CALL(char *, strndup, (const char *s, size_t n), (s, n), MEMORY, NULL)
CALL(int, vasprintf, (char **s, const char *f, va_list ap), (s, f, ap),
    MEMORY, -1)
CALL(char *, realpath, (const char *path, char *to), (path, to),
    MEMORY | BROKEN, NULL)
CALL(void *, mmap, (void *p, size_t n, int prot, int flags, int fd,
    off_t off), (p, n, prot, flags, fd, off), MEMORY, MAP_FAILED)
CALL(locale_t, newlocale, (int mask, const char *name, locale_t base),
    (mask, name, base), MEMORY, (locale_t)0)
CALL(int, pipe2, (int fds[2], int flags), (fds, flags), FILES, -1)
CALL(int, poll, (struct pollfd *p, nfds_t n, int ms), (p, n, ms),
    SIGNAL | MEMORY, -1)
CALL(pid_t, waitpid, (pid_t pid, int *status, int options),
    (pid, status, options), SIGNAL, -1)
CALL(int, getrlimit, (int what, struct rlimit *rl), (what, rl), MEMORY, -1)
CALL(int, setrlimit, (int what, const struct rlimit *rl), (what, rl), MEMORY,
    -1)
CALL(ssize_t, getrandom, (void *p, size_t n, unsigned int flags),
    (p, n, flags), SIGNAL, -1)

int __wrap_asprintf(char **s, const char *fmt, ...);
int __real_vasprintf(char **s, const char *fmt, va_list ap);

int
__wrap_asprintf(char **s, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (fault(MEMORY, "asprintf", false))
		return -1;
	va_start(ap, fmt);
	n = __real_vasprintf(s, fmt, ap);
	va_end(ap);
	return n;
}

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t
__wrap_fork(void)
{
	pid_t pid;

	if (fault(MEMORY, "fork", false))
		return -1;
	pid = __real_fork();
	in_child = in_child || pid == 0;
	return pid;
}

int __real_pthread_create(pthread_t *t, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg);

int
__wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg)
{
	if (fault(MEMORY, "pthread_create", false))
		return EAGAIN;
	return __real_pthread_create(t, attr, run, arg);
}

int __real_prctl(int what, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d);
int __wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d);

int
__wrap_prctl(int what, unsigned long a, unsigned long b, unsigned long c,
    unsigned long d)
{
	if (fault(MEMORY, "prctl", false))
		return -1;
	return __real_prctl(what, a, b, c, d);
}

/* --- descriptors --- */

/* O_TMPFILE has the bit of O_DIRECTORY. */
#define MAKES(flags) (((flags) & O_CREAT) != 0 || \
	((flags) & O_TMPFILE) == O_TMPFILE)
#define OPENS(flags) (FILES | MEMORY | SIGNAL | BROKEN | \
	(MAKES(flags) ? DISK : 0))

int __real_openat(int dir, const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_openat(int dir, const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

static bool
lacking(int flags)
{
	if (!lacks || (flags & O_TMPFILE) != O_TMPFILE)
		return false;
	errno = EOPNOTSUPP;
	return true;
}

int
__wrap_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = MAKES(flags) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (lacking(flags) || fault(OPENS(flags), "openat", false))
		return -1;
	return __real_openat(dir, path, flags, mode);
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = MAKES(flags) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (lacking(flags) || fault(OPENS(flags), "open", false))
		return -1;
	return __real_open(path, flags, mode);
}

int __wrap_fcntl(int fd, int command, ...);

int
__wrap_fcntl(int fd, int command, ...)
{
	va_list ap;
	long arg;

	va_start(ap, command);
	arg = command != F_GETFL && command != F_GETFD ? va_arg(ap, long) :
	    0;
	va_end(ap);
	if (fault(FILES, "fcntl", false))
		return -1;
	return __real_fcntl(fd, command, arg);
}

int __real_close(int fd);
int __wrap_close(int fd);

ssize_t __real_write(int fd, const void *p, size_t n);

/* The descriptor is closed whatever the result; a file that may have been
 * written has another name, which is found out by a call that the sandbox
 * always allows. */
int
__wrap_close(int fd)
{
	struct stat st;
	bool written = __real_fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    __real_write(fd, "", 0) == 0;
	int r = __real_close(fd);

	if (r == 0 && fault(DISK | SIGNAL, written ? "close written" :
	    "close", false))
		return -1;
	return r;
}

CALL(int, dup, (int fd), (fd), FILES, -1)
CALL(int, dup2, (int fd, int to), (fd, to), FILES | SIGNAL, -1)
CALL(int, mkostemp, (char *name, int flags), (name, flags), FILES | DISK, -1)
CALL(int, flock, (int fd, int what), (fd, what), SIGNAL | MEMORY, -1)

/* --- data --- */

CALL(off_t, lseek, (int fd, off_t off, int whence), (fd, off, whence),
    BROKEN, -1)
CALL(int, fsync, (int fd), (fd), DISK | SIGNAL, -1)
CALL(int, syncfs, (int fd), (fd), DISK, -1)
CALL(int, ftruncate, (int fd, off_t size), (fd, size), DISK | SIGNAL, -1)
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode), DISK, -1)
CALL(int, futimens, (int fd, const struct timespec *t), (fd, t), DISK, -1)
CALL(int, fstat, (int fd, struct stat *st), (fd, st), BROKEN | MEMORY, -1)

#define SHORTER(type, name, params, fd, size, args, args_short, can) \
type __real_##name params; \
type __wrap_##name params; \
type \
__wrap_##name params \
{ \
	if (fd == STDERR_FILENO || \
	    !fault(size > 1 ? (can) | SHORT : (can), #name, false)) \
		return __real_##name args; \
	if (kinds[kind].errnum != 0) \
		return -1; \
	return __real_##name args_short; \
}

SHORTER(ssize_t, read, (int fd, void *p, size_t n), fd, n, (fd, p, n),
    (fd, p, 1), SIGNAL | BROKEN)
SHORTER(ssize_t, pread, (int fd, void *p, size_t n, off_t off), fd, n,
    (fd, p, n, off), (fd, p, 1, off), SIGNAL | BROKEN)
SHORTER(ssize_t, write, (int fd, const void *p, size_t n), fd, n, (fd, p, n),
    (fd, p, 1), SIGNAL | DISK)

/* --- names --- */

CALL(int, stat, (const char *path, struct stat *st), (path, st),
    BROKEN | MEMORY, -1)
CALL(int, lstat, (const char *path, struct stat *st), (path, st),
    BROKEN | MEMORY, -1)
CALL(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
    (dir, path, st, flags), BROKEN | MEMORY, -1)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode),
    DISK | MEMORY, -1)
CALL(int, mkdirat, (int dir, const char *path, mode_t mode),
    (dir, path, mode), DISK | MEMORY, -1)
CALL(int, unlink, (const char *path), (path), BROKEN | MEMORY, -1)
CALL(int, unlinkat, (int dir, const char *path, int flags),
    (dir, path, flags), BROKEN | MEMORY, -1)
CALL(int, linkat, (int a, const char *from_path, int b, const char *to,
    int flags), (a, from_path, b, to, flags), DISK | MEMORY, -1)
CALL(int, symlinkat, (const char *text, int dir, const char *path),
    (text, dir, path), DISK | MEMORY, -1)
CALL(ssize_t, readlinkat, (int dir, const char *path, char *to, size_t n),
    (dir, path, to, n), BROKEN | MEMORY, -1)
CALL(ssize_t, listxattr, (const char *path, char *to, size_t n),
    (path, to, n), BROKEN | MEMORY, -1)
CALL_ONCE(int, renameat, (int a, const char *from_path, int b,
    const char *to), (a, from_path, b, to), DISK | MEMORY, -1, true)

int __real_renameat2(int a, const char *from_path, int b, const char *to,
    unsigned int flags);
int __wrap_renameat2(int a, const char *from_path, int b, const char *to,
    unsigned int flags);

int
__wrap_renameat2(int a, const char *from_path, int b, const char *to,
    unsigned int flags)
{
	if (lacks && flags != 0) {
		errno = EINVAL;
		return -1;
	}
	if (fault(DISK | MEMORY, "renameat2", true))
		return -1;
	return __real_renameat2(a, from_path, b, to, flags);
}

CALL(DIR *, fdopendir, (int fd), (fd), MEMORY, NULL)
CALL(struct dirent *, readdir, (DIR *dir), (dir), BROKEN, NULL)
CALL(int, scandirat, (int fd, const char *path, struct dirent ***list,
    int (*filter)(const struct dirent *), int (*order)(const struct dirent **,
    const struct dirent **)), (fd, path, list, filter, order),
    BROKEN | MEMORY | FILES, -1)

/* --- calls by number --- */

long __real_syscall(long call, ...);
long __wrap_syscall(long call, ...);

/* What was not passed may not be looked at. */
static const struct {
	long call;
	int n_args;
	const char *name;
} calls[] = {
	{ SYS_capset, 2, "capset" },
	{ SYS_close_range, 3, "close_range" },
	{ SYS_openat2, 4, "openat2" },
	{ SYS_seccomp, 3, "seccomp" },
	{ SYS_landlock_create_ruleset, 3, "landlock_create_ruleset" },
	{ SYS_landlock_add_rule, 4, "landlock_add_rule" },
	{ SYS_landlock_restrict_self, 2, "landlock_restrict_self" },
	{ -1, 6, "syscall" }
};

long
__wrap_syscall(long call, ...)
{
	va_list ap;
	long a[6] = { 0 };
	int i, k = 0;

	while (calls[k].call >= 0 && calls[k].call != call)
		k++;
	va_start(ap, call);
	for (i = 0; i < calls[k].n_args; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (fault(MEMORY, calls[k].name, false))
		return -1;
	return __real_syscall(call, a[0], a[1], a[2], a[3], a[4], a[5]);
}
