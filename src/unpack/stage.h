/*
 * stage: a private directory that becomes the destination, or nothing.
 *
 * The parent's side of writing: it makes the directory, whose descriptor the
 * confined process gets (unpack/writer makes the files), and publishes it by
 * rename when all is well.  It looks at no file in it.
 *
 * Directories of this kind are called ".xzbundle-stage." and eight digits.
 * Whoever made one holds a lock (flock(2)) on it, so that a run that was
 * killed leaves one without a lock; the next run beside it removes that.
 */
#ifndef XZB_STAGE_H
#define XZB_STAGE_H

#include <stdbool.h>

#include "base/err.h"

struct stage;

enum stage_mode {
	STAGE_NEW,	/* the destination is missing, or an empty directory */
	STAGE_INTO,	/* each top-level name is added to what is there, and
			 * none replaced */
	STAGE_REPLACE	/* what is there goes when the new tree is complete */
};

/*
 * Make a stage for the destination dest: beside it, so that one rename
 * publishes all; or inside of it, when it stays the directory that it is
 * (STAGE_INTO, and with STAGE_NEW an empty one that cannot be renamed over
 * without losing something: the current directory, a mount point, a symlink
 * to a directory, somebody else's, one with attributes).
 * Stale stages at that place are removed.  *out is the caller's.
 *
 * ERR_USAGE: dest is called as stages are, or would be replaced with the
 * current directory in it.  Nothing is replaced that is a mount point, or has
 * one in it.
 */
enum err_code stage_open(const char *dest, enum stage_mode mode,
    struct stage **out, struct err *e);

/* The directory's descriptor; borrowed. */
int stage_fd(const struct stage *s);

/* ERR_USAGE if the directory behind fd, or one that it is in, will be
 * replaced. */
enum err_code stage_spares(const struct stage *s, int fd, struct err *e);

/* ERR_USAGE if base in the directory behind fd is what the destination will be
 * called. */
enum err_code stage_spares_name(const struct stage *s, int fd,
    const char *base, struct err *e);

/* As stage_spares() of a file: its name, and what it leads to. */
enum err_code stage_spares_file(const struct stage *s, const char *path,
    struct err *e);

/* When all is in it: write it to the disk, as it shall be.  What takes long, so
 * that little can go wrong between what else is put in place and
 * stage_publish(). */
enum err_code stage_sync(struct stage *s, struct err *e);

/*
 * After stage_sync(): put it in place.  On failure the destination is what it
 * was, unless only its directory could not be synced, or what was replaced
 * could not be removed, or what has come into its place meanwhile could not be
 * put back, or somebody else has renamed what was put there; the text says so.
 */
enum err_code stage_publish(struct stage *s, struct err *e);

/* Is it in place?  With a failure too, in those cases. */
bool stage_is_published(const struct stage *s);

/* After a failure: remove what was not published, and tell in *e if that
 * cannot be done.  NULL is legal. */
void stage_abandon(struct stage *s, struct err *e);

/* Remove what was not published, free.  NULL is legal. */
void stage_free(struct stage *s);

#endif
