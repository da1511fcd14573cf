/*
 * validate: which tars are read at all, decided header by header.
 *
 * Readers of tars disagree about what is malformed, and a bundle must be one
 * thing to all of them.  So each byte of the tar passes here on its way to
 * tarread, and whatever two readers might take differently is refused: see
 * tarfield, paxrecords and extensions, and the tables of the unit test.  What
 * is accepted is ustar, GNU or v7 headers, local pax headers, global ones
 * with a comment alone, and GNU long names.
 *
 * The bytes come in pieces of any length, members leave by a queue.  Memory:
 * pax_max and what paxrecords takes for as many bytes, beside the members
 * that were not taken.  One owner thread.
 *
 * Errors are ERR_UNSAFE (refused), ERR_CORRUPT (damaged: truncated, or a
 * wrong checksum), ERR_LIMIT and ERR_FAIL.  After one nothing more is read:
 * the next call fails with the same code.
 */
#ifndef XZB_VALIDATE_H
#define XZB_VALIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct validate;

struct validate_options {
	uint64_t pax_max;	/* bytes of extension headers (x g L K, their
				 * blocks and padded bodies) in front of one
				 * member */
	uint64_t tail_max;	/* bytes behind the first block of the end
				 * marker; its second one is 512 of them */
};

struct validate_member {
	char *name;		/* pax path, GNU long name or prefix/name; as
				 * in the tar, not empty; owned */
	char *link;		/* of types '1' and '2', not empty; else NULL;
				 * owned */
	char type;		/* '0' to '6' */
	uint64_t size;		/* bytes of data; 0 unless type is '0' */
	bool executable;	/* by the owner */
	bool is_cut;		/* its own header has the name only up to a
				 * '/': to some readers the data is headers */
	int64_t mtime;		/* seconds, within 2^40 of 0 */
	uint64_t head_off;	/* of the first header block, which may be an
				 * extension's */
	uint64_t data_off;
	bool binary;		/* the pax header says that names are bytes
				 * and no UTF-8 */
	uint32_t dropped;	/* extended attributes, ACLs and file flags,
				 * which are not restored */
};

enum err_code validate_new(const struct validate_options *o,
    struct validate **out, struct err *e);

/* The next n bytes of the tar. */
enum err_code validate_bytes(struct validate *v, const uint8_t *p, size_t n,
    struct err *e);

/* How many bytes from here on are data or padding, which may be skipped
 * unseen (so that padding is not examined); 0 elsewhere. */
uint64_t validate_skippable(const struct validate *v);

/* Skip n of those.  ERR_FAIL when there are fewer. */
enum err_code validate_skip(struct validate *v, uint64_t n, struct err *e);

/* The next member whose headers are complete; false when there is none.
 * To be drained after each validate_bytes(); *m becomes the caller's. */
bool validate_take(struct validate *v, struct validate_member *m);

/* There are no more bytes: was that a whole tar?  *members_end is the offset
 * of its end marker. */
enum err_code validate_end(struct validate *v, uint64_t *members_end,
    struct err *e);

void validate_free(struct validate *v);		/* legal on NULL */
void validate_member_free(struct validate_member *m);

#endif
