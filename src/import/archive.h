/*
 * archive: an archive of any format and compression that libarchive reads ->
 * the members of a scan, whose data are in one file of our own.
 *
 * Two members of one name are refused, as no program can say which of them is
 * meant, and so are members below what is no directory, and symlinks that do
 * not stay inside the tree.  Names are made as scan_paths() has them: clean,
 * and without the root.  What is kept of a member are its permission bits and
 * the whole seconds of its time; owners, attributes and ACLs are not.
 *
 * For a process that is confined: apart from memory all that is done is to
 * read, write and cut what is behind the two descriptors, and the locales "C"
 * and "C.UTF-8" (tarread_prepare()) are there.  Decoders take what memory the
 * archive says; the caller bounds it (import/unfilter).
 */
#ifndef XZB_IMPORT_ARCHIVE_H
#define XZB_IMPORT_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/scan.h"
#include "unpack/limits.h"

/* Members that had what is not kept. */
struct import_dropped {
	uint64_t owners;	/* other than root */
	uint64_t extras;	/* attributes, ACLs, flags */
};

struct import_request {
	int fd;			/* the archive; seekable */
	int data_fd;		/* an empty file; given to the scan */
	const struct limits *limits;
	bool single;		/* also what is no archive but compressed, or
				 * nothing at all: one member */
	const char *name;	/* of that member; clean */
	const struct watch *watch;	/* may be NULL */
	struct import_dropped *dropped;	/* what was, is added; may be NULL */
};

/*
 * Read the archive to its last byte.  *s is to be freed in every case.  Its
 * members are sorted as those of scan_paths() are, their operands are their
 * places in the archive, and hard links are files with one inode, of which
 * scan_link() makes links.  The limits are those of extraction, the ratio to
 * the archive's file.
 *
 * ERR_CORRUPT: damaged, or no archive.  ERR_UNSUPPORTED: encrypted, a method
 * that libarchive lacks, a device.  ERR_UNSAFE: a name or link that is refused.
 * ERR_LIMIT.  ERR_MEMLIMIT: a decoder got no memory.
 */
enum err_code import_members(const struct import_request *r, struct scan *s,
    struct err *e);

/* Do the first n bytes of a file, 512 if it has them, look like those of an
 * archive, or of compressed data? */
bool import_looks(const uint8_t *head, size_t n);

#endif
