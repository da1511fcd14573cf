/*
 * xzread: a .xz file as a list of Blocks.
 *
 * Opening reads Footer, Index and Stream Header of every Stream, and the
 * header of every Block; no data.  The file is untrusted: all sizes are
 * checked against each other and against the file's size by liblzma's
 * lzma_file_info_decoder() and here.
 *
 * After opening, a struct xzread does not change and may be shared between
 * threads.
 */
#ifndef XZB_XZREAD_H
#define XZB_XZREAD_H

#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xz/chain.h"

struct xzblock {
	uint64_t file_off;	/* of the Block Header */
	uint64_t total_size;	/* header, data, padding, check: 4n */
	uint64_t raw_off;	/* in the decoded bytes of the whole file */
	uint64_t raw_size;
	uint32_t header_size;	/* bytes */
	uint64_t packed_size;	/* bytes of compressed data alone */
	lzma_check check;
	struct chain chain;	/* lc, lp, pb are not known here: 0 */
};

struct xzread {
	int fd;			/* owned */
	uint64_t file_size;
	uint64_t raw_size;	/* sum of the Blocks' */
	size_t n_streams;
	struct xzblock *blocks;	/* [n_blocks], in file order; owned */
	size_t n_blocks;
};

/* What a file may be.  All zeros: as strict as can be. */
struct xzread_rules {
	bool multi_stream;	/* more than one Stream, and long padding */
	bool unchecked;		/* Blocks without an integrity check */
};

/*
 * The same as xzread_take(), on a file that may be hostile: ERR_UNSAFE also
 * when it breaks the rules.
 */
enum err_code xzread_strict(int fd, uint64_t index_memory,
    const struct xzread_rules *rules, struct xzread *x, struct err *e);

/*
 * Open path: a regular file, read only.  index_memory limits what the Index
 * may take, in bytes.  ERR_CORRUPT, ERR_UNSUPPORTED (a filter), ERR_MEMLIMIT,
 * ERR_FAIL.  *x is to be freed in every case.
 */
enum err_code xzread_open(const char *path, uint64_t index_memory,
    struct xzread *x, struct err *e);

/* The same on an open file, which is consumed (closed by xzread_free()). */
enum err_code xzread_take(int fd, uint64_t index_memory, struct xzread *x,
    struct err *e);

void xzread_free(struct xzread *x);

/* The Block that holds byte raw_off, raw_off < x->raw_size. */
size_t xzread_find(const struct xzread *x, uint64_t raw_off);

/* The memory that the greediest single Block's decoder needs, in bytes. */
uint64_t xzread_decoder_memory(const struct xzread *x);

#endif
