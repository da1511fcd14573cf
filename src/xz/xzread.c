#include "xz/xzread.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "xz/magic.h"
#include "xz/xztail.h"

#define PIECE 65536		/* bytes read at a time for the Index */

/* The message for what liblzma says of headers and the Index. */
static enum err_code
info_error(lzma_ret r, uint64_t need, uint64_t limit, struct err *e)
{
	switch (r) {
	case LZMA_MEM_ERROR:
		return err_nomem(e);
	case LZMA_MEMLIMIT_ERROR:
		return err_set(e, ERR_MEMLIMIT, "the Index needs %" PRIu64
		    " bytes of memory, over the limit of %" PRIu64
		    "; raise --memlimit", need, limit);
	case LZMA_OPTIONS_ERROR:
		return err_set(e, ERR_UNSUPPORTED,
		    "the .xz headers ask for a feature that liblzma does "
		    "not have");
	case LZMA_BUF_ERROR:
		return err_set(e, ERR_CORRUPT, "the .xz file is truncated; "
		    "get it again");
	default:
		return err_set(e, ERR_CORRUPT,
		    "the .xz headers or the Index are damaged, or the file is "
		    "truncated; get it again");
	}
}

/* One read for the decoder: fill s->next_in from *pos on. */
static enum err_code
refill(int fd, uint8_t *piece, uint64_t *pos, lzma_stream *s, struct err *e)
{
	size_t got;

	if (io_pread(fd, piece, PIECE, *pos, &got, e) != ERR_OK)
		return e->code;
	*pos += got;
	s->next_in = piece;
	s->avail_in = got;
	return ERR_OK;
}

/* Does the file begin as a .xz file does, as far as it goes?  What does not is
 * no bundle, which its end would only call damaged. */
static enum err_code
check_magic(int fd, struct err *e)
{
	uint8_t bytes[MAGIC_HEAD];
	const char *what;
	bool archive;
	size_t got;

	if (io_pread(fd, bytes, sizeof(bytes), 0, &got, e) != ERR_OK ||
	    memcmp(bytes, xztail_magic, (size_t)num_min(got,
	    XZTAIL_MAGIC_SIZE)) == 0)
		return e->code;
	what = magic_name(bytes, got, &archive);
	return err_set(e, ERR_UNSAFE, "not a .xz file%s%s; name a bundle%s",
	    what != NULL ? " but " : "", what != NULL ? what : "", archive ?
	    ", or make one of it with repack" : "");
}

static enum err_code
read_index(int fd, uint64_t file_size, uint64_t limit, lzma_index **index,
    struct err *e)
{
	lzma_stream s = LZMA_STREAM_INIT;
	uint8_t *piece = malloc(PIECE);
	uint64_t pos = 0;
	lzma_ret r;

	if (piece == NULL)
		return err_nomem(e);
	r = lzma_file_info_decoder(&s, index, limit, file_size);
	while (r == LZMA_OK) {
		if (s.avail_in == 0 &&
		    refill(fd, piece, &pos, &s, e) != ERR_OK)
			break;
		r = lzma_code(&s, s.avail_in == 0 ? LZMA_FINISH : LZMA_RUN);
		if (r == LZMA_SEEK_NEEDED) {
			pos = s.seek_pos;
			s.avail_in = 0;
			r = LZMA_OK;
		}
	}
	/* Or the file is too short to be one. */
	if (e->code == ERR_OK && r == LZMA_FORMAT_ERROR &&
	    check_magic(fd, e) == ERR_OK)
		r = LZMA_BUF_ERROR;
	if (e->code == ERR_OK && r != LZMA_STREAM_END)
		info_error(r, lzma_memusage(&s), limit, e);
	lzma_end(&s);
	free(piece);
	return e->code;
}

/*
 * What LZMA_OPTIONS_ERROR means for a Block Header: filters that liblzma does
 * not have, or impossible options of those that it has.  Filter Flags are the
 * filter's ID, the size of its options, and these (The .xz File Format 1.1.0,
 * section 3.1).
 */
