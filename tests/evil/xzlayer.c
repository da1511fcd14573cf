/*
 * xzlayer: does the .xz layer alone accept a file, whatever is in it?
 *
 * usage: xzlayer FILE
 *
 * For judge.py --xz-layer.  The exit status is that of the error, 0 for none.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "xz/blockstream.h"
#include "xz/xzread.h"

#define MEMORY (UINT64_C(1) << 30)

static enum err_code
decode_all(const struct xzread *x, struct err *e)
{
	struct blockstream_options o = { .n_threads = 1, .memory = MEMORY };
	struct range all = { 0, x->raw_size };
	struct blockstream *s = NULL;
	const uint8_t *p;
	size_t n;

	if (blockstream_open(x, &all, x->raw_size > 0, &o, &s, e) == ERR_OK) {
		while (blockstream_next(s, &p, &n, e) == ERR_OK && n > 0)
			;
	}
	blockstream_free(s);
	return e->code;
}

int
main(int argc, char **argv)
{
	static const struct xzread_rules strict;
	struct err e = ERR_INIT;
	struct xzread x;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: xzlayer FILE\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	if (xzread_strict(fd, MEMORY, &strict, &x, &e) == ERR_OK)
		decode_all(&x, &e);
	xzread_free(&x);
	if (e.code != ERR_OK)
		fprintf(stderr, "xzlayer: %s\n", e.text);
	return (int)e.code;
}
