/*
 * markup: is it nothing but what a report is made of?
 *
 * The confined process writes what is inside a page or a picture, and one that
 * was taken over could write anything.  So whoever wraps that looks at it
 * first: text, and elements and attributes that load, run and link nothing.
 */
#ifndef XZB_MARKUP_H
#define XZB_MARKUP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* ERR_UNSAFE when there is something else, or a tag that is not written as
 * report/sections and report/picture do it. */
enum err_code markup_check(const uint8_t *p, size_t n, struct err *e);

#endif
