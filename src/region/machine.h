/*
 * machine: the instruction set of a member, by its own header.
 */
#ifndef XZB_MACHINE_H
#define XZB_MACHINE_H

#include <lzma.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The BCJ filter for a member that begins with the n bytes at p: ELF, PE and
 * Mach-O headers say the machine.  LZMA_VLI_UNKNOWN: none.
 */
lzma_vli machine_bcj(const uint8_t *p, size_t n);

#endif
