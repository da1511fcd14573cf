/*
 * entries: an archive of any format that libarchive reads -> its entries.
 *
 * Formats: tar of all kinds, cpio, ar; and where the file is not compressed as
 * a whole, so that any of its bytes can be looked at, also zip, 7z, cab, lha,
 * rar and ISO 9660.  A zip without its central directory is none: what its
 * local headers say lacks modes and symlinks.  Left out are mtree (files that
 * are elsewhere), warc (no names of files) and xar (an XML parser of its own).
 *
 * libarchive's warnings are errors, but for the one that a name in a tar is not
 * in the locale's encoding: names in tars are bytes, whatever they mean.  Names
 * that other formats have in Unicode libarchive composes (NFC), and does not
 * say what they were.  An archive whose end is not there is damaged, and what
 * follows its end must be zeros, since programs disagree about it.  One owner
 * thread.
 */
#ifndef XZB_ENTRIES_H
#define XZB_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/watch.h"

enum entries_type {
	ENTRIES_FILE,
	ENTRIES_DIR,
	ENTRIES_SYMLINK,
	ENTRIES_HARDLINK	/* it may have data */
};

/* An entry; texts are borrowed until the next one. */
struct entries_entry {
	const char *name;	/* clean; "" is the root */
	const char *link;	/* symlink: its text; hard link: the clean name
				 * of its target; else NULL */
	enum entries_type type;
	bool sized;		/* its size is known */
	uint64_t size;		/* bytes of data, and of the holes in them */
	mode_t perm;		/* permission bits */
	int64_t mtime;		/* seconds since 1970; 0 without one */
	bool owned;		/* by somebody else than root */
	bool extra;		/* it has attributes, an ACL or flags */
};

struct entries;

/*
 * Read the archive behind fd, from its first byte on.  single: what is no
 * archive, or an empty one, is one entry, a file called name.  ERR_CORRUPT:
 * it is none.  w counts bytes of the file.  *out is the caller's.
 */
enum err_code entries_open(int fd, bool single, const char *name,
    const struct watch *w, struct entries **out, struct err *e);

/*
 * The next entry, after passing over what was not read of the last one; NULL
 * behind the last one, when all of the file was read and found good.
 * ERR_UNSAFE: a name that is absolute or has "..", ERR_UNSUPPORTED: encrypted,
 * or neither file, directory nor link; both name the entry.
 */
enum err_code entries_next(struct entries *es, const struct entries_entry **en,
    struct err *e);

/*
 * The next bytes of its data, borrowed until the next call, and where they
 * belong: in order, with gaps that are zeros.  *n is 0 at the end, and *off the
 * size of it all.
 */
enum err_code entries_data(struct entries *es, const uint8_t **p, size_t *n,
    uint64_t *off, struct err *e);

void entries_free(struct entries *es);	/* NULL is legal */

#endif
