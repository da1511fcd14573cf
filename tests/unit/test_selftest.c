#include "base/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define NOBODY 65534

/* These fail in the same way without a sandbox: TIOCSTI needs a terminal; and
 * under sanitizers the filter's EPERM is that of a call which only root may
 * make. */
static bool
never_works(const struct selftest_result *result)
{
	return strcmp(result->name, "ioctl TIOCSTI") == 0 ||
	    (sandbox_reports() && result->errnum == EPERM);
}

/* How many calls are not as they should be? */
static size_t
wrong_calls(const struct sandbox_request *r)
{
	struct selftest_result result;
	struct err e = ERR_INIT;
	size_t i, n = 0;

	for (i = 0; i < selftest_count(); i++) {
		if (selftest_run(i, r, &result, &e) != ERR_OK) {
			printf("\n    %s", e.text);
			return n + 1;
		}
		if (result.refused && (result.allowed_outside ||
		    never_works(&result)))
			continue;
		printf("\n    %s: %s, errno %d, control %s", result.name,
		    result.refused ? "refused" : "ALLOWED", result.errnum,
		    result.allowed_outside ? "differs" : "the same");
		n++;
	}
	return n;
}

/* What an ordinary user gets without a sandbox differs between kernels, so
 * that only the sandbox is looked at. */
static size_t
allowed_calls(const struct sandbox_request *r)
{
	struct selftest_result result;
	struct err e = ERR_INIT;
	size_t i, n = 0;

	for (i = 0; i < selftest_count(); i++)
		n += selftest_run(i, r, &result, &e) != ERR_OK ||
		    !result.refused;
	return n;
}

static struct sandbox_request
request(const char *stage)
{
	struct sandbox_request r;

	memset(&r, 0, sizeof(r));
	r.stage_fd = -1;
	r.file_bytes = UINT64_MAX;
	if (stage != NULL) {
		CU_ASSERT_EQUAL(mkdir(stage, 0700), 0);
		r.stage_fd = open(stage, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CU_ASSERT_TRUE(r.stage_fd >= 0);
	}
	return r;
}

static void
refuses_with_a_stage(void)
{
	struct sandbox_request r = request("stage");

	CU_ASSERT_TRUE(selftest_count() > 60);
	CU_ASSERT_EQUAL(wrong_calls(&r), 0);
	CU_ASSERT_EQUAL(harness_entries("stage"), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 1);
	(void)close(r.stage_fd);
}

static void
refuses_with_links_and_times(void)
{
	struct sandbox_request r = request("stage");

	r.links = r.times = true;
	CU_ASSERT_EQUAL(wrong_calls(&r), 0);
	CU_ASSERT_EQUAL(harness_entries("stage"), 0);
	(void)close(r.stage_fd);
}

static void
refuses_without_a_stage(void)
{
	struct sandbox_request r = request(NULL);

	CU_ASSERT_EQUAL(wrong_calls(&r), 0);
	CU_ASSERT_EQUAL(harness_entries("."), 0);
}

/* In a child that is nobody; its exit status says what was wrong. */
static int
as_nobody(const struct sandbox_request *r)
{
	if (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 ||
	    setuid(NOBODY) != 0 || setenv("TMPDIR", "/tmp", 1) != 0)
		return 100;
	return (int)allowed_calls(r);
}

static void
refuses_nobody(void)
{
	struct sandbox_request r = request("stage");
	int status = -1;
	pid_t pid;

	if (getuid() == 0) {
		CU_ASSERT_EQUAL(fchown(r.stage_fd, NOBODY, NOBODY), 0);
		pid = fork();
		if (pid == 0)
			_exit(as_nobody(&r));
		CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
		CU_ASSERT_EQUAL(status, 0);
	} else {
		CU_ASSERT_EQUAL(allowed_calls(&r), 0);
	}
	CU_ASSERT_EQUAL(harness_entries("stage"), 0);
	(void)close(r.stage_fd);
}

static void
tells_why_it_cannot_try(void)
{
	struct sandbox_request r = request("stage");
	struct selftest_result result;
	struct err e = ERR_INIT;

	harness_write("stage/xzbundle-selftest.old", "", 0);
	CU_ASSERT_EQUAL(selftest_run(0, &r, &result, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "selftest.old: cannot make"));
	(void)close(r.stage_fd);
	/* No directory: Landlock says so in the child. */
	memset(&e, 0, sizeof(e));
	r.stage_fd = -1;
	CU_ASSERT_EQUAL(setenv("TMPDIR", "/nowhere", 1), 0);
	CU_ASSERT_EQUAL(selftest_run(0, &r, &result, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "/nowhere: cannot make"));
	CU_ASSERT_EQUAL(unsetenv("TMPDIR"), 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "refuses with a stage", refuses_with_a_stage },
		{ "refuses with links and times",
		    refuses_with_links_and_times },
		{ "refuses without a stage", refuses_without_a_stage },
		{ "refuses nobody", refuses_nobody },
		{ "tells why it cannot try", tells_why_it_cannot_try }
	};

	setvbuf(stdout, NULL, _IONBF, 0);
	return harness_run("selftest", tests, HARNESS_COUNT(tests));
}
