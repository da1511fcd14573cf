/*
 * compare: rows x columns -> cells: bytes, times and memory.
 *
 *     scan -> rows --+-> cells (base/pool) -> pareto -> advice, text ...
 *     columns -------+
 *
 * What an encoder made is decoded again and compared with the original before
 * its size counts.  Times are processor time of one thread, so that cells may
 * run beside each other.
 */
#ifndef XZB_COMPARE_H
#define XZB_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "compare/columns.h"
#include "compare/packed.h"
#include "compare/rows.h"
#include "pack/scan.h"
#include "pack/tarstream.h"
#include "xz/chain.h"

enum cell_state {
	CELL_TODO,		/* the work was stopped before it */
	CELL_DONE,
	CELL_NONE,		/* does not apply: no packing, no numbers, no
				 * machine code */
	CELL_MISSING,		/* the codec was left out at configure time */
	CELL_MEMORY		/* takes more than there is, or may be */
};

struct cell {
	enum cell_state state;
	uint64_t size;		/* bytes of the file */
	uint64_t encode_ns;	/* of one thread, planning included */
	uint64_t decode_ns;
	uint64_t decoder_memory;	/* bytes, at most */
	size_t n_blocks;	/* COLUMN_PLAN, COLUMN_PACKED: of the file */
	char *chain;		/* of .xz files, of most of it; or NULL;
				 * owned */
	bool pareto;		/* no other one is both smaller and faster to
				 * decode */
};

struct compare_request {
	const struct scan *scan;	/* in order */
	const struct columns *columns;
	enum rows_view view;
	uint64_t archive_size;		/* of the file, if it was an archive,
					 * or 0: repack it, or create */
	enum chain_target target;	/* of what is planned */
	struct tarstream_options tar;	/* of the bundle */
	unsigned int n_threads;		/* 1 .. 256 */
	uint64_t memory;		/* bytes; UINT64_MAX: no limit */
	/* See struct packed_request. */
	enum err_code (*get)(void *ctx, int *fd, struct err *e);
	void *ctx;
	const struct watch *watch;
};

struct compare {
	const struct scan *scan;		/* borrowed */
	const struct columns *columns;		/* borrowed */
	struct rows rows;
	struct cell *cells;	/* [rows.n * columns->n], row by row; owned */
	uint64_t archive_size;	/* as requested */
	enum chain_target target;
	bool complete;		/* nothing was stopped */
	bool packing_stopped;	/* so nothing is known of packed weights */
	bool unpacked;		/* files were left out of --pack for want of
				 * temporary ones */
	/* while it is made */
	struct tarstream *data, *tar;
	struct packed packed;
	struct tarstream *packed_tar;
};

/*
 * *c is to be freed in every case.  When the watch stops in the middle, that
 * is no error: complete is false.
 */
enum err_code compare_make(const struct compare_request *r,
    struct compare *c, struct err *e);
void compare_free(struct compare *c);

const struct cell *compare_cell(const struct compare *c, size_t row,
    size_t column);

/* The smallest of a row; a column's index, or columns->n if none was done.
 * plain: without packed weights. */
size_t compare_best(const struct compare *c, size_t row, bool plain);

#endif
