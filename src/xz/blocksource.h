/*
 * blocksource: the decoded bytes of a .xz file, readable at any offset.
 *
 * One Block at a time: its decoder stays where it is, and up to 64 MiB of
 * what it gave last are kept.  A read further on decodes up to there; one
 * that goes back behind what is kept decodes the Block again.  Since a file
 * can be made so that its readers jump about, decoding has an allowance.
 *
 * Blocks are not verified: the bytes are good enough for finding things, not
 * for trusting them.  One owner thread; the struct xzread must outlive it.
 */
#ifndef XZB_BLOCKSOURCE_H
#define XZB_BLOCKSOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"
#include "base/watch.h"
#include "xz/xzread.h"

struct blocksource;

/* memory bounds the decoder and what is kept, in bytes.  *out is the
 * caller's. */
enum err_code blocksource_open(const struct xzread *x, uint64_t memory,
    const struct watch *w, struct blocksource **out, struct err *e);

/* From now on decode no more than n bytes; without it, nothing is. */
void blocksource_allow(struct blocksource *s, uint64_t n);

/* Did a read fail because the allowance was used up? */
bool blocksource_spent(const struct blocksource *s);

/* What to read from: offsets are those of the raw bytes.  ERR_CORRUPT outside
 * of them, and when the data is damaged. */
struct source blocksource_source(struct blocksource *s);

void blocksource_free(struct blocksource *s);	/* NULL is legal */

#endif
