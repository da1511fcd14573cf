/*
 * xztail: the end of a .xz file, judged before anything else of it.
 *
 * Reads the zeros at the end (1 GiB at most), the Footer and the Index' first
 * bytes, and no more: a file of 100,000 Streams, or an Index that claims 2^60
 * Records, is refused in no time.  The .xz File Format 1.1.0, sections 2 and 4.
 */
#ifndef XZB_XZTAIL_H
#define XZB_XZTAIL_H

#include <stdint.h>

#include "base/err.h"

/* How a Stream Header begins. */
#define XZTAIL_MAGIC_SIZE 6
extern const uint8_t xztail_magic[XZTAIL_MAGIC_SIZE];

/*
 * Is the file of file_size > 0 bytes behind fd one Stream, with at most 64 KiB
 * of padding?  ERR_UNSAFE: there is more than one, or more padding;
 * ERR_CORRUPT: damaged, or its end is no end of a .xz file, such as one that
 * zeros fill which the rest of a download should have.  index_memory
 * bounds what the Index may take.
 */
enum err_code xztail_one_stream(int fd, uint64_t file_size,
    uint64_t index_memory, struct err *e);

/*
 * Is it a .xz file and behind it, after 64 KiB of a loader at most, a zip file,
 * as wrap makes them of bundles for Python to run?  ERR_UNSAFE if it is: says
 * how many bytes the .xz file has.
 */
enum err_code xztail_in_zip(int fd, uint64_t file_size, struct err *e);

#endif
