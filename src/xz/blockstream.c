#include "xz/blockstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "xz/decode.h"

#define BUFFER_MAX (UINT64_C(64) << 20)	/* a Block held whole, at most */
#define SMALL (UINT64_C(8) << 20)	/* held whole whatever its ratio */
#define SMALL_SUM (UINT64_C(32) << 20)	/* the same of all held at once */
#define RATIO_MAX 32			/* raw to packed, held whole */
#define PIECE ((size_t)256 << 10)	/* bytes streamed at a time */
#define LAZY_PIECE ((size_t)512)	/* lazy: as many first, a tar header */

struct blockstream {
	const struct xzread *x;
	struct blockstream_options o;
	struct range *ranges;		/* [n_ranges]; owned */
	size_t n_ranges;
	size_t *items;			/* [n_items] Blocks touched; owned */
	size_t n_items;
	uint64_t buffer_max;		/* larger Blocks are streamed */
	uint64_t small;			/* held whole whatever the ratio */
	struct pool *pool;		/* NULL when lazy */

	size_t range;			/* the current one */
	uint64_t pos;			/* next raw byte to hand out */
	size_t item;			/* index of the next item to load */
	const struct xzblock *block;	/* the current one, or NULL */
	uint8_t *whole;			/* its bytes, or NULL: streamed */
	struct decode *decode;		/* its decoder when streamed */
	uint64_t decoded;		/* raw position of the decoder */
	uint64_t counted;		/* lazy: raw bytes told to the watch */
	uint64_t piece_off;		/* raw position of piece[0] */
	uint8_t *piece;			/* [PIECE], for streaming; owned */
	size_t step;			/* lazy: bytes of the next piece */
};

/* --- the workers --- */

static enum err_code
decode_whole(const struct blockstream *s, const struct xzblock *b,
    uint8_t *bytes, struct err *e)
{
	struct decode *d = NULL;
	uint64_t done = 0;
	size_t n;

	if (decode_open(s->x->fd, b, UINT64_MAX, &d, e) != ERR_OK)
		return e->code;
	while (done < b->raw_size) {
		n = (size_t)num_min(b->raw_size - done, PIECE);
		if (decode_exactly(d, bytes + done, n, e) != ERR_OK)
			break;
		done += n;
		if (watch_step(s->o.watch, n, e) != ERR_OK)
			break;
	}
	if (e->code == ERR_OK)
		decode_finish(d, e);
	decode_free(d);
	return e->code;
}

/*
 * Is a Block decoded ahead and held whole?  Not what is made of next to
 * nothing: it is decoded as fast as it is read, so that nothing is won, and a
 * small file must not take much memory.
 */
static bool
is_held(const struct blockstream *s, const struct xzblock *b)
{
	return b->raw_size <= s->small || (b->raw_size <= BUFFER_MAX &&
	    b->raw_size / RATIO_MAX <= b->packed_size);
}

/* And is there memory for it? */
static bool
fits(const struct blockstream *s, const struct xzblock *b)
{
	return is_held(s, b) && b->raw_size <= s->buffer_max;
}

static enum err_code
work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct blockstream *s = ctx;
	const struct xzblock *b = &s->x->blocks[s->items[i]];
	uint8_t *bytes;

	if (!fits(s, b))
		return ERR_OK;		/* the owner streams it */
	bytes = malloc((size_t)b->raw_size + 1);
	if (bytes == NULL)
		return err_nomem(e);
	if (decode_whole(s, b, bytes, e) != ERR_OK) {
		free(bytes);
		return err_wrap(e, "Block %zu", s->items[i] + 1);
	}
	*result = bytes;
	return ERR_OK;
}

/* --- opening --- */

/* Does Block i have to be decoded for what ends at end?  An empty Block at
 * the very end has no bytes, but a check that may be wrong. */
static bool
touched(const struct xzread *x, size_t i, uint64_t end)
{
	return i < x->n_blocks && (x->blocks[i].raw_off < end ||
	    (end == x->raw_size && x->blocks[i].raw_size == 0));
}

/* List the Blocks that the ranges touch. */
static enum err_code
list_items(struct blockstream *s, struct err *e)
{
	size_t i, r;

	s->items = calloc(s->x->n_blocks + 1, sizeof(*s->items));
	if (s->items == NULL)
		return err_nomem(e);
	for (r = 0; r < s->n_ranges; r++) {
		i = s->ranges[r].off == 0 ? 0 :
		    xzread_find(s->x, s->ranges[r].off);
		if (s->n_items > 0 && s->items[s->n_items - 1] == i)
			i++;
		for (; touched(s->x, i, s->ranges[r].end); i++)
			s->items[s->n_items++] = i;
	}
	return ERR_OK;
}

