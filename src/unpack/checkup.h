/*
 * checkup: what check says of a bundle: violations and findings.
 */
#ifndef XZB_CHECKUP_H
#define XZB_CHECKUP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "unpack/findings.h"
#include "unpack/outcome.h"
#include "unpack/verdict.h"

/*
 * Append a line for each violation and finding; or as JSON the object o, whose
 * violations, findings and numbers of these are set here.  v and f may be NULL.
 */
enum err_code checkup_print(struct outcome *o, const struct verdict *v,
    const struct findings *f, bool json, struct buf *to, struct err *e);

#endif
