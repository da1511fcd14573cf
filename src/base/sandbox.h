/*
 * sandbox: confines the calling process before it parses hostile bytes.
 *
 * For a freshly forked child with one thread; there is no way back.  What
 * is opened before stays usable, and what it needs later (a locale, say) must
 * be loaded before.  The caller sets the umask (0: files are created with
 * their final mode) and ignores the signals that it wants to ignore.
 *
 * Two fences, since each has a gap:
 *   Landlock   bounds the files: nothing can be opened for reading, and files
 *              and directories can be made below the stage and nowhere else.
 *              It says nothing about modes, owners, times and attributes,
 *              nor about O_PATH.
 *   seccomp    bounds the calls and what they are given; all but those that
 *              are needed kill.  It cannot look through pointers.
 * So files are opened by openat(2) with the exact flags and modes below, and
 * not by openat2(2), which has these behind a pointer: access mode 3 with
 * O_TRUNC cuts a file for which Landlock before ABI 3 asks for no right, any
 * ABI lets devices be opened, and a mode may have set-user-ID bits.  What
 * openat2() could add (RESOLVE_BENEATH and the like) is nothing for single
 * components other than ".." and O_NOFOLLOW; RESOLVE_NO_XDEV would only matter
 * to somebody who may mount something inside of our own directory.
 *
 * No call changes a mode or an owner, by path or by descriptor: files get
 * their mode from openat(), and a descriptor may be that of the bundle.
 * Nothing is renamed or removed.  Capabilities are dropped even from root:
 * CAP_FSETID would keep a set-user-ID bit when a file is written to, and
 * CAP_DAC_OVERRIDE would ignore modes.
 *
 * The metadata of a file that can be named can be looked at (newfstatat with
 * AT_EMPTY_PATH, its path is behind a pointer), and with `times` those of a
 * kept descriptor can be set.
 *
 * Under sanitizers, whose reports need more: forbidden calls fail with EPERM
 * and do not kill, there is no RLIMIT_AS, and sigaltstack(2) is allowed.
 *
 * Sources: landlock(7), seccomp(2), capabilities(7), openat(2), and the
 * kernel's Documentation/userspace-api/landlock.rst.
 */
#ifndef XZB_SANDBOX_H
#define XZB_SANDBOX_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The only flags and modes that openat(2) and mkdirat(2) are let through with.
 * All other calls of openat() fail with EPERM, since libraries may try one and
 * go on; another mode of mkdirat() and all of openat2() kill.  O_LARGEFILE is 0
 * or what the C library may add.
 */
#define SANDBOX_OPEN_FILE (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | \
	O_CLOEXEC | O_LARGEFILE)
#define SANDBOX_OPEN_DIR (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | \
	O_LARGEFILE)
#define SANDBOX_MODE_FILE 0644
#define SANDBOX_MODE_PROGRAM 0755
#define SANDBOX_MODE_DIR 0755

struct sandbox_request {
	int stage_fd;		/* a directory below which files may be made;
				 * kept open; -1: nothing may be written */
	bool links;		/* symlinks and hard links too */
	bool times;		/* the times of descriptors may be set */
	const int *keep;	/* [n_keep] to stay open, in any order */
	size_t n_keep;
	uint64_t memory;	/* bytes of address space beyond what the
				 * process has now; 0: no limit */
	uint64_t file_bytes;	/* of a file; UINT64_MAX: no limit */
	uint64_t cpu_seconds;	/* of all threads, then SIGXCPU, and SIGKILL a
				 * second later; 0: no limit */
	bool weak;		/* go on without what the kernel lacks */
	int32_t max_abi;	/* of Landlock, as if the kernel had no newer
				 * one (for tests); 0: what it has */
};

/* Which parts are in force; plain data. */
struct sandbox_state {
	int32_t landlock_abi;	/* 0: no Landlock */
	uint8_t no_new_privs;
	uint8_t seccomp;
	uint8_t rlimits;	/* those asked for */
	uint8_t capabilities;	/* dropped */
	uint8_t descriptors;	/* closed */
};

/*
 * Confine the calling process.  The limits are never looser than those that
 * were inherited.  ERR_UNSUPPORTED: the kernel lacks a part, the text says
 * which, and r->weak is not set.  That is also so for links under ABI 1 of
 * Landlock (before Linux 5.19), which forbids hard links from one directory
 * to another; in a weak sandbox these fail.  After an error the process may be
 * half confined and should end.
 */
enum err_code sandbox_enter(const struct sandbox_request *r,
    struct sandbox_state *state, struct err *e);

/* Do sanitizers want to write to the standard error of this program? */
bool sandbox_reports(void);

#define SANDBOX_PARTS 6
#define SANDBOX_WORDS_MAX 128

/* The word for part i (0 .. SANDBOX_PARTS - 1), such as "Landlock", and
 * whether it is in force. */
const char *sandbox_part(const struct sandbox_state *state, size_t i,
    bool *there);

/* The parts that are missing, as "Landlock, seccomp" in words; NULL if all
 * are in force. */
const char *sandbox_missing(const struct sandbox_state *state,
    char words[SANDBOX_WORDS_MAX]);

#endif