static enum err_code
options_error(const uint8_t *bytes, size_t size, struct err *e)
{
	unsigned int left = (bytes[1] & 3U) + 1;
	lzma_vli id = 0, n = 0;
	size_t at = 2;

	if ((bytes[1] & 0x3c) != 0)
		left = 0;
	if ((bytes[1] & 0x40) != 0 &&
	    lzma_vli_decode(&n, NULL, bytes, &at, size) != LZMA_OK)
		left = 0;
	if ((bytes[1] & 0x80) != 0 &&
	    lzma_vli_decode(&n, NULL, bytes, &at, size) != LZMA_OK)
		left = 0;
	if (left == 0)
		return info_error(LZMA_OPTIONS_ERROR, 0, 0, e);
	for (; left > 0; left--, at += (size_t)n) {
		if (lzma_vli_decode(&id, NULL, bytes, &at, size) != LZMA_OK ||
		    lzma_vli_decode(&n, NULL, bytes, &at, size) != LZMA_OK ||
		    n > size - at)
			break;
		if (!lzma_filter_decoder_is_supported(id))
			return info_error(LZMA_OPTIONS_ERROR, 0, 0, e);
	}
	return info_error(LZMA_DATA_ERROR, 0, 0, e);
}

/* Read and check one Block Header against what the Index says. */
static enum err_code
read_header(int fd, const lzma_index_iter *it, struct xzblock *b,
    struct err *e)
{
	uint8_t bytes[LZMA_BLOCK_HEADER_SIZE_MAX];
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block h = { .version = 1 };
	lzma_ret r;
	size_t got;

	h.check = b->check;
	h.filters = filters;
	if (io_pread(fd, bytes, sizeof(bytes), b->file_off, &got, e) !=
	    ERR_OK)
		return e->code;
	if (got == 0 || bytes[0] == 0)
		return err_set(e, ERR_CORRUPT, "no Block where the Index "
		    "says so");
	h.header_size = lzma_block_header_size_decode(bytes[0]);
	if (h.header_size > got)
		return err_set(e, ERR_CORRUPT, "a Block Header is truncated");
	r = lzma_block_header_decode(&h, NULL, bytes);
	if (r == LZMA_OPTIONS_ERROR)
		return options_error(bytes, h.header_size, e);
	if (r != LZMA_OK)
		return info_error(r, 0, 0, e);
	r = lzma_block_compressed_size(&h, it->block.unpadded_size);
	if (r != LZMA_OK || (h.uncompressed_size != LZMA_VLI_UNKNOWN &&
	    h.uncompressed_size != it->block.uncompressed_size))
		err_set(e, ERR_CORRUPT,
		    "a Block Header and the Index disagree");
	b->header_size = h.header_size;
	b->packed_size = h.compressed_size;
	chain_from_filters(filters, &b->chain, e);
	lzma_filters_free(filters, NULL);
	return e->code;
}

static enum err_code
take_block(struct xzread *x, const lzma_index_iter *it, struct err *e)
{
	struct xzblock *b = &x->blocks[x->n_blocks];

	b->file_off = it->block.compressed_file_offset;
	b->total_size = it->block.total_size;
	b->raw_off = it->block.uncompressed_file_offset;
	b->raw_size = it->block.uncompressed_size;
	b->check = it->stream.flags->check;
	if (!lzma_check_is_supported(b->check))
		err_set(e, ERR_UNSUPPORTED, "integrity check %d is not "
		    "supported", (int)b->check);
	else
		read_header(x->fd, it, b, e);
	if (e->code != ERR_OK)
		return err_wrap(e, "Block %zu", x->n_blocks + 1);
	x->n_blocks++;
	return ERR_OK;
}

