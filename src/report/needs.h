/*
 * needs: what a loader of packed weights has to know for a file.
 *
 * For the confined process.
 */
#ifndef XZB_NEEDS_H
#define XZB_NEEDS_H

#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"

/*
 * The packings of all tensors in a bundle, or in a safetensors file, as bits of
 * loader_bit(); 0: nothing in it is packed.  memory: bytes, for decoders and
 * names.
 */
enum err_code needs_packings(int fd, uint64_t memory, const struct watch *w,
    uint32_t *packings, struct err *e);

#endif
