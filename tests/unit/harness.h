/*
 * harness: what the unit tests share.
 *
 * Each test runs in an empty directory of its own, which is the current one
 * and is removed afterwards.
 */
#ifndef XZB_TEST_HARNESS_H
#define XZB_TEST_HARNESS_H

#include <CUnit/CUnit.h>
#include <lzma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/source.h"

struct harness_test {
	const char *name;
	void (*run)(void);
};

#define HARNESS_COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Run the n tests.  The result is main()'s: 0 when some ran and all passed. */
int harness_run(const char *suite, const struct harness_test *tests,
    size_t n);

/* Write a file of n bytes.  What fails here is a failed assertion. */
void harness_write(const char *path, const void *p, size_t n);

/* Read a whole file; the caller frees.  NULL and *n 0 when it cannot. */
uint8_t *harness_read(const char *path, size_t *n);

/* Is path a file that holds text and nothing else? */
bool harness_holds(const char *path, const char *text);

/* Run it in a child that is root and may mount what nobody else sees.  The
 * result is its own, up to 99; -1 when this cannot be done here. */
int harness_mounting(int (*run)(void));

/* Let the program have n descriptors at most; the result is what it could have
 * before. */
rlim_t harness_descriptors(rlim_t n);

/* How many entries a directory has, without "." and "..". */
size_t harness_entries(const char *dir);

/* Type and permission bits, and inode, of a file, not followed; 0 when there is
 * nothing. */
unsigned int harness_mode_of(const char *path);
ino_t harness_inode_of(const char *path);

/* Is path a symlink with this text? */
bool harness_links_to(const char *path, const char *text);

/* Root may do all, so that modes are only tested as somebody else, who owns the
 * current directory.  Nothing happens when the tests do not run as root. */
void harness_become_user(void);
void harness_become_root(void);

/* n bytes that do not compress (kind 'r'), that do (kind 't', like text), or
 * of a value ramp (kind 'd', for delta).  The caller frees. */
uint8_t *harness_bytes(char kind, uint32_t seed, size_t n);

/* A buffer as a source; reading outside it is an error. */
struct harness_memory {
	const uint8_t *p;
	size_t n;
};

struct source harness_source(struct harness_memory *m);

/* One Block: size bytes of a kind, through a chain such as "x86 lzma2". */
struct harness_block {
	char kind;
	size_t size;
	const char *chain;
};

/* What of a Block is flipped: a bit of its data, or of its check (or padding,
 * without one). */
enum harness_part {
	HARNESS_DATA,
	HARNESS_CHECK
};

/* Flip a bit in Block i of the .xz at path. */
void harness_spoil(const char *path, size_t i, enum harness_part part);

/* Write a .xz of the n bytes at p to path, in Blocks of step bytes. */
void harness_bundle(const char *path, const uint8_t *p, size_t n,
    size_t step);

/* Write a .xz of n Blocks to path (appended to it, so that two calls make two
 * Streams).  The result is their raw bytes, *raw_size of them; the caller
 * frees. */
uint8_t *harness_xz(const char *path, const struct harness_block *blocks,
    size_t n, lzma_check check, size_t *raw_size);

/* Is `part` in the text of the error? */
#define HARNESS_SAYS(e, part) (strstr((e)->text, (part)) != NULL)

#endif
