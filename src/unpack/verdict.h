/*
 * verdict: what is wrong with a bundle, the first thing or all of it.
 *
 * A violation is an error of code ERR_UNSAFE, ERR_LIMIT or ERR_MEMLIMIT: a
 * rule that the bundle breaks while its bytes are sound, so that work can go
 * on.  Anything else, such as damage, ends the work and is none.
 *
 * Not for sharing between threads.
 */
#ifndef XZB_VERDICT_H
#define XZB_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct verdict;

/*
 * With collect, violations are gathered; without it the first one is the
 * error.  max are kept (at least 1) as long as they need no more than 4 MiB;
 * more are counted, unless they decide the result.
 */
enum err_code verdict_new(bool collect, size_t max, struct verdict **out,
    struct err *e);

void verdict_free(struct verdict *v);	/* legal on NULL */

/*
 * Look at what e holds.  A violation is gathered if that is wanted: then e is
 * set to ERR_INIT.  Every other error stays.  rule is a short name of what
 * was broken, member whose fault it is (NULL: of the whole bundle); both are
 * copied.  value and limit are 0 when it is not about a limit.  The result is
 * e->code: ERR_OK, or why the work has to end.
 */
enum err_code verdict_judge(struct verdict *v, const char *rule,
    const char *member, uint64_t value, uint64_t limit, struct err *e);

/* How many violations were gathered, with those that are only counted. */
size_t verdict_count(const struct verdict *v);

/*
 * The result after the last member: ERR_OK without violations; else the code
 * of the first that is ERR_UNSAFE, or of the first, with "N violations; the
 * first: TEXT" ("gravest" if another was before it), or with the text of the
 * only one.  An error that e holds already wins.
 */
enum err_code verdict_result(const struct verdict *v, struct err *e);

/*
 * Append a line for each violation that is kept, "RULE  MEMBER  TEXT", escaped
 * by text_escape_name(), MEMBER "-" when there is none.  A last line, "-  -  N
 * more", is for those that are only counted.  TEXT does not begin with the
 * member's name.
 */
enum err_code verdict_text(const struct verdict *v, struct buf *to,
    struct err *e);

/*
 * *array: an object for each violation that is kept, with rule, status (a
 * number, the exit status), member (null or a name, see base/jsonname:
 * member_hex), message, value and limit (left out when both are 0).  A new
 * reference; NULL after an error.
 */
enum err_code verdict_json(const struct verdict *v, json_t **array,
    struct err *e);

#endif
