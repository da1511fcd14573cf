/*
 * verify: is a new bundle the archive that its members were read from?
 *
 * Two comparisons with the members of a scan, whose data are in a file: of the
 * bundle, read as extraction reads it, and of the archive, read once more.  So
 * what the import got wrong shows as well as what was written wrong: members
 * that are missing or too many, names, types, links, modes, and every byte.
 * The order of members may differ.
 */
#ifndef XZB_VERIFY_H
#define XZB_VERIFY_H

#include <stdint.h>

#include "base/err.h"
#include "base/watch.h"
#include "pack/scan.h"
#include "pack/tarstream.h"

/*
 * The bundle behind fd has the members of s, in their order, as the options
 * say.  memory bounds its decoders, in bytes.  ERR_FAIL: not so.
 */
enum err_code verify_bundle(int fd, const struct scan *s,
    const struct tarstream_options *tar, unsigned int n_threads,
    uint64_t memory, const struct watch *w, struct err *e);

/* The archive behind fd has those too.  Its hard links are those of
 * scan_link(). */
enum err_code verify_archive(int fd, const struct scan *s,
    const struct watch *w, struct err *e);

#endif
