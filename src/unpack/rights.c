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

/* May the user not give it, or can nobody here?  Anything else is a failure. */
static bool
is_denied(int errnum)
{
	return errnum == EPERM || errnum == EACCES || errnum == EINVAL ||
	    errnum == EOPNOTSUPP || errnum == ERANGE;
}

/* 0, or an errno, as below. */
static int
give_group(int fd, gid_t group)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	return st.st_gid == group || fchown(fd, (uid_t)-1, group) == 0 ? 0 :
	    errno;
}

/* One of the two that a directory may have. */
static int
give_acl(int fd, int acl_fd, const char *name)
{
	char acl[ACL_MAX];
	ssize_t n = acl_fd < 0 ? 0 : fgetxattr(acl_fd, name, acl, sizeof(acl));

	if (n > 0)
		return fsetxattr(fd, name, acl, (size_t)n, 0) == 0 ? 0 : errno;
	if (n < 0 && !is_none(errno))
		return errno;
	return fremovexattr(fd, name) == 0 || is_none(errno) ? 0 : errno;
}

int
rights_give(int fd, gid_t group, int acl_fd, mode_t mode)
{
	int why = give_group(fd, group);

	if (why == 0)
		why = give_acl(fd, acl_fd, "system.posix_acl_access");
	if (why == 0)
		why = give_acl(fd, acl_fd, "system.posix_acl_default");
	if (why != 0 && !is_denied(why))
		return why;
	if (why != 0)
		mode &= ~(mode_t)(S_IRWXG | S_ISGID);
	return fchmod(fd, mode) == 0 ? 0 : errno;
}
