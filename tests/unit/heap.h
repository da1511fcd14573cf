/*
 * heap: what jansson takes, and headers that ask much of it.
 */
#ifndef XZB_TEST_HEAP_H
#define XZB_TEST_HEAP_H

#include <stddef.h>

/* Count what jansson allocates from now on. */
void heap_watch(void);

/* The most bytes at one time since heap_watch().  Nothing may be in use, and
 * is counted no more. */
size_t heap_peak(void);

/* n bytes: one text, another as often as it fits, a third, and spaces; the
 * caller's. */
char *heap_header(size_t n, const char *first, const char *again,
    const char *last);

#endif
