/*
 * choosing: what the parts of pack/choose share, and nobody else uses.
 *
 * choose.c finds the rule for the bytes, choose_matches.c and
 * choose_literals.c follow it, with the chains that are made here.
 */
#ifndef XZB_CHOOSING_H
#define XZB_CHOOSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pack/choose.h"
#include "pack/litcost.h"
#include "pack/trial.h"

#define CHOOSING_SMALL_DICT (UINT32_C(4) << 10)
#define CHOOSING_MID_DICT (UINT32_C(64) << 10)
#define CHOOSING_ANY_DICT (UINT32_C(64) << 20)	/* also what xz -9 uses */

#define CHOOSING_CLEAR 16	/* ahead by 1/16: no chance */

struct choosing {
	const struct choose_request *r;
	uint8_t *sample;	/* [sample_size] of SAMPLE_MAX; owned */
	size_t sample_size;
	uint8_t *screen;	/* [screen_size] of CHOOSING_SCREEN; owned */
	size_t screen_size;
	uint8_t *wide;		/* [wide_size] of CHOOSING_WIDE; owned */
	size_t wide_size;
	struct litcost lit[LITCOST_SETTINGS];	/* of the screen */
	bool random;		/* see choosing_find_random() */
};

#define CHOOSING_SCREEN ((size_t)128 << 10)	/* bytes of all runs, for
						 * screening */
#define CHOOSING_WIDE ((size_t)128 << 10)	/* of two runs, for matches */

/* --- chains --- */

/* At most dict, and what the memory allows. */
uint32_t choosing_dict(const struct choosing *g, uint32_t dict);

/* Preset 9e with a dictionary and the settings of the model, best first. */
struct chain choosing_thorough(const struct choosing *g, uint32_t dict,
    size_t lit);

void choosing_props(struct chain *c, uint32_t lc, uint32_t lp, uint32_t pb);

/* The match finder that finds all: that of preset 9e. */
void choosing_look_hard(struct chain *c);

/* --- rules --- */

/* Where the sample is all there is, the result is never larger than what
 * xz -9e makes. */
enum err_code choosing_try_usual(const struct choosing *g, struct trial *t,
    struct err *e);

/* Go on with others that were behind by 1/512 at most, n in all. */
void choosing_also_near(struct choice *c, const struct trial *t, size_t n);

/* Settings of lc, lp and pb for matches, then the BCJ filter or delta. */
enum err_code choosing_screen_matches(const struct choosing *g,
    struct trial *t, struct err *e);

enum err_code choosing_by_matches(const struct choosing *g, struct choice *c,
    struct err *e);
enum err_code choosing_by_literals(const struct choosing *g, struct choice *c,
    struct err *e);

/* Bytes of which nothing is gained, such as those that an entropy coder has
 * made: has the sample no others?  LZMA2 stores them, and any chain does as
 * well as another.  Sets g->random. */
enum err_code choosing_find_random(struct choosing *g, struct err *e);
void choosing_random(const struct choosing *g, struct choice *c);

/* Few values: are the chains of pack/deep what they need? */
enum err_code choosing_find_deep(const struct choosing *g, bool *yes,
    struct err *e);
void choosing_deep(const struct choosing *g, struct choice *c);
enum err_code choosing_by_either(const struct choosing *g, struct choice *c,
    struct err *e);

#endif
