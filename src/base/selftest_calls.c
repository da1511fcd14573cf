#include "base/selftest_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/sandbox.h"

#define MAKE SANDBOX_OPEN_FILE
#define FILE_MODE SANDBOX_MODE_FILE
#define PAGE ((size_t)4096)

/* Errno, or 0 for a call that worked. */
static int
ended(long r)
{
	return r < 0 ? errno : 0;
}

static int
ended_map(void *p)
{
	return p == MAP_FAILED ? errno : 0;
}

/* By number, so that the C library adds nothing. */
static int
open1(int dir, const char *path, int flags, unsigned int mode)
{
	return ended(syscall(SYS_openat, dir, path, flags, mode));
}

static int
open2(int dir, const char *path, int flags)
{
	struct open_how how;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)flags;
	how.mode = (flags & O_CREAT) != 0 ? FILE_MODE : 0;
	return ended(syscall(SYS_openat2, dir, path, &how, sizeof(how)));
}

/* One line a call: the type of make() is always the same. */
#define TRY(name, result) \
static int \
try_##name(const struct selftest_place *p) \
{ \
	(void)p; \
	return (result); \
}

/* --- opening --- */

#ifdef SYS_open
TRY(open, ended(syscall(SYS_open, "/etc/passwd", O_RDONLY)))
#endif
TRY(openat, open1(AT_FDCWD, "/etc/passwd", O_RDONLY, 0))
TRY(open_dir, open1(AT_FDCWD, "/etc", O_RDONLY | O_DIRECTORY, 0))
TRY(open_mem, open1(AT_FDCWD, "/proc/self/mem", O_RDWR, 0))
TRY(open_write, open1(AT_FDCWD, p->victim, O_WRONLY, 0))
TRY(open_truncate, open1(AT_FDCWD, p->victim, O_WRONLY | O_TRUNC, 0))
/* Access mode 3 asks for no right, and cuts nevertheless. */
TRY(open_3, open1(AT_FDCWD, p->victim, O_ACCMODE | O_TRUNC, 0))
TRY(create_cwd, open1(AT_FDCWD, p->new_name, MAKE, FILE_MODE))
TRY(create_above, open1(p->stage_fd, p->above, MAKE, FILE_MODE))
TRY(create_absolute, open1(p->stage_fd, p->absolute, MAKE, FILE_MODE))
TRY(read_stage, open1(p->stage_fd, p->old_name, O_RDONLY, 0))
TRY(read_stage_dir, open1(p->stage_fd, ".", O_RDONLY | O_DIRECTORY, 0))
TRY(change_stage, open1(p->stage_fd, p->old_name, O_RDWR, 0))
TRY(path_stage, open1(p->stage_fd, p->old_name, O_PATH, 0))
TRY(tmpfile, open1(p->stage_fd, ".", O_WRONLY | O_TMPFILE, FILE_MODE))
TRY(no_excl, open1(p->stage_fd, p->new_name, MAKE & ~O_EXCL, FILE_MODE))
TRY(no_nofollow, open1(p->stage_fd, p->new_name, MAKE & ~O_NOFOLLOW,
    FILE_MODE))
TRY(create_trunc, open1(p->stage_fd, p->new_name, MAKE | O_TRUNC,
    FILE_MODE))
TRY(create_setuid, open1(p->stage_fd, p->new_name, MAKE, 04755))
TRY(create_all, open1(p->stage_fd, p->new_name, MAKE, 0777))
TRY(openat2, open2(AT_FDCWD, "/etc/passwd", O_RDONLY))
TRY(openat2_3, open2(AT_FDCWD, p->victim, O_ACCMODE | O_TRUNC))
TRY(openat2_make, open2(p->stage_fd, p->new_name, MAKE))
TRY(memfd, ended(syscall(SYS_memfd_create, "selftest", 0)))

/* A descriptor again, with what it was not opened for. */
static int
try_open_magic(const struct selftest_place *p)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->victim_fd);
	return open1(AT_FDCWD, path, O_RDONLY, 0);
}

/* --- changing what files are --- */

TRY(mkdir, ended(mkdirat(AT_FDCWD, p->absolute, SANDBOX_MODE_DIR)))
TRY(mkdir_all, ended(mkdirat(p->stage_fd, p->new_name, 0777)))
TRY(mkdir_setgid, ended(mkdirat(p->stage_fd, p->new_name, 02755)))
TRY(mknod, ended(mknodat(p->stage_fd, p->new_name, S_IFIFO | 0600, 0)))
TRY(symlink, ended(symlinkat("/etc", p->links ? AT_FDCWD : p->stage_fd,
    p->new_name)))
