#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/num.h"
#include "base/sandbox_filter.h"
#include "base/sandbox_landlock.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define REPORTS true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define REPORTS true
#endif
#endif
#ifndef REPORTS
#define REPORTS false
#endif

#define NEW_FILES 64		/* descriptors beyond those kept */
#define FD_LOOP_MAX (1 << 20)	/* Linux's default for fs.nr_open */
#define CAPS_MAX 64		/* bits of a capability set */
#define CPU_MAX (INT64_MAX / 1000000000)	/* seconds: Linux counts this
						 * limit in ns, and wraps */
#define ABI_REFER 2		/* of Landlock: links between directories */

/* In the order in which they are named. */
static const char *const words_of[SANDBOX_PARTS] = {
	"Landlock", "seccomp", "no_new_privs", "limits", "capabilities",
	"close_range"
};

bool
sandbox_reports(void)
{
	return REPORTS;
}

/* --- privileges --- */

static enum err_code
drop_privileges(struct sandbox_state *state, struct err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0)
		return err_sys(e, errno, "cannot set no_new_privs");
	state->no_new_privs = 1;
	/* Others of this user shall not trace it, and it leaves no core. */
	if (!REPORTS && prctl(PR_SET_DUMPABLE, 0UL, 0UL, 0UL, 0UL) != 0)
		return err_sys(e, errno, "cannot forbid tracing");
	return ERR_OK;
}

static enum err_code
drop_capabilities(struct sandbox_state *state, struct err *e)
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
	unsigned long i;

	/* These two count on an execve(), which is forbidden anyway. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0UL, 0UL, 0UL);
	for (i = 0; i < CAPS_MAX; i++) {
		if (prctl(PR_CAPBSET_DROP, i, 0UL, 0UL, 0UL) != 0)
			break;
	}
	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &head, none) != 0)
		return err_sys(e, errno, "cannot drop capabilities");
	state->capabilities = 1;
	return ERR_OK;
}

/* --- descriptors --- */

/* The lowest descriptor to keep that is at least `from`; -1: none. */
static int
next_kept(const struct sandbox_request *r, int from)
{
	int best = r->stage_fd >= from ? r->stage_fd : -1;
	size_t i;

	for (i = 0; i < r->n_keep; i++) {
		if (r->keep[i] >= from && (best < 0 || r->keep[i] < best))
			best = r->keep[i];
	}
	return best;
}

/* Close from first to last; *done is false when some may be left open. */
static enum err_code
close_some(unsigned int first, unsigned int last, bool *done, struct err *e)
{
	struct rlimit rl;
	unsigned int end, fd;

	if (syscall(SYS_close_range, first, last, 0) == 0)
		return ERR_OK;
	if (errno != ENOSYS && errno != EPERM)
		return err_sys(e, errno, "cannot close descriptors");
	if (getrlimit(RLIMIT_NOFILE, &rl) != 0)
		return err_sys(e, errno, "cannot get the limit of files");
	*done = *done && rl.rlim_max <= FD_LOOP_MAX;
	end = (unsigned int)num_min(rl.rlim_max, FD_LOOP_MAX);
	for (fd = first; fd <= last && fd < end; fd++)
		(void)close((int)fd);
	return ERR_OK;
}

static enum err_code
close_others(const struct sandbox_request *r, struct sandbox_state *state,
    struct err *e)
{
	bool done = true;
	int from = 0, kept;

	while ((kept = next_kept(r, from)) >= 0 && kept < INT_MAX) {
		if (kept > from && close_some((unsigned int)from,
		    (unsigned int)kept - 1, &done, e) != ERR_OK)
			return e->code;
		from = kept + 1;
	}
	if (close_some((unsigned int)from, UINT_MAX, &done, e) != ERR_OK)
		return e->code;
	state->descriptors = done;
	return ERR_OK;
}

/* --- limits --- */

/* The bytes of address space in use, as statm in proc(5) has them. */
static bool
address_space(uint64_t *bytes)
{
	char text[128], *end;
	long page = sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	uint64_t pages = 0;
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0 || page <= 0)
		return false;
	text[n] = '\0';
	end = strchr(text, ' ');
	if (end == NULL)
		return false;
	*end = '\0';
	return num_plain(text, 1, UINT64_MAX, &pages) &&
	    num_mul(pages, (uint64_t)page, bytes);
}

/* At most soft, which ends in a signal for some limits, and hard; never
 * looser than inherited. */
static enum err_code
limit(int what, const char *name, uint64_t soft, uint64_t hard,
    struct err *e)
{
	struct rlimit rl;

