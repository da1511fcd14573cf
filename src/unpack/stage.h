/*
 * stage: a private directory that becomes the destination, or nothing.
 *
 * Files are made in a 0700 directory and published by rename when all is
 * well.  That directory is in the destination if it exists, else beside it.
 * Every path is walked component by component with O_NOFOLLOW from the
 * stage's own descriptor, every file is made with O_EXCL, and symlinks are
 * only made when everything else is there, so nothing is ever written through
 * a link.
 */
#ifndef XZB_STAGE_H
#define XZB_STAGE_H

#include <stdbool.h>

#include "base/err.h"

struct stage;

/*
 * For the destination dest: missing, or a directory whose entries and mode
 * stay (each top-level name is then added, never replaced).
 * *out is the caller's.
 */
enum err_code stage_open(const char *dest, struct stage **out,
    struct err *e);

/* name is clean (unpack/policy).  ERR_UNSAFE when something of that name is
 * there (but stage_dir() takes a directory that is).  Parents are made as
 * needed.  *fd is the caller's to close. */
enum err_code stage_file(struct stage *s, const char *name, bool executable,
    int *fd, struct err *e);
enum err_code stage_dir(struct stage *s, const char *name, struct err *e);
enum err_code stage_hardlink(struct stage *s, const char *name,
    const char *target, struct err *e);
enum err_code stage_symlink(struct stage *s, const char *name,
    const char *text, struct err *e);

/* Write all to the disk and put it in place.  On failure the destination is
 * what it was, unless only its directory could not be synced. */
enum err_code stage_publish(struct stage *s, struct err *e);

/* Remove what was not published, free.  NULL is legal. */
void stage_free(struct stage *s);

#endif