TRY(link, ended(linkat(AT_FDCWD, p->victim, p->stage_fd, p->new_name, 0)))
TRY(link_fd, ended(linkat(p->victim_fd, "", p->stage_fd, p->new_name,
    AT_EMPTY_PATH)))
TRY(rename, ended(syscall(SYS_renameat2, p->stage_fd, p->old_name,
    p->stage_fd, p->new_name, 0)))
TRY(unlink, ended(unlinkat(p->stage_fd, p->old_name, 0)))
TRY(chmod, ended(fchmodat(AT_FDCWD, p->victim, 0600, 0)))
TRY(fchmod, ended(fchmod(p->victim_fd, 0600)))
TRY(chown, ended(fchownat(AT_FDCWD, p->victim, p->uid, p->gid, 0)))
TRY(fchown, ended(fchown(p->victim_fd, p->uid, p->gid)))
TRY(utimens, ended(utimensat(AT_FDCWD, p->victim, NULL, 0)))
TRY(setxattr, ended(setxattr(p->victim, "user.selftest", "1", 1, 0)))
TRY(truncate, ended(truncate(p->victim, 0)))
TRY(stat, ended(syscall(SYS_newfstatat, AT_FDCWD, p->victim,
    &(struct stat){ 0 }, 0)))
TRY(chdir, ended(chdir("/")))
TRY(getdents, ended(syscall(SYS_getdents64, p->stage_fd,
    (char[PAGE]){ 0 }, PAGE)))
TRY(ioctl, ended(ioctl(p->victim_fd, FIONREAD, &(int){ 0 })))
TRY(tiocsti, ended(ioctl(p->victim_fd, TIOCSTI, "x")))
TRY(fcntl, ended(fcntl(p->victim_fd, F_SETFL, O_APPEND)))
TRY(sendfile, ended(sendfile(p->victim_fd, p->victim_fd, NULL, 0)))
TRY(copy_range, ended(syscall(SYS_copy_file_range, p->victim_fd, NULL,
    p->victim_fd, NULL, (size_t)0, 0U)))

/* --- the network, other processes --- */

TRY(inet, ended(socket(AF_INET, SOCK_STREAM, 0)))
TRY(unix, ended(socket(AF_UNIX, SOCK_STREAM, 0)))
TRY(netlink, ended(socket(AF_NETLINK, SOCK_RAW, 0)))
TRY(kill, ended(kill(p->parent, 0)))
TRY(ptrace, ended(ptrace(PTRACE_TRACEME, 0, NULL, NULL)))
TRY(pidfd, ended(syscall(SYS_pidfd_open, p->parent, 0)))
TRY(shmget, ended(shmget(IPC_PRIVATE, 0, 0)))
TRY(inotify, ended(inotify_init1(0)))

static int
try_connect(const struct selftest_place *p)
{
	struct sockaddr_un to;

	memset(&to, 0, sizeof(to));
	to.sun_family = AF_UNIX;
	return ended(connect(p->victim_fd, (struct sockaddr *)&to,
	    sizeof(to)));
}

static int
try_execve(const struct selftest_place *p)
{
	char name[] = "true", *argv[] = { name, NULL }, *env[] = { NULL };

	(void)p;
	return ended(execve("/bin/true", argv, env));
}

/* A process, not a thread. */
static int
try_fork(const struct selftest_place *p)
{
	long r = syscall(SYS_clone, SIGCHLD, 0L, 0L, 0L, 0L);

	(void)p;
	if (r == 0)
		_exit(0);
	return ended(r);
}

static int
try_read_parent(const struct selftest_place *p)
{
	char to[1];
	struct iovec mine = { to, sizeof(to) };
	struct iovec theirs = { (void *)(uintptr_t)p, sizeof(to) };

	return ended(process_vm_readv(p->parent, &mine, 1, &theirs, 1, 0));
}

/* --- memory that runs --- */

TRY(map_exec, ended_map(mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)))
TRY(map_shared, ended_map(mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
    p->victim_fd, 0)))
TRY(map_file, ended_map(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE,
    p->victim_fd, 0)))

static int
try_mprotect(const struct selftest_place *p)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)p;
	/* Without a page the call itself must say so. */
	return ended(mprotect(page, PAGE, PROT_READ | PROT_EXEC));
}

/* --- more rights, the kernel's other doors --- */

TRY(setuid, ended(syscall(SYS_setuid, p->uid)))
TRY(setrlimit, ended(setrlimit(RLIMIT_NOFILE,
    &(struct rlimit){ 256, 256 })))
TRY(mount, ended(mount(NULL, p->outside, NULL, MS_REMOUNT, NULL)))
TRY(unshare, ended(unshare(CLONE_NEWNS)))
TRY(setns, ended(setns(p->victim_fd, 0)))
TRY(prctl, ended(prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL)))
TRY(seccomp, ended(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0,
    &(uint32_t){ SECCOMP_RET_KILL_PROCESS })))
