#include "unpack/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "harness.h"

#define NOBODY 65534
#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

/* As linux/posix_acl_xattr.h has them: the user all, user 4321 all, the group
 * nothing, the mask all, others nothing.  Of little-endian numbers. */
static const unsigned char acl[] = {
	2, 0, 0, 0,
	0x01, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
	0x02, 0, 7, 0, 0xe1, 0x10, 0, 0,
	0x04, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	0x10, 0, 7, 0, 0xff, 0xff, 0xff, 0xff,
	0x20, 0, 0, 0, 0xff, 0xff, 0xff, 0xff
};

static int
opened(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	return fd;
}

/* Make the directories "old" and "new". */
static void
make(mode_t mode)
{
	CU_ASSERT_EQUAL(mkdir("old", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("new", 0700), 0);
	CU_ASSERT_EQUAL(chmod("old", mode), 0);
}

/* Give new the rights of old, or without its ACL, and see its mode. */
static void
given(bool with_acl, unsigned int mode)
{
	int fd = opened("new"), old = opened("old");
	struct stat st;

	CU_ASSERT_EQUAL(fstat(old, &st), 0);
	CU_ASSERT_EQUAL(rights_give(fd, st.st_gid, with_acl ? old : -1,
	    st.st_mode & 07777), 0);
	CU_ASSERT_EQUAL(harness_mode_of("new"), S_IFDIR | mode);
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(close(old), 0);
}

static void
drop(void)
{
	CU_ASSERT_EQUAL(rmdir("old"), 0);
	CU_ASSERT_EQUAL(rmdir("new"), 0);
}

static void
modes(void)
{
	static const mode_t rows[] = { 0700, 0755, 0770, 01777, 0500 };
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		make(rows[i]);
		given(true, rows[i]);
		drop();
	}
	CU_ASSERT_EQUAL(rights_give(-1, 0, -1, 0700), EBADF);
}

/* One that may be given, and one that may not. */
static void
groups(void)
{
	struct stat st;

	if (getuid() != 0)
		return;
	make(0700);
	CU_ASSERT_EQUAL(chown("old", 0, 1234), 0);
	CU_ASSERT_EQUAL(chmod("old", 02770), 0);
	given(true, 02770);
	CU_ASSERT_EQUAL(stat("new", &st), 0);
	CU_ASSERT_EQUAL(st.st_gid, 1234);
	drop();
	make(0700);
	CU_ASSERT_EQUAL(chown("old", NOBODY, 1234), 0);
	CU_ASSERT_EQUAL(chown("new", NOBODY, NOBODY), 0);
	CU_ASSERT_EQUAL(chmod("old", 02775), 0);
	harness_become_user();
	given(true, 0705);
	harness_become_root();
	CU_ASSERT_EQUAL(stat("new", &st), 0);
	CU_ASSERT_EQUAL(st.st_gid, NOBODY);
	drop();
}

static bool
has_acl(const char *path, const char *name)
{
	unsigned char got[sizeof(acl) + 1];

	return getxattr(path, name, got, sizeof(got)) == sizeof(acl) &&
	    memcmp(got, acl, sizeof(acl)) == 0;
}

static void
acls(void)
{
	make(0700);
	if (setxattr("old", ACCESS, acl, sizeof(acl), 0) != 0 ||
	    setxattr("old", DEFAULT, acl, sizeof(acl), 0) != 0) {
		printf("skip: ACLs ");
		drop();
		return;
	}
	CU_ASSERT_EQUAL(harness_mode_of("old"), S_IFDIR | 0770);
	given(true, 0770);
	CU_ASSERT_TRUE(has_acl("new", ACCESS));
	CU_ASSERT_TRUE(has_acl("new", DEFAULT));
	/* and none: that goes which it has */
	given(false, 0770);
	CU_ASSERT_EQUAL(getxattr("new", ACCESS, NULL, 0), -1);
	CU_ASSERT_EQUAL(getxattr("new", DEFAULT, NULL, 0), -1);
	drop();
}

/* A mask is no right of the group. */
static void
lost_acls(void)
{
	enum { MANY = 600 };
	unsigned char big[sizeof(acl) + 8 * MANY], *p = big;
	int i;

	make(0700);
	memcpy(p, acl, 12);
	p += 12;
	for (i = 0; i < MANY; i++, p += 8) {
		memcpy(p, acl + 12, 8);
		p[4] = (unsigned char)(i & 255);
		p[5] = (unsigned char)(1 + (i >> 8));
	}
	memcpy(p, acl + 20, sizeof(acl) - 20);
	p += sizeof(acl) - 20;
	if (setxattr("old", ACCESS, big, (size_t)(p - big), 0) != 0) {
		printf("skip: large ACLs ");
		drop();
		return;
	}
	CU_ASSERT_EQUAL(harness_mode_of("old"), S_IFDIR | 0770);
	given(true, 0700);
	CU_ASSERT_EQUAL(getxattr("new", ACCESS, NULL, 0), -1);
	drop();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "modes", modes },
		{ "groups", groups },
		{ "ACLs", acls },
		{ "ACLs that cannot be given", lost_acls },
	};

	umask(022);
	return harness_run("rights", tests, HARNESS_COUNT(tests));
}
