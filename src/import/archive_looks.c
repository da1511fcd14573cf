#include <string.h>

#include "import/archive.h"

/* Bytes that a file has where one of its kind has them. */
static const struct magic {
	unsigned char at;
	unsigned char n;		/* bytes */
	const char *bytes;
} magics[] = {
	{ 0, 3, "\x1F\x8B\x08" },		/* gzip */
	{ 0, 3, "BZh" },			/* bzip2 */
	{ 0, 6, "\xFD" "7zXZ\0" },		/* xz */
	{ 0, 4, "\x28\xB5\x2F\xFD" },		/* zstd */
	{ 0, 4, "\x04\x22\x4D\x18" },		/* lz4 */
	{ 0, 4, "LZIP" },
	{ 0, 2, "\x1F\x9D" },			/* compress */
	{ 0, 5, "\x5D\0\0\x80\0" },		/* lzma, of 8 MiB, as usual */
	{ 0, 4, "PK\3\4" },			/* zip */
	{ 0, 4, "PK\5\6" },			/* an empty one */
	{ 0, 6, "7z\xBC\xAF\x27\x1C" },
	{ 0, 5, "07070" },			/* cpio, and in binary: */
	{ 0, 2, "\x71\xC7" },
	{ 0, 2, "\xC7\x71" },
	{ 0, 8, "!<arch>\n" },			/* ar */
	{ 0, 4, "MSCF" },			/* cab */
	{ 0, 6, "Rar!\x1A\7" },
	{ 2, 3, "-lh" }				/* lha */
};

/* Is this a tar header with a right checksum? */
static bool
looks_tar(const uint8_t *head, size_t n)
{
	unsigned long sum = 0, said = 0;
	size_t i;

	if (n < 512 || head[0] == 0)
		return false;
	for (i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : head[i];
	for (i = 148; i < 156 && head[i] == ' '; i++)
		;
	for (; i < 156 && head[i] >= '0' && head[i] <= '7'; i++)
		said = 8 * said + (unsigned long)(head[i] - '0');
	return sum == said;
}

bool
import_looks(const uint8_t *head, size_t n)
{
	const struct magic *m;
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		m = &magics[i];
		if ((size_t)m->at + m->n <= n &&
		    memcmp(head + m->at, m->bytes, m->n) == 0)
			return true;
	}
	return looks_tar(head, n);
}
