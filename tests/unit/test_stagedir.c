#include "unpack/stagedir.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define NOBODY 65534
#define STAGE ".xzbundle-stage."

static int home;

/* --- somebody who renames as soon as there is a name --- */

static bool swaps;		/* what is made, and "victim" */

/* The C library's, which this stands in for. */
int
mkdirat(int fd, const char *name, mode_t mode)
{
	int r = (int)syscall(SYS_mkdirat, fd, name, mode);

	if (r == 0 && swaps && strncmp(name, STAGE, strlen(STAGE)) == 0)
		CU_ASSERT_EQUAL(renameat2(fd, name, fd, "victim",
		    RENAME_EXCHANGE), 0);
	return r;
}

/* One like FAT. */
static bool no_owners;

int
fstatfs(int fd, struct statfs *s)
{
	int r = (int)syscall(SYS_fstatfs, fd, s);

	if (no_owners)
		s->f_type = 0x4d44;
	return r;
}

static bool no_sync;

int
fsync(int fd)
{
	if (no_sync) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* --- what the tests share --- */

static void
begin(void)
{
	home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(home >= 0);
}

static void
end(void)
{
	CU_ASSERT_EQUAL(close(home), 0);
}

static int
made(char **name)
{
	struct err e = ERR_INIT;
	int fd = -1;

	CU_ASSERT_EQUAL_FATAL(stagedir_make(home, name, &fd, &e), ERR_OK);
	return fd;
}

static bool
there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

static bool
is_one(const char *name, unsigned char type)
{
	struct dirent d;

	memset(&d, 0, sizeof(d));
	snprintf(d.d_name, sizeof(d.d_name), "%s", name);
	d.d_type = type;
	return stagedir_is_one(&d);
}

/* --- one --- */

static void
makes(void)
{
	static const mode_t masks[] = { 0, 022, 0177, 0777 };
	struct stat st, by_name;
	mode_t before;
	char *name;
	size_t i;
	int fd, again;

	begin();
	for (i = 0; i < HARNESS_COUNT(masks); i++) {
		before = umask(masks[i]);
		fd = made(&name);
		umask(before);
		CU_ASSERT_EQUAL(fstat(fd, &st), 0);
		CU_ASSERT_EQUAL(lstat(name, &by_name), 0);
		CU_ASSERT_EQUAL(st.st_ino, by_name.st_ino);
		CU_ASSERT_EQUAL(st.st_mode, S_IFDIR | 0700);
		CU_ASSERT_TRUE(is_one(name, DT_DIR));
		CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
		/* It is locked. */
		again = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CU_ASSERT_EQUAL(flock(again, LOCK_SH | LOCK_NB), -1);
		CU_ASSERT_EQUAL(close(again), 0);
		CU_ASSERT_EQUAL(close(fd), 0);
		CU_ASSERT_EQUAL(rmdir(name), 0);
		free(name);
	}
	end();
}

static void
names(void)
{
	CU_ASSERT_TRUE(is_one(STAGE "00000000", DT_DIR));
	CU_ASSERT_TRUE(is_one(STAGE "89abcdef", DT_DIR));
	CU_ASSERT_TRUE(is_one(STAGE "12345678", DT_UNKNOWN));
	CU_ASSERT_FALSE(is_one(STAGE "12345678", DT_REG));
	CU_ASSERT_FALSE(is_one(STAGE "12345678", DT_LNK));
	CU_ASSERT_FALSE(is_one(STAGE "1234567", DT_DIR));
	CU_ASSERT_FALSE(is_one(STAGE "123456789", DT_DIR));
	CU_ASSERT_FALSE(is_one(STAGE "1234567g", DT_DIR));
	CU_ASSERT_FALSE(is_one(STAGE "12345678x", DT_DIR));
	CU_ASSERT_FALSE(is_one(STAGE "1234567A", DT_DIR));
	CU_ASSERT_FALSE(is_one(STAGE, DT_DIR));
	CU_ASSERT_FALSE(is_one(".xzbundle-stage", DT_DIR));
	CU_ASSERT_FALSE(is_one("x" STAGE "12345678", DT_DIR));
	CU_ASSERT_FALSE(is_one(".XZBUNDLE-STAGE.12345678", DT_DIR));
	CU_ASSERT_FALSE(is_one("", DT_DIR));
	CU_ASSERT_FALSE(is_one(".", DT_DIR));
}

/* Many are all of other names. */
static void
unique(void)
{
	enum { MANY = 200 };
	char *name[MANY];
	int fd[MANY], i;

	begin();
	for (i = 0; i < MANY; i++)
		fd[i] = made(&name[i]);
	CU_ASSERT_EQUAL(harness_entries("."), MANY);
	stagedir_collect(home);
	CU_ASSERT_EQUAL(harness_entries("."), MANY);
	for (i = 0; i < MANY; i++) {
		CU_ASSERT_EQUAL(close(fd[i]), 0);
		free(name[i]);
	}
	stagedir_collect(home);
	CU_ASSERT_EQUAL(harness_entries("."), 0);
	end();
}

static void
fails(void)
{
	struct err closed = ERR_INIT, gone = ERR_INIT;
	char *name = NULL;
	int fd = 0;

	CU_ASSERT_EQUAL(stagedir_make(-1, &name, &fd, &closed), ERR_FAIL);
	CU_ASSERT_PTR_NULL(name);
	CU_ASSERT_EQUAL(fd, -1);
	stagedir_collect(-1);
	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	home = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(rmdir("d"), 0);
	CU_ASSERT_EQUAL(stagedir_make(home, &name, &fd, &gone), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&gone, strerror(ENOENT)));
	CU_ASSERT_PTR_NULL(name);
	stagedir_collect(home);
	end();
}