/* Choose threads and the largest buffer so that all fits into o.memory. */
static enum err_code
fit_memory(struct blockstream *s, struct err *e)
{
	uint64_t decoder = 0, buffer = 0, n;
	const struct xzblock *b;
	size_t i;

	n = num_max(1, num_min(s->o.n_threads, s->n_items));
	s->small = num_min(SMALL, SMALL_SUM / (n + 1));
	for (i = 0; i < s->n_items; i++) {
		b = &s->x->blocks[s->items[i]];
		decoder = num_max(decoder, chain_decoder_memory(&b->chain));
		if (is_held(s, b))
			buffer = num_max(buffer, b->raw_size);
	}
	if (decoder > s->o.memory)
		return err_set(e, ERR_MEMLIMIT, "decoding needs %llu bytes "
		    "of memory, over the limit of %llu; raise --memlimit",
		    (unsigned long long)decoder,
		    (unsigned long long)s->o.memory);
	/* n decoders, and a buffer each and one with the owner. */
	while (n > 1 && n * decoder + (n + 1) * buffer > s->o.memory)
		n--;
	s->o.n_threads = (unsigned int)n;
	s->buffer_max = num_min(buffer,
	    (s->o.memory - decoder) / (n + 1));
	return ERR_OK;
}

static enum err_code
start(struct blockstream *s, struct err *e)
{
	struct pool_job job;

	s->piece = malloc(PIECE);
	if (s->piece == NULL)
		return err_nomem(e);
	if (list_items(s, e) != ERR_OK || fit_memory(s, e) != ERR_OK ||
	    s->o.lazy)
		return e->code;
	memset(&job, 0, sizeof(job));
	job.n_items = s->n_items;
	job.n_threads = s->o.n_threads;
	job.work = work;
	job.drop = free;
	job.ctx = s;
	return pool_start(&job, &s->pool, e);
}

enum err_code
blockstream_open(const struct xzread *x, const struct range *ranges,
    size_t n, const struct blockstream_options *options,
    struct blockstream **out, struct err *e)
{
	struct blockstream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_nomem(e);
	s->x = x;
	s->o = *options;
	s->n_ranges = n;
	s->ranges = calloc(n + 1, sizeof(*s->ranges));
	if (s->ranges == NULL) {
		err_nomem(e);
	} else {
		if (n > 0)
			memcpy(s->ranges, ranges, n * sizeof(*ranges));
		s->pos = s->ranges[0].off;
		start(s, e);
	}
	if (e->code != ERR_OK) {
		blockstream_free(s);
		return e->code;
	}
	*out = s;
	return ERR_OK;
}

/* --- reading --- */

static uint64_t
block_end(const struct xzblock *b)
{
	return b->raw_off + b->raw_size;
}

/* All bytes before pos were decoded or skipped. */
static enum err_code
count_to(struct blockstream *s, uint64_t pos, struct err *e)
{
	uint64_t n = pos > s->counted ? pos - s->counted : 0;

	s->counted += n;
	return watch_step(s->o.watch, n, e);
}

/* Whoever walks headers wants little behind a skip, and more and more of what
 * is not skipped. */
static size_t
lazy_step(struct blockstream *s)
{
	uint64_t n = s->step;

	s->step = (size_t)num_min(2 * n, PIECE);
	if (s->pos > s->decoded)
		n += s->pos - s->decoded;
	return (size_t)num_min(n, PIECE);
}

/* Decode the next piece of a streamed Block into s->piece. */
static enum err_code
stream_piece(struct blockstream *s, struct err *e)
{
	size_t n = (size_t)num_min(block_end(s->block) - s->decoded,
	    s->o.lazy ? lazy_step(s) : PIECE);

	if (decode_exactly(s->decode, s->piece, n, e) != ERR_OK)
		return err_wrap(e, "Block %zu",
		    (size_t)(s->block - s->x->blocks) + 1);
	s->piece_off = s->decoded;
	s->decoded += n;
	return s->o.lazy ? count_to(s, s->decoded, e) :
	    watch_step(s->o.watch, n, e);
}

