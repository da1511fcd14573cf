/*
 * manifest: size and SHA-256 (FIPS 180-4) of each file, as it is written.
 *
 * MANIFEST_SUMS is what sha256sum(1) of GNU coreutils checks with -c, with
 * the sizes in comments:
 *
 *     # 1234 bytes
 *     HEX  NAME
 *
 * where a name that has a backslash, a line feed or a carriage return is
 * escaped, and a backslash begins its line.  MANIFEST_JSON is
 *
 *     {"format":"xzbundle-manifest","version":1,"files":[
 *     {"name":"a","bytes":1234,"sha256":"HEX"},
 *     ...
 *     ]}
 *
 * with one file a line, and name_hex as in base/jsonname.
 *
 * Lines go out as files are complete, so that memory does not grow with their
 * number.  Not for sharing between threads.
 */
#ifndef XZB_MANIFEST_H
#define XZB_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define MANIFEST_DIGEST_SIZE 32		/* bytes */

enum manifest_form {
	MANIFEST_SUMS,
	MANIFEST_JSON
};

/* What a file holds. */
struct manifest_sum {
	uint64_t size;			/* bytes */
	uint8_t digest[MANIFEST_DIGEST_SIZE];
};

struct manifest;

/* put gets the manifest, in order, in pieces; when it fails, e says why. */
enum err_code manifest_new(enum manifest_form form,
    enum err_code (*put)(void *ctx, const uint8_t *p, size_t n,
    struct err *e), void *ctx, struct manifest **out, struct err *e);

void manifest_free(struct manifest *m);		/* legal on NULL */

/* The next n bytes of the current file. */
void manifest_data(struct manifest *m, const uint8_t *p, size_t n);

/*
 * The current file is complete: its line goes out, and the next one begins.
 * *sum (may be NULL) is what it holds.  ERR_FAIL: it had not size bytes, or
 * put failed.
 */
enum err_code manifest_file(struct manifest *m, const char *clean_name,
    uint64_t size, struct manifest_sum *sum, struct err *e);

/* Another name for what manifest_file() gave: a hard link. */
enum err_code manifest_same(struct manifest *m, const char *clean_name,
    const struct manifest_sum *sum, struct err *e);

/* After the last file.  Without it, JSON has no end. */
enum err_code manifest_end(struct manifest *m, struct err *e);

/* The version of the library that makes the sums, into text of size bytes. */
void manifest_version(char *text, size_t size);

#endif