/* What has got the stage's name is left as it is, and is no stage. */
static void
swapped(void)
{
	static const char *const rows[] = {
		"mkdir -m 755 victim", "mkdir -m 500 victim",
		"mkdir -m 700 victim && touch victim/f",
		"mkdir -m 755 victim && touch victim/f",
		"mkdir -m 1700 victim", "touch victim", "ln -s . victim",
		"mkdir -m 700 victim && chown 65534 victim",
	};
	struct err e;
	char *name = NULL;
	size_t i;
	int fd;

	begin();
	for (i = 0; i < HARNESS_COUNT(rows) - (getuid() != 0); i++) {
		e = (struct err)ERR_INIT;
		CU_ASSERT_EQUAL(system(rows[i]), 0);
		CU_ASSERT_EQUAL(system("{ stat -c '%u %a %F %i' victim && "
		    "find victim | wc -l; } >before"), 0);
		swaps = true;
		CU_ASSERT_EQUAL(stagedir_make(home, &name, &fd, &e), ERR_FAIL);
		swaps = false;
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, "not the directory that was "
		    "made"));
		CU_ASSERT_EQUAL(fd, -1);
		CU_ASSERT_EQUAL(system("n=$(echo .xzb*) && { stat -c "
		    "'%u %a %F %i' $n && find $n | wc -l; } | cmp - before"),
		    0);
		CU_ASSERT_EQUAL(system("rm -r .xzb* victim"), 0);
	}
	end();
}

/* Where all are of one owner and mode they only have to be empty. */
static void
without_owners(void)
{
	static const struct {
		const char *command;
		enum err_code code;
	} rows[] = {
		{ "mkdir -m 777 victim", ERR_OK },
		{ "mkdir victim && touch victim/f", ERR_FAIL },
		{ "touch victim", ERR_FAIL }, { "ln -s . victim", ERR_FAIL }
	};
	struct err e;
	char *name;
	size_t i;
	int fd;

	begin();
	no_owners = swaps = true;
	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		e = (struct err)ERR_INIT;
		CU_ASSERT_EQUAL(system(rows[i].command), 0);
		CU_ASSERT_EQUAL(stagedir_make(home, &name, &fd, &e),
		    rows[i].code);
		if (rows[i].code == ERR_OK) {
			CU_ASSERT_EQUAL(harness_mode_of(name), S_IFDIR | 0777);
			CU_ASSERT_EQUAL(close(fd), 0);
			free(name);
		}
		CU_ASSERT_EQUAL(harness_entries("."), 2);
		CU_ASSERT_EQUAL(system("rm -r .xzb* victim"), 0);
	}
	no_owners = swaps = false;
	end();
}

/* It does not get the set-group-ID bit of what holds it. */
static void
group(void)
{
	struct stat st;
	char *name;
	int fd;

	CU_ASSERT_EQUAL(chmod(".", 02755), 0);
	begin();
	fd = made(&name);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFDIR | 0700);
	CU_ASSERT_EQUAL(stagedir_remove(home, name, fd), 0);
	CU_ASSERT_FALSE(there(name));
	free(name);
	end();
}

/* By its descriptor, and its name if that is its own. */
static void
removes(void)
{
	char *name;
	int fd;

	begin();
	fd = made(&name);
	CU_ASSERT_EQUAL(mkdirat(fd, "in", 0700), 0);
	CU_ASSERT_TRUE(stagedir_is_at(home, name, fd));
	CU_ASSERT_EQUAL(rename(name, "mine"), 0);
	CU_ASSERT_FALSE(stagedir_is_at(home, name, fd));
	CU_ASSERT_EQUAL(mkdir(name, 0755), 0);
	CU_ASSERT_FALSE(stagedir_is_at(home, name, fd));
	CU_ASSERT_EQUAL(stagedir_remove(home, name, fd), ENOENT);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	CU_ASSERT_EQUAL(harness_mode_of(name), S_IFDIR | 0755);
	CU_ASSERT_EQUAL(harness_entries("mine"), 0);
	free(name);
	/* a free name is as well */
	fd = made(&name);
	CU_ASSERT_EQUAL(rename(name, "other"), 0);
	CU_ASSERT_EQUAL(stagedir_remove(home, name, fd), 0);
	free(name);
	end();
}

