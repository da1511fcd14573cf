#include "unpack/rights.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/xattr.h>
#include <unistd.h>

#define ACL_MAX 4096	/* bytes: 511 entries (linux/posix_acl_xattr.h) */

static bool
is_none(int errnum)
{
	return errnum == ENODATA || errnum == EOPNOTSUPP;
}

static bool
give_group(int fd, gid_t group)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_gid == group ||
	    fchown(fd, (uid_t)-1, group) == 0);
}

/* One of the two that a directory may have. */
static bool
give_acl(int fd, int acl_fd, const char *name)
{
	char acl[ACL_MAX];
	ssize_t n = acl_fd < 0 ? 0 : fgetxattr(acl_fd, name, acl, sizeof(acl));

	if (n > 0)
		return fsetxattr(fd, name, acl, (size_t)n, 0) == 0;
	return (n == 0 || is_none(errno)) &&
	    (fremovexattr(fd, name) == 0 || is_none(errno));
}

int
rights_give(int fd, gid_t group, int acl_fd, mode_t mode)
{
	if (!give_group(fd, group) ||
	    !give_acl(fd, acl_fd, "system.posix_acl_access") ||
	    !give_acl(fd, acl_fd, "system.posix_acl_default"))
		mode &= ~(mode_t)(S_IRWXG | S_ISGID);
	return fchmod(fd, mode) == 0 ? 0 : errno;
}
