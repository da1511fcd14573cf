/*
 * field_part: what the encoder and the decoder of fields have in common, for
 * these alone.
 */
#ifndef XZB_FIELD_PART_H
#define XZB_FIELD_PART_H

/* The first byte. */
#define FIELD_RAW 0
#define FIELD_CODED 1

#define FIELD_HEAD 16		/* bytes, of a coded field */
#define FIELD_LABEL_BITS 4

#endif
