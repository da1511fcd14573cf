#include "pack/cut.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pack/litcost.h"

#define WORTH 32		/* a cut saves 1/32 of a window at least */

struct pieces {
	uint64_t so_far[256];	/* bytes by value, since the last cut */
	uint64_t window[256];
	uint64_t both[256];
};

/* Does the window cost so much less with frequencies of its own?  Fills
 * s->both. */
static bool
differs(struct pieces *s)
{
	uint64_t apart, joint;
	size_t i;

	for (i = 0; i < 256; i++)
		s->both[i] = s->so_far[i] + s->window[i];
	joint = litcost_counts(s->both);
	apart = litcost_counts(s->so_far) + litcost_counts(s->window);
	return joint > apart + CUT_WINDOW * 8 * 65536 / WORTH;
}

enum err_code
cut_find(const struct source *src, uint64_t off, uint64_t size,
    uint64_t places[CUT_MAX], size_t *n, struct err *e)
{
	struct pieces s;
	uint8_t *p = malloc(CUT_WINDOW);
	uint64_t at;

	*n = 0;
	if (p == NULL)
		return err_nomem(e);
	memset(&s, 0, sizeof(s));
	for (at = 0; size - at >= CUT_WINDOW && *n < CUT_MAX;
	    at += CUT_WINDOW) {
		if (src->read(src->ctx, off + at, p, CUT_WINDOW, e) !=
		    ERR_OK)
			break;
		litcost_count(p, CUT_WINDOW, s.window);
		if (differs(&s) && at > 0) {
			places[(*n)++] = at;
			memcpy(s.so_far, s.window, sizeof(s.so_far));
		} else {
			memcpy(s.so_far, s.both, sizeof(s.so_far));
		}
	}
	free(p);
	return e->code;
}
