#include "unpack/noreplace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Take back what claimed the name; errno stays. */
static int
take_back(int dir, const char *name, int flags)
{
	int why = errno;

	(void)unlinkat(dir, name, flags);
	errno = why;
	return -1;
}

static int
move_directory(int from, const char *name, int to, const char *to_name)
{
	if (mkdirat(to, to_name, 0700) != 0)
		return -1;
	if (renameat(from, name, to, to_name) == 0)
		return 0;
	return take_back(to, to_name, AT_REMOVEDIR);
}

/* Without AT_SYMLINK_FOLLOW a symlink is what is linked. */
static int
move_other(int from, const char *name, int to, const char *to_name)
{
	if (linkat(from, name, to, to_name, 0) != 0)
		return -1;
	if (unlinkat(from, name, 0) == 0)
		return 0;
	return take_back(to, to_name, 0);
}

int
noreplace_move(int from, const char *name, int to, const char *to_name)
{
	struct stat st;

	if (renameat2(from, name, to, to_name, RENAME_NOREPLACE) == 0)
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) ||
	    fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	return S_ISDIR(st.st_mode) ? move_directory(from, name, to, to_name) :
	    move_other(from, name, to, to_name);
}