static enum err_code
take_index(struct xzread *x, const lzma_index *index, uint64_t limit,
    struct err *e)
{
	uint64_t n = lzma_index_block_count(index);
	lzma_index_iter it;

	if (n >= limit / sizeof(*x->blocks))
		return info_error(LZMA_MEMLIMIT_ERROR,
		    (n + 1) * sizeof(*x->blocks), limit, e);

	x->n_streams = (size_t)lzma_index_stream_count(index);
	x->raw_size = lzma_index_uncompressed_size(index);
	x->blocks = calloc((size_t)n + 1, sizeof(*x->blocks));
	if (x->blocks == NULL)
		return err_nomem(e);
	lzma_index_iter_init(&it, index);
	while (!lzma_index_iter_next(&it, LZMA_INDEX_ITER_BLOCK)) {
		if (take_block(x, &it, e) != ERR_OK)
			break;
	}
	return e->code;
}

/* The size of a file that can be read at any offset. */
static enum err_code
take_file(struct xzread *x, int fd, struct err *e)
{
	struct stat st;

	memset(x, 0, sizeof(*x));
	x->fd = fd;
	if (fstat(fd, &st) != 0)
		return err_sys(e, errno, "cannot stat");
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_FAIL, "not a regular file; save the "
		    "bundle to a file first");
	x->file_size = (uint64_t)st.st_size;
	if (x->file_size == 0)
		return err_set(e, ERR_CORRUPT, "the file is empty");
	return xztail_in_zip(fd, x->file_size, e);
}

static enum err_code
take_blocks(struct xzread *x, uint64_t index_memory, struct err *e)
{
	lzma_index *index = NULL;

	if (read_index(x->fd, x->file_size, index_memory, &index, e) ==
	    ERR_OK)
		take_index(x, index, index_memory, e);
	lzma_index_end(index, NULL);
	return e->code;
}

enum err_code
xzread_take(int fd, uint64_t index_memory, struct xzread *x, struct err *e)
{
	if (take_file(x, fd, e) == ERR_OK)
		take_blocks(x, index_memory, e);
	return e->code;
}

enum err_code
xzread_strict(int fd, uint64_t index_memory,
    const struct xzread_rules *rules, struct xzread *x, struct err *e)
{
	size_t i;

	if (take_file(x, fd, e) != ERR_OK || check_magic(fd, e) != ERR_OK)
		return e->code;
	if (!rules->multi_stream && xztail_one_stream(x->fd, x->file_size,
	    index_memory, e) != ERR_OK)
		return e->code;
	if (take_blocks(x, index_memory, e) != ERR_OK)
		return e->code;
	for (i = 0; i < x->n_blocks && !rules->unchecked; i++) {
		if (x->blocks[i].check == LZMA_CHECK_NONE)
			return err_set(e, ERR_UNSAFE, "has no integrity "
			    "check; refused (--allow-unchecked accepts it)");
	}
	return ERR_OK;
}

enum err_code
xzread_open(const char *path, uint64_t index_memory, struct xzread *x,
    struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	memset(x, 0, sizeof(*x));
	x->fd = -1;
	if (fd < 0)
		return err_sys(e, errno, "cannot open");
	return xzread_take(fd, index_memory, x, e);
}

void
xzread_free(struct xzread *x)
{
	if (x->fd >= 0)
		(void)close(x->fd);
	free(x->blocks);
	memset(x, 0, sizeof(*x));
	x->fd = -1;
}

size_t
xzread_find(const struct xzread *x, uint64_t raw_off)
{
	size_t lo = 0, hi = x->n_blocks, mid;

	/* Invariant: blocks[lo].raw_off <= raw_off < blocks[hi].raw_off. */
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (x->blocks[mid].raw_off <= raw_off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

uint64_t
xzread_decoder_memory(const struct xzread *x)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < x->n_blocks; i++)
		most = num_max(most,
		    chain_decoder_memory(&x->blocks[i].chain));
	return most;
}
