#include "base/ballast.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define MIB ((size_t)1 << 20)

/* Sanitizers that need more than any limit. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_SHADOW true
#elif defined(__has_feature)
#define HAS_SHADOW __has_feature(address_sanitizer)
#else
#define HAS_SHADOW false
#endif

/* Can so many bytes be had? */
static bool
room(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return false;
	(void)munmap(p, n);
	return true;
}

/* In a child, whose limit it is.  What is wrong, as a number. */
static int
limited(void)
{
	struct rlimit r = { 4096 * MIB, 4096 * MIB };
	struct ballast b = { .n = 0 };

	ballast_drop(&b);
	if (setrlimit(RLIMIT_AS, &r) != 0)
		return 1;
	if (!room(2000 * MIB))
		return 2;
	errno = 7;
	ballast_take(&b, 300 * MIB);
	if (errno != 7)
		return 3;
	if (!room(290 * MIB) || room(320 * MIB))
		return 4;
	ballast_drop(&b);
	if (!room(2000 * MIB))
		return 5;
	/* More than there is: nothing changes. */
	ballast_take(&b, 8192 * MIB);
	if (b.n > 0 || !room(2000 * MIB))
		return 6;
	ballast_take(&b, UINT64_MAX);
	return b.n > 0 ? 7 : 0;
}

static void
test_limited(void)
{
	int status = 0;
	pid_t pid;

	if (BALLAST_SPACE == 0 || HAS_SHADOW)
		return;
	pid = fork();
	if (pid == 0)
		_exit(limited());
	CU_ASSERT(pid > 0 && waitpid(pid, &status, 0) == pid);
	CU_ASSERT(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
}

static void
test_unlimited(void)
{
	struct ballast b;

	ballast_take(&b, 64 * MIB);
	CU_ASSERT(room(1000 * MIB));
	ballast_drop(&b);
	CU_ASSERT_EQUAL(b.n, 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "with a limit", test_limited },
		{ "without", test_unlimited },
	};

	return harness_run("ballast", tests, HARNESS_COUNT(tests));
}
