/*
 * crc: the CRC32 of .xz files and of zlib.
 */
#ifndef XZB_CRC_H
#define XZB_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of the n bytes at p, behind others whose CRC32 is `before`, 0 without any. */
uint32_t crc_32(const uint8_t *p, size_t n, uint32_t before);

#endif