/* --- collecting --- */

/* A live one stays, a dead one goes with all that is in it. */
static void
collects(void)
{
	char *live, *dead;
	int fd, lock;

	begin();
	fd = made(&live);
	lock = made(&dead);
	CU_ASSERT_EQUAL(mkdirat(lock, "a", 0700), 0);
	CU_ASSERT_EQUAL(mkdirat(lock, "a/b", 0500), 0);
	CU_ASSERT_EQUAL(symlinkat("..", lock, "a/up"), 0);
	CU_ASSERT_EQUAL(mkdirat(fd, "kept", 0700), 0);
	stagedir_collect(home);
	CU_ASSERT_TRUE(there(live) && there(dead));
	CU_ASSERT_EQUAL(close(lock), 0);
	/* an exchange that is not on the disk yet would lose it */
	no_sync = true;
	stagedir_collect(home);
	no_sync = false;
	CU_ASSERT_TRUE(there(live) && there(dead));
	stagedir_collect(home);
	CU_ASSERT_TRUE(there(live));
	CU_ASSERT_FALSE(there(dead));
	CU_ASSERT_EQUAL(harness_entries(live), 1);
	CU_ASSERT_EQUAL(close(fd), 0);
	stagedir_collect(home);
	CU_ASSERT_EQUAL(harness_entries("."), 0);
	free(live);
	free(dead);
	end();
}

/* What looks like one and is none. */
static void
leaves_alone(void)
{
	static const char *const kept[] = { STAGE "backup", STAGE "1234567",
	    STAGE "123456789", STAGE "ABCDEF01", ".xzbundle-stage12345678",
	    "a" STAGE "12345678" };
	size_t i;

	begin();
	for (i = 0; i < HARNESS_COUNT(kept); i++)
		CU_ASSERT_EQUAL(mkdir(kept[i], 0700), 0);
	CU_ASSERT_EQUAL(mkdir("out", 0700), 0);
	harness_write("out/file", "kept", 4);
	CU_ASSERT_EQUAL(symlink("out", STAGE "00000001"), 0);
	harness_write(STAGE "00000002", "mine", 4);
	CU_ASSERT_EQUAL(mkfifo(STAGE "00000003", 0600), 0);
	CU_ASSERT_EQUAL(symlink("none", STAGE "00000004"), 0);
	i = harness_entries(".");
	stagedir_collect(home);
	CU_ASSERT_EQUAL(harness_entries("."), i);
	CU_ASSERT_TRUE(harness_holds("out/file", "kept"));
	CU_ASSERT_TRUE(harness_holds(STAGE "00000002", "mine"));
	end();
}

/* Another user's. */
static void
other_user(void)
{
	if (getuid() != 0)
		return;
	begin();
	CU_ASSERT_EQUAL(mkdir(STAGE "00000001", 0777), 0);
	CU_ASSERT_EQUAL(chown(STAGE "00000001", NOBODY, NOBODY), 0);
	stagedir_collect(home);
	CU_ASSERT_TRUE(there(STAGE "00000001"));
	CU_ASSERT_EQUAL(chown(STAGE "00000001", 0, 0), 0);
	stagedir_collect(home);
	CU_ASSERT_FALSE(there(STAGE "00000001"));
	end();
}

