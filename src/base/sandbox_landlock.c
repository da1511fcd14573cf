#include "base/sandbox_landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Since ABI 3, 5; 4; and 6. */
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

#define FS_ABI_1 (LANDLOCK_ACCESS_FS_EXECUTE | \
	LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | \
	LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | \
	LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* struct landlock_ruleset_attr as of ABI 6. */
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

/* What the ABI can forbid; the result is how much of rs it knows. */
static size_t
fill(struct ruleset *rs, long abi)
{
	memset(rs, 0, sizeof(*rs));
	rs->fs = FS_ABI_1;
	if (abi >= 2)
		rs->fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rs->fs |= FS_TRUNCATE;
	if (abi >= 5)
		rs->fs |= FS_IOCTL_DEV;
	if (abi >= 4)
		rs->net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= 6)
		rs->scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	if (abi < 4)
		return offsetof(struct ruleset, net);
	return abi < 6 ? offsetof(struct ruleset, scoped) : sizeof(*rs);
}

/* Directories are walked with O_PATH, so READ_DIR is not needed. */
static int
allow_stage(int ruleset_fd, uint64_t handled, int stage_fd, bool links)
{
	struct landlock_path_beneath_attr rule;

	memset(&rule, 0, sizeof(rule));
	rule.parent_fd = stage_fd;
	rule.allowed_access = LANDLOCK_ACCESS_FS_MAKE_REG |
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
	    FS_TRUNCATE;
	if (links)
		rule.allowed_access |= LANDLOCK_ACCESS_FS_MAKE_SYM |
		    LANDLOCK_ACCESS_FS_REFER;
	rule.allowed_access &= handled;
	return (int)syscall(SYS_landlock_add_rule, ruleset_fd,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

enum err_code
sandbox_landlock(int stage_fd, bool links, int32_t max_abi, int32_t *abi,
    struct err *e)
{
	struct ruleset rs;
	size_t size;
	long version;
	int fd;

	/* Not built, not enabled, or hidden by a container's filter. */
	*abi = 0;
	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return ERR_OK;
	if (max_abi > 0 && version > max_abi)
		version = max_abi;
	size = fill(&rs, version);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rs, size, 0);
	if (fd < 0)
		return err_sys(e, errno, "cannot make a Landlock ruleset");
	if (stage_fd >= 0 && allow_stage(fd, rs.fs, stage_fd, links) != 0)
		err_sys(e, errno, "cannot allow the stage in Landlock");
	else if (syscall(SYS_landlock_restrict_self, fd, 0) == 0)
		*abi = (int32_t)version;
	else if (errno != E2BIG)	/* it has no room for one more */
		err_sys(e, errno, "cannot enter Landlock");
	(void)close(fd);
	return e->code;
}
