/*
 * account: members x Blocks -> packed bytes of each member.
 *
 * Every byte of the file is somebody's: a member's (its share of compressed
 * data), or the container's (Stream and Block Headers, padding, checks,
 * Index, Footer, and the data of the tar's end marker).
 *
 * Members are pieces as report/measure has them; those that share a Block
 * with others are marked apportioned.
 */
#ifndef XZB_ACCOUNT_H
#define XZB_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

struct account_row {
	uint64_t packed_size;	/* bytes of the file */
	bool apportioned;	/* shares a Block with other members */
	size_t block;		/* first Block that holds some of it */
	size_t block_end;	/* behind the last */
};

struct account {
	const struct xzread *xz;		/* borrowed */
	const struct tarread_toc *toc;		/* borrowed */
	struct account_row *rows;	/* [toc->n_members]; owned */
	char **chains;			/* [xz->n_blocks] printed, as a decoder
					 * needs them; owned */
	uint64_t container_size;	/* bytes */
	uint64_t raw_size;		/* bytes of all members' data */
};

/* *a is to be freed in every case; xz and toc must outlive it. */
enum err_code account_make(const struct xzread *xz,
    const struct tarread_toc *toc, unsigned int n_threads, uint64_t memory,
    const struct watch *w, struct account *a, struct err *e);

void account_free(struct account *a);

/* Append the distinct chains of a row's Blocks, joined by " + "; four at
 * most, then "...". */
enum err_code account_chain(const struct account *a,
    const struct account_row *row, struct buf *to, struct err *e);

/* The integrity check of the row's first Block. */
const char *account_check(const struct account *a,
    const struct account_row *row);

#endif
