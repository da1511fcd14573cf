#include "xzseed.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xz/encode.h"
#include "xz/xzwrite.h"

#define HEADER 12		/* bytes of a Stream Header, and of a Footer */

struct memory {
	const uint8_t *p;
	size_t n;
};

static int
nameless(void)
{
	int fd = memfd_create("xzseed", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	return fd;
}

int
xzseed_plain(const uint8_t *p, size_t n)
{
	int fd = nameless();

	if (n > 0 && write(fd, p, n) != (ssize_t)n)
		abort();
	return fd;
}

static enum err_code
memory_read(void *ctx, uint64_t off, uint8_t *buf, size_t size,
    struct err *e)
{
	const struct memory *m = ctx;

	if (off > m->n || size > m->n - off)
		return err_set(e, ERR_FAIL, "read outside the buffer");
	memcpy(buf, m->p + off, size);
	return ERR_OK;
}

int
xzseed_xz(const uint8_t *p, size_t n, size_t step, const char *chain)
{
	struct memory m = { p, n };
	struct source src = { memory_read, &m };
	struct err e = ERR_INIT;
	struct encode_block b;
	struct xzwrite x;
	struct chain c;
	size_t off, size;
	int fd = nameless();

	chain_parse(chain, &c, &e);
	xzwrite_begin(&x, fd, LZMA_CHECK_CRC32, &e);
	for (off = 0; off < n && e.code == ERR_OK; off += size) {
		size = n - off < step ? n - off : step;
		if (encode_block(&src, off, size, &c, LZMA_CHECK_CRC32, NULL,
		    &b, &e) != ERR_OK)
			break;
		xzwrite_block(&x, &b, &e);
		encode_block_free(&b);
	}
	if (xzwrite_end(&x, &e) != ERR_OK)
		abort();
	xzwrite_free(&x);
	return fd;
}

void
xzseed_append(struct seed *s, const uint8_t *p, size_t n, size_t step,
    const char *chain)
{
	int fd = xzseed_xz(p, n, step, chain);
	uint8_t buf[4096];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, buf, sizeof(buf), at)) > 0) {
		seed_bytes(s, buf, (size_t)got);
		at += got;
	}
	if (got < 0 || close(fd) != 0)
		abort();
}

static uint32_t
get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* The CRC32 of the n bytes at p goes to `to`. */
static void
put_crc(uint8_t *to, const uint8_t *p, size_t n)
{
	uint32_t crc = lzma_crc32(p, n, 0);
	size_t i;

	for (i = 0; i < 4; i++)
		to[i] = (uint8_t)(crc >> 8 * i);
}

void
xzseed_repair(uint8_t *p, size_t n)
{
	uint64_t index;
	size_t block;
	uint8_t *end = p + n;

	if (n < 2 * HEADER + 8)
		return;
	put_crc(p + 8, p + 6, 2);
	block = 4 * ((size_t)p[HEADER] + 1);
	if (block > 4 && block <= n - 2 * HEADER)
		put_crc(p + HEADER + block - 4, p + HEADER, block - 4);
	put_crc(end - HEADER, end - 8, 6);
	index = ((uint64_t)get32(end - 8) + 1) * 4;
	if (index >= 8 && index <= n - 2 * HEADER)
		put_crc(end - HEADER - 4, end - HEADER - index,
		    (size_t)index - 4);
}
