/*
 * version: the versions of the program and of the libraries that it runs with.
 */
#ifndef XZB_VERSION_H
#define XZB_VERSION_H

#include "base/buf.h"
#include "base/err.h"

/* Append a line for people. */
enum err_code version_text(struct buf *to, struct err *e);

/* Append a JSON object, see xzbundle(1); a library that this build is without
 * is null. */
enum err_code version_json(struct buf *to, struct err *e);

#endif
