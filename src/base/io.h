/*
 * io: whole reads and writes, and an output that appears complete or not
 * at all.
 *
 * Short transfers are handled here and nowhere else.  EINTR is an error: it
 * means that a signal came which the process wants to stop for (cli/progress),
 * and a transfer that blocks would not see it otherwise.
 */
#ifndef XZB_IO_H
#define XZB_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"

/* Read size bytes at off; *got is less only at the end of the file. */
enum err_code io_pread(int fd, void *buf, size_t size, uint64_t off,
    size_t *got, struct err *e);

/*
 * Read a whole file of at most max bytes into *to, which is set up here and
 * is to be freed in every case.  Errors name path; ERR_USAGE: it is larger.
 */
enum err_code io_read_file(const char *path, size_t max, struct buf *to,
    struct err *e);

/*
 * Write all of size bytes at the file position, or fail; also when w (may be
 * NULL, for files, which never block for long) says to stop.
 */
enum err_code io_write(int fd, const void *buf, size_t size,
    const struct watch *w, struct err *e);

/* Close; an error of close(2) is an error. */
enum err_code io_close(int fd, struct err *e);

/* A file without a name in $TMPDIR, or in /tmp; *fd is the caller's, or -1. */
enum err_code io_temporary(int *fd, struct err *e);

/*
 * An output under construction.  The bytes go to an unnamed file (O_TMPFILE)
 * in the directory of the destination, so that even kill -9 leaves nothing;
 * where the file system has no unnamed files, to a named one, ".NAME.PID.N",
 * that every way out but kill -9 removes.  Where the destination cannot be
 * replaced by a rename (standard output, a device, a FIFO, a symlink below
 * /dev or /proc such as /dev/fd/1), the bytes go to an unnamed file in
 * $TMPDIR and are copied at the end.
 */
struct outfile {
	int fd;			/* read and write, from offset 0; owned */
	int dir_fd;		/* directory of the destination, or -1; owned */
	char *path;		/* the destination as given; owned */
	char *base;		/* its last component; owned */
	char *temp;		/* name of a named temporary file, or NULL */
	char *old;		/* a second name of what was there, or NULL */
	bool placed;		/* at its path, and not to be kept yet */
	bool copy;		/* publish by copying, to copy_fd */
	int copy_fd;		/* -1, or the stream to copy to */
	mode_t mode;		/* of the published file */
};

/* path "-" is standard output.  Nothing is visible until the commit. */
enum err_code outfile_open(const char *path, struct outfile *o,
    struct err *e);

/*
 * fsync, close, and put the file at its path in one step, replacing a
 * regular file or a symlink there; then fsync the directory.  On failure
 * the destination is what it was, unless only the directory could not be
 * synced (and a pipe may have had some of the bytes).  w as in io_write().
 */
enum err_code outfile_commit(struct outfile *o, const struct watch *w,
    struct err *e);

/*
 * As outfile_commit(), but outfile_abort() takes it back, and so does a
 * failure to sync the directory, until outfile_keep(); what was there has a
 * second name till then.  (It cannot come back on a file system without hard
 * links.)  Bytes that went to a stream stay there.
 */
enum err_code outfile_place(struct outfile *o, const struct watch *w,
    struct err *e);

/* What was placed stays.  It does on failure too: then what was there could
 * not be removed.  Legal on a zeroed value. */
enum err_code outfile_keep(struct outfile *o, struct err *e);

/* Throw the bytes away.  Legal after a commit and on a zeroed value. */
void outfile_abort(struct outfile *o);

#endif
