/*
 * tarstream: the members of a scan as one virtual tar.
 *
 * Nothing holds the whole tar: header bytes are in memory, data is (file,
 * offset, length), padding is a count.  Any range can be read at any time by
 * any number of cursors, one for each thread; trial encodes, real encodes
 * and verification all read the same object.
 *
 * Only caller of archive_write_*.  The format is libarchive's "pax
 * restricted": ustar, with a pax header where ustar cannot say it.
 */
#ifndef XZB_TARSTREAM_H
#define XZB_TARSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"
#include "pack/scan.h"

/* Where a member is in the tar: [head_off, data_off) header blocks,
 * [data_off, pad_off) data, [pad_off, end_off) zeros up to a multiple of
 * 512.  The next member begins at end_off. */
struct tarspan {
	uint64_t head_off;
	uint64_t data_off;
	uint64_t pad_off;
	uint64_t end_off;
};

struct tarstream_options {
	int64_t mtime;		/* of every member, seconds since 1970 */
	bool keep_mtime;	/* the file's own instead, whole seconds */
	bool keep_mode;		/* the file's own permission bits */
	bool bare;		/* no tar at all, but the data of the members
				 * one after the other: to measure them */
};

struct tarstream;

/* The permission bits that a member has in the tar. */
mode_t tarstream_mode(const struct member *m, bool keep);

/*
 * Lay out the members.  The scan must outlive the tarstream.  *out is the
 * caller's.
 */
enum err_code tarstream_build(const struct scan *scan,
    const struct tarstream_options *options, struct tarstream **out,
    struct err *e);
void tarstream_free(struct tarstream *t);	/* NULL is legal */

/* Bytes of the tar, with the two zero blocks that end it. */
uint64_t tarstream_size(const struct tarstream *t);

/* Bytes of the members: where the end marker begins. */
uint64_t tarstream_members_end(const struct tarstream *t);

size_t tarstream_count(const struct tarstream *t);
const struct tarspan *tarstream_span(const struct tarstream *t, size_t i);
const struct member *tarstream_member(const struct tarstream *t, size_t i);

/* The member whose span holds tar_off, tar_off < tarstream_members_end(). */
size_t tarstream_find(const struct tarstream *t, uint64_t tar_off);

/*
 * A cursor reads the stream; a thread of its own may have one.  It keeps at
 * most one file open.  Reading fails with ERR_FAIL, naming the member, when
 * the file is no longer the one that was scanned (inode, size, mtime and
 * ctime are compared each time it is opened and when it is left).  Of a member
 * with a data_fd the file is not looked at.
 */
enum err_code tarstream_cursor(const struct tarstream *t,
    struct source *cursor, struct err *e);

/* Close the cursor's file; the last look for a change.  Legal on a zeroed
 * value. */
enum err_code tarstream_cursor_end(struct source *cursor, struct err *e);

#endif