TRY(personality, ended(personality(0xffffffff)))
TRY(io_uring, ended(syscall(SYS_io_uring_setup, 1, NULL)))
TRY(bpf, ended(syscall(SYS_bpf, 0, NULL, 0)))
TRY(keyctl, ended(syscall(SYS_keyctl, 0, -3, 0)))
TRY(userfaultfd, ended(syscall(SYS_userfaultfd, 0)))
#ifdef __x86_64__
/* The bit of the x32 ABI, whose calls have numbers of their own. */
TRY(x32, ended(syscall(SYS_getpid | 0x40000000L)))
#endif

static const struct selftest_call calls[] = {
#ifdef SYS_open
	{ "open /etc/passwd", try_open },
#endif
	{ "openat /etc/passwd", try_openat },
	{ "openat a directory", try_open_dir },
	{ "openat /proc/self/mem", try_open_mem },
	{ "openat /proc/self/fd", try_open_magic },
	{ "openat a file outside to write", try_open_write },
	{ "openat a file outside to cut it", try_open_truncate },
	{ "openat to cut, with access mode 3", try_open_3 },
	{ "openat a new file outside", try_create_cwd },
	{ "openat a new file by ..", try_create_above },
	{ "openat a new file by path", try_create_absolute },
	{ "openat a file of the stage to read", try_read_stage },
	{ "openat the stage to read", try_read_stage_dir },
	{ "openat a stage's file to change", try_change_stage },
	{ "openat a stage's file by O_PATH", try_path_stage },
	{ "openat O_TMPFILE", try_tmpfile },
	{ "openat without O_EXCL", try_no_excl },
	{ "openat without O_NOFOLLOW", try_no_nofollow },
	{ "openat with O_TRUNC", try_create_trunc },
	{ "openat with mode 4755", try_create_setuid },
	{ "openat with mode 777", try_create_all },
	{ "openat2 /etc/passwd", try_openat2 },
	{ "openat2 to cut, with access mode 3", try_openat2_3 },
	{ "openat2 a new file", try_openat2_make },
	{ "memfd_create", try_memfd },
	{ "mkdirat by path", try_mkdir },
	{ "mkdirat with mode 777", try_mkdir_all },
	{ "mkdirat with mode 2755", try_mkdir_setgid },
	{ "mknodat", try_mknod },
	{ "symlinkat", try_symlink },
	{ "linkat a file outside", try_link },
	{ "linkat a descriptor", try_link_fd },
	{ "renameat2", try_rename },
	{ "unlinkat", try_unlink },
	{ "fchmodat", try_chmod },
	{ "fchmod", try_fchmod },
	{ "fchownat", try_chown },
	{ "fchown", try_fchown },
	{ "utimensat by path", try_utimens },
	{ "setxattr", try_setxattr },
	{ "truncate", try_truncate },
	{ "newfstatat by path", try_stat },
	{ "chdir", try_chdir },
	{ "getdents64", try_getdents },
	{ "ioctl FIONREAD", try_ioctl },
	{ "ioctl TIOCSTI", try_tiocsti },
	{ "fcntl F_SETFL", try_fcntl },
	{ "sendfile", try_sendfile },
	{ "copy_file_range", try_copy_range },
	{ "socket AF_INET", try_inet },
	{ "socket AF_UNIX", try_unix },
	{ "socket AF_NETLINK", try_netlink },
	{ "connect", try_connect },
	{ "execve", try_execve },
	{ "clone a process", try_fork },
	{ "kill", try_kill },
	{ "ptrace", try_ptrace },
	{ "process_vm_readv", try_read_parent },
	{ "pidfd_open", try_pidfd },
	{ "shmget", try_shmget },
	{ "inotify_init1", try_inotify },
	{ "mmap PROT_EXEC", try_map_exec },
	{ "mmap MAP_SHARED", try_map_shared },
	{ "mmap a file", try_map_file },
	{ "mprotect PROT_EXEC", try_mprotect },
	{ "setuid", try_setuid },
	{ "setrlimit", try_setrlimit },
	{ "mount", try_mount },
	{ "unshare", try_unshare },
	{ "setns", try_setns },
	{ "prctl PR_SET_DUMPABLE", try_prctl },
	{ "seccomp", try_seccomp },
	{ "personality", try_personality },
	{ "io_uring_setup", try_io_uring },
	{ "bpf", try_bpf },
	{ "keyctl", try_keyctl },
	{ "userfaultfd", try_userfaultfd },
#ifdef __x86_64__
	{ "a call of x32", try_x32 },
#endif
};

const struct selftest_call *
selftest_calls(size_t *n)
{
	*n = sizeof(calls) / sizeof(calls[0]);
	return calls;
}
