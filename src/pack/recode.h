/*
 * recode: a safetensors file -> the same one with its tensors packed.
 *
 * What packed files are is in xzbundle-packed(5), what is the best packing in
 * pack/search.  Tensors are packed in parallel; the result is the same for any
 * number of threads.  It was unpacked again and compared with the input before
 * it counts.
 *
 * No input is held as a whole: of the tensors those in work, and what is packed
 * goes to a temporary file that has no name.
 */
#ifndef XZB_RECODE_H
#define XZB_RECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/baseline.h"
#include "pack/search.h"
#include "weights/packing.h"
#include "weights/tensor.h"

/* --packing PATTERN=NAME, see base/pattern; the last match holds. */
struct recode_rule {
	const char *pattern;		/* borrowed */
	const struct packing *packing;	/* NULL: none */
};

struct recode_rules {
	const struct recode_rule *v;	/* [n] */
	size_t n;
	bool *met;		/* [n] is set true where a pattern matches the
				 * name of a tensor, be it not the last one
				 * that does; may be NULL */
};

struct recode_request {
	int fd;			/* of the input, which is in a file */
	uint64_t off;		/* where it begins there */
	uint64_t size;		/* its bytes */
	bool has_spool;		/* spool is a file to use, what is in it gets
				 * lost; else one is made; borrowed */
	int spool;
	const struct tensor *array;	/* it is this one tensor; NULL: it may
					 * be a safetensors file */
	struct recode_rules rules;
	enum chain_target target;
	uint64_t memory;	/* bytes, all threads; UINT64_MAX: no limit.
				 * Tensors that do not fit are not packed */
	unsigned int n_threads;	/* >= 1 */
	bool report;		/* fill the rows of the result */
	const struct watch *watch;	/* may be NULL */
};

enum recode_outcome {
	RECODE_PACKED,
	RECODE_SAME,		/* nothing would be gained */
	RECODE_ALREADY,		/* it is a packed file */
	RECODE_OTHER,		/* it is no safetensors file */
	RECODE_BROKEN		/* it looks like one, but see why */
};

/* What was tried on a tensor. */
struct recode_row {
	char *name;		/* owned; NULL: nothing was tried */
	struct tensor tensor;
	struct search_candidate *candidates;	/* [n]; owned */
	size_t n;
	size_t best;		/* index */
	struct baseline baseline;
};

struct recode_result {
	enum recode_outcome outcome;
	char why[256];		/* RECODE_BROKEN, RECODE_SAME: "" or a text */
	uint64_t size;		/* RECODE_PACKED: bytes of the output */
	struct recode_row *rows;	/* [n_rows] a row for each tensor, in
					 * the order of the header, if there is
					 * a report; owned */
	size_t n_rows;
	uint64_t left_size;	/* bytes of tensors that nothing was tried on */
	char left_why[128];	/* of those that the memory is too small for;
				 * "": there are none */
	uint64_t header_before;	/* bytes of the header in the bundle */
	uint64_t header_after;
};

/*
 * Write the packed file to out_fd, an empty file, if it is RECODE_PACKED; *res
 * is to be freed in every case.  ERR_USAGE: a rule's packing does not hold the
 * values of a tensor, which the text names.
 */
enum err_code recode_file(const struct recode_request *r, int out_fd,
    struct recode_result *res, struct err *e);
void recode_free(struct recode_result *res);

/* All of the n bytes at off, or an error that says that the file changed. */
enum err_code recode_read(int fd, uint64_t off, uint8_t *p, size_t n,
    struct err *e);

/* Append n bytes at off of fd to out_fd. */
enum err_code recode_copy(int fd, uint64_t off, uint64_t n, int out_fd,
    const struct watch *w, struct err *e);

#endif
