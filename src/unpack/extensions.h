/*
 * extensions: the headers in front of a member's own, and what they make of
 * it.
 *
 * The types are 'x' and 'g' of pax (POSIX.1-2017, pax), 'L' and 'K' of GNU
 * tar.  Readers disagree about which of several counts, so that there is one
 * order: 'g's, then one 'x', or else one 'L' and one 'K' in any order.
 * Part of validate, and of use to it alone.
 */
#ifndef XZB_EXTENSIONS_H
#define XZB_EXTENSIONS_H

#include "base/err.h"
#include "unpack/paxrecords.h"
#include "unpack/tarfield.h"
#include "unpack/validate.h"

/* Bytes of a body at most, and 'g' headers in front of a member: libarchive
 * 3.6.2 reads no more than 1 MiB, and no more than 32 headers. */
#define EXTENSIONS_BODY_MAX 1048576
#define EXTENSIONS_GLOBALS_MAX 16

/* All zeros: none. */
struct extensions {
	uint64_t bytes;		/* of blocks and padded bodies; 0: none */
	unsigned int globals;
	bool has_pax;
	struct paxrecords pax;
	char *long_name;	/* of L; NULL: none; owned */
	char *long_link;	/* of K; same */
	char last;		/* type of the last one */
	bool is_cut;		/* its own name ends in '/', where it was
				 * cut */
};

/* One begins with header h.  ERR_UNSAFE: there, or of that size, it makes no
 * sense.  ERR_LIMIT: with it there are more than max bytes. */
enum err_code extensions_begin(struct extensions *x,
    const struct tarfield_header *h, uint64_t max, struct err *e);

/* Its body, the n bytes at p. */
enum err_code extensions_body(struct extensions *x, const uint8_t *p,
    size_t n, struct err *e);

/* The member that they and header h make; its offsets are left 0.  *m is the
 * caller's, unless that fails.  ERR_UNSAFE: readers would disagree. */
enum err_code extensions_member(const struct extensions *x,
    const struct tarfield_header *h, struct validate_member *m,
    struct err *e);

void extensions_free(struct extensions *x);

#endif
