/*
 * tarseed: tars from a line of text, with all that can be wrong about them.
 *
 * A script is words apart by blanks; %XX in a word is a byte.
 *
 *   f:NAME=SIZE d:NAME s:NAME=LINK h:NAME=LINK   members
 *   T:NAME=SIZE   a member of type T, any other character, with data
 *   x:KEY=VALUE;KEY=VALUE   a pax header; g: for a global one
 *   x+BODY g+BODY L+BODY K+BODY   an extension header with that body
 *   L:NAME K:LINK   a GNU long name with its NUL
 *   !OFF=BYTES    change the last header there, and its checksum
 *   ?OFF=BYTES    the same, but its checksum stays
 *   z             a block of zeros
 *   e             an end marker: two of them
 *   0:N           N bytes of zeros
 *   b:BYTES       those
 *   ~N            without the last N bytes
 *   @ustar @gnu @v7   the form of the headers that follow; first ustar
 *   N*WORD        WORD, N times
 *
 * A word that makes no sense ends the program: these are tests.
 */
#ifndef XZB_TARSEED_H
#define XZB_TARSEED_H

#include "seeds.h"

/* Append what the script says. */
void tarseed_script(struct seed *s, const char *script);

/* Make the checksum of the header block of 512 bytes right. */
void tarseed_sum(uint8_t *block);

/* Make the checksums of headers and the lengths of pax records right, where
 * they have as many digits, as far as headers can be found. */
void tarseed_repair(uint8_t *p, size_t n);

#endif
