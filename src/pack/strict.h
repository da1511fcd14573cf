/*
 * strict: what of the members extraction would refuse by default.
 *
 * So that whoever makes a bundle hears of it first.  The rules are those of
 * base/name, base/nameset and base/profile; nothing is read but the scan.
 */
#ifndef XZB_STRICT_H
#define XZB_STRICT_H

#include <lzma.h>
#include <stdbool.h>

#include "base/err.h"
#include "pack/scan.h"

struct strict_request {
	bool refuse;		/* the first thing found is the error */
	lzma_check check;	/* of the bundle */
	/* Once for each rule that is broken; what is a line that names the
	 * first member and says how many there are.  May be NULL. */
	void (*warn)(void *ctx, const char *what);
	void *ctx;
};

/* ERR_UNSAFE with refuse.  Members are in the order of the tar. */
enum err_code strict_check(const struct scan *s,
    const struct strict_request *r, struct err *e);

#endif
