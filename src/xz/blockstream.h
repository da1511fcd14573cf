/*
 * blockstream: the decoded bytes of a .xz file, or of ranges of them, in
 * order, decoded ahead by workers.
 *
 * Two ways to read:
 *
 * - whole: every Block that a range touches is decoded to its end and its
 *   check verified before the first of its bytes is handed out (Blocks over
 *   64 MiB, or what the memory allows, and larger ones of a very high ratio,
 *   are streamed instead, and verified when they end).
 *   Blocks that no range touches are not decoded.
 * - lazy: for walking headers.  One thread, nothing is decoded ahead, and
 *   blockstream_skip() jumps over Blocks; Blocks left early are not
 *   verified.  The bytes are good enough for finding things, not for
 *   trusting them.
 *
 * One owner thread.  The struct xzread must outlive it.
 */
#ifndef XZB_BLOCKSTREAM_H
#define XZB_BLOCKSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "xz/xzread.h"

/* Bytes of decoded data, [off, end). */
struct range {
	uint64_t off;
	uint64_t end;
};

struct blockstream_options {
	bool lazy;
	unsigned int n_threads;		/* decoding threads, 1 .. 256 */
	uint64_t memory;		/* bytes, all decoders and buffers */
	const struct watch *watch;	/* may be NULL; counts raw bytes,
					 * skipped ones too */
};

struct blockstream;

/*
 * Read the n ranges (ascending, disjoint, not empty, inside the file's raw
 * bytes; n may be 0) as one stream.  ERR_MEMLIMIT when one decoder alone
 * does not fit into options->memory.  *out is the caller's.
 */
enum err_code blockstream_open(const struct xzread *x,
    const struct range *ranges, size_t n,
    const struct blockstream_options *options, struct blockstream **out,
    struct err *e);

/* Not lazy only: is every byte verified before it is handed out? */
bool blockstream_holds_all(const struct blockstream *s);

/* The next bytes, borrowed until the next call; *size 0 at the end. */
enum err_code blockstream_next(struct blockstream *s, const uint8_t **p,
    size_t *size, struct err *e);

/* Go on to the end of the last range, and verify its Block. */
enum err_code blockstream_drain(struct blockstream *s, struct err *e);

/* Lazy only: leave out the next n bytes, at most to the end; *skipped says
 * how many. */
enum err_code blockstream_skip(struct blockstream *s, uint64_t n,
    uint64_t *skipped, struct err *e);

void blockstream_free(struct blockstream *s);	/* NULL is legal */

#endif
