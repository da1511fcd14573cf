#include "xz/magic.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* From the formats' own descriptions: RFC 1952, RFC 8878, the .ZIP File Format
 * Specification, POSIX ustar, 7zFormat.txt, lzip(1), git-lfs' pointer file;
 * .lzma as xz(1) writes it with the usual lc, lp and pb. */
static const struct row {
	size_t off;
	size_t n;
	const char *bytes;
	const char *name;
	bool page;		/* letters may be of either case */
	bool archive;
} rows[] = {
	{ 0, 2, "\x1f\x8b", "a gzip file", false, true },
	{ 0, 3, "BZh", "a bzip2 file", false, true },
	{ 0, 4, "\x28\xb5\x2f\xfd", "a zstd file", false, true },
	{ 0, 4, "PK\3\4", "a zip file", false, true },
	{ 0, 6, "7z\xbc\xaf\x27\x1c", "a 7z file", false, true },
	{ 0, 4, "LZIP", "an lzip file", false, true },
	{ 0, 3, "]\0\0", "an lzma file", false, true },
	{ 0, 4, "Rar!", "a rar file", false, true },
	{ 257, 5, "ustar", "a tar that is not compressed", false, true },
	{ 0, 25, "version https://git-lfs.g", "a Git LFS pointer: the file "
	    "itself was not fetched", false, false },
	{ 0, 9, "<!doctype", "an HTML page", true, false },
	{ 0, 5, "<html", "an HTML page", true, false },
};

const char *
magic_name(const uint8_t *head, size_t n, bool *archive)
{
	const struct row *r;
	size_t i;

	*archive = false;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = &rows[i];
		if (r->off + r->n <= n && (r->page ? strncasecmp(
		    (const char *)head + r->off, r->bytes, r->n) :
		    memcmp(head + r->off, r->bytes, r->n)) == 0)
			break;
	}
	if (i == sizeof(rows) / sizeof(rows[0]))
		return NULL;
	*archive = r->archive;
	return r->name;
}
