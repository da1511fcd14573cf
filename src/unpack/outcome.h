/*
 * outcome: what became of a bundle, as JSON for machines.
 *
 * One object, see xzbundle-json(5).  Used on both sides: check
 * makes it in the confined process, extract in the parent, from numbers.
 */
#ifndef XZB_OUTCOME_H
#define XZB_OUTCOME_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "unpack/extract.h"

struct outcome {
	const char *bundle;
	const char *dest;		/* NULL: nothing was to be written */
	const struct err *err;		/* ERR_OK: done; NULL: not tried, and
					 * there is nothing below */
	const struct extract_stats *stats;
	bool unpack;			/* their `unpacked` is of interest */
	const struct limits *limits;
	const struct sandbox_state *sandbox;	/* NULL: it did not begin */
	json_t *violations;		/* of check, or NULL; borrowed */
	json_t *findings;		/* of check -v, or NULL; borrowed */
	size_t n_violations, n_findings;	/* with those left out */
};

/* The object; *out is a new reference. */
enum err_code outcome_json(const struct outcome *o, json_t **out,
    struct err *e);

/* A value as a line of text. */
enum err_code outcome_print(const json_t *value, struct buf *to,
    struct err *e);

#endif
