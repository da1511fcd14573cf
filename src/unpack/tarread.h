/*
 * tarread: decoded bytes -> tar members.  Only caller of archive_read_*.
 *
 * The strict validator (unpack/validate) sees every byte before libarchive
 * does, and both must agree on the name, the type and the size of each member;
 * libarchive's name may be a composed one (NFC).
 * Of libarchive the tar reader alone is enabled; it sees plain tar, never xz.
 * Its warnings are errors, but for the one that a name is not UTF-8.
 * One owner thread.
 */
#ifndef XZB_TARREAD_H
#define XZB_TARREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xz/blockstream.h"
#include "xz/xzread.h"

enum tarread_type {
	TARREAD_FILE,
	TARREAD_DIR,
	TARREAD_SYMLINK,
	TARREAD_HARDLINK,
	TARREAD_OTHER		/* a device, a FIFO, or unknown */
};

struct tarread_member {
	char *name;		/* raw bytes as archived, hostile; a trailing
				 * '/' of a directory is taken off */
	char *link;		/* symlink (NULL: empty) or hard link; else
				 * NULL */
	enum tarread_type type;
	uint64_t size;		/* bytes of data */
	bool executable;	/* the owner's x bit */
	int64_t mtime;		/* seconds since 1970 */
	bool binary;		/* its names are said to be no UTF-8 */
	uint32_t dropped;	/* attributes, ACLs and flags that are not
				 * extracted */
	uint64_t pax_size;	/* bytes of extension headers in front */
	uint64_t head_off;	/* in the decoded stream that was read */
	uint64_t end_off;	/* where the next member's header begins; only
				 * set in a table of contents */
};

void tarread_member_free(struct tarread_member *m);	/* its texts */

struct tarread;

/* Have the locale that names are read with: before a sandbox closes its
 * files.  Once a process is enough; no harm without. */
void tarread_prepare(void);

/* Read from s, which must outlive the reader.  pax_max: bytes of extension
 * headers before a member, at most. */
enum err_code tarread_open(struct blockstream *s, uint64_t pax_max,
    struct tarread **out, struct err *e);

/* The same, for walking headers: data that nobody reads is skipped where it is
 * not decoded yet.  s is lazy. */
enum err_code tarread_open_lazy(struct blockstream *s, struct tarread **out,
    struct err *e);

/*
 * The next member, after skipping what is left of the last one; *m is
 * borrowed until the next call, NULL at the end of the tar.  ERR_CORRUPT.
 */
enum err_code tarread_next(struct tarread *t,
    const struct tarread_member **m, struct err *e);

/* The next piece of the member's data, borrowed until the next call; *size
 * 0 at its end.  Pieces come in order and without gaps. */
enum err_code tarread_data(struct tarread *t, const uint8_t **p,
    size_t *size, struct err *e);

/* After the end: read the stream to its last byte.  *members_end is where
 * the tar's end marker begins.  ERR_UNSAFE when anything but zeros follows,
 * since readers disagree about such data; ERR_CORRUPT when the marker is
 * missing; ERR_LIMIT over 1 MiB of zeros. */
enum err_code tarread_tail(struct tarread *t, uint64_t *members_end,
    struct err *e);

void tarread_free(struct tarread *t);	/* NULL is legal */

/* All members of a bundle, in order. */
struct tarread_toc {
	struct tarread_member *members;	/* [n_members]; owned */
	size_t n_members;
	uint64_t members_end;	/* where the end marker begins */
};

/*
 * Walk the headers of x and skip the data (lazily: Blocks that hold no
 * header are not decoded, and nothing is verified but the tar headers).
 * memory bounds the decoder, and the table with what is made of it.  *toc is
 * to be freed in every case.
 */
enum err_code tarread_toc(const struct xzread *x, uint64_t memory,
    const struct watch *w, struct tarread_toc *toc, struct err *e);

/* The same up to the first member of which enough() says that it is the last
 * one wanted; if there are others, members_end stays 0.  enough may be NULL. */
enum err_code tarread_toc_until(const struct xzread *x, uint64_t memory,
    const struct watch *w, bool (*enough)(void *ctx,
    const struct tarread_member *m), void *ctx, struct tarread_toc *toc,
    struct err *e);

/* Count the members of x by their headers, up to most; *n is more than that
 * when there are more.  Takes no memory for them. */
enum err_code tarread_count(const struct xzread *x, uint64_t memory,
    const struct watch *w, uint64_t most, uint64_t *n, struct err *e);

void tarread_toc_free(struct tarread_toc *toc);

#endif
