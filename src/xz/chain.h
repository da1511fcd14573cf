/*
 * chain: a liblzma filter chain as a value.
 *
 *     [delta] [BCJ] lzma2:lc=,lp=,pb=,dict=,mf=,nice=,mode=,depth=
 *
 * The last filter is always LZMA2.  A chain holds no pointers, so it can be
 * copied with =.  It is parsed and printed in liblzma's own string syntax
 * (lzma_str_to_filters(), liblzma 5.4 lzma/filter.h).
 */
#ifndef XZB_CHAIN_H
#define XZB_CHAIN_H

#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CHAIN_PRE_MAX 3		/* filters before LZMA2, .xz allows 3 */
#define CHAIN_TEXT_MAX 256	/* bytes of a printed chain with its NUL */

struct chain_pre {
	lzma_vli id;		/* LZMA_FILTER_DELTA or a BCJ filter's */
	uint32_t dist;		/* delta: 1..256 bytes; else 0 */
	uint32_t start_offset;	/* BCJ: bytes; else 0 */
};

struct chain {
	struct chain_pre pre[CHAIN_PRE_MAX];
	unsigned int n_pre;
	lzma_options_lzma lzma;	/* preset_dict is always NULL */
};

/* Which decoders must read the result; see xzbundle(1), --target. */
enum chain_target {
	TARGET_ANY,		/* LZMA2 alone, dictionary <= 64 MiB */
	TARGET_EMBEDDED,	/* XZ Embedded: BCJ + LZMA2, CRC32 or none */
	TARGET_XZ_5_0,		/* adds delta */
	TARGET_XZ_5_4		/* adds ARM64 */
};

/* The same chain as liblzma wants it; points into itself, never copy it. */
struct chain_filters {
	struct chain chain;
	lzma_options_delta delta[CHAIN_PRE_MAX];
	lzma_options_bcj bcj[CHAIN_PRE_MAX];
	lzma_filter v[LZMA_FILTERS_MAX + 1];
};

/* LZMA2 with a preset (0..9, | LZMA_PRESET_EXTREME) and nothing before it. */
void chain_preset(struct chain *c, uint32_t preset);

/* Put a filter in front; dist is for delta.  The caller keeps n_pre < 3. */
void chain_prepend(struct chain *c, lzma_vli id, uint32_t dist);

/*
 * Parse text such as "6e", "delta:dist=2 lzma2:preset=9e,lc=0" or
 * "x86 lzma2:dict=1MiB".  ERR_USAGE with the position of the fault.
 */
enum err_code chain_parse(const char *text, struct chain *c, struct err *e);

/* Print all options ("encoder" form) into text[CHAIN_TEXT_MAX]. */
void chain_print(const struct chain *c, char *text);

/*
 * Print what a decoder needs to know: filters, dict, lc, lp, pb.  With
 * props_known false, lc, lp and pb are left out.
 */
void chain_print_decoder(const struct chain *c, bool props_known,
    char *text);

/* Take a decoded filter array (of a Block Header) as a chain; lc, lp, pb are
 * not in there and stay 0.  ERR_UNSUPPORTED when the last is not LZMA2. */
enum err_code chain_from_filters(const lzma_filter *filters,
    struct chain *c, struct err *e);

/* Fill f from c. */
void chain_filters(const struct chain *c, struct chain_filters *f);

/*
 * Limit the dictionary to what raw_size bytes can use: the smallest
 * 2^n or 2^n + 2^(n-1) (the sizes that a Block Header can hold) that is
 * >= raw_size, and >= 4 KiB.
 */
void chain_fit(struct chain *c, uint64_t raw_size);

/* Largest bytes an encoder (or decoder) of c takes; UINT64_MAX: invalid. */
uint64_t chain_encoder_memory(const struct chain *c);
uint64_t chain_decoder_memory(const struct chain *c);

/* ERR_UNSUPPORTED, naming the filter, when the target cannot read c. */
enum err_code chain_allowed(const struct chain *c, enum chain_target target,
    struct err *e);

/* The same for an integrity check. */
enum err_code chain_check_allowed(lzma_check check, enum chain_target target,
    struct err *e);

/* "any", "embedded", "xz-5.0", "xz-5.4"; false when it is none of them. */
bool chain_target_parse(const char *name, enum chain_target *target);

/* "none", "crc32", "crc64", "sha256"; false when it is none of them. */
bool chain_check_parse(const char *name, lzma_check *check);
const char *chain_check_name(lzma_check check);	/* or "unknown" */

/* The error for what any of liblzma's coders can say of a chain: no memory,
 * options or a check that it does not support.  Else nothing is set. */
enum err_code chain_error(lzma_ret r, struct err *e);

/* Same filters and same options. */
bool chain_equal(const struct chain *a, const struct chain *b);

#endif
