/*
 * scan: command-line paths -> the members of a bundle, in order.
 *
 * Reads directories and stats entries; the scan opens no file.  The result
 * depends on the names and what they are, not on the order in which a directory
 * lists them, nor on how a path was spelled:
 *
 * - with a root directory (-C), a member's name is its path below the root;
 * - without one, the root is the deepest directory that holds every path,
 *   where "DIR/." stands for what DIR contains.
 *
 * Members are sorted by name, byte by byte, with '/' below every other byte,
 * so that a directory comes before its contents and is followed by them;
 * pack/order has the last word on that.
 */
#ifndef XZB_SCAN_H
#define XZB_SCAN_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"

enum member_type {
	MEMBER_FILE,
	MEMBER_DIR,
	MEMBER_SYMLINK,
	MEMBER_HARDLINK		/* to an earlier MEMBER_FILE of the scan */
};

/* What the first bytes of a file look like (pack/order). */
enum member_kind {
	KIND_NONE,		/* not a file, or an empty one */
	KIND_TEXT,
	KIND_BINARY,
	KIND_CODE		/* machine code */
};

struct member {
	char *name;		/* any bytes but NUL; no leading or trailing
				 * '/', no "." or ".." component; owned */
	char *link;		/* symlink: its text; hard link: the name of
				 * the earlier member; else NULL; owned */
	enum member_type type;
	uint64_t size;		/* bytes of data; 0 unless MEMBER_FILE */
	int data_fd;		/* the data are not those at its path but
				 * `size` bytes here; -1: those at its path;
				 * owned, unless it is the scan's */
	uint64_t data_off;	/* where these bytes begin */
	mode_t mode;		/* as stat(2) gives it */
	struct timespec mtime;
	/* To notice a change between scan and read: */
	dev_t dev;
	ino_t ino;
	struct timespec ctime;
	nlink_t n_links;
	size_t operand;		/* the first path that it came from */
	enum member_kind kind;	/* set by order_members(); KIND_NONE before */
	lzma_vli bcj;		/* KIND_CODE: the filter that its header asks
				 * for; else LZMA_VLI_UNKNOWN */
};

struct scan {
	int root_fd;		/* names are relative to it; or -1, where every
				 * file has a data_fd; owned */
	int data_fd;		/* that members may share, or -1; owned */
	struct member *members;	/* [n_members]; owned */
	size_t n_members;
	bool skipped_output;	/* the output was among the paths */
};

struct scan_request {
	const char *root;	/* -C DIR, or NULL */
	const char *const *paths;
	size_t n_paths;		/* >= 1 */
	const char *output;	/* a file that is left out, or NULL */
};

/*
 * ERR_USAGE: a path outside the root, or nothing there.  ERR_FAIL: cannot
 * read, or a member that is not a file, directory, symlink or hard link;
 * the text names it.  *s is to be freed in every case.
 */
enum err_code scan_paths(const struct scan_request *r, struct scan *s,
    struct err *e);

/* One without members. */
void scan_init(struct scan *s);

void scan_free(struct scan *s);

/*
 * Files with one inode: the first of them in the present order stays a file,
 * the others become hard links to it and go to the end.
 */
enum err_code scan_link(struct scan *s, struct err *e);

/*
 * Open the file at a member's path; *fd is the caller's in every case, or -1,
 * and *st what fstat(2) says of it.  ERR_FAIL, naming the member: it cannot be
 * opened, or is no longer what was scanned (inode, size, mtime and ctime are
 * compared).
 */
enum err_code scan_open(const struct scan *s, const struct member *m, int *fd,
    struct stat *st, struct err *e);

/* Is the file behind fd, which scan_open() gave, still what was scanned? */
enum err_code scan_check(const struct member *m, int fd, struct stat *st,
    struct err *e);

/* The error for a file that is not. */
enum err_code scan_changed(const struct member *m, struct err *e);

/* Read what is in [off, off + n) of the data of m, which has a data_fd. */
enum err_code scan_read_data(const struct member *m, uint64_t off, void *buf,
    size_t n, struct err *e);

/* Have the data of m, a file, be the first size bytes behind fd, which becomes
 * the scan's. */
void scan_replace(struct member *m, int fd, uint64_t size);

/* The order of members: see above.  Also used to look names up. */
int scan_compare(const char *a, const char *b);

#endif
