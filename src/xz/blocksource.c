#include "xz/blocksource.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "xz/decode.h"

#define KEEP_MAX (UINT64_C(64) << 20)	/* bytes kept, at most */
#define PIECE (UINT64_C(64) << 10)	/* bytes decoded at a time */

struct blocksource {
	const struct xzread *x;
	uint64_t memory;
	const struct watch *watch;
	uint64_t allowance;		/* bytes that may still be decoded */
	bool spent;

	const struct xzblock *block;	/* the current one, or NULL */
	struct decode *decode;		/* its decoder */
	uint8_t *kept;			/* [cap]; owned */
	size_t cap;
	size_t size;			/* bytes of kept in use */
	uint64_t off;			/* raw position of kept[0] */
};

enum err_code
blocksource_open(const struct xzread *x, uint64_t memory,
    const struct watch *w, struct blocksource **out, struct err *e)
{
	struct blocksource *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_nomem(e);
	s->x = x;
	s->memory = memory;
	s->watch = w;
	*out = s;
	return ERR_OK;
}

void
blocksource_allow(struct blocksource *s, uint64_t n)
{
	s->allowance = n;
	s->spent = false;
}

bool
blocksource_spent(const struct blocksource *s)
{
	return s->spent;
}

static void
leave_block(struct blocksource *s)
{
	decode_free(s->decode);
	s->decode = NULL;
	free(s->kept);
	s->kept = NULL;
	s->block = NULL;
}

static enum err_code
enter_block(struct blocksource *s, const struct xzblock *b, struct err *e)
{
	uint64_t decoder = chain_decoder_memory(&b->chain), keep;

	leave_block(s);
	if (decode_open(s->x->fd, b, s->memory, &s->decode, e) != ERR_OK)
		return e->code;
	keep = num_max(2 * PIECE, num_min(s->memory - decoder, KEEP_MAX));
	s->cap = (size_t)num_min(keep, b->raw_size);
	s->kept = malloc(s->cap);
	if (s->kept == NULL)
		return err_nomem(e);
	s->size = 0;
	s->off = b->raw_off;
	s->block = b;
	return ERR_OK;
}

/* Decode the next piece of the Block behind what is kept. */
static enum err_code
more(struct blocksource *s, struct err *e)
{
	uint64_t left = s->block->raw_off + s->block->raw_size - s->off -
	    s->size;
	size_t n, half = s->cap / 2;

	if (s->size == s->cap) {	/* the older half goes */
		memmove(s->kept, s->kept + half, s->cap - half);
		s->size -= half;
		s->off += half;
	}
	n = (size_t)num_min(num_min(left, PIECE), s->cap - s->size);
	if (n > s->allowance) {
		s->spent = true;
		return err_set(e, ERR_FAIL, "too much of it is read again "
		    "and again");
	}
	s->allowance -= n;
	if (decode_exactly(s->decode, s->kept + s->size, n, e) != ERR_OK)
		return e->code;
	s->size += n;
	return watch_step(s->watch, 0, e);
}

/* Make the raw byte at off the one at kept[off - s->off]. */
static enum err_code
seek(struct blocksource *s, uint64_t off, struct err *e)
{
	const struct xzblock *b = s->block;

	if (b == NULL || off < s->off || off >= b->raw_off + b->raw_size) {
		b = &s->x->blocks[xzread_find(s->x, off)];
		if (enter_block(s, b, e) != ERR_OK)
			return e->code;
	}
	while (off - s->off >= s->size) {
		if (more(s, e) != ERR_OK)
			break;
	}
	return e->code;
}

static enum err_code
read_at(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	struct blocksource *s = ctx;
	size_t at, n;

	if (off > s->x->raw_size || size > s->x->raw_size - off)
		return err_set(e, ERR_CORRUPT, "the data ends too early");
	while (size > 0) {
		if (seek(s, off, e) != ERR_OK) {
			if (!s->spent && s->block != NULL)
				err_wrap(e, "Block %zu",
				    (size_t)(s->block - s->x->blocks) + 1);
			leave_block(s);
			return e->code;
		}
		at = (size_t)(off - s->off);
		n = (size_t)num_min(size, s->size - at);
		memcpy(buf, s->kept + at, n);
		off += n;
		buf += n;
		size -= n;
	}
	return ERR_OK;
}

struct source
blocksource_source(struct blocksource *s)
{
	struct source src = { read_at, s };

	return src;
}

void
blocksource_free(struct blocksource *s)
{
	if (s == NULL)
		return;
	leave_block(s);
	free(s);
}
