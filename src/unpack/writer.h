/*
 * writer: members to files below a directory's descriptor.
 *
 * Runs in the confined process.  Every path is walked component by component
 * with openat(2) and O_NOFOLLOW, every file is made with O_EXCL and has its
 * final mode from the start.  Symlinks are to be made last.  The umask must
 * be 0.
 *
 * Why not openat2(2): the filter of calls could not see its flags, see
 * base/sandbox.h, where those used here are.  RESOLVE_BENEATH and the like add
 * nothing for a single component, as ".." is refused here as well.
 */
#ifndef XZB_WRITER_H
#define XZB_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct writer;

/* Below dir_fd, which is borrowed.  *out is the caller's. */
enum err_code writer_new(int dir_fd, struct writer **out, struct err *e);

/* name is clean (base/name) in all.  ERR_UNSAFE when something of that name
 * is there (but writer_dir() takes a directory that is).  Parents are made as
 * needed. */

/* A file; then its data, then its end, whose size (and with has_mtime its
 * time, in seconds) is set. */
enum err_code writer_file(struct writer *w, const char *name,
    bool executable, struct err *e);
enum err_code writer_data(struct writer *w, const uint8_t *p, size_t n,
    struct err *e);
enum err_code writer_end(struct writer *w, uint64_t size, bool has_mtime,
    int64_t mtime, struct err *e);

enum err_code writer_dir(struct writer *w, const char *name, struct err *e);
enum err_code writer_hardlink(struct writer *w, const char *name,
    const char *target, struct err *e);
enum err_code writer_symlink(struct writer *w, const char *name,
    const char *text, struct err *e);

/* How many directories were made so far for what is below them alone; each
 * that writer_dir() was asked for once more takes one off. */
uint64_t writer_parents(const struct writer *w);

void writer_free(struct writer *w);	/* NULL is legal */

#endif