/* Does a dead one go from a directory of this owner and mode? */
static bool
goes(uid_t owner, mode_t mode)
{
	bool gone;
	int fd;

	CU_ASSERT_EQUAL(mkdir("d", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("d/" STAGE "00000001", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("d/" STAGE "00000001/kept", 0700), 0);
	CU_ASSERT_EQUAL(chmod("d", mode), 0);
	CU_ASSERT_EQUAL(chown("d", owner, (gid_t)-1), 0);
	fd = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stagedir_collect(fd);
	CU_ASSERT_EQUAL(close(fd), 0);
	gone = harness_entries("d") == 0;
	CU_ASSERT_TRUE(gone || there("d/" STAGE "00000001/kept"));
	CU_ASSERT_EQUAL(system("rm -r d"), 0);
	return gone;
}

/* Where others could have given that name to something. */
static void
homes(void)
{
	uid_t me = getuid();

	CU_ASSERT_TRUE(goes(me, 0700));
	CU_ASSERT_TRUE(goes(me, 0755));
	CU_ASSERT_TRUE(goes(me, 01777));
	CU_ASSERT_TRUE(goes(me, 01775));
	CU_ASSERT_FALSE(goes(me, 0777));
	CU_ASSERT_FALSE(goes(me, 0775));
	CU_ASSERT_FALSE(goes(me, 0757));
	CU_ASSERT_FALSE(goes(me, 02775));
	if (me != 0)
		return;
	CU_ASSERT_FALSE(goes(NOBODY, 0700));
	CU_ASSERT_FALSE(goes(NOBODY, 01777));
	/* a user, in root's */
	CU_ASSERT_EQUAL(chmod(".", 01777), 0);
	CU_ASSERT_EQUAL(seteuid(NOBODY), 0);
	begin();
	CU_ASSERT_EQUAL(mkdir(STAGE "00000001", 0700), 0);
	stagedir_collect(home);
	CU_ASSERT_FALSE(there(STAGE "00000001"));
	end();
	CU_ASSERT_EQUAL(seteuid(0), 0);
}

/* A mount point of such a name is none. */
static int
over_mount(void)
{
	int r = 0;

	if (mkdir(STAGE "00000001", 0700) != 0 ||
	    mount("none", STAGE "00000001", "tmpfs", 0, NULL) != 0 ||
	    mkdir(STAGE "00000001/kept", 0700) != 0)
		return 1;
	begin();
	stagedir_collect(home);
	r = there(STAGE "00000001/kept") ? 0 : 2;
	return umount(STAGE "00000001") != 0 ? 3 : r;
}

static void
mounted(void)
{
	int r = harness_mounting(over_mount);

	CU_ASSERT_TRUE(r == 0 || r == -1);
	if (r == -1)
		printf("skip: mounts ");
}

/* A lock is held by a process: also by one that shares the descriptor, and no
 * longer when all are dead. */
static void
killed(void)
{
	int to_us[2], status, fd;
	char *name;
	pid_t pid;
	char c;

	begin();
	fd = made(&name);
	CU_ASSERT_EQUAL(pipe(to_us), 0);
	pid = fork();
	if (pid == 0) {
		c = 'x';
		_exit(write(to_us[1], &c, 1) == 1 ? pause() : 1);
	}
	CU_ASSERT_EQUAL(read(to_us[0], &c, 1), 1);
	CU_ASSERT_EQUAL(close(fd), 0);
	stagedir_collect(home);
	CU_ASSERT_TRUE(there(name));
	CU_ASSERT_EQUAL(kill(pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	stagedir_collect(home);
	CU_ASSERT_FALSE(there(name));
	CU_ASSERT_EQUAL(close(to_us[0]), 0);
	CU_ASSERT_EQUAL(close(to_us[1]), 0);
	free(name);
	end();
}

/* Make one, fill it, empty it, n times, while others collect: is each one
 * ours until we let go?  The child's exit status. */
static int
churn(int n)
{
	struct err e = ERR_INIT;
	struct stat st;
	char *name;
	int fd;

	for (; n > 0; n--) {
		stagedir_collect(home);
		if (stagedir_make(home, &name, &fd, &e) != ERR_OK)
			return 2;
		if (mkdirat(fd, "in", 0700) != 0)
			return 3;
		stagedir_collect(home);
		if (fstatat(fd, "in", &st, 0) != 0 || !there(name))
			return 4;
		if (n % 2 == 0 && (unlinkat(fd, "in", AT_REMOVEDIR) != 0 ||
		    unlinkat(home, name, AT_REMOVEDIR) != 0))
			return 5;
		free(name);
		if (close(fd) != 0)
			return 6;
	}
	return 0;
}

static void
processes(void)
{
	pid_t pid[3];
	int status;
	size_t i;

	begin();
	for (i = 0; i < HARNESS_COUNT(pid); i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			_exit(churn(300));
	}
	for (i = 0; i < HARNESS_COUNT(pid); i++) {
		status = -1;
		CU_ASSERT_EQUAL(waitpid(pid[i], &status, 0), pid[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	stagedir_collect(home);
	CU_ASSERT_EQUAL(harness_entries("."), 0);
	end();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "makes one", makes },
		{ "names", names },
		{ "many at once", unique },
		{ "failures", fails },
		{ "another directory of its name", swapped },
		{ "file systems without owners", without_owners },
		{ "the set-group-ID bit", group },
		{ "removes one", removes },
		{ "a dead one goes, a live one stays", collects },
		{ "what is none", leaves_alone },
		{ "another user's", other_user },
		{ "where others give names", homes },
		{ "a mount point", mounted },
		{ "a process that is killed", killed },
		{ "several processes", processes },
	};

	umask(022);
	return harness_run("stagedir", tests, HARNESS_COUNT(tests));
}