	if (getrlimit(what, &rl) != 0)
		return err_sys(e, errno, "cannot get the limit of %s", name);
	rl.rlim_cur = (rlim_t)num_min(soft, rl.rlim_cur);
	rl.rlim_max = (rlim_t)num_min(hard, rl.rlim_max);
	if (setrlimit(what, &rl) != 0)
		return err_sys(e, errno, "cannot set the limit of %s", name);
	return ERR_OK;
}

static enum err_code
limit_memory(const struct sandbox_request *r, struct sandbox_state *state,
    struct err *e)
{
	uint64_t used, total;

	/* AddressSanitizer's shadow takes terabytes of address space. */
	if (r->memory == 0 || REPORTS)
		return ERR_OK;
	if (!address_space(&used)) {
		state->rlimits = 0;
		return r->weak ? ERR_OK : err_set(e, ERR_UNSUPPORTED,
		    "cannot read /proc/self/statm, so memory cannot be "
		    "limited; --allow-weak-sandbox goes on without");
	}
	if (!num_add(used, r->memory, &total))
		return ERR_OK;
	return limit(RLIMIT_AS, "memory", total, total, e);
}

static enum err_code
limit_all(const struct sandbox_request *r, struct sandbox_state *state,
    struct err *e)
{
	uint64_t files = NEW_FILES + 1 + (uint64_t)r->n_keep;

	state->rlimits = 1;
	if (limit(RLIMIT_CORE, "core files", 0, 0, e) != ERR_OK ||
	    limit(RLIMIT_NOFILE, "files", files, files, e) != ERR_OK)
		return e->code;
	if (r->file_bytes < RLIM_INFINITY && limit(RLIMIT_FSIZE,
	    "a file's size", r->file_bytes, r->file_bytes, e) != ERR_OK)
		return e->code;
	if (r->cpu_seconds > 0 && r->cpu_seconds < CPU_MAX &&
	    limit(RLIMIT_CPU, "processor time", r->cpu_seconds,
	    r->cpu_seconds + 1, e) != ERR_OK)
		return e->code;
	return limit_memory(r, state, e);
}

/* --- all of it --- */

/* Is all there that was asked for? */
static enum err_code
complete(const struct sandbox_request *r, const struct sandbox_state *s,
    struct err *e)
{
	char words[SANDBOX_WORDS_MAX];

	if (sandbox_missing(s, words) != NULL)
		return err_set(e, ERR_UNSUPPORTED, "the kernel has no %s; "
		    "--allow-weak-sandbox goes on without", words);
	if (r->stage_fd >= 0 && r->links && s->landlock_abi < ABI_REFER)
		return err_set(e, ERR_UNSUPPORTED, "the kernel's Landlock "
		    "allows no hard links between directories (since Linux "
		    "5.19); go on without --links, or with "
		    "--allow-weak-sandbox, where such a link fails");
	return ERR_OK;
}

static enum err_code
filter_calls(const struct sandbox_request *r, struct err *e)
{
	struct sandbox_filter f;

	memset(&f, 0, sizeof(f));
	f.stage = r->stage_fd >= 0;
	f.links = r->links;
	f.times = r->times;
	f.reports = REPORTS;
	return sandbox_filter(&f, e);
}

enum err_code
sandbox_enter(const struct sandbox_request *r, struct sandbox_state *state,
    struct err *e)
{
	memset(state, 0, sizeof(*state));
	if (drop_privileges(state, e) != ERR_OK ||
	    close_others(r, state, e) != ERR_OK ||
	    drop_capabilities(state, e) != ERR_OK ||
	    limit_all(r, state, e) != ERR_OK ||
	    sandbox_landlock(r->stage_fd, r->links, r->max_abi,
	    &state->landlock_abi, e) != ERR_OK)
		return e->code;
	state->seccomp = sandbox_filter_there();
	if (!r->weak && complete(r, state, e) != ERR_OK)
		return e->code;
	if (state->seccomp && filter_calls(r, e) != ERR_OK)
		state->seccomp = 0;
	return e->code;
}

/* --- what is in force --- */

const char *
sandbox_part(const struct sandbox_state *state, size_t i, bool *there)
{
	const bool parts[SANDBOX_PARTS] = {
		state->landlock_abi > 0, state->seccomp != 0,
		state->no_new_privs != 0, state->rlimits != 0,
		state->capabilities != 0, state->descriptors != 0
	};

	*there = parts[i];
	return words_of[i];
}

const char *
sandbox_missing(const struct sandbox_state *state,
    char words[SANDBOX_WORDS_MAX])
{
	const char *word;
	size_t i;
	bool there;

	words[0] = '\0';
	for (i = 0; i < SANDBOX_PARTS; i++) {
		word = sandbox_part(state, i, &there);
		if (there)
			continue;
		if (words[0] != '\0')
			strcat(words, ", ");
		strcat(words, word);
	}
	return words[0] != '\0' ? words : NULL;
}
