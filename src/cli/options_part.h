/*
 * options_part: what the parts of cli/options share, and nobody else uses.
 *
 * options.c goes through the words, options_values.c takes what follows an
 * option, options_compare.c and options_wrap.c what only those commands have.
 */
#ifndef XZB_OPTIONS_PART_H
#define XZB_OPTIONS_PART_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/options.h"

/* Take the value of an option, an enum option_id.  ERR_USAGE. */
enum err_code options_value(struct options *o, int id, char *value,
    struct err *e);

/* How many threads there are without --threads. */
unsigned int options_processors(void);

/* Take an option that is compare's own, or means something else there; false:
 * it is none, and untouched. */
bool options_compare_take(struct options_compare *c, int id,
    const char *value, struct err *e);
void options_compare_free(struct options_compare *c);

/* The same of wrap. */
bool options_wrap_take(struct options_wrap *w, int id, const char *value,
    struct err *e);
void options_wrap_free(struct options_wrap *w);

#endif
