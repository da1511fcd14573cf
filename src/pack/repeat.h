/*
 * repeat: units that repeat one another are joined.
 *
 * A Block cannot refer to another, so a copy of a file, or another version of
 * it, has to share its Block.  One look at all bytes: about one position in 256
 * is an anchor, told by the 64 bytes before it, and anchors that were seen
 * before in another unit are counted.
 */
#ifndef XZB_REPEAT_H
#define XZB_REPEAT_H

#include <stddef.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/tarstream.h"
#include "pack/unit.h"

/*
 * Join units[*n] in place where a later one repeats a part of an earlier one
 * that is less than ENCODE_BLOCK_MAX away, with all that is between, and tell
 * each what cuts would lose.  Forced and pinned units stay apart.  Takes up to
 * 32 MiB of memory, and 56 bytes a unit.
 */
enum err_code repeat_join(const struct tarstream *t, const struct watch *w,
    struct unit *units, size_t *n, struct err *e);

#endif
