/*
 * loader: Python that reads packed safetensors files, in as few bytes as a
 * submission can spare.
 *
 * It is put together from the pieces in contrib/python/loader, which the build
 * makes part of the program (base/embed.awk): those that the packings
 * of a file need, or all.
 */
#ifndef XZB_LOADER_H
#define XZB_LOADER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "weights/packing.h"

/* The packings that are needed, a bit for each by its index in packing_all. */
#define LOADER_ALL UINT32_MAX

/* The bit of a packing. */
uint32_t loader_bit(const struct packing *p);

/* Append the module. */
enum err_code loader_write(uint32_t packings, struct buf *to, struct err *e);

/* A piece, by the name of its file without ".py". */
struct loader_piece {
	const char *name;
	const char *text;
};

/* All of them, { NULL } at the end. */
extern const struct loader_piece loader_pieces[];

#endif
