/*
 * paxrecords: the body of a pax extended header, read strictly.
 *
 * Records are "LEN KEY=VALUE\n" (POSIX.1-2017, pax, "pax Extended Header").
 * Where readers of tars disagree about a record, the whole body is refused.
 * Pure functions over bytes: what they take beyond the result is 16 bytes of
 * memory a record, until they return.
 */
#ifndef XZB_PAXRECORDS_H
#define XZB_PAXRECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Bytes of a record at most: libarchive 3.6.2 ignores the rest of a body
 * behind a longer one. */
#define PAXRECORDS_RECORD_MAX 999999

/* What a local header says of the member behind it.  All zeros: nothing. */
struct paxrecords {
	char *path;		/* NULL: none; without NULs; owned */
	char *linkpath;		/* same */
	bool has_size;
	uint64_t size;		/* bytes */
	bool has_mtime;
	int64_t mtime;		/* seconds, its integer part */
	bool binary;		/* hdrcharset=BINARY: names are bytes */
	uint32_t dropped;	/* extended attributes, ACLs and file flags */
};

/*
 * Read the n bytes at p, the body of an 'x' header.  ERR_UNSAFE: malformed,
 * empty, a key twice, no value, an ACL of over 1024 bytes, or a key that must
 * not be ignored and is not supported (see the table in paxrecords.c).  *out
 * is all zeros then.
 */
enum err_code paxrecords_parse(const uint8_t *p, size_t n,
    struct paxrecords *out, struct err *e);

/* The same for a 'g' header, which may hold nothing but a comment (git
 * archive writes the commit there). */
enum err_code paxrecords_global(const uint8_t *p, size_t n, struct err *e);

void paxrecords_free(struct paxrecords *r);

#endif