/* Leave the current Block; verified first unless lazy. */
static enum err_code
leave_block(struct blockstream *s, struct err *e)
{
	if (s->decode != NULL && !s->o.lazy) {
		while (s->decoded < block_end(s->block) &&
		    stream_piece(s, e) == ERR_OK)
			;
		if (e->code == ERR_OK)
			decode_finish(s->decode, e);
	}
	decode_free(s->decode);
	s->decode = NULL;
	free(s->whole);
	s->whole = NULL;
	s->block = NULL;
	return e->code;
}

/* Enter the Block that holds s->pos. */
static enum err_code
enter_block(struct blockstream *s, struct err *e)
{
	void *result = NULL;
	size_t i;

	if (s->o.lazy) {
		i = xzread_find(s->x, s->pos);
	} else {
		/* Empty Blocks are items of their own: pass them. */
		do {
			free(result);
			result = NULL;
			i = s->items[s->item++];
			if (pool_next(s->pool, &result, e) != ERR_OK)
				return e->code;
		} while (block_end(&s->x->blocks[i]) <= s->pos);
	}
	s->block = &s->x->blocks[i];
	s->whole = result;
	s->decoded = s->block->raw_off;
	s->step = LAZY_PIECE;
	if (s->whole != NULL)
		return ERR_OK;
	return decode_open(s->x->fd, s->block, s->o.memory, &s->decode, e);
}

/* Move to the next range when the current one is done; false at the end. */
static bool
on_range(struct blockstream *s)
{
	while (s->range < s->n_ranges && s->pos >= s->ranges[s->range].end) {
		s->range++;
		if (s->range < s->n_ranges)
			s->pos = s->ranges[s->range].off;
	}
	return s->range < s->n_ranges;
}

/* After the last range: nothing may be left unverified. */
static enum err_code
end(struct blockstream *s, struct err *e)
{
	void *result;

	if (s->block != NULL && leave_block(s, e) != ERR_OK)
		return e->code;
	while (s->pool != NULL && s->item < s->n_items) {
		s->item++;
		if (pool_next(s->pool, &result, e) != ERR_OK)
			return e->code;
		free(result);
	}
	return ERR_OK;
}

bool
blockstream_holds_all(const struct blockstream *s)
{
	size_t i;

	for (i = 0; i < s->n_items; i++) {
		if (!fits(s, &s->x->blocks[s->items[i]]))
			return false;
	}
	return true;
}

enum err_code
blockstream_next(struct blockstream *s, const uint8_t **p, size_t *size,
    struct err *e)
{
	uint64_t stop;

	*size = 0;
	*p = NULL;
	if (!on_range(s))
		return end(s, e);
	if (s->block != NULL && s->pos >= block_end(s->block) &&
	    leave_block(s, e) != ERR_OK)
		return e->code;
	if (s->block == NULL && enter_block(s, e) != ERR_OK)
		return e->code;
	stop = num_min(s->ranges[s->range].end, block_end(s->block));
	if (s->whole != NULL) {
		*p = s->whole + (s->pos - s->block->raw_off);
		*size = (size_t)(stop - s->pos);
		s->pos = stop;
		return ERR_OK;
	}
	while (s->decoded <= s->pos) {
		if (stream_piece(s, e) != ERR_OK)
			return e->code;
	}
	*p = s->piece + (s->pos - s->piece_off);
	*size = (size_t)(num_min(stop, s->decoded) - s->pos);
	s->pos += *size;
	return ERR_OK;
}

enum err_code
blockstream_drain(struct blockstream *s, struct err *e)
{
	const uint8_t *p;
	size_t n;

	while (blockstream_next(s, &p, &n, e) == ERR_OK && n > 0)
		;
	return e->code;
}

enum err_code
blockstream_skip(struct blockstream *s, uint64_t n, uint64_t *skipped,
    struct err *e)
{
	uint64_t step;

	*skipped = 0;
	s->step = LAZY_PIECE;
	while (*skipped < n && on_range(s)) {
		step = num_min(n - *skipped,
		    s->ranges[s->range].end - s->pos);
		s->pos += step;
		*skipped += step;
	}
	if (s->block != NULL && s->pos >= block_end(s->block) &&
	    leave_block(s, e) != ERR_OK)
		return e->code;
	return count_to(s, s->pos, e);
}

void
blockstream_free(struct blockstream *s)
{
	if (s == NULL)
		return;
	pool_free(s->pool);
	decode_free(s->decode);
	free(s->whole);
	free(s->piece);
	free(s->items);
	free(s->ranges);
	free(s);
}
